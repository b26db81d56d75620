/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_REPLAY_H
#define PARALLAX_REPLAY_H

#include <stdatomic.h>

#include "probes/err.h"
#include "probes/snapshot.h"

struct tape;

/*
 * A recording as a source of snapshots, one after the other: a file (tape.h), or a pipe of lines
 * of JSON, plain or compressed by zstd, whose length does not matter. Used by one thread.
 */
struct replay;

/*
 * path "-" is the standard input. Says at once when a file cannot be a recording (missing, a
 * directory, empty, something else inside); of a pipe only replay_next can tell.
 */
int replay_open(const char *path, struct replay **replay, struct err *err);
/* The file that is read; NULL: it is a pipe. Owned by replay. */
struct tape *replay_tape(struct replay *replay);
/*
 * The next snapshot: 0, or 1 at the end, or a negative errno with a sentence that names file and
 * line. Lines after a bad one can still be read by calling again, so that 1 follows at last. That a
 * file is damaged in places where nobody knows what was there is said last.
 */
int replay_next(struct replay *replay, struct snapshot *out, struct err *err);
/*
 * The next snapshot that can be read: 0, or 1 at the end, or once *stop is set (NULL: never). Of
 * all that could not be read on the way *first keeps the first sentence, unless it has one.
 */
int replay_next_readable(
	struct replay *replay, const atomic_bool *stop, struct snapshot *out, struct err *first);
void replay_close(struct replay *replay); /* accepts NULL */

#endif
