/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_SNAPSHOT_NUMA_H
#define PARALLAX_SNAPSHOT_NUMA_H

#include <stddef.h>
#include <stdint.h>

#include "probes/vm.h"

/* Part of snapshot.h, which says what holds for all of it: where memory lies and vCPUs run. */

struct node_share {
	const char *node;
	double pct;
};

/* Is it larger than each node of the host? */
enum numa_span {
	NUMA_SPAN_UNKNOWN,
	NUMA_SPAN_FITS,
	NUMA_SPAN_MEMORY,
	NUMA_SPAN_VCPUS,
	NUMA_SPAN_BOTH
};

/* A device of the host that the VM was given. */
struct numa_device {
	const char *name;
	uint64_t node;
	double local_pct, local_error_pct; /* of the VM's memory */
};

struct numa {
	struct node_share *host_mem_pct; /* of its present pages; both by node, all of them */
	size_t n_host_mem_pct;
	struct node_share *host_cpu_pct; /* of the time that its vCPUs ran */
	size_t n_host_cpu_pct;
	/* Formulas in derive_numa.c. */
	double host_local_pct, host_local_error_pct;
	double host_best_local_pct; /* if each vCPU uses memory beside it as far as there is */
	double latency_factor; /* 1: as local memory */
	double far_memory_pct; /* of its memory, on nodes without CPUs */
	/* Of one CPU; as host_local_pct and its error, for vhost workers. */
	double vhost_run_pct, vhost_local_pct, vhost_local_error_pct;
	double absent_pct;
	uint64_t pages_sampled, pages_placed; /* placed: those of which the node is known */
	double migrated_pages_per_s;
	enum numa_span span;
	uint64_t guest_nodes;
	double guest_local_pct;	       /* what it must assume */
	double gap_pct, gap_error_pct; /* guest minus host: here the host's figure is the low one */
	enum verdict verdict;	       /* written by the numa pane's judge */
	const char *verdict_reason;
	struct numa_device *numa_device; /* by name */
	size_t n_numa_device;
};

#endif
