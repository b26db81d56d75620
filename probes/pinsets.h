/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_PINSETS_H
#define PARALLAX_PINSETS_H

#include "probes/cpus.h"

/*
 * Which sets of CPUs are asked for more than they have.
 *
 * A thread may run on the CPUs of its set. By Hall's theorem all threads can have what they ask for
 * at once, each on its own CPUs, exactly if no group of CPUs A is short:
 *
 *	demand(A) = sum of what threads ask whose set lies within A  <=  number of CPUs in A
 *
 * Of a group that is short, the CPUs that no set within it has only add room: so it is enough to
 * look at unions of sets that there are. And when two parts of a union have no CPU in common, the
 * union is no shorter than the shorter part: so it is enough to look at each set, and at unions of
 * sets that overlap and do not hold each other. The former are all here. Of the latter there may be
 * very many: they are looked at until there are PINSETS_JOINT of them.
 */
enum { PINSETS_JOINT = 128, PINSETS_NONE = UINT16_MAX };

/* From where on a set is short, in per cent of it: one busy thread alone on a CPU is no fight. */
static const double PINSETS_SHORT_PCT = 105;

struct pinset {
	struct cpus cpus; /* online ones, never none */
	size_t count;
	double own_pct;	   /* asked by those of just this set, in per cent of one CPU; NAN unknown */
	double demand_pct; /* by all that lie within; pinsets_sum fills it */
	bool bound;	   /* not all CPUs that are online */
	bool joint;	   /* a union: nobody is bound to just this, and it is short */
	const char *text;  /* "0-3": pinsets_text */
};

/* Belongs to the arena that it was made in, and its texts to another. */
struct pinsets {
	struct arena *texts;
	struct cpus online;
	struct pinset *set;
	size_t n, cap;
	uint16_t single[CPUS_MAX]; /* by CPU: the set of just that one; PINSETS_NONE */
	uint16_t *several;	   /* the sets of more CPUs */
	size_t n_several;
};

/* With room for so many sets, and for unions of them. */
void pinsets_init(struct pinsets *sets, const struct cpus *online, size_t most,
	struct arena *arena, struct arena *texts);
/* The set of these CPUs that are online; PINSETS_NONE: none is, or there is no room. */
uint16_t pinsets_add(struct pinsets *sets, const struct cpus *cpus);
/* Once own_pct is known of all. Adds unions that are short, and shorter than all sets in them. */
void pinsets_sum(struct pinsets *sets);
/* demand_pct of its CPUs instead of one. */
double pinset_pct(const struct pinset *set);
bool pinset_is_short(const struct pinset *set);
const char *pinsets_text(struct pinsets *sets, uint16_t number);

/*
 * Call visit for each set that has a CPU in common with this one, itself included; within: only for
 * those that lie in it.
 */
void pinsets_visit(const struct pinsets *sets, uint16_t number, bool within,
	void (*visit)(void *arg, uint16_t number), void *arg);

#endif
