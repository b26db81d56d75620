/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_PAGELOOK_H
#define PARALLAX_PAGELOOK_H

#include <stdbool.h>
#include <sys/types.h>

#include "probes/pagewindow.h"
#include "probes/sysroot.h"
#include "probes/zones.h"

/* What single pages of another process are, asked of the running kernel. */
enum { PAGELOOK_MOST = 512, PAGELOOK_FLAGS_EACH = 4 };

struct pagelook {
	const struct sysroot *root;
	int flags_fd;	 /* /proc/kpageflags; negative: not permitted */
	bool denied;	 /* the number of a page, by which its flags are found, is not told */
	unsigned hidden; /* pages seen lately that are there, and the kernel does not say where */
	bool seen_hidden;   /* in this call */
	struct zones zones; /* read when there are such */
};

void pagelook_open(struct pagelook *look, const struct sysroot *root);
void pagelook_close(struct pagelook *look);

/*
 * Look at n <= PAGELOOK_MOST addresses of pid; of each PAGELOOK_FLAGS_EACH-th, closely. Each costs
 * half a microsecond, such a one two, and none is brought in by it. Returns 0; -EPERM: needs
 * CAP_SYS_PTRACE; -ESRCH: it has ended; -ENOSYS: a kernel without NUMA.
 */
int pagelook_at(
	struct pagelook *look, pid_t pid, void **address, size_t n, struct pages_count *out);

#endif
