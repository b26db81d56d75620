// SPDX-License-Identifier: GPL-2.0-or-later
#include "panes/cover.h"

#include <string.h>

enum { TEXTURE = 0x2591, INDENT = 2, MARGIN = 1 };

_Static_assert(STYLE_COUNT <= STYLE_MEANING + 1, "a style would be taken for STYLE_OPEN");

bool cover_hides(unsigned cover, const struct column *column)
{
	switch (column->group) {
	case COLUMN_NAME:
	case COLUMN_GUEST:
		return false;
	case COLUMN_HOST:
		return cover & COVER_HOST && !column->promised;
	case COLUMN_GAP:
		return cover & COVER_GAP;
	}
	return true;
}

uint8_t cover_style(unsigned cover, const struct column *column, uint8_t style)
{
	static const uint8_t calm[] = { STYLE_NORMAL, STYLE_HOST, STYLE_GUEST, STYLE_GAP };

	switch (style) {
	case STYLE_GAP:
	case STYLE_GOOD:
	case STYLE_WATCH:
	case STYLE_WARN:
	case STYLE_CRITICAL:
		return cover & COVER_GAP ? calm[column->group] : style;
	}
	return style;
}

void cover_fill(struct canvas *canvas, int row, int col, int width)
{
	canvas_fill(canvas, row, col, width, STYLE_DIM, TEXTURE);
}

void cover_lines(struct page *page)
{
	for (int row = 0; row < page->row; row++)
		cover_fill(&page->canvas, row, 0, -1);
}

static struct cell *row_cells(const struct page *page, int row)
{
	return page->canvas.cell + (size_t)row * (size_t)page->canvas.stride;
}

static bool is_blank(const struct cell *cell)
{
	return cell->cp == ' ';
}

static bool is_open(const struct cell *cell)
{
	const uint8_t meaning = cell->style & STYLE_MEANING;

	return cell->style & STYLE_OPEN || meaning == STYLE_GUEST || meaning == STYLE_TITLE;
}

/* What a row is: nothing, all of it to be seen, some of it, or none. */
enum row_kind { ROW_BLANK, ROW_OPEN, ROW_PARTLY, ROW_COVERED };

static enum row_kind row_kind(const struct cell *cell, int cols)
{
	bool open = false, covered = false;

	for (int col = 0; col < cols; col++) {
		if ((cell[col].style & STYLE_MEANING) == STYLE_HEADING)
			return ROW_OPEN;
		open = open || is_open(&cell[col]);
		covered = covered || (!is_blank(&cell[col]) && !is_open(&cell[col]));
	}
	if (covered)
		return open ? ROW_PARTLY : ROW_COVERED;
	return open ? ROW_OPEN : ROW_BLANK;
}

/* The next column from col on that is open, or is not; cols: none. */
static int find(const struct cell *cell, int col, int cols, bool open)
{
	while (col < cols && is_open(&cell[col]) != open)
		col++;
	return col;
}

static bool has_text(const struct cell *cell, int col, int end)
{
	while (col < end && is_blank(&cell[col]))
		col++;
	return col < end;
}

/* Between what is open: from one to the next, however short the text that stood there. */
static void cover_partly(struct page *page, int row)
{
	struct cell *cell = row_cells(page, row);
	int col = find(cell, 0, page->cols, false);

	while (col < page->cols) {
		const int end = find(cell, col, page->cols, true);
		const int from = col ? col + MARGIN : INDENT;
		const int to = end < page->cols ? end - MARGIN : end;

		if (has_text(cell, col, end)) {
			canvas_fill(&page->canvas, row, col, end - col, STYLE_NORMAL, ' ');
			cover_fill(&page->canvas, row, from, to > from ? to - from : 0);
		}
		col = find(cell, end, page->cols, false);
	}
}

static void cover_whole(struct page *page, int row)
{
	canvas_fill(&page->canvas, row, 0, -1, STYLE_NORMAL, ' ');
	cover_fill(&page->canvas, row, INDENT, -1);
}

static void move_row(struct page *page, int from, int to)
{
	if (from != to && page->cols)
		memcpy(row_cells(page, to), row_cells(page, from),
			(size_t)page->cols * sizeof(struct cell));
}

void cover_rows(struct page *page, int from)
{
	enum row_kind last = ROW_BLANK; /* of the last one that is not blank */
	int to = from, blank = 0;

	for (int row = from; row < page->row; row++) {
		const enum row_kind kind = row_kind(row_cells(page, row), page->cols);

		if (kind == ROW_COVERED) {
			/* A picture has blank rows where nothing was counted. */
			to -= blank;
			if (last == ROW_COVERED)
				to--;
			cover_whole(page, to);
		} else {
			move_row(page, row, to);
		}
		if (kind == ROW_PARTLY)
			cover_partly(page, to);
		blank = kind == ROW_BLANK ? blank + 1 : 0;
		last = kind == ROW_BLANK ? last : kind;
		to++;
	}
	for (int row = to; row < page->row; row++)
		canvas_fill(&page->canvas, row, 0, -1, STYLE_NORMAL, ' ');
	page->row = to;
}
