// SPDX-License-Identifier: GPL-2.0-or-later
#include "panes/picture.h"

#include <math.h>

#include "panes/format.h"

enum { INDENT = 2, BLOCK_LOWEST = 0x2581, HATCH = 0x2592, LINE_DOWN = 0x2502, TICK = 0x25b2 };

/* What part of the bins is drawn, and how many of them in one column. */
struct axis {
	unsigned first, last, merge;
	int cols;
};

static uint64_t column_count(const struct histogram *histogram, const struct axis *axis, int col)
{
	unsigned from = axis->first + (unsigned)col * axis->merge;
	uint64_t sum = 0;

	for (unsigned i = from; i < from + axis->merge && i < HISTOGRAM_BINS; i++)
		sum += histogram->count[i];
	return sum;
}

/* Half a decade around what there is, so that the axis has marks. */
static struct axis axis_make(const struct histogram *histogram, int cols)
{
	enum { AROUND = 6 };
	struct axis axis = { .first = 0, .last = HISTOGRAM_BINS - 1, .merge = 1 };

	while (axis.first < axis.last && !histogram->count[axis.first])
		axis.first++;
	while (axis.last > axis.first && !histogram->count[axis.last])
		axis.last--;
	axis.first = axis.first > AROUND ? axis.first - AROUND : 0;
	axis.last = axis.last + AROUND < HISTOGRAM_BINS ? axis.last + AROUND : HISTOGRAM_BINS - 1;
	while ((int)((axis.last - axis.first) / axis.merge) + 1 > cols)
		axis.merge++;
	axis.cols = (int)((axis.last - axis.first) / axis.merge) + 1;
	return axis;
}

/* Negative when it lies before the first column. */
static int column_of_bin(const struct axis *axis, unsigned bin)
{
	return bin < axis->first ? -1 : (int)((bin - axis->first) / axis->merge);
}

static int column_of(const struct axis *axis, double ns)
{
	return isnan(ns) ? -1 : column_of_bin(axis, histogram_bin((uint64_t)ns));
}

static void draw_axis(struct canvas *canvas, int row, const struct axis *axis)
{
	int free_from = 0;

	for (double ns = 1e3; ns < 1e11; ns *= 10) {
		int col = column_of(axis, ns);
		char text[FORMAT_SIZE];

		if (col < free_from || col >= axis->cols)
			continue;
		canvas_fill(canvas, row, INDENT + col, 1, STYLE_DIM, TICK);
		free_from = col + 2 +
			    canvas_text(canvas, row, INDENT + col + 1, -1, STYLE_DIM,
				    format_decade(text, ns));
	}
}

/*
 * A column from the bottom up, in eighths of a row; what is there at all has an eighth. Hatched
 * ones are told by their glyph, too: colour may be missing.
 */
static void draw_column(struct canvas *part, int col, double of_most, bool hatched)
{
	int eighths = (int)lround(of_most * part->rows * 8);

	eighths = eighths < 1 ? 1 : eighths;
	for (int row = part->rows - 1; eighths > 0; row--, eighths -= 8)
		canvas_fill(part, row, col, 1, hatched ? STYLE_WARN : STYLE_HOST,
			hatched ? HATCH : BLOCK_LOWEST + (uint32_t)(eighths > 8 ? 7 : eighths - 1));
}

static uint64_t most_of(const struct histogram *histogram, const struct axis *axis)
{
	uint64_t most = 0;

	for (int col = 0; col < axis->cols; col++) {
		uint64_t count = column_count(histogram, axis, col);

		most = count > most ? count : most;
	}
	return most;
}

static bool draw_columns(
	const struct picture_lengths *lengths, const struct axis *axis, struct canvas *part)
{
	uint64_t most = most_of(lengths->all, axis);
	bool any = false;

	for (int col = 0; col < axis->cols; col++) {
		uint64_t count = column_count(lengths->all, axis, col);
		bool hatched =
			lengths->hatched && 2 * column_count(lengths->hatched, axis, col) > count;

		if (count)
			draw_column(part, col, (double)count / (double)most, hatched);
		any |= count && hatched;
	}
	return any;
}

/* A line down to the columns between the two kinds, above what is there. */
static void draw_valley(const struct axis *axis, unsigned valley, struct canvas *part)
{
	int col = column_of_bin(axis, valley);

	if (!valley || col < 0 || col >= axis->cols)
		return;
	for (int row = 0; row < part->rows; row++)
		if (part->cell[row * part->stride + col].cp == ' ')
			canvas_fill(part, row, col, 1, STYLE_DIM, LINE_DOWN);
}

/* A mark with its number behind it, or before it at the right edge. Returns where it ends. */
static int draw_mark(struct page *page, int row, int col, double ns)
{
	char text[FORMAT_SIZE];
	int width = canvas_width(format_ns(text, ns)), from = col + 1;

	if (from + width > page->cols && col - width >= INDENT)
		from = col - width;
	canvas_text(&page->canvas, row, col, -1, STYLE_WATCH, "^");
	canvas_text(&page->canvas, row, from, -1, STYLE_WATCH, text);
	return from > col ? from + width : col + 1;
}

/* Below the axis, where the two kinds have their middle. */
static void draw_marks(
	const struct axis *axis, const struct picture_modes *modes, struct page *page)
{
	int fast = column_of(axis, modes->fast_ns), slow = column_of(axis, modes->slow_ns);
	bool has_fast = fast >= 0 && fast < axis->cols, has_slow = slow >= 0 && slow < axis->cols;
	int row, end = 0;

	if (!has_fast && !has_slow)
		return;
	row = page_row(page);
	if (has_fast)
		end = draw_mark(page, row, INDENT + fast, modes->fast_ns);
	if (has_slow)
		draw_mark(page, INDENT + slow > end ? row : page_row(page), INDENT + slow,
			modes->slow_ns);
}

bool picture_lengths(const struct picture_lengths *lengths, struct page *page)
{
	struct canvas part;
	struct axis axis;
	int top = page->row, bottom;
	bool hatched;

	if (page->cols <= INDENT || lengths->rows < 1 || !histogram_total(lengths->all))
		return false;
	axis = axis_make(lengths->all, page->cols - INDENT);
	do
		bottom = page_row(page);
	while (bottom < top + lengths->rows);
	part = canvas_sub(&page->canvas, top, INDENT, lengths->rows, axis.cols);
	hatched = draw_columns(lengths, &axis, &part);
	if (lengths->modes)
		draw_valley(&axis, lengths->modes->valley, &part);
	draw_axis(&page->canvas, bottom, &axis);
	if (lengths->modes)
		draw_marks(&axis, lengths->modes, page);
	return hatched;
}
