// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/gang.h"

#include <stdlib.h>
#include <string.h>

static bool is_same(const struct thief *a, const struct thief *b)
{
	if (a->kind != b->kind)
		return false;
	return a->kind == THIEF_PROCESS ? strcmp(a->name, b->name) == 0 : a->pid == b->pid;
}

static void merge(struct thief *into, const struct thief *from)
{
	if (into->pid != from->pid)
		into->pid = UNKNOWN_U64;
	into->share_pct += from->share_pct;
}

/* What is added one after the other often is the same: the threads of a VM. */
void gang_add(struct gang *gang, struct thief thief, double ns)
{
	struct thief *last = gang->n ? &gang->thief[gang->n - 1] : NULL;

	if (!(ns > 0))
		return;
	thief.share_pct = ns;
	if (last && is_same(last, &thief)) {
		merge(last, &thief);
		return;
	}
	if (gang->n == gang->cap) {
		struct thief *more;

		gang->cap = gang->cap ? 2 * gang->cap : 8;
		more = arena_array(gang->arena, gang->cap, sizeof(*more));
		if (gang->n)
			memcpy(more, gang->thief, gang->n * sizeof(*more));
		gang->thief = more;
	}
	gang->thief[gang->n++] = thief;
}

/* VMs by process, for their names may be the same; processes by name. */
static int by_identity(const void *a, const void *b)
{
	const struct thief *x = a, *y = b;

	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	if (x->kind == THIEF_PROCESS)
		return strcmp(x->name, y->name);
	return (x->pid > y->pid) - (x->pid < y->pid);
}

static int by_share(const void *a, const void *b)
{
	const struct thief *x = a, *y = b;

	if (x->share_pct != y->share_pct)
		return x->share_pct < y->share_pct ? 1 : -1;
	return strcmp(x->name, y->name);
}

static void merge_same(struct gang *gang)
{
	size_t kept = 0;

	qsort(gang->thief, gang->n, sizeof(*gang->thief), by_identity);
	for (size_t i = 0; i < gang->n; i++)
		if (kept && is_same(&gang->thief[kept - 1], &gang->thief[i]))
			merge(&gang->thief[kept - 1], &gang->thief[i]);
		else
			gang->thief[kept++] = gang->thief[i];
	gang->n = kept;
}

/* The smaller ones become one, which stays the last: nobody can look for "others". */
static void merge_small(struct gang *gang)
{
	struct thief *others = &gang->thief[GANG_MOST - 1];
	double ns = 0;

	if (gang->n <= GANG_MOST)
		return;
	for (size_t i = GANG_MOST - 1; i < gang->n; i++)
		ns += gang->thief[i].share_pct;
	*others = (struct thief){
		.name = "others", .pid = UNKNOWN_U64, .kind = THIEF_OTHERS, .share_pct = ns
	};
	gang->n = GANG_MOST;
}

void gang_finish(struct gang *gang, struct steal *steal)
{
	double all_ns = 0;

	if (gang->n == 0)
		return;
	merge_same(gang);
	qsort(gang->thief, gang->n, sizeof(*gang->thief), by_share);
	merge_small(gang);
	for (size_t i = 0; i < gang->n; i++)
		all_ns += gang->thief[i].share_pct;
	for (size_t i = 0; i < gang->n; i++)
		gang->thief[i].share_pct *= 100 / all_ns;
	steal->thief = gang->thief;
	steal->n_thief = gang->n;
}
