/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_AGENTCALL_H
#define PARALLAX_AGENTCALL_H

#include <libvirt/libvirt.h>

#include "probes/calls.h"
#include "probes/probe.h"

/*
 * Asking one guest after the other through its agent, for agent.c: what each can, the call, the
 * host's side beside it, and how long to leave one alone that failed (30 s, doubling to 10 min).
 */
struct agentcalls {
	struct calls calls;
	const struct probe_env *env;
	virConnectPtr conn;
	struct agentcall_host *host; /* shared with calls that outlive the probe */
};

void agentcalls_init(struct agentcalls *calls, const struct probe_env *env, virConnectPtr conn);
/* Ask this domain again at once. */
void agentcalls_forgive(struct agentcalls *calls, const char *uuid);
/* What is known now into the section. */
void agentcalls_fill(const struct agentcalls *calls, struct sample *out);
void agentcalls_release(struct agentcalls *calls);

#endif
