// SPDX-License-Identifier: GPL-2.0-or-later
#include "panes/queues.h"

#include <math.h>

#include "probes/schema.h"

static const char *host_missing(const struct snapshot *snap, const struct nic *nic)
{
	const char *first = judge_no_rates(snap);

	return first	   ? first
	       : nic->unseen ? nic->unseen
			     : "the host's view is missing";
}

static const char *guest_missing(const struct vm *vm, const struct nic *nic)
{
	if (!judge_guest_is_asked(vm))
		return judge_not_asked;
	if (nic->guest_age_s > GUEST_OLD_NIC_S)
		return judge_guest_is_old;
	if (nic->guest_reason)
		return nic->guest_reason;
	return nic->guest_source ? judge_guest_told_once : "the guest's view is missing";
}

static bool drops_are_hidden(const struct nic *nic)
{
	return queues_lost_trouble(nic) != SEVERITY_NONE &&
	       nic->guest_drop_per_s < KNOWS_SHARE * queues_lost_per_s(nic);
}

/* One queue is full, and the link looks as if there were much room. */
static bool limit_is_hidden(const struct nic *nic)
{
	return queues_limit_trouble(nic) != SEVERITY_NONE && nic->guest_link_pct < LINK_IDLE_PCT;
}

/* What the host lost in the seconds that the guest's figures are of; else now. */
static double lost_meanwhile(
	const struct snapshot *snap, const struct vm *vm, const struct nic *nic, struct judge *judge)
{
	double to_s = snap->time_s - nic->guest_age_s, lost;

	lost = losses_per_s(
		judge_losses(judge), vm->key, nic, to_s - nic->guest_interval_s, to_s);
	return isnan(lost) ? queues_lost_per_s(nic) : lost;
}

/* The guest loses packets that the host has handed over. */
static bool is_phantom(const struct nic *nic, double lost_meanwhile)
{
	double drops = nic->guest_drop_per_s;

	return drops >= GUEST_DROPS_PER_S &&
	       100 * drops >= GUEST_DROPS_PCT * (nic->guest_rx_seen_per_s + drops) &&
	       lost_meanwhile < KNOWS_SHARE * drops && queues_lost_trouble(nic) == SEVERITY_NONE;
}

static void set_verdict(struct nic *nic, enum verdict verdict, const char *reason)
{
	nic->verdict = verdict;
	nic->verdict_reason = reason;
}

struct lasting {
	bool hidden, phantom;
};

static void judge_verdict(
	struct snapshot *snap, const struct vm *vm, struct nic *nic, struct lasting lasting)
{
	if (vm_is_halted(vm))
		set_verdict(nic, VERDICT_UNKNOWN, judge_halted(snap, vm));
	else if (isnan(queues_lost_per_s(nic)))
		set_verdict(nic, VERDICT_UNKNOWN, host_missing(snap, nic));
	else if (!queues_guest_is_known(nic))
		set_verdict(nic, VERDICT_UNKNOWN, guest_missing(vm, nic));
	else if (lasting.hidden)
		set_verdict(nic, VERDICT_HIDDEN, NULL);
	else if (lasting.phantom)
		set_verdict(nic, VERDICT_PHANTOM, NULL);
	else
		set_verdict(nic, VERDICT_AGREE, NULL);
}

/* What the guest tells is of some seconds ago: what the host lost then, it may tell of now. */
static double gap_of(double lost, double meanwhile, double guest_drops)
{
	double gap = lost >= guest_drops ? lost - guest_drops
					 : fmin(fmax(lost, meanwhile) - guest_drops, 0);

	return round(gap * 1000) / 1000 + 0.0; /* + 0.0: no negative zero */
}

static void judge_nic(struct snapshot *snap, struct vm *vm, struct nic *nic, struct judge *judge)
{
	struct finding of = { .vm_key = vm->key, .subject = nic->name };
	bool known = !vm_is_halted(vm) && queues_guest_is_known(nic);
	double lost = queues_lost_per_s(nic), meanwhile;
	struct lasting lasting;

	losses_add(judge_losses(judge), snap, vm->key, nic, lost);
	meanwhile = lost_meanwhile(snap, vm, nic, judge);
	nic->gap_per_s = known && !isnan(lost) ? gap_of(lost, meanwhile, nic->guest_drop_per_s) : NAN;
	of.rule = "queues-hidden";
	lasting.hidden = judge_lasting_of(
		judge, &of, known && (drops_are_hidden(nic) || limit_is_hidden(nic)), NAN);
	of.rule = "queues-phantom";
	lasting.phantom = judge_lasting_of(
		judge, &of, known && is_phantom(nic, meanwhile), snap->time_s - nic->guest_age_s);
	judge_verdict(snap, vm, nic, lasting);
	if (!vm_is_halted(vm))
		queues_report(snap, vm, nic, judge);
}

void queues_judge(struct snapshot *snap, struct judge *judge)
{
	for (size_t i = 0; i < snap->n_vm; i++) {
		struct vm *vm = &snap->vm[i];

		for (size_t k = 0; k < vm->n_nic; k++)
			judge_nic(snap, vm, &vm->nic[k], judge);
		if (!vm_is_halted(vm))
			queues_report_vm(snap, vm, judge);
	}
	losses_sweep(judge_losses(judge));
}
