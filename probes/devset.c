// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/devset.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "probes/text.h"

struct devset {
	atomic_uint users;
	struct defined_devices devices; /* points behind itself */
};

/* Where the copy goes; its size first, with to NULL. */
struct pack {
	char *to;
	size_t used;
};

static void *pack_bytes(struct pack *pack, const void *from, size_t size, size_t align)
{
	char *at;

	pack->used = (pack->used + align - 1) / align * align;
	at = pack->to ? pack->to + pack->used : NULL;
	if (at && size)
		memcpy(at, from, size);
	pack->used += size;
	return at;
}

static void pack_text(struct pack *pack, const char **text)
{
	if (*text)
		*text = pack_bytes(pack, *text, strlen(*text) + 1, 1);
}

static void pack_nic(struct pack *pack, struct defined_nic *nic)
{
	const char **text[] = { &nic->name, &nic->mac, &nic->model, &nic->bridge, &nic->address };

	for (size_t i = 0; i < sizeof(text) / sizeof(text[0]); i++)
		pack_text(pack, text[i]);
}

static void pack_image(struct pack *pack, struct defined_image *image)
{
	pack_text(pack, &image->format);
	pack_text(pack, &image->protocol);
	pack_text(pack, &image->path);
}

static void pack_disk(struct pack *pack, struct defined_disk *disk)
{
	const char **text[] = { &disk->name, &disk->bus, &disk->cache, &disk->aio, &disk->serial,
		&disk->throttle };
	struct defined_image *image = pack_bytes(
		pack, disk->image, disk->n_image * sizeof(*image), _Alignof(struct defined_image));

	for (size_t i = 0; i < disk->n_image; i++) {
		struct defined_image copy = disk->image[i];

		pack_image(pack, &copy);
		if (image)
			image[i] = copy;
	}
	disk->image = image;
	for (size_t i = 0; i < sizeof(text) / sizeof(text[0]); i++)
		pack_text(pack, text[i]);
}

static struct defined_devices pack_devices(struct pack *pack, struct defined_devices devices)
{
	struct defined_disk *disk = pack_bytes(
		pack, devices.disk, devices.n_disk * sizeof(*disk), _Alignof(struct defined_disk));
	struct defined_nic *nic = pack_bytes(
		pack, devices.nic, devices.n_nic * sizeof(*nic), _Alignof(struct defined_nic));

	for (size_t i = 0; i < devices.n_disk; i++) {
		struct defined_disk copy = devices.disk[i];

		pack_disk(pack, &copy);
		if (disk)
			disk[i] = copy;
	}
	for (size_t i = 0; i < devices.n_nic; i++) {
		struct defined_nic copy = devices.nic[i];

		pack_nic(pack, &copy);
		if (nic)
			nic[i] = copy;
	}
	devices.disk = disk;
	devices.nic = nic;
	return devices;
}

/* A copy in one piece, of one user; NULL: there are no devices. */
static struct devset *devset_new(const struct defined_devices *devices)
{
	struct pack pack = { .used = sizeof(struct devset) };
	struct devset *set;

	if (devices->n_disk == 0 && devices->n_nic == 0)
		return NULL;
	pack_devices(&pack, *devices);
	set = xcalloc(1, pack.used);
	pack = (struct pack){ .to = (char *)set, .used = sizeof(*set) };
	atomic_init(&set->users, 1);
	set->devices = pack_devices(&pack, *devices);
	return set;
}

struct devset *devset_use(struct devset *set)
{
	if (set)
		atomic_fetch_add_explicit(&set->users, 1, memory_order_relaxed);
	return set;
}

void devset_drop(struct devset *set)
{
	if (set && atomic_fetch_sub_explicit(&set->users, 1, memory_order_acq_rel) == 1)
		free(set);
}

struct defined_devices devset_devices(const struct devset *set)
{
	return set ? set->devices : (struct defined_devices){ 0 };
}

void devset_draft_init(struct devset_draft *draft)
{
	*draft = (struct devset_draft){ 0 };
	draft->nic = arena_array(&draft->arena, DEVSET_NICS_MOST, sizeof(*draft->nic));
	draft->disk = arena_array(&draft->arena, DEVSET_DISKS_MOST, sizeof(*draft->disk));
}

struct defined_nic *devset_add_nic(struct devset_draft *draft)
{
	struct defined_nic *nic = &draft->nic[draft->n_nic];

	if (draft->n_nic == DEVSET_NICS_MOST)
		return NULL;
	draft->n_nic++;
	nic->queues = 1;
	return nic;
}

struct defined_disk *devset_add_disk(struct devset_draft *draft)
{
	struct defined_disk *disk = &draft->disk[draft->n_disk];

	if (draft->n_disk == DEVSET_DISKS_MOST)
		return NULL;
	draft->n_disk++;
	disk->capacity_bytes = UNKNOWN_U64;
	return disk;
}

struct defined_image *devset_add_image(struct devset_draft *draft, struct defined_disk *disk)
{
	struct defined_image *image;

	if (disk->n_image == DEVSET_IMAGES_MOST)
		return NULL;
	image = arena_array(&draft->arena, disk->n_image + 1, sizeof(*image));
	if (disk->n_image)
		memcpy(image, disk->image, disk->n_image * sizeof(*image));
	disk->image = image;
	return &image[disk->n_image++];
}

const char *devset_text(struct devset_draft *draft, const char *text)
{
	return text && *text ? text_clean(&draft->arena, text, strlen(text), DEVSET_TEXT_MOST)
			     : NULL;
}

struct devset *devset_finish(struct devset_draft *draft)
{
	struct defined_devices devices = { draft->nic, draft->n_nic, draft->disk, draft->n_disk };
	struct devset *set = devset_new(&devices);

	arena_release(&draft->arena);
	*draft = (struct devset_draft){ 0 };
	return set;
}
