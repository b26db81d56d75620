// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/derive_chain.h"

#include <string.h>

#include "probes/text.h"

enum { LAYERS_MOST = 64 };

struct build {
	const struct derive *derive;
	struct chain *chain;
	struct disk *out;
	struct disk_part part[LAYERS_MOST];
	size_t images;			  /* so far */
	const struct image_file *pending; /* what it is on has not been said yet */
	bool several, none;		  /* physical devices; none: some image has none */
};

static void say(struct build *build, const char *text)
{
	if (build->out->n_layers < LAYERS_MOST)
		build->part[build->out->n_layers++].text = text;
}

/* The first thing that is not known is what keeps the rest from being so. */
static void lack(struct build *build, const char *reason)
{
	if (!build->out->layers_reason)
		build->out->layers_reason = derive_text(build->derive, reason);
}

bool derive_image_is_local(const struct defined_image *image)
{
	return !image->protocol || text_same(image->protocol, "file") ||
	       text_same(image->protocol, "block") || text_same(image->protocol, "volume") ||
	       text_same(image->protocol, "dir");
}

static const struct image_file *by_path(const struct image_vm *images, const char *path)
{
	for (size_t i = 0; images && path && i < images->n_file; i++)
		if (text_same(images->file[i].path, path) || text_same(images->file[i].named, path))
			return &images->file[i];
	return NULL;
}

static void say_device(struct build *build, const struct defined_disk *disk)
{
	say(build, arena_printf(build->derive->arena, "%s  %s %s%s%s%s%s",
			   disk->name ? disk->name : "?", disk->bus ? disk->bus : "",
			   disk->cdrom ? "removable disk" : "disk", disk->cache ? ", cache " : "",
			   disk->cache ? disk->cache : "", disk->aio ? ", aio " : "",
			   disk->aio ? disk->aio : ""));
}

static void say_image(
	struct build *build, const char *format, const char *path, const struct image_file *file)
{
	say(build, arena_printf(build->derive->arena, "%s%s%s%s%s",
			   build->images++ ? "  backed by " : "", format ? format : "",
			   format ? " " : "", path ? path : "an image that is not named",
			   file && file->deleted ? ", deleted" : ""));
	if (!format)
		lack(build, "its format is not told, so what it is backed by is not known");
}

static void note_leaf(struct build *build, const struct image_leaf *leaf)
{
	struct chain *chain = build->chain;

	if (chain->leaf_dev && chain->leaf_dev != leaf->dev)
		build->several = true;
	if (!chain->leaf_dev)
		build->out->device = derive_text(build->derive, leaf->name);
	chain->leaf_dev = leaf->dev;
}

static void say_place(struct build *build, const struct image_file *file)
{
	const struct image_place *place = file->place;

	if (!place) {
		lack(build, "what its image is on is not known");
		return;
	}
	for (size_t i = 0; i < place->n_layer; i++)
		say(build, derive_text(build->derive, place->layer[i]));
	for (size_t i = 0; i < place->n_leaf; i++)
		note_leaf(build, &place->leaf[i]);
	build->none |= place->n_leaf == 0;
	if (place->reason)
		lack(build, place->reason);
}

static void say_pending(struct build *build)
{
	if (build->pending)
		say_place(build, build->pending);
	build->pending = NULL;
}

/* Images on the same are listed together, and what they are on behind the last of them. */
static void add_file(struct build *build, const struct image_file *file)
{
	struct chain *chain = build->chain;

	if (build->pending && build->pending->place != file->place)
		say_pending(build);
	if (chain->n_file < DEVSET_IMAGES_MOST)
		chain->file[chain->n_file++] = file;
	build->pending = file;
}

static void add_remote(struct build *build, const struct defined_image *image)
{
	say_pending(build);
	say_image(build, image->format, image->path, NULL);
	say(build, arena_printf(build->derive->arena, "%s, %s",
			   image->protocol ? image->protocol : "unknown",
			   text_same(image->protocol, "nvme") ||
					   text_same(image->protocol, "vhostuser")
				   ? "past the host's block layer"
				   : "network: no local request layer"));
	build->none = true;
}

static void lack_file(struct build *build)
{
	const struct image_vm *images = build->chain->images;

	build->none = true;
	lack(build, !images		    ? "its process's files have not been looked at"
		    : images->status.reason ? images->status.reason
					    : "its image is not among its process's open files");
}

/* Its file; NULL: it has none, or that is not known. */
static const struct image_file *add_image(struct build *build, const struct defined_image *image)
{
	const struct image_file *file = by_path(build->chain->images, image->path);

	if (!derive_image_is_local(image)) {
		add_remote(build, image);
		return NULL;
	}
	if (file)
		add_file(build, file);
	say_image(build, image->format, file && !image->path ? file->path : image->path, file);
	if (!file)
		lack_file(build);
	return file;
}

/* What headers of the images tell beyond the definition. */
static void add_backing(struct build *build, const struct image_file *file)
{
	for (size_t i = 0; file && file->backing && i < DEVSET_IMAGES_MOST; i++) {
		const struct defined_image image = { .format = file->backing_format,
			.protocol = file->backing[0] == '/' ? "file" : "network",
			.path = file->backing };

		file = add_image(build, &image);
	}
}

static bool has_backing(const char *format)
{
	return text_same(format, "qcow2") || text_same(format, "qed") ||
	       text_same(format, "qcow") || text_same(format, "vmdk");
}

void derive_chain(const struct derive *derive, const struct defined_disk *disk, bool told_all,
	struct chain *chain, struct disk *out)
{
	struct build build = { .derive = derive, .chain = chain, .out = out };
	const struct image_file *file = NULL;

	say_device(&build, disk);
	for (size_t i = 0; i < disk->n_image; i++) {
		file = add_image(&build, &disk->image[i]);
		if (i == 0)
			chain->top = file;
	}
	if (file && !told_all) {
		if (has_backing(disk->image[disk->n_image - 1].format) && !file->has_header)
			lack(&build, "what its image is backed by could not be read");
		add_backing(&build, file);
	}
	say_pending(&build);
	out->layers = arena_array(derive->arena, out->n_layers, sizeof(*out->layers));
	memcpy(out->layers, build.part, out->n_layers * sizeof(*out->layers));
	if (build.several || build.none) {
		chain->leaf_dev = 0;
		out->device = NULL;
	}
}
