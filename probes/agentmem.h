/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_AGENTMEM_H
#define PARALLAX_AGENTMEM_H

#include "probes/agentturn.h"
#include "probes/clock.h"
#include "probes/sample.h"

/*
 * A guest's own view of its memory, for agentcall.c: /proc/meminfo and /proc/vmstat of the guest
 * through its agent, every AGENTMEM_PERIOD_S. A zeroed struct has asked nothing yet.
 */
enum { AGENTMEM_PERIOD_S = 10 };

struct agentmem {
	struct agentturn turn;
	struct guest_memory_reading next; /* the worker's, until the call is done */
	struct guest_memory_reading cur, prev;
};

/* On a worker's thread: ask, if it is time. files: the agent lets files be read. */
void agentmem_ask(
	struct agentmem *mem, struct agent_line *line, bool files, const struct clock *clock);
/* On the probe's thread, after the call. */
void agentmem_done(struct agentmem *mem, uint64_t now_ns);
void agentmem_fill(const struct agentmem *mem, struct arena *arena, struct agent_reading *reading);

#endif
