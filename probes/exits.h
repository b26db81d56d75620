/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_EXITS_H
#define PARALLAX_EXITS_H

/* What exits.bpf.c and exits.c share; times are monotonic ns. */
#include <linux/types.h>

enum { EXITS_THREADS = 4096, EXITS_TOTALS = 16384 };

/* KVM's numbers. */
enum { EXITS_VMX = 1, EXITS_SVM = 2 };

/* In the place of a reason that this processor's part of KVM does not tell. */
#define EXITS_NOT_TOLD 0xfffffffeu

/* The exit that a thread has not come back from; since_ns 0: it runs the guest. */
struct exits_open {
	__u64 since_ns;
	__u32 isa, reason;
};

struct exits_key {
	__u32 tid, isa, reason;
};

/* Of one thread. last_ns: when the newest of those counted here began. */
struct exits_total {
	__u64 count, ns, max_ns, last_ns;
};

#endif
