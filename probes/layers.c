// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/layers.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "probes/text.h"

enum { DEPTH_MOST = 12, LEGS_MOST = 32, NAME_BYTES = 64, DEVS_MOST = 64 };

struct walk {
	const struct layers_env *env;
	struct arena *arena;
	struct image_place *out;
	unsigned depth, indent;
};

static void of_device(struct walk *walk, const char *name);
static void of_mount(struct walk *walk, const struct mount *mount);

static void say(struct walk *walk, const char *text)
{
	struct image_place *out = walk->out;

	if (out->n_layer == LAYERS_PLACE_MOST) {
		out->reason = "it has more layers than are listed";
		return;
	}
	out->layer[out->n_layer++] =
		arena_printf(walk->arena, "%*s%s", (int)walk->indent, "", text);
}

static const char *clean(struct walk *walk, const char *text)
{
	return text_clean(walk->arena, text, strlen(text), TEXT_NAME_MAX);
}

/* The text of a file of the device without blanks at its end; "": there is none. */
static const char *attribute(struct walk *walk, const char *name, const char *file)
{
	char text[256];
	ssize_t len = sysroot_read(
		walk->env->root, text, sizeof(text), "sys/class/block/%s/%s", name, file);

	while (len > 0 && strchr(" \t\n", text[len - 1]))
		len--;
	return len > 0 ? text_clean(walk->arena, text, (size_t)len, TEXT_NAME_MAX) : "";
}

/* "8:16" as the kernel writes it. */
static uint64_t parse_dev(const char *text)
{
	char *end;
	unsigned long major = strtoul(text, &end, 10);

	if (end == text || *end != ':' || end[1] < '0' || end[1] > '9')
		return UNKNOWN_U64;
	return makedev((unsigned)major, (unsigned)strtoul(end + 1, NULL, 10));
}

uint64_t layers_device(const struct sysroot *root, const char *name)
{
	char text[32];

	if (!*name || strchr(name, '/') || strlen(name) >= NAME_BYTES ||
		sysroot_read(root, text, sizeof(text), "sys/class/block/%s/dev", name) <= 0)
		return UNKNOWN_U64;
	return parse_dev(text);
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* Of the device with that number; false: there is none. */
static bool name_of(const struct sysroot *root, uint64_t dev, char *name)
{
	char target[PATH_MAX];

	if (sysroot_readlink(root, target, sizeof(target), "sys/dev/block/%u:%u", major(dev),
		    minor(dev)) <= 0 ||
		strlen(base_name(target)) >= NAME_BYTES)
		return false;
	strcpy(name, base_name(target));
	return true;
}

/* The disk that a partition is on: its folder in /sys is in that of the disk. */
static bool whole_of(const struct sysroot *root, const char *name, char *whole)
{
	char target[PATH_MAX], *slash;

	if (sysroot_readlink(root, target, sizeof(target), "sys/class/block/%s", name) <= 0)
		return false;
	slash = strrchr(target, '/');
	if (!slash)
		return false;
	*slash = '\0';
	if (strlen(base_name(target)) >= NAME_BYTES || !*base_name(target))
		return false;
	strcpy(whole, base_name(target));
	return layers_device(root, whole) != UNKNOWN_U64;
}

/* Names in a folder, in their order; returns how many. */
static size_t list(struct walk *walk, const char **name, const char *folder)
{
	DIR *dir = sysroot_opendir(walk->env->root, "%s", folder);
	struct dirent *entry;
	size_t n = 0;

	while (dir && n < LEGS_MOST && (entry = readdir(dir)))
		if (entry->d_name[0] != '.' && strlen(entry->d_name) < NAME_BYTES)
			name[n++] = arena_strdup(walk->arena, entry->d_name);
	if (dir)
		closedir(dir);
	for (size_t i = 1; i < n; i++)
		for (size_t j = i; j > 0 && strcmp(name[j - 1], name[j]) > 0; j--) {
			const char *swap = name[j];

			name[j] = name[j - 1];
			name[j - 1] = swap;
		}
	return n;
}

/* "[mq-deadline] none": the one in brackets. */
static const char *chosen(struct walk *walk, const char *list_of)
{
	const char *open = strchr(list_of, '['), *close = open ? strchr(open, ']') : NULL;

	return close ? arena_printf(walk->arena, "%.*s", (int)(close - open - 1), open + 1)
		     : list_of;
}

static void note_dev(struct walk *walk, uint64_t dev)
{
	if (walk->out->n_dev < DEVS_MOST && dev != UNKNOWN_U64)
		walk->out->dev[walk->out->n_dev++] = dev;
}

/* Two ways may lead to the same one. */
static void note_leaf(struct walk *walk, const char *name)
{
	struct image_place *out = walk->out;
	uint64_t dev = layers_device(walk->env->root, name);

	for (size_t i = 0; i < out->n_leaf; i++)
		if (out->leaf[i].dev == dev)
			return;
	if (out->n_leaf == LAYERS_LEAVES_MOST) {
		out->reason = "it is on more devices than are listed";
		return;
	}
	out->leaf[out->n_leaf++] = (struct image_leaf){ clean(walk, name), dev };
}

/* Devices whose other end is on another host. */
static bool is_remote_device(const char *name)
{
	return text_begins(name, "nbd") || text_begins(name, "rbd") || text_begins(name, "rnbd");
}

static void leaf(struct walk *walk, const char *name)
{
	const char *model = attribute(walk, name, "device/model");
	const char *rotates = attribute(walk, name, "queue/rotational");
	const char *scheduler = chosen(walk, attribute(walk, name, "queue/scheduler"));
	bool remote = is_remote_device(name);

	note_leaf(walk, name);
	say(walk,
		arena_printf(walk->arena, "%s: %s%s%s%s%s", clean(walk, name),
			*model	 ? model
			: remote ? "network block device"
				 : "block device",
			strcmp(rotates, "1") == 0 && !remote ? ", rotating" : "",
			text_begins(name, "zd") ? ", a ZFS volume: what is below is not told" : "",
			*scheduler ? ", scheduler " : "", scheduler));
}

/* "LVM-..." names what made it. */
static const char *mapper_kind(const char *uuid)
{
	static const struct {
		const char *prefix, *kind;
	} kinds[] = { { "LVM-", "LVM" }, { "CRYPT-", "encrypted" }, { "mpath-", "multipath" },
		{ "DMRAID-", "dmraid" }, { "part", "partition" }, { "VDO-", "VDO" },
		{ "stratis-", "Stratis" } };

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (text_begins(uuid, kinds[i].prefix))
			return kinds[i].kind;
	return "device mapper";
}

/* The words for a device that is on others. */
static const char *stacked_words(struct walk *walk, const char *name, size_t legs)
{
	const char *level;

	if (text_begins(name, "dm-"))
		return arena_printf(walk->arena, "%s: %s %s", name,
			mapper_kind(attribute(walk, name, "dm/uuid")),
			attribute(walk, name, "dm/name"));
	level = attribute(walk, name, "md/level");
	if (*level)
		return arena_printf(walk->arena, "%s: %s of %zu", clean(walk, name), level, legs);
	if (text_begins(name, "bcache"))
		return arena_printf(walk->arena, "%s: bcache of %zu", clean(walk, name), legs);
	if (text_begins(name, "drbd"))
		return arena_printf(
			walk->arena, "%s: DRBD, its peer on another host", clean(walk, name));
	return arena_printf(walk->arena, "%s: on %zu", clean(walk, name), legs);
}

/* Several legs are set off; one alone is not. */
static void of_legs(struct walk *walk, const char *const *leg, size_t n)
{
	unsigned indent = n > 1 ? 2 : 0;

	walk->indent += indent;
	for (size_t i = 0; i < n && walk->out->n_layer < LAYERS_PLACE_MOST; i++)
		of_device(walk, leg[i]);
	walk->indent -= indent;
}

/* A loop device is on a file of the host, by a path of whoever set it up, and as it is there. */
static bool loop_path(struct walk *walk, const char *name, char path[PATH_MAX])
{
	ssize_t len = sysroot_read(
		walk->env->root, path, PATH_MAX, "sys/class/block/%s/loop/backing_file", name);

	if (len > 0 && path[len - 1] == '\n')
		path[len - 1] = '\0';
	return len > 0 && *path;
}

static void of_loop(struct walk *walk, const char *name, const char *path)
{
	struct mount mount;

	say(walk, arena_printf(walk->arena, "%s: %s", clean(walk, name), clean(walk, path)));
	if (!mountinfo_by_path(walk->env->mounts, path, &mount)) {
		walk->out->reason = "what the file of a loop device is on is not known";
		note_leaf(walk, name);
		return;
	}
	if (text_begins(path, "/dev/") &&
		layers_device(walk->env->root, base_name(path)) != UNKNOWN_U64)
		of_device(walk, base_name(path));
	else
		of_mount(walk, &mount);
}

static void of_stack(struct walk *walk, const char *name)
{
	const char *below[LEGS_MOST];
	char whole[NAME_BYTES], path[PATH_MAX];
	size_t n;

	if (loop_path(walk, name, path)) {
		of_loop(walk, name, path);
		return;
	}
	if (*attribute(walk, name, "partition") && whole_of(walk->env->root, name, whole)) {
		say(walk, arena_printf(walk->arena, "%s: partition of %s", clean(walk, name),
				  clean(walk, whole)));
		of_device(walk, whole);
		return;
	}
	n = list(walk, below, arena_printf(walk->arena, "sys/class/block/%s/slaves", name));
	if (n == 0) {
		leaf(walk, name);
		return;
	}
	say(walk, stacked_words(walk, name, n));
	of_legs(walk, below, n);
}

static void of_device(struct walk *walk, const char *name)
{
	if (walk->depth == DEPTH_MOST) {
		walk->out->reason = "its devices are stacked deeper than is followed";
		return;
	}
	walk->depth++;
	note_dev(walk, layers_device(walk->env->root, name));
	of_stack(walk, name);
	walk->depth--;
}

bool layers_is_remote(const char *fs)
{
	static const char *const remote[] = { "nfs", "nfs4", "cifs", "smb3", "smbfs", "ceph", "9p",
		"virtiofs", "afs", "lustre", "beegfs", "gpfs", "glusterfs", "orangefs", "pvfs2",
		"fuse" };

	for (size_t i = 0; i < sizeof(remote) / sizeof(remote[0]); i++)
		if (strcmp(fs, remote[i]) == 0)
			return true;
	return text_begins(fs, "fuse.");
}

/* btrfs on several devices names one of them as its source. */
static size_t btrfs_legs(struct walk *walk, const char *source, const char **leg)
{
	const char *uuid[LEGS_MOST];
	size_t n = list(walk, uuid, "sys/fs/btrfs");

	for (size_t i = 0; i < n; i++) {
		size_t legs = list(
			walk, leg, arena_printf(walk->arena, "sys/fs/btrfs/%s/devices", uuid[i]));

		for (size_t j = 0; j < legs; j++)
			if (strcmp(leg[j], source) == 0)
				return legs;
	}
	leg[0] = source;
	return 1;
}

/* "/dev/mapper/vg-lv" is a link, and the name of the device is another. */
static const char *mapped(struct walk *walk, const char *name)
{
	DIR *dir = sysroot_opendir(walk->env->root, "sys/class/block");
	const char *found = NULL;
	struct dirent *entry;

	while (dir && !found && (entry = readdir(dir)))
		if (text_begins(entry->d_name, "dm-") &&
			strcmp(attribute(walk, entry->d_name, "dm/name"), name) == 0)
			found = arena_strdup(walk->arena, entry->d_name);
	if (dir)
		closedir(dir);
	return found;
}

/* The device that a mount names as its source; NULL: it is none. */
static const char *source_device(struct walk *walk, const struct mount *mount)
{
	const char *name = base_name(mount->source);

	if (text_begins(mount->source, "/dev/mapper/"))
		return mapped(walk, name);
	if (!text_begins(mount->source, "/dev/") ||
		layers_device(walk->env->root, name) == UNKNOWN_U64)
		return NULL;
	return arena_strdup(walk->arena, name);
}

static void of_overlay(struct walk *walk, const struct mount *mount)
{
	char upper[MOUNT_TEXT];
	struct mount below;

	if (!mount_option(mount, "upperdir", upper, sizeof(upper)) ||
		!mountinfo_by_path(walk->env->mounts, upper, &below) ||
		strcmp(below.fs, "overlay") == 0) {
		walk->out->reason = "what the overlay's upper folder is on is not known";
		return;
	}
	of_mount(walk, &below);
}

/* File systems whose numbers name no device. */
static void of_anonymous(struct walk *walk, const struct mount *mount)
{
	const char *leg[LEGS_MOST], *source = source_device(walk, mount);

	if (strcmp(mount->fs, "overlay") == 0)
		of_overlay(walk, mount);
	else if (strcmp(mount->fs, "tmpfs") == 0 || strcmp(mount->fs, "ramfs") == 0)
		walk->out->remote = true;
	else if (!source)
		walk->out->reason = arena_printf(walk->arena,
			"%s does not tell which devices it is on", clean(walk, mount->fs));
	else
		of_legs(walk, leg, btrfs_legs(walk, source, leg));
}

static const char *mount_words(struct walk *walk, const struct mount *mount)
{
	const char *fs = clean(walk, mount->fs), *point = clean(walk, mount->point);

	if (layers_is_remote(mount->fs))
		return arena_printf(
			walk->arena, "%s on %s, network: no local request layer", fs, point);
	if (strcmp(mount->fs, "tmpfs") == 0 || strcmp(mount->fs, "ramfs") == 0)
		return arena_printf(walk->arena, "%s on %s, in the host's memory", fs, point);
	return arena_printf(walk->arena, "%s on %s", fs, point);
}

static void of_mount(struct walk *walk, const struct mount *mount)
{
	char name[NAME_BYTES];

	if (walk->depth == DEPTH_MOST) {
		walk->out->reason = "its devices are stacked deeper than is followed";
		return;
	}
	walk->depth++;
	say(walk, mount_words(walk, mount));
	if (layers_is_remote(mount->fs)) {
		say(walk, arena_printf(walk->arena, "  %s", clean(walk, mount->source)));
		walk->out->remote = true;
	} else if (name_of(walk->env->root, mount->dev, name)) {
		of_device(walk, name);
	} else {
		of_anonymous(walk, mount);
	}
	walk->depth--;
}

static struct walk begin(const struct layers_env *env, struct arena *arena, struct image_place *out)
{
	*out = (struct image_place){
		.layer = arena_array(arena, LAYERS_PLACE_MOST, sizeof(*out->layer)),
		.leaf = arena_array(arena, LAYERS_LEAVES_MOST, sizeof(*out->leaf)),
		.dev = arena_array(arena, DEVS_MOST, sizeof(*out->dev)),
	};
	return (struct walk){ .env = env, .arena = arena, .out = out };
}

void layers_of_mount(const struct layers_env *env, const struct mount *mount, struct arena *arena,
	struct image_place *out)
{
	struct walk walk = begin(env, arena, out);

	of_mount(&walk, mount);
}

void layers_of_device(
	const struct layers_env *env, uint64_t dev, struct arena *arena, struct image_place *out)
{
	struct walk walk = begin(env, arena, out);
	char name[NAME_BYTES];

	if (name_of(env->root, dev, name))
		of_device(&walk, name);
	else
		out->reason = "the kernel has no such block device any more";
}
