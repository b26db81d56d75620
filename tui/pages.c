// SPDX-License-Identifier: GPL-2.0-or-later
#include "tui/app.h"

#include <string.h>

#include "panes/cover.h"
#include "probes/text.h"
#include "tui/help.h"
#include "tui/time_page.h"

enum { TEXT_COLS = 100 };

/* The VM whose page is open is looked at closely. */
static void set_focus(struct app *app)
{
	const struct open_page *open = &app->open;
	const struct vm *vm = open->kind == PAGE_VM ? snapshot_vm(app->snap, open->vm_key) : NULL;
	const pid_t pid = vm && vm->pid != UNKNOWN_U64 ? (pid_t)vm->pid : 0;

	feed_focus(app->feed, pid, pid && vm->accel != ACCEL_TCG);
}

struct vm_view app_view(const struct app *app, const struct vm *vm)
{
	return (struct vm_view){ app->snap, vm, app->witness->history, app->witness->judge };
}

static struct open_page *open_anew(struct app *app, enum page_kind kind)
{
	struct open_page *open = &app->open;

	app_close_page(app);
	arena_clear(&open->arena);
	open->kind = kind;
	open->seen_s = app->snap->time_s;
	open->vm_key = open->name = open->item = NULL;
	open->column = NULL;
	return open;
}

void app_close_page(struct app *app)
{
	struct open_page *open = &app->open;

	if (open->built)
		page_release(&open->page);
	open->built = open->gone = false;
	open->scroll = open->other_scroll = 0;
	open->top = NULL;
	open->kind = PAGE_NONE;
	app->stale = true;
	set_focus(app);
}

void app_open_vm(struct app *app, const struct vm *vm)
{
	struct open_page *open = open_anew(app, PAGE_VM);

	open->vm_key = arena_strdup(&open->arena, vm->key);
	open->name = arena_strdup(&open->arena, vm->name);
	set_focus(app);
}

static void keep_finding(struct open_page *open, const struct finding *finding)
{
	struct finding *copy = &open->finding;

	*copy = *finding;
	copy->pane = arena_strdup(&open->arena, finding->pane);
	copy->rule = arena_strdup(&open->arena, finding->rule);
	copy->vm = arena_strdup(&open->arena, finding->vm);
	copy->vm_key = arena_strdup(&open->arena, finding->vm_key);
	copy->subject = arena_strdup(&open->arena, finding->subject);
	copy->text = arena_strdup(&open->arena, finding->text);
	open->name = copy->vm;
}

void app_open_finding(struct app *app, const struct finding *finding)
{
	keep_finding(open_anew(app, PAGE_FINDING), finding);
}

void app_open_at(struct app *app, const char *text)
{
	app->open.top = text;
}

void app_open_cell(struct app *app, const struct row *row, const struct column *column)
{
	const struct table *table = panes[app->pane]->table;
	struct open_page *open = open_anew(app, PAGE_CELL);

	open->vm_key = arena_strdup(&open->arena, row->vm->key);
	open->name = arena_strdup(&open->arena, row->vm->name);
	if (table->item_name)
		open->item = arena_strdup(&open->arena, table->item_name(row));
	open->pane = app->pane;
	open->column = column;
}

/* The row whose cell is explained, as it is now; false: it has ended. */
static bool current_row(const struct app *app, struct row *row)
{
	const struct open_page *open = &app->open;
	const struct vm *vm = snapshot_vm(app->snap, open->vm_key);

	return vm && table_find(panes[open->pane]->table, vm, open->item, row);
}

void app_open_time_line(struct app *app)
{
	if (app->open.kind == PAGE_TIME)
		app_close_page(app);
	else
		open_anew(app, PAGE_TIME);
}

void app_open_help(struct app *app)
{
	open_anew(app, PAGE_HELP);
}

/* The finding that the page explains, as it is now; NULL: it has ended. */
static const struct finding *current_finding(const struct app *app)
{
	const struct finding *old = &app->open.finding;
	size_t i;

	for (i = 0; i < app->snap->n_finding; i++) {
		const struct finding *finding = &app->snap->finding[i];

		if (text_same(finding->rule, old->rule) && text_same(finding->pane, old->pane) &&
			text_same(finding->vm_key, old->vm_key) &&
			text_same(finding->subject, old->subject))
			return finding;
	}
	return NULL;
}

static void refresh_finding(struct app *app)
{
	const struct finding *finding = current_finding(app);
	struct open_page *open = &app->open;
	struct arena old = open->arena;

	open->gone = !finding;
	if (!finding)
		return;
	open->arena = (struct arena){ 0 };
	keep_finding(open, finding);
	arena_release(&old);
}

void app_refresh_page(struct app *app)
{
	struct open_page *open = &app->open;
	struct row row;

	switch (open->kind) {
	case PAGE_NONE:
	case PAGE_HELP:
		return;
	case PAGE_VM:
		open->gone = !snapshot_vm(app->snap, open->vm_key);
		break;
	case PAGE_CELL:
		open->gone = !current_row(app, &row);
		break;
	case PAGE_FINDING:
		refresh_finding(app);
		break;
	case PAGE_TIME:
		break;
	}
	if (!open->gone)
		open->seen_s = app->snap->time_s;
	/* Of what is gone the last picture stays. */
	open->cols = open->gone && open->kind != PAGE_FINDING ? open->cols : 0;
	set_focus(app);
}

static void build(struct app *app)
{
	struct open_page *open = &app->open;
	const struct vm_view view =
		app_view(app, open->vm_key ? snapshot_vm(app->snap, open->vm_key) : NULL);
	struct row row;

	switch (open->kind) {
	case PAGE_NONE:
		break;
	case PAGE_VM:
		vmpage_build(&view, &open->page);
		break;
	case PAGE_FINDING:
		explain_finding(app->snap, &open->finding, &open->page);
		break;
	case PAGE_CELL:
		if (current_row(app, &row))
			explain_cell(app->snap, panes[open->pane], &row, open->column, &open->page);
		break;
	case PAGE_TIME:
		time_page_build(app, &open->page);
		break;
	case PAGE_HELP:
		help_build(app->keymap, app_keymap_place(app).mode, &open->page);
		break;
	}
}

static void scroll_to_top(struct open_page *open)
{
	const int row = open->top ? page_find(&open->page, open->top) : -1;

	if (row >= 0)
		open->scroll = row;
	open->top = NULL;
}

static void ensure_built(struct app *app, int cols)
{
	struct open_page *open = &app->open;
	const bool needs_vm = open->kind == PAGE_VM || open->kind == PAGE_CELL;

	if (open->built && (open->cols == cols || (needs_vm && open->gone)))
		return;
	if (open->built)
		page_release(&open->page);
	page_init(&open->page, cols);
	open->page.cover = app->run.cover;
	open->built = true;
	open->cols = cols;
	build(app);
	scroll_to_top(open);
}

/* Before the time that it was seen at, it has not ended. */
static const char *gone_text(const struct app *app)
{
	const bool before = app->snap->time_s < app->open.seen_s;

	if (app->open.kind == PAGE_FINDING)
		return before ? "is not there at this time" : "has ended";
	return before ? "is not there at this time; this is its state later"
		      : "has ended; this is its last state";
}

static void draw_title(const struct app *app, struct canvas *canvas)
{
	static const char *const titles[] = { [PAGE_NONE] = "",
		[PAGE_VM] = "VM",
		[PAGE_FINDING] = "finding",
		[PAGE_CELL] = "where it comes from",
		[PAGE_TIME] = "time line",
		[PAGE_HELP] = "help" };
	const struct open_page *open = &app->open;
	int col = canvas_printf(canvas, 0, 1, STYLE_TITLE, "%s", titles[open->kind]) + 1;

	if (open->kind == PAGE_FINDING && app->run.cover & (COVER_FINDINGS | COVER_PAGES))
		return;

	if (open->name)
		col += canvas_printf(canvas, 0, col + 1, STYLE_NORMAL, "%s", open->name) + 1;
	if (open->item)
		col += canvas_printf(canvas, 0, col + 1, STYLE_NORMAL, "%s", open->item) + 1;
	if (open->kind == PAGE_CELL)
		col += canvas_printf(canvas, 0, col + 1, STYLE_NORMAL, "%s", open->column->key) + 1;
	if (open->gone)
		canvas_text(canvas, 0, col + 2, -1, STYLE_WATCH, gone_text(app));
}

void app_draw_page(struct app *app, struct canvas *canvas)
{
	const bool named = app->open.kind == PAGE_VM; /* by its own first line */
	const int title = canvas->rows > 3 && (!named || app->open.gone) ? 1 : 0;
	struct canvas text = canvas_sub(canvas, title, 0, canvas->rows - title, canvas->cols);

	/* Long lines are hard to read; the VM page has sparklines to fill them with. */
	ensure_built(app, !named && app->open.kind != PAGE_TIME && canvas->cols > TEXT_COLS
				  ? TEXT_COLS
				  : canvas->cols);
	app->open.rows = text.rows;
	if (title)
		draw_title(app, canvas);
	page_show(&app->open.page, &app->open.scroll, &text);
}
