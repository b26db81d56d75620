/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_ACCOUNT_TRACK_H
#define PARALLAX_ACCOUNT_TRACK_H

#include "probes/account.h"
#include "probes/account_nodes.h"
#include "probes/account_time.h"
#include "probes/bpf_window.h"
#include "probes/sample.h"

/*
 * Which threads the programs of account.bpf.c keep accounts of: the vCPUs of every VM, and, as
 * soon as the iterator has told of them, all other threads of its process and the kernel's vhost
 * workers. A thread that ends leaves the programs' map by itself; its slot is taken back here.
 */
struct account_bpf;
struct track;

enum { NO_SLOT = -1 };

struct tracked {
	pid_t pid, tid; /* pid: the VM's */
	uint64_t start_ticks;
	enum thread_kind kind;
	bool apart; /* from the VM's process */
	int slot;   /* its number; NO_SLOT: there was none left */
	bool wanted;
	struct account_now last;       /* the caller's: what it told last */
	bool has_last;		       /* the caller's: there is one */
	uint64_t waited_ns;	       /* when its bins were read */
	uint32_t (*bin)[ACCOUNT_BINS]; /* the caller's: they; freed with the thread */
};

/* Borrows bpf, the slots, which it maps as it gives them away, and nodes. */
struct track *track_new(
	struct account_bpf *bpf, struct bpf_window *slots, struct account_nodes *nodes);
void track_free(struct track *track); /* accepts NULL */

/* Bring what is tracked up to date; before the iterator of account_iter.bpf.c is read. */
void track_round(struct track *track, const struct procvm_sample *procvm);
/* For bpf_iterate: a struct account_found, to be tracked from the next round on. */
void track_found(void *track, const void *record);
/* All that are tracked, by tid. */
struct tracked *track_tasks(struct track *track, size_t *count);
/* Some vCPU found no slot. */
bool track_is_full(const struct track *track);
/* The last round began to track some thread: the programs must have a look at it. */
bool track_is_fresh(const struct track *track);
bool track_is_crowded(const struct track *track); /* some thread that is no vCPU was not taken */

#endif
