// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/panes/fixture.h"

#include <stdio.h>

#include "panes/picture.h"

enum { SLICES = 60 };

/* A row in ASCII. */
static void ascii_is(const struct page *page, int row, const char *expected)
{
	char text[1024];

	canvas_row_text(&page->canvas, row, true, text, sizeof(text));
	assert_string_equal(text, expected);
}

static void add(struct histogram *histogram, uint64_t ns, uint64_t count)
{
	histogram->count[histogram_bin(ns)] += count;
}

static struct histogram two_kinds(void)
{
	struct histogram all = { 0 };

	add(&all, 300000, 30);
	add(&all, 360000, 80);
	add(&all, 430000, 100);
	add(&all, 510000, 60);
	add(&all, 610000, 9);
	add(&all, 90000000, 4);
	add(&all, 110000000, 12);
	add(&all, 130000000, 3);
	return all;
}

static void lengths_of_two_kinds(void **state)
{
	const struct histogram all = two_kinds();
	const struct picture_modes modes = { 4.2e5, 1.1e8, histogram_bin(7000000) };
	const struct picture_lengths picture = { .all = &all, .modes = &modes, .rows = 4 };
	struct page page;

	(void)state;
	page_init(&page, 60);
	assert_false(picture_lengths(&picture, &page));
	SCREEN(&page.canvas, 0, "         ▂█               │", "         ██▃              │",
		"        ▂███              │", "        ████▃             │              ▁▄▁",
		"  ▲100us       ▲1ms          ▲10ms        ▲100ms",
		"          ^420us                          ^110ms", "");
	ascii_is(&page, 0, "         .#               |");
	ascii_is(&page, 1, "         ##:              |");
	ascii_is(&page, 4, "  ^100us       ^1ms          ^10ms        ^100ms");
	page_release(&page);
}

/* One row, many rows: the highest fills them, the rarest has an eighth of one. */
static void lengths_in_any_height(void **state)
{
	struct histogram all = { 0 };

	(void)state;
	add(&all, 30000, 1000000);
	add(&all, 3000000, 1);
	for (int rows = 1; rows <= 30; rows++) {
		const struct picture_lengths picture = { .all = &all, .rows = rows };
		struct page page;

		page_init(&page, 80);
		picture_lengths(&picture, &page);
		assert_int_equal(page.row, rows + 1);
		for (int row = 0; row < rows; row++)
			assert_int_equal(page.canvas.cell[row * page.canvas.stride + 8].cp, 0x2588);
		assert_int_equal(page.canvas.cell[(rows - 1) * page.canvas.stride + 35].cp, 0x2581);
		page_release(&page);
	}
}

static void hatched_where_most_are(void **state)
{
	const struct histogram all = two_kinds();
	struct histogram slow = { 0 };
	const struct picture_lengths picture = { .all = &all, .hatched = &slow, .rows = 1 };
	struct page page;

	(void)state;
	add(&slow, 90000000, 2); /* half is not most */
	add(&slow, 110000000, 7);
	page_init(&page, 60);
	assert_true(picture_lengths(&picture, &page));
	SCREEN(&page.canvas, 0, "        ▂▆█▅▁                            ▁▒▁");
	ascii_is(&page, 0, "        .+#=_                            _%_");
	page_release(&page);
}

/* Marks that would be in each other's way have a row each, and none is cut at the edge. */
static void marks_find_room(void **state)
{
	const struct histogram all = two_kinds();
	struct picture_modes modes = { 4.2e5, 9e5, 0 };
	const struct picture_lengths picture = { .all = &all, .modes = &modes, .rows = 1 };
	struct page page;

	(void)state;
	page_init(&page, 50);
	picture_lengths(&picture, &page);
	SCREEN(&page.canvas, 2, "          ^420us", "               ^900us", "");
	page_release(&page);
	modes = (struct picture_modes){ NAN, 2.6e8, 0 };
	page_init(&page, 50);
	picture_lengths(&picture, &page);
	SCREEN(&page.canvas, 2, "                                          260ms^", "");
	page_release(&page);
}

static void lengths_of_nothing(void **state)
{
	const struct histogram none = { 0 }, all = two_kinds();
	struct page page;

	(void)state;
	page_init(&page, 60);
	assert_false(picture_lengths(&(struct picture_lengths){ .all = &none, .rows = 5 }, &page));
	assert_false(picture_lengths(&(struct picture_lengths){ .all = &all, .rows = 0 }, &page));
	assert_int_equal(page.row, 0);
	page_release(&page);
}

/* Slices to draw a heat map of. */
struct slices {
	struct picture_slice of[SLICES];
};

/* Nobody counted from one slice on, until before another. */
static void set_unknown(struct slices *slices, size_t from, size_t to)
{
	for (size_t i = 0; i < SLICES; i++)
		slices->of[i].known = i < from || i >= to;
}

/* Steady at 400 us, and from the middle on one in a hundred at 90 ms. */
static struct slices steady_then_slow(void)
{
	struct slices slices = { 0 };

	set_unknown(&slices, 6, 9);
	for (size_t i = 0; i < SLICES; i++) {
		add(&slices.of[i].counted, 300000, 60);
		add(&slices.of[i].counted, 420000, 1000);
		add(&slices.of[i].counted, 600000, 200);
		add(&slices.of[i].counted, 900000, i % 7 ? 0 : 4);
		if (i >= 30)
			add(&slices.of[i].counted, 90000000, 10);
	}
	return slices;
}

static void heat_of_a_disk_that_turns_slow(void **state)
{
	const struct slices slices = steady_then_slow();
	const struct picture_modes modes = { 4.2e5, 9e7, 0 };
	const struct picture_heat heat = {
		.slice = slices.of, .n_slice = SLICES, .slice_s = 5, .modes = &modes, .rows = 12
	};
	struct page page;

	(void)state;
	page_init(&page, 84);
	assert_int_equal(picture_heat(&heat, &page), 12);
	SCREEN(&page.canvas, 0, "  100ms ┤",
		"        │                              ▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒ ◀ slow 90ms",
		"        │", "        │", "   10ms ┤", "        │", "        │",
		"    1ms ┤░             ░      ░      ░      ░      ░      ░      ░",
		"        │██████   ███████████████████████████████████████████████████ ◀ fast "
		"420us",
		"        │▓▓▓▓▓▓   ▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓",
		"  100us ┤      ---",
		"         ▲-5m        ▲-4m        ▲-3m        ▲-2m        ▲-1m     now", "");
	ascii_is(&page, 1,
		"        |                              %%%%%%%%%%%%%%%%%%%%%%%%%%%%%% < slow "
		"90ms");
	ascii_is(&page, 7, "    1ms +:             :      :      :      :      :      :      :");
	ascii_is(&page, 9, "        |&&&&&&   &&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&");
	page_release(&page);
	/* With more room rows are half an octave. */
	page_init(&page, 84);
	assert_int_equal(
		picture_heat(&(struct picture_heat){ slices.of, SLICES, 5, NULL, 30 }, &page), 22);
	SCREEN(&page.canvas, 0, "  100ms ┤",
		"        │                              "
		"▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒");
	page_release(&page);
	/* With less there are fewer rows, on a narrow page the newest slices and no marks. */
	page_init(&page, 32);
	assert_int_equal(
		picture_heat(&(struct picture_heat){ slices.of, SLICES, 5, &modes, 4 }, &page), 4);
	SCREEN(&page.canvas, 0, "  100ms ┤▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒", "   10ms ┤",
		"  100us ┤███████████████████████", "                    ▲-1m     now", "");
	page_release(&page);
}

static uint32_t heat_at(const struct page *page, int row, int col)
{
	return page->canvas.cell[row * page->canvas.stride + col].cp;
}

/* Any count at all is seen, and what is a tenth of another is lighter. */
static void shades_go_by_logarithm(void **state)
{
	static const struct {
		uint64_t count;
		uint32_t shade;
	} cases[] = {
		{ 1, 0x2591 },
		{ 9, 0x2591 },
		{ 11, 0x2592 },
		{ 99, 0x2592 },
		{ 101, 0x2593 },
		{ 999, 0x2593 },
		{ 1001, 0x2588 },
		{ 10000, 0x2588 },
		{ 0, ' ' },
	};
	struct slices slices = { 0 };
	const struct picture_heat heat = { slices.of, 9, 1, NULL, 12 };
	struct page page;

	(void)state;
	set_unknown(&slices, SLICES, SLICES);
	for (size_t i = 0; i < 9; i++)
		add(&slices.of[i].counted, 500000, cases[i].count);
	page_init(&page, 40);
	assert_int_equal(picture_heat(&heat, &page), 8);
	for (size_t i = 0; i < 9; i++)
		assert_int_equal(heat_at(&page, 2, 9 + (int)i), cases[i].shade);
	page_release(&page);
	/* When each is one, one is the most. */
	memset(slices.of, 0, sizeof(slices.of));
	set_unknown(&slices, SLICES, SLICES);
	add(&slices.of[4].counted, 500000, 1);
	page_init(&page, 40);
	picture_heat(&heat, &page);
	assert_int_equal(heat_at(&page, 2, 13), 0x2588);
	page_release(&page);
}

/* What nobody counted is not what did not happen. */
static void heat_of_nothing(void **state)
{
	struct slices slices = { 0 };
	struct picture_heat heat = { slices.of, SLICES, 5, NULL, 12 };
	struct page page;

	(void)state;
	page_init(&page, 80);
	set_unknown(&slices, 0, SLICES);
	assert_int_equal(picture_heat(&heat, &page), 0);
	set_unknown(&slices, SLICES, SLICES);
	assert_int_equal(picture_heat(&heat, &page), 0);
	add(&slices.of[0].counted, 500000, 1);
	heat.n_slice = 0;
	assert_int_equal(picture_heat(&heat, &page), 0);
	heat.n_slice = SLICES;
	heat.rows = 0;
	assert_int_equal(picture_heat(&heat, &page), 0);
	assert_int_equal(page.row, 0);
	page_release(&page);
}

/* Each bin alone is on the picture of any size, between two labels or beside one. */
static void heat_of_any_size(void **state)
{
	(void)state;
	for (unsigned bin = 0; bin < HISTOGRAM_BINS; bin++) {
		struct slices slices = { 0 };
		const struct picture_modes modes = { 1, 1e12, 0 };

		set_unknown(&slices, SLICES, SLICES);
		slices.of[SLICES - 1].counted.count[bin] = 7;
		for (int cols = 0; cols <= 90; cols += 5) {
			const struct picture_heat heat = { slices.of, SLICES, 0.1 + bin, &modes,
				cols % 17 + 1 };
			struct page page;
			int rows, seen = 0, labels = 0;

			page_init(&page, cols);
			rows = picture_heat(&heat, &page);
			assert_true(rows <= heat.rows + 1);
			for (int row = 0; row + 1 < rows; row++) {
				labels += heat_at(&page, row, 8) == 0x2524;
				for (int col = 9; col < cols; col++)
					seen += heat_at(&page, row, col) == 0x2588;
			}
			assert_int_equal(seen, cols > 9);
			assert_true(labels > 0 || cols <= 9);
			page_release(&page);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lengths_of_two_kinds),
		cmocka_unit_test(lengths_in_any_height),
		cmocka_unit_test(hatched_where_most_are),
		cmocka_unit_test(marks_find_room),
		cmocka_unit_test(lengths_of_nothing),
		cmocka_unit_test(heat_of_a_disk_that_turns_slow),
		cmocka_unit_test(shades_go_by_logarithm),
		cmocka_unit_test(heat_of_nothing),
		cmocka_unit_test(heat_of_any_size),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("picture", tests, NULL, NULL);
}
