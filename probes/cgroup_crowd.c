// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/cgroup_crowd.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "probes/procfs.h"

static const uint64_t CROWD_NS = 60000000000;

static bool is_kthread(const struct sysroot *root, pid_t pid)
{
	char text[1024];
	struct procfs_stat stat;

	return sysroot_read_record(root, text, sizeof(text), "proc/%d/stat", (int)pid) > 0 &&
	       procfs_stat(text, &stat) && procfs_is_kthread(&stat);
}

/*
 * A list of processes. The kernel's own threads are nobody's company: vhost's (until 6.3) and
 * KVM's are put where the VM is that they work for.
 */
static bool lists_only(const struct sysroot *root, const char *text, pid_t pid)
{
	bool found = false;
	char *end;

	for (text += strspn(text, "\n"); *text; text = end + strspn(end, "\n")) {
		const long other = strtol(text, &end, 10);

		if (end == text)
			return false;
		if (other == pid)
			found = true;
		else if (!is_kthread(root, (pid_t)other))
			return false;
	}
	return found;
}

bool cgroup_is_only(const struct sysroot *root, const char *path, pid_t pid, uint64_t now_ns,
	struct cgroup_crowd *crowd)
{
	char text[2048];
	bool found;

	if (now_ns < crowd->until_ns && strcmp(crowd->path, path) == 0)
		return false;
	found = sysroot_read(root, text, sizeof(text), "%s/cgroup.procs", path) > 0 &&
		lists_only(root, text, pid);
	if (!found) {
		snprintf(crowd->path, sizeof(crowd->path), "%s", path);
		crowd->until_ns = now_ns + CROWD_NS;
	}
	return found;
}
