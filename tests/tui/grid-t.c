// SPDX-License-Identifier: GPL-2.0-or-later
/* The console without its terminal, with panes of this test's choice: the grid of them. */
#include "tests/panes/fixture.h"

#include <stdio.h>

#include "tui/app.h"

/* Panes: those of the program, marked as it suits the test, and one of several rows a VM. */
extern const struct pane pane_steal, pane_numa, pane_memory, pane_pinning, pane_thp;

enum { STEAL, NUMA, PORTS, MEMORY, THP, PANES };

static struct pane steal, numa, ports, memory, thp;
const struct pane *const panes[] = { &steal, &numa, &ports, &memory, &thp, NULL };

const struct pane *pane_by_name(const char *name)
{
	return name ? &steal : NULL;
}

const struct explanation *pane_explanation(const char *rule)
{
	(void)rule;
	return NULL;
}

void panes_judge(struct snapshot *snap, struct judge *judge)
{
	judge_begin(judge, snap);
	judge_end(judge);
}

/* web-03 has two ports, unless one is pulled; db-01 has one; nobody else has any. */
static const char *const port_names[] = { "eth0", "eth1" };
static bool pulled;

static size_t port_rows(const struct vm *vm, struct row *out, size_t max)
{
	size_t n = !strcmp(vm->name, "web-03") ? 2 - pulled : !strcmp(vm->name, "db-01"), i;

	for (i = 0; i < n && i < max; i++)
		out[i] = (struct row){ vm, &port_names[i] };
	return i;
}

static const char *port_name(const struct row *row)
{
	return *(const char *const *)row->item;
}

static void format_vm(const struct row *row, struct cell_text *out)
{
	snprintf(out->text, sizeof(out->text), "%s", row->vm->name);
}

static void format_port(const struct row *row, struct cell_text *out)
{
	snprintf(out->text, sizeof(out->text), "%s", port_name(row));
}

static const struct column port_column[] = {
	{ .key = "vm",
		.heading = "VM",
		.unit = "",
		.width = 12,
		.left = true,
		.ascending = true,
		.help = "The VM.",
		.origin = "this test",
		.source = "libvirt",
		.format = format_vm },
	{ .key = "port",
		.heading = "port",
		.unit = "",
		.width = 8,
		.left = true,
		.help = "The port.",
		.origin = "this test",
		.source = "libvirt",
		.format = format_port },
};

static const struct table port_table = { .column = port_column,
	.n_column = 2,
	.rows = port_rows,
	.item_name = port_name,
	.nothing = "no VM has a port" };

static struct opinion no_opinion(const struct row *row)
{
	(void)row;
	return (struct opinion){ VERDICT_UNKNOWN, NULL };
}

static void mark_panes(unsigned in_grid)
{
	steal = pane_steal;
	numa = pane_numa;
	memory = pane_memory;
	thp = pane_thp;
	ports = (struct pane){ .name = "ports",
		.title = "ports",
		.select = ACTION_PANE_3,
		.summary = "Ports.",
		.table = &port_table,
		.explanation = pane_steal.explanation,
		.opinion = no_opinion };
	memory.select = ACTION_PANE_4;
	steal.in_grid = in_grid > 0;
	numa.in_grid = in_grid > 1;
	ports.in_grid = in_grid > 2;
	memory.in_grid = in_grid > 3;
}

/* Where snapshots come from: here. */
struct feed {
	struct snapshot *next;
};

struct snapshot *feed_take(struct feed *feed)
{
	struct snapshot *snap = feed->next;

	feed->next = NULL;
	return snap;
}

void feed_give_back(struct feed *feed, struct snapshot *snap)
{
	(void)feed;
	snapshot_free(snap);
}

bool feed_ended(struct feed *feed, struct err *err)
{
	(void)feed;
	(void)err;
	return false;
}

bool feed_is_replay(const struct feed *feed)
{
	(void)feed;
	return true;
}

struct tape *feed_tape(const struct feed *feed)
{
	(void)feed;
	return NULL;
}

int feed_fd(const struct feed *feed)
{
	(void)feed;
	return -1;
}

bool feed_is_anonymous(const struct feed *feed)
{
	(void)feed;
	return false;
}

void feed_anonymize(struct feed *feed, struct snapshot *snap)
{
	(void)feed;
	(void)snap;
}

void feed_abandon(struct feed *feed)
{
	(void)feed;
}

void feed_set_interval(struct feed *feed, unsigned interval_ms)
{
	(void)feed;
	(void)interval_ms;
}

void feed_ask_guests(struct feed *feed, bool ask)
{
	(void)feed;
	(void)ask;
}

void feed_focus(struct feed *feed, pid_t pid, bool has_exits)
{
	(void)feed;
	(void)pid;
	(void)has_exits;
}

void feed_pause(struct feed *feed, bool paused)
{
	(void)feed;
	(void)paused;
}

void feed_refresh(struct feed *feed)
{
	(void)feed;
}

/* The console, and what it drew. */
static struct feed feed;
static struct keymap *keymap;
static struct app app;
static struct canvas canvas;
static double time_s;

static void report(void *arg, const char *sentence)
{
	(void)arg;
	fail_msg("%s", sentence);
}

static void draw(int rows, int cols)
{
	int row, col;

	canvas_release(&canvas);
	canvas_init(&canvas, rows, cols);
	app_draw(&app, &canvas, &row, &col);
}

static void take(void)
{
	feed.next = fixture_incident(time_s++);
	app_take(&app);
}

static void begin(unsigned in_grid, const struct pane *pane)
{
	const struct options options = { .pane = pane ? pane : &steal,
		.pane_given = pane != NULL,
		.sort_column = -1,
		.interval_ms = 1000 };

	mark_panes(in_grid);
	time_s = 1795215148;
	keymap = keymap_new();
	keymap_set_places(keymap, app_places());
	keymap_load_text(keymap, keymap_builtin("default"), "default", report, NULL);
	app_init(&app, &(struct session){ .options = &options, .feed = &feed }, keymap);
	take();
	draw(50, 160);
}

static void end(void)
{
	app_release(&app);
	keymap_free(keymap);
	canvas_release(&canvas);
}

static void press(const char *keys, int rows, int cols)
{
	char text[256], *key, *rest = text;

	snprintf(text, sizeof(text), "%s", keys);
	while ((key = strsep(&rest, " ")))
		app_key(&app, key_parse(key));
	draw(rows, cols);
}

/* On the home size of the grid, where there is time to look at it. */
static void type(const char *keys)
{
	press(keys, 50, 160);
}

static const char *text_at(int row, int col, int cols)
{
	static char text[1024];
	const struct canvas part = canvas_sub(&canvas, row, col, 1, cols);

	canvas_row_text(&part, 0, false, text, sizeof(text));
	return text;
}

static bool shows(const char *words)
{
	for (int row = 0; row < canvas.rows; row++)
		if (strstr(text_at(row, 0, canvas.cols), words))
			return true;
	return false;
}

/* What is selected in a part of the screen: the first words of its rows. */
static const char *selected_in(int row, int col, int rows)
{
	static char text[256];

	text[0] = '\0';
	for (int i = row; i < row + rows; i++) {
		const struct cell *cell = &canvas.cell[i * canvas.cols + col];

		if (cell->style & STYLE_SELECTED) {
			strcat(text, *text ? " " : "");
			strcat(text, text_at(i, col, 12));
		}
	}
	return text;
}

enum { LEFT = 0, RIGHT = 81, TOP = 6, BOTTOM = 28, HEIGHT = 21 };

static void assert_titles(const char *a, const char *b, const char *c, const char *d)
{
	assert_string_equal(text_at(TOP, LEFT, 12), a);
	assert_string_equal(text_at(TOP, RIGHT, 12), b);
	assert_string_equal(text_at(BOTTOM, LEFT, 12), c);
	assert_string_equal(text_at(BOTTOM, RIGHT, 12), d);
}

static void assert_selected(const char *a, const char *b, const char *c, const char *d)
{
	assert_string_equal(selected_in(TOP, LEFT, HEIGHT), a);
	assert_string_equal(selected_in(TOP, RIGHT, HEIGHT), b);
	assert_string_equal(selected_in(BOTTOM, LEFT, HEIGHT), c);
	assert_string_equal(selected_in(BOTTOM, RIGHT, HEIGHT), d);
}

static void four_panes(void **state)
{
	(void)state;
	begin(4, NULL);
	assert_titles("▶ 1 steal ──", "─ 2 numa ───", "─ 3 ports ──", "─ 4 memory ─");
	assert_string_equal(text_at(TOP, 78, 3), "─┬");
	assert_string_equal(text_at(BOTTOM, 78, 3), "─┼");
	assert_true(shows("VM▲          port"));
	assert_true(shows("z this pane alone"));
	end();
}

static void fewer_panes(void **state)
{
	(void)state;
	begin(3, NULL);
	assert_titles("▶ 1 steal ──", "─ 2 numa ───", "─ 3 ports ──", "────────────");
	end();
	begin(2, NULL);
	assert_titles("▶ 1 steal ──", "────────────", "─ 2 numa ───", "────────────");
	end();
	/* One is shown as ever, with the VM beside it. */
	begin(1, NULL);
	assert_false(shows("▶"));
	assert_true(shows("delivered"));
	type("z");
	assert_true(shows("there is no grid"));
	type("Esc");
	assert_false(shows("there is no grid"));
	end();
}

/* Rows of the canvas in one text, to compare. */
static char *whole_screen(void)
{
	char *text = calloc((size_t)canvas.rows, 1024);

	for (int row = 0; row < canvas.rows; row++)
		strcat(strcat(text, text_at(row, 0, canvas.cols)), "\n");
	return text;
}

static void small_screens_know_no_grid(void **state)
{
	static const int size[][2] = { { 24, 80 }, { 47, 200 }, { 50, 159 }, { 60, 100 } };

	(void)state;
	for (size_t i = 0; i < sizeof(size) / sizeof(size[0]); i++) {
		char *with, *without;

		begin(4, NULL);
		draw(size[i][0], size[i][1]);
		with = whole_screen();
		press("z", size[i][0], size[i][1]);
		assert_true(shows("the grid of panes takes a larger screen"));
		press("4 Esc", size[i][0], size[i][1]);
		assert_true(app.pane == MEMORY && !app.zoom);
		end();
		begin(0, NULL);
		draw(size[i][0], size[i][1]);
		without = whole_screen();
		assert_string_equal(with, without);
		free(with);
		free(without);
		end();
	}
}

static void keys_go_from_pane_to_pane(void **state)
{
	(void)state;
	begin(4, NULL);
	type("Tab");
	assert_titles("─ 1 steal ──", "▶ 2 numa ───", "─ 3 ports ──", "─ 4 memory ─");
	type("Tab Tab");
	assert_int_equal(app.pane, MEMORY);
	type("Tab"); /* not on to panes that are not there */
	assert_int_equal(app.pane, STEAL);
	type("BackTab");
	assert_titles("─ 1 steal ──", "─ 2 numa ───", "─ 3 ports ──", "▶ 4 memory ─");
	type("2");
	assert_int_equal(app.pane, NUMA);
	assert_true(shows("─ 1 steal ──"));
	/* The keys of a pane are those of the one that has them: it is sorted, the others are not.
	 */
	type("Left r");
	assert_true(app.table[NUMA].reverse);
	assert_false(app.table[STEAL].reverse);
	end();
}

static void other_panes_stand_alone(void **state)
{
	(void)state;
	begin(4, NULL);
	type("2 7");
	assert_int_equal(app.pane, THP);
	assert_true(shows("delivered"));
	assert_true(shows("z all main panes"));
	type("Esc");
	assert_titles("─ 1 steal ──", "▶ 2 numa ───", "─ 3 ports ──", "─ 4 memory ─");
	type("7 z");
	assert_int_equal(app.pane, NUMA);
	type("7 1");
	assert_titles("▶ 1 steal ──", "─ 2 numa ───", "─ 3 ports ──", "─ 4 memory ─");
	end();
}

static void zoom_and_back(void **state)
{
	(void)state;
	begin(4, NULL);
	type("2 z");
	assert_false(shows("─ 1 steal"));
	assert_true(shows("delivered"));
	type("Tab"); /* alone, one pane comes after the other */
	assert_int_equal(app.pane, PORTS);
	assert_true(app.zoom);
	type("z");
	assert_titles("─ 1 steal ──", "─ 2 numa ───", "▶ 3 ports ──", "─ 4 memory ─");
	type("z Esc");
	assert_titles("─ 1 steal ──", "─ 2 numa ───", "▶ 3 ports ──", "─ 4 memory ─");
	/* Esc goes back one step at a time: page, findings, filter, zoom. */
	type("z / w e b Enter Enter");
	assert_int_equal(app.open.kind, PAGE_VM);
	type("Esc");
	assert_int_equal(app.open.kind, PAGE_NONE);
	type("Esc");
	assert_string_equal(app.filter.text, "");
	assert_true(app.zoom);
	type("Esc");
	assert_false(app.zoom);
	type("Esc");
	assert_false(app.zoom);
	end();
}

static void a_pane_that_was_asked_for_stands_alone(void **state)
{
	(void)state;
	begin(4, &numa);
	assert_true(shows("delivered"));
	type("z");
	assert_titles("─ 1 steal ──", "▶ 2 numa ───", "─ 3 ports ──", "─ 4 memory ─");
	end();
}

static void one_selection_for_all(void **state)
{
	(void)state;
	begin(4, NULL);
	/* Before one is chosen it is the first of the pane that has the keys. */
	assert_selected("emu-arm", "emu-arm", "", "emu-arm");
	type("Tab");
	assert_selected("emu-arm", "emu-arm", "", "emu-arm");
	type("1 Down");
	assert_selected("web-03", "web-03", "web-03 web-03", "web-03");
	type("End");
	assert_selected("quiet", "quiet", "", "quiet");
	end();
}

static void rows_of_their_own(void **state)
{
	(void)state;
	begin(4, NULL);
	type("Home Down 3"); /* web-03's first port */
	assert_selected("web-03", "web-03", "web-03", "web-03");
	type("Down");
	assert_selected("web-03", "web-03", "web-03", "web-03");
	assert_string_equal(app.table[PORTS].selected_item, "eth1");
	/* Another pane and back: still the second. */
	type("1 3");
	assert_string_equal(app.table[PORTS].selected_item, "eth1");
	/* Another VM and back: its first. */
	type("1 Down");
	assert_string_equal(app.table[STEAL].selected, "key-unasked");
	type("Up 3");
	assert_string_equal(app.table[PORTS].selected, "key-web-03");
	assert_null(app.table[PORTS].selected_item);
	end();
}

/* A pane that has no row of the VM does not change which one it is. */
static void a_pane_without_the_vm(void **state)
{
	(void)state;
	begin(4, NULL);
	do
		type("Down");
	while (strcmp(app.table[STEAL].selected, "key-cache-2"));
	assert_selected("cache-2", "cache-2", "", "cache-2");
	type("3");
	assert_selected("cache-2", "cache-2", "db-01", "cache-2");
	type("1");
	assert_selected("cache-2", "cache-2", "", "cache-2");
	type("3 Down");
	assert_selected("web-03", "web-03", "web-03", "web-03");
	end();
}

static void a_port_that_is_pulled(void **state)
{
	(void)state;
	begin(4, NULL);
	type("Home Down 3 Down ?");
	assert_int_equal(app.open.kind, PAGE_CELL);
	assert_true(shows("web-03 eth1"));
	pulled = true;
	take();
	draw(50, 160);
	assert_true(shows("has ended; this is its last state"));
	type("Esc");
	assert_selected("web-03", "web-03", "web-03", "web-03");
	type("Enter");
	assert_int_equal(app.open.kind, PAGE_VM);
	pulled = false;
	end();
}

static void the_filter_is_for_all(void **state)
{
	(void)state;
	begin(4, NULL);
	type("/ c a c h e Enter");
	assert_true(shows("filter 1/8 cache"));
	assert_selected("cache-2", "cache-2", "", "cache-2");
	assert_false(shows("no VM has a port"));
	assert_true(shows("nothing to show"));
	/* Why there is nothing is told by the pane that has the keys. */
	type("3");
	assert_true(shows("no VM has a port"));
	type("/ x x Enter");
	assert_true(shows("no VM of 8 matches \"cachexx\""));
	type("Esc");
	assert_false(shows("matches"));
	end();
}

/* Nothing is drawn outside, and nothing is kept that does not fit, however the window changes. */
static void any_size(void **state)
{
	static const char *const keys[] = { "z", "Tab", "Down", "End", "n", "Esc", "5", "7", "3",
		"Enter", "?", "h", "1" };
	unsigned turn = 0;

	(void)state;
	begin(4, NULL);
	for (int rows = 0; rows <= 64; rows += 3)
		for (int cols = 0; cols <= 210; cols += 7)
			press(keys[turn++ % (sizeof(keys) / sizeof(keys[0]))], rows, cols);
	draw(1, 1);
	draw(200, 400);
	type("Esc Esc Esc Esc 1");
	assert_titles("▶ 1 steal ──", "─ 2 numa ───", "─ 3 ports ──", "─ 4 memory ─");
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(four_panes),
		cmocka_unit_test(fewer_panes),
		cmocka_unit_test(small_screens_know_no_grid),
		cmocka_unit_test(keys_go_from_pane_to_pane),
		cmocka_unit_test(other_panes_stand_alone),
		cmocka_unit_test(zoom_and_back),
		cmocka_unit_test(a_pane_that_was_asked_for_stands_alone),
		cmocka_unit_test(one_selection_for_all),
		cmocka_unit_test(rows_of_their_own),
		cmocka_unit_test(a_pane_without_the_vm),
		cmocka_unit_test(a_port_that_is_pulled),
		cmocka_unit_test(the_filter_is_for_all),
		cmocka_unit_test(any_size),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("grid", tests, NULL, NULL);
}
