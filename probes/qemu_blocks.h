/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_QEMU_BLOCKS_H
#define PARALLAX_QEMU_BLOCKS_H

#include "probes/devset.h"
#include "probes/qemu_options.h"

/* Disks of a command line of QEMU: -blockdev and -device, -drive, -hda and the like. */
enum { QEMU_NODES_MOST = 512 };

struct qemu_blocks {
	struct devset_draft *draft;
	struct qemu_node *node; /* -blockdev, and -drive by its id */
	size_t n_node, cap_node;
	struct qemu_disk *disk; /* -device, and -drive that is one */
	size_t n_disk, cap_disk;
	unsigned drives, told; /* to name them; options so far, of QEMU_NODES_MOST */
};

/* False: the option is none of these. */
bool qemu_blocks_option(struct qemu_blocks *blocks, struct span option, struct span value);
/* Passes over devices that are of another kind. */
void qemu_blocks_device(struct qemu_blocks *blocks, const struct qemu_options *options);
/* An image that is named alone. */
void qemu_blocks_image(
	struct qemu_blocks *blocks, struct span path, const char *bus, const char *media);
/* Adds them to the draft, and frees what it has. */
void qemu_blocks_finish(struct qemu_blocks *blocks);

#endif
