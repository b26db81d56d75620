/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_SPANS_H
#define PARALLAX_SPANS_H

#include "probes/snapshot.h"

/*
 * When findings began and ended, put together from the snapshots of one sequence, in any order:
 * a finding that has the same identity (pane, rule, vm_key, subject) and the same since_s in two
 * snapshots is one. Bounded: of more than SPANS_MOST those that ended first are forgotten.
 */
enum { SPANS_MOST = 4096 };

struct span {
	const char *pane, *rule;
	const char *vm, *vm_key, *subject; /* NULL as in struct finding */
	const char *text;		   /* what was said of it when it was at its worst */
	enum severity severity;		   /* the worst */
	enum verdict verdict;		   /* then */
	double begin_s;			   /* wall clock: since_s */
	double first_s;			   /* of the first snapshot that has it */
	double end_s;			   /* of the newest snapshot that has it */
	double worst_s;			   /* of the first snapshot in which it was at its worst */
};

struct spans;

struct spans *spans_new(void);
void spans_free(struct spans *spans); /* accepts NULL */
/* Forget everything. */
void spans_clear(struct spans *spans);

/* Take in the findings of a snapshot that has been judged. */
void spans_add(struct spans *spans, const struct snapshot *snap);
/* Take in what another sequence of the same host has put together. */
void spans_merge(struct spans *spans, const struct span *span);
/* Forget what ended before. */
void spans_forget(struct spans *spans, double before_s);

/* How many were forgotten because there were more than SPANS_MOST, since the last clear. */
size_t spans_forgotten(const struct spans *spans);

/* All, by begin_s, of equals the worst first; valid until the next call. */
const struct span *spans_get(struct spans *spans, size_t *count);

#endif
