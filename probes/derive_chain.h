/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_DERIVE_CHAIN_H
#define PARALLAX_DERIVE_CHAIN_H

#include "probes/derive.h"

/* Parts of derive_disk: what one disk is made of. */
struct chain {
	const struct image_vm *images; /* of the VM; NULL: none */
	const struct image_file
		*file[DEVSET_IMAGES_MOST]; /* of its images that were found, the top first */
	size_t n_file;
	const struct image_file *top; /* the one that the guest writes to; NULL: it was not found */
	uint64_t leaf_dev; /* the physical device below all of them; 0: none, or several */
};

/*
 * Is it a file or device of this host, as far as its definition tells? A volume of a pool of
 * libvirt's may be anything: its path tells, when anybody does.
 */
bool derive_image_is_local(const struct defined_image *image);

/* Fills layers, layers_reason and device of out. told_all: the definition names all its images. */
void derive_chain(const struct derive *derive, const struct defined_disk *disk, bool told_all,
	struct chain *chain, struct disk *out);

#endif
