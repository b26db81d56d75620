/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_WORKERS_H
#define PARALLAX_WORKERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Threads for calls that may hang for ever: a few run at a time; one that hangs is left behind
 * and another takes its place, up to a limit. The owner submits and collects, and never waits
 * longer than it says.
 */
enum { WORKERS_AT_A_TIME = 4, WORKERS_STUCK_MAX = 32 };

/* Embedded in whatever the call needs; zeroed but for run and discard. */
struct job {
	void (*run)(struct job *job);	  /* on a worker's thread */
	void (*discard)(struct job *job); /* its owner has gone: free it; on any thread */
	/* Of the workers: */
	struct job *next;
	uint64_t begun_ns;
	bool stuck;
};

struct workers;

/* name: of the threads, static, short. A call that takes stuck_ms hangs. */
struct workers *workers_new(const char *name, unsigned stuck_ms);
/* The job belongs to the workers until it is collected. */
void workers_submit(struct workers *workers, struct job *job);
/* A job that is done; NULL: none. */
struct job *workers_collect(struct workers *workers);
/* Until every job is done or hangs, at most limit_ms. */
void workers_wait(struct workers *workers, unsigned limit_ms);
/* How long a submitted job has been running; 0: it has not begun. */
uint64_t workers_busy_ns(struct workers *workers, const struct job *job);
/*
 * Discards every job, those that hang when they come back, if ever. Waits a moment for the others.
 * Accepts NULL.
 */
void workers_free(struct workers *workers);

#endif
