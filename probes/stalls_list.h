/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_STALLS_LIST_H
#define PARALLAX_STALLS_LIST_H

#include <stdbool.h>

#include "probes/sample.h"
#include "probes/stalls.h"

/*
 * Whom the programs of stalls.bpf.c charge: every VM, the kernel's vhost workers for it where these
 * are processes of their own, and two that are nobody's. Kept equal to what procvm found last.
 */
enum { BIN_TOLD, BIN_NOW };

struct charged {
	__u32 tgid; /* the key of the programs' map */
	pid_t pid;  /* whose: its VM's; 0: nobody's */
	uint64_t start_ticks;
	/* The rest is the caller's, zeroed for one that is new. As read last: */
	uint64_t ns[STALLS_KINDS], count;
	struct stalls_longest longest[2];
	uint32_t (*bin)[STALLS_BINS]; /* as told last, and now; NULL: it has never stalled */
	/* In progress, not charged yet; the one that has lasted longest. */
	uint64_t open_ns[STALLS_KINDS], longest_open_ns;
	pid_t longest_open_tid;
	enum stalls_kind longest_open_kind;
	uint64_t told_ns[STALLS_KINDS]; /* never less than before */
};

/* Zeroed but for map_fd. */
struct stalls_list {
	int map_fd;
	struct charged *charged; /* by key */
	size_t n;
	bool fresh;	 /* some are new; the caller's to set back */
	bool crowded;	 /* there was no room for some VM */
	unsigned rounds; /* since the workers were looked for */
};

/* Tell the programs what has changed since the round before. */
void stalls_list_update(struct stalls_list *list, const struct sample *sample);
/* NULL: it is not charged. */
struct charged *stalls_list_find(const struct stalls_list *list, __u32 tgid);
void stalls_list_release(struct stalls_list *list);

#endif
