// SPDX-License-Identifier: GPL-2.0-or-later
#include <limits.h>
#include <stdio.h>

#include "tui/app.h"
#include "tui/layout.h"
#include "tui/status.h"

enum { DIVIDER_DOWN = 0x2502, DIVIDER_ACROSS = 0x2500, HEAD_FROM_ROWS = 9 };

static struct canvas part(const struct canvas *canvas, const struct rect *rect)
{
	return canvas_sub(canvas, rect->row, rect->col, rect->rows, rect->cols);
}

/* Why there is nothing to see. */
static void draw_nothing(const struct app *app, struct canvas *canvas)
{
	const size_t n_vm = app->snap->n_vm;
	struct page page;
	char key[32];
	int scroll = 0;
	size_t i;

	page_init(&page, canvas->cols);
	page_blank(&page);
	if (!app->measured)
		page_text(&page, 1, STYLE_DIM, "measuring ...");
	else if (n_vm)
		page_printf(&page, 1, STYLE_WATCH,
			"no VM of %zu matches \"%s\"; %s clears the filter", n_vm, app->filter.text,
			app_key_for(app, ACTION_CLOSE, key, sizeof(key)));
	else
		page_text(&page, 1, STYLE_NORMAL, "no VM runs on this host");
	page_blank(&page);
	for (i = 0; i < app->snap->n_source && !n_vm; i++) {
		const struct source *source = &app->snap->source[i];

		if (source->state == SOURCE_UNAVAILABLE && source->reason)
			page_printf(&page, 1, STYLE_DIM, "%s: %s", source->name, source->reason);
	}
	page_show(&page, &scroll, canvas);
	page_release(&page);
}

/* What the pane says of the whole host, as far as it leaves room for the table. */
static void draw_head(const struct app *app, struct canvas *table)
{
	const struct pane *pane = panes[app->pane];
	struct canvas head;
	struct page page;
	int rows, scroll = 0;

	if (!pane->head || table->rows < HEAD_FROM_ROWS)
		return;
	page_init(&page, table->cols);
	pane->head(app->snap, &page);
	rows = page.row < table->rows / 3 ? page.row : table->rows / 3;
	head = canvas_sub(table, 0, 0, rows, table->cols);
	page_show(&page, &scroll, &head);
	page_release(&page);
	*table = canvas_sub(table, rows, 0, table->rows - rows, table->cols);
}

static void draw_table(struct app *app, const struct layout *layout, const struct row *rows,
	size_t n_rows, struct canvas *canvas)
{
	struct canvas table = part(canvas, &layout->table);

	draw_head(app, &table);
	if (n_rows)
		table_draw(panes[app->pane]->table, &app->table[app->pane], rows, n_rows,
			!app->in_findings, &table);
	else
		draw_nothing(app, &table);
}

/* The selected VM beside the table, where there is room for it. */
static void draw_side(struct app *app, const struct layout *layout, const struct row *rows,
	size_t n_rows, struct canvas *canvas)
{
	const size_t selected = table_selected(&app->table[app->pane], rows, n_rows);
	struct canvas side = part(canvas, &layout->side), divider = part(canvas, &layout->divider);
	struct vm_view view;
	struct page page;
	int row, scroll = 0;

	if (layout->side.row == layout->table.row)
		for (row = 0; row < divider.rows; row++)
			canvas_fill(&divider, row, 0, 1, STYLE_DIM, DIVIDER_DOWN);
	else
		canvas_fill(&divider, 0, 0, -1, STYLE_DIM, DIVIDER_ACROSS);
	if (!side.rows || !side.cols || selected >= n_rows)
		return;
	view = app_view(app, rows[selected].vm);
	page_init(&page, side.cols);
	vmpage_build(&view, &page);
	page_show(&page, &scroll, &side);
	page_release(&page);
}

static void draw_main(struct app *app, const struct layout *layout, const struct row *rows,
	size_t n_rows, struct canvas *canvas)
{
	struct canvas tabs = part(canvas, &layout->tabs);

	status_tabs(app, n_rows, &tabs);
	draw_table(app, layout, rows, n_rows, canvas);
	draw_side(app, layout, rows, n_rows, canvas);
}

static int table_width(struct app *app)
{
	const struct table *table = panes[app->pane]->table;

	return table_fit(table, INT_MAX, arena_array(&app->arena, table->n_column, sizeof(bool)));
}

void app_draw(struct app *app, struct canvas *canvas, int *row, int *col)
{
	struct layout layout;
	struct canvas header, findings, keys;
	struct row *rows;
	size_t n_rows;

	arena_clear(&app->arena);
	canvas_clear(canvas);
	layout_compute(&layout, canvas->rows, canvas->cols, app->snap->n_finding, table_width(app));
	header = part(canvas, &layout.header);
	findings = part(canvas, &layout.findings);
	keys = part(canvas, &layout.keys);
	n_rows = app_rows(app, &rows);
	header_draw(app->snap, &app->run, &header);
	findings_draw(app->snap, &app->findings, app->in_findings, &findings);
	if (app->open.kind == PAGE_NONE) {
		draw_main(app, &layout, rows, n_rows, canvas);
	} else {
		struct canvas page = part(canvas, &layout.page);

		app_draw_page(app, &page);
	}
	status_keys(app, n_rows, &keys, col);
	status_message(app, canvas);
	*row = *col >= 0 && keys.rows ? layout.keys.row : -1;
	app->stale = false;
}
