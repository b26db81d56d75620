// SPDX-License-Identifier: GPL-2.0-or-later
#include "panes/pinning.h"

#include <math.h>
#include <string.h>

#include "panes/format.h"
#include "panes/style.h"
#include "probes/schema.h"

/* The one place that all its vCPUs are meant for; NULL: none, or several. */
static const char *common_pin(const struct pinning *pinning, bool *several)
{
	const char *common = NULL;

	*several = false;
	for (size_t i = 0; i < pinning->n_pinned; i++) {
		const struct pinned *row = &pinning->pinned[i];

		if (row->kind != PINNED_VCPU || !row->configured)
			continue;
		*several |= common && strcmp(common, row->configured) != 0;
		common = row->configured;
	}
	return common;
}

static struct promise promise_drifted(const struct pinning *pinning, struct arena *arena)
{
	return (struct promise){
		.promised = pinning->configured
				    ? arena_printf(arena, "CPUs %s", pinning->configured)
				    : "CPUs of its other vCPUs",
		.delivered = arena_printf(
			arena, "%s on %s", pinning->drifter, pinning->real ? pinning->real : "-"),
		.style = STYLE_WARN,
	};
}

static const char *where_it_is(const struct pinning *pinning, bool configured, struct arena *arena)
{
	const char *cpus = pinning_cpus(pinning->cpus, pinning->cpus_count, arena);
	char demand[FORMAT_SIZE], count[FORMAT_SIZE];

	if (!pinning->bound)
		return arena_printf(arena, "any of %s", format_id(count, pinning->cpus_count));
	if (!isnan(pinning->demand_pct))
		return arena_printf(arena, "%s%s, of which %s%% are asked", configured ? "" : "only ",
			cpus, format_pct(demand, pinning->demand_pct));
	return arena_printf(arena, "%s%s", configured ? "" : "only ", cpus);
}

/* Without a definition nobody knows what was promised. */
static const char *where_it_was_meant(const struct vm *vm, const char *pin, bool several,
	struct arena *arena)
{
	if (several)
		return "CPUs for each vCPU";
	if (pin)
		return arena_printf(arena, "CPUs %s", pin);
	return vm->in_libvirt ? "any CPU" : "CPUs: not known";
}

static size_t pinning_promises(const struct vm *vm, struct promise *out, size_t max, struct arena *arena)
{
	const struct pinning *pinning = &vm->pinning;
	bool several;
	const char *pin = common_pin(pinning, &several);

	if (max == 0 || (!pinning->cpus && !pinning->drifter))
		return 0;
	if (pinning->drifter) {
		out[0] = promise_drifted(pinning, arena);
		return 1;
	}
	out[0] = (struct promise){
		.promised = where_it_was_meant(vm, pin, several, arena),
		.delivered = where_it_is(pinning, pin != NULL, arena),
		.style = severity_style(pinning_vm_severity(vm), STYLE_HOST),
	};
	return 1;
}

static struct opinion pinning_opinion(const struct row *row)
{
	return (struct opinion){ row->vm->pinning.verdict, row->vm->pinning.verdict_reason };
}

enum { INDENT = 2, KIND = 16, CPUS = 14, PCT = 6, TID = 8 };

static const struct cpuset *set_of(const struct snapshot *snap, const char *cpus)
{
	for (size_t i = 0; cpus && i < snap->n_cpuset; i++)
		if (snap->cpuset[i].cpus && strcmp(snap->cpuset[i].cpus, cpus) == 0)
			return &snap->cpuset[i];
	return NULL;
}

static void add_others(
	const struct vm *vm, const struct cpuset *set, struct canvas *canvas, int row, int col)
{
	bool first = true;

	for (size_t i = 0; set && set->bound && i < set->n_cpuset_share; i++) {
		const struct cpuset_share *share = &set->cpuset_share[i];
		char demand[FORMAT_SIZE];

		if (share->vm && share->pid == vm->pid)
			continue;
		col += canvas_printf(canvas, row, col, STYLE_NORMAL, "%s%s%s %s", first ? "" : ", ",
			share->vm ? "" : "process ", share->name ? share->name : "-",
			format_pct(demand, share->demand_pct));
		first = false;
	}
}

static void put_kind(const struct pinned *pinned, struct canvas *canvas, int row, int col)
{
	bool several = pinned->kind != PINNED_VCPU && pinned->threads > 1 &&
		       pinned->threads != UNKNOWN_U64;
	struct arena arena = { 0 };
	int used;

	used = canvas_text(canvas, row, col, KIND - 1, STYLE_NORMAL,
		arena_printf(&arena, "%s %s", words_pinned_kind[pinned->kind],
			pinned->ids ? pinned->ids : ""));
	if (several && used < KIND - 1)
		canvas_text(canvas, row, col + used, KIND - 1 - used, STYLE_DIM,
			arena_printf(&arena, "(%llu)", (unsigned long long)pinned->threads));
	arena_release(&arena);
}

static void add_row(const struct vm_view *view, const struct pinned *pinned, struct page *page)
{
	struct canvas *canvas = &page->canvas;
	const struct cpuset *set = set_of(view->snap, pinned->cpus);
	const enum severity severity =
		set ? pinning_fight_severity(view->snap, set) : SEVERITY_NONE;
	const uint8_t style = pinned->drifted ? STYLE_WARN : STYLE_HOST;
	char own[FORMAT_SIZE], all[FORMAT_SIZE], tid[FORMAT_SIZE];
	int row = page_row(page), col = INDENT;

	put_kind(pinned, canvas, row, col);
	col += KIND;
	canvas_printf(canvas, row, col, STYLE_DIM, "%7s", format_id(tid, pinned->tid));
	col += TID;
	canvas_text(canvas, row, col, CPUS - 1, pinned->cpus ? style : STYLE_DIM,
		pinned->cpus && set && !set->bound ? "any" : pinned->cpus);
	col += CPUS;
	canvas_text(canvas, row, col, CPUS - 1, pinned->configured ? style : STYLE_DIM, pinned->configured);
	col += CPUS;
	canvas_printf(canvas, row, col, STYLE_HOST, "%5s", format_pct(own, pinned->demand_pct));
	col += PCT;
	canvas_printf(canvas, row, col, severity_style(severity, STYLE_HOST), "%5s",
		format_pct(all, set ? set->demand_pct : NAN));
	add_others(view->vm, set, canvas, row, col + PCT);
	if (pinned->reason)
		page_text(page, INDENT + KIND + TID, STYLE_DIM, pinned->reason);
}

static void pinning_detail(const struct vm_view *view, struct page *page)
{
	const struct pinning *pinning = &view->vm->pinning;
	int row, col = INDENT + KIND;

	if (pinning->n_pinned == 0)
		return;
	page_heading(page, "its threads by CPU set: what they ask of a CPU, and all of the set, %");
	row = page_row(page);
	canvas_text(&page->canvas, row, INDENT, -1, STYLE_HEADING, "threads");
	canvas_printf(&page->canvas, row, col, STYLE_HEADING, "%7s %-*s%-*s%5s %5s beside", "tid", CPUS,
		"may run on", CPUS, "configured", "ask", "set");
	for (size_t i = 0; i < pinning->n_pinned; i++)
		add_row(view, &pinning->pinned[i], page);
	page_blank(page);
}

const struct pane pane_pinning = {
	.name = "pinning",
	.title = "pinning",
	.select = ACTION_PANE_6,
	.summary = "The CPUs that each VM is bound to, who else is, what all of them ask, and whether "
		   "threads are where they were meant to be.",
	.table = &pinning_table,
	.explanation = pinning_explanation,
	.judge = pinning_judge,
	.opinion = pinning_opinion,
	.head = pinning_map,
	.promises = pinning_promises,
	.detail = pinning_detail,
};
