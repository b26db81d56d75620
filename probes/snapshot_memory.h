/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_SNAPSHOT_MEMORY_H
#define PARALLAX_SNAPSHOT_MEMORY_H

#include <stddef.h>
#include <stdint.h>

#include "probes/vm.h"

/* Part of snapshot.h, which says what holds for all of it: memory, by host and guest. */

struct memory {
	uint64_t sold_bytes; /* what the guest was promised */
	uint64_t host_rss_bytes, host_swap_bytes;
	uint64_t balloon_bytes; /* what the balloon leaves of it */
	uint64_t guest_total_bytes, guest_free_bytes, guest_usable_bytes, guest_cache_bytes;
	uint64_t guest_swap_in_bytes_total, guest_swap_out_bytes_total;
	double guest_age_s; /* since the guest wrote its figures */
};

#endif
