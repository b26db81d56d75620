// SPDX-License-Identifier: GPL-2.0-or-later
#include "panes/pinning.h"

/* {vm}, {pid} and {tid} as in the steal pane; without a VM they stay words. */
const struct explanation pinning_explanation[] = {
	{
		.rule = "pinning-conflict",
		.title = "Several are bound to CPUs that do not suffice",
		.mechanism =
			"Threads that may run on these CPUs only ask for more time than there is, and "
			"the scheduler has nowhere else to put them: all it can do is to share out "
			"the lack. Demand is the time that they ran and the time that they were ready "
			"and queued, so above 100% somebody waits, and at 200% everybody gets half. "
			"It counts vCPUs, emulator, I/O and vhost threads, and processes of the host "
			"that are bound there; what could run elsewhere does not count. Sets that "
			"overlap are looked at together.",
		.trap = "Each VM looks normal alone, and the host is mostly idle. It hurts at peak "
			"hours, when both want their CPUs, and is gone when somebody looks. More vCPUs "
			"make it worse; a larger host does not help, for the bound stay bound.",
		.next = "open the VMs that it names: their page tells which thread is where\n"
			"ps -eLo psr,pid,tid,pcpu,comm --sort=psr  (who is on which CPU now)\n"
			"virsh vcpupin VM; virsh emulatorpin VM; virsh iothreadinfo VM  (what was "
			"configured)\n"
			"taskset -pc TID  (what is so)\n"
			"lscpu -e  (free CPUs, and which share a core)\n"
			"perf sched timehist -C CPU  (after perf sched record -- sleep 5)",
	},
	{
		.rule = "pinning-crowded",
		.title = "A VM has more to do than the CPUs that it is bound to",
		.mechanism =
			"Nobody else is bound to these CPUs: the VM's own threads ask for more than "
			"they have. It has more vCPUs than CPUs there, or its emulator, I/O and vhost "
			"threads work on the CPUs of its vCPUs. A vCPU that waits for another one of "
			"the same guest may hold the lock that this one spins for.",
		.trap = "There is no noisy neighbour to be found. The guest has as many CPUs as it "
			"was promised, all of them there, and cannot use them at once.",
		.next = "virsh vcpupin {vm}; virsh emulatorpin {vm}; virsh iothreadinfo {vm}\n"
			"virsh vcpucount {vm}  (more than CPUs in the set?)\n"
			"top -H -p {pid}  (which of its threads work?)\n"
			"taskset -acp {pid}",
	},
	{
		.rule = "pinning-drift",
		.figure = "drift",
		.title = "A thread is not bound to what its definition says",
		.mechanism =
			"libvirt sets the affinity of each thread when the VM starts, and when it is "
			"told to; later it does not look again, and virsh vcpupin shows what was "
			"configured, not what is so. Since then somebody ran taskset, a tuning daemon "
			"or a balancer (numad, irqbalance's relatives, tuned, scripts) moved it, a "
			"cpuset of its group was changed, or CPUs went offline and came back: the "
			"kernel widens the set of a thread whose last CPU goes away, and does not "
			"restore it in every release.",
		.trap = "Whoever checks the pinning asks libvirt, and libvirt says that all is well. "
			"The CPUs that were meant for the VM are idle meanwhile, or given to the next.",
		.next = "taskset -pc {tid}  (what is so)\n"
			"virsh vcpupin {vm}; virsh emulatorpin {vm}; virsh iothreadinfo {vm}  (what was "
			"configured)\n"
			"cat /proc/{pid}/task/{tid}/cgroup; cpuset.cpus.effective or cpuset.cpus there\n"
			"cat /sys/devices/system/cpu/online\n"
			"an operator may set it anew: virsh vcpupin {vm} VCPU CPUS --live",
	},
	{
		.rule = "pinning-smt",
		.figure = "smt",
		.title = "Busy vCPUs of two VMs share a core",
		.mechanism =
			"Two CPUs of the kernel that are threads of one core share its execution units, "
			"caches and TLB. A vCPU of one VM is bound to the one, a vCPU of another VM to "
			"the other, and both are busy: each gets some 55 to 70% of what it would alone. "
			"Neither waits: to the scheduler both have a CPU of their own. Two vCPUs of one "
			"VM on a core are fine if the guest was told of the threads.",
		.trap = "No wait, no steal, 100% run, and the same work takes half as long again "
			"whenever the neighbour works. Benchmarks differ by the hour. And what shares a "
			"core can listen: some side channels need just that.",
		.next = "lscpu -e=CPU,CORE,NODE  (same CORE: one core)\n"
			"grep . /sys/devices/system/cpu/cpu*/topology/thread_siblings_list\n"
			"virsh vcpupin VM  (give both threads of a core to one VM)\n"
			"virsh dumpxml VM | grep '<topology'  (threads='2' tells the guest)\n"
			"cat /sys/devices/system/cpu/vulnerabilities/*",
	},
	{
		.rule = "pinning-isolated",
		.figure = "isolation",
		.title = "Isolated CPUs are used as if they were not",
		.mechanism =
			"CPUs taken out by isolcpus, or by an isolated cpuset partition, are balanced by "
			"nobody: a thread stays where it woke up first. Several vCPUs that are bound to "
			"several of them together may therefore all sit on one and leave the rest idle, "
			"for good. So may an emulator or I/O thread sit on the CPU of a vCPU. And with "
			"nohz_full a second busy thread brings the tick back that was to be spared.",
		.trap = "The VM has isolated CPUs of its own, so everybody looks elsewhere. The wait is "
			"large, and the CPUs beside it are idle.",
		.next = "cat /sys/devices/system/cpu/isolated /sys/devices/system/cpu/nohz_full\n"
			"ps -Lo psr,tid,pcpu,comm -p {pid}  (do several sit on one?)\n"
			"virsh vcpupin {vm}  (one CPU for each vCPU)\n"
			"virsh emulatorpin {vm}; virsh iothreadinfo {vm}  (the others: on CPUs that are "
			"not isolated)",
	},
	{ .rule = NULL },
};
