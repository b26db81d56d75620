// SPDX-License-Identifier: GPL-2.0-only
/*
 * io_uring: from where a request is taken out of the ring to where its end is told, which may
 * happen in any task.
 */
#include "probes/latency_waits.bpf.h"

enum { OP_READV = 1, OP_WRITEV, OP_FSYNC, OP_READ_FIXED, OP_WRITE_FIXED, OP_READ = 22, OP_WRITE };

/* Where the tracepoint of the end tells the result; -1: in a struct io_uring_cqe. */
const volatile int uring_result_at = -1;

static __always_inline __u16 op_of(__u8 opcode)
{
	switch (opcode) {
	case OP_READV:
	case OP_READ_FIXED:
	case OP_READ:
		return LATENCY_READ;
	case OP_WRITEV:
	case OP_WRITE_FIXED:
	case OP_WRITE:
		return LATENCY_WRITE;
	case OP_FSYNC:
		return LATENCY_FLUSH;
	}
	return LATENCY_OPS;
}

/* The request has its file when it is begun, which may be later: so by what it asks for. */
static __always_inline struct file *file_of(struct io_kiocb *request)
{
	if (!bpf_core_field_exists(request->cqe.fd))
		return BPF_CORE_READ(request, file);
	if (BPF_CORE_READ(request, flags) & 1) /* of a table of its own: known when it has ended */
		return NULL;
	return file_of_fd((__u32)BPF_CORE_READ(request, cqe.fd));
}

static __always_inline int begin(struct io_kiocb *request)
{
	struct latency_open call = { .engine = LATENCY_URING };
	struct file *file;

	call.tgid = vm_tgid();
	if (!call.tgid)
		return 0;
	call.op = op_of(BPF_CORE_READ(request, opcode));
	if (call.op == LATENCY_OPS)
		return 0;
	file = file_of(request);
	wait_begin((__u64)request, &call, file ? file_slot(call.tgid, file) : LATENCY_NO_SLOT);
	return 0;
}

SEC("tp_btf/io_uring_submit_req")
int BPF_PROG(uring_begin, struct io_kiocb *request)
{
	return begin(request);
}

/* As it was called before. */
SEC("tp_btf/io_uring_submit_sqe")
int BPF_PROG(uring_begin_sqe, struct io_kiocb *request)
{
	return begin(request);
}

static __always_inline __s32 result_of(const __u64 *ctx)
{
	struct io_uring_cqe *cqe;

	if (uring_result_at == 3)
		return (__s32)ctx[3];
	cqe = (void *)ctx[2];
	return BPF_CORE_READ(cqe, res);
}

SEC("tp_btf/io_uring_complete")
int uring_end(__u64 *ctx)
{
	struct io_kiocb *request = (void *)ctx[1];
	__u64 id = (__u64)request;
	struct latency_open *call = bpf_map_lookup_elem(&open, &id);

	if (!call)
		return 0;
	if (call->slot == LATENCY_NO_SLOT) {
		struct file *file = BPF_CORE_READ(request, file);

		enter(call, file_slot(call->tgid, file));
	}
	wait_end(id, call, result_of(ctx));
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
