// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/derive_pinning.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void tally_set(void *arg, uint16_t number)
{
	struct tally *tally = arg;
	const struct pins *pins = tally->pins;

	for (size_t i = pins->first[number]; i < pins->first[number + 1]; i++)
		tally_add(tally, &pins->party[pins->by_set[i]], 1);
}

/* Several processes of one name become one share. */
static struct cpuset_share *share_of(
	const struct pins *pins, size_t who, struct cpuset_share *share, size_t n)
{
	const char *name = pins_name(pins, who);

	for (size_t i = 0; who >= pins->out->n_vm && i < n; i++)
		if (!share[i].vm && strcmp(share[i].name, name) == 0)
			return &share[i];
	return NULL;
}

static struct cpuset_share share_made(const struct tally *tally, size_t who)
{
	const struct pins *pins = tally->pins;
	const struct snapshot *out = pins->out;
	bool is_vm = who < out->n_vm;

	return (struct cpuset_share){
		.name = pins_name(pins, who),
		.vm = is_vm,
		.pid = is_vm ? out->vm[who].pid
			     : (uint64_t)pins->derive->cur->affinity.process[who - out->n_vm].pid,
		.threads = is_vm ? tally->threads[who] : UNKNOWN_U64,
		.demand_pct = tally->demand_pct[who],
	};
}

static int by_share(const void *a, const void *b)
{
	const struct cpuset_share *x = a, *y = b;

	if (x->demand_pct != y->demand_pct)
		return x->demand_pct > y->demand_pct ? -1 : 1;
	return strcmp(x->name ? x->name : "", y->name ? y->name : "");
}

static void list_shares(const struct tally *tally, struct cpuset *out)
{
	const struct pins *pins = tally->pins;
	struct arena scratch = { 0 };
	struct cpuset_share *share = arena_array(&scratch, tally->n, sizeof(*share));
	size_t n = 0;

	out->sharers = 0;
	for (size_t i = 0; i < tally->n; i++) {
		size_t who = tally->who[i];
		struct cpuset_share *same = share_of(pins, who, share, n);

		if (same) {
			same->pid = UNKNOWN_U64;
			same->demand_pct += tally->demand_pct[who];
		} else {
			share[n++] = share_made(tally, who);
		}
	}
	if (n)
		qsort(share, n, sizeof(*share), by_share);
	for (size_t i = 0; i < n; i++)
		out->sharers += share[i].demand_pct >= SHARES_PCT;
	out->n_cpuset_share = n < CPUSET_SHARES ? n : CPUSET_SHARES;
	out->cpuset_share = arena_array(
		pins->derive->arena, out->n_cpuset_share, sizeof(*out->cpuset_share));
	for (size_t i = 0; i < out->n_cpuset_share; i++)
		out->cpuset_share[i] = share[i];
	arena_release(&scratch);
}

static void list_vms(const struct tally *tally, struct cpuset *out)
{
	const struct pins *pins = tally->pins;

	out->vms = arena_array(pins->derive->arena,
		tally->n < CPUSET_VMS ? tally->n : CPUSET_VMS, sizeof(*out->vms));
	out->n_vms = 0;
	out->threads = 0;
	for (size_t i = 0; i < tally->n; i++) {
		size_t who = tally->who[i];

		if (who >= pins->out->n_vm)
			continue;
		out->threads += tally->threads[who];
		if (out->n_vms < CPUSET_VMS)
			out->vms[out->n_vms++].name = pins_name(pins, who);
	}
}

static void list_set(struct tally *tally, uint16_t number, struct cpuset *out)
{
	struct pins *pins = tally->pins;
	const struct pinset *set = &pins->sets.set[number];

	*out = (struct cpuset){
		.cpus = pinsets_text(&pins->sets, number),
		.cpus_count = set->count,
		.bound = set->bound,
		.joint = set->joint,
		.demand_pct = pinset_pct(set),
	};
	pinsets_visit(&pins->sets, number, true, tally_set, tally);
	tally_sort(tally);
	list_vms(tally, out);
	list_shares(tally, out);
	tally_clear(tally);
}

/* Those where it is tightest, and that of all CPUs last. */
static int tightest_first(const void *a, const void *b, void *arg)
{
	const struct pinsets *sets = arg;
	const struct pinset *x = &sets->set[*(const uint16_t *)a], *y = &sets->set[*(const uint16_t *)b];
	double left = isnan(x->demand_pct) ? -1 : pinset_pct(x);
	double right = isnan(y->demand_pct) ? -1 : pinset_pct(y);
	uint64_t first = cpus_next(&x->cpus, 0), other = cpus_next(&y->cpus, 0);

	if (x->bound != y->bound)
		return x->bound ? -1 : 1;
	if (left != right)
		return left > right ? -1 : 1;
	if (first != other)
		return first < other ? -1 : 1;
	return (x->count > y->count) - (x->count < y->count);
}

static bool has_vm(const struct pins *pins, size_t number)
{
	for (size_t i = pins->first[number]; i < pins->first[number + 1]; i++)
		if (pins->party[pins->by_set[i]].who < pins->out->n_vm)
			return true;
	return false;
}

void pins_list_sets(struct pins *pins)
{
	uint16_t *number = arena_array(&pins->scratch, pins->sets.n, sizeof(*number));
	struct snapshot *out = pins->out;
	struct tally tally;
	size_t n = 0;

	for (size_t i = 0; i < pins->sets.n; i++)
		if (pins->sets.set[i].joint || has_vm(pins, i))
			number[n++] = (uint16_t)i;
	if (n)
		qsort_r(number, n, sizeof(*number), tightest_first, &pins->sets);
	out->n_cpuset = n < CPUSETS ? n : CPUSETS;
	out->cpuset = arena_array(pins->derive->arena, out->n_cpuset, sizeof(*out->cpuset));
	tally_begin(&tally, pins);
	for (size_t i = 0; i < out->n_cpuset; i++)
		list_set(&tally, number[i], &out->cpuset[i]);
}

struct loads {
	double demand_pct[CPUS_MAX], contended_pct[CPUS_MAX];
};

/* Each set's demand, spread evenly over its CPUs. */
static void spread(const struct pins *pins, struct loads *loads)
{
	bool known = false;

	for (size_t i = 0; i < pins->sets.n; i++)
		known |= !isnan(pins->sets.set[i].own_pct);
	for (size_t i = 0; i < CPUS_MAX; i++) {
		loads->demand_pct[i] = known ? 0 : NAN;
		loads->contended_pct[i] = NAN;
	}
	for (size_t i = 0; i < pins->sets.n; i++) {
		const struct pinset *set = &pins->sets.set[i];
		double part = set->own_pct / (double)set->count;

		for (uint64_t id = cpus_next(&set->cpus, 0); id < CPUS_MAX;
			id = cpus_next(&set->cpus, id + 1)) {
			if (!isnan(part))
				loads->demand_pct[id] += part;
			if (pinset_is_short(set))
				loads->contended_pct[id] =
					fmax(loads->contended_pct[id], pinset_pct(set));
		}
	}
}

static void tally_bound(struct tally *tally, uint16_t number)
{
	const struct pins *pins = tally->pins;
	const struct pinset *set = &pins->sets.set[number];

	for (size_t i = pins->first[number]; set->bound && i < pins->first[number + 1]; i++)
		tally_add(tally, &pins->party[pins->by_set[i]], 1 / (double)set->count);
}

static void list_names(struct tally *tally, struct cpu_load *out)
{
	const struct pins *pins = tally->pins;
	const struct pinsets *sets = &pins->sets;

	if (sets->single[out->id] != PINSETS_NONE)
		tally_bound(tally, sets->single[out->id]);
	for (size_t i = 0; i < sets->n_several; i++)
		if (cpus_has(&sets->set[sets->several[i]].cpus, out->id))
			tally_bound(tally, sets->several[i]);
	tally_sort(tally);
	out->sharers = tally->n;
	out->n_names = tally->n < CPU_LOAD_NAMES ? tally->n : CPU_LOAD_NAMES;
	out->names = arena_array(pins->derive->arena, out->n_names, sizeof(*out->names));
	for (size_t i = 0; i < out->n_names; i++)
		out->names[i].name = pins_name(pins, tally->who[i]);
	tally_clear(tally);
}

/* Neighbours are mostly in the same sets, and then of the same threads. */
static bool is_alike(const struct pinsets *sets, uint64_t a, uint64_t b)
{
	if (sets->single[a] != PINSETS_NONE || sets->single[b] != PINSETS_NONE)
		return false;
	for (size_t i = 0; i < sets->n_several; i++) {
		const struct cpus *cpus = &sets->set[sets->several[i]].cpus;

		if (cpus_has(cpus, a) != cpus_has(cpus, b))
			return false;
	}
	return true;
}

void pins_list_cpus(struct pins *pins)
{
	const struct topology_sample *topology = &pins->derive->cur->topology;
	struct snapshot *out = pins->out;
	struct loads *loads = arena_alloc(&pins->scratch, sizeof(*loads));
	struct tally tally;

	spread(pins, loads);
	tally_begin(&tally, pins);
	out->n_cpu_load = 0;
	out->cpu_load = arena_array(pins->derive->arena, topology->n_cpu, sizeof(*out->cpu_load));
	for (size_t i = 0; i < topology->n_cpu; i++) {
		struct cpu_load *load = &out->cpu_load[out->n_cpu_load];

		if (topology->cpu[i].id >= CPUS_MAX)
			continue;
		*load = (struct cpu_load){ .id = topology->cpu[i].id };
		load->demand_pct = loads->demand_pct[load->id];
		load->contended_pct = loads->contended_pct[load->id];
		if (out->n_cpu_load && is_alike(&pins->sets, load->id, load[-1].id)) {
			load->sharers = load[-1].sharers;
			load->names = load[-1].names;
			load->n_names = load[-1].n_names;
		} else {
			list_names(&tally, load);
		}
		out->n_cpu_load++;
	}
}
