// SPDX-License-Identifier: GPL-2.0-or-later
#include "panes/vmpage.h"

#include <math.h>

#include "panes/format.h"
#include "panes/spark.h"
#include "panes/style.h"

enum { INDENT = 2, LABEL = 12, NOW = 6, MOST = 9 };

static int spark_width(const struct page *page)
{
	int width = page->cols - INDENT - LABEL - NOW - MOST - 4;

	return width > HISTORY_POINTS ? HISTORY_POINTS : width > 0 ? width : 0;
}

int vmpage_track_at(const struct vm_view *view, enum series series, double value,
	const struct page *page)
{
	double point[HISTORY_POINTS];
	int width = spark_width(page);
	size_t n = history_get(view->history, view->vm->key, series, point, (size_t)width);

	/* Points are kept as float. */
	for (size_t i = n; i-- > 0;)
		if ((float)point[i] == (float)value)
			return INDENT + LABEL + NOW + 2 + width - (int)(n - i);
	return -1;
}

static void add_track(const struct vm_view *view, const struct track *track, struct page *page)
{
	const uint8_t open = track->style == STYLE_GUEST ? STYLE_OPEN : 0;
	double point[HISTORY_POINTS], most = NAN;
	int width = spark_width(page), row;
	char now[FORMAT_SIZE], top[FORMAT_SIZE];
	size_t n;

	n = history_get(view->history, view->vm->key, track->series, point, (size_t)width);
	for (size_t i = 0; i < n; i++)
		if (isnan(most) || fabs(point[i]) > fabs(most))
			most = point[i];
	row = page_row(page);
	canvas_text(&page->canvas, row, INDENT, LABEL, STYLE_NORMAL, track->label);
	canvas_mark(&page->canvas, row, INDENT, LABEL, STYLE_OPEN);
	canvas_printf(&page->canvas, row, INDENT + LABEL, track->style, "%6s",
		track->format(now, n ? point[n - 1] : NAN));
	spark_draw(&page->canvas, row, INDENT + LABEL + NOW + 2, width, track->style, point, n,
		spark_scale(point, n));
	canvas_printf(&page->canvas, row, INDENT + LABEL + NOW + 2 + width + 1, STYLE_DIM | open,
		"max %s", track->format(top, most));
}

void vmpage_tracks(
	const struct vm_view *view, const struct track *track, size_t count, struct page *page)
{
	for (size_t i = 0; i < count; i++)
		add_track(view, &track[i], page);
}

void vmpage_history(const struct vm_view *view, struct page *page)
{
	static const struct track track[] = {
		{ SERIES_RUN, "host run", STYLE_HOST, format_pct },
		{ SERIES_WAIT, "host took", STYLE_HOST, format_pct },
		{ SERIES_GUEST_BUSY, "guest busy", STYLE_GUEST, format_pct },
		{ SERIES_GUEST_STEAL, "guest steal", STYLE_GUEST, format_pct },
		{ SERIES_GAP, "gap", STYLE_GAP, format_gap },
	};

	page_heading(page, "the last minutes, %");
	vmpage_tracks(view, track, sizeof(track) / sizeof(track[0]), page);
	vmpage_regime(view->vm, view->history, page);
	page_blank(page);
}
