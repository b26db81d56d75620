// SPDX-License-Identifier: GPL-2.0-or-later
#include "panes/steal.h"

#include <math.h>
#include <stdlib.h>

#include "panes/format.h"
#include "panes/steal_differ.h"
#include "panes/style.h"
#include "probes/schema.h"

/* Why there is nothing to compare. No key is named: keys are data, and may be bound anew. */
static const char *missing_reason(const struct vm *vm, const struct snapshot *snap)
{
	if (vm->steal.verdict_reason)
		return vm->steal.verdict_reason;
	if (judge_no_rates(snap))
		return judge_no_rates(snap);
	if (isnan(vm->steal.host_delay_pct))
		return "the host's view is missing";
	if (!judge_guest_is_asked(vm))
		return judge_not_asked;
	return "the guest's view is missing";
}

static void set_verdict(struct vm *vm, enum verdict verdict, const char *reason)
{
	vm->steal.verdict = verdict;
	vm->steal.verdict_reason = reason;
}

static void set_verdict_of(
	struct snapshot *snap, struct vm *vm, unsigned now, unsigned lasting)
{
	/* Of those that last, one that is there now, and the gravest. */
	unsigned of = lasting & now ? lasting & now : lasting;

	if (vm_is_halted(vm))
		set_verdict(vm, VERDICT_UNKNOWN, judge_halted(snap, vm));
	else if (of)
		set_verdict(vm, differ_verdict((enum difference_id)__builtin_ctz(of)), NULL);
	else if (isnan(vm->steal.host_delay_pct))
		set_verdict(vm, VERDICT_UNKNOWN, missing_reason(vm, snap));
	else if (differ_has_no_clock(vm))
		set_verdict(vm, VERDICT_BLIND, differ_why_blind(vm));
	else if (isnan(vm->steal.gap_pct))
		set_verdict(vm, VERDICT_UNKNOWN, missing_reason(vm, snap));
	else if (differ_is_stale(vm))
		set_verdict(vm, VERDICT_UNKNOWN, judge_guest_is_old);
	else if (now)
		set_verdict(vm, VERDICT_UNKNOWN,
			"they differ, but did not in 2 of the last 3 intervals");
	else if (differ_is_uncertain(vm))
		set_verdict(vm, VERDICT_UNKNOWN, "they differ by less than the error of measuring");
	else
		set_verdict(vm, VERDICT_AGREE, NULL);
}

static void judge_vm(struct snapshot *snap, struct vm *vm, struct judge *judge)
{
	const unsigned now = vm_is_halted(vm) ? 0 : differ_now(vm);

	set_verdict_of(snap, vm, now, differ_lasting(judge, snap, vm, now));
	steal_waits(vm, judge_windows(judge), &snap->arena);
	if (!vm_is_halted(vm))
		steal_report(snap, vm, now, judge);
}

static void judge_host(struct snapshot *snap, struct judge *judge)
{
	const struct host *host = &snap->host;
	enum severity severity = steal_severity(host->steal_pct);
	char steal[FORMAT_SIZE];

	if (!host->is_guest || severity == SEVERITY_NONE)
		return;
	judge_report(judge,
		&(struct finding){
			.pane = "steal",
			.rule = "host-steal",
			.severity = severity,
			.text = arena_printf(&snap->arena,
				"this host is a guest, and the one below takes %s%% of its CPUs",
				format_pct(steal, host->steal_pct)),
		},
		NAN);
}

void steal_judge(struct snapshot *snap, struct judge *judge)
{
	judge_host(snap, judge);
	for (size_t i = 0; i < snap->n_vm; i++)
		judge_vm(snap, &snap->vm[i], judge);
}

enum severity steal_gap_severity(const struct vm *vm)
{
	const unsigned now = differ_now(vm);
	enum severity worst = SEVERITY_INFO;

	if (vm_is_halted(vm))
		return SEVERITY_NONE;
	if (vm->steal.verdict == VERDICT_BLIND)
		return steal_trouble(&vm->steal);
	if (!verdict_disagrees(vm->steal.verdict))
		return SEVERITY_NONE;
	for (size_t i = 0; i < N_DIFFERENCE; i++) {
		enum severity severity = now & 1u << i ? differ_severity((enum difference_id)i, vm)
						       : SEVERITY_NONE;

		if (severity > worst)
			worst = severity;
	}
	return worst;
}
