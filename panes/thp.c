// SPDX-License-Identifier: GPL-2.0-or-later
#include "panes/thp.h"

#include <math.h>

#include "panes/format.h"
#include "panes/style.h"

static const char *pause_words(const struct thp *thp, struct arena *arena)
{
	char once[FORMAT_SIZE], ago[FORMAT_SIZE];

	if (isnan(thp->worst_ms))
		return "-";
	if (thp->worst_ms == 0)
		return isnan(thp->window_s) ? "-"
					    : arena_printf(arena, "not stalled in the last %s",
						      format_duration(ago, thp->window_s));
	return arena_printf(arena, "stalled %s at once, %s ago", thp_format_ms(once, thp->worst_ms),
		format_duration(ago, thp->worst_age_s));
}

size_t thp_promises(const struct vm *vm, struct promise *out, size_t max, struct arena *arena)
{
	const struct thp *thp = &vm->thp;
	size_t n = 0;

	if (n < max)
		out[n++] = (struct promise){
			.promised = "memory without a pause",
			.delivered = pause_words(thp, arena),
			.style = isnan(thp->worst_ms)
					 ? STYLE_DIM
					 : severity_style(thp_trouble(thp), STYLE_HOST),
			.series = SERIES_STALL,
		};
	return n;
}

static struct opinion thp_opinion(const struct row *row)
{
	return (struct opinion){ row->vm->thp.verdict, row->vm->thp.verdict_reason };
}

static void head_counters(const struct host *host, struct page *page)
{
	char compact[FORMAT_SIZE], failed[FORMAT_SIZE], reclaim[FORMAT_SIZE], huge[FORMAT_SIZE];
	char fell[FORMAT_SIZE], split[FORMAT_SIZE];
	bool bad = host->thp_fallbacks_per_s >= FALLBACKS_PER_S &&
		   thp_fallback_pct(host) >= FALLBACKS_PCT;

	page_printf(page, 0, bad ? STYLE_WATCH : STYLE_NORMAL,
		"compact %s/s, fail %s/s, reclaim %s/s; huge %s/s, fallback %s/s, split %s/s",
		format_per_s(compact, host->compact_stalls_per_s),
		format_per_s(failed, host->compact_fails_per_s),
		format_per_s(reclaim, host->alloc_stalls_per_s),
		format_per_s(huge, host->thp_allocs_per_s),
		format_per_s(fell, host->thp_fallbacks_per_s),
		format_per_s(split, host->thp_splits_per_s));
}

static void head_settings(const struct host *host, struct page *page)
{
	char others[FORMAT_SIZE], kernel[FORMAT_SIZE];

	page_printf(page, 0, STYLE_DIM,
		"thp %s, defrag %s  others stalled %s/s, kernel threads %s/s",
		host->thp_enabled ? host->thp_enabled : "-",
		host->thp_defrag ? host->thp_defrag : "-",
		thp_format_ms(others, host->stall_others_ms_per_s),
		thp_format_ms(kernel, host->stall_kernel_ms_per_s));
}

static void thp_head(const struct snapshot *snap, struct page *page)
{
	head_counters(&snap->host, page);
	head_settings(&snap->host, page);
}

const struct pane pane_thp = {
	.name = "thp",
	.title = "thp",
	.select = ACTION_PANE_7,
	.summary = "Time in which the VM's threads had to make room in memory themselves, for huge "
		   "pages or at all, beside what the guest counts of its own.",
	.table = &thp_table,
	.explanation = thp_explanation,
	.judge = thp_judge,
	.opinion = thp_opinion,
	.head = thp_head,
	.promises = thp_promises,
	.detail = thp_detail,
};
