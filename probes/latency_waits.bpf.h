/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PARALLAX_LATENCY_WAITS_BPF_H
#define PARALLAX_LATENCY_WAITS_BPF_H

/*
 * What a VMM waits for: from handing a call to the kernel to its end, by whatever engine. A call
 * goes by a number of its own, the address of what the kernel keeps of it, or the thread that is
 * in it.
 */
#include "probes/latency_slots.bpf.h"

#define S_IFMT	0170000
#define S_IFBLK 0060000
#define S_IFREG 0100000

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, LATENCY_VMS);
	__type(key, __u32); /* tgid */
	__type(value, __u32);
} vms __weak SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, LATENCY_OPEN);
	__type(key, __u64);
	__type(value, struct latency_open);
} open __weak SEC(".maps");

/* The tgid if it is a VM's, else 0. */
static __always_inline __u32 vm_tgid(void)
{
	__u32 tgid = bpf_get_current_pid_tgid() >> 32;

	return bpf_map_lookup_elem(&vms, &tgid) ? tgid : 0;
}

static __always_inline __u32 this_tid(void)
{
	return (__u32)bpf_get_current_pid_tgid();
}

/* An open file of the current task; it is in use by it, so it stays. */
static __always_inline struct file *file_of_fd(__u64 fd)
{
	struct task_struct___io *task = (void *)bpf_get_current_task();
	struct fdtable *table = BPF_CORE_READ(task, files, fdt);
	struct file **files = BPF_CORE_READ(table, fd), *file = NULL;

	if (fd < BPF_CORE_READ(table, max_fds))
		bpf_probe_read_kernel(&file, sizeof(file), files + fd);
	return file;
}

/* Only what a disk may be on: regular files and block devices. */
static __always_inline __u32 file_slot(__u32 tgid, struct file *file)
{
	struct latency_key key = { .id = tgid, .kind = LATENCY_WAIT };
	struct inode___io *inode = (void *)BPF_CORE_READ(file, f_inode);
	__u16 type = BPF_CORE_READ(inode, i_mode) & S_IFMT;

	if (type == S_IFREG) {
		key.dev = BPF_CORE_READ(inode, i_sb, s_dev);
		key.inode = BPF_CORE_READ(inode, i_ino);
	} else if (type == S_IFBLK) {
		key.dev = BPF_CORE_READ(inode, i_rdev);
	} else {
		return LATENCY_NO_SLOT;
	}
	return slot_number(&key);
}

static __always_inline struct latency_slot *slot_of_open(const struct latency_open *call)
{
	__u32 number = call->slot;
	struct latency_slot *slot = bpf_map_lookup_elem(&slots, &number);

	return slot && slot->generation == call->generation ? slot : NULL;
}

/*
 * The end of direct I/O comes over whatever task runs, and is not always told: not where it
 * interrupts this program on its CPU, and not over tasks that a kernel keeps programs from (a Linux
 * 6.18 did so with process 1). So it is not known how many are under way.
 */
static __always_inline bool has_end(const struct latency_open *call)
{
	return call->engine != LATENCY_DIRECT;
}

static __always_inline void enter(struct latency_open *call, __u32 number)
{
	struct latency_slot *slot = bpf_map_lookup_elem(&slots, &number);
	__u32 now;

	if (!slot)
		return;
	call->slot = number;
	call->generation = slot->generation;
	if (!(slot->engines >> call->engine & 1))
		slot->engines |= 1u << call->engine;
	if (!has_end(call))
		return;
	now = __sync_fetch_and_add(&slot->in_flight, 1) + 1;
	if (now > slot->in_flight_most)
		slot->in_flight_most = now;
}

static __always_inline void leave(const struct latency_open *call)
{
	struct latency_slot *slot = slot_of_open(call);

	if (slot && has_end(call))
		__sync_fetch_and_add(&slot->in_flight, -1);
}

static __always_inline bool is_uring(__u64 id)
{
	const struct latency_open *call = bpf_map_lookup_elem(&open, &id);

	return call && call->engine == LATENCY_URING;
}

/* Sets what the caller has not: the time, and the slot unless number is LATENCY_NO_SLOT. */
static __always_inline void wait_begin(__u64 id, struct latency_open *call, __u32 number)
{
	struct latency_open *old = bpf_map_lookup_elem(&open, &id);

	if (old) /* its end was not seen */
		leave(old);
	call->slot = LATENCY_NO_SLOT;
	enter(call, number);
	call->start_ns = bpf_ktime_get_ns();
	if (bpf_map_update_elem(&open, &id, call, BPF_ANY) == 0)
		return;
	leave(call);
	count_lost();
}

static __always_inline void wait_end(__u64 id, struct latency_open *found, __s64 result)
{
	__u64 ns = bpf_ktime_get_ns() - found->start_ns;
	struct latency_open call = *found;
	struct latency_slot *slot = slot_of_open(&call);

	bpf_map_delete_elem(&open, &id);
	leave(&call);
	if (slot && call.op < LATENCY_OPS)
		note_ended(&slot->ended[call.op], ns,
			result > 0 && call.op != LATENCY_FLUSH ? result : 0);
}

static __always_inline int wait_ended(__u64 id, __s64 result)
{
	struct latency_open *call = bpf_map_lookup_elem(&open, &id);

	if (call)
		wait_end(id, call, result);
	return 0;
}

#endif
