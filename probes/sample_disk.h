/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_SAMPLE_DISK_H
#define PARALLAX_SAMPLE_DISK_H

#include "probes/latency.h"
#include "probes/sample_status.h"

/*
 * Part of sample.h, which says what holds for all of it: how long disks take. Devices are told in
 * the encoding of user space (makedev), as stat does. An op is an enum latency_op.
 */

/* latency.c: what one layer saw of one kind of request; bins as in quarter.h. */
struct latency_count {
	uint32_t bin, count;
};

struct latency_reading {
	uint64_t count_total, ns_total, bytes_total;
	uint64_t max_ns; /* of those that ended since the reading before; 0: none did */
	const struct latency_count *bin; /* since then: those that hold any, the shortest first */
	size_t n_bin;
};

/* What a VM waited for on a file, since it was first used. A block device: its own dev, inode 0. */
struct file_latency {
	uint64_t dev, inode;
	uint32_t engines; /* a bit for each enum latency_engine that was used */
	/* most: since the reading before. UNKNOWN_U64 once there was any by LATENCY_DIRECT. */
	uint64_t in_flight, in_flight_most;
	struct latency_reading wait[LATENCY_OPS];
};

/* Requests of a VM's cgroup to a whole device, since there was the first. */
struct device_latency {
	uint64_t dev;
	struct latency_reading request[LATENCY_OPS], device[LATENCY_OPS];
};

struct vm_latency {
	pid_t pid;
	uint64_t start_ticks;
	struct file_latency *file; /* by dev and inode; those that were used */
	size_t n_file;
	struct device_latency *device; /* by dev */
	size_t n_device;
	const char *request_reason; /* why its requests are not known; NULL: they are */
};

/* A whole block device, by all who use it; times in ms, as the kernel counts them. */
struct disk_counters {
	uint64_t dev;
	const char *name;
	uint64_t reads_total, read_ms_total, writes_total, write_ms_total, flushes_total,
		flush_ms_total; /* UNKNOWN_U64: before Linux 5.5 flushes are not told */
	uint64_t in_flight, busy_ms_total, queued_ms_total; /* queued: of all in flight, summed */
	const struct disk_counters *before; /* of the reading before; NULL: there is none */
};

struct latency_sample {
	struct vm_latency *vm; /* by pid; all that are watched */
	size_t n_vm;
	uint32_t engines;	    /* those whose waits can be measured in this kernel */
	const char *wait_reason;    /* why the others cannot; NULL: all can */
	struct disk_counters *disk; /* by dev */
	size_t n_disk;
	/* When they were read, and before that: on hosts with many not at each reading. */
	uint64_t disk_at_ns, disk_before_ns;
};

#endif
