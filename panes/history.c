// SPDX-License-Identifier: GPL-2.0-or-later
#include "panes/history.h"
#include "panes/bykey.h"
#include "panes/queues.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Rings of points: the newest is at head - 1. */
struct track {
	struct bykey_item item;
	bool seen;
	size_t head, count;
	float *ring[SERIES_COUNT]; /* HISTORY_POINTS; made with the first that is known, else NULL */
};

struct history {
	struct bykey tracks; /* by vm key */
};

struct history *history_new(void)
{
	return xcalloc(1, sizeof(struct history));
}

static bool track_drop(void *item, void *arg)
{
	struct track *track = item;

	(void)arg;
	for (size_t i = 0; i < SERIES_COUNT; i++)
		free(track->ring[i]);
	return false;
}

void history_free(struct history *history)
{
	if (!history)
		return;
	bykey_sweep(&history->tracks, track_drop, NULL);
	bykey_release(&history->tracks);
	free(history);
}

static float bytes_of(uint64_t bytes)
{
	return bytes == UNKNOWN_U64 ? NAN : (float)bytes;
}

static float lost_by(const struct vm *vm)
{
	double sum = NAN;

	for (size_t i = 0; i < vm->n_nic; i++) {
		double one = queues_lost_per_s(&vm->nic[i]);

		if (!isnan(one))
			sum = isnan(sum) ? one : sum + one;
	}
	return (float)sum;
}

/* Nothing was known until now. */
static float *ring_new(void)
{
	float *ring = xcalloc(HISTORY_POINTS, sizeof(*ring));

	for (size_t i = 0; i < HISTORY_POINTS; i++)
		ring[i] = NAN;
	return ring;
}

static void track_add(struct track *track, const struct vm *vm)
{
	const struct steal *steal = &vm->steal;
	const struct memory *memory = &vm->memory;
	float point[SERIES_COUNT];

	point[SERIES_NONE] = NAN;
	point[SERIES_WAIT] = (float)steal->host_delay_pct;
	point[SERIES_RUN] = (float)steal->host_run_pct;
	point[SERIES_GUEST_STEAL] = (float)steal->guest_steal_pct;
	point[SERIES_GUEST_BUSY] = (float)steal->guest_busy_pct;
	point[SERIES_GAP] = (float)steal->gap_pct;
	point[SERIES_LOCAL] = (float)vm->numa.host_local_pct;
	point[SERIES_RSS] = bytes_of(memory->host_rss_bytes);
	point[SERIES_SWAP] = bytes_of(memory->host_swap_bytes);
	point[SERIES_SWAP_IN] = (float)memory->host_swap_in_bytes_per_s;
	point[SERIES_USABLE] = memory->guest_stale ? NAN : bytes_of(memory->guest_usable_bytes);
	point[SERIES_BALLOON] = bytes_of(memory->balloon_bytes);
	point[SERIES_STALL] = (float)vm->thp.stall_ms_per_s;
	point[SERIES_PAUSE] = (float)vm->thp.longest_stall_ms;
	point[SERIES_LOST] = lost_by(vm);
	for (size_t i = 0; i < SERIES_COUNT; i++) {
		if (!track->ring[i] && !isnan(point[i]))
			track->ring[i] = ring_new();
		if (track->ring[i])
			track->ring[i][track->head] = point[i];
	}
	track->head = (track->head + 1) % HISTORY_POINTS;
	if (track->count < HISTORY_POINTS)
		track->count++;
}

static bool track_still_seen(void *item, void *arg)
{
	struct track *track = item;
	bool seen = track->seen;

	track->seen = false;
	return seen || track_drop(item, arg);
}

void history_add(struct history *history, const struct snapshot *snap)
{
	for (size_t i = 0; i < snap->n_vm; i++) {
		struct track *track;

		if (!snap->vm[i].key)
			continue;
		track = bykey_get(&history->tracks, snap->vm[i].key, sizeof(*track));
		if (!track->seen)
			track_add(track, &snap->vm[i]);
		track->seen = true;
	}
	bykey_sweep(&history->tracks, track_still_seen, NULL);
}

size_t history_get(const struct history *history, const char *vm_key, enum series series,
	double *points, size_t max)
{
	const struct track *track = bykey_find(&history->tracks, vm_key);
	const float *ring;
	size_t n;

	if (!track)
		return 0;
	ring = track->ring[series];
	n = track->count < max ? track->count : max;
	for (size_t i = 0; i < n; i++)
		points[i] = ring ? ring[(track->head + HISTORY_POINTS - n + i) % HISTORY_POINTS]
				 : NAN;
	return n;
}
