/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_IOLIMITS_H
#define PARALLAX_IOLIMITS_H

#include "probes/arena.h"
#include "probes/sample_image.h"
#include "probes/sysroot.h"

/*
 * Limits of the cgroups of a process on block devices: io.max of version 2, blkio.throttle of
 * version 1. Of several levels the tightest holds.
 */
enum { IOLIMITS_MOST = 8 };

/* By device, at most IOLIMITS_MOST; returns how many. */
size_t iolimits_read(
	const struct sysroot *root, pid_t pid, struct arena *arena, struct image_limit *out);

#endif
