/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_GANG_H
#define PARALLAX_GANG_H

#include "probes/snapshot.h"

/*
 * Who had the CPUs while a VM's threads waited, as shares of all that they waited. Processes are
 * put together by what the operator calls them: a VM is one thief whatever thread of it ran, and
 * a build that starts a thousand compilers is one "cc1".
 */
enum { GANG_MOST = 8 }; /* thieves of a VM with a name of their own; the rest are "others" */

/* One VM's thieves while they are summed up; zeroed but for the arena that it lives in. */
struct gang {
	struct arena *arena;
	struct thief *thief; /* share_pct holds ns */
	size_t n, cap;
};

void gang_add(struct gang *gang, struct thief thief, double ns);
/* Into steal: the largest first, the others last; they sum to 100. None when there was no time. */
void gang_finish(struct gang *gang, struct steal *steal);

#endif
