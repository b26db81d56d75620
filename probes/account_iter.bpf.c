// SPDX-License-Identifier: GPL-2.0-only
/*
 * What user space asks for at each refresh, by reading an iterator: what no switch has told of
 * the threads that are tracked, and which threads should be.
 */
#include "probes/account_maps.bpf.h"

static const __u32 KTHREAD = 0x00200000;

/* Tracked since now: as if it had come or gone at this moment. */
static __always_inline void begin(struct account_slot *slot, struct task_struct *task)
{
	__u64 now_ns = bpf_ktime_get_ns();

	if (slot->seq || !slot_write(slot))
		return;
	slot->start_ns = task->start_boottime;
	slot->exec_ns = task->se.sum_exec_runtime;
	slot->delay_ns = task->sched_info.run_delay;
	if (task->on_cpu) {
		slot->in_ns = now_ns;
		slot->cpu = cpu_of(task) + 1;
	} else {
		slot->out_ns = now_ns;
		slot->state = reason(task, false, task->__state);
	}
	slot_written(slot);
}

static __always_inline void look_at_vcpu(struct account_slot *slot, struct task_struct *task)
{
	__u64 vcpu = vcpu_of(task);

	if (!vcpu)
		return;
	slot->seen_kvm = 1;
	slot->msr = kvm_u64(vcpu, at_steal_msr);
	slot->hva = slot->msr & 1 ? kvm_u64(vcpu, at_steal_hva) : 0; /* KVM_MSR_ENABLED */
}

static __always_inline void look_at(struct account_slot *slot, struct task_struct *task)
{
	__u64 seq;

	begin(slot, task);
	seq = slot->seq; /* as of before: whatever comes meanwhile makes this look old */
	barrier();
	slot->live_clock = task->on_cpu ? 0 : task->sched_info.last_queued;
	/* The guest turns its clock on by running, and that shows in seq. */
	if (slot->vcpu && (slot->live_seq != seq || task->on_cpu))
		look_at_vcpu(slot, task);
	slot->live_seq = seq;
}

static __always_inline bool is_vhost(const char *comm)
{
	return comm[0] == 'v' && comm[1] == 'h' && comm[2] == 'o' && comm[3] == 's' &&
	       comm[4] == 't' && comm[5] == '-';
}

SEC("iter/task")
int account_tasks(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	struct account_found found = { 0 };
	struct account_slot *slot;
	__u32 tgid;

	if (!task)
		return 0;
	slot = slot_of(task->pid);
	if (slot) {
		look_at(slot, task);
		return 0;
	}
	tgid = task->tgid;
	if (!bpf_map_lookup_elem(&vms, &tgid) && !(task->flags & KTHREAD && is_vhost(task->comm)))
		return 0;
	found.tid = task->pid;
	found.tgid = tgid;
	found.start_ns = task->start_boottime;
	__builtin_memcpy(found.comm, task->comm, sizeof(found.comm));
	bpf_seq_write(ctx->meta->seq, &found, sizeof(found));
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
