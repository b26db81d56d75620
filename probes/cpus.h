/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_CPUS_H
#define PARALLAX_CPUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "probes/arena.h"

/* A set of CPUs, or of nodes, by number. Zeroed it is empty. Ids from CPUS_MAX on do not fit. */
enum { CPUS_MAX = 1024, CPUS_WORDS = CPUS_MAX / 64 };

struct cpus {
	uint64_t bits[CPUS_WORDS];
};

/*
 * A list as the kernel writes it: "0-2,4,8-11", "" for none. false, and *cpus is empty, when it
 * is no list; what does not fit is left out.
 */
bool cpus_parse(struct cpus *cpus, const char *list);
/* The same list back, in arena. */
char *cpus_format(const struct cpus *cpus, struct arena *arena);

void cpus_add(struct cpus *cpus, uint64_t id); /* one that does not fit changes nothing */
bool cpus_has(const struct cpus *cpus, uint64_t id);
size_t cpus_count(const struct cpus *cpus);
bool cpus_equal(const struct cpus *a, const struct cpus *b);
bool cpus_within(const struct cpus *inner, const struct cpus *outer); /* a subset, or equal */
bool cpus_meet(const struct cpus *a, const struct cpus *b);	      /* have one in common */
struct cpus cpus_and(const struct cpus *a, const struct cpus *b);
struct cpus cpus_or(const struct cpus *a, const struct cpus *b);
/* The lowest id of at least from; CPUS_MAX: none. for (id = cpus_next(c, 0); id < CPUS_MAX; ...) */
uint64_t cpus_next(const struct cpus *cpus, uint64_t from);

#endif
