/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_MOUNTINFO_H
#define PARALLAX_MOUNTINFO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * /proc/PID/mountinfo. Pure: NUL-ended text in, one mount out, its escapes resolved. Anybody who
 * may mount chooses these bytes. What is too long is cut.
 */
enum { MOUNT_TEXT = 1024 };

struct mount {
	uint64_t id, dev; /* dev: of its files, as stat has it (makedev), but for btrfs */
	char point[MOUNT_TEXT], fs[64], source[MOUNT_TEXT], options[MOUNT_TEXT];
};

/* The mount with that id, which /proc/PID/fdinfo names. */
bool mountinfo_by_id(const char *text, uint64_t id, struct mount *out);
/* The mount that an absolute path without links is on: the deepest, and of equal ones the last. */
bool mountinfo_by_path(const char *text, const char *path, struct mount *out);
/* The value of an option of the file system such as "upperdir"; false: it has none. */

bool mount_option(const struct mount *mount, const char *name, char *value, size_t size);

#endif
