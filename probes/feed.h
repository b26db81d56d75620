/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_FEED_H
#define PARALLAX_FEED_H

#include "probes/err.h"
#include "probes/mailbox.h"
#include "probes/probe.h"
#include "probes/snapshot.h"

/*
 * A thread that makes snapshots: the collector from probes, the replay from a file. Front ends
 * poll feed_fd, then take the newest; what they have used they hand back, so that three
 * snapshots rotate. Functions are for the main thread.
 */
struct feed;
struct tape;

struct feed_options {
	const char *sysroot; /* collector: "/" or a captured tree */
	const char *uri;     /* collector: libvirt's, NULL default */
	const char *replay;  /* a file of snapshots: replay instead of collecting */
	const struct clock *clock;
	unsigned interval_ms;
	bool ask_guests;
	bool anonymize; /* what leaves the feed has no names (anonymize.h) */
	/*
	 * Batch and JSON: every snapshot counts, so replay waits until one was taken instead of
	 * following the clock, and the first live one waits up to a second for the slow probes.
	 */
	bool every;
	/* Of a file of snapshots: none is made, feed_tape gives what is to be read. */
	bool only_open;
};

int feed_start(struct feed **feed, const struct feed_options *options, struct err *err);
/* Polls readable when feed_take has something new. */
int feed_fd(const struct feed *feed);
/* The newest, owned by the caller; NULL: nothing new. */
struct snapshot *feed_take(struct feed *feed);
void feed_give_back(struct feed *feed, struct snapshot *snap); /* accepts NULL */

/* The replay has come to its end, or broke off: err says why (code 0: the end of the file). */
bool feed_ended(struct feed *feed, struct err *err);
bool feed_is_replay(const struct feed *feed);
/* The file that was opened with only_open, owned by the feed; NULL: it is no file, or live. */
struct tape *feed_tape(const struct feed *feed);
/* Take the names out of a snapshot that was read from it, if that is wanted; for one thread. */
void feed_anonymize(struct feed *feed, struct snapshot *snap);
bool feed_is_anonymous(const struct feed *feed);
/* Some thread that hangs still reads the tape: feed_stop leaves it. */
void feed_abandon(struct feed *feed);

void feed_set_interval(struct feed *feed, unsigned interval_ms);
void feed_ask_guests(struct feed *feed, bool ask);
/* The VM to look at closely, 0 none; has_exits: a kernel's KVM runs it. */
void feed_focus(struct feed *feed, pid_t pid, bool has_exits);
void feed_pause(struct feed *feed, bool paused); /* replay only: live goes on being measured */
void feed_refresh(struct feed *feed);		 /* sample now */

/* Stops the threads, waiting for hung ones at most half a second. Accepts NULL. */
void feed_stop(struct feed *feed);

#endif
