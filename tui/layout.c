// SPDX-License-Identifier: GPL-2.0-or-later
#include "tui/layout.h"

enum {
	ROWS_FINDINGS = 2, /* from here on: a line of findings */
	ROWS_KEYS = 5,
	ROWS_TABS = 8,
	ROWS_HEADER = 10, /* its second line */
	ROWS_MORE_FINDINGS = 14,
	ROWS_HOME = 24, /* everything, at its intended size */
	ROWS_LARGE = 40,
	COLS_LARGE = 160,
	ROWS_TALL = 48, /* enough for a table above a page */
	COLS_HOME = 80,
	SIDE_MIN_COLS = 63,
	DIVIDER_COLS = 2, /* a line and a blank */
	TABLE_MIN_ROWS = 12,
	LESSON_BESIDE_COLS = 142, /* from here on: a table of home size, and the lesson beside it */
	LESSON_MAX_COLS = 76,
	LESSON_MAX_ROWS = 16
};

static int at_least(int a, int b)
{
	return a > b ? a : b;
}

static int at_most(int a, int b)
{
	return a < b ? a : b;
}

static int findings_rows(int rows, size_t n_findings)
{
	const int wish = n_findings < 8 ? (int)n_findings : 8;

	if (rows < ROWS_FINDINGS)
		return 0;
	if (rows < ROWS_MORE_FINDINGS)
		return 1;
	if (rows < ROWS_HOME)
		return at_least(1, at_most(wish, 3));
	return at_least(3, at_most(wish, rows < ROWS_LARGE ? 5 : 8));
}

/* The next rows of the screen, down from *top. */
static struct rect take_rows(int *top, int rows, int cols)
{
	const struct rect rect = { .row = *top, .rows = rows, .cols = cols };

	*top += rows;
	return rect;
}

static void split_beside(struct layout *layout, int table_cols)
{
	struct rect *table = &layout->table;
	const int cols = table->cols;

	table->cols = at_least(COLS_HOME, at_most(table_cols, cols - SIDE_MIN_COLS - DIVIDER_COLS));
	layout->divider = (struct rect){ table->row, table->cols, table->rows, DIVIDER_COLS };
	layout->side = (struct rect){ table->row, table->cols + DIVIDER_COLS, table->rows,
		cols - table->cols - DIVIDER_COLS };
}

static void split_below(struct layout *layout)
{
	struct rect *table = &layout->table;
	const int rows = table->rows;

	table->rows = at_least(TABLE_MIN_ROWS, rows / 2 - 1);
	layout->divider = (struct rect){ table->row + table->rows, 0, 1, table->cols };
	layout->side = (struct rect){ table->row + table->rows + 1, 0, rows - table->rows - 1,
		table->cols };
}

/* Two beside each other, below them the next two; one that is left takes all of its row. */
static void split_grid(struct layout *layout, const struct rect *area, int n)
{
	const int top = (area->rows + 1) / 2, left = (area->cols - DIVIDER_COLS + 1) / 2;
	const int right = left + DIVIDER_COLS;
	struct rect *grid = layout->grid;

	grid[0] = (struct rect){ area->row, 0, top, area->cols };
	grid[n - 1] = (struct rect){ area->row + top, 0, area->rows - top, area->cols };
	if (n == 2)
		return;
	grid[0].cols = left;
	grid[1] = (struct rect){ area->row, right, top, area->cols - right };
	layout->divider = (struct rect){ area->row, left, top, DIVIDER_COLS };
	if (n == 3)
		return;
	grid[2] = grid[3];
	grid[2].cols = left;
	grid[3].col = right;
	grid[3].cols = area->cols - right;
	layout->divider.rows = area->rows;
}

bool layout_fits_grid(int rows, int cols)
{
	return rows >= LAYOUT_GRID_ROWS && cols >= LAYOUT_GRID_COLS;
}

static void split_screen(struct layout *layout, const struct layout_wish *wish)
{
	const int rows = wish->rows, cols = wish->cols, keys = rows >= ROWS_KEYS ? 1 : 0;
	const int below = keys + (wish->has_strip && rows >= ROWS_HEADER ? 1 : 0);
	int top = 0;

	*layout = (struct layout){ 0 };
	if (rows <= 0 || cols <= 0)
		return;
	layout->header = take_rows(&top, rows >= ROWS_HEADER ? 2 : 1, cols);
	layout->findings = take_rows(&top, findings_rows(rows, wish->n_findings), cols);
	layout->page = (struct rect){ .row = top, .rows = rows - top - below, .cols = cols };
	layout->tabs = take_rows(&top, rows >= ROWS_TABS ? 1 : 0, cols);
	layout->table = take_rows(&top, rows - top - below, cols);
	layout->strip = take_rows(&top, below - keys, cols);
	layout->keys = take_rows(&top, keys, cols);
	if (layout_fits_grid(rows, cols) && wish->n_grid > 1) {
		const struct rect area = layout->table;

		layout->table = (struct rect){ 0 };
		split_grid(layout, &area, at_most((int)wish->n_grid, LAYOUT_GRID_MAX));
	} else if (rows >= ROWS_LARGE && cols >= COLS_LARGE) {
		split_beside(layout, wish->table_cols);
	} else if (rows >= ROWS_TALL && cols >= COLS_HOME) {
		split_below(layout);
	}
}

/* Under a smaller screen, whose line of keys stays the last one. */
static void lesson_below(struct layout *layout, const struct layout_wish *wish)
{
	struct layout_wish above = *wish;
	const int panel = at_most(LESSON_MAX_ROWS, wish->rows * 3 / 8);

	above.rows -= panel;
	split_screen(layout, &above);
	layout->keys.row = layout->keys.rows ? wish->rows - 1 : layout->keys.row;
	layout->lesson = (struct rect){ above.rows - layout->keys.rows, 0, panel, wish->cols };
}

/* Beside a narrower screen, whose header, findings and keys are as wide as before. */
static void lesson_beside(struct layout *layout, const struct layout_wish *wish)
{
	struct layout_wish left = *wish;

	left.cols = at_least(COLS_HOME, wish->cols - LESSON_MAX_COLS);
	split_screen(layout, &left);
	layout->header.cols = layout->findings.cols = layout->keys.cols = wish->cols;
	layout->lesson = (struct rect){ layout->page.row, left.cols, layout->page.rows,
		wish->cols - left.cols };
	layout->beside = true;
}

void layout_compute(struct layout *layout, const struct layout_wish *wish)
{
	struct layout_wish alone = *wish;

	if (!wish->lesson) {
		split_screen(layout, wish);
		return;
	}
	alone.n_grid = 0;
	if (wish->rows >= ROWS_HOME && wish->cols >= LESSON_BESIDE_COLS)
		lesson_beside(layout, &alone);
	else
		lesson_below(layout, &alone);
}
