/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_PANE_H
#define PARALLAX_PANE_H

#include <stdbool.h>
#include <stddef.h>

#include "keymaps/actions.h"
#include "panes/canvas.h"
#include "panes/history.h"
#include "panes/judge.h"
#include "panes/table.h"
#include "probes/snapshot.h"

/*
 * A pane is one way to look at a snapshot: a table of columns, a rule that judges, lines for
 * the VM page, and the explanations of its findings. All of it is pure: no I/O, no clock, no
 * terminal, no globals; what differs between two calls is in the arguments.
 */

/* What its findings mean, in the words an engineer needs at 3 in the morning. */
struct explanation {
	const char *rule;      /* of struct finding */
	const char *title;
	const char *mechanism; /* why it happens */
	const char *trap;      /* what it makes people believe */
	const char *next;      /* commands and places to look, one a line */
};

/* Lines on the VM page: what was promised, and what was delivered. */
struct promise {
	const char *promised, *delivered;
	uint8_t style;	       /* of the delivered side */
	enum series series;    /* drawn as a sparkline beside it; SERIES_NONE */
};

struct pane {
	const char *name; /* stable id: --pane, keymaps, findings, tests */
	const char *title;
	const char *summary; /* one sentence for help and manual */
	const struct table *table;
	const struct explanation *explanation; /* ended by a NULL rule */
	/* Write this pane's verdicts into snap and report its findings to judge. */
	void (*judge)(struct snapshot *snap, struct judge *judge);
	/* Up to max promises about vm, strings in arena. Returns how many. NULL: none. */
	size_t (*promises)(const struct vm *vm, struct promise *out, size_t max,
		struct arena *arena);
};

/* Every pane there is, in the order of the keys 1 to 7, ended by NULL. */
extern const struct pane *const panes[];
const struct pane *pane_by_name(const char *name);
/* The explanation of a rule from any pane; NULL: none. */
const struct explanation *pane_explanation(const char *rule);

/* Let every pane judge snap; its findings are in it afterwards, worst first. */
void panes_judge(struct snapshot *snap, struct judge *judge);

#endif
