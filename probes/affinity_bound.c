// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/affinity_bound.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "probes/affinity.h"
#include "probes/affinity.skel.h"
#include "probes/affinity_read.h"
#include "probes/bpf.h"
#include "probes/text.h"

/* Looking costs by the threads of the whole host: it may take this share of the time. */
enum { REST = 4000, MOST = 256, LEAST_PART = 1000 };
static const uint64_t REST_LEAST_NS = 3800000000, FORGET_NS = 10000000000;

/* Threads of one process that may run on the same CPUs. */
struct busy {
	pid_t pid;
	struct cpus cpus;
	uint64_t demand_ns;
};

struct bound {
	const struct probe_env *env;
	struct affinity_bpf *bpf;
	struct affinity_task *task, *before; /* by tid, as of this look and the last */
	size_t n_task, n_before, cap_task, cap_before;
	uint64_t looked_ns, before_ns, due_ns; /* 0: never */
	struct busy *busy;
	size_t n_busy, cap_busy;
};

void bound_close(struct bound *bound)
{
	if (!bound)
		return;
	affinity_bpf__destroy(bound->bpf);
	free(bound->task);
	free(bound->before);
	free(bound->busy);
	free(bound);
}

/* Not for its types, but for the reasons why BPF is not to be had here. */
static int may_load(const struct probe_env *env, struct err *err)
{
	struct bpf_types *types;
	int code = bpf_types_open(&types, env->root, err);

	if (code == 0)
		bpf_types_close(types);
	return code;
}

int bound_open(struct bound **out, const struct probe_env *env, struct err *err)
{
	struct bound *bound;
	int code = may_load(env, err);

	*out = NULL;
	if (code < 0)
		return code;
	bound = xcalloc(1, sizeof(*bound));
	bound->env = env;
	bound->bpf = affinity_bpf__open();
	code = bound->bpf ? bpf_start(bound->bpf->skeleton, "the list of bound processes", err)
			  : err_set(err, -errno, "cannot open the list of bound processes: %s",
				    strerror(errno));
	if (code < 0) {
		bound_close(bound);
		return code;
	}
	*out = bound;
	return 0;
}

static void found(void *arg, const void *record)
{
	struct bound *bound = arg;

	bound->task = xgrow(bound->task, bound->n_task + 1, &bound->cap_task, sizeof(*bound->task));
	memcpy(&bound->task[bound->n_task++], record, sizeof(*bound->task));
}

static int by_tid(const void *a, const void *b)
{
	const struct affinity_task *x = a, *y = b;

	return (x->tid > y->tid) - (x->tid < y->tid);
}

/* The kernel walks through them by number; that is no promise. */
static void sort_tasks(struct bound *bound)
{
	for (size_t i = 1; i < bound->n_task; i++)
		if (by_tid(&bound->task[i - 1], &bound->task[i]) > 0) {
			qsort(bound->task, bound->n_task, sizeof(*bound->task), by_tid);
			return;
		}
}

static bool is_vm(const struct procvm_sample *procvm, pid_t pid)
{
	return sample_by_pid(pid, procvm->vm, procvm->n_vm, sizeof(*procvm->vm)) != NULL;
}

/*
 * Run and wait since the look before. What its group was throttled meanwhile is no demand: no more
 * of the wait can have been that, and as much is taken off. A thread that is new asked for all of
 * it since; one that changed its run queue may have been throttled on either.
 */
static uint64_t demand_of(const struct bound *bound, const struct affinity_task *task,
	const struct affinity_task *old)
{
	const uint64_t span_ns = bound->looked_ns - bound->before_ns;
	uint64_t run_ns = task->run_ns, wait_ns = task->wait_ns, throttled_ns = 0;

	if (old && old->start_ms == task->start_ms) {
		if (run_ns < old->run_ns || wait_ns < old->wait_ns)
			return 0;
		run_ns -= old->run_ns;
		wait_ns -= old->wait_ns;
		throttled_ns = task->throttled_ns;
		if (task->queue == old->queue && throttled_ns >= old->throttled_ns)
			throttled_ns -= old->throttled_ns;
	} else if (!old && run_ns + wait_ns > span_ns) {
		return 0; /* it is not new, but was not bound before */
	}
	wait_ns -= throttled_ns < wait_ns ? throttled_ns : wait_ns;
	return run_ns + wait_ns < span_ns ? run_ns + wait_ns : span_ns;
}

static void add_busy(struct bound *bound, const struct affinity_task *task, uint64_t demand_ns)
{
	struct busy one = { .pid = (pid_t)task->tgid, .demand_ns = demand_ns };

	/* One that has ended meanwhile asks for nothing any more. */
	if (affinity_read(bound->env->root, one.pid, (pid_t)task->tid, &one.cpus) < 0)
		return;
	bound->busy = xgrow(bound->busy, bound->n_busy + 1, &bound->cap_busy, sizeof(*bound->busy));
	bound->busy[bound->n_busy++] = one;
}

static int by_pid_and_cpus(const void *a, const void *b)
{
	const struct busy *x = a, *y = b;

	if (x->pid != y->pid)
		return x->pid < y->pid ? -1 : 1;
	return memcmp(&x->cpus, &y->cpus, sizeof(x->cpus));
}

static int by_demand(const void *a, const void *b)
{
	const struct busy *x = a, *y = b;

	if (x->demand_ns != y->demand_ns)
		return x->demand_ns > y->demand_ns ? -1 : 1;
	return by_pid_and_cpus(a, b);
}

/* Threads of a process that are bound alike become one, and the least of many are left out. */
static void merge_busy(struct bound *bound)
{
	size_t kept = 0;

	if (bound->n_busy == 0)
		return;
	qsort(bound->busy, bound->n_busy, sizeof(*bound->busy), by_pid_and_cpus);
	for (size_t i = 0; i < bound->n_busy; i++) {
		if (kept && by_pid_and_cpus(&bound->busy[kept - 1], &bound->busy[i]) == 0)
			bound->busy[kept - 1].demand_ns += bound->busy[i].demand_ns;
		else
			bound->busy[kept++] = bound->busy[i];
	}
	qsort(bound->busy, kept, sizeof(*bound->busy), by_demand);
	bound->n_busy = kept < MOST ? kept : MOST;
}

static void compare(struct bound *bound, const struct procvm_sample *procvm)
{
	size_t old = 0;

	bound->n_busy = 0;
	if (bound->before_ns == 0)
		return;
	for (size_t i = 0; i < bound->n_task; i++) { /* both by tid */
		const struct affinity_task *task = &bound->task[i];
		uint64_t demand_ns;

		while (old < bound->n_before && bound->before[old].tid < task->tid)
			old++;
		demand_ns = demand_of(bound, task,
			old < bound->n_before && bound->before[old].tid == task->tid
				? &bound->before[old]
				: NULL);
		if (demand_ns < (bound->looked_ns - bound->before_ns) / LEAST_PART ||
			is_vm(procvm, (pid_t)task->tgid))
			continue;
		add_busy(bound, task, demand_ns);
	}
	merge_busy(bound);
}

static void begin_look(struct bound *bound)
{
	struct affinity_task *task = bound->before;
	size_t cap = bound->cap_before;

	bound->before = bound->task;
	bound->n_before = bound->n_task;
	bound->cap_before = bound->cap_task;
	bound->before_ns = bound->looked_ns;
	bound->task = task;
	bound->cap_task = cap;
	bound->n_task = 0;
}

/* Longer than it is from one refresh to the next but one. */
static uint64_t forget_ns(const struct bound *bound)
{
	const struct probe_control *control = bound->env->control;
	uint64_t interval_ns = control ? atomic_load(&control->interval_ms) * 1000000ull : 0;

	return FORGET_NS > 3 * interval_ns ? FORGET_NS : 3 * interval_ns;
}

int bound_look(struct bound *bound, size_t cpus_online, const struct procvm_sample *procvm)
{
	const uint64_t now_ns = clock_mono_ns(bound->env->clock);
	uint64_t cost_ns;
	ssize_t n;

	if (now_ns < bound->due_ns)
		return 0;
	if (bound->due_ns && now_ns > bound->due_ns + forget_ns(bound))
		bound->looked_ns = bound->due_ns = 0; /* nobody wanted to know for a while */
	begin_look(bound);
	bound->bpf->bss->cpus_online = (unsigned)cpus_online;
	n = bpf_iterate(
		bound->bpf->links.affinity_tasks, sizeof(struct affinity_task), found, bound);
	if (n < 0) { /* what was found of them is no list to compare with */
		bound->looked_ns = bound->before_ns = 0;
		bound->n_task = bound->n_before = bound->n_busy = 0;
		bound->due_ns = now_ns + REST_LEAST_NS;
		return (int)n;
	}
	bound->looked_ns = now_ns;
	sort_tasks(bound);
	compare(bound, procvm);
	cost_ns = clock_mono_ns(bound->env->clock) - now_ns;
	/* The second look follows at once, or nothing would be known for longer than need be. */
	if (bound->before_ns)
		bound->due_ns =
			now_ns + (cost_ns * REST > REST_LEAST_NS ? cost_ns * REST : REST_LEAST_NS);
	return 0;
}

static const char *process_name(const struct bound *bound, struct arena *arena, pid_t pid)
{
	char text[64];
	ssize_t len =
		sysroot_read_record(bound->env->root, text, sizeof(text), "proc/%d/comm", (int)pid);

	return len > 0 ? text_clean(arena, text, strcspn(text, "\n"), TEXT_NAME_MAX) : NULL;
}

void bound_fill(struct bound *bound, struct cpupool *pool, struct arena *arena,
	struct affinity_sample *section)
{
	section->bound_ns = bound->before_ns ? bound->looked_ns - bound->before_ns : 0;
	section->process = arena_array(arena, bound->n_busy, sizeof(*section->process));
	for (size_t i = 0; i < bound->n_busy; i++) {
		const struct busy *busy = &bound->busy[i];
		struct bound_process *process = &section->process[section->n_process];

		*process = (struct bound_process){
			.pid = busy->pid,
			.name = process_name(bound, arena, busy->pid),
			.set = cpupool_add(pool, &busy->cpus),
			.demand_ns = busy->demand_ns,
		};
		section->n_process += process->set != CPUPOOL_NONE;
	}
}
