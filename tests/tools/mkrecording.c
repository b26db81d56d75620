// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The recordings of tests/data/snapshots: mkrecording demo|empty|many >FILE; and, for measurements,
 * as many seconds as are asked for, of a crowd of 200 VMs too. A play of VMs with a known relation
 * between what the host gives and what the guest is told; the program's own derive and judge turn
 * it into snapshots. The same bytes each time.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "panes/pane.h"
#include "probes/json.h"
#include "probes/sample.h"
#include "probes/snapshot.h"
#include "tests/tools/accounts.h"
#include "tests/tools/cast.h"
#include "tests/tools/disks.h"
#include "tests/tools/nics.h"
#include "tests/tools/places.h"
#include "tests/tools/memory.h"
#include "tests/tools/pinnings.h"
#include "tests/tools/play.h"
#include "tests/tools/stalls.h"

static const double FIRST_WALL_S = 1795215148.2;

static void fill_actor(struct actor *actor, size_t i)
{
	actor->pid = 2100 + (pid_t)i * 137;
	snprintf(actor->uuid, sizeof(actor->uuid), "5f0c%04zx-9a1e-4c7b-8d21-0242ac11%04zx",
		i * 7919 % 65536, i + 2);
	for (size_t cpu = 0; cpu < actor->vcpus; cpu++)
		actor->thread[cpu] =
			(struct proc_vcpu){ cpu, actor->pid + 10 + (pid_t)cpu, 300000 + i * 1000 };
}

/* Where one second of one vCPU goes, in ns. */
struct second {
	double run, irq, wait, throttled, blocked, vmm, halted;
};

/* The clock of a KVM guest tells run delay: wait and throttled time alike. */
static void guest_believes(struct actor *actor, size_t cpu, const struct second *second)
{
	double delay = second->wait + second->throttled, all = (double)S;
	double busy = second->run + second->blocked, steal = delay;

	switch (actor->belief) {
	case TOLD:
		break;
	case NOT_TOLD:
		busy += delay;
		steal = 0;
		break;
	case HALF_ASLEEP:
		busy = second->run * 0.1;
		break;
	case FEVER:
		busy = all - delay;
		break;
	case BAD_DREAM:
		steal = all * 0.14;
		break;
	}
	actor->busy_ns[cpu] += (uint64_t)busy;
	actor->steal_ns[cpu] += (uint64_t)steal;
	actor->idle_ns[cpu] += (uint64_t)fmax(all - busy - steal, 0);
}

/* The first vCPU waits longer than the others. */
static struct second second_of(const struct play *play, size_t i, size_t cpu, unsigned at)
{
	const struct actor *actor = &play->actor[i];
	double swing = 0.9 + 0.2 * chance(i, cpu, at), one = (double)S / 100;
	double uneven = cpu == 0 ? 1.25 : 1 - 0.25 / fmax((double)actor->vcpus - 1, 1);
	struct second second = {
		.irq = play->irq_known ? 0.4 * swing * actor->run_pct / 50 * one : 0,
		.wait = actor->wait_pct * (2 - swing) * (actor->vcpus > 1 ? uneven : 1) * one,
		.throttled = actor->throttled_pct * (2 - swing) * one,
		.blocked = actor->blocked_pct * (2 - swing) * one,
		.vmm = actor->vmm_pct * swing * one,
	};

	second.halted = (double)S - second.irq - second.wait - second.throttled - second.blocked -
			second.vmm;
	second.run = fmin(actor->run_pct * swing * one, second.halted);
	second.halted -= second.run;
	return second;
}

/* In whole ns, of which no account loses any. Under TCG the VMM is where a halted vCPU sleeps. */
static void keep_accounts(struct actor *actor, size_t cpu, const struct second *second)
{
	bool is_kvm = actor->accel == ACCEL_KVM;
	uint64_t *account_ns = actor->account_ns[cpu], left = S;
	const struct {
		enum account account;
		double ns;
	} part[] = {
		{ ACCOUNT_RUN, second->run },
		{ ACCOUNT_IRQ, second->irq },
		{ ACCOUNT_WAITING, second->wait },
		{ ACCOUNT_THROTTLED, second->throttled },
		{ is_kvm ? ACCOUNT_BLOCKED_KVM : ACCOUNT_BLOCKED, second->blocked },
		{ ACCOUNT_ASLEEP, second->vmm },
	};

	for (size_t i = 0; i < sizeof(part) / sizeof(part[0]); i++) {
		uint64_t ns = (uint64_t)part[i].ns < left ? (uint64_t)part[i].ns : left;

		account_ns[part[i].account] += ns;
		left -= ns;
	}
	account_ns[is_kvm ? ACCOUNT_HALTED : ACCOUNT_ASLEEP] += left;
}

/* A stopped process sleeps, and not in its guest. */
static void stand_still(struct actor *actor)
{
	for (size_t cpu = 0; cpu < actor->vcpus; cpu++)
		actor->account_ns[cpu][ACCOUNT_ASLEEP] += S;
	for (size_t i = 0; i < HELPERS; i++)
		actor->helper_ns[i][ACCOUNT_ASLEEP] += S;
}

/* One second passes for the actor. */
static void live(struct play *play, size_t i, unsigned at)
{
	struct actor *actor = &play->actor[i];

	if (actor->stopped) {
		stand_still(actor);
		return;
	}
	for (size_t cpu = 0; cpu < actor->vcpus; cpu++) {
		struct second second = second_of(play, i, cpu, at);

		keep_accounts(actor, cpu, &second);
		count_waits(actor, cpu, second.wait, second.throttled, chance(cpu, at, i));
		rob(play, i, second.wait, second.throttled);
		guest_believes(actor, cpu, &second);
		play->busy_ns += (uint64_t)second.run;
		play->wait_ns += (uint64_t)(second.wait * 1.1 + second.throttled);
	}
	live_helpers(actor);
}

static struct task_sched task_of(const struct actor *actor, size_t cpu, uint64_t at_ns)
{
	return (struct task_sched){ actor->thread[cpu].tid, actor->thread[cpu].start_ticks,
		run_ns_of(actor, cpu), delay_ns_of(actor, cpu), at_ns };
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

/* What its definition says: whether the guest uses the clock is not in there. */
static enum steal_clock clock_offered(const struct actor *actor)
{
	return actor->clock == STEAL_CLOCK_NONE ? STEAL_CLOCK_NONE : STEAL_CLOCK_OFFERED;
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
		.steal_clock = clock_offered(actor),
		.proc_state = actor->stopped ? 'T' : 'S',
		.vcpus = actor->vcpus,
		.mem_bytes = actor->mem_gib * GIB,
		.guest_nodes = 1,
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
		.steal_clock = clock_offered(actor),
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

static void show_actors(struct play *play, struct sample *sample, unsigned second)
{
	struct task_sched *task = play->task[second % 2];

	sample->account.thread = play->account[second % 2];
	sample->account.kvm_known = true;
	sample->account.irq_known = play->irq_known;
	show_shares(play, play->share[second % 2], &sample->account);
	show_exits(play, second, play->exit[second % 2], &sample->exits);
	for (size_t i = 0; i < play->n_actor; i++) {
		const struct actor *actor = &play->actor[i];

		show_process(actor, &play->proc[sample->procvm.n_vm++]);
		show_account(actor, sample->at_ns, &sample->account);
		for (size_t cpu = 0; cpu < actor->vcpus && actor->unseen; cpu++)
			task[sample->sched.n_task++] = task_of(actor, cpu, sample->at_ns);
		if (actor->bare)
			continue;
		show_domain(actor, &play->domain[sample->libvirt.n_domain++]);
		show_balloon(actor, sample, &play->balloon[sample->balloon.n_reading++]);
		if (!actor->no_agent)
			show_agent(actor, &play->agent[sample->agent.n_reading++]);
	}
	show_memory(play, second, sample);
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
		.kernel = play->kernel,
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

/* Once the sections are filled: two of them are not always needed. */
static void show_statuses(struct sample *sample)
{
	static const struct {
		uint64_t cost_us, age_ms;
	} usual[SECTION_COUNT] = {
		[SECTION_HOST] = { 350, 0 },
		[SECTION_TOPOLOGY] = { 60, 0 },
		[SECTION_KVM] = { 40, 0 },
		[SECTION_PROCVM] = { 910, 0 },
		[SECTION_ACCOUNT] = { 620, 0 },
		[SECTION_EXITS] = { 90, 0 },
		[SECTION_SCHED] = { 180, 0 },
		[SECTION_PAGES] = { 2300, 640 },
		[SECTION_CGROUP] = { 290, 210 },
		[SECTION_AFFINITY] = { 210, 0 },
		[SECTION_NICS] = { 480, 0 },
		[SECTION_RINGS] = { 60, 0 },
		[SECTION_LATENCY] = { 240, 0 },
		[SECTION_IMAGES] = { 1900, 3000 },
		[SECTION_LIBVIRT] = { 12400, 410 },
		[SECTION_MONITOR] = { 5100, 300 },
		[SECTION_AGENT] = { 24000, 120 },
	};

	for (size_t i = 0; i < SECTION_COUNT; i++)
		sample->status[i] = (struct status){ SOURCE_OK, NULL,
			sample->at_ns - usual[i].age_ms * MS, usual[i].cost_us * 1000 };
	if (sample->exits.pid == 0)
		sample->status[SECTION_EXITS] =
			(struct status){ SOURCE_OFF, "open a VM to see its exits", 0, 0 };
	if (sample->account.n_thread && sample->sched.n_task == 0)
		sample->status[SECTION_SCHED] =
			(struct status){ SOURCE_OFF, "bpf has these numbers, and better", 0, 0 };
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
		forget_robberies(play);
		for (size_t i = 0; i < play->n_actor; i++) {
			live(play, i, second);
			if ((second + i) % AGENT_PERIOD == 0 && !play->actor[i].stopped)
				ask(&play->actor[i], cur->at_ns);
		}
		show_host(play, second, &cur->host);
		show_actors(play, cur, second);
		show_places(play, second, cur);
		show_pinning(play, cur);
		show_disks(play, second, cur);
		show_nics(play, second, cur);
		show_statuses(cur);
		show_stalls(play, cur, second);
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

	static const struct {
		const char *name;
		void (*cast)(struct play *);
	} plays[] = { { "demo", cast_demo }, { "empty", cast_empty }, { "many", cast_many },
		{ "crowd", cast_crowd } };

	for (size_t i = 0; argc > 1 && i < sizeof(plays) / sizeof(plays[0]); i++)
		if (strcmp(argv[1], plays[i].name) == 0)
			plays[i].cast(&play);
	if (!play.host || argc > 3)
		return fputs("usage: mkrecording demo|empty|many|crowd [SECONDS]\n", stderr), 2;
	if (argc == 3)
		play.seconds = (unsigned)strtoul(argv[2], NULL, 10);
	for (size_t i = 0; i < play.n_actor; i++)
		fill_actor(&play.actor[i], i);
	plan_robberies(&play);
	perform(&play);
	return 0;
}
