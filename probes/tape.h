/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_TAPE_H
#define PARALLAX_TAPE_H

#include <stdatomic.h>

#include "probes/err.h"
#include "probes/snapshot.h"
#include "probes/spans.h"

/*
 * A recorded file that is read at any place: what --record wrote (recordindex.h), lines of JSON,
 * or these compressed by somebody else. What is damaged, cut short or foreign costs the lines
 * that it hits, and no others. Used by one thread.
 */
struct tape;

/*
 * Says at once when it cannot be a recording: missing, a directory, empty, something else inside.
 * A pipe is none: -ESPIPE without a sentence.
 */
int tape_open(const char *path, struct tape **tape, struct err *err);
/*
 * Find what is in it; before anything of the following. Of a file of --record it takes little, of
 * others all is read. *stop ends it early. Of damage err has a sentence afterwards; the return
 * value is that of a failure to read at all.
 */
int tape_index(struct tape *tape, const atomic_bool *stop, struct err *err);
void tape_close(struct tape *tape); /* accepts NULL */

size_t tape_count(const struct tape *tape);
double tape_time_s(const struct tape *tape, size_t i); /* NAN: its line does not tell */
/*
 * Fill snap with number i. A negative errno with a sentence when that line cannot be read. The
 * next ones cost least when they are read in order.
 */
int tape_read(struct tape *tape, size_t i, struct snapshot *snap, struct err *err);
/* The findings in it. Owned by the tape. */
struct spans *tape_spans(struct tape *tape);

#endif
