// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/panes/fixture.h"

#include <stdio.h>

#include "panes/cover.h"
#include "probes/json.h"

/* Wide and high enough for every column and every row. */
enum { ROWS = 40, COLS = 400, LEAK = '@' };

/*
 * A leak in any column, driven by the tables themselves: where a pane formats what must not be
 * seen, a mark is written instead, as loud as a cell can be.
 */
static void format_leak(const struct row *row, struct cell_text *out)
{
	(void)row;
	memset(out->text, LEAK, 60);
	out->text[60] = '\0';
	out->style = STYLE_CRITICAL;
}

static bool note_leak(const struct row *row, struct cell_text *out)
{
	format_leak(row, out);
	return row->vm->state == VM_PAUSED || row->vm->state == VM_STOPPED;
}

static const struct snapshot *sorted_by; /* whose first VM sorts last */

static double value_leak(const struct row *row)
{
	return (double)(row->vm - sorted_by->vm) - (double)sorted_by->n_vm;
}

static struct snapshot *demo(void)
{
	struct snapshot *snap = snapshot_new();
	FILE *file = fopen("tests/data/snapshots/demo.jsonl", "re");
	char *line = NULL;
	size_t size = 0;
	ssize_t len, last = 0;

	assert_non_null(file);
	while ((len = getline(&line, &size, file)) > 0)
		last = len;
	assert_int_equal(json_read(snap, line, (size_t)last, NULL), 0);
	free(line);
	fclose(file);
	return snap;
}

struct leaky {
	struct column column[TABLE_COLUMNS_MAX];
	struct table table;
};

static void leaky_make(struct leaky *leaky, const struct table *table)
{
	leaky->table = *table;
	leaky->table.column = leaky->column;
	leaky->table.note = note_leak;
	for (size_t i = 0; i < table->n_column; i++) {
		struct column *column = &leaky->column[i];

		*column = table->column[i];
		if (!cover_hides(COVER_ALL, column))
			continue;
		column->format = format_leak;
		column->value = value_leak;
	}
}

static bool shows(const struct canvas *canvas, int row, uint32_t cp)
{
	for (int col = 0; col < canvas->cols; col++)
		if (canvas->cell[row * canvas->stride + col].cp == cp)
			return true;
	return false;
}

static size_t draw(const struct table *table, const struct snapshot *snap,
	struct table_state *state, struct canvas *canvas)
{
	struct arena arena = { 0 };
	struct row *row;
	size_t n = table_rows(table, snap, NULL, state, &arena, &row);

	for (size_t i = 1; table_order_covered(table, state) && i < n; i++)
		assert_true(strverscmp(row[i - 1].vm->name, row[i].vm->name) <= 0);
	table_draw(table, state, row, n, TABLE_FOCUSED | TABLE_LIT, canvas);
	arena_release(&arena);
	return n;
}

/* Below the titles of the groups, nothing says how bad anything is. */
static void assert_calm(const struct canvas *canvas)
{
	for (int row = 1; row < canvas->rows; row++)
		for (int col = 0; col < canvas->cols; col++) {
			const struct cell *cell = &canvas->cell[row * canvas->stride + col];
			const uint8_t meaning = cell->style & STYLE_MEANING;

			assert_false(cell->style & STYLE_LIT);
			assert_true(meaning != STYLE_GAP && meaning != STYLE_WATCH &&
				    meaning != STYLE_WARN && meaning != STYLE_CRITICAL);
			assert_int_not_equal(cell->cp, LEAK);
		}
}

static void walk(const struct pane *pane, const struct snapshot *snap)
{
	struct leaky leaky;
	struct table_state state = { 0 };
	struct canvas canvas;
	bool shown[TABLE_COLUMNS_MAX];
	size_t n;

	leaky_make(&leaky, pane->table);
	canvas_init(&canvas, ROWS, COLS);
	assert_true(table_fit(&leaky.table, COLS, shown) <= COLS);
	for (size_t i = 0; i < leaky.table.n_column; i++) {
		const bool hidden = cover_hides(COVER_ALL, &leaky.column[i]);

		assert_true(shown[i]);
		table_reset(&leaky.table, &state);
		state.sort_column = i;
		for (int reverse = 0; reverse < 2; reverse++) {
			state.reverse = reverse;
			table_cover(&state, 0);
			n = draw(&leaky.table, snap, &state, &canvas);
			assert_true(n > 1);
			for (size_t row = 0; row < n; row++)
				assert_true(shows(&canvas, 2 + (int)row, LEAK));
			assert_true(shows(&canvas, 1, 0x25b2) || shows(&canvas, 1, 0x25bc));
			table_cover(&state, COVER_ALL);
			assert_int_equal(draw(&leaky.table, snap, &state, &canvas), n);
			assert_calm(&canvas);
			if (hidden)
				assert_false(
					shows(&canvas, 1, 0x25b2) || shows(&canvas, 1, 0x25bc));
		}
		table_release(&state);
	}
	canvas_release(&canvas);
}

static void no_table_leaks(void **state)
{
	struct snapshot *snap = demo();

	(void)state;
	sorted_by = snap;
	for (size_t i = 0; panes[i]; i++)
		walk(panes[i], snap);
	snapshot_free(snap);
}

/* What stays of the host's columns is known by name: another one has to be thought about. */
static void what_is_promised(void **state)
{
	(void)state;
	for (size_t i = 0; panes[i]; i++)
		for (size_t k = 0; k < panes[i]->table->n_column; k++) {
			const struct column *column = &panes[i]->table->column[k];

			if (column->group == COLUMN_NAME || column->group == COLUMN_GUEST)
				assert_false(cover_hides(COVER_ALL, column));
			else if (!cover_hides(COVER_ALL, column))
				assert_true(!strcmp(column->key, "asked") ||
					    !strcmp(column->key, "sold") ||
					    !strcmp(column->key, "state"));
		}
}

/* Twins: two hosts whose guests tell the same, and on which everything else is different. */

static bool by_guest(const char *name)
{
	return !strncmp(name, "guest_", 6) && !strstr(name, "by_host");
}

/* Neither what was promised nor the clock depends on the host. */
static bool is_common(const char *name)
{
	return !strcmp(name, "asked_cpus") || !strcmp(name, "time_s") ||
	       !strcmp(name, "interval_s") || !strcmp(name, "uptime_s");
}

static void change(const struct schema *schema, void *object);

static void change_field(const struct schema *schema, const struct field *field, void *object)
{
	char *at = (char *)object + field->offset;
	const size_t count =
		field_is_list(field) ? *(size_t *)((char *)object + field->count_offset) : 0;

	if (field->kind == FIELD_F64 && !by_guest(field->name) && !is_common(field->name))
		*(double *)at = *(double *)at * 0.6 + 0.7;
	if (field->kind == FIELD_U64 && !strncmp(field->name, "host_", 5) &&
		*(uint64_t *)at != UNKNOWN_U64)
		*(uint64_t *)at = *(uint64_t *)at / 2 + 12345678;
	if (field->kind == FIELD_STR && !strcmp(schema->name, "thief"))
		*(const char **)at = "somebody else";
	if (field->kind == FIELD_OBJECT)
		change(field->of, at);
	for (size_t i = 0; i < count; i++)
		change(field->of, *(char **)at + i * field->of->size);
}

static void change(const struct schema *schema, void *object)
{
	if (!strcmp(schema->name, "guest") || !strcmp(schema->name, "source"))
		return;
	for (size_t i = 0; i < schema->n_field; i++)
		change_field(schema, &schema->field[i], object);
}

struct twin {
	struct snapshot *snap;
	struct judge *judge;
	struct history *history;
};

static void twin_make(struct twin *twin, bool other)
{
	twin->snap = demo();
	twin->judge = judge_new();
	twin->history = history_new();
	if (other)
		change(&schema_snapshot, twin->snap);
	for (int i = 0; i < 3; i++, twin->snap->time_s++)
		panes_judge(twin->snap, twin->judge);
	history_add(twin->history, twin->snap);
}

static void twin_free(struct twin *twin)
{
	history_free(twin->history);
	judge_free(twin->judge);
	snapshot_free(twin->snap);
}

static bool same(const struct canvas *a, const struct canvas *b)
{
	assert_int_equal(a->cols, b->cols);
	for (int row = 0; row < a->rows && row < b->rows; row++)
		for (int col = 0; col < a->cols; col++) {
			const struct cell *of_a = &a->cell[row * a->stride + col];
			const struct cell *of_b = &b->cell[row * b->stride + col];

			if (of_a->cp != of_b->cp || of_a->style != of_b->style)
				return false;
		}
	return true;
}

/* Only said where they differ: the rows of both. */
static void assert_same(const struct canvas *a, const struct canvas *b)
{
	char of_a[2048], of_b[2048];

	if (same(a, b))
		return;
	for (int row = 0; row < a->rows && row < b->rows; row++) {
		canvas_row_text(a, row, false, of_a, sizeof(of_a));
		canvas_row_text(b, row, false, of_b, sizeof(of_b));
		if (strcmp(of_a, of_b) != 0)
			print_error("%2d |%s|\n   |%s|\n", row, of_a, of_b);
	}
	fail();
}

static void build_vm(const struct twin *twin, size_t i, unsigned cover, struct page *page)
{
	const struct vm_view view = { twin->snap, &twin->snap->vm[i], twin->history, twin->judge };

	page_init(page, 120);
	page->cover = cover;
	vmpage_build(&view, page);
}

/* By nothing that is on a covered screen can anybody tell one host from the other. */
static void twins_look_alike(void **state)
{
	struct twin a, b;

	(void)state;
	twin_make(&a, false);
	twin_make(&b, true);
	for (size_t i = 0; i < a.snap->n_vm; i++) {
		struct page of_a, of_b;

		build_vm(&a, i, 0, &of_a);
		build_vm(&b, i, 0, &of_b);
		assert_false(same(&of_a.canvas, &of_b.canvas));
		page_release(&of_a);
		page_release(&of_b);
		build_vm(&a, i, COVER_ALL, &of_a);
		build_vm(&b, i, COVER_ALL, &of_b);
		assert_same(&of_a.canvas, &of_b.canvas);
		assert_int_equal(of_a.row, of_b.row);
		page_release(&of_a);
		page_release(&of_b);
	}
	twin_free(&a);
	twin_free(&b);
}

static void draw_pane(const struct twin *twin, size_t pane, unsigned cover, struct canvas *canvas)
{
	struct table_state state = { 0 };

	table_reset(panes[pane]->table, &state);
	table_cover(&state, cover);
	draw(panes[pane]->table, twin->snap, &state, canvas);
	table_release(&state);
}

static void draw_top(const struct twin *twin, unsigned cover, struct canvas *canvas)
{
	const struct run_state run = { .interval_ms = 1000, .cover = cover };
	struct findings_state findings = { .cover = cover };
	struct canvas header = canvas_sub(canvas, 0, 0, 2, canvas->cols);
	struct canvas below = canvas_sub(canvas, 2, 0, 5, canvas->cols);

	header_draw(twin->snap, &run, &header);
	findings_draw(twin->snap, &findings, true, &below);
}

static void twins_in_tables(void **state)
{
	struct canvas of_a, of_b;
	struct twin a, b;

	(void)state;
	twin_make(&a, false);
	twin_make(&b, true);
	canvas_init(&of_a, ROWS, COLS);
	canvas_init(&of_b, ROWS, COLS);
	for (size_t i = 0; panes[i]; i++) {
		draw_pane(&a, i, 0, &of_a);
		draw_pane(&b, i, 0, &of_b);
		assert_false(same(&of_a, &of_b));
		draw_pane(&a, i, COVER_ALL, &of_a);
		draw_pane(&b, i, COVER_ALL, &of_b);
		assert_same(&of_a, &of_b);
	}
	draw_top(&a, 0, &of_a);
	draw_top(&b, 0, &of_b);
	assert_false(same(&of_a, &of_b));
	b.snap->n_finding = 1;
	draw_top(&a, COVER_ALL, &of_a);
	draw_top(&b, COVER_ALL, &of_b);
	assert_same(&of_a, &of_b);
	canvas_release(&of_a);
	canvas_release(&of_b);
	twin_free(&a);
	twin_free(&b);
}

static void explain(const struct twin *twin, const struct pane *pane, size_t column, unsigned cover,
	struct page *page)
{
	struct arena arena = { 0 };
	struct table_state state = { .sort_column = 0 };
	struct row *row;

	assert_true(table_rows(pane->table, twin->snap, "web-03", &state, &arena, &row) > 0);
	page_init(page, 80);
	page->cover = cover;
	explain_cell(twin->snap, pane, row, &pane->table->column[column], page);
	arena_release(&arena);
}

/* Each cell of each pane: what the guest tells, whatever its verdict, and nothing else. */
static void twins_explained(void **state)
{
	struct page of_a, of_b;
	struct twin a, b;

	(void)state;
	twin_make(&a, false);
	twin_make(&b, true);
	for (size_t i = 0; panes[i]; i++)
		for (size_t k = 0; k < panes[i]->table->n_column; k++) {
			explain(&a, panes[i], k, COVER_ALL, &of_a);
			explain(&b, panes[i], k, COVER_ALL, &of_b);
			assert_same(&of_a.canvas, &of_b.canvas);
			page_release(&of_a);
			page_release(&of_b);
		}
	page_init(&of_a, 80);
	page_init(&of_b, 80);
	of_a.cover = of_b.cover = COVER_ALL;
	assert_true(a.snap->n_finding > 1);
	explain_finding(a.snap, &a.snap->finding[0], &of_a);
	explain_finding(a.snap, &a.snap->finding[1], &of_b);
	assert_same(&of_a.canvas, &of_b.canvas);
	page_release(&of_a);
	page_release(&of_b);
	twin_free(&a);
	twin_free(&b);
}

/* Literal screens. */

static void the_table(void **state)
{
	struct judge *judge = judge_new();
	struct snapshot *snap = fixture_judge(judge, fixture_incident, 3);
	const struct table *table = pane_by_name("steal")->table;
	struct table_state view = { 0 };
	struct canvas canvas;

	(void)state;
	canvas_init(&canvas, 12, 80);
	table_reset(table, &view);
	draw(table, snap, &view, &canvas);
	SCREEN(&canvas, 1,
		"VM           │ asked  got wait thrt  p99w thief       % │ busy steal │  ▼gap by",
		"db-01        │     8  3.3  1.2  0.0     - rsync      55 │ 72.9   1.0 │ -31.7 b!!",
		"web-03       │     8  5.1 23.4  0.0 3.9ms batch-11   64 │ 87.0   0.0 │ +23.4 s!!",
		"cache-2      │     4  1.5  0.4  0.0     - -           - │  2.1   0.3 │ +36.0 b~",
		"emu-arm      │     2  1.2 40.2  0.0     - -           - │ 98.0   0.0 │ blind  !!",
		"unasked      │     4  2.4 11.5    -     - -           - │    -     - │     -",
		"batch-11     │    16 15.6  2.1  0.0     - own vCPUs  71 │ 97.0   2.0 │  +0.3",
		"golden-image │ paused: user                             │    -     - │     -",
		"quiet        │     2  0.0  0.0  0.0     - -           - │    -     - │     -");
	table_cover(&view, COVER_ALL);
	draw(table, snap, &view, &canvas);
	SCREEN(&canvas, 0,
		"             │ HOST                                     │ GUEST      │ GAP",
		"VM           │ asked  got wait thrt  p99w thief       % │ busy steal │   gap by",
		"batch-11     │    16 ░░░░ ░░░░ ░░░░ ░░░░░ ░░░░░░░░░ ░░░ │ 97.0   2.0 │ ░░░░░ ░░░",
		"cache-2      │     4 ░░░░ ░░░░ ░░░░ ░░░░░ ░░░░░░░░░ ░░░ │  2.1   0.3 │ ░░░░░ ░░░",
		"db-01        │     8 ░░░░ ░░░░ ░░░░ ░░░░░ ░░░░░░░░░ ░░░ │ 72.9   1.0 │ ░░░░░ ░░░",
		"emu-arm      │     2 ░░░░ ░░░░ ░░░░ ░░░░░ ░░░░░░░░░ ░░░ │ 98.0   0.0 │ ░░░░░ ░░░",
		"golden-image │     2 ░░░░ ░░░░ ░░░░ ░░░░░ ░░░░░░░░░ ░░░ │    -     - │ ░░░░░ ░░░",
		"quiet        │     2 ░░░░ ░░░░ ░░░░ ░░░░░ ░░░░░░░░░ ░░░ │    -     - │ ░░░░░ ░░░",
		"unasked      │     4 ░░░░ ░░░░ ░░░░ ░░░░░ ░░░░░░░░░ ░░░ │    -     - │ ░░░░░ ░░░",
		"web-03       │     8 ░░░░ ░░░░ ░░░░ ░░░░░ ░░░░░░░░░ ░░░ │ 87.0   0.0 │ ░░░░░ ░░░");
	table_cover(&view, COVER_GAP);
	draw(table, snap, &view, &canvas);
	SCREEN(&canvas, 2,
		"batch-11     │    16 15.6  2.1  0.0     - own vCPUs  71 │ 97.0   2.0 │ ░░░░░ ░░░",
		"cache-2      │     4  1.5  0.4  0.0     - -           - │  2.1   0.3 │ ░░░░░ ░░░",
		"db-01        │     8  3.3  1.2  0.0     - rsync      55 │ 72.9   1.0 │ ░░░░░ ░░░",
		"emu-arm      │     2  1.2 40.2  0.0     - -           - │ 98.0   0.0 │ ░░░░░ ░░░",
		"golden-image │ paused: user                             │    -     - │ ░░░░░ ░░░",
		"quiet        │     2  0.0  0.0  0.0     - -           - │    -     - │ ░░░░░ ░░░",
		"unasked      │     4  2.4 11.5    -     - -           - │    -     - │ ░░░░░ ░░░",
		"web-03       │     8  5.1 23.4  0.0 3.9ms batch-11   64 │ 87.0   0.0 │ ░░░░░ ░░░");
	table_cover(&view, COVER_HOST);
	draw(table, snap, &view, &canvas);
	SCREEN(&canvas, 2,
		"db-01        │     8 ░░░░ ░░░░ ░░░░ ░░░░░ ░░░░░░░░░ ░░░ │ 72.9   1.0 │ -31.7 b!!",
		"web-03       │     8 ░░░░ ░░░░ ░░░░ ░░░░░ ░░░░░░░░░ ░░░ │ 87.0   0.0 │ +23.4 s!!",
		"cache-2      │     4 ░░░░ ░░░░ ░░░░ ░░░░░ ░░░░░░░░░ ░░░ │  2.1   0.3 │ +36.0 b~",
		"emu-arm      │     2 ░░░░ ░░░░ ░░░░ ░░░░░ ░░░░░░░░░ ░░░ │ 98.0   0.0 │ blind  !!",
		"unasked      │     4 ░░░░ ░░░░ ░░░░ ░░░░░ ░░░░░░░░░ ░░░ │    -     - │     -",
		"batch-11     │    16 ░░░░ ░░░░ ░░░░ ░░░░░ ░░░░░░░░░ ░░░ │ 97.0   2.0 │  +0.3",
		"golden-image │     2 ░░░░ ░░░░ ░░░░ ░░░░░ ░░░░░░░░░ ░░░ │    -     - │     -",
		"quiet        │     2 ░░░░ ░░░░ ░░░░ ░░░░░ ░░░░░░░░░ ░░░ │    -     - │     -");
	table_release(&view);
	canvas_release(&canvas);
	snapshot_free(snap);
	judge_free(judge);
}

static void the_top(void **state)
{
	struct twin twin;
	struct canvas canvas;

	(void)state;
	twin_make(&twin, false);
	canvas_init(&canvas, 7, 60);
	draw_top(&twin, COVER_ALL, &canvas);
	SCREEN(&canvas, 0, "kvm-07  22:52:38  1s  GUEST'S EYES  LIVE  bpf ok  guests 5/6",
		"cpu ░░ run ░░░ wait ░░░  mem ░░░░░░░░░░░░░░  swap ░░░░░░░░░░",
		"findings ░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░",
		"         ░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░",
		"         ░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░",
		"         ░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░",
		"         ░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░");
	draw_top(&twin, COVER_HEADER, &canvas);
	SCREEN(&canvas, 0, "kvm-07  22:52:38  PARTLY COVERED  LIVE  bpf ok  guests 5/6",
		"cpu ░░ run ░░░ wait ░░░  mem ░░░░░░░░░░░░░░  swap ░░░░░░░░░░",
		"!! db-01      numa     guest sees 1 node, host 3.8% loca~ 3s",
		"!! legacy-01  steal    host took 31.8%: 72% to batch-11;~ 3s",
		"!! web-03     queues   guest sees 0/s, host drops 4.3k/s~ 3s",
		"!! web-03     steal    guest sees  0.0%, host took 24.5%~ 3s",
		"!  host       pinning  3 share CPUs 0-3,8-11: dema~ +18 more");
	canvas_release(&canvas);
	canvas_init(&canvas, 7, 8);
	draw_top(&twin, COVER_ALL, &canvas);
	SCREEN(&canvas, 0, "GUEST'S~", "wait ░░░", "findings");
	canvas_release(&canvas);
	canvas_init(&canvas, 1, 1);
	draw_top(&twin, COVER_ALL, &canvas);
	SCREEN(&canvas, 0, "~");
	canvas_release(&canvas);
	twin_free(&twin);
}

/* What stands on a page by hand: headings, names, the guest's own, and what is neither. */
static void rows_of_a_page(void **state)
{
	struct page page;
	int from, row;

	(void)state;
	page_init(&page, 30);
	page_text(&page, 0, STYLE_CRITICAL, "above, untouched");
	from = page.row;
	page_heading(&page, "a heading");
	page_blank(&page);
	page_text(&page, 2, STYLE_HOST, "short");
	page_text(&page, 2, STYLE_WARN, "two\nmore");
	page_text(&page, 2, STYLE_GUEST, "guest: 3.8G");
	page_blank(&page);
	row = page_row(&page);
	canvas_text(&page.canvas, row, 2, -1, STYLE_NORMAL | STYLE_OPEN, "vda");
	canvas_text(&page.canvas, row, 12, -1, STYLE_HOST, "9");
	canvas_text(&page.canvas, row, 24, -1, STYLE_GUEST, "0.0");
	page_text(&page, 8, STYLE_DIM, "last");
	cover_rows(&page, from);
	assert_int_equal(page.row, 7);
	SCREEN(&page.canvas, 0, "above, untouched", "a heading ────────────────────",
		"  ░░░░░░░░░░░░░░░░░░░░░░░░░░░░", "  guest: 3.8G", "",
		"  vda ░░░░░░░░░░░░░░░░░ 0.0", "  ░░░░░░░░░░░░░░░░░░░░░░░░░░░░", "", "");
	cover_lines(&page);
	assert_int_equal(page.row, 7);
	SCREEN(&page.canvas, 6, "░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░", "");
	page_release(&page);
}

/* Columns of no width, one and more: no step outside, and no row forgotten. */
static void any_size(void **state)
{
	struct twin twin;

	(void)state;
	twin_make(&twin, false);
	for (int cols = 0; cols < 130; cols++) {
		struct vm_view view = { twin.snap, &twin.snap->vm[0], twin.history, twin.judge };
		struct canvas canvas;
		struct page page;

		canvas_init(&canvas, 7, cols);
		draw_top(&twin, COVER_ALL, &canvas);
		for (size_t i = 0; panes[i]; i++)
			draw_pane(&twin, i, COVER_ALL, &canvas);
		canvas_release(&canvas);
		page_init(&page, cols);
		page.cover = COVER_ALL;
		vmpage_build(&view, &page);
		assert_true(page.row > 10);
		cover_lines(&page);
		page_release(&page);
	}
	twin_free(&twin);
}

/* Where the rows were scrolled to is there again after the reveal. */
static void the_reveal(void **state)
{
	struct table_state view = { .top = 7 };

	(void)state;
	table_cover(&view, COVER_ALL);
	assert_int_equal(view.top, 0);
	view.top = 3;
	table_cover(&view, COVER_ALL & ~COVER_HOST);
	assert_int_equal(view.top, 3);
	table_cover(&view, 0);
	assert_int_equal(view.top, 7);
	table_cover(&view, COVER_GAP);
	assert_int_equal(view.top, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_table_leaks),
		cmocka_unit_test(what_is_promised),
		cmocka_unit_test(twins_look_alike),
		cmocka_unit_test(twins_in_tables),
		cmocka_unit_test(twins_explained),
		cmocka_unit_test(the_table),
		cmocka_unit_test(the_top),
		cmocka_unit_test(rows_of_a_page),
		cmocka_unit_test(any_size),
		cmocka_unit_test(the_reveal),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
