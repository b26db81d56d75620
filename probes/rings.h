/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_RINGS_H
#define PARALLAX_RINGS_H

/* What rings.bpf.c and rings.c share. */
#include <linux/types.h>

enum { RINGS_DEVICES = 2048, RINGS_QUEUES = 4096, RINGS_DROPS = 4096 };

/* A device of a VM, one of its queues, and why packets for that were dropped; what is not so
 * precise has 0. */
struct rings_key {
	__u32 netns, ifindex, queue, reason;
};

/* The most that a turn has seen in a ring: packets, of which it may be full whatever its size. */
struct rings_high {
	__u32 turn, fill;
};
#define RINGS_FULL 0xffffffffu
/* In the place of a reason: this kernel tells none; it has none for a full ring. */
#define RINGS_REASON_UNTOLD 0xffffffffu
#define RINGS_REASON_NONE   0xfffffffeu

struct rings_queue {
	__u64 file;		   /* the kernel's struct tun_file; 0: not seen yet */
	__u64 samples;		   /* packets that were looked at */
	struct rings_high high[2]; /* by the lowest bit of the turn */
};

/* What a ring holds now, and the most of the turn before; size 0: it is not known. */
struct rings_now {
	struct rings_key key;
	__u32 size, fill, high;
	__u32 spare;
	__u64 samples;
};

/* A queue that vhost serves. The address is of the guest's memory, in its VMM. */
struct rings_vhost {
	struct rings_key key;
	__u64 avail;
	__u32 last_avail_idx;
	__u32 spare;
};

#endif
