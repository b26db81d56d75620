// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/schema_rows.h"

static const struct field memory_fields[] = {
	U64(memory, sold_bytes,
		"What the guest was promised, in bytes: the maximum in its libvirt definition, "
		"else "
		"what its command line says."),
	U64(memory, host_rss_bytes, "What its process has in memory, in bytes."),
	U64(memory, host_swap_bytes, "What the host has moved to swap of it, in bytes."),
	U64(memory, balloon_bytes, "What the balloon leaves the guest of it, in bytes."),
	U64(memory, guest_total_bytes, "All memory that the guest sees, in bytes."),
	U64(memory, guest_free_bytes, "What the guest uses for nothing, in bytes."),
	U64(memory, guest_usable_bytes,
		"What the guest believes it could use without swapping, in bytes."),
	U64(memory, guest_cache_bytes, "What the guest uses as page cache, in bytes."),
	U64(memory, guest_swap_in_bytes_total,
		"Read back by the guest from its own swap, in bytes since it started."),
	U64(memory, guest_swap_out_bytes_total,
		"Written by the guest to its own swap, in bytes since it started."),
	F64(memory, guest_age_s, "Time since the guest wrote its figures, in seconds."),
};
SCHEMA(memory, memory_fields, "Memory: what was sold and what the guest believes.");
