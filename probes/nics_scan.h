/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_NICS_SCAN_H
#define PARALLAX_NICS_SCAN_H

#include "probes/netdev.h"
#include "probes/qdisc.h"
#include "probes/sample_net.h"
#include "probes/sysroot.h"

/* The network devices of one VM, found among the files of its process. */
struct nic_device {
	char name[NETDEV_NAME_BYTES]; /* raw bytes, but a name that the kernel allows */
	enum nic_kind kind;
	uint32_t ifindex; /* 0: not known */
	uint64_t queues;
	struct nic_reading cur, prev;
	char qdisc[QDISC_KIND_BYTES]; /* "": not known */
	struct qdisc_reading qdisc_cur, qdisc_prev;
	bool gone; /* it was not among the devices when these were read last */
};

struct nic_owner {
	pid_t pid;
	uint64_t start_ticks;
	uint64_t looked_ns, cost_ns; /* at its files; 0: never */
	int code;		     /* how that went */
	bool changed;		     /* what was seen then may be no longer so */
	uint32_t netns;		     /* 0: not known, and taken for that of the host */
	uint64_t vhosts;
	struct nic_device *device; /* in the order of their files; the caller's to free */
	size_t n_device;
};

/* The number of a network namespace, of a process or (0) our own; 0: not known. */
uint32_t nics_netns(const struct sysroot *root, pid_t pid);

/*
 * Look at its files: some 1 us each. own: the namespace whose devices /sys/class/net has. A device
 * that was there before keeps its readings. Returns whether its devices are others, or elsewhere in
 * memory, than they were.
 */
bool nics_scan(struct nic_owner *owner, const struct sysroot *root, uint32_t own);

#endif
