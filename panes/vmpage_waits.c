// SPDX-License-Identifier: GPL-2.0-or-later
#include "panes/vmpage.h"

#include <math.h>

#include "panes/format.h"
#include "panes/picture.h"
#include "panes/style.h"
#include "panes/window.h"

enum { INDENT = 2, PICTURE_ROWS = 5, THROTTLED = 0x2592 };

static void add_legend(struct page *page)
{
	int row = page_row(page);

	canvas_fill(&page->canvas, row, INDENT, 1, STYLE_HOST, 0x2588);
	canvas_text(&page->canvas, row, INDENT + 2, -1, STYLE_DIM, "waited for a CPU");
	canvas_fill(&page->canvas, row, INDENT + 20, 1, STYLE_WARN, THROTTLED);
	canvas_text(&page->canvas, row, INDENT + 22, -1, STYLE_DIM, "for its quota");
}

static void draw_picture(
	const struct window_sum *sum, const struct wait_modes *modes, struct page *page)
{
	const struct picture_modes marks = { modes->fast_ns, modes->slow_ns,
		modes_find(&sum->all).split };
	const struct picture_lengths picture = { .all = &sum->all,
		.hatched = &sum->throttled,
		.modes = modes->found == MODES_FOUND_TWO ? &marks : NULL,
		.rows = PICTURE_ROWS };

	if (picture_lengths(&picture, page))
		add_legend(page);
}

void vmpage_lengths(const struct histogram *lengths, struct page *page)
{
	picture_lengths(&(struct picture_lengths){ .all = lengths, .rows = PICTURE_ROWS }, page);
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
