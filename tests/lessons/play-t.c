// SPDX-License-Identifier: GPL-2.0-or-later
/* Going through a lesson, from its first key to its last. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lessons/play.h"

static struct lesson *lesson_of_three(void)
{
	static const char text[] = "lesson three\ntitle T\nmode M\nrecording R\nsummary S\n"
				   "step Told\n say A.\n"
				   "step Asked\n ask B?\n answer C.\n"
				   "step Last\n say D.\n";

	return lesson_parse(text, strlen(text), "three", NULL, NULL, NULL);
}

/* As if the panel had been drawn with so many lines, of which rows fit. */
static void drawn(struct lesson_play *play, int lines, int rows)
{
	const int most = lines > rows ? lines - rows : 0;

	play->lines = lines;
	play->rows = rows;
	play->scroll = play->scroll > most ? most : play->scroll;
}

static void from_start_to_end(void **state)
{
	struct lesson *lesson = lesson_of_three();
	struct lesson_play play;

	(void)state;
	lesson_play_begin(&play, lesson);
	assert_string_equal(lesson_play_step(&play)->title, "Told");
	assert_true(play.revealed);
	drawn(&play, 5, 8);
	assert_int_equal(lesson_play_ahead(&play), LESSON_AHEAD_STEP);
	assert_int_equal(lesson_play_act(&play, LESSON_NEXT), LESSON_PANEL | LESSON_STEP);
	assert_string_equal(lesson_play_step(&play)->title, "Asked");
	assert_false(play.revealed);
	drawn(&play, 3, 8);
	assert_int_equal(lesson_play_ahead(&play), LESSON_AHEAD_ANSWER);
	assert_int_equal(lesson_play_act(&play, LESSON_NEXT), LESSON_PANEL);
	assert_true(play.revealed);
	assert_int_equal(play.step, 1);
	drawn(&play, 8, 8);
	assert_int_equal(play.scroll, 0);
	assert_int_equal(lesson_play_act(&play, LESSON_NEXT), LESSON_PANEL | LESSON_STEP);
	drawn(&play, 1, 8);
	assert_int_equal(lesson_play_ahead(&play), LESSON_AHEAD_END);
	assert_int_equal(lesson_play_act(&play, LESSON_NEXT), LESSON_DONE);
	assert_int_equal(lesson_play_act(&play, LESSON_NEXT), LESSON_DONE);
	assert_int_equal(play.step, 2);
	lesson_free(lesson);
}

/* First the rest of the text, then the answer from its begin, then the next step. */
static void long_texts(void **state)
{
	struct lesson *lesson = lesson_of_three();
	struct lesson_play play;

	(void)state;
	lesson_play_begin(&play, lesson);
	lesson_play_act(&play, LESSON_NEXT);
	drawn(&play, 11, 4);
	assert_int_equal(lesson_play_ahead(&play), LESSON_AHEAD_TEXT);
	assert_int_equal(lesson_play_act(&play, LESSON_NEXT), LESSON_PANEL);
	assert_int_equal(play.scroll, 3);
	drawn(&play, 11, 4);
	lesson_play_act(&play, LESSON_NEXT);
	assert_int_equal(play.scroll, 6);
	drawn(&play, 11, 4);
	lesson_play_act(&play, LESSON_NEXT);
	drawn(&play, 11, 4);
	assert_int_equal(play.scroll, 7);
	assert_false(play.revealed);
	assert_int_equal(lesson_play_act(&play, LESSON_NEXT), LESSON_PANEL);
	assert_true(play.revealed);
	drawn(&play, 20, 4);
	assert_int_equal(play.scroll, 11);
	assert_int_equal(lesson_play_ahead(&play), LESSON_AHEAD_TEXT);

	/* Back through all of it, then to the step before. */
	for (int scroll = 8; scroll > 0; scroll -= 3) {
		assert_int_equal(lesson_play_act(&play, LESSON_BACK), LESSON_PANEL);
		assert_int_equal(play.scroll, scroll);
		drawn(&play, 20, 4);
	}
	assert_int_equal(lesson_play_act(&play, LESSON_BACK), LESSON_PANEL);
	assert_int_equal(play.scroll, 0);
	assert_int_equal(lesson_play_act(&play, LESSON_BACK), LESSON_PANEL | LESSON_STEP);
	assert_int_equal(play.step, 0);
	lesson_free(lesson);
}

static void back_and_again(void **state)
{
	struct lesson *lesson = lesson_of_three();
	struct lesson_play play;

	(void)state;
	lesson_play_begin(&play, lesson);
	assert_int_equal(lesson_play_act(&play, LESSON_BACK), 0);
	lesson_play_act(&play, LESSON_NEXT);
	lesson_play_act(&play, LESSON_NEXT);
	lesson_play_act(&play, LESSON_NEXT);
	assert_int_equal(play.step, 2);
	/* What was answered stays answered. */
	assert_int_equal(lesson_play_act(&play, LESSON_BACK), LESSON_PANEL | LESSON_STEP);
	assert_int_equal(play.step, 1);
	assert_true(play.revealed);
	/* Unless it is to be asked again. */
	drawn(&play, 9, 4);
	lesson_play_act(&play, LESSON_NEXT);
	assert_int_equal(lesson_play_act(&play, LESSON_AGAIN), LESSON_PANEL | LESSON_STEP);
	assert_int_equal(play.step, 1);
	assert_int_equal(play.scroll, 0);
	assert_false(play.revealed);
	lesson_free(lesson);
}

/* A panel without room must not hold anybody up. */
static void no_room(void **state)
{
	struct lesson *lesson = lesson_of_three();
	struct lesson_play play;
	int acts = 0;

	(void)state;
	lesson_play_begin(&play, lesson);
	for (; lesson_play_act(&play, LESSON_NEXT) != LESSON_DONE; acts++)
		drawn(&play, 0, 0);
	assert_int_equal(acts, 3);
	/* Line by line: three of the first step, four keys with the answer, two to the last line.
	 */
	lesson_play_begin(&play, lesson);
	drawn(&play, 3, 1);
	for (acts = 0; lesson_play_act(&play, LESSON_NEXT) != LESSON_DONE; acts++)
		drawn(&play, 3, 1);
	assert_int_equal(acts, 3 + 4 + 2);
	lesson_free(lesson);
}

static void moments_of_a_recording(void **state)
{
	static const struct {
		struct lesson_moment moment;
		double finding_s, expected_s;
	} cases[] = {
		{ { LESSON_FROM_START, 0 }, NAN, 0 },
		{ { LESSON_FROM_START, 15 }, NAN, 15 },
		{ { LESSON_FROM_START, 90 }, NAN, 60 },
		{ { LESSON_FROM_FINDING, 5 }, 20, 25 },
		{ { LESSON_FROM_FINDING, -25 }, 20, 0 },
		{ { LESSON_FROM_FINDING, 50 }, 20, 60 },
		{ { LESSON_FROM_END, -10 }, NAN, 50 },
		{ { LESSON_FROM_END, -70 }, NAN, 0 },
		{ { LESSON_FROM_FINDING, 5 }, NAN, NAN },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const double at = lesson_moment_s(&cases[i].moment, 60, cases[i].finding_s);

		assert_true(isnan(cases[i].expected_s) ? isnan(at) : at == cases[i].expected_s);
	}
}

/* What a recording lacks that was cut short, or is of something else. */
static void steps_that_lack_something(void **state)
{
	static const char text[] = "lesson x\ntitle T\nmode M\nrecording R\nsummary S\n"
				   "finding steal-hidden web\n"
				   "step A\n at 10s\n say .\n"
				   "step B\n at finding +5s\n say .\n"
				   "step C\n at 30s\n play until 40s\n say .\n"
				   "step D\n at end -90s\n open finding\n say .\n";
	struct lesson *lesson = lesson_parse(text, strlen(text), "x", NULL, NULL, NULL);

	(void)state;
	assert_non_null(lesson);
	assert_int_equal(lesson_step_lacking(lesson, 40, 12), 4);
	assert_int_equal(lesson_step_lacking(lesson, 39.5, 12), 4);
	assert_int_equal(lesson_step_lacking(lesson, 38, 12), 2);
	assert_int_equal(lesson_step_lacking(lesson, 20, 12), 2);
	assert_int_equal(lesson_step_lacking(lesson, 15, 12), 1);
	assert_int_equal(lesson_step_lacking(lesson, 40, NAN), 1);
	assert_int_equal(lesson_step_lacking(lesson, 5, NAN), 0);
	lesson->n_step = 1;
	assert_int_equal(lesson_step_lacking(lesson, 40, NAN), 1);
	lesson->n_step = 4;
	lesson->step[1].from = lesson->step[1].until = lesson->step[0].from;
	assert_int_equal(lesson_step_lacking(lesson, 40, NAN), 3);
	lesson_free(lesson);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(from_start_to_end),
		cmocka_unit_test(long_texts),
		cmocka_unit_test(back_and_again),
		cmocka_unit_test(no_room),
		cmocka_unit_test(moments_of_a_recording),
		cmocka_unit_test(steps_that_lack_something),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("play", tests, NULL, NULL);
}
