/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_ROSTER_H
#define PARALLAX_ROSTER_H

#include "probes/sample.h"

/*
 * The VMs that procvm found last, for probes on threads of their own: the collector writes it
 * with each refresh, any thread copies it. A process that is named here may have ended since.
 */
struct roster;

struct roster_vm {
	pid_t pid;
	uint64_t start_ticks; /* with pid names one process for ever */
};

struct roster *roster_new(void);
void roster_free(struct roster *roster); /* accepts NULL */
void roster_put(struct roster *roster, const struct procvm_sample *procvm);
/* A copy by pid, in arena. roster NULL: there are none. Returns how many. */
size_t roster_get(struct roster *roster, struct arena *arena, struct roster_vm **vms);

#endif
