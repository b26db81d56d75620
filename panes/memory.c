// SPDX-License-Identifier: GPL-2.0-or-later
#include "panes/memory.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

#include "panes/format.h"
#include "panes/style.h"

static struct opinion memory_opinion(const struct row *row)
{
	return (struct opinion){ row->vm->memory.verdict, row->vm->memory.verdict_reason };
}

/* Where the next thing on a line goes: on a new one when it no longer fits. */
struct pen {
	struct page *page;
	int row, col;
};

static void put(struct pen *pen, uint8_t style, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static void put(struct pen *pen, uint8_t style, const char *fmt, ...)
{
	enum { BETWEEN = 2 };
	char text[128];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	if (pen->col && pen->col + BETWEEN + canvas_width(text) > pen->page->cols) {
		pen->row = page_row(pen->page);
		pen->col = 0;
	}
	pen->col += pen->col ? BETWEEN : 0;
	pen->col += canvas_text(&pen->page->canvas, pen->row, pen->col, -1, style, text);
}

static void put_sold(struct pen *pen, const struct host *host)
{
	double sold = memory_share(host->mem_sold_bytes, host->mem_total_bytes);
	double left = memory_share(host->mem_available_bytes, host->mem_total_bytes);
	char a[FORMAT_SIZE], b[FORMAT_SIZE];

	if (isnan(sold))
		put(pen, STYLE_HOST, "sold %s of %s", format_bytes(a, host->mem_sold_bytes),
			format_bytes(b, host->mem_total_bytes));
	else
		put(pen, sold > 100 ? STYLE_WATCH : STYLE_HOST, "sold %s of %s (%.1fx)",
			format_bytes(a, host->mem_sold_bytes),
			format_bytes(b, host->mem_total_bytes), fmin(sold / 100, 999));
	put(pen, left < MEMORY_ROOM_PCT ? STYLE_WARN : STYLE_HOST, "avail %s",
		format_bytes(a, host->mem_available_bytes));
}

static void put_swap(struct pen *pen, const struct host *host)
{
	char used[FORMAT_SIZE], total[FORMAT_SIZE], in[FORMAT_SIZE], out[FORMAT_SIZE];
	enum severity severity = memory_swapin_severity(host->swap_in_bytes_per_s);

	if (host->swap_total_bytes == 0) {
		put(pen, STYLE_HOST, "no swap");
		return;
	}
	put(pen,
		severity_style(severity, host->swap_out_bytes_per_s > 0 ? STYLE_WATCH : STYLE_HOST),
		"swap %s of %s in %s/s out %s/s", format_bytes(used, host->swap_used_bytes),
		format_bytes(total, host->swap_total_bytes),
		format_rate(in, host->swap_in_bytes_per_s),
		format_rate(out, host->swap_out_bytes_per_s));
}

static void put_pressure(struct pen *pen, const struct host *host)
{
	char pct[FORMAT_SIZE], stalls[FORMAT_SIZE], kills[FORMAT_SIZE], until[FORMAT_SIZE];

	put(pen, severity_style(memory_stall_severity(host->psi_memory_some_pct), STYLE_HOST),
		"psi %s%%", format_pct(pct, host->psi_memory_some_pct));
	put(pen, host->alloc_stalls_per_s > 0 ? STYLE_WATCH : STYLE_HOST, "reclaim %s/s",
		format_per_s(stalls, host->alloc_stalls_per_s));
	put(pen,
		host->oom_kills > 0 && host->oom_kills != UNKNOWN_U64 ? STYLE_CRITICAL : STYLE_HOST,
		"OOM kills %s since boot", format_count(kills, host->oom_kills_total));
	if (!isnan(host->mem_exhausted_min))
		put(pen, STYLE_WATCH, "used up in %s",
			format_duration(until, host->mem_exhausted_min * 60));
}

static void memory_head(const struct snapshot *snap, struct page *page)
{
	struct pen pen = { page, page_row(page), 0 };

	put_sold(&pen, &snap->host);
	put_swap(&pen, &snap->host);
	put_pressure(&pen, &snap->host);
}

const struct pane pane_memory = {
	.name = "memory",
	.title = "memory",
	.select = ACTION_PANE_5,
	.summary =
		"Memory that was sold, that is there, in host swap or in the balloon, beside what "
		"the guest believes it has.",
	.table = &memory_table,
	.explanation = memory_explanation,
	.judge = memory_judge,
	.opinion = memory_opinion,
	.head = memory_head,
	.promises = memory_promises,
	.detail = memory_detail,
};
