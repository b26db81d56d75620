// SPDX-License-Identifier: GPL-2.0-only
/*
 * Why the vCPUs of one VM leave its guest, and how long until they are back: from kvm_exit to
 * the same thread's next kvm_entry. What other VMs do costs a compare. Each thread counts for
 * itself, so none waits for another, and a reader can tell whether an exit that it found open
 * was counted meanwhile.
 */
#include "probes/kernel.bpf.h"

#include "probes/exits.h"

const volatile __u32 vm_tgid = 0;

/*
 * Where the reason is. Kernels up to 5.16 hand it to the tracepoint. Later ones hand over the
 * vCPU: the processor's part of KVM keeps it there, at these offsets (-1: it has none). Where
 * that is not known either, it is read from the record of the trace event.
 */
const volatile bool reason_is_argument = false;
const volatile int at_vmx_reason = -1, at_svm_vmcb = -1, at_svm_code = -1;
const volatile int at_record_reason = -1, at_record_isa = -1;

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, EXITS_THREADS);
	__type(key, __u32); /* tid */
	__type(value, struct exits_open);
} open SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, EXITS_TOTALS);
	__type(key, struct exits_key);
	__type(value, struct exits_total);
} totals SEC(".maps");

__u64 lost = 0; /* exits that had no room in the maps */

static __always_inline bool is_ours(void)
{
	return bpf_get_current_pid_tgid() >> 32 == vm_tgid;
}

static __always_inline int begin(__u32 isa, __u32 reason)
{
	__u32 tid = (__u32)bpf_get_current_pid_tgid();
	struct exits_open *mine = bpf_map_lookup_elem(&open, &tid), fresh = { 0 };

	if (!mine) {
		bpf_map_update_elem(&open, &tid, &fresh, BPF_NOEXIST);
		mine = bpf_map_lookup_elem(&open, &tid);
	}
	if (!mine) {
		__sync_fetch_and_add(&lost, 1);
		return 0;
	}
	if (isa == EXITS_VMX && reason != EXITS_NOT_TOLD)
		reason &= 0x8000ffff; /* of its flags only the one that says it could not enter */
	mine->isa = isa;
	mine->reason = reason;
	barrier();
	mine->since_ns = bpf_ktime_get_ns();
	return 0;
}

static __always_inline void count(__u32 tid, struct exits_open *mine)
{
	struct exits_key key = { .tid = tid, .isa = mine->isa, .reason = mine->reason };
	__u64 since_ns = mine->since_ns, ns = bpf_ktime_get_ns() - since_ns;
	struct exits_total *total = bpf_map_lookup_elem(&totals, &key), fresh = { 0 };

	if (!total) {
		bpf_map_update_elem(&totals, &key, &fresh, BPF_NOEXIST);
		total = bpf_map_lookup_elem(&totals, &key);
	}
	if (!total) {
		__sync_fetch_and_add(&lost, 1);
		return;
	}
	total->count++;
	total->ns += ns;
	if (ns > total->max_ns)
		total->max_ns = ns;
	total->last_ns = since_ns;
}

static __always_inline int end(void)
{
	__u32 tid = (__u32)bpf_get_current_pid_tgid();
	struct exits_open *mine = bpf_map_lookup_elem(&open, &tid);

	if (!mine || !mine->since_ns)
		return 0;
	count(tid, mine);
	barrier();
	mine->since_ns = 0;
	return 0;
}

static __always_inline __u32 read_u32(__u64 base, int offset)
{
	__u32 value;

	if (bpf_probe_read_kernel(&value, sizeof(value), (void *)(base + (__u32)offset)))
		return EXITS_NOT_TOLD;
	return value;
}

static __always_inline __u32 reason_of(__u64 vcpu, __u32 isa)
{
	__u64 vmcb = 0;

	if (isa == EXITS_VMX && at_vmx_reason >= 0)
		return read_u32(vcpu, at_vmx_reason);
	if (isa != EXITS_SVM || at_svm_vmcb < 0)
		return EXITS_NOT_TOLD;
	bpf_probe_read_kernel(&vmcb, sizeof(vmcb), (void *)(vcpu + (__u32)at_svm_vmcb));
	return read_u32(vmcb, at_svm_code);
}

SEC("raw_tp/kvm_exit")
int exits_exit(struct bpf_raw_tracepoint_args *ctx)
{
	__u32 isa;

	if (!is_ours())
		return 0;
	if (reason_is_argument)
		return begin((__u32)ctx->args[2], (__u32)ctx->args[0]);
	isa = (__u32)ctx->args[1];
	return begin(isa, reason_of(ctx->args[0], isa));
}

SEC("tp/kvm/kvm_exit")
int exits_record(void *ctx)
{
	if (!is_ours())
		return 0;
	return begin(read_u32((__u64)ctx, at_record_isa), read_u32((__u64)ctx, at_record_reason));
}

SEC("raw_tp/kvm_entry")
int exits_entry(void *ctx)
{
	return is_ours() ? end() : 0;
}

/* A thread that will not come back: its number may have another one some day. */
SEC("raw_tp/sched_process_exit")
int exits_gone(void *ctx)
{
	__u32 tid = (__u32)bpf_get_current_pid_tgid();

	if (!is_ours())
		return 0;
	end();
	bpf_map_delete_elem(&open, &tid);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
