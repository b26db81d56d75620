// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/runner.h"

#include <stdio.h>
#include <string.h>

static const uint64_t RETRY_NS = 2000000000;

void runner_init(struct runner *runner, const struct probe *probe, const struct probe_env *env)
{
	*runner = (struct runner){ .probe = probe, .env = *env };
}

static void mark_unavailable(struct runner *runner, struct sample *out)
{
	out->status[runner->probe->section] = (struct status){
		.state = SOURCE_UNAVAILABLE,
		.reason = arena_strdup(&out->arena, runner->err.text),
	};
}

static bool runner_open(struct runner *runner, uint64_t now_ns)
{
	if (runner->open)
		return true;
	if (now_ns < runner->retry_at_ns)
		return false;
	runner->err = (struct err){ 0 };
	runner->open = runner->probe->open(&runner->env, &runner->state, &runner->err) == 0;
	runner->retry_at_ns = clock_mono_ns(runner->env.clock) + RETRY_NS;
	return runner->open;
}

/* The probe asked to be closed: what it said in its status is why, if it said anything. */
static void runner_fail(struct runner *runner, int code, const struct status *status)
{
	if (status->reason)
		err_set(&runner->err, code, "%s", status->reason);
	else
		err_set(&runner->err, code, "%s failed: %s", runner->probe->name, strerror(-code));
	runner->retry_at_ns = clock_mono_ns(runner->env.clock) + RETRY_NS;
	runner_close(runner);
}

void runner_sample(struct runner *runner, struct sample *out)
{
	struct status *status = &out->status[runner->probe->section];
	uint64_t begin_ns = clock_mono_ns(runner->env.clock);
	int rc;

	if (!runner_open(runner, begin_ns)) {
		mark_unavailable(runner, out);
		return;
	}
	*status = (struct status){ .state = SOURCE_OK };
	rc = runner->probe->sample(runner->state, out);
	if (rc < 0) {
		runner_fail(runner, rc, status);
		mark_unavailable(runner, out);
		return;
	}
	if (status->at_ns == 0)
		status->at_ns = begin_ns;
	if (status->cost_ns == 0)
		status->cost_ns = clock_mono_ns(runner->env.clock) - begin_ns;
}

void runner_close(struct runner *runner)
{
	if (runner->open)
		runner->probe->close(runner->state);
	runner->state = NULL;
	runner->open = false;
}
