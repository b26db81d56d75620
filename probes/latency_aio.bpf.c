// SPDX-License-Identifier: GPL-2.0-only
/*
 * Native AIO (io_submit): from where the kernel takes a call up to where it has ended. A flush is
 * handed to one of the kernel's own threads, which may have forgotten it when that has ended.
 */
#include "probes/latency_waits.bpf.h"

static __always_inline int begin(struct file *file, void *iocb, __u16 op)
{
	struct latency_open call = { .op = op, .engine = LATENCY_AIO };

	call.tgid = vm_tgid();
	if (call.tgid) {
		__u32 number = file_slot(call.tgid, file);

		if (number != LATENCY_NO_SLOT)
			wait_begin((__u64)iocb, &call, number);
	}
	return 0;
}

SEC("fentry/aio_read")
int BPF_PROG(aio_read_begin, struct kiocb *iocb)
{
	return begin(iocb->ki_filp, iocb, LATENCY_READ);
}

SEC("fentry/aio_write")
int BPF_PROG(aio_write_begin, struct kiocb *iocb)
{
	return begin(iocb->ki_filp, iocb, LATENCY_WRITE);
}

SEC("fentry/aio_complete_rw")
int BPF_PROG(aio_rw_end, struct kiocb *iocb, long result)
{
	return wait_ended((__u64)iocb, result);
}

SEC("fentry/aio_fsync")
int BPF_PROG(aio_flush_begin, struct fsync_iocb *iocb)
{
	return begin(iocb->file, iocb, LATENCY_FLUSH);
}

SEC("fentry/aio_fsync_work")
int BPF_PROG(aio_flush_work, struct work_struct *work)
{
	__u64 id = (__u64)work - __builtin_preserve_field_info(
					 ((struct fsync_iocb *)0)->work, BPF_FIELD_BYTE_OFFSET);
	__u64 tid = this_tid();
	struct latency_open *found = bpf_map_lookup_elem(&open, &id), call;

	if (!found)
		return 0;
	call = *found;
	bpf_map_delete_elem(&open, &id);
	bpf_map_update_elem(&open, &tid, &call, BPF_ANY);
	return 0;
}

SEC("fexit/aio_fsync_work")
int BPF_PROG(aio_flush_end)
{
	return wait_ended(this_tid(), 0);
}

char LICENSE[] SEC("license") = "GPL";
