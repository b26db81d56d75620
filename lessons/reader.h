/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_LESSON_READER_H
#define PARALLAX_LESSON_READER_H

#include <stdbool.h>

#include "lessons/lesson.h"

/* What reads a lesson: parse.c takes it line by line, words.c knows what each word means. */

/* The words, those of the whole lesson first: W(identifier, "word", what is done, form). */
#define LESSON_WORDS(W)                                                                    \
	W(LESSON, "lesson", take_name, "lesson NAME")                                      \
	W(TITLE, "title", take_line, "title TEXT")                                         \
	W(MODE, "mode", take_line, "mode TEXT")                                            \
	W(RECORDING, "recording", take_recording, "recording FILE")                        \
	W(EXPERIMENT, "experiment", take_experiment, "experiment lab-NAME")                \
	W(FINDING, "finding", take_finding, "finding RULE, or finding RULE VM")            \
	W(SUMMARY, "summary", NULL, "summary, and below it a text")                        \
	W(STEP, "step", take_step, "step TITLE")                                           \
	W(AT, "at", take_at, "at 15s, at 1m30s, at finding +5s, at end or at end -5s")     \
	W(PLAY, "play", take_play, "play 20s, or play until 40s, finding +5s or end")      \
	W(COVER, "cover", take_cover,                                                      \
		"cover all, cover none, or some of host, gap, findings, header and pages") \
	W(PANE, "pane", take_pane, "pane NAME")                                            \
	W(SELECT, "select", take_line, "select VM")                                        \
	W(OPEN, "open", take_open, "open vm, open finding or open nothing")                \
	W(SAY, "say", NULL, "say, and below it a text")                                    \
	W(ASK, "ask", NULL, "ask, and below it a text")                                    \
	W(ANSWER, "answer", NULL, "answer, and below it a text")                           \
	W(TRAP, "trap", NULL, "trap, and below it a text")                                 \
	W(CHECK, "check", NULL, "check, and below it a text")

#define W(id, word, take, form) WORD_##id,
enum lesson_word { LESSON_WORDS(W) WORD_COUNT };
#undef W

/* A text that is being gathered; of WORD_COUNT, where nobody wants it, for its word is wrong. */
struct lesson_block {
	bool open;
	enum lesson_word word;
	int line, indent; /* of its word */
	char text[LESSON_TEXT_BYTES + 1];
	size_t used;
	bool parted;  /* an empty line came since */
	bool command; /* the last line was one */
	bool full;
};

struct lesson_reader {
	struct lesson *lesson;
	size_t step_cap;
	const struct lesson_words *words;
	const char *file; /* cleaned, for sentences */
	int line, mistakes;
	int seen[WORD_COUNT]; /* in which line, of the lesson or of this step; 0: not yet */
	const char *play;     /* of this step, until all of it is known */
	struct lesson_block block;
	lesson_report *report;
	void *arg;
};

void lesson_complain(struct lesson_reader *reader, int line, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* A part of the file for a sentence: cut to what can be read there. */
const char *lesson_quoted(struct lesson_reader *reader, const char *text);

/* words.c */
/* A word and its value, which may be "". True: a text begins, of that word. */
bool lesson_take_word(
	struct lesson_reader *reader, const char *name, const char *value, enum lesson_word *word);
/* What a text came to. */
void lesson_take_text(struct lesson_reader *reader, const struct lesson_block *block);
/* A step, or the lesson, has ended: is all there, and does it go together? */
void lesson_check_step(struct lesson_reader *reader);
void lesson_check_head(struct lesson_reader *reader);

#endif
