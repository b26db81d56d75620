// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/probe.h"

#include <errno.h>
#include <stdlib.h>

#include "probes/agentcall.h"
#include "probes/virt.h"
#include "probes/virtevents.h"

/*
 * Guests are asked only while the operator wants it: until then there is no connection that
 * could. It must be a read-write one, and libvirt marks each domain that is asked.
 */
enum { PERIOD_MS = 2000, WAIT_MS = 250 };

struct agent {
	const struct probe_env *env;
	virConnectPtr conn; /* NULL: not asking */
	struct virt_events *events;
	struct agentcalls calls;
};

static int agent_open(const struct probe_env *env, void **state, struct err *err)
{
	struct agent *agent = xcalloc(1, sizeof(*agent));

	(void)err;
	agent->env = env;
	*state = agent;
	return 0;
}

static void stop_asking(struct agent *agent)
{
	if (!agent->conn)
		return;
	agentcalls_release(&agent->calls);
	virt_events_free(agent->events, agent->conn);
	virt_close(agent->conn);
	agent->conn = NULL;
	agent->events = NULL;
}

static int start_asking(struct agent *agent, struct err *err)
{
	static const int events[] = { VIR_DOMAIN_EVENT_ID_AGENT_LIFECYCLE };
	int rc;

	if (agent->conn)
		return 0;
	rc = virt_open(&agent->conn, agent->env->uri, true, err);
	if (rc < 0) {
		agent->conn = NULL;
		return rc;
	}
	agent->events = virt_events_new(agent->conn, agent->env->wake_fd, events, 1);
	agentcalls_init(&agent->calls, agent->env, agent->conn);
	return 0;
}

/* An agent that has just connected is asked at once, whatever it did before. */
static void note_connected(void *arg, const char *uuid)
{
	struct agent *agent = arg;

	agentcalls_forgive(&agent->calls, uuid);
}

static int agent_sample(void *state, struct sample *out)
{
	struct agent *agent = state;
	struct status *status = &out->status[SECTION_AGENT];
	const uint64_t begin_ns = clock_mono_ns(agent->env->clock);
	struct err err = { 0 };

	if (!atomic_load(&agent->env->control->ask_guests)) {
		stop_asking(agent);
		status->state = SOURCE_OFF;
		status->reason = "guests are not asked; --guest-agent on asks them";
		return 0;
	}
	if (start_asking(agent, &err) < 0) {
		status->reason = arena_strdup(&out->arena, err.text);
		return err.code;
	}
	virt_events_take(agent->events, note_connected, agent);
	if (calls_refresh(&agent->calls.calls, agent->conn) < 0) {
		status->reason = virt_reason(&out->arena, "cannot list domains");
		return virt_is_lost(agent->conn) ? -ENOTCONN : -EIO;
	}
	calls_round(&agent->calls.calls, begin_ns, WAIT_MS, &agent->calls);
	agentcalls_fill(&agent->calls, out);
	status->at_ns = clock_mono_ns(agent->env->clock);
	status->cost_ns = status->at_ns - begin_ns;
	return 0;
}

static void agent_close(void *state)
{
	struct agent *agent = state;

	if (!agent)
		return;
	stop_asking(agent);
	free(agent);
}

const struct probe probe_agent = {
	.name = "agent",
	.summary = "the guests' own accounts of CPU time, memory, network and disks, by the QEMU guest "
		   "agent; only when asked to",
	.section = SECTION_AGENT,
	.slow = true,
	.period_ms = PERIOD_MS,
	.open = agent_open,
	.sample = agent_sample,
	.close = agent_close,
};
