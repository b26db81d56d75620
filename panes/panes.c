// SPDX-License-Identifier: GPL-2.0-or-later
#include "panes/pane.h"

#include <string.h>

#define PANE(name) extern const struct pane pane_##name;
#include "panes/list.h"
#undef PANE

#define PANE(name) &pane_##name,
const struct pane *const panes[] = {
#include "panes/list.h"
	NULL
};
#undef PANE

const struct pane *pane_by_name(const char *name)
{
	for (size_t i = 0; panes[i]; i++)
		if (!strcmp(panes[i]->name, name))
			return panes[i];
	return NULL;
}

const struct explanation *pane_explanation(const char *rule)
{
	for (size_t i = 0; rule && panes[i]; i++)
		for (const struct explanation *e = panes[i]->explanation; e && e->rule; e++)
			if (!strcmp(e->rule, rule))
				return e;
	return NULL;
}

void panes_judge(struct snapshot *snap, struct judge *judge)
{
	judge_begin(judge, snap);
	for (size_t i = 0; panes[i]; i++)
		panes[i]->judge(snap, judge);
	judge_end(judge);
}
