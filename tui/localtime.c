// SPDX-License-Identifier: GPL-2.0-or-later
#include "tui/localtime.h"

#include "probes/clock.h"

enum { DAY_S = 86400 };

int localtime_offset_s(const struct snapshot *snap)
{
	double offset_s = snap->utc_offset_s;

	/* A recording may say anything. */
	if (!(fabs(offset_s) <= DAY_S))
		offset_s = clock_utc_offset_s(snap->time_s);
	return isfinite(offset_s) ? (int)offset_s : 0;
}
