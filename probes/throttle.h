/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_THROTTLE_H
#define PARALLAX_THROTTLE_H

#include <stdint.h>

#include "probes/arena.h"

/* Limits of a disk a second; 0, and UNKNOWN_U64: there is none. */
struct throttle {
	uint64_t requests, reads, writes;
	uint64_t bytes, read_bytes, written_bytes;
};

/* "40 writes/s, 10.0 MB/s of reads"; NULL: there is no limit. */
const char *throttle_words(struct arena *arena, const struct throttle *throttle);

#endif
