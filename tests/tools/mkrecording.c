// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The recordings of tests/data/snapshots: mkrecording demo|empty|many >FILE. A play of VMs with a
 * known relation between what the host gives and what the guest is told; the program's own
 * derive and judge turn it into snapshots. The same bytes each time.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "panes/pane.h"
#include "probes/json.h"
#include "probes/sample.h"
#include "probes/snapshot.h"

enum { VCPUS = 16, ACTORS = 64, AGENT_PERIOD = 5, BEFORE_S = 130, TICK_HZ = 100 };
static const uint64_t S = 1000000000, MS = 1000000, MIB = 1 << 20, GIB = 1 << 30;
static const uint64_t BOOT_S = 41 * 86400 + 5 * 3600;
static const double FIRST_WALL_S = 1795215148.2;

/* What a guest makes of the time that its vCPUs ran and waited. */
enum belief {
	TOLD,	     /* run is busy, wait is steal: the two sides agree */
	NO_CLOCK,    /* all of it is busy, for nobody tells it of steal */
	HALF_ASLEEP, /* the host works for it while it believes it is idle: polling, exits */
	FEVER,	     /* busy all of the time, whatever it was given */
	BAD_DREAM    /* tells of steal that the host does not see */
};

struct actor {
	const char *name, *title;
	enum vm_accel accel;
	enum steal_clock clock;
	enum belief belief;
	bool bare, no_agent, stopped; /* bare: without libvirt */
	uint64_t vcpus, mem_gib, rss_mib, swap_mib, usable_mib;
	double run_pct, wait_pct; /* of each vCPU */

	/* The rest is made. */
	pid_t pid;
	char uuid[40];
	uint64_t run_ns[VCPUS], wait_ns[VCPUS], busy_ns[VCPUS], idle_ns[VCPUS], steal_ns[VCPUS];
	struct proc_vcpu thread[VCPUS];
	struct task_sched host[2][VCPUS];
	struct guest_cpu guest[2][VCPUS];
	struct guest_reading reading[2]; /* newest first */
};

struct play {
	const char *host;
	uint64_t cpus, nodes, mem_gib;
	double other_pct; /* what else runs, of all CPUs */
	struct actor actor[ACTORS];
	size_t n_actor;
	unsigned seconds;

	uint64_t busy_ns, wait_ns;
	struct proc_vm proc[ACTORS];
	struct domain domain[ACTORS];
	struct balloon_reading balloon[ACTORS];
	struct agent_reading agent[ACTORS];
	struct task_sched task[2][ACTORS * VCPUS];
};

static const struct actor demo[] = {
	{ .name = "web-03",
		.title = "shop front end",
		.accel = ACCEL_KVM,
		.clock = STEAL_CLOCK_OFFERED,
		.belief = NO_CLOCK,
		.vcpus = 8,
		.mem_gib = 16,
		.rss_mib = 12100,
		.swap_mib = 3891,
		.usable_mib = 6246,
		.run_pct = 64,
		.wait_pct = 23.4 },
	{ .name = "batch-11",
		.title = "nightly reports",
		.accel = ACCEL_KVM,
		.clock = STEAL_CLOCK_OFFERED,
		.belief = TOLD,
		.vcpus = 8,
		.mem_gib = 32,
		.rss_mib = 31870,
		.usable_mib = 2048,
		.run_pct = 88,
		.wait_pct = 3.5 },
	{ .name = "legacy-01",
		.accel = ACCEL_TCG,
		.clock = STEAL_CLOCK_NONE,
		.belief = NO_CLOCK,
		.vcpus = 2,
		.mem_gib = 2,
		.rss_mib = 1490,
		.usable_mib = 900,
		.run_pct = 52,
		.wait_pct = 31 },
	{ .name = "win-sql",
		.accel = ACCEL_KVM,
		.clock = STEAL_CLOCK_OFFERED,
		.no_agent = true,
		.vcpus = 4,
		.mem_gib = 24,
		.rss_mib = 24300,
		.usable_mib = 5120,
		.run_pct = 35,
		.wait_pct = 6.5 },
	{ .name = "ci-runner",
		.accel = ACCEL_KVM,
		.clock = STEAL_CLOCK_OFFERED,
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
		.vcpus = 2,
		.mem_gib = 4,
		.rss_mib = 640,
		.run_pct = 3,
		.wait_pct = 0.2 },
};

/* A number from 0 to 1 that is always the same for the same question. */
static double chance(uint64_t a, uint64_t b, uint64_t c)
{
	uint64_t x = (a * 0x9e3779b97f4a7c15u) ^ (b * 0xc2b2ae3d27d4eb4fu) ^
		     (c + 1) * 0x165667b19e3779f9u;

	x ^= x >> 29;
	x *= 0xbf58476d1ce4e5b9u;
	x ^= x >> 32;
	return (double)(x >> 11) / 9007199254740992.0;
}

static void fill_actor(struct actor *actor, size_t i)
{
	actor->pid = 2100 + (pid_t)i * 137;
	snprintf(actor->uuid, sizeof(actor->uuid), "5f0c%04zx-9a1e-4c7b-8d21-0242ac11%04zx",
		i * 7919 % 65536, i + 2);
	for (size_t cpu = 0; cpu < actor->vcpus; cpu++)
		actor->thread[cpu] =
			(struct proc_vcpu){ cpu, actor->pid + 10 + (pid_t)cpu, 300000 + i * 1000 };
}

static void cast_demo(struct play *play)
{
	*play = (struct play){ .host = "kvm-07",
		.cpus = 16,
		.nodes = 2,
		.mem_gib = 64,
		.other_pct = 4,
		.n_actor = sizeof(demo) / sizeof(demo[0]),
		.seconds = 8 };
	memcpy(play->actor, demo, sizeof(demo));
}

static void cast_empty(struct play *play)
{
	*play = (struct play){ .host = "kvm-12",
		.cpus = 8,
		.nodes = 1,
		.mem_gib = 32,
		.other_pct = 2.5,
		.seconds = 3 };
}

/* Sixty VMs of every kind, most of them well. */
static void cast_many(struct play *play)
{
	static const char *const roles[] = { "web", "db", "cache", "queue", "build", "mail" };
	static char names[60][32];

	*play = (struct play){ .host = "kvm-21",
		.cpus = 96,
		.nodes = 4,
		.mem_gib = 512,
		.other_pct = 3,
		.n_actor = 60,
		.seconds = 3 };
	for (size_t i = 0; i < play->n_actor; i++) {
		struct actor *actor = &play->actor[i];
		bool hot = i % 7 == 3;

		snprintf(names[i], sizeof(names[i]), "%s-%02zu", roles[i % 6], i / 6 + 1);
		*actor = (struct actor){
			.name = names[i],
			.accel = i % 20 == 19 ? ACCEL_TCG : ACCEL_KVM,
			.clock = i % 20 == 19 ? STEAL_CLOCK_NONE : STEAL_CLOCK_OFFERED,
			.belief = i % 20 == 19 || i == 10 ? NO_CLOCK
				  : i % 23 == 5		  ? HALF_ASLEEP
				  : i == 27		  ? FEVER
				  : i == 40		  ? BAD_DREAM
							  : TOLD,
			.bare = i % 15 == 14,
			.no_agent = i % 9 == 8,
			.stopped = i == 33,
			.vcpus = 1u << (i % 4),
			.mem_gib = 2u << (i % 4),
			.rss_mib = (2u << (i % 4)) * 900,
			.usable_mib = (2u << (i % 4)) * 300,
			.run_pct = hot ? 70 : 5 + 30 * chance(i, 1, 1),
			.wait_pct = hot ? 8 + 15 * chance(i, 2, 2) : 3 * chance(i, 3, 3),
		};
	}
}

static void guest_believes(struct actor *actor, size_t cpu, double run_ns, double wait_ns)
{
	double busy = run_ns, steal = wait_ns, all = (double)S;

	switch (actor->belief) {
	case TOLD:
		break;
	case NO_CLOCK:
		busy = run_ns + wait_ns;
		steal = 0;
		break;
	case HALF_ASLEEP:
		busy = run_ns * 0.1;
		break;
	case FEVER:
		busy = all - wait_ns;
		break;
	case BAD_DREAM:
		steal = all * 0.14;
		break;
	}
	actor->busy_ns[cpu] += (uint64_t)busy;
	actor->steal_ns[cpu] += (uint64_t)steal;
	actor->idle_ns[cpu] += (uint64_t)(all - busy - steal);
}

/* One second passes for the actor. */
static void live(struct play *play, size_t i, unsigned second)
{
	struct actor *actor = &play->actor[i];

	if (actor->stopped)
		return;
	for (size_t cpu = 0; cpu < actor->vcpus; cpu++) {
		double swing = 0.9 + 0.2 * chance(i, cpu, second);
		double uneven = cpu == 0 ? 1.25 : 1 - 0.25 / fmax((double)actor->vcpus - 1, 1);
		double run = actor->run_pct / 100 * (double)S * swing;
		double wait = actor->wait_pct / 100 * (double)S * (2 - swing) *
			      (actor->vcpus > 1 ? uneven : 1);

		actor->run_ns[cpu] += (uint64_t)run;
		actor->wait_ns[cpu] += (uint64_t)wait;
		play->busy_ns += (uint64_t)run;
		play->wait_ns += (uint64_t)(wait * 1.1);
		guest_believes(actor, cpu, run, wait);
	}
}

static struct task_sched task_of(const struct actor *actor, size_t cpu, uint64_t at_ns)
{
	return (struct task_sched){ actor->thread[cpu].tid, actor->thread[cpu].start_ticks,
		actor->run_ns[cpu], actor->wait_ns[cpu], at_ns };
}

/* The guest is asked; it counts in steps of 10 ms. */
static void ask(struct actor *actor, uint64_t at_ns)
{
	memcpy(actor->guest[1], actor->guest[0], sizeof(actor->guest[0]));
	memcpy(actor->host[1], actor->host[0], sizeof(actor->host[0]));
	actor->reading[1] = actor->reading[0];
	actor->reading[1].cpu = actor->guest[1];
	actor->reading[1].host = actor->host[1];
	for (size_t cpu = 0; cpu < actor->vcpus; cpu++) {
		actor->guest[0][cpu] = (struct guest_cpu){
			.id = cpu,
			.busy_ms_total = actor->busy_ns[cpu] / MS / 10 * 10,
			.idle_ms_total = actor->idle_ns[cpu] / MS / 10 * 10,
			.steal_ms_total = actor->steal_ns[cpu] / MS / 10 * 10,
		};
		actor->host[0][cpu] = task_of(actor, cpu, at_ns);
	}
	actor->reading[0] = (struct guest_reading){ at_ns, 3 * MS, actor->guest[0], actor->vcpus,
		actor->host[0], actor->vcpus };
}

static void show_process(const struct actor *actor, struct proc_vm *proc)
{
	*proc = (struct proc_vm){
		.pid = actor->pid,
		.start_ticks = actor->thread[0].start_ticks,
		.name = actor->name,
		.uuid = actor->uuid,
		.vmm = "qemu-system-x86_64",
		.accel = actor->accel,
		.steal_clock = actor->clock,
		.proc_state = actor->stopped ? 'T' : 'S',
		.vcpus = actor->vcpus,
		.mem_bytes = actor->mem_gib * GIB,
		.rss_bytes = actor->rss_mib * MIB,
		.swap_bytes = actor->swap_mib * MIB,
		.vcpu_source = "by the names that the VMM gives its threads",
		.vcpu = (struct proc_vcpu *)actor->thread,
		.n_vcpu = actor->vcpus,
	};
}

static void show_domain(const struct actor *actor, struct domain *domain)
{
	*domain = (struct domain){
		.uuid = actor->uuid,
		.name = actor->name,
		.title = actor->title,
		.state = VM_RUNNING,
		.accel = actor->accel,
		.steal_clock = actor->clock,
		.pid = actor->pid,
		.vcpus = actor->vcpus,
		.vcpus_max = actor->vcpus,
		.mem_bytes = actor->mem_gib * GIB,
		.mem_max_bytes = actor->mem_gib * GIB,
		.has_agent = !actor->no_agent,
		.has_balloon = true,
		.balloon_period_s = 2,
	};
}

/* A stopped VM answers nothing: what was known of it is from before. */
static struct status status_of(const struct actor *actor, uint64_t at_ns, uint64_t cost_ns)
{
	if (actor->stopped)
		return (struct status){ SOURCE_STALE, "no answer since its process was stopped",
			(BOOT_S - 14) * S, cost_ns };
	return (struct status){ SOURCE_OK, NULL, at_ns, cost_ns };
}

static void show_balloon(
	const struct actor *actor, const struct sample *sample, struct balloon_reading *reading)
{
	struct status status = status_of(actor, sample->at_ns - 300 * MS, MS);

	*reading = (struct balloon_reading){
		.uuid = actor->uuid,
		.status = status,
		.actual_bytes = actor->mem_gib * GIB,
		.guest_total_bytes = actor->mem_gib * GIB - 310 * MIB,
		.guest_free_bytes = actor->usable_mib * MIB / 2,
		.guest_usable_bytes = actor->usable_mib * MIB,
		.guest_cache_bytes = actor->usable_mib * MIB / 3,
		.guest_swap_in_bytes_total = 0,
		.guest_swap_out_bytes_total = 0,
		.guest_major_faults_total = 4711,
		.guest_time_s =
			floor(sample->wall_s - (double)(sample->at_ns - status.at_ns) / 1e9),
	};
}

static void show_agent(const struct actor *actor, struct agent_reading *reading)
{
	static const struct status stopped = { SOURCE_UNAVAILABLE,
		"the agent did not answer within 1 s; asked again in 30 s", 0, 0 };

	*reading = (struct agent_reading){
		.uuid = actor->uuid,
		.status = actor->stopped ? stopped
					 : status_of(actor, actor->reading[0].at_ns, 3 * MS),
		.method = actor->stopped ? NULL : "agent cpustats",
		.cur = actor->reading[0],
		.prev = actor->reading[1],
		.quantum_ms = 10,
	};
}

static int by_uuid(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void show_actors(struct play *play, struct sample *sample, struct task_sched *task)
{
	for (size_t i = 0; i < play->n_actor; i++) {
		const struct actor *actor = &play->actor[i];

		show_process(actor, &play->proc[sample->procvm.n_vm++]);
		for (size_t cpu = 0; cpu < actor->vcpus; cpu++)
			task[sample->sched.n_task++] = task_of(actor, cpu, sample->at_ns);
		if (actor->bare)
			continue;
		show_domain(actor, &play->domain[sample->libvirt.n_domain++]);
		show_balloon(actor, sample, &play->balloon[sample->balloon.n_reading++]);
		if (!actor->no_agent)
			show_agent(actor, &play->agent[sample->agent.n_reading++]);
	}
	sample->procvm.vm = play->proc;
	sample->sched.task = task;
	sample->libvirt.domain = play->domain;
	sample->balloon.reading = play->balloon;
	sample->agent.reading = play->agent;
	qsort(play->domain, sample->libvirt.n_domain, sizeof(play->domain[0]), by_uuid);
	qsort(play->balloon, sample->balloon.n_reading, sizeof(play->balloon[0]), by_uuid);
	qsort(play->agent, sample->agent.n_reading, sizeof(play->agent[0]), by_uuid);
}

static void show_host(const struct play *play, uint64_t second, struct host_sample *host)
{
	uint64_t ticks = (BOOT_S + second) * play->cpus * TICK_HZ;
	uint64_t other_ns =
		(uint64_t)((double)second * play->other_pct / 100 * (double)(play->cpus * S));
	uint64_t busy = (play->busy_ns + other_ns) / (S / TICK_HZ);
	bool full = play->n_actor > 0;

	*host = (struct host_sample){
		.name = play->host,
		.kernel = "6.1.0-18-amd64",
		.cpus = play->cpus,
		.nodes = play->nodes,
		.uptime_s = (double)(BOOT_S + second),
		.load1 = full ? (double)play->cpus * 1.21 : 0.2,
		.load5 = full ? (double)play->cpus * 1.14 : 0.21,
		.load15 = full ? (double)play->cpus * 0.92 : 0.18,
		.psi_cpu = { NAN, second * (full ? 221300 : 400) },
		.psi_memory = { NAN, second * (full ? 31200 : 0) },
		.psi_io = { NAN, second * (full ? 90400 : 1200) },
		.mem_total_bytes = play->mem_gib * GIB,
		.mem_available_bytes = play->mem_gib * GIB / (full ? 12 : 2),
		.swap_total_bytes = 16 * GIB,
		.swap_free_bytes = 16 * GIB - (full ? 4201 * MIB : 0),
		.swap_in_bytes_total = second * (full ? 327680 : 0),
		.swap_out_bytes_total = second * (full ? 2202009 : 0),
		.tick_hz = TICK_HZ,
		.busy_ticks_total = busy,
		.idle_ticks_total = ticks > busy ? ticks - busy : 0,
		.steal_ticks_total = 0,
		.run_ns_total = play->busy_ns + other_ns,
		.wait_ns_total = play->wait_ns,
	};
}

static void show_statuses(struct sample *sample)
{
	static const uint64_t cost_us[SECTION_COUNT] = { 350, 910, 180, 12400, 5100, 24000 };
	static const uint64_t age_ms[SECTION_COUNT] = { 0, 0, 0, 410, 300, 120 };

	for (size_t i = 0; i < SECTION_COUNT; i++)
		sample->status[i] = (struct status){ SOURCE_OK, NULL,
			sample->at_ns - age_ms[i] * MS, cost_us[i] * 1000 };
}

static void perform(struct play *play)
{
	struct sample sample[2];
	struct snapshot *snap = snapshot_new();
	struct judge *judge = judge_new();

	memset(sample, 0, sizeof(sample));
	for (unsigned second = 0; second < BEFORE_S + play->seconds; second++) {
		struct sample *cur = &sample[second % 2],
			      *prev = second ? &sample[(second + 1) % 2] : NULL;

		sample_clear(cur);
		cur->at_ns = (BOOT_S + second) * S;
		cur->wall_s = FIRST_WALL_S + (double)second - BEFORE_S;
		for (size_t i = 0; i < play->n_actor; i++) {
			live(play, i, second);
			if ((second + i) % AGENT_PERIOD == 0 && !play->actor[i].stopped)
				ask(&play->actor[i], cur->at_ns);
		}
		show_statuses(cur);
		show_host(play, second, &cur->host);
		show_actors(play, cur, play->task[second % 2]);
		snapshot_derive(snap, cur, prev, cur->at_ns + 2 * MS);
		panes_judge(snap, judge);
		if (second >= BEFORE_S && json_write(stdout, snap) < 0)
			exit(1);
	}
	judge_free(judge);
	snapshot_free(snap);
}

int main(int argc, char **argv)
{
	static struct play play;

	if (argc == 2 && strcmp(argv[1], "demo") == 0)
		cast_demo(&play);
	else if (argc == 2 && strcmp(argv[1], "empty") == 0)
		cast_empty(&play);
	else if (argc == 2 && strcmp(argv[1], "many") == 0)
		cast_many(&play);
	else
		return fputs("usage: mkrecording demo|empty|many\n", stderr), 2;
	for (size_t i = 0; i < play.n_actor; i++)
		fill_actor(&play.actor[i], i);
	perform(&play);
	return 0;
}
