/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_LAYOUT_H
#define PARALLAX_LAYOUT_H

#include <stddef.h>

/*
 * Where the parts of the console go on a screen of any size. Pure. A part with no rows or no
 * columns is left out; parts never overlap and never leave the screen.
 */
struct rect {
	int row, col, rows, cols;
};

struct layout {
	struct rect header, findings, tabs, table, keys;
	struct rect side;    /* the selected VM beside or below the table, on large screens */
	struct rect divider; /* between table and side */
	struct rect page;    /* what an open page covers: tabs, table and side */
};

/* n_findings wish for a line each, the table for table_cols. */
void layout_compute(struct layout *layout, int rows, int cols, size_t n_findings, int table_cols);

#endif
