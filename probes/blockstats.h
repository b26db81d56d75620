/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_BLOCKSTATS_H
#define PARALLAX_BLOCKSTATS_H

#include <libvirt/libvirt.h>

#include "probes/sample.h"

/* QEMU's own counters of its disks, of libvirt's statistics. */
enum { BLOCKSTATS_MOST = 64 };

struct blockstats {
	uint64_t at_ns;		      /* 0: never read */
	struct block_counters *block; /* raw text, owned */
	size_t n;
};

/* False: they are not in it, and out is empty. Of a VM without disks they are. */
bool blockstats_read(const virDomainStatsRecord *record, struct blockstats *out);
void blockstats_release(struct blockstats *stats); /* accepts a zeroed one */
/* A copy with clean text in arena. */
struct block_counters *blockstats_copy(const struct blockstats *stats, struct arena *arena);

#endif
