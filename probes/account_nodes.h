/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_ACCOUNT_NODES_H
#define PARALLAX_ACCOUNT_NODES_H

#include "probes/account.h"
#include "probes/bpf_window.h"
#include "probes/sample.h"
#include "probes/sysroot.h"

/* Which node threads ran on: account_nodes.bpf.h counts what has ended, here is what has not. */
struct account_bpf;

struct account_nodes {
	size_t n;		     /* node numbers are below; 0: there is one node, or too many */
	const char *reason;	     /* why there are too many */
	bool migrated_known;	     /* this kernel counts the pages that it moved to a thread */
	struct bpf_window places;    /* the map itself */
	struct account_place *place; /* by slot; NULL: there are none */
	uint8_t of_cpu[CPUS_MAX]; /* its node + 1 */
};

/* Before the programs are loaded: n_slot places, or none. */
void nodes_prepare(struct account_nodes *nodes, const struct sysroot *root, struct account_bpf *bpf,
	size_t n_slot, bool migrated_known);
/* Once they are. Returns 0 or a negative errno. */
int nodes_map(struct account_nodes *nodes, struct account_bpf *bpf);
void nodes_release(struct account_nodes *nodes);

/* Where CPUs lie now. False: there are nodes now that there were not: prepare anew. */
bool nodes_round(struct account_nodes *nodes, const struct topology_sample *topology);
/* A slot is given to another thread. */
void nodes_forget(struct account_nodes *nodes, int slot);
/* Of one thread: slot as it was copied, run_ns its total until now. */
void nodes_fill(const struct account_nodes *nodes, const struct account_slot *slot, uint64_t run_ns,
	struct arena *arena, struct account_thread *out);

#endif
