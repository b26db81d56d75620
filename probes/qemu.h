/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_QEMU_H
#define PARALLAX_QEMU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "probes/vm.h"

/*
 * What a VMM's command line promises. Pure: the bytes of /proc/PID/cmdline in, hostile or not,
 * values out. The text is raw: clean it (text.h) before anybody sees it.
 */
enum { VMM_NAME_BYTES = 256 };

struct vmm_options {
	char name[VMM_NAME_BYTES]; /* NUL-ended, "" when not given */
	char uuid[37];		   /* 36 lower-case characters, or "" */
	uint64_t vcpus, mem_bytes;
	uint64_t nodes; /* NUMA nodes that the guest sees */
	enum vm_accel accel;
	enum steal_clock steal_clock;
	bool one_thread; /* TCG that runs all vCPUs in one thread */
	bool no_machine; /* runs no VM: -machine none as libvirt asks what QEMU can do, -version */
};

/* Is this the name of an executable that is a QEMU system emulator (not qemu-img and the like)? */
bool qemu_is_system(const char *basename);
/* A QEMU system emulator; what is not given is what QEMU takes then, where it is the same for all.
 */
void qemu_parse(struct vmm_options *out, const char *cmdline, size_t len);

/* Another VMM that we know by its executable's name; false when we do not, all unknown then. */
bool vmm_parse(struct vmm_options *out, const char *basename, const char *cmdline, size_t len);

#endif
