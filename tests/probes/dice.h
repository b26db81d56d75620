/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_TESTS_DICE_H
#define PARALLAX_TESTS_DICE_H

#include <math.h>
#include <stdint.h>

/* xorshift64*: the same numbers in each run of a test. */
static uint64_t dice;

static inline uint64_t roll(void)
{
	dice ^= dice >> 12;
	dice ^= dice << 25;
	dice ^= dice >> 27;
	return dice * 0x2545f4914f6cdd1dULL;
}

static inline int seed(void **state)
{
	(void)state;
	dice = 88172645463325252ULL;
	return 0;
}

static inline double uniform(void)
{
	return ((double)(roll() >> 11) + 0.5) / 9007199254740992.0;
}

/* Box and Muller. */
static inline double normal(void)
{
	return sqrt(-2 * log(uniform())) * cos(2 * M_PI * uniform());
}

#endif
