// SPDX-License-Identifier: GPL-2.0-or-later
#include "panes/steal.h"

#include <math.h>
#include <stdio.h>

#include "panes/format.h"
#include "panes/style.h"
#include "panes/vmpage.h"

static struct promise promise_cpus(const struct vm *vm, struct arena *arena)
{
	const struct steal *steal = &vm->steal;
	char asked[FORMAT_SIZE], got[FORMAT_SIZE], run[FORMAT_SIZE];

	format_count(asked, vm->vcpus);
	format_cpus(got, steal->got_cpus);
	return (struct promise){
		.promised = arena_printf(arena, "%s %s", asked, vm->vcpus == 1 ? "vCPU" : "vCPUs"),
		.delivered = isnan(steal->got_cpus)
				     ? "-"
				     : arena_printf(arena, "%s CPUs' worth of time (ran %s%%)", got,
					       format_pct(run, steal->host_run_pct)),
		.style = isnan(steal->got_cpus) ? STYLE_DIM : STYLE_HOST,
		.series = SERIES_RUN,
	};
}

static struct promise promise_at_once(const struct vm *vm, struct arena *arena)
{
	const struct steal *steal = &vm->steal;
	char wait[FORMAT_SIZE], worst[FORMAT_SIZE], quota[FORMAT_SIZE];
	const char *text;

	if (isnan(steal->host_delay_pct))
		text = "-";
	else if (steal->host_throttled_pct >= 1)
		text = arena_printf(arena, "waited %s%%, its quota %s%%",
			format_pct(wait, steal->host_wait_pct),
			format_pct(quota, steal->host_throttled_pct));
	else if (isnan(steal->worst_vcpu_wait_pct) || steal->worst_vcpu == UNKNOWN_U64 ||
		 vm->vcpus < 2)
		text = arena_printf(arena, "waited %s%%", format_pct(wait, steal->host_delay_pct));
	else
		text = arena_printf(arena, "waited %s%%, vcpu %llu %s%%",
			format_pct(wait, steal->host_delay_pct),
			(unsigned long long)steal->worst_vcpu,
			format_pct(worst, steal->worst_vcpu_wait_pct));
	return (struct promise){
		.promised = "a CPU when needed",
		.delivered = text,
		.style = isnan(steal->host_delay_pct)
				 ? STYLE_DIM
				 : severity_style(steal_severity(steal->host_delay_pct), STYLE_HOST),
		.series = SERIES_WAIT,
	};
}

static struct promise promise_told(const struct vm *vm, struct arena *arena)
{
	const struct steal *steal = &vm->steal;
	bool disagree = verdict_disagrees(steal->verdict);
	struct promise promise = {
		.promised = "a true steal clock",
		.style = disagree ? STYLE_GAP : STYLE_DIM,
		.series = SERIES_GUEST_STEAL,
	};
	char told[FORMAT_SIZE], gap[FORMAT_SIZE];

	if (steal->verdict == VERDICT_BLIND)
		promise.delivered = "none: the guest is blind";
	else if (isnan(steal->guest_steal_pct))
		promise.delivered = "- the guest's view is missing";
	else
		promise.delivered = arena_printf(arena, "guest was told %s%% (gap %s)",
			format_pct(told, steal->guest_steal_pct),
			format_gap(gap, steal->steal_gap_pct));
	if (promise.style == STYLE_DIM && steal->verdict == VERDICT_AGREE)
		promise.style = STYLE_GUEST;
	return promise;
}

size_t steal_promises(const struct vm *vm, struct promise *out, size_t max, struct arena *arena)
{
	size_t n = 0;

	if (n < max)
		out[n++] = promise_cpus(vm, arena);
	if (n < max)
		out[n++] = promise_at_once(vm, arena);
	if (n < max)
		out[n++] = promise_told(vm, arena);
	return n;
}

static struct opinion steal_opinion(const struct row *row)
{
	return (struct opinion){ row->vm->steal.verdict, row->vm->steal.verdict_reason };
}

/* Also those who are nobody, as quota and idle: the shares are of the whole wait. */
static size_t steal_culprits(const struct vm *vm, struct culprit *out, size_t max)
{
	const struct steal *steal = &vm->steal;
	size_t n = steal->n_thief < max ? steal->n_thief : max;

	for (size_t i = 0; i < n; i++) {
		const struct thief *thief = &steal->thief[i];

		out[i] = (struct culprit){
			.name = thief->name,
			.share_pct = thief->share_pct,
			.taken_pct = thief->share_pct * steal->host_delay_pct / 100,
		};
	}
	return n;
}

static void steal_detail(const struct vm_view *view, struct page *page)
{
	vmpage_vcpus(view->vm, page);
	vmpage_history(view, page);
	vmpage_thieves(view->vm, page);
	vmpage_waits(view->vm, judge_windows(view->judge), page);
	vmpage_exits(view->vm, page);
}

const struct pane pane_steal = {
	.name = "steal",
	.title = "steal",
	.select = ACTION_PANE_1,
	.summary = "CPU time that vCPUs asked for, got and waited for, beside what the guest was "
		   "told.",
	.in_grid = true,
	.table = &steal_table,
	.explanation = steal_explanation,
	.judge = steal_judge,
	.opinion = steal_opinion,
	.promises = steal_promises,
	.culprits = steal_culprits,
	.detail = steal_detail,
};
