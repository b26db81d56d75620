// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/derive_pinning.h"

#include <math.h>

/* What the CPUs themselves say, by number. */
struct ground {
	bool isolated[CPUS_MAX], untouched[CPUS_MAX]; /* untouched: isolated, or without a tick */
	bool has_vcpu[CPUS_MAX]; /* some vCPU is bound to it, alone or among others */
	uint64_t core[CPUS_MAX];
	/* By core: the first two VMs that have a busy vCPU bound to just one of its CPUs, and to which. */
	struct {
		size_t vm;
		uint64_t cpu;
	} on_core[CPUS_MAX][2];
};

static const size_t NOBODY = SIZE_MAX;

static void look_at_cpus(const struct pins *pins, struct ground *ground)
{
	const struct topology_sample *topology = &pins->derive->cur->topology;

	for (size_t i = 0; i < CPUS_MAX; i++)
		ground->on_core[i][0].vm = ground->on_core[i][1].vm = NOBODY;
	for (size_t i = 0; i < topology->n_cpu; i++) {
		const struct topology_cpu *cpu = &topology->cpu[i];

		if (cpu->id >= CPUS_MAX)
			continue;
		ground->isolated[cpu->id] = cpu->isolated;
		ground->untouched[cpu->id] = cpu->isolated || cpu->nohz_full;
		ground->core[cpu->id] = cpu->core < CPUS_MAX ? cpu->core : cpu->id;
	}
}

static void note_on_core(struct ground *ground, uint64_t cpu, size_t vm)
{
	const uint64_t core = ground->core[cpu];

	for (size_t i = 0; i < 2; i++) {
		if (ground->on_core[core][i].vm == vm)
			return;
		if (ground->on_core[core][i].vm != NOBODY)
			continue;
		ground->on_core[core][i].vm = vm;
		ground->on_core[core][i].cpu = cpu;
		return;
	}
}

static void look_at_vcpus(const struct pins *pins, struct ground *ground)
{
	for (size_t i = 0; i < pins->n_party; i++) {
		const struct party *party = &pins->party[i];
		const struct pinset *set = &pins->sets.set[party->set];

		if (party->vcpus == 0 || !set->bound)
			continue;
		for (uint64_t id = cpus_next(&set->cpus, 0); id < CPUS_MAX;
			id = cpus_next(&set->cpus, id + 1))
			ground->has_vcpu[id] = true;
		if (set->count == 1 && party->busy_vcpus)
			note_on_core(ground, cpus_next(&set->cpus, 0), party->who);
	}
}

static bool all_are(const struct pinset *set, const bool *quality)
{
	for (uint64_t id = cpus_next(&set->cpus, 0); id < CPUS_MAX;
		id = cpus_next(&set->cpus, id + 1))
		if (!quality[id])
			return false;
	return true;
}

static bool any_is(const struct pinset *set, const bool *quality)
{
	for (uint64_t id = cpus_next(&set->cpus, 0); id < CPUS_MAX;
		id = cpus_next(&set->cpus, id + 1))
		if (quality[id])
			return true;
	return false;
}

static uint32_t busy_on(const struct pins *pins, uint16_t number)
{
	uint32_t busy = 0;

	for (size_t i = pins->first[number]; i < pins->first[number + 1]; i++) {
		const struct party *party = &pins->party[pins->by_set[i]];

		/* Of a process nobody counts the threads: one that asks for much is one. */
		busy += party->who < pins->out->n_vm ? party->busy : party->demand_pct >= BUSY_PCT;
	}
	return busy;
}

static enum isolation isolation_of(
	const struct pins *pins, const struct ground *ground, const struct party *party)
{
	const struct pinset *set = &pins->sets.set[party->set];

	if (!set->bound || !all_are(set, ground->untouched))
		return ISOLATION_NONE;
	if (set->count == 1 && party->busy && busy_on(pins, party->set) > 1)
		return ISOLATION_SHARED;
	if (!all_are(set, ground->isolated))
		return ISOLATION_NONE;
	if (set->count > 1 && party->vcpus > 1)
		return ISOLATION_UNBALANCED;
	return party->helpers && any_is(set, ground->has_vcpu) ? ISOLATION_HELPER : ISOLATION_NONE;
}

/* The gravest fault of all its sets: shared before unbalanced before helper. */
static void find_isolation(
	struct pins *pins, const struct ground *ground, const struct party *party, struct pinning *out)
{
	static const int gravity[] = { [ISOLATION_NONE] = 0,
		[ISOLATION_HELPER] = 1,
		[ISOLATION_UNBALANCED] = 2,
		[ISOLATION_SHARED] = 3 };
	enum isolation isolation = isolation_of(pins, ground, party);

	if (gravity[isolation] <= gravity[out->isolation])
		return;
	out->isolation = isolation;
	out->isolated = pinsets_text(&pins->sets, party->set);
}

/* A busy vCPU bound to a CPU, and one of another VM bound to another thread of that core. */
static void find_smt(
	const struct pins *pins, const struct ground *ground, const struct party *party, struct pinning *out)
{
	const struct pinset *set = &pins->sets.set[party->set];
	uint64_t id = cpus_next(&set->cpus, 0), core;

	if (!set->bound || set->count != 1 || party->busy_vcpus == 0 || id == CPUS_MAX)
		return;
	core = ground->core[id];
	for (size_t i = 0; i < 2; i++) {
		const size_t other = ground->on_core[core][i].vm;

		if (other == NOBODY || other == party->who || ground->on_core[core][i].cpu == id)
			continue;
		out->smt += party->busy_vcpus;
		if (!out->smt_vm) {
			out->smt_vm = pins_name(pins, other);
			out->smt_cpu = id;
		}
		return;
	}
}

/*
 * The set that a thread is in: its own, unless it lies in a larger one that is short and even more
 * so. That of all CPUs is no such set: who is bound to none is no matter of pinning.
 */
static uint16_t tightest_around(const struct pins *pins, uint16_t number)
{
	const struct pinsets *sets = &pins->sets;
	uint16_t tightest = number;

	if (!sets->set[number].bound)
		return number;
	for (size_t i = 0; i < sets->n_several; i++) {
		const struct pinset *set = &sets->set[sets->several[i]];

		if (pinset_is_short(set) && set->count > sets->set[number].count &&
			!(pinset_pct(set) <= pinset_pct(&sets->set[tightest])) &&
			cpus_within(&sets->set[number].cpus, &set->cpus))
			tightest = sets->several[i];
	}
	return tightest;
}

/* Of two sets the one of which more is asked; a vCPU that is bound goes before one that is not. */
static bool is_tighter(const struct pinset *a, const struct pinset *b)
{
	if (a->bound != b->bound)
		return a->bound;
	return pinset_pct(a) > pinset_pct(b) || (isnan(b->demand_pct) && !isnan(a->demand_pct));
}

struct meeting {
	struct tally *tally;
	const struct pinset *set;
};

static struct cpus common(const struct pinset *a, const struct pinset *b)
{
	return cpus_and(&a->cpus, &b->cpus);
}

static void meet(void *arg, uint16_t number)
{
	const struct meeting *meeting = arg;
	const struct pins *pins = meeting->tally->pins;
	const struct pinset *set = &pins->sets.set[number];
	const struct cpus both = common(set, meeting->set);

	for (size_t i = pins->first[number]; set->bound && i < pins->first[number + 1]; i++)
		tally_add(meeting->tally, &pins->party[pins->by_set[i]],
			(double)cpus_count(&both) / (double)set->count);
}

static void find_sharers(struct tally *tally, size_t vm, uint16_t number, struct pinning *out)
{
	struct meeting meeting = { tally, &tally->pins->sets.set[number] };

	pinsets_visit(&tally->pins->sets, number, false, meet, &meeting);
	tally_sort(tally);
	out->sharers = 0;
	for (size_t i = 0; i < tally->n; i++) {
		if (tally->who[i] == vm)
			continue;
		out->sharers += tally->who[i] < tally->pins->out->n_vm;
		if (!out->sharer)
			out->sharer = pins_name(tally->pins, tally->who[i]);
	}
	tally_clear(tally);
}

static uint64_t vcpus_within(
	const struct pins *pins, const struct party *party, size_t n, const struct pinset *set)
{
	uint64_t vcpus = 0;

	for (size_t i = 0; i < n; i++)
		if (cpus_within(&pins->sets.set[party[i].set].cpus, &set->cpus))
			vcpus += party[i].vcpus;
	return vcpus;
}

static void judge_vm(struct tally *tally, const struct party *party, size_t n, struct pinning *out)
{
	struct pins *pins = tally->pins;
	const struct pinset *set;
	uint16_t worst = PINSETS_NONE;

	for (size_t i = 0; i < n; i++) {
		uint16_t number = tightest_around(pins, party[i].set);

		if (party[i].vcpus && (worst == PINSETS_NONE ||
			is_tighter(&pins->sets.set[number], &pins->sets.set[worst])))
			worst = number;
	}
	if (worst == PINSETS_NONE)
		return;
	set = &pins->sets.set[worst];
	out->cpus = pinsets_text(&pins->sets, worst);
	out->cpus_count = set->count;
	out->bound = set->bound;
	out->demand_pct = pinset_pct(set);
	out->set_vcpus = vcpus_within(pins, party, n, set);
	if (set->bound)
		find_sharers(tally, party->who, worst, out);
}

/*
 * The wait over the interval of the guest's steal, in which a quota's time is on either side. Where
 * busy time makes the gap, the paired figures are of the agent's interval, and a steal that its
 * clock told is not: then the clock's own gap has the wait in it.
 */
static double paired_wait(const struct steal *steal)
{
	double blocked = isnan(steal->host_blocked_pct) ? 0 : steal->host_blocked_pct;

	if (isnan(steal->paired_wait_pct))
		return steal->host_delay_pct;
	if (isnan(steal->guest_told_pct) || steal->gap_kind != GAP_BUSY)
		return steal->paired_wait_pct;
	return fmax(steal->steal_gap_pct - blocked + steal->guest_told_pct, 0);
}

/* What the guest was not told of its vCPUs' wait. */
static void compare_with_guest(struct vm *vm)
{
	const struct steal *steal = &vm->steal;

	vm->pinning.wait_pct = paired_wait(steal);
	/* A guest without a clock says 0 for lack of one: that is no gap. */
	if (vm->steal_clock == STEAL_CLOCK_NONE || vm->steal_clock == STEAL_CLOCK_OFF)
		return;
	vm->pinning.gap_pct = vm->pinning.wait_pct - steal->guest_steal_pct;
	vm->pinning.gap_error_pct = steal->gap_error_pct;
}

void pins_judge_vms(struct pins *pins)
{
	struct ground *ground = arena_alloc(&pins->scratch, sizeof(*ground));
	struct tally tally;
	size_t end;

	look_at_cpus(pins, ground);
	look_at_vcpus(pins, ground);
	tally_begin(&tally, pins);
	for (size_t at = 0; at < pins->n_party; at = end) {
		const size_t vm = pins->party[at].who;
		struct pinning *out;

		for (end = at + 1; end < pins->n_party && pins->party[end].who == vm;)
			end++;
		if (vm >= pins->out->n_vm)
			continue;
		out = &pins->out->vm[vm].pinning;
		out->smt = 0;
		judge_vm(&tally, &pins->party[at], end - at, out);
		for (size_t i = at; i < end; i++) {
			find_isolation(pins, ground, &pins->party[i], out);
			find_smt(pins, ground, &pins->party[i], out);
		}
	}
	for (size_t i = 0; i < pins->out->n_vm; i++)
		compare_with_guest(&pins->out->vm[i]);
}
