// SPDX-License-Identifier: GPL-2.0-or-later
#include "panes/screen.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "panes/cover.h"
#include "panes/format.h"
#include "panes/steal.h"
#include "panes/style.h"
#include "probes/schema.h"

/* One thing the header says. Low priorities come first when not all fit. */
struct item {
	const char *label;
	char text[48];
	uint8_t style;
	int priority;
	int gap;     /* blanks before it */
	int covered; /* columns that lie under cover, in the place of text */
	bool shown;
};

enum { ITEMS_MAX = 16, PRIORITY_LAST = 9 };

struct line {
	struct item item[ITEMS_MAX];
	size_t n;
};

static struct item *line_add(struct line *line, int priority, int gap, const char *label)
{
	struct item *item = &line->item[line->n++];

	*item = (struct item){ .label = label, .priority = priority, .gap = gap };
	return item;
}

static void line_add_text(struct line *line, int priority, int gap, const char *label,
	uint8_t style, const char *text)
{
	struct item *item = line_add(line, priority, gap, label);

	item->style = style;
	snprintf(item->text, sizeof(item->text), "%s", text ? text : "-");
}

static int item_width(const struct item *item)
{
	int label = canvas_width(item->label), text = canvas_width(item->text) + item->covered;

	return label + (label && text) + text;
}

static int line_width(const struct line *line)
{
	int width = 0;

	for (size_t i = 0; i < line->n; i++)
		if (line->item[i].shown)
			width += (width ? line->item[i].gap : 0) + item_width(&line->item[i]);
	return width;
}

/* In the order of their priorities each item that still fits; the first in any case. */
static void line_fit(struct line *line, int cols)
{
	for (int priority = 0; priority <= PRIORITY_LAST; priority++)
		for (size_t i = 0; i < line->n; i++)
			if (line->item[i].priority == priority) {
				line->item[i].shown = true;
				line->item[i].shown = priority == 0 || line_width(line) <= cols;
			}
}

static void line_draw(struct line *line, int row, struct canvas *canvas)
{
	int col = 0;

	line_fit(line, canvas->cols);
	for (size_t i = 0; i < line->n; i++) {
		const struct item *item = &line->item[i];

		if (!item->shown)
			continue;
		col += col ? item->gap : 0;
		col += canvas_text(canvas, row, col, -1, STYLE_DIM, item->label);
		col += *item->label && (*item->text || item->covered);
		col += canvas_text(canvas, row, col, -1, item->style, item->text);
		cover_fill(canvas, row, col, item->covered);
		col += item->covered;
	}
}

static void put_interval(unsigned ms, char *out, size_t size)
{
	if (ms % 1000 == 0)
		snprintf(out, size, "%us", ms / 1000);
	else if (ms >= 1000)
		snprintf(out, size, "%.1fs", ms / 1000.0);
	else
		snprintf(out, size, "%ums", ms);
}

static void add_mode(struct line *line, const struct run_state *run)
{
	double late_s = fmax(3, 3 * run->interval_ms / 1000.0);
	const bool is_past = run->behind_s > 0;
	char age[FORMAT_SIZE], mode[48];

	if (is_past)
		snprintf(mode, sizeof(mode), "%s AGO", format_duration(age, run->behind_s));
	else
		snprintf(mode, sizeof(mode), "%s",
			!run->replay  ? run->paused ? "PAUSED" : "LIVE"
			: run->ended  ? "REPLAY ENDED"
			: run->paused ? "REPLAY PAUSED"
				      : "REPLAY");
	line_add_text(line, 0, 2, "",
		run->paused || is_past ? STYLE_WATCH
		: run->replay	       ? STYLE_TITLE
				       : STYLE_GOOD,
		mode);
	if ((run->replay || is_past) && !run->paused && !run->ended && run->speed > 0 &&
		run->speed != 1)
		snprintf(line_add(line, 1, 1, "")->text, 48, "x%g", run->speed);
	if (run->recording || run->record_ended)
		line_add_text(line, 3, 2, "", run->record_ended ? STYLE_CRITICAL : STYLE_WARN,
			run->record_ended ? "REC ENDED" : "REC");
	if (run->age_s > late_s && !run->ended && !is_past)
		snprintf(line_add(line, 1, 1, "")->text, 48, "%s old", format_age(age, run->age_s));
	if (run->age_s > late_s && !run->ended && !is_past)
		line->item[line->n - 1].style = STYLE_STALE;
}

/* A source in a word: what an answer costs, or what is wrong. */
static void add_source(struct line *line, const struct snapshot *snap, const char *name,
	bool show_cost, int priority)
{
	const struct source *source = snapshot_source(snap->source, snap->n_source, name);
	char text[48];

	if (!source)
		return;
	if (source->state == SOURCE_OK && show_cost && !isnan(source->cost_ms))
		format_ns(text, source->cost_ms * 1e6);
	else if (source->state == SOURCE_STALE && !isnan(source->age_s))
		snprintf(text, sizeof(text), "stale %.0fs", fmin(source->age_s, 1e6));
	else
		snprintf(text, sizeof(text), "%s", words_source_state[source->state]);
	line_add_text(line, priority, 2, name,
		source->state == SOURCE_STALE ? STYLE_WATCH : source_style(source->state), text);
}

/* How many guests answer, of those that could. */
static void add_guests(struct line *line, const struct snapshot *snap, const struct run_state *run)
{
	const struct source *agent = snapshot_source(snap->source, snap->n_source, "agent");
	size_t with = 0, answering = 0;
	char text[48];

	if (!run->asking && (!agent || agent->state == SOURCE_OFF)) {
		line_add_text(line, 3, 2, "guests", STYLE_DIM, "off");
		return;
	}
	for (size_t i = 0; i < snap->n_vm; i++) {
		const struct source *own = vm_source(&snap->vm[i], "agent");

		with += snap->vm[i].has_agent;
		answering += own && own->state == SOURCE_OK;
	}
	snprintf(text, sizeof(text), "%zu/%zu", answering, with);
	line_add_text(line, 3, 2, "guests", answering < with ? STYLE_WATCH : STYLE_NORMAL, text);
}

/* In words: a colour may not be there. */
static void add_cover(struct line *line, unsigned cover)
{
	if (cover)
		line_add_text(line, 0, 2, "", STYLE_WATCH,
			cover == COVER_ALL ? "GUEST'S EYES" : "PARTLY COVERED");
}

static void draw_first(
	const struct snapshot *snap, const struct run_state *run, struct canvas *canvas)
{
	struct line line = { .n = 0 };
	char text[48];

	line_add_text(&line, 6, 0, "", STYLE_TITLE, "parallax");
	line_add_text(&line, 2, 2, "", STYLE_NORMAL, snap->host.name);
	line_add_text(&line, 9, 2, "", STYLE_DIM, snap->host.kernel);
	line_add_text(&line, 8, 2, "up", STYLE_NORMAL, format_duration(text, snap->host.uptime_s));
	line_add_text(&line, 1, 2, "", STYLE_NORMAL,
		format_time_of_day(text, snap->time_s, run->utc_offset_s));
	put_interval(run->interval_ms, text, sizeof(text));
	line_add_text(&line, 7, 2, "", STYLE_DIM, text);
	add_cover(&line, run->cover);
	add_mode(&line, run);
	add_source(&line, snap, "bpf", false, 5);
	add_source(&line, snap, "libvirt", true, 4);
	add_guests(&line, snap, run);
	line_draw(&line, 0, canvas);
}

static void add_pct(
	struct line *line, int priority, int gap, const char *label, double pct, uint8_t style)
{
	char text[48];

	if (isnan(pct))
		snprintf(text, sizeof(text), "-");
	else
		snprintf(text, sizeof(text), "%.0f%%", pct);
	line_add_text(line, priority, gap, label, isnan(pct) ? STYLE_DIM : style, text);
}

static void add_psi(struct line *line, const struct host *host)
{
	const double some[] = { host->psi_cpu_some_pct, host->psi_memory_some_pct,
		host->psi_io_some_pct };
	char text[3][8], all[48];

	for (size_t i = 0; i < 3; i++)
		snprintf(text[i], sizeof(text[i]), isnan(some[i]) ? "-" : "%.0f",
			fmin(fmax(some[i], 0), 100));
	snprintf(all, sizeof(all), "cpu %s mem %s io %s", text[0], text[1], text[2]);
	line_add_text(line, 6, 2, "psi", STYLE_NORMAL, all);
}

static double ratio(uint64_t part, uint64_t whole)
{
	if (part == UNKNOWN_U64 || whole == UNKNOWN_U64 || whole == 0)
		return NAN;
	return (double)part / (double)whole;
}

/* What there is, and how many times it is sold. */
static void add_sold(struct line *line, int priority, int gap, const char *label,
	const char *present, double sold)
{
	char text[48];

	if (!(sold > 0)) /* or unknown */
		snprintf(text, sizeof(text), "%.20s", present);
	else
		snprintf(text, sizeof(text), "%.20s sold %.1fx", present, fmin(sold, 9999));
	line_add_text(line, priority, gap, label, STYLE_NORMAL, text);
}

/* What moves now goes before what lies there. */
static void add_swap(struct line *line, const struct host *host)
{
	char rate[FORMAT_SIZE], text[48];
	bool out = host->swap_out_bytes_per_s > 0, in = host->swap_in_bytes_per_s > 0;

	if (out || in) {
		format_rate(rate, out ? host->swap_out_bytes_per_s : host->swap_in_bytes_per_s);
		snprintf(text, sizeof(text), "%s %s/s", out ? "out" : "in", rate);
		line_add_text(line, 4, 2, "swap", STYLE_WARN, text);
		return;
	}
	format_bytes(text, host->swap_used_bytes);
	line_add_text(line, 7, 2, "swap",
		host->swap_used_bytes && host->swap_used_bytes != UNKNOWN_U64 ? STYLE_WATCH
									      : STYLE_NORMAL,
		host->swap_total_bytes == 0 ? "none" : text);
}

/* Allocations that had to compact memory themselves. */
static void add_compaction(struct line *line, const struct host *host)
{
	bool moves = host->compact_stalls_per_s >= 1;
	char rate[FORMAT_SIZE], text[48];

	if (isnan(host->compact_stalls_per_s))
		return;
	snprintf(text, sizeof(text), "%s/s", format_per_s(rate, host->compact_stalls_per_s));
	line_add_text(line, moves ? 7 : 9, 2, "thp", moves ? STYLE_WATCH : STYLE_NORMAL, text);
}

static void draw_second(const struct snapshot *snap, struct canvas *canvas)
{
	const struct host *host = &snap->host;
	struct line line = { .n = 0 };
	char text[48];

	add_sold(&line, 8, 0, "cpu", format_count(text, host->cpus),
		ratio(host->vcpus_sold, host->cpus));
	add_pct(&line, 1, 1, "run", host->run_pct, STYLE_HOST);
	add_pct(&line, 0, 1, "wait", host->wait_pct, STYLE_HOST);
	if (host->is_guest)
		add_pct(&line, 2, 1, "steal", host->steal_pct,
			severity_style(steal_severity(host->steal_pct), STYLE_HOST));
	add_psi(&line, host);
	add_sold(&line, 3, 2, "mem", format_bytes(text, host->mem_total_bytes),
		ratio(host->mem_sold_bytes, host->mem_total_bytes));
	add_swap(&line, host);
	add_compaction(&line, host);
	if (!isnan(host->load1)) {
		snprintf(text, sizeof(text), "%.1f %.1f %.1f", fmin(host->load1, 1e5),
			fmin(host->load5, 1e5), fmin(host->load15, 1e5));
		line_add_text(&line, 9, 2, "load", STYLE_NORMAL, text);
	}
	line_draw(&line, 1, canvas);
}

/* The same whatever the host is like: what there is of it tells, too. */
static void draw_second_covered(struct canvas *canvas)
{
	static const struct {
		const char *label;
		int priority, width;
	} place[] = {
		{ "cpu", 8, 2 },
		{ "run", 1, 3 },
		{ "wait", 0, 3 },
		{ "psi", 6, 18 },
		{ "mem", 3, 14 },
		{ "swap", 4, 10 },
		{ "load", 9, 14 },
	};
	struct line line = { .n = 0 };

	for (size_t i = 0; i < sizeof(place) / sizeof(place[0]); i++)
		line_add(&line, place[i].priority, i < 3 ? 1 : 2, place[i].label)->covered =
			place[i].width;
	line_draw(&line, 1, canvas);
}

void header_draw(const struct snapshot *snap, const struct run_state *run, struct canvas *canvas)
{
	canvas_clear(canvas);
	draw_first(snap, run, canvas);
	if (run->cover & COVER_HEADER)
		draw_second_covered(canvas);
	else
		draw_second(snap, canvas);
}
