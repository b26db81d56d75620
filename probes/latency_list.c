// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/latency_list.h"

#include <bpf/bpf.h>
#include <stdlib.h>

/* A look at a cgroup costs some 15 us; VMs are put into theirs when they start. */
enum { PATIENCE_MOST = 64, FIRST_LOOKS = 32, LATER_LOOKS = 4 };

static bool enter(struct latency_list *list, pid_t pid)
{
	const __u32 key = (__u32)pid, value = 1;

	if (bpf_map_update_elem(list->vms_fd, &key, &value, BPF_ANY) == 0)
		return true;
	list->crowded = true;
	return false;
}

static void leave(struct latency_list *list, const struct watched *vm)
{
	const __u32 key = (__u32)vm->pid;

	bpf_map_delete_elem(list->vms_fd, &key);
	if (vm->group)
		bpf_map_delete_elem(list->groups_fd, &vm->group);
}

static void look(struct latency_list *list, struct watched *vm)
{
	const __u32 value = 1;
	uint64_t before = vm->group;

	vm->looked = list->rounds;
	vm->patience = vm->patience < PATIENCE_MOST / 2 ? 2 * vm->patience : PATIENCE_MOST;
	if (!list->knows_groups) {
		vm->reason = "its requests are not known: this kernel was built without "
			     "CONFIG_BLK_CGROUP";
		return;
	}
	vm->group = cgroup_io_find(&list->io, vm->pid, &vm->reason);
	if (vm->group == before)
		return;
	list->changed = true;
	if (before)
		bpf_map_delete_elem(list->groups_fd, &before);
	if (vm->group && bpf_map_update_elem(list->groups_fd, &vm->group, &value, BPF_ANY) < 0) {
		vm->group = 0;
		vm->reason = "its requests are not known: there are too many VMs";
	}
}

/* In turn, so that none waits for ever where there are many. */
static void look_at_some(struct latency_list *list)
{
	unsigned first = 0, later = 0;

	for (size_t i = 0; i < list->n && first < FIRST_LOOKS && later < LATER_LOOKS; i++) {
		struct watched *vm = &list->vm[list->next++ % list->n];

		if (vm->looked && list->rounds - vm->looked < vm->patience)
			continue;
		if (vm->looked)
			later++;
		else
			first++;
		look(list, vm);
	}
}

/* The one of that number that was there before; those before it have left. */
static const struct watched *skip_to(struct latency_list *list, size_t *old, pid_t pid)
{
	while (*old < list->n && list->vm[*old].pid < pid)
		leave(list, &list->vm[(*old)++]);
	if (*old == list->n || list->vm[*old].pid != pid)
		return NULL;
	return &list->vm[(*old)++];
}

static void take(struct latency_list *list, const struct procvm_sample *procvm)
{
	struct watched *wanted = xcalloc(procvm->n_vm ? procvm->n_vm : 1, sizeof(*wanted));
	size_t old = 0, n = 0;

	list->changed = true;
	list->crowded = false;
	for (size_t i = 0; i < procvm->n_vm; i++) {
		const struct proc_vm *proc = &procvm->vm[i];
		const struct watched *there = skip_to(list, &old, proc->pid);

		if (there && there->start_ticks == proc->start_ticks) {
			wanted[n++] = *there;
			continue;
		}
		if (there)
			leave(list, there);
		wanted[n] = (struct watched){
			.pid = proc->pid,
			.start_ticks = proc->start_ticks,
			.patience = 1,
			.reason = "its requests are counted from the next reading on",
			.fresh = there != NULL,
		};
		n += enter(list, proc->pid);
	}
	while (old < list->n)
		leave(list, &list->vm[old++]);
	free(list->vm);
	list->vm = wanted;
	list->n = n;
}

void latency_list_update(struct latency_list *list, const struct procvm_sample *procvm)
{
	list->rounds++;
	list->changed = false;
	if (list->crowded || !sample_has_processes(procvm, list->vm, list->n, sizeof(*list->vm)))
		take(list, procvm);
	look_at_some(list);
}

struct watched *latency_list_owner(const struct latency_list *list, const struct latency_key *key)
{
	if (key->kind == LATENCY_WAIT)
		return sample_by_pid((pid_t)key->id, list->vm, list->n, sizeof(*list->vm));
	for (size_t i = 0; i < list->n; i++)
		if (list->vm[i].group == key->id)
			return &list->vm[i];
	return NULL;
}

void latency_list_release(struct latency_list *list)
{
	free(list->vm);
	list->vm = NULL;
	list->n = 0;
}
