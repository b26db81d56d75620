// SPDX-License-Identifier: GPL-2.0-or-later
#include "panes/steal_differ.h"

#include <math.h>
#include <stdlib.h>

#include "panes/format.h"

/* By what host and guest can differ. */
enum measure {
	RUN_DELAY, /* less what the guest was told of it */
	BLOCKED,   /* in the midst of guest code: no steal clock shows that */
	BUSY
};

static const struct difference {
	const char *rule;
	enum measure measure;
	bool host_sees_more;
	enum verdict verdict;
} difference[N_DIFFERENCE] = {
	[STEAL_HIDDEN] = { "steal-hidden", RUN_DELAY, true, VERDICT_HIDDEN },
	[STEAL_BLOCKED] = { "steal-blocked", BLOCKED, true, VERDICT_HIDDEN },
	[STEAL_PHANTOM] = { "steal-phantom", RUN_DELAY, false, VERDICT_PHANTOM },
	[BUSY_HIDDEN] = { "busy-hidden", BUSY, true, VERDICT_HIDDEN },
	[BUSY_PHANTOM] = { "busy-phantom", BUSY, false, VERDICT_PHANTOM },
};

bool differ_has_no_clock(const struct vm *vm)
{
	return vm->steal_clock == STEAL_CLOCK_NONE || vm->steal_clock == STEAL_CLOCK_OFF;
}

const char *differ_why_blind(const struct vm *vm)
{
	if (vm->accel == ACCEL_TCG)
		return "emulated CPUs (TCG) have no steal clock";
	return vm->steal_clock == STEAL_CLOCK_OFF ? "the guest has not turned its steal clock on"
						  : "the VM offers no steal clock";
}

/* The guest's own steal clock was read with the snapshot. */
static bool clock_is_read(const struct vm *vm)
{
	return !isnan(vm->steal.guest_told_pct);
}

static bool is_of_now(const struct vm *vm, enum measure measure)
{
	return measure != BUSY && clock_is_read(vm);
}

/* An old view beside a new one of the host's differs by its age. */
static bool is_fresh(const struct vm *vm, enum measure measure)
{
	const struct source *agent = vm_source(vm, "agent");

	return is_of_now(vm, measure) || (agent && agent->state == SOURCE_OK);
}

bool differ_is_fresh(const struct vm *vm, enum difference_id id)
{
	return is_fresh(vm, difference[id].measure);
}

/* The gap that counts is in busy time: to a guest without a clock the steal gap is none. */
static bool is_busy_gap(const struct vm *vm)
{
	return differ_has_no_clock(vm) || vm->steal.gap_kind == GAP_BUSY;
}

/* Above 0 the host sees more; NAN: unknown, or another measure says it better. */
static double measured(const struct vm *vm, enum measure measure)
{
	const struct steal *steal = &vm->steal;

	switch (measure) {
	case RUN_DELAY:
		if (is_busy_gap(vm))
			return NAN;
		return clock_is_read(vm) && !isnan(steal->host_blocked_pct)
			       ? steal->steal_gap_pct - steal->host_blocked_pct
			       : steal->steal_gap_pct;
	case BLOCKED: return clock_is_read(vm) ? steal->host_blocked_pct : NAN;
	case BUSY: return is_busy_gap(vm) ? steal->busy_gap_pct : NAN;
	}
	return NAN;
}

/* Blocked time is the kernel's own account. */
static double error_of(const struct vm *vm, enum measure measure)
{
	return measure == BLOCKED ? 0 : vm->steal.gap_error_pct;
}

unsigned differ_now(const struct vm *vm)
{
	unsigned now = 0;

	for (size_t i = 0; i < N_DIFFERENCE; i++) {
		const struct difference *what = &difference[i];
		double size = measured(vm, what->measure);

		if (!what->host_sees_more)
			size = -size;
		if (size >= STEAL_WATCH_PCT && size > error_of(vm, what->measure) &&
			is_fresh(vm, what->measure))
			now |= 1u << i;
	}
	return now;
}

bool differ_is_uncertain(const struct vm *vm)
{
	for (size_t i = 0; i < N_DIFFERENCE; i++) {
		enum measure measure = difference[i].measure;
		double size = fabs(measured(vm, measure));

		if (size >= STEAL_WATCH_PCT && size <= error_of(vm, measure))
			return true;
	}
	return false;
}

bool differ_is_stale(const struct vm *vm)
{
	return !is_fresh(vm, is_busy_gap(vm) ? BUSY : RUN_DELAY);
}

unsigned differ_lasting(
	struct judge *judge, const struct snapshot *snap, const struct vm *vm, unsigned now)
{
	unsigned lasting = 0;

	for (size_t i = 0; i < N_DIFFERENCE; i++)
		if (judge_lasting(judge, difference[i].rule, vm->key, now & 1u << i,
			    differ_read_s(snap, vm, (enum difference_id)i)))
			lasting |= 1u << i;
	return lasting;
}

double differ_read_s(const struct snapshot *snap, const struct vm *vm, enum difference_id id)
{
	const struct source *agent = vm_source(vm, "agent");

	if (is_of_now(vm, difference[id].measure) || !differ_is_fresh(vm, id))
		return NAN;
	return snap->time_s - agent->age_s;
}

const char *differ_rule(enum difference_id id)
{
	return difference[id].rule;
}

enum verdict differ_verdict(enum difference_id id)
{
	return difference[id].verdict;
}

/*
 * Hidden steal hurts by what the host took, busy time that was never given by how much is
 * missing. Phantom steal is nothing that this host does: somebody must look, nobody must run.
 * Work for an idle guest costs the host and not the guest.
 */
enum severity differ_severity(enum difference_id id, const struct vm *vm)
{
	double size = fabs(measured(vm, difference[id].measure));
	enum severity severity = steal_severity(size);

	switch (id) {
	case STEAL_HIDDEN: return steal_severity(fmax(size, vm->steal.paired_wait_pct));
	case STEAL_PHANTOM: return severity > SEVERITY_WARN ? SEVERITY_WARN : severity;
	case BUSY_HIDDEN: return severity == SEVERITY_CRITICAL ? SEVERITY_WATCH : SEVERITY_INFO;
	case STEAL_BLOCKED:
	case BUSY_PHANTOM:
	case N_DIFFERENCE: break;
	}
	return severity;
}

/* "%4s" is the width of "99.8", so that the sentences stand in columns. */
const char *differ_text(enum difference_id id, const struct vm *vm, struct arena *arena)
{
	const struct steal *steal = &vm->steal;
	char run[FORMAT_SIZE], wait[FORMAT_SIZE], busy[FORMAT_SIZE], told[FORMAT_SIZE];
	char blocked[FORMAT_SIZE];

	format_pct(run, steal->paired_run_pct);
	format_pct(wait, steal->paired_wait_pct);
	format_pct(busy, steal->guest_busy_pct);
	format_pct(told, steal->guest_steal_pct);
	switch (id) {
	case STEAL_HIDDEN:
		return arena_printf(arena, "guest sees %4s%%, host took %s%%%s", told, wait,
			steal_thief_words(steal, arena));
	case STEAL_BLOCKED:
		return arena_printf(arena,
			"guest sees %4s%%, host blocked it %s%% on a page or the like", told,
			format_pct(blocked, steal->host_blocked_pct));
	case STEAL_PHANTOM:
		return arena_printf(
			arena, "guest sees %4s%% stolen, host took %s%%", told, wait);
	case BUSY_HIDDEN:
		return arena_printf(arena, "guest busy %4s%%, host ran it %s%%", busy, run);
	case BUSY_PHANTOM:
	case N_DIFFERENCE: break;
	}
	return arena_printf(
		arena, "guest busy %4s%%, host ran it %s%%, wait %s%%", busy, run, wait);
}
