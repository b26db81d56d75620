/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_CGROUP_IO_H
#define PARALLAX_CGROUP_IO_H

#include "probes/cgroup_crowd.h"

/* To which cgroup the kernel charges the requests of a VM. */
struct cgroup_io {
	const struct sysroot *root;
	const struct clock *clock;
	struct cgroup_mounts mounts;
	struct cgroup_crowd crowd;
};

/* A place in a hierarchy: the first len bytes of path below a mount. */
struct cgroup_place {
	const char *mount; /* relative to the root, as in cgroup_mounts */
	char path[CGROUP_PATH_MAX];
	size_t len;
};

/*
 * Where requests are accounted of the process whose /proc/PID/cgroup text is, in version 1 or 2;
 * false: it cannot be seen there.
 */
bool cgroup_io_locate(
	const struct cgroup_mounts *mounts, const char *text, bool v1, struct cgroup_place *place);

void cgroup_io_init(struct cgroup_io *io, const struct sysroot *root, const struct clock *clock);
/*
 * The inode of that cgroup, if it holds this VM and nothing else; 0, with the reason, a literal: it
 * does not, or that cannot be seen.
 */
uint64_t cgroup_io_find(struct cgroup_io *io, pid_t pid, const char **reason);

#endif
