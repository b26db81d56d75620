/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_SAMPLE_IMAGE_H
#define PARALLAX_SAMPLE_IMAGE_H

#include "probes/sample_status.h"

/*
 * Part of sample.h, which says what holds for all of it: the image files that a VM has open.
 * Devices are told as stat does (makedev).
 */
struct image_leaf {
	const char *name; /* "nvme0n1" */
	uint64_t dev;	  /* of the whole device */
};

/* What a file or a block device is on: shared by all that are on it. */
struct image_place {
	const char **layer; /* in words, from its file system or from itself down */
	size_t n_layer;
	const char *reason;	 /* what of it is not known, and why; NULL: it is complete */
	bool remote;		 /* no device of this host is below it */
	struct image_leaf *leaf; /* physical devices */
	size_t n_leaf;
	uint64_t *dev; /* every device on the way */
	size_t n_dev;
};

/* In the host's page cache; UNKNOWN_U64. */
struct image_cache {
	uint64_t at_ns; /* 0: never asked */
	uint64_t cached_bytes, dirty_bytes, writeback_bytes;
};

struct image_file {
	const char *path;    /* as the kernel names it */
	const char *named;   /* as the command line calls it; NULL: not otherwise */
	uint64_t dev, inode; /* a block device: its own number, and 0; UNKNOWN_U64 */
	bool writable, direct, deleted;
	bool has_header; /* it is known to be of a format with a header, and that was read: */
	const char *backing, *backing_format; /* the file that its header names; NULL: none */
	const struct image_place *place;      /* NULL: not known */
	struct image_cache cache, before;     /* the last two answers */
	const char *cache_reason;	      /* why there is no answer; NULL: there is one */
};

/* A limit of the VM's cgroup on one device. */
struct image_limit {
	uint64_t dev;
	const char *words;
};

struct image_vm {
	pid_t pid;
	uint64_t start_ticks;
	struct status status;
	struct image_file *file;
	size_t n_file;
	struct image_limit *limit;
	size_t n_limit;
};

struct images_sample {
	struct image_vm *vm; /* by pid */
	size_t n_vm;
};

#endif
