// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/vmfiles.h"

#include <errno.h>
#include <limits.h>

/* A VMM with thousands of disks has what is looked for among the first of its files, or not at all.
 */
enum { FILES_MOST = 4096 };

ssize_t vmfiles_each(const struct sysroot *root, pid_t pid,
	void (*found)(void *arg, const struct vmfile *file), void *arg)
{
	DIR *dir = sysroot_opendir(root, "proc/%d/fd", (int)pid);
	struct dirent *entry;
	char target[PATH_MAX];
	ssize_t n = 0;

	if (!dir)
		return -errno;
	while (n < FILES_MOST && (entry = readdir(dir))) {
		ssize_t len;

		if (entry->d_name[0] == '.')
			continue;
		n++;
		len = sysroot_readlink(
			root, target, sizeof(target), "proc/%d/fd/%s", (int)pid, entry->d_name);
		if (len > 0)
			found(arg, &(struct vmfile){ root, pid, entry->d_name, target });
	}
	closedir(dir);
	return n;
}
