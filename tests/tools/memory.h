/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_TESTS_MEMORY_H
#define PARALLAX_TESTS_MEMORY_H

#include <string.h>

#include "tests/tools/play.h"

/* The memory of the play: what the host does to it, beside what each actor's guest says. */
struct plot {
	const char *who;
	uint64_t mem_gib;	/* others may be called so */
	double in_mib, out_mib; /* a second, from and to host swap */
	double stall_pct;
	uint64_t limit_mib, merged_mib;	    /* of its cgroup: 0 none */
	uint64_t ballooned_mib, usable_mib; /* usable 0: as it plays */
	bool untold;			    /* its balloon driver is not there */
};

static const struct plot plots[] = {
	{ .who = "web-03",
		.mem_gib = 16,
		.in_mib = 0.4,
		.out_mib = 0.1,
		.stall_pct = 2.2,
		.merged_mib = 212 },
	/* Its working set no longer fits: what comes in pushes something else out. */
	{ .who = "db-01",
		.mem_gib = 12,
		.in_mib = 6.5,
		.out_mib = 6.1,
		.stall_pct = 13.1,
		.limit_mib = 9472 },
	/* The balloon was inflated when the host ran short, and nobody has let it down since. */
	{ .who = "legacy-01", .mem_gib = 2, .ballooned_mib = 700, .usable_mib = 34 },
	{ .who = "win-sql", .mem_gib = 24, .untold = true },
	{ .who = "batch-11", .mem_gib = 32, .merged_mib = 1800 },
};

static const struct plot *plot_of(const struct actor *actor)
{
	static const struct plot none;

	for (size_t i = 0; i < sizeof(plots) / sizeof(plots[0]); i++)
		if (!strcmp(plots[i].who, actor->name) && plots[i].mem_gib == actor->mem_gib)
			return &plots[i];
	return &none;
}

static inline struct cgroup_counters counters_at(
	const struct actor *actor, const struct plot *plot, uint64_t second)
{
	return (struct cgroup_counters){
		.at_ns = (BOOT_S + second) * S,
		.swap_source = SWAP_BY_COUNTERS,
		.swap_in_bytes_total = (uint64_t)(plot->in_mib * (double)(second * MIB)),
		.swap_out_bytes_total = (uint64_t)(plot->out_mib * (double)(second * MIB)),
		.swapped_bytes = actor->swap_mib * MIB,
		.stall_us_total = (uint64_t)(plot->stall_pct * (double)second * 1e4),
		.limit_hits_total = plot->limit_mib ? second * 31 : 0,
		.oom_kills_total = 0,
	};
}

static inline struct cgroup_reading cgroup_of(
	const struct actor *actor, uint64_t second, struct arena *arena)
{
	const struct plot *plot = plot_of(actor);
	struct cgroup_reading reading = cgroup_reading_unknown;
	uint64_t rss = actor->rss_mib * MIB, limit = plot->limit_mib * MIB;

	reading.pid = actor->pid;
	reading.start_ticks = actor->thread[0].start_ticks;
	reading.status = (struct status){ SOURCE_OK, NULL, (BOOT_S + second) * S, 60 * US };
	reading.file_bytes = 31 * MIB;
	reading.table_bytes = rss / 512;
	reading.anon_bytes = rss - reading.file_bytes;
	reading.shmem_bytes = reading.hugetlb_bytes = 0;
	reading.merged_bytes = plot->merged_mib * MIB;
	if (actor->bare) {
		reading.status.reason = "its cgroup holds other processes, too, and its stalls and "
					"swap-in are not the VM's";
		return reading;
	}
	reading.path = arena_printf(arena, "/machine.slice/machine-qemu\\x2d%d\\x2d%s.scope",
		(int)actor->pid % 97, actor->name);
	reading.own = true;
	reading.usage_bytes = rss + 40 * MIB;
	reading.cache_bytes = 35 * MIB;
	reading.swap_bytes = actor->swap_mib * MIB;
	if (limit) {
		reading.limit_bytes = limit;
		reading.room_bytes = limit > rss ? limit - rss : 0;
	}
	reading.cur = counters_at(actor, plot, second);
	reading.prev = counters_at(actor, plot, second ? second - 1 : 0);
	return reading;
}

/* A balloon driver that is not there has told nothing; one that is told of less. */
static inline void plot_balloon(const struct actor *actor, struct balloon_reading *reading)
{
	const struct plot *plot = plot_of(actor);

	reading->before_time_s = reading->guest_time_s - 12;
	reading->actual_bytes -= plot->ballooned_mib * MIB;
	reading->guest_total_bytes -= plot->ballooned_mib * MIB;
	if (plot->usable_mib) {
		reading->guest_usable_bytes = plot->usable_mib * MIB;
		reading->guest_free_bytes = plot->usable_mib * MIB / 2;
		reading->guest_cache_bytes = plot->usable_mib * MIB / 3;
	}
	if (!plot->untold)
		return;
	reading->guest_total_bytes = reading->guest_free_bytes = UNKNOWN_U64;
	reading->guest_usable_bytes = reading->guest_cache_bytes = UNKNOWN_U64;
	reading->guest_swap_in_bytes_total = reading->guest_swap_out_bytes_total = UNKNOWN_U64;
	reading->guest_time_s = reading->before_time_s = NAN;
	reading->status.reason =
		"the guest has told nothing: its balloon statistics are off; an "
		"operator may turn them on with virsh dommemstat DOMAIN --period 5 "
		"--live";
}

/* Once all actors have been shown, and before the readings are sorted. */
static inline void show_memory(struct play *play, unsigned second, struct sample *sample)
{
	struct cgroup_sample *section = &sample->cgroup;

	section->reading = arena_array(&sample->arena, play->n_actor, sizeof(*section->reading));
	for (size_t i = 0; i < play->n_actor; i++) {
		section->reading[section->n_reading++] =
			cgroup_of(&play->actor[i], second, &sample->arena);
		for (size_t k = 0; k < sample->balloon.n_reading; k++)
			if (!strcmp(play->balloon[k].uuid, play->actor[i].uuid))
				plot_balloon(&play->actor[i], &play->balloon[k]);
	}
}

#endif
