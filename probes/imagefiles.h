/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_IMAGEFILES_H
#define PARALLAX_IMAGEFILES_H

#include "probes/devset.h"
#include "probes/mountinfo.h"
#include "probes/sample_image.h"
#include "probes/sysroot.h"

/*
 * The files of a process that may be images: regular files and block devices that it may read, and
 * that are not memory, logs or the kernel's own. Everything that may wait for a dead server or disk
 * happens here, and only here.
 */
struct imageplace;

enum { IMAGEFILES_MOST = 128, IMAGEFILES_MOUNTS_MOST = 16 };

struct imagefile {
	int fd;	     /* its number in the process */
	char *path;  /* clean; all text is owned */
	char *named; /* what the command line calls it; NULL: not otherwise */
	char *backing, *backing_format;
	uint64_t mount_id, inode,
		dev; /* inode: also of a block device; dev: as image_file has it */
	uint64_t flags;
	bool block, deleted, has_header;
	bool local;	     /* a copy of its descriptor can be closed at no risk */
	const char *unasked; /* why its cache is not asked for; static, NULL: it is */
	struct image_cache cache, before;
	struct imageplace *place; /* the probe's; NULL: not known */
};

struct imagefiles {
	struct imagefile *file; /* by number */
	size_t n, cap;
	struct mount *mount; /* that they are on, while these are of interest */
	size_t n_mount;
	struct image_limit *limit; /* words are owned */
	size_t n_limit;
};

/*
 * Find them. told: what the command line says of them. known: those of the last time, whose headers
 * need not be read again; NULL. Returns 0 or a negative errno, and out is empty then.
 */
int imagefiles_scan(const struct sysroot *root, pid_t pid, const struct devset *told,
	const struct imagefiles *known, struct imagefiles *out);
/* Is its cache asked for: a file that may be written, where that is no risk? */
bool imagefiles_is_asked(const struct imagefile *file);
/* What of each is in the page cache, in the order of files. */
int imagefiles_ask(const struct sysroot *root, pid_t pid, const struct imagefiles *files,
	struct image_cache *out);
/* The mount with that id, of those that are kept; NULL: it is not. */
const struct mount *imagefiles_mount(const struct imagefiles *files, uint64_t id);
/* By its path or its other name; NULL: not there. */
struct imagefile *imagefiles_find(const struct imagefiles *files, const char *path);
/* The one of files that is the same file, by its device and inode; NULL: none, or files is NULL. */
const struct imagefile *imagefiles_same(
	const struct imagefiles *files, const struct imagefile *file);
void imagefiles_forget_mounts(struct imagefiles *files);
void imagefiles_release(struct imagefiles *files); /* accepts a zeroed one */

#endif
