// SPDX-License-Identifier: GPL-2.0-or-later
/* cachestat FILE: its dirty bytes and those being written; 77 where the kernel does not tell. */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_cachestat
#define SYS_cachestat 451
#endif

int main(int argc, char **argv)
{
	struct {
		uint64_t off, len;
	} all = { 0, 0 };
	struct {
		uint64_t cache, dirty, writeback, evicted, recently_evicted;
	} pages;
	int fd = argc == 2 ? open(argv[1], O_RDONLY | O_CLOEXEC) : -1;
	long page_bytes = sysconf(_SC_PAGESIZE);

	if (fd < 0) {
		perror(argc == 2 ? argv[1] : "usage: cachestat FILE");
		return 2;
	}
	if (syscall(SYS_cachestat, fd, &all, &pages, 0) < 0) {
		perror("cachestat");
		return errno == ENOSYS ? 77 : 1;
	}
	printf("%llu %llu\n", (unsigned long long)pages.dirty * page_bytes,
		(unsigned long long)pages.writeback * page_bytes);
	return 0;
}
