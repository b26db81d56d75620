// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where the time of every thread of a VM goes, exactly and without a hook on wake-ups. The
 * kernel's own run_delay tells how much of the time off the CPU was spent waiting; the state in
 * which the thread left tells what the rest was. Who ran meanwhile is in a ring that each CPU
 * keeps of its last occupants: while a thread runs, the ring of its CPU stands still behind it,
 * so it may be read as late as when the thread leaves again.
 */
#include "probes/account_gap.bpf.h"
#include "probes/account_nodes.bpf.h"

/* sched_switch tells the state in which prev leaves: since 5.18. */
const volatile bool has_prev_state = true;

/*
 * What the guest was told, and what the kernel had counted by then: read from the VMM's memory
 * while that is this CPU's own, without ever waiting for a page. Where KVM has not come round to
 * telling the last wait, lag_ns is as long as that. Outside of KVM_RUN nothing is told: what was
 * found before stands.
 */
static __always_inline void look_at_clock(struct account_slot *slot, struct task_struct *prev)
{
	__u64 told_ns, vcpu = vcpu_of(prev);
	bool anew;

	if (!vcpu)
		return;
	if (bpf_probe_read_user(&told_ns, sizeof(told_ns), (void *)slot->hva)) {
		slot->told = ACCOUNT_TOLD_NOT;
		return;
	}
	anew = told_ns < slot->told_ns; /* another kernel: the guest has booted */
	slot->told = ACCOUNT_TOLD;
	slot->told_ns = told_ns;
	slot->told_delay_ns = prev->sched_info.run_delay;
	if (slot->told_first_delay_ns == 0 || anew) {
		slot->told_first_ns = told_ns;
		slot->told_first_delay_ns = slot->told_delay_ns;
	}
	if (at_steal_last >= 0)
		slot->lag_ns = slot->told_delay_ns - kvm_u64(vcpu, at_steal_last);
}

/*
 * Some kernels do not tell every switch, and the thread came without our knowing. The kernel's own
 * note of it is by the run queue's clock, which is as far from ours as it was; where that is not
 * known, it came as long ago as it ran. 0: it was not ours before.
 */
static __always_inline __u64 missed_arrival(
	const struct account_slot *slot, const struct task_struct *prev, __u64 now_ns)
{
	__u64 in_ns = slot->clock_ns ? prev->sched_info.last_arrival + slot->clock_ns
				     : now_ns - (prev->se.sum_exec_runtime - slot->exec_ns);

	if (slot->out_ns == 0)
		return 0;
	return in_ns > slot->out_ns && in_ns < now_ns ? in_ns : slot->out_ns + 1;
}

static __always_inline void leave(
	struct account_slot *slot, struct cpu *cpu, struct task_struct *prev)
{
	__u64 exec_ns = prev->se.sum_exec_runtime, now_ns = bpf_ktime_get_ns();

	if (slot->in_ns <= slot->out_ns)
		slot->in_ns = missed_arrival(slot, prev, now_ns);
	if (slot->in_ns > slot->out_ns) {
		__u64 ran_ns = exec_ns - slot->exec_ns, wall_ns = now_ns - slot->in_ns;

		if (slot->out_ns)
			close_gap(slot, cpu, prev, ran_ns > wall_ns ? ran_ns - wall_ns : 0);
		slot->total_ns[ACCOUNT_RUN] += ran_ns;
		charge_node(slot, prev, ran_ns);
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
	if (slot->hva)
		look_at_clock(slot, prev);
}

static __always_inline void arrive(struct account_slot *slot, struct task_struct *next)
{
	if (!slot_write(slot))
		return;
	if (slot->out_ns == 0) { /* the first that we see of it: what was before is not ours */
		slot->start_ns = next->start_boottime;
		slot->exec_ns = next->se.sum_exec_runtime;
		slot->delay_ns = next->sched_info.run_delay;
	}
	slot->in_ns = bpf_ktime_get_ns();
	slot->queued_clock = next->sched_info.last_queued;
	note_cpu(slot);
	slot_written(slot);
}

SEC("tp_btf/sched_switch")
int BPF_PROG(account_switch, bool preempt, struct task_struct *prev, struct task_struct *next)
{
	__u32 number = bpf_get_smp_processor_id(), state, vcpu = 0;
	struct cpu *cpu = bpf_map_lookup_elem(&cpus, &number);
	struct account_slot *slot;
	struct occupant *one;

	if (!cpu)
		return 0;
	slot = slot_of(prev->pid);
	if (slot) {
		vcpu = slot->vcpu;
		if (slot_write(slot)) {
			leave(slot, cpu, prev);
			state = has_prev_state ? (__u32)ctx[3] : prev->__state;
			slot->state = reason(prev, preempt, state);
			slot_written(slot);
		}
	}
	one = &cpu->ring[cpu->head % RING];
	one->end_clock = cpu_clock(prev);
	one->task = (__u64)prev;
	one->pid = prev->pid;
	one->tgid = prev->tgid;
	one->vcpu = vcpu;
	cpu->head++;
	cpu->current = (__u64)next;
	slot = slot_of(next->pid);
	if (slot)
		arrive(slot, next);
	return 0;
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
	number = cpu_of(task);
	cpu = bpf_map_lookup_elem(&cpus, &number);
	if (wait_ns == 0 || !cpu || !slot_write(slot))
		return 0;
	slot->delay_ns += wait_ns;
	slot->gap_wait_ns += wait_ns;
	if (slot->vcpu && slot->state == ACCOUNT_THROTTLED)
		charge_quota(slot, wait_ns);
	else if (slot->vcpu)
		charge_until_now(cpu, slot, task, wait_ns);
	slot_written(slot);
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
