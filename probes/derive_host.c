// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/derive.h"

static void host_facts(const struct derive *derive, struct host *host)
{
	const struct host_sample *cur = &derive->cur->host;

	host->name = derive_text(derive, cur->name);
	host->kernel = derive_text(derive, cur->kernel);
	host->cpus = cur->cpus;
	host->nodes = cur->nodes;
	host->is_guest = cur->is_guest;
	host->uptime_s = cur->uptime_s;
	host->load1 = cur->load1;
	host->load5 = cur->load5;
	host->load15 = cur->load15;
	host->mem_total_bytes = cur->mem_total_bytes;
	host->mem_available_bytes = cur->mem_available_bytes;
	host->swap_total_bytes = cur->swap_total_bytes;
	/* Free swap below total swap is what derive_delta knows as a counter that moved on. */
	host->swap_used_bytes = derive_delta(cur->swap_total_bytes, cur->swap_free_bytes);
	host->oom_kills_total = cur->vmstat_total[VMSTAT_OOM_KILL];
	host->psi_cpu_some_pct = cur->psi_cpu.some_avg10_pct;
	host->psi_memory_some_pct = cur->psi_memory.some_avg10_pct;
	host->psi_io_some_pct = cur->psi_io.some_avg10_pct;
}

/*
 * Run and steal from ticks, in per cent of the ticks themselves: /proc/schedstat counts a task's
 * run only when it leaves the CPU, so a vCPU that spins for seconds would not be in it.
 */
static void tick_rates(
	const struct host_sample *cur, const struct host_sample *prev, struct host *host)
{
	uint64_t busy = derive_delta(cur->busy_ticks_total, prev->busy_ticks_total);
	uint64_t idle = derive_delta(cur->idle_ticks_total, prev->idle_ticks_total);
	uint64_t steal = derive_delta(cur->steal_ticks_total, prev->steal_ticks_total);

	if (busy == UNKNOWN_U64 || idle == UNKNOWN_U64)
		return;
	host->run_pct = derive_pct(busy, busy + idle + (steal == UNKNOWN_U64 ? 0 : steal));
	if (steal != UNKNOWN_U64)
		host->steal_pct = derive_pct(steal, busy + idle + steal);
}

static double psi_pct(
	const struct psi_sample *cur, const struct psi_sample *prev, uint64_t interval_ns)
{
	uint64_t us = derive_delta(cur->some_us_total, prev->some_us_total);
	double pct = us == UNKNOWN_U64 ? NAN : derive_pct(us * 1000, interval_ns);

	return isnan(pct) ? cur->some_avg10_pct : fmin(pct, 100);
}

static void vmstat_rates(const struct host_sample *cur, const struct host_sample *prev,
	uint64_t interval_ns, struct host *host)
{
	const struct {
		enum vmstat counter;
		double *per_s;
	} rate[] = {
		{ VMSTAT_ALLOC_STALL, &host->alloc_stalls_per_s },
		{ VMSTAT_COMPACT_STALL, &host->compact_stalls_per_s },
		{ VMSTAT_COMPACT_FAIL, &host->compact_fails_per_s },
		{ VMSTAT_THP_ALLOC, &host->thp_allocs_per_s },
		{ VMSTAT_THP_FALLBACK, &host->thp_fallbacks_per_s },
		{ VMSTAT_THP_SPLIT, &host->thp_splits_per_s },
		{ VMSTAT_NUMA_MIGRATED, &host->numa_migrated_pages_per_s },
		{ VMSTAT_NUMA_HINT, &host->numa_hint_faults_per_s },
	};
	const uint64_t *now = cur->vmstat_total, *before = prev->vmstat_total;

	for (size_t i = 0; i < sizeof(rate) / sizeof(rate[0]); i++)
		*rate[i].per_s = derive_per_s(
			derive_delta(now[rate[i].counter], before[rate[i].counter]), interval_ns);
	host->oom_kills = derive_delta(now[VMSTAT_OOM_KILL], before[VMSTAT_OOM_KILL]);
	host->numa_hint_local_pct = derive_pct(
		derive_delta(now[VMSTAT_NUMA_HINT_LOCAL], before[VMSTAT_NUMA_HINT_LOCAL]),
		derive_delta(now[VMSTAT_NUMA_HINT], before[VMSTAT_NUMA_HINT]));
}

static void host_rates(const struct host_sample *cur, const struct host_sample *prev,
	uint64_t interval_ns, struct host *host)
{
	tick_rates(cur, prev, host);
	/* The sum is over online CPUs: another set of them is another sum. */
	if (cur->cpus == prev->cpus && cur->cpus != UNKNOWN_U64)
		host->wait_pct = derive_pct(derive_delta(cur->wait_ns_total, prev->wait_ns_total),
			interval_ns * cur->cpus);
	host->psi_cpu_some_pct = psi_pct(&cur->psi_cpu, &prev->psi_cpu, interval_ns);
	host->psi_memory_some_pct = psi_pct(&cur->psi_memory, &prev->psi_memory, interval_ns);
	host->psi_io_some_pct = psi_pct(&cur->psi_io, &prev->psi_io, interval_ns);
	host->swap_in_bytes_per_s = derive_per_s(
		derive_delta(cur->swap_in_bytes_total, prev->swap_in_bytes_total), interval_ns);
	host->swap_out_bytes_per_s = derive_per_s(
		derive_delta(cur->swap_out_bytes_total, prev->swap_out_bytes_total), interval_ns);
	vmstat_rates(cur, prev, interval_ns, host);
}

static void add_distances(const struct derive *derive, size_t of, struct host_node *node)
{
	const struct topology_sample *topology = &derive->cur->topology;
	const uint64_t *distance = topology->node[of].distance;

	node->n_distance = distance ? topology->n_node : 0;
	node->distance = arena_array(derive->arena, node->n_distance, sizeof(*node->distance));
	for (size_t i = 0; i < node->n_distance; i++)
		node->distance[i] = (struct node_distance){
			.node = arena_printf(
				derive->arena, "%llu", (unsigned long long)topology->node[i].id),
			.distance = distance[i] == UNKNOWN_U64 ? NAN : (double)distance[i],
		};
}

static void host_topology(const struct derive *derive, struct host *host)
{
	const struct topology_sample *topology = &derive->cur->topology;

	host->n_host_cpu = topology->n_cpu;
	host->host_cpu = arena_array(derive->arena, topology->n_cpu, sizeof(*host->host_cpu));
	for (size_t i = 0; i < topology->n_cpu; i++) {
		const struct topology_cpu *cpu = &topology->cpu[i];

		host->host_cpu[i] = (struct host_cpu){
			.id = cpu->id,
			.node = cpu->node,
			.core = cpu->core,
			.isolated = cpu->isolated,
			.nohz_full = cpu->nohz_full,
		};
	}
	host->n_host_node = topology->n_node;
	host->host_node = arena_array(derive->arena, topology->n_node, sizeof(*host->host_node));
	for (size_t i = 0; i < topology->n_node; i++) {
		const struct topology_node *node = &topology->node[i];

		host->host_node[i] = (struct host_node){
			.id = node->id,
			.cpus = cpus_format(&node->cpus, derive->arena),
			.mem_total_bytes = node->mem_total_bytes,
			.mem_free_bytes = node->mem_free_bytes,
		};
		add_distances(derive, i, &host->host_node[i]);
	}
}

void derive_host(const struct derive *derive, struct host *host)
{
	const struct sample *cur = derive->cur, *prev = derive->prev;
	uint64_t cur_ns = cur->status[SECTION_HOST].at_ns;
	uint64_t prev_ns = prev ? prev->status[SECTION_HOST].at_ns : 0;

	host_topology(derive, host);
	if (cur_ns == 0)
		return;
	host_facts(derive, host);
	derive_thp_host(derive, host);
	if (prev_ns != 0 && cur_ns > prev_ns)
		host_rates(&cur->host, &prev->host, cur_ns - prev_ns, host);
}
