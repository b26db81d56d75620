/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_INPUT_H
#define PARALLAX_INPUT_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Bytes from a terminal into keys (keymap.h): UTF-8, the sequences that this terminal's
 * description lists, the usual ones that it forgot, and Alt as a leading escape. Pure: the
 * caller knows the time. What cannot be a key is swallowed whole, so no part of a strange
 * sequence acts as a letter.
 */
struct input {
	char bytes[64];
	size_t len;
};

/* What the terminal's description says about a sequence, if it is not a key. */
enum { INPUT_NO_KEY = 0, INPUT_PREFIX = -1, INPUT_UNUSED = -2 };
typedef int input_lookup(const char *sequence);

/* Take as many of the bytes as there is room for; returns how many. */
size_t input_add(struct input *input, const char *bytes, size_t len);
/*
 * The next key, or 0: there is none, or it may not be complete. complete: no byte came for the
 * time that a sequence may take, so an escape was the key.
 */
unsigned input_key(struct input *input, input_lookup *lookup, bool complete);

#endif
