// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tui/layout.h"

enum { MAX_ROWS = 70, MAX_COLS = 200, TABLE_COLS = 96 };

static void paint(char *screen, int rows, int cols, const struct rect *rect)
{
	int row, col;

	assert_true(rect->rows >= 0 && rect->cols >= 0);
	if (!rect->rows || !rect->cols)
		return;
	assert_true(rect->row >= 0 && rect->row + rect->rows <= rows);
	assert_true(rect->col >= 0 && rect->col + rect->cols <= cols);
	for (row = rect->row; row < rect->row + rect->rows; row++)
		for (col = rect->col; col < rect->col + rect->cols; col++)
			assert_int_equal(screen[row * cols + col]++, 0);
}

static struct layout compute(int rows, int cols, size_t n_findings, size_t n_grid)
{
	const struct layout_wish wish = { rows, cols, n_findings, TABLE_COLS, n_grid, false,
		false };
	struct layout layout;

	layout_compute(&layout, &wish);
	return layout;
}

static struct layout compute_lesson(int rows, int cols, size_t n_findings, size_t n_grid)
{
	const struct layout_wish wish = { rows, cols, n_findings, TABLE_COLS, n_grid, true,
		false };
	struct layout layout;

	layout_compute(&layout, &wish);
	return layout;
}

/* Parts lie on the screen, do not overlap, and cover all of it. */
static void check_layout(int rows, int cols, struct layout layout)
{
	static char screen[MAX_ROWS * MAX_COLS];
	int covered;
	size_t i;

	memset(screen, 0, sizeof(screen));
	paint(screen, rows, cols, &layout.lesson);
	paint(screen, rows, cols, &layout.header);
	paint(screen, rows, cols, &layout.findings);
	paint(screen, rows, cols, &layout.tabs);
	paint(screen, rows, cols, &layout.table);
	paint(screen, rows, cols, &layout.divider);
	paint(screen, rows, cols, &layout.side);
	for (i = 0; i < LAYOUT_GRID_MAX; i++)
		paint(screen, rows, cols, &layout.grid[i]);
	paint(screen, rows, cols, &layout.keys);
	for (covered = 0; covered < rows * cols; covered++)
		assert_int_equal(screen[covered], 1);

	memset(screen, 0, sizeof(screen));
	paint(screen, rows, cols, &layout.lesson);
	paint(screen, rows, cols, &layout.header);
	paint(screen, rows, cols, &layout.findings);
	paint(screen, rows, cols, &layout.page);
	paint(screen, rows, cols, &layout.keys);
}

static void check_size(int rows, int cols, size_t n_findings, size_t n_grid)
{
	check_layout(rows, cols, compute(rows, cols, n_findings, n_grid));
	check_layout(rows, cols, compute_lesson(rows, cols, n_findings, n_grid));
}

static void every_size(void **state)
{
	static const size_t n_findings[] = { 0, 1, 4, 1000 };
	int rows, cols;
	size_t i;

	(void)state;
	for (rows = 0; rows <= MAX_ROWS; rows++)
		for (cols = 0; cols <= MAX_COLS; cols++)
			for (i = 0; i < sizeof(n_findings) / sizeof(n_findings[0]); i++)
				check_size(rows, cols, n_findings[i], 0);
	for (rows = 48; rows <= MAX_ROWS; rows++)
		for (cols = 160; cols <= MAX_COLS; cols++)
			for (i = 0; i <= 5; i++)
				check_size(rows, cols, 7 * i, i);
}

static void home_size(void **state)
{
	struct layout layout = compute(24, 80, 0, 4);

	(void)state;
	assert_int_equal(layout.header.rows, 2);
	assert_int_equal(layout.findings.rows, 3);
	assert_int_equal(layout.tabs.rows, 1);
	assert_int_equal(layout.table.rows, 17);
	assert_int_equal(layout.keys.rows, 1);
	assert_int_equal(layout.side.rows, 0);
	layout = compute(24, 80, 9, 0);
	assert_int_equal(layout.findings.rows, 5);
}

static void large_sizes(void **state)
{
	struct layout layout;

	(void)state;
	layout = compute(50, 160, 0, 0);
	assert_int_equal(layout.table.cols, 95);
	assert_int_equal(layout.side.cols, 63);
	assert_int_equal(layout.side.rows, layout.table.rows);
	layout = compute(50, 200, 0, 0);
	assert_int_equal(layout.table.cols, TABLE_COLS);
	layout = compute(60, 100, 0, 0);
	assert_int_equal(layout.side.cols, 100);
	assert_true(layout.side.row > layout.table.row);
}

static size_t panes_in(const struct layout *layout)
{
	size_t n = 0;

	while (n < LAYOUT_GRID_MAX && layout->grid[n].rows)
		n++;
	return n;
}

static void assert_rect(const struct rect *rect, int row, int col, int rows, int cols)
{
	assert_int_equal(rect->row, row);
	assert_int_equal(rect->col, col);
	assert_int_equal(rect->rows, rows);
	assert_int_equal(rect->cols, cols);
}

static void grids(void **state)
{
	struct layout layout = compute(50, 160, 0, 4);

	(void)state;
	assert_int_equal(layout.table.rows, 0);
	assert_int_equal(layout.side.rows, 0);
	assert_rect(&layout.grid[0], 6, 0, 22, 79);
	assert_rect(&layout.grid[1], 6, 81, 22, 79);
	assert_rect(&layout.grid[2], 28, 0, 21, 79);
	assert_rect(&layout.grid[3], 28, 81, 21, 79);
	assert_rect(&layout.divider, 6, 79, 43, 2);
	layout = compute(50, 161, 0, 3);
	assert_rect(&layout.grid[0], 6, 0, 22, 80);
	assert_rect(&layout.grid[1], 6, 82, 22, 79);
	assert_rect(&layout.grid[2], 28, 0, 21, 161);
	assert_rect(&layout.divider, 6, 80, 22, 2);
	layout = compute(50, 160, 0, 2);
	assert_rect(&layout.grid[0], 6, 0, 22, 160);
	assert_rect(&layout.grid[1], 28, 0, 21, 160);
	assert_int_equal(layout.divider.rows, 0);
	layout = compute(50, 160, 0, 7);
	assert_int_equal(panes_in(&layout), 4);
}

/* One pane needs no grid, and a screen that is too small has none. */
static void no_grids(void **state)
{
	struct layout layout = compute(50, 160, 0, 1);

	(void)state;
	assert_int_equal(panes_in(&layout), 0);
	assert_true(layout.side.cols > 0);
	assert_true(layout_fits_grid(48, 160));
	layout = compute(47, 160, 0, 4);
	assert_int_equal(panes_in(&layout), 0);
	assert_false(layout_fits_grid(47, 160));
	layout = compute(50, 159, 0, 4);
	assert_int_equal(panes_in(&layout), 0);
	assert_false(layout_fits_grid(50, 159));
}

/* Smaller screens lose parts in this order, and never gain one. */
static void parts_leave_in_order(void **state)
{
	struct layout last, layout;
	int rows;

	(void)state;
	last = compute(24, 80, 3, 0);
	for (rows = 23; rows > 0; rows--) {
		layout = compute(rows, 80, 3, 0);
		assert_true(layout.header.rows <= last.header.rows);
		assert_true(layout.findings.rows <= last.findings.rows);
		assert_true(layout.tabs.rows <= last.tabs.rows);
		assert_true(layout.keys.rows <= last.keys.rows);
		assert_true(layout.header.rows > 0);
		if (rows >= 4)
			assert_true(layout.table.rows >= 2);
		last = layout;
	}
}

static void lessons(void **state)
{
	struct layout layout = compute_lesson(24, 80, 3, 4);

	(void)state;
	/* At home below the panes, above the keys: header, findings and six VMs stay. */
	assert_false(layout.beside);
	assert_rect(&layout.lesson, 14, 0, 9, 80);
	assert_rect(&layout.keys, 23, 0, 1, 80);
	assert_rect(&layout.findings, 2, 0, 3, 80);
	assert_rect(&layout.table, 6, 0, 8, 80);
	assert_rect(&layout.page, 5, 0, 9, 80);
	layout = compute_lesson(60, 120, 3, 4);
	assert_int_equal(layout.lesson.rows, 16);
	/* Large screens have it beside one pane, not a grid. */
	layout = compute_lesson(50, 160, 3, 4);
	assert_true(layout.beside);
	assert_int_equal(panes_in(&layout), 0);
	assert_rect(&layout.lesson, 5, 84, 44, 76);
	assert_rect(&layout.header, 0, 0, 2, 160);
	assert_rect(&layout.keys, 49, 0, 1, 160);
	assert_int_equal(layout.table.cols, 84);
	assert_true(compute_lesson(24, 142, 0, 0).beside);
	assert_int_equal(compute_lesson(24, 142, 0, 0).lesson.cols, 62);
	assert_false(compute_lesson(24, 141, 0, 0).beside);
	assert_false(compute_lesson(23, 142, 0, 0).beside);
	/* The least screens: the text goes on, the host's header is the last to leave. */
	assert_int_equal(compute_lesson(3, 80, 0, 0).lesson.rows, 1);
	assert_int_equal(compute_lesson(2, 80, 0, 0).lesson.rows, 0);
	assert_int_equal(compute_lesson(1, 1, 0, 0).header.rows, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_size),
		cmocka_unit_test(home_size),
		cmocka_unit_test(large_sizes),
		cmocka_unit_test(grids),
		cmocka_unit_test(no_grids),
		cmocka_unit_test(parts_leave_in_order),
		cmocka_unit_test(lessons),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("layout", tests, NULL, NULL);
}
