/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_CGROUP_READ_H
#define PARALLAX_CGROUP_READ_H

#include "probes/cgroup_crowd.h"
#include "probes/sample.h"

/* Reading the memory accounts of one VM: its cgroup, and what its process tells of it. */

struct cgroup_reader {
	const struct sysroot *root;
	const struct clock *clock;
	struct cgroup_mounts mounts;
	uint64_t page_bytes;
	struct cgroup_crowd crowd; /* the last one: VMs that have no group of their own share it */
};

/* /proc/self/mountinfo; the usual places where there is none. */
void cgroup_mounts_read(const struct sysroot *root, struct cgroup_mounts *mounts);

/* What is remembered of a VM between its readings. */
struct cgroup_vm {
	pid_t pid;
	uint64_t start_ticks;
	uint64_t readings, turn; /* how many so far; when the last was */
	enum cgroup_version version;
	char *path;	       /* of its process, below the mount; owned; NULL: not known */
	char *shown;	       /* its own level, harmless to draw; owned; NULL: none */
	size_t own_len;	       /* of path: the level that is the VM's; 0: none */
	size_t tight_len;      /* of path: the level whose limit leaves the least room; 0: none */
	char *stall_path;      /* the group that tells of its stalls; owned; NULL: none */
	const char *why;       /* some of its accounts cannot be told; static, or NULL */
	uint64_t merged_bytes; /* as last read: it moves slowly */
	bool own, shares, gone, seen; /* shares: it has had shared memory of some size */
	bool refaults_in_pages; /* as version 1 tells them; false: in bytes, as far as known */
	struct cgroup_reading reading; /* the last one: its path is NULL, its reasons are static */
};

void cgroup_reader_init(
	struct cgroup_reader *reader, const struct sysroot *root, const struct clock *clock);
void cgroup_vm_release(struct cgroup_vm *vm);
/* One VM: cur of its reading becomes prev. Sets gone when the process is no longer there. */
void cgroup_vm_read(struct cgroup_reader *reader, struct cgroup_vm *vm);

#endif
