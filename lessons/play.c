// SPDX-License-Identifier: GPL-2.0-or-later
#include "lessons/play.h"

#include <math.h>

static void enter_step(struct lesson_play *play, size_t step, bool revealed)
{
	play->step = step;
	play->revealed = revealed || !lesson_play_step(play)->ask;
	play->scroll = play->lines = play->rows = 0;
}

void lesson_play_begin(struct lesson_play *play, const struct lesson *lesson)
{
	*play = (struct lesson_play){ .lesson = lesson };
	enter_step(play, 0, false);
}

const struct lesson_step *lesson_play_step(const struct lesson_play *play)
{
	return &play->lesson->step[play->step];
}

double lesson_moment_s(const struct lesson_moment *moment, double length_s, double finding_s)
{
	const double base[] = { [LESSON_FROM_START] = 0,
		[LESSON_FROM_FINDING] = finding_s,
		[LESSON_FROM_END] = length_s };
	const double at = base[moment->base] + moment->offset_s;

	return isnan(at) ? NAN : fmax(0, fmin(at, length_s));
}

/* The last snapshot may lie up to a second before what was meant by the end. */
static bool has_moment(const struct lesson_moment *moment, double length_s, double finding_s)
{
	const double at = lesson_moment_s(moment, INFINITY, finding_s);

	return moment->base == LESSON_FROM_END || at <= length_s + 1;
}

size_t lesson_step_lacking(const struct lesson *lesson, double length_s, double finding_s)
{
	size_t i;

	for (i = 0; i < lesson->n_step; i++) {
		const struct lesson_step *step = &lesson->step[i];

		if (!has_moment(&step->from, length_s, finding_s) ||
			!has_moment(&step->until, length_s, finding_s) ||
			(step->open == LESSON_OPEN_FINDING && isnan(finding_s)))
			break;
	}
	return i;
}

enum lesson_ahead lesson_play_ahead(const struct lesson_play *play)
{
	if (play->scroll + play->rows < play->lines)
		return LESSON_AHEAD_TEXT;
	if (!play->revealed)
		return LESSON_AHEAD_ANSWER;
	return play->step + 1 < play->lesson->n_step ? LESSON_AHEAD_STEP : LESSON_AHEAD_END;
}

/* A panel full, but for a line that is seen twice where there are enough. */
static int page_rows(const struct lesson_play *play)
{
	return play->rows > 2 ? play->rows - 1 : play->rows > 1 ? play->rows : 1;
}

static unsigned go_on(struct lesson_play *play)
{
	switch (lesson_play_ahead(play)) {
	case LESSON_AHEAD_TEXT:
		play->scroll += page_rows(play);
		return LESSON_PANEL;
	case LESSON_AHEAD_ANSWER:
		/* It follows the question: what fits above it stays on the screen. */
		play->revealed = true;
		play->scroll = play->lines;
		return LESSON_PANEL;
	case LESSON_AHEAD_STEP:
		enter_step(play, play->step + 1, false);
		return LESSON_PANEL | LESSON_STEP;
	case LESSON_AHEAD_END:
		break;
	}
	return LESSON_DONE;
}

static unsigned go_back(struct lesson_play *play)
{
	if (play->scroll > 0) {
		const int up = play->scroll - page_rows(play);

		play->scroll = up > 0 ? up : 0;
		return LESSON_PANEL;
	}
	if (!play->step)
		return 0;
	enter_step(play, play->step - 1, true);
	return LESSON_PANEL | LESSON_STEP;
}

unsigned lesson_play_act(struct lesson_play *play, enum lesson_act act)
{
	switch (act) {
	case LESSON_NEXT:
		return go_on(play);
	case LESSON_BACK:
		return go_back(play);
	case LESSON_AGAIN:
		break;
	}
	enter_step(play, play->step, false);
	return LESSON_PANEL | LESSON_STEP;
}
