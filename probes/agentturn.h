/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_AGENTTURN_H
#define PARALLAX_AGENTTURN_H

#include "probes/agentline.h"
#include "probes/arena.h"
#include "probes/sample_status.h"

/*
 * What a guest is asked for beside its CPU statistics, less often, and after them: whether it is
 * time, how it went, and when it is time again. Where it fails the CPU statistics go on, and it is
 * tried again later. A zeroed struct has asked nothing yet.
 */
struct agentturn {
	bool asked; /* the probe's, before the call and after it */
	/* The worker's, until the call is done. */
	bool ok;
	struct err next_err;
	uint64_t next_cost_ns;
	/* The probe's. */
	uint64_t due_ns, cost_ns;
	unsigned failures;
	struct err err; /* of the last call; "" it went well */
};

/* On the probe's thread, before a call: is it time? */
void agentturn_prepare(struct agentturn *turn, uint64_t now_ns);
/* On a worker's thread, if asked: it went so. */
void agentturn_note(struct agentturn *turn, const struct err *err, uint64_t cost_ns);
/* On the probe's thread, after the call: is there something new? */
bool agentturn_done(struct agentturn *turn, uint64_t now_ns, unsigned period_s);
/* What it says of a reading of at_ns, 0: there is none. */
struct status agentturn_status(const struct agentturn *turn, uint64_t at_ns, struct arena *arena);

#endif
