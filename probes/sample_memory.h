/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_SAMPLE_MEMORY_H
#define PARALLAX_SAMPLE_MEMORY_H

#include "probes/pagewindow.h"
#include "probes/sample_status.h"
#include "probes/stalls.h"

/* Part of sample.h, which says what holds for all of it: memory of VMs. */

/* pages.c: where the memory of each VM lies, by a random sample of its pages in the last turns. */
struct pages_device {
	const char *name; /* its address on the bus */
	uint64_t node;	  /* UNKNOWN_U64 */
};

struct pages_vm {
	pid_t pid;
	uint64_t start_ticks;
	struct status status; /* OK with a reason: pages' flags may not be read */
	uint64_t ram_bytes;   /* of the mappings that the sample is of; UNKNOWN_U64 not found yet */
	uint64_t window_ns;   /* from the first of these turns to the last */
	struct pages_count count;
	struct pages_device *device; /* passed to it by VFIO, by name */
	size_t n_device;
};

struct pages_sample {
	struct pages_vm *vm; /* by pid */
	size_t n_vm;
};

/*
 * cgroup.c: the memory of a VM as its cgroup and its process tell, a few VMs a turn. A reading
 * holds the counters of the one before, for nobody else keeps them.
 */
enum swap_source {
	SWAP_SOURCE_UNKNOWN,
	SWAP_BY_COUNTERS, /* the group's pages read from swap */
	SWAP_BY_REFAULTS, /* the group's anonymous pages that came back after they were evicted */
	SWAP_BY_FAULTS	  /* major faults of the process, each counted as one page */
};

struct cgroup_counters {
	uint64_t at_ns; /* 0: never read */
	enum swap_source swap_source;
	uint64_t swap_in_bytes_total, swap_out_bytes_total; /* out: SWAP_BY_COUNTERS only */
	uint64_t swapped_bytes;	 /* in swap at that time, of all its memory */
	uint64_t stall_us_total; /* some task of it waited for memory */
	uint64_t limit_hits_total, oom_kills_total;
};

struct cgroup_reading {
	pid_t pid;
	uint64_t start_ticks;
	struct status status; /* OK with a reason: what could not be told beside the rest */
	const char *path;     /* of the group whose figures these are; NULL: none */
	bool own;	      /* it holds this VM and nothing else */
	uint64_t usage_bytes, cache_bytes, swap_bytes; /* of the group; cache: can be dropped */
	uint64_t limit_bytes,
		room_bytes; /* of the level with the least room; UNKNOWN_U64: no limit */
	uint64_t anon_bytes, file_bytes, shmem_bytes, table_bytes,
		hugetlb_bytes;	    /* of the process */
	uint64_t shared_swap_bytes; /* of shared memory, which VmSwap leaves out */
	uint64_t merged_bytes;	    /* by KSM */
	uint64_t dirty_bytes, writeback_bytes; /* of files, of the group */
	struct cgroup_counters cur, prev;
};

extern const struct cgroup_reading cgroup_reading_unknown;

struct cgroup_sample {
	struct cgroup_reading *reading; /* by pid */
	size_t n_reading;
};

/*
 * stalls.c: how long threads of a VM, the kernel's workers for it among them, had to make room in
 * memory before they got any. Sums over its threads; UNKNOWN_U64 what this kernel does not tell.
 */
struct stall_reading {
	pid_t pid;
	uint64_t start_ticks;
	uint64_t ns_total[STALLS_KINDS]; /* in progress, too; never go back */
	uint64_t count_total;		 /* that ended */
	/* The longest that ended since the reading before, and when; ns 0: none did. */
	uint64_t longest_ns, longest_end_ns;
	pid_t longest_tid;
	enum stalls_kind longest_kind;
	/* The one that has lasted longest and has not ended; ns 0: there is none. */
	uint64_t open_ns;
	pid_t open_tid;
	enum stalls_kind open_kind;
	const uint32_t *bin; /* STALLS_BINS that ended since the reading before; NULL: none did */
};

struct stalls_sample {
	struct stall_reading *reading; /* by pid */
	size_t n_reading;
	/* Of processes that are no VMs, and of the kernel's own threads, which keep nobody waiting. */
	uint64_t processes_ns_total, kernel_ns_total;
};

#endif
