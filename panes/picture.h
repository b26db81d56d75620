/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_PICTURE_H
#define PARALLAX_PICTURE_H

#include <stdbool.h>
#include <stddef.h>

#include "panes/page.h"
#include "probes/histogram.h"

/*
 * Pictures of how long things took, on the next rows of a page, on a logarithmic axis with a mark
 * at each power of ten from 1us to 10s. They need no colour, and stand-ins of their characters in
 * ASCII keep their meaning. What is there at all is seen, however rare it is. Of nothing there is
 * no picture.
 */

/* Two kinds of duration, to be marked. */
struct picture_modes {
	double fast_ns, slow_ns; /* their medians; NAN: not marked */
	unsigned valley;	 /* the bin between them; 0: not marked */
};

/* Lengths along, from the left; how many up, each column as a part of the highest. */
struct picture_lengths {
	const struct histogram *all;
	/* Some of these: a column that they are most of is hatched. NULL: none. */
	const struct histogram *hatched;
	const struct picture_modes *modes; /* NULL: none */
	int rows;			   /* without axis and marks */
};

/* Returns whether anything is hatched. */
bool picture_lengths(const struct picture_lengths *lengths, struct page *page);

/* What was counted in a slice of time. */
struct picture_slice {
	struct histogram counted;
	bool known; /* else nobody counted */
};

/*
 * Lengths of each slice of time: time along, a column a slice, the newest on the right; lengths
 * up; how many as shade, by the logarithm of the count in proportion to that of the most.
 */
struct picture_heat {
	const struct picture_slice *slice; /* the oldest first */
	size_t n_slice;			   /* the newest that fit are shown */
	double slice_s;
	const struct picture_modes *modes; /* at the right edge, where there is room; NULL: none */
	int rows; /* at most, without the axis; each is half an octave, or one, two, four ... */
};

/* Returns the rows that it took; 0: there is nothing to be seen. */
int picture_heat(const struct picture_heat *heat, struct page *page);

#endif
