/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_RECORDER_H
#define PARALLAX_RECORDER_H

#include "probes/err.h"
#include "probes/snapshot.h"

/*
 * A thread that writes a recording (recordfile.h), so that a slow disk keeps nobody waiting.
 * Functions are for one other thread, and none of them but stop waits for the disk.
 */
struct recorder;

struct recorder_state {
	unsigned long count; /* snapshots that are in the file */
	unsigned long lost;  /* that were not written because the disk could not follow */
	uint64_t bytes;	     /* of the file */
	struct err err;	     /* why it has ended; code 0: it has not */
};

int recorder_start(const char *path, struct recorder **recorder, struct err *err);
/* One more snapshot, judged; it is copied. While more than 32 MiB wait none is added. */
void recorder_add(struct recorder *recorder, const struct snapshot *snap);
void recorder_get(struct recorder *recorder, struct recorder_state *state);
/*
 * Ends the file with all that was added, for which it waits as long as the disk takes more, but
 * not longer than 3 seconds for nothing. Returns 0 or a negative errno, also of what went wrong
 * before; state is the last one, with a sentence unless recorder_get has given it already. Accepts
 * NULL.
 */
int recorder_stop(struct recorder *recorder, struct recorder_state *state);

#endif
