// SPDX-License-Identifier: GPL-2.0-or-later
#include "panes/screen.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "panes/cover.h"
#include "panes/format.h"
#include "panes/style.h"
#include "probes/schema.h"

static const char *const seen_from[] = {
	[COLUMN_NAME] = "",
	[COLUMN_HOST] = ", as the host measures it",
	[COLUMN_GUEST] = ", as the guest believes it",
	[COLUMN_GAP] = "",
};

/* "; else " between the steps of a ladder: each on a line, best first. */
static void ladder(struct page *page, const char *origin, struct arena *arena)
{
	static const char between[] = "; else ";
	int step = 1;

	while (origin && *origin) {
		const char *end = strstr(origin, between);
		size_t len = end ? (size_t)(end - origin) : strlen(origin);

		page_printf(page, 2, STYLE_NORMAL, "%d. %s", step++,
			arena_printf(arena, "%.*s", (int)len, origin));
		origin = end ? end + strlen(between) : NULL;
	}
}

static void source_lines(struct page *page, const struct source *source)
{
	char age[FORMAT_SIZE], cost[FORMAT_SIZE];

	page_printf(page, 2, source_style(source->state), "%s: %s",
		source->name ? source->name : "-", words_source_state[source->state]);
	if (!isnan(source->age_s))
		page_printf(page, 2, STYLE_NORMAL, "read %s ago", format_age(age, source->age_s));
	if (!isnan(source->cost_ms))
		page_printf(page, 2, STYLE_NORMAL, "the last reading took %s",
			format_ns(cost, source->cost_ms * 1e6));
	if (source->reason)
		page_printf(page, 2, STYLE_WATCH, "%s", source->reason);
}

static const char *source_name(const struct vm *vm, const struct column *column)
{
	return column->source_of ? column->source_of(vm) : column->source;
}

/* The VM's own source goes before the probe as a whole: it knows more. */
static const struct source *column_source(
	const struct snapshot *snap, const struct vm *vm, const struct column *column)
{
	const char *name = source_name(vm, column);
	const struct source *own = vm_source(vm, name);

	return own ? own : snapshot_source(snap->source, snap->n_source, name);
}

/* One sentence, always: a number that is missing has a reason. */
static const char *why_unknown(const struct snapshot *snap, const char *verdict_reason,
	const struct column *column, const struct source *source)
{
	if (column->group == COLUMN_GAP && verdict_reason)
		return verdict_reason;
	if (source && source->state != SOURCE_OK && source->reason)
		return source->reason;
	if (judge_no_rates(snap))
		return judge_no_rates(snap);
	if (source && source->state != SOURCE_OK)
		return "its source has no values now";
	return "its source answers, but does not tell this figure; a counter that is new or went "
	       "back tells it from the next reading on";
}

/* What it is now, or why that is not known. */
static void explain_value(const struct snapshot *snap, const struct pane *pane,
	const struct row *row, const struct column *column, struct page *page)
{
	const char *reason = pane->opinion(row).reason;
	struct cell_text cell = { "", STYLE_NORMAL };
	bool unknown;

	column->format(row, &cell);
	unknown = !strcmp(cell.text, "-");
	page_printf(page, 0, cover_style(page->cover, column, cell.style), "%s %s",
		*cell.text ? cell.text : "none", unknown || !*cell.text ? "" : column->unit);
	if (unknown)
		page_printf(page, 0, STYLE_WATCH, "unknown: %s",
			why_unknown(snap, reason, column, column_source(snap, row->vm, column)));
	else if (column->group == COLUMN_GAP && reason)
		page_text(page, 0, STYLE_NORMAL, reason);
}

static void cover_value(const struct column *column, struct page *page)
{
	cover_fill(&page->canvas, page_row(page), 0, column->width);
	page_text(page, 0, STYLE_NORMAL,
		"covered: the guest cannot see this. What it is and where it comes from follows.");
}

static bool is_covered(unsigned cover, const struct column *column)
{
	return cover & COVER_PAGES ? cover_hides(COVER_ALL, column) : cover_hides(cover, column);
}

void explain_cell(const struct snapshot *snap, const struct pane *pane, const struct row *row,
	const struct column *column, struct page *page)
{
	const struct vm *vm = row->vm;
	const char *item = pane->table->item_name ? pane->table->item_name(row) : NULL;
	const struct source *source = column_source(snap, vm, column);
	struct arena arena = { 0 };

	page_printf(page, 0, STYLE_TITLE, "%s of %s%s%s%s", column->key, vm->name ? vm->name : "-",
		item ? " " : "", item ? item : "", seen_from[column->group]);
	if (is_covered(page->cover, column))
		cover_value(column, page);
	else
		explain_value(snap, pane, row, column, page);
	page_blank(page);
	page_heading(page, "meaning");
	page_text(page, 2, STYLE_NORMAL, column->help);
	page_blank(page);
	page_heading(page, "where it comes from, best first");
	ladder(page, column->origin, &arena);
	page_blank(page);
	page_heading(page, "source");
	if (source)
		source_lines(page, source);
	else
		page_printf(page, 2, STYLE_WATCH, "%s does not report here",
			source_name(vm, column));
	arena_release(&arena);
}

/* May this stand unquoted on a command line that somebody will paste into a root shell? */
static bool is_plain_word(const char *text)
{
	return text && *text && *text != '-' &&
	       strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") ==
		       strlen(text);
}

static const char *vm_word(const struct vm *vm)
{
	if (vm && is_plain_word(vm->name))
		return vm->name;
	return vm && is_plain_word(vm->uuid) ? vm->uuid : "VM";
}

static const char *number_word(uint64_t number, const char *unknown, struct arena *arena)
{
	char text[FORMAT_SIZE];

	if (number == UNKNOWN_U64)
		return unknown;
	return arena_strdup(arena, format_id(text, number));
}

/* The vCPU that the finding is about, else the one that waits longest. */
static uint64_t finding_tid(const struct vm *vm, const struct finding *finding)
{
	unsigned long long id;

	if (!vm)
		return UNKNOWN_U64;
	if (!strcmp(finding->rule, "pinning-drift"))
		return vm->pinning.drifter_tid;
	if (!finding->subject || sscanf(finding->subject, "vcpu %llu", &id) != 1)
		id = vm->steal.worst_vcpu;
	for (size_t i = 0; i < vm->steal.n_vcpu; i++)
		if (vm->steal.vcpu[i].id == id)
			return vm->steal.vcpu[i].tid;
	return UNKNOWN_U64;
}

/* The first word of a subject, "vda" of "vda w": the device, where a rule speaks of one. */
static const char *device_word(const struct finding *finding, struct arena *arena)
{
	const char *subject = finding->subject;
	const char *word = subject ? arena_printf(arena, "%.*s", (int)strcspn(subject, " "), subject)
				   : NULL;

	return is_plain_word(word) ? word : "DEVICE";
}

/* Put names and numbers of what was found into a command. */
static const char *expand(const char *text, const struct vm *vm, const struct finding *finding,
	struct arena *arena)
{
	const struct {
		const char *from, *to;
	} word[] = {
		{ "{vm}", vm_word(vm) },
		{ "{pid}", number_word(vm ? vm->pid : UNKNOWN_U64, "PID", arena) },
		{ "{tid}", number_word(finding_tid(vm, finding), "TID", arena) },
		{ "{dev}", device_word(finding, arena) },
	};

	for (size_t i = 0; i < sizeof(word) / sizeof(word[0]); i++) {
		const char *at;

		while ((at = strstr(text, word[i].from)))
			text = arena_printf(arena, "%.*s%s%s", (int)(at - text), text, word[i].to,
				at + strlen(word[i].from));
	}
	return text;
}

const char *explain_next(const struct explanation *explanation, const struct vm *vm,
	const struct finding *finding, struct arena *arena)
{
	return expand(explanation->next, vm, finding, arena);
}

static void explain_rule(const struct explanation *explanation, const struct vm *vm,
	const struct finding *finding, struct page *page)
{
	struct arena arena = { 0 };

	page_heading(page, "why it happens");
	page_text(page, 2, STYLE_NORMAL, explanation->mechanism);
	page_blank(page);
	page_heading(page, "the trap");
	page_text(page, 2, STYLE_NORMAL, explanation->trap);
	page_blank(page);
	page_heading(page, "what to look at next");
	page_text(page, 2, STYLE_KEY, explain_next(explanation, vm, finding, &arena));
	arena_release(&arena);
}

/* A finding is what the guest does not see: neither which it is nor whose. */
static void cover_finding(struct page *page)
{
	enum { LINES = 2 };

	page_text(page, 0, STYLE_TITLE, "a finding, covered");
	for (int i = 0; i < LINES; i++)
		cover_fill(&page->canvas, page_row(page), 0, -1);
	page_blank(page);
	page_text(page, 0, STYLE_NORMAL,
		"It holds what the host measures. What would you conclude from the inside?");
}

void explain_finding(const struct snapshot *snap, const struct finding *finding, struct page *page)
{
	const struct explanation *explanation = pane_explanation(finding->rule);
	const struct vm *vm = finding->vm_key ? snapshot_vm(snap, finding->vm_key) : NULL;
	char since[FORMAT_SIZE];

	if (page->cover & (COVER_FINDINGS | COVER_PAGES)) {
		cover_finding(page);
		return;
	}
	page_text(page, 0, STYLE_TITLE, explanation ? explanation->title : finding->rule);
	page_printf(page, 0, severity_style(finding->severity, STYLE_NORMAL), "%s %s: %s",
		severity_mark(finding->severity), finding->vm ? finding->vm : "host",
		finding->text ? finding->text : "-");
	page_printf(page, 0, STYLE_DIM, "%s%s%s, for %s", words_severity[finding->severity],
		finding->vm ? ", verdict " : "", finding->vm ? words_verdict[finding->verdict] : "",
		format_duration(since, snap->time_s - finding->since_s));
	page_blank(page);
	if (explanation)
		explain_rule(explanation, vm, finding, page);
	else
		page_text(page, 0, STYLE_DIM, "nothing is known about this rule");
}
