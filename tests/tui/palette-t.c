// SPDX-License-Identifier: GPL-2.0-or-later
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tui/palette.h"

/* The luminance of one of xterm's 256 colours, as WCAG defines it. */
static double luminance(int colour)
{
	static const int level[] = { 0, 95, 135, 175, 215, 255 };
	static const double weight[] = { 0.2126, 0.7152, 0.0722 };
	const int cube = colour - 16;
	int rgb[3] = { level[cube / 36 % 6], level[cube / 6 % 6], level[cube % 6] };
	double sum = 0;
	int i;

	if (colour >= 232)
		rgb[0] = rgb[1] = rgb[2] = 8 + 10 * (colour - 232);
	for (i = 0; i < 3; i++) {
		const double c = rgb[i] / 255.0;

		sum += weight[i] * (c <= 0.03928 ? c / 12.92 : pow((c + 0.055) / 1.055, 2.4));
	}
	return sum;
}

static void readable_on_black_and_on_white(void **state)
{
	int style;

	(void)state;
	for (style = 0; style < STYLE_COUNT; style++) {
		const struct look look = palette_look((uint8_t)style, 256);

		if (look.colour < 0)
			continue;
		assert_true(look.colour >= 16);
		assert_true((luminance(look.colour) + 0.05) / 0.05 > 3.0);
		assert_true(1.05 / (luminance(look.colour) + 0.05) > 3.0);
	}
}

static void without_colours_there_are_none(void **state)
{
	int style;

	(void)state;
	for (style = 0; style < 256; style++)
		assert_int_equal(palette_look((uint8_t)style, 0).colour, -1);
	assert_int_equal(palette_look(STYLE_GAP, 0).flags, LOOK_BOLD);
	assert_true(palette_look(STYLE_CRITICAL, 0).flags & LOOK_REVERSE);
}

static void eight_colours_are_eight(void **state)
{
	int style;

	(void)state;
	for (style = 0; style < STYLE_COUNT; style++)
		assert_in_range(palette_look((uint8_t)style, 8).colour + 1, 0, 8);
}

static void the_selection_is_seen(void **state)
{
	static const int colours[] = { 0, 8, 256 };
	int i;

	(void)state;
	for (i = 0; i < 3; i++) {
		const struct look row = palette_look(STYLE_HOST | STYLE_SELECTED, colours[i]);
		const struct look cell =
			palette_look(STYLE_HOST | STYLE_SELECTED | STYLE_CURSOR, colours[i]);

		assert_true(row.flags & LOOK_REVERSE);
		assert_true(cell.flags != row.flags);
	}
}

static bool looks_like(uint8_t style, const struct look *look, int colours)
{
	const struct look other = palette_look(style, colours);

	return other.colour == look->colour && other.flags == look->flags;
}

/* In its row, selected or not, no other cell looks like a lit one. */
static void assert_unlike(uint8_t lit_style, uint8_t row, int colours)
{
	const struct look lit = palette_look(lit_style | row | STYLE_LIT, colours);
	int style;

	for (style = 0; style < STYLE_COUNT; style++) {
		const uint8_t plain = (uint8_t)style | row;

		assert_false(looks_like(plain, &lit, colours));
		if (row)
			assert_false(looks_like(plain | STYLE_CURSOR, &lit, colours));
	}
}

static void what_is_lit_is_seen(void **state)
{
	static const int colours[] = { 0, 8, 256 };
	static const uint8_t worst[] = { STYLE_GAP, STYLE_WATCH, STYLE_WARN, STYLE_CRITICAL };
	int i, k;

	(void)state;
	for (i = 0; i < 3; i++)
		for (k = 0; k < 4; k++) {
			assert_unlike(worst[k], 0, colours[i]);
			assert_unlike(worst[k], STYLE_SELECTED, colours[i]);
		}
}

/* "ab  cd  ", the words in different styles. */
static void blanks_take_the_style_before(void **state)
{
	static const uint8_t before[] = { 4, 4, 0, 0, 5, 5, 0, 0 };
	static const uint8_t after[] = { 4, 4, 4, 4, 5, 5, 0, 0 };
	struct cell row[8];
	int i;

	(void)state;
	for (i = 0; i < 8; i++)
		row[i] = (struct cell){ (uint32_t) "ab  cd  "[i], before[i] };
	palette_save_changes(row, 8, 256);
	for (i = 0; i < 8; i++)
		assert_int_equal(row[i].style, after[i]);
}

static void blanks_show_no_line_or_ground(void **state)
{
	static const uint8_t loud[] = { STYLE_STALE, STYLE_NORMAL | STYLE_SELECTED };
	int i;

	(void)state;
	for (i = 0; i < 2; i++) {
		struct cell row[] = { { 'a', loud[i] }, { ' ', STYLE_NORMAL },
			{ 'b', STYLE_NORMAL }, { ' ', loud[i] }, { 'c', STYLE_NORMAL } };

		palette_save_changes(row, 5, 256);
		assert_int_equal(row[1].style, STYLE_NORMAL);
		assert_int_equal(row[3].style, loud[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(readable_on_black_and_on_white),
		cmocka_unit_test(without_colours_there_are_none),
		cmocka_unit_test(eight_colours_are_eight),
		cmocka_unit_test(the_selection_is_seen),
		cmocka_unit_test(what_is_lit_is_seen),
		cmocka_unit_test(blanks_take_the_style_before),
		cmocka_unit_test(blanks_show_no_line_or_ground),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("palette", tests, NULL, NULL);
}
