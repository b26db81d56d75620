// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/agentturn.h"

static const uint64_t S = 1000000000;

void agentturn_prepare(struct agentturn *turn, uint64_t now_ns)
{
	turn->asked = now_ns >= turn->due_ns;
	turn->ok = false;
}

void agentturn_note(struct agentturn *turn, const struct err *err, uint64_t cost_ns)
{
	turn->ok = !err;
	turn->next_err = err ? *err : (struct err){ 0 };
	turn->next_cost_ns = cost_ns;
}

bool agentturn_done(struct agentturn *turn, uint64_t now_ns, unsigned period_s)
{
	if (!turn->asked)
		return false;
	turn->asked = false;
	turn->err = turn->next_err;
	turn->cost_ns = turn->next_cost_ns;
	if (!turn->ok) {
		turn->due_ns = now_ns + agentline_back_off_ns(turn->failures++);
		return false;
	}
	turn->failures = 0;
	/* A little less than the period, which the calls themselves make whole. */
	turn->due_ns = now_ns + period_s * S - S / 2;
	return true;
}

struct status agentturn_status(const struct agentturn *turn, uint64_t at_ns, struct arena *arena)
{
	struct status status = { .at_ns = at_ns, .cost_ns = turn->cost_ns };

	if (turn->err.text[0])
		status.reason = arena_strdup(arena, turn->err.text);
	status_settle(&status);
	return status;
}
