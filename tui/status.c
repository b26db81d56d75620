// SPDX-License-Identifier: GPL-2.0-or-later
#include "tui/status.h"

#include <stdio.h>
#include <string.h>

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

static void draw_prompt(const struct app *app, struct canvas *canvas, int *col)
{
	char hint[96], keep[32], drop[32];
	int width;

	*col = draw_typed(
		app->filter.text, canvas_text(canvas, 0, 0, -1, STYLE_KEY, "filter: "), canvas);
	snprintf(hint, sizeof(hint), "%zu of %zu  %s keeps  %s drops",
		table_vms(app->snap, app->filter.text), app->snap->n_vm,
		key_format(KEYM_ENTER, keep, sizeof(keep)),
		key_format(KEYM_ESCAPE, drop, sizeof(drop)));
	width = canvas_width(hint);
	if (*col + 2 + width <= canvas->cols)
		canvas_text(canvas, 0, canvas->cols - width, -1, STYLE_DIM, hint);
	if (*col >= canvas->cols)
		*col = canvas->cols - 1;
}

void status_keys(const struct app *app, struct canvas *canvas, int *col)
{
	const int from =
		app->run.cover && !app->filter.open ? draw_hints(app, covered_hints, 0, canvas) : 0;

	*col = -1;
	if (app->filter.open)
		draw_prompt(app, canvas, col);
	else if (app->open.kind != PAGE_NONE)
		draw_hints(app, page_hints, from, canvas);
	else if (app->in_findings)
		draw_hints(app, findings_hints, from, canvas);
	else
		draw_main_hints(app, from, canvas);
}

void status_message(const struct app *app, struct canvas *screen)
{
	struct page page;
	struct canvas lines;
	int rows, scroll = 0;

	/* A screen of one line has better things to show. */
	if (!app->message.until_ns || app->filter.open || screen->rows < 2)
		return;
	page_init(&page, screen->cols);
	page_text(&page, 0, app->message.style, app->message.text);
	rows = page.row < screen->rows ? page.row : screen->rows - 1;
	lines = canvas_sub(screen, screen->rows - rows, 0, rows, screen->cols);
	page_show(&page, &scroll, &lines);
	page_release(&page);
}
