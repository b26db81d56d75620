/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_MEMTRENDS_H
#define PARALLAX_MEMTRENDS_H

#include "panes/trend.h"
#include "probes/snapshot.h"

/*
 * What the memory rules remember of the last minutes, of the host and of each VM. Belongs to one
 * sequence of snapshots. Bounded: VMs that are gone are dropped, but for the names of those that
 * went when the kernel killed for memory.
 */
struct memtrends;

enum { MEMTRENDS_GONE = 128 };

struct memtrend_host {
	struct trend available;
	struct recent oom_kills;
	char gone[MEMTRENDS_GONE]; /* VMs that ended with those kills: "web-03, db-01"; "" none */
};

struct memtrend_vm {
	struct trend held, charged, usable; /* present and swapped; of its cgroup; in the guest */
	struct recent oom_kills;	    /* in its cgroup */
	uint8_t well; /* snapshots since either side was last in trouble; 255: that many or more */
};

struct memtrends *memtrends_new(void);
void memtrends_free(struct memtrends *trends); /* accepts NULL */
/* Take in snap; once a snapshot. */
void memtrends_add(struct memtrends *trends, const struct snapshot *snap);
const struct memtrend_host *memtrends_host(const struct memtrends *trends);
/* NULL: nothing is known of that VM. */
const struct memtrend_vm *memtrends_vm(const struct memtrends *trends, const char *vm_key);

#endif
