// SPDX-License-Identifier: GPL-2.0-or-later
#include "tui/verdicts.h"

#include "panes/pane.h"

static bool is_judged(const struct snapshot *snap)
{
	size_t i, k;

	for (i = 0; i < snap->n_vm; i++)
		for (k = 0; panes[k]; k++)
			if (panes[k]->opinion(&(struct row){ .vm = &snap->vm[i] }).verdict !=
				VERDICT_UNKNOWN)
				return true;
	return snap->n_finding > 0;
}

void verdicts_add(const struct feed *feed, struct snapshot *snap, struct judge *judge)
{
	if (feed_is_replay(feed))
		verdicts_add_recorded(snap, judge);
	else
		panes_judge(snap, judge);
}

void verdicts_add_recorded(struct snapshot *snap, struct judge *judge)
{
	if (is_judged(snap))
		judge_note(judge, snap);
	else
		panes_judge(snap, judge);
}
