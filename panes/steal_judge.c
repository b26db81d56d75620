// SPDX-License-Identifier: GPL-2.0-or-later
#include "panes/steal.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "panes/format.h"
#include "panes/style.h"
#include "probes/schema.h"

static const double WATCH_PCT = 5, WARN_PCT = 10, CRITICAL_PCT = 20; /* of one vCPU */
static const double THIEF_PCT = 20; /* of a wait: less is nobody in particular */

enum severity steal_severity(double pct)
{
	return pct >= CRITICAL_PCT ? SEVERITY_CRITICAL
	       : pct >= WARN_PCT   ? SEVERITY_WARN
	       : pct >= WATCH_PCT  ? SEVERITY_WATCH
				   : SEVERITY_NONE;
}

bool steal_is_halted(const struct vm *vm)
{
	switch (vm->state) {
	case VM_UNKNOWN:
	case VM_RUNNING:
	case VM_BLOCKED:
	case VM_SHUTDOWN: /* it still runs, and how it runs still matters */
		return false;
	case VM_PAUSED:
	case VM_CRASHED:
	case VM_SUSPENDED:
	case VM_STOPPED:
		return true;
	}
	return false;
}

const struct source *steal_source(const struct vm *vm, const char *name)
{
	return snapshot_source(vm->source, vm->n_source, name);
}

/* The gap is that of the guest's own steal clock, read with the snapshot. */
static bool by_clock(const struct vm *vm)
{
	return vm->steal.gap_kind == GAP_STEAL && !isnan(vm->steal.guest_told_pct);
}

/* The guest's view is there and of now: an old one beside a new host view differs by its age. */
static bool guest_is_fresh(const struct vm *vm)
{
	const struct source *agent = steal_source(vm, "agent");

	return by_clock(vm) || (agent && agent->state == SOURCE_OK);
}

/* When the guest was read; NAN unknown, or with the snapshot. */
static double guest_read_s(const struct snapshot *snap, const struct vm *vm)
{
	const struct source *agent = steal_source(vm, "agent");

	return agent && !by_clock(vm) ? snap->time_s - agent->age_s : NAN;
}

/* It offers none, or the guest does not use it. */
static bool has_no_clock(const struct vm *vm)
{
	return vm->steal_clock == STEAL_CLOCK_NONE || vm->steal_clock == STEAL_CLOCK_OFF;
}

/* The ways in which the two views can differ: by gap kind, and who sees more. */
struct difference {
	const char *rule;
	enum gap_kind kind;
	bool host_sees_more;
	enum verdict verdict;
};

static const struct difference difference[] = {
	{ "steal-hidden", GAP_STEAL, true, VERDICT_HIDDEN },
	{ "steal-blocked", GAP_STEAL, true, VERDICT_HIDDEN }, /* most of it is no run delay */
	{ "steal-phantom", GAP_STEAL, false, VERDICT_PHANTOM },
	{ "busy-hidden", GAP_BUSY, true, VERDICT_HIDDEN },
	{ "busy-phantom", GAP_BUSY, false, VERDICT_PHANTOM },
};
enum { N_DIFFERENCE = sizeof(difference) / sizeof(difference[0]) };

/* The gap that may count. To a guest without a steal clock the steal gap is no disagreement. */
static double judged_gap(const struct vm *vm, enum gap_kind *kind)
{
	const struct steal *steal = &vm->steal;

	if (has_no_clock(vm)) {
		*kind = GAP_BUSY;
		return steal->busy_gap_pct;
	}
	*kind = steal->gap_kind;
	return steal->gap_pct;
}

/* Of what the guest was not told, more than half is time that it was blocked. */
static bool is_blocking(const struct vm *vm, double gap)
{
	return by_clock(vm) && vm->steal.host_blocked_pct > gap / 2;
}

/* What differs in this snapshot beyond the error, whether it lasts or not; NULL: nothing. */
static const struct difference *difference_now(const struct vm *vm)
{
	enum gap_kind kind;
	double gap = judged_gap(vm, &kind), error = vm->steal.gap_error_pct;

	if (!guest_is_fresh(vm) || !(fabs(gap) >= WATCH_PCT) || fabs(gap) <= error)
		return NULL; /* an unknown gap is none */
	for (size_t i = 0; i < N_DIFFERENCE; i++)
		if (difference[i].kind == kind && difference[i].host_sees_more == (gap > 0))
			return &difference[i + (i == 0 && is_blocking(vm, gap))];
	return NULL;
}

/*
 * How bad a difference is. Hidden steal hurts by what the host took, busy time that was never
 * given by how much is missing. Phantom steal is nothing that this host does: somebody must
 * look, nobody must run. Work for an idle guest costs the host and not the guest.
 */
static enum severity difference_severity(const struct difference *what, const struct vm *vm)
{
	enum gap_kind kind;
	double size = fabs(judged_gap(vm, &kind));
	enum severity severity;

	if (what->kind == GAP_BUSY)
		return !what->host_sees_more  ? steal_severity(size)
		       : size >= CRITICAL_PCT ? SEVERITY_WATCH
					      : SEVERITY_INFO;
	if (what->host_sees_more)
		return steal_severity(fmax(size, vm->steal.paired_wait_pct));
	severity = steal_severity(size);
	return severity > SEVERITY_WARN ? SEVERITY_WARN : severity;
}

/* Who had the CPU for the largest part of the wait; "" when nobody stands out. */
static const char *thief_words(const struct steal *steal, struct arena *arena)
{
	const struct thief *thief = steal->thief;
	char share[FORMAT_SIZE];

	if (steal->n_thief == 0 || !thief->name || !(thief->share_pct >= THIEF_PCT))
		return "";
	snprintf(share, sizeof(share), "%.0f", fmin(thief->share_pct, 100));
	if (thief->kind == THIEF_QUOTA)
		return arena_printf(arena, ": %s%% by its quota", share);
	if (thief->kind == THIEF_IDLE || thief->kind == THIEF_UNSEEN)
		return "";
	if (thief->kind == THIEF_SELF || thief->kind == THIEF_EMULATOR)
		return arena_printf(arena, ": %s%% to its %s", share, thief->name);
	return arena_printf(arena, ": %s%% to %s", share, thief->name);
}

/* "%5s" is the width of "99.8%", so that the sentences stand in columns. */
static const char *difference_text(
	const struct difference *what, const struct vm *vm, struct arena *arena)
{
	const struct steal *steal = &vm->steal;
	char run[FORMAT_SIZE], wait[FORMAT_SIZE], busy[FORMAT_SIZE], told[FORMAT_SIZE];

	format_pct(run, steal->paired_run_pct);
	format_pct(wait, steal->paired_wait_pct);
	format_pct(busy, steal->guest_busy_pct);
	format_pct(told, steal->guest_steal_pct);
	if (what->kind == GAP_STEAL && what->host_sees_more && is_blocking(vm, steal->gap_pct))
		return arena_printf(arena,
			"guest sees %4s%%, host blocked it %s%% on a page or the like", told,
			format_pct(busy, steal->host_blocked_pct));
	if (what->kind == GAP_STEAL && what->host_sees_more)
		return arena_printf(arena, "guest sees %4s%%, host took %s%%%s", told, wait,
			thief_words(steal, arena));
	if (what->kind == GAP_STEAL)
		return arena_printf(arena, "guest sees %4s%% stolen, host took %s%%", told, wait);
	if (what->host_sees_more)
		return arena_printf(arena, "guest busy %4s%%, host ran it %s%%", busy, run);
	return arena_printf(
		arena, "guest busy %4s%%, host ran it %s%%, wait %s%%", busy, run, wait);
}

static void report(struct judge *judge, const struct vm *vm, const char *rule,
	enum severity severity, const char *text, double reading_s)
{
	judge_report(judge,
		&(struct finding){
			.pane = "steal",
			.rule = rule,
			.vm = vm->name ? vm->name : "-",
			.vm_key = vm->key,
			.verdict = vm->steal.verdict,
			.severity = severity,
			.text = text,
		},
		reading_s);
}

/* Why there is nothing to compare. No key is named: keys are data, and may be bound anew. */
static const char *missing_reason(const struct vm *vm, const struct snapshot *snap)
{
	const struct source *agent = steal_source(vm, "agent");

	if (vm->steal.verdict_reason)
		return vm->steal.verdict_reason;
	if (isnan(snap->interval_s))
		return "a rate needs two readings, and this is the first";
	if (isnan(vm->steal.host_delay_pct))
		return "the host's view is missing";
	if (agent && agent->state == SOURCE_OFF)
		return "guest not asked; ask the guests to compare";
	return "the guest's view is missing";
}

static void set_verdict(struct vm *vm, enum verdict verdict, const char *reason)
{
	vm->steal.verdict = verdict;
	vm->steal.verdict_reason = reason;
}

static void set_verdict_of(struct snapshot *snap, struct vm *vm, const struct difference *now,
	const struct difference *lasting)
{
	if (steal_is_halted(vm))
		set_verdict(vm, VERDICT_UNKNOWN,
			arena_printf(&snap->arena, "the VM is %s", words_vm_state[vm->state]));
	else if (lasting)
		set_verdict(vm, lasting->verdict, NULL);
	else if (isnan(vm->steal.host_delay_pct))
		set_verdict(vm, VERDICT_UNKNOWN, missing_reason(vm, snap));
	else if (has_no_clock(vm))
		set_verdict(vm, VERDICT_BLIND,
			vm->accel == ACCEL_TCG ? "emulated CPUs (TCG) have no steal clock"
			: vm->steal_clock == STEAL_CLOCK_OFF
				? "the guest has not turned its steal clock on"
				: "the VM offers no steal clock");
	else if (isnan(vm->steal.gap_pct))
		set_verdict(vm, VERDICT_UNKNOWN, missing_reason(vm, snap));
	else if (!guest_is_fresh(vm))
		set_verdict(vm, VERDICT_UNKNOWN, "the guest's last answer is too old to compare");
	else if (now)
		set_verdict(vm, VERDICT_UNKNOWN,
			"they differ, but did not in 2 of the last 3 intervals");
	else
		set_verdict(vm, VERDICT_AGREE, NULL);
}

/* Which difference lasts. All are asked in every snapshot, so that each remembers right. */
static const struct difference *difference_lasting(struct judge *judge, const struct snapshot *snap,
	const struct vm *vm, const struct difference *now)
{
	const double reading_s = guest_is_fresh(vm) ? guest_read_s(snap, vm) : NAN;
	const struct difference *lasting = NULL;

	for (size_t i = 0; i < N_DIFFERENCE; i++)
		if (judge_lasting(
			    judge, difference[i].rule, vm->key, now == &difference[i], reading_s) &&
			(!lasting || now == &difference[i]))
			lasting = &difference[i];
	return lasting;
}

/*
 * The host took time, and there is no gap to report it with. The number is real whether or not
 * the guest can see it, so its severity is that of the wait alone; what differs is the verdict.
 */
static void report_wait(struct snapshot *snap, const struct vm *vm, struct judge *judge)
{
	const struct steal *steal = &vm->steal;
	enum severity severity = steal_severity(steal->host_wait_pct);
	const struct source *agent = steal_source(vm, "agent");
	const char *thief = thief_words(steal, &snap->arena), *text;
	char wait[FORMAT_SIZE], told[FORMAT_SIZE];

	if (severity == SEVERITY_NONE)
		return;
	format_pct(wait, steal->host_delay_pct);
	format_pct(told, steal->guest_steal_pct);
	if (has_no_clock(vm)) {
		text = arena_printf(&snap->arena, "host took %s%%%s; guest %s", wait, thief,
			vm->steal_clock == STEAL_CLOCK_OFF ? "uses no steal clock"
							   : "has no steal clock");
		report(judge, vm, "steal-blind", severity, text, NAN);
		return;
	}
	if (!isnan(steal->guest_steal_pct))
		text = arena_printf(
			&snap->arena, "guest sees %4s%%, host took %s%%%s", told, wait, thief);
	else
		text = arena_printf(&snap->arena, "host took %s%%%s; %s", wait, thief,
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

/* Its quota is somebody's decision and no theft, but to the guest it is the same. */
static void report_quota(struct snapshot *snap, const struct vm *vm, struct judge *judge)
{
	enum severity severity = steal_severity(vm->steal.host_throttled_pct);
	double longest_ns = longest_throttled_ns(&vm->steal);
	char throttled[FORMAT_SIZE], longest[FORMAT_SIZE];
	const char *text;

	if (severity == SEVERITY_NONE)
		return;
	text = arena_printf(&snap->arena, "its CPU quota stops it %s%% of the time",
		format_pct(throttled, vm->steal.host_throttled_pct));
	if (!isnan(longest_ns))
		text = arena_printf(&snap->arena, "%s, up to %s at once", text,
			format_ns(longest, longest_ns));
	report(judge, vm, "steal-quota", severity > SEVERITY_WARN ? SEVERITY_WARN : severity, text,
		NAN);
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

	if (!(worst >= CRITICAL_PCT && worst >= 2 * steal->host_delay_pct) || id == UNKNOWN_U64)
		return;
	judge_report(judge,
		&(struct finding){
			.pane = "steal",
			.rule = "steal-vcpu",
			.vm = vm->name ? vm->name : "-",
			.vm_key = vm->key,
			.subject = arena_printf(&snap->arena, "vcpu %llu", id),
			.verdict = steal->verdict,
			.severity = steal_severity(worst),
			.text = arena_printf(&snap->arena,
				"vcpu %llu waits %s%%, the average of the VM is %s%%", id,
				format_pct(one, worst), format_pct(all, steal->host_delay_pct)),
		},
		NAN);
}

static void judge_vm(struct snapshot *snap, struct vm *vm, struct judge *judge)
{
	const struct difference *now = steal_is_halted(vm) ? NULL : difference_now(vm);
	const struct difference *lasting = difference_lasting(judge, snap, vm, now);

	set_verdict_of(snap, vm, now, lasting);
	steal_waits(vm, judge_windows(judge), &snap->arena);
	if (steal_is_halted(vm))
		return;
	if (now)
		report(judge, vm, now->rule, difference_severity(now, vm),
			difference_text(now, vm, &snap->arena), guest_read_s(snap, vm));
	if (!now || now->kind == GAP_BUSY) {
		report_wait(snap, vm, judge);
		report_blocked(snap, vm, judge);
	}
	report_quota(snap, vm, judge);
	report_worst_vcpu(snap, vm, judge);
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
	const struct difference *now = difference_now(vm);
	enum verdict verdict = vm->steal.verdict;

	if (steal_is_halted(vm))
		return SEVERITY_NONE;
	if (verdict_disagrees(verdict))
		return now ? difference_severity(now, vm) : SEVERITY_INFO;
	return verdict == VERDICT_BLIND ? steal_severity(vm->steal.host_delay_pct) : SEVERITY_NONE;
}
