// SPDX-License-Identifier: GPL-2.0-or-later
#include "tui/app.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tui/localtime.h"

enum { MESSAGE_S = 6, TICK_NS = 1000000000 };

static size_t pane_count(void)
{
	size_t n = 0;

	while (panes[n])
		n++;
	return n;
}

const char *const *app_places(void)
{
	static const char *const pages[] = { "vm", "findings", "explain", "time", "help", "replay",
		"lesson" };
	const size_t n_pages = sizeof(pages) / sizeof(pages[0]);
	static const char *places[32];
	size_t i;

	for (i = 0; i < n_pages; i++)
		places[i] = pages[i];
	for (i = 0; panes[i] && n_pages + i + 1 < sizeof(places) / sizeof(places[0]); i++)
		places[n_pages + i] = panes[i]->name;
	return places;
}

static void init_panes(struct app *app, const struct options *options)
{
	size_t i, grid[LAYOUT_GRID_MAX];
	const size_t n_grid = app_grid(grid);

	app->table = xcalloc(pane_count(), sizeof(*app->table));
	app->grid_pane = n_grid ? grid[0] : 0;
	app->zoom = options->pane_given;
	for (i = 0; panes[i]; i++) {
		table_reset(panes[i]->table, &app->table[i]);
		if (panes[i] != options->pane)
			continue;
		app->pane = i;
		if (panes[i]->in_grid)
			app->grid_pane = i;
		if (options->sort_column >= 0)
			app->table[i].sort_column = (size_t)options->sort_column;
	}
}

void app_init(struct app *app, const struct session *session, const struct keymap *keymap)
{
	const struct options *options = session->options;

	*app = (struct app){ .feed = session->feed,
		.recorder = session->recorder,
		.keymap = keymap,
		.ask = options->ask,
		.lesson = options->lesson,
		.stale = true };
	app->snap = snapshot_new();
	app->witness = witness_new();
	app->run.interval_ms = options->interval_ms;
	app->run.replay = feed_is_replay(session->feed);
	app->run.recording = session->recorder != NULL;
	app->run.asking = options->ask == ASK_ON;
	if (options->filter)
		snprintf(app->filter.text, sizeof(app->filter.text), "%s", options->filter);
	init_panes(app, options);
	if (app->lesson)
		app_begin_lesson(app);
	app_begin_time(app, options->delay_given ? options->interval_ms / 1000.0 : 0);
}

void app_release(struct app *app)
{
	size_t i;

	app_end_time(app);
	for (i = 0; panes[i]; i++)
		table_release(&app->table[i]);
	free(app->table);
	app_close_page(app);
	arena_release(&app->open.arena);
	arena_release(&app->arena);
	witness_free(app->witness);
	snapshot_free(app->next);
	snapshot_free(app->snap);
}

void app_say(struct app *app, uint8_t style, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(app->message.text, sizeof(app->message.text), fmt, ap);
	va_end(ap);
	app->message.style = style;
	app->message.until_ns = app->now_ns + MESSAGE_S * (uint64_t)TICK_NS;
	app->stale = true;
}

const char *app_place(const struct app *app)
{
	switch (app->open.kind) {
	case PAGE_NONE:
		break;
	case PAGE_VM:
		return "vm";
	case PAGE_FINDING:
	case PAGE_CELL:
		return "explain";
	case PAGE_TIME:
		return "time";
	case PAGE_HELP:
		return "help";
	}
	return app->in_findings ? "findings" : panes[app->pane]->name;
}

struct keymap_place app_keymap_place(const struct app *app)
{
	return (struct keymap_place){ app_place(app), app->lesson ? "lesson"
						      : app->run.replay || app_is_shifted(app)
							      ? "replay"
							      : NULL };
}

size_t app_rows(struct app *app, size_t pane, struct row **rows)
{
	return table_rows(panes[pane]->table, app->snap, app->filter.text, &app->table[pane],
		&app->arena, rows);
}

bool app_selected_row(struct app *app, struct row *row)
{
	struct row *rows;
	const size_t n = app_rows(app, app->pane, &rows);
	const size_t i = table_selected(panes[app->pane]->table, &app->table[app->pane], rows, n);

	if (i < n)
		*row = rows[i];
	return i < n;
}

const char *app_key_for(const struct app *app, enum action action, char *buf, size_t size)
{
	unsigned key;

	if (!keymap_keys(app->keymap, app_keymap_place(app), action, &key, 1)) {
		buf[0] = '\0';
		return buf;
	}
	return key_format(key, buf, size);
}

/* Time. */

/* A live screen that gets no news shows its age, second by second. */
static bool shows_age(const struct app *app)
{
	const double silent_s = 2 * app->run.interval_ms / 1000.0;

	if (app->run.replay || !app->measured || app_is_shifted(app))
		return false;
	return app->run.paused || app->run.age_s > silent_s;
}

void app_set_time(struct app *app, uint64_t now_ns)
{
	app->now_ns = now_ns;
	if (app->message.until_ns && app->message.until_ns <= now_ns) {
		app->message.until_ns = 0;
		app->stale = true;
	}
	if (app->run.replay || !app->measured || app_is_shifted(app))
		return;
	app->run.age_s = (double)(now_ns - app->taken_ns) / 1e9;
	if (shows_age(app))
		app->stale = true;
}

uint64_t app_due(const struct app *app)
{
	uint64_t due_ns = UINT64_MAX;

	if (app->message.until_ns)
		due_ns = app->message.until_ns;
	if (app->measured && !app->run.replay && !app_is_shifted(app)) {
		const uint64_t age_ns = app->now_ns - app->taken_ns;
		const uint64_t tick_ns = app->now_ns + TICK_NS - age_ns % TICK_NS;

		due_ns = tick_ns < due_ns ? tick_ns : due_ns;
	}
	return due_ns;
}

/* Snapshots. */

static void give_back(struct app *app, struct snapshot *snap)
{
	if (app->shift.player)
		player_give_back(app->shift.player, snap);
	else
		feed_give_back(app->feed, snap);
}

void app_show(struct app *app, struct snapshot *snap, uint64_t taken_ns)
{
	give_back(app, app->snap);
	app->snap = snap;
	app->measured = true;
	app->taken_ns = taken_ns;
	app->run.age_s = app->run.replay ? 0 : (double)(app->now_ns - taken_ns) / 1e9;
	app->run.utc_offset_s = localtime_offset_s(snap);
	app_refresh_page(app);
	app->stale = true;
}

void app_resume(struct app *app)
{
	struct snapshot *next = app->next;

	app->run.paused = false;
	if (app->run.replay)
		feed_pause(app->feed, false);
	app->next = NULL;
	app->stale = true;
	if (next)
		app_show(app, next, app->next_ns);
}

static void take_end(struct app *app)
{
	struct err err = { 0 };

	if (app->run.ended || !feed_ended(app->feed, &err))
		return;
	app->run.ended = true;
	if (err.code)
		app_say(app, STYLE_CRITICAL, "%s", err.text);
	else if (!app->message.until_ns)
		app_say(app, STYLE_NORMAL,
			app_is_shifted(app) ? "the stream has ended; no newer snapshot will come"
					    : "the recording ends here; this is its last snapshot");
}

/* What cannot be recorded is said once, and the console goes on. */
static void record(struct app *app, const struct snapshot *snap)
{
	struct recorder_state state;

	if (!app->recorder || app->run.record_ended)
		return;
	recorder_add(app->recorder, snap);
	recorder_get(app->recorder, &state);
	app->run.record_ended = state.err.code < 0;
	if (app->run.record_ended)
		app_say(app, STYLE_CRITICAL, "%s", state.err.text);
}

/* A new one of the feed's: remembered in any case, and shown when the newest is to be. */
static void take_new(struct app *app, struct snapshot *snap)
{
	struct witness *witness = app->shift.live ? app->shift.live : app->witness;

	witness_add(witness, snap, app->run.replay);
	record(app, snap);
	app_keep(app, snap);
	if (app->measured && (app->run.paused || app_is_shifted(app))) {
		feed_give_back(app->feed, app->next);
		app->next = snap;
		app->next_ns = app->now_ns;
		app->stale = true;
	} else {
		app_show(app, snap, app->now_ns);
	}
}

void app_take(struct app *app)
{
	struct snapshot *snap = feed_take(app->feed);

	if (snap)
		take_new(app, snap);
	app_take_scenes(app);
	app_take_written(app);
	take_end(app);
}
