// SPDX-License-Identifier: GPL-2.0-or-later
#include "tui/document.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "panes/page.h"
#include "probes/arena.h"
#include "probes/text.h"

enum { LABEL_COLS = 14, INDENT = 2, FENCE_MIN = 3 };

static void put(struct document *document, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static void put(struct document *document, const char *fmt, ...)
{
	va_list args;

	if (document->rc)
		return;
	va_start(args, fmt);
	if (vfprintf(document->stream, fmt, args) < 0)
		document->rc = errno ? -errno : -EIO;
	va_end(args);
}

static bool is_markdown(const struct document *document)
{
	return document->form == DOCUMENT_MARKDOWN;
}

/* Characters that mean something wherever they stand. */
static bool is_markup(char c)
{
	return strchr("\\`*_[]<>|~&$#", c) != NULL;
}

/* A list, a numbered list or a line under a heading: markup at the beginning of a line only. */
static bool is_markup_at_start(const char *text)
{
	const size_t digits = strspn(text, "0123456789");

	return strchr("-+=", *text) || (digits && (text[digits] == '.' || text[digits] == ')'));
}

/* What is printed of text, by the same rules as on a canvas. */
static char *printable(const struct document *document, const char *text)
{
	size_t left = strlen(text), n;
	char *out = xcalloc(left + 1, 1), *at = out;
	unsigned cp;

	for (; left; text += n, left -= n) {
		n = text_utf8_next(text, left, &cp);
		if (!n || !text_printable(cp))
			cp = '?';
		n = n ? n : 1;
		at += text_utf8_put(document->ascii ? canvas_ascii(cp) : cp, at);
	}
	return out;
}

/* GitHub makes links of these by itself, and nobody should follow the name of a VM. */
static bool is_link_at(const char *text, size_t i)
{
	return (text[i] == ':' && text[i + 1] == '/') ||
	       (text[i] == '.' && i >= 3 && !strncasecmp(text + i - 3, "www", 3));
}

/* One line of text inside of markup. */
static void put_escaped(struct document *document, const char *text, bool at_start)
{
	char *clean = printable(document, text ? text : "-");
	const size_t first = strspn(clean, "0123456789");

	at_start = at_start && *clean && is_markup_at_start(clean);
	for (size_t i = 0; clean[i]; i++)
		put(document, "%s%c",
			is_markup(clean[i]) || is_link_at(clean, i) || (at_start && i == first)
				? "\\"
				: "",
			clean[i]);
	free(clean);
}

/* Rows of a canvas up to the last that has anything; returns how many. */
static int filled_rows(const struct canvas *canvas)
{
	const size_t size = (size_t)canvas->cols * 4 + 1;
	char *row = xcalloc(size, 1);
	int rows = canvas->rows;

	while (rows > 0 && !canvas_row_text(canvas, rows - 1, false, row, size))
		rows--;
	free(row);
	return rows;
}

typedef void put_row(struct document *document, const char *row, void *arg);

static void each_row(
	struct document *document, const struct canvas *canvas, int rows, put_row *each, void *arg)
{
	const size_t size = (size_t)canvas->cols * 4 + 1;
	char *row = xcalloc(size, 1);

	for (int i = 0; i < rows; i++) {
		canvas_row_text(canvas, i, document->ascii, row, size);
		each(document, row, arg);
	}
	free(row);
}

static void put_line(struct document *document, const char *row, void *arg)
{
	(void)arg;
	put(document, "%s\n", row);
}

static void put_page(struct document *document, const struct page *page)
{
	each_row(document, &page->canvas, page->row, put_line, NULL);
}

static void text_title(struct document *document, int level, const char *text)
{
	struct page page;

	page_init(&page, DOCUMENT_COLS);
	page_text(&page, 0, STYLE_TITLE, text);
	if (level < 3)
		canvas_fill(&page.canvas, page_row(&page), 0,
			level == 1 ? DOCUMENT_COLS : canvas_width(text), STYLE_DIM, 0x2500);
	put_page(document, &page);
	page_release(&page);
}

void document_title(struct document *document, int level, const char *text)
{
	if (is_markdown(document)) {
		put(document, "%.*s ", level, "######");
		put_escaped(document, text, false);
		put(document, "\n\n");
		return;
	}
	text_title(document, level, text);
	if (level < 3)
		put(document, "\n");
}

void document_text(struct document *document, const char *text)
{
	struct page page;

	if (is_markdown(document)) {
		put_escaped(document, text, true);
	} else {
		page_init(&page, DOCUMENT_COLS);
		page_text(&page, 0, STYLE_NORMAL, text);
		put_page(document, &page);
		page_release(&page);
	}
	put(document, is_markdown(document) ? "\n\n" : "\n");
}

void document_item(struct document *document, const char *label, const char *text)
{
	struct page page;

	if (is_markdown(document)) {
		put(document, "- **");
		put_escaped(document, label, false);
		put(document, ":** ");
		put_escaped(document, text, false);
		put(document, "\n");
		return;
	}
	page_init(&page, DOCUMENT_COLS);
	page_text(&page, INDENT + LABEL_COLS, STYLE_NORMAL, text);
	canvas_text(&page.canvas, 0, INDENT, LABEL_COLS - 1, STYLE_DIM, label);
	put_page(document, &page);
	page_release(&page);
}

void document_end_list(struct document *document)
{
	put(document, "\n");
}

static void count_backticks(struct document *document, const char *row, void *arg)
{
	size_t *most = arg;

	(void)document;
	while (*row) {
		const size_t run = strspn(row, "`");

		*most = run > *most ? run : *most;
		row += run ? run : 1;
	}
}

/* Longer than any row of backticks inside, so that none of them can end it. */
static void put_fence(struct document *document, size_t longest)
{
	size_t n = longest + 1 > FENCE_MIN ? longest + 1 : FENCE_MIN;

	while (n--)
		put(document, "`");
	put(document, "\n");
}

void document_canvas(struct document *document, const struct canvas *canvas)
{
	const int rows = filled_rows(canvas);
	size_t backticks = 0;

	if (!rows)
		return;
	if (is_markdown(document)) {
		each_row(document, canvas, rows, count_backticks, &backticks);
		put_fence(document, backticks);
	}
	each_row(document, canvas, rows, put_line, NULL);
	if (is_markdown(document))
		put_fence(document, backticks);
	put(document, "\n");
}

void document_code(struct document *document, const char *text)
{
	const bool markdown = is_markdown(document);
	struct page page;

	page_init(&page, markdown ? canvas_width(text) : DOCUMENT_COLS);
	page_text(&page, markdown ? 0 : 2 * INDENT, STYLE_NORMAL, text);
	document_canvas(document, &page.canvas);
	page_release(&page);
}

void document_table(struct document *document, const struct document_column *column, size_t n)
{
	const char *heading[DOCUMENT_CELLS] = { NULL };
	size_t i;

	document->n_cell = n < DOCUMENT_CELLS ? n : DOCUMENT_CELLS;
	for (i = 0; i < document->n_cell; i++) {
		heading[i] = column[i].heading;
		document->width[i] = column[i].width;
	}
	document_row(document, heading);
	for (i = 0; i < document->n_cell && is_markdown(document); i++)
		put(document, "%s---", i ? " | " : "| ");
	if (is_markdown(document))
		put(document, " |\n");
}

static void text_row(struct document *document, const char *const *cell)
{
	struct canvas canvas;
	int col = 0;

	canvas_init(&canvas, 1, DOCUMENT_COLS);
	for (size_t i = 0; i < document->n_cell; i++) {
		canvas_text(&canvas, 0, col, document->width[i], STYLE_NORMAL, cell[i]);
		col += document->width[i] + 1;
	}
	each_row(document, &canvas, 1, put_line, NULL);
	canvas_release(&canvas);
}

void document_row(struct document *document, const char *const *cell)
{
	if (!is_markdown(document)) {
		text_row(document, cell);
		return;
	}
	for (size_t i = 0; i < document->n_cell; i++) {
		put(document, "%s", i ? " | " : "| ");
		put_escaped(document, cell[i], false);
	}
	put(document, " |\n");
}

void document_end_table(struct document *document)
{
	put(document, "\n");
}

int document_finish(struct document *document)
{
	if (!document->rc && fflush(document->stream))
		document->rc = -errno;
	return document->rc;
}
