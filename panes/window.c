// SPDX-License-Identifier: GPL-2.0-or-later
#include "panes/window.h"
#include "panes/bykey.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* 32 bits each are enough for ten seconds. */
struct bins {
	uint32_t all[HISTOGRAM_BINS], throttled[HISTOGRAM_BINS];
};

struct part {
	struct bins *bins; /* made with the first wait: many VMs have none; NULL: none yet */
	double s, known_s; /* how long it is, and for how much of that the waits were told */
};

struct window {
	struct bykey_item item;
	bool seen;
	size_t newest, n; /* parts in use */
	struct part part[WINDOW_PARTS];
};

struct windows {
	struct bykey known; /* by vm key */
};

struct windows *windows_new(void)
{
	return xcalloc(1, sizeof(struct windows));
}

static bool forget(void *item, void *arg)
{
	struct window *window = item;

	(void)arg;
	for (size_t i = 0; i < WINDOW_PARTS; i++)
		free(window->part[i].bins);
	return false;
}

void windows_free(struct windows *windows)
{
	if (!windows)
		return;
	bykey_sweep(&windows->known, forget, NULL);
	bykey_release(&windows->known);
	free(windows);
}

static struct part *current_part(struct window *window)
{
	struct part *part;

	if (window->n && window->part[window->newest].s < WINDOW_PART_S)
		return &window->part[window->newest];
	window->newest = window->n ? (window->newest + 1) % WINDOW_PARTS : 0;
	window->n += window->n < WINDOW_PARTS;
	part = &window->part[window->newest];
	if (part->bins)
		memset(part->bins, 0, sizeof(*part->bins));
	part->s = part->known_s = 0;
	return part;
}

/* A recording may hold anything. */
static uint32_t clamp(uint64_t count)
{
	return count < UINT32_MAX / 1024 ? (uint32_t)count : UINT32_MAX / 1024;
}

static void window_add(struct window *window, const struct steal *steal, double interval_s)
{
	bool known = steal->waits != UNKNOWN_U64;
	struct part *part;

	if (!(interval_s > 0) || (!known && window->n == 0))
		return;
	part = current_part(window); /* it ages, whether anything is told or not */
	part->s += interval_s;
	if (!known)
		return;
	part->known_s += interval_s;
	for (size_t i = 0; i < steal->n_wait_bin; i++) {
		const struct wait_bin *bin = &steal->wait_bin[i];
		unsigned at = histogram_bin(bin->from_ns + 1); /* from_ns is rounded */

		if (bin->from_ns == UNKNOWN_U64 || bin->count == UNKNOWN_U64 ||
			bin->throttled == UNKNOWN_U64)
			continue;
		if (!part->bins)
			part->bins = xcalloc(1, sizeof(*part->bins));
		part->bins->all[at] += clamp(bin->count);
		part->bins->throttled[at] += clamp(bin->throttled);
	}
}

static bool still_seen(void *item, void *arg)
{
	struct window *window = item;
	bool seen = window->seen;

	window->seen = false;
	return seen || forget(item, arg);
}

void windows_add(struct windows *windows, const struct snapshot *snap)
{
	for (size_t i = 0; i < snap->n_vm; i++) {
		struct window *window;

		if (!snap->vm[i].key)
			continue;
		window = bykey_get(&windows->known, snap->vm[i].key, sizeof(*window));
		if (!window->seen)
			window_add(window, &snap->vm[i].steal, snap->interval_s);
		window->seen = true;
	}
	bykey_sweep(&windows->known, still_seen, NULL);
}

static void merge(struct histogram *into, const uint32_t *from)
{
	for (size_t i = 0; i < HISTOGRAM_BINS; i++)
		into->count[i] += from[i];
}

bool windows_sum(const struct windows *windows, const char *vm_key, struct window_sum *out)
{
	const struct window *window = bykey_find(&windows->known, vm_key);

	*out = (struct window_sum){ .window_s = 0 };
	if (!window || window->n == 0)
		return false;
	for (size_t age = 0; age < window->n; age++) { /* the newest first */
		const struct part *part =
			&window->part[(window->newest + WINDOW_PARTS - age) % WINDOW_PARTS];

		out->window_s += part->known_s;
		if (!part->bins)
			continue;
		merge(&out->all, part->bins->all);
		merge(&out->throttled, part->bins->throttled);
		merge(age < (window->n + 1) / 2 ? &out->second_half : &out->first_half,
			part->bins->all);
	}
	return out->window_s > 0;
}
