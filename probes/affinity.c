// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "probes/affinity_bound.h"
#include "probes/affinity_read.h"
#include "probes/probe.h"

/*
 * Where threads of VMs may run changes seldom, and asking all of them each time would cost more
 * than it tells: those that are new are asked at once, so are those of the VM that is looked at,
 * and the others in turn, so that none is older than TURN_MS, or than one refresh.
 */
enum { TURN_MS = 4000, TURNS_MOST = 64 };
static const uint64_t RETRY_NS = 60000000000;

struct affinity {
	const struct probe_env *env;
	struct bound *bound; /* NULL: bound_err says why */
	struct err bound_err;
	uint64_t retry_at_ns;
	struct cpupool pool;
	struct thread_affinity *thread; /* by pid, kind, id, tid */
	size_t n_thread;
	uint64_t mark; /* of the threads that it was made of */
	unsigned round;
};

/* Loads a program, which takes a while: before the first sample, and again only where it failed. */
static void open_bound(struct affinity *affinity)
{
	bound_open(&affinity->bound, affinity->env, &affinity->bound_err);
	affinity->retry_at_ns = clock_mono_ns(affinity->env->clock) + RETRY_NS;
}

static int affinity_open(const struct probe_env *env, void **state, struct err *err)
{
	struct affinity *affinity = xcalloc(1, sizeof(*affinity));

	(void)err;
	affinity->env = env;
	open_bound(affinity);
	*state = affinity;
	return 0;
}

static void affinity_close(void *state)
{
	struct affinity *affinity = state;

	if (!affinity)
		return;
	bound_close(affinity->bound);
	cpupool_release(&affinity->pool);
	free(affinity->thread);
	free(affinity);
}

static int by_thread(const void *a, const void *b)
{
	const struct thread_affinity *x = a, *y = b;

	if (x->pid != y->pid)
		return x->pid < y->pid ? -1 : 1;
	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	if (x->id != y->id)
		return x->id < y->id ? -1 : 1;
	if (x->tid != y->tid)
		return x->tid < y->tid ? -1 : 1;
	return (x->start_ticks > y->start_ticks) - (x->start_ticks < y->start_ticks);
}

static int by_tid(const void *a, const void *b)
{
	const struct thread_affinity *x = a, *y = b;

	if (x->tid != y->tid)
		return x->tid < y->tid ? -1 : 1;
	if (x->start_ticks != y->start_ticks)
		return x->start_ticks < y->start_ticks ? -1 : 1;
	return (x->kind > y->kind) - (x->kind < y->kind); /* vCPUs first */
}

/* Any change of who is there changes it. */
static uint64_t mark_of(const struct sample *sample)
{
	static const uint64_t PRIME = 0x100000001b3;
	uint64_t mark = 0xcbf29ce484222325;

	for (size_t i = 0; i < sample->procvm.n_vm; i++) {
		const struct proc_vm *vm = &sample->procvm.vm[i];

		mark = (mark ^ (uint64_t)vm->pid ^ vm->start_ticks << 24) * PRIME;
		for (size_t k = 0; k < vm->n_vcpu; k++)
			mark = (mark ^ (uint64_t)vm->vcpu[k].tid ^ vm->vcpu[k].start_ticks << 24 ^
				       vm->vcpu[k].id << 56) *
			       PRIME;
	}
	for (size_t i = 0; i < sample->account.n_thread; i++) {
		const struct account_thread *thread = &sample->account.thread[i];

		mark = (mark ^ (uint64_t)thread->tid ^ thread->start_ticks << 24 ^
			       (uint64_t)thread->kind << 60) *
		       PRIME;
	}
	return mark;
}

/* Who has not been asked yet has a code that no answer gives. */
static const int16_t NOT_ASKED = -EAGAIN;

static struct thread_affinity thread_made(
	pid_t pid, pid_t tid, uint64_t start_ticks, enum thread_kind kind)
{
	return (struct thread_affinity){ .pid = pid,
		.tid = tid,
		.start_ticks = start_ticks,
		.kind = (uint16_t)kind,
		.id = PIN_ALL,
		.set = CPUPOOL_NONE,
		.code = NOT_ASKED };
}

/* A thread that is told of twice is what it was first: a vCPU goes before all. */
static size_t drop_doubles(struct thread_affinity *thread, size_t n)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++)
		if (kept == 0 || thread[kept - 1].tid != thread[i].tid ||
			thread[kept - 1].start_ticks != thread[i].start_ticks)
			thread[kept++] = thread[i];
	return kept;
}

/* Every thread of every VM that this sample knows, by tid; unasked. */
static struct thread_affinity *collect(const struct sample *sample, size_t *count)
{
	const struct procvm_sample *procvm = &sample->procvm;
	const struct account_sample *account = &sample->account;
	struct thread_affinity *thread;
	size_t n = procvm->n_vm + account->n_thread;

	for (size_t i = 0; i < procvm->n_vm; i++)
		n += procvm->vm[i].n_vcpu;
	thread = xcalloc(n + 1, sizeof(*thread));
	n = 0;
	for (size_t i = 0; i < procvm->n_vm; i++) {
		const struct proc_vm *vm = &procvm->vm[i];

		for (size_t k = 0; k < vm->n_vcpu; k++) {
			thread[n] = thread_made(
				vm->pid, vm->vcpu[k].tid, vm->vcpu[k].start_ticks, THREAD_VCPU);
			if (vm->vcpu[k].id < PIN_ALL)
				thread[n].id = (uint16_t)vm->vcpu[k].id;
			n++;
		}
		/* Without bpf it is the only other one that is known. */
		thread[n++] = thread_made(vm->pid, vm->pid, vm->start_ticks, THREAD_EMULATOR);
	}
	for (size_t i = 0; i < account->n_thread; i++)
		thread[n++] = thread_made(account->thread[i].pid, account->thread[i].tid,
			account->thread[i].start_ticks, account->thread[i].kind);
	if (n)
		qsort(thread, n, sizeof(*thread), by_tid);
	*count = drop_doubles(thread, n);
	return thread;
}

/* "IO iothread2", as libvirt has QEMU name it; PIN_ALL: it has another name. */
static uint16_t iothread_id(const struct affinity *affinity, const struct thread_affinity *thread)
{
	static const char prefix[] = "IO iothread";
	char comm[32];
	unsigned id;

	if (sysroot_read_record(affinity->env->root, comm, sizeof(comm), "proc/%d/task/%d/comm",
		    (int)thread->pid, (int)thread->tid) < 0 ||
		strncmp(comm, prefix, strlen(prefix)) != 0 ||
		sscanf(comm + strlen(prefix), "%4u", &id) != 1)
		return PIN_ALL;
	return (uint16_t)id;
}

/* What is known of a thread already; sorted: both by tid. */
static void adopt(struct affinity *affinity, struct thread_affinity *thread, size_t n)
{
	size_t old = 0;

	if (affinity->n_thread)
		qsort(affinity->thread, affinity->n_thread, sizeof(*affinity->thread), by_tid);
	for (size_t i = 0; i < n; i++) {
		const struct thread_affinity *was;

		while (old < affinity->n_thread && affinity->thread[old].tid < thread[i].tid)
			old++;
		was = old < affinity->n_thread ? &affinity->thread[old] : NULL;
		if (was && was->tid == thread[i].tid && was->start_ticks == thread[i].start_ticks) {
			thread[i].set = was->set;
			thread[i].code = was->code;
			thread[i].at_ns = was->at_ns;
			if (thread[i].kind == was->kind && was->kind == THREAD_IO)
				thread[i].id = was->id;
		} else if (thread[i].kind == THREAD_IO) {
			thread[i].id = iothread_id(affinity, &thread[i]);
		}
	}
}

static void trim_pool(struct affinity *affinity)
{
	bool *used = xcalloc(affinity->pool.n + 1, sizeof(*used));
	uint16_t *moved = xcalloc(affinity->pool.n + 1, sizeof(*moved));

	for (size_t i = 0; i < affinity->n_thread; i++)
		if (affinity->thread[i].set != CPUPOOL_NONE)
			used[affinity->thread[i].set] = true;
	cpupool_trim(&affinity->pool, used, moved);
	for (size_t i = 0; i < affinity->n_thread; i++)
		if (affinity->thread[i].set != CPUPOOL_NONE)
			affinity->thread[i].set = moved[affinity->thread[i].set];
	free(used);
	free(moved);
}

static void update_threads(struct affinity *affinity, const struct sample *sample)
{
	uint64_t mark = mark_of(sample);
	struct thread_affinity *thread;
	size_t n;

	if (mark == affinity->mark)
		return;
	affinity->mark = mark;
	thread = collect(sample, &n);
	adopt(affinity, thread, n);
	free(affinity->thread);
	thread = xrealloc_array(thread, n + 1, sizeof(*thread)); /* doubles had their room, too */
	affinity->thread = thread;
	affinity->n_thread = n;
	if (n)
		qsort(thread, n, sizeof(*thread), by_thread);
}

static void ask(struct affinity *affinity, struct thread_affinity *thread)
{
	struct cpus set;
	int code = affinity_read(affinity->env->root, thread->pid, thread->tid, &set);

	thread->at_ns = clock_mono_ns(affinity->env->clock);
	thread->code = (int16_t)code;
	if (code < 0) {
		thread->set = CPUPOOL_NONE;
		return;
	}
	/* Mostly it is as it was. */
	if (thread->set != CPUPOOL_NONE && cpus_equal(&affinity->pool.set[thread->set], &set))
		return;
	thread->set = cpupool_add(&affinity->pool, &set);
	if (thread->set == CPUPOOL_NONE)
		thread->code = -ENOSPC;
}

/* In so many rounds all have had their turn. */
static unsigned turns(const struct affinity *affinity)
{
	const struct probe_control *control = affinity->env->control;
	unsigned interval_ms = control ? atomic_load(&control->interval_ms) : 0;
	unsigned n = TURN_MS / (interval_ms ? interval_ms : 1000);

	return n < 1 ? 1 : n > TURNS_MOST ? TURNS_MOST : n;
}

static void ask_threads(struct affinity *affinity)
{
	const struct probe_control *control = affinity->env->control;
	const pid_t focus = control ? atomic_load(&control->focus_pid) : 0;
	const unsigned n = turns(affinity);

	affinity->round++;
	for (size_t i = 0; i < affinity->n_thread; i++) {
		struct thread_affinity *thread = &affinity->thread[i];

		if (thread->code == NOT_ASKED || (focus && thread->pid == focus) ||
			(affinity->round + (unsigned)thread->tid) % n == 0)
			ask(affinity, thread);
	}
}

/* Only beside such a VM it matters who else is bound. */
static bool is_any_bound(const struct affinity *affinity, const struct cpus *online)
{
	bool *bound = xcalloc(affinity->pool.n + 1, sizeof(*bound)), any = false;

	for (size_t i = 0; i < affinity->pool.n; i++)
		bound[i] = !cpus_within(online, &affinity->pool.set[i]);
	for (size_t i = 0; i < affinity->n_thread && !any; i++)
		any = affinity->thread[i].set != CPUPOOL_NONE && bound[affinity->thread[i].set];
	free(bound);
	return any;
}

static void look_for_processes(struct affinity *affinity, struct sample *out)
{
	const struct cpus online = topology_online(&out->topology);
	int code;

	if (!is_any_bound(affinity, &online))
		return;
	if (!affinity->bound && clock_mono_ns(affinity->env->clock) >= affinity->retry_at_ns)
		open_bound(affinity);
	if (!affinity->bound) {
		out->affinity.bound_reason = arena_printf(&out->arena,
			"bound processes of the host are not known: %s", affinity->bound_err.text);
		return;
	}
	code = bound_look(affinity->bound, out->topology.n_cpu, &out->procvm);
	if (code == 0)
		bound_fill(affinity->bound, &affinity->pool, &out->arena, &out->affinity);
	else
		out->affinity.bound_reason = arena_printf(&out->arena,
			"cannot list the bound processes of the host: %s", strerror(-code));
}

static void copy_out(const struct affinity *affinity, struct sample *out)
{
	struct affinity_sample *section = &out->affinity;

	section->n_thread = affinity->n_thread;
	section->thread = arena_array(&out->arena, section->n_thread, sizeof(*section->thread));
	section->n_set = affinity->pool.n;
	section->set = arena_array(&out->arena, section->n_set, sizeof(*section->set));
	if (section->n_thread)
		memcpy(section->thread, affinity->thread,
			section->n_thread * sizeof(*section->thread));
	if (section->n_set)
		memcpy(section->set, affinity->pool.set, section->n_set * sizeof(*section->set));
}

static int affinity_sample(void *state, struct sample *out)
{
	struct affinity *affinity = state;
	struct status *status = &out->status[SECTION_AFFINITY];
	const uint64_t begin_ns = clock_mono_ns(affinity->env->clock);

	out->affinity = (struct affinity_sample){ 0 };
	update_threads(affinity, out);
	ask_threads(affinity);
	trim_pool(affinity);
	look_for_processes(affinity, out);
	copy_out(affinity, out);
	*status = (struct status){ .state = SOURCE_OK,
		.reason = out->affinity.bound_reason,
		.at_ns = clock_mono_ns(affinity->env->clock) };
	status->cost_ns = status->at_ns - begin_ns;
	return 0;
}

const struct probe probe_affinity = {
	.name = "affinity",
	.summary =
		"the CPUs on which each thread of a VM may run, and which processes are bound to "
		"few, by BPF",
	.section = SECTION_AFFINITY,
	.slow_open = true,
	.open = affinity_open,
	.sample = affinity_sample,
	.close = affinity_close,
};
