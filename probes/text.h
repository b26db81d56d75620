/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_TEXT_H
#define PARALLAX_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct arena;

/* Alike, or both NULL. */
static inline bool text_same(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}
static inline bool text_begins(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

/*
 * Text from outside (guests, command lines, XML, error messages) is hostile. text_clean makes
 * it harmless: at most max bytes, valid UTF-8, and every control character, escape, bidi
 * override, zero-width or otherwise unprintable character replaced by '?'. All strings in a
 * sample or snapshot have been through it.
 */
char *text_clean(struct arena *arena, const char *bytes, size_t len, size_t max);

enum { TEXT_NAME_MAX = 128, TEXT_REASON_MAX = 240 };

/*
 * One character of UTF-8 from bytes[0..len): its length in bytes, with the code point in *cp;
 * 0 when the bytes there are not valid UTF-8 (overlong, surrogate, above U+10FFFF, cut short).
 */
size_t text_utf8_next(const char *bytes, size_t len, unsigned *cp);
/* The same back, of a valid code point; returns its length. No NUL is added. */
size_t text_utf8_put(unsigned cp, char out[4]);
/* May this code point be shown: not a control, format, bidi, zero-width or private character. */
bool text_printable(unsigned cp);

/*
 * How many letters must be changed, put in or left out to make b of a: enough to guess what was
 * meant. SIZE_MAX where b has 64 letters or more.
 */
size_t text_distance(const char *a, const char *b);

#endif
