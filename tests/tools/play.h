/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_TESTS_PLAY_H
#define PARALLAX_TESTS_PLAY_H

#include <stdint.h>
#include <string.h>

#include "probes/sample.h"

/* The play of which mkrecording makes its recordings: its actors, and what becomes of them. */

enum { VCPUS = 16, ACTORS = 200, ROBBERS = 6, AGENT_PERIOD = 5, BEFORE_S = 130, TICK_HZ = 100 };
enum { HELPERS = THREAD_EMULATOR, ACTOR_THREADS = HELPERS + VCPUS, EXITS = 8 };
static const uint64_t S = 1000000000, MS = 1000000, US = 1000, MIB = 1 << 20, GIB = 1 << 30;
static const uint64_t BOOT_S = 41 * 86400 + 5 * 3600;

/* What a guest makes of the time that its vCPUs ran and waited. */
enum belief {
	TOLD,	     /* run is busy, wait is steal: the two sides agree */
	NOT_TOLD,    /* all of it is busy, for nobody tells it of steal */
	HALF_ASLEEP, /* the host works for it while it believes it is idle: polling, exits */
	FEVER,	     /* busy all of the time, whatever it was given */
	BAD_DREAM    /* tells of steal that the host does not see */
};

/* Who ran while an actor waited: another actor, "self", "emulator", "idle", or a process. */
struct robber {
	const char *who;
	double pct; /* of the wait, but for the throttled one */
};

struct actor {
	const char *name, *title;
	enum vm_accel accel;
	enum steal_clock clock; /* ON, OFF: as the guest has it; NONE, OFFERED: nobody can tell */
	enum belief belief;
	/* bare: without libvirt; unseen: BPF has no accounts of it, so schedstat must do. */
	bool bare, no_agent, stopped, unseen;
	uint64_t vcpus, mem_gib, rss_mib, swap_mib, usable_mib;
	double run_pct, wait_pct, throttled_pct, blocked_pct, vmm_pct; /* of each vCPU */
	double fast_us, slow_us, slow_part; /* lengths of waits, and of how many; 0: usual ones */
	struct robber robber[ROBBERS];	    /* NULL: the usual ones */

	/* The rest is made. */
	pid_t pid;
	char uuid[40];
	uint64_t account_ns[VCPUS][ACCOUNT_COUNT], max_wait_ns[VCPUS];
	uint32_t bin[VCPUS][2][ACCOUNT_BINS]; /* of this second */
	uint64_t helper_ns[HELPERS][ACCOUNT_COUNT];
	uint64_t busy_ns[VCPUS], idle_ns[VCPUS], steal_ns[VCPUS];
	struct proc_vcpu thread[VCPUS];
	struct task_sched host[2][VCPUS];
	struct guest_cpu guest[2][VCPUS];
	struct guest_reading reading[2]; /* newest first */
};

/* A robber at work. */
struct robbery {
	struct account_share share;
	size_t victim;
	double pct;
	bool is_quota;
};

struct play {
	const char *host, *kernel;
	uint64_t cpus, nodes, mem_gib;
	double other_pct; /* what else runs, of all CPUs */
	bool irq_known;
	const char *looked_at; /* whose page is open, and has been for some seconds; or NULL */
	struct actor actor[ACTORS];
	size_t n_actor;
	unsigned seconds;

	uint64_t busy_ns, wait_ns;
	struct robbery robbery[ACTORS * (ROBBERS + 1)];
	size_t n_robbery;
	struct proc_vm proc[ACTORS];
	struct domain domain[ACTORS];
	struct balloon_reading balloon[ACTORS];
	struct agent_reading agent[ACTORS];
	struct exit_count exit[2][EXITS];
	struct task_sched task[2][ACTORS * VCPUS];
	struct account_thread account[2][ACTORS * ACTOR_THREADS];
	struct account_share share[2][ACTORS * (ROBBERS + 1)];
};

/* A number from 0 to 1 that is always the same for the same question. */
static inline double chance(uint64_t a, uint64_t b, uint64_t c)
{
	uint64_t x = (a * 0x9e3779b97f4a7c15u) ^ (b * 0xc2b2ae3d27d4eb4fu) ^
		     (c + 1) * 0x165667b19e3779f9u;

	x ^= x >> 29;
	x *= 0xbf58476d1ce4e5b9u;
	x ^= x >> 32;
	return (double)(x >> 11) / 9007199254740992.0;
}

static inline uint64_t run_ns_of(const struct actor *actor, size_t cpu)
{
	return actor->account_ns[cpu][ACCOUNT_RUN];
}

/* What the kernel calls run delay. */
static inline uint64_t delay_ns_of(const struct actor *actor, size_t cpu)
{
	return actor->account_ns[cpu][ACCOUNT_WAITING] + actor->account_ns[cpu][ACCOUNT_THROTTLED];
}

/* What its guest answers; NULL: it is not asked. */
static inline struct agent_reading *play_agent(struct sample *sample, const struct actor *actor)
{
	for (size_t i = 0; i < sample->agent.n_reading; i++)
		if (strcmp(sample->agent.reading[i].uuid, actor->uuid) == 0)
			return &sample->agent.reading[i];
	return NULL;
}

/* Its devices as libvirt and as its command line define them; returns how many of these there are.
 */
static inline size_t play_devices(
	struct sample *sample, const struct actor *actor, struct defined_devices *out[2])
{
	size_t n = 0;

	for (size_t i = 0; i < sample->libvirt.n_domain && n < 1; i++)
		if (strcmp(sample->libvirt.domain[i].uuid, actor->uuid) == 0)
			out[n++] = &sample->libvirt.domain[i].devices;
	for (size_t i = 0; i < sample->procvm.n_vm; i++)
		if (sample->procvm.vm[i].pid == actor->pid) {
			out[n++] = &sample->procvm.vm[i].devices;
			break;
		}
	return n;
}

#endif
