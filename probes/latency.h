/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_LATENCY_H
#define PARALLAX_LATENCY_H

/* What latency*.bpf.c and latency*.c share; times are monotonic ns, devices the kernel's dev_t. */
#include <linux/types.h>

enum { LATENCY_VMS = 4096, LATENCY_OPEN = 16384, LATENCY_BINS = 112 };
enum { LATENCY_MINOR_BITS = 20 }; /* of the kernel's dev_t */

enum latency_op { LATENCY_READ, LATENCY_WRITE, LATENCY_FLUSH, LATENCY_OPS };

/* How a VMM hands calls to the kernel. */
enum latency_engine {
	LATENCY_AIO,
	LATENCY_URING,
	LATENCY_THREADS,
	LATENCY_DIRECT, /* direct I/O of a file system, where AIO and threads cannot be seen */
	LATENCY_ENGINES
};

/* What a slot counts: waits for a file by a process, requests of a cgroup to a device. */
enum latency_kind { LATENCY_UNUSED, LATENCY_WAIT, LATENCY_REQUEST, LATENCY_DEVICE };

struct latency_key {
	__u64 id;    /* tgid, or the inode of the cgroup */
	__u64 inode; /* of a file; 0: a device */
	__u32 dev, kind;
};

/* Durations that ended. count is the last that is written to, so no bin is ever behind it. */
struct latency_ended {
	__u64 count, ns, bytes;
	__u64 max_ns;		 /* user space sets it back */
	__u32 bin[LATENCY_BINS]; /* see quarter.h; user space takes them out */
};

struct latency_slot {
	struct latency_key key;
	__u32 generation;		 /* of another key each */
	__u32 engines;			 /* a bit for each that was used */
	__u32 in_flight, in_flight_most; /* user space sets the latter back */
	__u32 device;			 /* of LATENCY_REQUEST: the slot of LATENCY_DEVICE */
	__u32 spare;
	struct latency_ended ended[LATENCY_OPS];
};

/* A call that has not ended. */
struct latency_open {
	__u64 start_ns;
	__u32 slot, generation, tgid;
	__u16 op, engine;
};

#endif
