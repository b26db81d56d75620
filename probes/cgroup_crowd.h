/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_CGROUP_CROWD_H
#define PARALLAX_CGROUP_CROWD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "probes/cgroup_path.h"
#include "probes/sysroot.h"

/* A group that was seen to hold more than one process: to list them costs as much as they are. */
struct cgroup_crowd {
	char path[2 * CGROUP_PATH_MAX];
	uint64_t until_ns; /* when it is worth another look */
};

/*
 * Does the group at path below root hold this process, and no other but the kernel's threads? One
 * that does not is kept in crowd, and not listed again before its time.
 */
bool cgroup_is_only(const struct sysroot *root, const char *path, pid_t pid, uint64_t now_ns,
	struct cgroup_crowd *crowd);

#endif
