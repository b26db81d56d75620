/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_CALLS_H
#define PARALLAX_CALLS_H

#include <libvirt/libvirt.h>

#include "probes/workers.h"

/*
 * A call to each active domain now and then, at most one in flight for each, on workers. The
 * probe embeds struct call first in what it keeps of a domain.
 */
struct call {
	struct job job;
	const struct calls_kind *kind;
	char uuid[VIR_UUID_STRING_BUFLEN];
	virDomainPtr domain;
	uint64_t due_ns; /* monotonic; next call not before */
	bool in_flight;
	bool active; /* false: the domain has ended; forgotten once its call came back */
};

struct calls_kind {
	const char *name; /* of the threads, static, short */
	size_t size;	  /* of the probe's struct */
	unsigned stuck_ms;
	/* On the probe's thread: may the call be made now? It sets due_ns when not. */
	bool (*prepare)(struct call *call, void *arg);
	/* On a worker's thread: the call itself. Touches nothing but the call's own struct. */
	void (*run)(struct call *call);
	/* On the probe's thread: the call came back. Sets due_ns. */
	void (*done)(struct call *call, void *arg);
	/* Free what the struct holds, not itself; any thread. */
	void (*release)(struct call *call);
};

struct calls {
	const struct calls_kind *kind;
	struct workers *workers;
	struct call **call; /* by uuid; also those that ended while in flight */
	size_t n;
};

void calls_init(struct calls *calls, const struct calls_kind *kind);
/* Bring the list up to the active domains of conn. Returns 0 or -EIO with libvirt's error left. */
int calls_refresh(struct calls *calls, virConnectPtr conn);
/* Make those that are due, wait for answers up to limit_ms, take in what came back. */
void calls_round(struct calls *calls, uint64_t now_ns, unsigned limit_ms, void *arg);
/* NULL: no such domain. */
struct call *calls_find(const struct calls *calls, const char *uuid);
/* For how long the call in flight has been running; 0: none, or not begun. */
uint64_t calls_busy_ns(const struct calls *calls, const struct call *call);
void calls_release(struct calls *calls);

#endif
