/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_LOCALTIME_H
#define PARALLAX_LOCALTIME_H

#include <stdbool.h>

#include "probes/snapshot.h"

/*
 * How far clock labels are ahead of UTC, in seconds: as the host's were when snap was made, so
 * that a recording shows the same times wherever it is opened; as this machine's, where it does
 * not tell.
 */
int localtime_offset_s(const struct snapshot *snap);
/* The same at time_s, of a host whose clock was told to be told_s ahead; NAN: not told. */
int localtime_offset_at(double told_s, double time_s);
/* A recording may say anything; is this what a clock can be ahead? */
bool localtime_is_told(double told_s);

#endif
