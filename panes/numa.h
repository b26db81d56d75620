/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_NUMA_H
#define PARALLAX_NUMA_H

#include "panes/pane.h"

/* The parts of the numa pane, each in a file of its own; numa.c puts them together. */

/*
 * How bad it is: by how much longer the mean access to memory takes than a local one. A third
 * longer is what a VM loses that spans two sockets at the usual distance of 21 with 70% local;
 * nodes of one socket at a distance of 11 never come there. Where the firmware tells no distance,
 * by the share that is local, as if it were 21.
 */
static const double NUMA_WATCH_FACTOR = 1.11, NUMA_WARN_FACTOR = 1.33, NUMA_CRITICAL_FACTOR = 1.55;
static const double NUMA_WATCH_PCT = 90, NUMA_WARN_PCT = 70, NUMA_CRITICAL_PCT = 50;
/* Of a CPU: what runs less has no shares of time to speak of, and suffers little. */
static const double NUMA_LEAST_CPUS = 0.05;
/* Two standard errors are taken off: what chance could have made is no trouble. */
enum severity numa_severity(const struct vm *vm);
/*
 * What that is judged by, without the errors; NAN: not known. A guest that knows its nodes may use
 * each from there, so that of such a one it is what would be local at best.
 */
double numa_local_pct(const struct numa *numa);
double numa_latency(const struct numa *numa);
bool numa_guest_has_nodes(const struct numa *numa);
/* Does it run enough for where it runs to matter? */
bool numa_runs(const struct vm *vm);

extern const struct table numa_table;
extern const struct explanation numa_explanation[];
void numa_judge(struct snapshot *snap, struct judge *judge);
/* numa_report.c: the findings of a VM that runs; largest: what no node of the host has more of. */
struct numa_largest {
	uint64_t bytes, cpus;
};
struct numa_largest numa_largest(const struct host *host);
void numa_report(struct snapshot *snap, const struct vm *vm, const struct numa_largest *largest,
	struct judge *judge);
/* numa_map.c: the nodes of the host, and those of a VM on its page. */
void numa_head(const struct snapshot *snap, struct page *page);
void numa_detail(const struct vm_view *view, struct page *page);

#endif
