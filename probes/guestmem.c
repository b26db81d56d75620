// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/guestmem.h"

#include <errno.h>

#include "probes/procfs.h"
#include "probes/vm.h"

/* More than any machine has or counts, and little enough to add up and to multiply by a page. */
static const uint64_t BYTES_MAX = 1ull << 56, COUNT_MAX = 1ull << 52;

static uint64_t bytes_of(const char *meminfo, const char *key)
{
	uint64_t bytes = procfs_kilobytes(meminfo, key);

	return bytes <= BYTES_MAX ? bytes : UNKNOWN_U64;
}

/*
 * Its pages are the kernel's own, of 4, 16 or 64 KiB, and neither file tells. Both tell how much is
 * free, though, one in bytes and one in pages, a moment apart.
 */
static uint64_t page_bytes_of(uint64_t free_bytes, const char *vmstat)
{
	uint64_t pages;

	if (free_bytes == UNKNOWN_U64 || !procfs_number(vmstat, "nr_free_pages", &pages) ||
		pages == 0)
		return UNKNOWN_U64;
	for (uint64_t size = 4096; size <= 65536; size *= 4) {
		uint64_t one = free_bytes / pages;

		if (one >= size / 2 && one < size * 2)
			return size;
	}
	return UNKNOWN_U64;
}

static void count(const char *vmstat, struct guest_memory_reading *out)
{
	static const char *const key[GUEST_COUNTERS] = {
		[GUEST_SWAP_IN_PAGES] = "pswpin",
		[GUEST_SWAP_OUT_PAGES] = "pswpout",
		[GUEST_OOM_KILL] = "oom_kill",
		[GUEST_ALLOC_STALL] = "allocstall*",
		[GUEST_COMPACT_STALL] = "compact_stall",
		[GUEST_COMPACT_FAIL] = "compact_fail",
		[GUEST_THP_ALLOC] = "thp_fault_alloc",
		[GUEST_THP_FALLBACK] = "thp_fault_fallback",
		[GUEST_NUMA_HIT] = "numa_hit",
		[GUEST_NUMA_MISS] = "numa_miss",
		[GUEST_NUMA_FOREIGN] = "numa_foreign",
		[GUEST_NUMA_LOCAL] = "numa_local",
		[GUEST_NUMA_OTHER] = "numa_other",
	};

	for (size_t i = 0; i < GUEST_COUNTERS; i++)
		out->counter_total[i] = UNKNOWN_U64;
	procfs_numbers(vmstat, key, out->counter_total, GUEST_COUNTERS);
	for (size_t i = 0; i < GUEST_COUNTERS; i++)
		if (out->counter_total[i] > COUNT_MAX)
			out->counter_total[i] = UNKNOWN_U64;
}

int guestmem_parse(
	const char *meminfo, const char *vmstat, struct guest_memory_reading *out, struct err *err)
{
	struct guest_memory_reading made = {
		.at_ns = out->at_ns,
		.total_bytes = bytes_of(meminfo, "MemTotal"),
		.free_bytes = bytes_of(meminfo, "MemFree"),
		.available_bytes = bytes_of(meminfo, "MemAvailable"),
		.huge_bytes = bytes_of(meminfo, "AnonHugePages"),
		.swap_total_bytes = bytes_of(meminfo, "SwapTotal"),
		.swap_free_bytes = bytes_of(meminfo, "SwapFree"),
	};
	uint64_t pages;

	if (made.total_bytes == UNKNOWN_U64)
		return err_set(
			err, -EPROTO, "the guest's /proc/meminfo is broken: it tells no memory");
	if (!procfs_number(vmstat, "nr_free_pages", &pages))
		return err_set(
			err, -EPROTO, "the guest's /proc/vmstat is broken: it tells no free pages");
	made.page_bytes = page_bytes_of(made.free_bytes, vmstat);
	count(vmstat, &made);
	*out = made;
	return 0;
}
