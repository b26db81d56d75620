/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_TESTS_PLACES_H
#define PARALLAX_TESTS_PLACES_H

#include <string.h>

#include "tests/tools/play.h"

/* Where the actors of a play have their memory and run. */

enum { PLACES_NODES = 4, PLACES_SAMPLED = 512 };

/* Shares of the nodes in per cent; absent: of all of its memory. */
struct place {
	const char *name;
	double mem[PLACES_NODES], cpu[PLACES_NODES], absent, moved_per_s;
	double huge; /* of what is present */
};

/* Those that are not laid out well, and why. */
static inline struct place place_of(const struct play *play, size_t i)
{
	static const struct place odd[] = {
		/* Started while node 0 was full, and pinned to its CPUs since. */
		{ "db-01", { 3.1, 96.9 }, { 99.2, 0.8 }, 24.1, 0, 71 },
		/* The largest of them, with balancing hard at work. */
		{ "batch-11", { 61, 39 }, { 57, 43 }, 2.6, 4210, 46 },
		{ "web-03", { 94, 6 }, { 97, 3 }, 26.2, 12, 64 },
	};
	const struct actor *actor = &play->actor[i];
	struct place place = { .name = actor->name, .absent = 20, .huge = 88 };
	size_t home = i % play->nodes;

	for (size_t k = 0; k < sizeof(odd) / sizeof(odd[0]); k++)
		if (play->nodes == 2 && strcmp(odd[k].name, actor->name) == 0)
			return odd[k];
	place.mem[home] = 100;
	place.cpu[home] = 100;
	if (i % 17 == 5) { /* wandered off */
		place.cpu[home] = 8;
		place.cpu[(home + 1) % play->nodes] = 92;
	}
	return place;
}

static inline uint16_t pages(double pct, double of)
{
	return (uint16_t)(pct * of / 100 + 0.5);
}

static inline void show_pages(
	const struct play *play, size_t i, uint64_t at_ns, struct pages_vm *out)
{
	const struct place place = place_of(play, i);
	const struct actor *actor = &play->actor[i];
	double present;
	uint16_t *kind = out->count.kind;

	*out = (struct pages_vm){ .pid = actor->pid,
		.start_ticks = actor->thread[0].start_ticks,
		.status = { SOURCE_OK, NULL, at_ns - 640 * MS, 190 * US },
		.ram_bytes = actor->mem_gib * GIB,
		.window_ns = 7 * S };
	kind[PAGES_ASKED] = PLACES_SAMPLED;
	kind[PAGES_ABSENT] = pages(place.absent, PLACES_SAMPLED);
	kind[PAGES_PRESENT] = PLACES_SAMPLED - kind[PAGES_ABSENT];
	kind[PAGES_LOOKED] = PLACES_SAMPLED / 4;
	kind[PAGES_ZERO] = kind[PAGES_LOOKED] / 128;
	kind[PAGES_SWAPPED] =
		pages((double)(actor->swap_mib * MIB) * 100 / (double)(actor->mem_gib * GIB),
			PLACES_SAMPLED / 4);
	kind[PAGES_FLAGGED] = kind[PAGES_PRESENT] / 4;
	kind[PAGES_HUGE] = pages(place.huge, kind[PAGES_FLAGGED]);
	kind[PAGES_KSM] = pages(i % 3 == 0 ? 5 : 0, kind[PAGES_FLAGGED]);
	present = kind[PAGES_PRESENT];
	for (size_t k = 0; k < PLACES_NODES; k++)
		out->count.node[k] = pages(place.mem[k], present);
}

static inline void show_topology(const struct play *play, struct sample *sample)
{
	static struct topology_node node[PLACES_NODES];
	static struct topology_cpu cpu[CPUS_MAX];
	static uint64_t distance[PLACES_NODES][PLACES_NODES];
	size_t n = play->nodes, each = play->cpus / n;

	memset(node, 0, sizeof(node));
	for (size_t i = 0; i < play->cpus; i++) {
		cpu[i] = (struct topology_cpu){ .id = i, .node = i / each, .core = i / 2 * 2 };
		cpus_add(&node[i / each].cpus, i);
	}
	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < n; k++)
			distance[i][k] = i == k ? 10 : 21;
		node[i].id = i;
		node[i].mem_total_bytes = play->mem_gib * GIB / n;
		node[i].mem_free_bytes = play->mem_gib * GIB / n / (i == 0 ? 48 : 9);
		node[i].distance = distance[i];
	}
	sample->topology = (struct topology_sample){ cpu, play->cpus, node, n };
}

/* A fixed share of the run time of each thread, and of the vhost workers all of it on node 0. */
static inline void show_nodes(
	const struct play *play, unsigned second, struct account_sample *account)
{
	static uint64_t ns[2][ACTORS * ACTOR_THREADS][PLACES_NODES];

	for (size_t i = 0; i < account->n_thread; i++) {
		struct account_thread *thread = &account->thread[i];
		struct place place = { .cpu = { 100 } };

		for (size_t k = 0; k < play->n_actor; k++)
			if (play->actor[k].pid == thread->pid && thread->kind != THREAD_VHOST)
				place = place_of(play, k);
		for (size_t k = 0; k < play->nodes; k++)
			ns[second % 2][i][k] = (uint64_t)((double)thread->account_ns[ACCOUNT_RUN] *
							  place.cpu[k] / 100);
		thread->node_run_ns_total = ns[second % 2][i];
		thread->migrated_pages_total = (uint64_t)(place.moved_per_s / 8 * second);
	}
	account->n_node = play->nodes;
}

/* After the accounts of this second. */
static inline void show_places(const struct play *play, unsigned second, struct sample *sample)
{
	static struct pages_vm vm[ACTORS];

	show_topology(play, sample);
	for (size_t i = 0; i < play->n_actor; i++)
		show_pages(play, i, sample->at_ns, &vm[i]);
	sample->pages = (struct pages_sample){ vm, play->n_actor };
	sample->host.vmstat_total[VMSTAT_NUMA_MIGRATED] = play->n_actor ? 4230ull * second : 0;
	sample->host.vmstat_total[VMSTAT_NUMA_HINT] = play->n_actor ? 9140ull * second : 0;
	sample->host.vmstat_total[VMSTAT_NUMA_HINT_LOCAL] = play->n_actor ? 5180ull * second : 0;
	if (play->nodes > 1)
		show_nodes(play, second, &sample->account);
}

#endif
