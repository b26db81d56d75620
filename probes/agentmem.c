// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/agentmem.h"

#include <errno.h>
#include <stdlib.h>

#include "probes/arena.h"
#include "probes/qga.h"

static const uint64_t S = 1000000000;

static int slurp_both(struct agentmem *mem, struct agent_line *line)
{
	char *meminfo = xcalloc(QGA_FILE_MAX + 1, 2), *vmstat = meminfo + QGA_FILE_MAX + 1;
	int rc = agentline_slurp(line, "/proc/meminfo", meminfo);

	if (rc == 0)
		rc = agentline_slurp(line, "/proc/vmstat", vmstat);
	if (rc == 0)
		rc = guestmem_parse(meminfo, vmstat, &mem->next, &line->err);
	free(meminfo);
	return rc;
}

void agentmem_prepare(struct agentmem *mem, uint64_t now_ns)
{
	mem->asked = now_ns >= mem->due_ns;
}

void agentmem_ask(
	struct agentmem *mem, struct agent_line *line, bool files, const struct clock *clock)
{
	uint64_t begin_ns = clock_mono_ns(clock), end_ns;

	mem->ok = false;
	if (!mem->asked)
		return;
	if (!files) {
		err_set(&mem->next_err, -EOPNOTSUPP,
			"its agent lets no file be read: it has guest-file-* disabled");
		return;
	}
	mem->ok = slurp_both(mem, line) == 0;
	end_ns = clock_mono_ns(clock);
	mem->next.at_ns = begin_ns + (end_ns - begin_ns) / 2;
	mem->next_cost_ns = end_ns - begin_ns;
	mem->next_err = mem->ok ? (struct err){ 0 } : line->err;
}

void agentmem_done(struct agentmem *mem, uint64_t now_ns)
{
	if (!mem->asked)
		return;
	mem->asked = false;
	mem->err = mem->next_err;
	mem->cost_ns = mem->next_cost_ns;
	if (mem->ok) {
		mem->prev = mem->cur;
		mem->cur = mem->next;
		mem->failures = 0;
		/* A little less than the period, which the calls themselves make whole. */
		mem->due_ns = now_ns + AGENTMEM_PERIOD_S * S - S / 2;
		return;
	}
	mem->due_ns = now_ns + agentline_back_off_ns(mem->failures++);
}

void agentmem_fill(const struct agentmem *mem, struct arena *arena, struct agent_reading *reading)
{
	struct status *status = &reading->memory_status;

	reading->memory = mem->cur;
	reading->memory_before = mem->prev;
	*status = (struct status){ .at_ns = mem->cur.at_ns, .cost_ns = mem->cost_ns };
	if (mem->err.text[0])
		status->reason = arena_strdup(arena, mem->err.text);
	else if (mem->cur.at_ns == 0)
		status->reason = "not answered yet";
	if (mem->cur.at_ns)
		status->state = mem->err.text[0] ? SOURCE_STALE : SOURCE_OK;
}
