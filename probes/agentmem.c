// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/agentmem.h"

#include <errno.h>
#include <stdlib.h>

#include "probes/arena.h"
#include "probes/qga.h"

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

void agentmem_ask(
	struct agentmem *mem, struct agent_line *line, bool files, const struct clock *clock)
{
	uint64_t begin_ns = clock_mono_ns(clock), end_ns;
	struct err err;
	int rc;

	if (!mem->turn.asked)
		return;
	if (!files) {
		err_set(&err, -EOPNOTSUPP,
			"its agent lets no file be read: it has guest-file-* disabled");
		agentturn_note(&mem->turn, &err, 0);
		return;
	}
	rc = slurp_both(mem, line);
	end_ns = clock_mono_ns(clock);
	mem->next.at_ns = begin_ns + (end_ns - begin_ns) / 2;
	agentturn_note(&mem->turn, rc < 0 ? &line->err : NULL, end_ns - begin_ns);
}

void agentmem_done(struct agentmem *mem, uint64_t now_ns)
{
	if (!agentturn_done(&mem->turn, now_ns, AGENTMEM_PERIOD_S))
		return;
	mem->prev = mem->cur;
	mem->cur = mem->next;
}

void agentmem_fill(const struct agentmem *mem, struct arena *arena, struct agent_reading *reading)
{
	reading->memory = mem->cur;
	reading->memory_before = mem->prev;
	reading->memory_status = agentturn_status(&mem->turn, mem->cur.at_ns, arena);
}
