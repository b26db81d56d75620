// SPDX-License-Identifier: GPL-2.0-or-later
#include "tui/status.h"

#include <stdio.h>
#include <string.h>

#include "panes/cover.h"
#include "panes/format.h"

/* A key line entry: the action whose key is shown, and what it does in a word. */
struct hint {
	enum action action;
	const char *word;
};

static const struct hint table_hints[] = {
	{ ACTION_HELP, "help" },
	{ ACTION_QUIT, "quit" },
	{ ACTION_OPEN, "VM" },
	{ ACTION_NEXT_FINDING, "finding" },
	{ ACTION_EXPLAIN, "source" },
	{ ACTION_FILTER, "filter" },
	{ ACTION_SORT, "sort" },
	{ ACTION_PAUSE, "pause" },
	{ ACTION_ASK_GUESTS, "ask guests" },
	{ ACTION_GUEST_EYES, "guest's eyes" },
	{ ACTION_NONE, NULL },
};
/* On large screens, after these. */
static const struct hint grid_hints[] = {
	{ ACTION_NEXT_PANE, "next pane" },
	{ ACTION_ZOOM, "this pane alone" },
	{ ACTION_NONE, NULL },
};
static const struct hint alone_hints[] = {
	{ ACTION_ZOOM, "all main panes" },
	{ ACTION_NONE, NULL },
};
/* While anything is covered, before all others. */
static const struct hint covered_hints[] = {
	{ ACTION_GUEST_EYES, "uncover" },
	{ ACTION_NONE, NULL },
};
static const struct hint findings_hints[] = {
	{ ACTION_HELP, "help" },
	{ ACTION_QUIT, "quit" },
	{ ACTION_OPEN, "explain" },
	{ ACTION_NEXT_FINDING, "next" },
	{ ACTION_PREV_FINDING, "before" },
	{ ACTION_CLOSE, "back" },
	{ ACTION_PAUSE, "pause" },
	{ ACTION_NONE, NULL },
};
/* In a recording, and in what is past. */
static const struct hint played_hints[] = {
	{ ACTION_HELP, "help" },
	{ ACTION_QUIT, "quit" },
	{ ACTION_PAUSE, "play" },
	{ ACTION_STEP_BACK, "back" },
	{ ACTION_STEP_FORWARD, "on" },
	{ ACTION_FINDING_FORWARD, "finding" },
	{ ACTION_GO_TO_TIME, "time" },
	{ ACTION_TIME_LINE, "time line" },
	{ ACTION_GUEST_EYES, "guest's eyes" },
	{ ACTION_FASTER, "faster" },
	{ ACTION_OPEN, "VM" },
	{ ACTION_JUMP_BACK, "minute back" },
	{ ACTION_JUMP_FORWARD, "on" },
	{ ACTION_NONE, NULL },
};
/* In a lesson; what comes next is a word of its own. */
static const struct hint lesson_hints[] = {
	{ ACTION_LESSON_BACK, "back" },
	{ ACTION_LESSON_AGAIN, "again" },
	{ ACTION_HELP, "help" },
	{ ACTION_QUIT, "quit" },
	{ ACTION_GUEST_EYES, "guest's eyes" },
	{ ACTION_OPEN, "VM" },
	{ ACTION_EXPLAIN, "source" },
	{ ACTION_CLOSE, "close" },
	{ ACTION_NONE, NULL },
};
static const struct hint played_page_hints[] = {
	{ ACTION_HELP, "help" },
	{ ACTION_QUIT, "quit" },
	{ ACTION_CLOSE, "close" },
	{ ACTION_PAUSE, "play" },
	{ ACTION_STEP_BACK, "back" },
	{ ACTION_STEP_FORWARD, "on" },
	{ ACTION_PAGE_DOWN, "down" },
	{ ACTION_PAGE_UP, "up" },
	{ ACTION_NONE, NULL },
};
static const struct hint page_hints[] = {
	{ ACTION_HELP, "help" },
	{ ACTION_QUIT, "quit" },
	{ ACTION_CLOSE, "back" },
	{ ACTION_PAGE_DOWN, "down" },
	{ ACTION_PAGE_UP, "up" },
	{ ACTION_NEXT_FINDING, "finding" },
	{ ACTION_PAUSE, "pause" },
	{ ACTION_NONE, NULL },
};

static int draw_filter(const struct app *app, int col, struct canvas *canvas)
{
	char text[256];

	if (!app->filter.text[0] || app->filter.open)
		return 0;
	/* What narrow screens cut is the filter, not what it leaves. */
	snprintf(text, sizeof(text), "filter %zu/%zu %s", table_vms(app->snap, app->filter.text),
		app->snap->n_vm, app->filter.text);
	return canvas_text(canvas, 0, col, -1, STYLE_WATCH, text);
}

void status_tabs(const struct app *app, struct canvas *canvas)
{
	int col = 1;
	size_t i;

	for (i = 0; panes[i]; i++) {
		char key[32];
		const uint8_t style = i == app->pane ? STYLE_TITLE : STYLE_DIM;

		app_key_for(app, panes[i]->select, key, sizeof(key));
		if (key[0])
			col += canvas_printf(canvas, 0, col, STYLE_KEY, "%s ", key);
		col += canvas_printf(canvas, 0, col, style, "%s", panes[i]->name) + 2;
	}
	draw_filter(app, col + 1, canvas);
}

/* Returns where the next one goes. */
static int draw_hints(
	const struct app *app, const struct hint *hint, int col, struct canvas *canvas)
{
	for (; hint->word; hint++) {
		char key[32];
		int width;

		if (app->run.cover && hint->action == ACTION_GUEST_EYES && col > 0)
			continue; /* said already, as the first */
		app_key_for(app, hint->action, key, sizeof(key));
		width = canvas_width(key) + 1 + canvas_width(hint->word);
		if (!key[0] || col + width > canvas->cols)
			continue;
		col += canvas_text(canvas, 0, col, -1, STYLE_KEY, key) + 1;
		col += canvas_text(canvas, 0, col, -1, STYLE_DIM, hint->word) + 2;
	}
	return col;
}

static void draw_main_hints(const struct app *app, int col, struct canvas *canvas)
{
	col = draw_hints(app, table_hints, col, canvas);

	if (app_in_grid(app))
		draw_hints(app, grid_hints, col, canvas);
	else if (app_has_grid(app))
		draw_hints(app, alone_hints, col, canvas);
}

/* The end of a long text stays in sight, with room for the cursor. */
static int draw_typed(const char *text, int col, struct canvas *canvas)
{
	while (*text && col + canvas_width(text) >= canvas->cols) {
		do
			text++;
		while (((unsigned char)*text & 0xc0) == 0x80);
	}
	return col + canvas_text(canvas, 0, col, -1, STYLE_NORMAL, text);
}

/* How many VMs the filter leaves, and how it is ended. */
static void filter_hint(const struct app *app, char *out, size_t size)
{
	char keep[32], drop[32];

	snprintf(out, size, "%zu of %zu  %s keeps  %s drops",
		table_vms(app->snap, app->filter.text), app->snap->n_vm,
		key_format(KEYM_ENTER, keep, sizeof(keep)),
		key_format(KEYM_ESCAPE, drop, sizeof(drop)));
}

static void draw_prompt(const char *label, const struct prompt *prompt, const char *hint,
	struct canvas *canvas, int *col)
{
	const int width = canvas_width(hint);

	*col = draw_typed(prompt->text, canvas_text(canvas, 0, 0, -1, STYLE_KEY, label), canvas);
	if (*col + 2 + width <= canvas->cols)
		canvas_text(canvas, 0, canvas->cols - width, -1, STYLE_DIM, hint);
	if (*col >= canvas->cols)
		*col = canvas->cols - 1;
}

static void draw_lesson_hints(const struct app *app, struct canvas *canvas)
{
	static const char *const words[] = { [LESSON_AHEAD_TEXT] = "more",
		[LESSON_AHEAD_ANSWER] = "the answer",
		[LESSON_AHEAD_STEP] = "next step",
		[LESSON_AHEAD_END] = "the end" };
	const struct hint next[] = { { ACTION_LESSON_NEXT, words[lesson_play_ahead(&app->play)] },
		{ ACTION_NONE, NULL } };

	draw_hints(app, lesson_hints, draw_hints(app, next, 0, canvas), canvas);
}

static void draw_all_hints(const struct app *app, struct canvas *canvas)
{
	const bool played = app_is_shifted(app);
	int from;

	if (app->lesson) {
		draw_lesson_hints(app, canvas);
		return;
	}
	from = app->run.cover ? draw_hints(app, covered_hints, 0, canvas) : 0;
	if (app->open.kind != PAGE_NONE)
		draw_hints(app, played ? played_page_hints : page_hints, from, canvas);
	else if (app->in_findings)
		draw_hints(app, findings_hints, from, canvas);
	else if (played)
		draw_hints(app, played_hints, from, canvas);
	else
		draw_main_hints(app, from, canvas);
}

void status_keys(const struct app *app, struct canvas *canvas, int *col)
{
	char hint[96];

	*col = -1;
	if (app->filter.open) {
		filter_hint(app, hint, sizeof(hint));
		draw_prompt("filter: ", &app->filter, hint, canvas, col);
	} else if (app->time.open) {
		draw_prompt("go to: ", &app->time, "14:02  14:02:10  -90s  +5m  30%", canvas, col);
	} else {
		draw_all_hints(app, canvas);
	}
}

void status_strip(const struct app *app, struct canvas *canvas)
{
	enum { CLOCK_COLS = 8 };
	const int width = canvas->cols - 2 * (CLOCK_COLS + 2);
	const bool is_covered = app->run.cover & COVER_FINDINGS;
	const struct span *span = NULL;
	struct timeline line;
	char text[32];
	size_t n = 0;

	if (!app_time_line(app, &line))
		return;
	if (!is_covered)
		span = spans_get(app->shift.spans, &n);
	if (width < CLOCK_COLS) {
		timeline_summary(&line, span, n, app->snap->time_s, canvas, 0, 0, canvas->cols);
		return;
	}
	canvas_text(canvas, 0, 1, -1, STYLE_DIM,
		format_time_of_day(text, line.from_s, line.utc_offset_s));
	timeline_summary(&line, span, n, app->snap->time_s, canvas, 0, CLOCK_COLS + 2, width);
	canvas_text(canvas, 0, CLOCK_COLS + 3 + width, -1, STYLE_DIM,
		format_time_of_day(text, line.to_s, line.utc_offset_s));
}

void status_message(const struct app *app, struct canvas *screen)
{
	struct page page;
	struct canvas lines;
	int rows, scroll = 0;

	/* A screen of one line has better things to show. */
	if (!app->message.until_ns || app->filter.open || app->time.open || screen->rows < 2)
		return;
	page_init(&page, screen->cols);
	page_text(&page, 0, app->message.style, app->message.text);
	rows = page.row < screen->rows ? page.row : screen->rows - 1;
	lines = canvas_sub(screen, screen->rows - rows, 0, rows, screen->cols);
	page_show(&page, &scroll, &lines);
	page_release(&page);
}
