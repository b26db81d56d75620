// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/histogram.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>

enum { PER_OCTAVE = 4, SEPARATE = PER_OCTAVE, LAST = HISTOGRAM_BINS - 1 };

static const double LEAST_Z = 4, LEAST_DEPTH = 0.5, LEAST_MASS = 20, LEAST_SHARE = 0.005;

unsigned histogram_bin(uint64_t ns)
{
	return quarter_bin(ns);
}

uint64_t histogram_low_ns(unsigned bin)
{
	static const uint64_t mantissa[] = { 1ULL << 63, QUARTER_1, QUARTER_2, QUARTER_3 };
	unsigned quarter = bin % PER_OCTAVE;

	/* No limit but a whole power is a whole number: cut off, it is one short. */
	return (mantissa[quarter] >> (63 - QUARTER_FIRST_LOG2 - bin / PER_OCTAVE)) + (quarter > 0);
}

void histogram_add(struct histogram *histogram, uint64_t ns)
{
	histogram->count[histogram_bin(ns)]++;
}

void histogram_merge(struct histogram *into, const struct histogram *from)
{
	for (size_t i = 0; i < HISTOGRAM_BINS; i++)
		into->count[i] += from->count[i];
}

uint64_t histogram_total(const struct histogram *histogram)
{
	uint64_t total = 0;

	for (size_t i = 0; i < HISTOGRAM_BINS; i++)
		total += histogram->count[i];
	return total;
}

/* Bins and parts of a bin from the first. */
static double place_ns(double place)
{
	return exp2(QUARTER_FIRST_LOG2 + place / PER_OCTAVE);
}

double histogram_quantile(const struct histogram *histogram, double q)
{
	double rank = q * (double)histogram_total(histogram);
	uint64_t before = 0;

	for (size_t i = 0; i < HISTOGRAM_BINS && q >= 0; i++) {
		uint64_t count = histogram->count[i];

		if (count && (double)(before + count) >= rank)
			return place_ns((double)i + (rank - (double)before) / (double)count);
		before += count;
	}
	return NAN;
}

/* What the search needs of a histogram, by bin. */
struct terrain {
	double n;
	double height[HISTOGRAM_BINS]; /* smoothed */
	double below[HISTOGRAM_BINS];  /* what is shorter, with half of the bin itself */
	int top;		       /* the bin of the greatest height */
};

/* A run of equal heights, the least so far on the way away from the top. */
struct valley {
	double height;
	int from, to;
};

static void terrain_smooth(struct terrain *terrain, const struct histogram *histogram)
{
	double count[HISTOGRAM_BINS];

	for (int i = 0; i < HISTOGRAM_BINS; i++)
		count[i] = i == 0 || i == LAST ? 0 : (double)histogram->count[i];
	for (int i = 1; i < LAST; i++) {
		terrain->height[i] = (count[i - 1] + 2 * count[i] + count[i + 1]) / 4;
		if (terrain->height[i] > terrain->height[terrain->top])
			terrain->top = i;
	}
}

static void terrain_init(struct terrain *terrain, const struct histogram *histogram)
{
	*terrain = (struct terrain){ 0 };
	for (int i = 0; i < HISTOGRAM_BINS; i++) {
		terrain->below[i] = terrain->n + (double)histogram->count[i] / 2;
		terrain->n += (double)histogram->count[i];
	}
	terrain_smooth(terrain, histogram);
}

static void valley_extend(struct valley *valley, double height, int bin, int step)
{
	if (height > valley->height)
		return;
	if (height < valley->height || bin != valley->to + step)
		valley->from = bin;
	valley->height = height;
	valley->to = bin;
}

static int split_of(const struct valley *valley)
{
	return (valley->from + valley->to) / 2;
}

static double least_mass(double n)
{
	return fmax(LEAST_MASS, LEAST_SHARE * n);
}

/* Is the peak at bin a mode of its own? */
static bool is_mode(const struct terrain *terrain, const struct valley *valley, int bin)
{
	double p = terrain->height[bin], v = valley->height;
	double below = terrain->below[split_of(valley)];
	double mass = fmin(below, terrain->n - below);
	double z = (p - v) / sqrt(0.375 * (p + v + 1));

	return z >= LEAST_Z && p - v >= LEAST_DEPTH * p && mass >= least_mass(terrain->n);
}

/* The last valley on the way from the top that has a mode behind it; -1: there is none. */
static int find_split(const struct terrain *terrain, int step)
{
	struct valley valley = { INFINITY, 0, 0 };
	int split = -1;

	for (int i = terrain->top; i > 0 && i < LAST; i += step) {
		valley_extend(&valley, terrain->height[i], i, step);
		if (abs(i - terrain->top) >= SEPARATE && is_mode(terrain, &valley, i))
			split = split_of(&valley);
	}
	return split;
}

/* One side of the valley, each duration counted twice: half a bin is then a whole number. */
static struct histogram side_of(const struct histogram *histogram, unsigned split, bool slow)
{
	struct histogram side = { 0 };

	for (unsigned i = 0; i < HISTOGRAM_BINS; i++) {
		if (i == split)
			side.count[i] = histogram->count[i];
		else if ((i > split) == slow)
			side.count[i] = 2 * histogram->count[i];
	}
	return side;
}

static void modes_measure(struct modes *modes, const struct histogram *histogram)
{
	struct histogram fast = side_of(histogram, modes->split, false);
	struct histogram slow = side_of(histogram, modes->split, true);

	modes->fast_ns = histogram_quantile(&fast, 0.5);
	modes->slow_ns = histogram_quantile(&slow, 0.5);
	modes->ratio = modes->slow_ns / modes->fast_ns;
	modes->slow_pct = 50 * (double)histogram_total(&slow) / (double)modes->n;
	modes->slow_is_minor = modes->slow_pct < 50;
	modes->minor_pct = fmin(modes->slow_pct, 100 - modes->slow_pct);
}

struct modes modes_find(const struct histogram *histogram)
{
	struct modes modes = { MODES_TOO_FEW, histogram_total(histogram), .fast_ns = NAN,
		.slow_ns = NAN, .ratio = NAN, .slow_pct = NAN, .minor_pct = NAN };
	struct terrain terrain;
	int split;

	if (modes.n < MODES_LEAST)
		return modes;
	terrain_init(&terrain, histogram);
	split = find_split(&terrain, 1);
	if (split < 0)
		split = find_split(&terrain, -1);
	modes.kind = split < 0 ? MODES_ONE : MODES_TWO;
	if (modes.kind == MODES_TWO) {
		modes.split = (unsigned)split;
		modes_measure(&modes, histogram);
	}
	return modes;
}

/* One side of the valley in both halves: share of all, of the one half, of the other. */
static bool side_is_stable(double mass1, double n1, double mass2, double n2)
{
	double n = n1 + n2, p1 = mass1 / n1, p2 = mass2 / n2, p = (mass1 + mass2) / n;
	double by_chance = 3 * sqrt(p * (1 - p) * (1 / n1 + 1 / n2));

	if (fmin(p1, p2) < least_mass(n) / (2 * n))
		return false;
	return fmin(p1, p2) * 3 >= fmax(p1, p2) || fabs(p1 - p2) < by_chance;
}

bool modes_stable(const struct histogram *first_half, const struct histogram *second_half)
{
	struct histogram all = *first_half;
	struct terrain first, second;
	struct modes modes;

	histogram_merge(&all, second_half);
	modes = modes_find(&all);
	terrain_init(&first, first_half);
	terrain_init(&second, second_half);
	if (modes.kind != MODES_TWO || fmin(first.n, second.n) < MODES_LEAST / 2)
		return false;
	return side_is_stable(
		       first.below[modes.split], first.n, second.below[modes.split], second.n) &&
	       side_is_stable(first.n - first.below[modes.split], first.n,
		       second.n - second.below[modes.split], second.n);
}
