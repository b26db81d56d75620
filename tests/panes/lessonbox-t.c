// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/panes/fixture.h"

#include <stdio.h>

#include "panes/lessonbox.h"

static struct lesson *a_lesson(void)
{
	static const char text[] =
		"lesson steal\ntitle Who has my CPU?\nmode M\nrecording R\nsummary S\n"
		"step The guest looks idle\n"
		"  say\n"
		"    The shop is slow. Its owner opens top inside the guest and sees a machine "
		"that "
		"is hardly used.\n"
		"  ask Where did the time go?\n"
		"  answer\n"
		"    To another guest.\n"
		"\n"
		"    Its vCPU was ready to run, and waited for a CPU.\n"
		"  trap More vCPUs: more threads then queue for the same CPUs.\n"
		"  check\n"
		"    $ cat /proc/PID/task/TID/schedstat\n"
		"    The second number is the wait in nanoseconds.\n"
		"step Its end\n"
		"  say That was all.\n";
	struct lesson *lesson = lesson_parse(text, strlen(text), "steal", NULL, NULL, NULL);

	assert_non_null(lesson);
	return lesson;
}

static uint8_t style_at(const struct canvas *canvas, int row, int col)
{
	return canvas->cell[row * canvas->stride + col].style;
}

static void the_panel(void **state)
{
	struct lesson *lesson = a_lesson();
	struct lesson_play play;
	struct canvas canvas;

	(void)state;
	canvas_init(&canvas, 9, 80);
	lesson_play_begin(&play, lesson);
	lessonbox_draw(&play, false, &canvas);
	SCREEN(&canvas, 0,
		"── Who has my CPU? ─ 1 of 2: The guest looks idle ───────────────────────── █░ ─",
		" The shop is slow. Its owner opens top inside the guest and sees a machine that",
		" is hardly used.", " Question: Where did the time go?", "", "", "", "", "");
	assert_int_equal(style_at(&canvas, 3, 1), STYLE_GAP);
	assert_int_equal(style_at(&canvas, 3, 11), STYLE_TITLE);
	assert_int_equal(lesson_play_ahead(&play), LESSON_AHEAD_ANSWER);

	/* The answer does not fit: what is above it gives way as far as needed. */
	lesson_play_act(&play, LESSON_NEXT);
	lessonbox_draw(&play, false, &canvas);
	SCREEN(&canvas, 0,
		"── Who has my CPU? ─ 1 of 2: The guest looks idle ───────────────────────── █░ ─",
		" Question: Where did the time go?", " Answer: To another guest.", "",
		" Its vCPU was ready to run, and waited for a CPU.",
		" TRAP: More vCPUs: more threads then queue for the same CPUs.",
		" Check:", "   cat /proc/PID/task/TID/schedstat",
		" The second number is the wait in nanoseconds.");
	assert_int_equal(style_at(&canvas, 2, 1), STYLE_GOOD);
	assert_int_equal(style_at(&canvas, 2, 9), STYLE_NORMAL);
	assert_int_equal(style_at(&canvas, 5, 1), STYLE_WARN);
	assert_int_equal(style_at(&canvas, 7, 3), STYLE_KEY);
	canvas_release(&canvas);
	lesson_free(lesson);
}

static void more_than_fits(void **state)
{
	struct lesson *lesson = a_lesson();
	struct lesson_play play;
	struct canvas canvas;

	(void)state;
	canvas_init(&canvas, 4, 80);
	lesson_play_begin(&play, lesson);
	lesson_play_act(&play, LESSON_NEXT);
	play.scroll = 0;
	lessonbox_draw(&play, false, &canvas);
	assert_int_equal(play.lines, 10);
	assert_int_equal(play.rows, 3);
	assert_int_equal(lesson_play_ahead(&play), LESSON_AHEAD_TEXT);
	SCREEN(&canvas, 0,
		"── Who has my CPU? ─ 1 of 2: The guest looks idle ────────────────── ▼ more █░ ─",
		" The shop is slow. Its owner opens top inside the guest and sees a machine that",
		" is hardly used.", " Question: Where did the time go?");
	lesson_play_act(&play, LESSON_NEXT);
	lessonbox_draw(&play, false, &canvas);
	SCREEN(&canvas, 1, " Question: Where did the time go?", " Answer: To another guest.", "");
	for (int keys = 0; lesson_play_ahead(&play) == LESSON_AHEAD_TEXT; keys++) {
		assert_true(keys < 3);
		lesson_play_act(&play, LESSON_NEXT);
		lessonbox_draw(&play, false, &canvas);
	}
	SCREEN(&canvas, 0,
		"── Who has my CPU? ─ 1 of 2: The guest looks idle ───────────────────────── █░ ─",
		" Check:", "   cat /proc/PID/task/TID/schedstat",
		" The second number is the wait in nanoseconds.");
	lesson_play_act(&play, LESSON_NEXT);
	lessonbox_draw(&play, false, &canvas);
	SCREEN(&canvas, 0,
		"── Who has my CPU? ─ 2 of 2: Its end ────────────────────────────────────── ██ ─",
		" That was all.", "", "");
	canvas_release(&canvas);
	lesson_free(lesson);
}

static void beside_the_panes(void **state)
{
	struct lesson *lesson = a_lesson();
	struct lesson_play play;
	struct canvas canvas;

	(void)state;
	canvas_init(&canvas, 18, 60);
	lesson_play_begin(&play, lesson);
	lesson_play_act(&play, LESSON_NEXT);
	lessonbox_draw(&play, true, &canvas);
	SCREEN(&canvas, 0, "│ ── Who has my CPU? ────────────────────────────────── █░ ─",
		"│  1 of 2: The guest looks idle", "│",
		"│  The shop is slow. Its owner opens top inside the guest",
		"│  and sees a machine that is hardly used.", "│",
		"│  Question: Where did the time go?", "│", "│  Answer: To another guest.", "│",
		"│  Its vCPU was ready to run, and waited for a CPU.", "│",
		"│  TRAP: More vCPUs: more threads then queue for the same", "│  CPUs.", "│",
		"│  Check:", "│    cat /proc/PID/task/TID/schedstat",
		"│  The second number is the wait in nanoseconds.");
	canvas_release(&canvas);
	lesson_free(lesson);
}

static void small(void **state)
{
	struct lesson *lesson = a_lesson();
	struct lesson_play play;
	struct canvas canvas;

	(void)state;
	lesson_play_begin(&play, lesson);
	canvas_init(&canvas, 4, 30);
	lessonbox_draw(&play, false, &canvas);
	SCREEN(&canvas, 0, "1/2 The guest looks idle ─── ▼", " The shop is slow. Its owner",
		" opens top inside the guest", " and sees a machine that is");
	canvas_release(&canvas);
	canvas_init(&canvas, 1, 10);
	lessonbox_draw(&play, false, &canvas);
	SCREEN(&canvas, 0, " The shop");
	canvas_release(&canvas);
	lesson_free(lesson);
}

/* Whatever the size, every key comes to the end, and nothing is drawn beside the canvas. */
static void every_size(void **state)
{
	struct lesson *lesson = a_lesson();
	struct canvas screen;

	(void)state;
	canvas_init(&screen, 20, 84);
	for (int rows = 0; rows < 20; rows++) {
		for (int cols = 0; cols < 84; cols += cols < 12 ? 1 : 7) {
			struct canvas canvas = canvas_sub(&screen, 0, 0, rows, cols);
			struct lesson_play play;
			int keys = 0;

			lesson_play_begin(&play, lesson);
			lessonbox_draw(&play, (rows + cols) % 2, &canvas);
			for (; lesson_play_act(&play, LESSON_NEXT) != LESSON_DONE; keys++) {
				assert_true(keys < 2000);
				lessonbox_draw(&play, (rows + cols) % 2, &canvas);
			}
			for (int row = 0; row < screen.rows; row++)
				for (int col = row < rows ? cols : 0; col < screen.cols; col++)
					assert_int_equal(
						screen.cell[row * screen.stride + col].cp, ' ');
			canvas_clear(&canvas);
		}
	}
	canvas_release(&screen);
	lesson_free(lesson);
}

/* More steps than there is room for marks; a title that does not fit. */
static void many_steps(void **state)
{
	char text[2048] = "lesson x\ntitle A title that nobody can read in one line of any screen, "
			  "for it goes on and on and on\nmode M\nrecording R\nsummary S\n";
	struct lesson_play play;
	struct lesson *lesson;
	struct canvas canvas;

	(void)state;
	for (int i = 0; i < 40; i++)
		strcat(text, "step One of many\n say .\n");
	lesson = lesson_parse(text, strlen(text), "x", NULL, NULL, NULL);
	canvas_init(&canvas, 3, 80);
	lesson_play_begin(&play, lesson);
	play.step = 19;
	lessonbox_draw(&play, false, &canvas);
	SCREEN(&canvas, 0,
		"── A title that nobody can read in one line of any screen, f~ ████████░░░░░░░░ ─");
	play.step = 0;
	lessonbox_draw(&play, false, &canvas);
	assert_int_equal(canvas.cell[62].cp, 0x2591);
	play.step = 39;
	lessonbox_draw(&play, false, &canvas);
	assert_int_equal(canvas.cell[77].cp, 0x2588);
	canvas_release(&canvas);
	lesson_free(lesson);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_panel),
		cmocka_unit_test(more_than_fits),
		cmocka_unit_test(beside_the_panes),
		cmocka_unit_test(small),
		cmocka_unit_test(every_size),
		cmocka_unit_test(many_steps),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("lessonbox", tests, NULL, NULL);
}
