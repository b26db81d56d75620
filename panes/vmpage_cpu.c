// SPDX-License-Identifier: GPL-2.0-or-later
#include "panes/vmpage.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "panes/format.h"
#include "panes/regime.h"
#include "panes/spark.h"
#include "panes/steal.h"
#include "panes/style.h"
#include "panes/window.h"
#include "probes/schema.h"

enum { INDENT = 2, ID = 5, TID = 8, PCT = 5, BAR_MOST = 40, PICTURE_ROWS = 5 };

/* Where a vCPU's time goes, in the order of its bar. Each has a glyph of its own: no colour is
 * needed to tell them apart. */
static const struct part {
	const char *heading, *legend;
	size_t offset;
	uint32_t glyph;
	uint8_t style;
} part[] = {
	{ "run", "run", offsetof(struct vcpu, host_run_pct), 0x2588, STYLE_HOST },
	{ "irq", "irq", offsetof(struct vcpu, host_irq_pct), 'i', STYLE_WATCH },
	{ "wait", "wait", offsetof(struct vcpu, host_wait_pct), 0x2593, STYLE_CRITICAL },
	{ "thrt", "throttled", offsetof(struct vcpu, host_throttled_pct), 0x2592, STYLE_WARN },
	{ "blkd", "blocked", offsetof(struct vcpu, host_blocked_pct), 'x', STYLE_GAP },
	{ "vmm", "in the VMM", offsetof(struct vcpu, host_vmm_pct), 'v', STYLE_WATCH },
	{ "halt", "halted", offsetof(struct vcpu, host_halted_pct), 0x00b7, STYLE_DIM },
};
enum { PARTS = sizeof(part) / sizeof(part[0]) };

static double part_pct(const struct vcpu *vcpu, size_t i)
{
	return *(const double *)((const char *)vcpu + part[i].offset);
}

static bool is_known(const struct steal *steal, size_t i)
{
	for (size_t k = 0; k < steal->n_vcpu; k++)
		if (!isnan(part_pct(&steal->vcpu[k], i)))
			return true;
	return false;
}

/* Columns for figures that fit beside a bar of at least a few. */
static int bar_width(const struct page *page, int figures)
{
	int room = page->cols - INDENT - ID - TID - figures * (PCT + 1) - 1;

	return room > BAR_MOST ? BAR_MOST : room > 4 ? room : 0;
}

/* One after another, each rounded at its end, so that the whole is never longer than 100%. */
static void draw_bar(struct canvas *canvas, int row, int col, int width, const struct vcpu *vcpu)
{
	double pct = 0;
	int done = 0;

	for (size_t i = 0; i < PARTS; i++) {
		double one = part_pct(vcpu, i);
		int end;

		if (isnan(one))
			continue;
		pct += one;
		end = (int)lround(fmin(pct, 100) / 100 * width);
		canvas_fill(canvas, row, col + done, end - done, part[i].style, part[i].glyph);
		done = end > done ? end : done;
	}
}

static void put_figure(
	struct canvas *canvas, int row, int *col, double pct, uint8_t style)
{
	char text[FORMAT_SIZE];

	canvas_printf(canvas, row, *col, isnan(pct) ? STYLE_DIM : style, "%*s", PCT,
		format_pct(text, pct));
	*col += PCT + 1;
}

static void add_vcpu(const struct steal *steal, const struct vcpu *vcpu, int bar, struct page *page)
{
	uint8_t wait = severity_style(steal_severity(vcpu->host_delay_pct), STYLE_HOST);
	int row = page_row(page), col = INDENT;

	canvas_printf(&page->canvas, row, col, STYLE_NORMAL, "%4llu", (unsigned long long)vcpu->id);
	col += ID;
	if (vcpu->tid != UNKNOWN_U64)
		canvas_printf(&page->canvas, row, col, STYLE_DIM, "%7llu",
			(unsigned long long)vcpu->tid);
	col += TID;
	draw_bar(&page->canvas, row, col, bar, vcpu);
	col += bar + (bar > 0);
	for (size_t i = 0; i < PARTS; i++)
		if (is_known(steal, i))
			put_figure(&page->canvas, row, &col, part_pct(vcpu, i),
				part[i].offset == offsetof(struct vcpu, host_wait_pct) ? wait
										      : STYLE_HOST);
	put_figure(&page->canvas, row, &col, vcpu->guest_busy_pct, STYLE_GUEST);
	put_figure(&page->canvas, row, &col, vcpu->guest_steal_pct, STYLE_GUEST);
}

static void add_legend(const struct steal *steal, struct page *page)
{
	int row = page_row(page), col = INDENT + ID + TID;

	for (size_t i = 0; i < PARTS; i++) {
		if (!is_known(steal, i))
			continue;
		canvas_fill(&page->canvas, row, col, 1, part[i].style, part[i].glyph);
		col += 2 + canvas_text(&page->canvas, row, col + 2, -1, STYLE_DIM, part[i].legend);
		col += 2;
	}
}

static void add_heading(const struct steal *steal, int bar, struct page *page)
{
	int row = page_row(page), col = INDENT + ID + TID + bar + (bar > 0);

	canvas_text(&page->canvas, row, INDENT, -1, STYLE_HEADING, "vcpu     tid");
	for (size_t i = 0; i < PARTS; i++)
		if (is_known(steal, i)) {
			canvas_printf(&page->canvas, row, col, STYLE_HOST, "%*s", PCT,
				part[i].heading);
			col += PCT + 1;
		}
	canvas_printf(&page->canvas, row, col, STYLE_GUEST, "%*s %*s", PCT, "busy", PCT, "steal");
}

void vmpage_vcpus(const struct vm *vm, struct page *page)
{
	const struct steal *steal = &vm->steal;
	int figures = 2, bar;

	page_heading(page, "vCPUs: where their time goes, %");
	if (!steal->n_vcpu) {
		page_text(page, INDENT, STYLE_WATCH, "no vCPU threads were found");
		page_blank(page);
		return;
	}
	for (size_t i = 0; i < PARTS; i++)
		figures += is_known(steal, i);
	bar = bar_width(page, figures);
	add_heading(steal, bar, page);
	for (size_t i = 0; i < steal->n_vcpu; i++)
		add_vcpu(steal, &steal->vcpu[i], bar, page);
	if (bar)
		add_legend(steal, page);
	page_blank(page);
}

static void add_thief(const struct thief *thief, struct page *page)
{
	enum { NAME = 24, SHARE = 6 };
	int row = page_row(page), col = INDENT, width;
	char text[FORMAT_SIZE];

	canvas_text(&page->canvas, row, col, NAME, STYLE_NORMAL, thief->name);
	col += NAME + 1;
	canvas_printf(&page->canvas, row, col, STYLE_HOST, "%*s", SHARE,
		format_pct(text, thief->share_pct));
	col += SHARE + 1;
	width = page->cols - col - 28;
	width = width > BAR_MOST ? BAR_MOST : width > 0 ? width : 0;
	bar_draw(&page->canvas, row, col, width, STYLE_HOST, thief->share_pct, 100);
	col += width + 1;
	if (thief->pid == UNKNOWN_U64)
		canvas_text(&page->canvas, row, col, -1, STYLE_DIM, words_thief_kind[thief->kind]);
	else
		canvas_printf(&page->canvas, row, col, STYLE_DIM, "%s, pid %llu",
			words_thief_kind[thief->kind], (unsigned long long)thief->pid);
}

void vmpage_thieves(const struct vm *vm, struct page *page)
{
	const struct steal *steal = &vm->steal;

	if (steal->n_thief == 0 && steal->n_helper == 0)
		return;
	page_heading(page, "who ran while its vCPUs waited, % of the wait");
	for (size_t i = 0; i < steal->n_thief; i++)
		add_thief(&steal->thief[i], page);
	if (steal->n_thief == 0)
		page_text(page, INDENT, STYLE_DIM, "they did not wait");
	page_blank(page);
	if (steal->n_helper == 0)
		return;
	page_heading(page, "its other threads, % of one CPU");
	for (size_t i = 0; i < steal->n_helper; i++) {
		const struct helper *helper = &steal->helper[i];
		char run[FORMAT_SIZE], wait[FORMAT_SIZE], throttled[FORMAT_SIZE];
		char threads[FORMAT_SIZE];

		page_printf(page, INDENT, STYLE_HOST, "%-9s %4s threads  run %4s  wait %4s  throttled %4s",
			words_helper_kind[helper->kind], format_count(threads, helper->threads),
			format_pct(run, helper->host_run_pct),
			format_pct(wait, helper->host_wait_pct),
			format_pct(throttled, helper->host_throttled_pct));
	}
	page_blank(page);
}

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

/* A column from the bottom up, in eighths of a row; what is there at all has an eighth. */
static void draw_column(
	struct canvas *canvas, int bottom, int col, double of_most, uint8_t style)
{
	int eighths = (int)lround(of_most * PICTURE_ROWS * 8);

	eighths = eighths < 1 ? 1 : eighths;
	for (int row = bottom; eighths > 0; row--, eighths -= 8)
		canvas_fill(canvas, row, col, 1, style,
			0x2581 + (uint32_t)(eighths > 8 ? 7 : eighths - 1));
}

/* "1us", "10us" ... under the columns where they lie. */
static void draw_axis(struct canvas *canvas, int row, const struct picture *picture)
{
	for (double ns = 1e3; ns < 1e11; ns *= 10) {
		int bin = (int)histogram_bin((uint64_t)ns) - (int)picture->first;
		int col = bin / (int)picture->merge;
		char text[FORMAT_SIZE];

		if (bin < 0 || col >= picture->cols)
			continue;
		canvas_fill(canvas, row, INDENT + col, 1, STYLE_DIM, 0x25b2);
		canvas_text(canvas, row, INDENT + col + 1, -1, STYLE_DIM, format_ns(text, ns));
	}
}

static void draw_picture(const struct window_sum *sum, struct page *page)
{
	int cols = page->cols - INDENT, top, bottom;
	struct picture picture;

	if (cols < 1 || histogram_total(&sum->all) == 0)
		return;
	picture = picture_make(&sum->all, cols);
	top = bottom = page_row(page);
	while (bottom < top + PICTURE_ROWS)
		bottom = page_row(page);
	for (int col = 0; col < picture.cols; col++) {
		uint64_t count = column_count(&sum->all, &picture, col);
		uint64_t throttled = column_count(&sum->throttled, &picture, col);

		if (count)
			draw_column(&page->canvas, bottom - 1, INDENT + col,
				(double)count / (double)picture.most,
				2 * throttled > count ? STYLE_WARN : STYLE_HOST);
	}
	draw_axis(&page->canvas, bottom, &picture);
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

void vmpage_waits(const struct vm *vm, const struct history *history, struct page *page)
{
	const struct steal *steal = &vm->steal;
	char p50[FORMAT_SIZE], p99[FORMAT_SIZE], max[FORMAT_SIZE], count[FORMAT_SIZE];
	char window[FORMAT_SIZE];
	struct window_sum sum;

	if (!windows_sum(history_windows(history), vm->key, &sum))
		return;
	page_heading(page, "single waits for a CPU, by length");
	draw_picture(&sum, page);
	page_printf(page, INDENT, STYLE_NORMAL, "in the last %s %s waits; now p50 %s, p99 %s, longest %s",
		format_duration(window, sum.window_s),
		format_count(count, histogram_total(&sum.all)), format_ns(p50, steal->wait_p50_ns),
		format_ns(p99, steal->wait_p99_ns), format_ns(max, steal->wait_max_ns));
	add_modes(&steal->wait_modes, page);
	page_blank(page);
}

/* 5% of the time at 50% is not 2.5%. */
void vmpage_regime(const struct vm *vm, const struct history *history, struct page *page)
{
	static const char *const words[] = {
		[REGIME_PERIODS] = "for stretches: something else runs at times",
		[REGIME_FLICKER] = "now and then: it competes with work that comes and goes",
		[REGIME_PERIODIC] = "in a steady rhythm: a quota, or work that a timer starts",
	};
	double point[HISTORY_POINTS];
	size_t n = history_get(history, vm->key, SERIES_WAIT, point, HISTORY_POINTS);
	struct regime regime = regime_find(point, n);
	char low[FORMAT_SIZE], high[FORMAT_SIZE], share[FORMAT_SIZE];

	if (regime.kind == REGIME_TOO_FEW)
		page_printf(page, INDENT, STYLE_DIM,
			"levels of wait: n/a, %zu samples are too few to tell; it takes %d",
			regime.n, REGIME_LEAST);
	else if (regime.kind == REGIME_ONE)
		page_text(page, INDENT, STYLE_NORMAL, "one level of wait");
	else
		page_printf(page, INDENT, STYLE_WATCH,
			"two levels of wait: %s%%, and %s%% for %s%% of the time, %s",
			format_pct(low, regime.low_pct), format_pct(high, regime.high_pct),
			format_pct(share, regime.high_share_pct), words[regime.kind]);
}
