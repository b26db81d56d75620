/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_SNAPSHOT_HOST_H
#define PARALLAX_SNAPSHOT_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "probes/vm.h"

/* Part of snapshot.h, which says what holds for all of it: the machine. */

/* An online CPU. */
struct host_cpu {
	uint64_t id;
	uint64_t node; /* unknown where the kernel has no nodes */
	uint64_t core; /* the lowest id among those that share its core: SMT siblings */
	bool isolated, nohz_full;
};

/* What it costs to reach a node, in the kernel's units: 10 is local. */
struct node_distance {
	const char *node;
	double distance;
};

struct host_node {
	uint64_t id;
	const char *cpus; /* "0-3,8"; "" none online */
	uint64_t mem_total_bytes, mem_free_bytes; /* total 0: a node without memory */
	struct node_distance *distance;
	size_t n_distance;
};

struct host {
	const char *name, *kernel;
	uint64_t cpus, nodes;
	bool is_guest;
	double uptime_s, load1, load5, load15;
	double run_pct, wait_pct, steal_pct; /* of all online CPUs */
	double psi_cpu_some_pct, psi_memory_some_pct, psi_io_some_pct;
	uint64_t mem_total_bytes, mem_available_bytes, mem_sold_bytes;
	uint64_t swap_total_bytes, swap_used_bytes;
	double swap_in_bytes_per_s, swap_out_bytes_per_s;
	/* Written by the memory pane's judge. */
	double mem_available_trend_bytes_per_s, mem_exhausted_min;
	uint64_t vcpus_sold;
	/* Of the whole machine, from /proc/vmstat. */
	uint64_t oom_kills, oom_kills_total; /* in this interval; since it started */
	double alloc_stalls_per_s, compact_stalls_per_s, compact_fails_per_s;
	double thp_allocs_per_s, thp_fallbacks_per_s, thp_splits_per_s;
	const char *thp_enabled, *thp_defrag; /* the settings in force; defrag: who stalls for one */
	double stall_others_ms_per_s, stall_kernel_ms_per_s; /* of no VM's threads: see struct thp */
	double numa_migrated_pages_per_s, numa_hint_faults_per_s, numa_hint_local_pct;
	struct host_cpu *host_cpu; /* online ones, by id */
	size_t n_host_cpu;
	struct host_node *host_node; /* by id; also those without CPUs or memory */
	size_t n_host_node;
};

#endif
