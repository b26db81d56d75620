/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_TREND_H
#define PARALLAX_TREND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Does a quantity move steadily, and when does it run out? Its last TREND_POINTS, thinned so
 * that they reach back a minute, or farther where they come seldom; not past a silence. A line of
 * least squares goes through them. A line that noise or a single step would
 * draw as well is none: it must be TREND_ERRORS times its own standard error steep, and each third
 * of the time must have moved its way, by at least a quarter of what the line says.
 */
enum { TREND_POINTS = 20, TREND_WINDOW_S = 60, TREND_LEAST = 8, TREND_LEAST_S = 20 };
static const double TREND_ERRORS = 6;

struct trend {
	double first_s;		  /* wall clock: times count from here */
	float at_s[TREND_POINTS]; /* oldest first */
	float value[TREND_POINTS];
	uint8_t n;
};

/* An unknown value says nothing; a clock that went back, or a long silence, begins anew. */
void trend_add(struct trend *trend, double time_s, double value);
/* Per second; NAN: not steady, or not known for long enough. */
double trend_slope(const struct trend *trend);

/* Minutes until left is used up at that rate; NAN: never, not known, or more than a day. */
double trend_minutes(double left, double used_per_s);

/*
 * A counter of events that are over at once: how many came until hold_s passed without another. So
 * an event is seen by whoever looks a little later.
 */
struct recent {
	double last, at_s; /* the counter; when the newest of these events came */
	uint64_t count;
	bool known;
};

void recent_add(struct recent *recent, double time_s, uint64_t total, double hold_s);

#endif
