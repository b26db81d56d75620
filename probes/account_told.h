/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_ACCOUNT_TOLD_H
#define PARALLAX_ACCOUNT_TOLD_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * What a guest was told is a page of its own memory: KVM adds run_delay of the vCPU's thread to
 * the first 8 bytes of struct kvm_steal_time there. The guest may write to it, too, so the
 * number is the guest's word. Needs CAP_SYS_PTRACE, stops nobody and costs half a microsecond.
 *
 * Reads the 8 bytes at each of n addresses in a process; UNKNOWN_U64 where there is nothing.
 * Returns 0, or a negative errno when none can be read: -EPERM.
 */
int told_read(pid_t pid, const uint64_t *address, uint64_t *ns, size_t n);

#endif
