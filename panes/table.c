// SPDX-License-Identifier: GPL-2.0-or-later
#include "panes/table.h"

#include <fnmatch.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "panes/cover.h"
#include "probes/text.h"

enum { ROWS_PER_VM = 64 };

void table_reset(const struct table *table, struct table_state *state)
{
	table_release(state);
	state->sort_column = state->cursor_column = table->sort_column;
}

void table_release(struct table_state *state)
{
	free(state->selected);
	free(state->selected_item);
	memset(state, 0, sizeof(*state));
}

bool table_order_covered(const struct table *table, const struct table_state *state)
{
	return cover_hides(state->cover, &table->column[state->sort_column]);
}

void table_cover(struct table_state *state, unsigned cover)
{
	const int top = state->top;

	if (!cover != !state->cover) {
		state->top = state->other_top;
		state->other_top = top;
	}
	state->cover = cover;
}

bool table_matches(const struct vm *vm, const char *filter)
{
	if (!filter || !*filter)
		return true;
	if (!vm->name)
		return false;
	if (strpbrk(filter, "*?["))
		return fnmatch(filter, vm->name, FNM_CASEFOLD) == 0;
	return strcasestr(vm->name, filter) != NULL;
}

size_t table_vms(const struct snapshot *snap, const char *filter)
{
	size_t n = 0;

	for (size_t i = 0; i < snap->n_vm; i++)
		n += table_matches(&snap->vm[i], filter);
	return n;
}

/* One row with what it is sorted by, so that each is asked once and not n log n times. */
struct sort_row {
	struct row row;
	size_t place; /* among the rows of its VM */
	double value;
	const char *text;
};

struct sort_order {
	bool by_text, descending;
};

static int name_order(const struct sort_row *row_a, const struct sort_row *row_b)
{
	const struct vm *a = row_a->row.vm, *b = row_b->row.vm;
	/* web-2 before web-10, as people count. */
	int order = strverscmp(a->name ? a->name : "", b->name ? b->name : "");

	if (!order)
		order = strcmp(a->key ? a->key : "", b->key ? b->key : "");
	return order ? order : (row_a->place > row_b->place) - (row_a->place < row_b->place);
}

static int row_order(const void *pa, const void *pb, void *arg)
{
	const struct sort_row *a = pa, *b = pb;
	const struct sort_order *by = arg;
	int order = 0;

	if (by->by_text) {
		order = strverscmp(a->text, b->text);
	} else if (isnan(a->value) || isnan(b->value)) {
		order = isnan(a->value) - isnan(b->value);
		return order ? order : name_order(a, b);
	} else {
		order = (a->value > b->value) - (a->value < b->value);
	}
	if (order)
		return by->descending ? -order : order;
	return name_order(a, b);
}

static size_t vm_rows(const struct table *table, const struct vm *vm, struct row *out)
{
	if (table->rows)
		return table->rows(vm, out, ROWS_PER_VM);
	out[0] = (struct row){ .vm = vm };
	return 1;
}

static struct sort_row sort_row_make(
	const struct column *by, const struct row *row, struct arena *arena)
{
	struct sort_row made = { .row = *row, .value = NAN };
	struct cell_text cell = { "", STYLE_NORMAL };

	if (by->value) {
		made.value = by->value(row);
	} else {
		by->format(row, &cell);
		made.text = arena_strdup(arena, cell.text);
	}
	return made;
}

/* How many rows there are at most: only tables of one row a VM know without asking. */
static size_t count_rows(const struct table *table, const struct snapshot *snap)
{
	struct row of_vm[ROWS_PER_VM];
	size_t n = 0;

	if (!table->rows)
		return snap->n_vm;
	for (size_t i = 0; i < snap->n_vm; i++)
		n += vm_rows(table, &snap->vm[i], of_vm);
	return n;
}

size_t table_rows(const struct table *table, const struct snapshot *snap, const char *filter,
	const struct table_state *state, struct arena *arena, struct row **rows)
{
	bool covered = table_order_covered(table, state);
	const struct column *by = &table->column[covered ? 0 : state->sort_column];
	struct sort_order order = { !by->value, by->ascending == (state->reverse && !covered) };
	size_t most = count_rows(table, snap), n = 0;
	struct sort_row *sorted = arena_array(arena, most, sizeof(*sorted));
	struct row of_vm[ROWS_PER_VM];

	for (size_t i = 0; i < snap->n_vm; i++) {
		size_t n_vm = 0;

		if (table_matches(&snap->vm[i], filter))
			n_vm = vm_rows(table, &snap->vm[i], of_vm);
		for (size_t k = 0; k < n_vm; k++) {
			sorted[n] = sort_row_make(by, &of_vm[k], arena);
			sorted[n++].place = k;
		}
	}
	if (n)
		qsort_r(sorted, n, sizeof(*sorted), row_order, &order);
	*rows = arena_array(arena, n, sizeof(**rows));
	for (size_t i = 0; i < n; i++)
		(*rows)[i] = sorted[i].row;
	return n;
}

static const char *item_name(const struct table *table, const struct row *row)
{
	return table->item_name ? table->item_name(row) : NULL;
}

bool table_find(const struct table *table, const struct vm *vm, const char *name, struct row *row)
{
	struct row of_vm[ROWS_PER_VM];
	size_t n = vm_rows(table, vm, of_vm);

	for (size_t i = 0; i < n; i++)
		if (text_same(item_name(table, &of_vm[i]), name)) {
			*row = of_vm[i];
			return true;
		}
	return false;
}

size_t table_selected(const struct table *table, const struct table_state *state,
	const struct row *rows, size_t n_rows)
{
	size_t first = n_rows;

	if (!state->selected)
		return 0;
	for (size_t i = 0; i < n_rows; i++) {
		if (!text_same(rows[i].vm->key, state->selected))
			continue;
		if (text_same(item_name(table, &rows[i]), state->selected_item))
			return i;
		first = first < n_rows ? first : i;
	}
	return first < n_rows ? first : 0;
}

void table_follow(struct table_state *state, const char *vm_key)
{
	if (text_same(state->selected, vm_key))
		return;
	free(state->selected);
	free(state->selected_item);
	state->selected = vm_key ? xstrdup(vm_key) : NULL;
	state->selected_item = NULL;
}

static void table_select(
	const struct table *table, struct table_state *state, const struct row *row)
{
	const char *name = item_name(table, row);

	table_follow(state, row->vm->key);
	free(state->selected_item);
	state->selected_item = name ? xstrdup(name) : NULL;
}

static bool is_alike(const struct table *table, const struct row *a, const struct row *b)
{
	return text_same(a->vm->key, b->vm->key) &&
	       text_same(item_name(table, a), item_name(table, b));
}

static void move_selection(const struct table *table, struct table_state *state,
	const struct row *rows, size_t n_rows, long by)
{
	const size_t from = table_selected(table, state, rows, n_rows);
	long at = (long)from + by;

	if (!n_rows)
		return;
	at = at < 0 ? 0 : at >= (long)n_rows ? (long)n_rows - 1 : at;
	/* Of rows of one name the first is the one that is selected: go on behind them. */
	while (by > 0 && at + 1 < (long)n_rows && is_alike(table, &rows[at], &rows[from]))
		at++;
	table_select(table, state, &rows[at]);
}

static void move_cursor(const struct table *table, struct table_state *state, int by)
{
	bool shown[TABLE_COLUMNS_MAX];
	long at = (long)state->cursor_column;

	table_fit(table, state->cols, shown);
	do
		at += by;
	while (at >= 0 && at < (long)table->n_column && !shown[at]);
	if (at >= 0 && at < (long)table->n_column)
		state->cursor_column = (size_t)at;
}

static void sort_by_cursor(struct table_state *state)
{
	state->reverse = state->sort_column == state->cursor_column && !state->reverse;
	state->sort_column = state->cursor_column;
}

bool table_act(const struct table *table, struct table_state *state, const struct row *rows,
	size_t n_rows, enum action action)
{
	long page = state->page > 1 ? state->page : 1;

	if (action == ACTION_UP)
		move_selection(table, state, rows, n_rows, -1);
	else if (action == ACTION_DOWN)
		move_selection(table, state, rows, n_rows, 1);
	else if (action == ACTION_PAGE_UP)
		move_selection(table, state, rows, n_rows, -page);
	else if (action == ACTION_PAGE_DOWN)
		move_selection(table, state, rows, n_rows, page);
	else if (action == ACTION_HOME)
		move_selection(table, state, rows, n_rows, -(long)n_rows);
	else if (action == ACTION_END)
		move_selection(table, state, rows, n_rows, (long)n_rows);
	else if (action == ACTION_LEFT)
		move_cursor(table, state, -1);
	else if (action == ACTION_RIGHT)
		move_cursor(table, state, 1);
	else if (action == ACTION_SORT)
		sort_by_cursor(state);
	else if (action == ACTION_REVERSE)
		state->reverse = !state->reverse;
	else
		return false;
	return true;
}
