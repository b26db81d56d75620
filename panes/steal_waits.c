// SPDX-License-Identifier: GPL-2.0-or-later
#include "panes/steal.h"

#include <math.h>

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

static bool is_too_early(const struct window_sum *sum)
{
	return histogram_total(&sum->first_half) < MODES_LEAST / 2 ||
	       histogram_total(&sum->second_half) < MODES_LEAST / 2;
}

void steal_waits(struct vm *vm, const struct windows *windows, struct arena *arena)
{
	struct wait_modes *out = &vm->steal.wait_modes;
	struct window_sum sum;
	struct modes modes;

	*out = (struct wait_modes){ .waits = UNKNOWN_U64,
		.window_s = NAN,
		.fast_ns = NAN,
		.slow_ns = NAN,
		.slow_pct = NAN };
	if (!windows_sum(windows, vm->key, &sum)) {
		out->reason = "the lengths of single waits are not known";
		return;
	}
	modes = modes_find(&sum.all);
	out->waits = modes.n;
	out->window_s = sum.window_s;
	if (modes.kind == MODES_TOO_FEW) {
		out->reason = arena_printf(arena, "%llu waits are too few to tell; it takes %d",
			(unsigned long long)modes.n, MODES_LEAST);
		return;
	}
	if (modes.kind == MODES_TWO && is_too_early(&sum)) {
		out->reason = "there seem to be two, for too short a time to tell whether both last";
		return;
	}
	out->found = MODES_FOUND_ONE;
	if (modes.kind == MODES_TWO && !modes_stable(&sum.first_half, &sum.second_half)) {
		out->found = MODES_FOUND_UNKNOWN;
		out->reason = "they changed within the last minute";
	} else if (modes.kind == MODES_TWO) {
		out->found = MODES_FOUND_TWO;
		out->fast_ns = round(modes.fast_ns);
		out->slow_ns = round(modes.slow_ns);
		out->slow_pct = round(modes.slow_pct * 10) / 10;
		out->fast_kind = kind_of(&sum, &modes, false);
		out->slow_kind = kind_of(&sum, &modes, true);
	}
}
