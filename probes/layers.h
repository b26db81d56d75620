/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_LAYERS_H
#define PARALLAX_LAYERS_H

#include "probes/arena.h"
#include "probes/mountinfo.h"
#include "probes/sample_image.h"
#include "probes/sysroot.h"

/*
 * What is below an image: its file system, and block devices stacked on each other down to the
 * physical ones, by /sys. Nothing of that can hang; what is stacked on itself ends at a limit.
 */
enum { LAYERS_PLACE_MOST = 40, LAYERS_LEAVES_MOST = 16 };

struct layers_env {
	const struct sysroot *root;
	const char *mounts; /* mountinfo of the host, for what loop devices are on; "": unknown */
};

/* Of a file on that mount. All of out lives in arena. */
void layers_of_mount(const struct layers_env *env, const struct mount *mount, struct arena *arena,
	struct image_place *out);
/* Of a block device. */
void layers_of_device(
	const struct layers_env *env, uint64_t dev, struct arena *arena, struct image_place *out);
/* The number of the device of that name in /sys/class/block; UNKNOWN_U64: it is none. */
uint64_t layers_device(const struct sysroot *root, const char *name);
/* Is what is on this reached by a network, or kept by another process? Then nobody may wait for it.
 */
bool layers_is_remote(const char *fs);

#endif
