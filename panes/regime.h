/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_REGIME_H
#define PARALLAX_REGIME_H

#include <stddef.h>

/*
 * Does a percentage keep to two levels over time? A mean of 2.5% may be 50% for a twentieth of
 * the time and nothing for the rest, which is another trouble, and has another cause.
 */
enum regime_kind {
	/* Not known yet: fewer than REGIME_LEAST samples. */
	REGIME_TOO_FEW,
	/* One level, if a noisy one: drifting, rising and single spikes are in here too. */
	REGIME_ONE,
	/*
	 * Long stretches of each level: something else runs at times, and then takes its share. A
	 * noisy neighbour; look for what ran in the high stretches.
	 */
	REGIME_PERIODS,
	/*
	 * Up and down from one sample to the next, as if by dice: it competes with work that
	 * comes and goes faster than samples are taken.
	 */
	REGIME_FLICKER,
	/*
	 * Up and down in a steady rhythm: a quota whose period beats with the sampling, or work
	 * that a timer starts.
	 */
	REGIME_PERIODIC,
};

/* REGIME_MOST: older samples are not looked at. */
enum { REGIME_LEAST = 60, REGIME_MOST = 600 };

/* All but kind and n are NAN unless there are two levels. */
struct regime {
	enum regime_kind kind;
	size_t n;		  /* samples that were known, and looked at */
	double low_pct, high_pct; /* means of the two levels */
	double high_share_pct;	  /* of the samples */
	double period;		  /* REGIME_PERIODIC: samples from one rise to the next */
};

/*
 * Of n samples, oldest first and taken at even distances, each 0..100; NAN is passed over. The
 * levels are told apart on y = asin(sqrt((pct + 1) / 102)), of which chance moves the low and the
 * high alike; the 1 is what a second of ticks of 10 ms can resolve. Otsu's split makes two
 * classes of y. With k samples in the smaller one, c changes of class from sample to sample, and
 * the shares w1 and w2, means m1 and m2 and variances v1 and v2 of the classes, there are two
 * levels if
 *
 *	k >= 0.04 * n, so 3 at least, and the means of the percentages differ by 10 or more
 *	D = sqrt(2) * (m2 - m1) / sqrt(v1 + v2) >= 3.5 * (1 + e / sqrt(k)), Ashman's; e = 2, but
 *		4 if k < 0.1 * n and c > n * w1 * w2: a few high samples, here and there
 *	depth = 1 - v/p >= 0.5: of 20 bins between the least and the greatest y, smoothed by
 *		(1 2 1)/4, p is the lower one of the peaks of the classes, v the least between
 *	at half of the changes y jumps: by 0.7 * (m2 - m1) or more, within two samples
 *
 * A split of evenly spread y has D = 3.46, whence 3.5; the term with k is for its error. Only the
 * jumps tell levels from a slow sine, a random walk and whatever else passes through the middle.
 * Independent samples would change class 2 * n * w1 * w2 times, so these levels are
 *
 *	REGIME_PERIODIC	if there are 4 or more rounds from a rise to the next, of mean length r and
 *			standard deviation 0.5 + 0.1 * r or less
 *	REGIME_PERIODS	if not, and c <= n * w1 * w2
 *	REGIME_FLICKER	otherwise
 *
 * Measured, 2000 series each of 60, of 120 samples. Found of 5% of the time at 50% as one burst:
 * 96%, 99.8%; scattered: 74%, 90%; of 20% or more, scattered or regular: all; of stretches of 12
 * samples at 30% and at 60%: 76%, 98%. Taken for two levels though they are not: at most 1%, 0.3%
 * of normal, exponential, uniform, autoregressive and lognormal noise and of random walks; 2.4%,
 * 0.9% of the heaviest tails (Pareto 1, lognormal of sigma 2); none of ramps and sines. Noise that
 * is cut off at zero for half of the time, as of a guest that is often idle: 4%, 3%.
 */
struct regime regime_find(const double *pct, size_t n);

#endif
