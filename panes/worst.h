/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_WORST_H
#define PARALLAX_WORST_H

#include "panes/history.h"
#include "panes/pane.h"

/*
 * The worst moment of a sequence of snapshots, that with the gravest finding, of these the one
 * with the most of them, then with the most findings at all, then the first: kept as it was drawn
 * then, since a sequence may be too long to be kept and too slow to be read twice. The minute
 * around it is that of its worst VM.
 */
struct minute {
	size_t n;
	double from_s, to_s;
	double point[SERIES_COUNT][HISTORY_POINTS]; /* oldest first; NAN: unknown */
};

struct moment {
	double at_s;
	const char *pane; /* of the worst finding; NULL: one that is not known here */
	const char *vm;	  /* of the worst finding about a VM; NULL: there is none */
	size_t n_finding;
	struct canvas findings; /* the worst of them, a line each */
	struct canvas head;	/* what the pane says of the host */
	struct canvas table;	/* of the pane: the first rows */
	struct minute minute;	/* of vm */
};

struct worst;

/* cols: of the canvases. */
struct worst *worst_new(int cols);
void worst_free(struct worst *worst); /* accepts NULL */
/* Take in a snapshot that has been judged, in the order of time. */
void worst_add(struct worst *worst, const struct snapshot *snap);
/* NULL: there was no finding. Valid until the next worst_add. */
const struct moment *worst_get(const struct worst *worst);

/*
 * What the host measured of its VM in the minute, and beside it on the same scale what the guest
 * believed: a row a figure that is known, with the largest.
 */
void worst_draw_minute(const struct minute *minute, struct page *page);

#endif
