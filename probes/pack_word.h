/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_PACK_WORD_H
#define PARALLAX_PACK_WORD_H

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "probes/schema.h"
#include "probes/vm.h"

/* The words that packer and unpacker remember values as. A string's is its number, from 1 on. */

static inline uint64_t pack_word_of_f64(double value)
{
	uint64_t word;

	if (isnan(value))
		value = NAN; /* one of the many */
	memcpy(&word, &value, sizeof(word));
	return word;
}

static inline double pack_f64_of_word(uint64_t word)
{
	double value;

	memcpy(&value, &word, sizeof(value));
	return value;
}

static inline uint64_t pack_unknown(enum field_kind kind)
{
	if (kind == FIELD_F64)
		return pack_word_of_f64(NAN);
	return kind == FIELD_U64 ? UNKNOWN_U64 : 0;
}

/* A double as millionths: what schema_round leaves below 2^32. False: it is none. */
static inline bool pack_millionths(double value, int64_t *out)
{
	if (!(fabs(value) < 4294967296.0))
		return false;
	*out = (int64_t)rint(value * 1e6);
	return (double)*out / 1e6 == value && !(signbit(value) && value == 0);
}

/* Small numbers of either sign as small ones. */
static inline uint64_t pack_zigzag(uint64_t difference)
{
	return difference << 1 ^ (uint64_t)((int64_t)difference >> 63);
}

static inline uint64_t pack_unzigzag(uint64_t word)
{
	return word >> 1 ^ -(word & 1);
}

#endif
