/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_GROUPS_H
#define PARALLAX_GROUPS_H

#include <stddef.h>

#include "probes/spans.h"

/*
 * Spans of one identity (pane, rule, vm_key, subject) as one: a finding that comes and goes is
 * one line with a count, not a hundred lines.
 */
struct group {
	const struct span **span; /* by begin */
	size_t n;
	const struct span *worst; /* of equals the longest */
	double begin_s, end_s;	  /* of the first and of the last to end */
	double total_s;		  /* in which it was there */
};

/*
 * In arena, by begin, of equals the worst first; the spans are borrowed. What began before from_s
 * counts from there on.
 */
size_t groups_make(const struct span *span, size_t n, double from_s, struct arena *arena,
	struct group **groups);

#endif
