// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/schema_rows.h"

#include "probes/histogram.h"

enum { LAYERS_MOST = 64 };

static const struct field latency_bin_fields[] = {
	U64(latency_bin, from_ns,
		"The shortest counted here; the longest is 2^(1/4) times as long.  The first of all "
		"bins, 256 ns, also has all that are shorter."),
	U64(latency_bin, count, "Requests of such a length that ended in the interval."),
};
static SCHEMA(latency_bin, latency_bin_fields, "How many requests took how long.");

static const struct field latency_fields[] = {
	U64(latency, count, "Requests that ended in the interval."),
	U64(latency, bytes, "What they moved, in bytes."),
	F64(latency, mean_ns, "Their mean length."),
	F64(latency, max_ns, "The longest."),
	SHORT_ARRAY(latency, latency_bin, "bins", HISTOGRAM_BINS,
		"How long they took: the bins that hold any, the shortest first."),
};
SCHEMA(latency, latency_fields, "What one layer saw of one kind of request.");

static const struct field op_minute_fields[] = {
	F64(op_minute, vmm_mean_ns,
		"The mean length of requests by QEMU's own account, as far as it is known."),
	U64(op_minute, vmm_samples, "The requests that this is of."),
	F64(op_minute, vmm_part_ns,
		"The part of it that was spent in the VMM: vmm_mean_ns less mean_ns."),
	F64(op_minute, host_part_ns,
		"In the host's kernel above its block layer, in throttles of cgroups, file systems "
		"and the page cache: the mean of wait less that of request, as far as what was "
		"waited for went through requests.  Unknown where requests were longer than waits: "
		"then nobody waited for them."),
	F64(op_minute, queue_part_ns,
		"In the queue of the host's device: the mean of request less that of device."),
	F64(op_minute, device_part_ns, "In the device."),
	ENUM(op_minute, slowest, disk_layer,
		"The layer that has most of it, of those that are known: vmm, host, queue or "
		"device."),
	U64(op_minute, samples, "Waits in the window that the following is of."),
	F64(op_minute, window_s, "That window, in seconds: of the last minute, what is known."),
	F64(op_minute, mean_ns, "The mean wait."),
	F64(op_minute, p50_ns, "The median wait."),
	F64(op_minute, p99_ns, "The wait that 99 in 100 do not exceed."),
	F64(op_minute, max_ns, "The longest wait."),
	BOOL(op_minute, bimodal, "There are two kinds of wait: modes is two."),
	ENUM(op_minute, modes, modes_found, "How many kinds of wait there are: one or two."),
	STR(op_minute, modes_reason, TEXT, "Why that is not known."),
	F64(op_minute, fast_ns, "Of two, the median of the fast ones."),
	F64(op_minute, slow_ns, "The median of the slow ones."),
	F64(op_minute, slow_share_pct, "The slow ones, in per cent of all."),
	F64(op_minute, ratio, "slow_ns / fast_ns."),
	F64(op_minute, age_s,
		"How old all these are, in seconds: they are made anew every five seconds."),
};
SCHEMA(op_minute, op_minute_fields, "How long requests took in the last minute.");

static const struct field disk_op_fields[] = {
	F64(disk_op, per_s,
		"Requests of the guest per second by QEMU's own counters, over vmm_interval_s; "
		"without them, what the VMM handed to the host's kernel."),
	F64(disk_op, bytes_per_s, "The same in bytes."),
	F64(disk_op, vmm_mean_ns,
		"Their mean length by QEMU's own account: its throttle, its image format and all "
		"that is below, over vmm_interval_s."),
	OBJECT_OF(disk_op, wait, latency,
		"What the VMM waited for: from handing a call to the host's kernel to its end."),
	OBJECT_OF(disk_op, request, latency,
		"The host's block layer: from the start of a request to its end."),
	OBJECT_OF(disk_op, device, latency,
		"The same from when the device had it.  The bins of request and device are of the "
		"physical device, by the VM's cgroup."),
	OBJECT_OF(disk_op, minute, op_minute, "Both over the last minute."),
	F64(disk_op, guest_await_ms, "Their mean length as the guest measures it."),
};
SCHEMA(disk_op, disk_op_fields, "Reads, writes or flushes of one disk.");

static const struct field disk_part_fields[] = {
	STR(disk_part, text, LAYER, "The layer, in words."),
};
static SCHEMA(disk_part, disk_part_fields, "A layer below a disk.");

static const struct field disk_fields[] = {
	STR(disk, name, DISK, "How its definition calls it: vda, sdb; else the VMM's name for it."),
	STR(disk, bus, NONE, "What the guest sees: virtio, scsi, sata ..."),
	STR(disk, format, NONE, "The format of its image: raw, qcow2 ..."),
	STR(disk, image, IMAGE, "The file, device or address that it is on."),
	STR(disk, cache, NONE,
		"Its cache mode: none, writeback, writethrough, directsync or unsafe."),
	STR(disk, aio, NONE,
		"How the VMM hands requests to the kernel: native, threads or io_uring."),
	STR(disk, protocol, NONE, "By what its image is reached: file, block, nbd, rbd, nfs ..."),
	STR(disk, serial, SERIAL, "The serial number that the guest sees."),
	BOOL(disk, readonly, "The guest may not write to it."),
	U64(disk, capacity_bytes, "Its size as the guest sees it, in bytes."),
	SHORT_PLAIN(disk, layers, disk_part, LAYERS_MOST,
		"What it is made of, from the guest's device through image formats, backing files, "
		"file systems and stacked devices to the physical one."),
	STR(disk, layers_reason, TEXT, "What of that is not known, and why."),
	STR(disk, cache_hides, NONE, "What its cache mode keeps from the guest."),
	STR(disk, throttle, NONE, "Limits in its definition or of its cgroup."),
	OBJECT_OF(disk, read, disk_op, "Its reads."),
	OBJECT_OF(disk, write, disk_op, "Its writes."),
	OBJECT_OF(disk, flush, disk_op, "Its flushes."),
	STR(disk, wait_source, NONE,
		"How waits of the VMM are measured: native aio, io_uring, threads."),
	STR(disk, wait_reason, TEXT, "Why they are not."),
	STR(disk, request_reason, TEXT, "Why its requests cannot be told from those of others."),
	F64(disk, vmm_interval_s, "What QEMU's own figures cover, in seconds."),
	U64(disk, in_flight, "Calls that the VMM has handed to the kernel and waits for."),
	U64(disk, in_flight_most, "The most that were so at a time in the interval."),
	STR(disk, device, DISK,
		"The physical device below it; null when there is none, or several."),
	U64(disk, device_in_flight, "Requests of anybody in that device and its queue."),
	F64(disk, device_util_pct, "Time in which it had any, in per cent."),
	F64(disk, device_await_ms, "The mean length of anybody's reads and writes there."),
	U64(disk, dirty_bytes,
		"What of its images the guest was told to be written and is in the host's memory "
		"only, in bytes: not yet sent to the device."),
	U64(disk, writeback_bytes, "What is being written just now, in bytes."),
	U64(disk, cached_bytes, "What of its images is in the host's page cache, in bytes."),
	F64(disk, dirty_age_s, "How old these three are, in seconds."),
	F64(disk, dirty_drain_s,
		"How long the host needs to write what is dirty at its present rate, in seconds."),
	STR(disk, dirty_source, NONE,
		"How they were had: cachestat; of the VM's cgroup as a whole."),
	STR(disk, dirty_reason, TEXT, "Why they are not known."),
	STR(disk, guest_name, DISK, "How the guest calls it."),
	STR(disk, guest_source, NONE, "How the guest's figures were had."),
	STR(disk, guest_reason, TEXT, "Why there are none, or why they are old."),
	F64(disk, guest_age_s, "How old they are, in seconds."),
	F64(disk, guest_interval_s, "What their rates cover, in seconds."),
	F64(disk, guest_per_s, "Reads and writes that the guest counts, per second."),
	F64(disk, guest_await_ms, "Their mean length as the guest measures it."),
	F64(disk, guest_util_pct, "Time in which the guest had any in flight, in per cent."),
	F64(disk, guest_in_flight, "Requests that the guest had in flight, on the average."),
	F64(disk, gap_ms,
		"The slow mode of its reads or writes, where there are two and it matters, less what "
		"the guest's mean says; else the host's mean less that."),
	ENUM(disk, verdict, verdict,
		"hidden when the guest's mean looks well while a slow kind of request exists, or it "
		"was told done while the host still holds its data; phantom when the guest waits for "
		"what the host does at once."),
	STR(disk, verdict_reason, TEXT, "Why the verdict is unknown."),
};
SCHEMA(disk, disk_fields, "A disk of a VM.");

static const struct field block_device_fields[] = {
	STR(block_device, name, DISK, "Its name on the host."),
	F64(block_device, read_per_s, "Reads of anybody that ended, per second."),
	F64(block_device, write_per_s, "Writes likewise."),
	F64(block_device, read_await_ms, "Mean length of reads."),
	F64(block_device, write_await_ms, "Mean length of writes."),
	F64(block_device, util_pct, "Time in which it had any, in per cent."),
	U64(block_device, in_flight, "Requests in it and in its queue."),
};
SCHEMA(block_device, block_device_fields, "A physical device that images of VMs are on.");
