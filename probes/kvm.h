/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_KVM_H
#define PARALLAX_KVM_H

#include <linux/types.h>

/* What kvm.bpf.c tells kvm.c of the file of one vCPU. */
struct kvm_file {
	__u32 tgid, tid; /* who holds the file; who last ran the vCPU, 0: nobody yet */
	__u32 vcpu_id;
	__u32 spare;
	__u64 irqs; /* injected into it so far; KVM_NO_IRQS: this kernel does not tell */
};
#define KVM_NO_IRQS 0xffffffffffffffffull

#endif
