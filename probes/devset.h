/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_DEVSET_H
#define PARALLAX_DEVSET_H

#include <stdbool.h>
#include <stddef.h>

#include "probes/arena.h"
#include "probes/sample_device.h"

/*
 * What a definition promises of disks and network devices is parsed when it changes, and then
 * shared by every sample until nobody uses it any more: in one piece, and never changed.
 */
enum {
	DEVSET_NICS_MOST = 64,
	DEVSET_DISKS_MOST = 64,
	DEVSET_IMAGES_MOST = 16,
	DEVSET_TEXT_MOST = 512
};

struct devset;

/* One more user, on any thread. Both accept NULL. */
struct devset *devset_use(struct devset *set);
void devset_drop(struct devset *set);
/* No devices for NULL. */
struct defined_devices devset_devices(const struct devset *set);

/* For parsers: as large as it may become, in an arena, and what does not fit is left out. */
struct devset_draft {
	struct arena arena;
	struct defined_nic *nic;
	struct defined_disk *disk;
	size_t n_nic, n_disk;
};

void devset_draft_init(struct devset_draft *draft);
/* A new one with all unknown; NULL: there are too many. */
struct defined_nic *devset_add_nic(struct devset_draft *draft);
struct defined_disk *devset_add_disk(struct devset_draft *draft);
/* Below the disk's other images; NULL: there are too many. */
struct defined_image *devset_add_image(struct devset_draft *draft, struct defined_disk *disk);
/* Cleaned and limited; NULL of NULL and of "". */
const char *devset_text(struct devset_draft *draft, const char *text);
/* The set, and the draft is gone. */
struct devset *devset_finish(struct devset_draft *draft);

#endif
