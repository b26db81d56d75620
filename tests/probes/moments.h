/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_TESTS_MOMENTS_H
#define PARALLAX_TESTS_MOMENTS_H

#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "probes/snapshot.h"
#include "probes/tape.h"

/* Snapshots that are told apart, recordings of them, and a disk that does what a test wants. */

/* Number i is of time 1000 + i, and has things that no other has. */
static inline void make_moment(struct snapshot *snap, size_t i)
{
	snapshot_clear(snap);
	snap->parallax = SNAPSHOT_VERSION;
	snap->time_s = 1000 + (double)i;
	snap->interval_s = 1;
	snap->host.name = arena_printf(&snap->arena, "host-%zu", i * 7919);
	snap->n_finding = i % 3;
	snap->finding = arena_array(&snap->arena, 2, sizeof(*snap->finding));
	for (size_t k = 0; k < snap->n_finding; k++)
		snap->finding[k] = (struct finding){ .pane = "steal",
			.rule = "steal-hidden",
			.vm = "a",
			.vm_key = arena_printf(&snap->arena, "key-%zu", i / 5),
			.severity = SEVERITY_WARN,
			.since_s = 1000,
			.text = "it waits" };
}

/* Is it number i, whole? */
static inline bool is_moment(const struct snapshot *snap, size_t i)
{
	char name[64];

	snprintf(name, sizeof(name), "host-%zu", i * 7919);
	return snap->time_s == 1000 + (double)i && snap->host.name &&
	       strcmp(snap->host.name, name) == 0 && snap->n_finding == i % 3;
}

/* How many a recording has; each must be whole, and later than the one before. number[] of each. */
static inline size_t read_back(const char *path, size_t *number, size_t most)
{
	static const atomic_bool never;
	struct snapshot *snap = snapshot_new();
	struct tape *tape = NULL;
	struct err err = { 0 };
	size_t n = 0;

	if (tape_open(path, &tape, &err) < 0 || tape_index(tape, &never, &err) < 0 || err.code)
		fail_msg("%s", err.text);
	for (; n < tape_count(tape); n++) {
		if (tape_read(tape, n, snap, &err) < 0)
			fail_msg("%s", err.text);
		assert_true(n < most);
		number[n] = (size_t)(snap->time_s - 1000);
		assert_true(is_moment(snap, number[n]));
		assert_true(n == 0 || number[n] > number[n - 1]);
	}
	tape_close(tape);
	snapshot_free(snap);
	return n;
}

/* The disk: of all writes of the program. */
static struct {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool hangs;
	unsigned long waiting; /* writes that hang */
	long good;	       /* so many succeed before all fail by error; -1: all do */
	int error;
} disk = { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, false, 0, -1, 0 };

ssize_t pwrite(int fd, const void *data, size_t len, off_t at)
{
	bool fails;

	pthread_mutex_lock(&disk.lock);
	disk.waiting++;
	pthread_cond_broadcast(&disk.changed);
	while (disk.hangs)
		pthread_cond_wait(&disk.changed, &disk.lock);
	disk.waiting--;
	fails = disk.good == 0;
	disk.good -= disk.good > 0;
	pthread_mutex_unlock(&disk.lock);
	if (!fails)
		return syscall(SYS_pwrite64, fd, data, len, at);
	errno = disk.error;
	return -1;
}

static inline void disk_fails_after(long good, int error)
{
	pthread_mutex_lock(&disk.lock);
	disk.good = good;
	disk.error = error;
	pthread_mutex_unlock(&disk.lock);
}

static inline void disk_hangs(bool hangs)
{
	pthread_mutex_lock(&disk.lock);
	disk.hangs = hangs;
	pthread_cond_broadcast(&disk.changed);
	pthread_mutex_unlock(&disk.lock);
}

static inline void wait_until_disk_hangs(void)
{
	pthread_mutex_lock(&disk.lock);
	while (!disk.waiting)
		pthread_cond_wait(&disk.changed, &disk.lock);
	pthread_mutex_unlock(&disk.lock);
}

#endif
