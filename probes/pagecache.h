/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_PAGECACHE_H
#define PARALLAX_PAGECACHE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * Files that another process has open, by its own descriptors: nothing is opened anew, so no lease
 * is broken and nobody is asked for permission. To close a copy of a descriptor makes some file
 * systems write and wait (NFS, FUSE, overlay): never use this for files of those.
 */
struct pagecache {
	uint64_t cached_pages, dirty_pages, writeback_pages;
};

/* A handle of a process, to be closed; a negative errno. */
int pagecache_open(pid_t pid);
/* A copy of its descriptor, to be closed; a negative errno. -ESTALE: it is not that inode any more.
 */
int pagecache_file(int process, int fd, uint64_t inode);
/* The cost grows with what is cached: 12 us for 200 MB. 0 or a negative errno; -ENOSYS before 6.5.
 */
int pagecache_ask(int file, struct pagecache *out);
/* The first bytes of a file. How many, or a negative errno. */
ssize_t pagecache_head(int file, unsigned char *buf, size_t size);

#endif
