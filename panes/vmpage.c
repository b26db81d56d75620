// SPDX-License-Identifier: GPL-2.0-or-later
#include "panes/vmpage.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "panes/cover.h"
#include "panes/format.h"
#include "panes/spark.h"
#include "panes/steal.h"
#include "panes/style.h"
#include "probes/schema.h"

enum { PROMISES_MAX = 16, INDENT = 2 };

static const char *known_word(const char *const *words, size_t value)
{
	return words[value] && *words[value] ? words[value] : "-";
}

static bool is_foreign(const struct snapshot *snap, const struct vm *vm)
{
	const struct source *libvirt = snapshot_source(snap->source, snap->n_source, "libvirt");

	return !vm->in_libvirt && libvirt && libvirt->state == SOURCE_OK;
}

static void add_facts(const struct snapshot *snap, const struct vm *vm, struct page *page)
{
	char vcpus[FORMAT_SIZE], sold[FORMAT_SIZE];
	int row = page_row(page), col;

	col = canvas_text(&page->canvas, row, 0, -1, STYLE_TITLE, vm->name);
	canvas_text(&page->canvas, row, col + 2, -1,
		vm->state == VM_RUNNING || vm->state == VM_BLOCKED ? STYLE_GOOD : STYLE_WATCH,
		known_word(words_vm_state, vm->state));
	if (vm->state_reason)
		page_printf(page, 0, STYLE_DIM, "%s", vm->state_reason);
	if (vm->title)
		page_printf(page, 0, STYLE_DIM, "%s", vm->title);
	page_printf(page, 0, STYLE_NORMAL, "%s %s  %s memory  %s %s%s",
		format_count(vcpus, vm->vcpus), vm->vcpus == 1 ? "vCPU" : "vCPUs",
		format_bytes(sold, vm->memory.sold_bytes),
		vm->vmm ? vm->vmm : "-", known_word(words_vm_accel, vm->accel),
		is_foreign(snap, vm) ? "  not known to libvirt" : "");
	if (vm->pid != UNKNOWN_U64)
		page_printf(page, 0, STYLE_DIM, "pid %llu%s%s", (unsigned long long)vm->pid,
			vm->uuid ? "  uuid " : "", vm->uuid ? vm->uuid : "");
	if (vm->vcpu_source)
		page_printf(page, 0, STYLE_DIM, "vCPU threads found %s", vm->vcpu_source);
}

/* What each pane makes of it on one line, then why where it is not known. */
static void add_verdicts(const struct vm *vm, struct page *page)
{
	int row = page_row(page);
	int col = canvas_text(&page->canvas, row, 0, -1, STYLE_NORMAL, "verdict:");

	for (size_t i = 0; panes[i]; i++) {
		enum verdict verdict = panes[i]->opinion(&(struct row){ .vm = vm }).verdict;
		const char *word = known_word(words_verdict, verdict);

		if (col + 3 + canvas_width(panes[i]->name) + canvas_width(word) > page->cols) {
			row = page_row(page);
			col = INDENT - 1;
		}
		col += canvas_printf(&page->canvas, row, col + 1, STYLE_DIM, "%s ", panes[i]->name) + 1;
		col += canvas_printf(&page->canvas, row, col,
			       verdict_disagrees(verdict) ? STYLE_GAP
			       : verdict == VERDICT_AGREE ? STYLE_NORMAL
							  : STYLE_DIM,
			       "%s%s", word, panes[i + 1] ? "," : "");
	}
	for (size_t i = 0; panes[i]; i++) {
		struct opinion opinion = panes[i]->opinion(&(struct row){ .vm = vm });

		if (opinion.reason)
			page_printf(page, INDENT, STYLE_DIM, "%s: %s", panes[i]->name, opinion.reason);
	}
}

static void add_findings(const struct snapshot *snap, const struct vm *vm, struct page *page)
{
	char since[FORMAT_SIZE];

	for (size_t i = 0; i < snap->n_finding; i++) {
		const struct finding *finding = &snap->finding[i];

		if (!finding->vm_key || !vm->key || strcmp(finding->vm_key, vm->key) != 0)
			continue;
		page_printf(page, 0, severity_style(finding->severity, STYLE_NORMAL),
			"%-2s %s (%s)", severity_mark(finding->severity), finding->text,
			format_duration(since, snap->time_s - finding->since_s));
	}
	page_blank(page);
}

/* Under cover they take one line each, whatever was found. */
static void add_judgement(const struct vm_view *view, struct page *page)
{
	if (page->cover & (COVER_GAP | COVER_PAGES)) {
		const int row = page_row(page);
		const int col = canvas_text(&page->canvas, row, 0, -1, STYLE_NORMAL, "verdict:");

		cover_fill(&page->canvas, row, col + 1, -1);
	} else {
		add_verdicts(view->vm, page);
	}
	if (page->cover & (COVER_FINDINGS | COVER_PAGES)) {
		cover_fill(&page->canvas, page_row(page), INDENT, -1);
		page_blank(page);
	} else {
		add_findings(view->snap, view->vm, page);
	}
}

/* Widths of the two sides and of the sparkline, from what the page has. */
struct sides {
	int promised, delivered, spark;
};

static struct sides sides_make(int cols)
{
	struct sides sides = { .promised = cols >= 72 ? 26 : cols / 3 };

	sides.spark = cols >= 88 ? 24 : cols >= 76 ? 12 : 0;
	sides.delivered = cols - INDENT - sides.promised - 2;
	if (sides.spark)
		sides.delivered -= sides.spark + 2;
	return sides;
}

static void draw_series(struct page *page, int row, int col, int width, const struct vm *vm,
	const struct history *history, enum series series, uint8_t style)
{
	double point[HISTORY_POINTS];
	size_t n = history_get(history, vm->key, series, point, HISTORY_POINTS);

	if (n > (size_t)width)
		n = (size_t)width; /* scaled by what is shown */
	n = history_get(history, vm->key, series, point, n);
	spark_draw(&page->canvas, row, col, width, style, point, n, spark_scale(point, n));
}

static void draw_promise(const struct vm_view *view, const struct promise *promise,
	const struct sides *sides, struct page *page)
{
	const int row = page_row(page), right = INDENT + sides->promised + 2;
	const bool covered = page->cover & COVER_PAGES;

	canvas_text(&page->canvas, row, INDENT, sides->promised, STYLE_NORMAL, promise->promised);
	if (covered && !promise->told) {
		cover_fill(&page->canvas, row, right, sides->delivered);
		if (sides->spark)
			cover_fill(&page->canvas, row, page->cols - sides->spark, sides->spark);
		return;
	}
	canvas_text(&page->canvas, row, right, sides->delivered,
		covered ? STYLE_GUEST : promise->style, promise->delivered);
	if (promise->series && sides->spark)
		draw_series(page, row, page->cols - sides->spark, sides->spark, view->vm,
			view->history, promise->series, covered ? STYLE_GUEST : promise->style);
}

static void add_promises(const struct vm_view *view, struct page *page)
{
	struct sides sides = sides_make(page->cols);
	struct promise promise[PROMISES_MAX];
	struct arena arena = { 0 };
	int row = page_row(page), right = INDENT + sides.promised + 2;
	size_t n = 0;

	canvas_text(&page->canvas, row, 0, sides.promised, STYLE_HEADING, "promised");
	canvas_text(&page->canvas, row, right, -1, STYLE_HEADING, "delivered");
	for (size_t i = 0; panes[i]; i++)
		if (panes[i]->promises)
			n += panes[i]->promises(view->vm, promise + n, PROMISES_MAX - n, &arena);
	for (size_t i = 0; i < n; i++)
		draw_promise(view, &promise[i], &sides, page);
	page_blank(page);
	arena_release(&arena);
}

static void add_sources(const struct vm *vm, struct page *page)
{
	page_heading(page, "sources");
	for (size_t i = 0; i < vm->n_source; i++) {
		const struct source *source = &vm->source[i];
		char age[FORMAT_SIZE], cost[FORMAT_SIZE];

		page_printf(page, INDENT, source_style(source->state),
			"%-8s %-11s  age %5s  cost %5s", source->name ? source->name : "-",
			words_source_state[source->state], format_age(age, source->age_s),
			format_ns(cost, source->cost_ms * 1e6));
		if (source->reason)
			page_text(page, INDENT + 9, STYLE_DIM, source->reason);
	}
}

void vmpage_build(const struct vm_view *view, struct page *page)
{
	const struct vm *vm = view->vm;
	int measured;

	add_facts(view->snap, vm, page);
	add_judgement(view, page);
	add_promises(view, page);
	measured = page->row;
	for (size_t i = 0; panes[i]; i++)
		if (panes[i]->detail)
			panes[i]->detail(view, page);
	if (page->cover & COVER_PAGES)
		cover_rows(page, measured);
	add_sources(vm, page);
}
