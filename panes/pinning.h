/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_PINNING_H
#define PARALLAX_PINNING_H

#include "panes/pane.h"

/* The parts of the pinning pane, each in a file of its own; pinning.c puts them together. */

/*
 * What is asked of a set, in per cent of its CPUs. One thread that is always busy, alone on its CPU,
 * asks for 100: so the first level leaves room for the error of measuring and for who comes by.
 */
static const double PINNING_WATCH_PCT = 105, PINNING_WARN_PCT = 120, PINNING_CRITICAL_PCT = 200;

/* pinning_judge.c */
/* Where the VMs fight with each other, or with a process; one that only fights itself chose to. */
enum severity pinning_set_severity(const struct cpuset *set);
/* Of the demand alone: how bad it is for who is there. */
enum severity pinning_severity(double demand_pct);
/*
 * Both as far as they are proven, which is what is shown: without exact accounts a wait
 * may be for a quota, which nobody shares, and then they are watched at most. Of a set; of a CPU;
 * of a VM, as the gap column warns of it.
 */
enum severity pinning_fight_severity(const struct snapshot *snap, const struct cpuset *set);
enum severity pinning_cpu_severity(const struct snapshot *snap, double contended_pct);
enum severity pinning_vm_severity(const struct vm *vm);
void pinning_judge(struct snapshot *snap, struct judge *judge);
/* "CPU 2", "CPUs 0-3". */
const char *pinning_cpus(const char *cpus, uint64_t count, struct arena *arena);
/* "web-03, db-01, process cc1 and 2 more". */
const char *pinning_names(const struct cpuset *set, size_t most, struct arena *arena);

/* pinning_map.c: the CPUs at a glance. */
void pinning_map(const struct snapshot *snap, struct page *page);

extern const struct table pinning_table;
extern const struct explanation pinning_explanation[];

#endif
