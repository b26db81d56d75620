// SPDX-License-Identifier: GPL-2.0-or-later
#include "panes/pauses.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "panes/bykey.h"

static const double PART_S = (double)PAUSES_WINDOW_S / PAUSES_PARTS;

/* Stalls by length, in so many parts; made when there is the first. */
struct lengths {
	uint32_t count[PAUSES_PARTS][HISTOGRAM_BINS];
	double began_s[PAUSES_PARTS];
	size_t newest;
};

struct past {
	struct bykey_item item;
	bool seen;
	double first_s, last_s;		/* snapshots that told anything */
	struct pause kept[PAUSES_KEPT]; /* the oldest first: each is longer than those after it */
	size_t n_kept;
	struct lengths *lengths; /* NULL: none yet */
};

struct pauses {
	struct bykey known; /* by vm key */
};

struct pauses *pauses_new(void)
{
	return xcalloc(1, sizeof(struct pauses));
}

static bool forget(void *item, void *arg)
{
	(void)arg;
	free(((struct past *)item)->lengths);
	return false;
}

void pauses_free(struct pauses *pauses)
{
	if (!pauses)
		return;
	bykey_sweep(&pauses->known, forget, NULL);
	bykey_release(&pauses->known);
	free(pauses);
}

static void expire(struct past *past, double now_s)
{
	size_t old = 0;

	while (old < past->n_kept && past->kept[old].at_s < now_s - PAUSES_WINDOW_S)
		old++;
	past->n_kept -= old;
	memmove(past->kept, past->kept + old, past->n_kept * sizeof(past->kept[0]));
}

/* A shorter one before it will never be the longest again. */
static void keep(struct past *past, const struct pause *pause)
{
	while (past->n_kept && past->kept[past->n_kept - 1].ms <= pause->ms)
		past->n_kept--;
	if (past->n_kept == PAUSES_KEPT)
		past->n_kept--;
	past->kept[past->n_kept++] = *pause;
}

static uint32_t *current_part(struct past *past, double now_s)
{
	struct lengths *lengths = past->lengths;

	if (!lengths) {
		lengths = past->lengths = xcalloc(1, sizeof(*lengths));
		lengths->began_s[0] = now_s;
	}
	if (now_s - lengths->began_s[lengths->newest] >= PART_S) {
		lengths->newest = (lengths->newest + 1) % PAUSES_PARTS;
		memset(lengths->count[lengths->newest], 0, sizeof(lengths->count[0]));
		lengths->began_s[lengths->newest] = now_s;
	}
	return lengths->count[lengths->newest];
}

static void count(struct past *past, const struct thp *thp, double now_s)
{
	for (size_t i = 0; i < thp->n_stall_bin; i++) {
		const struct stall_bin *bin = &thp->stall_bin[i];

		if (bin->from_ns == UNKNOWN_U64 || bin->count == UNKNOWN_U64)
			continue;
		/* from_ns is rounded; and a recording may hold anything. */
		current_part(past, now_s)[histogram_bin(bin->from_ns + 1)] +=
			bin->count < UINT32_MAX / 1024 ? (uint32_t)bin->count : UINT32_MAX / 1024;
	}
}

static void past_add(struct past *past, const struct thp *thp, double now_s)
{
	if (now_s < past->last_s) { /* somebody went back in time */
		past->n_kept = 0;
		free(past->lengths);
		past->lengths = NULL;
		past->first_s = 0;
	}
	if (past->first_s == 0)
		past->first_s = now_s;
	past->last_s = now_s;
	expire(past, now_s);
	if (thp->longest_stall_ms > 0 && thp->longest_at_s <= now_s + 1)
		keep(past, &(struct pause){ thp->longest_stall_ms, thp->longest_at_s,
				   thp->longest_tid, thp->longest_kind });
	count(past, thp, now_s);
}

static bool still_seen(void *item, void *arg)
{
	struct past *past = item;
	bool seen = past->seen;

	past->seen = false;
	return seen || forget(item, arg);
}

void pauses_add(struct pauses *pauses, const struct snapshot *snap)
{
	for (size_t i = 0; i < snap->n_vm; i++) {
		const struct vm *vm = &snap->vm[i];
		struct past *past;

		if (!vm->key)
			continue;
		past = bykey_get(&pauses->known, vm->key, sizeof(*past));
		if (!past->seen && !isnan(vm->thp.longest_stall_ms) && snap->time_s > 0)
			past_add(past, &vm->thp, snap->time_s);
		past->seen = true;
	}
	bykey_sweep(&pauses->known, still_seen, NULL);
}

static const struct past *past_of(const struct pauses *pauses, const char *vm_key)
{
	return pauses ? bykey_find(&pauses->known, vm_key) : NULL;
}

bool pauses_longest(
	const struct pauses *pauses, const char *vm_key, double since_s, struct pause *out)
{
	const struct past *past = past_of(pauses, vm_key);

	for (size_t i = 0; past && i < past->n_kept; i++)
		if (past->kept[i].at_s >= since_s) {
			*out = past->kept[i];
			return true;
		}
	return false;
}

double pauses_window_s(const struct pauses *pauses, const char *vm_key)
{
	const struct past *past = past_of(pauses, vm_key);

	if (!past || past->first_s == 0)
		return NAN;
	return fmin(past->last_s - past->first_s, PAUSES_WINDOW_S);
}

bool pauses_histogram(const struct pauses *pauses, const char *vm_key, struct histogram *out)
{
	const struct past *past = past_of(pauses, vm_key);
	const struct lengths *lengths = past ? past->lengths : NULL;

	*out = (struct histogram){ .count = { 0 } };
	for (size_t part = 0; lengths && part < PAUSES_PARTS; part++)
		if (past->last_s - lengths->began_s[part] < PAUSES_WINDOW_S + PART_S)
			for (size_t i = 0; i < HISTOGRAM_BINS; i++)
				out->count[i] += lengths->count[part][i];
	return histogram_total(out) > 0;
}
