/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_AFFINITY_BOUND_H
#define PARALLAX_AFFINITY_BOUND_H

#include "probes/cpupool.h"
#include "probes/probe.h"

/*
 * Processes that are no VMs and are bound to some of the CPUs, with what they asked of them between
 * two looks at all threads of the host, by the iterator of affinity.bpf.c.
 */
struct bound;

/* Loads the program. Fails with the reason, and *out is NULL then. */
int bound_open(struct bound **out, const struct probe_env *env, struct err *err);
void bound_close(struct bound *bound); /* accepts NULL */
/* Look again when it is time. Returns 0 or a negative errno. */
int bound_look(struct bound *bound, size_t cpus_online, const struct procvm_sample *procvm);
/* The last two looks into section, sets into pool, strings into arena. */
void bound_fill(struct bound *bound, struct cpupool *pool, struct arena *arena,
	struct affinity_sample *section);

#endif
