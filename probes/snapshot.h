/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_SNAPSHOT_H
#define PARALLAX_SNAPSHOT_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "probes/arena.h"
#include "probes/vm.h"

struct sample;

/*
 * One moment of one host: for every VM what the host measures beside what the guest believes.
 * Panes draw it, --json prints it, --replay reads it. Fields have the names of the JSON form
 * (schema.c says what each means, and the manual prints that); all strings and arrays live in
 * the arena. Unknown is NULL, NAN or UNKNOWN_U64, never 0. Percentages of a VM are of its
 * vCPUs: 100 is all of them, all of the time. A snapshot belongs to one thread at a time.
 */
enum { SNAPSHOT_VERSION = 1 };

/* Where numbers come from: one for each probe, and again for each VM where that differs. */
struct source {
	const char *name;
	enum source_state state;
	const char *reason;
	double age_s;	/* of its values, when the snapshot was made */
	double cost_ms; /* how long the last reading took */
};

struct host {
	const char *name, *kernel;
	uint64_t cpus, nodes;
	bool is_guest;
	double uptime_s, load1, load5, load15;
	double run_pct, wait_pct, steal_pct; /* of all online CPUs */
	double psi_cpu_some_pct, psi_memory_some_pct, psi_io_some_pct;
	uint64_t mem_total_bytes, mem_available_bytes, mem_sold_bytes;
	uint64_t swap_total_bytes, swap_used_bytes;
	double swap_in_bytes_per_s, swap_out_bytes_per_s;
	uint64_t vcpus_sold;
};

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

struct memory {
	uint64_t sold_bytes; /* what the guest was promised */
	uint64_t host_rss_bytes, host_swap_bytes;
	uint64_t balloon_bytes; /* what the balloon leaves of it */
	uint64_t guest_total_bytes, guest_free_bytes, guest_usable_bytes, guest_cache_bytes;
	uint64_t guest_swap_in_bytes_total, guest_swap_out_bytes_total;
	double guest_age_s; /* since the guest wrote its figures */
};

/* Why its vCPUs left the guest: a kind of exit. */
struct vm_exit {
	const char *reason;
	double per_s;
	double time_pct;	/* of the VM's vCPU time */
	double mean_ns, max_ns; /* mean of the interval, max since counting began */
};

struct vm {
	const char *key; /* stays the same as long as the VM runs: its UUID, else pid and start */
	const char *name, *uuid, *title, *vmm;
	uint64_t pid;
	enum vm_accel accel;
	enum vm_state state;
	const char *state_reason;
	bool in_libvirt;
	uint64_t vcpus, vcpus_max;
	enum steal_clock steal_clock;
	const char *vcpu_source;
	bool has_agent, has_balloon;
	struct source *source; /* those that concern this VM */
	size_t n_source;
	struct steal steal;
	struct memory memory;
	double exits_interval_s;
	struct vm_exit *vm_exit; /* the largest share of time first */
	size_t n_vm_exit;
};

struct finding {
	const char *pane, *rule; /* "steal", "steal-hidden": names its explanation */
	const char *vm, *vm_key; /* NULL: the host */
	const char *subject;	 /* vCPU, NIC, disk ...; NULL: the whole VM */
	enum verdict verdict;
	enum severity severity;
	const char *text; /* one sentence with both numbers */
	double since_s;	  /* wall clock at which it began */
};

struct snapshot {
	struct arena arena;
	uint64_t parallax; /* SNAPSHOT_VERSION */
	double time_s;	   /* wall clock, a label */
	double interval_s; /* what the rates cover; NAN: a baseline without rates */
	struct host host;
	struct source *source; /* by probe, in the order of probes/list.h */
	size_t n_source;
	struct vm *vm; /* by name, then key */
	size_t n_vm;
	struct finding *finding; /* worst first */
	size_t n_finding;
};

struct snapshot *snapshot_new(void);
void snapshot_free(struct snapshot *snap); /* accepts NULL */
/* Everything unknown and empty, keeping memory for the next filling. */
void snapshot_clear(struct snapshot *snap);

/*
 * The one place where rates are made. Joins the sections of cur by UUID, else by pid and start
 * time, and compares counters with those of prev (NULL: no rates). A counter that went back, an
 * item that is new, and an interval that is not positive give unknown, not 0. now_ns ages the
 * sources. Values are rounded to six decimals, so that the JSON form repeats them exactly.
 */
void snapshot_derive(struct snapshot *out, const struct sample *cur, const struct sample *prev,
	uint64_t now_ns);

/* Both return NULL when there is none. */
const struct vm *snapshot_vm(const struct snapshot *snap, const char *key);
const struct source *snapshot_source(const struct source *list, size_t count, const char *name);
/* What one source of a VM says of itself; NULL: the VM has none of that name. */
const struct source *vm_source(const struct vm *vm, const char *name);
/* Values stay while their source is merely late, and go when it says that it has none. */
bool source_has_values(enum source_state state);
/* A VM whose vCPUs cannot run now: it has a state rather than numbers. */
bool vm_is_halted(const struct vm *vm);

#endif
