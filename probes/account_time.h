/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_ACCOUNT_TIME_H
#define PARALLAX_ACCOUNT_TIME_H

#include <stdbool.h>
#include <stdint.h>

#include "probes/account.h"

/*
 * A thread's accounts as of now. The kernel's programs close an account when the thread leaves
 * its CPU; what has gone on since then is added here, so that a vCPU that never leaves, or waits
 * for seconds, has live totals, too:
 *
 *	on a CPU since in_ns	run += now - in_ns, and the time before, from out_ns to in_ns, is
 *				split as closing will do it; how long it was queued, the run
 *				queue's clock tells
 *	preempted		waiting (or throttled) += now - out_ns
 *	asleep			its state += now - out_ns, less what it is queued for since
 *
 * Pure, for tests with literal slots.
 */
struct account_now {
	uint64_t ns[ACCOUNT_COUNT];
	uint64_t run_ns, wait_ns; /* the kernel's totals, brought up to date */
};

/* False: nothing is known of the thread yet. */
bool account_at(const struct account_slot *slot, uint64_t now_ns, struct account_now *out);

#endif
