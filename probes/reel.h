/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_REEL_H
#define PARALLAX_REEL_H

#include <stdbool.h>

#include "probes/err.h"
#include "probes/snapshot.h"

/*
 * The last minutes in memory, always on: snapshots packed (pack.h) and compressed, in pieces of
 * REEL_PIECE. When they would not fit, or packing them all would cost too much, fewer are kept:
 * one in so many that REEL_SPAN_S of them fit, decided anew for every piece. One thread adds,
 * another may read meanwhile.
 */
enum { REEL_BYTES = 54 << 20, REEL_SPAN_S = 1800, REEL_PIECE = 60 };

struct reel;

struct reel *reel_new(size_t bytes_most);
void reel_free(struct reel *reel); /* accepts NULL */

/* One more snapshot, judged. Returns whether it is kept. */
bool reel_add(struct reel *reel, const struct snapshot *snap);
/* Of how many one is kept now. */
unsigned reel_coarseness(struct reel *reel);
/* What it takes, everything counted. */
size_t reel_bytes(struct reel *reel);

/*
 * Numbers of snapshots go on from 0 as long as the reel is there: from first, which is no longer
 * 0 when old ones were dropped, to end.
 */
void reel_range(struct reel *reel, size_t *first, size_t *end);
double reel_time_s(struct reel *reel, size_t i); /* NAN: it was dropped */
/* The earliest and the latest time in it, in whatever order: clocks are set. False: it has none. */
bool reel_span(struct reel *reel, double *from_s, double *to_s);

/* What one reader needs. */
struct reel_reader;
struct reel_reader *reel_reader_new(struct reel *reel);
void reel_reader_free(struct reel_reader *reader); /* accepts NULL */
/* -ENOENT with a sentence when it was dropped. */
int reel_read(struct reel_reader *reader, size_t i, struct snapshot *snap, struct err *err);

#endif
