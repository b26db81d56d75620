/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_QEMU_DEVICES_H
#define PARALLAX_QEMU_DEVICES_H

#include "probes/devset.h"

/*
 * Disks and network devices by a command line of QEMU, as far as that tells: what was plugged in
 * later is not there, and backing files that only an image names are not either. NULL: none.
 */
struct devset *qemu_devices(const char *cmdline, size_t len);

#endif
