/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_STALLS_H
#define PARALLAX_STALLS_H

/* What stalls.bpf.c and stalls.c share; times are monotonic ns. */
#include <linux/types.h>

enum { STALLS_VMS = 4096, STALLS_OPEN = 1024, STALLS_BINS = 112 };

/* What a thread that wanted memory had to do itself first. */
enum stalls_kind {
	STALLS_COMPACT, /* move pages together */
	STALLS_RECLAIM, /* free some: the host, or one of its nodes, had none */
	STALLS_LIMIT,	/* free some: a cgroup of its own had reached its limit */
	STALLS_KINDS
};

/* In the place of the pid of a VM: of all processes that are none, of the kernel's own threads. */
#define STALLS_PROCESSES 0u
#define STALLS_KERNEL	 0xffffffffu

/*
 * What a thread is in the midst of. One may be within the other: time is of the innermost, so that
 * none is counted twice.
 */
struct stalls_open {
	__u64 mark_ns;		/* until when it is charged */
	__u64 ns[STALLS_KINDS]; /* of this stall, charged already */
	__u32 tgid, depth;
	__u32 kinds;	   /* two bits each, the innermost lowest */
	__u32 resumed_bin; /* the bin in which it was counted before it went on, + 1; 0: it is new
			    */
};

/* The longest stall that ended in a turn; ns 0: none did. */
struct stalls_longest {
	__u64 ns, end_ns;
	__u32 turn, tid, kind;
	__u32 spare;
};

/* Of one VM, since it is known. */
struct stalls_total {
	__u64 ns[STALLS_KINDS], count;
	struct stalls_longest longest[2]; /* by the lowest bit of the turn */
	__u32 bin[STALLS_BINS];		  /* stalls by length, see quarter.h */
};

#endif
