// SPDX-License-Identifier: GPL-2.0-or-later
#include "panes/numa.h"

#include <math.h>

#include "panes/style.h"
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

enum severity numa_severity(const struct vm *vm)
{
	const struct numa *numa = &vm->numa;
	double remote = 100 - numa->host_local_pct, doubt = 2 * numa->host_local_error_pct;

	/* A guest that knows its nodes may use each from there: what no layout can make local counts. */
	if (numa->guest_nodes > 1 && numa->guest_nodes != UNKNOWN_U64)
		return by_locality(numa->host_best_local_pct + doubt);
	if (!(remote > doubt))
		return SEVERITY_NONE;
	if (isnan(numa->latency_factor))
		return by_locality(numa->host_local_pct + doubt);
	return by_factor(1 + (numa->latency_factor - 1) * (remote - doubt) / remote);
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
		set_verdict(vm, VERDICT_UNKNOWN,
			arena_printf(&snap->arena, "the VM is %s", words_vm_state[vm->state]));
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
static void judge_vm(struct snapshot *snap, struct vm *vm, struct judge *judge)
{
	bool now = numa_runs(vm) && numa_severity(vm) != SEVERITY_NONE && vm->numa.gap_pct > 0;
	bool lasting = judge_lasting(judge, "numa-remote", vm->key, now, NAN);

	set_verdict_of(snap, vm, now, lasting);
	if (!vm_is_halted(vm) && !has_one_node(snap))
		numa_report(snap, vm, judge);
}

void numa_judge(struct snapshot *snap, struct judge *judge)
{
	for (size_t i = 0; i < snap->n_vm; i++)
		judge_vm(snap, &snap->vm[i], judge);
}
