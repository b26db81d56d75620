// SPDX-License-Identifier: GPL-2.0-or-later
#include "panes/losses.h"
#include "panes/bykey.h"

#include <math.h>
#include <stdlib.h>

/* As of the end of a snapshot's interval: all that was lost until then, since the first point. */
struct point {
	double at_s, total;
};

struct track {
	struct bykey_item item;
	bool seen;
	size_t newest, n;
	struct point point[LOSSES_POINTS];
};

struct losses {
	struct bykey known;
};

struct losses *losses_new(void)
{
	return xcalloc(1, sizeof(struct losses));
}

static bool forget(void *item, void *arg)
{
	(void)item;
	(void)arg;
	return false;
}

void losses_free(struct losses *losses)
{
	if (!losses)
		return;
	bykey_sweep(&losses->known, forget, NULL);
	bykey_release(&losses->known);
	free(losses);
}

static void push(struct track *track, double at_s, double total)
{
	track->newest = track->n ? (track->newest + 1) % LOSSES_POINTS : 0;
	track->n += track->n < LOSSES_POINTS;
	track->point[track->newest] = (struct point){ at_s, total };
}

void losses_add(struct losses *losses, const struct snapshot *snap, const char *vm_key,
	const struct nic *nic, double lost_per_s)
{
	char key[BYKEY_PAIR_BYTES];
	struct track *track =
		bykey_get(&losses->known, bykey_pair(key, vm_key, nic->name), sizeof(*track));
	double total = track->n ? track->point[track->newest].total : 0;

	if (track->seen)
		return;
	track->seen = true;
	if (!(snap->interval_s > 0) || isnan(lost_per_s) ||
		(track->n && !(snap->time_s > track->point[track->newest].at_s))) {
		track->n = 0; /* what follows cannot be added to what was */
		return;
	}
	if (track->n == 0)
		push(track, snap->time_s - snap->interval_s, 0);
	push(track, snap->time_s, total + lost_per_s * snap->interval_s);
}

static bool still_seen(void *item, void *arg)
{
	struct track *track = item;
	bool seen = track->seen;

	(void)arg;
	track->seen = false;
	return seen;
}

void losses_sweep(struct losses *losses)
{
	bykey_sweep(&losses->known, still_seen, NULL);
}

/* The age-th before the newest. */
static const struct point *point_of(const struct track *track, size_t age)
{
	return &track->point[(track->newest + LOSSES_POINTS - age) % LOSSES_POINTS];
}

/* As if what was lost between two points was lost evenly; NAN: before the first. */
static double total_at(const struct track *track, double at_s)
{
	if (at_s >= point_of(track, 0)->at_s)
		return point_of(track, 0)->total;
	for (size_t age = 1; age < track->n; age++) {
		const struct point *from = point_of(track, age), *to = point_of(track, age - 1);

		if (at_s >= from->at_s)
			return from->total + (to->total - from->total) * (at_s - from->at_s) /
						     (to->at_s - from->at_s);
	}
	return NAN;
}

double losses_per_s(const struct losses *losses, const char *vm_key, const struct nic *nic,
	double from_s, double to_s)
{
	char key[BYKEY_PAIR_BYTES];
	const struct track *track = bykey_find(&losses->known, bykey_pair(key, vm_key, nic->name));

	if (!track || track->n == 0 || !(to_s > from_s))
		return NAN;
	return (total_at(track, to_s) - total_at(track, from_s)) / (to_s - from_s);
}
