/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_LAYOUT_H
#define PARALLAX_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Where the parts of the console go on a screen of any size. Pure. A part with no rows or no
 * columns is left out; parts never overlap and never leave the screen.
 */
struct rect {
	int row, col, rows, cols;
};

/* Panes in a grid, and the least screen that has one. */
enum { LAYOUT_GRID_MAX = 4, LAYOUT_GRID_ROWS = 48, LAYOUT_GRID_COLS = 160 };

struct layout {
	struct rect header, findings, tabs, table, strip, keys; /* strip: the time line */
	struct rect side; /* the selected VM beside or below the table, on large screens */
	struct rect grid[LAYOUT_GRID_MAX]; /* instead of table and side: several panes */
	struct rect divider; /* between table and side, or between the columns of the grid */
	struct rect page;    /* what an open page covers: tabs, table and side, or the grid */
	struct rect lesson;  /* the panel of a lesson, below all of these or to their right */
	bool beside;	     /* the lesson is to their right */
};

/* What is to be shown, on which screen. */
struct layout_wish {
	int rows, cols;
	size_t n_findings; /* which wish for a line each */
	int table_cols;	   /* that the table wishes for */
	size_t n_grid;	   /* panes to be shown together; fewer than 2: the table */
	bool lesson; /* is played: it has a panel, and never a grid, for it talks of one pane */
	bool has_strip;	   /* the time line is to be shown */
};

/* Is such a screen large enough for a grid? */
bool layout_fits_grid(int rows, int cols);
void layout_compute(struct layout *layout, const struct layout_wish *wish);

#endif
