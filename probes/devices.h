/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_DEVICES_H
#define PARALLAX_DEVICES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "probes/sysroot.h"

/* Devices of the host that a VM was given by VFIO, and the node that each is attached to. */
enum { DEVICES_MOST = 16, DEVICE_NAME_BYTES = 24 };

struct device {
	char name[DEVICE_NAME_BYTES]; /* "0000:3b:00.0"; raw bytes */
	uint64_t node;		      /* UNKNOWN_U64: the firmware does not say */
};

/* By the text of /proc/PID/maps: may it have any? The next question costs a look at all its files.
 */
bool devices_likely(const char *maps);
/* By name. Returns how many of at most DEVICES_MOST; 0 also when its files may not be seen. */
size_t devices_find(const struct sysroot *root, pid_t pid, struct device *out);

#endif
