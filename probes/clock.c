// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/clock.h"

#include <time.h>

static uint64_t system_mono_ns(void *arg)
{
	struct timespec ts;

	(void)arg;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

static double system_wall_s(void *arg)
{
	struct timespec ts;

	(void)arg;
	clock_gettime(CLOCK_REALTIME, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

const struct clock clock_system = { .mono_ns = system_mono_ns, .wall_s = system_wall_s };
