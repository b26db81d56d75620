/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_PACK_KNOWN_H
#define PARALLAX_PACK_KNOWN_H

#include <stddef.h>
#include <stdint.h>

#include "probes/arena.h"

/* The strings that a packer and its unpacker have seen, numbered from 1 on. Zeroed: none. */
struct known {
	const char **text; /* text[number - 1], in arena */
	size_t n, cap;
	uint32_t *slot; /* of the packer: numbers, 0 free; open addressing */
	size_t slots;	/* a power of two */
	struct arena arena;
};

void known_clear(struct known *known);
void known_release(struct known *known);
/* The next number is this one's. */
void known_add(struct known *known, const char *text, size_t len);
/* The number of text, a new one when it was not known. */
uint32_t known_number(struct known *known, const char *text, size_t len);

#endif
