// SPDX-License-Identifier: GPL-2.0-or-later
/* Guest's eyes: the console as the guest sees itself, and the reveal. */
#include "panes/cover.h"
#include "tui/app.h"

/* A page that shows how something ended cannot be made again without what it showed. */
static void cover_page(struct app *app, bool turned)
{
	struct open_page *open = &app->open;
	const int scroll = open->scroll;

	if (open->gone && open->kind != PAGE_FINDING) {
		app_close_page(app);
		return;
	}
	if (turned) {
		open->scroll = open->other_scroll;
		open->other_scroll = scroll;
	}
	open->cols = 0;
}

/* What cannot be seen cannot be selected in: the keys go to the table meanwhile. */
static void cover_findings(struct app *app)
{
	if (app->run.cover & COVER_FINDINGS) {
		app->findings_again = app->findings_again || app->in_findings;
		app->in_findings = false;
	} else if (app->findings_again) {
		app->in_findings = true;
		app->findings_again = false;
	}
}

void app_cover(struct app *app, unsigned cover)
{
	const bool turned = !cover != !app->run.cover;
	size_t i;

	if (cover == app->run.cover)
		return;
	app->run.cover = app->findings.cover = cover;
	for (i = 0; panes[i]; i++)
		table_cover(&app->table[i], cover);
	cover_page(app, turned);
	cover_findings(app);
	app->stale = true;
}

void app_toggle_eyes(struct app *app)
{
	app_cover(app, app->run.cover ? 0 : COVER_ALL);
}

static bool finding_covered(const struct app *app, enum action action)
{
	return app->run.cover & COVER_FINDINGS &&
	       (action == ACTION_NEXT_FINDING || action == ACTION_PREV_FINDING ||
		       action == ACTION_FINDING_FORWARD || action == ACTION_FINDING_BACK);
}

/* The order that was chosen comes back with the reveal; a covered one cannot be chosen. */
static bool order_covered(const struct app *app, enum action action)
{
	const struct table *table = panes[app->pane]->table;
	struct table_state after = app->table[app->pane];

	if (app->open.kind != PAGE_NONE || app->in_findings)
		return false;
	if (action == ACTION_SORT)
		after.sort_column = after.cursor_column;
	else if (action != ACTION_REVERSE)
		return false;
	return table_order_covered(table, &after);
}

bool app_refuses_covered(struct app *app, enum action action)
{
	char key[32];

	app_key_for(app, ACTION_GUEST_EYES, key, sizeof(key));
	if (finding_covered(app, action))
		app_say(app, STYLE_NORMAL,
			"the findings are covered: they hold what the host measures; %s uncovers",
			key);
	else if (order_covered(app, action))
		app_say(app, STYLE_NORMAL,
			"that column is covered, and its order would tell; %s uncovers", key);
	else
		return false;
	return true;
}
