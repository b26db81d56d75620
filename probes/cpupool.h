/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_CPUPOOL_H
#define PARALLAX_CPUPOOL_H

#include "probes/cpus.h"

/*
 * Different sets of CPUs, each once: thousands of threads name theirs by its number. Bounded by
 * CPUPOOL_MOST. Zeroed it is empty.
 */
enum { CPUPOOL_MOST = 2 * CPUS_MAX, CPUPOOL_NONE = UINT16_MAX };

struct cpupool {
	struct cpus *set;
	size_t n, cap;
};

void cpupool_release(struct cpupool *pool);
/* The number of a set; CPUPOOL_NONE: it is new, and there is no room. */
uint16_t cpupool_add(struct cpupool *pool, const struct cpus *set);
/* Drop those that are not used, by number; moved becomes the new number of each. */
void cpupool_trim(struct cpupool *pool, const bool *used, uint16_t *moved);

#endif
