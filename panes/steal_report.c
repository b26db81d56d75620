// SPDX-License-Identifier: GPL-2.0-or-later
#include "panes/steal_differ.h"

#include <math.h>
#include <stdio.h>

#include "panes/format.h"

static const double QUOTA_PCT = 1;  /* throttled less than this is not worth a word */

static void report(struct judge *judge, const struct vm *vm, const char *rule,
	enum severity severity, const char *text, double reading_s)
{
	judge_report_vm(judge, vm,
		&(struct finding){
			.pane = "steal",
			.rule = rule,
			.verdict = vm->steal.verdict,
			.severity = severity,
			.text = text,
		},
		reading_s);
}

/*
 * Beside what the guest's clock told: what the kernel had counted by then. That has the quota's
 * time in it, which no two counters can be parted by, so that it is named apart.
 */
static const char *took_words(const struct steal *steal, struct arena *arena)
{
	const char *thief = steal_thief_words(steal, arena);
	bool by_clock = !isnan(steal->guest_told_pct) && steal->gap_kind == GAP_STEAL;
	char wait[FORMAT_SIZE], quota[FORMAT_SIZE];

	/* Neither counts a wait before it ends. */
	if (by_clock && steal->paired_wait_pct < STEAL_WATCH_PCT)
		return arena_printf(arena, "host takes %s%%%s, and has not ended",
			format_pct(wait, steal->host_delay_pct), thief);
	if (steal->host_throttled_pct >= QUOTA_PCT)
		return arena_printf(arena, "host took %s%%%s; its quota %s%%",
			format_pct(wait, steal->host_wait_pct), thief,
			format_pct(quota, steal->host_throttled_pct));
	return arena_printf(arena, "host took %s%%%s",
		format_pct(wait, by_clock ? steal->paired_wait_pct : steal->host_delay_pct), thief);
}

/*
 * The host took time, and there is no gap to report it with. The number is real whether or not
 * the guest can see it, so its severity is that of the wait alone; what differs is the verdict.
 */
static void report_wait(struct snapshot *snap, const struct vm *vm, struct judge *judge)
{
	const struct steal *steal = &vm->steal;
	enum severity severity = steal_wait_severity(steal);
	const struct source *agent = vm_source(vm, "agent");
	struct arena *arena = &snap->arena;
	const char *took = took_words(steal, arena), *text;
	char told[FORMAT_SIZE];

	if (severity == SEVERITY_NONE)
		return;
	if (differ_has_no_clock(vm)) {
		text = arena_printf(arena, "%s; %s", took,
			vm->steal_clock == STEAL_CLOCK_OFF ? "steal clock off" : "no steal clock");
		report(judge, vm, "steal-blind", severity, text, NAN);
		return;
	}
	if (!isnan(steal->guest_steal_pct))
		text = arena_printf(arena, "guest sees %4s%%, %s",
			format_pct(told, steal->guest_steal_pct), took);
	else
		text = arena_printf(arena, "%s; %s", took,
			agent && agent->state == SOURCE_OFF ? "guest not asked"
							    : "guest does not answer");
	report(judge, vm, "steal-wait", severity, text, NAN);
}

/*
 * For how long it was stopped at once: exactly if that was its longest wait, else where the bin of
 * the longest ends. NAN: not known.
 */
static double longest_throttled_ns(const struct steal *steal)
{
	for (size_t i = steal->n_wait_bin; i-- > 0;) {
		const struct wait_bin *bin = &steal->wait_bin[i];

		if (bin->throttled == UNKNOWN_U64 || bin->throttled == 0)
			continue;
		return i + 1 == steal->n_wait_bin ? steal->wait_max_ns
						  : (double)bin->from_ns * exp2(0.25);
	}
	return NAN;
}

static void report_quota(struct snapshot *snap, const struct vm *vm, struct judge *judge)
{
	enum severity severity = steal_quota_severity(&vm->steal);
	double longest_ns = longest_throttled_ns(&vm->steal);
	char throttled[FORMAT_SIZE], longest[FORMAT_SIZE];
	const char *text;

	if (severity == SEVERITY_NONE)
		return;
	text = arena_printf(&snap->arena, "its CPU quota stops it %s%%",
		format_pct(throttled, vm->steal.host_throttled_pct));
	if (!isnan(longest_ns))
		text = arena_printf(&snap->arena, "%s, up to %s at once", text,
			format_ns(longest, longest_ns));
	report(judge, vm, "steal-quota", severity, text, NAN);
}

/* Blocked in the midst of guest code, and no clock to compare it with. */
static void report_blocked(struct snapshot *snap, const struct vm *vm, struct judge *judge)
{
	enum severity severity = steal_severity(vm->steal.host_blocked_pct);
	char blocked[FORMAT_SIZE];

	if (severity == SEVERITY_NONE)
		return;
	report(judge, vm, "steal-blocked", severity,
		arena_printf(&snap->arena,
			"host blocked it %s%% on a page or the like, which no steal clock shows",
			format_pct(blocked, vm->steal.host_blocked_pct)),
		NAN);
}

/* One vCPU far worse than the VM's figure: the average hides it, and its locks stop the rest. */
static void report_worst_vcpu(struct snapshot *snap, const struct vm *vm, struct judge *judge)
{
	const struct steal *steal = &vm->steal;
	double worst = steal->worst_vcpu_wait_pct;
	unsigned long long id = steal->worst_vcpu;
	char one[FORMAT_SIZE], all[FORMAT_SIZE];

	if (!(worst >= STEAL_CRITICAL_PCT && worst >= 2 * steal->host_delay_pct) || id == UNKNOWN_U64)
		return;
	judge_report_vm(judge, vm,
		&(struct finding){
			.pane = "steal",
			.rule = "steal-vcpu",
			.subject = arena_printf(&snap->arena, "vcpu %llu", id),
			.verdict = steal->verdict,
			.severity = steal_severity(worst),
			.text = arena_printf(&snap->arena,
				"vcpu %llu waits %s%%, the average of the VM is %s%%", id,
				format_pct(one, worst), format_pct(all, steal->host_delay_pct)),
		},
		NAN);
}

void steal_report(struct snapshot *snap, const struct vm *vm, unsigned now, struct judge *judge)
{
	for (size_t i = 0; i < N_DIFFERENCE; i++) {
		enum difference_id id = (enum difference_id)i;

		if (now & 1u << i)
			report(judge, vm, differ_rule(id), differ_severity(id, vm),
				differ_text(id, vm, &snap->arena), differ_read_s(snap, vm, id));
	}
	if (!(now & (1u << STEAL_HIDDEN | 1u << STEAL_PHANTOM)))
		report_wait(snap, vm, judge);
	if (!(now & 1u << STEAL_BLOCKED))
		report_blocked(snap, vm, judge);
	report_quota(snap, vm, judge);
	report_worst_vcpu(snap, vm, judge);
}
