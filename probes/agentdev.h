/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_AGENTDEV_H
#define PARALLAX_AGENTDEV_H

#include "probes/agentturn.h"
#include "probes/clock.h"
#include "probes/qga.h"
#include "probes/sample.h"

/*
 * A guest's own view of its network devices and disks, for agentcall.c: guest-network-get-interfaces
 * and guest-get-diskstats, or files where an agent has not got the latter, every AGENTDEV_PERIOD_S.
 * Each part may be missing, with its reason. A zeroed struct has asked nothing yet.
 *
 * What seldom changes is kept, and asked anew every AGENTDEV_FACTS_S and for devices that are new:
 * sizes of disks, by which they are told apart, and speeds of links.
 */
enum { AGENTDEV_PERIOD_S = 5, AGENTDEV_FACTS_S = 300, AGENTDEV_FACTS_MOST = 16 };

struct agentdev_fact {
	char name[GUESTDEV_NAME_BYTES]; /* "" none */
	uint64_t value;			/* bytes, or bits a second; UNKNOWN_U64 */
};

struct agentdev {
	struct agentturn turn;
	/* The worker's, until the call is done. */
	struct guest_devices next;
	struct agentdev_fact size[AGENTDEV_FACTS_MOST], speed[AGENTDEV_FACTS_MOST];
	uint64_t facts_ns; /* when they were thrown away last */
	/* The probe's. */
	struct guest_devices cur, prev;
};

/* On a worker's thread: ask, if it is time. */
void agentdev_ask(struct agentdev *dev, struct agent_line *line, const struct qga_info *can,
	const struct clock *clock);
/* On the probe's thread, after the call. */
void agentdev_done(struct agentdev *dev, uint64_t now_ns);
void agentdev_fill(const struct agentdev *dev, struct arena *arena, struct agent_reading *reading);
void agentdev_release(struct agentdev *dev);

#endif
