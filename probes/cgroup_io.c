// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/cgroup_io.h"

#include <stdio.h>
#include <string.h>

#include "probes/cgroup_read.h"
#include "probes/clock.h"

static const char not_own[] =
	"its requests cannot be told from those of others: it has no cgroup of its own";

bool cgroup_io_locate(
	const struct cgroup_mounts *mounts, const char *text, bool v1, struct cgroup_place *place)
{
	char path[CGROUP_PATH_MAX];
	const char *below;

	place->mount = v1 ? mounts->blkio : mounts->v2;
	if (!place->mount[0] || !(v1 ? cgroup_path_blkio(text, path, sizeof(path))
				     : cgroup_path_v2(text, path, sizeof(path))))
		return false;
	below = cgroup_path_below(v1 ? mounts->blkio_root : mounts->v2_root, path);
	if (!below)
		return false;
	place->len = strlen(below);
	memcpy(place->path, below, place->len + 1);
	return true;
}

/* In version 2 requests are charged to the next level upwards that has the controller. */
static void up_to_controller(const struct cgroup_io *io, struct cgroup_place *place)
{
	uint64_t inode;

	while (place->len && sysroot_inode(io->root, &inode, "%s%.*s/io.stat", place->mount,
				     (int)place->len, place->path) < 0)
		place->len = cgroup_path_up(place->path, place->len);
}

/* The same rule as for memory: by its name, or because nobody else is there. */
static bool is_own(struct cgroup_io *io, const struct cgroup_place *place, pid_t pid)
{
	char path[2 * CGROUP_PATH_MAX];
	bool named;
	size_t own = cgroup_path_own(place->path, &named);

	if (own == 0 || place->len < own)
		return false;
	if (named)
		return true;
	if (place->path[place->len])
		return false;
	snprintf(path, sizeof(path), "%s%s", place->mount, place->path);
	return cgroup_is_only(io->root, path, pid, clock_mono_ns(io->clock), &io->crowd);
}

void cgroup_io_init(struct cgroup_io *io, const struct sysroot *root, const struct clock *clock)
{
	*io = (struct cgroup_io){ .root = root, .clock = clock };
	cgroup_mounts_read(root, &io->mounts);
}

uint64_t cgroup_io_find(struct cgroup_io *io, pid_t pid, const char **reason)
{
	char text[4096];
	struct cgroup_place place;
	uint64_t inode;
	bool v1;

	*reason = "its requests are not known: the cgroups of its process cannot be read";
	if (sysroot_read(io->root, text, sizeof(text), "proc/%d/cgroup", (int)pid) < 0)
		return 0;
	*reason = "its requests are not known: its cgroup is not visible here; run on the host "
		  "itself";
	v1 = cgroup_io_locate(&io->mounts, text, true, &place);
	if (!v1 && !cgroup_io_locate(&io->mounts, text, false, &place))
		return 0;
	if (!v1)
		up_to_controller(io, &place);
	*reason = not_own;
	if (!is_own(io, &place, pid) || sysroot_inode(io->root, &inode, "%s%.*s", place.mount,
						(int)place.len, place.path) < 0)
		return 0;
	*reason = NULL;
	return inode;
}
