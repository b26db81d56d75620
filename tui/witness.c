// SPDX-License-Identifier: GPL-2.0-or-later
#include "tui/witness.h"

#include <stdlib.h>

#include "panes/pane.h"

struct witness *witness_new(void)
{
	struct witness *witness = xcalloc(1, sizeof(*witness));

	witness->judge = judge_new();
	witness->history = history_new();
	return witness;
}

void witness_free(struct witness *witness)
{
	if (!witness)
		return;
	judge_free(witness->judge);
	history_free(witness->history);
	free(witness);
}

static bool is_judged(const struct snapshot *snap)
{
	size_t i, k;

	for (i = 0; i < snap->n_vm; i++)
		for (k = 0; panes[k]; k++)
			if (panes[k]->opinion(&(struct row){ .vm = &snap->vm[i] }).verdict != VERDICT_UNKNOWN)
				return true;
	return snap->n_finding > 0;
}

void witness_judge(struct judge *judge, struct snapshot *snap, bool is_recorded)
{
	if (!is_recorded || !is_judged(snap))
		panes_judge(snap, judge);
	else
		judge_note(judge, snap);
}

void witness_add(struct witness *witness, struct snapshot *snap, bool is_recorded)
{
	witness_judge(witness->judge, snap, is_recorded);
	history_add(witness->history, snap);
}
