/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_THREAD_H
#define PARALLAX_THREAD_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

/* A thread with every signal but faults blocked: signals are for main. Returns 0 or a negative errno. */
int thread_start(pthread_t *thread, const char *name, void *(*run)(void *), void *arg);
/* False when it has not ended by the deadline of the monotonic clock; it then runs on. */
bool thread_join_until(pthread_t thread, uint64_t deadline_ns);

/* An eventfd as an alarm bell: ring from any thread, wait in one. */
int bell_open(void); /* or a negative errno; close with close() */
void bell_ring(int bell);
/* Until rung or timeout_ms (-1: no limit) is over; true when rung. */
bool bell_wait(int bell, int timeout_ms);

#endif
