// SPDX-License-Identifier: GPL-2.0-or-later
#include <math.h>

#include "panes/format.h"
#include "panes/pane.h"
#include "panes/style.h"
#include "panes/timeline.h"
#include "probes/schema.h"
#include "tui/report.h"

enum { STRIPS_MOST = 60 };

static bool is_there_at_the_end(const struct report *report, double end_s)
{
	return end_s >= report->recording.last_s;
}

static const char *begin_text(
	const struct report *report, const struct span *span, struct arena *arena)
{
	if (span->begin_s <= 0)
		return "before";
	return report_time(report, span->begin_s, arena);
}

static double length_of(const struct report *report, const struct span *span)
{
	const double begin_s = span->begin_s > 0 ? span->begin_s : report->recording.from_s;

	return fmax(span->end_s - begin_s, 0); /* the clock may have gone back */
}

static const char *about(const struct span *span, struct arena *arena)
{
	if (!span->subject)
		return span->rule ? span->rule : "-";
	return arena_printf(arena, "%s %s", span->rule ? span->rule : "-", span->subject);
}

static void add_overview(
	const struct report *report, struct arena *arena, struct document *document)
{
	const int clock = report->with_date ? 14 : 8;
	const struct document_column column[] = { { "#", 4 }, { "", 2 },
		{ "VM", report->with_date ? 12 : 16 }, { "finding", report->with_date ? 16 : 20 },
		{ "begin", clock }, { "end", clock }, { "lasted", 6 }, { "times", 5 } };

	document_table(document, column, sizeof(column) / sizeof(column[0]));
	for (size_t i = 0; i < report->n_group; i++) {
		const struct group *group = &report->group[i];
		const struct span *worst = group->worst;
		char lasted[FORMAT_SIZE];
		const double total_s = group->n == 1 ? length_of(report, worst) : group->total_s;
		const char *const cell[] = { arena_printf(arena, "%zu", i + 1),
			severity_mark(worst->severity), report_vm(worst), about(worst, arena),
			begin_text(report, group->span[0], arena),
			is_there_at_the_end(report, group->end_s)
				? "still on"
				: report_time(report, group->end_s, arena),
			format_duration(lasted, total_s), arena_printf(arena, "%zu", group->n) };

		document_row(document, cell);
	}
	document_end_table(document);
}

/* The same over time. */
static void add_strips(const struct report *report, struct arena *arena, struct document *document)
{
	const struct recording *recording = &report->recording;
	const size_t shown = report->n_group < STRIPS_MOST ? report->n_group : STRIPS_MOST;
	const struct timeline timeline = { .from_s = recording->from_s,
		.to_s = recording->to_s,
		.gap = recording->gap,
		.n_gap = recording->n_gap,
		.utc_offset_s = report_utc_offset_s(report, recording->from_s) };
	struct canvas canvas;

	canvas_init(&canvas, (int)shown + 1, DOCUMENT_COLS);
	timeline_draw(&timeline, report->group, shown, NAN, &canvas);
	document_canvas(document, &canvas);
	canvas_release(&canvas);
	if (shown < report->n_group)
		document_text(document,
			arena_printf(arena, "The strips are those of the first %zu.", shown));
}

/* "22:50:18 (before the recording) to 22:52:35, 2m17s" */
static const char *life(const struct report *report, const struct span *span, struct arena *arena)
{
	const bool before = span->begin_s < report->recording.from_s;
	char length[FORMAT_SIZE];

	return arena_printf(arena, "%s%s to %s%s, %s%s",
		span->begin_s > 0 ? report_time(report, span->begin_s, arena) : "unknown",
		before ? " (before the recording)" : "", report_time(report, span->end_s, arena),
		is_there_at_the_end(report, span->end_s) ? " (still there at the end)" : "",
		span->begin_s > 0 ? "" : "at least ",
		format_duration(length, length_of(report, span)));
}

static const char *lives(
	const struct report *report, const struct group *group, struct arena *arena)
{
	char total[FORMAT_SIZE];

	return arena_printf(arena, "%zu times, %s in all, from %s to %s; the worst: %s", group->n,
		format_duration(total, group->total_s), begin_text(report, group->span[0], arena),
		report_time(report, group->end_s, arena), life(report, group->worst, arena));
}

static void add_side(struct document *document, const char *label, const char *text)
{
	if (text && *text)
		document_item(document, label, text);
}

static void add_peak(const struct report *report, const struct span *span, struct arena *arena,
	struct document *document)
{
	const struct peak *peak = peaks_find(report->peaks, span);
	const char *figure = peak ? peak->side[PEAK_FIGURE] : NULL;

	document_item(document, "worst",
		arena_printf(arena, "%s%s%s%s%s, at %s", words_severity[span->severity],
			span->vm ? ", verdict " : "",
			span->vm ? words_verdict[peak ? peak->verdict : span->verdict] : "",
			figure ? ": " : "", figure ? figure : "",
			report_time(report, peak ? peak->at_s : span->worst_s, arena)));
	document_item(document, "it said", peak && peak->text ? peak->text : span->text);
	if (!peak)
		return;
	add_side(document, "host", peak->side[PEAK_HOST]);
	add_side(document, "guest", peak->side[PEAK_GUEST]);
	add_side(document, "gap", peak->side[PEAK_GAP]);
	add_side(document, "cause", peak->side[PEAK_BLAME]);
	add_side(document, "thieves", peak->side[PEAK_CULPRITS]);
	add_side(document, "all its life", peaks_culprits(report->peaks, span, arena));
}

static void add_group(
	const struct report *report, size_t i, struct arena *arena, struct document *document)
{
	const struct group *group = &report->group[i];
	const struct span *worst = group->worst;
	const struct explanation *explanation = pane_explanation(worst->rule);

	document_title(document, 3,
		arena_printf(arena, "%zu. %s%s%s: %s", i + 1, report_vm(worst),
			worst->subject ? ", " : "", worst->subject ? worst->subject : "",
			explanation   ? explanation->title
			: worst->rule ? worst->rule
				      : "-"));
	document_item(document, "when",
		group->n == 1 ? life(report, worst, arena) : lives(report, group, arena));
	add_peak(report, worst, arena, document);
	document_end_list(document);
}

static void add_none(struct document *document)
{
	document_text(document,
		"There are none: nothing that was watched went above its threshold in 2 of 3 "
		"snapshots. What was not watched is among the sources above.");
}

static void add_forgotten(
	const struct report *report, struct arena *arena, struct document *document)
{
	const size_t n = spans_forgotten(report->spans);

	if (n)
		document_text(document,
			arena_printf(arena, "%zu more that ended early are left out: %d are kept.",
				n, SPANS_MOST));
}

void report_findings(const struct report *report, struct document *document)
{
	struct arena arena = { 0 };

	document_title(document, 2, "Findings");
	if (report->n_group) {
		add_overview(report, &arena, document);
		add_strips(report, &arena, document);
		add_forgotten(report, &arena, document);
	} else {
		add_none(document);
	}
	for (size_t i = 0; i < report->n_group; i++) {
		arena_clear(&arena);
		add_group(report, i, &arena, document);
	}
	arena_release(&arena);
}
