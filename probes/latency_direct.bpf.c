// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where programs may not be put at functions: direct I/O of file systems that use the kernel's
 * common code for it (ext4, XFS, Btrfs), and flushes on ext4, by tracepoints. What goes through the
 * page cache is not seen. A request of io_uring has been met before, under the same address.
 */
#include "probes/latency_waits.bpf.h"

#define PF_IO_WORKER 0x10

SEC("tp_btf/iomap_dio_rw_begin")
int BPF_PROG(direct_begin, struct kiocb *iocb, struct iov_iter *data)
{
	struct latency_open call = { .engine = LATENCY_DIRECT };
	__u64 id = (__u64)iocb;
	__u32 number;

	call.tgid = vm_tgid();
	if (!call.tgid || is_uring(id))
		return 0;
	call.op = data->data_source ? LATENCY_WRITE : LATENCY_READ;
	number = file_slot(call.tgid, iocb->ki_filp);
	if (number != LATENCY_NO_SLOT)
		wait_begin(id, &call, number);
	return 0;
}

SEC("tp_btf/iomap_dio_complete")
int BPF_PROG(direct_end, struct kiocb *iocb, int error, long result)
{
	return is_uring((__u64)iocb) ? 0 : wait_ended((__u64)iocb, result);
}

/* A thread of io_uring flushes for a request that was met before. */
static __always_inline bool is_uring_worker(void)
{
	struct task_struct *task = (void *)bpf_get_current_task();

	return BPF_CORE_READ(task, flags) & PF_IO_WORKER;
}

SEC("tp_btf/ext4_sync_file_enter")
int BPF_PROG(sync_begin, struct file *file)
{
	struct latency_open call = { .op = LATENCY_FLUSH, .engine = LATENCY_DIRECT };
	__u32 number;

	call.tgid = vm_tgid();
	if (!call.tgid || is_uring_worker())
		return 0;
	number = file_slot(call.tgid, file);
	if (number != LATENCY_NO_SLOT)
		wait_begin(this_tid(), &call, number);
	return 0;
}

SEC("tp_btf/ext4_sync_file_exit")
int sync_end(void *ctx)
{
	return wait_ended(this_tid(), 0);
}

char LICENSE[] SEC("license") = "GPL";
