/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_IMAGEPLACES_H
#define PARALLAX_IMAGEPLACES_H

#include "probes/imagefiles.h"

/* What file systems and block devices are made of, found once for all the images that are on one.
 */
struct imageplaces {
	const struct sysroot *root;
	struct imageplace **place; /* each stays where it is */
	size_t n, cap;
	struct arena scratch;
	char *mounts; /* mountinfo of the host; refreshed when something is looked for */
	size_t mounts_size;
	uint64_t mounts_ns;
};

/* Let each file have its place, while its mounts are there. */
void imageplaces_find(struct imageplaces *places, struct imagefiles *files, uint64_t now_ns);
/* Before a sample: nobody is at any. Then each in use is copied once; at the end the others go. */
void imageplaces_unuse(struct imageplaces *places);
const struct image_place *imageplaces_copy(struct imageplace *place, struct arena *arena);
void imageplaces_use(struct imageplace *place); /* without a copy; accepts NULL */
void imageplaces_sweep(struct imageplaces *places);
void imageplaces_release(struct imageplaces *places);

#endif
