// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/pagecache.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif
#ifndef SYS_pidfd_getfd
#define SYS_pidfd_getfd 438
#endif
#ifndef SYS_cachestat
#define SYS_cachestat 451
#endif

enum { ALIGN = 4096 };

/* As the kernel's headers have it since 6.5. */
struct range {
	uint64_t off, len;
};

struct answer {
	uint64_t cache, dirty, writeback, evicted, recently_evicted;
};

int pagecache_open(pid_t pid)
{
	long fd = syscall(SYS_pidfd_open, pid, 0);

	return fd < 0 ? -errno : (int)fd;
}

int pagecache_file(int process, int fd, uint64_t inode)
{
	long file = syscall(SYS_pidfd_getfd, process, fd, 0);
	struct stat st;

	if (file < 0)
		return -errno;
	if (fstat((int)file, &st) == 0 && st.st_ino == inode &&
		(S_ISREG(st.st_mode) || S_ISBLK(st.st_mode)))
		return (int)file;
	close((int)file);
	return -ESTALE;
}

int pagecache_ask(int file, struct pagecache *out)
{
	struct range range = { 0, 0 }; /* all of it */
	struct answer answer;

	if (syscall(SYS_cachestat, file, &range, &answer, 0) < 0)
		return -errno;
	*out = (struct pagecache){ answer.cache, answer.dirty, answer.writeback };
	return 0;
}

/* It may have been opened to bypass the cache, which takes memory and lengths in sectors. */
ssize_t pagecache_head(int file, unsigned char *buf, size_t size)
{
	unsigned char sectors[ALIGN] __attribute__((aligned(ALIGN)));
	ssize_t n = pread(file, sectors, sizeof(sectors), 0);

	if (n < 0)
		return -errno;
	if ((size_t)n > size)
		n = (ssize_t)size;
	memcpy(buf, sectors, (size_t)n);
	return n;
}
