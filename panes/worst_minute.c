// SPDX-License-Identifier: GPL-2.0-or-later
#include <math.h>

#include "panes/format.h"
#include "panes/spark.h"
#include "panes/worst.h"

enum { LABEL = 8, SPARK = 22, MOST = 5, SIDE = LABEL + 1 + SPARK + 1 + MOST, LINE = 0x2502 };

/* Two views of one quantity, or the host's alone. */
static const struct pair {
	const char *host_label, *guest_label;
	enum series host, guest;
	char *(*format)(char *buf, double value);
} pairs[] = {
	{ "waited %", "steal %", SERIES_WAIT, SERIES_GUEST_STEAL, format_pct },
	{ "ran %", "busy %", SERIES_RUN, SERIES_GUEST_BUSY, format_pct },
	{ "swapped", "usable", SERIES_SWAP, SERIES_USABLE, format_rate },
	{ "stall ms", NULL, SERIES_STALL, SERIES_NONE, format_per_s },
	{ "lost /s", NULL, SERIES_LOST, SERIES_NONE, format_per_s },
};

static double larger(double a, double b)
{
	return isnan(a) || fabs(b) > fabs(a) ? b : a;
}

static double most_of(const double *point, size_t n)
{
	double most = NAN;

	for (size_t i = 0; i < n; i++)
		if (!isnan(point[i]))
			most = larger(most, point[i]);
	return most;
}

/* Of several points in one column the largest. */
static size_t squeeze(const double *point, size_t n, double *out)
{
	const size_t cols = n < SPARK ? n : SPARK;

	for (size_t i = 0; i < cols; i++)
		out[i] = most_of(point + i * n / cols, (i + 1) * n / cols - i * n / cols);
	return cols;
}

static void draw_side(const struct minute *minute, const char *label, enum series series,
	const struct pair *pair, double scale, struct canvas *side, uint8_t style)
{
	double out[SPARK];
	char most[FORMAT_SIZE];
	size_t n;

	if (!label)
		return;
	n = squeeze(minute->point[series], minute->n, out);
	canvas_text(side, 0, 0, LABEL, STYLE_NORMAL, label);
	spark_draw(side, 0, LABEL + 1, SPARK, style, out, n, scale);
	canvas_printf(side, 0, LABEL + 1 + SPARK + 1, style, "%*s", MOST,
		pair->format(most, most_of(out, n)));
}

/* What the host alone tells is worth a row only where there was any of it. */
static bool is_worth(const struct minute *minute, const struct pair *pair)
{
	const double host = most_of(minute->point[pair->host], minute->n);

	if (pair->guest == SERIES_NONE)
		return host > 0;
	return !isnan(host) || !isnan(most_of(minute->point[pair->guest], minute->n));
}

static void draw_pair(const struct minute *minute, const struct pair *pair, struct page *page)
{
	const double host = most_of(minute->point[pair->host], minute->n);
	const double guest = most_of(minute->point[pair->guest], minute->n);
	const double scale = spark_scale((const double[]){ host, guest }, 2);
	const int row = page_row(page);
	struct canvas left = canvas_sub(&page->canvas, row, 0, 1, SIDE);
	struct canvas right = canvas_sub(&page->canvas, row, SIDE + 3, 1, SIDE);

	draw_side(minute, pair->host_label, pair->host, pair, scale, &left, STYLE_HOST);
	canvas_fill(&page->canvas, row, SIDE + 1, 1, STYLE_DIM, LINE);
	draw_side(minute, pair->guest_label, pair->guest, pair, scale, &right, STYLE_GUEST);
}

void worst_draw_minute(const struct minute *minute, struct page *page)
{
	const int row = page_row(page);

	canvas_text(&page->canvas, row, 0, -1, STYLE_HOST, "HOST");
	canvas_printf(&page->canvas, row, LABEL + 1 + SPARK + 1, STYLE_DIM, "%*s", MOST, "most");
	canvas_fill(&page->canvas, row, SIDE + 1, 1, STYLE_DIM, LINE);
	canvas_text(&page->canvas, row, SIDE + 3, -1, STYLE_GUEST, "GUEST");
	canvas_printf(&page->canvas, row, SIDE + 3 + LABEL + 1 + SPARK + 1, STYLE_DIM, "%*s", MOST,
		"most");
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
		if (is_worth(minute, &pairs[i]))
			draw_pair(minute, &pairs[i], page);
}
