/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_SLOW_H
#define PARALLAX_SLOW_H

#include "probes/probe.h"

/*
 * A thread for one slow probe. It samples every period, or interval when that is longer, and at
 * once when woken; the newest sample waits in a mailbox. Nothing here blocks the caller.
 */
struct slow;

int slow_start(struct slow **slow, const struct probe *probe, const struct probe_env *env,
	struct err *err);
/* The newest sample, whose arena the caller then owns; NULL: nothing new. */
struct sample *slow_take(struct slow *slow);
/* Hand back a sample to be filled again. Accepts NULL. */
void slow_give_back(struct slow *slow, struct sample *sample);
void slow_wake(struct slow *slow);

/* Ask it to end; then wait for it until the deadline and free it. */
void slow_stop(struct slow *slow);
/*
 * Returns false when its probe still hangs in a call: thread and memory are then left to the end
 * of the process, for nothing else is safe.
 */
bool slow_join(struct slow *slow, uint64_t deadline_ns);

#endif
