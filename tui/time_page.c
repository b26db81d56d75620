// SPDX-License-Identifier: GPL-2.0-or-later
#include "tui/time_page.h"

#include "panes/cover.h"
#include "panes/groups.h"

static void draw_groups(struct app *app, const struct timeline *line, const struct group *group,
	size_t n, struct page *page)
{
	const int first = page_row(page);
	struct canvas rows;

	for (size_t i = 0; i < n; i++) /* and one for the axis */
		page_row(page);
	rows = canvas_sub(&page->canvas, first, 1, (int)n + 1, page->cols - 2);
	timeline_draw(line, group, n, app->snap->time_s, &rows);
}

/* How a key is called that does it, for a sentence. */
static void add_key(const struct app *app, enum action action, const char *what, struct page *page)
{
	char key[32];

	if (app_key_for(app, action, key, sizeof(key))[0])
		page_printf(page, 1, STYLE_DIM, "%s  %s", key, what);
}

void time_page_build(struct app *app, struct page *page)
{
	const struct span *span;
	struct timeline line;
	struct group *group;
	size_t n = 0;

	page_blank(page);
	if (!app_time_line(app, &line)) {
		page_text(page, 1, STYLE_NORMAL, "there is nothing to show yet");
		return;
	}
	if (app->run.cover & COVER_FINDINGS) {
		page_text(page, 1, STYLE_TITLE, "the findings are covered");
		return;
	}
	span = spans_get(app->shift.spans, &n);
	n = groups_make(span, n, line.from_s, &app->arena, &group);
	if (n)
		draw_groups(app, &line, group, n, page);
	else
		page_text(page, 1, STYLE_GOOD, "no findings in this time");
	page_blank(page);
	add_key(app, ACTION_FINDING_FORWARD, "to where the next one began", page);
	add_key(app, ACTION_FINDING_BACK, "to where the one before began", page);
	add_key(app, ACTION_GO_TO_TIME, "to a time", page);
}
