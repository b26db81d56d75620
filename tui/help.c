// SPDX-License-Identifier: GPL-2.0-or-later
#include "tui/help.h"

#include <stdio.h>
#include <string.h>

#include "panes/pane.h"

enum { INDENT = 2, KEYS_COLS = 20, MAX_KEYS = 6 };

/* A term with its explanation beside it, or below it where the page is narrow. */
static void entry(
	struct page *page, const char *term, uint8_t style, int term_cols, const char *text)
{
	const int row = page->row;

	if (page->cols < term_cols + 24 || canvas_width(term) >= term_cols) {
		page_text(page, INDENT, style, term);
		page_text(page, INDENT + 4, STYLE_NORMAL, text);
		return;
	}
	page_text(page, INDENT + term_cols, STYLE_NORMAL, text);
	canvas_text(&page->canvas, row, INDENT, term_cols - 1, style, term);
}

static bool join_keys(const struct keymap *keymap, struct keymap_place place, enum action action,
	char *out, size_t size)
{
	unsigned keys[MAX_KEYS];
	char name[32];
	const size_t n = keymap_keys(keymap, place, action, keys, MAX_KEYS);
	size_t i, len = 0;

	out[0] = '\0';
	for (i = 0; i < n && i < MAX_KEYS && len < size; i++) {
		const size_t left = size - len;

		len += (size_t)snprintf(out + len, left, "%s%s", i ? " " : "",
			key_format(keys[i], name, sizeof(name)));
	}
	return n > 0;
}

/* There are more actions for panes than panes. */
static bool has_pane(int action)
{
	int i;

	if (action < ACTION_PANE_1 || action > ACTION_PANE_7)
		return true;
	for (i = 0; panes[i]; i++)
		if ((int)panes[i]->select == action)
			return true;
	return false;
}

/* A group of which nothing is bound has no heading either: that of lessons, where none is played.
 */
static void key_group(const struct keymap *keymap, struct keymap_place place,
	enum action_group group, struct page *page)
{
	static const char *const titles[GROUP_COUNT] = { [GROUP_MOVE] = "Moving",
		[GROUP_VIEW] = "Looking",
		[GROUP_TIME] = "Time",
		[GROUP_LESSON] = "Lessons",
		[GROUP_RUN] = "Running" };
	bool is_first = true;
	char keys[96];
	int action;

	for (action = ACTION_NONE + 1; action < ACTION_COUNT; action++) {
		if (action_info[action].group != group || !has_pane(action) ||
			!join_keys(keymap, place, (enum action)action, keys, sizeof(keys)))
			continue;
		if (is_first)
			page_heading(page, titles[group]);
		is_first = false;
		entry(page, keys, STYLE_KEY, KEYS_COLS, action_info[action].help);
	}
	if (!is_first)
		page_blank(page);
}

static uint8_t group_style(enum column_group group)
{
	switch (group) {
	case COLUMN_NAME:
		return STYLE_TITLE;
	case COLUMN_HOST:
		return STYLE_HOST;
	case COLUMN_GUEST:
		return STYLE_GUEST;
	case COLUMN_GAP:
		return STYLE_GAP;
	}
	return STYLE_NORMAL;
}

static void pane_columns(const struct pane *pane, struct page *page)
{
	char title[96];
	size_t i;

	snprintf(title, sizeof(title), "Pane %s", pane->name);
	page_heading(page, title);
	page_text(page, INDENT, STYLE_NORMAL, pane->summary);
	for (i = 0; i < pane->table->n_column; i++) {
		const struct column *column = &pane->table->column[i];

		entry(page, column->heading, group_style(column->group), 10, column->help);
	}
	page_blank(page);
}

static void words(struct page *page)
{
	static const struct {
		const char *word, *meaning;
		uint8_t style;
	} list[] = {
		{ "agree", "host and guest say the same, within the error of measuring",
			STYLE_GOOD },
		{ "hidden", "the host sees trouble, the guest does not", STYLE_GAP },
		{ "phantom", "the guest reports trouble that the host does not see", STYLE_GAP },
		{ "blind", "the guest has no instrument for it", STYLE_DIM },
		{ "unknown", "one side is missing; the source of the number says why", STYLE_DIM },
		{ "-", "not measured, which is never the same as zero", STYLE_DIM },
	};
	size_t i;

	page_heading(page, "Words");
	for (i = 0; i < sizeof(list) / sizeof(list[0]); i++)
		entry(page, list[i].word, list[i].style, 10, list[i].meaning);
}

void help_build(const struct keymap *keymap, const char *mode, struct page *page)
{
	const struct keymap_place place = { panes[0]->name, mode };
	int group;
	size_t i;

	for (group = 0; group < GROUP_COUNT; group++)
		key_group(keymap, place, (enum action_group)group, page);
	for (i = 0; panes[i]; i++)
		pane_columns(panes[i], page);
	words(page);
}
