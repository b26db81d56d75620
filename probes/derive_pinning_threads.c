// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/derive_pinning.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/*
 * What a thread asks for is the time that it ran and the time that it was ready and had no CPU. The
 * time that a quota stopped it is not: the CPUs were there. By bpf the two are apart; schedstat,
 * which knows vCPUs only, has them together.
 *
 * A thread has drifted when it may run elsewhere than libvirt's definition says, as far as CPUs are
 * online. Threads that have no pin there cannot drift, but for one case: a vCPU that is bound while
 * its VM's main thread is not, for neither libvirt nor a cpuset around the VM does that.
 */

/* While the threads of all VMs are gone through. */
struct walk {
	struct pins *pins;
	size_t next, next_before; /* in the accounts of now and before */
	const struct thread_affinity *main; /* of the VM; NULL not known */
	size_t vm;
	size_t first_party; /* of the VM */
	struct arena scratch; /* of the VM */
	struct group *group;  /* of the VM */
	size_t n_group;
};

/* A row of its list in the making. */
struct group {
	enum pinned_kind kind;
	uint16_t set;
	int16_t code;
	bool has_pin, drifted;
	struct cpus pin, ids;
	uint64_t threads, tid;
	double demand_pct;
};

static double sched_demand(const struct derive *derive, const struct thread_affinity *thread)
{
	const struct sched_sample *cur = &derive->cur->sched;
	const struct sched_sample *prev = derive->prev ? &derive->prev->sched : NULL;
	struct thread_rate rate;

	if (!prev || cur->n_task == 0 ||
		!derive_thread_rate(
			derive_task(cur->task, cur->n_task, thread->tid, thread->start_ticks),
			derive_task(prev->task, prev->n_task, thread->tid, thread->start_ticks),
			&rate))
		return NAN;
	return rate.run_pct + rate.wait_pct;
}

/* In per cent of one CPU; NAN unknown. */
static double demand_of(struct walk *walk, const struct thread_affinity *thread)
{
	const struct derive *derive = walk->pins->derive;
	const struct account_thread *cur = account_thread_next(
		&derive->cur->account, &walk->next, thread->tid, thread->start_ticks);
	const struct account_thread *prev =
		cur && derive->prev ? account_thread_next(&derive->prev->account,
					      &walk->next_before, thread->tid, thread->start_ticks)
				    : NULL;
	uint64_t run_ns, wait_ns;

	if (!cur || !prev || cur->at_ns <= prev->at_ns)
		return sched_demand(derive, thread);
	run_ns = derive_delta(cur->account_ns[ACCOUNT_RUN], prev->account_ns[ACCOUNT_RUN]);
	wait_ns = derive_delta(cur->account_ns[ACCOUNT_WAITING], prev->account_ns[ACCOUNT_WAITING]);
	if (run_ns == UNKNOWN_U64 || wait_ns == UNKNOWN_U64)
		return NAN;
	return derive_pct(run_ns + wait_ns, cur->at_ns - prev->at_ns);
}

static int pin_order(const struct pin *pin, enum thread_kind kind, uint16_t id)
{
	if (pin->kind != kind)
		return pin->kind < kind ? -1 : 1;
	return (pin->id > id) - (pin->id < id);
}

static bool pin_of(const struct domain *domain, enum thread_kind kind, uint16_t id, struct cpus *out)
{
	size_t at = 0, high = domain->n_pin, first;

	while (at < high) {
		size_t middle = at + (high - at) / 2;

		if (pin_order(&domain->pin[middle], kind, id) < 0)
			at = middle + 1;
		else
			high = middle;
	}
	first = at;
	*out = (struct cpus){ 0 };
	for (; at < domain->n_pin && pin_order(&domain->pin[at], kind, id) == 0; at++)
		for (uint64_t cpu = domain->pin[at].first; cpu <= domain->pin[at].last; cpu++)
			cpus_add(out, cpu);
	return at > first;
}

/*
 * Where the definition wants it, of what is online; false: it does not say. It is asked for the
 * emulator's main thread only: what that starts later has the affinity of whoever started it.
 */
static bool configured(
	const struct walk *walk, const struct thread_affinity *thread, struct cpus *out)
{
	const struct domain *domain = walk->pins->joined[walk->vm].domain;

	if (!domain || (thread->kind == THREAD_EMULATOR && thread->tid != thread->pid) ||
		thread->kind == THREAD_VHOST)
		return false;
	if (!pin_of(domain, thread->kind, thread->id, out) &&
		!pin_of(domain, thread->kind, PIN_ALL, out))
		return false;
	*out = cpus_and(out, &walk->pins->sets.online);
	return cpus_count(out) > 0; /* of a set that is all offline the kernel takes no notice */
}

static uint16_t set_of(const struct pins *pins, const struct thread_affinity *thread)
{
	return thread->set == CPUPOOL_NONE ? PINSETS_NONE : pins->number[thread->set];
}

/* Bound, and neither the definition nor what is around the whole VM binds it. */
static bool is_alone_bound(
	const struct walk *walk, const struct thread_affinity *thread, struct cpus *pin)
{
	const struct pins *pins = walk->pins;
	const struct domain *domain = pins->joined[walk->vm].domain;
	uint16_t set = set_of(pins, thread);
	uint16_t main_set = walk->main ? set_of(pins, walk->main) : PINSETS_NONE;
	struct cpus ignored;

	if (!domain || domain->pins_automatic || thread->kind != THREAD_VCPU ||
		set == PINSETS_NONE || !pins->sets.set[set].bound || main_set == PINSETS_NONE ||
		pins->sets.set[main_set].bound || configured(walk, walk->main, &ignored))
		return false;
	*pin = pins->sets.set[main_set].cpus;
	return true;
}

/* Whoever was asked before the definition was changed may be where it should by now. */
static bool is_older_than_its_pin(const struct walk *walk, const struct thread_affinity *thread)
{
	const struct domain *domain = walk->pins->joined[walk->vm].domain;

	return domain && thread->at_ns < domain->pinned_ns;
}

static void compare(const struct walk *walk, const struct thread_affinity *thread, struct group *one)
{
	one->has_pin = configured(walk, thread, &one->pin);
	if (one->set == PINSETS_NONE)
		return;
	if (one->has_pin)
		one->drifted = !cpus_equal(&one->pin, &walk->pins->sets.set[one->set].cpus);
	else
		one->drifted = one->has_pin = is_alone_bound(walk, thread, &one->pin);
	one->drifted &= !is_older_than_its_pin(walk, thread);
}

static void add_to_group(struct walk *walk, const struct group *one)
{
	struct group *group;

	for (size_t i = 0; i < walk->n_group; i++) {
		group = &walk->group[i];
		if (group->kind != one->kind || group->set != one->set ||
			group->drifted != one->drifted || group->has_pin != one->has_pin ||
			(one->has_pin && !cpus_equal(&group->pin, &one->pin)))
			continue;
		group->threads++;
		group->ids = cpus_or(&group->ids, &one->ids);
		group->demand_pct = derive_sum(group->demand_pct, one->demand_pct);
		return;
	}
	walk->group[walk->n_group++] = *one;
}

static struct party *party_of(struct walk *walk, uint16_t set)
{
	struct pins *pins = walk->pins;

	for (size_t i = walk->first_party; i < pins->n_party; i++)
		if (pins->party[i].set == set)
			return &pins->party[i];
	pins->party[pins->n_party] =
		(struct party){ .who = walk->vm, .set = set, .demand_pct = NAN };
	return &pins->party[pins->n_party++];
}

static void add_to_party(struct walk *walk, const struct group *one)
{
	static const double WORKS_PCT = 20; /* more than a thread that only comes by */
	struct party *party;

	if (one->set == PINSETS_NONE)
		return;
	party = party_of(walk, one->set);
	party->threads++;
	party->vcpus += one->kind == PINNED_VCPU;
	party->helpers += one->kind != PINNED_VCPU;
	party->busy_vcpus += one->kind == PINNED_VCPU && one->demand_pct >= BUSY_PCT;
	party->busy += one->demand_pct >= WORKS_PCT;
	party->demand_pct = derive_sum(party->demand_pct, one->demand_pct);
}

static void add_thread(struct walk *walk, const struct thread_affinity *thread)
{
	static const enum pinned_kind kind[] = {
		[THREAD_VCPU] = PINNED_VCPU,
		[THREAD_IO] = PINNED_IOTHREAD,
		[THREAD_VHOST] = PINNED_VHOST,
		[THREAD_EMULATOR] = PINNED_EMULATOR,
	};
	struct group one = {
		.kind = kind[thread->kind],
		.set = set_of(walk->pins, thread),
		.code = thread->code,
		.threads = 1,
		.tid = (uint64_t)thread->tid,
		.demand_pct = demand_of(walk, thread),
	};

	if (thread->id != PIN_ALL)
		cpus_add(&one.ids, thread->id);
	compare(walk, thread, &one);
	add_to_group(walk, &one);
	add_to_party(walk, &one);
}

static const char *why_unknown(const struct pins *pins, int code)
{
	if (code == 0)
		return "all CPUs that it may run on are offline";
	if (code == -ESRCH)
		return "it has ended";
	if (code == -ENOSPC)
		return "there are more different sets of CPUs than there is room for";
	if (code == -EOVERFLOW)
		return arena_printf(pins->derive->arena, "it is on CPUs from %d on", CPUS_MAX);
	return arena_printf(pins->derive->arena, "the kernel does not tell: %s", strerror(-code));
}

static const char *pin_text(struct pins *pins, const struct group *group)
{
	if (!group->has_pin)
		return NULL;
	if (!group->drifted && group->set != PINSETS_NONE &&
		cpus_equal(&group->pin, &pins->sets.set[group->set].cpus))
		return pinsets_text(&pins->sets, group->set);
	return cpus_format(&group->pin, pins->derive->arena);
}

static void note_drift(struct pins *pins, const struct pinned *row, struct pinning *pinning)
{
	static const char *const word[] = { "thread", "vcpu", "iothread", "vhost", "emulator" };

	pinning->drifted += row->threads;
	if (pinning->drifter)
		return;
	pinning->drifter = row->ids ? arena_printf(pins->derive->arena, "%s%s %s", word[row->kind],
						row->threads > 1 ? "s" : "", row->ids)
				    : word[row->kind];
	pinning->drifter_tid = row->tid;
	pinning->configured = row->configured;
	pinning->real = row->cpus;
}

static void list_groups(struct walk *walk, struct pinning *pinning)
{
	struct pins *pins = walk->pins;

	pinning->n_pinned = walk->n_group;
	pinning->pinned =
		arena_array(pins->derive->arena, walk->n_group, sizeof(*pinning->pinned));
	pinning->threads = pinning->drifted = 0;
	for (size_t i = 0; i < walk->n_group; i++) {
		const struct group *group = &walk->group[i];
		struct pinned *row = &pinning->pinned[i];

		*row = (struct pinned){
			.kind = group->kind,
			.threads = group->threads,
			.tid = group->tid,
			.configured = pin_text(pins, group),
			.drifted = group->drifted,
			.demand_pct = group->demand_pct,
		};
		if (cpus_count(&group->ids))
			row->ids = cpus_format(&group->ids, pins->derive->arena);
		if (group->set == PINSETS_NONE)
			row->reason = why_unknown(pins, group->code);
		else
			row->cpus = pinsets_text(&pins->sets, group->set);
		pinning->threads += row->threads;
		if (row->drifted)
			note_drift(pins, row, pinning);
	}
}

size_t derive_threads(
	const struct affinity_sample *section, pid_t pid, const struct thread_affinity **first)
{
	size_t low = 0, high = section->n_thread, n = 0;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (section->thread[middle].pid < pid)
			low = middle + 1;
		else
			high = middle;
	}
	*first = section->n_thread ? section->thread + low : NULL;
	while (low + n < section->n_thread && section->thread[low + n].pid == pid)
		n++;
	return n;
}

static void add_vm(struct walk *walk, const struct thread_affinity *thread, size_t n)
{
	struct pins *pins = walk->pins;

	arena_clear(&walk->scratch);
	walk->first_party = pins->n_party;
	walk->n_group = 0;
	walk->group = arena_array(&walk->scratch, n, sizeof(*walk->group));
	walk->main = NULL;
	for (size_t i = 0; i < n; i++)
		if (thread[i].kind == THREAD_EMULATOR && thread[i].tid == thread[i].pid)
			walk->main = &thread[i];
	for (size_t i = 0; i < n; i++)
		add_thread(walk, &thread[i]);
	list_groups(walk, &pins->out->vm[walk->vm].pinning);
}

void pins_add_threads(struct pins *pins)
{
	const struct derive *derive = pins->derive;
	const struct affinity_sample *section = &derive->cur->affinity;
	struct walk walk = { .pins = pins };

	for (walk.vm = 0; walk.vm < pins->out->n_vm; walk.vm++) {
		const struct proc_vm *proc = pins->joined[walk.vm].proc;
		const struct thread_affinity *thread;
		size_t n = proc ? derive_threads(section, proc->pid, &thread) : 0;

		if (n)
			add_vm(&walk, thread, n);
	}
	arena_release(&walk.scratch);
}
