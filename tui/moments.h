/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_MOMENTS_H
#define PARALLAX_MOMENTS_H

#include "panes/timeline.h"
#include "probes/feed.h"
#include "probes/player.h"
#include "probes/reel.h"
#include "probes/spans.h"

/*
 * The snapshots behind a player: those of the feed's tape, or of a reel. It is the player's until
 * that has ended; one that hangs keeps it, with the tape or reel that it is of.
 */
struct moments;

struct moments *moments_of_tape(struct feed *feed);
struct moments *moments_of_reel(struct reel *reel);
void moments_free(struct moments *moments); /* accepts NULL */
struct player_source moments_source(struct moments *moments);

/* Of a tape, once the player is ready. */
struct spans *moments_spans(struct moments *moments); /* with the names that snapshots have */
const struct gap *moments_gaps(const struct moments *moments, size_t *n);
/* The earliest and the latest time, in whatever order. False: none is known. */
bool moments_span(const struct moments *moments, double *from_s, double *to_s);

#endif
