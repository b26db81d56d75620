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

#endif
