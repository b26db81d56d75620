/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PARALLAX_ACCOUNT_GAP_BPF_H
#define PARALLAX_ACCOUNT_GAP_BPF_H

/* What the time was between two runs of a thread: told when the second one ends. */
#include "probes/account_charge.bpf.h"
#include "probes/quarter.h"

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
	__u64 in_clock = arrival_clock(slot, prev), charged = 0;

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
	if (slot->state == ACCOUNT_THROTTLED) /* that was charged when it was moved */
		charged = slot->gap_wait_ns;
	if (throttled > charged)
		charge_quota(slot, throttled - charged);
	last_ns = last_ns > gap_ns ? gap_ns : last_ns;
	if (last_ns > throttled)
		charge_ring(cpu, slot, in_clock - (last_ns - throttled), in_clock);
}

#endif
