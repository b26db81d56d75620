// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/imagefiles.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "probes/imagenames.h"
#include "probes/iolimits.h"
#include "probes/layers.h"
#include "probes/pagecache.h"
#include "probes/procfs.h"
#include "probes/qcow2.h"
#include "probes/text.h"
#include "probes/vmfiles.h"

enum { MOUNTS_TEXT_MOST = 4 * 1024 * 1024 };

struct scan {
	const struct sysroot *root;
	pid_t pid;
	struct imagefiles *out;
	char *mounts; /* mountinfo of the process */
	size_t mounts_size;
	int process; /* a handle of it; negative: none */
};

/* Sockets, pipes and anonymous inodes are no paths; shared memory has paths of its own. */
static bool is_path(const char *target)
{
	return *target == '/' && !text_begins(target, "/memfd:") &&
	       !text_begins(target, "/proc/") && !text_begins(target, "/sys/") &&
	       !text_begins(target, "/dev/shm/") && !text_begins(target, "/SYSV") &&
	       !text_begins(target, "/[aio]") && !text_begins(target, "/anon_hugepage");
}

/* "/dev/mapper/x" is shown as "/dev/dm-1", and "/dev/cciss/c0d0" has another name in /sys. */
static uint64_t block_number(const struct sysroot *root, const char *path)
{
	char name[64];
	size_t i;

	if (!text_begins(path, "/dev/") || strlen(path + 5) >= sizeof(name))
		return UNKNOWN_U64;
	for (i = 0; path[5 + i]; i++)
		name[i] = path[5 + i] == '/' ? '!' : path[5 + i];
	name[i] = '\0';
	return layers_device(root, name);
}

/* Of these it is known that to close a file neither writes nor waits, and that the file's own pages
 * are what is cached. */
static const char *why_unasked(const char *fs)
{
	static const char *const local[] = { "ext2", "ext3", "ext4", "xfs", "btrfs", "devtmpfs" };

	for (size_t i = 0; i < sizeof(local) / sizeof(local[0]); i++)
		if (strcmp(fs, local[i]) == 0)
			return NULL;
	if (layers_is_remote(fs))
		return "its file system is remote: to ask there may wait, or make it write";
	if (strcmp(fs, "overlay") == 0)
		return "an overlay does not tell what is cached below it";
	return "on its file system the page cache is not asked";
}

static bool is_memory(const char *fs)
{
	static const char *const memory[] = { "hugetlbfs", "proc", "sysfs", "cgroup", "cgroup2",
		"devpts", "securityfs", "debugfs", "tracefs", "ramfs" };

	for (size_t i = 0; i < sizeof(memory) / sizeof(memory[0]); i++)
		if (strcmp(fs, memory[i]) == 0)
			return true;
	return false;
}

const struct mount *imagefiles_mount(const struct imagefiles *files, uint64_t id)
{
	for (size_t i = 0; i < files->n_mount; i++)
		if (files->mount[i].id == id)
			return &files->mount[i];
	return NULL;
}

/* NULL: it is not told, or there are too many. */
static const struct mount *mount_of(struct scan *scan, uint64_t id)
{
	const struct mount *known = imagefiles_mount(scan->out, id);
	struct imagefiles *out = scan->out;

	if (known || out->n_mount == IMAGEFILES_MOUNTS_MOST)
		return known;
	if (!scan->mounts && sysroot_slurp(scan->root, &scan->mounts, &scan->mounts_size,
				     MOUNTS_TEXT_MOST, "proc/%d/mountinfo", (int)scan->pid) < 0)
		scan->mounts[0] = '\0';
	out->mount = xrealloc_array(out->mount, out->n_mount + 1, sizeof(*out->mount));
	if (!mountinfo_by_id(scan->mounts, id, &out->mount[out->n_mount]))
		return NULL;
	return &out->mount[out->n_mount++];
}

/* Flags are octal there. */
static bool read_fdinfo(
	const struct sysroot *root, pid_t pid, const char *fd, struct imagefile *file)
{
	char text[2048];
	const char *flags;

	if (sysroot_read(root, text, sizeof(text), "proc/%d/fdinfo/%s", (int)pid, fd) <= 0)
		return false;
	flags = strstr(text, "flags:");
	if (!flags || !procfs_number(text, "mnt_id", &file->mount_id))
		return false;
	file->flags = strtoull(flags + strlen("flags:"), NULL, 8);
	file->inode = UNKNOWN_U64; /* told since Linux 5.14 */
	procfs_number(text, "ino", &file->inode);
	return true;
}

/* Whoever only writes, or only at the end, writes a log. */
static bool may_be_image(const struct imagefile *file)
{
	return (file->flags & O_ACCMODE) != O_WRONLY && !(file->flags & (O_APPEND | O_DIRECTORY)) &&
	       !(file->flags & O_PATH);
}

/* As it was before its name was taken away. */
static char *clean_path(const char *target, bool *deleted)
{
	static const char suffix[] = " (deleted)";
	size_t len = strlen(target);
	struct arena arena = { 0 };
	char *path;

	*deleted = len > strlen(suffix) && strcmp(target + len - strlen(suffix), suffix) == 0;
	if (*deleted)
		len -= strlen(suffix);
	path = xstrdup(text_clean(&arena, target, len, DEVSET_TEXT_MOST));
	arena_release(&arena);
	return path;
}

static void found(void *arg, const struct vmfile *vmfile)
{
	struct scan *scan = arg;
	struct imagefiles *out = scan->out;
	struct imagefile file = { .fd = atoi(vmfile->fd) };
	const struct mount *mount;

	if (!is_path(vmfile->target) || out->n == IMAGEFILES_MOST)
		return;
	file.dev = block_number(scan->root, vmfile->target);
	file.block = file.dev != UNKNOWN_U64;
	if (text_begins(vmfile->target, "/dev/") && !file.block)
		return;
	if (!read_fdinfo(scan->root, scan->pid, vmfile->fd, &file) || !may_be_image(&file))
		return;
	mount = mount_of(scan, file.mount_id);
	if (!file.block && mount && is_memory(mount->fs))
		return;
	if (!file.block)
		file.dev = mount ? mount->dev : UNKNOWN_U64;
	file.unasked =
		file.inode == UNKNOWN_U64
			? "this kernel does not tell which file a descriptor is of (Linux 5.14)"
		: file.block ? NULL
		: mount	     ? why_unasked(mount->fs)
			     : "the mount that it is on is not known";
	file.local = !file.unasked;
	file.path = clean_path(vmfile->target, &file.deleted);
	out->file = xgrow(out->file, out->n + 1, &out->cap, sizeof(*out->file));
	out->file[out->n++] = file;
}

/* The same image, opened again, is one image: what may write stands for both. */
static void merge_twins(struct imagefiles *files)
{
	size_t kept = 0;

	for (size_t i = 0; i < files->n; i++) {
		struct imagefile *file = &files->file[i];
		struct imagefile *twin = NULL;

		for (size_t j = 0; j < kept && !twin; j++)
			if (files->file[j].dev == file->dev && file->dev != UNKNOWN_U64 &&
				file->inode != UNKNOWN_U64 && files->file[j].inode == file->inode)
				twin = &files->file[j];
		if (!twin) {
			files->file[kept++] = *file;
		} else if ((twin->flags & O_ACCMODE) == O_RDONLY &&
			   (file->flags & O_ACCMODE) == O_RDWR) {
			free(twin->path);
			*twin = *file;
		} else {
			free(file->path);
		}
	}
	files->n = files->cap = kept;
	files->file = xrealloc_array(files->file, kept, sizeof(*files->file));
}

struct imagefile *imagefiles_find(const struct imagefiles *files, const char *path)
{
	for (size_t i = 0; i < files->n; i++)
		if (strcmp(files->file[i].path, path) == 0 ||
			(files->file[i].named && strcmp(files->file[i].named, path) == 0))
			return &files->file[i];
	return NULL;
}

/* A name that leads to one of the files by links, or from the process's folder. */
static void name_file(struct scan *scan, const struct defined_image *image)
{
	char path[IMAGENAMES_BYTES];
	struct imagefile *file;

	if (!image->path || !image->protocol ||
		(strcmp(image->protocol, "file") != 0 && strcmp(image->protocol, "block") != 0) ||
		imagefiles_find(scan->out, image->path) ||
		!imagenames_resolve(scan->root, scan->pid, image->path, path))
		return;
	file = imagefiles_find(scan->out, path);
	if (file && !file->named)
		file->named = xstrdup(image->path);
}

const struct imagefile *imagefiles_same(
	const struct imagefiles *files, const struct imagefile *file)
{
	if (!files || file->dev == UNKNOWN_U64 || file->inode == UNKNOWN_U64)
		return NULL;
	for (size_t i = 0; i < files->n; i++)
		if (files->file[i].dev == file->dev && files->file[i].inode == file->inode)
			return &files->file[i];
	return NULL;
}

static bool read_header(struct scan *scan, struct imagefile *file, struct qcow2_backing *backing)
{
	unsigned char bytes[QCOW2_HEADER_BYTES];
	ssize_t len;
	int fd;

	if (scan->process < 0 && scan->root->live)
		scan->process = pagecache_open(scan->pid);
	if (scan->process < 0 || !file->local)
		return false;
	fd = pagecache_file(scan->process, file->fd, file->inode);
	if (fd < 0)
		return false;
	len = pagecache_head(fd, bytes, sizeof(bytes));
	close(fd);
	return len > 0 && qcow2_parse(bytes, (size_t)len, backing);
}

/* Relative to the folder of the name that QEMU was given, be that a link or not. */
static void take_header(struct imagefile *file, const struct qcow2_backing *backing)
{
	const char *called = file->named && *file->named == '/' ? file->named : file->path;
	char path[IMAGENAMES_BYTES];
	bool deleted;

	file->has_header = true;
	if (!backing->name[0])
		return;
	imagenames_beside(called, backing->name, path);
	file->backing = clean_path(path, &deleted);
	if (backing->format[0])
		file->backing_format = clean_path(backing->format, &deleted);
}

/*
 * What was read before, of the same file: a header is written again in its place when the image has
 * another backing file, and who no longer needs the old one has closed it.
 */
static const struct imagefile *known_header(
	struct scan *scan, const struct imagefiles *known, const struct imagefile *file)
{
	const struct imagefile *same = imagefiles_same(known, file);

	if (!same || !same->has_header)
		return NULL;
	if (same->backing && *same->backing == '/')
		name_file(scan, &(struct defined_image){ NULL, "file", same->backing });
	return !same->backing || imagefiles_find(scan->out, same->backing) ? same : NULL;
}

/* Of a file that is known to be a qcow2 image; what its header says of the next one, in turn. */
static void follow_headers(
	struct scan *scan, const struct imagefiles *known, struct imagefile *file)
{
	struct qcow2_backing backing;

	for (size_t i = 0; file && !file->has_header && i < DEVSET_IMAGES_MOST; i++) {
		const struct imagefile *same = known_header(scan, known, file);

		if (same) {
			file->has_header = true;
			file->backing = same->backing ? xstrdup(same->backing) : NULL;
			file->backing_format =
				same->backing_format ? xstrdup(same->backing_format) : NULL;
		} else if (read_header(scan, file, &backing)) {
			take_header(file, &backing);
		}
		if (file->backing && *file->backing == '/')
			name_file(scan, &(struct defined_image){ NULL, "file", file->backing });
		if (!file->backing || !file->backing_format ||
			strcmp(file->backing_format, "qcow2") != 0)
			return;
		file = imagefiles_find(scan->out, file->backing);
	}
}

static void use_told(struct scan *scan, const struct devset *told, const struct imagefiles *known)
{
	struct defined_devices devices = devset_devices(told);

	for (size_t i = 0; i < devices.n_disk; i++)
		for (size_t j = 0; j < devices.disk[i].n_image; j++)
			name_file(scan, &devices.disk[i].image[j]);
	for (size_t i = 0; i < devices.n_disk; i++)
		for (size_t j = 0; j < devices.disk[i].n_image; j++) {
			const struct defined_image *image = &devices.disk[i].image[j];

			if (image->path && image->format && strcmp(image->format, "qcow2") == 0)
				follow_headers(
					scan, known, imagefiles_find(scan->out, image->path));
		}
}

static void read_limits(struct scan *scan)
{
	struct image_limit limit[IOLIMITS_MOST];
	struct arena arena = { 0 };
	size_t n = iolimits_read(scan->root, scan->pid, &arena, limit);

	if (n)
		scan->out->limit = xcalloc(n, sizeof(*limit));
	for (size_t i = 0; i < n; i++)
		scan->out->limit[i] = (struct image_limit){ limit[i].dev, xstrdup(limit[i].words) };
	scan->out->n_limit = n;
	arena_release(&arena);
}

int imagefiles_scan(const struct sysroot *root, pid_t pid, const struct devset *told,
	const struct imagefiles *known, struct imagefiles *out)
{
	struct scan scan = { .root = root, .pid = pid, .out = out, .process = -1 };
	ssize_t n;

	*out = (struct imagefiles){ 0 };
	n = vmfiles_each(root, pid, found, &scan);
	if (n >= 0) {
		merge_twins(out);
		use_told(&scan, told, known);
		if (out->n)
			read_limits(&scan);
	}
	if (scan.process >= 0)
		close(scan.process);
	free(scan.mounts);
	return n < 0 ? (int)n : 0;
}

static int ask_one(int process, const struct imagefile *file, struct image_cache *out)
{
	uint64_t page_bytes = (uint64_t)sysconf(_SC_PAGESIZE);
	struct pagecache pages;
	int fd = pagecache_file(process, file->fd, file->inode), rc;

	if (fd < 0)
		return fd;
	rc = pagecache_ask(fd, &pages);
	close(fd);
	if (rc == 0) {
		out->cached_bytes = procfs_pages_bytes(pages.cached_pages, page_bytes);
		out->dirty_bytes = procfs_pages_bytes(pages.dirty_pages, page_bytes);
		out->writeback_bytes = procfs_pages_bytes(pages.writeback_pages, page_bytes);
	}
	return rc;
}

bool imagefiles_is_asked(const struct imagefile *file)
{
	return file->local && (file->flags & O_ACCMODE) != O_RDONLY;
}

int imagefiles_ask(const struct sysroot *root, pid_t pid, const struct imagefiles *files,
	struct image_cache *out)
{
	int process = -1, rc = 0;

	for (size_t i = 0; i < files->n && rc == 0; i++) {
		const struct imagefile *file = &files->file[i];

		out[i] = (struct image_cache){ 0, UNKNOWN_U64, UNKNOWN_U64, UNKNOWN_U64 };
		if (!imagefiles_is_asked(file))
			continue;
		if (process < 0)
			process = root->live ? pagecache_open(pid) : -ENOTSUP;
		rc = process < 0 ? process : ask_one(process, file, &out[i]);
	}
	if (process >= 0)
		close(process);
	return rc;
}

void imagefiles_forget_mounts(struct imagefiles *files)
{
	free(files->mount);
	files->mount = NULL;
	files->n_mount = 0;
}

void imagefiles_release(struct imagefiles *files)
{
	for (size_t i = 0; i < files->n; i++) {
		free(files->file[i].path);
		free(files->file[i].named);
		free(files->file[i].backing);
		free(files->file[i].backing_format);
	}
	for (size_t i = 0; i < files->n_limit; i++)
		free((char *)files->limit[i].words);
	free(files->file);
	free(files->limit);
	imagefiles_forget_mounts(files);
	*files = (struct imagefiles){ 0 };
}
