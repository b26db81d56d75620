/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_TIMELINE_H
#define PARALLAX_TIMELINE_H

#include <stddef.h>

#include "panes/canvas.h"
#include "panes/groups.h"

/*
 * Findings over time, as strips: a line where there is none, and where there is one a block, ever
 * darker by severity (info, watch, warn, critical); blank where nothing was recorded. The columns
 * of a strip have equal parts of the time between its two ends; of what falls into one column the
 * worst is shown, so that no finding is too short to be seen.
 */

/* From one moment to another, wall clock, in which nothing was recorded. */
struct gap {
	double from_s, to_s;
};

struct timeline {
	double from_s, to_s; /* what the first column begins with, and what the last ends with */
	const struct gap *gap;
	size_t n_gap;
	int utc_offset_s; /* for clock labels */
};

/* The column of width that a moment falls into; -1: none, or unknown. */
int timeline_col(const struct timeline *timeline, double time_s, int width);
/* The moment in the middle of a column: what a click there means. */
double timeline_time(const struct timeline *timeline, int col, int width);

/*
 * The strip of the whole host in one row: the worst of all. position_s is marked with a pointer
 * in the colour of what is there; NAN: no mark.
 */
void timeline_summary(const struct timeline *timeline, const struct span *span, size_t n,
	double position_s, struct canvas *canvas, int row, int col, int width);
/* Clock labels below a strip: its ends, and its middle where there is room. */
void timeline_axis(
	const struct timeline *timeline, struct canvas *canvas, int row, int col, int width);
/*
 * Fills canvas: a row a group from group[0] on, as severity, VM, rule with subject, and strip; the
 * axis in the row below the last, if there is one left. position_s: its column is marked; NAN:
 * none. Returns the column where the strips begin, for timeline_col.
 */
int timeline_draw(const struct timeline *timeline, const struct group *group, size_t n,
	double position_s, struct canvas *canvas);

#endif
