// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/schema_rows.h"

static const struct field memory_fields[] = {
	U64(memory, sold_bytes,
		"What the guest was promised, in bytes: the maximum in its libvirt definition, "
		"else what its command line says."),
	U64(memory, host_rss_bytes, "What its process has in memory, in bytes."),
	U64(memory, host_hugetlb_bytes,
		"What it has of the pools of huge pages, in bytes: host_rss_bytes leaves that "
		"out."),
	U64(memory, host_swap_bytes,
		"What the host has moved to swap of it, in bytes: VmSwap of its process, and of "
		"memory that it shares with other processes what its cgroup has in swap beyond "
		"that."),
	F64(memory, host_swap_in_bytes_per_s,
		"What came back from swap, in bytes per second, between the last two readings of "
		"its cgroup."),
	F64(memory, host_swap_out_bytes_per_s, "What went to swap, likewise."),
	STR(memory, host_swap_source, NONE,
		"How the two rates were had: counters of its cgroup (pswpin, pswpout); refaults "
		"of its cgroup (workingset_refault_anon), or major faults of its process, which "
		"count one page each and files as well; then what went out is what came in and "
		"what VmSwap grew by."),
	U64(memory, host_merged_bytes, "Its pages that KSM has merged with equal ones, in bytes."),
	U64(memory, overhead_bytes,
		"What the VMM needs beside the guest's memory, in bytes, at least: its page "
		"tables, its program files, and what it has anonymous, shared and in swap beyond "
		"sold_bytes."),
	F64(memory, host_stall_pct,
		"Time in which some of its threads waited for memory (pressure stall information "
		"of its cgroup), in per cent."),
	STR(memory, cgroup, CGROUP, "The memory cgroup whose figures these are, below its mount."),
	BOOL(memory, cgroup_own, "That holds this VM and nothing else."),
	U64(memory, cgroup_bytes, "What is charged to it, in bytes: page cache, too."),
	U64(memory, cgroup_swap_bytes, "What it has in swap, in bytes."),
	U64(memory, cgroup_limit_bytes,
		"The limit that leaves it the least room, in bytes: its own or of a level above; "
		"null when there is none."),
	U64(memory, cgroup_room_bytes,
		"What that limit leaves, in bytes, once page cache is dropped."),
	F64(memory, cgroup_limit_hits_per_s,
		"How often its cgroup ran against its own limit (high and max of memory.events, "
		"else memory.failcnt), per second."),
	U64(memory, cgroup_oom_kills_total,
		"Processes that the kernel killed in it for memory, since it was made."),
	U64(memory, balloon_bytes, "What the balloon leaves the guest of it, in bytes."),
	U64(memory, ballooned_bytes, "What the balloon took, in bytes: sold_bytes less that."),
	U64(memory, balloon_period_s,
		"How often its balloon statistics are collected, in seconds; 0 when they are not."),
	U64(memory, guest_total_bytes, "All memory that the guest sees, in bytes."),
	U64(memory, guest_free_bytes, "What the guest uses for nothing, in bytes."),
	U64(memory, guest_usable_bytes,
		"What the guest believes it could use without swapping, in bytes."),
	U64(memory, guest_cache_bytes, "What the guest uses as page cache, in bytes."),
	U64(memory, guest_swap_bytes,
		"What the guest has in its own swap, in bytes: 0 when it never wrote any; "
		"otherwise null, for balloon drivers tell only what went there and came back."),
	U64(memory, guest_swap_in_bytes_total,
		"Read back by the guest from its own swap, in bytes since it started."),
	U64(memory, guest_swap_out_bytes_total,
		"Written by the guest to its own swap, in bytes since it started."),
	F64(memory, guest_swap_in_bytes_per_s,
		"Read back by the guest from its own swap, in bytes per second over its last 4 "
		"to 20 seconds."),
	F64(memory, guest_swap_out_bytes_per_s, "Written by the guest to its own swap, likewise."),
	F64(memory, guest_age_s, "Time since the guest wrote its figures, in seconds."),
	BOOL(memory, guest_stale,
		"These are older than three periods, or nobody collects them any more: they say "
		"nothing of now."),
	F64(memory, gap_bytes,
		"Above 0, what the guest counts as its memory and the host has in swap, in "
		"bytes; below 0, what the guest lacks while the balloon holds it back and the "
		"host has room."),
	F64(memory, growth_bytes_per_s,
		"How fast its present and swapped memory grew of late, a minute or more, in bytes "
		"per second; null where that is not steady."),
	F64(memory, exhausted_min,
		"Minutes until exhausted_of is exhausted at its steady rate of late; "
		"null when there is none, or it is more than a day."),
	ENUM(memory, exhausted_of, exhausted_of,
		"What ends first: limit, the room of its cgroup; guest, what the guest has "
		"usable."),
	ENUM(memory, verdict, verdict,
		"hidden when the host has taken memory away and the guest reports room; phantom "
		"when the guest reports trouble while the host has taken nothing by swap and has "
		"room; blind when the guest has no instrument: no balloon, or its statistics "
		"were never turned on."),
	STR(memory, verdict_reason, TEXT, "Why the verdict is unknown or blind."),
};
SCHEMA(memory, memory_fields, "Memory: what was sold, what is there, and what the guest believes.");
