// SPDX-License-Identifier: GPL-2.0-or-later
#include "panes/worst.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "panes/screen.h"
#include "probes/text.h"

enum { FINDING_ROWS = 12, TABLE_ROWS = 16, HEADING_ROWS = 2 };

/* The minute: so much on either side of the moment, or so many intervals where they are long. */
static const double SIDE_S = 30, SIDE_INTERVALS = 10;

/* How bad a moment is: each counts only where those before are equal. */
struct badness {
	size_t severity, n_worst, n;
};

struct worst {
	int cols;
	bool found;
	struct badness badness;
	struct moment moment;
	char *vm, *vm_key; /* vm: that of moment */
	size_t n_after;	   /* snapshots since then */
	double side_s;
	bool minute_open; /* the snapshots of the minute are still coming */
	struct history *history;
	double time_s[HISTORY_POINTS]; /* of its points: a ring, the newest before head */
	size_t head, n_time;
};

struct worst *worst_new(int cols)
{
	struct worst *worst = xcalloc(1, sizeof(*worst));

	worst->cols = cols;
	worst->history = history_new();
	return worst;
}

void worst_free(struct worst *worst)
{
	if (!worst)
		return;
	canvas_release(&worst->moment.findings);
	canvas_release(&worst->moment.head);
	canvas_release(&worst->moment.table);
	history_free(worst->history);
	free(worst->vm);
	free(worst->vm_key);
	free(worst);
}

static void own(char **to, const char *text)
{
	free(*to);
	*to = text ? xstrdup(text) : NULL;
}

/* Findings are sorted: the gravest first. */
static struct badness badness_of(const struct snapshot *snap)
{
	struct badness badness = { .n = snap->n_finding };

	if (!badness.n)
		return badness;
	badness.severity = snap->finding[0].severity;
	while (badness.n_worst < badness.n &&
		snap->finding[badness.n_worst].severity == snap->finding[0].severity)
		badness.n_worst++;
	return badness;
}

static bool is_worse(const struct badness *a, const struct badness *b)
{
	if (a->severity != b->severity)
		return a->severity > b->severity;
	return a->n_worst != b->n_worst ? a->n_worst > b->n_worst : a->n > b->n;
}

static void draw_findings(struct worst *worst, const struct snapshot *snap)
{
	struct findings_state state = { 0 };
	const size_t rows = snap->n_finding < FINDING_ROWS ? snap->n_finding : FINDING_ROWS;

	canvas_release(&worst->moment.findings);
	canvas_init(&worst->moment.findings, (int)rows, worst->cols);
	findings_draw(snap, &state, false, &worst->moment.findings);
}

/* What the pane says of the whole host. */
static void draw_head(struct worst *worst, const struct snapshot *snap, const struct pane *pane)
{
	struct page page;

	page_init(&page, worst->cols);
	if (pane->head)
		pane->head(snap, &page);
	worst->moment.head = page.canvas;
}

static void draw_table(struct worst *worst, const struct snapshot *snap, const struct pane *pane)
{
	struct table_state state = { 0 };
	struct arena arena = { 0 };
	struct row *rows;
	size_t n;

	table_reset(pane->table, &state);
	n = table_rows(pane->table, snap, NULL, &state, &arena, &rows);
	canvas_init(&worst->moment.table, HEADING_ROWS + TABLE_ROWS, worst->cols);
	table_draw(pane->table, &state, rows, n, 0, &worst->moment.table);
	table_release(&state);
	arena_release(&arena);
}

static const struct finding *first_of_a_vm(const struct snapshot *snap)
{
	for (size_t i = 0; i < snap->n_finding; i++)
		if (snap->finding[i].vm_key)
			return &snap->finding[i];
	return NULL;
}

static void keep_moment(struct worst *worst, const struct snapshot *snap)
{
	const struct finding *of_vm = first_of_a_vm(snap);
	const char *name = snap->finding[0].pane;
	const struct pane *pane = name ? pane_by_name(name) : NULL;

	worst->found = worst->minute_open = true;
	worst->n_after = 0;
	own(&worst->vm, of_vm ? of_vm->vm : NULL);
	own(&worst->vm_key, of_vm ? of_vm->vm_key : NULL);
	worst->moment.at_s = snap->time_s;
	worst->moment.pane = pane ? pane->name : NULL;
	worst->moment.vm = worst->vm;
	worst->moment.n_finding = snap->n_finding;
	worst->moment.minute.n = 0;
	worst->side_s = fmax(SIDE_S, SIDE_INTERVALS * snap->interval_s);
	draw_findings(worst, snap);
	canvas_release(&worst->moment.head);
	canvas_release(&worst->moment.table);
	if (!pane)
		return;
	draw_head(worst, snap, pane);
	draw_table(worst, snap, pane);
}

static void add_history(struct worst *worst, const struct snapshot *snap)
{
	history_add(worst->history, snap);
	worst->time_s[worst->head] = snap->time_s;
	worst->head = (worst->head + 1) % HISTORY_POINTS;
	worst->n_time += worst->n_time < HISTORY_POINTS;
}

/* When the point was made that is the age-th newest. */
static double time_of(const struct worst *worst, size_t age)
{
	return worst->time_s[(worst->head + 2 * HISTORY_POINTS - 1 - age) % HISTORY_POINTS];
}

static bool is_in_minute(const struct worst *worst, double time_s)
{
	return fabs(time_s - worst->moment.at_s) <= worst->side_s;
}

/* Anew with every snapshot of it: nobody knows which is the last. */
static void keep_minute(struct worst *worst)
{
	struct minute *minute = &worst->moment.minute;
	size_t n = 0;

	while (n < worst->n_time && is_in_minute(worst, time_of(worst, n)))
		n++;
	for (int series = SERIES_NONE + 1; series < SERIES_COUNT && worst->vm_key; series++) {
		const size_t known = history_get(worst->history, worst->vm_key, (enum series)series,
			minute->point[series], n);

		if (!known)
			return; /* the VM is gone: what was kept of it stays */
		n = known;
	}
	minute->n = n;
	minute->from_s = time_of(worst, n - 1);
	minute->to_s = time_of(worst, 0);
}

void worst_add(struct worst *worst, const struct snapshot *snap)
{
	const struct badness badness = badness_of(snap);

	add_history(worst, snap);
	if (badness.n && (!worst->found || is_worse(&badness, &worst->badness))) {
		worst->badness = badness;
		keep_moment(worst, snap);
	}
	/* Half of what the history can hold is for what was before. */
	if (worst->minute_open)
		worst->minute_open =
			is_in_minute(worst, snap->time_s) && worst->n_after++ < HISTORY_POINTS / 2;
	if (worst->minute_open && worst->vm_key)
		keep_minute(worst);
}

const struct moment *worst_get(const struct worst *worst)
{
	return worst->found ? &worst->moment : NULL;
}
