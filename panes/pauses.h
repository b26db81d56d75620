/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_PAUSES_H
#define PARALLAX_PAUSES_H

#include <stddef.h>

#include "probes/histogram.h"
#include "probes/snapshot.h"

/*
 * The stalls of each VM in the last minutes, put together from the snapshots themselves, so that a
 * recording remembers what the live console does: which was the longest, and when; and how many
 * were how long. Belongs to one sequence of snapshots. Bounded: of the longest ones so many are
 * kept that each is the longest since some moment; VMs that are gone are dropped.
 */
enum { PAUSES_WINDOW_S = 300, PAUSES_KEPT = 16, PAUSES_PARTS = 5 };

struct pauses;

struct pause {
	double ms, at_s; /* how long, and when it ended, wall clock */
	uint64_t tid;
	enum stall_kind kind;
};

struct pauses *pauses_new(void);
void pauses_free(struct pauses *pauses); /* accepts NULL */
/* Take in the stalls of every VM in snap; once a snapshot. */
void pauses_add(struct pauses *pauses, const struct snapshot *snap);
/* The longest that ended at since_s or later; false: there was none. */
bool pauses_longest(
	const struct pauses *pauses, const char *vm_key, double since_s, struct pause *out);
/* How far back it is known, at most PAUSES_WINDOW_S; NAN: it is not. */
double pauses_window_s(const struct pauses *pauses, const char *vm_key);
/* How many were how long; false: there was none. */
bool pauses_histogram(const struct pauses *pauses, const char *vm_key, struct histogram *out);

#endif
