// SPDX-License-Identifier: GPL-2.0-or-later
#include "panes/lessonbox.h"

#include <string.h>

#include "panes/page.h"
#include "probes/text.h"

enum {
	RULE = 0x2500,
	BORDER = 0x2502,
	DONE = 0x2588, /* steps behind, and ahead */
	AHEAD = 0x2591,
	MARKS_MAX = 16,
	INDENT = 1,
	COMMAND_INDENT = 3,
	AIRY_ROWS = 14, /* from here on parts are set apart */
	WIDE_COLS = 60, /* from here on the title has everything */
	BESIDE_WIDE_COLS = 40, /* where the step's title has a line of its own */
	BORDER_COLS = 2
};

/* One line of a text: a command, an empty line between paragraphs, or a paragraph. */
static void add_line(struct page *page, uint8_t style, const char *line)
{
	if (!*line)
		page_blank(page);
	else if (text_begins(line, "$ "))
		page_text(page, COMMAND_INDENT, STYLE_KEY, line + 2);
	else
		page_text(page, INDENT, style, line);
}

static void add_lines(struct page *page, uint8_t style, const char *text)
{
	struct arena arena = { 0 };
	char *rest = arena_strdup(&arena, text), *line;

	while ((line = strsep(&rest, "\n")))
		add_line(page, style, line);
	arena_release(&arena);
}

/* A text behind its label, which is drawn over the begin of its first line. */
static void add_part(
	struct page *page, const char *label, uint8_t label_style, uint8_t style, const char *text)
{
	struct arena arena = { 0 };
	const bool alone = text && text_begins(text, "$ ");
	const int row = page->row;

	if (!text)
		return;
	add_lines(page, style, arena_printf(&arena, "%s%s%s", label, alone ? "\n" : " ", text));
	canvas_text(&page->canvas, row, INDENT, canvas_width(label), label_style, label);
	arena_release(&arena);
}

static void set_apart(struct page *page, bool airy, const char *text)
{
	if (airy && text && page->row)
		page_blank(page);
}

static void build(const struct lesson_play *play, bool airy, struct page *page)
{
	const struct lesson_step *step = lesson_play_step(play);

	if (step->say)
		add_lines(page, STYLE_NORMAL, step->say);
	set_apart(page, airy, step->ask);
	add_part(page, "Question:", STYLE_GAP, STYLE_TITLE, step->ask);
	if (!play->revealed)
		return;
	set_apart(page, airy, step->answer);
	add_part(page, "Answer:", STYLE_GOOD, STYLE_NORMAL, step->answer);
	set_apart(page, airy, step->trap);
	add_part(page, "TRAP:", STYLE_WARN, STYLE_NORMAL, step->trap);
	set_apart(page, airy, step->check);
	add_part(page, "Check:", STYLE_HEADING, STYLE_NORMAL, step->check);
}

/* A mark for each step, as far as there is room; both return where what is left of them ends. */
static int draw_marks(const struct lesson_play *play, struct canvas *canvas, int right)
{
	const int steps = (int)play->lesson->n_step;
	const int marks = steps < MARKS_MAX ? steps : MARKS_MAX;
	const int col = right - marks - 1;

	canvas_fill(canvas, 0, col - 1, marks + 2, STYLE_NORMAL, ' ');
	canvas_fill(canvas, 0, col, marks, STYLE_DIM, AHEAD);
	canvas_fill(canvas, 0, col, ((int)play->step + 1) * marks / steps, STYLE_TITLE, DONE);
	return col - 1;
}

static int draw_more(const struct lesson_play *play, struct canvas *canvas, int right, bool wide)
{
	const char *text = wide ? " ▼ more" : " ▼";
	const int col = right - canvas_width(text);

	if (play->scroll + play->rows >= play->lines || col <= 0)
		return right;
	canvas_text(canvas, 0, col, -1, STYLE_KEY, text);
	return col;
}

static const char *title_text(
	const struct lesson_play *play, bool beside, bool wide, struct arena *arena)
{
	const char *step = lesson_play_step(play)->title;
	const size_t at = play->step + 1, of = play->lesson->n_step;

	if (!wide)
		return arena_printf(arena, "%zu/%zu %s ", at, of, step);
	if (beside)
		return arena_printf(arena, " %s ", play->lesson->title);
	return arena_printf(arena, " %s ─ %zu of %zu: %s ", play->lesson->title, at, of, step);
}

static void draw_title(const struct lesson_play *play, bool beside, struct canvas *canvas)
{
	const bool wide = canvas->cols >= (beside ? BESIDE_WIDE_COLS : WIDE_COLS);
	const int left = wide ? 2 : 0;
	int right = canvas->cols;
	struct arena arena = { 0 };

	canvas_fill(canvas, 0, 0, -1, STYLE_DIM, RULE);
	if (wide)
		right = draw_marks(play, canvas, right - 1);
	right = draw_more(play, canvas, right, wide);
	if (right > left)
		canvas_text(canvas, 0, left, right - left, STYLE_TITLE,
			title_text(play, beside, wide, &arena));
	arena_release(&arena);
}

/* Beside the panes the step's title has a line of its own. */
static void draw_step_title(const struct lesson_play *play, struct canvas *canvas)
{
	canvas_printf(canvas, 1, INDENT, STYLE_TITLE, "%zu of %zu: %s", play->step + 1,
		play->lesson->n_step, lesson_play_step(play)->title);
}

static void draw_text(struct lesson_play *play, struct canvas *canvas)
{
	struct page page;

	page_init(&page, canvas->cols);
	build(play, canvas->rows >= AIRY_ROWS, &page);
	page_copy(&page, &play->scroll, canvas);
	/* Where nothing can be shown nothing is to be scrolled. */
	play->rows = canvas->rows;
	play->lines = canvas->rows && canvas->cols ? page.row : 0;
	page_release(&page);
}

void lessonbox_draw(struct lesson_play *play, bool beside, struct canvas *canvas)
{
	const int border = beside && canvas->cols > BORDER_COLS ? BORDER_COLS : 0;
	const int title = canvas->rows < 3 ? 0 : beside ? 3 : 1;
	struct canvas panel = canvas_sub(canvas, 0, border, canvas->rows, canvas->cols - border);
	struct canvas text = canvas_sub(&panel, title, 0, panel.rows - title, panel.cols);

	canvas_clear(canvas);
	draw_text(play, &text);
	for (int row = 0; border && row < canvas->rows; row++)
		canvas_fill(canvas, row, 0, 1, STYLE_DIM, BORDER);
	if (title)
		draw_title(play, beside, &panel);
	if (title > 1)
		draw_step_title(play, &panel);
}
