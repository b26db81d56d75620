// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/workers.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "probes/arena.h"
#include "probes/clock.h"
#include "probes/thread.h"

enum { LEAVE_MS = 200 };

struct list {
	struct job *first, *last;
	size_t n;
};

struct workers {
	const char *name;
	uint64_t stuck_ns;
	pthread_mutex_t lock;
	pthread_cond_t work,
		done; /* work: there is some, or the end; done: a job or thread ended */
	struct list waiting, running, finished;
	size_t threads, idle, stuck;
	bool closed, owned; /* the last of owner and threads deletes it */
};

static void list_add(struct list *list, struct job *job)
{
	job->next = NULL;
	if (list->last)
		list->last->next = job;
	else
		list->first = job;
	list->last = job;
	list->n++;
}

static struct job *list_take(struct list *list)
{
	struct job *job = list->first;

	if (!job)
		return NULL;
	list->first = job->next;
	if (!list->first)
		list->last = NULL;
	list->n--;
	return job;
}

static void list_remove(struct list *list, const struct job *gone)
{
	for (size_t n = list->n; n; n--) {
		struct job *job = list_take(list);

		if (job != gone)
			list_add(list, job);
	}
}

static void list_discard(struct list *list)
{
	struct job *job;

	while ((job = list_take(list)))
		job->discard(job);
}

struct workers *workers_new(const char *name, unsigned stuck_ms)
{
	struct workers *workers = xcalloc(1, sizeof(*workers));
	pthread_condattr_t attr;

	workers->name = name;
	workers->stuck_ns = stuck_ms * 1000000ull;
	workers->owned = true;
	pthread_mutex_init(&workers->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&workers->work, &attr);
	pthread_cond_init(&workers->done, &attr);
	pthread_condattr_destroy(&attr);
	return workers;
}

/* With the lock held, which it lets go. */
static void unlock_or_delete(struct workers *workers)
{
	bool last = !workers->owned && workers->threads == 0;

	pthread_mutex_unlock(&workers->lock);
	if (!last)
		return;
	pthread_cond_destroy(&workers->work);
	pthread_cond_destroy(&workers->done);
	pthread_mutex_destroy(&workers->lock);
	free(workers);
}

static void run_next(struct workers *workers)
{
	struct job *job = list_take(&workers->waiting);

	job->begun_ns = clock_mono_ns(&clock_system);
	list_add(&workers->running, job);
	pthread_mutex_unlock(&workers->lock);
	job->run(job);
	pthread_mutex_lock(&workers->lock);
	list_remove(&workers->running, job);
	workers->stuck -= job->stuck;
	if (workers->closed)
		job->discard(job);
	else
		list_add(&workers->finished, job);
	pthread_cond_broadcast(&workers->done);
}

static void *worker_main(void *arg)
{
	struct workers *workers = arg;

	pthread_mutex_lock(&workers->lock);
	/* Whoever took the place of a hung one goes when that one is back. */
	while (!workers->closed && workers->threads - workers->stuck <= WORKERS_AT_A_TIME) {
		if (workers->waiting.first) {
			run_next(workers);
			continue;
		}
		workers->idle++;
		pthread_cond_wait(&workers->work, &workers->lock);
		workers->idle--;
	}
	workers->threads--;
	pthread_cond_broadcast(&workers->done);
	unlock_or_delete(workers);
	return NULL;
}

static void add_threads(struct workers *workers)
{
	while (workers->waiting.n > workers->idle &&
		workers->threads - workers->stuck < WORKERS_AT_A_TIME &&
		workers->threads < WORKERS_AT_A_TIME + WORKERS_STUCK_MAX) {
		pthread_t thread;

		if (thread_start(&thread, workers->name, worker_main, workers) < 0)
			return;
		pthread_detach(thread);
		workers->threads++;
		/* It will take one: do not start another for the same. */
		if (workers->threads - workers->stuck >= workers->waiting.n + workers->running.n)
			return;
	}
}

static void mark_stuck(struct workers *workers)
{
	uint64_t now_ns = clock_mono_ns(&clock_system);

	for (struct job *job = workers->running.first; job; job = job->next) {
		if (job->stuck || now_ns < job->begun_ns + workers->stuck_ns)
			continue;
		job->stuck = true;
		workers->stuck++;
	}
}

void workers_submit(struct workers *workers, struct job *job)
{
	pthread_mutex_lock(&workers->lock);
	job->begun_ns = 0;
	job->stuck = false;
	list_add(&workers->waiting, job);
	mark_stuck(workers);
	add_threads(workers);
	pthread_cond_signal(&workers->work);
	pthread_mutex_unlock(&workers->lock);
}

struct job *workers_collect(struct workers *workers)
{
	struct job *job;

	pthread_mutex_lock(&workers->lock);
	job = list_take(&workers->finished);
	pthread_mutex_unlock(&workers->lock);
	return job;
}

static struct timespec in_ms(unsigned ms)
{
	uint64_t ns = clock_mono_ns(&clock_system) + ms * 1000000ull;

	return (struct timespec){ .tv_sec = (time_t)(ns / 1000000000),
		.tv_nsec = (long)(ns % 1000000000) };
}

void workers_wait(struct workers *workers, unsigned limit_ms)
{
	struct timespec until = in_ms(limit_ms);
	int rc = 0;

	pthread_mutex_lock(&workers->lock);
	mark_stuck(workers);
	add_threads(workers);
	while (rc == 0 && workers->waiting.n + workers->running.n > workers->stuck)
		rc = pthread_cond_timedwait(&workers->done, &workers->lock, &until);
	pthread_mutex_unlock(&workers->lock);
}

uint64_t workers_busy_ns(struct workers *workers, const struct job *job)
{
	uint64_t begun_ns;

	pthread_mutex_lock(&workers->lock);
	begun_ns = job->begun_ns;
	pthread_mutex_unlock(&workers->lock);
	return begun_ns ? clock_mono_ns(&clock_system) - begun_ns : 0;
}

void workers_free(struct workers *workers)
{
	struct timespec until = in_ms(LEAVE_MS);
	int rc = 0;

	if (!workers)
		return;
	pthread_mutex_lock(&workers->lock);
	workers->closed = true;
	list_discard(&workers->waiting);
	list_discard(&workers->finished);
	pthread_cond_broadcast(&workers->work);
	while (rc == 0 && workers->threads > workers->stuck)
		rc = pthread_cond_timedwait(&workers->done, &workers->lock, &until);
	workers->owned = false;
	unlock_or_delete(workers);
}
