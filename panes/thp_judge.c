// SPDX-License-Identifier: GPL-2.0-or-later
#include "panes/thp.h"

#include <math.h>

#include "probes/schema.h"

/* recent: the longest of those that findings tell of; ms 0 there was none. */
static void note_worst(const struct snapshot *snap, struct vm *vm, const struct pauses *pauses,
	struct pause *recent)
{
	struct thp *thp = &vm->thp;
	struct pause worst;

	*recent = (struct pause){ .ms = 0 };
	pauses_longest(pauses, vm->key, snap->time_s - PAUSE_TOLD_S, recent);
	thp->window_s = round(pauses_window_s(pauses, vm->key) * 10) / 10;
	if (isnan(thp->window_s))
		return;
	thp->recent_ms = recent->ms;
	thp->worst_ms = 0;
	if (!pauses_longest(pauses, vm->key, snap->time_s - PAUSES_WINDOW_S, &worst))
		return;
	thp->worst_ms = worst.ms;
	thp->worst_at_s = worst.at_s;
	thp->worst_age_s = fmax(round((snap->time_s - worst.at_s) * 10) / 10, 0);
	thp->worst_tid = worst.tid;
	thp->worst_kind = worst.kind;
}

static const char *host_missing(const struct snapshot *snap, const struct vm *vm)
{
	const struct source *stalls = vm_source(vm, "stalls");
	const char *first = judge_no_rates(snap);

	return first			  ? first
	       : stalls && stalls->reason ? stalls->reason
					  : "the host's view is missing";
}

static const char *guest_missing(const struct vm *vm)
{
	if (!judge_guest_is_asked(vm))
		return judge_not_asked;
	if (vm->guest.reason)
		return vm->guest.reason;
	if (vm->guest.age_s > GUEST_OLD_S)
		return judge_guest_is_old;
	return vm->guest.source ? judge_guest_told_once : "the guest's view is missing";
}

static void set_verdict(struct vm *vm, enum verdict verdict, const char *reason)
{
	vm->thp.verdict = verdict;
	vm->thp.verdict_reason = reason;
}

/* What lasts, of the two sides. */
struct sides {
	bool host, guest;
};

static void verdict_of_stalls(struct snapshot *snap, struct vm *vm, struct sides lasting)
{
	if (thp_guest_is_known(vm))
		set_verdict(vm, lasting.guest ? VERDICT_AGREE : VERDICT_HIDDEN, NULL);
	else
		set_verdict(vm, VERDICT_BLIND,
			arena_printf(&snap->arena,
				"a guest has no instrument for the host's stalls, and its own "
				"counters "
				"are not known: %s",
				guest_missing(vm)));
}

static void judge_verdict(
	struct snapshot *snap, struct vm *vm, struct sides now, struct sides lasting)
{
	if (vm_is_halted(vm))
		set_verdict(vm, VERDICT_UNKNOWN, judge_halted(snap, vm));
	else if (isnan(vm->thp.stall_ms_per_s))
		set_verdict(vm, VERDICT_UNKNOWN, host_missing(snap, vm));
	else if (lasting.host)
		verdict_of_stalls(snap, vm, lasting);
	else if (lasting.guest && thp_guest_is_known(vm))
		set_verdict(vm, VERDICT_PHANTOM, NULL);
	else if (now.host || now.guest)
		set_verdict(
			vm, VERDICT_UNKNOWN, "it stalls, but did not in 2 of the last 3 intervals");
	else if (!thp_guest_is_known(vm))
		set_verdict(vm, VERDICT_UNKNOWN, guest_missing(vm));
	else
		set_verdict(vm, VERDICT_AGREE, NULL);
}

static void judge_vm(struct snapshot *snap, struct vm *vm, struct judge *judge)
{
	struct sides now, lasting;
	struct pause recent;

	note_worst(snap, vm, judge_pauses(judge), &recent);
	now.host =
		!vm_is_halted(vm) && (thp_rate_severity(vm->thp.stall_ms_per_s) != SEVERITY_NONE ||
					     thp_pause_severity(recent.ms) != SEVERITY_NONE);
	/* A fallback holds nobody up: it is worth a word, and no verdict. */
	now.guest = !vm_is_halted(vm) && thp_guest_severity(vm) >= SEVERITY_WATCH;
	lasting.host = judge_lasting(judge, "thp-host", vm->key, now.host, NAN);
	lasting.guest = judge_lasting(
		judge, "thp-guest", vm->key, now.guest,
		thp_guest_is_known(vm) ? snap->time_s - vm->guest.age_s : NAN);
	judge_verdict(snap, vm, now, lasting);
	if (!vm_is_halted(vm))
		thp_report(snap, vm, &recent, judge);
}

void thp_judge(struct snapshot *snap, struct judge *judge)
{
	thp_report_host(snap, judge);
	for (size_t i = 0; i < snap->n_vm; i++)
		judge_vm(snap, &snap->vm[i], judge);
}
