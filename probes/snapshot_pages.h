/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_SNAPSHOT_PAGES_H
#define PARALLAX_SNAPSHOT_PAGES_H

#include <stddef.h>
#include <stdint.h>

#include "probes/vm.h"

/*
 * Part of snapshot.h, which says what holds for all of it: what a random sample of a VM's pages
 * was found to be. Shares of its memory: present + absent + zero is all of it.
 */
struct pages {
	uint64_t ram_bytes; /* of the mappings that the sample is of */
	uint64_t sampled;
	double window_s; /* from the first to the last of them */
	double present_pct, absent_pct, zero_pct;
	double swapped_pct;	  /* among those absent */
	double huge_pct, ksm_pct; /* of those present */
	/* Standard errors, sqrt(p (1 - p) / n): of present; the largest of zero, swapped, huge,
	 * ksm. */
	double error_pct, flags_error_pct;
	const char *flags_reason; /* why swapped, huge or merged ones are not known */
};

#endif
