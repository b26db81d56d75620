// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/slow.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "probes/mailbox.h"
#include "probes/runner.h"
#include "probes/thread.h"

struct slow {
	struct runner runner;
	pthread_t thread;
	struct mailbox newest, spare;
	int wake_fd;
	atomic_bool stop;
};

static void sample_free(struct sample *sample)
{
	if (sample)
		sample_release(sample);
	free(sample);
}

/* Sleep until the next round is due, or somebody wakes us. */
static void slow_wait(struct slow *slow, uint64_t due_ns)
{
	uint64_t now_ns = clock_mono_ns(&clock_system);

	if (due_ns > now_ns)
		bell_wait(slow->wake_fd, (int)((due_ns - now_ns) / 1000000 + 1));
}

static uint64_t slow_period_ns(const struct slow *slow)
{
	unsigned interval_ms = atomic_load(&slow->runner.env.control->interval_ms);
	unsigned period_ms = slow->runner.probe->period_ms;

	return (uint64_t)(interval_ms > period_ms ? interval_ms : period_ms) * 1000000;
}

static void *slow_main(void *arg)
{
	struct slow *slow = arg;

	while (!atomic_load(&slow->stop)) {
		uint64_t begin_ns = clock_mono_ns(&clock_system);
		struct sample *sample = mailbox_take(&slow->spare);

		if (!sample)
			sample = xcalloc(1, sizeof(*sample));
		sample_clear(sample);
		sample->at_ns = clock_mono_ns(slow->runner.env.clock);
		sample->wall_s = clock_wall_s(slow->runner.env.clock);
		runner_sample(&slow->runner, sample);
		sample_free(mailbox_put(&slow->newest, sample));
		slow_wait(slow, begin_ns + slow_period_ns(slow));
	}
	runner_close(&slow->runner, 0);
	return NULL;
}

static void slow_free(struct slow *slow)
{
	sample_free(mailbox_release(&slow->newest));
	sample_free(mailbox_release(&slow->spare));
	if (slow->wake_fd >= 0)
		close(slow->wake_fd);
	free(slow);
}

int slow_start(
	struct slow **out, const struct probe *probe, const struct probe_env *env, struct err *err)
{
	struct slow *slow = xcalloc(1, sizeof(*slow));
	struct probe_env own = *env;
	int rc;

	mailbox_init(&slow->newest, false);
	mailbox_init(&slow->spare, false);
	slow->wake_fd = bell_open();
	own.wake_fd = slow->wake_fd;
	runner_init(&slow->runner, probe, &own);
	rc = slow->wake_fd < 0 ? slow->wake_fd
			       : thread_start(&slow->thread, probe->name, slow_main, slow);
	if (rc < 0) {
		slow_free(slow);
		return err_set(
			err, rc, "cannot start a thread for %s: %s", probe->name, strerror(-rc));
	}
	*out = slow;
	return 0;
}

struct sample *slow_take(struct slow *slow)
{
	return mailbox_take(&slow->newest);
}

void slow_give_back(struct slow *slow, struct sample *sample)
{
	if (sample)
		sample_free(mailbox_put(&slow->spare, sample));
}

void slow_wake(struct slow *slow)
{
	bell_ring(slow->wake_fd);
}

void slow_stop(struct slow *slow)
{
	atomic_store(&slow->stop, true);
	slow_wake(slow);
}

bool slow_join(struct slow *slow, uint64_t deadline_ns)
{
	if (!thread_join_until(slow->thread, deadline_ns))
		return false;
	slow_free(slow);
	return true;
}
