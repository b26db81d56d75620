/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_ZONES_H
#define PARALLAX_ZONES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "probes/sysroot.h"

/*
 * On which node the page of a number (PFN) is: the ranges of /proc/zoneinfo. Those of two nodes may
 * overlap, where a machine deals its memory out in turn; there it is not known.
 */
enum { ZONES_MOST = 128, ZONES_UNKNOWN = -1 };

struct zone {
	uint64_t first, end; /* numbers of pages, end is the first behind it */
	int node;
};

struct zones {
	struct zone zone[ZONES_MOST];
	size_t n;
};

/* Pure: the text of zoneinfo, which may be anything. */
void zones_parse(struct zones *zones, const char *text);
/* Empty when it cannot be read. */
void zones_read(struct zones *zones, const struct sysroot *root);
int zones_node(const struct zones *zones, uint64_t page);

#endif
