// SPDX-License-Identifier: GPL-2.0-or-later
#include "tui/localtime.h"

#include <math.h>

#include "probes/clock.h"

enum { DAY_S = 86400 };

bool localtime_is_told(double told_s)
{
	return fabs(told_s) <= DAY_S;
}

int localtime_offset_at(double told_s, double time_s)
{
	const double offset_s = localtime_is_told(told_s) ? told_s : clock_utc_offset_s(time_s);

	return isfinite(offset_s) ? (int)offset_s : 0;
}

int localtime_offset_s(const struct snapshot *snap)
{
	return localtime_offset_at(snap->utc_offset_s, snap->time_s);
}
