// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/schema_rows.h"

static const struct field guest_fields[] = {
	STR(guest, source, NONE,
		"How it was had: agent files, from the guest's /proc/meminfo and /proc/vmstat "
		"through "
		"its agent."),
	STR(guest, reason, TEXT, "Why there are no figures, or why they are old."),
	F64(guest, age_s, "Time since they were read, in seconds."),
	F64(guest, interval_s,
		"The time that the guest's rates cover, in seconds: it is asked less often than "
		"snapshots are made."),
	U64(guest, mem_total_bytes, "All memory that the guest has, in bytes (MemTotal)."),
	U64(guest, mem_free_bytes, "What it uses for nothing, in bytes (MemFree)."),
	U64(guest, mem_available_bytes,
		"What it believes it could use without swapping, in bytes (MemAvailable)."),
	U64(guest, huge_bytes,
		"What of its anonymous memory it maps by huge pages, in bytes (AnonHugePages)."),
	U64(guest, swap_total_bytes, "Its own swap space, in bytes."),
	U64(guest, swap_used_bytes, "Its own swap space in use, in bytes."),
	F64(guest, swap_in_bytes_per_s, "Read back from its own swap, in bytes per second."),
	F64(guest, swap_out_bytes_per_s, "Written to its own swap, in bytes per second."),
	U64(guest, oom_kills, "Processes that it killed for memory in its interval."),
	U64(guest, oom_kills_total, "The same since it started."),
	F64(guest, alloc_stalls_per_s,
		"Allocations of the guest that had to reclaim memory themselves, per second."),
	F64(guest, compact_stalls_per_s,
		"Allocations of the guest that had to compact memory themselves, per second."),
	F64(guest, compact_fails_per_s, "Those of them that got no page by it, per second."),
	F64(guest, thp_allocs_per_s, "Page faults of the guest that got a huge page, per second."),
	F64(guest, thp_fallbacks_per_s,
		"Page faults of the guest that should have got one and did not, per second."),
	F64(guest, numa_local_pct,
		"Of the pages that its kernel handed out, those from the node of the CPU that "
		"asked "
		"(numa_local); nodes are those that the guest sees."),
	F64(guest, numa_hit_pct, "Those from the node that was wanted (numa_hit)."),
	F64(guest, numa_foreign_pages_per_s,
		"Pages that were wanted from one of its nodes and came from another, per second."),
};
SCHEMA(guest, guest_fields,
	"What the guest's own kernel counts of its memory.  Only when guests are asked.");
