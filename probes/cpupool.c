// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/cpupool.h"

#include <stdlib.h>

void cpupool_release(struct cpupool *pool)
{
	free(pool->set);
	*pool = (struct cpupool){ 0 };
}

uint16_t cpupool_add(struct cpupool *pool, const struct cpus *set)
{
	for (size_t i = 0; i < pool->n; i++)
		if (cpus_equal(&pool->set[i], set))
			return (uint16_t)i;
	if (pool->n == CPUPOOL_MOST)
		return CPUPOOL_NONE;
	pool->set = xgrow(pool->set, pool->n + 1, &pool->cap, sizeof(*pool->set));
	pool->set[pool->n] = *set;
	return (uint16_t)pool->n++;
}

void cpupool_trim(struct cpupool *pool, const bool *used, uint16_t *moved)
{
	size_t kept = 0;

	for (size_t i = 0; i < pool->n; i++) {
		moved[i] = used[i] ? (uint16_t)kept : CPUPOOL_NONE;
		if (used[i])
			pool->set[kept++] = pool->set[i];
	}
	pool->n = kept;
}
