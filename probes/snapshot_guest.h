/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_SNAPSHOT_GUEST_H
#define PARALLAX_SNAPSHOT_GUEST_H

#include <stddef.h>
#include <stdint.h>

#include "probes/vm.h"

/*
 * Part of snapshot.h, which says what holds for all of it: what the guest's own kernel counts of
 * its memory. All of it is the guest's word.
 */
struct guest {
	const char *source;	  /* how it was had; NULL: it was not */
	const char *reason;	  /* why there is none, or why it is old */
	double age_s, interval_s; /* since it was read; what its rates cover */
	uint64_t mem_total_bytes, mem_free_bytes, mem_available_bytes, huge_bytes;
	uint64_t swap_total_bytes, swap_used_bytes;
	double swap_in_bytes_per_s, swap_out_bytes_per_s;
	uint64_t oom_kills, oom_kills_total; /* in interval_s; since it started */
	double alloc_stalls_per_s, compact_stalls_per_s, compact_fails_per_s;
	double thp_allocs_per_s, thp_fallbacks_per_s;
	/* Pages that its nodes handed out: from the CPU's own node, from the node wanted. */
	double numa_local_pct, numa_hit_pct, numa_foreign_pages_per_s;
};

#endif
