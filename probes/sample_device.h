/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_SAMPLE_DEVICE_H
#define PARALLAX_SAMPLE_DEVICE_H

#include "probes/sample_status.h"
#include "probes/snapshot_net.h"

/*
 * Part of sample.h, which says what holds for all of it: network devices and disks of a VM as its
 * definition or its command line promises them. What is not told is NULL.
 */

struct defined_nic {
	const char *name;     /* the host's device ("vnet5"), else NULL */
	const char *mac, *model;
	const char *bridge;   /* bridge, network or device that it is connected to */
	const char *address;  /* of a device that was passed: "0000:3b:00.1" */
	enum nic_kind kind;
	bool vhost, vmm;	 /* the driver that was asked for by name; neither: nobody said */
	uint64_t queues;	 /* 1 when nobody says */
};

/* An image and what it is backed by: the first is the top. */
struct defined_image {
	const char *format;   /* "qcow2"; NULL: not told, and never to be guessed from its bytes */
	const char *protocol; /* "file", "block", "nbd", "rbd", "iscsi", "nvme", "vhostuser", ... */
	const char *path;     /* of a file or device; of a network image its address */
};

struct defined_disk {
	const char *name; /* "vda"; without libvirt the drive's or the device's id */
	const char *bus, *cache, *aio, *serial;
	const char *throttle; /* in words: "40 writes/s" */
	bool readonly, cdrom;
	uint64_t capacity_bytes;	     /* UNKNOWN_U64 */
	const struct defined_image *image; /* n_image of them; 0: no medium */
	size_t n_image;
};

struct defined_devices {
	const struct defined_nic *nic; /* in the order of the definition, which is the guest's */
	size_t n_nic;
	const struct defined_disk *disk;
	size_t n_disk;
};

/* monitor.c: QEMU's own counters of each disk, two readings of them for rates. */
struct block_op_counters {
	uint64_t requests_total, ns_total, bytes_total; /* ns: the sum of their lengths */
};

struct block_counters {
	const char *name, *path; /* as the definition calls it: "vda" */
	uint64_t backing_index;	 /* UNKNOWN_U64 of the top image */
	struct block_op_counters read, write, flush;
	uint64_t errors_total;
	uint64_t capacity_bytes, physical_bytes; /* as the guest sees it; of its image's file */
};

struct blocks_reading {
	const char *uuid;
	struct status status;
	struct block_counters *block, *before;
	size_t n_block, n_before;
	uint64_t before_ns; /* when those before were read; 0: there are none */
};

struct blocks_sample {
	struct blocks_reading *reading; /* by uuid */
	size_t n_reading;
};

#endif
