/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_ACCOUNT_H
#define PARALLAX_ACCOUNT_H

/* What account.bpf.c and account.c share. The kernel's types of numbers: both sides have them. */
#include <linux/types.h>

/* Where the time of a thread goes. The last six are also why it is off the CPU. */
enum account {
	ACCOUNT_RUN, /* exec time */
	ACCOUNT_IRQ, /* on the CPU, and not counted as its exec time */
	ACCOUNT_WAITING,
	ACCOUNT_THROTTLED,
	ACCOUNT_HALTED,	     /* its guest sleeps */
	ACCOUNT_BLOCKED_KVM, /* asleep in the middle of guest time */
	ACCOUNT_ASLEEP,	     /* outside of KVM */
	ACCOUNT_BLOCKED,     /* outside of KVM, uninterruptibly */
	ACCOUNT_COUNT
};

enum { ACCOUNT_SLOTS = 16384, ACCOUNT_THIEVES = 32768, ACCOUNT_FILTER = 65536, ACCOUNT_BINS = 128 };

/* The guest's steal clock: not looked at, looked at last time, its page was not there then. */
enum account_told { ACCOUNT_TOLD_NEVER, ACCOUNT_TOLD, ACCOUNT_TOLD_NOT };

/* One thread; times are monotonic ns but where it says otherwise. */
struct account_slot {
	__u64 seq;		    /* odd while it is being written; 0: not seen yet */
	__u64 start_ns;		    /* since boot: with tid names a thread for ever */
	__u64 in_ns, out_ns;	    /* when it last came on a CPU and left it; the later counts */
	__u64 exec_ns, delay_ns;    /* the kernel's totals when it left */
	__u64 cfs_rq, throttled_ns; /* its run queue then, and how long that was throttled */
	__u64 gap_wait_ns;	    /* waited since out_ns on CPUs that it was moved away from */
	__u64 queued_clock; /* the run queue's clock: queued since */
	__u64 clock_ns;	    /* monotonic less that clock */
	__u64 live_seq, live_clock; /* seq when last looked at, and queued since (0: it is not) */
	/* What the guest was told when its thread left, and run_delay; both at the first look. */
	__u64 told_ns, told_delay_ns, told_first_ns, told_first_delay_ns;
	__u64 lag_ns;		       /* of told_delay_ns not told yet */
	__u64 total_ns[ACCOUNT_COUNT]; /* until it left */
	__u64 max_wait_ns, unseen_ns;  /* longest wait, user space sets it to 0; not charged */
	__u64 msr, hva; /* steal clock: what the guest wrote, where it is in the VMM; 0: off */
	__u32 vm;	/* whose wait it is: the VMM's pid */
	__u32 number;	/* the slot's own */
	__u16 cpu;	/* that it last came on, + 1; 0: not noted */
	__u8 state, vcpu, seen_kvm, ended, told; /* told: enum account_told */
	__u32 bin[2][ACCOUNT_BINS]; /* waits by length, see quarter.h; [1]: throttled ones */
};

/* Where the same thread ran: only on hosts with several nodes. */
enum { ACCOUNT_NODES = 16 };

struct account_place {
	__u64 run_ns[ACCOUNT_NODES]; /* until it left its CPU */
	__u64 migrated_pages;	     /* by NUMA balancing, to the node that it was on; + 1 */
};

#define ACCOUNT_QUOTA 0xffffffffu /* in the place of who ran: it was throttled */

struct account_thief_key {
	__u32 vm, tgid; /* who waited, who ran; 0: the CPU was idle */
	__u32 vcpu;	/* what ran was a vCPU that we know */
};

struct account_thief {
	__u64 ran_ns;
	char comm[16];
};

/* What the iterator tells of a thread that could be tracked and is not. */
struct account_found {
	__u64 start_ns;
	__u32 tid, tgid;
	char comm[16];
};

#endif
