/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_RUNNER_H
#define PARALLAX_RUNNER_H

#include "probes/probe.h"

/*
 * The life of one probe on whatever thread calls it: opened when first needed, opened again
 * some seconds after it failed, its section marked unavailable with the reason meanwhile.
 */
struct runner {
	const struct probe *probe;
	struct probe_env env; /* a copy: wake_fd differs between threads */
	void *state;
	bool open;
	uint64_t retry_at_ns;
	struct err err; /* why it is not open */
};

void runner_init(struct runner *runner, const struct probe *probe, const struct probe_env *env);
/* Fills the probe's section of out, and its status whatever happens. */
void runner_sample(struct runner *runner, struct sample *out);
void runner_close(struct runner *runner);

#endif
