// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/pinsets.h"

#include <math.h>
#include <string.h>

void pinsets_init(struct pinsets *sets, const struct cpus *online, size_t most,
	struct arena *arena, struct arena *texts)
{
	memset(sets, 0, sizeof(*sets));
	sets->texts = texts;
	sets->online = *online;
	sets->cap = most + PINSETS_JOINT;
	sets->set = arena_array(arena, sets->cap, sizeof(*sets->set));
	sets->several = arena_array(arena, sets->cap, sizeof(*sets->several));
	memset(sets->single, 0xff, sizeof(sets->single)); /* PINSETS_NONE */
}

static uint16_t find(const struct pinsets *sets, const struct cpus *cpus, size_t count)
{
	if (count == 1)
		return sets->single[cpus_next(cpus, 0)];
	for (size_t i = 0; i < sets->n_several; i++)
		if (cpus_equal(&sets->set[sets->several[i]].cpus, cpus))
			return sets->several[i];
	return PINSETS_NONE;
}

uint16_t pinsets_add(struct pinsets *sets, const struct cpus *cpus)
{
	const struct cpus within = cpus_and(cpus, &sets->online);
	size_t count = cpus_count(&within);
	uint16_t number;

	if (count == 0)
		return PINSETS_NONE;
	number = find(sets, &within, count);
	if (number != PINSETS_NONE || sets->n == sets->cap)
		return number;
	number = (uint16_t)sets->n++;
	sets->set[number] = (struct pinset){
		.cpus = within,
		.count = count,
		.own_pct = NAN,
		.demand_pct = NAN,
		.bound = !cpus_equal(&within, &sets->online),
	};
	if (count == 1)
		sets->single[cpus_next(&within, 0)] = number;
	else
		sets->several[sets->n_several++] = number;
	return number;
}

double pinset_pct(const struct pinset *set)
{
	return set->demand_pct / (double)set->count;
}

bool pinset_is_short(const struct pinset *set)
{
	return set->bound && pinset_pct(set) >= PINSETS_SHORT_PCT;
}

const char *pinsets_text(struct pinsets *sets, uint16_t number)
{
	struct pinset *set = &sets->set[number];

	if (!set->text)
		set->text = cpus_format(&set->cpus, sets->texts);
	return set->text;
}

void pinsets_visit(const struct pinsets *sets, uint16_t number, bool within,
	void (*visit)(void *arg, uint16_t number), void *arg)
{
	const struct cpus *cpus = &sets->set[number].cpus;

	for (uint64_t id = cpus_next(cpus, 0); id < CPUS_MAX; id = cpus_next(cpus, id + 1))
		if (sets->single[id] != PINSETS_NONE)
			visit(arg, sets->single[id]);
	for (size_t i = 0; i < sets->n_several; i++) {
		const struct pinset *other = &sets->set[sets->several[i]];

		if (within ? other->count <= sets->set[number].count &&
				     cpus_within(&other->cpus, cpus)
			   : cpus_meet(&other->cpus, cpus))
			visit(arg, sets->several[i]);
	}
}

struct sum {
	const struct pinsets *sets;
	double demand_pct, shortest_pct;
};

/* What nobody knows of one set does not hide what is known of another. */
static void add_own(void *arg, uint16_t number)
{
	struct sum *sum = arg;
	double own_pct = sum->sets->set[number].own_pct;

	if (!isnan(own_pct))
		sum->demand_pct = own_pct + (isnan(sum->demand_pct) ? 0 : sum->demand_pct);
}

static void sum_up(struct pinsets *sets, uint16_t number)
{
	struct sum sum = { .sets = sets, .demand_pct = NAN };

	if (sets->set[number].count == 1)
		add_own(&sum, number);
	else
		pinsets_visit(sets, number, true, add_own, &sum);
	sets->set[number].demand_pct = sum.demand_pct;
}

static bool overlap(const struct pinset *a, const struct pinset *b)
{
	return a->bound && b->bound && cpus_meet(&a->cpus, &b->cpus) &&
	       !cpus_within(&a->cpus, &b->cpus) && !cpus_within(&b->cpus, &a->cpus);
}

/* Every union of sets that overlap, until there is no more, or no room. */
static void add_unions(struct pinsets *sets)
{
	size_t room = sets->n + PINSETS_JOINT;

	for (size_t i = 0; i < sets->n_several; i++)
		for (size_t k = 0; k < i && sets->n < room && sets->n < sets->cap; k++) {
			const struct pinset *a = &sets->set[sets->several[i]];
			const struct pinset *b = &sets->set[sets->several[k]];
			struct cpus both;

			if (!overlap(a, b))
				continue;
			both = cpus_or(&a->cpus, &b->cpus);
			if (!cpus_equal(&both, &sets->online))
				pinsets_add(sets, &both);
		}
}

static void note_shortest(void *arg, uint16_t number)
{
	struct sum *sum = arg;

	sum->shortest_pct = fmax(sum->shortest_pct, pinset_pct(&sum->sets->set[number]));
}

/* It says more than any of the sets in it. */
static bool is_telling(const struct pinsets *sets, uint16_t number, size_t n_base)
{
	struct sum sum = { .sets = sets, .shortest_pct = 0 };
	const struct pinset *set = &sets->set[number];

	if (!pinset_is_short(set))
		return false;
	for (size_t i = 0; i < n_base; i++)
		if (cpus_within(&sets->set[i].cpus, &set->cpus))
			note_shortest(&sum, (uint16_t)i);
	return pinset_pct(set) > sum.shortest_pct + 0.5;
}

/* Unions are the last of all sets, and of those of several CPUs. */
static void keep_telling(struct pinsets *sets, size_t n_base, size_t n_several)
{
	size_t kept = n_base;

	for (size_t i = n_base; i < sets->n; i++)
		if (is_telling(sets, (uint16_t)i, n_base)) {
			sets->set[kept] = sets->set[i];
			sets->set[kept++].joint = true;
		}
	sets->n = kept;
	sets->n_several = n_several;
	for (size_t i = n_base; i < kept; i++)
		sets->several[sets->n_several++] = (uint16_t)i;
}

void pinsets_sum(struct pinsets *sets)
{
	size_t n_base = sets->n, n_several = sets->n_several;

	add_unions(sets);
	for (size_t i = 0; i < sets->n; i++)
		sum_up(sets, (uint16_t)i);
	if (sets->n > n_base)
		keep_telling(sets, n_base, n_several);
}
