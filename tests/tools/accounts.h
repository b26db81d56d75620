/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_TESTS_ACCOUNTS_H
#define PARALLAX_TESTS_ACCOUNTS_H

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "probes/exits.h"
#include "probes/histogram.h"
#include "tests/tools/play.h"

/* What the BPF probes would have seen of the play. */

static const double QUOTA_US = 42000, QUEUE_US = 45, SLICE_US = 2900;

/* So many waits of about that length, over seven bins; phase: where the halves are rounded. */
static inline void spread(uint32_t *bin, double n, double us, double phase)
{
	static const double until[] = { 0, 0.025, 0.125, 0.35, 0.65, 0.875, 0.975, 1 };
	unsigned first = histogram_bin((uint64_t)(us * (double)US)) - 3;

	for (unsigned i = 0; i < 7; i++)
		bin[first + i] += (uint32_t)(floor(n * until[i + 1] + phase) -
					     floor(n * until[i] + phase));
}

static inline uint64_t longest_of(const uint32_t bin[2][ACCOUNT_BINS], double part)
{
	for (unsigned i = HISTOGRAM_BINS; i-- > 0;)
		if (bin[0][i] || bin[1][i])
			return (uint64_t)((double)histogram_low_ns(i) * exp2(part / 4));
	return 0;
}

/* The waits of this second, as many as make up the time that was waited. */
static inline void count_waits(
	struct actor *actor, size_t cpu, double wait_ns, double throttled_ns, double phase)
{
	double usual_us = actor->wait_pct > 5 ? SLICE_US : QUEUE_US;
	double fast_us = actor->fast_us > 0 ? actor->fast_us : usual_us;
	double mean_us = fast_us * (1 - actor->slow_part) + actor->slow_us * actor->slow_part;
	double n = wait_ns / (double)US / mean_us;

	memset(actor->bin[cpu], 0, sizeof(actor->bin[cpu]));
	spread(actor->bin[cpu][0], n * (1 - actor->slow_part), fast_us, phase);
	if (actor->slow_part > 0)
		spread(actor->bin[cpu][0], n * actor->slow_part, actor->slow_us, phase);
	spread(actor->bin[cpu][1], throttled_ns / (double)US / QUOTA_US, QUOTA_US, phase);
	actor->max_wait_ns[cpu] = longest_of(actor->bin[cpu], phase);
}

/* Main loop, I/O thread, vhost: some work for every guest that does any. */
static inline void live_helpers(struct actor *actor)
{
	static const double part[HELPERS] = { 0.05, 0.11, 0.008 }; /* of one vCPU's run */

	for (size_t i = 0; i < HELPERS; i++) {
		double run = part[i] * actor->run_pct / 100 * (double)S;
		double wait = part[i] * actor->wait_pct / 100 * (double)S;

		if (i == HELPER_VHOST - HELPER_IOTHREAD && strcmp(actor->name, "web-03") == 0)
			wait = 0.46 * (double)S; /* its packets wait for it: nics.h */
		actor->helper_ns[i][ACCOUNT_RUN] += (uint64_t)run;
		actor->helper_ns[i][ACCOUNT_WAITING] += (uint64_t)wait;
		actor->helper_ns[i][ACCOUNT_ASLEEP] += S - (uint64_t)run - (uint64_t)wait;
	}
}

static inline const struct actor *actor_of(const struct play *play, const char *name)
{
	for (size_t i = 0; i < play->n_actor; i++)
		if (strcmp(play->actor[i].name, name) == 0)
			return &play->actor[i];
	return NULL;
}

static inline void plan_robbery(
	struct play *play, size_t victim, const struct robber *robber, pid_t stranger)
{
	const struct actor *actor = &play->actor[victim], *other = actor_of(play, robber->who);
	struct account_share share = { .vm = actor->pid, .name = robber->who };

	if (strcmp(robber->who, "self") == 0 || strcmp(robber->who, "emulator") == 0) {
		share.pid = actor->pid;
		share.vcpu = robber->who[0] == 's';
	} else if (other) {
		share.pid = other->pid;
		share.vcpu = true;
	} else if (strcmp(robber->who, "idle") != 0) {
		share.pid = stranger;
	}
	play->robbery[play->n_robbery++] =
		(struct robbery){ share, victim, robber->pct, false };
}

static inline int by_share_key(const void *a, const void *b)
{
	const struct account_share *x = &((const struct robbery *)a)->share;
	const struct account_share *y = &((const struct robbery *)b)->share;

	if (x->vm != y->vm)
		return x->vm < y->vm ? -1 : 1;
	if (x->pid != y->pid)
		return x->pid < y->pid ? -1 : 1;
	return (x->vcpu > y->vcpu) - (x->vcpu < y->vcpu);
}

/* Once everybody has a pid. */
static inline void plan_robberies(struct play *play)
{
	for (size_t i = 0; i < play->n_actor; i++) {
		const struct actor *actor = &play->actor[i];
		const struct actor *next = &play->actor[(i * 7 + 3) % play->n_actor];
		double other_pct = 30 + 40 * chance(i, 7, 7);
		const struct robber usual[ROBBERS] = {
			{ next == actor || next->stopped ? "kworker/0:2" : next->name, other_pct },
			{ "self", actor->vcpus > 1 ? 87 - other_pct : 0 }, { "idle", 12 },
			{ "emulator", 1 }
		};
		const struct robber *robber = actor->robber[0].who ? actor->robber : usual;

		if (actor->unseen || actor->stopped)
			continue;
		for (size_t k = 0; k < ROBBERS && robber[k].who; k++)
			plan_robbery(play, i, &robber[k], 30411 + (pid_t)k * 19);
		play->robbery[play->n_robbery++] = (struct robbery){
			{ .vm = actor->pid, .pid = (pid_t)ACCOUNT_QUOTA }, i, 100, true
		};
	}
	qsort(play->robbery, play->n_robbery, sizeof(play->robbery[0]), by_share_key);
}

/* A reading tells what was taken since the one before. */
static inline void forget_robberies(struct play *play)
{
	for (size_t i = 0; i < play->n_robbery; i++)
		play->robbery[i].share.ran_ns = 0;
}

static inline void rob(struct play *play, size_t victim, double wait_ns, double throttled_ns)
{
	for (size_t i = 0; i < play->n_robbery; i++) {
		struct robbery *robbery = &play->robbery[i];

		if (robbery->victim == victim)
			robbery->share.ran_ns += (uint64_t)(
				robbery->pct / 100 * (robbery->is_quota ? throttled_ns : wait_ns));
	}
}

static inline struct account_thread thread_of(const struct actor *actor, pid_t tid,
	enum thread_kind kind, const uint64_t *account_ns, uint64_t at_ns)
{
	struct account_thread thread = {
		.pid = actor->pid,
		.tid = tid,
		.start_ticks = actor->thread[0].start_ticks,
		.kind = kind,
		.at_ns = at_ns,
		.run_ns_total = account_ns[ACCOUNT_RUN],
		.wait_ns_total = account_ns[ACCOUNT_WAITING] + account_ns[ACCOUNT_THROTTLED],
		.told_ns_total = UNKNOWN_U64,
		.counted_wait_ns_total = UNKNOWN_U64,
		.switches = actor->stopped ? 0 : at_ns / S,
		.settled = true,
	};

	memcpy(thread.account_ns, account_ns, sizeof(thread.account_ns));
	return thread;
}

/* The guest's page tells all of the counter that it is made from. */
static inline void show_clock(const struct actor *actor, size_t cpu, struct account_thread *thread)
{
	if (actor->clock != STEAL_CLOCK_ON && actor->clock != STEAL_CLOCK_OFF)
		return;
	thread->steal_clock = actor->clock;
	if (actor->clock == STEAL_CLOCK_OFF)
		return;
	thread->told_ns_total = actor->steal_ns[cpu];
	thread->counted_wait_ns_total = thread->wait_ns_total;
}

static inline void show_account(const struct actor *actor, uint64_t at_ns,
	struct account_sample *section)
{
	static const enum thread_kind kind[HELPERS] = { THREAD_EMULATOR, THREAD_VHOST, THREAD_IO };

	if (actor->unseen)
		return;
	for (size_t i = 0; i < HELPERS; i++) /* the main thread's number is that of the process */
		if (kind[i] != THREAD_VHOST || !actor->bare)
			section->thread[section->n_thread++] = thread_of(actor,
				actor->pid + (pid_t)i, kind[i], actor->helper_ns[i], at_ns);
	for (size_t cpu = 0; cpu < actor->vcpus; cpu++) {
		struct account_thread *thread = &section->thread[section->n_thread++];

		*thread = thread_of(actor, actor->thread[cpu].tid, THREAD_VCPU,
			actor->account_ns[cpu], at_ns);
		thread->max_wait_ns = actor->max_wait_ns[cpu];
		thread->bin = actor->bin[cpu];
		show_clock(actor, cpu, thread);
	}
}

static inline void show_shares(
	const struct play *play, struct account_share *share, struct account_sample *section)
{
	for (size_t i = 0; i < play->n_robbery; i++)
		share[i] = play->robbery[i].share;
	section->share = share;
	section->n_share = play->n_robbery;
}

/* Those of the VM whose page is open, in the last half minute: as AMD's processors number them. */
static inline void show_exits(const struct play *play, uint64_t second, struct exit_count *exit,
	struct exits_sample *section)
{
	static const struct {
		uint32_t reason;
		double per_s, mean_us, max_us;
	} usual[] = { /* intr, msr, hlt, ioio, npf: a wait for a CPU begins with an interrupt */
		{ 0x60, 1310, 1430, 14100 }, { 0x78, 2460, 530, 88000 }, { 0x7b, 310, 19, 840 },
		{ 0x7c, 5120, 1.4, 460 }, { 0x400, 412, 8.6, 1900 }
	};
	const uint64_t since = BEFORE_S - 30;

	if (!play->looked_at || second < since)
		return;
	section->pid = actor_of(play, play->looked_at)->pid;
	section->since_ns = (BOOT_S + since) * S;
	section->exit = exit;
	section->n_exit = sizeof(usual) / sizeof(usual[0]);
	for (size_t i = 0; i < section->n_exit; i++) {
		uint64_t count = (uint64_t)((double)(second - since) * usual[i].per_s);

		exit[i] = (struct exit_count){ .isa = EXITS_SVM,
			.reason = usual[i].reason,
			.count_total = count,
			.ns_total = (uint64_t)((double)count * usual[i].mean_us * (double)US),
			.max_ns = (uint64_t)(usual[i].max_us * (double)US) };
	}
}

#endif
