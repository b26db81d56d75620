// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/schema.h"

#include "probes/snapshot.h"

/*
 * One row a field. A row names a member and the build fails when the member is of another type
 * than the row says; a nested struct and its schema have the same name, and so have an enum and
 * its words, so a row cannot point at the wrong one either.
 */
#define MEMBER(type, member) (((struct type *)0)->member)
#define MUST(condition)	     (0 * sizeof(char[(condition) ? 1 : -1]))
#define IS(type, member, expected) \
	MUST(__builtin_types_compatible_p(__typeof__(MEMBER(type, member)), expected))

#define ROW(type, member, expected, ...)                                                          \
	{                                                                                         \
		.offset = offsetof(struct type, member) + IS(type, member, expected), __VA_ARGS__ \
	}
#define F64(type, member, text) \
	ROW(type, member, double, .name = #member, .kind = FIELD_F64, .doc = text)
#define U64(type, member, text) \
	ROW(type, member, uint64_t, .name = #member, .kind = FIELD_U64, .doc = text)
#define STR(type, member, text) \
	ROW(type, member, const char *, .name = #member, .kind = FIELD_STR, .doc = text)
#define BOOL(type, member, text) \
	ROW(type, member, bool, .name = #member, .kind = FIELD_BOOL, .doc = text)
#define ENUM(type, member, of_enum, text)                                    \
	ROW(type, member, enum of_enum, .name = #member, .kind = FIELD_ENUM, \
		.words = words_##of_enum, .doc = text)
#define OBJECT(type, member, text)                                              \
	ROW(type, member, struct member, .name = #member, .kind = FIELD_OBJECT, \
		.of = &schema_##member, .doc = text)
#define LIST(type, member, key, list_kind, text)                                                   \
	ROW(type, member, struct member *, .name = key, .kind = list_kind, .of = &schema_##member, \
		.count_offset = offsetof(struct type, n_##member) + IS(type, n_##member, size_t),  \
		.doc = text)
#define ARRAY(type, member, key, text) LIST(type, member, key, FIELD_ARRAY, text)
#define KEYED(type, member, key, text) LIST(type, member, key, FIELD_KEYED, text)

#define SCHEMA(type, rows, text)                             \
	const struct schema schema_##type = { .name = #type, \
		.doc = text,                                 \
		.size = sizeof(struct type),                 \
		.field = (rows),                             \
		.n_field = sizeof(rows) / sizeof((rows)[0]) }

#define WORDS(type, count) const char *const words_##type[(count) + 1]

WORDS(source_state, SOURCE_OK + 1) = {
	[SOURCE_UNAVAILABLE] = "unavailable",
	[SOURCE_OFF] = "off",
	[SOURCE_STALE] = "stale",
	[SOURCE_OK] = "ok",
};

WORDS(vm_accel, ACCEL_TCG + 1) = {
	[ACCEL_UNKNOWN] = "",
	[ACCEL_KVM] = "kvm",
	[ACCEL_TCG] = "tcg",
};

WORDS(vm_state, VM_STOPPED + 1) = {
	[VM_UNKNOWN] = "",
	[VM_RUNNING] = "running",
	[VM_BLOCKED] = "blocked",
	[VM_PAUSED] = "paused",
	[VM_SHUTDOWN] = "shutdown",
	[VM_CRASHED] = "crashed",
	[VM_SUSPENDED] = "suspended",
	[VM_STOPPED] = "stopped",
};

WORDS(verdict, VERDICT_PHANTOM + 1) = {
	[VERDICT_UNKNOWN] = "unknown",
	[VERDICT_BLIND] = "blind",
	[VERDICT_AGREE] = "agree",
	[VERDICT_HIDDEN] = "hidden",
	[VERDICT_PHANTOM] = "phantom",
};

WORDS(severity, SEVERITY_CRITICAL + 1) = {
	[SEVERITY_NONE] = "",
	[SEVERITY_INFO] = "info",
	[SEVERITY_WATCH] = "watch",
	[SEVERITY_WARN] = "warn",
	[SEVERITY_CRITICAL] = "critical",
};

WORDS(steal_clock, STEAL_CLOCK_ON + 1) = {
	[STEAL_CLOCK_UNKNOWN] = "",
	[STEAL_CLOCK_NONE] = "none",
	[STEAL_CLOCK_OFFERED] = "offered",
	[STEAL_CLOCK_OFF] = "off",
	[STEAL_CLOCK_ON] = "on",
};

WORDS(thief_kind, THIEF_OTHERS + 1) = {
	[THIEF_UNKNOWN] = "",
	[THIEF_VM] = "vm",
	[THIEF_SELF] = "self",
	[THIEF_EMULATOR] = "emulator",
	[THIEF_PROCESS] = "process",
	[THIEF_QUOTA] = "quota",
	[THIEF_IDLE] = "idle",
	[THIEF_UNSEEN] = "unseen",
	[THIEF_OTHERS] = "others",
};

WORDS(helper_kind, HELPER_EMULATOR + 1) = {
	[HELPER_UNKNOWN] = "",
	[HELPER_IOTHREAD] = "iothread",
	[HELPER_VHOST] = "vhost",
	[HELPER_EMULATOR] = "emulator",
};

WORDS(modes_found, MODES_FOUND_TWO + 1) = {
	[MODES_FOUND_UNKNOWN] = "",
	[MODES_FOUND_ONE] = "one",
	[MODES_FOUND_TWO] = "two",
};

WORDS(gap_kind, GAP_BUSY + 1) = {
	[GAP_NONE] = "",
	[GAP_STEAL] = "steal",
	[GAP_BUSY] = "busy",
};

static const struct field source_fields[] = {
	STR(source, name,
		"The probe: host, kvm, procvm, bpf, exits, sched, libvirt, balloon or agent.  It is the key of the "
		"object and not repeated inside."),
	ENUM(source, state, source_state,
		"Whether its values can be trusted: ok; stale when there are values, but older "
		"than "
		"they should be; off when nobody asked for it, or a better source has its values; "
		"unavailable when it cannot be had."),
	STR(source, reason, "Why the state is not ok, and what to do about it."),
	F64(source, age_s, "How old its values were when the snapshot was made, in seconds."),
	F64(source, cost_ms, "How long the last reading took, in milliseconds."),
};
static SCHEMA(source, source_fields, "Where numbers come from, and whether they can be trusted.");

static const struct field host_fields[] = {
	STR(host, name, "Host name."),
	STR(host, kernel, "Release of the running kernel."),
	U64(host, cpus, "CPUs that are online."),
	U64(host, nodes, "NUMA nodes that are online."),
	BOOL(host, is_guest,
		"The host runs under a hypervisor itself, so a thief may live one floor below."),
	F64(host, uptime_s, "Time since the kernel started, in seconds."),
	F64(host, load1, "Load average of the last minute."),
	F64(host, load5, "Load average of the last 5 minutes."),
	F64(host, load15, "Load average of the last 15 minutes."),
	F64(host, run_pct,
		"Time in which CPUs ran anything, in per cent of all online CPUs, from the ticks "
		"in /proc/stat."),
	F64(host, wait_pct,
		"Time in which tasks waited for a CPU, summed over all tasks, in per cent of all "
		"online CPUs, from /proc/schedstat.  It passes 100 when more tasks wait than there "
		"are CPUs."),
	F64(host, steal_pct,
		"Time that the hypervisor below took from this host, in per cent of all online "
		"CPUs."),
	F64(host, psi_cpu_some_pct,
		"Share of the interval in which some task waited for a CPU, in per cent (pressure "
		"stall information; over the last 10 seconds in a baseline)."),
	F64(host, psi_memory_some_pct,
		"The same for memory: some task waited for reclaim or for a page from swap."),
	F64(host, psi_io_some_pct, "The same for block I/O."),
	U64(host, mem_total_bytes, "Memory of the host, in bytes."),
	U64(host, mem_available_bytes, "What new work could have without swapping, in bytes."),
	U64(host, mem_sold_bytes,
		"Sum of what all VMs were promised, in bytes; VMs that do not tell are left out."),
	U64(host, swap_total_bytes, "Swap space, in bytes."),
	U64(host, swap_used_bytes, "Swap space in use, in bytes."),
	F64(host, swap_in_bytes_per_s, "Read back from swap, in bytes per second."),
	F64(host, swap_out_bytes_per_s, "Written to swap, in bytes per second."),
	U64(host, vcpus_sold, "Sum of the vCPUs of all VMs; VMs that do not tell are left out."),
};
static SCHEMA(host, host_fields, "The machine that the VMs run on.");

static const struct field vcpu_fields[] = {
	U64(vcpu, id, "The number that the VMM gave it."),
	U64(vcpu, tid, "Its thread on the host."),
	F64(vcpu, host_run_pct,
		"Time that its thread ran on a host CPU, in per cent of the interval; at most 100. "
		" With the five that follow, and host_irq_pct where that is known, it sums to 100."),
	F64(vcpu, host_irq_pct,
		"Time on a CPU that was not its own: interrupts of the host, and what the "
		"hypervisor below took; null where the kernel counts that as run."),
	F64(vcpu, host_wait_pct,
		"Time that its thread was ready and waited for a host CPU, in per cent of the "
		"interval.  Without the exact accounts of bpf, throttled time is in it."),
	F64(vcpu, host_throttled_pct,
		"Time that its thread was ready and its CPU quota was used up, likewise."),
	F64(vcpu, host_halted_pct, "Time that its guest had nothing to do, likewise."),
	F64(vcpu, host_blocked_pct,
		"Time that its thread slept in the midst of guest code, likewise: for a page from "
		"swap or over the network, for reclaim.  No steal clock counts it."),
	F64(vcpu, host_vmm_pct,
		"Time that its thread slept in the VMM, likewise: for a lock, for synchronous I/O, "
		"or because the VM is paused; null under TCG, where a halted vCPU sleeps just "
		"there."),
	F64(vcpu, host_delay_pct,
		"Wait and throttled time together: what the kernel counts as run delay, other "
		"tools call ready or steal, and a true steal clock shows."),
	F64(vcpu, guest_busy_pct,
		"What the guest counts as user, nice, system, irq and softirq time of this CPU, in "
		"per cent of all that it counted."),
	F64(vcpu, guest_steal_pct,
		"What KVM told the guest was stolen from this CPU, in per cent of the interval; "
		"else what the guest counts, in per cent of all that it counted."),
	F64(vcpu, wait_p50_ns, "Median length of its waits that ended in the interval."),
	F64(vcpu, wait_p99_ns, "The length that 99 in 100 of them did not exceed, within 19%."),
	F64(vcpu, wait_max_ns, "The longest of them, exactly."),
	U64(vcpu, waits, "How many there were."),
	ENUM(vcpu, steal_clock, steal_clock, "As of the VM, for this CPU."),
	U64(vcpu, host_run_ns_total,
		"The kernel's counter behind host_run_pct, in nanoseconds since the thread began."),
	U64(vcpu, host_wait_ns_total,
		"The kernel's counter behind host_wait_pct, in nanoseconds since the thread "
		"began."),
};
SCHEMA(vcpu, vcpu_fields, "One virtual CPU.  Its percentages are of this vCPU.");

static const struct field thief_fields[] = {
	STR(thief, name,
		"A VM's name, or a process's; own vCPUs, own emulator: other threads of the same "
		"VM."),
	U64(thief, pid, "Its process; null when several of this name ran, or none."),
	ENUM(thief, kind, thief_kind,
		"vm: another VM; self: another vCPU of this one; emulator: its other threads; "
		"process: any other of the host; quota: nobody, it was throttled; idle: nobody, "
		"the CPU was late to take it; unseen: it could not be told."),
	F64(thief, share_pct, "Its share in all the time that the VM's vCPUs waited, in per cent."),
};
static SCHEMA(thief, thief_fields, "Who ran while the VM waited.");

static const struct field helper_fields[] = {
	ENUM(helper, kind, helper_kind,
		"iothread; vhost, the kernel's worker for its network; or emulator, all others."),
	U64(helper, threads, "How many threads."),
	F64(helper, host_run_pct, "Time that they ran, in per cent of one CPU."),
	F64(helper, host_wait_pct, "Time that they waited for a CPU, likewise."),
	F64(helper, host_throttled_pct, "Time that they were throttled, likewise."),
};
static SCHEMA(helper, helper_fields, "The threads of a VM beside its vCPUs.");

static const struct field wait_bin_fields[] = {
	U64(wait_bin, from_ns,
		"The shortest wait counted here; the longest is 2^(1/4) times as long.  The first "
		"of all bins, 256 ns, also has all that are shorter."),
	U64(wait_bin, count, "Waits of such a length that ended in the interval."),
	U64(wait_bin, throttled, "Those among them that were mostly for the next period of a CPU quota."),
};
static SCHEMA(wait_bin, wait_bin_fields, "How many waits were how long.");

static const struct field wait_modes_fields[] = {
	ENUM(wait_modes, found, modes_found,
		"two when there are two kinds of wait, one when no second was found."),
	STR(wait_modes, reason, "Why that is not known."),
	U64(wait_modes, waits, "Waits that were looked at."),
	F64(wait_modes, window_s, "The time in which they ended, in seconds."),
	F64(wait_modes, fast_ns, "Median of the shorter kind."),
	F64(wait_modes, slow_ns, "Median of the longer kind."),
	F64(wait_modes, slow_pct, "Share of the longer kind, in per cent of the waits."),
	STR(wait_modes, fast_kind, "What the shorter kind is: queueing, timeslices or quota."),
	STR(wait_modes, slow_kind, "What the longer kind is."),
};
static SCHEMA(wait_modes, wait_modes_fields, "Kinds of wait in the last minute.");

static const struct field steal_fields[] = {
	F64(steal, asked_cpus, "The vCPUs that the VM was given, as a number of CPUs."),
	F64(steal, got_cpus,
		"How many CPUs' worth of time its vCPU threads were given: host_run_pct of "
		"asked_cpus."),
	F64(steal, host_run_pct,
		"Time that its vCPU threads ran: the mean of its vCPUs.  A vCPU that is new in "
		"this "
		"interval does not count."),
	F64(steal, host_irq_pct, "As of a vCPU: the mean of its vCPUs."),
	F64(steal, host_wait_pct,
		"Time that its vCPU threads were ready and waited for a host CPU: the mean of its "
		"vCPUs.  Without the exact accounts of bpf, throttled time is in it."),
	F64(steal, host_throttled_pct, "Time throttled by a CPU quota, likewise."),
	F64(steal, host_halted_pct, "Time that the guest had nothing to do, likewise."),
	F64(steal, host_blocked_pct,
		"Time asleep in the midst of guest code, likewise; no steal clock counts it."),
	F64(steal, host_vmm_pct, "Time asleep in the VMM, likewise."),
	F64(steal, host_delay_pct,
		"Wait and throttled time together, likewise: what a true steal clock shows."),
	F64(steal, guest_busy_pct,
		"What the guest counts as busy, in per cent of all the time that it counted, over "
		"guest_interval_s."),
	F64(steal, guest_steal_pct,
		"guest_told_pct where that is known; else what the guest counts as stolen, in per "
		"cent of all the time that it counted, null when it has no such column."),
	F64(steal, guest_idle_pct, "What the guest counts as idle or waiting for I/O, likewise."),
	F64(steal, guest_told_pct,
		"What KVM told the guest was stolen, from its steal clock in guest memory, in per "
		"cent of wall time."),
	STR(steal, guest_source, "How the guest's view was had."),
	F64(steal, guest_interval_s,
		"The time that the gap is of, in seconds: between the guest's two readings, or the "
		"snapshot's where it is that of the steal clock."),
	F64(steal, paired_run_pct,
		"host_run_pct over the guest's interval instead of the snapshot's: the host's side "
		"of the gaps."),
	F64(steal, paired_wait_pct, "host_delay_pct over the guest's interval, likewise."),
	F64(steal, steal_gap_pct,
		"paired_wait_pct, and with a steal clock host_blocked_pct, less the guest's stolen "
		"time, all in per cent of wall time: above 0 the host took more than the guest was "
		"told."),
	F64(steal, busy_gap_pct,
		"paired_run_pct and paired_wait_pct less the guest's busy and stolen time, all in "
		"per cent of wall time: above 0 the host worked for a guest that believes it was "
		"idle (exits, polling, emulation), below 0 the reverse."),
	F64(steal, gap_pct,
		"The one of the two gaps that is further from 0; the steal gap when they are equal "
		"within the error."),
	F64(steal, gap_error_pct,
		"How far gap_pct may be off, in percentage points: by the steal clock, what KVM had "
		"not told the guest yet; by the agent, the steps in which the guest counts and the "
		"time that it took to answer, against the interval."),
	ENUM(steal, gap_kind, gap_kind, "Which of the two gaps gap_pct is."),
	ENUM(steal, verdict, verdict,
		"What the comparison says: agree; hidden when the host sees trouble and the guest "
		"does not; phantom when the guest reports trouble that the host does not see; "
		"blind "
		"when the guest has no instrument for it; unknown when a side is missing."),
	STR(steal, verdict_reason, "Why the verdict is unknown or blind."),
	U64(steal, worst_vcpu, "The id of the vCPU that waited longest."),
	F64(steal, worst_vcpu_wait_pct, "Its host_delay_pct."),
	F64(steal, wait_p50_ns, "Median length of the waits of all its vCPUs in the interval."),
	F64(steal, wait_p99_ns, "The length that 99 in 100 of them did not exceed, within 19%."),
	F64(steal, wait_max_ns, "The longest of them, exactly."),
	U64(steal, waits, "How many there were."),
	OBJECT(steal, wait_modes, "Whether they are of two kinds."),
	ARRAY(steal, wait_bin, "wait_bins", "How many were how long."),
	ARRAY(steal, thief, "thieves",
		"Who ran while its vCPUs waited, the largest first, and the smaller ones together last."),
	ARRAY(steal, helper, "helpers", "Its threads beside the vCPUs."),
	ARRAY(steal, vcpu, "vcpu", "Its vCPUs, by id."),
};
static SCHEMA(steal, steal_fields, "CPU time: what the host gave and what the guest was told.");

static const struct field memory_fields[] = {
	U64(memory, sold_bytes,
		"What the guest was promised, in bytes: the maximum in its libvirt definition, "
		"else "
		"what its command line says."),
	U64(memory, host_rss_bytes, "What its process has in memory, in bytes."),
	U64(memory, host_swap_bytes, "What the host has moved to swap of it, in bytes."),
	U64(memory, balloon_bytes, "What the balloon leaves the guest of it, in bytes."),
	U64(memory, guest_total_bytes, "All memory that the guest sees, in bytes."),
	U64(memory, guest_free_bytes, "What the guest uses for nothing, in bytes."),
	U64(memory, guest_usable_bytes,
		"What the guest believes it could use without swapping, in bytes."),
	U64(memory, guest_cache_bytes, "What the guest uses as page cache, in bytes."),
	U64(memory, guest_swap_in_bytes_total,
		"Read back by the guest from its own swap, in bytes since it started."),
	U64(memory, guest_swap_out_bytes_total,
		"Written by the guest to its own swap, in bytes since it started."),
	F64(memory, guest_age_s, "Time since the guest wrote its figures, in seconds."),
};
static SCHEMA(memory, memory_fields, "Memory: what was sold and what the guest believes.");

static const struct field vm_exit_fields[] = {
	STR(vm_exit, reason,
		"The processor's reason, as the kernel and perf kvm stat call it: HLT or hlt, EPT_VIOLATION "
		"or npf; its number when it has no name."),
	F64(vm_exit, per_s, "Such exits that ended, per second."),
	F64(vm_exit, time_pct,
		"Time from the exit until the vCPU ran guest code again, in per cent of the time of "
		"all vCPUs; of those that have not ended, too.  That of a halt is the guest's sleep; "
		"that of any other is work in KVM and the VMM, and waiting for them or for a CPU."),
	F64(vm_exit, mean_ns, "Mean length of those that ended in the interval."),
	F64(vm_exit, max_ns, "The longest since the counting began."),
};
static SCHEMA(vm_exit, vm_exit_fields, "A reason for which vCPUs left the guest.");

static const struct field vm_fields[] = {
	STR(vm, key,
		"Names the VM as long as it runs: its UUID, else its process and when that "
		"started."),
	STR(vm, name, "Its name in libvirt, else on its command line."),
	STR(vm, uuid, "Its UUID."),
	STR(vm, title, "The title in its libvirt definition."),
	STR(vm, vmm, "The program that runs it."),
	U64(vm, pid, "The process that runs it."),
	ENUM(vm, accel, vm_accel, "kvm, or tcg when QEMU emulates the CPU."),
	ENUM(vm, state, vm_state,
		"libvirt's word for its state; stopped when its process is (SIGSTOP, a debugger)."),
	STR(vm, state_reason, "Why it is in that state."),
	BOOL(vm, in_libvirt, "libvirt knows it."),
	U64(vm, vcpus, "The vCPUs that it has now."),
	U64(vm, vcpus_max, "The vCPUs that it may have."),
	ENUM(vm, steal_clock, steal_clock,
		"The guest's clock of stolen time: none when the VM offers none, offered when "
		"nobody knows whether the guest uses it, off when it has not turned it on, on."),
	STR(vm, vcpu_source, "How its vCPU threads were found."),
	BOOL(vm, has_agent, "A channel for the guest agent is configured."),
	BOOL(vm, has_balloon, "A memory balloon is configured."),
	KEYED(vm, source, "sources",
		"The state of bpf, sched, libvirt, balloon, agent and exits as far as this VM goes."),
	OBJECT(vm, steal, "CPU time, by host and guest."),
	OBJECT(vm, memory, "Memory, by host and guest."),
	F64(vm, exits_interval_s,
		"The time that the rates of exits cover, in seconds; null when they are not counted, or "
		"too short."),
	ARRAY(vm, vm_exit, "exits",
		"Why its vCPUs left the guest, the largest share of time first.  They are counted only "
		"while the VM's page is open in the console."),
};
SCHEMA(vm, vm_fields,
	"A virtual machine.  Its percentages are of its vCPUs: 100 is all of them, all of the "
	"time.");

static const struct field finding_fields[] = {
	STR(finding, pane, "The pane whose rule found it."),
	STR(finding, rule, "The rule."),
	STR(finding, vm, "The name of the VM; null when the host is meant."),
	STR(finding, vm_key, "The key of the VM."),
	STR(finding, subject, "The part of the VM; null when the whole VM is meant."),
	ENUM(finding, verdict, verdict, "The verdict behind it."),
	ENUM(finding, severity, severity, "How bad it is."),
	STR(finding, text, "One sentence with both sides' numbers."),
	F64(finding, since_s, "When it began, in seconds since 1970."),
};
static SCHEMA(finding, finding_fields, "What an operator should look at.");

static const struct field snapshot_fields[] = {
	U64(snapshot, parallax, "The version of this format: 1."),
	F64(snapshot, time_s, "When it was made, in seconds since 1970."),
	F64(snapshot, interval_s,
		"The time that its rates cover, in seconds; null in the first snapshot of a run, "
		"which is a baseline without rates."),
	OBJECT(snapshot, host, "The machine that the VMs run on."),
	KEYED(snapshot, source, "sources", "The state of every probe."),
	ARRAY(snapshot, vm, "vms", "The virtual machines, by name."),
	ARRAY(snapshot, finding, "findings", "The findings, worst first."),
};
SCHEMA(snapshot, snapshot_fields, "One moment of one host.");
