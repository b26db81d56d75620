// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/derive_pinning.h"

#include <math.h>
#include <stdlib.h>

/*
 * Who may run on which CPUs, and whether that is enough: every thread of a VM, and every process
 * that is bound, is a party to a set of CPUs. pinsets.h says which sets are short of CPUs.
 */

static void add_processes(struct pins *pins)
{
	const struct affinity_sample *section = &pins->derive->cur->affinity;

	for (size_t i = 0; i < section->n_process; i++) {
		const struct bound_process *process = &section->process[i];
		uint16_t set = pins->number[process->set];

		if (set == PINSETS_NONE || section->bound_ns == 0)
			continue;
		pins->party[pins->n_party++] = (struct party){
			.who = pins->out->n_vm + i,
			.set = set,
			.demand_pct = derive_pct(process->demand_ns, section->bound_ns),
		};
	}
}

/* The parties of each set one after the other, by counting. */
static void sort_parties(struct pins *pins)
{
	const size_t n_set = pins->sets.n;
	size_t *next = arena_array(&pins->scratch, n_set + 1, sizeof(*next));

	pins->first = arena_array(&pins->scratch, n_set + 2, sizeof(*pins->first));
	pins->by_set = arena_array(&pins->scratch, pins->n_party + 1, sizeof(*pins->by_set));
	for (size_t i = 0; i < pins->n_party; i++)
		pins->first[pins->party[i].set + 1]++;
	for (size_t i = 0; i < n_set; i++) {
		pins->first[i + 1] += pins->first[i];
		next[i] = pins->first[i];
	}
	for (size_t i = 0; i < pins->n_party; i++)
		pins->by_set[next[pins->party[i].set]++] = i;
}

static void sum_sets(struct pins *pins)
{
	for (size_t i = 0; i < pins->n_party; i++) {
		struct pinset *set = &pins->sets.set[pins->party[i].set];
		double demand_pct = pins->party[i].demand_pct;

		if (!isnan(demand_pct))
			set->own_pct = demand_pct + (isnan(set->own_pct) ? 0 : set->own_pct);
	}
	pinsets_sum(&pins->sets);
}

/* Sets that differ only in CPUs that are offline are one. */
static void add_sets(struct pins *pins)
{
	const struct affinity_sample *section = &pins->derive->cur->affinity;
	const struct cpus online = topology_online(&pins->derive->cur->topology);

	pinsets_init(&pins->sets, &online, section->n_set, &pins->scratch, pins->derive->arena);
	pins->number = arena_array(&pins->scratch, section->n_set, sizeof(*pins->number));
	for (size_t i = 0; i < section->n_set; i++)
		pins->number[i] = pinsets_add(&pins->sets, &section->set[i]);
}

static void copy_names(struct pins *pins)
{
	const struct affinity_sample *section = &pins->derive->cur->affinity;

	pins->process_name = arena_array(
		&pins->scratch, section->n_process, sizeof(*pins->process_name));
	for (size_t i = 0; i < section->n_process; i++) {
		const char *name = section->process[i].name;

		pins->process_name[i] = name ? derive_text(pins->derive, name) : "?";
	}
}

void derive_pinning(const struct derive *derive, const struct joined *joined, struct snapshot *out)
{
	const struct affinity_sample *section = &derive->cur->affinity;
	struct pins pins = { .derive = derive, .joined = joined, .out = out };

	if (section->n_thread == 0)
		return;
	pins.n_who = out->n_vm + section->n_process;
	pins.party = arena_array(
		&pins.scratch, section->n_thread + section->n_process, sizeof(*pins.party));
	copy_names(&pins);
	add_sets(&pins);
	pins_add_threads(&pins);
	add_processes(&pins);
	sum_sets(&pins);
	sort_parties(&pins);
	pins_list_sets(&pins);
	pins_list_cpus(&pins);
	pins_judge_vms(&pins);
	arena_release(&pins.scratch);
}

const char *pins_name(const struct pins *pins, size_t who)
{
	const struct snapshot *out = pins->out;

	return who < out->n_vm ? out->vm[who].name : pins->process_name[who - out->n_vm];
}

void tally_begin(struct tally *tally, struct pins *pins)
{
	*tally = (struct tally){
		.pins = pins,
		.demand_pct = arena_array(&pins->scratch, pins->n_who, sizeof(double)),
		.threads = arena_array(&pins->scratch, pins->n_who, sizeof(uint32_t)),
		.seen = arena_array(&pins->scratch, pins->n_who, sizeof(bool)),
		.who = arena_array(&pins->scratch, pins->n_who, sizeof(size_t)),
	};
}

void tally_add(struct tally *tally, const struct party *party, double part)
{
	size_t who = party->who;

	if (!tally->seen[who]) {
		tally->seen[who] = true;
		tally->demand_pct[who] = 0;
		tally->threads[who] = 0;
		tally->who[tally->n++] = who;
	}
	tally->threads[who] += party->threads;
	if (!isnan(party->demand_pct))
		tally->demand_pct[who] += party->demand_pct * part;
}

/* By demand; what is equal stays in its order. */
static int by_demand(const void *a, const void *b, void *arg)
{
	const struct tally *tally = arg;
	size_t x = *(const size_t *)a, y = *(const size_t *)b;

	if (tally->demand_pct[x] != tally->demand_pct[y])
		return tally->demand_pct[x] > tally->demand_pct[y] ? -1 : 1;
	return (x > y) - (x < y);
}

void tally_sort(struct tally *tally)
{
	if (tally->n > 1)
		qsort_r(tally->who, tally->n, sizeof(*tally->who), by_demand, tally);
}

void tally_clear(struct tally *tally)
{
	for (size_t i = 0; i < tally->n; i++)
		tally->seen[tally->who[i]] = false;
	tally->n = 0;
}
