/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_LOCALTIME_H
#define PARALLAX_LOCALTIME_H

#include "probes/snapshot.h"

/*
 * How far clock labels are ahead of UTC, in seconds: as the host's were when snap was made, so
 * that a recording shows the same times wherever it is opened; as this machine's, where it does
 * not tell.
 */
int localtime_offset_s(const struct snapshot *snap);

#endif
