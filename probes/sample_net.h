/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_SAMPLE_NET_H
#define PARALLAX_SAMPLE_NET_H

#include "probes/sample_status.h"
#include "probes/snapshot_net.h"

/* Part of sample.h, which says what holds for all of it: network devices of VMs. */

/* nics.c: the devices that a VM's process has open. Directions are the guest's. */
struct nic_counters {
	uint64_t packets, bytes, errors, dropped;
};

/* Totals, and when they were read; at_ns 0: they were not. */
struct nic_reading {
	uint64_t at_ns;
	struct nic_counters rx, tx;
};

struct qdisc_reading {
	uint64_t at_ns;
	uint64_t dropped_total, backlog_packets, backlog_bytes;
};

struct vm_nic {
	const char *name; /* NULL: a device that has none by now */
	enum nic_kind kind;
	uint32_t netns, ifindex; /* 0: not known */
	uint64_t queues;	 /* that the process has opened */
	struct nic_reading cur, prev;
	const char *qdisc; /* NULL: not known, and qdisc_reason says why where there is a reason */
	const char *qdisc_reason;
	struct qdisc_reading qdisc_cur, qdisc_prev;
};

struct nics_vm {
	pid_t pid;
	uint64_t start_ticks;
	uint64_t vhosts;	  /* /dev/vhost-net is open so many times */
	const struct vm_nic *nic; /* in the order in which it opened them */
	size_t n_nic;
	struct status status; /* of the look at its files; at_ns 0: it had no turn yet */
};

struct nics_sample {
	struct nics_vm *vm; /* by pid */
	size_t n_vm;
};

/* rings.c: what happens between the host and the rings of those devices. */
struct ring_key {
	uint32_t netns, ifindex, queue;
};

struct ring_queue {
	struct ring_key key;
	uint64_t size, fill;	/* in packets; UNKNOWN_U64 */
	uint64_t high;		/* the most that was seen since the reading before; UNKNOWN_U64 */
	uint64_t samples_total; /* packets for it, of which one in some 16 is looked at */
};

struct ring_drop {
	struct ring_key key;
	const char *reason;   /* in words */
	bool full;	      /* there was no room in the ring */
	bool to_guest;	      /* only packets for the guest are dropped for it */
	uint64_t count_total; /* since the device is known; one that is new began at 0 */
};

/* A queue whose packets a vhost worker moves, when it was looked at. */
struct ring_vhost {
	struct ring_key key;
	uint64_t at_ns;
	uint64_t buffers; /* that the guest has given and vhost has not taken; UNKNOWN_U64 */
};

struct rings_sample {
	struct ring_queue *queue; /* all by key */
	size_t n_queue;
	struct ring_drop *drop;
	size_t n_drop;
	struct ring_vhost *vhost;
	size_t n_vhost;
};

#endif
