/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_CGROUP_PATH_H
#define PARALLAX_CGROUP_PATH_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Where memory and requests of a process are accounted, from the text of the kernel. Pure. A path
 * begins with '/' and holds no ".."; false: there is none that can be followed from here, and out is
 * "".
 */
enum { CGROUP_PATH_MAX = 512 };

enum cgroup_version { CGROUP_NONE, CGROUP_V1, CGROUP_V2 };

/*
 * /proc/PID/cgroup: the lines of version 1 with the memory controller and that of requests, the
 * line of version 2.
 */
bool cgroup_path_v1(const char *text, char *out, size_t size);
bool cgroup_path_blkio(const char *text, char *out, size_t size);
bool cgroup_path_v2(const char *text, char *out, size_t size);

/* Where the hierarchies are mounted, relative to the root ("sys/fs/cgroup"); "": not at all. */
struct cgroup_mounts {
	char v1[CGROUP_PATH_MAX], v2[CGROUP_PATH_MAX]; /* v1: that of the memory controller */
	char blkio[CGROUP_PATH_MAX]; /* of version 1, too */
	char v1_root[CGROUP_PATH_MAX], v2_root[CGROUP_PATH_MAX],
		blkio_root[CGROUP_PATH_MAX]; /* the group mounted there */
};

/* /proc/self/mountinfo. */
void cgroup_mounts_parse(const char *text, struct cgroup_mounts *out);

/* path as seen below a mount of the group root; NULL: it is not below that. */
const char *cgroup_path_below(const char *root, const char *path);

/*
 * How much of path is the group of the VM as a whole: libvirt puts emulator and vCPUs into groups
 * of their own below it, and moves no memory there. named: its name says that it is a VM's, so
 * that all in it belongs to the VM.
 */
size_t cgroup_path_own(const char *path, bool *named);

/* The length of the path one level up; 0: there is none but the root. */
size_t cgroup_path_up(const char *path, size_t len);

#endif
