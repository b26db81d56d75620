// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/account_track.h"

#include <bpf/bpf.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "probes/account.skel.h"

struct track {
	struct account_bpf *bpf;
	struct bpf_window *slots;
	struct account_slot *slot; /* the first of them */
	size_t n_slot;
	struct account_nodes *nodes;
	uint64_t ns_a_tick;
	struct tracked *task; /* by tid, start */
	size_t n_task, cap_task;
	size_t next; /* after the one that was found last */
	int *vacant; /* slots to give away; the first n_rest are to rest for a round */
	size_t n_vacant, n_rest;
	pid_t *vm; /* pids in the map of VMs, ascending */
	size_t n_vm;
	struct account_found *found; /* untracked threads of VMs, by the last round */
	size_t n_found, cap_found;
	bool full, crowded; /* some vCPU, some thread found no slot */
	bool fresh;	    /* some thread is new */
};

struct track *track_new(
	struct account_bpf *bpf, struct bpf_window *slots, struct account_nodes *nodes)
{
	size_t n_slot = slots->count;
	struct track *track = xcalloc(1, sizeof(*track));

	track->bpf = bpf;
	track->slots = slots;
	track->slot = slots->base;
	track->n_slot = n_slot;
	track->nodes = nodes;
	track->ns_a_tick = 1000000000 / (uint64_t)sysconf(_SC_CLK_TCK);
	track->vacant = xcalloc(n_slot, sizeof(*track->vacant));
	while (track->n_vacant < n_slot) {
		track->vacant[track->n_vacant] = (int)(n_slot - track->n_vacant) - 1;
		track->n_vacant++;
	}
	return track;
}

void track_free(struct track *track)
{
	if (!track)
		return;
	for (size_t i = 0; i < track->n_task; i++)
		free(track->task[i].bin);
	free(track->task);
	free(track->vacant);
	free(track->vm);
	free(track->found);
	free(track);
}

static int by_thread(const void *a, const void *b)
{
	const struct tracked *x = a, *y = b;

	if (x->tid != y->tid)
		return x->tid < y->tid ? -1 : 1;
	return (x->start_ticks > y->start_ticks) - (x->start_ticks < y->start_ticks);
}

static struct tracked *tracked_add(struct track *track)
{
	track->task = xgrow(track->task, track->n_task + 1, &track->cap_task, sizeof(*track->task));
	return &track->task[track->n_task++];
}

static void filter_set(struct track *track, pid_t tid)
{
	__u64 *filter = track->bpf->bss->filter;

	__sync_fetch_and_or(&filter[(unsigned)tid % ACCOUNT_FILTER / 64], 1ull << (tid % 64));
}

/* Give it a slot, and let the programs know. A quarter of them is kept for vCPUs to come. */
static void tracked_begin(struct track *track, struct tracked *task)
{
	__u32 tid = (__u32)task->tid, number;
	struct account_slot *slot;

	if (track->n_vacant <=
			track->n_rest + (task->kind == THREAD_VCPU ? 0 : track->n_slot / 4) ||
		!bpf_window_reach(track->slots, (size_t)track->vacant[track->n_vacant - 1])) {
		track->full |= task->kind == THREAD_VCPU;
		track->crowded = true;
		task->slot = NO_SLOT;
		return;
	}
	task->slot = track->vacant[--track->n_vacant];
	slot = &track->slot[task->slot];
	memset(slot, 0, sizeof(*slot));
	nodes_forget(track->nodes, task->slot);
	slot->vm = (__u32)task->pid;
	slot->number = (__u32)task->slot;
	slot->vcpu = task->kind == THREAD_VCPU;
	number = (__u32)task->slot;
	filter_set(track, task->tid);
	if (bpf_map_update_elem(bpf_map__fd(track->bpf->maps.threads), &tid, &number, BPF_ANY))
		track->full = true;
}

/* A slot may still be written to by a program that runs now: it rests until the next round. */
static void tracked_end(struct track *track, struct tracked *task)
{
	__u32 tid = (__u32)task->tid, number;
	int fd = bpf_map__fd(track->bpf->maps.threads);

	free(task->bin);
	if (task->slot == NO_SLOT)
		return;
	/* A new thread of the same number may have been entered since. */
	if (bpf_map_lookup_elem(fd, &tid, &number) == 0 && (int)number == task->slot)
		bpf_map_delete_elem(fd, &tid);
	memmove(track->vacant + 1, track->vacant, track->n_vacant * sizeof(*track->vacant));
	track->vacant[0] = task->slot;
	track->n_vacant++;
	track->n_rest++;
	task->slot = NO_SLOT;
}

/* The bits of threads that are gone would make the programs search for others in vain. */
static void filter_trim(struct track *track)
{
	__u64 *filter = track->bpf->bss->filter;
	__u64 *kept = xcalloc(ACCOUNT_FILTER / 64, sizeof(*kept));

	for (size_t i = 0; i < track->n_task; i++)
		kept[(unsigned)track->task[i].tid % ACCOUNT_FILTER / 64] |=
			1ull << (track->task[i].tid % 64);
	for (size_t i = 0; i < ACCOUNT_FILTER / 64; i++)
		if (filter[i] & ~kept[i])
			__sync_fetch_and_and(&filter[i], kept[i]);
	free(kept);
}

static bool has_ended(const struct track *track, const struct tracked *task)
{
	const struct account_slot *slot;

	if (task->slot == NO_SLOT)
		return true; /* to be tried again */
	slot = &track->slot[task->slot];
	/* Another thread has the number: the one meant had ended before it was entered. */
	return slot->ended ||
	       (slot->start_ns && slot->start_ns / track->ns_a_tick != task->start_ticks);
}

/* Those that ended, or whose VM is gone, leave. */
static void drop_ended(struct track *track)
{
	size_t kept = 0;

	for (size_t i = 0; i < track->n_task; i++) {
		struct tracked *task = &track->task[i];

		if (!task->wanted || has_ended(track, task))
			tracked_end(track, task);
		else if (kept++ != i) /* mostly none has ended, and all stay where they are */
			track->task[kept - 1] = *task;
	}
	if (kept == track->n_task)
		return;
	track->n_task = kept;
	filter_trim(track);
}

static bool is_vm(const struct track *track, pid_t pid)
{
	return sample_by_pid(pid, track->vm, track->n_vm, sizeof(pid)) != NULL;
}

/* Tell the programs which processes are VMs: the differences to the round before. */
static void update_vms(struct track *track, const struct procvm_sample *procvm)
{
	int fd = bpf_map__fd(track->bpf->maps.vms);
	size_t old = 0, n = 0;
	pid_t *vm = xcalloc(procvm->n_vm + 1, sizeof(*vm));

	for (size_t i = 0; i < procvm->n_vm; i++) { /* both ascend */
		__u32 pid = (__u32)procvm->vm[i].pid, one = 1;

		while (old < track->n_vm && track->vm[old] < procvm->vm[i].pid)
			bpf_map_delete_elem(fd, &(__u32){ (__u32)track->vm[old++] });
		if (old < track->n_vm && track->vm[old] == procvm->vm[i].pid)
			old++;
		else
			bpf_map_update_elem(fd, &pid, &one, BPF_ANY);
		vm[n++] = procvm->vm[i].pid;
	}
	while (old < track->n_vm)
		bpf_map_delete_elem(fd, &(__u32){ (__u32)track->vm[old++] });
	free(track->vm);
	track->vm = vm;
	track->n_vm = n;
}

static struct tracked *find_task(struct track *track, size_t sorted, const struct tracked *key)
{
	const struct tracked *found;

	/* Those of a VM were mostly started, and so are asked for, one after the other. */
	if (track->next < sorted && by_thread(key, &track->task[track->next]) == 0)
		return &track->task[track->next++];
	found = sorted ? bsearch(key, track->task, sorted, sizeof(*key), by_thread) : NULL;
	if (found)
		track->next = (size_t)(found - track->task) + 1;
	return (struct tracked *)found;
}

static void want_vcpu(struct track *track, size_t sorted, pid_t pid, const struct proc_vcpu *vcpu)
{
	struct tracked fresh = { .pid = pid,
		.tid = vcpu->tid,
		.start_ticks = vcpu->start_ticks,
		.kind = THREAD_VCPU,
		.wanted = true };
	struct tracked *task = find_task(track, sorted, &fresh);

	if (!task) {
		tracked_begin(track, &fresh);
		*tracked_add(track) = fresh;
		return;
	}
	task->wanted = true;
	if (task->kind != THREAD_VCPU && task->slot != NO_SLOT)
		track->slot[task->slot].vcpu = 1; /* it was taken for another thread of its VM */
	task->kind = THREAD_VCPU;
}

/* The first ones are sorted already. */
static void sort_tasks(struct track *track, size_t sorted)
{
	track->fresh |= track->n_task > sorted;
	if (track->n_task > sorted)
		qsort(track->task, track->n_task, sizeof(*track->task), by_thread);
}

/* Every vCPU thread is tracked from now on, and the others of VMs keep being so. */
static void want_vcpus(struct track *track, const struct procvm_sample *procvm)
{
	const size_t sorted = track->n_task;

	for (size_t i = 0; i < sorted; i++)
		track->task[i].wanted =
			track->task[i].kind != THREAD_VCPU && is_vm(track, track->task[i].pid);
	for (size_t i = 0; i < procvm->n_vm; i++)
		for (size_t k = 0; k < procvm->vm[i].n_vcpu; k++)
			want_vcpu(track, sorted, procvm->vm[i].pid, &procvm->vm[i].vcpu[k]);
	sort_tasks(track, sorted);
}

void track_found(void *arg, const void *record)
{
	struct track *track = arg;

	track->found =
		xgrow(track->found, track->n_found + 1, &track->cap_found, sizeof(*track->found));
	memcpy(&track->found[track->n_found++], record, sizeof(*track->found));
}

/* The VM that a thread works for; 0: none. "vhost-4711" is a kernel's worker for process 4711. */
static pid_t found_vm(const struct track *track, const struct account_found *one)
{
	char comm[sizeof(one->comm) + 1] = "";
	pid_t pid = (pid_t)one->tgid;

	if (is_vm(track, pid))
		return pid;
	memcpy(comm, one->comm, sizeof(one->comm));
	pid = (pid_t)strtol(comm + strlen("vhost-"), NULL, 10);
	return is_vm(track, pid) ? pid : 0;
}

/* By the names that QEMU and the kernel give; what has none of them is the emulator. */
static enum thread_kind found_kind(const struct account_found *one)
{
	if (strncmp(one->comm, "vhost-", 6) == 0)
		return THREAD_VHOST;
	return strncmp(one->comm, "IO ", 3) == 0 ? THREAD_IO : THREAD_EMULATOR;
}

static void want_found(struct track *track)
{
	size_t sorted = track->n_task;

	for (size_t i = 0; i < track->n_found; i++) {
		const struct account_found *one = &track->found[i];
		struct tracked task = { .pid = found_vm(track, one),
			.tid = (pid_t)one->tid,
			.start_ticks = one->start_ns / track->ns_a_tick,
			.kind = found_kind(one),
			.wanted = true };

		task.apart = task.pid != (pid_t)one->tgid;
		if (task.pid == 0 || find_task(track, sorted, &task))
			continue;
		tracked_begin(track, &task);
		*tracked_add(track) = task;
	}
	track->n_found = 0;
	sort_tasks(track, sorted);
}

void track_round(struct track *track, const struct procvm_sample *procvm)
{
	track->full = track->crowded = track->fresh = false;
	track->n_rest = 0;
	update_vms(track, procvm);
	want_vcpus(track, procvm);
	want_found(track);
	drop_ended(track);
}

struct tracked *track_tasks(struct track *track, size_t *count)
{
	*count = track->n_task;
	return track->task;
}

bool track_is_full(const struct track *track)
{
	return track->full;
}

bool track_is_fresh(const struct track *track)
{
	return track->fresh;
}

bool track_is_crowded(const struct track *track)
{
	return track->crowded;
}
