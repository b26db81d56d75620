// SPDX-License-Identifier: GPL-2.0-or-later
/* Findings over time: grouping, and strips. */
#include "tests/panes/fixture.h"

#include <math.h>

#include "panes/timeline.h"

static struct span span(
	const char *vm, const char *subject, enum severity severity, double begin_s, double end_s)
{
	return (struct span){ .pane = "steal",
		.rule = "steal-wait",
		.vm = vm,
		.vm_key = vm,
		.subject = subject,
		.text = "",
		.severity = severity,
		.begin_s = begin_s,
		.end_s = end_s };
}

static void check_row(const struct canvas *canvas, int row, bool ascii, const char *wanted)
{
	char text[512];

	canvas_row_text(canvas, row, ascii, text, sizeof(text));
	assert_string_equal(text, wanted);
}

static void those_of_one_identity_are_one(void **state)
{
	const struct span list[] = {
		span("a", NULL, SEVERITY_WATCH, 50, 70),
		span("b", NULL, SEVERITY_WARN, 110, 120),
		span("a", "vcpu 1", SEVERITY_WARN, 110, 112),
		span("a", NULL, SEVERITY_CRITICAL, 120, 125),
		span("a", NULL, SEVERITY_CRITICAL, 140, 150),
	};
	struct arena arena = { 0 };
	struct group *group;

	(void)state;
	assert_int_equal(groups_make(list, 5, 60, &arena, &group), 3);
	assert_int_equal(group[0].n, 3);
	assert_ptr_equal(group[0].span[1], &list[3]);
	assert_ptr_equal(group[0].worst, &list[4]); /* as bad as the one before, and longer */
	assert_true(group[0].begin_s == 50 && group[0].end_s == 150);
	assert_true(group[0].total_s == 10 + 5 + 10); /* of the first only what is after 60 */
	assert_string_equal(group[1].worst->vm, "a");
	assert_string_equal(group[1].worst->subject, "vcpu 1");
	assert_int_equal(group[2].n, 1);
	assert_string_equal(group[2].worst->vm, "b");
	assert_int_equal(groups_make(NULL, 0, 60, &arena, &group), 0);
	arena_release(&arena);
}

static void a_summary_shows_the_worst_of_each_moment(void **state)
{
	const struct gap gap = { 141, 189 };
	const struct timeline line = { .from_s = 100, .to_s = 200, .gap = &gap, .n_gap = 1 };
	const struct span list[] = {
		span("a", NULL, SEVERITY_CRITICAL, 120, 121), /* a moment is seen all the same */
		span("b", NULL, SEVERITY_WATCH, 110, 139),
		span("c", NULL, SEVERITY_INFO, 0, 105),	    /* from before */
		span("d", NULL, SEVERITY_WARN, 195, 300),   /* until after */
		span("e", NULL, SEVERITY_CRITICAL, 10, 20), /* neither of these two */
		span("f", NULL, SEVERITY_CRITICAL, 201, 202),
	};
	struct canvas canvas;

	(void)state;
	canvas_init(&canvas, 3, 12);
	timeline_summary(&line, list, 6, NAN, &canvas, 0, 1, 10);
	check_row(&canvas, 0, false, " ░▒█▒─   ─▓");
	check_row(&canvas, 0, true, " :%#%-   -&");
	assert_int_equal(canvas.cell[3].style, STYLE_CRITICAL);
	assert_int_equal(canvas.cell[5].style, STYLE_DIM);
	timeline_summary(&line, list, 6, 120.5, &canvas, 1, 1, 10);
	check_row(&canvas, 1, false, " ░▒▼▒─   ─▓");
	assert_int_equal(canvas.cell[12 + 3].style, STYLE_CRITICAL | STYLE_CURSOR);
	timeline_summary(&line, list, 6, 99, &canvas, 2, 1, 10); /* nowhere on it */
	check_row(&canvas, 2, false, " ░▒█▒─   ─▓");
	canvas_release(&canvas);
}

static void columns_and_moments_agree(void **state)
{
	const struct timeline line = { .from_s = 100, .to_s = 200 };
	const struct timeline moment = { .from_s = 100, .to_s = 100 };

	(void)state;
	for (int col = 0; col < 33; col++)
		assert_int_equal(timeline_col(&line, timeline_time(&line, col, 33), 33), col);
	assert_int_equal(timeline_col(&line, 100, 10), 0);
	assert_int_equal(timeline_col(&line, 200, 10), 9);
	assert_int_equal(timeline_col(&line, 99.9, 10), -1);
	assert_int_equal(timeline_col(&line, 200.1, 10), -1);
	assert_int_equal(timeline_col(&line, NAN, 10), -1);
	assert_int_equal(timeline_col(&line, 150, 0), -1);
	assert_int_equal(timeline_col(&moment, 100, 10), 0);
	assert_true(isnan(timeline_time(&line, 10, 10)) && isnan(timeline_time(&line, -1, 10)));
}

static void rows_have_names_strips_and_an_axis(void **state)
{
	const struct timeline line = { .from_s = 36000, .to_s = 36100, .utc_offset_s = 3600 };
	const struct span list[] = {
		span("web-03", NULL, SEVERITY_CRITICAL, 36010, 36020),
		span("web-03", NULL, SEVERITY_WATCH, 36050, 36070),
		span(NULL, "vcpu 1", SEVERITY_WARN, 36050, 36100),
	};
	struct arena arena = { 0 };
	struct group *group;
	struct canvas canvas;
	size_t n = groups_make(list, 3, 36000, &arena, &group);

	(void)state;
	canvas_init(&canvas, 3, 64);
	assert_int_equal(timeline_draw(&line, group, n, 36055, &canvas), 28);
	check_row(&canvas, 0, false,
		"!! web-03 steal-wait        ───█████──────────▒▒▒▒▒▒▒▒──────────");
	check_row(&canvas, 1, false,
		"!  host   steal-wait vcpu 1 ──────────────────▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓");
	check_row(&canvas, 2, false,
		"                            11:00:00          11:00:50  11:01:40");
	assert_int_equal(canvas.cell[28 + 19].style, STYLE_WATCH | STYLE_CURSOR);
	canvas_release(&canvas);
	arena_release(&arena);
}

static void small_canvases_are_kept_to(void **state)
{
	const struct timeline line = { .from_s = 100, .to_s = 100 };
	const struct span list[] = { span("a", NULL, SEVERITY_WARN, 100, 100),
		span("a name that is long", "a subject that is long", SEVERITY_WARN, 100, 100) };
	struct arena arena = { 0 };
	struct group *group;
	size_t n = groups_make(list, 2, 100, &arena, &group);

	(void)state;
	for (int cols = 0; cols < 60; cols++) {
		struct canvas canvas;

		canvas_init(&canvas, cols % 4, cols);
		timeline_draw(&line, group, n, 100, &canvas);
		timeline_summary(&line, list, 2, 100, &canvas, 0, 0, cols);
		canvas_release(&canvas);
	}
	arena_release(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(those_of_one_identity_are_one),
		cmocka_unit_test(a_summary_shows_the_worst_of_each_moment),
		cmocka_unit_test(columns_and_moments_agree),
		cmocka_unit_test(rows_have_names_strips_and_an_axis),
		cmocka_unit_test(small_canvases_are_kept_to),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
