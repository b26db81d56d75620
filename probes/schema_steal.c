// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/schema_rows.h"

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
	STR(thief, name, THIEF,
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
	STR(wait_modes, reason, TEXT, "Why that is not known."),
	U64(wait_modes, waits, "Waits that were looked at."),
	F64(wait_modes, window_s, "The time in which they ended, in seconds."),
	F64(wait_modes, fast_ns, "Median of the shorter kind."),
	F64(wait_modes, slow_ns, "Median of the longer kind."),
	F64(wait_modes, slow_pct, "Share of the longer kind, in per cent of the waits."),
	STR(wait_modes, fast_kind, NONE,
		"What the shorter kind is: queueing, timeslices or quota."),
	STR(wait_modes, slow_kind, NONE, "What the longer kind is."),
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
	STR(steal, guest_source, NONE, "How the guest's view was had."),
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
	STR(steal, verdict_reason, TEXT, "Why the verdict is unknown or blind."),
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
SCHEMA(steal, steal_fields, "CPU time: what the host gave and what the guest was told.");
