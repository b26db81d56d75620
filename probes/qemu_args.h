/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_QEMU_ARGS_H
#define PARALLAX_QEMU_ARGS_H

#include <stdbool.h>
#include <stddef.h>

/* The grammar of command lines of VMMs: arguments, and lists of keys and values in them. Pure. */

/* The arguments of a command line, one after the other. */
struct args {
	const char *at, *end;
};

/* A piece of the command line; not NUL-ended. */
struct span {
	const char *text;
	size_t len;
};

bool args_next(struct args *args, struct span *arg);
bool span_is(struct span span, const char *word);
/* Up to the next comma that is not doubled; moves *rest behind it. */
bool item_next(struct span *rest, struct span *item);
/* "key=value" in two; a bare word is all value, its key empty. */
void item_split(struct span item, struct span *key, struct span *value);
/* Copies with ",," as "," and cuts what does not fit. */
void span_copy(char *out, size_t size, struct span span);

/*
 * The next option of QEMU without its dashes, and the argument that it takes; a value without text:
 * it takes none, or the line ends. An option without text: the value is an argument of its own.
 */
bool qemu_option_next(struct args *args, struct span *option, struct span *value);

#endif
