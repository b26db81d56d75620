/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_QEMU_OPTIONS_H
#define PARALLAX_QEMU_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "probes/arena.h"
#include "probes/qemu_args.h"

/*
 * The argument of one option of QEMU as keys and values, whether it was written as key=value or as
 * JSON: what is nested in there has the keys of the other form, "file.filename".
 */
enum { QEMU_OPTIONS_MOST = 96, QEMU_VALUE_BYTES = 1024 };

struct qemu_options {
	const char *key[QEMU_OPTIONS_MOST], *value[QEMU_OPTIONS_MOST];
	size_t n;
};

/*
 * first: the key of a word at the beginning that has none. Values are raw bytes, NUL-ended and cut
 * at QEMU_VALUE_BYTES; booleans of JSON are "on" and "off". They live in arena.
 */
void qemu_options_parse(
	struct qemu_options *out, struct arena *arena, struct span argument, const char *first);
/* The value behind prefix and key; NULL: there is none. */
const char *qemu_option(const struct qemu_options *options, const char *prefix, const char *key);
/* The same: is it "on", "yes", "true"? */
bool qemu_option_on(const struct qemu_options *options, const char *prefix, const char *key);
/* The same as a number; 0: there is none. */
uint64_t qemu_option_u64(const struct qemu_options *options, const char *prefix, const char *key);
/* Does any key begin so? */
bool qemu_option_begins(const struct qemu_options *options, const char *prefix);

#endif
