/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_SNAPSHOT_MEMORY_H
#define PARALLAX_SNAPSHOT_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "probes/vm.h"

/* Part of snapshot.h, which says what holds for all of it: memory, by host and guest. */

/* What a VM, or the host, runs out of first. */
enum exhausted_of {
	EXHAUSTED_NONE,
	EXHAUSTED_LIMIT, /* the limit of its cgroup */
	EXHAUSTED_GUEST	 /* what the guest has usable */
};

struct memory {
	uint64_t sold_bytes;			     /* what the guest was promised */
	uint64_t host_rss_bytes, host_hugetlb_bytes; /* the kernel counts huge page pools apart */
	uint64_t host_swap_bytes; /* VmSwap, and of shared memory what is known */
	double host_swap_in_bytes_per_s, host_swap_out_bytes_per_s;
	const char *host_swap_source; /* how these two rates were had */
	uint64_t host_merged_bytes;   /* shared with others by KSM */
	uint64_t overhead_bytes;      /* what the VMM needs beside the guest's memory, at least */
	double host_stall_pct;	      /* time in which some of its threads waited for memory */
	const char *cgroup;	      /* NULL: it is in none of its own */
	bool cgroup_own;	      /* it holds this VM and nothing else */
	uint64_t cgroup_bytes, cgroup_swap_bytes;
	uint64_t cgroup_limit_bytes, cgroup_room_bytes; /* of the level with the least room */
	double cgroup_limit_hits_per_s;
	uint64_t cgroup_oom_kills_total;
	uint64_t balloon_bytes;	   /* what the balloon leaves of it */
	uint64_t ballooned_bytes;  /* what it took */
	uint64_t balloon_period_s; /* 0: statistics are not collected */
	uint64_t guest_total_bytes, guest_free_bytes, guest_usable_bytes, guest_cache_bytes;
	uint64_t
		guest_swap_bytes; /* 0 where it never wrote any; else balloon drivers do not tell */
	uint64_t guest_swap_in_bytes_total, guest_swap_out_bytes_total;
	double guest_swap_in_bytes_per_s, guest_swap_out_bytes_per_s;
	double guest_age_s; /* since the guest wrote its figures */
	bool guest_stale;   /* they are past their time, and say nothing of now */
	/* The rest is written by the memory pane's judge. */
	double gap_bytes;	   /* taken away and not known to the guest; below 0 the reverse */
	double growth_bytes_per_s; /* of present and swapped memory, where it is steady */
	double exhausted_min;	   /* until exhausted_of is, at the present rate */
	enum exhausted_of exhausted_of;
	enum verdict verdict;
	const char *verdict_reason;
};

#endif
