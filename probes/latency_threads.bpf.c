// SPDX-License-Identifier: GPL-2.0-only
/* A pool of threads that read, write and flush: each is in one call at a time. */
#include "probes/latency_waits.bpf.h"

static __always_inline int begin(__u64 fd, __u16 op)
{
	struct latency_open call = { .op = op, .engine = LATENCY_THREADS };
	__u32 number;

	call.tgid = vm_tgid();
	if (!call.tgid)
		return 0;
	number = file_slot(call.tgid, file_of_fd(fd));
	if (number != LATENCY_NO_SLOT)
		wait_begin(this_tid(), &call, number);
	return 0;
}

/* What a system call was called with is in the registers of its caller. */
static __always_inline __u64 first_argument(const __u64 *ctx)
{
	struct pt_regs___x86 *regs = (void *)ctx[0];

	return (__u32)BPF_CORE_READ(regs, di);
}

/*
 * The system calls as such: what they call in turn the compiler may have made a part of them,
 * though it is there for others. What the function returns comes behind its argument.
 */
/* clang-format off */
#define CALL(name, op) \
	SEC("fentry/__x64_sys_" #name) int name##_begin(__u64 *ctx) \
		{ return begin(first_argument(ctx), op); } \
	SEC("fexit/__x64_sys_" #name) int name##_end(__u64 *ctx) \
		{ return wait_ended(this_tid(), (__s64)ctx[1]); }
/* clang-format on */

CALL(pread64, LATENCY_READ)
CALL(preadv, LATENCY_READ)
CALL(preadv2, LATENCY_READ)
CALL(pwrite64, LATENCY_WRITE)
CALL(pwritev, LATENCY_WRITE)
CALL(pwritev2, LATENCY_WRITE)
CALL(fsync, LATENCY_FLUSH)
CALL(fdatasync, LATENCY_FLUSH)

char LICENSE[] SEC("license") = "GPL";
