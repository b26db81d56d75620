// SPDX-License-Identifier: GPL-2.0-or-later
#include "panes/thp.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "panes/format.h"
#include "panes/style.h"
#include "panes/vmpage.h"

enum { INDENT = 2 };

/* Under the place of the longest on the line above: how long, when, and whom it held up. */
static void mark_worst(const struct vm_view *view, struct page *page)
{
	const struct thp *thp = &view->vm->thp;
	int col = vmpage_track_at(view, SERIES_PAUSE, thp->worst_ms, page), row, len;
	char once[FORMAT_SIZE], ago[FORMAT_SIZE], clock[FORMAT_SIZE], text[160];

	if (!(thp->worst_ms > 0))
		return;
	snprintf(text, sizeof(text), "%s at %s UTC, %s ago, %s", thp_format_ms(once, thp->worst_ms),
		format_time_of_day(clock, thp->worst_at_s, 0),
		format_duration(ago, thp->worst_age_s), thp_kind_words(thp->worst_kind));
	if (thp->worst_tid != UNKNOWN_U64)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), ", thread %llu",
			(unsigned long long)thp->worst_tid);
	if (col < 0) { /* before the line begins, or in an interval that it has not */
		page_printf(page, INDENT, STYLE_NORMAL, "longest: %s", text);
		return;
	}
	row = page_row(page);
	len = (int)strlen(text);
	canvas_text(&page->canvas, row, col, -1, STYLE_WATCH, "^");
	if (col + 2 + len <= page->cols)
		canvas_text(&page->canvas, row, col + 2, -1, STYLE_NORMAL, text);
	else if (col - 1 - len >= INDENT)
		canvas_text(&page->canvas, row, col - 1 - len, -1, STYLE_NORMAL, text);
	else
		page_text(page, INDENT, STYLE_NORMAL, text);
}

static void add_parts(const struct thp *thp, struct page *page)
{
	char compact[FORMAT_SIZE], reclaim[FORMAT_SIZE], limit[FORMAT_SIZE], count[FORMAT_SIZE];

	page_printf(page, INDENT, STYLE_NORMAL,
		"now compacting %s/s, reclaiming %s/s, of that by its limit %s/s; %s stalls ended",
		thp_format_ms(compact, thp->compact_ms_per_s),
		thp_format_ms(reclaim, thp->reclaim_ms_per_s),
		thp_format_ms(limit, thp->limit_ms_per_s), format_count(count, thp->stalls));
	if (thp->in_progress_ms > 0)
		page_printf(page, INDENT,
			severity_style(thp_pause_severity(thp->in_progress_ms), STYLE_WATCH),
			"one has lasted for %s and has not ended",
			thp_format_ms(compact, thp->in_progress_ms));
}

static void add_huge(const struct vm *vm, struct page *page)
{
	char huge[FORMAT_SIZE], error[FORMAT_SIZE], own[FORMAT_SIZE];

	if (isnan(vm->thp.huge_pct))
		return;
	page_printf(page, INDENT, STYLE_NORMAL,
		"huge pages: %s%% of its memory here, +/- %s; the guest's own %s",
		format_pct(huge, vm->thp.huge_pct), format_pct(error, vm->thp.huge_error_pct),
		format_bytes(own, vm->guest.huge_bytes));
}

static void add_guest(const struct vm *vm, struct page *page)
{
	const struct guest *guest = &vm->guest;
	char compact[FORMAT_SIZE], failed[FORMAT_SIZE], fell[FORMAT_SIZE], reclaim[FORMAT_SIZE];
	char over[FORMAT_SIZE];

	if (!guest->source) {
		page_printf(page, INDENT, STYLE_DIM | STYLE_OPEN, "guest's own: not known%s%s",
			guest->reason ? ", " : "", guest->reason ? guest->reason : "");
		return;
	}
	page_printf(page, INDENT, STYLE_GUEST,
		"guest's own: compact %s/s, fail %s/s, reclaim %s/s, fallback %s/s, in %s",
		format_per_s(compact, guest->compact_stalls_per_s),
		format_per_s(failed, guest->compact_fails_per_s),
		format_per_s(reclaim, guest->alloc_stalls_per_s),
		format_per_s(fell, guest->thp_fallbacks_per_s),
		format_age(over, guest->interval_s));
}

/* The longest is known exactly, and no quantile is beyond it. */
static double quantile(const struct histogram *all, double q, const struct thp *thp)
{
	double ns = histogram_quantile(all, q);

	return thp->worst_ms > 0 ? fmin(ns, thp->worst_ms * 1e6) : ns;
}

static void add_lengths(const struct vm_view *view, struct page *page)
{
	struct histogram all;
	char window[FORMAT_SIZE], count[FORMAT_SIZE], p50[FORMAT_SIZE], p99[FORMAT_SIZE];

	if (!pauses_histogram(judge_pauses(view->judge), view->vm->key, &all))
		return;
	vmpage_lengths(&all, page);
	page_printf(page, INDENT, STYLE_NORMAL, "in the last %s %s stalls; p50 %s, p99 %s",
		format_duration(window, pauses_window_s(judge_pauses(view->judge), view->vm->key)),
		format_count(count, histogram_total(&all)),
		format_ns(p50, quantile(&all, 0.5, &view->vm->thp)),
		format_ns(p99, quantile(&all, 0.99, &view->vm->thp)));
}

void thp_detail(const struct vm_view *view, struct page *page)
{
	static const struct track track[] = {
		{ SERIES_STALL, "each second", STYLE_HOST, thp_format_ms },
		{ SERIES_PAUSE, "at once", STYLE_HOST, thp_format_ms },
	};
	const struct vm *vm = view->vm;

	page_heading(page, "stalls for memory");
	if (isnan(vm->thp.stall_ms_per_s)) {
		const struct source *source = vm_source(vm, "stalls");

		page_printf(page, INDENT, STYLE_DIM, "not known: %s",
			source && source->reason ? source->reason
			: judge_no_rates(view->snap) ? judge_no_rates(view->snap)
						     : "nobody counts them");
		add_guest(vm, page);
		page_blank(page);
		return;
	}
	vmpage_tracks(view, track, sizeof(track) / sizeof(track[0]), page);
	mark_worst(view, page);
	add_lengths(view, page);
	add_parts(&vm->thp, page);
	add_huge(vm, page);
	add_guest(vm, page);
	page_blank(page);
}
