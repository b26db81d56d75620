// SPDX-License-Identifier: GPL-2.0-or-later
#include "panes/vmpage.h"

#include <math.h>

#include "panes/format.h"
#include "panes/style.h"
#include "panes/window.h"

enum { INDENT = 2, PICTURE_ROWS = 5, THROTTLED = 0x2592 };

/* What part of the bins is drawn, and how many of them in one column. */
struct picture {
	unsigned first, last, merge;
	int cols;
	uint64_t most;
};

static uint64_t column_count(
	const struct histogram *histogram, const struct picture *picture, int col)
{
	unsigned from = picture->first + (unsigned)col * picture->merge;
	uint64_t sum = 0;

	for (unsigned i = from; i < from + picture->merge && i < HISTOGRAM_BINS; i++)
		sum += histogram->count[i];
	return sum;
}

/* Whole decades around what there is, so that the axis has marks. */
static struct picture picture_make(const struct histogram *histogram, int cols)
{
	struct picture picture = { .first = 0, .last = HISTOGRAM_BINS - 1, .merge = 1 };

	while (picture.first < picture.last && !histogram->count[picture.first])
		picture.first++;
	while (picture.last > picture.first && !histogram->count[picture.last])
		picture.last--;
	picture.first = picture.first > 6 ? picture.first - 6 : 0;
	picture.last = picture.last + 6 < HISTOGRAM_BINS ? picture.last + 6 : HISTOGRAM_BINS - 1;
	while ((int)((picture.last - picture.first) / picture.merge) + 1 > cols)
		picture.merge++;
	picture.cols = (int)((picture.last - picture.first) / picture.merge) + 1;
	for (int col = 0; col < picture.cols; col++) {
		uint64_t count = column_count(histogram, &picture, col);

		picture.most = count > picture.most ? count : picture.most;
	}
	return picture;
}

/*
 * A column from the bottom up, in eighths of a row; what is there at all has an eighth. Throttled
 * ones are told by their glyph, too: colour may be missing.
 */
static void draw_column(
	struct canvas *canvas, int bottom, int col, double of_most, bool throttled)
{
	int eighths = (int)lround(of_most * PICTURE_ROWS * 8);

	eighths = eighths < 1 ? 1 : eighths;
	for (int row = bottom; eighths > 0; row--, eighths -= 8)
		canvas_fill(canvas, row, col, 1, throttled ? STYLE_WARN : STYLE_HOST,
			throttled ? THROTTLED : 0x2581 + (uint32_t)(eighths > 8 ? 7 : eighths - 1));
}

/* "1us", "10us" ... under the columns where they lie. */
static int column_of(const struct picture *picture, double ns)
{
	int bin = (int)histogram_bin((uint64_t)ns) - (int)picture->first;

	return bin < 0 ? -1 : bin / (int)picture->merge;
}

static void draw_axis(struct canvas *canvas, int row, const struct picture *picture)
{
	int free_from = 0;

	for (double ns = 1e3; ns < 1e11; ns *= 10) {
		int col = column_of(picture, ns);
		char text[FORMAT_SIZE];

		if (col < free_from || col >= picture->cols)
			continue;
		canvas_fill(canvas, row, INDENT + col, 1, STYLE_DIM, 0x25b2);
		free_from = col + 2 +
			    canvas_text(canvas, row, INDENT + col + 1, -1, STYLE_DIM,
				    format_ns(text, ns));
	}
}

static void add_legend(struct page *page)
{
	int row = page_row(page);

	canvas_fill(&page->canvas, row, INDENT, 1, STYLE_HOST, 0x2588);
	canvas_text(&page->canvas, row, INDENT + 2, -1, STYLE_DIM, "waited for a CPU");
	canvas_fill(&page->canvas, row, INDENT + 20, 1, STYLE_WARN, THROTTLED);
	canvas_text(&page->canvas, row, INDENT + 22, -1, STYLE_DIM, "for its quota");
}

/* Below the axis, where the two kinds have their middle. */
static void draw_marks(const struct wait_modes *modes, const struct picture *picture,
	struct page *page)
{
	int fast = column_of(picture, modes->fast_ns), slow = column_of(picture, modes->slow_ns);
	int row = page_row(page);
	char text[FORMAT_SIZE];

	if (fast >= 0 && fast < picture->cols)
		canvas_printf(&page->canvas, row, INDENT + fast, STYLE_WATCH, "^%s",
			format_ns(text, modes->fast_ns));
	if (slow >= 0 && slow < picture->cols)
		canvas_printf(&page->canvas, row, INDENT + slow, STYLE_WATCH, "^%s",
			format_ns(text, modes->slow_ns));
}

/* throttled: those among them; NULL none. Returns whether it drew any of these. */
static bool draw_bins(const struct histogram *all, const struct histogram *throttled,
	struct picture *picture, struct page *page)
{
	int top = page_row(page), bottom = top;
	bool any = false;

	*picture = picture_make(all, page->cols - INDENT);
	while (bottom < top + PICTURE_ROWS)
		bottom = page_row(page);
	for (int col = 0; col < picture->cols; col++) {
		uint64_t count = column_count(all, picture, col);
		bool most = throttled && 2 * column_count(throttled, picture, col) > count;

		if (count)
			draw_column(&page->canvas, bottom - 1, INDENT + col,
				(double)count / (double)picture->most, most);
		any |= count && most;
	}
	draw_axis(&page->canvas, bottom, picture);
	return any;
}

static bool can_draw(const struct histogram *all, const struct page *page)
{
	return page->cols > INDENT && histogram_total(all) > 0;
}

static void draw_picture(
	const struct window_sum *sum, const struct wait_modes *modes, struct page *page)
{
	struct picture picture;
	bool any_throttled;

	if (!can_draw(&sum->all, page))
		return;
	any_throttled = draw_bins(&sum->all, &sum->throttled, &picture, page);
	if (modes->found == MODES_FOUND_TWO)
		draw_marks(modes, &picture, page);
	if (any_throttled)
		add_legend(page);
}

void vmpage_lengths(const struct histogram *lengths, struct page *page)
{
	struct picture picture;

	if (can_draw(lengths, page))
		draw_bins(lengths, NULL, &picture, page);
}

static void add_modes(const struct wait_modes *modes, struct page *page)
{
	char fast[FORMAT_SIZE], slow[FORMAT_SIZE], share[FORMAT_SIZE];

	if (modes->found == MODES_FOUND_TWO)
		page_printf(page, INDENT, STYLE_WATCH,
			"two kinds of wait: %s of about %s, and %s of about %s, which are %s%% of "
			"them",
			modes->fast_kind ? modes->fast_kind : "-", format_ns(fast, modes->fast_ns),
			modes->slow_kind ? modes->slow_kind : "-", format_ns(slow, modes->slow_ns),
			format_pct(share, modes->slow_pct));
	else if (modes->found == MODES_FOUND_ONE)
		page_text(page, INDENT, STYLE_NORMAL, "one kind of wait");
	else
		page_printf(page, INDENT, STYLE_DIM, "kinds of wait: n/a, %s",
			modes->reason ? modes->reason : "not known");
}

/* What was judged: of a recording the window may have begun before it. */
static void add_window(const struct wait_modes *modes, const struct window_sum *sum,
	const struct steal *steal, struct page *page)
{
	bool judged = modes->waits != UNKNOWN_U64 && modes->window_s > 0;
	char p50[FORMAT_SIZE], p99[FORMAT_SIZE], max[FORMAT_SIZE], count[FORMAT_SIZE];
	char window[FORMAT_SIZE];

	page_printf(page, INDENT, STYLE_NORMAL,
		"in the last %s %s waits; now p50 %s, p99 %s, longest %s",
		format_duration(window, judged ? modes->window_s : sum->window_s),
		format_count(count, judged ? modes->waits : histogram_total(&sum->all)),
		format_ns(p50, steal->wait_p50_ns), format_ns(p99, steal->wait_p99_ns),
		format_ns(max, steal->wait_max_ns));
}

void vmpage_waits(const struct vm *vm, const struct windows *windows, struct page *page)
{
	const struct steal *steal = &vm->steal;
	struct window_sum sum;

	if (!windows_sum(windows, vm->key, &sum))
		return;
	page_heading(page, "single waits for a CPU, by length");
	draw_picture(&sum, &steal->wait_modes, page);
	add_window(&steal->wait_modes, &sum, steal, page);
	add_modes(&steal->wait_modes, page);
	page_blank(page);
}
