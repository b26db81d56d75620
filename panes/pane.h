/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_PANE_H
#define PARALLAX_PANE_H

#include <stdbool.h>
#include <stddef.h>

#include "keymaps/actions.h"
#include "panes/canvas.h"
#include "panes/history.h"
#include "panes/judge.h"
#include "panes/page.h"
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
	/* The column with the number that it is about. NULL: what its pane's table sorts by. */
	const char *figure;
	bool least; /* the smaller that is, the worse */
};

/* Lines on the VM page: what was promised, and what was delivered. */
struct promise {
	const char *promised, *delivered;
	uint8_t style;	       /* of the delivered side */
	bool told;	       /* by the guest itself: its side is never covered */
	enum series series;    /* drawn as a sparkline beside it; SERIES_NONE */
};

/* Who took from a VM what a pane's findings are about. */
struct culprit {
	const char *name;
	double share_pct; /* of all that was taken */
	double taken_pct; /* the same as a share of the VM's time: for a mean over many snapshots */
};

/* What a pane makes of one VM. */
struct opinion {
	enum verdict verdict;
	const char *reason; /* why it is unknown or blind; NULL */
};

/* One VM with all that is known of it, for its page. */
struct vm_view {
	const struct snapshot *snap;
	const struct vm *vm;
	const struct history *history;
	const struct judge *judge; /* for what it keeps of the last minutes */
};

struct pane {
	const char *name; /* stable id: --pane, keymaps, findings, tests */
	const char *title;
	enum action select; /* ACTION_PANE_n: its place among the keys stays, whatever panes there are */
	const char *summary; /* one sentence for help and manual */
	bool in_grid; /* one of the main panes, four at most, that large screens show together */
	const struct table *table;
	const struct explanation *explanation; /* ended by a NULL rule */
	/* Write this pane's verdicts into snap and report its findings to judge. */
	void (*judge)(struct snapshot *snap, struct judge *judge);
	/* What it wrote into a row when it judged; of one without item, into the VM as a whole. */
	struct opinion (*opinion)(const struct row *row);
	/* Lines about the whole host above the table. NULL: none. */
	void (*head)(const struct snapshot *snap, struct page *page);
	/* Up to max promises about vm, strings in arena. Returns how many. NULL: none. */
	size_t (*promises)(const struct vm *vm, struct promise *out, size_t max,
		struct arena *arena);
	/* Up to max culprits, the worst first; returns how many. NULL: columns that blame must do.
	 */
	size_t (*culprits)(const struct vm *vm, struct culprit *out, size_t max);
	/* More about it, below the promises on the VM page. NULL: nothing. */
	void (*detail)(const struct vm_view *view, struct page *page);
};

/* Every pane there is, in the order of their tabs, ended by NULL. */
extern const struct pane *const panes[];
const struct pane *pane_by_name(const char *name);
/* The explanation of a rule from any pane; NULL: none. */
const struct explanation *pane_explanation(const char *rule);

/* Let every pane judge snap; its findings are in it afterwards, worst first. */
void panes_judge(struct snapshot *snap, struct judge *judge);

#endif
