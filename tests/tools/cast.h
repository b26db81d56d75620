/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_TESTS_CAST_H
#define PARALLAX_TESTS_CAST_H

#include <stdio.h>
#include <string.h>

#include "tests/tools/play.h"

/* Who plays in which recording. */

static inline void cast_demo(struct play *play)
{
	static const struct actor demo[] = {
		/* Its clock is on, and stands still: it believes to have worked all the time. */
		{ .name = "web-03",
			.title = "shop front end",
			.accel = ACCEL_KVM,
			.clock = STEAL_CLOCK_ON,
			.belief = NOT_TOLD,
			.vcpus = 8,
			.mem_gib = 16,
			.rss_mib = 12100,
			.swap_mib = 3891,
			.usable_mib = 6246,
			.run_pct = 60,
			.wait_pct = 23.4,
			.vmm_pct = 0.4,
			.fast_us = 40,
			.slow_us = 3600,
			.slow_part = 0.22,
			.robber = { { "batch-11", 61 }, { "cc1", 14 }, { "cc1", 9 }, { "self", 9 },
				{ "idle", 4 }, { "kworker/3:1", 3 } } },
		{ .name = "batch-11",
			.title = "nightly reports",
			.accel = ACCEL_KVM,
			.clock = STEAL_CLOCK_ON,
			.belief = TOLD,
			.vcpus = 8,
			.mem_gib = 32,
			.rss_mib = 31870,
			.usable_mib = 2048,
			.run_pct = 68,
			.wait_pct = 3.5,
			.robber = { { "web-03", 47 }, { "self", 38 }, { "idle", 15 } } },
		{ .name = "legacy-01",
			.accel = ACCEL_TCG,
			.clock = STEAL_CLOCK_NONE,
			.belief = NOT_TOLD,
			.vcpus = 2,
			.mem_gib = 2,
			.rss_mib = 1490,
			.usable_mib = 900,
			.run_pct = 52,
			.wait_pct = 31,
			.fast_us = 2400,
			.robber = { { "batch-11", 72 }, { "web-03", 28 } } },
		/* Windows turns no steal clock on. */
		{ .name = "win-sql",
			.accel = ACCEL_KVM,
			.clock = STEAL_CLOCK_OFF,
			.no_agent = true,
			.vcpus = 4,
			.mem_gib = 24,
			.rss_mib = 24300,
			.usable_mib = 5120,
			.run_pct = 35,
			.wait_pct = 6.5 },
		/* A quota of less than it wants: its clock tells it, for that is run delay, too. */
		{ .name = "api-07",
			.accel = ACCEL_KVM,
			.clock = STEAL_CLOCK_ON,
			.belief = TOLD,
			.vcpus = 2,
			.mem_gib = 4,
			.rss_mib = 3210,
			.usable_mib = 1410,
			.run_pct = 40,
			.wait_pct = 1.1,
			.throttled_pct = 17,
			.robber = { { "batch-11", 54 }, { "web-03", 29 }, { "idle", 17 } } },
		/* Its pages come back from the host's swap while it stands still. */
		{ .name = "db-01",
			.accel = ACCEL_KVM,
			.clock = STEAL_CLOCK_ON,
			.belief = TOLD,
			.vcpus = 2,
			.mem_gib = 12,
			.rss_mib = 9120,
			.swap_mib = 2816,
			.usable_mib = 3300,
			.run_pct = 30,
			.wait_pct = 1.2,
			.blocked_pct = 12.5,
			.robber = { { "kswapd0", 44 }, { "batch-11", 31 }, { "idle", 25 } } },
		{ .name = "ci-runner",
			.accel = ACCEL_KVM,
			.clock = STEAL_CLOCK_ON,
			.stopped = true,
			.vcpus = 4,
			.mem_gib = 8,
			.rss_mib = 5200,
			.swap_mib = 212,
			.usable_mib = 4000 },
		/* What is left of a name that tried to clear the screen and to set the title. */
		{ .name = "?[2J?]0;root? \"$(reboot)\" \xc3\xbc",
			.accel = ACCEL_KVM,
			.clock = STEAL_CLOCK_OFFERED,
			.bare = true,
			.unseen = true,
			.vcpus = 2,
			.mem_gib = 4,
			.rss_mib = 640,
			.run_pct = 3,
			.wait_pct = 0.2 },
	};

	*play = (struct play){ .host = "kvm-07",
		.kernel = "6.1.0-18-amd64",
		.cpus = 16,
		.nodes = 2,
		.mem_gib = 64,
		.other_pct = 4,
		.looked_at = "web-03",
		.n_actor = sizeof(demo) / sizeof(demo[0]),
		.seconds = 8 };
	memcpy(play->actor, demo, sizeof(demo));
}

static inline void cast_empty(struct play *play)
{
	*play = (struct play){ .host = "kvm-12",
		.kernel = "6.1.0-18-amd64",
		.cpus = 8,
		.nodes = 1,
		.mem_gib = 32,
		.other_pct = 2.5,
		.seconds = 3 };
}

static inline enum belief belief_of_many(size_t i)
{
	return i % 20 == 19 || i % 12 == 8 || i == 10 ? NOT_TOLD
	       : i % 23 == 5	       ? HALF_ASLEEP
	       : i == 27	       ? FEVER
	       : i == 40	       ? BAD_DREAM
				       : TOLD;
}

static inline struct actor one_of_many(size_t i, const char *name)
{
	bool hot = i % 7 == 3, is_tcg = i % 20 == 19;

	return (struct actor){
		.name = name,
		.accel = is_tcg ? ACCEL_TCG : ACCEL_KVM,
		.clock = is_tcg	       ? STEAL_CLOCK_NONE
			 : i % 12 == 8 ? STEAL_CLOCK_OFF
				       : STEAL_CLOCK_ON,
		.belief = belief_of_many(i),
		.bare = i % 15 == 14,
		.unseen = i == 29,
		.no_agent = i % 9 == 8,
		.stopped = i == 33,
		.vcpus = 1u << (i % 4),
		.mem_gib = 2u << (i % 4),
		.rss_mib = (2u << (i % 4)) * 900,
		.usable_mib = (2u << (i % 4)) * 300,
		.run_pct = hot ? 70 : 5 + 30 * chance(i, 1, 1),
		.wait_pct = hot ? 8 + 12 * chance(i, 2, 2) : 3 * chance(i, 3, 3),
		.throttled_pct = i == 21 ? 14 : 0,
		.blocked_pct = i == 50 ? 9 : 0,
		.vmm_pct = i % 5 == 0 ? 0.3 : 0,
	};
}

/* Sixty VMs of every kind, most of them well. */
static inline void cast_many(struct play *play)
{
	static const char *const roles[] = { "web", "db", "cache", "queue", "build", "mail" };
	static char names[60][32];

	*play = (struct play){ .host = "kvm-21",
		.kernel = "6.8.0-45-generic",
		.cpus = 96,
		.nodes = 4,
		.mem_gib = 512,
		.other_pct = 3,
		.irq_known = true,
		.n_actor = 60,
		.seconds = 3 };
	for (size_t i = 0; i < play->n_actor; i++) {
		snprintf(names[i], sizeof(names[i]), "%s-%02zu", roles[i % 6], i / 6 + 1);
		play->actor[i] = one_of_many(i, names[i]);
	}
}

/* Two hundred VMs of 8 vCPUs, all at work: for measurements. */
static inline void cast_crowd(struct play *play)
{
	static char names[ACTORS][32];

	cast_many(play);
	play->cpus = 256;
	play->n_actor = ACTORS;
	for (size_t i = 0; i < play->n_actor; i++) {
		snprintf(names[i], sizeof(names[i]), "vm-%03zu", i + 1);
		play->actor[i] = one_of_many(i, names[i]);
		play->actor[i].vcpus = 8;
	}
}

#endif
