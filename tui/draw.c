// SPDX-License-Identifier: GPL-2.0-or-later
#include <limits.h>
#include <stdio.h>

#include "panes/cover.h"
#include "panes/lessonbox.h"
#include "tui/app.h"
#include "tui/layout.h"
#include "tui/status.h"

enum { DIVIDER_DOWN = 0x2502, DIVIDER_ACROSS = 0x2500, HEAD_FROM_ROWS = 9 };
enum { STRIP_BESIDE_ROWS = 40 }; /* from here on the time line has room below a lesson's pane */

static struct canvas part(const struct canvas *canvas, const struct rect *rect)
{
	return canvas_sub(canvas, rect->row, rect->col, rect->rows, rect->cols);
}

/* Which sources are missing, where there is nobody to see. */
static void add_sources(const struct snapshot *snap, struct page *page)
{
	size_t i;

	for (i = 0; i < snap->n_source; i++) {
		const struct source *source = &snap->source[i];

		if (source->state == SOURCE_UNAVAILABLE && source->reason)
			page_printf(page, 1, STYLE_DIM, "%s: %s", source->name, source->reason);
	}
}

static void draw_nothing(const struct app *app, const struct table *table, struct canvas *canvas)
{
	const size_t n_vm = app->snap->n_vm;
	struct page page;
	char key[32], why[256];
	int scroll = 0;

	page_init(&page, canvas->cols);
	page_blank(&page);
	if (!app->measured)
		page_text(&page, 1, STYLE_DIM, app_why_empty(app, why, sizeof(why)));
	else if (!n_vm)
		page_text(&page, 1, STYLE_NORMAL, "no VM runs on this host");
	else if (!table_vms(app->snap, app->filter.text))
		page_printf(&page, 1, STYLE_WATCH,
			"no VM of %zu matches \"%s\"; %s clears the filter", n_vm, app->filter.text,
			app_key_for(app, ACTION_CLOSE, key, sizeof(key)));
	else if (table->nothing)
		page_text(&page, 1, STYLE_NORMAL, table->nothing);
	page_blank(&page);
	if (!n_vm)
		add_sources(app->snap, &page);
	page_show(&page, &scroll, canvas);
	page_release(&page);
}

/* What the pane says of the whole host, as far as it leaves room for the table. */
static void draw_head(const struct app *app, const struct pane *pane, struct canvas *table)
{
	struct canvas head;
	struct page page;
	int rows, scroll = 0;

	if (!pane->head || table->rows < HEAD_FROM_ROWS)
		return;
	page_init(&page, table->cols);
	pane->head(app->snap, &page);
	if (app->run.cover & COVER_PAGES)
		cover_lines(&page);
	rows = page.row < table->rows / 3 ? page.row : table->rows / 3;
	head = canvas_sub(table, 0, 0, rows, table->cols);
	page_show(&page, &scroll, &head);
	page_release(&page);
	*table = canvas_sub(table, rows, 0, table->rows - rows, table->cols);
}

void app_draw_pane(struct app *app, size_t pane, unsigned flags, const struct canvas *canvas)
{
	const struct table *table = panes[pane]->table;
	struct canvas below = *canvas;
	struct row *rows;
	const size_t n_rows = app_rows(app, pane, &rows);

	draw_head(app, panes[pane], &below);
	/* Why there is nothing is said once: where the keys are. */
	if (n_rows || flags & TABLE_FOLLOWS)
		table_draw(table, &app->table[pane], rows, n_rows, flags, &below);
	else
		draw_nothing(app, table, &below);
}

/* The selected VM beside the table, where there is room for it. */
static void draw_side(struct app *app, const struct layout *layout, struct canvas *canvas)
{
	struct canvas side = part(canvas, &layout->side), divider = part(canvas, &layout->divider);
	struct vm_view view;
	struct row selected;
	struct page page;
	int row, scroll = 0;

	if (layout->side.row == layout->table.row)
		for (row = 0; row < divider.rows; row++)
			canvas_fill(&divider, row, 0, 1, STYLE_DIM, DIVIDER_DOWN);
	else
		canvas_fill(&divider, 0, 0, -1, STYLE_DIM, DIVIDER_ACROSS);
	if (!side.rows || !side.cols || !app_selected_row(app, &selected))
		return;
	view = app_view(app, selected.vm);
	page_init(&page, side.cols);
	page.cover = app->run.cover;
	vmpage_build(&view, &page);
	page_show(&page, &scroll, &side);
	page_release(&page);
}

static void draw_alone(struct app *app, const struct layout *layout, struct canvas *canvas)
{
	const struct canvas table = part(canvas, &layout->table);

	app_draw_pane(app, app->pane, app->in_findings ? 0 : TABLE_FOCUSED, &table);
	draw_side(app, layout, canvas);
}

static void draw_main(struct app *app, const struct layout *layout, struct canvas *canvas)
{
	struct canvas tabs = part(canvas, &layout->tabs);

	status_tabs(app, &tabs);
	if (app_in_grid(app))
		app_draw_grid(app, layout, canvas);
	else
		draw_alone(app, layout, canvas);
}

static void compute_layout(struct app *app, const struct canvas *canvas, struct layout *layout)
{
	const struct table *table = panes[app->pane]->table;
	bool *shown = arena_array(&app->arena, table->n_column, sizeof(*shown));
	struct layout_wish wish = { .rows = canvas->rows,
		.cols = canvas->cols,
		.n_findings = app->run.cover & COVER_FINDINGS ? SIZE_MAX : app->snap->n_finding,
		.table_cols = table_fit(table, INT_MAX, shown) };
	size_t pane[LAYOUT_GRID_MAX];

	app->grid_fits = layout_fits_grid(canvas->rows, canvas->cols);
	wish.lesson = app->lesson != NULL;
	wish.has_strip = app_is_shifted(app) && (!app->lesson || canvas->rows >= STRIP_BESIDE_ROWS);
	if (app_in_grid(app))
		wish.n_grid = app_grid(pane);
	layout_compute(layout, &wish);
}

void app_draw(struct app *app, struct canvas *canvas, int *row, int *col)
{
	struct layout layout;
	struct canvas header, findings, keys;

	arena_clear(&app->arena);
	canvas_clear(canvas);
	compute_layout(app, canvas, &layout);
	header = part(canvas, &layout.header);
	findings = part(canvas, &layout.findings);
	keys = part(canvas, &layout.keys);
	header_draw(app->snap, &app->run, &header);
	findings_draw(app->snap, &app->findings, app->in_findings, &findings);
	if (app->open.kind == PAGE_NONE) {
		draw_main(app, &layout, canvas);
	} else {
		struct canvas page = part(canvas, &layout.page);

		app_draw_page(app, &page);
	}
	if (layout.strip.rows) {
		struct canvas strip = part(canvas, &layout.strip);

		status_strip(app, &strip);
	}
	if (app->lesson) {
		struct canvas panel = part(canvas, &layout.lesson);

		lessonbox_draw(&app->play, layout.beside, &panel);
	}
	status_keys(app, &keys, col);
	status_message(app, canvas);
	*row = *col >= 0 && keys.rows ? layout.keys.row : -1;
	app->stale = false;
}
