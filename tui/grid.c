// SPDX-License-Identifier: GPL-2.0-or-later
/* The main panes side by side, on screens that are large enough. */
#include <stdio.h>
#include <string.h>

#include "tui/app.h"

enum { LINE_DOWN = 0x2502, LINE_ACROSS = 0x2500, LINES_CROSS = 0x253c, LINES_MEET = 0x252c };
enum { FOCUS_MARK = 0x25b6, NAME_COL = 2 };

size_t app_grid(size_t pane[LAYOUT_GRID_MAX])
{
	size_t i, n = 0;

	for (i = 0; panes[i] && n < LAYOUT_GRID_MAX; i++)
		if (panes[i]->in_grid)
			pane[n++] = i;
	return n;
}

bool app_has_grid(const struct app *app)
{
	size_t pane[LAYOUT_GRID_MAX];

	return app->grid_fits && !app->lesson && app_grid(pane) > 1;
}

bool app_in_grid(const struct app *app)
{
	return app_has_grid(app) && !app->zoom && panes[app->pane]->in_grid;
}

size_t app_step_pane(const struct app *app, int step)
{
	const bool in_grid = app_in_grid(app);
	size_t n = 0, to = app->pane;

	while (panes[n])
		n++;
	do
		to = (to + n + (size_t)(step + (int)n)) % n;
	while (in_grid && !panes[to]->in_grid);
	return to;
}

void app_zoom(struct app *app)
{
	if (!app->grid_fits) {
		app_say(app, STYLE_NORMAL,
			"the grid of panes takes a larger screen: %d columns and %d lines",
			LAYOUT_GRID_COLS, LAYOUT_GRID_ROWS);
	} else if (!app_has_grid(app)) {
		app_say(app, STYLE_NORMAL, "there is no grid: one pane alone is all it would have");
	} else if (app_in_grid(app)) {
		app->zoom = true;
	} else {
		app->zoom = false;
		if (!panes[app->pane]->in_grid)
			app_go_to_pane(app, app->grid_pane);
	}
	app->stale = true;
}

const char *app_selected_vm(struct app *app)
{
	const struct table_state *state = &app->table[app->pane];
	const struct vm *chosen = state->selected ? snapshot_vm(app->snap, state->selected) : NULL;
	struct row *rows;
	size_t n, i;

	if (chosen && table_matches(chosen, app->filter.text))
		return state->selected;
	n = app_rows(app, app->pane, &rows);
	i = table_selected(panes[app->pane]->table, state, rows, n);
	return i < n ? rows[i].vm->key : NULL;
}

static void draw_title(const struct app *app, size_t pane, struct canvas *canvas)
{
	const bool focused = pane == app->pane && !app->in_findings;
	char key[32];
	int col = NAME_COL;

	canvas_fill(canvas, 0, 0, -1, STYLE_DIM, LINE_ACROSS);
	canvas_fill(canvas, 0, 0, 1, STYLE_TITLE, focused ? FOCUS_MARK : LINE_ACROSS);
	canvas_fill(canvas, 0, 1, 1, STYLE_DIM, ' ');
	app_key_for(app, panes[pane]->select, key, sizeof(key));
	if (key[0])
		col += canvas_printf(canvas, 0, col, STYLE_KEY, "%s ", key);
	col += canvas_printf(
		canvas, 0, col, focused ? STYLE_TITLE : STYLE_DIM, "%s ", panes[pane]->title);
}

/* Down between the columns; where titles are, their lines go on through it. */
static void draw_divider(const struct layout *layout, struct canvas *canvas)
{
	const struct rect *at = &layout->divider;
	struct canvas divider = canvas_sub(canvas, at->row, at->col, at->rows, at->cols);
	int row;

	for (row = 0; row < divider.rows; row++)
		canvas_fill(&divider, row, 0, 1, STYLE_DIM, LINE_DOWN);
	canvas_fill(&divider, 0, 0, 1, STYLE_DIM, LINES_MEET);
	canvas_fill(&divider, layout->grid[0].rows, 0, 1, STYLE_DIM, LINES_CROSS);
}

void app_draw_grid(struct app *app, const struct layout *layout, struct canvas *canvas)
{
	const char *key = app_selected_vm(app);
	size_t pane[LAYOUT_GRID_MAX], i;
	const size_t n = app_grid(pane);

	for (i = 0; i < n; i++) {
		const struct rect *at = &layout->grid[i];
		struct canvas part = canvas_sub(canvas, at->row, at->col, at->rows, at->cols);
		struct canvas below = canvas_sub(&part, 1, 0, part.rows - 1, part.cols);
		unsigned flags = TABLE_LIT;

		draw_title(app, pane[i], &part);
		if (pane[i] != app->pane) {
			table_follow(&app->table[pane[i]], key);
			flags |= TABLE_FOLLOWS;
		} else if (!app->in_findings) {
			flags |= TABLE_FOCUSED;
		}
		app_draw_pane(app, pane[i], flags, &below);
	}
	draw_divider(layout, canvas);
}
