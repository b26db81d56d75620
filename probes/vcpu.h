/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_VCPU_H
#define PARALLAX_VCPU_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "probes/sample.h"
#include "probes/sysroot.h"

/*
 * Which threads of a process are its vCPUs. Without state, so any thread may ask: what KVM's own
 * files say (kvm.c), else the names that VMMs give them, else what KVM shows (the thread in KVM_RUN on a kvm-vcpu file, guest
 * time), else the signals that QEMU's KVM threads leave open, else, for TCG, the order in which
 * QEMU makes its threads. The last way needs to know how many there are, and so does not see one
 * that is plugged in later.
 */
struct vcpu_list {
	struct proc_vcpu *vcpu; /* by id; owned by the list */
	size_t n;
	size_t missing;	    /* vCPUs that KVM has but whose thread did not show: ask again */
	const char *source; /* how they were found, for the operator; static; NULL: not found */
};

/* The vCPU files of one process, from the kvm section; none when that is not known. */
struct vcpu_files {
	const struct kvm_vcpu_file *file;
	size_t n;
};

/*
 * vcpus is how many there should be, UNKNOWN_U64 when nobody tells. Returns 0, with n == 0 when
 * there are none to be found, or a negative errno when the threads cannot be listed.
 */
int vcpu_find(struct vcpu_list *list, const struct sysroot *root, pid_t pid, uint64_t vcpus,
	enum vm_accel accel, struct vcpu_files files);
void vcpu_list_release(struct vcpu_list *list);

#endif
