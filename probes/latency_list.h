/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_LATENCY_LIST_H
#define PARALLAX_LATENCY_LIST_H

#include "probes/cgroup_io.h"
#include "probes/sample.h"

/* Whom the programs of latency.bpf.c watch: every VM, and the cgroup that is its own, if any. */
struct watched {
	pid_t pid;
	uint64_t start_ticks;
	uint64_t group;	    /* inode of its cgroup; 0: none of its own, and reason says so */
	const char *reason; /* a literal */
	uint64_t looked;    /* the round in which its cgroup was looked for last */
	unsigned patience;  /* rounds until it is looked for again: it may be moved */
	bool fresh;	    /* what was counted under its number was another's */
};

/* Zeroed but for the maps' descriptors. */
struct latency_list {
	int vms_fd, groups_fd;
	bool knows_groups; /* requests tell their cgroup in this kernel */
	struct cgroup_io io;
	struct watched *vm; /* by pid */
	size_t n;
	uint64_t rounds;
	size_t next;  /* whose cgroup is looked for next */
	bool changed; /* in this round: some came, left, or were moved */
	bool crowded; /* there was no room for some VM */
};

/* Tell the programs what has changed since the round before. */
void latency_list_update(struct latency_list *list, const struct procvm_sample *procvm);
/* Whose that is; NULL: nobody's who is watched. */
struct watched *latency_list_owner(const struct latency_list *list, const struct latency_key *key);
void latency_list_release(struct latency_list *list);

#endif
