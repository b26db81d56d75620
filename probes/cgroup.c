// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/probe.h"

#include <stdlib.h>
#include <string.h>

#include "probes/cgroup_read.h"

/*
 * A VM costs some seven files. So each turn reads the VM that is looked at, and of the others as
 * many as TURN_NS of CPU time allow: half of it for those that have memory in swap, half in
 * rotation. New ones may cost more, once.
 */
enum { PERIOD_MS = 1000, TURN_NS = 300000, FIRST_NS = 3000000 };

struct cgroup {
	const struct probe_env *env;
	struct cgroup_reader reader;
	struct cgroup_vm *vm; /* by pid */
	size_t n, cap;
	size_t next, next_swapped; /* who is read next; of those in swap */
	uint64_t turn;
	struct arena scratch;
};

static int cgroup_open(const struct probe_env *env, void **state, struct err *err)
{
	struct cgroup *cgroup = xcalloc(1, sizeof(*cgroup));

	(void)err;
	cgroup->env = env;
	cgroup_reader_init(&cgroup->reader, env->root, env->clock);
	*state = cgroup;
	return 0;
}

static int by_pid(const void *a, const void *b)
{
	pid_t left = ((const struct cgroup_vm *)a)->pid, right = ((const struct cgroup_vm *)b)->pid;

	return (left > right) - (left < right);
}

static struct cgroup_vm *find_vm(struct cgroup *cgroup, pid_t pid)
{
	return sample_by_pid(pid, cgroup->vm, cgroup->n, sizeof(*cgroup->vm));
}

/* Those of the roster, and no others; what is known of a process stays. */
static void take_roster(struct cgroup *cgroup)
{
	struct roster_vm *roster;
	size_t n = roster_get(cgroup->env->roster, &cgroup->scratch, &roster), kept = 0, known;
	bool added = false;

	for (size_t i = 0; i < cgroup->n; i++)
		cgroup->vm[i].seen = false;
	known = cgroup->n;
	for (size_t i = 0; i < n; i++) {
		struct cgroup_vm *vm =
			sample_by_pid(roster[i].pid, cgroup->vm, known, sizeof(*vm));

		if (vm && vm->start_ticks == roster[i].start_ticks) {
			vm->seen = true;
			continue;
		}
		cgroup->vm = xgrow(cgroup->vm, cgroup->n + 1, &cgroup->cap, sizeof(*cgroup->vm));
		cgroup->vm[cgroup->n++] = (struct cgroup_vm){
			.pid = roster[i].pid,
			.start_ticks = roster[i].start_ticks,
			.merged_bytes = UNKNOWN_U64,
			.seen = true,
		};
		added = true;
	}
	for (size_t i = 0; i < cgroup->n; i++) {
		if (!cgroup->vm[i].seen)
			cgroup_vm_release(&cgroup->vm[i]);
		else if (kept++ != i)
			cgroup->vm[kept - 1] = cgroup->vm[i];
	}
	cgroup->n = kept;
	if (added)
		qsort(cgroup->vm, kept, sizeof(*cgroup->vm), by_pid);
	arena_clear(&cgroup->scratch);
}

static void read_vm(struct cgroup *cgroup, struct cgroup_vm *vm)
{
	if (vm->gone || vm->turn == cgroup->turn)
		return;
	cgroup_vm_read(&cgroup->reader, vm);
	vm->turn = cgroup->turn;
}

static bool is_swapped(const struct cgroup_vm *vm)
{
	const struct cgroup_counters *cur = &vm->reading.cur;

	return cur->swapped_bytes && cur->swapped_bytes != UNKNOWN_U64;
}

/* From *next on, until ns of CPU time have passed since begin_ns; at least one. */
static void read_some(
	struct cgroup *cgroup, size_t *next, bool swapped, uint64_t begin_ns, uint64_t ns)
{
	bool any = false;

	for (size_t i = 0; i < cgroup->n && !(any && clock_cpu_ns() - begin_ns >= ns); i++) {
		struct cgroup_vm *vm = &cgroup->vm[(*next)++ % cgroup->n];

		if (swapped && !is_swapped(vm))
			continue;
		read_vm(cgroup, vm);
		any = true;
	}
}

static void read_turn(struct cgroup *cgroup)
{
	const uint64_t begin_ns = clock_cpu_ns();
	struct cgroup_vm *focus = find_vm(
		cgroup, cgroup->env->control ? atomic_load(&cgroup->env->control->focus_pid) : 0);

	cgroup->turn++;
	if (focus)
		read_vm(cgroup, focus);
	for (size_t i = 0; i < cgroup->n; i++)
		if (cgroup->vm[i].readings == 0 && clock_cpu_ns() - begin_ns < FIRST_NS)
			read_vm(cgroup, &cgroup->vm[i]);
	read_some(cgroup, &cgroup->next_swapped, true, begin_ns, TURN_NS / 2);
	read_some(cgroup, &cgroup->next, false, begin_ns, TURN_NS);
}

static void fill_section(const struct cgroup *cgroup, struct sample *out)
{
	struct cgroup_sample *section = &out->cgroup;

	section->reading = arena_array(&out->arena, cgroup->n, sizeof(*section->reading));
	for (size_t i = 0; i < cgroup->n; i++) {
		const struct cgroup_vm *vm = &cgroup->vm[i];
		struct cgroup_reading *to = &section->reading[section->n_reading];

		if (vm->gone || vm->readings == 0)
			continue;
		*to = vm->reading;
		to->path = arena_strdup(&out->arena, vm->shown);
		section->n_reading++;
	}
}

static int cgroup_sample(void *state, struct sample *out)
{
	struct cgroup *cgroup = state;
	struct status *status = &out->status[SECTION_CGROUP];
	const uint64_t begin_ns = clock_mono_ns(cgroup->env->clock);

	take_roster(cgroup);
	read_turn(cgroup);
	fill_section(cgroup, out);
	status->at_ns = begin_ns;
	status->cost_ns = clock_mono_ns(cgroup->env->clock) - begin_ns;
	return 0;
}

static void cgroup_close(void *state)
{
	struct cgroup *cgroup = state;

	if (!cgroup)
		return;
	for (size_t i = 0; i < cgroup->n; i++)
		cgroup_vm_release(&cgroup->vm[i]);
	arena_release(&cgroup->scratch);
	free(cgroup->vm);
	free(cgroup);
}

const struct probe probe_cgroup = {
	.name = "cgroup",
	.summary = "what each VM's memory cgroup and process tell: limits, stalls, swap-in, KSM; a "
		   "few VMs a turn",
	.section = SECTION_CGROUP,
	.slow = true,
	.period_ms = PERIOD_MS,
	.open = cgroup_open,
	.sample = cgroup_sample,
	.close = cgroup_close,
};
