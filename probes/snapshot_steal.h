/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_SNAPSHOT_STEAL_H
#define PARALLAX_SNAPSHOT_STEAL_H

#include <stddef.h>
#include <stdint.h>

#include "probes/vm.h"

/* Part of snapshot.h, which says what holds for all of it: CPU time, by host and guest. */

/*
 * Where the time of a vCPU went; they sum to 100. Without exact accounts only run and wait are
 * known, and throttled time is in wait. The delay is wait and throttled together: what the
 * kernel calls run delay, and what a true steal clock shows.
 */
struct vcpu {
	uint64_t id, tid;
	double host_run_pct, host_irq_pct, host_wait_pct, host_throttled_pct; /* of this vCPU */
	double host_halted_pct, host_blocked_pct, host_vmm_pct, host_delay_pct;
	double guest_busy_pct, guest_steal_pct;
	double wait_p50_ns, wait_p99_ns, wait_max_ns; /* of the waits that ended */
	uint64_t waits;
	enum steal_clock steal_clock;
	uint64_t host_run_ns_total, host_wait_ns_total;
};

/* Who had the CPU while the vCPUs of a VM waited. */
enum thief_kind {
	THIEF_UNKNOWN,
	THIEF_VM,	/* another VM: a vCPU or any other thread of it */
	THIEF_SELF,	/* another vCPU of the same VM */
	THIEF_EMULATOR, /* other threads of the same VM */
	THIEF_PROCESS,
	THIEF_QUOTA, /* nobody: its own CPU quota was used up */
	THIEF_IDLE,  /* nobody: it was late to be put on a CPU */
	THIEF_UNSEEN, /* too long ago, or too many */
	THIEF_OTHERS /* the smaller ones, together */
};

struct thief {
	const char *name;
	uint64_t pid; /* unknown when several of this name ran */
	enum thief_kind kind;
	double share_pct; /* of all that the VM waited */
};

/* A VM's threads that are no vCPUs, by kind; percentages are of one CPU. */
enum helper_kind { HELPER_UNKNOWN, HELPER_IOTHREAD, HELPER_VHOST, HELPER_EMULATOR };

struct helper {
	enum helper_kind kind;
	uint64_t threads;
	double host_run_pct, host_wait_pct, host_throttled_pct;
};

/* Waits of at least from_ns and less than 2^(1/4) of it, in this interval. */
struct wait_bin {
	uint64_t from_ns, count, throttled; /* throttled: of these, because of a quota */
};

/* Are there two kinds of wait in the last minutes? Written by the steal pane's judge. */
enum modes_found { MODES_FOUND_UNKNOWN, MODES_FOUND_ONE, MODES_FOUND_TWO };

struct wait_modes {
	enum modes_found found;
	const char *reason; /* why that is not known */
	uint64_t waits;
	double window_s, fast_ns, slow_ns, slow_pct;
	const char *fast_kind, *slow_kind; /* queueing, timeslices, quota */
};

enum gap_kind { GAP_NONE, GAP_STEAL, GAP_BUSY };

struct steal {
	double asked_cpus, got_cpus; /* vCPUs, and how many CPUs' worth of time they were given */
	/* As of a vCPU, the mean of all. */
	double host_run_pct, host_irq_pct, host_wait_pct, host_throttled_pct;
	double host_halted_pct, host_blocked_pct, host_vmm_pct, host_delay_pct;
	double guest_busy_pct, guest_steal_pct, guest_idle_pct;
	double guest_told_pct; /* what KVM told it: guest_steal_pct is this where it is known */
	const char *guest_source;
	double guest_interval_s;
	/* The host's side over the guest's own interval: what the gaps are made of. */
	double paired_run_pct, paired_wait_pct;
	double steal_gap_pct, busy_gap_pct; /* host minus guest; formulas in derive_gap.c */
	double gap_pct, gap_error_pct;	    /* the larger of the two, and how far it may be off */
	enum gap_kind gap_kind;
	enum verdict verdict; /* written by the steal pane's judge */
	const char *verdict_reason;
	uint64_t worst_vcpu; /* the id of the one that waited longest */
	double worst_vcpu_wait_pct; /* its delay */
	double wait_p50_ns, wait_p99_ns, wait_max_ns;
	uint64_t waits;
	struct wait_modes wait_modes;
	struct wait_bin *wait_bin; /* those that hold any, the shortest first */
	size_t n_wait_bin;
	struct thief *thief; /* the largest share first */
	size_t n_thief;
	struct helper *helper;
	size_t n_helper;
	struct vcpu *vcpu;
	size_t n_vcpu;
};

#endif
