// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/probe.h"
#include "probes/procfs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * Which CPU lies on which node beside which memory. It changes when somebody plugs or unplugs
 * something, so that all of it is read again only then; what is free on a node, every few seconds.
 */
enum { LIST_BYTES = 4096, NODES_MAX = 64, MEMORY_MS = 4000 };

struct topology {
	const struct sysroot *root;
	const struct clock *clock;
	char cpus_online[LIST_BYTES], nodes_online[LIST_BYTES]; /* as last read: "" never */
	struct topology_cpu *cpu;
	struct topology_node *node;
	uint64_t *distance; /* n_node rows of n_node */
	size_t n_cpu, n_node;
	uint64_t memory_ns; /* when what is free was read */
};

static int topology_open(const struct probe_env *env, void **state, struct err *err)
{
	struct topology *topology = xcalloc(1, sizeof(*topology));

	(void)err;
	topology->root = env->root;
	topology->clock = env->clock;
	*state = topology;
	return 0;
}

/* A list in /sys as a set; false: there is no such file, or none in it. */
static bool read_list(
	const struct topology *topology, struct cpus *out, const char *folder, const char *name)
{
	char text[LIST_BYTES];

	*out = (struct cpus){ 0 };
	return sysroot_read(topology->root, text, sizeof(text), "sys/devices/system/%s/%s", folder,
		       name) > 0 &&
	       cpus_parse(out, text);
}

static uint64_t core_of(const struct topology *topology, uint64_t id)
{
	struct cpus siblings;
	char folder[64];

	snprintf(folder, sizeof(folder), "cpu/cpu%llu/topology", (unsigned long long)id);
	if (!read_list(topology, &siblings, folder, "thread_siblings_list") ||
		!cpus_has(&siblings, id))
		return id;
	return cpus_next(&siblings, 0);
}

static uint64_t node_of(const struct topology *topology, uint64_t cpu)
{
	for (size_t i = 0; i < topology->n_node; i++)
		if (cpus_has(&topology->node[i].cpus, cpu))
			return topology->node[i].id;
	return UNKNOWN_U64;
}

static void read_cpus(struct topology *topology, const struct cpus *online)
{
	struct cpus isolated, nohz_full;
	size_t n = 0;

	read_list(topology, &isolated, "cpu", "isolated");
	read_list(topology, &nohz_full, "cpu", "nohz_full"); /* "(null)" when there are none */
	topology->n_cpu = cpus_count(online);
	topology->cpu = xrealloc_array(
		topology->cpu, topology->n_cpu + 1, sizeof(*topology->cpu));
	for (uint64_t id = cpus_next(online, 0); id < CPUS_MAX; id = cpus_next(online, id + 1))
		topology->cpu[n++] = (struct topology_cpu){
			.id = id,
			.node = node_of(topology, id),
			.core = core_of(topology, id),
			.isolated = cpus_has(&isolated, id),
			.nohz_full = cpus_has(&nohz_full, id),
		};
}

/* "10 21\n": one for each node that is online, in their order. */
static bool read_distances(struct topology *topology, size_t i)
{
	uint64_t *row = topology->distance + i * topology->n_node;
	double value[NODES_MAX];
	char text[LIST_BYTES];

	if (sysroot_read(topology->root, text, sizeof(text), "sys/devices/system/node/node%llu/distance",
		    (unsigned long long)topology->node[i].id) < 0 ||
		!procfs_decimals(text, value, topology->n_node))
		return false;
	for (size_t k = 0; k < topology->n_node; k++)
		row[k] = value[k] > 0 && value[k] < 256 ? (uint64_t)value[k] : UNKNOWN_U64;
	return true;
}

static void read_node(struct topology *topology, size_t i, const struct cpus *online)
{
	struct topology_node *node = &topology->node[i];
	char folder[64];

	snprintf(folder, sizeof(folder), "node/node%llu", (unsigned long long)node->id);
	read_list(topology, &node->cpus, folder, "cpulist");
	node->cpus = cpus_and(&node->cpus, online); /* some kernels list offline ones, too */
	node->distance = read_distances(topology, i)
				 ? topology->distance + i * topology->n_node
				 : NULL;
}

static void read_nodes(struct topology *topology, const struct cpus *nodes, const struct cpus *online)
{
	size_t n = cpus_count(nodes);

	topology->n_node = n < NODES_MAX ? n : NODES_MAX;
	n = topology->n_node;
	topology->node = xrealloc_array(topology->node, n + 1, sizeof(*topology->node));
	topology->distance =
		xrealloc_array(topology->distance, n * n + 1, sizeof(*topology->distance));
	for (uint64_t id = cpus_next(nodes, 0), i = 0; i < n; id = cpus_next(nodes, id + 1), i++)
		topology->node[i] = (struct topology_node){
			.id = id,
			.mem_total_bytes = UNKNOWN_U64,
			.mem_free_bytes = UNKNOWN_U64,
		};
	for (size_t i = 0; i < n; i++)
		read_node(topology, i, online);
	topology->memory_ns = 0;
}

/* "Node 0 MemTotal:  65805000 kB" */
static uint64_t node_bytes(const char *text, const char *key)
{
	const char *at = strstr(text, key);

	return at ? procfs_kilobytes(at, key) : UNKNOWN_U64;
}

static void read_memory(struct topology *topology, uint64_t now_ns)
{
	char text[LIST_BYTES];

	if (topology->memory_ns && now_ns < topology->memory_ns + MEMORY_MS * 1000000ull)
		return;
	topology->memory_ns = now_ns;
	for (size_t i = 0; i < topology->n_node; i++) {
		struct topology_node *node = &topology->node[i];

		if (sysroot_read(topology->root, text, sizeof(text),
			    "sys/devices/system/node/node%llu/meminfo",
			    (unsigned long long)node->id) < 0)
			text[0] = '\0';
		node->mem_total_bytes = node_bytes(text, "MemTotal");
		node->mem_free_bytes = node_bytes(text, "MemFree");
	}
}

/* The text of both lists; true: not as it was. */
static bool has_changed(struct topology *topology)
{
	char cpus[LIST_BYTES], nodes[LIST_BYTES];
	bool changed;

	if (sysroot_read(topology->root, cpus, sizeof(cpus), "sys/devices/system/cpu/online") < 0)
		cpus[0] = '\0';
	if (sysroot_read(topology->root, nodes, sizeof(nodes), "sys/devices/system/node/online") < 0)
		nodes[0] = '\0'; /* a kernel without NUMA */
	changed = strcmp(cpus, topology->cpus_online) != 0 ||
		  strcmp(nodes, topology->nodes_online) != 0;
	memcpy(topology->cpus_online, cpus, sizeof(cpus));
	memcpy(topology->nodes_online, nodes, sizeof(nodes));
	return changed;
}

static void copy_out(const struct topology *topology, struct arena *arena, struct topology_sample *out)
{
	const size_t n = topology->n_node;
	uint64_t *distance = arena_array(arena, n * n, sizeof(*distance));

	*out = (struct topology_sample){ .n_cpu = topology->n_cpu, .n_node = n };
	out->cpu = arena_array(arena, out->n_cpu, sizeof(*out->cpu));
	out->node = arena_array(arena, n, sizeof(*out->node));
	for (size_t i = 0; i < out->n_cpu; i++)
		out->cpu[i] = topology->cpu[i];
	for (size_t i = 0; i < n; i++) {
		out->node[i] = topology->node[i];
		if (!out->node[i].distance)
			continue;
		memcpy(distance + i * n, out->node[i].distance, n * sizeof(*distance));
		out->node[i].distance = distance + i * n;
	}
}

static int topology_sample(void *state, struct sample *out)
{
	struct topology *topology = state;
	struct status *status = &out->status[SECTION_TOPOLOGY];
	struct cpus online, nodes;

	*status = (struct status){ .state = SOURCE_OK, .at_ns = clock_mono_ns(topology->clock) };
	if (has_changed(topology)) {
		cpus_parse(&online, topology->cpus_online);
		cpus_parse(&nodes, topology->nodes_online);
		read_nodes(topology, &nodes, &online);
		read_cpus(topology, &online);
	}
	read_memory(topology, status->at_ns);
	copy_out(topology, &out->arena, &out->topology);
	if (topology->n_cpu == 0) {
		status->state = SOURCE_UNAVAILABLE;
		status->reason = "cannot read /sys/devices/system/cpu/online; mount /sys, or check "
				 "the sysroot";
	}
	return 0;
}

static void topology_close(void *state)
{
	struct topology *topology = state;

	if (!topology)
		return;
	free(topology->cpu);
	free(topology->node);
	free(topology->distance);
	free(topology);
}

const struct probe probe_topology = {
	.name = "topology",
	.summary = "CPUs, cores and NUMA nodes of this machine, from /sys",
	.section = SECTION_TOPOLOGY,
	.open = topology_open,
	.sample = topology_sample,
	.close = topology_close,
};
