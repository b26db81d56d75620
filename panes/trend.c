// SPDX-License-Identifier: GPL-2.0-or-later
#include "panes/trend.h"

#include <math.h>
#include <string.h>

#include "probes/vm.h"

static const double DAY_MIN = 24 * 60, SPACING_S = (double)TREND_WINDOW_S / TREND_POINTS;

static void drop_oldest(struct trend *trend)
{
	trend->n--;
	memmove(trend->at_s, trend->at_s + 1, trend->n * sizeof(trend->at_s[0]));
	memmove(trend->value, trend->value + 1, trend->n * sizeof(trend->value[0]));
}

/* Single seconds of a long clock are lost in a float, so they count from a near point. */
static void rebase(struct trend *trend)
{
	float shift = trend->at_s[0];

	trend->first_s += (double)shift;
	for (size_t i = 0; i < trend->n; i++)
		trend->at_s[i] -= shift;
}

/* What is known of before says nothing of now: longer than the window, and than they are apart. */
static bool is_silence(const struct trend *trend, double gap_s)
{
	return gap_s > TREND_WINDOW_S &&
	       (trend->n < 2 || gap_s > 3 * (double)trend->at_s[trend->n - 1] / (trend->n - 1));
}

void trend_add(struct trend *trend, double time_s, double value)
{
	double since, gap;

	if (isnan(value) || isnan(time_s))
		return;
	since = trend->n ? time_s - trend->first_s : 0;
	gap = trend->n ? since - (double)trend->at_s[trend->n - 1] : 0;
	if (trend->n && (gap < 0 || is_silence(trend, gap)))
		trend->n = 0;
	/* A little less than the spacing is one that came early. */
	if (trend->n && gap < SPACING_S * 0.9)
		return;
	if (trend->n == TREND_POINTS) {
		drop_oldest(trend);
		rebase(trend);
	}
	if (trend->n == 0)
		trend->first_s = time_s;
	trend->at_s[trend->n] = (float)(time_s - trend->first_s);
	trend->value[trend->n++] = (float)value;
}

/* Each third of the points moved the way of the line. */
static bool is_even(const struct trend *trend, double slope)
{
	for (size_t i = 0; i < 3; i++) {
		size_t from = (trend->n - 1u) * i / 3, to = (trend->n - 1u) * (i + 1) / 3;
		double moved = (double)trend->value[to] - (double)trend->value[from];
		double told = slope * (double)(trend->at_s[to] - trend->at_s[from]);

		if (!(moved / told >= 0.25))
			return false;
	}
	return true;
}

double trend_slope(const struct trend *trend)
{
	double t = 0, v = 0, tt = 0, tv = 0, vv = 0, slope, rest, n = trend->n;

	if (trend->n < TREND_LEAST || trend->at_s[trend->n - 1] - trend->at_s[0] < TREND_LEAST_S)
		return NAN;
	for (size_t i = 0; i < trend->n; i++) {
		t += (double)trend->at_s[i] / n;
		v += (double)trend->value[i] / n;
	}
	for (size_t i = 0; i < trend->n; i++) {
		double dt = (double)trend->at_s[i] - t, dv = (double)trend->value[i] - v;

		tt += dt * dt;
		tv += dt * dv;
		vv += dv * dv;
	}
	slope = tv / tt;
	rest = fmax(vv - slope * tv, 0) / (n - 2); /* variance about the line */
	if (slope == 0 || fabs(slope) < TREND_ERRORS * sqrt(rest / tt) || !is_even(trend, slope))
		return NAN;
	return slope;
}

double trend_minutes(double left, double used_per_s)
{
	double minutes = left / used_per_s / 60;

	return left >= 0 && used_per_s > 0 && minutes <= DAY_MIN ? minutes : NAN;
}

void recent_add(struct recent *recent, double time_s, uint64_t total, double hold_s)
{
	double now = (double)total;

	if (total == UNKNOWN_U64 || isnan(time_s))
		return;
	if (recent->count && !(time_s - recent->at_s < hold_s))
		recent->count = 0;
	if (recent->known && now > recent->last) {
		recent->count += (uint64_t)(now - recent->last);
		recent->at_s = time_s;
	}
	recent->last = now;
	recent->known = true;
}
