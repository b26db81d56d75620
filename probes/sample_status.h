/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_SAMPLE_STATUS_H
#define PARALLAX_SAMPLE_STATUS_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "probes/vm.h"

/* How a reading of a section, or of one VM's part of it, went. */
struct status {
	enum source_state state;
	const char *reason; /* why not SOURCE_OK, or what an OK one misses; what to do; else NULL */
	uint64_t at_ns;	    /* when the values beside it were read; 0 never */
	uint64_t cost_ns;   /* how long the reading took */
};

/*
 * The state that follows from a reason and the time of the newest values, of what is asked again
 * and again: a reason leaves these stale, without any there is nothing.
 */
static inline void status_settle(struct status *status)
{
	if (status->at_ns == 0 && !status->reason)
		status->reason = "not answered yet";
	status->state = status->at_ns == 0 ? SOURCE_UNAVAILABLE
			: status->reason   ? SOURCE_STALE
					   : SOURCE_OK;
}

#endif
