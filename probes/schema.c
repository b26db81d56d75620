// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/schema_rows.h"

#include "probes/cpus.h"

enum { NODES_MAX = 64 }; /* as many members as an object by node may have */

static const struct field source_fields[] = {
	STR(source, name, NONE,
		"The probe: host, topology, kvm, procvm, bpf, exits, sched, stalls, pages, cgroup, "
		"affinity, nics, rings, latency, images, libvirt, monitor or agent, and of a VM "
		"balloon: what its guest told the monitor.  It is the key of the object and not "
		"repeated inside."),
	ENUM(source, state, source_state,
		"Whether its values can be trusted: ok; stale when there are values, but older "
		"than "
		"they should be; off when nobody asked for it, or a better source has its values; "
		"unavailable when it cannot be had."),
	STR(source, reason, TEXT, "Why the state is not ok, and what to do about it."),
	F64(source, age_s, "How old its values were when the snapshot was made, in seconds."),
	F64(source, cost_ms, "How long the last reading took, in milliseconds."),
};
static SCHEMA(source, source_fields, "Where numbers come from, and whether they can be trusted.");

static const struct field host_cpu_fields[] = {
	U64(host_cpu, id, "Its number."),
	U64(host_cpu, node, "The NUMA node that it belongs to."),
	U64(host_cpu, core,
		"The lowest number among the CPUs that are threads of its core: two of the same are "
		"SMT siblings."),
	BOOL(host_cpu, isolated, "The scheduler balances no load onto it (isolcpus)."),
	BOOL(host_cpu, nohz_full, "It has no tick while it runs one task (nohz_full)."),
};
static SCHEMA(host_cpu, host_cpu_fields, "A CPU that is online.");

static const struct field node_distance_fields[] = {
	STR(node_distance, node, NONE, "The other node."),
	F64(node_distance, distance, "The cost of reaching it: 10 is that of local memory."),
};
static SCHEMA(node_distance, node_distance_fields, "How far a node is.");

static const struct field host_node_fields[] = {
	U64(host_node, id, "Its number."),
	STR(host_node, cpus, NONE, "Its CPUs that are online, as a list; empty when it has none."),
	U64(host_node, mem_total_bytes, "Its memory, in bytes; 0 when it has none."),
	U64(host_node, mem_free_bytes, "What of that nothing uses, in bytes."),
	MAP(host_node, distance, node_distance,
		"The cost of reaching each node from here, as the firmware states it: 10 is that of "
		"local memory, 21 is 2.1 times that."),
};
static SCHEMA(host_node, host_node_fields, "A NUMA node.");

static const struct field host_fields[] = {
	STR(host, name, HOST, "Host name."),
	STR(host, kernel, NONE, "Release of the running kernel."),
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
	F64(host, mem_available_trend_bytes_per_s,
		"How mem_available_bytes moved of late, a minute or more, in bytes per second; null "
		"where that is not steady."),
	F64(host, mem_exhausted_min,
		"Minutes until nothing is available without swapping, at that rate; null when there is "
		"none, or it is more than a day."),
	U64(host, vcpus_sold, "Sum of the vCPUs of all VMs; VMs that do not tell are left out."),
	U64(host, oom_kills, "Processes that the kernel killed for memory in the interval."),
	U64(host, oom_kills_total, "The same since it started."),
	F64(host, alloc_stalls_per_s,
		"Allocations that had to reclaim memory themselves, per second (allocstall)."),
	F64(host, compact_stalls_per_s,
		"Allocations that had to compact memory themselves, per second (compact_stall)."),
	F64(host, compact_fails_per_s, "Those of them that got no page by it (compact_fail)."),
	F64(host, thp_allocs_per_s,
		"Page faults that got a huge page, per second (thp_fault_alloc)."),
	F64(host, thp_fallbacks_per_s,
		"Page faults that should have got one and did not (thp_fault_fallback)."),
	F64(host, thp_splits_per_s, "Huge pages that were split, per second (thp_split_page)."),
	STR(host, thp_enabled, NONE,
		"For whom the kernel makes transparent huge pages: always, madvise or never."),
	STR(host, thp_defrag, NONE,
		"Who stalls to get one when there is none: always, defer, defer+madvise, madvise or "
		"never."),
	F64(host, stall_others_ms_per_s,
		"Time in which processes that are no VMs compacted or reclaimed memory themselves, in "
		"milliseconds per second."),
	F64(host, stall_kernel_ms_per_s,
		"The same of the kernel's own threads, beside kswapd's reclaim: kcompactd mostly, which "
		"keeps nobody waiting."),
	F64(host, numa_migrated_pages_per_s,
		"Pages that NUMA balancing moved to another node, per second."),
	F64(host, numa_hint_faults_per_s,
		"Page faults that NUMA balancing made to learn who uses a page, per second."),
	F64(host, numa_hint_local_pct, "Those of them that found the page on their own node."),
	SHORT_ARRAY(host, host_cpu, "cpu", CPUS_MAX, "The CPUs that are online, by id; the first 1024."),
	SHORT_ARRAY(host, host_node, "node", NODES_MAX, "The NUMA nodes, by id; the first 64."),
};
static SCHEMA(host, host_fields, "The machine that the VMs run on.");

static const struct field vm_exit_fields[] = {
	STR(vm_exit, reason, NONE,
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
	STR(vm, key, UUID,
		"Names the VM as long as it runs: its UUID, else its process and when that "
		"started."),
	STR(vm, name, VM, "Its name in libvirt, else on its command line."),
	STR(vm, uuid, UUID, "Its UUID."),
	STR(vm, title, TITLE, "The title in its libvirt definition."),
	STR(vm, vmm, PROCESS, "The program that runs it."),
	U64(vm, pid, "The process that runs it."),
	ENUM(vm, accel, vm_accel, "kvm, or tcg when QEMU emulates the CPU."),
	ENUM(vm, state, vm_state,
		"libvirt's word for its state; stopped when its process is (SIGSTOP, a debugger)."),
	STR(vm, state_reason, TEXT, "Why it is in that state."),
	BOOL(vm, in_libvirt, "libvirt knows it."),
	U64(vm, vcpus, "The vCPUs that it has now."),
	U64(vm, vcpus_max, "The vCPUs that it may have."),
	ENUM(vm, steal_clock, steal_clock,
		"The guest's clock of stolen time: none when the VM offers none, offered when "
		"nobody knows whether the guest uses it, off when it has not turned it on, on."),
	STR(vm, vcpu_source, NONE, "How its vCPU threads were found."),
	BOOL(vm, has_agent, "A channel for the guest agent is configured."),
	BOOL(vm, has_balloon, "A memory balloon is configured."),
	KEYED(vm, source, "sources",
		"The state of bpf, sched, libvirt, monitor, balloon, agent, exits, affinity, stalls, "
		"pages, cgroup, nics, rings, latency and images as far as this VM goes."),
	OBJECT(vm, steal, "CPU time, by host and guest."),
	OBJECT(vm, memory, "Memory, by host and guest."),
	OBJECT(vm, numa, "Where its memory lies and where its vCPUs ran."),
	OBJECT(vm, guest, "What its own kernel counts of its memory."),
	OBJECT(vm, thp, "Stalls for memory, by host and guest."),
	OBJECT(vm, pages, "What the pages of its memory are."),
	OBJECT(vm, pinning, "On which CPUs it may run, and who else must run there."),
	OBJECT(vm, network, "What concerns all of its network devices."),
	SHORT_ARRAY(vm, nic, "nics", VM_DEVICES_MOST, "Its network devices; the first 64."),
	SHORT_ARRAY(vm, disk, "disks", VM_DEVICES_MOST, "Its disks; the first 64."),
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
	STR(finding, pane, NONE, "The pane whose rule found it."),
	STR(finding, rule, NONE, "The rule."),
	STR(finding, vm, VM, "The name of the VM; null when the host is meant."),
	STR(finding, vm_key, UUID, "The key of the VM."),
	STR(finding, subject, SUBJECT, "The part of the VM; null when the whole VM is meant."),
	ENUM(finding, verdict, verdict, "The verdict behind it."),
	ENUM(finding, severity, severity, "How bad it is."),
	STR(finding, text, FINDING, "One sentence with both sides' numbers."),
	F64(finding, since_s, "When it began, in seconds since 1970."),
};
SCHEMA(finding, finding_fields, "What an operator should look at.");

static const struct field snapshot_fields[] = {
	U64(snapshot, parallax, "The version of this format: 1."),
	F64(snapshot, time_s, "When it was made, in seconds since 1970."),
	F64(snapshot, utc_offset_s,
		"How far the host's time zone was ahead of UTC, in seconds: for labels."),
	F64(snapshot, interval_s,
		"The time that its rates cover, in seconds; null in the first snapshot of a run, "
		"which is a baseline without rates."),
	OBJECT(snapshot, host, "The machine that the VMs run on."),
	KEYED(snapshot, source, "sources", "The state of every probe."),
	ARRAY(snapshot, vm, "vms", "The virtual machines, by name."),
	SHORT_ARRAY(snapshot, cpuset, "cpusets", CPUSETS,
		"The sets of CPUs that threads of VMs are bound to, those of which the most is asked "
		"first; the first 256.  The set of all CPUs is there while some VM is not bound."),
	SHORT_ARRAY(snapshot, cpu_load, "cpu_map", CPUS_MAX,
		"What is asked of each CPU that is online; the first 1024."),
	SHORT_ARRAY(snapshot, block_device, "devices", BLOCK_DEVICES_MOST,
		"The physical devices that images of VMs are on, by name."),
	ARRAY(snapshot, finding, "findings", "The findings, worst first."),
};
SCHEMA(snapshot, snapshot_fields, "One moment of one host.");
