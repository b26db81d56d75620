/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_SNAPSHOT_DISK_H
#define PARALLAX_SNAPSHOT_DISK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "probes/snapshot_steal.h"
#include "probes/vm.h"

/*
 * Part of snapshot.h, which says what holds for all of it: disks of VMs. The same request is timed
 * in layers, each of which hides something from the next:
 *
 *	guest	await of the guest's own driver
 *	vmm	QEMU's account of the request, its throttle and its format included
 *	wait	what the VMM waits for: from handing a call to the host's kernel to its end
 *	request	the block layer's request, from its start to its end
 *	device	the same from when the device had it
 *
 * A wait is not a request: reads that the page cache answers need none, neighbours are merged into
 * one, large ones are split, and writes may be done before any is made. So the part of the mean wait
 * that is of requests is their mean times the share of its bytes that went through them (of flushes,
 * which have none, of their number), at most all:
 *
 *	below = min(1, request.bytes / wait.bytes) * request.mean_ns
 *
 * Pieces of a split wait run beside each other, and each of several that were merged lasts as long
 * as their request, so in both cases the mean request is what a wait has waited for, not their sum.
 * Where below is longer than the wait by more than a quarter, requests were made that nobody waited
 * for, as of cached writes: then how the wait divides is unknown. Small excesses, of requests that
 * are counted in another interval than their wait, are cut off.
 */
enum disk_layer {
	DISK_LAYER_UNKNOWN,
	DISK_LAYER_VMM,	  /* vmm less wait: QEMU's format, throttle and main loop */
	DISK_LAYER_HOST,  /* wait less request: cgroup throttle, file system, page cache */
	DISK_LAYER_QUEUE, /* request less device: the host's I/O scheduler and queue */
	DISK_LAYER_DEVICE
};

/* Requests of at least from_ns and less than 2^(1/4) of it, that ended in this interval. */
struct latency_bin {
	uint64_t from_ns, count;
};

/* What one layer saw of one kind of request in this interval. */
struct latency {
	uint64_t count, bytes; /* that ended; what they moved */
	double mean_ns, max_ns;
	struct latency_bin *latency_bin; /* those that hold any, the shortest first */
	size_t n_latency_bin;
};

/* Of the last minute, made anew every few seconds; it is written by the io pane's judge. */
struct op_minute {
	double vmm_mean_ns; /* of vmm_samples requests, by QEMU's own account */
	uint64_t vmm_samples;
	/* The parts of the mean, by the formulas above. */
	double vmm_part_ns, host_part_ns, queue_part_ns, device_part_ns;
	enum disk_layer slowest; /* the layer that has most of it */
	/* Of the waits. */
	uint64_t samples;
	double window_s, mean_ns, p50_ns, p99_ns, max_ns;
	bool bimodal; /* modes is MODES_FOUND_TWO */
	enum modes_found modes;
	const char *modes_reason; /* why that is not known */
	double fast_ns, slow_ns, slow_share_pct, ratio;
	double age_s; /* of all these */
};

/* Reads, writes, or flushes. */
struct disk_op {
	double per_s, bytes_per_s; /* by QEMU's own counters, else as the VMM handed them over */
	double vmm_mean_ns;	   /* over disk.vmm_interval_s */
	struct latency wait, request, device;
	struct op_minute minute;
	double guest_await_ms;
};

/* One layer of what a disk is made of, from the guest's device down. */
struct disk_part {
	const char *text; /* "qcow2 /var/lib/libvirt/images/web.qcow2" */
};

struct disk {
	const char *name; /* as the definition calls it: "vda" */
	const char *bus, *format, *image, *cache, *aio, *protocol; /* protocol: "file", "nbd" ... */
	const char *serial;
	bool readonly;
	uint64_t capacity_bytes;
	struct disk_part *layers; /* from the guest's device to the physical one */
	size_t n_layers;
	const char *layers_reason; /* what of the chain is not known, and why */
	const char *cache_hides;   /* what its cache mode keeps from the guest; NULL: nothing */
	const char *throttle;	   /* limits that it has in its definition or its cgroup, in words */
	struct disk_op read, write, flush;
	const char *wait_source, *wait_reason; /* how waits are measured; why they are not */
	const char *request_reason; /* why its requests cannot be told from others'; NULL: they can */
	double vmm_interval_s;
	uint64_t in_flight, in_flight_most; /* handed to the kernel: now, most since the last refresh */
	const char *device; /* the physical one below it; NULL: none, or several */
	uint64_t device_in_flight;
	double device_util_pct, device_await_ms;
	/* Of its images in the host's page cache. */
	uint64_t dirty_bytes, writeback_bytes, cached_bytes;
	double dirty_age_s, dirty_drain_s; /* drain: until it is written at the present rate */
	const char *dirty_source, *dirty_reason;
	/* By the guest. */
	const char *guest_name, *guest_source, *guest_reason;
	double guest_age_s, guest_interval_s;
	double guest_per_s, guest_await_ms; /* reads and writes together */
	double guest_util_pct, guest_in_flight;
	/* The rest is written by the io pane's judge. */
	double gap_ms; /* the slow mode, or the host's mean, less what the guest's mean says */
	enum verdict verdict;
	const char *verdict_reason;
};

/* A physical device of the host that has images of VMs. */
struct block_device {
	const char *name;
	double read_per_s, write_per_s, read_await_ms, write_await_ms, util_pct;
	uint64_t in_flight;
};

#endif
