/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_KINDS_H
#define PARALLAX_KINDS_H

#include "probes/arena.h"
#include "probes/histogram.h"
#include "probes/snapshot.h"

/*
 * Are there one or two kinds of duration in a window? Two only if both are in both halves of it;
 * what is not known has its reason.
 */
struct kinds {
	enum modes_found found;
	const char *reason; /* why that is not known; NULL: it is */
	struct modes modes; /* modes.n is known always, the rest where there are two */
};

struct kinds_window {
	const struct histogram *all, *first_half, *second_half;
	const char *what; /* for the reason: "waits" */
};

struct kinds kinds_find(const struct kinds_window *window, struct arena *arena);

#endif
