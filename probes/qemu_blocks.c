// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/qemu_blocks.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "probes/text.h"
#include "probes/throttle.h"

enum { DEPTH_MOST = 16 };

/* A node of the block layer, whose options may hold those of its children. */
struct qemu_node {
	const char *name;
	struct qemu_options *options;
	bool drive; /* told by -drive, in its words */
};

struct qemu_disk {
	const char *name, *bus, *node, *serial;
	struct qemu_options *options; /* of a drive that is a disk by itself; else NULL */
	bool cdrom, write_through;
};

/* Where one node's options are: a child's begin with a prefix. */
struct where {
	const struct qemu_options *options;
	const char *prefix;
};

static struct qemu_options *parse(
	struct qemu_blocks *blocks, struct span argument, const char *first)
{
	struct arena *arena = &blocks->draft->arena;
	struct qemu_options options, *kept = arena_alloc(arena, sizeof(*kept));

	qemu_options_parse(&options, arena, argument, first);
	*kept = options;
	return kept;
}

static void add_node(
	struct qemu_blocks *blocks, const char *name, struct qemu_options *options, bool drive)
{
	if (!name || blocks->n_node == QEMU_NODES_MOST)
		return;
	blocks->node =
		xgrow(blocks->node, blocks->n_node + 1, &blocks->cap_node, sizeof(*blocks->node));
	blocks->node[blocks->n_node++] = (struct qemu_node){ name, options, drive };
}

static void add_disk(struct qemu_blocks *blocks, const struct qemu_disk *disk)
{
	if (blocks->n_disk == DEVSET_DISKS_MOST)
		return;
	blocks->disk =
		xgrow(blocks->disk, blocks->n_disk + 1, &blocks->cap_disk, sizeof(*blocks->disk));
	blocks->disk[blocks->n_disk++] = *disk;
}

/* if=none waits for a -device; firmware and flash are no disks. */
static void read_drive(struct qemu_blocks *blocks, struct span argument)
{
	struct qemu_options *options = parse(blocks, argument, "file");
	const char *how = qemu_option(options, "", "if"), *id = qemu_option(options, "", "id");
	struct qemu_disk disk = { .name = id, .bus = how ? how : "ide", .options = options };

	blocks->drives++;
	disk.cdrom =
		text_same(qemu_option(options, "", "media"), "cdrom") || text_same(how, "floppy");
	disk.serial = qemu_option(options, "", "serial");
	if (!id)
		disk.name = arena_printf(&blocks->draft->arena, "drive%u", blocks->drives - 1);
	add_node(blocks, id, options, true);
	if (!text_same(how, "none") && !text_same(how, "pflash") && !text_same(how, "mtd"))
		add_disk(blocks, &disk);
}

void qemu_blocks_image(
	struct qemu_blocks *blocks, struct span path, const char *bus, const char *media)
{
	struct arena *arena = &blocks->draft->arena;
	struct qemu_options *options = arena_alloc(arena, sizeof(*options));
	size_t size = path.len + 1 < QEMU_VALUE_BYTES ? path.len + 1 : QEMU_VALUE_BYTES;
	char *file = arena_alloc(arena, size);
	struct qemu_disk disk = { .bus = bus, .options = options };

	if (blocks->n_disk == DEVSET_DISKS_MOST)
		return;
	memcpy(file, path.text, size - 1); /* no list: its commas are its own */
	options->key[0] = "file";
	options->value[0] = file;
	options->n = 1;
	disk.cdrom = !text_same(media, "hd");
	disk.name = arena_printf(arena, "%s%u", media, blocks->drives++);
	add_disk(blocks, &disk);
}

struct short_option {
	const char *name, *bus, *media;
};

static const struct short_option *short_of(struct span option)
{
	static const struct short_option known[] = { { "cdrom", "ide", "cd" },
		{ "hda", "ide", "hd" }, { "hdb", "ide", "hd" }, { "hdc", "ide", "hd" },
		{ "hdd", "ide", "hd" }, { "fda", "fdc", "fd" }, { "fdb", "fdc", "fd" } };

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (span_is(option, known[i].name))
			return &known[i];
	return NULL;
}

bool qemu_blocks_option(struct qemu_blocks *blocks, struct span option, struct span value)
{
	const struct short_option *image = short_of(option);
	bool drive = span_is(option, "drive");
	struct qemu_options *options;

	if (!image && !drive && !span_is(option, "blockdev"))
		return false;
	if (blocks->told == QEMU_NODES_MOST)
		return true;
	blocks->told++;
	if (image) {
		qemu_blocks_image(blocks, value, image->bus, image->media);
	} else if (drive) {
		read_drive(blocks, value);
	} else {
		options = parse(blocks, value, "driver");
		add_node(blocks, qemu_option(options, "", "node-name"), options, false);
	}
	return true;
}

/* What the guest sees of a driver; NULL: it is no disk. An AHCI's ports are on a bus named so. */
static const char *bus_of(const struct qemu_options *options, const char *driver)
{
	static const struct {
		const char *begin, *bus;
	} drivers[] = { { "virtio-blk", "virtio" }, { "vhost-user-blk", "virtio" },
		{ "scsi-", "scsi" }, { "ide-", "ide" }, { "nvme", "nvme" },
		{ "usb-storage", "usb" }, { "floppy", "fdc" }, { "sd-card", "sd" } };
	const char *on = qemu_option(options, "", "bus");

	if (strncmp(driver, "ide-", 4) == 0 && on && strncmp(on, "ide.", 4) != 0)
		return "sata";
	for (size_t i = 0; i < sizeof(drivers) / sizeof(drivers[0]); i++)
		if (strncmp(driver, drivers[i].begin, strlen(drivers[i].begin)) == 0)
			return drivers[i].bus;
	return NULL;
}

void qemu_blocks_device(struct qemu_blocks *blocks, const struct qemu_options *options)
{
	const char *driver = qemu_option(options, "", "driver");
	struct qemu_disk disk = { .bus = driver ? bus_of(options, driver) : NULL };

	disk.node = qemu_option(options, "", "drive");
	if (!disk.bus || !disk.node)
		return;
	disk.name = qemu_option(options, "", "id");
	disk.name = disk.name ? disk.name : disk.node;
	disk.serial = qemu_option(options, "", "serial");
	disk.cdrom = strstr(driver, "-cd") || text_same(disk.bus, "fdc");
	disk.write_through = text_same(qemu_option(options, "", "write-cache"), "off");
	add_disk(blocks, &disk);
}

static const struct qemu_node *find(const struct qemu_blocks *blocks, const char *name)
{
	for (size_t i = 0; name && i < blocks->n_node; i++)
		if (strcmp(blocks->node[i].name, name) == 0)
			return &blocks->node[i];
	return NULL;
}

/* Drivers that reach an image, and not formats: a local one is "file" or "block". */
static const char *protocol_of(const char *driver)
{
	static const char *const protocols[] = { "file", "nbd", "rbd", "iscsi", "nvme", "gluster",
		"nfs", "ssh", "http", "https", "ftp", "ftps", "null-co", "null-aio", "vvfat",
		"virtio-blk-vhost-user", "virtio-blk-vhost-vdpa", "virtio-blk-vfio-pci",
		"nvme-io_uring" };

	if (strcmp(driver, "host_device") == 0 || strcmp(driver, "host_cdrom") == 0)
		return "block";
	for (size_t i = 0; i < sizeof(protocols) / sizeof(protocols[0]); i++)
		if (strcmp(driver, protocols[i]) == 0)
			return protocols[i];
	return NULL;
}

static bool is_filter(const char *driver)
{
	return strcmp(driver, "throttle") == 0 || strcmp(driver, "copy-on-read") == 0 ||
	       strcmp(driver, "blkdebug") == 0 || strcmp(driver, "preallocate") == 0;
}

/* "nbd://host/x", "rbd:pool/x": the protocol, before a slash. False: it is a path. */
static bool begins_with_protocol(const char *name, size_t *len)
{
	*len = 0;
	while (isalnum((unsigned char)name[*len]) || name[*len] == '+' || name[*len] == '_')
		(*len)++;
	return *len > 0 && name[*len] == ':';
}

static void read_name(struct devset_draft *draft, const char *name, struct defined_image *image)
{
	size_t len;

	image->protocol = "file";
	if (strncmp(name, "fd:", 3) == 0 || strncmp(name, "json:", 5) == 0)
		return;
	if (begins_with_protocol(name, &len) && !(len == 4 && strncmp(name, "file", 4) == 0))
		image->protocol =
			devset_text(draft, arena_printf(&draft->arena, "%.*s", (int)len, name));
	else if (begins_with_protocol(name, &len))
		name += len + 1;
	image->path = devset_text(draft, name);
	if (strncmp(name, "/dev/", 5) == 0 && strcmp(image->protocol, "file") == 0)
		image->protocol = "block";
}

static const char *get(const struct where *where, const char *key)
{
	return qemu_option(where->options, where->prefix, key);
}

static struct where child(struct qemu_blocks *blocks, const struct where *where, const char *name)
{
	struct arena *arena = &blocks->draft->arena;
	const struct qemu_node *node = find(blocks, get(where, name));
	struct where below = { .prefix = arena_printf(arena, "%s%s.", where->prefix, name) };

	if (node)
		return (struct where){ node->options, "" };
	if (qemu_option_begins(where->options, below.prefix))
		below.options = where->options;
	return below;
}

/* A node that reaches the image. */
static void read_leaf(
	struct qemu_blocks *blocks, const struct where *where, struct defined_image *image)
{
	static const char *const keys[] = { "filename", "device", "path", "image", "url",
		"server.path", "server.host", "export", "target" };
	const char *driver = get(where, "driver"), *name = NULL;

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]) && !name; i++)
		name = get(where, keys[i]);
	if (!driver || strcmp(driver, "file") == 0) {
		if (name)
			read_name(blocks->draft, name, image);
		return;
	}
	image->protocol = protocol_of(driver);
	image->path = devset_text(blocks->draft, name);
}

/* The node that reaches the image of a format, through filters. */
static void read_file(struct qemu_blocks *blocks, struct where where, struct defined_image *image)
{
	for (unsigned depth = 0; depth < DEPTH_MOST && where.options; depth++) {
		const char *driver = get(&where, "driver");

		if (!driver || protocol_of(driver)) {
			read_leaf(blocks, &where, image);
			return;
		}
		where = child(blocks, &where, "file");
	}
}

static void read_chain(struct qemu_blocks *blocks, struct where where, struct defined_disk *disk)
{
	for (unsigned depth = 0; depth < 2 * DEPTH_MOST && where.options; depth++) {
		const char *driver = get(&where, "driver");
		struct defined_image *image;

		if (driver && is_filter(driver)) {
			where = child(blocks, &where, "file");
			continue;
		}
		image = driver ? devset_add_image(blocks->draft, disk) : NULL;
		if (!image)
			return;
		if (protocol_of(driver)) {
			image->format = "raw";
			read_leaf(blocks, &where, image);
			return;
		}
		image->format = devset_text(blocks->draft, driver);
		read_file(blocks, child(blocks, &where, "file"), image);
		where = child(blocks, &where, "backing");
	}
}

/* -drive names its image by file=, or as a node does. */
static void read_drive_chain(
	struct qemu_blocks *blocks, const struct qemu_options *options, struct defined_disk *disk)
{
	const char *file = qemu_option(options, "", "file");
	const char *format = qemu_option(options, "", "format");
	struct where where = { options, "" };
	struct defined_image *image;

	if (qemu_option(options, "", "driver") && !file) {
		read_chain(blocks, where, disk);
		return;
	}
	if (!file && !qemu_option_begins(options, "file."))
		return;
	image = devset_add_image(blocks->draft, disk);
	format = format ? format : qemu_option(options, "", "driver");
	image->format = devset_text(blocks->draft, format);
	if (file && !find(blocks, file))
		read_name(blocks->draft, file, image);
	else
		read_file(blocks, child(blocks, &where, "file"), image);
	read_chain(blocks, child(blocks, &where, "backing"), disk);
}

static const char *cache_words(bool direct, bool no_flush, bool write_through)
{
	if (no_flush)
		return "unsafe";
	if (write_through)
		return direct ? "directsync" : "writethrough";
	return direct ? "none" : "writeback";
}

/* aio is an option of the node that reaches the image. */
static const char *aio_of(struct qemu_blocks *blocks, struct where where)
{
	const char *aio = NULL;

	for (unsigned depth = 0; depth < DEPTH_MOST && where.options && !aio; depth++) {
		aio = get(&where, "aio");
		where = child(blocks, &where, "file");
	}
	return aio;
}

static void read_modes(struct qemu_blocks *blocks, const struct qemu_options *options,
	const struct qemu_disk *from, struct defined_disk *disk)
{
	const struct where where = { options, "" };
	const char *cache = qemu_option(options, "", "cache");
	bool write_through = from->write_through ||
			     text_same(qemu_option(options, "", "cache.writeback"), "off");
	const char *aio = aio_of(blocks, where);

	disk->cache = cache ? devset_text(blocks->draft, cache)
			    : cache_words(qemu_option_on(options, "", "cache.direct"),
				      qemu_option_on(options, "", "cache.no-flush"), write_through);
	disk->aio = aio ? devset_text(blocks->draft, aio) : "threads";
	if (disk->n_image && disk->image[0].protocol && strcmp(disk->image[0].protocol, "file") &&
		strcmp(disk->image[0].protocol, "block"))
		disk->aio = NULL;
	disk->readonly =
		qemu_option_on(options, "", "read-only") || qemu_option_on(options, "", "readonly");
}

/* By the names of -drive, which has an old one for each. */
static uint64_t limit(const struct qemu_options *options, const char *name, const char *old)
{
	uint64_t value = qemu_option_u64(options, "throttling.", name);

	return value ? value : qemu_option_u64(options, "", old);
}

static void finish_disk(struct qemu_blocks *blocks, const struct qemu_disk *from)
{
	const struct qemu_node *node = find(blocks, from->node);
	const struct qemu_options *options = from->options ? from->options
					     : node	   ? node->options
							   : NULL;
	struct defined_disk *disk = devset_add_disk(blocks->draft);
	struct throttle throttle;

	if (!disk)
		return;
	disk->name = devset_text(blocks->draft, from->name);
	disk->bus = devset_text(blocks->draft, from->bus);
	disk->serial = devset_text(blocks->draft, from->serial);
	disk->cdrom = from->cdrom;
	if (!options)
		return;
	if (from->options || node->drive)
		read_drive_chain(blocks, options, disk);
	else
		read_chain(blocks, (struct where){ options, "" }, disk);
	read_modes(blocks, options, from, disk);
	throttle = (struct throttle){
		.requests = limit(options, "iops-total", "iops"),
		.reads = limit(options, "iops-read", "iops_rd"),
		.writes = limit(options, "iops-write", "iops_wr"),
		.bytes = limit(options, "bps-total", "bps"),
		.read_bytes = limit(options, "bps-read", "bps_rd"),
		.written_bytes = limit(options, "bps-write", "bps_wr"),
	};
	disk->throttle = throttle_words(&blocks->draft->arena, &throttle);
}

void qemu_blocks_finish(struct qemu_blocks *blocks)
{
	for (size_t i = 0; i < blocks->n_disk; i++)
		finish_disk(blocks, &blocks->disk[i]);
	free(blocks->node);
	free(blocks->disk);
}
