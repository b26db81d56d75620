// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/recorder.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "probes/clock.h"
#include "probes/pack.h"
#include "probes/recordfile.h"
#include "probes/thread.h"

/* A packer keeps every text that it has seen, so it begins anew now and then. */
enum { QUEUE_MOST = 32 << 20, STOP_S = 3, RESTART_AFTER = 100 };

/* One packed snapshot that waits to be written. */
struct parcel {
	struct parcel *next;
	struct pack_bytes bytes;
	bool restarts; /* what comes before is not known to it */
};

struct recorder {
	/* Of the thread that adds. */
	struct packer *packer;
	unsigned packed; /* since it began anew; 0: it is to */
	pthread_t thread;
	int bell;
	/* Shared. */
	pthread_mutex_t lock;
	struct parcel *first, **last;
	size_t queued; /* bytes */
	struct recorder_state state;
	bool told; /* state.err, to who asked */
	bool stop;
	/* Of the thread that writes. */
	struct record_file *file;
	struct unpacker *unpacker;
	struct snapshot *snap;
};

static void parcel_free(struct parcel *parcel)
{
	if (parcel)
		free(parcel->bytes.data);
	free(parcel);
}

/* Of small ones the room is more than what is in it. */
static size_t cost_of(const struct parcel *parcel)
{
	return sizeof(*parcel) + parcel->bytes.size;
}

/* The next one; NULL: there is none. *stop: nor will there be. */
static struct parcel *next_parcel(struct recorder *recorder, bool *stop)
{
	struct parcel *parcel;

	pthread_mutex_lock(&recorder->lock);
	parcel = recorder->first;
	if (parcel) {
		recorder->first = parcel->next;
		if (!recorder->first)
			recorder->last = &recorder->first;
		recorder->queued -= cost_of(parcel);
	}
	*stop = recorder->stop;
	pthread_mutex_unlock(&recorder->lock);
	return parcel;
}

static void tell(struct recorder *recorder, const struct err *err)
{
	pthread_mutex_lock(&recorder->lock);
	recorder->state.count = record_file_count(recorder->file);
	recorder->state.bytes = record_file_bytes(recorder->file);
	if (err->code && !recorder->state.err.code)
		recorder->state.err = *err;
	pthread_mutex_unlock(&recorder->lock);
}

static bool write_parcel(struct recorder *recorder, const struct parcel *parcel)
{
	struct err err = { 0 };
	int rc;

	if (parcel->restarts)
		unpacker_restart(recorder->unpacker);
	unpacker_take(recorder->unpacker, parcel->bytes.data, parcel->bytes.len);
	unpacker_get(recorder->unpacker, recorder->snap);
	rc = record_file_add(recorder->file, recorder->snap, &err);
	tell(recorder, &err);
	return rc == 0;
}

static void *recorder_main(void *arg)
{
	struct recorder *recorder = arg;
	struct err err = { 0 };
	bool stop = false, good = true;

	while (!stop) {
		struct parcel *parcel = next_parcel(recorder, &stop);

		for (; parcel; parcel = next_parcel(recorder, &stop)) {
			good = good && write_parcel(recorder, parcel);
			parcel_free(parcel);
		}
		if (!stop)
			bell_wait(recorder->bell, -1);
	}
	if (good)
		tell(recorder, &err); /* of a file without a snapshot, too */
	record_file_close(recorder->file, &err);
	recorder->file = NULL;
	pthread_mutex_lock(&recorder->lock);
	if (err.code && !recorder->state.err.code)
		recorder->state.err = err;
	pthread_mutex_unlock(&recorder->lock);
	return NULL;
}

static void release(struct recorder *recorder)
{
	while (recorder->first) {
		struct parcel *parcel = recorder->first;

		recorder->first = parcel->next;
		parcel_free(parcel);
	}
	packer_free(recorder->packer);
	unpacker_free(recorder->unpacker);
	snapshot_free(recorder->snap);
	record_file_close(recorder->file, NULL);
	if (recorder->bell >= 0)
		close(recorder->bell);
	pthread_mutex_destroy(&recorder->lock);
	free(recorder);
}

int recorder_start(const char *path, struct recorder **out, struct err *err)
{
	struct recorder *recorder = xcalloc(1, sizeof(*recorder));
	int rc;

	pthread_mutex_init(&recorder->lock, NULL);
	recorder->last = &recorder->first;
	recorder->packer = packer_new();
	recorder->unpacker = unpacker_new();
	recorder->snap = snapshot_new();
	recorder->bell = bell_open();
	rc = recorder->bell < 0 ? err_set(err, recorder->bell, "cannot make an eventfd: %s",
					  strerror(-recorder->bell))
				: record_file_create(path, &recorder->file, err);
	if (rc == 0) {
		rc = thread_start(&recorder->thread, "recorder", recorder_main, recorder);
		if (rc < 0)
			err_set(err, rc, "cannot start the recorder's thread: %s", strerror(-rc));
	}
	if (rc < 0) {
		release(recorder);
		return rc;
	}
	*out = recorder;
	return 0;
}

void recorder_add(struct recorder *recorder, const struct snapshot *snap)
{
	struct parcel *parcel;
	bool full, ended;

	pthread_mutex_lock(&recorder->lock);
	ended = recorder->state.err.code < 0;
	full = !ended && recorder->queued > QUEUE_MOST;
	recorder->state.lost += full;
	pthread_mutex_unlock(&recorder->lock);
	if (full || ended) {
		recorder->packed = 0;
		return;
	}
	parcel = xcalloc(1, sizeof(*parcel));
	parcel->restarts = recorder->packed == 0;
	if (parcel->restarts)
		packer_restart(recorder->packer);
	recorder->packed = (recorder->packed + 1) % RESTART_AFTER;
	packer_add(recorder->packer, snap, &parcel->bytes);
	pthread_mutex_lock(&recorder->lock);
	*recorder->last = parcel;
	recorder->last = &parcel->next;
	recorder->queued += cost_of(parcel);
	pthread_mutex_unlock(&recorder->lock);
	bell_ring(recorder->bell);
}

void recorder_get(struct recorder *recorder, struct recorder_state *state)
{
	pthread_mutex_lock(&recorder->lock);
	*state = recorder->state;
	recorder->told = recorder->told || state->err.code;
	pthread_mutex_unlock(&recorder->lock);
}

static unsigned long count_of(struct recorder *recorder)
{
	unsigned long count;

	pthread_mutex_lock(&recorder->lock);
	count = recorder->state.count;
	pthread_mutex_unlock(&recorder->lock);
	return count;
}

/* Until it has ended. False: nothing was written for so long. */
static bool wait_for_end(struct recorder *recorder)
{
	unsigned long before, count = count_of(recorder);

	do {
		before = count;
		if (thread_join_until(recorder->thread,
			    clock_mono_ns(&clock_system) + STOP_S * UINT64_C(1000000000)))
			return true;
		count = count_of(recorder);
	} while (count > before);
	return false;
}

int recorder_stop(struct recorder *recorder, struct recorder_state *state)
{
	bool ended;

	*state = (struct recorder_state){ 0 };
	if (!recorder)
		return 0;
	pthread_mutex_lock(&recorder->lock);
	recorder->stop = true;
	pthread_mutex_unlock(&recorder->lock);
	bell_ring(recorder->bell);
	ended = wait_for_end(recorder);
	pthread_mutex_lock(&recorder->lock);
	*state = recorder->state;
	if (recorder->told)
		state->err.text[0] = '\0';
	pthread_mutex_unlock(&recorder->lock);
	if (ended)
		release(recorder);
	else /* it runs on, and what it uses stays */
		err_set(&state->err, -ETIMEDOUT,
			"the recording is not complete: the disk did not take its end within %d s; "
			"%lu snapshots are in it",
			STOP_S, state->count);
	return state->err.code;
}
