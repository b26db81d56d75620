// SPDX-License-Identifier: GPL-2.0-or-later
#include "panes/numa.h"

#include <math.h>
#include <stdio.h>

#include "panes/format.h"
#include "panes/style.h"

static size_t numa_promises(
	const struct vm *vm, struct promise *out, size_t max, struct arena *arena)
{
	const struct numa *numa = &vm->numa;
	char local[FORMAT_SIZE], error[FORMAT_SIZE], factor[FORMAT_SIZE] = "-";
	bool unknown = isnan(numa->host_local_pct);
	const char *text = "-";

	if (max == 0)
		return 0;
	if (!isnan(numa->latency_factor))
		snprintf(factor, sizeof(factor), "%.2f", fmin(numa->latency_factor, 99));
	if (numa->n_host_mem_pct == 1)
		text = "all of it: the host has one node";
	else if (!unknown)
		text = arena_printf(arena, "%s%% (±%s), %s times the latency",
			format_pct(local, numa->host_local_pct),
			format_pct(error, numa->host_local_error_pct), factor);
	out[0] = (struct promise){
		.promised = numa->guest_nodes == 1 ? "all of it on its own node" : "local memory",
		.delivered = text,
		.style = unknown ? STYLE_DIM : severity_style(numa_severity(vm), STYLE_HOST),
		.series = SERIES_LOCAL,
	};
	return 1;
}

static struct opinion numa_opinion(const struct row *row)
{
	return (struct opinion){ row->vm->numa.verdict, row->vm->numa.verdict_reason };
}

const struct pane pane_numa = {
	.name = "numa",
	.title = "numa",
	.select = ACTION_PANE_2,
	.summary = "On which nodes memory lies and vCPUs run, and how far that is from what the "
		   "guest must assume.",
	.in_grid = true,
	.table = &numa_table,
	.explanation = numa_explanation,
	.judge = numa_judge,
	.opinion = numa_opinion,
	.head = numa_head,
	.promises = numa_promises,
	.detail = numa_detail,
};
