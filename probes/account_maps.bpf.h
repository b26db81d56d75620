/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PARALLAX_ACCOUNT_MAPS_BPF_H
#define PARALLAX_ACCOUNT_MAPS_BPF_H

/*
 * The state that account.bpf.c and account_iter.bpf.c share: both define it weakly, and linking
 * them makes one of it.
 */
#include "probes/kernel.bpf.h"

#include "probes/account.h"
#include "probes/throttled.bpf.h"

enum { RING = 128 };

/*
 * Who had a CPU until when, by its run queue's clock; since when, the one before tells. Its name is
 * looked up when it is charged with something: at a switch each byte counts.
 */
struct occupant {
	__u64 end_clock, task;
	__u32 pid, tgid;
	__u64 vcpu;
};

struct cpu {
	__u64 head, current; /* occupants so far; the task that is on it now */
	struct occupant ring[RING];
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1); /* user space: as many as there may be CPUs */
	__type(key, __u32);
	__type(value, struct cpu);
} cpus __weak SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1); /* user space: by what the host may hold */
	__type(key, __u32);
	__type(value, struct account_slot);
} slots __weak SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, ACCOUNT_SLOTS);
	__type(key, __u32); /* tid */
	__type(value, __u32);
} threads __weak SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, ACCOUNT_SLOTS);
	__type(key, __u32); /* tgid of a VMM */
	__type(value, __u32);
} vms __weak SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, ACCOUNT_THIEVES);
	__type(key, struct account_thief_key);
	__type(value, struct account_thief);
} thieves __weak SEC(".maps");

/* One bit for each low half of a tid: spares most switches the search in threads. */
__u64 filter[ACCOUNT_FILTER / 64] __weak;

/* Offsets in the types of kvm; -1: this kernel has no such field. */
const volatile int at_notifier __weak = -1;
const volatile int at_wait_task __weak = -1;
const volatile int at_steal_msr __weak = -1;
const volatile int at_steal_hva __weak = -1;
const volatile int at_steal_last __weak = -1;

/* A task tells its run queue where the kernel has groups of tasks. */
static __always_inline bool tells_rq(struct task_struct *task)
{
	return bpf_core_field_exists(task->se.cfs_rq) && bpf_core_field_exists(task->se.cfs_rq->rq);
}

static __always_inline __u32 cpu_of(struct task_struct *task)
{
	if (bpf_core_field_exists(task->thread_info.cpu))
		return task->thread_info.cpu;
	return BPF_CORE_READ((struct task_struct___cpu *)task, cpu);
}

/*
 * The clock of the CPU that a task is on or queued for: what the scheduler goes by, brought up to
 * date at each switch. What it notes of arrivals is of this clock; reading it costs three loads.
 */
static __always_inline __u64 cpu_clock(struct task_struct *task)
{
	return tells_rq(task) ? task->se.cfs_rq->rq->clock : bpf_ktime_get_ns();
}

/* When the thread that is on a CPU came there, by its clock. */
static __always_inline __u64 arrival_clock(
	const struct account_slot *slot, struct task_struct *task)
{
	return tells_rq(task) ? task->sched_info.last_arrival : slot->in_ns;
}

static __always_inline struct account_slot *slot_of(__u32 tid)
{
	__u32 *index;

	if (!(filter[tid % ACCOUNT_FILTER / 64] >> (tid % 64) & 1))
		return NULL;
	index = bpf_map_lookup_elem(&threads, &tid);
	return index ? bpf_map_lookup_elem(&slots, index) : NULL;
}

/*
 * A slot is written to where its thread comes or goes, one after the other; and once where the
 * iterator meets it first, which may be at the same time: then that one is done with it, and what
 * came meanwhile is lost. False: not now. The sequence is odd in between, for those who read.
 */
static __always_inline bool slot_write(struct account_slot *slot)
{
	__u64 seq = slot->seq;

	if (seq == 0 ? __sync_val_compare_and_swap(&slot->seq, 0, 1) != 0 : seq & 1)
		return false;
	slot->seq = seq + 1;
	barrier();
	return true;
}

static __always_inline void slot_written(struct account_slot *slot)
{
	barrier();
	slot->seq++;
}

static __always_inline __u64 kvm_u64(__u64 vcpu, int offset)
{
	__u64 value = 0;

	if (offset >= 0)
		bpf_probe_read_kernel(&value, sizeof(value), (void *)(vcpu + (__u32)offset));
	return value;
}

/* The struct kvm_vcpu that a task is inside of; 0: it is outside of KVM_RUN. */
static __always_inline __u64 vcpu_of(struct task_struct *task)
{
	__u64 link;

	if (at_notifier < 0) /* and maybe no such field in a task, either */
		return 0;
	link = (__u64)BPF_CORE_READ(task, preempt_notifiers.first);
	return link ? link - (__u32)at_notifier : 0;
}

static __always_inline bool has_groups(struct task_struct *task)
{
	return bpf_core_field_exists(task->se.cfs_rq) &&
	       bpf_core_field_exists(task->se.cfs_rq->throttle_count);
}

/*
 * Why a thread is off its CPU. A vCPU whose guest waits for an interrupt has put itself where
 * it can be woken (vcpu->wait); one that sleeps inside KVM without has met a page that is not
 * there, or the like, in the middle of guest time.
 */
static __always_inline __u8 reason(struct task_struct *task, bool preempt, __u32 state)
{
	__u64 vcpu;

	if (preempt || state == 0) {
		if (has_groups(task) && BPF_CORE_READ(task, se.cfs_rq, throttle_count) > 0)
			return ACCOUNT_THROTTLED;
		return ACCOUNT_WAITING;
	}
	vcpu = vcpu_of(task);
	if (vcpu)
		return kvm_u64(vcpu, at_wait_task) ? ACCOUNT_HALTED : ACCOUNT_BLOCKED_KVM;
	return state & 2 ? ACCOUNT_BLOCKED : ACCOUNT_ASLEEP; /* TASK_UNINTERRUPTIBLE */
}

#endif
