// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/saver.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "probes/clock.h"
#include "probes/recordfile.h"
#include "probes/thread.h"

enum { STOP_S = 1 };

struct saver {
	struct reel *reel;
	struct record_file *file;
	int bell;
	pthread_t thread;
	atomic_bool stop, ended;
	unsigned long count; /* these two are read once it has ended */
	struct err err;
};

/* What is dropped meanwhile, the oldest, was too old a moment later in any case. */
static void write_all(struct saver *saver)
{
	struct reel_reader *reader = reel_reader_new(saver->reel);
	struct snapshot *snap = snapshot_new();
	size_t i, end;

	reel_range(saver->reel, &i, &end);
	for (; i < end && !atomic_load(&saver->stop) && !saver->err.code; i++)
		if (reel_read(reader, i, snap, NULL) == 0)
			record_file_add(saver->file, snap, &saver->err);
	snapshot_free(snap);
	reel_reader_free(reader);
}

static void *saver_main(void *arg)
{
	struct saver *saver = arg;
	struct err err = { 0 };

	write_all(saver);
	saver->count = record_file_count(saver->file);
	record_file_close(saver->file, &err);
	if (!saver->err.code)
		saver->err = err;
	atomic_store(&saver->ended, true);
	bell_ring(saver->bell);
	return NULL;
}

int saver_start(struct saver **out, struct reel *reel, const char *path, int bell, struct err *err)
{
	struct saver *saver = xcalloc(1, sizeof(*saver));
	int rc = record_file_create(path, &saver->file, err);

	saver->reel = reel;
	saver->bell = bell;
	if (rc == 0) {
		rc = thread_start(&saver->thread, "saver", saver_main, saver);
		if (rc < 0)
			err_set(err, rc, "cannot start a thread to write with: %s", strerror(-rc));
	}
	if (rc < 0) {
		record_file_close(saver->file, NULL);
		free(saver);
		return rc;
	}
	*out = saver;
	return 0;
}

bool saver_ended(struct saver *saver, unsigned long *count, struct err *err)
{
	if (!atomic_load(&saver->ended))
		return false;
	*count = saver->count;
	*err = saver->err;
	return true;
}

bool saver_stop(struct saver *saver)
{
	if (!saver)
		return true;
	atomic_store(&saver->stop, true);
	if (!thread_join_until(
		    saver->thread, clock_mono_ns(&clock_system) + STOP_S * UINT64_C(1000000000)))
		return false;
	free(saver);
	return true;
}
