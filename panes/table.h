/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_TABLE_H
#define PARALLAX_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "keymaps/actions.h"
#include "panes/canvas.h"
#include "probes/snapshot.h"

/*
 * A list pane as data: its columns. Heading, sort, help, manual, batch text and the explanation
 * of a cell all come from the same rows. Columns stand in three groups, host, guest and gap,
 * with a line between them; on a narrow screen those with the lowest priority leave first.
 */
enum column_group { COLUMN_NAME, COLUMN_HOST, COLUMN_GUEST, COLUMN_GAP };

/* One line of the table: a VM, or a NIC, a disk or a CPU set of it. */
struct row {
	const struct vm *vm;
	const void *item;
};

struct cell_text {
	char text[96];
	uint8_t style;
};

struct column {
	const char *key;     /* for --sort and configuration */
	const char *heading; /* at most width columns */
	const char *unit;    /* "%", "CPUs", "" */
	const char *help;    /* one sentence: what it is, for help, ? and the manual */
	const char *origin;  /* its sources as a ladder, best first, for ? and the manual */
	const char *source;  /* the probe whose state and age concern it ("sched") */
	const char *(*source_of)(const struct vm *vm); /* where that depends; NULL: it does not */
	enum column_group group;
	int width;
	int priority; /* 0 always shown; larger leaves earlier */
	bool left;    /* text to the left */
	bool ascending; /* the natural order is smallest first: names */
	bool promised;	/* no measurement, but what was promised, or its state: never covered */
	bool blames;	/* who or what caused what the row suffers from: a report names it apart */
	void (*format)(const struct row *row, struct cell_text *out);
	/* For sorting: NAN sorts last, whichever way. NULL: by text. */
	double (*value)(const struct row *row);
};

enum { TABLE_COLUMNS_MAX = 48 };

struct table {
	const struct column *column;
	size_t n_column;   /* at most TABLE_COLUMNS_MAX */
	size_t sort_column; /* to begin with */
	/* Rows of one VM, at most max; NULL: the VM itself is the row. */
	size_t (*rows)(const struct vm *vm, struct row *out, size_t max);
	/* What tells its rows apart, from one snapshot to the next. NULL only where rows is. */
	const char *(*item_name)(const struct row *row);
	const char *nothing; /* a sentence for when no VM has such a row; NULL where rows is */
	/*
	 * Words that stand in the place of a row's host columns when it returns true: a VM that
	 * is paused has a state rather than numbers. NULL: never.
	 */
	bool (*note)(const struct row *row, struct cell_text *out);
};

/* What the operator did to it. Zeroed except for sort_column, which table_reset sets. */
struct table_state {
	size_t sort_column, cursor_column;
	bool reverse;
	int top;	      /* first row on screen */
	int page;	      /* rows that fitted when last drawn */
	int cols;	      /* width when last drawn: decides which columns are there */
	unsigned cover;	      /* enum cover: table_cover sets it */
	int other_top; /* top of the order that is not on screen: the covered one, or the true */
	/* The selected row: the key of its VM, and its item's name. NULL: the first. Owned. */
	char *selected, *selected_item;
};

/* How table_draw draws. */
enum {
	TABLE_FOCUSED = 1, /* with the cursor: the keys go here */
	/*
	 * The selection is another table's: all rows of that VM, or none. The first rows stay in
	 * view; what is selected below them has the last line.
	 */
	TABLE_FOLLOWS = 2,
	TABLE_LIT = 4	   /* the worst cell of each row stands out */
};

void table_reset(const struct table *table, struct table_state *state);
void table_release(struct table_state *state);

/* filter: NULL or "" all; a text that the name contains, or a glob when it has * ? or [. */
bool table_matches(const struct vm *vm, const char *filter);
size_t table_vms(const struct snapshot *snap, const char *filter); /* how many do */
/*
 * The rows to show, filtered and sorted, in arena. By name while the column to sort by is covered:
 * the order would tell.
 */
size_t table_rows(const struct table *table, const struct snapshot *snap, const char *filter,
	const struct table_state *state, struct arena *arena, struct row **rows);

/*
 * Draws heading and rows with the selection in view, and adjusts top and page. flags: TABLE_*.
 * Worst is critical, then warn, watch, a gap; of equals the first from the left.
 */
void table_draw(const struct table *table, struct table_state *state, const struct row *rows,
	size_t n_rows, unsigned flags, struct canvas *canvas);

/* Cover those parts and no other; where the rows were scrolled to comes back with them. */
void table_cover(struct table_state *state, unsigned cover);
/* Is the order that was chosen under cover? */
bool table_order_covered(const struct table *table, const struct table_state *state);

/* Moves, sorts; returns false when the action is none of its own. */
bool table_act(const struct table *table, struct table_state *state, const struct row *rows,
	size_t n_rows, enum action action);

/* Which columns fit into cols, as flags by column; returns the columns used. */
int table_fit(const struct table *table, int cols, bool *shown);

/*
 * The index of the selected row; without its item another row of its VM, without that the first;
 * n_rows when there are none.
 */
size_t table_selected(const struct table *table, const struct table_state *state,
	const struct row *rows, size_t n_rows);
/* Select that VM: the row that was selected of it last, else its first. NULL: none. */
void table_follow(struct table_state *state, const char *vm_key);
/* The row of vm whose item has that name; false: there is none any more. */
bool table_find(const struct table *table, const struct vm *vm, const char *item_name,
	struct row *row);

#endif
