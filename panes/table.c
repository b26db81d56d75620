// SPDX-License-Identifier: GPL-2.0-or-later
#include "panes/table.h"

#include <fnmatch.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS_PER_VM = 64 };

void table_reset(const struct table *table, struct table_state *state)
{
	table_release(state);
	state->sort_column = state->cursor_column = table->sort_column;
}

void table_release(struct table_state *state)
{
	free(state->selected);
	memset(state, 0, sizeof(*state));
}

static bool name_matches(const char *name, const char *filter)
{
	if (!filter || !*filter)
		return true;
	if (!name)
		return false;
	if (strpbrk(filter, "*?["))
		return fnmatch(filter, name, FNM_CASEFOLD) == 0;
	return strcasestr(name, filter) != NULL;
}

/* One row with what it is sorted by, so that each is asked once and not n log n times. */
struct sort_row {
	struct row row;
	double value;
	const char *text;
};

struct sort_order {
	bool by_text, descending;
};

static int name_order(const struct vm *a, const struct vm *b)
{
	/* web-2 before web-10, as people count. */
	int order = strverscmp(a->name ? a->name : "", b->name ? b->name : "");

	return order ? order : strcmp(a->key ? a->key : "", b->key ? b->key : "");
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
		return order ? order : name_order(a->row.vm, b->row.vm);
	} else {
		order = (a->value > b->value) - (a->value < b->value);
	}
	if (order)
		return by->descending ? -order : order;
	return name_order(a->row.vm, b->row.vm);
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

size_t table_rows(const struct table *table, const struct snapshot *snap, const char *filter,
	const struct table_state *state, struct arena *arena, struct row **rows)
{
	const struct column *by = &table->column[state->sort_column];
	struct sort_order order = { !by->value, by->ascending == state->reverse };
	size_t most = snap->n_vm * (table->rows ? ROWS_PER_VM : 1), n = 0;
	struct sort_row *sorted = arena_array(arena, most, sizeof(*sorted));
	struct row of_vm[ROWS_PER_VM];

	for (size_t i = 0; i < snap->n_vm; i++) {
		size_t n_vm = 0;

		if (name_matches(snap->vm[i].name, filter))
			n_vm = vm_rows(table, &snap->vm[i], of_vm);
		for (size_t k = 0; k < n_vm; k++)
			sorted[n++] = sort_row_make(by, &of_vm[k], arena);
	}
	if (n)
		qsort_r(sorted, n, sizeof(*sorted), row_order, &order);
	*rows = arena_array(arena, n, sizeof(**rows));
	for (size_t i = 0; i < n; i++)
		(*rows)[i] = sorted[i].row;
	return n;
}

static bool row_is(const struct row *row, const char *key)
{
	return key && row->vm->key && !strcmp(row->vm->key, key);
}

size_t table_selected(const struct table_state *state, const struct row *rows, size_t n_rows)
{
	for (size_t i = 0; i < n_rows; i++)
		if (row_is(&rows[i], state->selected))
			return i;
	return 0;
}

static void table_select(struct table_state *state, const struct row *row)
{
	free(state->selected);
	state->selected = row->vm->key ? xstrdup(row->vm->key) : NULL;
}

static void move_selection(
	struct table_state *state, const struct row *rows, size_t n_rows, long by)
{
	long at = (long)table_selected(state, rows, n_rows) + by;

	if (!n_rows)
		return;
	at = at < 0 ? 0 : at >= (long)n_rows ? (long)n_rows - 1 : at;
	/* Selection is by VM: of several rows of one VM, go on to the next VM. */
	while (by == 1 && at + 1 < (long)n_rows && row_is(&rows[at], state->selected))
		at++;
	table_select(state, &rows[at]);
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
		move_selection(state, rows, n_rows, -1);
	else if (action == ACTION_DOWN)
		move_selection(state, rows, n_rows, 1);
	else if (action == ACTION_PAGE_UP)
		move_selection(state, rows, n_rows, -page);
	else if (action == ACTION_PAGE_DOWN)
		move_selection(state, rows, n_rows, page);
	else if (action == ACTION_HOME)
		move_selection(state, rows, n_rows, -(long)n_rows);
	else if (action == ACTION_END)
		move_selection(state, rows, n_rows, (long)n_rows);
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
