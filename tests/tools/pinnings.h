/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_TESTS_PINNINGS_H
#define PARALLAX_TESTS_PINNINGS_H

#include <stdio.h>
#include <string.h>

#include "tests/tools/play.h"

/*
 * Where the threads of the play may run. Its CPUs have two threads a core, the second half of all
 * being the second threads, and the nodes have equal parts of the cores.
 */
struct pinned_to {
	const char *name, *configured, *real; /* of its vCPUs, "" none: any CPU */
	unsigned moved; /* the vCPU from which on they are where they should not be, on all others */
};

static const struct pinned_to demo_place[] = {
	/* Both were given the first node's CPUs, and a build was started there. */
	{ "web-03", "0-3,8-11", "0-3,8-11", 99 },
	{ "batch-11", "0-3,8-11", "0-3,8-11", 99 },
	/* Somebody has moved one of its two. */
	{ "api-07", "6,14", "4-7", 1 },
	{ "db-01", "5,13", "5,13", 99 },
	{ NULL, NULL, NULL, 0 },
};

enum { PLACES_CPUS = 96 };

static inline void show_cpus(const struct play *play, struct topology_sample *topology)
{
	static struct topology_cpu cpu[PLACES_CPUS];
	const uint64_t cores = play->cpus / 2;

	if (topology->n_cpu)
		return; /* somebody else has shown them */
	for (uint64_t i = 0; i < play->cpus && i < PLACES_CPUS; i++)
		cpu[i] = (struct topology_cpu){ .id = i,
			.core = i % cores,
			.node = i % cores * play->nodes / cores };
	topology->cpu = cpu;
	topology->n_cpu = play->cpus;
}

static inline const struct pinned_to *pinned_of(const struct play *play, size_t i, struct pinned_to *made)
{
	static char text[ACTORS][48];
	bool is_demo = play->cpus == 16;

	for (const struct pinned_to *place = demo_place; is_demo && place->name; place++)
		if (strcmp(place->name, play->actor[i].name) == 0)
			return place;
	/* Of many each database has CPUs of its own, and a few share two. */
	if (!is_demo && i % 6 == 1)
		snprintf(text[i], sizeof(text[i]), "%zu-%zu", i / 6 * 4, i / 6 * 4 + 3);
	else
		snprintf(text[i], sizeof(text[i]), "%s", !is_demo && i % 21 == 3 ? "92-93" : "");
	*made = (struct pinned_to){ play->actor[i].name, text[i], text[i], 99 };
	return made;
}

static inline uint16_t number_of(struct cpupool *pool, const char *list, uint64_t all)
{
	struct cpus set;

	cpus_parse(&set, list);
	for (uint64_t id = 0; !*list && id < all; id++)
		cpus_add(&set, id);
	return cpupool_add(pool, &set);
}

static inline void show_threads(const struct play *play, size_t i, const struct pinned_to *place,
	struct cpupool *pool, struct affinity_sample *section)
{
	const struct actor *actor = &play->actor[i];
	static const enum thread_kind kind[HELPERS] = { THREAD_EMULATOR, THREAD_VHOST, THREAD_IO };

	for (size_t cpu = 0; cpu < actor->vcpus; cpu++) {
		bool is_moved = cpu >= place->moved;

		section->thread[section->n_thread++] = (struct thread_affinity){
			.pid = actor->pid,
			.tid = actor->thread[cpu].tid,
			.start_ticks = actor->thread[0].start_ticks,
			.id = (uint16_t)cpu,
			.kind = THREAD_VCPU,
			.set = number_of(pool, is_moved || place->moved == 99 ? place->real
									      : place->configured,
				play->cpus),
		};
	}
	for (size_t k = 0; k < HELPERS; k++)
		section->thread[section->n_thread++] = (struct thread_affinity){
			.pid = actor->pid,
			.tid = actor->pid + (pid_t)k,
			.start_ticks = actor->thread[0].start_ticks,
			.id = kind[k] == THREAD_IO ? 1 : PIN_ALL,
			.kind = (uint16_t)kind[k],
			.set = number_of(pool, "", play->cpus),
		};
}

static inline void show_pins(const struct actor *actor, const struct pinned_to *place, struct sample *sample)
{
	static struct pin pin[ACTORS][4];
	static size_t next;
	struct cpus set;

	cpus_parse(&set, place->configured);
	for (size_t i = 0; i < sample->libvirt.n_domain; i++) {
		struct domain *domain = &sample->libvirt.domain[i];

		if (strcmp(domain->name, actor->name) != 0)
			continue;
		domain->pin = pin[next % ACTORS];
		for (uint64_t id = cpus_next(&set, 0); id < CPUS_MAX; id = cpus_next(&set, id + 1)) {
			uint16_t first = (uint16_t)id;

			while (cpus_has(&set, id + 1))
				id++;
			pin[next % ACTORS][domain->n_pin++] =
				(struct pin){ THREAD_VCPU, PIN_ALL, first, (uint16_t)id };
		}
		next++;
	}
}

/* In the demo a build is bound beside VMs; it asks for a good half of a CPU. */
static inline void show_processes(
	const struct play *play, struct cpupool *pool, struct affinity_sample *section)
{
	static struct bound_process cc1 = { .pid = 30430, .name = "cc1", .demand_ns = 62 * S / 100 };

	section->bound_ns = S;
	if (play->cpus != 16)
		return;
	cc1.set = number_of(pool, "0-3,8-11", play->cpus);
	section->process = &cc1;
	section->n_process = 1;
}

static inline void show_pinning(const struct play *play, struct sample *sample)
{
	static struct thread_affinity thread[ACTORS * ACTOR_THREADS];
	static struct cpupool pool;
	struct affinity_sample *section = &sample->affinity;
	struct pinned_to made;

	show_cpus(play, &sample->topology);
	section->thread = thread;
	for (size_t i = 0; i < play->n_actor; i++) {
		const struct pinned_to *place = pinned_of(play, i, &made);

		show_threads(play, i, place, &pool, section);
		show_pins(&play->actor[i], place, sample);
	}
	show_processes(play, &pool, section);
	section->set = pool.set;
	section->n_set = pool.n;
}

#endif
