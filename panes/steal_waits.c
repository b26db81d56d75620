// SPDX-License-Identifier: GPL-2.0-or-later
#include "panes/steal.h"

#include <math.h>

#include "panes/kinds.h"

/*
 * A task that waits until another has used up its slice waits at least this long: 0.7 ms is the
 * smallest that EEVDF gives, and CFS's is 0.75 ms times a factor for the CPUs.
 */
static const double SLICE_NS = 700e3;

static uint64_t side(const struct histogram *histogram, unsigned split, bool slow)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < HISTOGRAM_BINS; i++)
		if (i != split && (i > split) == slow)
			sum += histogram->count[i];
	return sum;
}

static const char *kind_of(const struct window_sum *sum, const struct modes *modes, bool slow)
{
	uint64_t all = side(&sum->all, modes->split, slow);
	uint64_t throttled = side(&sum->throttled, modes->split, slow);

	if (2 * throttled > all)
		return "quota";
	return (slow ? modes->slow_ns : modes->fast_ns) >= SLICE_NS ? "timeslices" : "queueing";
}

void steal_waits(struct vm *vm, const struct windows *windows, struct arena *arena)
{
	struct wait_modes *out = &vm->steal.wait_modes;
	struct window_sum sum;
	struct kinds kinds;

	*out = (struct wait_modes){ .waits = UNKNOWN_U64,
		.window_s = NAN,
		.fast_ns = NAN,
		.slow_ns = NAN,
		.slow_pct = NAN };
	if (!windows_sum(windows, vm->key, &sum)) {
		out->reason = "the lengths of single waits are not known";
		return;
	}
	kinds = kinds_find(
		&(struct kinds_window){ &sum.all, &sum.first_half, &sum.second_half, "waits" },
		arena);
	out->found = kinds.found;
	out->reason = kinds.reason;
	out->waits = kinds.modes.n;
	out->window_s = sum.window_s;
	if (kinds.found != MODES_FOUND_TWO)
		return;
	out->fast_ns = round(kinds.modes.fast_ns);
	out->slow_ns = round(kinds.modes.slow_ns);
	out->slow_pct = round(kinds.modes.slow_pct * 10) / 10;
	out->fast_kind = kind_of(&sum, &kinds.modes, false);
	out->slow_kind = kind_of(&sum, &kinds.modes, true);
}
