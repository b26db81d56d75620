// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/schema_rows.h"

static const struct field stall_bin_fields[] = {
	U64(stall_bin, from_ns,
		"The shortest stall counted here; the longest is 2^(1/4) times as long.  The first "
		"of "
		"all bins, 256 ns, also has all that are shorter."),
	U64(stall_bin, count, "Stalls of such a length that ended in the interval."),
};
static SCHEMA(stall_bin, stall_bin_fields, "How many stalls were how long.");

static const struct field thp_fields[] = {
	F64(thp, stall_ms_per_s,
		"Time in which its threads made room in memory before they got any, in "
		"milliseconds "
		"per second, summed over the threads: it passes 1000 when several stall at once."),
	F64(thp, compact_ms_per_s,
		"The part of that in which they moved pages together, for huge pages mostly."),
	F64(thp, reclaim_ms_per_s, "The part in which they freed pages."),
	F64(thp, limit_ms_per_s,
		"The part of reclaim that the limit of a cgroup of theirs had caused, and not the "
		"host's "
		"want of memory."),
	U64(thp, stalls, "Stalls that ended in the interval."),
	F64(thp, longest_stall_ms,
		"The longest among those and the ones that have not ended, in milliseconds; 0 when "
		"there "
		"was none."),
	F64(thp, longest_at_s,
		"When it ended, in seconds since 1970; of one that has not, when it was seen."),
	U64(thp, longest_tid, "The thread that it held up."),
	ENUM(thp, longest_kind, stall_kind, "What most of it was: compaction, reclaim, limit."),
	F64(thp, in_progress_ms,
		"How long the longest has lasted that has not ended, in milliseconds; 0: there is "
		"none."),
	ARRAY(thp, stall_bin, "stall_bins", "How many were how long."),
	F64(thp, worst_ms,
		"The longest stall of the last minutes, in milliseconds; 0 when there was none."),
	F64(thp, worst_at_s, "When it ended, in seconds since 1970."),
	F64(thp, worst_age_s, "How long ago that is, in seconds."),
	F64(thp, window_s, "How far back these minutes reach, in seconds."),
	U64(thp, worst_tid, "The thread that it held up."),
	ENUM(thp, worst_kind, stall_kind, "What most of it was."),
	F64(thp, recent_ms,
		"The longest stall of the last minute, in milliseconds; 0 when there was none."),
	F64(thp, huge_pct,
		"The part of its memory that is present which is in huge pages, in per cent, by a "
		"random "
		"sample: see pages."),
	F64(thp, huge_error_pct, "The standard error of that, in points."),
	F64(thp, guest_compact_stalls_per_s,
		"Allocations in the guest that had to compact memory themselves, as it counts "
		"them."),
	F64(thp, guest_thp_fallbacks_per_s,
		"Page faults in the guest that should have got a huge page and did not, likewise."),
	F64(thp, guest_interval_s, "The time that the guest's figures cover, in seconds."),
	STR(thp, guest_source, NONE, "How they were had."),
	ENUM(thp, verdict, verdict,
		"What the comparison says: agree; hidden when the host stalled it and the guest "
		"counts "
		"nothing of its own; phantom when the guest stalls by itself; blind when the host "
		"stalled it and nobody asked the guest, which has no instrument for that; unknown "
		"when "
		"a side is missing."),
	STR(thp, verdict_reason, TEXT, "Why the verdict is unknown or blind."),
};
SCHEMA(thp, thp_fields,
	"Stalls for memory: how long its threads compacted and reclaimed themselves, and what the "
	"guest counts of its own.");
