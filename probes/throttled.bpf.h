/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PARALLAX_THROTTLED_BPF_H
#define PARALLAX_THROTTLED_BPF_H

#include "probes/kernel.bpf.h"

/*
 * How long the run queue of the task's group was throttled so far; 0 where that is not kept.
 * Before 6.6 in a clock that slows down with the CPU: it may tell less.
 */
static __always_inline __u64 throttled_ns(struct task_struct *task)
{
	struct cfs_rq *cfs_rq = BPF_CORE_READ(task, se.cfs_rq);

	if (bpf_core_field_exists(cfs_rq->throttled_clock_self_time))
		return BPF_CORE_READ(cfs_rq, throttled_clock_self_time);
	if (bpf_core_field_exists(cfs_rq->throttled_clock_pelt_time))
		return BPF_CORE_READ(cfs_rq, throttled_clock_pelt_time);
	if (bpf_core_field_exists(cfs_rq->throttled_clock_task_time))
		return BPF_CORE_READ(cfs_rq, throttled_clock_task_time);
	return 0;
}

#endif
