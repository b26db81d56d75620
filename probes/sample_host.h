/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_SAMPLE_HOST_H
#define PARALLAX_SAMPLE_HOST_H

#include "probes/cpus.h"
#include "probes/sample_status.h"

/* Part of sample.h, which says what holds for all of it: this machine. */

/* host.c: this machine, from /proc. */
struct psi_sample {
	double some_avg10_pct; /* time in which some task waited, last 10 s */
	uint64_t some_us_total;
};

/* Counters of /proc/vmstat; VMSTAT_ALLOC_STALL sums those of all zones. */
enum vmstat {
	VMSTAT_OOM_KILL,
	VMSTAT_ALLOC_STALL,
	VMSTAT_COMPACT_STALL,
	VMSTAT_COMPACT_FAIL,
	VMSTAT_THP_ALLOC,
	VMSTAT_THP_FALLBACK,
	VMSTAT_THP_SPLIT,
	VMSTAT_NUMA_MIGRATED,
	VMSTAT_NUMA_HINT,
	VMSTAT_NUMA_HINT_LOCAL,
	VMSTAT_COUNT
};

struct host_sample {
	const char *name, *kernel;
	uint64_t cpus, nodes; /* online */
	bool is_guest;	      /* runs under a hypervisor itself */
	double uptime_s, load1, load5, load15;
	struct psi_sample psi_cpu, psi_memory, psi_io;
	uint64_t mem_total_bytes, mem_available_bytes, swap_total_bytes, swap_free_bytes;
	uint64_t swap_in_bytes_total, swap_out_bytes_total;
	uint64_t vmstat_total[VMSTAT_COUNT];
	const char *thp_enabled, *thp_defrag; /* of transparent_hugepage: the words in brackets */
	/* Sums over all CPUs: /proc/stat, in ticks of 1/tick_hz s; /proc/schedstat, in ns. */
	uint64_t tick_hz, busy_ticks_total, idle_ticks_total, steal_ticks_total;
	uint64_t run_ns_total, wait_ns_total;
};

/* topology.c: the CPUs that are online, and every node, from /sys; read anew when they change. */
struct topology_cpu {
	uint64_t id, node, core; /* node: UNKNOWN_U64 without nodes; core: its lowest sibling */
	bool isolated, nohz_full;
};

struct topology_node {
	uint64_t id;
	struct cpus cpus; /* online ones */
	uint64_t mem_total_bytes, mem_free_bytes;
	uint64_t *distance; /* to each node, in the order of topology_sample.node; NULL unknown */
};

struct topology_sample {
	struct topology_cpu *cpu; /* by id */
	size_t n_cpu;
	struct topology_node *node; /* by id */
	size_t n_node;
};

#endif
