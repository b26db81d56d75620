/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_TESTS_STALLS_H
#define PARALLAX_TESTS_STALLS_H

#include <string.h>

#include "probes/histogram.h"
#include "tests/tools/play.h"

/*
 * What compaction and reclaim did to the play's VMs, and what their guests count of their own. One
 * is stopped for more than a second, shortly before the recording begins; one has a limit that is
 * too small; one compacts for itself.
 */
enum { PAUSE_S = BEFORE_S - 9, PAUSE_MS = 1240, GUEST_PERIOD = 10 };

/* Of each second: so many ms, in so many stalls, of one kind. */
struct stall_role {
	const char *name;
	double ms;
	unsigned count;
	enum stalls_kind kind;
};

static inline struct stall_role stall_role_of(const char *name)
{
	static const struct stall_role role[] = {
		{ "db-01", 31, 44, STALLS_LIMIT },
		{ "web-03", 2.2, 3, STALLS_COMPACT },
	};

	for (size_t i = 0; i < sizeof(role) / sizeof(role[0]); i++)
		if (strcmp(role[i].name, name) == 0)
			return role[i];
	return (struct stall_role){ name, 0, 0, STALLS_COMPACT };
}

static inline bool is_paused_actor(const struct actor *actor)
{
	return strcmp(actor->name, "api-07") == 0;
}

static inline void stall_once(
	const struct sample *sample, const struct actor *actor, struct stall_reading *out)
{
	static uint32_t bin[STALLS_BINS];

	memset(bin, 0, sizeof(bin));
	bin[histogram_bin(PAUSE_MS * MS)] = 1;
	out->bin = bin;
	out->longest_ns = PAUSE_MS * MS;
	out->longest_end_ns = sample->at_ns - 180 * MS;
	out->longest_tid = actor->thread[1].tid;
	out->longest_kind = STALLS_COMPACT;
}

static inline void stall_often(const struct sample *sample, const struct actor *actor,
	const struct stall_role *role, uint32_t *bin, struct stall_reading *out)
{
	uint64_t one_ns = (uint64_t)(role->ms * (double)MS / role->count);

	memset(bin, 0, STALLS_BINS * sizeof(*bin));
	bin[histogram_bin(one_ns)] = role->count - 1;
	bin[histogram_bin(3 * one_ns)] = 1;
	out->bin = bin;
	out->longest_ns = 3 * one_ns;
	out->longest_end_ns = sample->at_ns - 400 * MS;
	out->longest_tid = actor->thread[0].tid;
	out->longest_kind = role->kind;
}

static inline struct stall_reading stalls_of(
	const struct sample *sample, const struct actor *actor, unsigned second, uint32_t *bin)
{
	struct stall_role role = stall_role_of(actor->name);
	struct stall_reading out = { .pid = actor->pid,
		.start_ticks = actor->thread[0].start_ticks,
		.count_total = (uint64_t)second * role.count };

	out.ns_total[role.kind] = (uint64_t)((double)second * role.ms * (double)MS);
	if (role.count)
		stall_often(sample, actor, &role, bin, &out);
	if (is_paused_actor(actor) && second >= PAUSE_S) {
		out.ns_total[STALLS_COMPACT] += PAUSE_MS * MS;
		out.count_total++;
		if (second == PAUSE_S)
			stall_once(sample, actor, &out);
	}
	return out;
}

/* As of a moment at which the guest was asked. */
static inline struct guest_memory_reading guest_memory_of(
	const struct actor *actor, uint64_t second)
{
	bool compacts = strcmp(actor->name, "batch-11") == 0;
	struct guest_memory_reading out = { .at_ns = (BOOT_S + second) * S - 300 * MS,
		.total_bytes = actor->mem_gib * GIB - 310 * MIB,
		.free_bytes = actor->usable_mib * MIB / 2,
		.available_bytes = actor->usable_mib * MIB,
		.huge_bytes = actor->mem_gib * GIB / 4,
		.page_bytes = 4096 };

	out.counter_total[GUEST_THP_ALLOC] = 20000 + second * 12;
	out.counter_total[GUEST_THP_FALLBACK] = 700 + second * (compacts ? 38 : 0);
	out.counter_total[GUEST_COMPACT_STALL] = 41 + second * (compacts ? 3 : 0);
	out.counter_total[GUEST_COMPACT_FAIL] = 30 + second * (compacts ? 2 : 0);
	out.counter_total[GUEST_NUMA_HIT] = out.counter_total[GUEST_NUMA_LOCAL] = second * 5100;
	return out;
}

static inline void show_guest_memory(
	const struct actor *actor, unsigned second, struct agent_reading *reading)
{
	uint64_t asked = second - second % GUEST_PERIOD;

	if (actor->stopped || asked < GUEST_PERIOD)
		return;
	reading->memory = guest_memory_of(actor, asked);
	reading->memory_before = guest_memory_of(actor, asked - GUEST_PERIOD);
	reading->memory_status = (struct status){ SOURCE_OK, NULL, reading->memory.at_ns, 14 * MS };
}

static inline void show_memory_events(unsigned second, struct host_sample *host, bool full)
{
	host->thp_enabled = "always";
	host->thp_defrag = "always";
	if (!full)
		return;
	host->vmstat_total[VMSTAT_THP_ALLOC] = second * 212ull;
	host->vmstat_total[VMSTAT_THP_FALLBACK] = second * 41ull;
	host->vmstat_total[VMSTAT_THP_SPLIT] = second * 2ull;
	host->vmstat_total[VMSTAT_COMPACT_STALL] = second * 6ull;
	host->vmstat_total[VMSTAT_COMPACT_FAIL] = second * 4ull;
}

/* Once all else is shown. */
static inline void show_stalls(const struct play *play, struct sample *sample, unsigned second)
{
	static struct stall_reading reading[2][ACTORS];
	static uint32_t bin[ACTORS][STALLS_BINS];
	struct stalls_sample *section = &sample->stalls;

	*section = (struct stalls_sample){ .reading = reading[second % 2] };
	for (size_t i = 0; i < play->n_actor; i++) {
		const struct actor *actor = &play->actor[i];

		section->reading[section->n_reading++] = stalls_of(sample, actor, second, bin[i]);
		if (play_agent(sample, actor))
			show_guest_memory(actor, second, play_agent(sample, actor));
	}
	section->kernel_ns_total = second * 4 * MS;
	section->processes_ns_total = second * MS / 3;
	sample->status[SECTION_STALLS].cost_ns = 31 * US;
	show_memory_events(second, &sample->host, play->n_actor > 0);
}

#endif
