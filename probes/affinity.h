/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_AFFINITY_H
#define PARALLAX_AFFINITY_H

/* What affinity.bpf.c tells affinity_bound.c. The kernel's types of numbers: both sides have them. */
#include <linux/types.h>

/* A thread that may not run on every CPU; totals in ns since it began. */
struct affinity_task {
	__u64 run_ns, wait_ns;
	__u64 queue, throttled_ns; /* its run queue, and how long that was throttled */
	__u32 tid, tgid;
	__u32 start_ms; /* since boot, its low half: with tid names the thread */
	__u32 cpus;	/* how many it may run on */
};

#endif
