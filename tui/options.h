/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_OPTIONS_H
#define PARALLAX_OPTIONS_H

#include <stdbool.h>
#include <stdio.h>

#include "lessons/lesson.h"
#include "panes/pane.h"
#include "probes/err.h"
#include "tui/document.h"

/* What the command line says. Strings are those of argv. */
enum front_end {
	FRONT_CONSOLE,
	FRONT_BATCH,
	FRONT_STREAM,
	FRONT_REPORT,
	FRONT_LESSONS, /* the list of them */
	FRONT_HELP,
	FRONT_VERSION
};
enum ask_mode { ASK_BY_KEY, ASK_ON, ASK_OFF };

enum { INTERVAL_MIN_MS = 100, INTERVAL_MAX_MS = 3600 * 1000 };

struct options {
	enum front_end front;
	const char *uri, *replay, *record, *sysroot, *keymap, *keys, *filter;
	const struct pane *pane;
	bool pane_given;
	long sort_column; /* of pane; -1: as the pane likes */
	unsigned interval_ms;
	bool delay_given;
	unsigned long count; /* 0: no end */
	enum ask_mode ask;
	enum document_form form; /* of a report */
	bool ascii, anonymize;
	const char *lesson_name;     /* to be played; NULL: none */
	const struct lesson *lesson; /* the same, once it is loaded; options_parse leaves it NULL */
};

/*
 * Returns 0 or -EINVAL with a sentence that names the mistake; the front end is then of no
 * meaning. Permutes argv.
 */
int options_parse(struct options *options, int argc, char **argv, struct err *err);

/* --help: usage, options, panes with their columns. */
void usage_print(FILE *stream);

#endif
