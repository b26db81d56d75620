// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/schema_rows.h"

enum { THREAD_SETS_MAX = 8192 }; /* a row a vCPU at worst, and of its other threads a few */

static const struct field pinned_fields[] = {
	ENUM(pinned, kind, pinned_kind,
		"vcpu; iothread; vhost, the kernel's worker for its network; or emulator, all others."),
	STR(pinned, ids, NONE, "The numbers of these vCPUs, or I/O threads, as a list."),
	U64(pinned, threads, "How many threads."),
	U64(pinned, tid, "The first of them."),
	STR(pinned, cpus, NONE,
		"The CPUs that the kernel lets them run on, and that are online: their affinity within "
		"the cpuset of their group."),
	STR(pinned, reason, TEXT, "Why that is not known."),
	STR(pinned, configured, NONE,
		"The CPUs that libvirt's definition gives them, as far as they are online: vcpupin, "
		"iothreadpin, emulatorpin, else the cpuset of the vCPUs.  Null when it gives them none, "
		"when nothing else than libvirt's numad decides, and for threads that the VMM starts as "
		"it goes."),
	BOOL(pinned, drifted,
		"The two differ; or nothing is configured, and this vCPU alone is bound where the VM is "
		"not."),
	F64(pinned, demand_pct,
		"Time that they ran and waited for a CPU, in per cent of one CPU, all together.  What a "
		"quota stopped them is not in it; without bpf it is."),
};
static SCHEMA(pinned, pinned_fields, "Threads of a VM that are bound alike.");

static const struct field pinning_fields[] = {
	STR(pinning, cpus, NONE,
		"The CPUs that one of its vCPUs may run on; of several such sets the one of which the "
		"most is asked.  Sets that overlap are one when they are short of CPUs only together."),
	U64(pinning, cpus_count, "How many these are."),
	U64(pinning, set_vcpus, "How many of its vCPUs may run nowhere else."),
	BOOL(pinning, bound, "They are not all CPUs that are online."),
	F64(pinning, demand_pct,
		"What all threads that can run nowhere else ask of them, in per cent of these CPUs: "
		"time that they ran and waited, of VMs and of bound processes.  Above 100 somebody "
		"must wait, whatever the scheduler does."),
	U64(pinning, sharers, "Other VMs with a thread that is bound to any of them."),
	STR(pinning, sharer, WHO, "The other VM, or process, that asks most of them."),
	U64(pinning, threads, "Threads of the VM that were looked at."),
	U64(pinning, drifted, "Those that are not where the definition says."),
	STR(pinning, configured, NONE, "Where the first of them should be."),
	STR(pinning, real, NONE, "Where it is."),
	STR(pinning, drifter, NONE, "Which it is: vcpu 3, emulator, iothread 1."),
	U64(pinning, drifter_tid, "Its thread."),
	U64(pinning, smt,
		"Its busy vCPUs that are bound to one thread of a core whose other thread has a busy "
		"vCPU of another VM bound to it."),
	STR(pinning, smt_vm, VM, "That VM, for the first of them."),
	U64(pinning, smt_cpu, "The CPU of the first of them."),
	ENUM(pinning, isolation, isolation,
		"A fault with isolated CPUs.  unbalanced: several of its vCPUs are bound to several "
		"of them together, and nothing moves a thread from one to the next; shared: several "
		"busy threads on one; helper: an emulator, I/O or vhost thread on that of a vCPU."),
	STR(pinning, isolated, NONE, "The CPUs of that fault."),
	F64(pinning, wait_pct, "The host_delay_pct of the steal object over the gap's interval."),
	F64(pinning, gap_pct, "wait_pct less the guest's steal: what the guest is not told."),
	F64(pinning, gap_error_pct, "How far that may be off, in percentage points."),
	ENUM(pinning, verdict, verdict,
		"Whether the guest sees that its CPUs are fought over: hidden when it waits for them and "
		"is not told, blind when it has no steal clock."),
	STR(pinning, verdict_reason, TEXT, "Why the verdict is unknown or blind."),
	SHORT_ARRAY(pinning, pinned, "thread_sets", THREAD_SETS_MAX,
		"Its threads by kind and by where they may run; vCPUs first."),
};
SCHEMA(pinning, pinning_fields, "On which CPUs it may run, and who else must run there.");

static const struct field occupant_fields[] = {
	STR(occupant, name, WHO, "The name of a VM, or of a process."),
};
static SCHEMA(occupant, occupant_fields, "A VM or a process, by name.");

static const struct field cpuset_share_fields[] = {
	STR(cpuset_share, name, WHO, "The name of a VM, or of a process."),
	BOOL(cpuset_share, vm, "It is a VM."),
	U64(cpuset_share, pid, "Its process; null when several of this name are meant."),
	U64(cpuset_share, threads, "Its threads that can run nowhere else; null for processes."),
	F64(cpuset_share, demand_pct, "What they ask, in per cent of one CPU."),
};
static SCHEMA(cpuset_share, cpuset_share_fields, "What one asks of a set of CPUs.");

static const struct field cpuset_fields[] = {
	STR(cpuset, cpus, NONE, "The CPUs, as a list: those that are online."),
	U64(cpuset, cpus_count, "How many they are."),
	BOOL(cpuset, bound, "They are not all that are online."),
	BOOL(cpuset, joint,
		"No thread is bound to just these: sets that overlap lie in it, and are short of CPUs "
		"only together."),
	F64(cpuset, demand_pct,
		"What all threads that can run nowhere else ask of them, in per cent of these CPUs."),
	U64(cpuset, threads, "Threads of VMs that can run nowhere else."),
	U64(cpuset, sharers, "VMs and processes among them that ask for at least 1% of a CPU."),
	SHORT_PLAIN(cpuset, vms, occupant, CPUSET_VMS, "The VMs, by demand; the first 64."),
	SHORT_ARRAY(cpuset, cpuset_share, "shares", CPUSET_SHARES,
		"Who asks how much, the most first; the first 8."),
};
SCHEMA(cpuset, cpuset_fields, "A set of CPUs that some thread of a VM is bound to.");

static const struct field cpu_load_fields[] = {
	U64(cpu_load, id, "The number of the CPU."),
	F64(cpu_load, demand_pct,
		"What VMs and bound processes are to be expected to ask of it, in per cent, if each of "
		"their threads is on each of its CPUs for the same time."),
	F64(cpu_load, contended_pct,
		"The demand of the set it is in that is asked for more than 105%, the worst; null when "
		"there is none."),
	U64(cpu_load, sharers, "VMs and processes that are bound to this CPU, alone or among others."),
	SHORT_PLAIN(cpu_load, names, occupant, CPU_LOAD_NAMES, "Four of them, by demand."),
};
SCHEMA(cpu_load, cpu_load_fields, "What is asked of a CPU.");
