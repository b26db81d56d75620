// SPDX-License-Identifier: GPL-2.0-or-later
#include "panes/regime.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { BINS = 20, ROUNDS = 4 };

static const double LEAST_SHARE = 0.04, FEW_SHARE = 0.1, LEAST_POINTS = 10, LEAST_D = 3.5,
		    LEAST_DEPTH = 0.5, JUMP = 0.7, RESOLUTION = 1, D_ERROR = 2,
		    D_ERROR_SCATTERED = 4;

struct series {
	size_t n;
	double y[REGIME_MOST], sorted[REGIME_MOST]; /* y in order of time */
};

struct class
{
	double n, mean, variance; /* of y */
	double pct;
};

struct split {
	struct class low, high;
	double cut; /* y of the high class is above */
};

/* How the series goes from class to class. */
struct changes {
	double n, jumps;
	double rounds, samples, squares; /* rounds: from one rise to the next; their lengths */
};

static double y_of(double pct)
{
	pct = fmin(fmax(pct, 0), 100);
	return asin(sqrt((pct + RESOLUTION) / (100 + 2 * RESOLUTION)));
}

static double pct_of(double y)
{
	return fmin(fmax(sin(y) * sin(y) * (100 + 2 * RESOLUTION) - RESOLUTION, 0), 100);
}

static int ascending(const void *pa, const void *pb)
{
	double a = *(const double *)pa, b = *(const double *)pb;

	return (a > b) - (a < b);
}

static void series_init(struct series *series, const double *pct, size_t n)
{
	size_t first = n;

	for (size_t known = 0; first > 0 && known < REGIME_MOST; first--)
		known += !isnan(pct[first - 1]);
	series->n = 0;
	for (size_t i = first; i < n; i++)
		if (!isnan(pct[i]))
			series->y[series->n++] = y_of(pct[i]);
	memcpy(series->sorted, series->y, series->n * sizeof(double));
	qsort(series->sorted, series->n, sizeof(double), ascending);
}

static struct class class_of(const double *y, size_t n)
{
	struct class class = { .n = (double)n };

	for (size_t i = 0; i < n; i++) {
		class.mean += y[i] / class.n;
		class.pct += pct_of(y[i]) / class.n;
	}
	for (size_t i = 0; i < n; i++)
		class.variance += (y[i] - class.mean) * (y[i] - class.mean) / class.n;
	return class;
}

/* Otsu's: the greatest variance between the classes. Returns how many are low; 0: all equal. */
static size_t otsu(const struct series *series)
{
	double sum = 0, low = 0, best = 0;
	size_t n_low = 0;

	for (size_t i = 0; i < series->n; i++)
		sum += series->sorted[i];
	for (size_t i = 1; i < series->n; i++) {
		double n1 = (double)i, n2 = (double)(series->n - i), apart;

		low += series->sorted[i - 1];
		apart = (sum - low) / n2 - low / n1;
		if (series->sorted[i] > series->sorted[i - 1] && n1 * n2 * apart * apart > best) {
			best = n1 * n2 * apart * apart;
			n_low = i;
		}
	}
	return n_low;
}

static void split_init(struct split *split, const struct series *series, size_t n_low)
{
	const double *high = series->sorted + n_low;

	split->low = class_of(series->sorted, n_low);
	split->high = class_of(high, series->n - n_low);
	split->cut = (high[-1] + high[0]) / 2;
}

static int bin_of(const struct series *series, double y)
{
	double least = series->sorted[0], most = series->sorted[series->n - 1];

	return (int)fmin((y - least) / (most - least) * BINS, BINS - 1);
}

static int highest(const double *height, int from, int to)
{
	int top = from;

	for (int i = from; i <= to; i++)
		if (height[i] > height[top])
			top = i;
	return top;
}

/* Is there a valley between the peaks of the classes? */
static bool has_valley(const struct series *series, double cut)
{
	double count[BINS + 2] = { 0 }, height[BINS], least = INFINITY, peak;
	int split = bin_of(series, cut), low, high;

	for (size_t i = 0; i < series->n; i++)
		count[1 + bin_of(series, series->y[i])]++;
	for (int i = 0; i < BINS; i++)
		height[i] = (count[i] + 2 * count[i + 1] + count[i + 2]) / 4;
	low = highest(height, 0, split);
	high = highest(height, split, BINS - 1);
	for (int i = low; i <= high; i++)
		least = fmin(least, height[i]);
	peak = fmin(height[low], height[high]);
	return peak - least >= LEAST_DEPTH * peak;
}

/* The farthest that y went in one or two samples around the step to sample i. */
static double step_at(const struct series *series, size_t i)
{
	const double *y = series->y + i;
	double step = fabs(y[0] - y[-1]);

	if (i + 1 < series->n)
		step = fmax(step, fabs(y[1] - y[-1]));
	if (i > 1)
		step = fmax(step, fabs(y[0] - y[-2]));
	return step;
}

static void changes_count(
	struct changes *changes, const struct series *series, const struct split *split)
{
	double jump = JUMP * (split->high.mean - split->low.mean);
	size_t rise = 0;

	*changes = (struct changes){ 0 };
	for (size_t i = 1; i < series->n; i++) {
		bool high = series->y[i] > split->cut;
		double round = (double)(i - rise);

		if (high == (series->y[i - 1] > split->cut))
			continue;
		changes->n++;
		changes->jumps += step_at(series, i) >= jump;
		if (high && rise) {
			changes->rounds++;
			changes->samples += round;
			changes->squares += round * round;
		}
		if (high)
			rise = i;
	}
}

/* Ashman's D against its limit, with the error that so few samples leave it. */
static bool is_apart(const struct split *split, double error)
{
	double d = LEAST_D * (1 + error / sqrt(fmin(split->low.n, split->high.n)));
	double apart = split->high.mean - split->low.mean;

	return 2 * apart * apart >= d * d * (split->low.variance + split->high.variance);
}

/* At most half of what independent samples would make of it. */
static bool changes_are_few(const struct changes *changes, const struct split *split)
{
	return changes->n <= split->low.n * split->high.n / (split->low.n + split->high.n);
}

static bool changes_are_regular(const struct changes *changes)
{
	double mean, variance;

	if (changes->rounds < ROUNDS)
		return false;
	mean = changes->samples / changes->rounds;
	variance = changes->squares / changes->rounds - mean * mean;
	return sqrt(fmax(variance, 0)) <= 0.5 + 0.1 * mean;
}

static bool has_levels(
	const struct series *series, const struct split *split, const struct changes *changes)
{
	double n = (double)series->n, k = fmin(split->low.n, split->high.n);
	bool scattered = k < FEW_SHARE * n && !changes_are_few(changes, split);

	return k >= LEAST_SHARE * n && split->high.pct - split->low.pct >= LEAST_POINTS &&
	       is_apart(split, scattered ? D_ERROR_SCATTERED : D_ERROR) &&
	       has_valley(series, split->cut) && changes->jumps * 2 >= changes->n;
}

static void regime_describe(
	struct regime *regime, const struct split *split, const struct changes *changes)
{
	regime->low_pct = split->low.pct;
	regime->high_pct = split->high.pct;
	regime->high_share_pct = 100 * split->high.n / (split->low.n + split->high.n);
	regime->kind = changes_are_few(changes, split) ? REGIME_PERIODS : REGIME_FLICKER;
	if (!changes_are_regular(changes))
		return;
	regime->kind = REGIME_PERIODIC;
	regime->period = changes->samples / changes->rounds;
}

struct regime regime_find(const double *pct, size_t n)
{
	struct regime regime = { REGIME_TOO_FEW, 0, NAN, NAN, NAN, NAN };
	struct changes changes;
	struct series series;
	struct split split;
	size_t n_low;

	series_init(&series, pct, n);
	regime.n = series.n;
	if (regime.n < REGIME_LEAST)
		return regime;
	regime.kind = REGIME_ONE;
	n_low = otsu(&series);
	if (!n_low)
		return regime;
	split_init(&split, &series, n_low);
	changes_count(&changes, &series, &split);
	if (has_levels(&series, &split, &changes))
		regime_describe(&regime, &split, &changes);
	return regime;
}
