// SPDX-License-Identifier: GPL-2.0-or-later
#include "panes/picture.h"

#include <math.h>
#include <stdio.h>

#include "panes/format.h"

enum {
	LABEL_COL = 2,
	LABEL_COLS = 5,
	AXIS_COL = LABEL_COL + LABEL_COLS + 1,
	LEFT = AXIS_COL + 1,
	MARK_COLS = 13, /* blank, arrow, blank, "fast", blank, five of a number */
	SHADES = 4,
	AXIS_LINE = 0x2502,
	AXIS_TICK = 0x2524,
	TIME_TICK = 0x25b2,
	ARROW = 0x25c0
};

static const uint32_t shade[SHADES] = { 0x2591, 0x2592, 0x2593, 0x2588 };

/* The slices that fit, and how they are drawn. */
struct view {
	const struct picture_slice *slice;
	size_t n_slice;
	unsigned first, merge; /* the bin at the bottom, and bins in a row */
	int rows;
	uint64_t most; /* of a cell */
};

static uint64_t count_of(const struct view *view, size_t slice, unsigned bin)
{
	return view->slice[slice].known ? view->slice[slice].counted.count[bin] : 0;
}

static uint64_t row_count(const struct view *view, size_t slice, int row)
{
	unsigned from = view->first + (unsigned)(view->rows - 1 - row) * view->merge;
	uint64_t sum = 0;

	for (unsigned bin = from; bin < from + view->merge && bin < HISTOGRAM_BINS; bin++)
		sum += count_of(view, slice, bin);
	return sum;
}

static bool is_empty(const struct view *view, unsigned bin)
{
	for (size_t i = 0; i < view->n_slice; i++)
		if (count_of(view, i, bin))
			return false;
	return true;
}

/* Whole decades around what there is, one at least. Returns false when that is nothing. */
static bool choose_rows(struct view *view, int rows)
{
	unsigned low = 0, high = HISTOGRAM_BINS - 1;
	double bottom, top;
	int wanted;

	while (low < HISTOGRAM_BINS && is_empty(view, low))
		low++;
	if (low == HISTOGRAM_BINS)
		return false;
	while (is_empty(view, high))
		high--;
	/* A bin that the power of ten lies in is no reason to begin a decade earlier. */
	bottom = floor(log10((double)histogram_low_ns(low + 1)));
	top = fmax(ceil(log10((double)histogram_low_ns(high))), bottom + 1);
	view->first = histogram_bin((uint64_t)pow(10, bottom));
	wanted = (int)(histogram_bin((uint64_t)pow(10, top)) - view->first) + 1;
	for (view->merge = 2; wanted > rows * (int)view->merge;)
		view->merge *= 2;
	view->rows = (wanted + (int)view->merge - 1) / (int)view->merge;
	return true;
}

static void find_most(struct view *view)
{
	for (size_t i = 0; i < view->n_slice; i++)
		for (int row = 0; row < view->rows; row++) {
			uint64_t count = row_count(view, i, row);

			view->most = count > view->most ? count : view->most;
		}
}

/* One alone is the lightest, unless it is the most that there is. */
static uint32_t shade_of(uint64_t count, uint64_t most)
{
	int i = SHADES - 1;

	if (count < most)
		i = (int)(SHADES * log((double)count) / log((double)most));
	return shade[i < SHADES ? i : SHADES - 1];
}

static void draw_cells(const struct view *view, struct canvas *part)
{
	for (size_t i = 0; i < view->n_slice; i++) {
		int col = LEFT + (int)i;

		for (int row = 0; row < view->rows; row++) {
			uint64_t count = row_count(view, i, row);

			if (count)
				canvas_fill(
					part, row, col, 1, STYLE_HOST, shade_of(count, view->most));
		}
		if (!view->slice[i].known)
			canvas_fill(part, view->rows - 1, col, 1, STYLE_DIM, '-');
	}
}

/* -1: it lies outside. */
static int row_of(const struct view *view, double ns)
{
	int up = ((int)histogram_bin((uint64_t)ns) - (int)view->first) / (int)view->merge;

	return up < 0 || up >= view->rows || histogram_bin((uint64_t)ns) < view->first
		       ? -1
		       : view->rows - 1 - up;
}

static void draw_lengths(const struct view *view, struct canvas *part)
{
	int labelled = -1; /* of two in one row the first has it */

	for (int row = 0; row < view->rows; row++)
		canvas_fill(part, row, AXIS_COL, 1, STYLE_DIM, AXIS_LINE);
	for (double ns = 1e3; ns < 1e11; ns *= 10) {
		int row = row_of(view, ns), width;
		char text[FORMAT_SIZE];

		if (row < 0 || row == labelled)
			continue;
		labelled = row;
		width = canvas_width(format_decade(text, ns));
		canvas_fill(part, row, AXIS_COL, 1, STYLE_DIM, AXIS_TICK);
		canvas_text(part, row, LABEL_COL + LABEL_COLS - width, width, STYLE_DIM, text);
	}
}

static void draw_mode(const struct view *view, const char *name, double ns, struct canvas *part)
{
	int row = isnan(ns) ? -1 : row_of(view, ns), col = LEFT + (int)view->n_slice + 1;
	char text[FORMAT_SIZE];

	if (row < 0)
		return;
	canvas_fill(part, row, col, 1, STYLE_WATCH, ARROW);
	canvas_printf(part, row, col + 2, STYLE_WATCH, "%s %s", name, format_ns(text, ns));
}

/* The least of these ages that leaves room for its label from one mark to the next. */
static unsigned tick_s(double slice_s)
{
	static const unsigned step_s[] = { 1, 5, 10, 30, 60, 300, 600, 3600, 6 * 3600 };
	enum { LEAST_COLS = 8, STEPS = sizeof(step_s) / sizeof(step_s[0]) };
	int i = 0;

	while (i < STEPS - 1 && step_s[i] < LEAST_COLS * slice_s)
		i++;
	return step_s[i];
}

/* How long ago, under the columns; now is where the last one ends. */
static void draw_time(const struct view *view, double slice_s, struct page *page)
{
	const int row = page_row(page), end = LEFT + (int)view->n_slice;
	const unsigned step_s = tick_s(slice_s);

	for (unsigned age_s = step_s; age_s <= (double)view->n_slice * slice_s; age_s += step_s) {
		int col = end - (int)lround(age_s / slice_s);

		canvas_fill(&page->canvas, row, col, 1, STYLE_DIM, TIME_TICK);
		canvas_printf(&page->canvas, row, col + 1, STYLE_DIM,
			age_s % 60     ? "-%us"
			: age_s % 3600 ? "-%um"
				       : "-%uh",
			age_s % 60     ? age_s
			: age_s % 3600 ? age_s / 60
				       : age_s / 3600);
	}
	canvas_text(&page->canvas, row, end - 3 > LEFT ? end - 3 : LEFT, -1, STYLE_DIM, "now");
}

static void draw(const struct picture_heat *heat, const struct view *view, struct page *page)
{
	struct canvas part;
	int top = page->row;

	while (page->row < top + view->rows)
		page_row(page);
	part = canvas_sub(&page->canvas, top, 0, view->rows, page->cols);
	draw_lengths(view, &part);
	draw_cells(view, &part);
	if (heat->modes && LEFT + (int)view->n_slice + MARK_COLS <= page->cols) {
		draw_mode(view, "fast", heat->modes->fast_ns, &part);
		draw_mode(view, "slow", heat->modes->slow_ns, &part);
	}
	draw_time(view, heat->slice_s, page);
}

int picture_heat(const struct picture_heat *heat, struct page *page)
{
	struct view view = { .n_slice = heat->n_slice };
	int top = page->row, room = page->cols - LEFT;

	if (room < 1 || heat->rows < 1 || !heat->n_slice)
		return 0;
	if (view.n_slice > (size_t)room)
		view.n_slice = (size_t)room;
	view.slice = heat->slice + (heat->n_slice - view.n_slice);
	if (choose_rows(&view, heat->rows)) {
		find_most(&view);
		draw(heat, &view, page);
	}
	return page->row - top;
}
