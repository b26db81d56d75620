/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_HISTORY_H
#define PARALLAX_HISTORY_H

#include <stddef.h>

#include "probes/snapshot.h"

/*
 * The last minutes of a few figures of each VM, for sparklines. Bounded: HISTORY_POINTS a
 * series, VMs that are gone are dropped. SERIES_WAIT is the run delay: throttled time, too.
 * SERIES_STALL is time in stalls for memory, in ms a second, SERIES_PAUSE the longest, in ms.
 * SERIES_LOST is packets that the host drops, a second, of all its network devices.
 */
enum series { SERIES_NONE, SERIES_WAIT, SERIES_RUN, SERIES_GUEST_STEAL, SERIES_GUEST_BUSY,
	SERIES_GAP, SERIES_LOCAL, SERIES_RSS, SERIES_SWAP, SERIES_SWAP_IN, SERIES_USABLE,
	SERIES_BALLOON, SERIES_STALL, SERIES_PAUSE, SERIES_LOST, SERIES_COUNT };
enum { HISTORY_POINTS = 120 };

struct history;

struct history *history_new(void);
void history_free(struct history *history); /* accepts NULL */
void history_add(struct history *history, const struct snapshot *snap);
/* Up to max newest points, oldest first; NAN where unknown. Returns how many. */
size_t history_get(const struct history *history, const char *vm_key, enum series series,
	double *points, size_t max);

#endif
