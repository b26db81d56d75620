// SPDX-License-Identifier: GPL-2.0-or-later
#include "panes/page.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "probes/text.h"

enum { PAGE_ROWS_FIRST = 32, PAGE_LINE_BYTES = 2048 };

void page_init(struct page *page, int cols)
{
	page->cols = cols > 0 ? cols : 0;
	page->row = 0;
	page->cover = 0;
	canvas_init(&page->canvas, PAGE_ROWS_FIRST, page->cols);
}

void page_release(struct page *page)
{
	canvas_release(&page->canvas);
	memset(page, 0, sizeof(*page));
}

int page_row(struct page *page)
{
	struct canvas old = page->canvas;

	if (page->row == old.rows) {
		canvas_init(&page->canvas, old.rows * 2, page->cols);
		if (old.cell)
			memcpy(page->canvas.cell, old.cell,
				(size_t)old.rows * (size_t)old.stride * sizeof(*old.cell));
		canvas_release(&old);
	}
	return page->row++;
}

void page_blank(struct page *page)
{
	page_row(page);
}

/* How many bytes of one paragraph go on a line of room columns; *next is where to go on. */
static size_t line_break(const char *text, size_t len, int room, size_t *next)
{
	size_t at = 0, space = 0;
	int used = 0;

	while (at < len) {
		char glyph[5] = "";
		unsigned cp;
		size_t n = text_utf8_next(text + at, len - at, &cp);

		n = n ? n : 1;
		memcpy(glyph, text + at, n);
		used += canvas_width(glyph);
		if (text[at] == ' ')
			space = at;
		if (used > room && (at > 0 || used > 1))
			break;
		at += n;
	}
	if (at >= len) {
		*next = len;
		return len;
	}
	if (space == 0) { /* one long word: break it, but always go on by something */
		*next = at ? at : 1;
		return *next;
	}
	*next = space + 1;
	return space;
}

static void page_line(struct page *page, int indent, uint8_t style, const char *text, size_t len)
{
	char *line = strndup(text, len);

	if (line)
		canvas_text(&page->canvas, page_row(page), indent, -1, style, line);
	free(line);
}

void page_text(struct page *page, int indent, uint8_t style, const char *text)
{
	int room = page->cols - indent > 1 ? page->cols - indent : 1;

	text = text ? text : "-";
	for (;;) {
		size_t len = strcspn(text, "\n"), next;

		do {
			size_t shown = line_break(text, len, room, &next);

			page_line(page, indent, style, text, shown);
			text += next;
			len -= next;
		} while (len);
		if (!*text)
			return;
		text++;
	}
}

void page_printf(struct page *page, int indent, uint8_t style, const char *fmt, ...)
{
	char *text = NULL;
	va_list args;
	int n;

	va_start(args, fmt);
	n = vasprintf(&text, fmt, args);
	va_end(args);
	if (n < 0)
		return;
	page_text(page, indent, style, text);
	free(text);
}

void page_heading(struct page *page, const char *text)
{
	int row = page_row(page);
	int used = canvas_text(&page->canvas, row, 0, -1, STYLE_HEADING, text);

	canvas_fill(&page->canvas, row, used + 1, -1, STYLE_DIM, 0x2500);
}

int page_find(const struct page *page, const char *text)
{
	char line[PAGE_LINE_BYTES];

	for (int row = 0; row < page->row; row++) {
		canvas_row_text(&page->canvas, row, false, line, sizeof(line));
		if (strstr(line, text))
			return row;
	}
	return -1;
}

static void page_show_position(const struct page *page, int top, struct canvas *canvas)
{
	char text[64];
	int last = top + canvas->rows < page->row ? top + canvas->rows : page->row;
	int width;

	snprintf(text, sizeof(text), " %s%s %d-%d/%d ", top > 0 ? "▲" : "",
		last < page->row ? "▼" : "", top + 1, last, page->row);
	width = canvas_width(text);
	if (width < canvas->cols && canvas->rows > 1)
		canvas_text(canvas, canvas->rows - 1, canvas->cols - width, width, STYLE_DIM, text);
}

void page_copy(const struct page *page, int *scroll, struct canvas *canvas)
{
	int most = page->row > canvas->rows ? page->row - canvas->rows : 0;
	int cols = page->cols < canvas->cols ? page->cols : canvas->cols;

	*scroll = *scroll < 0 ? 0 : *scroll > most ? most : *scroll;
	canvas_clear(canvas);
	for (int row = 0; row < canvas->rows && *scroll + row < page->row && cols > 0; row++)
		memcpy(canvas->cell + (size_t)row * (size_t)canvas->stride,
			page->canvas.cell + (size_t)(*scroll + row) * (size_t)page->canvas.stride,
			(size_t)cols * sizeof(struct cell));
}

void page_show(const struct page *page, int *scroll, struct canvas *canvas)
{
	page_copy(page, scroll, canvas);
	if (page->row > canvas->rows)
		page_show_position(page, *scroll, canvas);
}

bool page_act(int *scroll, int rows_on_screen, enum action action)
{
	int page = rows_on_screen > 2 ? rows_on_screen - 1 : 1;
	long to = *scroll;

	if (action == ACTION_UP)
		to -= 1;
	else if (action == ACTION_DOWN)
		to += 1;
	else if (action == ACTION_PAGE_UP)
		to -= page;
	else if (action == ACTION_PAGE_DOWN)
		to += page;
	else if (action == ACTION_HOME)
		to = 0;
	else if (action == ACTION_END)
		to = INT_MAX;
	else
		return false;
	*scroll = to < 0 ? 0 : to > INT_MAX ? INT_MAX : (int)to;
	return true;
}
