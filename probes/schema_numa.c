// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/schema_rows.h"

static const struct field node_share_fields[] = {
	STR(node_share, node, NONE, "The node."),
	F64(node_share, pct, "Its share, in per cent."),
};
static SCHEMA(node_share, node_share_fields, "What a node has of something.");

static const struct field numa_device_fields[] = {
	STR(numa_device, name, DEVICE, "Its address on the bus."),
	U64(numa_device, node, "The node that it is attached to."),
	F64(numa_device, local_pct, "What of the VM's memory is on that node, in per cent."),
	F64(numa_device, local_error_pct, "The standard error of that, in points."),
};
static SCHEMA(numa_device, numa_device_fields, "A device of the host that was passed to the VM.");

static const struct field numa_fields[] = {
	MAP(numa, host_mem_pct, node_share,
		"Where its memory lies: the share of each node, in per cent of the pages that are "
		"present, by a random sample."),
	MAP(numa, host_cpu_pct, node_share,
		"Where its vCPUs ran: the share of each node, in per cent of their run time."),
	F64(numa, host_local_pct,
		"How much of its memory is local to a vCPU: over all nodes, the sum of the share "
		"of run "
		"time times the share of memory, in per cent.  That is what it would be if every "
		"vCPU "
		"used all memory alike, which the host cannot see."),
	F64(numa, host_local_error_pct,
		"The standard error of that, of the random sample, in points."),
	F64(numa, host_best_local_pct,
		"What could be local at most, in per cent: the sum over the nodes of the smaller of "
		"both shares.  A guest that knows its nodes may come to it."),
	F64(numa, latency_factor,
		"How much longer the mean access to memory takes than a local one, as the firmware "
		"states the distances: over all pairs of nodes, the sum of run time's share times "
		"memory's share times distance / 10."),
	F64(numa, far_memory_pct,
		"What of its memory is on nodes that have no CPU online, in per cent."),
	F64(numa, vhost_run_pct,
		"Run time of the kernel's vhost workers for it, in per cent of one CPU."),
	F64(numa, vhost_local_pct, "As host_local_pct, for where these ran."),
	F64(numa, vhost_local_error_pct, "The standard error of that, at most, in points."),
	F64(numa, absent_pct,
		"Pages that are not in memory, and on no node, in per cent of all: see the pages "
		"of the "
		"VM."),
	U64(numa, pages_sampled, "Pages in the sample."),
	U64(numa, pages_placed,
		"Those of them of which the node is known; the shares by node are of these."),
	F64(numa, migrated_pages_per_s,
		"Pages that NUMA balancing moved to the node of one of its vCPUs, per second."),
	ENUM(numa, span, numa_span,
		"Is it larger than each node of the host: fits, or memory, vcpus, both of which "
		"are more "
		"than the largest node has."),
	U64(numa, guest_nodes, "The nodes that the guest was given."),
	F64(numa, guest_local_pct,
		"The locality that it must assume: 100 for a guest of one node.  One of several "
		"can "
		"only know its own half of the matter: null."),
	F64(numa, gap_pct,
		"What the guest must assume minus what the host measures, in points: positive "
		"where "
		"memory is farther away than it can know."),
	F64(numa, gap_error_pct, "How far that may be off, two standard errors."),
	ENUM(numa, verdict, verdict, "What that means."),
	STR(numa, verdict_reason, TEXT, "Why the verdict is unknown, or needs no measuring."),
	ARRAY(numa, numa_device, "devices", "Devices of the host that were passed to it."),
};
SCHEMA(numa, numa_fields, "Where its memory lies and where its vCPUs ran.");
