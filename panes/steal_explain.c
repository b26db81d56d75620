// SPDX-License-Identifier: GPL-2.0-or-later
#include "panes/steal.h"

/*
 * {vm}, {pid} and {tid} stand for the VM, its process and the vCPU thread that the finding is
 * about. Commands are for the host unless they say otherwise.
 */
const struct explanation steal_explanation[] = {
	{
		.rule = "steal-hidden",
		.title = "The host takes CPU time, and the guest does not see it",
		.mechanism =
			"The vCPU threads were runnable and queued while something else had the "
			"CPU, or while a CPU quota had them throttled: both are run delay. KVM "
			"offers just that number to the guest as its steal clock, but KVM has to "
			"write it, and the guest has to use it. It does not when it was booted "
			"with no-steal-acc, when its kernel has no paravirtual time accounting, or "
			"when it is no Linux. Its accounts then call the missing time busy or "
			"idle, whatever it was doing when the tick came.",
		.trap = "Inside, steal is 0 and the application looks slow all by itself. Adding "
			"vCPUs makes it worse: more threads queue for the same CPUs. An average "
			"near 0 hides a VM that is stopped half of the time for a second each "
			"minute.",
		.next = "perf sched record -- sleep 5  (all CPUs; the file grows fast)\n"
			"perf sched timehist -p {pid}  (sch delay: how long each vCPU queued)\n"
			"perf sched map  (who had the CPUs meanwhile)\n"
			"virsh schedinfo {vm}  (vcpu_quota, cpu_shares)\n"
			"cat /proc/{pid}/task/{tid}/cgroup; nr_throttled in cpu.stat there and in "
			"each level above\n"
			"virsh vcpupin {vm}; taskset -cap {pid}  (crowded onto few CPUs?)\n"
			"in the guest: dmesg | grep stealtime; cat /proc/cmdline",
	},
	{
		.rule = "steal-blocked",
		.figure = "blkd",
		.title = "The host blocks the guest in the midst of its code",
		.mechanism =
			"The vCPU thread was inside the guest and had to sleep: the page it touched "
			"is in the host's swap, must come over the network (post-copy migration, "
			"userfault), or had to be made by reclaim or compaction first. That is no "
			"run delay: the thread was not ready to run, so KVM's steal clock, which "
			"tells run delay and nothing else, stands still. The guest's CPU stands "
			"still as well, between two of its instructions.",
		.trap = "The guest has free memory, an idle disk and no steal, and its application "
			"hangs for tens of milliseconds at any memory access. Profilers inside show "
			"whatever instruction it was.",
		.next = "grep -e VmRSS -e VmSwap /proc/{pid}/status\n"
			"cat /proc/{pid}/task/{tid}/wchan /proc/{pid}/task/{tid}/stack  (blocked "
			"where?)\n"
			"vmstat 1  (si, so); grep . /proc/pressure/memory\n"
			"memory.max, memory.high or memory.limit_in_bytes of its cgroup: see "
			"/proc/{pid}/cgroup\n"
			"virsh domjobinfo {vm}  (a post-copy migration?)\n"
			"virsh dommemstat {vm}; virsh memtune {vm}",
	},
	{
		.rule = "steal-quota",
		.figure = "thrtl",
		.title = "Its CPU quota stops the VM",
		.mechanism =
			"The VM's cgroup, or one above it, may use so much CPU time in each period "
			"(100 ms by default). Once that is used up, all threads in it stop until the "
			"next period begins, however idle the CPUs are: one vCPU under libvirt's "
			"vcpu_quota, the whole VM under global_quota or in a pod. Then the quota is "
			"gone early: 8 busy vCPUs use up a quota of 2 CPUs in a quarter of the "
			"period, and stand still for the rest. KVM tells the guest this time as "
			"steal, for run delay holds it.",
		.trap = "In the guest it looks like a greedy neighbour, and the VM is moved to "
			"another host, with its quota. The mean hides it: each stop is tens of "
			"milliseconds, so p99 suffers long before throughput does.",
		.next = "virsh schedinfo {vm}  (vcpu_quota, emulator_quota, global_quota, period)\n"
			"cat /proc/{pid}/task/{tid}/cgroup; cpu.max and nr_throttled in cpu.stat "
			"there and in each level above\n"
			"systemctl show -p CPUQuotaPerSecUSec machine-qemu*.scope  (or the pod's "
			"limits)\n"
			"a longer quota and period together stop it less often, and for longer",
	},
	{
		.rule = "steal-phantom",
		.title = "The guest counts steal that this host did not take",
		.mechanism =
			"The guest's steal comes from the run delay of its vCPU threads. When it "
			"counts more than the host saw, it books old time now: an idle vCPU with "
			"a stopped tick adds up late, when it wakes; after a live migration or a "
			"resume the clock begins anew, and some kernels book the jump; the first "
			"update holds all delay since the thread began. A gap that stays is an "
			"accounting fault in the guest.",
		.trap = "Alarms on guest steal blame the neighbours, and VMs are moved to a host "
			"that does no better. Nothing on this host takes the time.",
		.next = "cat /proc/{pid}/task/*/schedstat  (second number: ns waited; again 10 s "
			"later)\n"
			"virsh domjobinfo {vm} --completed  (migrated lately?)\n"
			"in the guest: uname -r; grep '^cpu' /proc/stat  (which vCPU counts it?)",
	},
	{
		.rule = "busy-hidden",
		.figure = "busy-gap",
		.title = "The host works for a guest that believes it is idle",
		.mechanism =
			"The vCPU threads used CPU, yet the guest counts that time as idle. KVM "
			"polls for a while before it lets a halted vCPU sleep (halt polling), "
			"and each exit, timer, interrupt and emulated register access is host "
			"work done in the vCPU's thread. Many short sleeps make both dear. Under "
			"TCG, translating code counts, too.",
		.trap = "The guest's graphs show room that the host does not have: placed by "
			"guest figures, a host fills up with work that no guest admits to. On "
			"the host it looks like a busy VM, and its owner denies it, rightly.",
		.next = "cat /sys/module/kvm/parameters/halt_poll_ns  (0 turns polling off)\n"
			"perf kvm stat live -p {pid}  (which exits, and how long they take)\n"
			"perf top -t {tid}  (host kernel, VMM or guest?)\n"
			"in the guest: cat /proc/interrupts; its cpuidle governor (haltpoll "
			"polls inside)",
	},
	{
		.rule = "busy-phantom",
		.figure = "busy-gap",
		.title = "The guest counts work that the host never ran",
		.mechanism =
			"The guest was in the middle of something for longer than the host let "
			"it run or had it queue. Then its vCPU thread was neither running nor "
			"runnable, but blocked: on a page that must come back from swap or over "
			"the network (post-copy migration), on reclaim or compaction, or in the "
			"VMM on its global lock or on synchronous IO. None of that is run delay, "
			"so no steal clock ever shows it. Interrupts of the host, and the steal "
			"of a host that is itself a guest, end up here as well. After a "
			"migration some guest kernels report 100% busy for good.",
		.trap = "The guest looks CPU-bound at a steal of 0, so it gets more vCPUs. What "
			"it waits for is memory or IO of the host.",
		.next = "grep VmSwap /proc/{pid}/status; grep . /proc/pressure/*\n"
			"cat /proc/{pid}/task/{tid}/wchan /proc/{pid}/task/{tid}/stack  (blocked "
			"where?)\n"
			"perf sched record -- sleep 5; perf sched timehist -p {pid}  (wait time: "
			"asleep)\n"
			"virsh domjobinfo {vm}; virsh domblkerror {vm}\n"
			"in the guest: top against vmstat 1; was it migrated since boot?",
	},
	{
		.rule = "steal-blind",
		.figure = "wait",
		.title = "The host takes CPU time, and the guest has no clock to see it",
		.mechanism =
			"The vCPU threads waited for a CPU, and the guest has no steal clock. Either "
			"it is offered none: emulated CPUs (TCG) have none, nor has a VM with "
			"kvm-steal-time=off, or one whose VMM does not enable the feature. Or it is "
			"offered one and has not turned it on: booted with no-steal-acc, a kernel "
			"without paravirtual time accounting, or no Linux. Its steal of 0 is the "
			"lack of an instrument and no measurement, so this is not a disagreement. "
			"The guest is slow all the same.",
		.trap = "Steal 0 in the guest is taken as proof that the host is innocent. No "
			"alarm inside can ever fire.",
		.next = "virsh dumpxml {vm} | grep -e steal -e \"type='\"  (kvm or qemu? feature "
			"off?)\n"
			"in the guest: dmesg | grep stealtime; cat /proc/cmdline  (turned on?)\n"
			"perf sched record -- sleep 5; perf sched timehist -p {pid}  (sch "
			"delay)\n"
			"virsh schedinfo {vm}; virsh vcpupin {vm}\n"
			"until it has a clock, watch this VM from the host only",
	},
	{
		.rule = "steal-wait",
		.figure = "wait",
		.title = "The vCPUs wait for a CPU",
		.mechanism =
			"The vCPU threads were runnable but had no CPU: more threads than CPUs "
			"in the set on which they may run, a neighbour with more weight, or a "
			"CPU quota that is used up. Other hypervisors call it CPU ready. Below "
			"5% hardly anybody notices, from 10% on production does, and above 20% "
			"nothing inside the guest helps.",
		.trap = "Steal is seldom even: 5% on average may be 50% for one second in ten. "
			"Those seconds are the timeouts. And a guest that is told is no better "
			"off: it can see its steal, and do nothing.",
		.next = "perf sched record -- sleep 5; perf sched timehist -p {pid}  (sch "
			"delay)\n"
			"perf sched map  (who had the CPUs meanwhile)\n"
			"virsh schedinfo {vm}  (vcpu_quota, cpu_shares)\n"
			"cat /proc/{pid}/task/{tid}/cgroup; nr_throttled in cpu.stat there and in "
			"each level above\n"
			"virsh vcpupin {vm}; taskset -cap {pid}\n"
			"fewer vCPUs, fewer neighbours, or another host",
	},
	{
		.rule = "steal-vcpu",
		.figure = "worst",
		.title = "One vCPU is starved, and the average hides it",
		.mechanism =
			"This vCPU waits at least twice as much as the VM on average. Usually "
			"its thread is pinned to a CPU on which something else is busy: another "
			"VM's vCPU, an IO thread, a vhost worker, or the interrupts of a network "
			"card. A vCPU that holds a lock while it waits stops all others that "
			"need it.",
		.trap = "Over 16 vCPUs, one that waits half of the time adds 3 points to the "
			"VM's figure. The application sees stalls, not load.",
		.next = "taskset -cp {tid}; ps -o psr,comm -p {tid}  (where may it run, where "
			"did it?)\n"
			"virsh vcpupin {vm}; virsh emulatorpin {vm}; virsh iothreadinfo {vm}\n"
			"perf sched record -- sleep 5; perf sched timehist -t {tid}\n"
			"mpstat -P ALL 1; cat /proc/interrupts  (what else is on that CPU?)",
	},
	{
		.rule = "host-steal",
		.title = "This host is itself a guest, and time is taken from it",
		.mechanism =
			"The machine runs under a hypervisor, and its own steal clock says that "
			"the level below ran something else. Every VM here loses that time, too, "
			"while its vCPU threads are on a CPU: neither the wait of the host nor "
			"the steal of the guest holds it.",
		.trap = "All is well on this host, all is well in its guests, and everything is "
			"slow. Moving VMs about here changes nothing.",
		.next = "grep '^cpu ' /proc/stat  (eighth number: steal, in ticks)\n"
			"vmstat 1  (st); systemd-detect-virt\n"
			"ask whoever runs the level below for run delay or CPU ready of this VM",
	},
	{ .rule = NULL },
};
