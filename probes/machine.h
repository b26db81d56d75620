/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_MACHINE_H
#define PARALLAX_MACHINE_H

#include <stdbool.h>

#include "probes/devset.h"
#include "probes/qemu.h"
#include "probes/sysroot.h"
#include "probes/vcpu.h"

/*
 * One process that runs a VM: anything that holds a kvm-vm file, or a QEMU system emulator.
 */
struct machine {
	struct vmm_options options;
	char vmm[32]; /* "qemu", else the executable's name; raw bytes */
	enum vm_accel accel;
	enum steal_clock steal_clock;
	uint64_t vcpus; /* as configured or, once its threads are found, as many as there are */
	struct vcpu_list list;
	struct devset *devices; /* by its command line; owned */
	uint64_t threads; /* the process had when its vCPUs were looked for */
	size_t files;	  /* vCPU files it had then */
};

/* What a look into a process told. */
enum machine_look {
	MACHINE_NONE,	/* runs no VM */
	MACHINE_DENIED, /* may not be looked into, and its name is not a QEMU's */
	MACHINE_NAMED,	/* runs a VM by its name and command line; its files may not be seen */
	MACHINE_SEEN	/* runs a VM; all of it could be seen */
};

/*
 * Look into a process; fills *out (not its vCPUs) for the last two answers. young: it may not
 * have opened its VM yet, so that the command line decides about KVM. in_kvm: it is known to hold vCPUs of KVM.
 */
enum machine_look machine_inspect(
	struct machine *out, const struct sysroot *root, pid_t pid, bool young,
	bool in_kvm);
/* Find its vCPU threads (again). threads is how many the process has now. */
void machine_find_vcpus(struct machine *machine, const struct sysroot *root, pid_t pid, uint64_t threads,
	struct vcpu_files files);
void machine_free(struct machine *machine); /* accepts NULL */

/* Does a process of this name deserve a look before all others? */
bool machine_likely(const char *comm);

#endif
