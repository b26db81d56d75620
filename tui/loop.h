/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_LOOP_H
#define PARALLAX_LOOP_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "probes/err.h"

/* What the console waits for, all in one place: keys, snapshots, signals, time. */
enum loop_event {
	LOOP_INPUT = 1,	  /* the terminal has bytes */
	LOOP_OUTPUT = 2,  /* the terminal takes bytes again */
	LOOP_FEED = 4,	  /* the feed has news */
	LOOP_SIGNAL = 8,  /* loop_signal has one */
	LOOP_HANGUP = 16, /* the terminal is gone */
};

struct loop {
	int epoll_fd, signal_fd, term_fd;
	bool wants_output;
};

#define LOOP_FOREVER UINT64_MAX

/*
 * Block the signals that the console reads from its loop. Threads inherit this: call it before
 * any is started. Signals that the parent ignores (nohup, a script's background) stay ignored.
 */
void loop_block_signals(void);

int loop_init(struct loop *loop, int term_fd, int feed_fd, struct err *err);
void loop_release(struct loop *loop);
/* Whether LOOP_OUTPUT is of interest. */
void loop_want_output(struct loop *loop, bool wanted);
/* Wait until something happens or the monotonic clock shows due_ns: flags, 0 when it is due. */
unsigned loop_wait(struct loop *loop, uint64_t due_ns);
/* The next signal that came; 0: no more. */
int loop_signal(struct loop *loop);

/* End the process the way sig ends one, for whoever waits for it. */
void loop_end_by_signal(int sig) __attribute__((noreturn));

#endif
