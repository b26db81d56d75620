// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/derive.h"

#include <math.h>
#include <stdlib.h>

/*
 * With c_i the share of vCPU time on node i, m_j the share of present memory on node j, d_ij the
 * distance between the two:
 *
 *	local	= sum over i of c_i m_i
 *	best	= sum over i of min(c_i, m_i)
 *	factor	= sum over i, j of c_i m_j d_ij / 10
 *	error	= sqrt((sum over i of c_i^2 m_i - local^2) / n)
 *
 * The first two hold if what a vCPU uses is spread over the nodes as all of the memory is: a guest
 * that knows its nodes does better, one that is unlucky does worse, and only counters of the
 * processor could tell. The error is that of n random pages; the time is exact.
 */
/* Those whose place is not told are no random ones: of more than a tenth nothing can be said. */
enum { NODES = PAGES_NODES, UNTOLD_MOST = 10 };

struct place {
	size_t n;		       /* nodes by their number: all below */
	double mem[NODES], cpu[NODES]; /* shares; NAN in the first: unknown */
	double pages;
	const char *mem_reason, *cpu_reason; /* why they are not known */
};

static const struct topology_node *node_of(const struct derive *derive, uint64_t id)
{
	const struct topology_sample *topology = &derive->cur->topology;

	for (size_t i = 0; i < topology->n_node; i++)
		if (topology->node[i].id == id)
			return &topology->node[i];
	return NULL;
}

/* A kernel without NUMA has none, which is as good as one. */
static bool has_one_node(const struct derive *derive)
{
	return derive->cur->topology.n_cpu && derive->cur->topology.n_node < 2;
}

static size_t nodes_below(const struct derive *derive)
{
	const struct topology_sample *topology = &derive->cur->topology;
	uint64_t last = topology->n_node ? topology->node[topology->n_node - 1].id : 0;

	return last < NODES ? (size_t)last + 1 : 0;
}

static void memory_shares(
	const struct derive *derive, const struct joined *joined, struct place *place)
{
	const struct pages_vm *vm = derive_pages_of(derive, joined);
	const struct pages_count *count = vm ? &vm->count : NULL;
	double told = 0;
	bool untold;

	place->mem[0] = NAN;
	place->mem_reason = derive_pages_source(derive, joined).reason;
	if (!vm || !source_has_values(vm->status.state))
		return;
	for (size_t i = 0; i < place->n; i++)
		told += count->node[i];
	place->mem_reason = "none of the pages that were looked at is in memory";
	untold = count->kind[PAGES_UNTOLD] * UNTOLD_MOST > told;
	if (untold)
		place->mem_reason = "this kernel does not say where many of its pages are, and their "
				    "numbers may not be read; run as root or grant CAP_SYS_ADMIN";
	if (told == 0 || untold)
		return;
	for (size_t i = 0; i < place->n; i++)
		place->mem[i] = count->node[i] / told;
	place->pages = told;
	place->mem_reason = NULL;
}

/* What ended in the interval and was counted too high before is made good: not less than nothing.
 */
static void add_run(
	const struct account_thread *cur, const struct account_thread *prev, size_t n, double *ns)
{
	for (size_t i = 0; i < n; i++)
		if (cur->node_run_ns_total[i] > prev->node_run_ns_total[i])
			ns[i] += (double)(cur->node_run_ns_total[i] - prev->node_run_ns_total[i]);
}

/* Both have been counted by node, for as many of them. */
static bool is_counted(const struct derive *derive, const struct account_thread *cur,
	const struct account_thread *prev)
{
	return cur && prev && cur->node_run_ns_total && prev->node_run_ns_total &&
	       derive->cur->account.n_node == derive->prev->account.n_node;
}

static size_t counted_nodes(const struct derive *derive, const struct place *place)
{
	size_t n = derive->cur->account.n_node;

	return n < place->n ? n : place->n;
}

/* Shares of what is there; false: there is nothing. */
static bool make_shares(double *part, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += part[i];
	for (size_t i = 0; i < n && sum > 0; i++)
		part[i] /= sum;
	return sum > 0;
}

static const char *why_no_time(
	const struct derive *derive, const struct joined *joined, bool counted)
{
	const struct status *bpf = &derive->cur->status[SECTION_ACCOUNT];

	if (!joined->proc)
		return "its process is not visible here";
	if (derive->cur->account.node_reason)
		return derive->cur->account.node_reason;
	if (derive->cur->account.n_node == 0)
		return arena_printf(derive->arena, "on which node vCPUs run, only bpf tells: %s",
			bpf->reason ? bpf->reason : "it has not started yet");
	if (!derive->prev)
		return "a share of time needs two readings";
	return counted ? "its vCPUs did not run" : "bpf has no accounts of its vCPU threads yet";
}

static void time_shares(
	const struct derive *derive, const struct joined *joined, struct place *place)
{
	bool counted = false;

	for (size_t i = 0; joined->proc && i < joined->proc->n_vcpu; i++) {
		const struct reading *reading = &joined->reading[i];

		if (reading->ns == 0 || !is_counted(derive, reading->cur, reading->prev))
			continue;
		counted = true;
		add_run(reading->cur, reading->prev, counted_nodes(derive, place), place->cpu);
	}
	if (counted && make_shares(place->cpu, place->n))
		return;
	place->cpu[0] = NAN;
	place->cpu_reason = why_no_time(derive, joined, counted);
}

/* All nodes, so that both lists name the same ones; one that went offline while it held some. */
static void list_shares(const struct derive *derive, const double *part, size_t n,
	struct node_share **out, size_t *n_out)
{
	if (n == 0 || isnan(part[0]))
		return;
	*out = arena_array(derive->arena, n, sizeof(**out));
	for (size_t i = 0; i < n; i++)
		if (part[i] > 0 || node_of(derive, i))
			(*out)[(*n_out)++] = (struct node_share){
				.node = arena_printf(derive->arena, "%zu", i),
				.pct = 100 * part[i],
			};
}

static double local_of(const struct place *place, const double *cpu)
{
	double local = 0;

	for (size_t i = 0; i < place->n; i++)
		local += cpu[i] * place->mem[i];
	return 100 * local;
}

static double best_local_of(const struct place *place)
{
	double best = 0;

	for (size_t i = 0; i < place->n; i++)
		best += place->cpu[i] < place->mem[i] ? place->cpu[i] : place->mem[i];
	return 100 * best;
}

static double local_error(const struct place *place, double local_pct)
{
	double square = 0, local = local_pct / 100;

	for (size_t i = 0; i < place->n; i++)
		square += place->cpu[i] * place->cpu[i] * place->mem[i];
	return fmax(100 * sqrt(fmax(square - local * local, 0) / place->pages),
		derive_share_error(0, place->pages));
}

static double distance(const struct derive *derive, size_t from, size_t to)
{
	const struct topology_sample *topology = &derive->cur->topology;
	const struct topology_node *a = node_of(derive, from), *b = node_of(derive, to);
	uint64_t d = a && b && a->distance ? a->distance[b - topology->node] : UNKNOWN_U64;

	return d == UNKNOWN_U64 ? NAN : (double)d;
}

static double latency_factor(const struct derive *derive, const struct place *place)
{
	double sum = 0;

	for (size_t i = 0; i < place->n; i++)
		for (size_t j = 0; j < place->n; j++)
			if (place->cpu[i] * place->mem[j] > 0)
				sum += place->cpu[i] * place->mem[j] * distance(derive, i, j) / 10;
	return sum;
}

static double far_memory(const struct derive *derive, const struct place *place)
{
	double far = 0;

	for (size_t i = 0; i < place->n; i++) {
		const struct topology_node *node = node_of(derive, i);

		if (node && cpus_count(&node->cpus) == 0)
			far += place->mem[i];
	}
	return 100 * far;
}

static double migrated_per_s(const struct joined *joined)
{
	double per_s = NAN;

	for (size_t i = 0; joined->proc && i < joined->proc->n_vcpu; i++) {
		const struct reading *reading = &joined->reading[i];

		if (reading->ns)
			per_s = derive_sum(
				per_s, derive_rate(reading->cur->migrated_pages_total,
					       reading->prev->migrated_pages_total, reading->ns));
	}
	return per_s;
}

static enum numa_span span_of(const struct derive *derive, const struct vm *vm)
{
	const struct topology_sample *topology = &derive->cur->topology;
	uint64_t most_bytes = 0, most_cpus = 0;
	bool memory, vcpus;

	for (size_t i = 0; i < topology->n_node; i++) {
		const struct topology_node *node = &topology->node[i];
		uint64_t cpus = cpus_count(&node->cpus);

		if (node->mem_total_bytes != UNKNOWN_U64 && node->mem_total_bytes > most_bytes)
			most_bytes = node->mem_total_bytes;
		most_cpus = cpus > most_cpus ? cpus : most_cpus;
	}
	if (most_bytes == 0 || vm->memory.sold_bytes == UNKNOWN_U64 || vm->vcpus == UNKNOWN_U64)
		return NUMA_SPAN_UNKNOWN;
	memory = vm->memory.sold_bytes > most_bytes;
	vcpus = vm->vcpus > most_cpus;
	return memory && vcpus ? NUMA_SPAN_BOTH
	       : memory	       ? NUMA_SPAN_MEMORY
	       : vcpus	       ? NUMA_SPAN_VCPUS
			       : NUMA_SPAN_FITS;
}

static void list_devices(const struct derive *derive, const struct joined *joined,
	const struct place *place, struct numa *numa)
{
	const struct pages_vm *vm = derive_pages_of(derive, joined);

	numa->n_numa_device = vm ? vm->n_device : 0;
	numa->numa_device =
		arena_array(derive->arena, numa->n_numa_device, sizeof(*numa->numa_device));
	for (size_t i = 0; i < numa->n_numa_device; i++) {
		const struct pages_device *device = &vm->device[i];
		bool known = device->node < place->n && !isnan(place->mem[0]);

		numa->numa_device[i] = (struct numa_device){
			.name = derive_text(derive, device->name),
			.node = device->node,
			.local_pct = known ? 100 * place->mem[device->node] : NAN,
		};
		numa->numa_device[i].local_error_pct =
			derive_share_error(numa->numa_device[i].local_pct, place->pages);
	}
}

static void on_one_node(const struct derive *derive, struct place *place)
{
	const struct topology_sample *topology = &derive->cur->topology;
	size_t only = topology->n_node ? (size_t)topology->node[0].id : 0;

	*place = (struct place){ .n = only < NODES ? only + 1 : 0 };
	if (place->n)
		place->mem[only] = place->cpu[only] = 1;
}

/* What the guest must assume, and how far off that is. */
static void compare(struct numa *numa, const struct place *place)
{
	numa->guest_local_pct = numa->guest_nodes == 1 ? 100 : NAN;
	numa->gap_pct = numa->guest_local_pct - numa->host_local_pct;
	numa->gap_error_pct = isnan(numa->gap_pct) ? NAN : 2 * numa->host_local_error_pct;
	if (place->mem_reason || place->cpu_reason)
		numa->verdict_reason = place->mem_reason ? place->mem_reason : place->cpu_reason;
	else if (numa->guest_nodes == UNKNOWN_U64)
		numa->verdict_reason = "the nodes that its guest was given are not known";
	else if (numa->guest_nodes > 1)
		numa->verdict_reason =
			"its guest has nodes of its own, and what it makes of them only "
			"the guest could tell";
}

static uint64_t guest_nodes(const struct joined *joined)
{
	uint64_t nodes = joined->domain ? joined->domain->guest_nodes : 0;

	if ((nodes == 0 || nodes == UNKNOWN_U64) && joined->proc)
		nodes = joined->proc->guest_nodes;
	return nodes ? nodes : UNKNOWN_U64;
}

static void on_many_nodes(const struct derive *derive, const struct joined *joined,
	struct place *place, struct numa *numa)
{
	bool complete;

	*place = (struct place){ .n = nodes_below(derive) };
	if (place->n == 0) {
		place->mem_reason = derive->cur->topology.n_cpu
					    ? "pages are counted for nodes 0 to 15 only, and this "
					      "host has others"
					    : derive->cur->status[SECTION_TOPOLOGY].reason;
		place->mem[0] = place->cpu[0] = NAN;
		return;
	}
	memory_shares(derive, joined, place);
	time_shares(derive, joined, place);
	numa->migrated_pages_per_s = migrated_per_s(joined);
	complete = !isnan(place->mem[0]) && !isnan(place->cpu[0]);
	if (!isnan(place->mem[0])) {
		numa->far_memory_pct = far_memory(derive, place);
		numa->pages_placed = (uint64_t)place->pages;
	}
	numa->host_local_pct = complete ? local_of(place, place->cpu) : NAN;
	numa->host_best_local_pct = complete ? best_local_of(place) : NAN;
	numa->host_local_error_pct = complete ? local_error(place, numa->host_local_pct) : NAN;
	numa->latency_factor = complete ? latency_factor(derive, place) : NAN;
}

void derive_numa(const struct derive *derive, const struct joined *joined, struct vm *vm)
{
	struct numa *numa = &vm->numa;
	struct place place;

	numa->guest_nodes = guest_nodes(joined);
	numa->absent_pct = vm->pages.absent_pct;
	numa->pages_sampled = vm->pages.sampled;
	numa->span = span_of(derive, vm);
	if (has_one_node(derive)) {
		on_one_node(derive, &place);
		numa->host_local_pct = numa->host_best_local_pct = 100;
		numa->host_local_error_pct = 0;
		numa->latency_factor = 1;
		numa->far_memory_pct = 0;
		numa->migrated_pages_per_s = 0;
	} else {
		on_many_nodes(derive, joined, &place, numa);
	}
	list_shares(derive, place.mem, place.n, &numa->host_mem_pct, &numa->n_host_mem_pct);
	list_shares(derive, place.cpu, place.n, &numa->host_cpu_pct, &numa->n_host_cpu_pct);
	list_devices(derive, joined, &place, numa);
	compare(numa, &place);
}

static struct vm *vm_of(struct snapshot *out, pid_t pid)
{
	for (size_t i = 0; i < out->n_vm; i++)
		if (out->vm[i].pid == (uint64_t)pid)
			return &out->vm[i];
	return NULL;
}

/* The share of its memory on that node; NAN: not known. */
static double memory_on(const struct numa *numa, size_t node)
{
	for (size_t i = 0; i < numa->n_host_mem_pct; i++)
		if (strtoul(numa->host_mem_pct[i].node, NULL, 10) == node)
			return numa->host_mem_pct[i].pct;
	return numa->n_host_mem_pct ? 0 : NAN;
}

/* Of several, each counts by how long it ran: run and local are sums until all were added. */
static void add_vhost(const struct derive *derive, const struct account_thread *cur,
	const struct account_thread *prev, struct numa *numa)
{
	double ns[NODES] = { 0 };
	double run_pct = 0, local = 0;

	add_run(cur, prev, derive->cur->account.n_node, ns);
	for (size_t i = 0; i < derive->cur->account.n_node; i++) {
		double pct = 100 * ns[i] / (double)derive->interval_ns;

		run_pct += pct;
		local += pct > 0 ? pct * memory_on(numa, i) : 0;
	}
	numa->vhost_run_pct = derive_sum(numa->vhost_run_pct, run_pct);
	numa->vhost_local_pct = derive_sum(numa->vhost_local_pct, local);
}

void derive_vhosts(const struct derive *derive, struct snapshot *out)
{
	const struct account_sample *account = &derive->cur->account;

	for (size_t i = 0; derive->prev && account->n_node && i < account->n_thread; i++) {
		const struct account_thread *cur = &account->thread[i], *prev;
		struct vm *vm = cur->kind == THREAD_VHOST ? vm_of(out, cur->pid) : NULL;

		prev = vm ? account_thread(&derive->prev->account, cur->tid, cur->start_ticks)
			  : NULL;
		if (is_counted(derive, cur, prev))
			add_vhost(derive, cur, prev, &vm->numa);
	}
	for (size_t i = 0; i < out->n_vm; i++) {
		struct numa *numa = &out->vm[i].numa;

		numa->vhost_local_pct = numa->vhost_run_pct > 0 && numa->n_host_mem_pct
						? numa->vhost_local_pct / numa->vhost_run_pct
						: NAN;
		/* Where they ran on several nodes it is less. */
		if (numa->pages_placed != UNKNOWN_U64)
			numa->vhost_local_error_pct = derive_share_error(
				numa->vhost_local_pct, (double)numa->pages_placed);
	}
}
