// SPDX-License-Identifier: GPL-2.0-or-later
#include "panes/pinning.h"

#include <math.h>
#include <string.h>

#include "panes/format.h"
#include "panes/steal_differ.h"
#include "probes/schema.h"

static const double PARTY_PCT = 5; /* who asks for less of one CPU takes no part in a fight */
enum { NAMES = 3 };

enum severity pinning_severity(double demand_pct)
{
	return demand_pct >= PINNING_CRITICAL_PCT ? SEVERITY_CRITICAL
	       : demand_pct >= PINNING_WARN_PCT	  ? SEVERITY_WARN
	       : demand_pct >= PINNING_WATCH_PCT  ? SEVERITY_WATCH
						  : SEVERITY_NONE;
}

static bool is_alone(const struct cpuset *set)
{
	return set->n_cpuset_share < 2 || !(set->cpuset_share[1].demand_pct >= PARTY_PCT);
}

enum severity pinning_set_severity(const struct cpuset *set)
{
	enum severity severity = set->bound ? pinning_severity(set->demand_pct) : SEVERITY_NONE;

	return severity > SEVERITY_WATCH && is_alone(set) ? severity - 1 : severity;
}

const char *pinning_cpus(const char *cpus, uint64_t count, struct arena *arena)
{
	return arena_printf(arena, "%s %s", count == 1 ? "CPU" : "CPUs", cpus ? cpus : "-");
}

const char *pinning_names(const struct cpuset *set, size_t most, struct arena *arena)
{
	const char *text = "";
	size_t n = 0, all = set->sharers == UNKNOWN_U64 ? 0 : (size_t)set->sharers;

	for (; n < set->n_cpuset_share && n < most && n < all; n++) {
		const struct cpuset_share *share = &set->cpuset_share[n];

		text = arena_printf(arena, "%s%s%s%s", text, n ? ", " : "",
			share->vm ? "" : "process ", share->name ? share->name : "-");
	}
	return n < all ? arena_printf(arena, "%s and %zu more", text, all - n) : text;
}

static const struct vm *vm_named(const struct snapshot *snap, const struct cpuset *set)
{
	const struct cpuset_share *first = set->n_cpuset_share ? &set->cpuset_share[0] : NULL;

	for (size_t i = 0; first && first->vm && i < snap->n_vm; i++)
		if (snap->vm[i].pid != UNKNOWN_U64 && snap->vm[i].pid == first->pid)
			return &snap->vm[i];
	return NULL;
}

/* bpf: who has the exact accounts; NULL: nobody. */
static enum severity proven(enum severity severity, const struct source *bpf)
{
	bool exact = bpf && source_has_values(bpf->state);

	return severity > SEVERITY_WATCH && !exact ? SEVERITY_WATCH : severity;
}

enum severity pinning_fight_severity(const struct snapshot *snap, const struct cpuset *set)
{
	return proven(pinning_set_severity(set),
		snapshot_source(snap->source, snap->n_source, "bpf"));
}

enum severity pinning_cpu_severity(const struct snapshot *snap, double contended_pct)
{
	return proven(pinning_severity(contended_pct),
		snapshot_source(snap->source, snap->n_source, "bpf"));
}

enum severity pinning_vm_severity(const struct vm *vm)
{
	if (vm_is_halted(vm) || !vm->pinning.bound)
		return SEVERITY_NONE;
	return proven(pinning_severity(vm->pinning.demand_pct), vm_source(vm, "bpf"));
}

static void report_fight(struct snapshot *snap, const struct cpuset *set, struct judge *judge)
{
	struct arena *arena = &snap->arena;
	const char *cpus = pinning_cpus(set->cpus, set->cpus_count, arena);
	char demand[FORMAT_SIZE], sharers[FORMAT_SIZE];

	judge_report(judge,
		&(struct finding){
			.pane = "pinning",
			.rule = "pinning-conflict",
			.subject = cpus,
			.severity = pinning_fight_severity(snap, set),
			.text = arena_printf(arena, "%s share %s: demand %s%% of %s: %s",
				format_id(sharers, set->sharers), cpus,
				format_pct(demand, set->demand_pct),
				set->cpus_count == 1 ? "it" : "them", pinning_names(set, NAMES, arena)),
		},
		NAN);
}

/* Only its own threads are in each other's way. */
static void report_crowd(struct snapshot *snap, const struct cpuset *set, struct judge *judge)
{
	const struct vm *vm = vm_named(snap, set);
	struct arena *arena = &snap->arena;
	const char *cpus = pinning_cpus(set->cpus, set->cpus_count, arena);
	char demand[FORMAT_SIZE];

	if (!vm)
		return;
	judge_report_vm(judge, vm,
		&(struct finding){
			.pane = "pinning",
			.rule = "pinning-crowded",
			.subject = cpus,
			.verdict = vm->pinning.verdict,
			.severity = pinning_fight_severity(snap, set),
			.text = arena_printf(arena, "its own threads ask %s%% of %s, their only %s",
				format_pct(demand, set->demand_pct), cpus,
				set->cpus_count == 1 ? "one" : "ones"),
		},
		NAN);
}

static void report(struct judge *judge, const struct vm *vm, const char *rule,
	enum severity severity, const char *text)
{
	judge_report_vm(judge, vm,
		&(struct finding){
			.pane = "pinning",
			.rule = rule,
			.verdict = vm->pinning.verdict,
			.severity = severity,
			.text = text,
		},
		NAN);
}

static void report_drift(struct snapshot *snap, const struct vm *vm, struct judge *judge)
{
	const struct pinning *pinning = &vm->pinning;
	struct arena *arena = &snap->arena;
	const char *text;

	if (pinning->drifted == UNKNOWN_U64 || pinning->drifted == 0 || !pinning->drifter)
		return;
	text = arena_printf(arena, "%s on CPU %s, configured %s", pinning->drifter,
		pinning->real ? pinning->real : "-",
		pinning->configured ? pinning->configured : "-");
	if (pinning->drifted > 1)
		text = arena_printf(arena, "%s; %llu threads in all", text,
			(unsigned long long)pinning->drifted);
	report(judge, vm, "pinning-drift",
		pinning_vm_severity(vm) > SEVERITY_WATCH ? SEVERITY_WARN : SEVERITY_WATCH, text);
}

static void report_isolation(struct snapshot *snap, const struct vm *vm, struct judge *judge)
{
	static const struct {
		enum severity severity;
		const char *what, *fault;
	} told[] = {
		[ISOLATION_UNBALANCED] = { SEVERITY_WATCH, "its vCPUs share isolated CPU",
			"; nothing spreads them" },
		[ISOLATION_SHARED] = { SEVERITY_WARN, "several busy threads on isolated CPU", "" },
		[ISOLATION_HELPER] = { SEVERITY_INFO, "isolated CPU",
			": emulator or I/O threads beside vCPUs" },
	};
	const struct pinning *pinning = &vm->pinning;
	const char *cpus = pinning->isolated ? pinning->isolated : "-";
	enum severity severity = told[pinning->isolation].severity;

	if (pinning->isolation == ISOLATION_NONE)
		return;
	if (pinning->isolation == ISOLATION_UNBALANCED &&
		steal_severity(vm->steal.host_delay_pct) >= SEVERITY_WARN)
		severity = SEVERITY_WARN; /* they do sit on one */
	report(judge, vm, "pinning-isolated", severity,
		arena_printf(&snap->arena, "%s%s %s%s", told[pinning->isolation].what,
			strpbrk(cpus, ",-") ? "s" : "", cpus, told[pinning->isolation].fault));
}

/* One for the host: each core has two VMs in it, and a large host has many cores. */
static void report_smt(struct snapshot *snap, struct judge *judge)
{
	const struct vm *first = NULL;
	char cpu[FORMAT_SIZE];
	uint64_t vcpus = 0;

	for (size_t i = 0; i < snap->n_vm; i++) {
		const struct vm *vm = &snap->vm[i];

		if (vm->pinning.smt == UNKNOWN_U64 || vm->pinning.smt == 0 || !vm->pinning.smt_vm)
			continue;
		vcpus += vm->pinning.smt;
		if (!first)
			first = vm;
	}
	if (!first)
		return;
	judge_report(judge,
		&(struct finding){
			.pane = "pinning",
			.rule = "pinning-smt",
			.subject = "SMT",
			.severity = SEVERITY_INFO,
			.text = arena_printf(&snap->arena,
				"%llu busy %s: %s with %s, CPU %s", (unsigned long long)vcpus,
				vcpus == 1 ? "vCPU shares its core" : "vCPUs share their cores",
				first->name ? first->name : "-", first->pinning.smt_vm,
				format_id(cpu, first->pinning.smt_cpu)),
		},
		NAN);
}

static bool is_short(const struct pinning *pinning)
{
	return pinning->bound && pinning_severity(pinning->demand_pct) != SEVERITY_NONE;
}

/* Its CPUs are fought over, and it waits for them. */
static bool is_hurt(const struct vm *vm)
{
	return is_short(&vm->pinning) && steal_severity(vm->pinning.wait_pct) != SEVERITY_NONE;
}

static bool is_hidden(const struct vm *vm)
{
	const struct pinning *pinning = &vm->pinning;

	return is_hurt(vm) && !differ_has_no_clock(vm) && differ_is_fresh(vm, STEAL_HIDDEN) &&
	       pinning->gap_pct >= STEAL_WATCH_PCT && !(pinning->gap_pct <= pinning->gap_error_pct);
}

static void set_verdict(struct vm *vm, enum verdict verdict, const char *reason)
{
	vm->pinning.verdict = verdict;
	vm->pinning.verdict_reason = reason;
}

static const char *missing_reason(const struct vm *vm, const struct snapshot *snap)
{
	const struct source *source = vm_source(vm, "affinity");

	if (source && source->state != SOURCE_OK && source->reason)
		return source->reason;
	if (judge_no_rates(snap))
		return judge_no_rates(snap);
	return vm->pinning.cpus ? "what is asked of its CPUs is not known"
				: "where its vCPUs may run is not known";
}

static void judge_verdict(struct snapshot *snap, struct vm *vm, struct judge *judge)
{
	const struct pinning *pinning = &vm->pinning;
	bool now = !vm_is_halted(vm) && is_hidden(vm);
	bool fresh = differ_is_fresh(vm, STEAL_HIDDEN);
	bool lasting = judge_lasting(
		judge, "pinning-hidden", vm->key, now, differ_read_s(snap, vm, STEAL_HIDDEN));

	if (vm_is_halted(vm))
		set_verdict(vm, VERDICT_UNKNOWN, judge_halted(snap, vm));
	else if (!pinning->cpus || isnan(pinning->demand_pct))
		set_verdict(vm, VERDICT_UNKNOWN, missing_reason(vm, snap));
	else if (lasting && fresh && !isnan(pinning->gap_pct))
		set_verdict(vm, VERDICT_HIDDEN, NULL);
	else if (is_short(pinning) && isnan(pinning->wait_pct))
		set_verdict(vm, VERDICT_UNKNOWN, "how long its vCPUs wait is not known");
	else if (!is_hurt(vm))
		set_verdict(vm, VERDICT_AGREE, NULL);
	else if (differ_has_no_clock(vm))
		set_verdict(vm, VERDICT_BLIND, differ_why_blind(vm));
	else if (isnan(pinning->gap_pct))
		set_verdict(vm, VERDICT_UNKNOWN,
			vm->steal.verdict_reason ? vm->steal.verdict_reason
						 : "the guest's view is missing");
	else if (!fresh)
		set_verdict(vm, VERDICT_UNKNOWN, judge_guest_is_old);
	else if (now)
		set_verdict(vm, VERDICT_UNKNOWN,
			"they differ, but did not in 2 of the last 3 intervals");
	else
		set_verdict(vm, VERDICT_AGREE, NULL);
}

void pinning_judge(struct snapshot *snap, struct judge *judge)
{
	for (size_t i = 0; i < snap->n_vm; i++) {
		struct vm *vm = &snap->vm[i];

		judge_verdict(snap, vm, judge);
		report_drift(snap, vm, judge);
		if (!vm_is_halted(vm))
			report_isolation(snap, vm, judge);
	}
	for (size_t i = 0; i < snap->n_cpuset; i++) {
		const struct cpuset *set = &snap->cpuset[i];

		if (pinning_set_severity(set) == SEVERITY_NONE)
			continue;
		if (is_alone(set))
			report_crowd(snap, set, judge);
		else
			report_fight(snap, set, judge);
	}
	report_smt(snap, judge);
}
