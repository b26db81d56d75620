// SPDX-License-Identifier: GPL-2.0-or-later
#include "panes/queues.h"

#include <math.h>

#include "panes/format.h"

static void report(struct judge *judge, const struct vm *vm, const struct nic *nic,
	const struct finding *finding)
{
	struct finding full = *finding;

	full.pane = "queues";
	full.subject = nic->name;
	full.verdict = nic->verdict;
	judge_report_vm(judge, vm, &full, NAN);
}

/* "vnet5: ", where a VM has several: room is scarce. */
static const char *prefix(const struct vm *vm, const struct nic *nic, struct arena *arena)
{
	return vm->n_nic > 1 ? arena_printf(arena, "%s: ", nic->name ? nic->name : "-") : "";
}

/* "guest 0/s", or why that is not known. */
static const char *guest_words(const struct vm *vm, const struct nic *nic, struct arena *arena)
{
	char drops[FORMAT_SIZE];

	if (queues_guest_is_known(nic))
		return arena_printf(
			arena, "guest sees %s/s", format_per_s(drops, nic->guest_drop_per_s));
	return judge_guest_is_asked(vm) ? "guest unknown" : "guest not asked";
}

static bool is_in_qdisc(const struct nic *nic)
{
	double at_device = nic->guest_rx_dropped_by_host_per_s;

	return nic->qdisc_dropped_per_s > (isnan(at_device) ? 0 : at_device);
}

/* What a full ring comes of says more than that it is full. */
static const char *why_words(const struct nic *nic, struct arena *arena)
{
	const char *cause = queues_cause_words(nic->cause);

	if (is_in_qdisc(nic))
		return arena_printf(arena, "qdisc %s", nic->qdisc ? nic->qdisc : "");
	return cause ? cause : nic->reason;
}

static void report_lost(
	struct snapshot *snap, const struct vm *vm, const struct nic *nic, struct judge *judge)
{
	const char *why = why_words(nic, &snap->arena);
	char lost[FORMAT_SIZE];

	report(judge, vm, nic,
		&(struct finding){
			.rule = is_in_qdisc(nic) ? "queues-qdisc" : "queues-drop",
			.severity = queues_lost_trouble(nic),
			.text = arena_printf(&snap->arena, "%s%s, host drops %s/s%s%s",
				prefix(vm, nic, &snap->arena), guest_words(vm, nic, &snap->arena),
				format_per_s(lost, queues_lost_per_s(nic)), why ? ": " : "",
				why ? why : ""),
		});
}

static void report_limit(
	struct snapshot *snap, const struct vm *vm, const struct nic *nic, struct judge *judge)
{
	char rate[FORMAT_SIZE], pct[FORMAT_SIZE], link[FORMAT_SIZE];

	report(judge, vm, nic,
		&(struct finding){
			.rule = "queues-limit",
			.severity = queues_limit_trouble(nic),
			.text = arena_printf(&snap->arena,
				"%squeue %llu carries %s packets/s, %s%% of its limit; link %s%%",
				prefix(vm, nic, &snap->arena), (unsigned long long)nic->busiest_queue,
				format_per_s(rate, nic->busiest_queue_packets_per_s),
				format_pct(pct, nic->queue_limit_pct),
				format_pct(link, nic->guest_link_pct)),
		});
}

static void report_ring(
	struct snapshot *snap, const struct vm *vm, const struct nic *nic, struct judge *judge)
{
	char high[FORMAT_SIZE];

	report(judge, vm, nic,
		&(struct finding){
			.rule = "queues-ring",
			.severity = queues_ring_trouble(nic),
			.text = arena_printf(&snap->arena,
				"%sits ring was %s%% full; the next burst is lost",
				prefix(vm, nic, &snap->arena), format_pct(high, nic->ring_high_pct)),
		});
}

static void report_wait(
	struct snapshot *snap, const struct vm *vm, const struct nic *nic, struct judge *judge)
{
	char wait[FORMAT_SIZE], run[FORMAT_SIZE];

	report(judge, vm, nic,
		&(struct finding){
			.rule = "queues-starved",
			.severity = queues_wait_trouble(nic),
			.text = arena_printf(&snap->arena,
				"%sits datapath waits %s%% for a CPU, runs %s%%", prefix(vm, nic, &snap->arena),
				format_pct(wait, nic->datapath_wait_pct),
				format_pct(run, nic->datapath_run_pct)),
		});
}

static void report_phantom(
	struct snapshot *snap, const struct vm *vm, const struct nic *nic, struct judge *judge)
{
	char guest[FORMAT_SIZE], host[FORMAT_SIZE];

	report(judge, vm, nic,
		&(struct finding){
			.rule = "queues-phantom",
			.severity = SEVERITY_WATCH,
			.text = arena_printf(&snap->arena, "%sguest drops %s/s, host drops %s/s",
				prefix(vm, nic, &snap->arena), format_per_s(guest, nic->guest_drop_per_s),
				format_per_s(host, queues_lost_per_s(nic))),
		});
}

/* What is lost says more than what may be lost next. */
void queues_report(struct snapshot *snap, const struct vm *vm, const struct nic *nic,
	struct judge *judge)
{
	bool lost = queues_lost_trouble(nic) != SEVERITY_NONE;

	if (lost)
		report_lost(snap, vm, nic, judge);
	else if (queues_wait_trouble(nic) != SEVERITY_NONE)
		report_wait(snap, vm, nic, judge);
	else if (queues_ring_trouble(nic) != SEVERITY_NONE)
		report_ring(snap, vm, nic, judge);
	if (queues_limit_trouble(nic) != SEVERITY_NONE)
		report_limit(snap, vm, nic, judge);
	if (nic->verdict == VERDICT_PHANTOM)
		report_phantom(snap, vm, nic, judge);
}

static bool host_loses(const struct vm *vm)
{
	for (size_t i = 0; i < vm->n_nic; i++)
		if (queues_lost_trouble(&vm->nic[i]) != SEVERITY_NONE)
			return true;
	return false;
}

/* What the guest alone tells: by its readings, not by snapshots. */
static void report_vm(const struct snapshot *snap, const struct vm *vm,
	const struct finding *finding, struct judge *judge)
{
	struct finding full = *finding;

	full.pane = "queues";
	judge_report_vm(judge, vm, &full, snap->time_s - vm->network.guest_age_s);
}

static void report_resent(struct snapshot *snap, const struct vm *vm, struct judge *judge)
{
	bool here = host_loses(vm);
	char pct[FORMAT_SIZE];

	report_vm(snap, vm,
		&(struct finding){
			.rule = "queues-resent",
			.verdict = here ? VERDICT_AGREE : VERDICT_PHANTOM,
			.severity = here ? SEVERITY_WARN : SEVERITY_WATCH,
			.text = arena_printf(&snap->arena, "guest sends %s%% of TCP again; %s",
				format_pct(pct, queues_resent_pct(&vm->network)),
				here ? "this host drops its packets"
				     : "this host drops none of its packets"),
		},
		judge);
}

static void report_softnet(struct snapshot *snap, const struct vm *vm, struct judge *judge)
{
	char rate[FORMAT_SIZE];

	report_vm(snap, vm,
		&(struct finding){
			.rule = "queues-softnet",
			.verdict = VERDICT_PHANTOM,
			.severity = SEVERITY_WATCH,
			.text = arena_printf(&snap->arena,
				"guest's own backlog drops %s/s of its packets",
				format_per_s(rate, vm->network.guest_softnet_drops_per_s)),
		},
		judge);
}

void queues_report_vm(struct snapshot *snap, const struct vm *vm, struct judge *judge)
{
	const struct network *network = &vm->network;

	if (network->guest_age_s > GUEST_OLD_NIC_S)
		return;
	if (queues_resends(network))
		report_resent(snap, vm, judge);
	if (network->guest_softnet_drops_per_s >= LOST_LEAST_PER_S)
		report_softnet(snap, vm, judge);
}
