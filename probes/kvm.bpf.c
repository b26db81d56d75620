// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every vCPU of every process, whatever runs it: a vCPU is a file, and the file leads to the
 * thread that last ran it. Costs nothing but while it is read.
 */
#include "probes/kernel.bpf.h"
#include "probes/kvm.h"

static const unsigned long ANON_INODE_FS = 0x09041934; /* linux/magic.h */

/* Offsets in struct kvm_vcpu. */
const volatile int at_vcpu_id = -1, at_pid = -1, at_irqs = -1;

static __always_inline __u64 read_u64(__u64 base, int offset)
{
	__u64 value = 0;

	bpf_probe_read_kernel(&value, sizeof(value), (void *)(base + (__u32)offset));
	return value;
}

SEC("iter/task_file")
int kvm_files(struct bpf_iter__task_file *ctx)
{
	static const char wanted[] = "kvm-vcpu:";
	struct task_struct *task = ctx->task;
	struct file *file = ctx->file;
	struct kvm_file found = { 0 };
	char name[sizeof(wanted)] = "";
	__u64 vcpu;

	if (!task || !file)
		return 0;
	/* Anybody may give a file of a disk this name. */
	if (file->f_inode->i_sb->s_magic != ANON_INODE_FS)
		return 0;
	bpf_probe_read_kernel(name, sizeof(name) - 1, file->f_path.dentry->d_name.name);
	for (int i = 0; i < (int)sizeof(wanted) - 1; i++)
		if (name[i] != wanted[i])
			return 0;
	vcpu = (__u64)file->private_data;
	found.tgid = task->tgid;
	found.vcpu_id = (__u32)read_u64(vcpu, at_vcpu_id);
	found.tid = BPF_CORE_READ((struct pid *)read_u64(vcpu, at_pid), numbers[0].nr);
	found.irqs = at_irqs < 0 ? KVM_NO_IRQS : read_u64(vcpu, at_irqs);
	bpf_seq_write(ctx->meta->seq, &found, sizeof(found));
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
