/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_SYSROOT_H
#define PARALLAX_SYSROOT_H

#include <dirent.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "probes/err.h"

/*
 * The only way to /proc and /sys. Paths are relative ("proc/stat"); the root is
 * "/" or a captured tree (--sysroot DIR), so every probe runs on a recorded
 * machine. A struct sysroot may be shared by threads.
 */
struct sysroot {
	int dirfd;
	bool live; /* the running machine: pids are real, inodes move */
};

int sysroot_open(struct sysroot *root, const char *dir, struct err *err);
void sysroot_close(struct sysroot *root); /* accepts a zeroed one */

/*
 * Read a whole file of at most size - 1 bytes into buf and end it with NUL. Returns the
 * length, or a negative errno (-EFBIG when it does not fit: never a silent cut).
 */
ssize_t sysroot_read(const struct sysroot *root, char *buf, size_t size, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
/*
 * The same of a file of less than most bytes, into *text of *size bytes, which grows as needed and
 * is the caller's to free; NULL and 0: it has none yet.
 */
ssize_t sysroot_slurp(const struct sysroot *root, char **text, size_t *size, size_t most,
	const char *fmt, ...) __attribute__((format(printf, 5, 6)));
/*
 * The same for files that the kernel writes in one go (/proc/PID/stat, status, schedstat,
 * syscall): they need no second read to find their end, which is half of the cost of reading
 * thousands of them.
 */
ssize_t sysroot_read_record(const struct sysroot *root, char *buf, size_t size, const char *fmt,
	...) __attribute__((format(printf, 4, 5)));
/* The same into the one number that the file holds. Returns 0 or a negative errno. */
int sysroot_read_u64(const struct sysroot *root, uint64_t *value, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* The target of a link, NUL-ended. Returns the length or a negative errno. */
ssize_t sysroot_readlink(const struct sysroot *root, char *buf, size_t size, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
/* The inode of a file or folder; negative errno: there is none. */
int sysroot_inode(const struct sysroot *root, uint64_t *inode, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* A file kept open for sysroot_reread; negative errno on failure. Close with close(). */
int sysroot_open_file(const struct sysroot *root, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* Read a kept file of one record again. Length or a negative errno (-ESRCH: its task is gone). */
ssize_t sysroot_reread(int fd, char *buf, size_t size);
/*
 * How many files this process may have open; the limit is raised as far as it goes, for an
 * operator's shell often allows 1024 and the kernel far more. 0: unknown.
 */
size_t sysroot_files_max(void);
/* opendir; NULL with errno on failure. Close with closedir(). */
DIR *sysroot_opendir(const struct sysroot *root, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

#endif
