// SPDX-License-Identifier: GPL-2.0-or-later
#include "panes/numa.h"

#include <math.h>

#include "panes/format.h"

/*
 * 4 and 100 MB a second: each page that moves is unmapped on all CPUs of the VM, copied, and
 * faulted in again.
 */
static const double MOVING_WATCH_PER_S = 1000, MOVING_WARN_PER_S = 25000;
static const double FAR_WATCH_PCT = 5, FAR_WARN_PCT = 25;
static const double DEVICE_LOCAL_PCT = 50; /* of its memory, below which a device is far */
static const double VHOST_WATCH_PCT = 10, VHOST_WARN_PCT = 50; /* of a CPU */

static void report(struct judge *judge, const struct vm *vm, const char *rule,
	enum severity severity, const char *text)
{
	judge_report_vm(judge, vm,
		&(struct finding){
			.pane = "numa",
			.rule = rule,
			.verdict = vm->numa.verdict,
			.severity = severity,
			.text = text,
		},
		NAN);
}

static void report_remote(struct snapshot *snap, const struct vm *vm, struct judge *judge)
{
	const struct numa *numa = &vm->numa;
	enum severity severity = numa_runs(vm) ? numa_severity(vm) : SEVERITY_NONE;
	struct arena *arena = &snap->arena;
	char local[FORMAT_SIZE];
	const char *text;

	if (severity == SEVERITY_NONE)
		return;
	text = arena_printf(arena, "%s %s%% local",
		numa->guest_nodes == 1	     ? "guest sees 1 node, host"
		: numa_guest_has_nodes(numa) ? "guest has nodes, host at best"
					     : "guest's nodes unknown, host",
		format_pct(local, numa_local_pct(numa)));
	if (!isnan(numa_latency(numa)))
		text = arena_printf(arena, "%s, latency %.1fx", text, fmin(numa_latency(numa), 99));
	report(judge, vm, "numa-remote", severity, text);
}

static uint64_t cpus_of(const struct host *host, uint64_t node)
{
	uint64_t cpus = 0;

	for (size_t i = 0; i < host->n_host_cpu; i++)
		cpus += host->host_cpu[i].node == node;
	return cpus;
}

struct numa_largest numa_largest(const struct host *host)
{
	struct numa_largest most = { 0, 0 };

	for (size_t i = 0; i < host->n_host_node; i++) {
		const struct host_node *node = &host->host_node[i];
		uint64_t cpus = cpus_of(host, node->id);

		if (node->mem_total_bytes != UNKNOWN_U64 && node->mem_total_bytes > most.bytes)
			most.bytes = node->mem_total_bytes;
		most.cpus = cpus > most.cpus ? cpus : most.cpus;
	}
	return most;
}

/* One that was given nodes of its own can be laid out well: that is what they are for. */
static void report_span(struct snapshot *snap, const struct vm *vm,
	const struct numa_largest *largest, struct judge *judge)
{
	const struct numa *numa = &vm->numa;
	bool memory = numa->span == NUMA_SPAN_MEMORY || numa->span == NUMA_SPAN_BOTH;
	bool vcpus = numa->span == NUMA_SPAN_VCPUS || numa->span == NUMA_SPAN_BOTH;
	char sold[FORMAT_SIZE], most[FORMAT_SIZE], sold_cpus[FORMAT_SIZE], cpus[FORMAT_SIZE];
	const char *between = memory && vcpus ? ", " : "";

	if (numa->guest_nodes != 1 || (!memory && !vcpus))
		return;
	format_bytes(sold, vm->memory.sold_bytes);
	format_bytes(most, largest->bytes);
	format_id(sold_cpus, vm->vcpus);
	format_id(cpus, largest->cpus);
	report(judge, vm, "numa-spans", SEVERITY_WATCH,
		arena_printf(&snap->arena, "guest sees 1 node, has %s%s%s%s; a node %s%s%s%s",
			memory ? sold : "", between, vcpus ? sold_cpus : "",
			vcpus ? " vCPUs" : "", memory ? most : "", between,
			vcpus ? cpus : "", vcpus ? " CPUs" : ""));
}

static void report_far(struct snapshot *snap, const struct vm *vm, struct judge *judge)
{
	double far = vm->numa.far_memory_pct - 2 * vm->numa.host_local_error_pct;
	char pct[FORMAT_SIZE];

	if (isnan(far))
		far = vm->numa.far_memory_pct;
	if (!(far >= FAR_WATCH_PCT))
		return;
	report(judge, vm, "numa-far-memory", far >= FAR_WARN_PCT ? SEVERITY_WARN : SEVERITY_WATCH,
		arena_printf(&snap->arena, "%s%% of its memory is on nodes without CPUs",
			format_pct(pct, vm->numa.far_memory_pct)));
}

static void report_device(struct snapshot *snap, const struct vm *vm, const char *name,
	enum severity severity, const char *text, struct judge *judge)
{
	judge_report_vm(judge, vm,
		&(struct finding){
			.pane = "numa",
			.rule = "numa-device",
			.subject = arena_strdup(&snap->arena, name),
			.verdict = vm->numa.verdict,
			.severity = severity,
			.text = text,
		},
		NAN);
}

/* By more than two standard errors of the sample: half is what memory on two nodes in turn has. */
static bool is_far(double local_pct, double error_pct)
{
	return local_pct + 2 * error_pct < DEVICE_LOCAL_PCT;
}

static void report_devices(struct snapshot *snap, const struct vm *vm, struct judge *judge)
{
	const struct numa *numa = &vm->numa;
	char local[FORMAT_SIZE], run[FORMAT_SIZE], node[FORMAT_SIZE];

	for (size_t i = 0; i < numa->n_numa_device; i++) {
		const struct numa_device *device = &numa->numa_device[i];

		if (is_far(device->local_pct, device->local_error_pct))
			report_device(snap, vm, device->name, SEVERITY_WATCH,
				arena_printf(&snap->arena, "%s%% of its memory on node %s of device %s",
					format_pct(local, device->local_pct),
					format_id(node, device->node),
					device->name ? device->name : "-"),
				judge);
	}
	if (numa->vhost_run_pct >= VHOST_WATCH_PCT &&
		is_far(numa->vhost_local_pct, numa->vhost_local_error_pct))
		report_device(snap, vm, "vhost",
			numa->vhost_run_pct >= VHOST_WARN_PCT ? SEVERITY_WARN : SEVERITY_WATCH,
			arena_printf(&snap->arena, "vhost runs %s%% of a CPU, %s%% of its memory local",
				format_pct(run, numa->vhost_run_pct),
				format_pct(local, numa->vhost_local_pct)),
			judge);
}

static void report_moving(struct snapshot *snap, const struct vm *vm, struct judge *judge)
{
	double per_s = vm->numa.migrated_pages_per_s;
	char pages[FORMAT_SIZE];

	if (!(per_s >= MOVING_WATCH_PER_S))
		return;
	report(judge, vm, "numa-moving",
		per_s >= MOVING_WARN_PER_S ? SEVERITY_WARN : SEVERITY_WATCH,
		arena_printf(&snap->arena, "NUMA balancing moves %s of its pages a second",
			format_per_s(pages, per_s)));
}

void numa_report(struct snapshot *snap, const struct vm *vm, const struct numa_largest *largest,
	struct judge *judge)
{
	report_remote(snap, vm, judge);
	report_span(snap, vm, largest, judge);
	report_far(snap, vm, judge);
	report_devices(snap, vm, judge);
	report_moving(snap, vm, judge);
}
