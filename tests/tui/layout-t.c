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

/* Parts lie on the screen, do not overlap, and cover all of it. */
static void check_size(int rows, int cols, size_t n_findings)
{
	static char screen[MAX_ROWS * MAX_COLS];
	struct layout layout;
	int covered;

	memset(screen, 0, sizeof(screen));
	layout_compute(&layout, rows, cols, n_findings, TABLE_COLS);
	paint(screen, rows, cols, &layout.header);
	paint(screen, rows, cols, &layout.findings);
	paint(screen, rows, cols, &layout.tabs);
	paint(screen, rows, cols, &layout.table);
	paint(screen, rows, cols, &layout.divider);
	paint(screen, rows, cols, &layout.side);
	paint(screen, rows, cols, &layout.keys);
	for (covered = 0; covered < rows * cols; covered++)
		assert_int_equal(screen[covered], 1);

	memset(screen, 0, sizeof(screen));
	paint(screen, rows, cols, &layout.header);
	paint(screen, rows, cols, &layout.findings);
	paint(screen, rows, cols, &layout.page);
	paint(screen, rows, cols, &layout.keys);
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
				check_size(rows, cols, n_findings[i]);
}

static void home_size(void **state)
{
	struct layout layout;

	(void)state;
	layout_compute(&layout, 24, 80, 0, TABLE_COLS);
	assert_int_equal(layout.header.rows, 2);
	assert_int_equal(layout.findings.rows, 3);
	assert_int_equal(layout.tabs.rows, 1);
	assert_int_equal(layout.table.rows, 17);
	assert_int_equal(layout.keys.rows, 1);
	assert_int_equal(layout.side.rows, 0);
	layout_compute(&layout, 24, 80, 9, TABLE_COLS);
	assert_int_equal(layout.findings.rows, 5);
}

static void large_sizes(void **state)
{
	struct layout layout;

	(void)state;
	layout_compute(&layout, 50, 160, 0, TABLE_COLS);
	assert_int_equal(layout.table.cols, 95);
	assert_int_equal(layout.side.cols, 63);
	assert_int_equal(layout.side.rows, layout.table.rows);
	layout_compute(&layout, 50, 200, 0, TABLE_COLS);
	assert_int_equal(layout.table.cols, TABLE_COLS);
	layout_compute(&layout, 60, 100, 0, TABLE_COLS);
	assert_int_equal(layout.side.cols, 100);
	assert_true(layout.side.row > layout.table.row);
}

/* Smaller screens lose parts in this order, and never gain one. */
static void parts_leave_in_order(void **state)
{
	struct layout last, layout;
	int rows;

	(void)state;
	layout_compute(&last, 24, 80, 3, TABLE_COLS);
	for (rows = 23; rows > 0; rows--) {
		layout_compute(&layout, rows, 80, 3, TABLE_COLS);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_size),
		cmocka_unit_test(home_size),
		cmocka_unit_test(large_sizes),
		cmocka_unit_test(parts_leave_in_order),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("layout", tests, NULL, NULL);
}
