/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_SAVER_H
#define PARALLAX_SAVER_H

#include "probes/err.h"
#include "probes/reel.h"

/* A thread that writes what a reel holds now to a recording (recordfile.h). */
struct saver;

/* The file must be new. Rings bell, an eventfd, at its end. */
int saver_start(
	struct saver **saver, struct reel *reel, const char *path, int bell, struct err *err);
/* Has it ended? Then how many snapshots are in the file, and err says what went wrong. */
bool saver_ended(struct saver *saver, unsigned long *count, struct err *err);
/*
 * Ends it, with what is written until then; waits at most a second. False: the disk hangs, and
 * the reel must stay. Accepts NULL.
 */
bool saver_stop(struct saver *saver);

#endif
