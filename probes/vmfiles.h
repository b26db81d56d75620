/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_VMFILES_H
#define PARALLAX_VMFILES_H

#include "probes/sysroot.h"

/* The files that a process has open, by /proc/PID/fd. A look at one costs about 1 us. */
struct vmfile {
	const struct sysroot *root;
	pid_t pid;
	const char *fd;	    /* its number */
	const char *target; /* what the link says: "/dev/net/tun"; raw bytes, anybody's to choose */
};

/*
 * found gets each of the first few thousand, the lowest number first; it borrows the file. Returns
 * how many, or a negative errno: -EACCES when the process may not be looked into.
 */
ssize_t vmfiles_each(const struct sysroot *root, pid_t pid,
	void (*found)(void *arg, const struct vmfile *file), void *arg);

#endif
