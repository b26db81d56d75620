// SPDX-License-Identifier: GPL-2.0-or-later
/* The lessons that come along: no mistake in them, and each text fits where it is read. */
#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "panes/lessonbox.h"
#include "panes/pane.h"
#include "tui/layout.h"
#include "tui/lessons.h"

static void print(void *arg, const char *sentence)
{
	(void)arg;
	fprintf(stderr, "%s\n", sentence);
}

static void each_lesson(void (*look)(const struct lesson *lesson))
{
	const struct lesson_words words = lessons_words();
	glob_t found;

	assert_int_equal(glob("lessons/*.lesson", 0, NULL, &found), 0);
	assert_true(found.gl_pathc >= 7);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		struct lesson *lesson = lesson_load(found.gl_pathv[i], &words, print, NULL);

		assert_non_null(lesson);
		look(lesson);
		lesson_free(lesson);
	}
	globfree(&found);
}

/* At 80x24 no text has to be scrolled: what is told and asked, then what is answered. */
static void check_fit(const struct lesson *lesson)
{
	const struct layout_wish wish = { .rows = 24, .cols = 80, .n_findings = 3, .lesson = true };
	struct lesson_play play;
	struct layout layout;
	struct canvas canvas;
	int before = 0; /* lines of the question, while the answer is looked at */

	layout_compute(&layout, &wish);
	canvas_init(&canvas, layout.lesson.rows, layout.lesson.cols);
	lesson_play_begin(&play, lesson);
	do {
		lessonbox_draw(&play, false, &canvas);
		if (play.lines - before > play.rows)
			fail_msg("%s, step \"%s\": %d lines of %d", lesson->name,
				lesson_play_step(&play)->title, play.lines - before, play.rows);
		before = play.revealed ? 0 : play.lines;
		play.scroll = play.lines;
		lessonbox_draw(&play, false, &canvas);
	} while (lesson_play_act(&play, LESSON_NEXT) != LESSON_DONE);
	canvas_release(&canvas);
}

static void texts_fit_at_home(void **state)
{
	(void)state;
	each_lesson(check_fit);
}

/* Commands are there to be copied: in one line. */
static void check_commands(const struct lesson *lesson)
{
	for (size_t i = 0; i < lesson->n_step; i++) {
		const char *at = lesson->step[i].check;

		while (at && (at = strstr(at, "$ "))) {
			const size_t len = strcspn(at, "\n");

			if (len - 2 > 76)
				fail_msg("%s: %.*s", lesson->name, (int)len, at);
			at += len;
		}
	}
}

static void commands_stay_in_one_line(void **state)
{
	(void)state;
	each_lesson(check_commands);
}

static bool has_finding(const struct lesson *lesson)
{
	return lesson->rule && pane_explanation(lesson->rule);
}

/* Each begins covered and with a question, ends in the open, and tells a trap and what to check. */
static void check_course(const struct lesson *lesson)
{
	const struct lesson_step *last = &lesson->step[lesson->n_step - 1];
	bool trap = false, check = false;

	assert_true(has_finding(lesson));
	assert_int_equal(lesson->step[0].cover, LESSON_COVER_ALL);
	assert_non_null(lesson->step[0].ask);
	assert_int_equal(last->cover, 0);
	for (size_t i = 0; i < lesson->n_step; i++) {
		trap |= lesson->step[i].trap != NULL;
		check |= lesson->step[i].check != NULL;
	}
	assert_true(trap && check);
}

static void guests_first(void **state)
{
	(void)state;
	each_lesson(check_course);
}

static bool is_draft(const char *text)
{
	return text && strstr(text, "{{");
}

/* Once there is a recording its numbers are in the text. */
static void check_numbers(const struct lesson *lesson)
{
	if (access(lesson->recording_path, R_OK))
		return;
	for (size_t i = 0; i < lesson->n_step; i++) {
		const struct lesson_step *step = &lesson->step[i];

		if (is_draft(step->say) || is_draft(step->ask) || is_draft(step->answer) ||
			is_draft(step->trap) || is_draft(step->check))
			fail_msg("%s:%d: a number is missing", lesson->name, step->line);
	}
}

static void no_draft_with_a_recording(void **state)
{
	(void)state;
	each_lesson(check_numbers);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_fit_at_home),
		cmocka_unit_test(commands_stay_in_one_line),
		cmocka_unit_test(guests_first),
		cmocka_unit_test(no_draft_with_a_recording),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("lessons", tests, NULL, NULL);
}
