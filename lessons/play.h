/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_LESSON_PLAY_H
#define PARALLAX_LESSON_PLAY_H

#include <stdbool.h>

#include "lessons/lesson.h"

/*
 * Where somebody is in a lesson. Keys go in; what has to be done comes out, for whoever holds
 * the console and the recording. Pure: no clock, no screen.
 */
struct lesson_play {
	const struct lesson *lesson; /* borrowed */
	size_t step;
	bool revealed; /* the answer is shown, or there is no question */
	int scroll;
	int lines, rows; /* of the text, and of the panel, as last drawn; 0: not yet */
};

enum lesson_act {
	LESSON_NEXT, /* the rest of the text, then the answer, then the next step */
	LESSON_BACK, /* up in the text, then the step before, with its answer */
	LESSON_AGAIN /* this step from its begin: whoever has looked around comes back */
};

/* What has to be done after an act; 0: nothing. */
enum lesson_change {
	LESSON_PANEL = 1 << 0, /* draw the panel again */
	LESSON_STEP = 1 << 1,  /* make the console as lesson_play_step says, and play */
	LESSON_DONE = 1 << 2   /* next was asked for at the end of the last step */
};

/* At the begin of its first step: to be done as after LESSON_STEP. */
void lesson_play_begin(struct lesson_play *play, const struct lesson *lesson);
const struct lesson_step *lesson_play_step(const struct lesson_play *play);
/* Between two drawings text that was never on the screen is passed over, as by who types ahead. */
unsigned lesson_play_act(struct lesson_play *play, enum lesson_act act);

/*
 * Seconds from the start of a recording of length_s, brought into it. finding_s: when the lesson's
 * finding is there first, NAN where it never is; a moment that needs it is then NAN as well.
 */
double lesson_moment_s(const struct lesson_moment *moment, double length_s, double finding_s);

/*
 * The first step that needs what such a recording lacks, a moment beyond its end or the lesson's
 * finding; n_step: none does.
 */
size_t lesson_step_lacking(const struct lesson *lesson, double length_s, double finding_s);

/* What LESSON_NEXT would do now, for the line that tells keys. */
enum lesson_ahead { LESSON_AHEAD_TEXT, LESSON_AHEAD_ANSWER, LESSON_AHEAD_STEP, LESSON_AHEAD_END };
enum lesson_ahead lesson_play_ahead(const struct lesson_play *play);

#endif
