/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_JSON_H
#define PARALLAX_JSON_H

#include <stdio.h>

#include "probes/err.h"
#include "probes/snapshot.h"

/*
 * The one external form of a snapshot: a JSON object a line (parallax-snapshot.5).
 */

/* Writes one line and its newline. Returns 0 or a negative errno of the stream. */
int json_write(FILE *stream, const struct snapshot *snap);

/*
 * Fill snap from one line, which need not end with NUL. Unknown members are ignored, missing
 * and null ones are unknown; a wrong type, a foreign or newer version and broken JSON are
 * errors that say what was wrong and where. Strings are cleaned (text.h): a recording is as
 * hostile as a guest. Returns 0 or a negative errno (-ENODATA: the line ends too early); on
 * failure snap is cleared, and err's sentence speaks of the line as "it".
 */
int json_read(struct snapshot *snap, const char *line, size_t len, struct err *err);

#endif
