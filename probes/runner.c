// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/runner.h"

#include <stdio.h>
#include <string.h>

#include "probes/thread.h"

static const uint64_t RETRY_NS = 2000000000;

void runner_init(struct runner *runner, const struct probe *probe, const struct probe_env *env)
{
	*runner = (struct runner){ .probe = probe, .env = *env };
}

static void mark_unavailable(struct runner *runner, struct sample *out)
{
	bool first = runner->opening && !runner->err.text[0];
	const char *reason = first ? "it is being started" : runner->err.text;

	out->status[runner->probe->section] = (struct status){
		.state = SOURCE_UNAVAILABLE,
		.reason = arena_strdup(&out->arena, reason),
	};
}

static void open_now(struct runner *runner)
{
	runner->failure = (struct err){ 0 };
	runner->code = runner->probe->open(&runner->env, &runner->state, &runner->failure);
}

/*
 * One after the other: loading programs takes CPU time and the kernel's locks of our memory, and
 * whoever draws the screen needs both at once.
 */
static void *opener_main(void *arg)
{
	static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;
	struct runner *runner = arg;

	pthread_mutex_lock(&turn);
	open_now(runner);
	pthread_mutex_unlock(&turn);
	atomic_store(&runner->opened, true);
	return NULL;
}

void runner_begin(struct runner *runner)
{
	int rc;

	if (!runner->probe->slow_open || runner->open || runner->opening)
		return;
	atomic_store(&runner->opened, false);
	rc = thread_start(&runner->opener, "opener", opener_main, runner);
	if (rc < 0)
		err_set(&runner->err, rc, "cannot start a thread: %s", strerror(-rc));
	runner->opening = rc == 0;
}

bool runner_is_opening(const struct runner *runner)
{
	return runner->opening && !atomic_load(&runner->opened);
}

/* Returns whether it is open. */
static bool finish_open(struct runner *runner)
{
	runner->open = runner->code == 0;
	runner->err = runner->failure;
	runner->retry_at_ns = clock_mono_ns(runner->env.clock) + RETRY_NS;
	return runner->open;
}

static bool runner_open(struct runner *runner, uint64_t now_ns)
{
	if (runner->open)
		return true;
	if (runner->opening && atomic_load(&runner->opened)) {
		pthread_join(runner->opener, NULL);
		runner->opening = false;
		return finish_open(runner);
	}
	if (runner->opening || now_ns < runner->retry_at_ns)
		return false;
	if (runner->probe->slow_open) {
		runner_begin(runner);
		return false;
	}
	open_now(runner);
	return finish_open(runner);
}

/* The probe asked to be closed: what it said in its status is why, if it said anything. */
static void runner_fail(struct runner *runner, int code, const struct status *status)
{
	if (status->reason)
		err_set(&runner->err, code, "%s", status->reason);
	else
		err_set(&runner->err, code, "%s failed: %s", runner->probe->name, strerror(-code));
	runner->retry_at_ns = clock_mono_ns(runner->env.clock) + RETRY_NS;
	runner->probe->close(runner->state);
	runner->state = NULL;
	runner->open = false;
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

void runner_attend(struct runner *runner)
{
	if (runner->open && runner->probe->attend)
		runner->probe->attend(runner->state);
}

bool runner_close(struct runner *runner, uint64_t deadline_ns)
{
	if (runner->opening) {
		if (!thread_join_until(runner->opener, deadline_ns))
			return false;
		runner->opening = false;
		runner->open = runner->code == 0;
	}
	if (runner->open)
		runner->probe->close(runner->state);
	runner->state = NULL;
	runner->open = false;
	return true;
}
