/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_AGENTMEM_H
#define PARALLAX_AGENTMEM_H

#include "probes/agentline.h"
#include "probes/clock.h"
#include "probes/sample.h"

/*
 * A guest's own view of its memory, for agentcall.c: /proc/meminfo and /proc/vmstat of the guest
 * through its agent, every AGENTMEM_PERIOD_S, beside the CPU statistics and after them. Where that
 * fails those go on, and it is tried again later. A zeroed struct has asked nothing yet.
 */
enum { AGENTMEM_PERIOD_S = 10 };

struct agentmem {
	bool asked; /* the probe's, before the call and after it */
	/* The worker's, until the call is done. */
	bool ok;
	struct err next_err;
	uint64_t next_cost_ns;
	struct guest_memory_reading next;
	/* The probe's. */
	uint64_t due_ns, cost_ns;
	unsigned failures;
	struct err err; /* of the last call; "" it went well */
	struct guest_memory_reading cur, prev;
};

/* On the probe's thread, before a call: is it time? */
void agentmem_prepare(struct agentmem *mem, uint64_t now_ns);
/* On a worker's thread: ask, if so. files: the agent lets files be read. */
void agentmem_ask(
	struct agentmem *mem, struct agent_line *line, bool files, const struct clock *clock);
/* On the probe's thread, after the call. */
void agentmem_done(struct agentmem *mem, uint64_t now_ns);
void agentmem_fill(const struct agentmem *mem, struct arena *arena, struct agent_reading *reading);

#endif
