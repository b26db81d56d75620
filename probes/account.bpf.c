// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where the time of every thread of a VM goes, exactly and without a hook on wake-ups. The
 * kernel's own run_delay tells how much of the time off the CPU was spent waiting; the state in
 * which the thread left tells what the rest was. Who ran meanwhile is in a ring that each CPU
 * keeps of its last occupants: while a thread runs, the ring of its CPU stands still behind it,
 * so it may be read as late as when the thread leaves again.
 */
#include "probes/account_maps.bpf.h"
#include "probes/quarter.h"

/* sched_switch tells the state in which prev leaves: since 5.18. */
const volatile bool has_prev_state = true;

/* It may have ended since, and another task be in its place: then it is not that thread. */
static __always_inline void name(const struct occupant *one, char comm[16])
{
	struct task_struct *task = (struct task_struct *)one->task;

	if (task && BPF_CORE_READ(task, pid) == (int)one->pid)
		BPF_CORE_READ_INTO((char(*)[16])comm, task, comm);
}

/* Global functions are verified once, and not again for each way that leads to them. */
__noinline int charge(struct account_slot *slot, struct occupant *one, __u64 ns)
{
	struct account_thief_key key = { 0 };
	struct account_thief fresh = { 0 };
	struct account_thief *thief;

	if (!slot || !one)
		return 0;
	key.vm = slot->vm;
	key.tgid = one->tgid;
	key.vcpu = one->vcpu;
	thief = bpf_map_lookup_elem(&thieves, &key);
	if (!thief) {
		name(one, fresh.comm);
		bpf_map_update_elem(&thieves, &key, &fresh, BPF_NOEXIST);
		thief = bpf_map_lookup_elem(&thieves, &key);
	}
	if (thief)
		__sync_fetch_and_add(&thief->ran_ns, ns);
	else
		slot->unseen_ns += ns;
	return 0;
}

/* Charge a wait from from_ns to to_ns to those who had the CPU, the latest first. */
__noinline int charge_ring(struct cpu *cpu, struct account_slot *slot, __u64 from_ns, __u64 to_ns)
{
	if (!cpu || !slot)
		return 0;
	for (__u32 i = 1; i < RING && i < cpu->head && to_ns > from_ns; i++) {
		struct occupant *one = &cpu->ring[(cpu->head - i) % RING];
		__u64 begin_ns = cpu->ring[(cpu->head - i - 1) % RING].end_ns;

		if (begin_ns < from_ns)
			begin_ns = from_ns;
		if (begin_ns >= to_ns)
			continue;
		charge(slot, one, to_ns - begin_ns);
		to_ns = begin_ns;
	}
	if (to_ns > from_ns)
		slot->unseen_ns += to_ns - from_ns;
	return 0;
}

/* Whoever ran meanwhile took nothing: the thread might not have run in any case. */
static __always_inline void charge_quota(struct account_slot *slot, __u64 ns)
{
	struct occupant quota = { .tgid = ACCOUNT_QUOTA };

	charge(slot, &quota, ns);
}

static __always_inline void add(struct account_slot *slot, __u32 account, __u64 ns)
{
	asm volatile("%0 &= 7" : "+r"(account)); /* the compiler knows, the verifier does not */
	slot->total_ns[account] += ns;
}

static __always_inline void note_wait(struct account_slot *slot, __u64 wait_ns, bool throttled)
{
	__u32 bin = quarter_bin(wait_ns);

	asm volatile("%0 &= 127" : "+r"(bin));
	if (wait_ns > slot->max_wait_ns)
		slot->max_wait_ns = wait_ns;
	if (wait_ns)
		slot->bin[throttled][bin]++;
}

/*
 * How much of a wait was not for a CPU but for the next period of a quota. The run queue tells,
 * also when it was throttled later than the thread left; where it does not, or is another one
 * now, the state in which the thread left decides.
 */
static __always_inline __u64 throttled_part(
	struct account_slot *slot, struct task_struct *prev, __u64 wait_ns)
{
	__u64 cfs_rq, ns;

	if (!has_groups(prev))
		return 0;
	cfs_rq = (__u64)BPF_CORE_READ(prev, se.cfs_rq);
	ns = throttled_ns(prev);
	if (ns == 0 || cfs_rq != slot->cfs_rq || slot->gap_wait_ns)
		return slot->state == ACCOUNT_THROTTLED ? wait_ns : 0;
	ns -= slot->throttled_ns;
	return ns < wait_ns ? ns : wait_ns;
}

/*
 * The time before its thread came on the CPU: only now the kernel has counted that wait. Its exec
 * time begins some microseconds before in_ns: over_ns, which is in run and not in the gap.
 */
static __always_inline void close_gap(
	struct account_slot *slot, struct cpu *cpu, struct task_struct *prev, __u64 over_ns)
{
	__u64 gap_ns = slot->in_ns - slot->out_ns;
	__u64 last_ns = prev->sched_info.run_delay - slot->delay_ns;
	__u64 wait_ns = last_ns + slot->gap_wait_ns, throttled;

	gap_ns -= over_ns < gap_ns ? over_ns : gap_ns;
	if (slot->state == ACCOUNT_WAITING || slot->state == ACCOUNT_THROTTLED || wait_ns > gap_ns)
		wait_ns = gap_ns; /* but for the two clocks, which differ a little */
	throttled = throttled_part(slot, prev, wait_ns);
	slot->total_ns[ACCOUNT_THROTTLED] += throttled;
	slot->total_ns[ACCOUNT_WAITING] += wait_ns - throttled;
	add(slot, slot->state, gap_ns - wait_ns);
	note_wait(slot, wait_ns, 2 * throttled > wait_ns);
	slot->clock_ns = slot->in_ns - prev->sched_info.last_arrival;
	if (!slot->vcpu)
		return;
	if (throttled)
		charge_quota(slot, throttled);
	last_ns = last_ns > gap_ns ? gap_ns : last_ns;
	if (last_ns > throttled)
		charge_ring(cpu, slot, slot->in_ns - (last_ns - throttled), slot->in_ns);
}

static __always_inline void leave(struct account_slot *slot, struct cpu *cpu,
	struct task_struct *prev, bool preempt, __u32 state, __u64 now_ns)
{
	__u64 exec_ns = prev->se.sum_exec_runtime;

	slot->seq++;
	if (slot->in_ns > slot->out_ns) {
		__u64 ran_ns = exec_ns - slot->exec_ns, wall_ns = now_ns - slot->in_ns;

		if (slot->out_ns)
			close_gap(slot, cpu, prev, ran_ns > wall_ns ? ran_ns - wall_ns : 0);
		slot->total_ns[ACCOUNT_RUN] += ran_ns;
		slot->total_ns[ACCOUNT_IRQ] += wall_ns > ran_ns ? wall_ns - ran_ns : 0;
	}
	slot->exec_ns = exec_ns;
	slot->delay_ns = prev->sched_info.run_delay;
	slot->start_ns = prev->start_boottime;
	slot->gap_wait_ns = 0;
	if (has_groups(prev)) {
		slot->cfs_rq = (__u64)BPF_CORE_READ(prev, se.cfs_rq);
		slot->throttled_ns = throttled_ns(prev);
	}
	slot->out_ns = now_ns;
	slot->state = reason(prev, preempt, state);
	slot->seq++;
}

static __always_inline void arrive(
	struct account_slot *slot, struct task_struct *next, __u64 now_ns)
{
	slot->seq++;
	slot->in_ns = now_ns;
	slot->queued_clock = next->sched_info.last_queued;
	slot->seq++;
}

SEC("tp_btf/sched_switch")
int BPF_PROG(account_switch, bool preempt, struct task_struct *prev, struct task_struct *next)
{
	__u64 now_ns = bpf_ktime_get_ns();
	__u32 number = bpf_get_smp_processor_id(), state, vcpu = 0;
	struct cpu *cpu = bpf_map_lookup_elem(&cpus, &number);
	struct account_slot *slot;
	struct occupant *one;

	if (!cpu)
		return 0;
	slot = slot_of(prev->pid);
	if (slot) {
		state = has_prev_state ? (__u32)ctx[3] : prev->__state;
		leave(slot, cpu, prev, preempt, state, now_ns);
		vcpu = slot->vcpu;
	}
	one = &cpu->ring[cpu->head % RING];
	one->end_ns = now_ns;
	one->task = (__u64)prev;
	one->pid = prev->pid;
	one->tgid = prev->tgid;
	one->vcpu = vcpu;
	cpu->head++;
	cpu->current = (__u64)next;
	slot = slot_of(next->pid);
	if (slot)
		arrive(slot, next, now_ns);
	return 0;
}

/* A wait that ends now, on a CPU whose occupant is not in its ring yet. */
static __always_inline void charge_until_now(
	struct cpu *cpu, struct account_slot *slot, __u64 wait_ns)
{
	struct task_struct *current = (struct task_struct *)cpu->current;
	__u64 now_ns = bpf_ktime_get_ns(), from_ns = now_ns - wait_ns;
	__u64 last_ns = cpu->ring[(cpu->head - 1) % RING].end_ns;
	struct occupant one = { 0 };
	struct account_slot *other;

	if (last_ns > from_ns) {
		charge_ring(cpu, slot, from_ns, last_ns);
		from_ns = last_ns;
	}
	if (!current || now_ns <= from_ns)
		return;
	one.task = (__u64)current;
	one.pid = BPF_CORE_READ(current, pid);
	one.tgid = BPF_CORE_READ(current, tgid);
	other = slot_of(one.pid);
	one.vcpu = other && other->vcpu;
	charge(slot, &one, now_ns - from_ns);
}

/*
 * A thread that waits is taken to another CPU. The kernel has counted its wait on the old one,
 * whose run queue is locked, so that ring stands still, too.
 */
SEC("tp_btf/sched_migrate_task")
int BPF_PROG(account_migrate, struct task_struct *task)
{
	struct account_slot *slot = slot_of(task->pid);
	__u64 wait_ns;
	struct cpu *cpu;
	__u32 number;

	if (!slot || slot->out_ns == 0 || slot->in_ns > slot->out_ns)
		return 0;
	wait_ns = task->sched_info.run_delay - slot->delay_ns;
	if (bpf_core_field_exists(task->thread_info.cpu))
		number = task->thread_info.cpu;
	else
		number = BPF_CORE_READ((struct task_struct___cpu *)task, cpu);
	cpu = bpf_map_lookup_elem(&cpus, &number);
	if (wait_ns == 0 || !cpu)
		return 0;
	slot->seq++;
	slot->delay_ns += wait_ns;
	slot->gap_wait_ns += wait_ns;
	if (slot->vcpu && slot->state == ACCOUNT_THROTTLED)
		charge_quota(slot, wait_ns);
	else if (slot->vcpu)
		charge_until_now(cpu, slot, wait_ns);
	slot->seq++;
	return 0;
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(account_exit, struct task_struct *task)
{
	__u32 tid = task->pid;
	struct account_slot *slot = slot_of(tid);

	if (!slot)
		return 0;
	slot->ended = 1;
	bpf_map_delete_elem(&threads, &tid);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
