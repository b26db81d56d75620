/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_CLOCK_H
#define PARALLAX_CLOCK_H

#include <stdint.h>

/*
 * Where time comes from. Everything that measures uses mono; wall is for
 * labels only. Tests hand in a clock of their own.
 */
struct clock {
	uint64_t (*mono_ns)(void *arg); /* never goes back, counts no suspend */
	double (*wall_s)(void *arg);	/* seconds since 1970 */
	void *arg;
};

extern const struct clock clock_system;

static inline uint64_t clock_mono_ns(const struct clock *clock)
{
	return clock->mono_ns(clock->arg);
}

static inline double clock_wall_s(const struct clock *clock)
{
	return clock->wall_s(clock->arg);
}

/* How far local time is ahead of UTC at that moment, in seconds; NAN: unknown. */
double clock_utc_offset_s(double wall_s);

/* CPU time that this thread has used. */
uint64_t clock_cpu_ns(void);

#endif
