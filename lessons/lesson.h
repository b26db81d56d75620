/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_LESSON_H
#define PARALLAX_LESSON_H

#include <stddef.h>

#include "probes/arena.h"

/*
 * A lesson: an incident told in steps on a recording of it. First what the guest shows, with a
 * question; then the host's side, uncovered step by step; the trap, and what to check where
 * there is no parallax. Lessons are text files, NAME.lesson, with the recording beside them;
 * parallax-lesson(5) has the format in full.
 *
 * A line is a word and its value. A text (summary, say, ask, answer, trap, check) stands behind
 * its word, or below it and indented deeper than it: lines that follow each other are one
 * paragraph, an empty line begins the next, and a line that begins with "$ " is a command and
 * stays a line. Elsewhere lines that begin with # are comments, and indentation is free.
 *
 * A step begins as the one before has ended: where that stopped in the recording, with the same
 * cover, pane, selection and page, but for what it says itself. That is worked out while the
 * file is read, so each step below is complete and can be begun from anywhere.
 */
enum {
	LESSON_FILE_BYTES = 64 * 1024,
	LESSON_LINE_BYTES = 1000,
	LESSON_TEXT_BYTES = 2000, /* of one text */
	LESSON_VALUE_BYTES = 120, /* of what must fit into a line of the screen */
	LESSON_STEPS = 64,
	LESSON_MISTAKES = 50, /* told of one file; what is more is counted */
	LESSON_TIME_S = 24 * 3600
};

/* What of the screen is covered: what no guest could know. */
enum lesson_cover {
	LESSON_COVER_HOST = 1 << 0,
	LESSON_COVER_GAP = 1 << 1,
	LESSON_COVER_FINDINGS = 1 << 2,
	LESSON_COVER_HEADER = 1 << 3,
	LESSON_COVER_PAGES = 1 << 4,
	LESSON_COVER_ALL = (1 << 5) - 1
};

enum lesson_base {
	LESSON_FROM_START,   /* of the recording */
	LESSON_FROM_FINDING, /* when the lesson's finding is on the screen for the first time */
	LESSON_FROM_END
};

/* A moment of the recording; the player brings it into its range. */
struct lesson_moment {
	enum lesson_base base;
	double offset_s; /* negative: before */
};

enum lesson_open { LESSON_OPEN_NOTHING, LESSON_OPEN_VM, LESSON_OPEN_FINDING };

struct lesson_step {
	const char *title;
	struct lesson_moment from, until; /* played from one to the other, then held; alike: held */
	unsigned cover;			  /* of enum lesson_cover */
	const char *pane;		  /* NULL: the one that is there */
	const char *select;		  /* a VM's name; NULL: what is selected */
	enum lesson_open open;		  /* the page over the panes */
	const char *open_at;		  /* its line that holds this comes to the top; NULL: the first */
	const char *say;		  /* texts; NULL: none */
	const char *ask, *answer;	  /* both or none; the answer is hidden at first */
	const char *trap, *check;	  /* shown with the answer */
	int line;			  /* of the file, where it begins */
};

struct lesson {
	const char *name, *title;
	const char *mode;	    /* the failure mode that it teaches */
	const char *recording;	    /* a file's name */
	const char *recording_path; /* the same in the lesson's folder */
	const char *experiment;	    /* make's target that shows it live; NULL: none */
	const char *rule, *vm;	    /* the finding that it teaches; NULL: none, vm: the host's */
	const char *summary;
	struct lesson_step *step; /* one at least */
	size_t n_step;
	struct arena arena; /* of all that is above */
};

/* Names that a lesson may use, each list ended by NULL; a NULL list: any. Borrowed for the call. */
struct lesson_words {
	const char *const *pane, *const *rule;
};

/* Takes one mistake, "FILE:LINE: sentence"; nothing in it would harm a terminal. */
typedef void lesson_report(void *arg, const char *sentence);

/*
 * The lesson in text, read from the file path: all mistakes are reported as they are found, those
 * of a step as a whole at its end, and there is a lesson only when there was none. words and report
 * may be NULL. Free it with lesson_free.
 */
struct lesson *lesson_parse(const char *text, size_t len, const char *path,
	const struct lesson_words *words, lesson_report *report, void *arg);
/* The same of a file; that it cannot be read is reported likewise. */
struct lesson *lesson_load(
	const char *path, const struct lesson_words *words, lesson_report *report, void *arg);
void lesson_free(struct lesson *lesson); /* accepts NULL */

#endif
