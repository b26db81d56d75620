// SPDX-License-Identifier: GPL-2.0-or-later
/* Lessons: what a file means, what is said of a bad one, where files are looked for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "lessons/find.h"
#include "lessons/values.h"
#include "tests/folder.h"

static const char *const panes[] = { "steal", "numa", NULL };
static const char *const rules[] = { "steal-hidden", "host-swap", NULL };
static const struct lesson_words words = { panes, rules };

enum { SAID = 60 };
struct said {
	char text[SAID][512];
	int count;
};

static void note(void *arg, const char *sentence)
{
	struct said *said = arg;

	assert_true(said->count < SAID);
	snprintf(said->text[said->count++], sizeof(said->text[0]), "%s", sentence);
}

static struct lesson *parse_as(const char *path, const char *text, struct said *said)
{
	struct lesson *lesson;

	*said = (struct said){ 0 };
	lesson = lesson_parse(text, strlen(text), path, &words, note, said);
	assert_int_equal(lesson == NULL, said->count > 0);
	return lesson;
}

static struct lesson *parse(const char *text, struct said *said)
{
	return parse_as("dir/steal.lesson", text, said);
}

#define HEAD                             \
	"lesson steal\n"                 \
	"title Who has my CPU?\n"        \
	"mode vCPU oversubscription\n"   \
	"recording steal.jsonl.zst\n"    \
	"experiment lab-steal\n"         \
	"finding steal-hidden lab-web\n" \
	"summary One.\n"

static void a_whole_lesson(void **state)
{
	static const char text[] = "# By a teacher.\n\n"
				   "lesson steal\n"
				   "title   Who has my CPU?  \r\n"
				   "mode\tvCPU oversubscription\n"
				   "recording steal.jsonl.zst\n"
				   "experiment lab-steal\n"
				   "finding steal-hidden lab-web\n"
				   "summary\n"
				   "  A first line,\n"
				   "  and a second.\n"
				   "\n"
				   "  # Another paragraph.\n"
				   "# A comment, for it stands left of the text.\n"
				   "  Its end.\n"
				   "step The guest looks idle\n"
				   "\tat 15s\n"
				   "\t  # A comment between words.\n"
				   "\tplay until 40s\n"
				   "\tcover all\n"
				   "\tpane steal\n"
				   "\tsay Here and\n"
				   "\t\tbelow.\n"
				   "step The host\n"
				   "  cover host  gap\n"
				   "  open vm  single waits \n"
				   "  ask\n"
				   "    Why?\n"
				   "  answer\n"
				   "    Look:\n"
				   "    $ virsh  list\n"
				   "    $ virsh dominfo lab-web\n"
				   "    And there.\n"
				   "\n"
				   "    $ true\n"
				   "  trap T\xc3\xa4uschung.\n"
				   "  check $ top\n";
	struct said said;
	struct lesson *lesson = parse(text, &said);
	const struct lesson_step *step;

	(void)state;
	assert_int_equal(said.count, 0);
	assert_string_equal(lesson->name, "steal");
	assert_string_equal(lesson->title, "Who has my CPU?");
	assert_string_equal(lesson->mode, "vCPU oversubscription");
	assert_string_equal(lesson->recording, "steal.jsonl.zst");
	assert_string_equal(lesson->recording_path, "dir/steal.jsonl.zst");
	assert_string_equal(lesson->experiment, "lab-steal");
	assert_string_equal(lesson->rule, "steal-hidden");
	assert_string_equal(lesson->vm, "lab-web");
	assert_string_equal(
		lesson->summary, "A first line, and a second.\n\n# Another paragraph. Its end.");
	assert_int_equal(lesson->n_step, 2);
	step = &lesson->step[0];
	assert_string_equal(step->title, "The guest looks idle");
	assert_int_equal(step->line, 16);
	assert_int_equal(step->cover, LESSON_COVER_ALL);
	assert_string_equal(step->pane, "steal");
	assert_string_equal(step->select, "lab-web");
	assert_int_equal(step->open, LESSON_OPEN_NOTHING);
	assert_null(step->open_at);
	assert_string_equal(step->say, "Here and below.");
	assert_null(step->ask);
	assert_null(step->trap);
	step = &lesson->step[1];
	assert_int_equal(step->cover, LESSON_COVER_HOST | LESSON_COVER_GAP);
	assert_string_equal(step->pane, "steal");
	assert_int_equal(step->open, LESSON_OPEN_VM);
	assert_string_equal(step->open_at, "single waits");
	assert_null(step->say);
	assert_string_equal(step->ask, "Why?");
	assert_string_equal(step->answer,
		"Look:\n$ virsh  list\n$ virsh dominfo lab-web\nAnd there.\n\n$ true");
	assert_string_equal(step->trap, "T\xc3\xa4uschung.");
	assert_string_equal(step->check, "$ top");
	lesson_free(lesson);
}

static void assert_moment(const struct lesson_moment *moment, enum lesson_base base, double offset)
{
	assert_int_equal(moment->base, base);
	assert_true(moment->offset_s > offset - 1e-9 && moment->offset_s < offset + 1e-9);
}

/* Each step is complete, whatever those before it said. */
static void steps_inherit(void **state)
{
	static const char text[] =
		HEAD "step First\n say .\n"
		     "step Second\n at 10s\n play 5s\n cover findings\n open finding\n pane numa\n "
		     "say .\n"
		     "step Third\n say .\n select other\n"
		     "step Fourth\n play 10s\n say .\n cover none\n"
		     "step Fifth\n at finding -2.5s\n play until end\n say .\n open nothing\n"
		     "step Sixth\n trap .\n"
		     "step Seventh\n check .\n";
	struct said said;
	struct lesson *lesson = parse(text, &said);
	const struct lesson_step *step = lesson ? lesson->step : NULL;

	(void)state;
	assert_int_equal(said.count, 0);
	assert_moment(&step[0].from, LESSON_FROM_START, 0);
	assert_moment(&step[0].until, LESSON_FROM_START, 0);
	assert_int_equal(step[0].cover, 0);
	assert_null(step[0].pane);
	assert_moment(&step[1].from, LESSON_FROM_START, 10);
	assert_moment(&step[1].until, LESSON_FROM_START, 15);
	assert_moment(&step[2].from, LESSON_FROM_START, 15);
	assert_moment(&step[2].until, LESSON_FROM_START, 15);
	assert_int_equal(step[2].cover, LESSON_COVER_FINDINGS);
	assert_int_equal(step[2].open, LESSON_OPEN_FINDING);
	assert_string_equal(step[2].pane, "numa");
	assert_string_equal(step[1].select, "lab-web");
	assert_string_equal(step[2].select, "other");
	assert_string_equal(step[5].select, "other");
	assert_moment(&step[3].until, LESSON_FROM_START, 25);
	assert_int_equal(step[3].cover, 0);
	assert_moment(&step[4].from, LESSON_FROM_FINDING, -2.5);
	assert_moment(&step[4].until, LESSON_FROM_END, 0);
	assert_int_equal(step[4].open, LESSON_OPEN_NOTHING);
	assert_moment(&step[5].from, LESSON_FROM_END, 0);
	assert_string_equal(step[5].trap, ".");
	assert_null(step[6].trap);
	assert_string_equal(step[6].check, ".");
	lesson_free(lesson);
}

static void times(void **state)
{
	static const struct {
		const char *text;
		double seconds;
	} good[] = {
		{ "0s", 0 },
		{ "15s", 15 },
		{ "1.5s", 1.5 },
		{ "0.25m", 15 },
		{ "2m", 120 },
		{ "1m30s", 90 },
		{ "1m0.5s", 60.5 },
		{ "86400s", 86400 },
	};
	static const char *const bad[] = { "", "s", "15", "-1s", "+1s", "1h", "1s30", "1m30", "1ms",
		"1 s", "1,5s", "1.s", ".5s", "nan", "inf", "0x1s", "1e3s", "86401s", "1440m1s",
		"1234567s", "0.1234567s", "m", "m5s" };
	double seconds;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_true(lesson_read_time(good[i].text, &seconds));
		assert_true(seconds > good[i].seconds - 1e-9 && seconds < good[i].seconds + 1e-9);
	}
	seconds = -7;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(lesson_read_time(bad[i], &seconds));
	assert_true(seconds == -7);
}

static void moments(void **state)
{
	static const struct {
		const char *text;
		enum lesson_base base;
		double offset;
	} good[] = {
		{ "15s", LESSON_FROM_START, 15 },
		{ "start", LESSON_FROM_START, 0 },
		{ "start +2s", LESSON_FROM_START, 2 },
		{ "finding", LESSON_FROM_FINDING, 0 },
		{ "finding +5s", LESSON_FROM_FINDING, 5 },
		{ "finding+5s", LESSON_FROM_FINDING, 5 },
		{ "finding - 1m", LESSON_FROM_FINDING, -60 },
		{ "end", LESSON_FROM_END, 0 },
		{ "end -10s", LESSON_FROM_END, -10 },
	};
	static const char *const bad[] = { "", "findings", "finding 5s", "finding +", "end +5s",
		"start -5s", "ending", "15s end", "finding +5s +5s" };
	struct lesson_moment moment;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_true(lesson_read_moment(good[i].text, &moment));
		assert_moment(&moment, good[i].base, good[i].offset);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(lesson_read_moment(bad[i], &moment));
}

#define S    "dir/steal.lesson:"
#define STEP "step One\n  say .\n" /* lines 8 and 9, behind HEAD */

/* Each mistake alone: nothing else may be said of it. */
static void mistakes(void **state)
{
	static const struct {
		const char *text, *sentence;
	} mistake[] = {
		{ "", S "1: a lesson begins with \"lesson NAME\"; see parallax-lesson(5)" },
		{ "# a\n\ntitle x\n" HEAD STEP,
			S "3: a lesson begins with \"lesson NAME\"; see parallax-lesson(5)" },
		{ "lesson\n", S "1: a lesson begins with \"lesson NAME\"; see parallax-lesson(5)" },
		{ "lessons x\n",
			S "1: a lesson begins with \"lesson NAME\"; see parallax-lesson(5)" },
		{ HEAD, S "1: the lesson has no step; write step TITLE" },
		{ HEAD "titel x\n" STEP, S "8: unknown word \"titel\"; did you mean \"title\"?" },
		{ HEAD STEP "    more text\n    and more\nIt is so.\n",
			S "12: unknown word \"It\"; a text stands below its word, indented deeper; "
			  "parallax-lesson(5) lists the words" },
		{ HEAD STEP "Nobody knows.\n  say x\n",
			S "10: unknown word \"Nobody\"; a text stands below its word, indented "
			  "deeper; parallax-lesson(5) lists the words" },
		{ HEAD "title x\n" STEP, S "8: title stands in line 2 already" },
		{ HEAD "mode\n" STEP, S "8: mode stands in line 3 already" },
		{ HEAD STEP "  say\n    x\n    y\n", S "10: say stands in line 9 already" },
		{ HEAD STEP "mode x\n", S "10: mode belongs above the first step" },
		{ HEAD STEP "summary\n  say x\n", S "10: summary belongs above the first step" },
		{ HEAD "say\n  title x\n" STEP,
			S "8: say belongs into a step; begin one with \"step TITLE\"" },
		{ HEAD STEP "step\n  say x\n", S "10: step lacks its value; write step TITLE" },
		{ HEAD STEP "  cover\n", S
			"10: cover lacks its value; write cover all, cover none, or some of host, "
			"gap, findings, header and pages" },
		{ HEAD STEP "  trap\n  pane steal\n",
			S "10: trap has no text; it stands below, indented deeper than the word" },
		{ HEAD STEP "  trap\n\n\n",
			S "10: trap has no text; it stands below, indented deeper than the word" },
		{ HEAD "step One\n",
			S "8: the step tells nothing; give it say, ask, trap or check" },
		{ HEAD STEP "step Two\n at end\n" STEP,
			S "10: the step tells nothing; give it say, ask, trap or check" },
		{ HEAD STEP "  ask x\n", S "8: the step has ask without answer; give it both" },
		{ HEAD STEP "  answer x\n", S "8: the step has answer without ask; give it both" },
		{ HEAD STEP "  at 15\n", S
			"10: \"15\" is not what at takes; write at 15s, at 1m30s, at finding +5s, "
			"at end or at end -5s" },
		{ HEAD STEP "  play until yesterday\n",
			S "10: \"until yesterday\" is not what play takes; write play 20s, or play "
			  "until 40s, finding +5s or end" },
		{ HEAD STEP "  play until 10s\n  at 15s\n",
			S "10: it cannot play until what is before its begin; time goes forward" },
		{ HEAD STEP "  cover host guest\n", S
			"10: \"host guest\" is not what cover takes; write cover all, cover none, "
			"or some of host, gap, findings, header and pages" },
		{ HEAD STEP "  cover none host\n",
			S "10: \"none host\" is not what cover takes; write cover all, cover none, "
			  "or some of host, gap, findings, header and pages" },
		{ HEAD STEP "  open page\n", S
			"10: \"page\" is not what open takes; write open vm, open finding or open "
			"nothing" },
		{ HEAD STEP "  open vmx\n", S
			"10: \"vmx\" is not what open takes; write open vm, open finding or open "
			"nothing" },
		{ HEAD STEP "  open nothing above\n", S
			"10: \"nothing above\" is not what open takes; write open vm, open finding or "
			"open nothing" },
		{ HEAD STEP "  pane steel\n",
			S "10: unknown pane \"steel\"; did you mean \"steal\"?" },
		{ HEAD STEP "  pane memory\n",
			S "10: unknown pane \"memory\"; there is: steal, numa" },
		{ HEAD STEP "  at  15s ; rm\n", S
			"10: \"15s ; rm\" is not what at takes; write at 15s, at 1m30s, at finding "
			"+5s, at end or at end -5s" },
		{ HEAD STEP "  trap \x1b[2J\n", S
			"10: a character cannot be shown; write UTF-8 without control characters" },
		{ HEAD STEP "  trap \xe4\n", S
			"10: a character cannot be shown; write UTF-8 without control characters" },
		{ HEAD STEP "  trap \xe2\x80\xae\n", /* text from right to left */
			S
			"10: a character cannot be shown; write UTF-8 without control characters" },
	};
	struct said said;

	(void)state;
	for (size_t i = 0; i < sizeof(mistake) / sizeof(mistake[0]); i++) {
		lesson_free(parse(mistake[i].text, &said));
		assert_string_equal(said.text[0], mistake[i].sentence);
		assert_int_equal(said.count, 1);
	}
}

/* The head with one line of it replaced, or left out. */
static void parse_with(int line, const char *replacement, struct said *said)
{
	static const char *const head[] = { "lesson steal", "title T", "mode M",
		"recording steal.jsonl", "finding steal-hidden lab-web", "summary S" };
	char text[512] = "";

	for (int i = 0; i < 6; i++) {
		strcat(text, i == line ? replacement : head[i]);
		strcat(text, "\n");
	}
	strcat(text, STEP);
	lesson_free(parse(text, said));
}

static void mistakes_of_the_head(void **state)
{
	static const struct {
		int line;
		const char *replacement, *sentence;
	} mistake[] = {
		{ 0, "lesson Steal",
			S "1: \"Steal\" is no name of a lesson; use a to z, 0 to 9 and -" },
		{ 0, "lesson -x", S "1: \"-x\" is no name of a lesson; use a to z, 0 to 9 and -" },
		{ 0, "lesson stea",
			S "1: the lesson is called \"stea\", and its file is not; rename one of "
			  "them" },
		{ 1, "", S "1: the lesson has no title; write title TEXT" },
		{ 2, "", S "1: the lesson has no mode; write mode TEXT" },
		{ 3, "", S "1: the lesson has no recording; write recording FILE" },
		{ 5, "", S "1: the lesson has no summary; write summary, and below it a text" },
		{ 3, "recording ../x",
			S "4: the recording lies beside the lesson; give the file's name, without "
			  "/" },
		{ 3, "recording .x",
			S "4: the recording lies beside the lesson; give the file's name, without "
			  "/" },
		{ 4, "experiment steal",
			S "5: \"steal\" is not what experiment takes; write experiment lab-NAME" },
		{ 4, "finding steal-hiden lab-web",
			S "5: unknown rule \"steal-hiden\"; did you mean \"steal-hidden\"?" },
		{ 4, "finding foo", S "5: unknown rule \"foo\"; parallax-lesson(5) lists them" },
	};
	struct lesson *lesson;
	struct said said;

	(void)state;
	for (size_t i = 0; i < sizeof(mistake) / sizeof(mistake[0]); i++) {
		parse_with(mistake[i].line, mistake[i].replacement, &said);
		assert_string_equal(said.text[0], mistake[i].sentence);
		assert_int_equal(said.count, 1);
	}
	parse_with(4, "finding host-swap", &said);
	assert_int_equal(said.count, 0);
	/* libvirt allows blanks in the names of its domains. */
	lesson = parse("lesson steal\ntitle T\nmode M\nrecording R\nsummary S\n"
		       "finding steal-hidden  a name  of blanks\n" STEP,
		&said);
	assert_int_equal(said.count, 0);
	assert_string_equal(lesson->rule, "steal-hidden");
	assert_string_equal(lesson->vm, "a name  of blanks");
	assert_string_equal(lesson->step[0].select, "a name  of blanks");
	lesson_free(lesson);
}

static void a_lesson_without_a_finding(void **state)
{
	static const char *const needs[] = { "at finding", "play until finding +5s",
		"open finding" };
	static const char head[] = "lesson steal\ntitle T\nmode M\nrecording R\nsummary S\n";
	char text[256];
	struct said said;
	struct lesson *lesson;

	(void)state;
	snprintf(text, sizeof(text), "%sstep One\n say .\n at end\n", head);
	lesson = parse(text, &said);
	assert_int_equal(said.count, 0);
	assert_null(lesson->rule);
	assert_null(lesson->step[0].select);
	lesson_free(lesson);
	for (size_t i = 0; i < sizeof(needs) / sizeof(needs[0]); i++) {
		snprintf(text, sizeof(text), "%sstep One\n say .\n %s\n", head, needs[i]);
		lesson_free(parse(text, &said));
		assert_string_equal(said.text[0],
			S "8: which finding? name it above the steps: finding RULE VM");
		assert_int_equal(said.count, 1);
	}
}

/* All that is wrong is told at once, and in which line. */
static void several_mistakes(void **state)
{
	struct said said;

	(void)state;
	lesson_free(parse("lesson steal\ntitel x\nmode y\nstep A\n at x\nstep B\n say .\n", &said));
	assert_int_equal(said.count, 6);
	assert_string_equal(said.text[0], S "2: unknown word \"titel\"; did you mean \"title\"?");
	assert_non_null(strstr(said.text[1], ":5: \"x\" is not what at takes"));
	assert_non_null(strstr(said.text[2], ":4: the step tells nothing"));
	assert_non_null(strstr(said.text[3], ":1: the lesson has no title"));
	assert_non_null(strstr(said.text[5], ":1: the lesson has no summary"));
}

static void repeat(char *text, const char *part, size_t times)
{
	for (text += strlen(text); times; times--)
		text = stpcpy(text, part);
}

static void too_many_mistakes(void **state)
{
	static char text[LESSON_FILE_BYTES];
	struct said said;

	(void)state;
	strcpy(text, HEAD STEP);
	repeat(text, "bogus x\n", LESSON_MISTAKES);
	lesson_free(parse(text, &said));
	assert_int_equal(said.count, LESSON_MISTAKES);
	repeat(text, "bogus x\n", 3);
	lesson_free(parse(text, &said));
	assert_int_equal(said.count, LESSON_MISTAKES + 1);
	assert_string_equal(
		said.text[LESSON_MISTAKES], "dir/steal.lesson: 3 more mistakes are not shown");
}

static void bounds(void **state)
{
	static char text[LESSON_FILE_BYTES];
	struct said said;

	(void)state;
	strcpy(text, HEAD);
	repeat(text, STEP, LESSON_STEPS);
	lesson_free(parse(text, &said));
	assert_int_equal(said.count, 0);
	repeat(text, STEP, 1);
	lesson_free(parse(text, &said));
	assert_int_equal(said.count, 1);
	assert_string_equal(
		said.text[0], S "136: the lesson has more than 64 steps; make two lessons of it");

	strcpy(text, HEAD "step One\n  say ");
	repeat(text, "x", LESSON_LINE_BYTES - 6);
	repeat(text, "\n    ", 1);
	repeat(text, "y", LESSON_TEXT_BYTES - (LESSON_LINE_BYTES - 6) - 2 - 500);
	repeat(text, "\n    ", 1);
	repeat(text, "z", 500);
	lesson_free(parse(text, &said));
	assert_int_equal(said.count, 0);
	repeat(text, "z", 1);
	lesson_free(parse(text, &said));
	assert_int_equal(said.count, 1);
	assert_string_equal(
		said.text[0], S "11: the text is longer than 2000 bytes; make two steps of it");

	strcpy(text, HEAD STEP "  trap ");
	repeat(text, "x", LESSON_LINE_BYTES - 6);
	lesson_free(parse(text, &said));
	assert_int_equal(said.count, 1);
	assert_string_equal(said.text[0], S "10: the line is longer than 1000 bytes; break it");

	strcpy(text, HEAD "step ");
	repeat(text, "x", LESSON_VALUE_BYTES);
	repeat(text, "\n  say .\n", 1);
	lesson_free(parse(text, &said));
	assert_int_equal(said.count, 0);
	strcpy(text, HEAD "step ");
	repeat(text, "x", LESSON_VALUE_BYTES + 1);
	repeat(text, "\n  say .\n", 1);
	lesson_free(parse(text, &said));
	assert_int_equal(said.count, 1);
	assert_string_equal(said.text[0], S "8: step is longer than 120 bytes; shorten it");
}

/* Nothing of a file, or of its name, reaches the terminal as it is. */
static void hostile_bytes(void **state)
{
	static const char text[] = "lesson steal\n\x1b]0;x\x07 y\nti\0tle\nstep \xff\xff\n \x80 \n";
	struct said said = { 0 };

	(void)state;
	assert_null(
		lesson_parse(text, sizeof(text) - 1, "a\x1b[2J/steal.lesson", &words, note, &said));
	assert_true(said.count > 4);
	for (int i = 0; i < said.count; i++) {
		assert_memory_equal(said.text[i], "a?[2J/steal.lesson:", 19);
		for (const char *c = said.text[i]; *c; c++)
			assert_true(*c >= ' ' && *c <= '~');
	}
	said.count = 0;
	assert_null(lesson_parse("\x7f"
				 "ELF\0\0",
		6, "x", NULL, note, &said));
	assert_int_equal(said.count, 1);
	assert_null(lesson_parse("", 0, "x", NULL, NULL, NULL));
}

/* What others may call their panes and rules is not known to the parser. */
static void without_words(void **state)
{
	static const char text[] = HEAD STEP "  pane whatever\n";
	struct said said = { 0 };
	struct lesson *lesson = lesson_parse(text, strlen(text), "steal.lesson", NULL, note, &said);

	(void)state;
	assert_non_null(lesson);
	assert_string_equal(lesson->step[0].pane, "whatever");
	assert_string_equal(lesson->recording_path, "steal.jsonl.zst");
	lesson_free(lesson);
}

static int make_folder(void **state)
{
	return folder_make(state) || mkdir(in_folder("user"), 0700) ||
	       mkdir(in_folder("own"), 0700);
}

static void files(void **state)
{
	static char large[LESSON_FILE_BYTES + 1];
	struct said said = { 0 };
	char sentence[256];

	(void)state;
	assert_null(lesson_load(in_folder("none.lesson"), &words, note, &said));
	snprintf(sentence, sizeof(sentence),
		"cannot read a lesson from \"%s\": No such file or directory",
		in_folder("none.lesson"));
	assert_string_equal(said.text[0], sentence);
	assert_null(lesson_load(in_folder("."), &words, note, &said));
	assert_non_null(strstr(said.text[1], "Is a directory"));
	memset(large, '#', sizeof(large));
	folder_put("large.lesson", large, sizeof(large));
	assert_null(lesson_load(in_folder("large.lesson"), &words, note, &said));
	assert_non_null(strstr(said.text[2], "larger than 64 KiB"));
	folder_put("large.lesson", large, sizeof(large) - 1);
	assert_null(lesson_load(in_folder("large.lesson"), &words, note, &said));
	assert_non_null(strstr(said.text[3], "a lesson begins with"));
	assert_int_equal(said.count, 4);
}

static void finding_them(void **state)
{
	static const char good[] = HEAD STEP, bad[] = "lesson bad\nfoo\n",
			  numa[] = "lesson numa\ntitle N\nmode M\nrecording R\nsummary S\n" STEP;
	const char *const folders[] = { in_folder("none"), in_folder("user"), in_folder("own"),
		NULL };
	struct lesson_list list;
	char *path;

	(void)state;
	folder_put("own/steal.lesson", bad, strlen(bad));
	folder_put("own/numa.lesson", numa, strlen(numa));
	folder_put("own/a b.lesson", good, strlen(good));
	folder_put("user/steal.lesson", good, strlen(good));
	folder_put("user/bad.lesson", bad, strlen(bad));
	folder_put("user/x.txt", good, strlen(good));
	assert_int_equal(mkdir(in_folder("own/dir.lesson"), 0700), 0);
	lesson_list_find(&list, folders, &words);
	assert_int_equal(list.n, 3);
	assert_string_equal(list.entry[0].name, "bad");
	assert_null(list.entry[0].title);
	assert_non_null(strstr(list.entry[0].fault, "user/bad.lesson:2: unknown word \"foo\""));
	assert_string_equal(list.entry[1].name, "numa");
	assert_null(list.entry[1].fault);
	assert_null(list.entry[1].experiment);
	assert_string_equal(list.entry[2].name, "steal");
	assert_string_equal(list.entry[2].path, in_folder("user/steal.lesson"));
	assert_string_equal(list.entry[2].title, "Who has my CPU?");
	assert_string_equal(list.entry[2].experiment, "lab-steal");
	assert_false(list.entry[2].recorded);
	lesson_list_release(&list);

	/* A recording belongs to the lesson beside it. */
	folder_put("own/steal.jsonl.zst", "", 0);
	lesson_list_find(&list, folders, &words);
	assert_false(list.entry[2].recorded);
	lesson_list_release(&list);
	folder_put("own/steal.lesson", good, strlen(good));
	lesson_list_find(&list, folders + 2, &words);
	assert_int_equal(list.n, 2);
	assert_true(list.entry[1].recorded);
	lesson_list_release(&list);

	path = lesson_path("steal", folders);
	assert_string_equal(path, in_folder("user/steal.lesson"));
	free(path);
	path = lesson_path("numa", folders);
	assert_string_equal(path, in_folder("own/numa.lesson"));
	free(path);
	assert_null(lesson_path("dir", folders));
	assert_null(lesson_path("x.txt", folders));
	path = lesson_path("./steal", folders);
	assert_string_equal(path, "./steal");
	free(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_whole_lesson),
		cmocka_unit_test(steps_inherit),
		cmocka_unit_test(times),
		cmocka_unit_test(moments),
		cmocka_unit_test(mistakes),
		cmocka_unit_test(mistakes_of_the_head),
		cmocka_unit_test(a_lesson_without_a_finding),
		cmocka_unit_test(several_mistakes),
		cmocka_unit_test(too_many_mistakes),
		cmocka_unit_test(bounds),
		cmocka_unit_test(hostile_bytes),
		cmocka_unit_test(without_words),
		cmocka_unit_test_setup_teardown(files, make_folder, folder_remove),
		cmocka_unit_test_setup_teardown(finding_them, make_folder, folder_remove),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("lesson", tests, NULL, NULL);
}
