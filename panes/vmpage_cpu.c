// SPDX-License-Identifier: GPL-2.0-or-later
#include "panes/vmpage.h"

#include <math.h>
#include <stdio.h>

#include "panes/format.h"
#include "panes/regime.h"
#include "panes/spark.h"
#include "panes/steal.h"
#include "panes/style.h"
#include "probes/schema.h"

enum { INDENT = 2, ID = 5, TID = 8, PCT = 5, GUEST_FIGURES = 2, BAR_LEAST = 4, BAR_MOST = 40 };

/* Where a vCPU's time goes, in the order of its bar. Each has a glyph of its own: no colour is
 * needed to tell them apart. */
static const struct part {
	const char *heading, *legend;
	size_t offset;
	uint32_t glyph;
	uint8_t style;
	bool hurts; /* time that the guest wanted */
	bool spare; /* a narrow page leaves it out */
} part[] = {
	{ "run", "run", offsetof(struct vcpu, host_run_pct), 0x2588, STYLE_HOST, false, false },
	{ "irq", "irq", offsetof(struct vcpu, host_irq_pct), 'i', STYLE_WATCH, false, true },
	{ "wait", "wait", offsetof(struct vcpu, host_wait_pct), 0x2593, STYLE_CRITICAL, true, false },
	{ "thrt", "throttled", offsetof(struct vcpu, host_throttled_pct), 0x2592, STYLE_WARN, true, false },
	{ "blkd", "blocked", offsetof(struct vcpu, host_blocked_pct), 'x', STYLE_GAP, true, false },
	{ "vmm", "in the VMM", offsetof(struct vcpu, host_vmm_pct), 'v', STYLE_WATCH, false, true },
	{ "halt", "halted", offsetof(struct vcpu, host_halted_pct), 0x00b7, STYLE_DIM, false, false },
};
enum { PARTS = sizeof(part) / sizeof(part[0]) };

static double part_pct(const struct vcpu *vcpu, size_t i)
{
	return *(const double *)((const char *)vcpu + part[i].offset);
}

/* Which parts are told of any vCPU: the others are not drawn at all. */
struct known {
	bool part[PARTS];
	int n;
};

static bool fits(const struct page *page, const struct known *known)
{
	return INDENT + ID + TID + (known->n + GUEST_FIGURES) * (PCT + 1) - 1 <= page->cols;
}

static struct known known_parts(const struct steal *steal, const struct page *page)
{
	struct known known = { .n = 0 };

	for (size_t i = 0; i < PARTS; i++) {
		for (size_t k = 0; k < steal->n_vcpu && !known.part[i]; k++)
			known.part[i] = !isnan(part_pct(&steal->vcpu[k], i));
		known.n += known.part[i];
	}
	for (size_t i = 0; i < PARTS && !fits(page, &known); i++)
		if (known.part[i] && part[i].spare) {
			known.part[i] = false;
			known.n--;
		}
	return known;
}

/* Columns for figures that fit beside a bar of at least a few. */
static int bar_width(const struct page *page, int figures)
{
	int room = page->cols - INDENT - ID - TID - figures * (PCT + 1) - 1;

	return room > BAR_MOST ? BAR_MOST : room > BAR_LEAST ? room : 0;
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
		if (end <= done)
			continue;
		canvas_fill(canvas, row, col + done, end - done, part[i].style, part[i].glyph);
		done = end;
	}
}

static void put_figure(
	struct canvas *canvas, int row, int *col, double pct, uint8_t style)
{
	char text[FORMAT_SIZE];

	canvas_printf(canvas, row, *col, isnan(pct) ? STYLE_DIM | (style & STYLE_OPEN) : style,
		"%*s", PCT, format_pct(text, pct));
	*col += PCT + 1;
}

static void add_vcpu(
	const struct known *known, const struct vcpu *vcpu, int bar, struct page *page)
{
	int row = page_row(page), col = INDENT;
	char id[FORMAT_SIZE];

	canvas_printf(
		&page->canvas, row, col, STYLE_NORMAL | STYLE_OPEN, "%4s", format_id(id, vcpu->id));
	col += ID;
	if (vcpu->tid != UNKNOWN_U64)
		canvas_printf(&page->canvas, row, col, STYLE_DIM | STYLE_OPEN, "%7llu",
			(unsigned long long)vcpu->tid);
	col += TID;
	draw_bar(&page->canvas, row, col, bar, vcpu);
	col += bar + (bar > 0);
	for (size_t i = 0; i < PARTS; i++)
		if (known->part[i])
			put_figure(&page->canvas, row, &col, part_pct(vcpu, i),
				part[i].hurts ? severity_style(steal_severity(part_pct(vcpu, i)),
							STYLE_HOST)
					      : STYLE_HOST);
	put_figure(&page->canvas, row, &col, vcpu->guest_busy_pct, STYLE_GUEST | STYLE_OPEN);
	put_figure(&page->canvas, row, &col, vcpu->guest_steal_pct, STYLE_GUEST | STYLE_OPEN);
}

static void add_legend(const struct known *known, struct page *page)
{
	int row = page_row(page), col = INDENT;

	for (size_t i = 0; i < PARTS; i++) {
		if (!known->part[i])
			continue;
		canvas_fill(&page->canvas, row, col, 1, part[i].style, part[i].glyph);
		col += 2 + canvas_text(&page->canvas, row, col + 2, -1, STYLE_DIM, part[i].legend);
		col += 2;
	}
}

static void add_heading(const struct known *known, int bar, struct page *page)
{
	int row = page_row(page), col = INDENT + ID + TID + bar + (bar > 0);

	canvas_text(&page->canvas, row, INDENT, -1, STYLE_HEADING, "vcpu     tid");
	for (size_t i = 0; i < PARTS; i++)
		if (known->part[i]) {
			canvas_printf(&page->canvas, row, col, STYLE_HOST, "%*s", PCT,
				part[i].heading);
			col += PCT + 1;
		}
	canvas_printf(&page->canvas, row, col, STYLE_GUEST, "%*s %*s", PCT, "busy", PCT, "steal");
}

void vmpage_vcpus(const struct vm *vm, struct page *page)
{
	const struct steal *steal = &vm->steal;
	const struct known known = known_parts(steal, page);
	int bar = bar_width(page, known.n + GUEST_FIGURES);

	page_heading(page, "vCPUs: where their time goes, %");
	if (!steal->n_vcpu) {
		page_text(page, INDENT, STYLE_WATCH, "no vCPU threads were found");
		page_blank(page);
		return;
	}
	add_heading(&known, bar, page);
	for (size_t i = 0; i < steal->n_vcpu; i++)
		add_vcpu(&known, &steal->vcpu[i], bar, page);
	if (bar)
		add_legend(&known, page);
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
	width = width > BAR_MOST ? BAR_MOST : width;
	width = width >= BAR_LEAST ? width : 0;
	bar_draw(&page->canvas, row, col, width, STYLE_HOST, thief->share_pct, 100);
	col += width + (width > 0);
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

		page_printf(page, INDENT, STYLE_HOST, "%-9s %4s %-7s  run %4s  wait %4s  throttled %4s",
			words_helper_kind[helper->kind], format_count(threads, helper->threads),
			helper->threads == 1 ? "thread" : "threads",
			format_pct(run, helper->host_run_pct),
			format_pct(wait, helper->host_wait_pct),
			format_pct(throttled, helper->host_throttled_pct));
	}
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
			"levels of wait: n/a, too few to tell: %zu of %d samples", regime.n,
			REGIME_LEAST);
	else if (regime.kind == REGIME_ONE)
		page_text(page, INDENT, STYLE_NORMAL, "one level of wait");
	else
		page_printf(page, INDENT, STYLE_WATCH,
			"two levels of wait: %s%%, and %s%% for %s%% of the time, %s",
			format_pct(low, regime.low_pct), format_pct(high, regime.high_pct),
			format_pct(share, regime.high_share_pct), words[regime.kind]);
}
