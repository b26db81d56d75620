/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_SAMPLE_AFFINITY_H
#define PARALLAX_SAMPLE_AFFINITY_H

#include "probes/cpupool.h"
#include "probes/sample_status.h"

/* Part of sample.h, which says what holds for all of it: CPUs that threads may run on. */

enum { PIN_ALL = UINT16_MAX }; /* as an id: none, or those that have no pin of their own */

/* affinity.c: on which CPUs the threads of VMs may run, and which processes are bound to few. */
struct thread_affinity {
	uint64_t start_ticks, at_ns; /* at_ns: when it was asked */
	pid_t pid, tid;		     /* pid: the VM's */
	uint16_t set;  /* in affinity_sample.set; CPUPOOL_NONE: not known */
	uint16_t id;   /* of a vCPU, of an I/O thread; PIN_ALL: none, or not told */
	int16_t code;  /* why set is not known: a negative errno */
	uint16_t kind; /* enum thread_kind */
};

/* A process that is no VM, and is bound to some of the CPUs; by the threads that are bound alike. */
struct bound_process {
	pid_t pid;
	const char *name;
	uint16_t set;
	uint64_t demand_ns; /* ran and waited for a CPU in affinity_sample.bound_ns */
};

struct affinity_sample {
	struct cpus *set; /* different ones; may hold CPUs that are offline */
	size_t n_set;
	struct thread_affinity *thread; /* by pid, kind, id, tid */
	size_t n_thread;
	struct bound_process *process; /* the largest demand first */
	size_t n_process;
	uint64_t bound_ns; /* 0: nobody has looked, or not twice yet */
	const char *bound_reason; /* why processes are not known; NULL: they are, or need not be */
};

#endif
