/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_WINDOW_H
#define PARALLAX_WINDOW_H

#include <stddef.h>

#include "probes/histogram.h"
#include "probes/snapshot.h"

/*
 * The waits of each VM in about the last minute, put together from the snapshots' own bins, so
 * that a recording has the same window as the live console. Six parts of ten seconds; a new one
 * begins when the last is full, so the window covers 50 to 60 s. Belongs to one sequence of
 * snapshots. Bounded: VMs that are gone are dropped.
 */
enum { WINDOW_PARTS = 6, WINDOW_PART_S = 10 };

struct windows;

struct window_sum {
	struct histogram all, throttled, first_half, second_half;
	double window_s; /* covered so far */
};

struct windows *windows_new(void);
void windows_free(struct windows *windows); /* accepts NULL */
/* Take in the bins of every VM in snap; once a snapshot. */
void windows_add(struct windows *windows, const struct snapshot *snap);
/* False: nothing is known of that VM. */
bool windows_sum(const struct windows *windows, const char *vm_key, struct window_sum *out);

#endif
