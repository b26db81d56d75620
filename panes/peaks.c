// SPDX-License-Identifier: GPL-2.0-or-later
#include "panes/peaks.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "panes/bykey.h"
#include "probes/text.h"

enum { CULPRITS_KEPT = 16, CULPRITS_SHOWN = 4, ROWS_MOST = VM_DEVICES_MOST };

/* One culprit over the life of a finding. */
struct took {
	char *name;
	double seconds;
};

struct kept {
	struct bykey_item item;
	bool known;	  /* there is a peak */
	struct peak peak; /* strings owned */
	enum severity severity;
	double order; /* of its figure: larger is worse; NAN: not known */
	struct took took[CULPRITS_KEPT];
	size_t n_took;
	double took_s; /* by all, also by those that are not kept */
};

struct peaks {
	struct bykey known;
	struct arena scratch;
};

struct peaks *peaks_new(void)
{
	return xcalloc(1, sizeof(struct peaks));
}

static void own(const char **to, const char *text)
{
	free((char *)*to);
	*to = text && *text ? xstrdup(text) : NULL;
}

static bool kept_drop(void *item, void *arg)
{
	struct kept *kept = item;

	(void)arg;
	own(&kept->peak.text, NULL);
	for (size_t i = 0; i < PEAK_SIDES; i++)
		own(&kept->peak.side[i], NULL);
	for (size_t i = 0; i < kept->n_took; i++)
		free(kept->took[i].name);
	return false;
}

void peaks_free(struct peaks *peaks)
{
	if (!peaks)
		return;
	bykey_sweep(&peaks->known, kept_drop, NULL);
	bykey_release(&peaks->known);
	arena_release(&peaks->scratch);
	free(peaks);
}

/* The separator cannot occur: text from outside has no control characters. */
static const char *key_of(struct peaks *peaks, const char *pane, const char *rule,
	const char *vm_key, const char *subject)
{
	return arena_printf(&peaks->scratch, "%s\x1f%s\x1f%s\x1f%s", pane ? pane : "",
		rule ? rule : "", vm_key ? vm_key : "", subject ? subject : "");
}

/* Does the subject "vda w" name the item "vda"? */
static bool names_item(const char *subject, const char *item)
{
	const size_t len = item ? strlen(item) : 0;

	return len && text_begins(subject, item) && (!subject[len] || subject[len] == ' ');
}

/* The row in the pane's table that a finding is about. */
static bool find_row(const struct pane *pane, const struct vm *vm, const struct finding *finding,
	struct row *row)
{
	struct row rows[ROWS_MOST];
	size_t n;

	*row = (struct row){ .vm = vm };
	if (!vm || !pane->table->rows)
		return vm != NULL;
	n = pane->table->rows(vm, rows, ROWS_MOST);
	for (size_t i = 0; i < n && finding->subject; i++)
		if (names_item(finding->subject, pane->table->item_name(&rows[i]))) {
			*row = rows[i];
			return true;
		}
	return false;
}

static const char *unit_after(const char *unit, const char *text)
{
	static const struct {
		const char *unit, *after;
	} known[] = {
		{ "%", "%" },
		{ "CPUs", " CPUs" },
		{ "per second", "/s" },
		{ "bytes/s", "/s" },
		{ "pages/s", "/s" },
		{ "times", "x" },
		{ "ago", " ago" },
	};

	for (size_t i = 0; strpbrk(text, "0123456789") && i < sizeof(known) / sizeof(known[0]); i++)
		if (text_same(known[i].unit, unit))
			return known[i].after;
	return "";
}

/* "24.2%", in arena; "" where the cell is blank. */
static const char *cell_words(
	const struct column *column, const struct row *row, struct arena *arena)
{
	struct cell_text cell = { "", STYLE_NORMAL };
	const char *text = cell.text;

	column->format(row, &cell);
	while (*text == ' ')
		text++;
	return arena_printf(arena, "%s%s", text, unit_after(column->unit, text));
}

/* "wait 24.2%" behind what is there already. A blank cell says nothing. */
static const char *add_cell(
	const char *list, const struct column *column, const struct row *row, struct arena *arena)
{
	const char *words = cell_words(column, row, arena);

	if (!*words || (column->blames && !strcmp(words, "-")))
		return list;
	return arena_printf(arena, "%s%s%s %s", list, *list ? ", " : "", column->key, words);
}

static enum peak_side side_of(const struct table *table, size_t i, bool shown)
{
	const struct column *column = &table->column[i];

	if (column->blames)
		return PEAK_BLAME;
	if (i == table->sort_column)
		return PEAK_GAP;
	if (column->group == COLUMN_HOST && shown)
		return PEAK_HOST;
	return column->group == COLUMN_GUEST && shown ? PEAK_GUEST : PEAK_SIDES;
}

static void keep_columns(struct kept *kept, const struct table *table, const struct column *figure,
	const struct row *row, struct arena *arena)
{
	const char *list[PEAK_SIDES] = { "", "", "", "", "", "" };
	bool shown[TABLE_COLUMNS_MAX];

	table_fit(table, PEAK_COLS, shown);
	for (size_t i = 0; i < table->n_column; i++) {
		const struct column *column = &table->column[i];
		const enum peak_side side = side_of(table, i, shown[i]);

		if (side != PEAK_SIDES && side != PEAK_GAP)
			list[side] = add_cell(list[side], column, row, arena);
	}
	list[PEAK_FIGURE] = add_cell("", figure, row, arena);
	list[PEAK_GAP] = cell_words(&table->column[table->sort_column], row, arena);
	for (size_t i = 0; i < PEAK_SIDES; i++)
		own(&kept->peak.side[i], list[i]);
}

static const char *add_culprit(
	const char *list, const char *name, double share_pct, struct arena *arena)
{
	return arena_printf(
		arena, "%s%s%s %.0f%%", list, *list ? ", " : "", name ? name : "-", share_pct);
}

static void keep_culprits(
	struct kept *kept, const struct culprit *culprit, size_t n, struct arena *arena)
{
	const char *list = "";

	for (size_t i = 0; i < n && i < CULPRITS_SHOWN; i++)
		if (culprit[i].share_pct >= 0.5)
			list = add_culprit(list, culprit[i].name, culprit[i].share_pct, arena);
	own(&kept->peak.side[PEAK_CULPRITS], list);
	if (*list)
		own(&kept->peak.side[PEAK_BLAME], NULL);
}

static void add_took(struct kept *kept, const char *name, double seconds)
{
	size_t i;

	if (!name || !(seconds > 0))
		return;
	kept->took_s += seconds;
	for (i = 0; i < kept->n_took; i++)
		if (!strcmp(kept->took[i].name, name))
			break;
	if (i == CULPRITS_KEPT)
		return;
	if (i == kept->n_took)
		kept->took[kept->n_took++] = (struct took){ .name = xstrdup(name) };
	kept->took[i].seconds += seconds;
}

static bool is_worse(const struct kept *kept, enum severity severity, double order)
{
	if (!kept->known)
		return true;
	if (severity != kept->severity)
		return severity > kept->severity;
	return order > kept->order || (isnan(kept->order) && !isnan(order));
}

/* Everything of one moment: what has no row then has none from before either. */
static void keep_peak(
	struct kept *kept, const struct snapshot *snap, const struct finding *finding, double order)
{
	kept->known = true;
	kept->severity = finding->severity;
	kept->order = order;
	kept->peak.at_s = snap->time_s;
	kept->peak.verdict = finding->verdict;
	own(&kept->peak.text, finding->text);
	for (size_t i = 0; i < PEAK_SIDES; i++)
		own(&kept->peak.side[i], NULL);
}

static struct kept *kept_get(struct peaks *peaks, const struct finding *finding)
{
	const char *key =
		key_of(peaks, finding->pane, finding->rule, finding->vm_key, finding->subject);
	struct kept *kept = bykey_find(&peaks->known, key);

	if (kept || peaks->known.n_item >= PEAKS_MOST)
		return kept;
	kept = bykey_get(&peaks->known, key, sizeof(*kept));
	kept->order = NAN;
	return kept;
}

/* The column that a finding is about. */
static const struct column *figure_of(
	const struct table *table, const struct explanation *explanation)
{
	for (size_t i = 0; explanation && explanation->figure && i < table->n_column; i++)
		if (!strcmp(table->column[i].key, explanation->figure))
			return &table->column[i];
	return &table->column[table->sort_column];
}

static double order_of(
	const struct column *figure, const struct explanation *explanation, const struct row *row)
{
	const double value = figure->value ? figure->value(row) : NAN;

	if (!explanation || !explanation->figure)
		return value;
	return explanation->least ? -value : fabs(value);
}

static void add_row(struct peaks *peaks, struct kept *kept, const struct snapshot *snap,
	const struct finding *finding, const struct row *row)
{
	const struct pane *pane = pane_by_name(finding->pane);
	const struct explanation *explanation = pane_explanation(finding->rule);
	const struct column *figure = figure_of(pane->table, explanation);
	const double order = order_of(figure, explanation, row);
	struct culprit culprit[CULPRITS_KEPT];
	const size_t n = pane->culprits ? pane->culprits(row->vm, culprit, CULPRITS_KEPT) : 0;

	for (size_t i = 0; i < n; i++)
		add_took(kept, culprit[i].name, culprit[i].taken_pct / 100 * snap->interval_s);
	if (!is_worse(kept, finding->severity, order))
		return;
	keep_peak(kept, snap, finding, order);
	keep_columns(kept, pane->table, figure, row, &peaks->scratch);
	keep_culprits(kept, culprit, n, &peaks->scratch);
}

static void add_finding(
	struct peaks *peaks, const struct snapshot *snap, const struct finding *finding)
{
	const struct pane *pane = finding->pane ? pane_by_name(finding->pane) : NULL;
	const struct vm *vm = finding->vm_key ? snapshot_vm(snap, finding->vm_key) : NULL;
	struct kept *kept = kept_get(peaks, finding);
	struct row row;

	if (kept && pane && find_row(pane, vm, finding, &row))
		add_row(peaks, kept, snap, finding, &row);
	else if (kept && is_worse(kept, finding->severity, NAN))
		keep_peak(kept, snap, finding, NAN);
}

void peaks_add(struct peaks *peaks, const struct snapshot *snap)
{
	for (size_t i = 0; i < snap->n_finding; i++) {
		arena_clear(&peaks->scratch);
		add_finding(peaks, snap, &snap->finding[i]);
	}
}

static struct kept *kept_find(struct peaks *peaks, const struct span *span)
{
	arena_clear(&peaks->scratch);
	return bykey_find(
		&peaks->known, key_of(peaks, span->pane, span->rule, span->vm_key, span->subject));
}

const struct peak *peaks_find(struct peaks *peaks, const struct span *span)
{
	const struct kept *kept = kept_find(peaks, span);

	return kept ? &kept->peak : NULL;
}

static int most_first(const void *a, const void *b)
{
	const struct took *x = a, *y = b;

	if (x->seconds != y->seconds)
		return x->seconds > y->seconds ? -1 : 1;
	return strcmp(x->name, y->name);
}

const char *peaks_culprits(struct peaks *peaks, const struct span *span, struct arena *arena)
{
	struct kept *kept = kept_find(peaks, span);
	const char *list = "";

	if (!kept || !kept->n_took)
		return NULL;
	qsort(kept->took, kept->n_took, sizeof(kept->took[0]), most_first);
	for (size_t i = 0; i < kept->n_took && i < CULPRITS_SHOWN; i++) {
		const double share_pct = 100 * kept->took[i].seconds / kept->took_s;

		if (share_pct >= 0.5)
			list = add_culprit(list, kept->took[i].name, share_pct, arena);
	}
	return list;
}
