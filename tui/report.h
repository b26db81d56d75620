/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_REPORT_H
#define PARALLAX_REPORT_H

#include <time.h>

#include "panes/groups.h"
#include "panes/peaks.h"
#include "panes/recording.h"
#include "panes/worst.h"
#include "probes/err.h"
#include "tui/document.h"
#include "tui/options.h"

/*
 * The hand-out: what a recording holds, for a ticket. The recording is read once, since it may be
 * a pipe, and hours of it are more than memory holds and more than anybody likes to read twice:
 * what is to be shown of the worst moment is drawn when it comes by, and replaced by a worse one.
 */
struct report {
	const struct options *options;
	struct recording recording;
	struct spans *spans;
	struct peaks *peaks;
	struct worst *worst;
	struct judge *judge;
	struct anonymizer *anonymizer; /* NULL: names stay */
	struct err err;		       /* the first that could not be read; code 0: all could */
	struct arena arena;
	struct group *group; /* of spans, by begin */
	size_t n_group;
	bool with_date; /* labels need one: it was not all on one day */
};

/* Returns the exit status; the sentence of a failure has been printed. */
int report_run(const struct options *options);

/* The sections, in their order. */
void report_head(const struct report *report, struct document *document);
void report_findings(const struct report *report, struct document *document);
void report_picture(const struct report *report, struct document *document);
void report_appendix(const struct report *report, struct document *document);

/*
 * A label for a moment, in arena; unknown: "-". By the clock of the host that was recorded where
 * that is told, else by the reader's.
 */
const char *report_time(const struct report *report, double time_s, struct arena *arena);
/* The same as a date; false: unknown, or beyond what a calendar has. */
bool report_local(const struct report *report, double time_s, struct tm *local);
/* How far that clock is ahead of UTC then, in seconds. */
int report_utc_offset_s(const struct report *report, double time_s);
/* "web-03", "host" */
const char *report_vm(const struct span *span);

#endif
