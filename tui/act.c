// SPDX-License-Identifier: GPL-2.0-or-later
#include "tui/app.h"

enum { ASK_CONFIRM_S = 15 };

static void say_interval(struct app *app)
{
	app_say(app, STYLE_NORMAL, app->run.replay ? "one snapshot every %g s" : "every %g s",
		app->run.interval_ms / 1000.0);
}

static void change_interval(struct app *app, bool slower)
{
	static const unsigned steps_ms[] = { 100, 200, 500, 1000, 2000, 5000, 10000, 30000, 60000 };
	const size_t n = sizeof(steps_ms) / sizeof(steps_ms[0]);
	const unsigned now_ms = app->run.interval_ms;
	unsigned next_ms = now_ms;
	size_t i;

	if (app_change_speed(app, slower))
		return;
	for (i = 0; i < n; i++) {
		if (slower && steps_ms[i] > now_ms && next_ms == now_ms)
			next_ms = steps_ms[i];
		if (!slower && steps_ms[i] < now_ms)
			next_ms = steps_ms[i];
	}
	app->run.interval_ms = next_ms;
	if (next_ms != now_ms)
		feed_set_interval(app->feed, next_ms);
	say_interval(app);
}

static void ask_for_confirmation(struct app *app)
{
	char key[32];

	app_key_for(app, ACTION_ASK_GUESTS, key, sizeof(key));
	app_say(app, STYLE_WATCH,
		"asking taints the domains in libvirt (custom-ga-command); press %s again to ask",
		key);
	app->ask_until_ns = app->now_ns + ASK_CONFIRM_S * UINT64_C(1000000000);
	app->message.until_ns = app->ask_until_ns;
}

static void ask_guests(struct app *app)
{
	const bool confirmed = app->now_ns < app->ask_until_ns;

	app->ask_until_ns = 0;
	if (app->run.replay) {
		app_say(app, STYLE_WATCH,
			"a recording cannot be asked; it has what its guests said then");
	} else if (app->ask == ASK_OFF) {
		app_say(app, STYLE_WATCH,
			"guests are not asked: --guest-agent is off for this run");
	} else if (app->run.asking) {
		app->run.asking = false;
		feed_ask_guests(app->feed, false);
		app_say(app, STYLE_NORMAL,
			"no longer asking guests; what libvirt marked stays marked");
	} else if (confirmed) {
		app->run.asking = true;
		feed_ask_guests(app->feed, true);
		app_say(app, STYLE_NORMAL, "asking the guests through their agents");
	} else {
		ask_for_confirmation(app);
	}
}

static void toggle_pause(struct app *app)
{
	if (app_toggle_play(app))
		return;
	if (app->run.paused) {
		app_resume(app);
		return;
	}
	app->run.paused = app->stale = true;
	if (app->run.replay)
		feed_pause(app->feed, true);
}

void app_go_to_pane(struct app *app, size_t pane)
{
	app_close_page(app);
	app->in_findings = app->findings_again = false;
	if (pane == app->pane)
		return;
	/* The selected VM is the same in all panes; where they are side by side it stands still. */
	table_follow(&app->table[pane],
		app_in_grid(app) ? app_selected_vm(app) : app->table[app->pane].selected);
	app->pane = pane;
	if (panes[pane]->in_grid)
		app->grid_pane = pane;
}

static bool act_on_panes(struct app *app, enum action action)
{
	size_t pane;

	if (action == ACTION_NEXT_PANE || action == ACTION_PREV_PANE) {
		app_go_to_pane(app, app_step_pane(app, action == ACTION_NEXT_PANE ? 1 : -1));
		return true;
	}
	if (action < ACTION_PANE_1 || action > ACTION_PANE_7)
		return false;
	for (pane = 0; panes[pane]; pane++)
		if (panes[pane]->select == action) {
			app_go_to_pane(app, pane);
			return true;
		}
	app_say(app, STYLE_NORMAL, "there is no such pane");
	return true;
}

static const struct finding *selected_finding(const struct app *app)
{
	const int i = app->findings.selected;

	return i >= 0 && (size_t)i < app->snap->n_finding ? &app->snap->finding[i] : NULL;
}

/* Whatever is on screen: the next finding is selected, and explained where one is. */
static void step_finding(struct app *app, enum action action)
{
	const bool explain = app->open.kind == PAGE_FINDING;

	if (!app->snap->n_finding) {
		app_say(app, STYLE_NORMAL, "there are no findings");
		return;
	}
	if (app->in_findings)
		findings_act(app->snap, &app->findings, action);
	app->in_findings = true;
	if (app->open.kind != PAGE_NONE)
		app_close_page(app);
	if (explain && selected_finding(app))
		app_open_finding(app, selected_finding(app));
	app->stale = true;
}

static void open_selected(struct app *app)
{
	struct row row;

	if (app->in_findings) {
		if (selected_finding(app))
			app_open_finding(app, selected_finding(app));
		return;
	}
	if (app_selected_row(app, &row))
		app_open_vm(app, row.vm);
}

static void explain_selected(struct app *app)
{
	const struct table *table = panes[app->pane]->table;
	const size_t column = app->table[app->pane].cursor_column;
	struct row row;

	if (app->in_findings)
		open_selected(app);
	else if (column < table->n_column && app_selected_row(app, &row))
		app_open_cell(app, &row, &table->column[column]);
}

static void go_back(struct app *app)
{
	if (app->open.kind != PAGE_NONE)
		app_close_page(app);
	else if (app->in_findings)
		app->in_findings = false;
	else if (app->filter.text[0])
		app->filter.text[0] = '\0';
	else if (app_has_grid(app) && !app_in_grid(app))
		app_zoom(app);
	else if (app_is_shifted(app) && !app->shift.tape)
		app_act_on_time(app, ACTION_NEWEST);
	app->stale = true;
}

static void toggle_help(struct app *app)
{
	if (app->open.kind == PAGE_HELP)
		app_close_page(app);
	else
		app_open_help(app);
}

/* What works on every screen. */
static bool act_everywhere(struct app *app, enum action action)
{
	switch ((int)action) {
	case ACTION_QUIT:
		app->quit = !app_wait_for_write(app);
		return true;
	case ACTION_SUSPEND:
		app->suspend = true;
		return true;
	case ACTION_REFRESH:
		app->repaint = true;
		feed_refresh(app->feed);
		return true;
	case ACTION_PAUSE:
		toggle_pause(app);
		return true;
	case ACTION_SLOWER:
	case ACTION_FASTER:
		change_interval(app, action == ACTION_SLOWER);
		return true;
	case ACTION_ASK_GUESTS:
		ask_guests(app);
		return true;
	case ACTION_HELP:
		toggle_help(app);
		return true;
	case ACTION_GUEST_EYES:
		app_toggle_eyes(app);
		return true;
	case ACTION_CLOSE:
		go_back(app);
		return true;
	case ACTION_NEXT_FINDING:
	case ACTION_PREV_FINDING:
		step_finding(app, action);
		return true;
	}
	return app_act_on_time(app, action) || app_act_on_lesson(app, action) ||
	       act_on_panes(app, action);
}

static bool act_on_main(struct app *app, enum action action)
{
	struct row *rows;
	size_t n;

	switch ((int)action) {
	case ACTION_OPEN:
		open_selected(app);
		return true;
	case ACTION_EXPLAIN:
		explain_selected(app);
		return true;
	case ACTION_FILTER:
		app->in_findings = false;
		prompt_open(&app->filter);
		return true;
	case ACTION_ZOOM:
		app_zoom(app);
		return true;
	}
	if (app->in_findings)
		return findings_act(app->snap, &app->findings, action);
	n = app_rows(app, app->pane, &rows);
	return table_act(panes[app->pane]->table, &app->table[app->pane], rows, n, action);
}

/* A key that does nothing here says so, with the way to help. */
static void say_unbound(struct app *app, unsigned key, enum action action)
{
	char name[32], help[32];

	key_format(key, name, sizeof(name));
	app_key_for(app, ACTION_HELP, help, sizeof(help));
	if (action != ACTION_NONE)
		app_say(app, STYLE_NORMAL, "%s (%s) does nothing here; %s shows the keys", name,
			action_info[action].name, help);
	else
		app_say(app, STYLE_NORMAL, "%s is not bound here; %s shows the keys", name, help);
}

void app_key(struct app *app, unsigned key)
{
	enum action action;
	bool done;

	arena_clear(&app->arena);
	app->stale = true;
	if (app->filter.open) {
		prompt_key(&app->filter, key);
		return;
	}
	if (app->time.open) {
		if (prompt_key(&app->time, key) == PROMPT_KEPT)
			app_go_to_asked(app);
		return;
	}
	action = keymap_action(app->keymap, app_keymap_place(app), key);
	if (action != ACTION_ASK_GUESTS)
		app->ask_until_ns = 0;
	app->message.until_ns = 0;
	done = app_refuses_covered(app, action) || act_everywhere(app, action);
	if (!done && app->open.kind == PAGE_NONE)
		done = act_on_main(app, action);
	else if (!done)
		done = page_act(&app->open.scroll, app->open.rows, action);
	if (!done)
		say_unbound(app, key, action);
}
