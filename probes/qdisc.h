/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_QDISC_H
#define PARALLAX_QDISC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "probes/err.h"

/*
 * The queueing disciplines of this network namespace, by rtnetlink. Asking changes nothing and
 * needs no rights.
 */
enum { QDISC_KIND_BYTES = 16 };

/* The one at the root of a device: what it tells of those below it is in it. */
struct qdisc {
	uint32_t ifindex;
	char kind[QDISC_KIND_BYTES];			/* "fq_codel" */
	uint64_t drops, backlog_packets, backlog_bytes; /* UNKNOWN_U64 */
};

/*
 * found gets those in len bytes of answers, which may be anything. Returns 1 when more is to come,
 * 0 at the end of all, or the negative errno that the kernel told; -EBADMSG: this is no answer.
 */
int qdisc_parse(const void *bytes, size_t len, void (*found)(void *arg, const struct qdisc *qdisc),
	void *arg);

/* A socket to ask with; a negative errno. Close with close(). */
int qdisc_open(void);
/* All of them. Returns 0 or a negative errno. */
int qdisc_each(int fd, void (*found)(void *arg, const struct qdisc *qdisc), void *arg);

#endif
