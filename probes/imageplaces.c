// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/imageplaces.h"

#include <stdlib.h>
#include <string.h>

#include "probes/layers.h"

static const uint64_t FRESH_NS = 60000000000;
enum { PLACES_MOST = 2048, MOUNTS_TEXT_MOST = 4 * 1024 * 1024 };

struct imageplace {
	uint64_t dev;
	char *point; /* where it is mounted; NULL: a block device */
	uint64_t at_ns;
	struct image_place is;		/* all of it is owned */
	const struct image_place *copy; /* of this sample; NULL: none yet */
	bool used;
};

static void *keep(const void *from, size_t n, size_t size)
{
	void *copy = xcalloc(n, size);

	if (n)
		memcpy(copy, from, n * size);
	return copy;
}

static void empty(struct imageplace *place)
{
	for (size_t i = 0; i < place->is.n_layer; i++)
		free((char *)place->is.layer[i]);
	for (size_t i = 0; i < place->is.n_leaf; i++)
		free((char *)place->is.leaf[i].name);
	free(place->is.layer);
	free(place->is.leaf);
	free(place->is.dev);
	free((char *)place->is.reason);
	place->is = (struct image_place){ 0 };
}

static void place_free(struct imageplace *place)
{
	empty(place);
	free(place->point);
	free(place);
}

/* From scratch to memory of its own. */
static void fill(struct imageplace *place, const struct image_place *from)
{
	empty(place);
	place->is = *from;
	place->is.layer = keep(from->layer, from->n_layer, sizeof(*from->layer));
	place->is.leaf = keep(from->leaf, from->n_leaf, sizeof(*from->leaf));
	place->is.dev = keep(from->dev, from->n_dev, sizeof(*from->dev));
	for (size_t i = 0; i < from->n_layer; i++)
		place->is.layer[i] = xstrdup(from->layer[i]);
	for (size_t i = 0; i < from->n_leaf; i++)
		place->is.leaf[i].name = xstrdup(from->leaf[i].name);
	place->is.reason = from->reason ? xstrdup(from->reason) : NULL;
}

static struct imageplace *find(struct imageplaces *places, uint64_t dev, const char *point)
{
	for (size_t i = 0; i < places->n; i++) {
		struct imageplace *place = places->place[i];

		if (place->dev == dev &&
			(point ? place->point && strcmp(place->point, point) == 0 : !place->point))
			return place;
	}
	return NULL;
}

static struct imageplace *add(struct imageplaces *places, uint64_t dev, const char *point)
{
	struct imageplace *place;

	if (places->n == PLACES_MOST)
		return NULL;
	place = xcalloc(1, sizeof(*place));
	place->dev = dev;
	place->point = point ? xstrdup(point) : NULL;
	places->place = xgrow(places->place, places->n + 1, &places->cap, sizeof(*places->place));
	places->place[places->n++] = place;
	return place;
}

static const char *host_mounts(struct imageplaces *places, uint64_t now_ns)
{
	if (places->mounts_ns && now_ns - places->mounts_ns < FRESH_NS)
		return places->mounts;
	places->mounts_ns = now_ns;
	if (sysroot_slurp(places->root, &places->mounts, &places->mounts_size, MOUNTS_TEXT_MOST,
		    "proc/self/mountinfo") < 0)
		places->mounts[0] = '\0';
	return places->mounts;
}

static struct imageplace *place_of(
	struct imageplaces *places, uint64_t dev, const struct mount *mount, uint64_t now_ns)
{
	struct imageplace *place = find(places, dev, mount ? mount->point : NULL);
	const struct layers_env env = { places->root, host_mounts(places, now_ns) };
	struct image_place is;

	if (!place)
		place = add(places, dev, mount ? mount->point : NULL);
	if (!place || (place->at_ns && now_ns - place->at_ns < FRESH_NS))
		return place;
	if (mount)
		layers_of_mount(&env, mount, &places->scratch, &is);
	else
		layers_of_device(&env, dev, &places->scratch, &is);
	fill(place, &is);
	arena_release(&places->scratch);
	place->at_ns = now_ns;
	return place;
}

void imageplaces_find(struct imageplaces *places, struct imagefiles *files, uint64_t now_ns)
{
	for (size_t i = 0; i < files->n; i++) {
		struct imagefile *file = &files->file[i];
		const struct mount *mount =
			file->block ? NULL : imagefiles_mount(files, file->mount_id);

		if (file->block || mount)
			file->place = place_of(places, file->dev, mount, now_ns);
	}
}

void imageplaces_unuse(struct imageplaces *places)
{
	for (size_t i = 0; i < places->n; i++) {
		places->place[i]->used = false;
		places->place[i]->copy = NULL;
	}
}

const struct image_place *imageplaces_copy(struct imageplace *place, struct arena *arena)
{
	struct image_place *copy;

	if (!place || place->copy)
		return place ? place->copy : NULL;
	copy = arena_alloc(arena, sizeof(*copy));
	*copy = place->is;
	copy->layer = arena_array(arena, copy->n_layer, sizeof(*copy->layer));
	copy->leaf = arena_array(arena, copy->n_leaf, sizeof(*copy->leaf));
	copy->dev = arena_array(arena, copy->n_dev, sizeof(*copy->dev));
	for (size_t i = 0; i < copy->n_layer; i++)
		copy->layer[i] = arena_strdup(arena, place->is.layer[i]);
	for (size_t i = 0; i < copy->n_leaf; i++)
		copy->leaf[i] = (struct image_leaf){ arena_strdup(arena, place->is.leaf[i].name),
			place->is.leaf[i].dev };
	if (copy->n_dev)
		memcpy(copy->dev, place->is.dev, copy->n_dev * sizeof(*copy->dev));
	copy->reason = arena_strdup(arena, place->is.reason);
	imageplaces_use(place);
	place->copy = copy;
	return copy;
}

void imageplaces_use(struct imageplace *place)
{
	if (place)
		place->used = true;
}

void imageplaces_sweep(struct imageplaces *places)
{
	size_t kept = 0;

	for (size_t i = 0; i < places->n; i++) {
		if (places->place[i]->used)
			places->place[kept++] = places->place[i];
		else
			place_free(places->place[i]);
	}
	places->n = kept;
}

void imageplaces_release(struct imageplaces *places)
{
	for (size_t i = 0; i < places->n; i++)
		place_free(places->place[i]);
	free(places->place);
	free(places->mounts);
	arena_release(&places->scratch);
	*places = (struct imageplaces){ 0 };
}
