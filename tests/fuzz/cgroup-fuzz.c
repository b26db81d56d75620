// SPDX-License-Identifier: GPL-2.0-or-later
/* Paths of cgroups and mounts from any bytes: none leads out of the tree. */
#include <stdlib.h>
#include <string.h>

#include "probes/cgroup_path.h"
#include "probes/procfs.h"
#include "probes/vm.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must_stay(const char *path)
{
	size_t len = strlen(path), up = len;
	bool named;

	if (len == 0)
		return;
	if (path[0] != '/' || len >= CGROUP_PATH_MAX || strstr(path, "/../") ||
		(len >= 3 && !strcmp(path + len - 3, "/..")))
		abort();
	if (cgroup_path_own(path, &named) > len)
		abort();
	while (up)
		up = cgroup_path_up(path, up);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const key[] = { "pswpin", "total_*" };
	uint64_t number[] = { UNKNOWN_U64, UNKNOWN_U64 };
	char *text = malloc(size + 1), path[CGROUP_PATH_MAX], small[16];
	struct cgroup_mounts mounts;

	if (!text)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	if (cgroup_path_v1(text, path, sizeof(path)))
		must_stay(path);
	if (cgroup_path_v2(text, path, sizeof(path)))
		must_stay(path);
	if (cgroup_path_blkio(text, path, sizeof(path)))
		must_stay(path);
	cgroup_path_v2(text, small, sizeof(small));
	cgroup_mounts_parse(text, &mounts);
	must_stay(mounts.v1_root);
	must_stay(mounts.v2_root);
	must_stay(mounts.blkio_root);
	if (mounts.blkio[0] == '/' || mounts.v1[0] == '/' || mounts.v2[0] == '/')
		abort(); /* below the root that was given, never at the machine's */
	cgroup_path_below(mounts.v2_root, path);
	procfs_numbers(text, key, number, 2);
	free(text);
	return 0;
}
