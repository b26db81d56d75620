// SPDX-License-Identifier: GPL-2.0-or-later
#include "panes/timeline.h"

#include <math.h>
#include <stdio.h>

#include "panes/format.h"
#include "panes/style.h"

enum { LINE = 0x2500, POINTER = 0x25bc, MARK_COLS = 3, CLOCK_COLS = 8 };

static const uint32_t block[] = {
	[SEVERITY_NONE] = LINE,
	[SEVERITY_INFO] = 0x2591,
	[SEVERITY_WATCH] = 0x2592,
	[SEVERITY_WARN] = 0x2593,
	[SEVERITY_CRITICAL] = 0x2588,
};

/* Where in width a moment is, in columns; what is outside is at the edge. */
static int col_within(const struct timeline *timeline, double time_s, int width)
{
	const double length_s = timeline->to_s - timeline->from_s;
	const double part = length_s > 0 ? (time_s - timeline->from_s) / length_s : 0;
	const int col = (int)(fmin(fmax(part, 0), 1) * width);

	return col < width ? col : width - 1;
}

int timeline_col(const struct timeline *timeline, double time_s, int width)
{
	if (!(time_s >= timeline->from_s && time_s <= timeline->to_s) || width <= 0)
		return -1;
	return col_within(timeline, time_s, width);
}

double timeline_time(const struct timeline *timeline, int col, int width)
{
	const double length_s = timeline->to_s - timeline->from_s;

	if (width <= 0 || col < 0 || col >= width)
		return NAN;
	return timeline->from_s + (col + 0.5) / width * length_s;
}

/* A gap is blank where it has the whole column. */
static void draw_gaps(const struct timeline *timeline, struct canvas *canvas)
{
	const double column_s = (timeline->to_s - timeline->from_s) / canvas->cols;

	for (size_t i = 0; i < timeline->n_gap; i++) {
		const struct gap *gap = &timeline->gap[i];
		const double first = ceil((gap->from_s - timeline->from_s) / column_s);
		const double end = floor((gap->to_s - timeline->from_s) / column_s);

		if (fmax(first, 0) < fmin(end, canvas->cols))
			canvas_fill(canvas, 0, (int)fmax(first, 0),
				(int)(fmin(end, canvas->cols) - fmax(first, 0)), STYLE_NORMAL, ' ');
	}
}

static void draw_ground(const struct timeline *timeline, struct canvas *canvas)
{
	canvas_fill(canvas, 0, 0, -1, STYLE_DIM, LINE);
	draw_gaps(timeline, canvas);
}

static void draw_span(const struct timeline *timeline, const struct span *span,
	enum severity severity, struct canvas *canvas)
{
	int first, last;

	if (span->severity != severity || span->end_s < timeline->from_s ||
		span->begin_s > timeline->to_s || canvas->cols <= 0)
		return;
	first = col_within(timeline, span->begin_s, canvas->cols);
	last = col_within(timeline, span->end_s, canvas->cols);
	canvas_fill(canvas, 0, first, last - first + 1, severity_style(severity, STYLE_DIM),
		block[severity]);
}

static void point_at(const struct timeline *timeline, double position_s, struct canvas *canvas)
{
	const int col = timeline_col(timeline, position_s, canvas->cols);

	if (col < 0 || !canvas->rows)
		return;
	canvas->cell[col].cp = POINTER;
	canvas->cell[col].style |= STYLE_CURSOR;
}

void timeline_summary(const struct timeline *timeline, const struct span *span, size_t n,
	double position_s, struct canvas *canvas, int row, int col, int width)
{
	struct canvas strip = canvas_sub(canvas, row, col, 1, width);

	draw_ground(timeline, &strip);
	for (int severity = SEVERITY_INFO; severity <= SEVERITY_CRITICAL; severity++)
		for (size_t i = 0; i < n; i++)
			draw_span(timeline, &span[i], (enum severity)severity, &strip);
	point_at(timeline, position_s, &strip);
}

void timeline_axis(
	const struct timeline *timeline, struct canvas *canvas, int row, int col, int width)
{
	struct canvas axis = canvas_sub(canvas, row, col, 1, width);
	const double middle_s = (timeline->from_s + timeline->to_s) / 2;
	const int offset_s = timeline->utc_offset_s;
	char label[FORMAT_SIZE];

	canvas_text(
		&axis, 0, 0, -1, STYLE_DIM, format_time_of_day(label, timeline->from_s, offset_s));
	if (axis.cols >= 2 * CLOCK_COLS + 1)
		canvas_text(&axis, 0, axis.cols - CLOCK_COLS, -1, STYLE_DIM,
			format_time_of_day(label, timeline->to_s, offset_s));
	if (axis.cols >= 4 * CLOCK_COLS)
		canvas_text(&axis, 0, axis.cols / 2, -1, STYLE_DIM,
			format_time_of_day(label, middle_s, offset_s));
}

static const char *group_vm(const struct group *group)
{
	return group->worst->vm ? group->worst->vm : "host";
}

static void group_rule(const struct group *group, char *text, size_t size)
{
	const struct span *span = group->worst;

	snprintf(text, size, "%s%s%s", span->rule, span->subject ? " " : "",
		span->subject ? span->subject : "");
}

/* Widths of the names beside the strips, which keep at least a third of the screen. */
struct names {
	int vm, rule;
};

static struct names measure(const struct group *group, size_t n, int cols)
{
	const int most = (cols - MARK_COLS) / 4;
	struct names names = { 0, 0 };

	for (size_t i = 0; i < n; i++) {
		char rule[160];
		int width;

		group_rule(&group[i], rule, sizeof(rule));
		width = canvas_width(rule);
		names.rule = width > names.rule ? width : names.rule;
		width = canvas_width(group_vm(&group[i]));
		names.vm = width > names.vm ? width : names.vm;
	}
	names.vm = names.vm > most ? most : names.vm;
	names.rule = names.rule > most + most / 3 ? most + most / 3 : names.rule;
	return names;
}

static void draw_names(
	const struct group *group, const struct names *names, int row, struct canvas *canvas)
{
	const enum severity severity = group->worst->severity;
	char rule[160];

	group_rule(group, rule, sizeof(rule));
	canvas_text(canvas, row, 0, MARK_COLS - 1, severity_style(severity, STYLE_DIM),
		severity_mark(severity));
	canvas_text(canvas, row, MARK_COLS, names->vm, STYLE_NORMAL, group_vm(group));
	canvas_text(canvas, row, MARK_COLS + names->vm + 1, names->rule, STYLE_DIM, rule);
}

static void draw_group(
	const struct timeline *timeline, const struct group *group, struct canvas *strip)
{
	draw_ground(timeline, strip);
	for (int severity = SEVERITY_INFO; severity <= SEVERITY_CRITICAL; severity++)
		for (size_t i = 0; i < group->n; i++)
			draw_span(timeline, group->span[i], (enum severity)severity, strip);
}

int timeline_draw(const struct timeline *timeline, const struct group *group, size_t n,
	double position_s, struct canvas *canvas)
{
	const struct names names = measure(group, n, canvas->cols);
	const int col = MARK_COLS + names.vm + 1 + names.rule + 1;
	const int at = timeline_col(timeline, position_s, canvas->cols - col);
	int row;

	canvas_clear(canvas);
	for (row = 0; row < canvas->rows && (size_t)row < n; row++) {
		struct canvas strip = canvas_sub(canvas, row, col, 1, canvas->cols - col);

		draw_names(&group[row], &names, row, canvas);
		draw_group(timeline, &group[row], &strip);
		if (at >= 0)
			canvas_mark(canvas, row, col + at, 1, STYLE_CURSOR);
	}
	if (row < canvas->rows)
		timeline_axis(timeline, canvas, row, col, canvas->cols - col);
	return col;
}
