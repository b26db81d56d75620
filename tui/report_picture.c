// SPDX-License-Identifier: GPL-2.0-or-later
#include "tui/report.h"

static void add_minute(const struct report *report, const struct moment *moment,
	struct arena *arena, struct document *document)
{
	const struct minute *minute = &moment->minute;
	struct page page;

	if (!moment->vm || !minute->n)
		return;
	document_text(document,
		arena_printf(arena,
			"%s from %s to %s, both views on one scale, a row each; of what falls into "
			"one column the largest:",
			moment->vm, report_time(report, minute->from_s, arena),
			report_time(report, minute->to_s, arena)));
	page_init(&page, DOCUMENT_COLS);
	worst_draw_minute(minute, &page);
	document_canvas(document, &page.canvas);
	page_release(&page);
}

void report_picture(const struct report *report, struct document *document)
{
	const struct moment *moment = worst_get(report->worst);
	struct arena arena = { 0 };

	if (!moment)
		return;
	document_title(document, 2,
		arena_printf(
			&arena, "The worst moment, %s", report_time(report, moment->at_s, &arena)));
	document_canvas(document, &moment->findings);
	if (moment->pane)
		document_text(document, arena_printf(&arena, "The %s pane then:", moment->pane));
	document_canvas(document, &moment->head);
	document_canvas(document, &moment->table);
	add_minute(report, moment, &arena, document);
	arena_release(&arena);
}
