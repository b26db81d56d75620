/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_SNAPSHOT_NET_H
#define PARALLAX_SNAPSHOT_NET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "probes/vm.h"

/*
 * Part of snapshot.h, which says what holds for all of it: network devices of VMs. Directions are
 * the guest's, always: rx is what it receives, which the host's tap device counts as sent.
 */

/* What the host has of it. */
enum nic_kind {
	NIC_UNKNOWN,
	NIC_TAP,
	NIC_MACVTAP,
	NIC_VHOST_USER,	 /* another process moves its packets: the kernel sees none of them */
	NIC_PASSTHROUGH, /* a device of the host's: the kernel sees none of them either */
	NIC_USER	 /* inside of the VMM: SLIRP, sockets and the like */
};

/* Who moves packets between the ring and the guest. */
enum nic_datapath {
	DATAPATH_UNKNOWN,
	DATAPATH_VMM,	  /* a thread of the VMM */
	DATAPATH_VHOST,	  /* a worker of the kernel */
	DATAPATH_PROCESS, /* vhost-user */
	DATAPATH_DEVICE
};

/* Whose fault a full ring is. */
enum nic_cause {
	NIC_CAUSE_UNKNOWN,
	NIC_CAUSE_STARVED,   /* its datapath waits for a CPU */
	NIC_CAUSE_SATURATED, /* its datapath has a CPU of its own and needs more than that */
	NIC_CAUSE_GUEST	     /* its datapath is idle: the guest gives it no buffers */
};

/* Packets of at least this many a second are what one queue is known to carry at most. */
enum { NIC_QUEUE_LIMIT_PER_S = 800000, NIC_QUEUES_MOST = 256, NIC_REASONS_MOST = 16 };

/* One queue towards the guest. */
struct nic_queue {
	uint64_t id;
	double rx_packets_per_s, rx_dropped_per_s;
	uint64_t ring_size;
	double ring_fill_pct, ring_high_pct; /* now; the most since the last refresh */
};

struct nic_drop {
	const char *reason;
	double per_s;
};

struct nic {
	const char *name; /* the host's device: "vnet5"; else how the definition calls it */
	const char *mac, *model, *bridge;
	enum nic_kind kind;
	enum nic_datapath datapath;
	const char *unseen; /* what cannot be seen of such a device, and why; NULL: nothing */
	uint64_t queues;    /* that the VMM has opened */
	double guest_rx_packets_per_s, guest_rx_bytes_per_s;
	double guest_tx_packets_per_s, guest_tx_bytes_per_s;
	/* Between the host and the guest, by the device's own counters. */
	double guest_rx_dropped_by_host_per_s, guest_tx_dropped_by_host_per_s;
	double guest_rx_errors_by_host_per_s, guest_tx_errors_by_host_per_s;
	const char *reason; /* of most of what it did not receive; NULL: none was dropped, or unknown */
	struct nic_drop *nic_drop; /* the most first */
	size_t n_nic_drop;
	uint64_t ring_size;
	double ring_fill_pct, ring_high_pct; /* of its fullest queue */
	const char *qdisc;
	double qdisc_dropped_per_s;
	uint64_t qdisc_backlog_packets, qdisc_backlog_bytes;
	uint64_t busiest_queue;
	double busiest_queue_packets_per_s, queue_limit_pct; /* of NIC_QUEUE_LIMIT_PER_S */
	double busiest_queue_share_pct; /* of all that it receives */
	/* The threads that move its packets, the one that waits most; of one CPU. */
	uint64_t datapath_tid;
	double datapath_run_pct, datapath_wait_pct;
	enum nic_cause cause; /* of a full ring; NIC_CAUSE_UNKNOWN also when it is not */
	const char *cause_reason; /* why that is not known */
	struct nic_queue *nic_queue; /* by id */
	size_t n_nic_queue;
	/* By the guest. */
	const char *guest_name, *guest_source, *guest_reason; /* reason: why there is none */
	double guest_age_s, guest_interval_s;
	double guest_drop_per_s; /* that it knows of: dropped and broken, in both directions */
	double guest_rx_seen_per_s, guest_tx_seen_per_s;
	double guest_link_bits_per_s, guest_link_pct; /* pct: the direction that uses more of it */
	/* The rest is written by the queues pane's judge. */
	double gap_per_s; /* dropped by the host less what the guest knows of */
	enum verdict verdict;
	const char *verdict_reason;
};

/* What concerns all network devices of a VM. */
struct network {
	double irq_per_s, irq_interval_s; /* interrupts that KVM gave its vCPUs, of all devices */
	const char *guest_source, *guest_reason;
	double guest_age_s, guest_interval_s;
	double guest_sent_per_s, guest_retransmits_per_s; /* TCP segments */
	double guest_softnet_drops_per_s, guest_softnet_squeezed_per_s;
};

#endif
