// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/stalls_list.h"

#include <bpf/bpf.h>
#include <stdlib.h>

enum { LOOK_ROUNDS = 16 };

static const struct stalls_total nothing;

static int by_key(const void *a, const void *b)
{
	__u32 x = ((const struct charged *)a)->tgid, y = ((const struct charged *)b)->tgid;

	return (x > y) - (x < y);
}

struct charged *stalls_list_find(const struct stalls_list *list, __u32 tgid)
{
	const struct charged key = { .tgid = tgid };

	if (list->n == 0)
		return NULL;
	return bsearch(&key, list->charged, list->n, sizeof(key), by_key);
}

/* A list to be: some of the one before, and new ones. */
struct wanted {
	struct charged *charged;
	size_t n, cap;
};

static void want(struct wanted *wanted, __u32 tgid, pid_t pid, uint64_t start_ticks)
{
	wanted->charged =
		xgrow(wanted->charged, wanted->n + 1, &wanted->cap, sizeof(*wanted->charged));
	wanted->charged[wanted->n++] =
		(struct charged){ .tgid = tgid, .pid = pid, .start_ticks = start_ticks };
}

/* Those that are processes of their own; what they do is charged to their VMs, too. */
static void want_workers(struct wanted *wanted, const struct account_sample *account)
{
	size_t sorted = wanted->n;

	for (size_t i = 0; i < account->n_thread; i++)
		if (account->thread[i].apart)
			want(wanted, (__u32)account->thread[i].tid, account->thread[i].pid,
				account->thread[i].start_ticks);
	if (wanted->n > sorted)
		qsort(wanted->charged, wanted->n, sizeof(*wanted->charged), by_key);
}

/* By key: nobody's with 0 first, VMs, nobody's with the greatest last. */
static struct wanted want_all(const struct sample *sample)
{
	struct wanted wanted = { .n = 0 };

	want(&wanted, STALLS_PROCESSES, 0, 0);
	for (size_t i = 0; i < sample->procvm.n_vm; i++)
		want(&wanted, (__u32)sample->procvm.vm[i].pid, sample->procvm.vm[i].pid,
			sample->procvm.vm[i].start_ticks);
	want(&wanted, STALLS_KERNEL, 0, 0);
	want_workers(&wanted, &sample->account);
	return wanted;
}

static bool is_vm(const struct charged *one)
{
	return one->pid != 0 && one->tgid == (__u32)one->pid;
}

static bool is_as_wanted(const struct stalls_list *list, const struct procvm_sample *procvm)
{
	size_t n = 0;

	for (size_t i = 0; i < list->n; i++) {
		const struct charged *one = &list->charged[i];

		if (!is_vm(one))
			continue;
		if (n == procvm->n_vm || procvm->vm[n].pid != one->pid ||
			procvm->vm[n].start_ticks != one->start_ticks)
			return false;
		n++;
	}
	return n == procvm->n_vm;
}

static bool enter(struct stalls_list *list, const struct charged *one)
{
	if (bpf_map_update_elem(list->map_fd, &one->tgid, &nothing, BPF_ANY) == 0)
		return list->fresh = true;
	list->crowded = true;
	return false;
}

static void leave(struct stalls_list *list, struct charged *one)
{
	bpf_map_delete_elem(list->map_fd, &one->tgid);
	free(one->bin);
}

/* A new process may have the number of one that ended: it begins at nothing. */
static bool stays(const struct charged *before, const struct charged *wanted)
{
	return before->pid == wanted->pid && before->start_ticks == wanted->start_ticks;
}

void stalls_list_update(struct stalls_list *list, const struct sample *sample)
{
	struct wanted wanted;
	size_t old = 0, kept = 0;

	if (++list->rounds < LOOK_ROUNDS && list->n && !list->crowded &&
		is_as_wanted(list, &sample->procvm))
		return;
	list->rounds = 0;
	list->crowded = false;
	wanted = want_all(sample);
	for (size_t i = 0; i < wanted.n; i++) {
		struct charged one = wanted.charged[i];
		bool there;

		while (old < list->n && list->charged[old].tgid < one.tgid)
			leave(list, &list->charged[old++]);
		there = old < list->n && list->charged[old].tgid == one.tgid;
		if (there && stays(&list->charged[old], &one)) {
			wanted.charged[kept++] = list->charged[old++];
			continue;
		}
		if (there)
			leave(list, &list->charged[old++]);
		if (enter(list, &one))
			wanted.charged[kept++] = one;
	}
	while (old < list->n)
		leave(list, &list->charged[old++]);
	free(list->charged);
	list->charged = wanted.charged;
	list->n = kept;
}

void stalls_list_release(struct stalls_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		free(list->charged[i].bin);
	free(list->charged);
	list->charged = NULL;
	list->n = 0;
}
