/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_COLLECTOR_H
#define PARALLAX_COLLECTOR_H

#include "probes/probe.h"
#include "probes/snapshot.h"

/*
 * All probes together: samples the fast ones on the calling thread, takes the newest of the slow
 * ones, and derives a snapshot. Used by one thread, except for collector_wake.
 */
struct collector;

/* env outlives the collector. Returns 0 or a negative errno. */
int collector_new(struct collector **collector, const struct probe_env *env, struct err *err);
/* The first one is a baseline without rates (interval_s is NAN). */
void collector_collect(struct collector *collector, struct snapshot *out);
/* Has every slow probe answered at least once? */
bool collector_complete(struct collector *collector);
/* Let the fast probes act on what has changed in control, without a sample. */
void collector_attend(struct collector *collector);
/* Sample the slow probes now; from any thread. */
void collector_wake(struct collector *collector);
/*
 * Stops the slow threads, waiting at most wait_ms in all. Returns false when one still hangs in
 * a call: what env points to must then stay. Accepts NULL.
 */
bool collector_free(struct collector *collector, unsigned wait_ms);

#endif
