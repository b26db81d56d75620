/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_TOOLS_SNAPSHOTS_H
#define PARALLAX_TOOLS_SNAPSHOTS_H

#include <malloc.h>

#include "probes/replay.h"

/* For tools that measure what is done with snapshots. */
enum { SNAPSHOTS_MOST = 600 };

/* Those on standard input, at most so many; how many. At least one, or the tool ends. */
static inline size_t snapshots_read(struct snapshot *snap[SNAPSHOTS_MOST + 1])
{
	struct replay *replay;
	struct err err;
	size_t n = 0;

	if (replay_open("-", &replay, &err) < 0)
		die("%s", err.text);
	do
		snap[n] = snapshot_new();
	while (replay_next(replay, snap[n], &err) == 0 && ++n < SNAPSHOTS_MOST);
	replay_close(replay);
	if (!n)
		die("no snapshots on standard input");
	return n;
}

static inline double memory_in_use(void)
{
	struct mallinfo2 info = mallinfo2();

	return (double)(info.uordblks + info.hblkhd);
}

#endif
