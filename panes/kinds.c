// SPDX-License-Identifier: GPL-2.0-or-later
#include "panes/kinds.h"

static bool is_too_early(const struct kinds_window *window)
{
	return histogram_total(window->first_half) < MODES_LEAST / 2 ||
	       histogram_total(window->second_half) < MODES_LEAST / 2;
}

struct kinds kinds_find(const struct kinds_window *window, struct arena *arena)
{
	struct kinds kinds = { .modes = modes_find(window->all) };

	if (kinds.modes.kind == MODES_TOO_FEW)
		kinds.reason = arena_printf(arena, "%llu %s are too few to tell; it takes %d",
			(unsigned long long)kinds.modes.n, window->what, MODES_LEAST);
	else if (kinds.modes.kind == MODES_ONE)
		kinds.found = MODES_FOUND_ONE;
	else if (is_too_early(window))
		kinds.reason =
			"there seem to be two, for too short a time to tell whether both last";
	else if (!modes_stable(window->first_half, window->second_half))
		kinds.reason = "they changed within the last minute";
	else
		kinds.found = MODES_FOUND_TWO;
	return kinds;
}
