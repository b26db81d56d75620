// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/derive.h"

/*
 * What the guest believes, and how far it is from what the host measured over the same seconds.
 *
 * A guest counts, for each of its CPUs, busy, idle and stolen time. The figures shown are shares
 * of their sum, as every tool inside the guest prints them. The gaps are not: when the host
 * blocks a vCPU where the guest cannot see it, that sum falls short of the time that passed, and
 * shares of it would hide just that. So gaps compare CPU time over the wall time W between the
 * guest's two readings, for all n vCPUs together:
 *
 *	steal gap = 100 / (n W) * (host wait - guest steal)
 *	busy gap  = 100 / (n W) * (host run + host wait - guest busy - guest steal)
 *
 * A guest with a steal clock has run as busy and wait as steal, and both gaps are 0. What is left
 * in the busy gap is work of the host for a guest that believes it is idle (halt polling, exits,
 * emulation), or the reverse.
 *
 * A guest without one is told nothing of what was taken, and puts it where it may: what fell
 * between two ticks of its into busy, what swallowed whole ticks nowhere. So its busy time lies
 * anywhere from run to run + wait, and only what is beyond is a gap:
 *
 * (Its steal gap is unknown: there is nothing to compare with.)
 *
 *	busy gap = 100 / (n W) * (host run - guest busy)		where guest busy is less
 *	busy gap = 100 / (n W) * (host run + host wait - guest busy)	where it is more, else 0
 *
 * Totals are compared, not CPU by CPU, because the two sides may number them differently and a
 * CPU that the guest took offline is idle on the host, too. One side's missing CPU makes the gap
 * unknown for this once.
 *
 * The error, in percentage points of the same base. Each column is a multiple of the guest's
 * quantum q at both ends, so a CPU's difference is off by less than q for each column: one in the
 * steal gap, two (busy, steal) in the busy gap. Host and guest are read within one call, so their
 * intervals are shifted against each other by at most half of each call's length r, and no more
 * than that can have been run, waited or counted in the shift. The host's run time is brought up
 * to date once a tick, at most 10 ms ago, on both ends; its wait needs no tick.
 *
 *	steal gap error = 100 / W * (q + r1/2 + r2/2)
 *	busy gap error  = 100 / W * (2 q + r1/2 + r2/2 + 10 ms)
 */

static const double HOST_TICK_MS = 10;

/* Sums over CPUs, in ms. Columns and CPUs that are unknown are not in them. */
struct guest_sum {
	double busy_ms, steal_ms;			     /* all CPUs: for gaps */
	double shown_busy_ms, shown_idle_ms, shown_steal_ms; /* CPUs with all columns: for shares */
	bool complete;	/* busy and, unless the guest has no such column, steal of every CPU */
	bool has_steal; /* column */
};

struct column_deltas {
	uint64_t busy_ms, idle_ms, steal_ms;
	bool has_steal;
};

/* Why the gap is unknown, unless the steal clock has one. */
static void explain(struct steal *steal, const char *reason)
{
	if (isnan(steal->guest_told_pct))
		steal->verdict_reason = reason;
}

static const struct guest_cpu *guest_cpu(const struct guest_reading *reading, uint64_t id)
{
	for (size_t i = 0; i < reading->n_cpu; i++)
		if (reading->cpu[i].id == id)
			return &reading->cpu[i];
	return NULL;
}

static bool guest_deltas(
	const struct agent_reading *reading, uint64_t id, struct column_deltas *deltas)
{
	const struct guest_cpu *cur = guest_cpu(&reading->cur, id);
	const struct guest_cpu *prev = guest_cpu(&reading->prev, id);

	if (!cur || !prev)
		return false;
	deltas->busy_ms = derive_delta(cur->busy_ms_total, prev->busy_ms_total);
	deltas->idle_ms = derive_delta(cur->idle_ms_total, prev->idle_ms_total);
	deltas->steal_ms = derive_delta(cur->steal_ms_total, prev->steal_ms_total);
	deltas->has_steal = cur->steal_ms_total != UNKNOWN_U64;
	return true;
}

/* The sum of the columns, the base of the guest's own shares; 0 when one of them is unknown. */
static double columns_ms(const struct column_deltas *deltas)
{
	if (deltas->busy_ms == UNKNOWN_U64 || deltas->idle_ms == UNKNOWN_U64)
		return 0;
	if (!deltas->has_steal)
		return (double)(deltas->busy_ms + deltas->idle_ms);
	if (deltas->steal_ms == UNKNOWN_U64)
		return 0;
	return (double)(deltas->busy_ms + deltas->idle_ms + deltas->steal_ms);
}

static void sum_cpu(const struct column_deltas *deltas, struct guest_sum *sum)
{
	sum->has_steal &= deltas->has_steal;
	if (deltas->busy_ms == UNKNOWN_U64 ||
		(deltas->has_steal && deltas->steal_ms == UNKNOWN_U64))
		sum->complete = false;
	else
		sum->busy_ms += (double)deltas->busy_ms;
	if (deltas->has_steal && deltas->steal_ms != UNKNOWN_U64)
		sum->steal_ms += (double)deltas->steal_ms;
	if (columns_ms(deltas) <= 0)
		return;
	sum->shown_busy_ms += (double)deltas->busy_ms;
	sum->shown_idle_ms += (double)deltas->idle_ms;
	sum->shown_steal_ms += deltas->has_steal ? (double)deltas->steal_ms : 0;
}

static struct guest_sum guest_sum(const struct agent_reading *reading)
{
	struct guest_sum sum = {
		.complete = reading->cur.n_cpu == reading->prev.n_cpu,
		.has_steal = reading->cur.n_cpu > 0,
	};

	for (size_t i = 0; i < reading->cur.n_cpu; i++) {
		struct column_deltas deltas;

		if (guest_deltas(reading, reading->cur.cpu[i].id, &deltas))
			sum_cpu(&deltas, &sum);
		else
			sum.complete = false;
	}
	return sum;
}

static void show_guest(const struct guest_sum *sum, struct steal *steal)
{
	double all_ms = sum->shown_busy_ms + sum->shown_idle_ms + sum->shown_steal_ms;

	if (!(all_ms > 0))
		return;
	steal->guest_busy_pct = 100 * sum->shown_busy_ms / all_ms;
	steal->guest_idle_pct = 100 * sum->shown_idle_ms / all_ms;
	if (sum->has_steal && isnan(steal->guest_told_pct))
		steal->guest_steal_pct = 100 * sum->shown_steal_ms / all_ms;
}

static void show_vcpu(const struct agent_reading *reading, struct vcpu *vcpu)
{
	struct column_deltas deltas;
	double all_ms;

	if (!guest_deltas(reading, vcpu->id, &deltas))
		return;
	all_ms = columns_ms(&deltas);
	if (!(all_ms > 0))
		return;
	vcpu->guest_busy_pct = 100 * (double)deltas.busy_ms / all_ms;
	if (deltas.has_steal && isnan(vcpu->guest_steal_pct))
		vcpu->guest_steal_pct = 100 * (double)deltas.steal_ms / all_ms;
}

/* The host's threads over the guest's interval; false when one of them is not known at an end. */
static bool pair_host(
	const struct agent_reading *reading, const struct vm *vm, struct thread_rate *paired)
{
	const struct guest_reading *cur = &reading->cur, *prev = &reading->prev;
	struct thread_rate sum = { 0 }, rate;
	double n;

	if (cur->n_host == 0 || cur->n_host != prev->n_host)
		return false;
	for (size_t i = 0; i < cur->n_host; i++) {
		if (!derive_thread_rate(&cur->host[i],
			    derive_task(prev->host, prev->n_host, cur->host[i].tid,
				    cur->host[i].start_ticks),
			    &rate))
			return false;
		sum.run_pct += rate.run_pct;
		sum.wait_pct += rate.wait_pct;
	}
	n = (double)(cur->n_host * derive_vcpus_per_thread(vm, cur->n_host));
	paired->run_pct = sum.run_pct / n;
	paired->wait_pct = sum.wait_pct / n;
	return true;
}

static bool is_blind(const struct vm *vm, const struct guest_sum *sum)
{
	return vm->steal_clock == STEAL_CLOCK_NONE || vm->steal_clock == STEAL_CLOCK_OFF ||
	       !sum->has_steal;
}

static double blind_busy_gap(const struct thread_rate *paired, double busy_pct)
{
	double least = paired->run_pct, most = least + paired->wait_pct;

	return busy_pct < least ? least - busy_pct : busy_pct > most ? most - busy_pct : 0;
}

/*
 * Time that was taken and that the guest counts nowhere is in both gaps. It is the steal gap then,
 * and stays that from one reading to the next: busy time has to be further off by more than the
 * noise to be shown in its place. Where the steal clock is read, its gap is of now, and what the
 * guest said long ago must not hide it.
 */
static bool shows_busy_gap(const struct steal *steal, bool fresh, double busy_error_pct)
{
	if (!isnan(steal->guest_told_pct) && !fresh)
		return false;
	/* Also when there is no steal gap. */
	return !(fabs(steal->steal_gap_pct) + busy_error_pct >= fabs(steal->busy_gap_pct));
}

/* The gap that is shown, with what it was made of: all of the guest's interval. */
static void compare(const struct agent_reading *reading, bool fresh, const struct guest_sum *sum,
	double wall_ms, struct vm *vm)
{
	struct steal *steal = &vm->steal;
	size_t n = reading->cur.n_host * derive_vcpus_per_thread(vm, reading->cur.n_host);
	double base_ms = wall_ms * (double)n;
	double rtt_ms = ((double)reading->cur.rtt_ns + (double)reading->prev.rtt_ns) / 2 / 1e6;
	double quantum_ms = (double)reading->quantum_ms;
	double busy_error_pct = 100 * (2 * quantum_ms + rtt_ms + HOST_TICK_MS) / wall_ms;
	bool by_clock = !isnan(steal->guest_told_pct), busy;
	struct thread_rate paired;
	double busy_pct, steal_pct;

	if (!pair_host(reading, vm, &paired)) {
		explain(steal, "the host's side of the guest's interval is not known");
		return;
	}
	if (!sum->complete) {
		explain(steal, "the guest's CPUs changed between its two readings");
		return;
	}
	if (n < reading->cur.n_cpu) {
		explain(steal, "the guest has more CPUs than vCPU threads were found");
		return;
	}
	busy_pct = 100 * sum->busy_ms / base_ms;
	steal_pct = 100 * sum->steal_ms / base_ms; /* 0 without the column: it is in busy or idle */
	if (!is_blind(vm, sum) && !by_clock)
		steal->steal_gap_pct = paired.wait_pct - steal_pct;
	steal->busy_gap_pct = is_blind(vm, sum) ? blind_busy_gap(&paired, busy_pct)
						: paired.run_pct + paired.wait_pct - busy_pct -
							  steal_pct;
	busy = shows_busy_gap(steal, fresh, busy_error_pct);
	steal->paired_run_pct = paired.run_pct;
	if (by_clock && !busy)
		return; /* the clock's gap is there, and over another time */
	steal->paired_wait_pct = paired.wait_pct;
	steal->guest_interval_s = wall_ms / 1e3;
	steal->gap_kind = busy ? GAP_BUSY : GAP_STEAL;
	steal->gap_pct = busy ? steal->busy_gap_pct : steal->steal_gap_pct;
	steal->gap_error_pct = busy ? busy_error_pct : 100 * (quantum_ms + rtt_ms) / wall_ms;
	steal->verdict_reason = NULL; /* why the clock has none */
}

void derive_gap(const struct agent_reading *reading, bool fresh, struct vm *vm)
{
	struct steal *steal = &vm->steal;
	struct guest_sum sum;
	double wall_ms;

	if (reading->cur.at_ns == 0)
		return;
	if (reading->prev.at_ns == 0 || reading->cur.at_ns <= reading->prev.at_ns) {
		explain(steal, "the guest was asked once, a comparison needs two readings");
		return;
	}
	wall_ms = (double)(reading->cur.at_ns - reading->prev.at_ns) / 1e6;
	sum = guest_sum(reading);
	if (isnan(steal->guest_told_pct))
		steal->guest_interval_s = wall_ms / 1e3;
	show_guest(&sum, steal);
	for (size_t i = 0; i < steal->n_vcpu; i++)
		show_vcpu(reading, &steal->vcpu[i]);
	compare(reading, fresh, &sum, wall_ms, vm);
}
