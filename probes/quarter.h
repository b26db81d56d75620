/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_QUARTER_H
#define PARALLAX_QUARTER_H

/*
 * Quarter octaves of a duration, for BPF programs and for histogram.c alike:
 *
 *	quarter_bin(ns) = floor(4 * log2(ns)) - 4 * QUARTER_FIRST_LOG2, within 0..QUARTER_BINS - 1
 *
 * It is exact. The whole part of log2(ns) is the place of its highest bit. With that bit shifted
 * to the top, ns is a mantissa of [2^63, 2^64), and its logarithm has reached the k-th quarter
 * once the mantissa is not below 2^63 * 2^(k/4). These limits are irrational and the mantissa is
 * whole, so it may be compared with the limit rounded up.
 *
 * Neither includes nor builtins, for BPF has not got them.
 */
#define QUARTER_BINS	   112
#define QUARTER_FIRST_LOG2 8

#define QUARTER_1 0x9837f0518db8a970ULL /* 2^63.25 rounded up */
#define QUARTER_2 0xb504f333f9de6485ULL /* 2^63.5 */
#define QUARTER_3 0xd744fccad69d6af5ULL /* 2^63.75 */

/*
 * 1 if a > b, else 0, for a and b less than 2^63 apart: the borrow of b - a. BPF makes a jump of
 * each comparison, and each jump may double the paths that the verifier walks.
 */
#define QUARTER_ABOVE(a, b) (((b) - (a)) >> 63)

/* 0 goes with all else that is short into the first bin. */
static inline unsigned quarter_bin(unsigned long long ns)
{
	unsigned long long log2, step, rest = ns, bin;

	log2 = QUARTER_ABOVE(rest >> 1, 0x7fffffffULL) << 5; /* halved: ns may be any number */
	rest >>= log2;
	step = QUARTER_ABOVE(rest, 0xffffULL) << 4;
	log2 += step;
	rest >>= step;
	step = QUARTER_ABOVE(rest, 0xffULL) << 3;
	log2 += step;
	rest >>= step;
	step = QUARTER_ABOVE(rest, 0xfULL) << 2;
	log2 += step;
	rest >>= step;
	step = QUARTER_ABOVE(rest, 0x3ULL) << 1;
	log2 += step;
	rest >>= step;
	log2 += rest >> 1;

	rest = ns << (63 - log2);
	step = QUARTER_ABOVE(rest, QUARTER_1 - 1);
	step += QUARTER_ABOVE(rest, QUARTER_2 - 1);
	step += QUARTER_ABOVE(rest, QUARTER_3 - 1);
	bin = 4 * log2 + step;
	bin = bin > 4 * QUARTER_FIRST_LOG2 ? bin - 4 * QUARTER_FIRST_LOG2 : 0;
	bin = bin < QUARTER_BINS ? bin : QUARTER_BINS - 1;
	/* The verifier must see the limit on the register that indexes, not on a copy of it. */
	__asm__("" : "+r"(bin));
	return (unsigned)bin;
}

#endif
