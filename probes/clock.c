// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/clock.h"

#include <math.h>
#include <time.h>

static uint64_t now_ns(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

static uint64_t system_mono_ns(void *arg)
{
	(void)arg;
	return now_ns(CLOCK_MONOTONIC);
}

static double system_wall_s(void *arg)
{
	struct timespec ts;

	(void)arg;
	clock_gettime(CLOCK_REALTIME, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

const struct clock clock_system = { .mono_ns = system_mono_ns, .wall_s = system_wall_s };

double clock_utc_offset_s(double wall_s)
{
	const time_t seconds = isfinite(wall_s) ? (time_t)wall_s : 0;
	struct tm local;

	return localtime_r(&seconds, &local) ? (double)local.tm_gmtoff : NAN;
}

uint64_t clock_cpu_ns(void)
{
	return now_ns(CLOCK_THREAD_CPUTIME_ID);
}
