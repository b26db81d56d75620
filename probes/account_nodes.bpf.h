/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PARALLAX_ACCOUNT_NODES_BPF_H
#define PARALLAX_ACCOUNT_NODES_BPF_H

/* On which NUMA node a thread ran, and what the kernel moved to it; nothing where there is one
 * node. */
#include "probes/account_maps.bpf.h"

const volatile bool has_nodes = false;

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1); /* user space: as many as slots, where there are nodes */
	__type(key, __u32);
	__type(value, struct account_place);
} places SEC(".maps");

static __always_inline void note_cpu(struct account_slot *slot)
{
	if (has_nodes)
		slot->cpu = bpf_get_smp_processor_id() + 1;
}

/* It leaves the CPU that we are on: a thread that runs is not moved. */
static __always_inline void charge_node(
	const struct account_slot *slot, const struct task_struct *task, __u64 ran_ns)
{
	__u32 number = slot->number, node;
	struct account_place *place;

	if (!has_nodes)
		return;
	place = bpf_map_lookup_elem(&places, &number);
	node = bpf_get_numa_node_id();
	if (!place)
		return;
	if (node < ACCOUNT_NODES)
		place->run_ns[node] += ran_ns;
	if (bpf_core_field_exists(task->numa_pages_migrated))
		place->migrated_pages = task->numa_pages_migrated + 1;
}

#endif
