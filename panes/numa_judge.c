// SPDX-License-Identifier: GPL-2.0-or-later
#include "panes/numa.h"

#include <math.h>

#include "probes/schema.h"

bool numa_runs(const struct vm *vm)
{
	return !vm_is_halted(vm) && vm->steal.got_cpus >= NUMA_LEAST_CPUS;
}

static enum severity by_factor(double factor)
{
	return factor >= NUMA_CRITICAL_FACTOR ? SEVERITY_CRITICAL
	       : factor >= NUMA_WARN_FACTOR   ? SEVERITY_WARN
	       : factor >= NUMA_WATCH_FACTOR  ? SEVERITY_WATCH
					      : SEVERITY_NONE;
}

static enum severity by_locality(double pct)
{
	return pct < NUMA_CRITICAL_PCT ? SEVERITY_CRITICAL
	       : pct < NUMA_WARN_PCT   ? SEVERITY_WARN
	       : pct < NUMA_WATCH_PCT  ? SEVERITY_WATCH
				       : SEVERITY_NONE; /* or unknown */
}

bool numa_guest_has_nodes(const struct numa *numa)
{
	return numa->guest_nodes > 1 && numa->guest_nodes != UNKNOWN_U64;
}

double numa_local_pct(const struct numa *numa)
{
	return numa_guest_has_nodes(numa) ? numa->host_best_local_pct : numa->host_local_pct;
}

/* If so much were local, and the rest as far away as what is not local is now. */
static double latency_at(const struct numa *numa, double local_pct)
{
	double remote = 100 - numa->host_local_pct;

	if (!(remote > 0))
		return numa->latency_factor;
	return 1 + (numa->latency_factor - 1) * (100 - local_pct) / remote;
}

double numa_latency(const struct numa *numa)
{
	return latency_at(numa, numa_local_pct(numa));
}

enum severity numa_severity(const struct vm *vm)
{
	const struct numa *numa = &vm->numa;
	double local = numa_local_pct(numa) + 2 * numa->host_local_error_pct;

	if (!(local < 100))
		return SEVERITY_NONE;
	return isnan(numa->latency_factor) ? by_locality(local) : by_factor(latency_at(numa, local));
}

static void set_verdict(struct vm *vm, enum verdict verdict, const char *reason)
{
	vm->numa.verdict = verdict;
	vm->numa.verdict_reason = reason;
}

static bool has_one_node(const struct snapshot *snap)
{
	return snap->host.n_host_cpu && snap->host.n_host_node < 2;
}

static void set_verdict_of(struct snapshot *snap, struct vm *vm, bool now, bool lasting)
{
	const struct numa *numa = &vm->numa;

	if (has_one_node(snap))
		set_verdict(vm, VERDICT_AGREE, "this host has one node: memory is local by nature");
	else if (vm_is_halted(vm))
		set_verdict(vm, VERDICT_UNKNOWN, judge_halted(snap, vm));
	else if (isnan(numa->gap_pct) && numa->verdict_reason)
		set_verdict(vm, VERDICT_UNKNOWN, numa->verdict_reason);
	else if (isnan(numa->gap_pct))
		set_verdict(vm, VERDICT_UNKNOWN, "the host's view is missing");
	else if (lasting)
		set_verdict(vm, VERDICT_HIDDEN, NULL);
	else if (now)
		set_verdict(vm, VERDICT_UNKNOWN,
			"memory is far away, but was not in 2 of the last 3 intervals");
	else if (numa_severity(vm) == SEVERITY_NONE)
		set_verdict(vm, VERDICT_AGREE, NULL);
	else
		set_verdict(vm, VERDICT_UNKNOWN,
			"memory is far away, but its vCPUs run too little to tell, or to suffer");
}

/* A guest that was given one node has no word for what it suffers. */
static void judge_vm(struct snapshot *snap, struct vm *vm, const struct numa_largest *largest,
	struct judge *judge)
{
	bool now = numa_runs(vm) && numa_severity(vm) != SEVERITY_NONE && vm->numa.gap_pct > 0;
	bool lasting = judge_lasting(judge, "numa-remote", vm->key, now, NAN);

	set_verdict_of(snap, vm, now, lasting);
	if (!vm_is_halted(vm) && !has_one_node(snap))
		numa_report(snap, vm, largest, judge);
}

void numa_judge(struct snapshot *snap, struct judge *judge)
{
	const struct numa_largest largest = numa_largest(&snap->host);

	for (size_t i = 0; i < snap->n_vm; i++)
		judge_vm(snap, &snap->vm[i], &largest, judge);
}
