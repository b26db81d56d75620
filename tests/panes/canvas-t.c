// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/panes/fixture.h"

#include "panes/spark.h"

static const struct cell *at(const struct canvas *canvas, int row, int col)
{
	return &canvas->cell[row * canvas->stride + col];
}

static const char *row_text(const struct canvas *canvas, int row, bool ascii)
{
	static char text[512];

	canvas_row_text(canvas, row, ascii, text, sizeof(text));
	return text;
}

static void text_is_cut_and_measured(void **state)
{
	struct canvas canvas;

	(void)state;
	canvas_init(&canvas, 2, 10);
	assert_int_equal(canvas_text(&canvas, 0, 0, -1, STYLE_HOST, "web-03"), 6);
	assert_string_equal(row_text(&canvas, 0, false), "web-03");
	assert_int_equal(at(&canvas, 0, 5)->style, STYLE_HOST);
	assert_int_equal(at(&canvas, 0, 6)->style, STYLE_NORMAL);
	assert_int_equal(canvas_text(&canvas, 0, 0, 4, STYLE_NORMAL, "batch"), 4);
	assert_string_equal(row_text(&canvas, 0, false), "bat~03");
	assert_int_equal(canvas_text(&canvas, 1, 7, -1, STYLE_NORMAL, "batch"), 3);
	assert_string_equal(row_text(&canvas, 1, false), "       ba~");
	assert_int_equal(canvas_text(&canvas, 1, 0, 0, STYLE_NORMAL, "x"), 0);
	assert_int_equal(canvas_text(&canvas, 0, 0, -1, STYLE_NORMAL, ""), 0);
	canvas_release(&canvas);
}

static void wide_characters_take_two_cells(void **state)
{
	struct canvas canvas;

	(void)state;
	assert_int_equal(canvas_width("日本x"), 5);
	assert_int_equal(canvas_width("Zürich"), 6);
	assert_int_equal(canvas_width("🐧"), 2);
	canvas_init(&canvas, 1, 6);
	assert_int_equal(canvas_text(&canvas, 0, 0, -1, STYLE_NORMAL, "日本x"), 5);
	assert_int_equal(at(&canvas, 0, 1)->cp, 0);
	assert_string_equal(row_text(&canvas, 0, false), "日本x");
	assert_string_equal(row_text(&canvas, 0, true), "????x");
	/* Cut before the half that does not fit. */
	canvas_clear(&canvas);
	assert_int_equal(canvas_text(&canvas, 0, 0, 4, STYLE_NORMAL, "日本x"), 3);
	assert_string_equal(row_text(&canvas, 0, false), "日~");
	/* Overwriting either half leaves no half behind. */
	canvas_clear(&canvas);
	canvas_text(&canvas, 0, 0, -1, STYLE_NORMAL, "日本");
	canvas_text(&canvas, 0, 1, -1, STYLE_NORMAL, "a");
	assert_string_equal(row_text(&canvas, 0, false), " a本");
	canvas_text(&canvas, 0, 2, -1, STYLE_NORMAL, "b");
	assert_string_equal(row_text(&canvas, 0, false), " ab");
	/* Half outside on the left. */
	canvas_clear(&canvas);
	canvas_text(&canvas, 0, -1, -1, STYLE_NORMAL, "日x");
	assert_string_equal(row_text(&canvas, 0, false), " x");
	canvas_release(&canvas);
}

static void hostile_text_is_harmless(void **state)
{
	struct canvas canvas;

	(void)state;
	canvas_init(&canvas, 1, 40);
	assert_int_equal(canvas_text(&canvas, 0, 0, -1, STYLE_NORMAL, "a\033[2Jb\nc\x7f"), 9);
	assert_string_equal(row_text(&canvas, 0, false), "a?[2Jb?c?");
	canvas_clear(&canvas);
	canvas_text(
		&canvas, 0, 0, -1, STYLE_NORMAL, "x\xff\xc0\x80\xe2\x80\xae\xed\xa0\x80y\xf0\x9f");
	assert_string_equal(row_text(&canvas, 0, false), "x???????y??");
	canvas_release(&canvas);
}

static void drawing_outside_does_nothing(void **state)
{
	struct canvas canvas, sub, none;

	(void)state;
	canvas_init(&canvas, 3, 8);
	canvas_text(&canvas, -1, 0, -1, STYLE_NORMAL, "above");
	canvas_text(&canvas, 3, 0, -1, STYLE_NORMAL, "below");
	canvas_text(&canvas, 0, 8, -1, STYLE_NORMAL, "right");
	canvas_text(&canvas, 0, -10, -1, STYLE_NORMAL, "left");
	canvas_fill(&canvas, 1, -3, 5, STYLE_NORMAL, 'x');
	canvas_fill(&canvas, 2, 6, 99, STYLE_NORMAL, 'y');
	canvas_mark(&canvas, 0, -5, 99, STYLE_SELECTED);
	SCREEN(&canvas, 0, "", "xx", "      yy");
	assert_int_equal(at(&canvas, 0, 7)->style, STYLE_SELECTED);
	sub = canvas_sub(&canvas, 1, 5, 9, 9);
	assert_int_equal(sub.rows, 2);
	assert_int_equal(sub.cols, 3);
	canvas_text(&sub, 0, 0, -1, STYLE_NORMAL, "long");
	SCREEN(&canvas, 0, "", "xx   lo~", "      yy");
	none = canvas_sub(&canvas, 9, 9, 3, 3);
	canvas_text(&none, 0, 0, -1, STYLE_NORMAL, "x");
	canvas_release(&canvas);
	canvas_init(&none, -1, 5);
	assert_int_equal(none.rows, 0);
	canvas_text(&none, 0, 0, -1, STYLE_NORMAL, "x");
	canvas_release(&none);
}

static void rows_are_cut_at_whole_characters(void **state)
{
	struct canvas canvas;
	char small[4];

	(void)state;
	canvas_init(&canvas, 1, 4);
	canvas_text(&canvas, 0, 0, -1, STYLE_NORMAL, "a│b");
	assert_string_equal(row_text(&canvas, 0, true), "a|b");
	assert_int_equal(canvas_row_text(&canvas, 0, false, small, sizeof(small)), 1);
	assert_string_equal(small, "a");
	canvas_release(&canvas);
}

static void sparks_and_bars(void **state)
{
	const double point[] = { 0, NAN, 12.5, 50, 100, 300 };
	struct canvas canvas;

	(void)state;
	canvas_init(&canvas, 5, 8);
	spark_draw(&canvas, 0, 0, 8, STYLE_HOST, point, 6, 100);
	spark_draw(&canvas, 1, 0, 3, STYLE_HOST, point, 6, 100);
	bar_draw(&canvas, 2, 0, 4, STYLE_HOST, 50, 100);
	bar_draw(&canvas, 3, 0, 4, STYLE_HOST, 28.2, 100);
	bar_draw(&canvas, 4, 0, 4, STYLE_HOST, NAN, 100);
	SCREEN(&canvas, 0, "  ▁ ▁▄██", "▄██", "██", "█▏", "");
	assert_true(spark_scale(point, 0) == 10);
	assert_true(spark_scale(point, 4) == 50);
	assert_true(spark_scale(point, 5) == 100);
	assert_true(spark_scale(point, 6) == 500);
	canvas_release(&canvas);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_is_cut_and_measured),
		cmocka_unit_test(wide_characters_take_two_cells),
		cmocka_unit_test(hostile_text_is_harmless),
		cmocka_unit_test(drawing_outside_does_nothing),
		cmocka_unit_test(rows_are_cut_at_whole_characters),
		cmocka_unit_test(sparks_and_bars),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
