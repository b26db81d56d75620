/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_WITNESS_H
#define PARALLAX_WITNESS_H

#include <stdbool.h>

#include "panes/history.h"
#include "panes/judge.h"
#include "probes/snapshot.h"

/*
 * What is remembered of a sequence of snapshots: what judges them, and the figures of the last
 * minutes. What is longer ago than WITNESS_S makes no difference to it.
 */
enum { WITNESS_S = 300 };

struct witness {
	struct judge *judge;
	struct history *history;
};

struct witness *witness_new(void);
void witness_free(struct witness *witness); /* accepts NULL */
/*
 * Judge the next snapshot. One of a recording that holds verdicts or findings was judged by who
 * made it and is shown as he saw it.
 */
void witness_judge(struct judge *judge, struct snapshot *snap, bool is_recorded);
/* The same, and remember it. */
void witness_add(struct witness *witness, struct snapshot *snap, bool is_recorded);

#endif
