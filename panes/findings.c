// SPDX-License-Identifier: GPL-2.0-or-later
#include "panes/screen.h"

#include <math.h>
#include <stdio.h>

#include "panes/cover.h"
#include "panes/format.h"
#include "panes/style.h"

/* Columns of one line, by what the screen has. */
struct strip {
	int name, pane; /* widths; 0: not shown */
	bool duration;
};

static const char *finding_name(const struct finding *finding)
{
	return finding->vm ? finding->vm : "host";
}

static struct strip strip_make(const struct snapshot *snap, int cols)
{
	struct strip strip = { .pane = cols >= 60 ? 6 : 0, .duration = cols >= 50 };
	int most = cols / 4;

	for (size_t i = 0; i < snap->n_finding; i++) {
		const struct finding *finding = &snap->finding[i];
		int name = canvas_width(finding_name(finding));
		int pane = canvas_width(finding->pane);

		strip.name = name > strip.name ? name : strip.name;
		if (strip.pane && pane > strip.pane)
			strip.pane = pane;
	}
	strip.name = strip.name > most ? most : strip.name;
	return strip;
}

/* To the right: how long it lasts, or how many more there are. Returns its width. */
static int draw_right(const struct snapshot *snap, const struct finding *finding, size_t more,
	bool duration, int row, struct canvas *canvas)
{
	char text[48] = "", since[FORMAT_SIZE];
	int width;

	if (more)
		snprintf(text, sizeof(text), "+%zu more", more);
	else if (duration)
		snprintf(text, sizeof(text), "%s",
			format_duration(since, snap->time_s - finding->since_s));
	width = canvas_width(text);
	if (width >= canvas->cols)
		return 0;
	canvas_text(canvas, row, canvas->cols - width, width, more ? STYLE_KEY : STYLE_DIM, text);
	return width ? width + 1 : 0;
}

static void draw_finding(const struct snapshot *snap, const struct finding *finding, size_t more,
	int row, struct canvas *canvas)
{
	struct strip strip = strip_make(snap, canvas->cols);
	int right = draw_right(snap, finding, more, strip.duration, row, canvas);
	struct canvas left = canvas_sub(canvas, row, 0, 1, canvas->cols - right);
	int col = 3;

	canvas_text(&left, 0, 0, 2, severity_style(finding->severity, STYLE_DIM),
		severity_mark(finding->severity));
	canvas_text(&left, 0, col, strip.name, STYLE_NORMAL, finding_name(finding));
	col += strip.name + 2;
	if (strip.pane) {
		canvas_text(&left, 0, col, strip.pane, STYLE_DIM, finding->pane);
		col += strip.pane + 2;
	}
	canvas_text(&left, 0, col, -1,
		verdict_disagrees(finding->verdict) ? STYLE_GAP : STYLE_NORMAL, finding->text);
}

static bool is_ok(const struct source *source)
{
	return source && source->state == SOURCE_OK;
}

/* Either of the two that tell where vCPU time went is enough. */
static void draw_none(const struct snapshot *snap, struct canvas *canvas)
{
	const struct source *bpf = snapshot_source(snap->source, snap->n_source, "bpf");
	const struct source *sched = snapshot_source(snap->source, snap->n_source, "sched");

	if (!is_ok(bpf) && sched && !is_ok(sched) && sched->reason)
		canvas_printf(canvas, 0, 0, STYLE_WATCH, "no findings, for want of numbers: %s",
			sched->reason);
	else if (isnan(snap->interval_s))
		canvas_text(canvas, 0, 0, -1, STYLE_DIM, "measuring: a rate needs two readings");
	else
		canvas_text(canvas, 0, 0, -1, STYLE_GOOD, "no findings");
}

static void scroll_to_selected(const struct snapshot *snap, struct findings_state *state, int rows)
{
	int n = (int)snap->n_finding, last = n > rows ? n - rows : 0;

	if (state->selected >= n)
		state->selected = n - 1;
	if (state->selected < 0)
		state->selected = 0;
	if (state->top > state->selected)
		state->top = state->selected;
	if (rows > 0 && state->selected >= state->top + rows)
		state->top = state->selected - rows + 1;
	state->top = state->top > last ? last : state->top < 0 ? 0 : state->top;
}

/* How many there are is covered, too. */
static void draw_covered(struct canvas *canvas)
{
	const int col = canvas_text(canvas, 0, 0, -1, STYLE_DIM, "findings") + 1;

	for (int row = 0; row < canvas->rows; row++)
		cover_fill(canvas, row, col, -1);
}

void findings_draw(const struct snapshot *snap, struct findings_state *state, bool focused,
	struct canvas *canvas)
{
	int n = (int)snap->n_finding;

	canvas_clear(canvas);
	if (state->cover & COVER_FINDINGS) {
		draw_covered(canvas);
		return;
	}
	scroll_to_selected(snap, state, canvas->rows);
	if (!n)
		draw_none(snap, canvas);
	for (int row = 0; row < canvas->rows && state->top + row < n; row++) {
		int i = state->top + row;
		int more = row == canvas->rows - 1 ? n - canvas->rows : 0;

		draw_finding(snap, &snap->finding[i], more > 0 ? (size_t)more : 0, row, canvas);
		if (focused && i == state->selected)
			canvas_mark(canvas, row, 0, -1, STYLE_SELECTED);
	}
}

bool findings_act(const struct snapshot *snap, struct findings_state *state, enum action action)
{
	int last = snap->n_finding ? (int)snap->n_finding - 1 : 0;

	if (action == ACTION_UP || action == ACTION_PREV_FINDING)
		state->selected--;
	else if (action == ACTION_DOWN || action == ACTION_NEXT_FINDING)
		state->selected++;
	else if (action == ACTION_HOME || action == ACTION_PAGE_UP)
		state->selected = 0;
	else if (action == ACTION_END || action == ACTION_PAGE_DOWN)
		state->selected = last;
	else
		return false;
	state->selected = state->selected < 0 ? 0 : state->selected > last ? last : state->selected;
	return true;
}
