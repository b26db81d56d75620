// SPDX-License-Identifier: GPL-2.0-or-later
#include "panes/memory.h"

#include <math.h>

#include "panes/style.h"

/* The share of what was sold that is in swap, in per cent; likewise time waited for memory. */
static const double SWAP_WARN_PCT = 5, SWAP_CRITICAL_PCT = 25;
static const double STALL_WATCH_PCT = 5, STALL_WARN_PCT = 10, STALL_CRITICAL_PCT = 20;
static const double GUEST_SWAPIN = 64 << 10; /* bytes/s: less is an old page now and then */

double memory_share(uint64_t a, uint64_t b)
{
	return a == UNKNOWN_U64 || b == UNKNOWN_U64 || b == 0 ? NAN : 100 * (double)a / (double)b;
}

uint64_t memory_present(const struct memory *memory)
{
	uint64_t rss = memory->host_rss_bytes, huge = memory->host_hugetlb_bytes;

	return rss == UNKNOWN_U64 || huge == UNKNOWN_U64 ? rss : rss + huge;
}

static bool is_part(uint64_t bytes, const struct memory *memory)
{
	/* Where nobody knows what was sold, bytes must do. */
	return bytes != UNKNOWN_U64 && bytes >= MEMORY_TAKEN_BYTES &&
	       !(memory_share(bytes, memory->sold_bytes) < MEMORY_TAKEN_PCT);
}

bool memory_is_taken(const struct memory *memory)
{
	return is_part(memory->host_swap_bytes, memory);
}

bool memory_is_ballooned(const struct memory *memory)
{
	return is_part(memory->ballooned_bytes, memory);
}

bool memory_guest_tells(const struct memory *memory)
{
	return memory->guest_total_bytes != UNKNOWN_U64 &&
	       memory->guest_usable_bytes != UNKNOWN_U64 && !memory->guest_stale;
}

bool memory_guest_is_short(const struct memory *memory)
{
	return memory_guest_tells(memory) &&
	       (memory_share(memory->guest_usable_bytes, memory->guest_total_bytes) <
			       MEMORY_SHORT_PCT ||
		       memory->guest_swap_in_bytes_per_s >= GUEST_SWAPIN);
}

bool memory_host_has_room(const struct host *host, const struct memory *memory)
{
	return memory_share(host->mem_available_bytes, host->mem_total_bytes) >= MEMORY_ROOM_PCT &&
	       !(memory_share(memory->cgroup_room_bytes, memory->cgroup_limit_bytes) <
		       MEMORY_SHORT_PCT);
}

enum severity memory_swapin_severity(double bytes_per_s)
{
	return bytes_per_s >= MEMORY_SWAPIN_CRITICAL ? SEVERITY_CRITICAL
	       : bytes_per_s >= MEMORY_SWAPIN_WARN   ? SEVERITY_WARN
						     : SEVERITY_NONE;
}

enum severity memory_stall_severity(double pct)
{
	return pct >= STALL_CRITICAL_PCT ? SEVERITY_CRITICAL
	       : pct >= STALL_WARN_PCT	 ? SEVERITY_WARN
	       : pct >= STALL_WATCH_PCT	 ? SEVERITY_WATCH
					 : SEVERITY_NONE;
}

enum severity memory_swap_severity(const struct memory *memory)
{
	double share = memory_share(memory->host_swap_bytes, memory->sold_bytes);

	if (!memory_is_taken(memory))
		return SEVERITY_NONE;
	return share >= SWAP_CRITICAL_PCT ? SEVERITY_CRITICAL
	       : share >= SWAP_WARN_PCT	  ? SEVERITY_WARN
					  : SEVERITY_WATCH;
}

enum severity memory_trouble(const struct memory *memory)
{
	return severity_worse(memory_swap_severity(memory),
		severity_worse(memory_swapin_severity(memory->host_swap_in_bytes_per_s),
			memory_stall_severity(memory->host_stall_pct)));
}

bool memory_is_phantom(const struct host *host, const struct memory *memory)
{
	return memory_guest_is_short(memory) && memory_trouble(memory) == SEVERITY_NONE &&
	       memory->host_swap_bytes != UNKNOWN_U64 && memory_host_has_room(host, memory);
}
