// SPDX-License-Identifier: GPL-2.0-or-later
#include "panes/io.h"

/*
 * {vm}, {pid} and {tid} as in the other panes, {dev} the device; commands are for the host unless they
 * say otherwise.
 */
#define CHAIN_COMMANDS                                                                       \
	"virsh domblklist {vm} --details; virsh domblkinfo {vm} {dev}\n"                        \
	"qemu-img info --backing-chain -U IMAGE  (each layer below the guest's disk)\n"          \
	"findmnt -T IMAGE; lsblk -s DEVICE  (the file system, and what is below it)\n"

const struct explanation io_explanation[] = {
	{
		.rule = "io-modes",
		.title = "Two kinds of request: most are fast, some take far longer",
		.mechanism =
			"The same disk answers most requests at once and some of them many times "
			"slower, all of the time: not a bad minute, but two paths. Typical ones: a "
			"throttle (QEMU's iotune, io.max of a cgroup, a cloud volume that has used "
			"up its credit) lets a burst through and holds the rest; a cache answers "
			"one part and the disk behind it the other; qcow2 allocates a cluster and "
			"writes its tables first; a thin pool, a snapshot or a RAID with a degraded "
			"leg; a flush of another VM in the same queue.",
		.trap = "A mean is between the two, where no request is: 97% at 0.4 ms and 3% at 410 "
			"ms are 12 ms, and iostat's await in the guest looks reasonable. The "
			"application that waits for 30 requests one after the other meets a slow one "
			"in each round. Utilisation and IOPS look well, too.",
		.next = "look at the VM's page: which layer the time is spent in, and the picture of "
			"the last minutes\n"
			"virsh blkdeviotune {vm} {dev}; virsh blkiotune {vm}\n"
			"cat /proc/{pid}/cgroup; io.max and io.stat there and in each level above "
			"(blkio.throttle.* in version 1)\n" CHAIN_COMMANDS
			"biolatency -D; biosnoop  (each request of the host, with its length)\n"
			"in the guest: biolatency; fio with --lat_percentiles, never a mean",
	},
	{
		.rule = "io-vmm",
		.figure = "mean",
		.title = "Requests wait in the VMM itself",
		.mechanism =
			"QEMU counts far more time for a request than it waits for the host's "
			"kernel: the difference is spent in QEMU. Either its own throttle holds "
			"them (iotune in the definition), or its image format works (qcow2 "
			"allocates, compresses, decrypts, copies from the backing file), or its "
			"main loop or I/O thread does not get to it: it is busy, or waits for a "
			"CPU.",
		.trap = "The host's disks are idle, biolatency on the host shows microseconds, and "
			"the storage team closes the ticket. In the guest, await is high and there "
			"is no way to tell why.",
		.next = "virsh blkdeviotune {vm} {dev}  (0: no limit)\n"
			"the steal pane: do its I/O threads wait for a CPU?\n"
			"virsh iothreadinfo {vm}; virsh emulatorpin {vm}\n"
			"top -H -p {pid}  (a thread at 100%?)\n"
			"perf trace -p {pid} -s  (what it does instead)\n"
			"qemu-img info -U IMAGE  (compressed? encrypted? a long chain?)",
	},
	{
		.rule = "io-host",
		.figure = "mean",
		.title = "Requests wait in the host's kernel before they are requests",
		.mechanism =
			"The VMM waits long for a call that the block layer serves quickly: the time "
			"is spent above it. The throttle of a cgroup (io.max, blkio.throttle.*, and "
			"of any level above) holds a request back before it is queued, where no "
			"tool for block devices sees it. A file system does so while it allocates, "
			"journals or takes a lock for the file; writes through the page cache do so "
			"when there is too much dirty memory; and network file systems are all of "
			"it, for they have no requests here.",
		.trap = "iostat and biolatency on the host are blameless, and so is the disk. The "
			"limit was set for a noisy neighbour a year ago, on a slice that this VM is "
			"in, too.",
		.next = "cat /proc/{pid}/cgroup; io.max, io.stat, io.pressure there and in each level "
			"above (blkio.throttle.* in version 1)\n"
			"virsh blkiotune {vm}\n" CHAIN_COMMANDS
			"ext4slower, xfsslower, nfsslower 10; nfsiostat  (each slow call)\n"
			"grep -E 'Dirty|Writeback' /proc/meminfo; cat /proc/sys/vm/dirty_*",
	},
	{
		.rule = "io-queue",
		.figure = "mean",
		.title = "Requests wait in the queue of the host's device",
		.mechanism =
			"The device is quick once it has a request, and has too many: they wait in "
			"the host's I/O scheduler or for a free tag. Other VMs, a backup, a rebuild "
			"or the host's own writeback fill the queue. A scheduler that favours one "
			"kind (reads over writes, one cgroup over another) makes the others wait.",
		.trap = "The guest sees its own few requests and a queue that is short; its neighbours "
			"are not in its iostat. The device's own latency is fine.",
		.next = "iostat -x 1  (aqu-sz, r_await, w_await of the device)\n"
			"the devq column: requests of anybody in that device\n"
			"cat /sys/block/DEVICE/queue/scheduler /sys/block/DEVICE/queue/nr_requests\n"
			"iotop -oa; biotop; cat /proc/pressure/io  (who else?)\n"
			"cat /proc/mdstat; dmsetup status  (a rebuild, a snapshot that merges?)",
	},
	{
		.rule = "io-device",
		.figure = "mean",
		.title = "The device itself is slow",
		.mechanism =
			"Most of the time passes between the moment when the device has the request "
			"and its answer. A disk that seeks, retries or is worn; an SSD that collects "
			"garbage or has filled its fast cells; a volume over a network, whose "
			"latency is the network's; a device that is asked more than it can.",
		.trap = "A new VM, more vCPUs, another cache mode: nothing in the VM helps. "
			"cache=writeback seems to, until the host's memory is full of what could "
			"not be written.",
		.next = "iostat -x 1; cat /sys/block/DEVICE/queue/rotational\n"
			"smartctl -a /dev/DEVICE; nvme smart-log /dev/DEVICE; dmesg | tail -50\n"
			"biolatency -D 10 1; cat /sys/block/DEVICE/inflight\n"
			"of a network volume: its counters at the provider (credits, IOPS, queue)",
	},
	{
		.rule = "io-slow",
		.figure = "mean",
		.title = "Requests are slow, and the layer is not known",
		.mechanism =
			"QEMU counts a high mean, and what is below cannot be told apart here: the "
			"storage is inside of QEMU's process (rbd, nbd, iscsi, gluster), in another "
			"process (vhost-user), or BPF is not available. ? on a cell says which.",
		.trap = "Only the mean is known, and a mean is what hides two kinds of request.",
		.next = "virsh domstats --block {vm}  (again 10 s later: times / reqs)\n"
			"of rbd: ceph -s; rbd perf image iostat; of nbd and iscsi: the server\n"
			"of a network: nfsiostat, ss -tinp  (retransmissions to the storage)\n" CHAIN_COMMANDS,
	},
	{
		.rule = "io-dirty",
		.figure = "dirty",
		.title = "The guest was told done, and the host has not written it",
		.mechanism =
			"The disk's cache mode lets the host answer a write once it is in the host's "
			"page cache (writeback, unsafe). The kernel writes it to the device later, "
			"in the background, until too much is dirty: then everybody who writes is "
			"made to wait. A flush of the guest has to wait for all of it.",
		.trap = "The guest writes at the speed of memory and reports it proudly; its "
			"benchmarks measure the host's RAM. The bill comes with the first fsync, "
			"which takes seconds, or when the host's limit for dirty memory is reached, "
			"for all VMs at once. What is dirty is lost with the host's power; of that a "
			"guest that flushes knows, one that does not finds out.",
		.next = "grep -E 'Dirty|Writeback' /proc/meminfo  (again 10 s later: does it fall?)\n"
			"cat /proc/sys/vm/dirty_background_ratio /proc/sys/vm/dirty_ratio\n"
			"virsh dumpxml {vm} | grep '<driver'  (cache='none' makes the guest wait for "
			"the device)\n"
			"iostat -x 1  (does the device keep up?)\n" CHAIN_COMMANDS,
	},
	{
		.rule = "io-phantom",
		.title = "The guest waits long for what the host does at once",
		.mechanism =
			"The guest's driver counts from when it has queued a request until it has "
			"taken the answer. The host answered quickly; the rest is on the way there "
			"and back: the vCPU that should take the interrupt waits for a CPU (steal), "
			"the guest's own scheduler queues requests, its device has one queue for "
			"many vCPUs, or its disk is throttled inside.",
		.trap = "It looks like slow storage, and storage is measured again and again, by "
			"people who find nothing.",
		.next = "the steal pane: do its vCPUs wait? do its I/O threads?\n"
			"in the guest: cat /sys/block/DISK/queue/scheduler /sys/block/DISK/queue/"
			"nr_requests; ls /sys/block/DISK/mq\n"
			"in the guest: cat /proc/interrupts  (one CPU for all of the disk's?)\n"
			"in the guest: cat /sys/fs/cgroup/*/io.max",
	},
	{
		.rule = "io-unsafe",
		.figure = "cache",
		.title = "The disk ignores the guest's flushes",
		.mechanism =
			"cache=unsafe tells QEMU to drop every flush. The guest's file system and "
			"database believe that what they flushed is kept.",
		.trap = "It is the fastest mode there is, and works until the host loses power: then "
			"the image may not even be readable. It belongs to installers and tests.",
		.next = "virsh dumpxml {vm} | grep '<driver'\n"
			"virsh edit {vm}  (cache='none' or 'writeback'; it takes a restart of the VM)",
	},
	{ .rule = NULL },
};
