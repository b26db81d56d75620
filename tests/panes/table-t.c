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
	const char *name = n ? rows[table_selected(&table, view, rows, n)].vm->name : "";

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
	assert_int_equal(table_selected(&table, &view, NULL, 0), 0);
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

static void draw(const struct snapshot *snap, struct table_state *view, unsigned flags,
	struct canvas *canvas)
{
	struct arena arena = { 0 };
	struct row *rows;
	size_t n = table_rows(&table, snap, NULL, view, &arena, &rows);

	table_draw(&table, view, rows, n, flags, canvas);
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
	draw(snap, &view, TABLE_FOCUSED, &canvas);
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
	draw(snap, &view, 0, &canvas);
	assert_int_equal(canvas.cell[2 * 38 + 13].style, STYLE_HOST | STYLE_SELECTED);
	view.reverse = true;
	draw(snap, &view, 0, &canvas);
	SCREEN(&canvas, 1, "VM       │ ▲wait  run │ steal │  gap");
	view.sort_column = 0;
	view.reverse = false;
	draw(snap, &view, 0, &canvas);
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
	draw(snap, &view, TABLE_FOCUSED, &canvas);
	SCREEN(&canvas, 0, "VM       │  gap", "Web-3    │    -", "db-1     │    -");
	assert_int_equal(view.page, 2);
	assert_int_equal(view.cursor_column, 0);
	act(snap, &view, ACTION_END);
	draw(snap, &view, TABLE_FOCUSED, &canvas);
	SCREEN(&canvas, 0, "VM       │  gap", "web-9    │    -", "web-10   │    -");
	act(snap, &view, ACTION_UP);
	draw(snap, &view, TABLE_FOCUSED, &canvas);
	SCREEN(&canvas, 1, "web-9    │    -");
	act(snap, &view, ACTION_UP);
	draw(snap, &view, TABLE_FOCUSED, &canvas);
	SCREEN(&canvas, 1, "web-2    │    -");
	canvas_release(&canvas);
	canvas_init(&canvas, 1, 1);
	draw(snap, &view, TABLE_FOCUSED, &canvas);
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
	draw(snap, &view, 0, &canvas);
	SCREEN(&canvas, 0, "VM                 │ ▼wait  run │ steal │  gap",
		"a-name-of-22-char~ │   5.0    - │     - │    -");
	canvas_release(&canvas);
	snapshot_free(snap);
}

/* A table of several rows a VM: its NICs. */
struct port {
	const char *vm, *name;
	double drop;
};

static struct port port[] = {
	{ "db-1", "eth0", 1 },
	{ "db-1", "eth1", 8 },
	{ "db-1", "eth2", NAN },
	{ "web-2", "eth0", 8 },
	{ "web-2", "eth1", 3 },
	{ "Web-3", "eth0", 5 },
};

static size_t ports(const struct vm *vm, struct row *out, size_t max)
{
	size_t n = 0;

	for (size_t i = 0; i < sizeof(port) / sizeof(port[0]) && n < max; i++)
		if (port[i].name && !strcmp(port[i].vm, vm->name))
			out[n++] = (struct row){ vm, &port[i] };
	return n;
}

static const char *port_name(const struct row *row)
{
	return ((const struct port *)row->item)->name;
}

static double port_drop(const struct row *row)
{
	return ((const struct port *)row->item)->drop;
}

static void format_port(const struct row *row, struct cell_text *out)
{
	snprintf(out->text, sizeof(out->text), "%s", port_name(row));
}

/* By how much it drops: none, some, many. */
static void format_drop(const struct row *row, struct cell_text *out)
{
	double drop = port_drop(row);

	snprintf(out->text, sizeof(out->text), "%.0f", drop);
	out->style = drop > 7 ? STYLE_CRITICAL : drop > 4 ? STYLE_WATCH : STYLE_HOST;
}

static void format_gap(const struct row *row, struct cell_text *out)
{
	strcpy(out->text, "gap");
	out->style = port_drop(row) > 2 ? STYLE_GAP : STYLE_DIM;
}

static const struct column port_column[] = {
	{ .heading = "VM", .width = 6, .left = true, .ascending = true, .format = format_name },
	{ .heading = "NIC", .width = 4, .left = true, .ascending = true, .format = format_port },
	{ .heading = "drop",
		.group = COLUMN_HOST,
		.width = 5,
		.format = format_drop,
		.value = port_drop },
	{ .heading = "gap", .group = COLUMN_GAP, .width = 3, .format = format_gap },
};

static const struct table port_table = { .column = port_column,
	.n_column = 4,
	.sort_column = 2,
	.rows = ports,
	.item_name = port_name,
	.nothing = "no VM has a port" };

/* "VM port" of every row, the selected one in brackets. */
static const char *port_rows(const struct snapshot *snap, const struct table_state *view)
{
	static char text[512];
	struct arena arena = { 0 };
	struct row *rows;
	size_t n = table_rows(&port_table, snap, NULL, view, &arena, &rows);
	size_t selected = table_selected(&port_table, view, rows, n);

	text[0] = '\0';
	for (size_t i = 0; i < n; i++)
		sprintf(text + strlen(text), i == selected ? "%s[%s %s]" : "%s%s %s", i ? " " : "",
			rows[i].vm->name, port_name(&rows[i]));
	arena_release(&arena);
	return text;
}

static void act_on_ports(const struct snapshot *snap, struct table_state *view, enum action action)
{
	struct arena arena = { 0 };
	struct row *rows;
	size_t n = table_rows(&port_table, snap, NULL, view, &arena, &rows);

	assert_true(table_act(&port_table, view, rows, n, action));
	arena_release(&arena);
}

static void selection_is_of_one_row(void **state)
{
	struct snapshot *snap = some_vms();
	struct table_state view = { 0 };

	(void)state;
	table_reset(&port_table, &view);
	/* Equal ones by name, and those of one VM in its own order; unknown last. */
	assert_string_equal(port_rows(snap, &view),
		"[db-1 eth1] web-2 eth0 Web-3 eth0 web-2 eth1 db-1 eth0 db-1 eth2");
	act_on_ports(snap, &view, ACTION_DOWN);
	act_on_ports(snap, &view, ACTION_DOWN);
	act_on_ports(snap, &view, ACTION_DOWN);
	assert_string_equal(port_rows(snap, &view),
		"db-1 eth1 web-2 eth0 Web-3 eth0 [web-2 eth1] db-1 eth0 db-1 eth2");
	act_on_ports(snap, &view, ACTION_DOWN);
	act_on_ports(snap, &view, ACTION_DOWN);
	act_on_ports(snap, &view, ACTION_UP);
	assert_string_equal(port_rows(snap, &view),
		"db-1 eth1 web-2 eth0 Web-3 eth0 web-2 eth1 [db-1 eth0] db-1 eth2");
	/* It stays with its row, however rows are sorted. */
	view.sort_column = 0;
	assert_string_equal(port_rows(snap, &view),
		"Web-3 eth0 [db-1 eth0] db-1 eth1 db-1 eth2 web-2 eth0 web-2 eth1");
	act_on_ports(snap, &view, ACTION_REVERSE);
	assert_string_equal(port_rows(snap, &view),
		"web-2 eth0 web-2 eth1 [db-1 eth0] db-1 eth1 db-1 eth2 Web-3 eth0");
	view.page = 2;
	act_on_ports(snap, &view, ACTION_PAGE_DOWN);
	assert_string_equal(port_rows(snap, &view),
		"web-2 eth0 web-2 eth1 db-1 eth0 db-1 eth1 [db-1 eth2] Web-3 eth0");
	act_on_ports(snap, &view, ACTION_END);
	act_on_ports(snap, &view, ACTION_PAGE_UP);
	assert_string_equal(port_rows(snap, &view),
		"web-2 eth0 web-2 eth1 db-1 eth0 [db-1 eth1] db-1 eth2 Web-3 eth0");
	table_release(&view);
	snapshot_free(snap);
}

static const char *no_name(const struct row *row)
{
	(void)row;
	return NULL;
}

/* A recording may hold several rows of a VM that have one name, or none: there is a way past. */
static void rows_that_are_alike_do_not_hold_it(void **state)
{
	struct snapshot *snap = some_vms();
	struct table alike = port_table;
	struct table_state view = { 0 };
	struct arena arena = { 0 };
	struct row *rows;
	size_t n;

	(void)state;
	alike.item_name = no_name;
	table_reset(&alike, &view);
	view.sort_column = 0;
	n = table_rows(&alike, snap, NULL, &view, &arena, &rows);
	assert_int_equal(n, 6);
	for (size_t i = 0; i < n && table_selected(&alike, &view, rows, n) < 4; i++)
		assert_true(table_act(&alike, &view, rows, n, ACTION_DOWN));
	assert_int_equal(table_selected(&alike, &view, rows, n), 4);
	assert_true(table_act(&alike, &view, rows, n, ACTION_UP));
	assert_int_equal(table_selected(&alike, &view, rows, n), 1);
	arena_release(&arena);
	table_release(&view);
	snapshot_free(snap);
}

static void selection_outlives_its_row(void **state)
{
	struct snapshot *snap = some_vms();
	struct table_state view = { 0 };

	(void)state;
	table_reset(&port_table, &view);
	act_on_ports(snap, &view, ACTION_END);
	act_on_ports(snap, &view, ACTION_UP);
	port[0].name = NULL;
	assert_string_equal(
		port_rows(snap, &view), "[db-1 eth1] web-2 eth0 Web-3 eth0 web-2 eth1 db-1 eth2");
	port[1].name = NULL;
	assert_string_equal(port_rows(snap, &view), "web-2 eth0 Web-3 eth0 web-2 eth1 [db-1 eth2]");
	port[2].name = NULL;
	assert_string_equal(port_rows(snap, &view), "[web-2 eth0] Web-3 eth0 web-2 eth1");
	port[0].name = "eth0";
	port[1].name = "eth1";
	port[2].name = "eth2";
	assert_string_equal(port_rows(snap, &view),
		"db-1 eth1 web-2 eth0 Web-3 eth0 web-2 eth1 [db-1 eth0] db-1 eth2");
	table_release(&view);
	snapshot_free(snap);
}

static void following_keeps_the_row_of_the_vm(void **state)
{
	struct snapshot *snap = some_vms();
	struct table_state view = { 0 };

	(void)state;
	table_reset(&port_table, &view);
	act_on_ports(snap, &view, ACTION_END);
	table_follow(&view, "key-db-1");
	assert_string_equal(port_rows(snap, &view),
		"db-1 eth1 web-2 eth0 Web-3 eth0 web-2 eth1 db-1 eth0 [db-1 eth2]");
	table_follow(&view, "key-web-2");
	assert_string_equal(port_rows(snap, &view),
		"db-1 eth1 [web-2 eth0] Web-3 eth0 web-2 eth1 db-1 eth0 db-1 eth2");
	table_follow(&view, "key-web-9"); /* has none */
	assert_string_equal(port_rows(snap, &view),
		"[db-1 eth1] web-2 eth0 Web-3 eth0 web-2 eth1 db-1 eth0 db-1 eth2");
	table_follow(&view, NULL);
	assert_null(view.selected);
	table_release(&view);
	snapshot_free(snap);
}

static void rows_are_found_by_name(void **state)
{
	struct snapshot *snap = some_vms();
	const struct vm *db = &snap->vm[0];
	struct row row = { 0 };

	(void)state;
	assert_true(table_find(&port_table, db, "eth2", &row));
	assert_ptr_equal(row.item, &port[2]);
	assert_false(table_find(&port_table, db, "eth3", &row));
	assert_false(table_find(&port_table, db, NULL, &row));
	assert_true(table_find(&table, db, NULL, &row));
	assert_ptr_equal(row.vm, db);
	assert_int_equal(table_vms(snap, ""), 5);
	assert_int_equal(table_vms(snap, "web"), 4);
	snapshot_free(snap);
}

static void draw_ports(const struct snapshot *snap, struct table_state *view, unsigned flags,
	struct canvas *canvas)
{
	struct arena arena = { 0 };
	struct row *rows;
	size_t n = table_rows(&port_table, snap, NULL, view, &arena, &rows);

	table_draw(&port_table, view, rows, n, flags, canvas);
	arena_release(&arena);
}

static uint8_t style_at(const struct canvas *canvas, int row, int col)
{
	return canvas->cell[row * canvas->stride + col].style;
}

static void the_worst_cell_is_lit(void **state)
{
	struct snapshot *snap = some_vms();
	struct table_state view = { 0 };
	struct canvas canvas;

	(void)state;
	table_reset(&port_table, &view);
	canvas_init(&canvas, 7, 26);
	draw_ports(snap, &view, TABLE_LIT, &canvas);
	SCREEN(&canvas, 0, "VM     NIC  │ ▼drop │ gap", "db-1   eth1 │     8 │ gap",
		"web-2  eth0 │     8 │ gap", "Web-3  eth0 │     5 │ gap",
		"web-2  eth1 │     3 │ gap", "db-1   eth0 │     1 │ gap",
		"db-1   eth2 │   nan │ gap");
	/* A number above its threshold goes before the gap; only its text is marked. */
	assert_int_equal(style_at(&canvas, 2, 18), STYLE_CRITICAL | STYLE_LIT);
	assert_int_equal(style_at(&canvas, 2, 17), STYLE_NORMAL);
	assert_int_equal(style_at(&canvas, 2, 22), STYLE_GAP);
	assert_int_equal(style_at(&canvas, 3, 18), STYLE_WATCH | STYLE_LIT);
	assert_int_equal(style_at(&canvas, 4, 18), STYLE_HOST);
	assert_int_equal(style_at(&canvas, 4, 22), STYLE_GAP | STYLE_LIT);
	/* Where nothing is bad nothing is lit. */
	for (int col = 0; col < canvas.cols; col++) {
		assert_false(style_at(&canvas, 5, col) & STYLE_LIT);
		assert_false(style_at(&canvas, 6, col) & STYLE_LIT);
	}
	/* The selected row's, too. */
	assert_int_equal(style_at(&canvas, 1, 18), STYLE_CRITICAL | STYLE_LIT | STYLE_SELECTED);
	draw_ports(snap, &view, 0, &canvas);
	assert_int_equal(style_at(&canvas, 2, 18), STYLE_CRITICAL);
	canvas_release(&canvas);
	table_release(&view);
	snapshot_free(snap);
}

static void a_table_that_follows(void **state)
{
	struct snapshot *snap = some_vms();
	struct table_state view = { .top = 3 };
	struct canvas canvas;

	(void)state;
	view.sort_column = 2;
	table_follow(&view, "key-db-1");
	/* All rows of the VM, and the first rows of the table. */
	canvas_init(&canvas, 7, 26);
	draw_ports(snap, &view, TABLE_FOLLOWS, &canvas);
	assert_int_equal(style_at(&canvas, 1, 0), STYLE_NORMAL | STYLE_SELECTED);
	assert_int_equal(style_at(&canvas, 2, 0), STYLE_NORMAL);
	assert_int_equal(style_at(&canvas, 5, 0), STYLE_NORMAL | STYLE_SELECTED);
	assert_int_equal(style_at(&canvas, 6, 0), STYLE_NORMAL | STYLE_SELECTED);
	canvas_release(&canvas);
	/* What is below them has the last line. */
	canvas_init(&canvas, 4, 26);
	table_follow(&view, "key-Web-3");
	draw_ports(snap, &view, TABLE_FOLLOWS, &canvas);
	SCREEN(&canvas, 1, "db-1   eth1 │     8 │ gap", "web-2  eth0 │     8 │ gap",
		"Web-3  eth0 │     5 │ gap");
	assert_int_equal(style_at(&canvas, 3, 0), STYLE_NORMAL | STYLE_SELECTED);
	canvas_release(&canvas);
	canvas_init(&canvas, 3, 26);
	draw_ports(snap, &view, TABLE_FOLLOWS, &canvas);
	SCREEN(&canvas, 1, "db-1   eth1 │     8 │ gap", "Web-3  eth0 │     5 │ gap");
	assert_int_equal(style_at(&canvas, 2, 0), STYLE_NORMAL | STYLE_SELECTED);
	/* And a VM that has no row here is none of them. */
	table_follow(&view, "key-web-9");
	draw_ports(snap, &view, TABLE_FOLLOWS, &canvas);
	SCREEN(&canvas, 1, "db-1   eth1 │     8 │ gap", "web-2  eth0 │     8 │ gap");
	assert_int_equal(style_at(&canvas, 1, 0), STYLE_NORMAL);
	assert_int_equal(style_at(&canvas, 2, 0), STYLE_NORMAL);
	canvas_release(&canvas);
	table_release(&view);
	snapshot_free(snap);
}

static void a_table_that_follows_tells_where(void **state)
{
	struct snapshot *snap = fixture_new(1);
	struct table_state view = { 0 };
	struct canvas canvas;

	(void)state;
	for (int i = 0; i < 20; i++)
		fixture_vm(snap, arena_printf(&snap->arena, "vm-%02d", i), 1, 1, 50 - i);
	table_reset(&table, &view);
	table_follow(&view, "key-vm-17");
	canvas_init(&canvas, 12, 38);
	draw(snap, &view, TABLE_FOLLOWS, &canvas);
	SCREEN(&canvas, 0, "1-9,18/~ │ HOST       │ GUEST │ GAP");
	SCREEN(&canvas, 10, "vm-08    │  42.0    - │     - │    -",
		"vm-17    │  33.0    - │     - │    -");
	draw(snap, &view, 0, &canvas);
	SCREEN(&canvas, 0, "9-18/20  │ HOST       │ GUEST │ GAP");
	canvas_release(&canvas);
	table_release(&view);
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
		cmocka_unit_test(selection_is_of_one_row),
		cmocka_unit_test(rows_that_are_alike_do_not_hold_it),
		cmocka_unit_test(selection_outlives_its_row),
		cmocka_unit_test(following_keeps_the_row_of_the_vm),
		cmocka_unit_test(rows_are_found_by_name),
		cmocka_unit_test(the_worst_cell_is_lit),
		cmocka_unit_test(a_table_that_follows),
		cmocka_unit_test(a_table_that_follows_tells_where),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
