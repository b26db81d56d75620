// SPDX-License-Identifier: GPL-2.0-or-later
#include "panes/canvas.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "probes/arena.h"
#include "probes/text.h"

enum { CP_BLANK = ' ', CP_UNPRINTABLE = '?', CP_CUT = '~' };

void canvas_init(struct canvas *canvas, int rows, int cols)
{
	canvas->rows = rows > 0 ? rows : 0;
	canvas->cols = cols > 0 ? cols : 0;
	canvas->stride = canvas->cols;
	canvas->cell = NULL;
	if (canvas->rows && canvas->cols)
		canvas->cell =
			xcalloc((size_t)canvas->rows * (size_t)canvas->cols, sizeof(*canvas->cell));
	canvas_clear(canvas);
}

void canvas_release(struct canvas *canvas)
{
	free(canvas->cell);
	memset(canvas, 0, sizeof(*canvas));
}

static struct cell *canvas_at(const struct canvas *canvas, int row, int col)
{
	if (row < 0 || row >= canvas->rows || col < 0 || col >= canvas->cols)
		return NULL;
	return &canvas->cell[(size_t)row * (size_t)canvas->stride + (size_t)col];
}

void canvas_clear(struct canvas *canvas)
{
	for (int row = 0; row < canvas->rows; row++)
		for (int col = 0; col < canvas->cols; col++)
			*canvas_at(canvas, row, col) = (struct cell){ CP_BLANK, STYLE_NORMAL };
}

static int clamp(int value, int low, int high)
{
	return value < low ? low : value > high ? high : value;
}

struct canvas canvas_sub(const struct canvas *canvas, int row, int col, int rows, int cols)
{
	struct canvas sub = { .stride = canvas->stride };
	int top = clamp(row, 0, canvas->rows), left = clamp(col, 0, canvas->cols);

	sub.rows = clamp(rows, 0, canvas->rows - top);
	sub.cols = clamp(cols, 0, canvas->cols - left);
	sub.cell = sub.rows && sub.cols ? canvas_at(canvas, top, left) : NULL;
	return sub;
}

/*
 * Code points of two columns: East Asian Wide and Fullwidth of Unicode, blocks rounded up to
 * what is assigned in them. Our own list, because wcwidth depends on the locale.
 */
/* clang-format off */
static const struct {
	uint32_t first, last;
} wide[] = {
	{ 0x1100, 0x115f }, { 0x231a, 0x231b }, { 0x2329, 0x232a }, { 0x23e9, 0x23ec },
	{ 0x23f0, 0x23f0 }, { 0x23f3, 0x23f3 }, { 0x25fd, 0x25fe }, { 0x2614, 0x2615 },
	{ 0x2648, 0x2653 }, { 0x267f, 0x267f }, { 0x2693, 0x2693 }, { 0x26a1, 0x26a1 },
	{ 0x26aa, 0x26ab }, { 0x26bd, 0x26be }, { 0x26c4, 0x26c5 }, { 0x26ce, 0x26ce },
	{ 0x26d4, 0x26d4 }, { 0x26ea, 0x26ea }, { 0x26f2, 0x26f3 }, { 0x26f5, 0x26f5 },
	{ 0x26fa, 0x26fa }, { 0x26fd, 0x26fd }, { 0x2705, 0x2705 }, { 0x270a, 0x270b },
	{ 0x2728, 0x2728 }, { 0x274c, 0x274c }, { 0x274e, 0x274e }, { 0x2753, 0x2755 },
	{ 0x2757, 0x2757 }, { 0x2795, 0x2797 }, { 0x27b0, 0x27b0 }, { 0x27bf, 0x27bf },
	{ 0x2b1b, 0x2b1c }, { 0x2b50, 0x2b50 }, { 0x2b55, 0x2b55 }, { 0x2e80, 0x303e },
	{ 0x3040, 0x3247 }, { 0x3250, 0x4dbf }, { 0x4e00, 0xa4cf }, { 0xa960, 0xa97f },
	{ 0xac00, 0xd7a3 }, { 0xf900, 0xfaff }, { 0xfe10, 0xfe1f }, { 0xfe30, 0xfe6f },
	{ 0xff00, 0xff60 }, { 0xffe0, 0xffe6 }, { 0x16fe0, 0x18aff }, { 0x1aff0, 0x1b2ff },
	{ 0x1f004, 0x1f004 }, { 0x1f0cf, 0x1f0cf }, { 0x1f18e, 0x1f18e }, { 0x1f191, 0x1f19a },
	{ 0x1f200, 0x1f320 }, { 0x1f32d, 0x1f335 }, { 0x1f337, 0x1f37c }, { 0x1f37e, 0x1f393 },
	{ 0x1f3a0, 0x1f3ca }, { 0x1f3cf, 0x1f3d3 }, { 0x1f3e0, 0x1f3f0 }, { 0x1f3f4, 0x1f3f4 },
	{ 0x1f3f8, 0x1f43e }, { 0x1f440, 0x1f440 }, { 0x1f442, 0x1f4fc }, { 0x1f4ff, 0x1f53d },
	{ 0x1f54b, 0x1f54e }, { 0x1f550, 0x1f567 }, { 0x1f57a, 0x1f57a }, { 0x1f595, 0x1f596 },
	{ 0x1f5a4, 0x1f5a4 }, { 0x1f5fb, 0x1f64f }, { 0x1f680, 0x1f6c5 }, { 0x1f6cc, 0x1f6cc },
	{ 0x1f6d0, 0x1f6d2 }, { 0x1f6d5, 0x1f6df }, { 0x1f6eb, 0x1f6ef }, { 0x1f6f4, 0x1f6ff },
	{ 0x1f7e0, 0x1f7ff }, { 0x1f90c, 0x1f93a }, { 0x1f93c, 0x1f945 }, { 0x1f947, 0x1f9ff },
	{ 0x1fa70, 0x1faff }, { 0x20000, 0x3fffd },
};
/* clang-format on */

static bool cp_is_wide(uint32_t cp)
{
	const size_t n = sizeof(wide) / sizeof(wide[0]);
	size_t low = 0, high = n;

	while (low < high) {
		size_t mid = (low + high) / 2;

		if (cp > wide[mid].last)
			low = mid + 1;
		else
			high = mid;
	}
	return low < n && cp >= wide[low].first;
}

/* The next character that will be shown for text, and its columns; 0 at the end. */
static int next_glyph(const char **text, size_t *left, uint32_t *cp)
{
	unsigned decoded = 0;
	size_t bytes;

	if (!*left)
		return 0;
	bytes = text_utf8_next(*text, *left, &decoded);
	if (!bytes || !text_printable(decoded))
		decoded = CP_UNPRINTABLE;
	if (!bytes)
		bytes = 1;
	*text += bytes;
	*left -= bytes;
	*cp = decoded;
	return cp_is_wide(decoded) ? 2 : 1;
}

static const char *known(const char *text)
{
	return text ? text : "-";
}

int canvas_width(const char *text)
{
	const char *at = known(text);
	size_t left = strlen(at);
	uint32_t cp;
	int width = 0, glyph;

	while ((glyph = next_glyph(&at, &left, &cp)))
		width += glyph;
	return width;
}

/* Write one cell; what it leaves of a wide character beside it becomes blank. */
static void put(struct canvas *canvas, int row, int col, uint8_t style, uint32_t cp)
{
	struct cell *cell = canvas_at(canvas, row, col);
	struct cell *before = canvas_at(canvas, row, col - 1);
	struct cell *after = canvas_at(canvas, row, col + 1);

	if (!cell)
		return;
	if (cell->cp == 0 && cp != 0 && before)
		before->cp = CP_BLANK;
	if (after && after->cp == 0)
		after->cp = CP_BLANK;
	*cell = (struct cell){ cp, style };
}

static void put_glyph(
	struct canvas *canvas, int row, int col, uint8_t style, uint32_t cp, int glyph)
{
	/* A wide character of which only half is on the canvas is shown as none. */
	if (glyph == 2 && (col < 0 || col + 1 >= canvas->cols))
		cp = CP_BLANK;
	put(canvas, row, col, style, cp);
	if (glyph == 2)
		put(canvas, row, col + 1, style, cp == CP_BLANK ? CP_BLANK : 0);
}

int canvas_text(struct canvas *canvas, int row, int col, int width, uint8_t style, const char *text)
{
	const char *at = known(text);
	size_t left = strlen(at);
	int limit = canvas->cols - col, used = 0, glyph;
	bool cut;
	uint32_t cp;

	if (width >= 0 && width < limit)
		limit = width;
	if (limit <= 0)
		return 0;
	cut = canvas_width(at) > limit;
	while ((glyph = next_glyph(&at, &left, &cp)) && used + glyph <= limit - cut) {
		put_glyph(canvas, row, col + used, style, cp, glyph);
		used += glyph;
	}
	if (cut)
		put(canvas, row, col + used++, style, CP_CUT);
	return used;
}

int canvas_printf(struct canvas *canvas, int row, int col, uint8_t style, const char *fmt, ...)
{
	char *text = NULL;
	va_list args;
	int used;

	va_start(args, fmt);
	used = vasprintf(&text, fmt, args);
	va_end(args);
	if (used < 0)
		return 0;
	used = canvas_text(canvas, row, col, -1, style, text);
	free(text);
	return used;
}

void canvas_fill(struct canvas *canvas, int row, int col, int width, uint8_t style, uint32_t cp)
{
	int end = width < 0 || width > canvas->cols - col ? canvas->cols : col + width;

	for (int at = col < 0 ? 0 : col; at < end; at++)
		put(canvas, row, at, style, cp);
}

void canvas_mark(struct canvas *canvas, int row, int col, int width, uint8_t flags)
{
	int end = width < 0 || width > canvas->cols - col ? canvas->cols : col + width;

	for (int at = col < 0 ? 0 : col; at < end; at++) {
		struct cell *cell = canvas_at(canvas, row, at);

		if (cell)
			cell->style |= flags;
	}
}

uint32_t canvas_ascii(uint32_t cp)
{
	/* Line, block and arrow characters that panes draw with, and what stands for them. */
	static const struct {
		uint32_t cp;
		char ascii;
	} stand_in[] = {
		{ 0x2500, '-' }, { 0x2502, '|' }, { 0x250c, '+' }, { 0x2510, '+' }, /* ─ │ ┌ ┐ */
		{ 0x2514, '+' }, { 0x2518, '+' }, { 0x251c, '+' }, { 0x2524, '+' }, /* └ ┘ ├ ┤ */
		{ 0x252c, '+' }, { 0x2534, '+' }, { 0x253c, '+' }, /* ┬ ┴ ┼ */
		{ 0x2581, '_' }, { 0x2582, '.' }, { 0x2583, ':' }, { 0x2584, '-' }, /* ▁ ▂ ▃ ▄ */
		{ 0x2585, '=' }, { 0x2586, '+' }, { 0x2587, '*' }, { 0x2588, '#' }, /* ▅ ▆ ▇ █ */
		{ 0x2589, '#' }, { 0x258a, '#' }, { 0x258b, '#' }, { 0x258c, '#' }, /* ▉ ▊ ▋ ▌ */
		{ 0x258d, '-' }, { 0x258e, '-' }, { 0x258f, '-' }, /* ▍ ▎ ▏ */
		{ 0x2591, ':' }, { 0x2592, '%' }, { 0x2593, '&' }, /* ░ ▒ ▓, with # ever darker */
		{ 0x25b2, '^' }, { 0x25bc, 'v' }, { 0x25b6, '>' }, { 0x25c0, '<' }, /* ▲ ▼ ▶ ◀ */
		{ 0x00b1, '~' }, { 0x00b7, '.' }, { 0x00d7, 'x' }, { 0x2022, '*' }, /* ± · × • */
		{ 0x2013, '-' }, { 0x2026, '~' }, { 0x2190, '<' }, { 0x2192, '>' }, /* – … ← → */
	};

	if (cp < 0x80)
		return cp;
	for (size_t i = 0; i < sizeof(stand_in) / sizeof(stand_in[0]); i++)
		if (stand_in[i].cp == cp)
			return (uint32_t)stand_in[i].ascii;
	return CP_UNPRINTABLE;
}

size_t canvas_row_text(const struct canvas *canvas, int row, bool ascii, char *buf, size_t size)
{
	size_t used = 0, end = 0;

	for (int col = 0; col < canvas->cols; col++) {
		const struct cell *cell = canvas_at(canvas, row, col);
		char bytes[4];
		size_t n;

		if (!cell || (cell->cp == 0 && !ascii))
			continue;
		n = text_utf8_put(
			ascii ? canvas_ascii(cell->cp ? cell->cp : CP_UNPRINTABLE) : cell->cp,
			bytes);
		if (used + n >= size)
			break;
		memcpy(buf + used, bytes, n);
		used += n;
		if (cell->cp != CP_BLANK)
			end = used;
	}
	if (size)
		buf[end] = '\0';
	return end;
}
