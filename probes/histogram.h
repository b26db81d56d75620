/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_HISTOGRAM_H
#define PARALLAX_HISTOGRAM_H

#include <stdbool.h>
#include <stdint.h>

#include "probes/quarter.h"

/*
 * How many durations were how long. Bin b of a histogram counts the durations of
 *
 *	[2^(8 + b/4), 2^(8 + (b+1)/4)) ns
 *
 * so each bin is 19% wide; the first also counts all that is shorter, the last all that is longer:
 * 256 ns to 69 s. BPF programs fill the same bins by quarter.h.
 */
enum { HISTOGRAM_BINS = QUARTER_BINS };

struct histogram {
	uint64_t count[HISTOGRAM_BINS];
};

/* floor(4 * log2(ns)) - 32, limited to the bins that there are. */
unsigned histogram_bin(uint64_t ns);
/* The shortest duration of the bin, 256 of the first; of HISTOGRAM_BINS, where the last ends. */
uint64_t histogram_low_ns(unsigned bin);

void histogram_add(struct histogram *histogram, uint64_t ns);
void histogram_merge(struct histogram *into, const struct histogram *from);
uint64_t histogram_total(const struct histogram *histogram);
/*
 * The duration in ns that a part q (0..1) of all does not exceed, q = 0.5 the median; NAN when
 * there are none, or q is. Within a bin, as if its durations were spread evenly by logarithm:
 *
 *	2^(8 + (b + f)/4),  f = (q * total - count before b) / count of b
 *
 * It is in the same bin as the ceil(q * total)-th of the sorted durations, so less than 19% away
 * from that; of what is shorter or longer than the bins reach, only the limit is known.
 */
double histogram_quantile(const struct histogram *histogram, double q);

/*
 * Are there two kinds of duration? modes_find looks for a second peak that stands out from the
 * valley between it and the highest. c are the counts, N their sum:
 *
 *	s = c smoothed by (1 2 1)/4
 *	i1 = the bin of the highest s
 *	of each other bin i: p = s[i], v = the least s between i and i1, in the middle of those
 *	z = (p - v) / sqrt(0.375 * (p + v + 1)), in standard deviations if p and v are alike
 *	depth = 1 - v/p
 *	sep = |i - i1| / 4 octaves
 *	m = what is on the smaller side of the valley, half of whose own bin is on each side
 *
 * It is a mode if z >= 4, depth >= 0.5, sep >= 1 and m >= max(20, 0.005 * N). Of several, the
 * slowest counts, or where none is slower than i1 the fastest: what waits longest is set apart from
 * all the rest, however many kinds that is. The first and the last bin count as mass, but never as
 * a peak or as part of one: a whole tail may be in them, and would look like a mode.
 *
 * MODES_ONE says that no second mode was found, and how small a one would be found depends on N.
 * Of two modes 10 times apart, each of 0.4 octaves standard deviation, one of 20% of all is found
 * from N = 200 on (93 in 100), of 5% from 1000, of 1% from 5000 (99 in 100). Modes 4 times apart
 * are found from N = 1000 on if the lesser has 20%, 3 times apart only if they are of a size. A
 * shoulder without a valley is no mode, and three modes are taken for two. Of 1000 histograms each
 * of 15 distributions with one mode, none had two for N of 200, 1000 and 5000.
 *
 * Do not pool what is naturally different: reads, writes and flushes make modes of themselves, and
 * so do durations that end at whole ticks of a timer.
 */
enum modes_kind {
	MODES_TOO_FEW, /* N < MODES_LEAST: not known, which is not the same as one */
	MODES_ONE,
	MODES_TWO,
};

enum { MODES_LEAST = 200 };

/* All but kind and n are of MODES_TWO only: NAN, false and 0 otherwise. */
struct modes {
	enum modes_kind kind;
	uint64_t n;
	unsigned split;		 /* the bin of the valley */
	double fast_ns, slow_ns; /* medians of the two sides, by histogram_quantile */
	double ratio;		 /* slow_ns / fast_ns */
	double slow_pct;	 /* share of the slow side in all */
	double minor_pct;	 /* of the smaller side */
	bool slow_is_minor;
};

struct modes modes_find(const struct histogram *histogram);

/*
 * Are the two modes of a window there in both halves of it? A change from fast to slow in the
 * middle of the window also makes two modes, but never both at a time. True if the sum of the
 * halves has two modes, there are MODES_LEAST / 2 or more in each half, and of both the slow and
 * the fast side of the valley, with a share p of all N, p1 and p2 of the n1 and n2 in the halves:
 *
 *	it is in both:	min(p1, p2) >= max(20, 0.005 * N) / (2 * N)
 *	and alike:	3 * min(p1, p2) >= max(p1, p2)
 *	or by chance:	|p1 - p2| < 3 * sqrt(p * (1 - p) * (1/n1 + 1/n2))
 *
 * Shares of few durations differ by a factor of 3 by chance, those of many differ significantly
 * though nothing happened: only both together are a change. Of 2000 halves of 1000, with a slow
 * share of 2% to 95% that stayed as it was, at most 1 in 1000 was missed; none was stable that
 * went from 0 to 5%, 1 to 10%, 10 to 50% or 20 to 80%. Bursts as long as a tenth of a half look
 * like changes. A slow time that lies half in the one and half in the other is not noticed.
 */
bool modes_stable(const struct histogram *first_half, const struct histogram *second_half);

#endif
