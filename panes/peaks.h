/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_PEAKS_H
#define PARALLAX_PEAKS_H

#include "panes/pane.h"
#include "probes/spans.h"

/*
 * What was seen of findings when they were at their worst, collected snapshot by snapshot: the
 * row of the finding in the table of its pane, as text. Worst is the greatest severity and, of
 * these, the worst of the number that the finding is about (struct explanation). One peak an
 * identity (pane, rule, vm_key, subject), however often it came; of more than PEAKS_MOST
 * identities the first.
 */
enum { PEAKS_MOST = 4096, PEAK_COLS = 80 };

/* "wait 24.2%, p99w 5.7ms": the columns that fit on a screen of PEAK_COLS. */
enum peak_side {
	PEAK_FIGURE, /* the number that it is about, alone */
	PEAK_HOST,
	PEAK_GUEST,
	PEAK_GAP,      /* what the pane's table sorts by, without a name */
	PEAK_BLAME,    /* columns that say what caused it, where no culprit is named */
	PEAK_CULPRITS, /* "batch-11 61%, cc1 (2) 30%" then */
	PEAK_SIDES
};

struct peak {
	double at_s;
	enum verdict verdict;
	const char *text;	      /* what the finding said then */
	const char *side[PEAK_SIDES]; /* NULL: nothing to say, or the host as a whole */
};

struct peaks;

struct peaks *peaks_new(void);
void peaks_free(struct peaks *peaks); /* accepts NULL */
/* Take in the findings of a snapshot that has been judged. */
void peaks_add(struct peaks *peaks, const struct snapshot *snap);
/* Of the finding that span is one life of; NULL: not known. Valid until the next peaks_add. */
const struct peak *peaks_find(struct peaks *peaks, const struct span *span);
/* Its culprits over its whole life, as in PEAK_CULPRITS, in arena; NULL: none. */
const char *peaks_culprits(struct peaks *peaks, const struct span *span, struct arena *arena);

#endif
