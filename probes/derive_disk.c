// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/derive.h"

#include <stdlib.h>
#include <string.h>

#include "probes/derive_chain.h"
#include "probes/schema.h"

static const struct image_vm *images_of(const struct derive *derive, const struct joined *joined)
{
	const struct images_sample *section = &derive->cur->images;

	return derive_of_process(joined, section->vm, section->n_vm, sizeof(*section->vm),
		offsetof(struct image_vm, start_ticks));
}

struct source derive_images_source(const struct derive *derive, const struct joined *joined)
{
	const struct image_vm *images = images_of(derive, joined);

	return derive_turn_source(derive, joined, SECTION_IMAGES, images ? &images->status : NULL,
		"its files have not had their turn yet");
}

static const char *hides(const char *cache)
{
	static const struct {
		const char *cache, *hides;
	} modes[] = {
		{ "none",
			"little: writes go to the device at once, and what its own cache holds is "
			"safe only after a flush" },
		{ "directsync", "nothing: each write waits until the device keeps it" },
		{ "writeback",
			"writes are done for the guest once they are in the host's memory: only "
			"its flushes wait for the device" },
		{ "writethrough",
			"reads may come from the host's memory; each write waits until the "
			"device keeps it" },
		{ "unsafe", "writes are done once they are in the host's memory, and flushes are "
			    "ignored: what the guest calls safe is lost with the host" },
	};

	for (size_t i = 0; cache && i < sizeof(modes) / sizeof(modes[0]); i++)
		if (strcmp(cache, modes[i].cache) == 0)
			return modes[i].hides;
	return NULL;
}

static void from_definition(
	const struct derive *derive, const struct defined_disk *disk, struct disk *out)
{
	out->name = derive_text(derive, disk->name);
	out->bus = derive_text(derive, disk->bus);
	out->cache = derive_text(derive, disk->cache);
	out->aio = derive_text(derive, disk->aio);
	out->serial = derive_text(derive, disk->serial);
	out->readonly = disk->readonly;
	out->capacity_bytes = disk->capacity_bytes;
	out->format = derive_text(derive, disk->image[0].format);
	out->image = derive_text(derive, disk->image[0].path);
	out->protocol = derive_text(derive, disk->image[0].protocol);
	out->throttle = derive_text(derive, disk->throttle);
	out->cache_hides = hides(disk->cache);
}

static bool is_on(const struct chain *chain, uint64_t dev)
{
	for (size_t i = 0; i < chain->n_file; i++) {
		const struct image_place *place = chain->file[i]->place;

		for (size_t j = 0; place && j < place->n_dev; j++)
			if (place->dev[j] == dev)
				return true;
	}
	return false;
}

/* The cgroup's limits on any device below it hold as well as its own. */
static void add_limits(const struct derive *derive, const struct chain *chain, struct disk *out)
{
	for (size_t i = 0; chain->images && i < chain->images->n_limit; i++) {
		const struct image_limit *limit = &chain->images->limit[i];

		if (!is_on(chain, limit->dev))
			continue;
		out->throttle = arena_printf(derive->arena, "%s%s%s by its cgroup",
			out->throttle ? out->throttle : "", out->throttle ? ", " : "",
			limit->words);
	}
}

static const struct block_counters *counters(
	const struct block_counters *list, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (list[i].name && strcmp(list[i].name, name) == 0)
			return &list[i];
	return NULL;
}

static void rates(const struct block_op_counters *cur, const struct block_op_counters *prev,
	uint64_t ns, struct disk_op *out)
{
	uint64_t requests = derive_delta(cur->requests_total, prev->requests_total);
	uint64_t spent_ns = derive_delta(cur->ns_total, prev->ns_total);
	uint64_t bytes = derive_delta(cur->bytes_total, prev->bytes_total);

	if (requests == UNKNOWN_U64)
		return;
	out->per_s = derive_per_s(requests, ns);
	if (bytes != UNKNOWN_U64)
		out->bytes_per_s = derive_per_s(bytes, ns);
	if (requests && spent_ns != UNKNOWN_U64)
		out->vmm_mean_ns = (double)spent_ns / (double)requests;
}

/* NULL: QEMU has told nothing of this VM. */
static const struct blocks_reading *reading_of(
	const struct derive *derive, const struct joined *joined)
{
	const struct blocks_reading *reading =
		joined->domain ? derive_blocks(derive->cur, joined->domain->uuid) : NULL;

	return reading && source_has_values(reading->status.state) ? reading : NULL;
}

/* By libvirt's name of the disk: without libvirt nobody may ask QEMU. */
static const struct block_counters *told_by_monitor(
	const struct derive *derive, const struct joined *joined, const char *name)
{
	const struct blocks_reading *reading = reading_of(derive, joined);

	return reading && name ? counters(reading->block, reading->n_block, name) : NULL;
}

static void from_monitor(const struct derive *derive, const struct joined *joined, struct disk *out)
{
	const struct blocks_reading *reading = reading_of(derive, joined);
	const struct block_counters *cur = told_by_monitor(derive, joined, out->name), *prev;
	uint64_t ns;

	if (!cur)
		return;
	prev = counters(reading->before, reading->n_before, out->name);
	if (out->capacity_bytes == UNKNOWN_U64)
		out->capacity_bytes = cur->capacity_bytes;
	ns = derive_delta(reading->status.at_ns, reading->before_ns);
	if (!prev || reading->before_ns == 0 || ns == UNKNOWN_U64 || ns == 0)
		return;
	out->vmm_interval_s = (double)ns / 1e9;
	rates(&cur->read, &prev->read, ns, &out->read);
	rates(&cur->write, &prev->write, ns, &out->write);
	rates(&cur->flush, &prev->flush, ns, &out->flush);
}

/* As fast as it fell since the last look: while it grows, nobody can say. */
static double drain_s(const struct image_cache *cur, const struct image_cache *before)
{
	uint64_t fallen = derive_delta(before->dirty_bytes, cur->dirty_bytes);
	uint64_t ns = derive_delta(cur->at_ns, before->at_ns);

	if (cur->dirty_bytes == 0)
		return 0;
	if (before->at_ns == 0 || fallen == UNKNOWN_U64 || fallen == 0 || ns == UNKNOWN_U64)
		return NAN;
	return (double)cur->dirty_bytes / derive_per_s(fallen, ns);
}

static void from_cache(const struct derive *derive, const struct image_file *top, struct disk *out)
{
	const struct image_cache *cache = &top->cache;

	out->cached_bytes = cache->cached_bytes;
	out->dirty_bytes = cache->dirty_bytes;
	out->writeback_bytes = cache->writeback_bytes;
	out->dirty_age_s = derive_age_s(derive, cache->at_ns);
	out->dirty_drain_s = drain_s(cache, &top->before);
	out->dirty_source = "cachestat";
}

/* Where files cannot be asked: of all files of the VM together, if it has a group for itself. */
static bool from_cgroup(const struct derive *derive, const struct joined *joined, struct disk *out)
{
	const struct cgroup_reading *cgroup = derive_cgroup(derive, joined);

	if (!cgroup || !cgroup->own || cgroup->dirty_bytes == UNKNOWN_U64)
		return false;
	out->dirty_bytes = cgroup->dirty_bytes;
	out->writeback_bytes = cgroup->writeback_bytes;
	out->dirty_age_s = derive_age_s(derive, cgroup->status.at_ns);
	out->dirty_drain_s = cgroup->dirty_bytes == 0 ? 0 : NAN;
	out->dirty_source = "of the VM's cgroup as a whole";
	return true;
}

/* The guest writes to the top image: the others are read only. */
static void dirty(const struct derive *derive, const struct joined *joined,
	const struct defined_disk *disk, const struct chain *chain, struct disk *out)
{
	const struct image_file *top = chain->top;

	if (top && top->cache.at_ns)
		from_cache(derive, top, out);
	else if (!top && !derive_image_is_local(&disk->image[0]))
		out->dirty_reason = "it is not on a file or device of this host";
	else if (top && !top->writable)
		out->dirty_reason = "its VMM has it open for reading only";
	else if (!from_cgroup(derive, joined, out))
		out->dirty_reason = top && top->cache_reason
					    ? derive_text(derive, top->cache_reason)
					    : "its page cache has not been looked at";
}

/* Why no call of the VMM for it can be timed; NULL: its files are there. */
static const char *why_no_files(
	const struct derive *derive, const struct defined_disk *disk, const struct chain *chain)
{
	if (chain->n_file)
		return NULL;
	if (!derive_image_is_local(&disk->image[0]))
		return arena_printf(derive->arena,
			"its storage is reached by the VMM itself (%s), without calls of the "
			"host's "
			"kernel that could be timed",
			disk->image[0].protocol);
	return chain->images ? "its image files are not among those that its VMM has open"
			     : "its image files have not been looked for yet";
}

static bool is_remote(const struct chain *chain)
{
	const struct image_file *file = chain->top ? chain->top : chain->file[0];

	return file->place && file->place->remote;
}

/* How long the VMM waits for its files, and the requests below them. */
static void timed(const struct derive *derive, const struct joined *joined,
	const struct defined_disk *disk, const struct chain *chain, struct disk *out)
{
	const char *reason = why_no_files(derive, disk, chain);

	if (reason) {
		out->wait_reason = out->request_reason = reason;
		return;
	}
	for (size_t i = 0; i < chain->n_file; i++)
		if (chain->file[i]->dev != UNKNOWN_U64)
			derive_latency_file(derive, joined, chain->file[i]->dev,
				chain->file[i]->inode, out);
	if (is_remote(chain))
		out->request_reason = "no block device of this host is below its file: no requests "
				      "are made for it here";
	else
		derive_latency_requests(derive, joined, chain->leaf_dev, out);
	derive_device_of(derive, chain->leaf_dev, out);
}

/* A definition may name a volume of a pool: QEMU knows what file that is. */
static struct defined_disk with_path(
	const struct derive *derive, const struct joined *joined, const struct defined_disk *disk)
{
	const struct block_counters *known = told_by_monitor(derive, joined, disk->name);
	struct defined_disk copy = *disk;
	struct defined_image *image;

	if (disk->image[0].path || !known || !known->path)
		return copy;
	image = arena_array(derive->arena, disk->n_image, sizeof(*image));
	memcpy(image, disk->image, disk->n_image * sizeof(*image));
	image[0].path = known->path;
	copy.image = image;
	return copy;
}

static void derive_one(const struct derive *derive, const struct joined *joined,
	const struct defined_disk *defined, bool told_all, struct disk *out)
{
	struct chain chain = { .images = images_of(derive, joined) };
	struct defined_disk copy = with_path(derive, joined, defined), *disk = &copy;

	*out = derive->blank->disk;
	from_definition(derive, disk, out);
	derive_chain(derive, disk, told_all, &chain, out);
	add_limits(derive, &chain, out);
	timed(derive, joined, disk, &chain, out);
	from_monitor(derive, joined, out);
	dirty(derive, joined, disk, &chain, out);
}

static int by_name(const void *a, const void *b)
{
	const char *x = ((const struct disk *)a)->name, *y = ((const struct disk *)b)->name;

	return strcmp(x ? x : "", y ? y : "");
}

/* A drive without a medium has nothing to show. */
void derive_disks(const struct derive *derive, const struct joined *joined, struct vm *vm)
{
	bool by_libvirt = joined->domain && joined->domain->devices.n_disk;
	const struct defined_devices *devices = by_libvirt     ? &joined->domain->devices
						: joined->proc ? &joined->proc->devices
							       : NULL;

	if (!devices || devices->n_disk == 0)
		return;
	vm->disk = arena_array(derive->arena, devices->n_disk, sizeof(*vm->disk));
	for (size_t i = 0; i < devices->n_disk && vm->n_disk < VM_DEVICES_MOST; i++)
		if (devices->disk[i].n_image)
			derive_one(derive, joined, &devices->disk[i], by_libvirt,
				&vm->disk[vm->n_disk++]);
	if (vm->n_disk)
		qsort(vm->disk, vm->n_disk, sizeof(*vm->disk), by_name);
}
