// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/panes/fixture.h"

#include <stdio.h>

static void format_name(const struct row *row, struct cell_text *out)
{
	snprintf(out->text, sizeof(out->text), "%s", row->vm->name);
}

static void format_wait(const struct row *row, struct cell_text *out)
{
	snprintf(out->text, sizeof(out->text), "%.1f", row->vm->steal.host_wait_pct);
	out->style = STYLE_HOST;
}

static double value_wait(const struct row *row)
{
	return row->vm->steal.host_wait_pct;
}

static void format_dash(const struct row *row, struct cell_text *out)
{
	(void)row;
	strcpy(out->text, "-");
}

static bool note_paused(const struct row *row, struct cell_text *out)
{
	strcpy(out->text, "paused by the user");
	return row->vm->state == VM_PAUSED;
}

static const struct column column[] = {
	{ .key = "vm",
		.heading = "VM",
		.group = COLUMN_NAME,
		.width = 8,
		.left = true,
		.ascending = true,
		.format = format_name },
	{ .key = "wait",
		.heading = "wait",
		.group = COLUMN_HOST,
		.width = 5,
		.priority = 1,
		.format = format_wait,
		.value = value_wait },
	{ .key = "run",
		.heading = "run",
		.group = COLUMN_HOST,
		.width = 4,
		.priority = 3,
		.format = format_dash },
	{ .key = "steal",
		.heading = "steal",
		.group = COLUMN_GUEST,
		.width = 5,
		.priority = 2,
		.format = format_dash },
	{ .key = "gap", .heading = "gap", .group = COLUMN_GAP, .width = 4, .format = format_dash },
};

static const struct table table = {
	.column = column, .n_column = 5, .sort_column = 1, .note = note_paused
};

static struct snapshot *some_vms(void)
{
	struct snapshot *snap = fixture_new(1);

	fixture_vm(snap, "db-1", 2, 1, 5);
	fixture_vm(snap, "web-10", 2, 1, NAN);
	fixture_vm(snap, "web-2", 2, 1, 5);
	fixture_vm(snap, "Web-3", 2, 1, 9);
	fixture_vm(snap, "web-9", 2, 1, NAN);
	return snap;
}

static const char *order(
	const struct snapshot *snap, const char *filter, const struct table_state *state)
{
	static char names[256];
	struct arena arena = { 0 };
	struct row *rows;
	size_t n = table_rows(&table, snap, filter, state, &arena, &rows);

	names[0] = '\0';
	for (size_t i = 0; i < n; i++) {
		strcat(names, i ? " " : "");
		strcat(names, rows[i].vm->name);
	}
	arena_release(&arena);
	return names;
}

static void sorts_with_unknown_last(void **state)
{
	struct snapshot *snap = some_vms();
	struct table_state view = { 0 };

	(void)state;
	table_reset(&table, &view);
	assert_int_equal(view.sort_column, 1);
	assert_string_equal(order(snap, NULL, &view), "Web-3 db-1 web-2 web-9 web-10");
	view.reverse = true;
	assert_string_equal(order(snap, NULL, &view), "db-1 web-2 Web-3 web-9 web-10");
	view = (struct table_state){ .sort_column = 0 };
	assert_string_equal(order(snap, NULL, &view), "Web-3 db-1 web-2 web-9 web-10");
	view.reverse = true;
	assert_string_equal(order(snap, NULL, &view), "web-10 web-9 web-2 db-1 Web-3");
	snapshot_free(snap);
}

static void filters_by_text_or_glob(void **state)
{
	struct snapshot *snap = some_vms();
	struct table_state view = { .sort_column = 0 };

	(void)state;
	assert_string_equal(order(snap, "", &view), "Web-3 db-1 web-2 web-9 web-10");
	assert_string_equal(order(snap, "WEB", &view), "Web-3 web-2 web-9 web-10");
	assert_string_equal(order(snap, "web-?", &view), "Web-3 web-2 web-9");
	assert_string_equal(order(snap, "*-1*", &view), "db-1 web-10");
	assert_string_equal(order(snap, "web-[29]", &view), "web-2 web-9");
	assert_string_equal(order(snap, "-1", &view), "db-1 web-10");
	assert_string_equal(order(snap, "[", &view), "");
	assert_string_equal(order(snap, "nobody", &view), "");
	snapshot_free(snap);
}

static const char *selected_name(const struct snapshot *snap, struct table_state *view)
{
	struct arena arena = { 0 };
	struct row *rows;
	size_t n = table_rows(&table, snap, NULL, view, &arena, &rows);
	const char *name = n ? rows[table_selected(view, rows, n)].vm->name : "";

	arena_release(&arena);
	return name;
}

static void act(const struct snapshot *snap, struct table_state *view, enum action action)
{
	struct arena arena = { 0 };
	struct row *rows;
	size_t n = table_rows(&table, snap, NULL, view, &arena, &rows);

	assert_true(table_act(&table, view, rows, n, action));
	arena_release(&arena);
}

static void selection_stays_with_its_vm(void **state)
{
	struct snapshot *snap = some_vms();
	struct table_state view = { 0 };

	(void)state;
	table_reset(&table, &view);
	assert_string_equal(selected_name(snap, &view), "Web-3");
	act(snap, &view, ACTION_DOWN);
	assert_string_equal(selected_name(snap, &view), "db-1");
	act(snap, &view, ACTION_REVERSE);
	assert_string_equal(selected_name(snap, &view), "db-1");
	act(snap, &view, ACTION_END);
	assert_string_equal(selected_name(snap, &view), "web-10");
	act(snap, &view, ACTION_DOWN);
	assert_string_equal(selected_name(snap, &view), "web-10");
	view.page = 2;
	act(snap, &view, ACTION_PAGE_UP);
	assert_string_equal(selected_name(snap, &view), "Web-3");
	act(snap, &view, ACTION_HOME);
	act(snap, &view, ACTION_UP);
	assert_string_equal(selected_name(snap, &view), "db-1");
	assert_false(table_act(&table, &view, NULL, 0, ACTION_QUIT));
	assert_true(table_act(&table, &view, NULL, 0, ACTION_DOWN));
	assert_int_equal(table_selected(&view, NULL, 0), 0);
	table_release(&view);
	snapshot_free(snap);
}

static void sorting_again_turns_round(void **state)
{
	struct snapshot *snap = some_vms();
	struct table_state view = { 0 };

	(void)state;
	table_reset(&table, &view);
	view.cols = 80;
	act(snap, &view, ACTION_LEFT);
	act(snap, &view, ACTION_LEFT);
	assert_int_equal(view.cursor_column, 0);
	act(snap, &view, ACTION_SORT);
	assert_int_equal(view.sort_column, 0);
	assert_false(view.reverse);
	act(snap, &view, ACTION_SORT);
	assert_true(view.reverse);
	act(snap, &view, ACTION_RIGHT);
	act(snap, &view, ACTION_SORT);
	assert_int_equal(view.sort_column, 1);
	assert_false(view.reverse);
	/* Columns that the screen has not are passed over. */
	view.cols = 31;
	act(snap, &view, ACTION_RIGHT);
	assert_int_equal(view.cursor_column, 3);
	table_release(&view);
	snapshot_free(snap);
}

static void columns_leave_by_priority(void **state)
{
	static const struct {
		int cols, used;
		const char *shown;
	} expected[] = {
		{ 99, 36, "11111" },
		{ 36, 36, "11111" },
		{ 35, 31, "11011" },
		{ 31, 31, "11011" },
		{ 30, 23, "11001" },
		{ 22, 15, "10001" },
		{ 0, 15, "10001" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
		bool shown[5];
		char text[6] = "";

		/* 8 | 5 4 | 5 | 4, three between groups */
		assert_int_equal(table_fit(&table, expected[i].cols, shown), expected[i].used);
		for (size_t k = 0; k < 5; k++)
			text[k] = shown[k] ? '1' : '0';
		assert_string_equal(text, expected[i].shown);
	}
}

static void draw(
	const struct snapshot *snap, struct table_state *view, bool focused, struct canvas *canvas)
{
	struct arena arena = { 0 };
	struct row *rows;
	size_t n = table_rows(&table, snap, NULL, view, &arena, &rows);

	table_draw(&table, view, rows, n, focused, canvas);
	arena_release(&arena);
}

static void draws_groups_and_marks(void **state)
{
	struct snapshot *snap = some_vms();
	struct table_state view = { 0 };
	struct canvas canvas;

	(void)state;
	snap->vm[0].state = VM_PAUSED;
	table_reset(&table, &view);
	canvas_init(&canvas, 12, 38);
	draw(snap, &view, true, &canvas);
	SCREEN(&canvas, 0, "         │ HOST       │ GUEST │ GAP",
		"VM       │ ▼wait  run │ steal │  gap", "Web-3    │   9.0    - │     - │    -",
		"db-1     │ paused by~ │     - │    -", "web-2    │   5.0    - │     - │    -",
		"web-9    │   nan    - │     - │    -", "web-10   │   nan    - │     - │    -", "");
	assert_int_equal(
		canvas.cell[2 * 38 + 11].style, STYLE_NORMAL | STYLE_SELECTED | STYLE_CURSOR);
	assert_int_equal(
		canvas.cell[2 * 38 + 13].style, STYLE_HOST | STYLE_SELECTED | STYLE_CURSOR);
	assert_int_equal(canvas.cell[2 * 38 + 0].style, STYLE_NORMAL | STYLE_SELECTED);
	assert_int_equal(canvas.cell[1 * 38 + 12].style, STYLE_HEADING | STYLE_CURSOR);
	draw(snap, &view, false, &canvas);
	assert_int_equal(canvas.cell[2 * 38 + 13].style, STYLE_HOST | STYLE_SELECTED);
	view.reverse = true;
	draw(snap, &view, false, &canvas);
	SCREEN(&canvas, 1, "VM       │ ▲wait  run │ steal │  gap");
	view.sort_column = 0;
	view.reverse = false;
	draw(snap, &view, false, &canvas);
	SCREEN(&canvas, 1, "VM▲      │  wait  run │ steal │  gap");
	canvas_release(&canvas);
	snapshot_free(snap);
}

static void scrolls_with_the_selection(void **state)
{
	struct snapshot *snap = some_vms();
	struct table_state view = { 0 };
	struct canvas canvas;

	(void)state;
	table_reset(&table, &view);
	canvas_init(&canvas, 3, 16);
	draw(snap, &view, true, &canvas);
	SCREEN(&canvas, 0, "VM       │  gap", "Web-3    │    -", "db-1     │    -");
	assert_int_equal(view.page, 2);
	assert_int_equal(view.cursor_column, 0);
	act(snap, &view, ACTION_END);
	draw(snap, &view, true, &canvas);
	SCREEN(&canvas, 0, "VM       │  gap", "web-9    │    -", "web-10   │    -");
	act(snap, &view, ACTION_UP);
	draw(snap, &view, true, &canvas);
	SCREEN(&canvas, 1, "web-9    │    -");
	act(snap, &view, ACTION_UP);
	draw(snap, &view, true, &canvas);
	SCREEN(&canvas, 1, "web-2    │    -");
	canvas_release(&canvas);
	canvas_init(&canvas, 1, 1);
	draw(snap, &view, true, &canvas);
	SCREEN(&canvas, 0, "~");
	table_release(&view);
	canvas_release(&canvas);
	snapshot_free(snap);
}

static void names_take_the_room_that_is_left(void **state)
{
	struct snapshot *snap = fixture_new(1);
	struct table_state view = { 0 };
	struct canvas canvas;

	(void)state;
	fixture_vm(snap, "a-name-of-22-character", 2, 1, 5);
	table_reset(&table, &view);
	canvas_init(&canvas, 2, 46);
	draw(snap, &view, false, &canvas);
	SCREEN(&canvas, 0, "VM                 │ ▼wait  run │ steal │  gap",
		"a-name-of-22-char~ │   5.0    - │     - │    -");
	canvas_release(&canvas);
	snapshot_free(snap);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sorts_with_unknown_last),
		cmocka_unit_test(filters_by_text_or_glob),
		cmocka_unit_test(selection_stays_with_its_vm),
		cmocka_unit_test(sorting_again_turns_round),
		cmocka_unit_test(columns_leave_by_priority),
		cmocka_unit_test(draws_groups_and_marks),
		cmocka_unit_test(scrolls_with_the_selection),
		cmocka_unit_test(names_take_the_room_that_is_left),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
