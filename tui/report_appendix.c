// SPDX-License-Identifier: GPL-2.0-or-later
#include "panes/screen.h"
#include "probes/text.h"
#include "tui/report.h"

static bool came_before(const struct report *report, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (text_same(report->group[k].worst->rule, report->group[i].worst->rule))
			return true;
	return false;
}

/* Of no VM: the commands are for all that have it. */
static void add_rule(
	const struct explanation *explanation, struct arena *arena, struct document *document)
{
	const struct finding of_all = { .rule = explanation->rule };

	document_title(
		document, 3, arena_printf(arena, "%s (%s)", explanation->title, explanation->rule));
	document_item(document, "why", explanation->mechanism);
	document_item(document, "the trap", explanation->trap);
	document_end_list(document);
	document_text(document, "What to look at next:");
	document_code(document, explain_next(explanation, NULL, &of_all, arena));
}

void report_appendix(const struct report *report, struct document *document)
{
	struct arena arena = { 0 };

	if (report->n_group)
		document_title(document, 2, "What they mean");
	for (size_t i = 0; i < report->n_group; i++) {
		const struct explanation *explanation =
			pane_explanation(report->group[i].worst->rule);

		if (explanation && !came_before(report, i))
			add_rule(explanation, &arena, document);
	}
	arena_release(&arena);
}
