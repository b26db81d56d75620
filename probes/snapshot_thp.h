/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_SNAPSHOT_THP_H
#define PARALLAX_SNAPSHOT_THP_H

#include <stddef.h>
#include <stdint.h>

#include "probes/vm.h"

/*
 * Part of snapshot.h, which says what holds for all of it: the time in which threads that wanted
 * memory had to make room for it themselves, by host and guest.
 */
enum stall_kind { STALL_UNKNOWN, STALL_COMPACTION, STALL_RECLAIM, STALL_LIMIT };

/* Stalls of at least from_ns and less than 2^(1/4) of it, that ended in this interval. */
struct stall_bin {
	uint64_t from_ns, count;
};

struct thp {
	/* Of all its threads, summed, those that still last too; limit is a part of reclaim. */
	double stall_ms_per_s, compact_ms_per_s, reclaim_ms_per_s, limit_ms_per_s;
	uint64_t stalls; /* that ended in this interval */
	/* Of those that ended in this interval or still last: 0 there was none. */
	double longest_stall_ms,
		longest_at_s; /* at: when it ended, wall clock; now when it lasts */
	uint64_t longest_tid;
	enum stall_kind longest_kind;
	double in_progress_ms; /* how long the longest has lasted that has not ended; 0: none */
	struct stall_bin *stall_bin; /* the shortest first */
	size_t n_stall_bin;
	/* The longest of the last minutes; written by the thp pane's judge. */
	double worst_ms, worst_at_s, worst_age_s, window_s; /* window: how far back that reaches */
	uint64_t worst_tid;
	enum stall_kind worst_kind;
	double recent_ms; /* of those that findings tell of, likewise; 0: there was none */
	double huge_pct, huge_error_pct; /* of its memory that is present, by huge pages */
	double guest_compact_stalls_per_s, guest_thp_fallbacks_per_s, guest_interval_s;
	const char *guest_source;
	enum verdict verdict; /* written by the thp pane's judge */
	const char *verdict_reason;
};

#endif
