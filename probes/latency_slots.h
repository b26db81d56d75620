/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_LATENCY_SLOTS_H
#define PARALLAX_LATENCY_SLOTS_H

#include "probes/latency_list.h"

/* What is remembered of a slot between readings. */
struct slot_seen {
	pid_t pid; /* whose it is; 0: it is unused, or nobody's */
	bool orphan;
	uint64_t used; /* the round in which something had ended last */
	uint64_t count[LATENCY_OPS];
};

/*
 * The slots that the programs of latency.bpf.c count in. They are mapped only while they are read:
 * they are the kernel's memory, not ours. Zeroed but for the maps' descriptors.
 */
struct latency_slots {
	int slots_fd, keys_fd, given_back_fd;
	struct latency_slot *slot; /* while they are read */
	struct slot_seen *seen;
	size_t n, cap;
	uint32_t *order; /* of those of VMs but LATENCY_DEVICE: by pid, kind, device, inode */
	size_t n_order, cap_order;
	uint64_t lost; /* by the programs, in the round before */
};

/*
 * What the first n slots have counted into section, one item for each VM of list. lost: how many
 * found no slot so far; when these become more, slots that nobody has used for long are given back.
 * Returns 0 or a negative errno.
 */
int latency_slots_read(struct latency_slots *slots, const struct latency_list *list, size_t n,
	uint64_t lost, struct sample *out);
void latency_slots_release(struct latency_slots *slots);

#endif
