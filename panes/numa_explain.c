// SPDX-License-Identifier: GPL-2.0-or-later
#include "panes/numa.h"

/* {vm} and {pid} stand for the VM and its process. Commands are for the host unless they say so. */
const struct explanation numa_explanation[] = {
	{
		.rule = "numa-remote",
		.figure = "factor",
		.title = "Its vCPUs run on one node, its memory lies on another",
		.mechanism =
			"Memory is taken from the node on which it is first touched, often by one "
			"thread of the VMM at the start, or by a policy; and stays there. The "
			"scheduler moves the vCPUs later, to where CPUs are free. From then on "
			"each "
			"miss in the caches crosses the link between the sockets: the latency is "
			"multiplied by the distance, and the link's bandwidth is shared with all "
			"others who do the same. The figure is the share of run time by node times "
			"the share of memory by node: what would be local if every vCPU used all "
			"memory alike.",
		.trap = "The guest shows 60% CPU, no steal and no waiting for disks: a stalled "
			"load "
			"counts as busy. Its median is fine and its 99th percentile is not. A "
			"guest "
			"with one node has no word for it: numastat inside says that all is local. "
			"Benchmarks differ from one start of the VM to the next, by where it came "
			"to lie.",
		.next = "numastat -p {pid}  (the second opinion, once: it walks all of its "
			"memory)\n"
			"virsh numatune {vm}; virsh vcpupin {vm}; virsh emulatorpin {vm}\n"
			"numactl --hardware  (is there room for it on the node of its vCPUs?)\n"
			"cat /proc/sys/kernel/numa_balancing  (1: the kernel moves what is used)\n"
			"taskset -acp CPUS {pid}  (move the vCPUs to the memory: at once, costs "
			"nothing)\n"
			"migratepages {pid} FROM TO  (move the memory to the vCPUs: stalls it for "
			"a "
			"while)\n"
			"perf stat -e node-loads,node-load-misses -p {pid} sleep 5  (Intel: what "
			"it "
			"really uses)",
	},
	{
		.rule = "numa-spans",
		.figure = "span",
		.title = "The VM is larger than a node, and was given one",
		.mechanism =
			"It has more memory than any node of the host, or more vCPUs than any has "
			"CPUs, so that it lies across several whatever anybody does. But its guest "
			"was told of one node: its kernel gives a thread any CPU and any page.",
		.trap = "No pinning and no tuning inside recovers the third that this costs. "
			"Making "
			"it larger still, because it is slow, makes it slower.",
		.next = "numactl --hardware; virsh capabilities | grep -A3 '<cell'\n"
			"virsh dumpxml {vm} | grep -A8 -e '<cpu ' -e '<numa'  (<numa><cell> gives "
			"it "
			"nodes)\n"
			"virsh numatune {vm}  (and <memnode> binds each to one of the host)\n"
			"or size it to fit into one node, from its next start on",
	},
	{
		.rule = "numa-far-memory",
		.figure = "far",
		.title = "Its memory is on nodes without CPUs",
		.mechanism =
			"Some nodes are memory alone: behind CXL, persistent, or left when the "
			"CPUs of "
			"a node went offline. No vCPU can be near it. The kernel puts pages there "
			"when it demotes what looks cold, or when the other nodes were full.",
		.trap = "Inside, it is memory like any other. What looks cold to the host may be "
			"what "
			"the guest waits for each morning.",
		.next = "numactl --hardware; cat /sys/devices/system/node/has_cpu\n"
			"cat /sys/kernel/mm/numa/demotion_enabled\n"
			"grep -e pgdemote -e pgpromote /proc/vmstat\n"
			"virsh numatune {vm}; numastat -p {pid}",
	},
	{
		.rule = "numa-device",
		.figure = "device",
		.least = true,
		.title = "Its device, or who works for it, is on another node",
		.mechanism =
			"A device that was passed through writes into the guest's memory by "
			"itself, "
			"across the link between sockets where that lies on another node. A vhost "
			"worker copies each packet: it runs wherever the scheduler put it, and its "
			"memory is the guest's.",
		.trap = "Throughput stands below that of the same VM on another host, and every "
			"queue, ring and interrupt looks right from both sides.",
		.next = "cat /sys/bus/pci/devices/ADDRESS/numa_node\n"
			"virsh nodedev-dumpxml pci_ADDRESS | grep numa\n"
			"ps -eLo psr,pcpu,comm | grep vhost-{pid}  (on which CPUs its workers "
			"are)\n"
			"virsh emulatorpin {vm} CPUS  (workers follow it); virsh numatune {vm}",
	},
	{
		.rule = "numa-moving",
		.figure = "moved",
		.title = "The kernel keeps moving its memory",
		.mechanism =
			"NUMA balancing takes pages away from the VM for a moment to learn from "
			"the "
			"fault who uses them, and moves those that are used from another node. "
			"Nested page tables are taken away with them: the vCPU leaves its guest, "
			"all of its CPUs are interrupted, the page is copied. That settles within "
			"minutes when vCPUs stay where they are. Where they wander, or where "
			"threads "
			"of several nodes use the same pages, it never does.",
		.trap = "It looks like exits and busy time of no cause, and comes and goes with "
			"the "
			"scheduler. Huge pages are moved whole, or are split first.",
		.next = "grep numa_ /proc/vmstat; sleep 10; grep numa_ /proc/vmstat\n"
			"cat /proc/sys/kernel/numa_balancing\n"
			"virsh vcpupin {vm}  (pin them to a node, and it comes to rest)\n"
			"grep numa_pages_migrated /proc/{pid}/task/*/sched  (which vCPUs)",
	},
	{ .rule = NULL },
};
