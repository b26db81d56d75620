// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/sysroot.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "probes/arena.h"

enum { PATH_BYTES = 1024, SLURP_FIRST = 16 * 1024 };

int sysroot_open(struct sysroot *root, const char *dir, struct err *err)
{
	root->live = strcmp(dir, "/") == 0;
	root->dirfd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root->dirfd < 0)
		return err_set(err, -errno,
			"cannot open sysroot \"%s\": %s; give a directory that holds proc/ and "
			"sys/",
			dir, strerror(errno));
	if (faccessat(root->dirfd, "proc", R_OK | X_OK, 0) < 0) {
		int code = -errno;

		sysroot_close(root);
		return err_set(err, code,
			"cannot read proc below sysroot \"%s\": %s; give a directory that holds "
			"proc/ and sys/",
			dir, strerror(-code));
	}
	return 0;
}

void sysroot_close(struct sysroot *root)
{
	if (root->dirfd > 0)
		close(root->dirfd);
	*root = (struct sysroot){ 0 };
}

static int path_format(char *path, const char *fmt, va_list ap)
{
	int len = vsnprintf(path, PATH_BYTES, fmt, ap);

	return len < 0 || len >= PATH_BYTES ? -ENAMETOOLONG : 0;
}

static int open_path(const struct sysroot *root, const char *path, int flags)
{
	int fd = openat(root->dirfd, path, flags | O_RDONLY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

/* once: the first read has all of it. */
static ssize_t read_fd(int fd, char *buf, size_t size, bool once)
{
	size_t len = 0;

	for (;;) {
		ssize_t n = pread(fd, buf + len, size - len, (off_t)len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		len += (size_t)n;
		if (len == size)
			return -EFBIG;
		if (n == 0 || once)
			break;
	}
	buf[len] = '\0';
	return (ssize_t)len;
}

ssize_t sysroot_reread(int fd, char *buf, size_t size)
{
	return read_fd(fd, buf, size, true);
}

static ssize_t read_path(
	const struct sysroot *root, char *buf, size_t size, bool once, const char *fmt, va_list ap)
{
	char path[PATH_BYTES];
	ssize_t len;
	int fd = path_format(path, fmt, ap);

	if (fd == 0)
		fd = open_path(root, path, 0);
	if (fd < 0)
		return fd;
	len = read_fd(fd, buf, size, once);
	close(fd);
	return len;
}

ssize_t sysroot_read(const struct sysroot *root, char *buf, size_t size, const char *fmt, ...)
{
	va_list ap;
	ssize_t len;

	va_start(ap, fmt);
	len = read_path(root, buf, size, false, fmt, ap);
	va_end(ap);
	return len;
}

ssize_t sysroot_slurp(const struct sysroot *root, char **text, size_t *size, size_t most,
	const char *fmt, ...)
{
	ssize_t len = -EFBIG;
	va_list ap;

	if (*size == 0)
		*text = xrealloc_array(NULL, *size = SLURP_FIRST, 1);
	for (;;) {
		va_start(ap, fmt);
		len = read_path(root, *text, *size, false, fmt, ap);
		va_end(ap);
		if (len != -EFBIG || *size >= most)
			return len;
		*size = *size * 2 < most ? *size * 2 : most;
		*text = xrealloc_array(*text, *size, 1);
	}
}

ssize_t sysroot_read_record(
	const struct sysroot *root, char *buf, size_t size, const char *fmt, ...)
{
	va_list ap;
	ssize_t len;

	va_start(ap, fmt);
	len = read_path(root, buf, size, true, fmt, ap);
	va_end(ap);
	return len;
}

int sysroot_read_u64(const struct sysroot *root, uint64_t *value, const char *fmt, ...)
{
	char path[PATH_BYTES], buf[64], *end;
	ssize_t len;
	va_list ap;
	int err;

	va_start(ap, fmt);
	err = path_format(path, fmt, ap);
	va_end(ap);
	if (err)
		return err;
	len = sysroot_read(root, buf, sizeof(buf), "%s", path);
	if (len < 0)
		return (int)len;
	errno = 0;
	*value = strtoull(buf, &end, 10);
	return end == buf || errno ? -EINVAL : 0;
}

ssize_t sysroot_readlink(const struct sysroot *root, char *buf, size_t size, const char *fmt, ...)
{
	char path[PATH_BYTES];
	ssize_t len;
	va_list ap;
	int err;

	va_start(ap, fmt);
	err = path_format(path, fmt, ap);
	va_end(ap);
	if (err)
		return err;
	len = readlinkat(root->dirfd, path, buf, size - 1);
	if (len < 0)
		return -errno;
	buf[len] = '\0';
	return len;
}

int sysroot_inode(const struct sysroot *root, uint64_t *inode, const char *fmt, ...)
{
	char path[PATH_BYTES];
	struct stat st;
	va_list ap;
	int err;

	va_start(ap, fmt);
	err = path_format(path, fmt, ap);
	va_end(ap);
	if (err)
		return err;
	if (fstatat(root->dirfd, path, &st, 0) < 0)
		return -errno;
	*inode = st.st_ino;
	return 0;
}

int sysroot_open_file(const struct sysroot *root, const char *fmt, ...)
{
	char path[PATH_BYTES];
	va_list ap;
	int err;

	va_start(ap, fmt);
	err = path_format(path, fmt, ap);
	va_end(ap);
	return err ? err : open_path(root, path, 0);
}

DIR *sysroot_opendir(const struct sysroot *root, const char *fmt, ...)
{
	char path[PATH_BYTES];
	va_list ap;
	DIR *dir;
	int fd;

	va_start(ap, fmt);
	fd = path_format(path, fmt, ap);
	va_end(ap);
	if (fd == 0)
		fd = open_path(root, path, O_DIRECTORY);
	if (fd < 0) {
		errno = -fd;
		return NULL;
	}
	dir = fdopendir(fd);
	if (!dir)
		close(fd);
	return dir;
}

size_t sysroot_files_max(void)
{
	struct rlimit limit;
	rlim_t old;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return 0;
	old = limit.rlim_cur;
	limit.rlim_cur = limit.rlim_max;
	if (old < limit.rlim_max && setrlimit(RLIMIT_NOFILE, &limit) < 0)
		return (size_t)old;
	return (size_t)limit.rlim_max;
}
