// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <string.h>

#include "lessons/reader.h"
#include "lessons/values.h"
#include "probes/text.h"

enum { LIST_BYTES = 200 };

typedef void take_function(struct lesson_reader *reader, enum lesson_word word, const char *value);

static take_function take_name, take_line, take_recording, take_experiment, take_finding, take_step,
	take_at, take_play, take_cover, take_pane, take_open;

static const struct {
	const char *name;
	take_function *take; /* NULL: a text */
	const char *form;    /* how it is written, for who wrote it otherwise */
} words[WORD_COUNT] = {
#define W(id, word, take, form) { word, take, form },
	LESSON_WORDS(W)
#undef W
};

static struct lesson_step *step_now(const struct lesson_reader *reader)
{
	return &reader->lesson->step[reader->lesson->n_step - 1];
}

static void wrong_form(struct lesson_reader *reader, enum lesson_word word, const char *value)
{
	lesson_complain(reader, reader->line, "\"%s\" is not what %s takes; write %s",
		lesson_quoted(reader, value), words[word].name, words[word].form);
}

/* Where the string of a word is kept. */
static const char **slot(const struct lesson_reader *reader, enum lesson_word word)
{
	struct lesson *lesson = reader->lesson;

	switch (word) {
	case WORD_LESSON:
		return &lesson->name;
	case WORD_TITLE:
		return &lesson->title;
	case WORD_MODE:
		return &lesson->mode;
	case WORD_RECORDING:
		return &lesson->recording;
	case WORD_EXPERIMENT:
		return &lesson->experiment;
	case WORD_FINDING:
		return &lesson->rule;
	case WORD_SUMMARY:
		return &lesson->summary;
	case WORD_STEP:
		return &step_now(reader)->title;
	case WORD_PANE:
		return &step_now(reader)->pane;
	case WORD_SELECT:
		return &step_now(reader)->select;
	case WORD_SAY:
		return &step_now(reader)->say;
	case WORD_ASK:
		return &step_now(reader)->ask;
	case WORD_ANSWER:
		return &step_now(reader)->answer;
	case WORD_TRAP:
		return &step_now(reader)->trap;
	case WORD_CHECK:
		return &step_now(reader)->check;
	case WORD_AT:
	case WORD_PLAY:
	case WORD_COVER:
	case WORD_OPEN:
	case WORD_COUNT:
		break;
	}
	return NULL;
}

static void take_line(struct lesson_reader *reader, enum lesson_word word, const char *value)
{
	if (strlen(value) > LESSON_VALUE_BYTES)
		lesson_complain(reader, reader->line, "%s is longer than %d bytes; shorten it",
			words[word].name, LESSON_VALUE_BYTES);
	*slot(reader, word) = value;
}

/* The name by which it is played is the file's, so the two must not differ. */
static bool is_files_name(const struct lesson_reader *reader, const char *name)
{
	const char *slash = strrchr(reader->file, '/');
	const char *file = slash ? slash + 1 : reader->file;
	const char *dot = strrchr(file, '.');

	return !dot || strcmp(dot, ".lesson") ||
	       (strlen(name) == (size_t)(dot - file) && text_begins(file, name));
}

static void take_name(struct lesson_reader *reader, enum lesson_word word, const char *value)
{
	take_line(reader, word, value);
	if (!lesson_is_name(value))
		lesson_complain(reader, reader->line,
			"\"%s\" is no name of a lesson; use a to z, 0 to 9 and -",
			lesson_quoted(reader, value));
	else if (!is_files_name(reader, value))
		lesson_complain(reader, reader->line,
			"the lesson is called \"%s\", and its file is not; rename one of them",
			lesson_quoted(reader, value));
}

static void take_recording(struct lesson_reader *reader, enum lesson_word word, const char *value)
{
	take_line(reader, word, value);
	if (strchr(value, '/') || *value == '.')
		lesson_complain(reader, reader->line,
			"the recording lies beside the lesson; give the file's name, without /");
}

static void take_experiment(struct lesson_reader *reader, enum lesson_word word, const char *value)
{
	take_line(reader, word, value);
	if (!text_begins(value, "lab-") || !lesson_is_name(value))
		wrong_form(reader, word, value);
}

/* Is name one of list? Where it is not, the nearest is found, if there is a near one. */
static bool is_one_of(const char *const *list, const char *name, const char **near)
{
	const size_t len = strlen(name);
	size_t best = len < 3 ? 1 : len < 4 ? 2 : 3; /* to a short word many are near */

	*near = NULL;
	for (; *list; list++) {
		const size_t d = text_distance(name, *list);

		if (d == 0)
			return true;
		if (d < best) {
			best = d;
			*near = *list;
		}
	}
	return false;
}

static void unknown(struct lesson_reader *reader, const char *what, const char *name,
	const char *near, const char *else_do)
{
	if (near)
		lesson_complain(reader, reader->line, "unknown %s \"%s\"; did you mean \"%s\"?",
			what, lesson_quoted(reader, name), near);
	else
		lesson_complain(reader, reader->line, "unknown %s \"%s\"; %s", what,
			lesson_quoted(reader, name), else_do);
}

static void take_finding(struct lesson_reader *reader, enum lesson_word word, const char *value)
{
	struct lesson *lesson = reader->lesson;
	const size_t len = strcspn(value, " ");
	const char *rule = text_clean(&lesson->arena, value, len, LESSON_LINE_BYTES), *near;

	*slot(reader, word) = rule;
	if (value[len])
		lesson->vm = value + len + strspn(value + len, " ");
	if (reader->words->rule && !is_one_of(reader->words->rule, rule, &near))
		unknown(reader, "rule", rule, near, "parallax-lesson(5) lists them");
}

/* As the one before has ended, and as the lesson's finding has it at first. */
static struct lesson_step begin_step(const struct lesson_reader *reader)
{
	const struct lesson *lesson = reader->lesson;
	struct lesson_step step = { .line = reader->line, .select = lesson->vm };

	if (!lesson->n_step)
		return step;
	step = *step_now(reader);
	step.line = reader->line;
	step.from = step.until;
	step.say = step.ask = step.answer = step.trap = step.check = NULL;
	return step;
}

static void take_step(struct lesson_reader *reader, enum lesson_word word, const char *value)
{
	struct lesson *lesson = reader->lesson;
	struct lesson_step step;

	lesson_check_step(reader);
	if (lesson->n_step == LESSON_STEPS) {
		lesson_complain(reader, reader->line,
			"the lesson has more than %d steps; make two lessons of it", LESSON_STEPS);
		lesson->n_step--;
	}
	step = begin_step(reader);
	lesson->step =
		xgrow(lesson->step, lesson->n_step + 1, &reader->step_cap, sizeof(*lesson->step));
	lesson->step[lesson->n_step++] = step;
	memset(reader->seen + WORD_STEP, 0, sizeof(*reader->seen) * (WORD_COUNT - WORD_STEP));
	take_line(reader, word, value);
}

static void check_has_finding(struct lesson_reader *reader)
{
	if (!reader->seen[WORD_FINDING])
		lesson_complain(reader, reader->line,
			"which finding? name it above the steps: finding RULE VM");
}

static void take_at(struct lesson_reader *reader, enum lesson_word word, const char *value)
{
	struct lesson_moment *from = &step_now(reader)->from;

	if (!lesson_read_moment(value, from))
		wrong_form(reader, word, value);
	else if (from->base == LESSON_FROM_FINDING)
		check_has_finding(reader);
}

static void take_play(struct lesson_reader *reader, enum lesson_word word, const char *value)
{
	struct lesson_moment until;

	if (!lesson_read_play(value, &step_now(reader)->from, &until)) {
		wrong_form(reader, word, value);
		return;
	}
	reader->play = value;
	if (strstr(value, "finding"))
		check_has_finding(reader);
}

static void take_cover(struct lesson_reader *reader, enum lesson_word word, const char *value)
{
	if (!lesson_read_cover(value, &step_now(reader)->cover))
		wrong_form(reader, word, value);
}

static void take_pane(struct lesson_reader *reader, enum lesson_word word, const char *value)
{
	const char *const *pane = reader->words->pane, *near;
	char list[LIST_BYTES] = "there is";
	size_t used = strlen(list);

	*slot(reader, word) = value;
	if (!pane || is_one_of(pane, value, &near))
		return;
	for (; *pane && used + strlen(*pane) + 3 < sizeof(list); pane++)
		used += (size_t)sprintf(
			list + used, "%s %s", pane == reader->words->pane ? ":" : ",", *pane);
	unknown(reader, "pane", value, near, list);
}

static void take_open(struct lesson_reader *reader, enum lesson_word word, const char *value)
{
	struct lesson_step *step = step_now(reader);

	if (!lesson_read_open(value, &step->open, &step->open_at))
		wrong_form(reader, word, value);
	else if (step->open == LESSON_OPEN_FINDING)
		check_has_finding(reader);
}

static bool find_word(struct lesson_reader *reader, const char *name, enum lesson_word *word)
{
	const char *names[WORD_COUNT + 1] = { NULL }, *near;

	for (int i = 0; i < WORD_COUNT; i++) {
		names[i] = words[i].name;
		if (!strcmp(name, names[i])) {
			*word = (enum lesson_word)i;
			return true;
		}
	}
	is_one_of(names, name, &near);
	unknown(reader, "word", name, near,
		"a text stands below its word, indented deeper; parallax-lesson(5) lists the "
		"words");
	return false;
}

/* May the word stand here, and for the first time? */
static bool has_place(struct lesson_reader *reader, enum lesson_word word)
{
	const int before = reader->seen[word];

	if (word > WORD_STEP && !reader->lesson->n_step)
		lesson_complain(reader, reader->line,
			"%s belongs into a step; begin one with \"step TITLE\"", words[word].name);
	else if (word < WORD_STEP && reader->lesson->n_step)
		lesson_complain(
			reader, reader->line, "%s belongs above the first step", words[word].name);
	else if (word != WORD_STEP && before)
		lesson_complain(reader, reader->line, "%s stands in line %d already",
			words[word].name, before);
	else
		return true;
	return false;
}

bool lesson_take_word(
	struct lesson_reader *reader, const char *name, const char *value, enum lesson_word *word)
{
	*word = WORD_COUNT;
	if (!find_word(reader, name, word))
		return true;
	if (!has_place(reader, *word)) {
		const bool text = !words[*word].take;

		*word = WORD_COUNT;
		return text;
	}
	if (words[*word].take && !*value)
		lesson_complain(reader, reader->line, "%s lacks its value; write %s", name,
			words[*word].form);
	/* A step without a title is one all the same: what follows belongs to it. */
	if (words[*word].take && (*value || *word == WORD_STEP))
		words[*word].take(reader, *word, value);
	/* After what it did: a step forgets the words of the one before. */
	reader->seen[*word] = reader->line;
	return !words[*word].take;
}

void lesson_take_text(struct lesson_reader *reader, const struct lesson_block *block)
{
	if (block->word == WORD_COUNT)
		return;
	if (!block->used)
		lesson_complain(reader, block->line,
			"%s has no text; it stands below, indented deeper than the word",
			words[block->word].name);
	*slot(reader, block->word) = arena_strdup(&reader->lesson->arena, block->text);
}

static void settle_time(struct lesson_reader *reader, struct lesson_step *step)
{
	step->until = step->from;
	if (!reader->seen[WORD_PLAY] || !reader->play)
		return;
	lesson_read_play(reader->play, &step->from, &step->until);
	if (step->until.base == step->from.base && step->until.offset_s < step->from.offset_s)
		lesson_complain(reader, reader->seen[WORD_PLAY],
			"it cannot play until what is before its begin; time goes forward");
}

static bool has_text(const struct lesson_reader *reader)
{
	for (int word = WORD_SAY; word <= WORD_CHECK; word++)
		if (reader->seen[word])
			return true;
	return false;
}

void lesson_check_step(struct lesson_reader *reader)
{
	struct lesson_step *step;

	if (!reader->lesson->n_step)
		return;
	step = step_now(reader);
	settle_time(reader, step);
	reader->play = NULL;
	if (!has_text(reader))
		lesson_complain(reader, step->line,
			"the step tells nothing; give it say, ask, trap or check");
	if (!reader->seen[WORD_ASK] != !reader->seen[WORD_ANSWER])
		lesson_complain(reader, step->line, "the step has %s without %s; give it both",
			reader->seen[WORD_ASK] ? "ask" : "answer",
			reader->seen[WORD_ASK] ? "answer" : "ask");
}

void lesson_check_head(struct lesson_reader *reader)
{
	static const enum lesson_word needed[] = { WORD_TITLE, WORD_MODE, WORD_RECORDING,
		WORD_SUMMARY, WORD_STEP };

	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
		if (!reader->seen[needed[i]])
			lesson_complain(reader, reader->seen[WORD_LESSON],
				"the lesson has no %s; write %s", words[needed[i]].name,
				words[needed[i]].form);
}
