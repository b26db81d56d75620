/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_RUNNER_H
#define PARALLAX_RUNNER_H

#include <pthread.h>

#include "probes/probe.h"

/*
 * The life of one probe on whatever thread calls it: opened when first needed, opened again
 * some seconds after it failed, its section marked unavailable with the reason meanwhile. A
 * probe whose opening is slow is opened on a thread of its own.
 */
struct runner {
	const struct probe *probe;
	struct probe_env env; /* a copy: wake_fd differs between threads */
	void *state;
	bool open, opening;   /* opening: the thread below is there, to be joined */
	pthread_t opener;
	atomic_bool opened; /* the opener's: it is through, and these are set */
	int code;
	struct err failure;
	uint64_t retry_at_ns;
	struct err err; /* why it is not open */
};

void runner_init(struct runner *runner, const struct probe *probe, const struct probe_env *env);
/* Fills the probe's section of out, and its status whatever happens. */
void runner_sample(struct runner *runner, struct sample *out);
/* Let it act on what has changed in control, when it is open. */
void runner_attend(struct runner *runner);
/* Start a slow opening ahead of the first sample. */
void runner_begin(struct runner *runner);
/* A slow opening is under way: samples before its end have nothing of this probe. */
bool runner_is_opening(const struct runner *runner);
/* False when the opener still hangs at the deadline: runner must then live as long as it. */
bool runner_close(struct runner *runner, uint64_t deadline_ns);

#endif
