/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_GUESTMEM_H
#define PARALLAX_GUESTMEM_H

#include <stdint.h>

#include "probes/err.h"

/* What a guest's kernel counts in /proc/vmstat; GUEST_ALLOC_STALL sums those of all its zones. */
enum guest_counter {
	GUEST_SWAP_IN_PAGES,
	GUEST_SWAP_OUT_PAGES,
	GUEST_OOM_KILL,
	GUEST_ALLOC_STALL,
	GUEST_COMPACT_STALL,
	GUEST_COMPACT_FAIL,
	GUEST_THP_ALLOC,
	GUEST_THP_FALLBACK,
	GUEST_NUMA_HIT,
	GUEST_NUMA_MISS,
	GUEST_NUMA_FOREIGN,
	GUEST_NUMA_LOCAL,
	GUEST_NUMA_OTHER,
	GUEST_COUNTERS
};

/* A guest's own view of its memory; UNKNOWN_U64 what its kernel does not tell. */
struct guest_memory_reading {
	uint64_t at_ns; /* when it was read; 0: it was not */
	uint64_t total_bytes, free_bytes, available_bytes,
		huge_bytes; /* huge: of anonymous memory */
	uint64_t swap_total_bytes, swap_free_bytes;
	uint64_t page_bytes; /* of the pages that are counted below */
	uint64_t counter_total[GUEST_COUNTERS];
};

/*
 * From the guest's /proc/meminfo and /proc/vmstat, which may hold anything: whoever is root in the
 * guest writes them. NUL-ended text in; 0, or -EPROTO with a sentence free of the guest's
 * characters and *out left alone. at_ns is the caller's.
 */
int guestmem_parse(
	const char *meminfo, const char *vmstat, struct guest_memory_reading *out, struct err *err);

#endif
