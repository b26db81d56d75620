/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_JSON_H
#define PARALLAX_JSON_H

#include <stdio.h>

#include "probes/err.h"
#include "probes/schema.h"
#include "probes/snapshot.h"

/*
 * The one external form of a snapshot: a JSON object a line (parallax-snapshot.5).
 */

/* Writes one line and its newline. Returns 0 or a negative errno of the stream. */
int json_write(FILE *stream, const struct snapshot *snap);

/* The same of any object that has a schema, appended to text in memory; the owner frees data. */
struct json_text {
	char *data;
	size_t len, size;
};
void json_print(struct json_text *out, const struct schema *schema, const void *object);

/*
 * Fill snap from one line, which need not end with NUL. Unknown members are ignored, missing
 * and null ones are unknown; a wrong type, a foreign or newer version and broken JSON are
 * errors that say what was wrong and where. Strings are cleaned (text.h): a recording is as
 * hostile as a guest. Returns 0 or a negative errno (-ENODATA: the line ends too early); on
 * failure snap is cleared, and err's sentence speaks of the line as "it".
 */
int json_read(struct snapshot *snap, const char *line, size_t len, struct err *err);

/*
 * The same of any object that has a schema; strings and lists go to arena. What it holds after a
 * failure is not to be used.
 */
int json_read_object(struct arena *arena, const struct schema *schema, void *object,
	const char *line, size_t len, struct err *err);

/* A number alone, whatever the locale; NAN: it is none. */
double json_read_number(const char *text, size_t len);

#endif
