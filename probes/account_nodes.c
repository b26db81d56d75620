// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/account_nodes.h"

#include <errno.h>
#include <string.h>

#include <bpf/libbpf.h>

#include "probes/account.skel.h"

static bool read_nodes(const struct sysroot *root, struct cpus *nodes)
{
	char list[4096];

	return sysroot_read(root, list, sizeof(list), "sys/devices/system/node/online") > 0 &&
	       cpus_parse(nodes, list);
}

void nodes_prepare(struct account_nodes *nodes, const struct sysroot *root, struct account_bpf *bpf,
	size_t n_slot, bool migrated_known)
{
	struct cpus online;

	*nodes = (struct account_nodes){ .migrated_known = migrated_known };
	if (!read_nodes(root, &online) || cpus_count(&online) < 2)
		return;
	for (uint64_t id = cpus_next(&online, 0); id < CPUS_MAX; id = cpus_next(&online, id + 1))
		nodes->n = (size_t)id + 1;
	if (nodes->n > ACCOUNT_NODES) {
		nodes->n = 0;
		nodes->reason =
			"time by node is counted for nodes 0 to 15 only, and this host has others";
		return;
	}
	bpf->rodata->has_nodes = true;
	bpf_map__set_max_entries(bpf->maps.places, (unsigned)n_slot);
}

int nodes_map(struct account_nodes *nodes, struct account_bpf *bpf)
{
	int code;

	if (nodes->n == 0)
		return 0;
	code = bpf_window_open(&nodes->places, bpf->maps.places);
	if (code == 0 && !bpf_window_reach(&nodes->places, nodes->places.count - 1))
		code = -ENOMEM;
	if (code == 0)
		nodes->place = nodes->places.base;
	return code;
}

void nodes_release(struct account_nodes *nodes)
{
	bpf_window_close(&nodes->places);
	nodes->place = NULL;
}

bool nodes_round(struct account_nodes *nodes, const struct topology_sample *topology)
{
	memset(nodes->of_cpu, 0, sizeof(nodes->of_cpu));
	for (size_t i = 0; i < topology->n_cpu; i++) {
		const struct topology_cpu *cpu = &topology->cpu[i];

		if (cpu->id < CPUS_MAX && cpu->node < ACCOUNT_NODES)
			nodes->of_cpu[cpu->id] = (uint8_t)(cpu->node + 1);
	}
	return topology->n_node < 2 || nodes->n || nodes->reason;
}

void nodes_forget(struct account_nodes *nodes, int slot)
{
	if (nodes->place)
		memset(&nodes->place[slot], 0, sizeof(nodes->place[slot]));
}

void nodes_fill(const struct account_nodes *nodes, const struct account_slot *slot, uint64_t run_ns,
	struct arena *arena, struct account_thread *out)
{
	const struct account_place *place;
	uint64_t migrated;
	size_t cpu = (size_t)slot->cpu - 1;
	uint64_t *node_run_ns;

	out->migrated_pages_total = UNKNOWN_U64;
	if (!nodes->place)
		return;
	place = &nodes->place[slot->number];
	node_run_ns = arena_array(arena, nodes->n, sizeof(*node_run_ns));
	for (size_t i = 0; i < nodes->n; i++)
		node_run_ns[i] = __atomic_load_n(&place->run_ns[i], __ATOMIC_RELAXED);
	if (run_ns > slot->total_ns[ACCOUNT_RUN] && slot->cpu && cpu < CPUS_MAX &&
		nodes->of_cpu[cpu] && nodes->of_cpu[cpu] <= nodes->n)
		node_run_ns[nodes->of_cpu[cpu] - 1] += run_ns - slot->total_ns[ACCOUNT_RUN];
	out->node_run_ns_total = node_run_ns;
	migrated = __atomic_load_n(&place->migrated_pages, __ATOMIC_RELAXED);
	if (nodes->migrated_known && migrated)
		out->migrated_pages_total = migrated - 1;
}
