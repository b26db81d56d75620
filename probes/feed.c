// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/feed.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "probes/anonymize.h"
#include "probes/collector.h"
#include "probes/replay.h"
#include "probes/thread.h"

/*
 * The first rates come soon after the baseline, so that the first screen does not stay empty;
 * batch output waits for a whole interval and, at first, for the slow probes.
 */
enum { FIRST_INTERVAL_MS = 250, FIRST_WAIT_MS = 1000, STEP_MS = 20, STOP_MS = 500 };

struct feed {
	struct sysroot root;
	struct probe_control control;
	struct probe_env env;
	struct collector *collector;   /* live, or */
	struct replay *replay;	       /* recorded */
	struct anonymizer *anonymizer; /* NULL: names stay; the thread's */
	bool every;
	struct mailbox newest, spare;
	int wake_fd; /* ends the thread's sleep */
	pthread_t thread;
	bool has_thread, abandoned;
	atomic_bool stop, paused, refresh, attend, taken, ended;
	atomic_uint pace_ms; /* replay: time between snapshots; 0: as recorded */
	struct err end;	     /* valid when ended */
};

/* Until due, or a refresh is wanted, or the end. */
static void feed_wait_until(struct feed *feed, uint64_t due_ns)
{
	while (!atomic_load(&feed->stop) && !atomic_exchange(&feed->refresh, false)) {
		uint64_t now_ns;

		if (atomic_exchange(&feed->attend, false))
			collector_attend(feed->collector);
		now_ns = clock_mono_ns(&clock_system);
		if (now_ns >= due_ns)
			return;
		bell_wait(feed->wake_fd, (int)((due_ns - now_ns) / 1000000 + 1));
	}
}

static struct snapshot *spare_snapshot(struct feed *feed)
{
	struct snapshot *snap = mailbox_take(&feed->spare);

	return snap ? snap : snapshot_new();
}

void feed_anonymize(struct feed *feed, struct snapshot *snap)
{
	if (feed->anonymizer)
		anonymize(feed->anonymizer, snap);
}

bool feed_is_anonymous(const struct feed *feed)
{
	return feed->anonymizer != NULL;
}

static void deliver(struct feed *feed, struct snapshot *snap)
{
	feed_anonymize(feed, snap);
	atomic_store(&feed->taken, false);
	feed_give_back(feed, mailbox_put(&feed->newest, snap));
}

static uint64_t interval_ns(struct feed *feed)
{
	return (uint64_t)atomic_load(&feed->control.interval_ms) * 1000000;
}

static void wait_for_slow(struct feed *feed)
{
	for (int ms = 0; ms < FIRST_WAIT_MS && !atomic_load(&feed->stop); ms += STEP_MS) {
		if (collector_complete(feed->collector))
			return;
		bell_wait(feed->wake_fd, STEP_MS);
	}
}

static void live_loop(struct feed *feed)
{
	uint64_t due_ns;
	bool first = true;

	if (feed->every)
		wait_for_slow(feed);
	due_ns = clock_mono_ns(&clock_system);
	while (!atomic_load(&feed->stop)) {
		struct snapshot *snap = spare_snapshot(feed);
		uint64_t now_ns, step_ns = interval_ns(feed);

		collector_collect(feed->collector, snap);
		deliver(feed, snap);
		if (first && !feed->every && step_ns > FIRST_INTERVAL_MS * 1000000ull)
			step_ns = FIRST_INTERVAL_MS * 1000000ull;
		first = false;
		now_ns = clock_mono_ns(&clock_system);
		due_ns += step_ns;
		if (due_ns <= now_ns || due_ns > now_ns + step_ns)
			due_ns = now_ns + step_ns;
		feed_wait_until(feed, due_ns);
	}
}

static void replay_end(struct feed *feed, const struct err *err)
{
	feed->end = *err;
	atomic_store(&feed->ended, true);
	bell_ring(feed->newest.eventfd);
}

/* How long the screen shows a snapshot before the next: as recorded, gaps cut short. */
static uint64_t replay_step_ns(struct feed *feed, double step_s)
{
	unsigned pace_ms = atomic_load(&feed->pace_ms);

	if (pace_ms)
		return (uint64_t)pace_ms * 1000000;
	if (!(step_s > 0.05))
		step_s = 0.05;
	return (uint64_t)((step_s < 5 ? step_s : 5) * 1e9);
}

static void wait_to_go_on(struct feed *feed, uint64_t due_ns)
{
	if (!feed->every)
		feed_wait_until(feed, due_ns);
	while (!atomic_load(&feed->stop) &&
		(feed->every ? !atomic_load(&feed->taken) : atomic_load(&feed->paused)))
		bell_wait(feed->wake_fd, -1);
}

static void replay_loop(struct feed *feed)
{
	uint64_t shown_ns = 0;
	double shown_s = NAN;
	struct err err = { 0 };

	while (!atomic_load(&feed->stop)) {
		struct snapshot *snap = spare_snapshot(feed);

		if (replay_next_readable(feed->replay, &feed->stop, snap, &err) > 0) {
			snapshot_free(snap);
			if (feed->every && shown_ns)
				wait_to_go_on(feed, 0);
			replay_end(feed, &err);
			return;
		}
		if (shown_ns)
			wait_to_go_on(
				feed, shown_ns + replay_step_ns(feed, snap->time_s - shown_s));
		shown_ns = clock_mono_ns(&clock_system);
		shown_s = snap->time_s;
		deliver(feed, snap);
	}
}

static void *feed_main(void *arg)
{
	struct feed *feed = arg;

	if (feed->replay)
		replay_loop(feed);
	else
		live_loop(feed);
	return NULL;
}

static void feed_free(struct feed *feed)
{
	replay_close(feed->replay);
	anonymizer_free(feed->anonymizer);
	snapshot_free(mailbox_release(&feed->newest));
	snapshot_free(mailbox_release(&feed->spare));
	sysroot_close(&feed->root);
	if (feed->wake_fd >= 0)
		close(feed->wake_fd);
	free(feed);
}

static int source_open(struct feed *feed, const struct feed_options *options, struct err *err)
{
	int rc;

	if (options->replay)
		return replay_open(options->replay, &feed->replay, err);
	rc = sysroot_open(&feed->root, options->sysroot ? options->sysroot : "/", err);
	if (rc < 0)
		return rc;
	return collector_new(&feed->collector, &feed->env, err);
}

static int feed_run(struct feed *feed, struct err *err)
{
	int rc =
		thread_start(&feed->thread, feed->replay ? "replay" : "collector", feed_main, feed);

	if (rc < 0)
		err_set(err, rc, "cannot start the collector's thread: %s", strerror(-rc));
	feed->has_thread = rc == 0;
	return rc;
}

int feed_start(struct feed **out, const struct feed_options *options, struct err *err)
{
	struct feed *feed = xcalloc(1, sizeof(*feed));
	int rc;

	feed->every = options->every;
	feed->anonymizer = options->anonymize ? anonymizer_new() : NULL;
	feed->env = (struct probe_env){
		.root = &feed->root,
		.clock = options->clock ? options->clock : &clock_system,
		.uri = options->uri,
		.control = &feed->control,
		.wake_fd = -1,
	};
	atomic_store(&feed->control.interval_ms, options->interval_ms);
	atomic_store(&feed->control.ask_guests, options->ask_guests);
	mailbox_init(&feed->spare, false);
	rc = mailbox_init(&feed->newest, true);
	feed->wake_fd = bell_open();
	if (rc == 0 && feed->wake_fd < 0)
		rc = feed->wake_fd;
	if (rc < 0)
		err_set(err, rc, "cannot make an eventfd: %s", strerror(-rc));
	if (rc == 0)
		rc = source_open(feed, options, err);
	if (rc == 0 && !(options->only_open && feed_tape(feed)))
		rc = feed_run(feed, err);
	if (rc < 0) {
		if (collector_free(feed->collector, STOP_MS))
			feed_free(feed);
		return rc;
	}
	*out = feed;
	return 0;
}

int feed_fd(const struct feed *feed)
{
	return feed->newest.eventfd;
}

struct snapshot *feed_take(struct feed *feed)
{
	struct snapshot *snap = mailbox_take(&feed->newest);

	if (snap && feed->every) {
		atomic_store(&feed->taken, true);
		bell_ring(feed->wake_fd);
	}
	return snap;
}

void feed_give_back(struct feed *feed, struct snapshot *snap)
{
	if (snap)
		snapshot_free(mailbox_put(&feed->spare, snap));
}

bool feed_ended(struct feed *feed, struct err *err)
{
	if (!atomic_load(&feed->ended))
		return false;
	*err = feed->end;
	return true;
}

bool feed_is_replay(const struct feed *feed)
{
	return feed->replay != NULL;
}

struct tape *feed_tape(const struct feed *feed)
{
	return feed->replay && !feed->has_thread ? replay_tape(feed->replay) : NULL;
}

void feed_abandon(struct feed *feed)
{
	feed->abandoned = true;
}

void feed_set_interval(struct feed *feed, unsigned interval_ms)
{
	atomic_store(&feed->control.interval_ms, interval_ms);
	atomic_store(&feed->pace_ms, interval_ms);
	feed_refresh(feed);
}

void feed_ask_guests(struct feed *feed, bool ask)
{
	atomic_store(&feed->control.ask_guests, ask);
	if (feed->collector)
		collector_wake(feed->collector);
}

void feed_focus(struct feed *feed, pid_t pid, bool has_exits)
{
	if (!feed->collector || atomic_exchange(&feed->control.focus_pid, pid) == pid)
		return;
	atomic_store(&feed->control.exits_pid, has_exits ? pid : 0);
	atomic_store(&feed->attend, true);
	bell_ring(feed->wake_fd);
}

void feed_pause(struct feed *feed, bool paused)
{
	atomic_store(&feed->paused, paused);
	bell_ring(feed->wake_fd);
}

void feed_refresh(struct feed *feed)
{
	if (feed->collector)
		atomic_store(&feed->refresh, true);
	bell_ring(feed->wake_fd);
}

void feed_stop(struct feed *feed)
{
	if (!feed || feed->abandoned)
		return;
	atomic_store(&feed->stop, true);
	bell_ring(feed->wake_fd);
	/*
	 * A read below /proc can hang on a process in trouble. Whoever leaves does not wait for
	 * that: the thread and what it uses stay until the process ends.
	 */
	if ((!feed->has_thread || thread_join_until(feed->thread,
					  clock_mono_ns(&clock_system) + STOP_MS * 1000000ull)) &&
		collector_free(feed->collector, STOP_MS))
		feed_free(feed);
}
