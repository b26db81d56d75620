// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the console keeps of the past of the snapshots on standard input, in MiB: memory that is
 * given back when its judge and its history are freed.
 */
#include <malloc.h>
#include <stdio.h>

#include "panes/history.h"
#include "panes/pane.h"
#include "probes/replay.h"

static size_t in_use(void)
{
	struct mallinfo2 info = mallinfo2();

	return info.uordblks + info.hblkhd;
}

int main(void)
{
	struct snapshot *snap = snapshot_new();
	struct history *history = history_new();
	struct judge *judge = judge_new();
	struct replay *replay;
	struct err err;
	size_t with;

	if (replay_open("-", &replay, &err) < 0)
		die("%s", err.text);
	while (replay_next(replay, snap, &err) == 0) {
		panes_judge(snap, judge);
		history_add(history, snap);
	}
	replay_close(replay);
	snapshot_free(snap);
	with = in_use();
	judge_free(judge);
	history_free(history);
	printf("%.1f\n", (double)(with - in_use()) / (1 << 20));
	return 0;
}
