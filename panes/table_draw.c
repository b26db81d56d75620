// SPDX-License-Identifier: GPL-2.0-or-later
#include "panes/table.h"

#include <stdio.h>
#include <string.h>

#include "panes/cover.h"
#include "probes/text.h"

enum {
	LINE = 0x2502,
	GROUP_GAP = 3,	  /* blank, line, blank */
	TITLES_FROM = 12, /* rows from which a line for the names of the groups is well spent */
};

/* Where a column stands. */
struct span {
	int col, width;
};

struct layout {
	bool shown[TABLE_COLUMNS_MAX];
	struct span span[TABLE_COLUMNS_MAX];
};

/* How it is drawn this time. */
struct view {
	struct layout layout;
	unsigned flags; /* TABLE_* */
	unsigned cover; /* enum cover */
	int first;	/* the row of the canvas that has the first of the table's */
	size_t selected;
};

/* Columns of blank and line between column i and the one shown before it. */
static int gap_before(const struct table *table, const bool *shown, size_t i)
{
	for (size_t before = i; before-- > 0;)
		if (shown[before])
			return table->column[before].group == table->column[i].group ? 1
										     : GROUP_GAP;
	return 0;
}

static int fit_width(const struct table *table, const bool *shown)
{
	int used = 0;

	for (size_t i = 0; i < table->n_column; i++)
		if (shown[i])
			used += gap_before(table, shown, i) + table->column[i].width;
	return used;
}

/* The shown column that is needed least; n_column when all that are left always stay. */
static size_t needed_least(const struct table *table, const bool *shown)
{
	size_t least = table->n_column;
	int priority = 0;

	for (size_t i = 0; i < table->n_column; i++)
		if (shown[i] && table->column[i].priority > 0 &&
			table->column[i].priority >= priority) {
			priority = table->column[i].priority;
			least = i;
		}
	return least;
}

int table_fit(const struct table *table, int cols, bool *shown)
{
	size_t leave;
	int used;

	for (size_t i = 0; i < table->n_column; i++)
		shown[i] = true;
	while ((used = fit_width(table, shown)) > cols &&
		(leave = needed_least(table, shown)) < table->n_column)
		shown[leave] = false;
	return used;
}

/* Room that the columns leave goes to names that are longer than their column. */
static int longer_names(const struct table *table, const struct row *rows, size_t n_rows, int spare)
{
	const struct column *name = &table->column[0];
	int more = 0;

	for (size_t i = 0; i < n_rows && more < spare; i++) {
		struct cell_text cell = { "", STYLE_NORMAL };
		int width;

		name->format(&rows[i], &cell);
		width = canvas_width(cell.text) - name->width;
		more = width > more ? width : more;
	}
	return more < spare ? more : spare;
}

static void layout_make(struct layout *layout, const struct table *table, const struct row *rows,
	size_t n_rows, int cols)
{
	int used = table_fit(table, cols, layout->shown), col = 0, more = 0;

	if (table->column[0].group == COLUMN_NAME && used < cols)
		more = longer_names(table, rows, n_rows, cols - used);
	for (size_t i = 0; i < table->n_column; i++) {
		if (!layout->shown[i])
			continue;
		col += gap_before(table, layout->shown, i);
		layout->span[i].col = col;
		layout->span[i].width = table->column[i].width + (i == 0 ? more : 0);
		col += layout->span[i].width;
	}
}

static void draw_lines(
	const struct table *table, const struct layout *layout, int row, struct canvas *canvas)
{
	for (size_t i = 0; i < table->n_column; i++)
		if (layout->shown[i] && gap_before(table, layout->shown, i) == GROUP_GAP)
			canvas_fill(canvas, row, layout->span[i].col - 2, 1, STYLE_DIM, LINE);
}

/* From a column to the end of its group. */
static int group_width(const struct table *table, const struct layout *layout, size_t from)
{
	int end = layout->span[from].col;

	for (size_t i = from; i < table->n_column; i++)
		if (layout->shown[i] && table->column[i].group == table->column[from].group)
			end = layout->span[i].col + layout->span[i].width;
	return end - layout->span[from].col;
}

static void draw_titles(const struct table *table, const struct layout *layout, int row,
	const char *position, struct canvas *canvas)
{
	static const char *const title[] = { "", "HOST", "GUEST", "GAP" };
	static const uint8_t style[] = { STYLE_DIM, STYLE_HOST, STYLE_GUEST, STYLE_GAP };
	enum column_group last = COLUMN_NAME;

	draw_lines(table, layout, row, canvas);
	canvas_text(canvas, row, 0, layout->span[0].width, STYLE_DIM, position);
	for (size_t i = 0; i < table->n_column; i++) {
		enum column_group group = table->column[i].group;

		if (!layout->shown[i] || group == last)
			continue;
		canvas_text(canvas, row, layout->span[i].col, group_width(table, layout, i),
			style[group], title[group]);
		last = group;
	}
}

static void draw_heading(const struct table *table, const struct table_state *state,
	const struct layout *layout, int row, size_t i, struct canvas *canvas)
{
	const struct column *column = &table->column[i];
	const struct span *span = &layout->span[i];
	int width = canvas_width(column->heading);
	int col = column->left ? span->col : span->col + span->width - width;
	bool up = column->ascending != state->reverse;

	canvas_text(canvas, row, col, width, STYLE_HEADING, column->heading);
	if (state->sort_column != i || table_order_covered(table, state))
		return;
	/* A blank is before every heading but the first's, and there one is after it. */
	canvas_fill(canvas, row, column->left ? col + width : col - 1, 1, STYLE_HEADING,
		up ? 0x25b2 : 0x25bc);
}

static void draw_headings(const struct table *table, const struct table_state *state,
	const struct view *view, int row, struct canvas *canvas)
{
	const struct layout *layout = &view->layout;

	draw_lines(table, layout, row, canvas);
	for (size_t i = 0; i < table->n_column; i++) {
		if (!layout->shown[i])
			continue;
		draw_heading(table, state, layout, row, i, canvas);
		if (view->flags & TABLE_FOCUSED && i == state->cursor_column)
			canvas_mark(canvas, row, layout->span[i].col, layout->span[i].width,
				STYLE_CURSOR);
	}
}

/* Returns where its text stands. */
static struct span draw_cell(const struct column *column, const struct span *span, int row,
	const struct cell_text *cell, struct canvas *canvas)
{
	int width = canvas_width(cell->text);
	int indent = column->left || width > span->width ? 0 : span->width - width;
	struct span text = { .col = span->col + indent };

	text.width =
		canvas_text(canvas, row, text.col, span->width - indent, cell->style, cell->text);
	return text;
}

static int badness(uint8_t style)
{
	static const uint8_t worse[] = { STYLE_GAP, STYLE_WATCH, STYLE_WARN, STYLE_CRITICAL };

	for (int i = 0; i < (int)sizeof(worse); i++)
		if (worse[i] == style)
			return i + 1;
	return 0;
}

/* Returns where the row's worst cell stands; no width: none is bad. */
static struct span draw_row(const struct table *table, const struct view *view,
	const struct row *row, int at, struct canvas *canvas)
{
	const struct layout *layout = &view->layout;
	struct cell_text note = { "", STYLE_NORMAL };
	bool noted = !(view->cover & COVER_HOST) && table->note && table->note(row, &note);
	bool written = false;
	struct span text = { 0 }, worst = { 0 };
	int most = 0;

	draw_lines(table, layout, at, canvas);
	for (size_t i = 0; i < table->n_column; i++) {
		const struct column *column = &table->column[i];
		struct cell_text cell = { "", STYLE_NORMAL };

		if (!layout->shown[i])
			continue;
		if (cover_hides(view->cover, column)) {
			cover_fill(canvas, at, layout->span[i].col, layout->span[i].width);
		} else if (!noted || column->group != COLUMN_HOST) {
			column->format(row, &cell);
			cell.style = cover_style(view->cover, column, cell.style);
			text = draw_cell(column, &layout->span[i], at, &cell, canvas);
		} else if (!written) {
			canvas_text(canvas, at, layout->span[i].col, group_width(table, layout, i),
				note.style, note.text);
			written = true;
		}
		if (badness(cell.style) > most) {
			most = badness(cell.style);
			worst = text;
		}
	}
	return worst;
}

/* Keep the selected row on screen, and the screen full. */
static void scroll_to(struct table_state *state, int selected, int n_rows, int page)
{
	int last = n_rows > page ? n_rows - page : 0;

	if (state->top > selected)
		state->top = selected;
	if (selected >= state->top + page)
		state->top = selected - page + 1;
	state->top = state->top > last ? last : state->top < 0 ? 0 : state->top;
	state->page = page;
}

static void keep_cursor_shown(
	const struct table *table, struct table_state *state, const struct layout *layout)
{
	if (state->cursor_column >= table->n_column)
		state->cursor_column = table->sort_column;
	for (size_t i = state->cursor_column; !layout->shown[state->cursor_column]; i--) {
		state->cursor_column = i;
		if (i == 0)
			break;
	}
}

/* Of the table whose selection it follows, all rows of the VM are selected. */
static bool is_selected(
	const struct table_state *state, const struct view *view, const struct row *rows, size_t i)
{
	if (!(view->flags & TABLE_FOLLOWS))
		return i == view->selected;
	return state->selected && text_same(rows[i].vm->key, state->selected);
}

/*
 * The row that goes on that line. A table that follows shows its own worst; a selected row that
 * is not among them has the last line.
 */
static size_t row_at(
	const struct table_state *state, const struct view *view, int at, int rows_on_canvas)
{
	if (view->flags & TABLE_FOLLOWS && at == rows_on_canvas - 1 &&
		view->selected >= (size_t)(state->top + at - view->first))
		return view->selected;
	return (size_t)(state->top + at - view->first);
}

static void draw_rows(const struct table *table, const struct table_state *state,
	const struct view *view, const struct row *rows, size_t n_rows, struct canvas *canvas)
{
	const struct span *cursor = &view->layout.span[state->cursor_column];

	for (int at = view->first; at < canvas->rows; at++) {
		size_t i = row_at(state, view, at, canvas->rows);
		struct span worst;

		if (i >= n_rows)
			return;
		worst = draw_row(table, view, &rows[i], at, canvas);
		if (view->flags & TABLE_LIT)
			canvas_mark(canvas, at, worst.col, worst.width, STYLE_LIT);
		if (!is_selected(state, view, rows, i))
			continue;
		canvas_mark(canvas, at, 0, -1, STYLE_SELECTED);
		if (view->flags & TABLE_FOCUSED)
			canvas_mark(canvas, at, cursor->col, cursor->width, STYLE_CURSOR);
	}
}

static void show_position(const struct table_state *state, const struct view *view, size_t n_rows,
	char *text, size_t size)
{
	const size_t top = (size_t)state->top, end = top + (size_t)state->page;

	text[0] = '\0';
	if (n_rows <= (size_t)state->page)
		return;
	if (view->flags & TABLE_FOLLOWS && view->selected >= end)
		snprintf(text, size, "%zu-%zu,%zu/%zu", top + 1, end - 1, view->selected + 1,
			n_rows);
	else
		snprintf(text, size, "%zu-%zu/%zu", top + 1, end, n_rows);
}

void table_draw(const struct table *table, struct table_state *state, const struct row *rows,
	size_t n_rows, unsigned flags, struct canvas *canvas)
{
	bool titles = canvas->rows >= TITLES_FROM;
	struct view view = {
		.flags = flags, .cover = state->cover, .first = canvas->rows > 1 ? 1 + titles : 0
	};
	char position[64];

	canvas_clear(canvas);
	state->cols = canvas->cols;
	layout_make(&view.layout, table, rows, n_rows, canvas->cols);
	keep_cursor_shown(table, state, &view.layout);
	view.selected = table_selected(table, state, rows, n_rows);
	scroll_to(state, flags & TABLE_FOLLOWS ? 0 : (int)view.selected, (int)n_rows,
		canvas->rows - view.first);
	show_position(state, &view, n_rows, position, sizeof(position));
	if (titles)
		draw_titles(table, &view.layout, 0, position, canvas);
	if (view.first)
		draw_headings(table, state, &view, view.first - 1, canvas);
	draw_rows(table, state, &view, rows, n_rows, canvas);
	if (!n_rows)
		canvas_text(canvas, view.first, 0, -1, STYLE_DIM, "nothing to show");
}
