/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_REWRITE_H
#define PARALLAX_REWRITE_H

#include <stdbool.h>
#include <stddef.h>

#include "probes/aliases.h"

/*
 * Text with aliases for what is in it. Each function adds to what has been written since
 * rewrite_begin, in time linear in len.
 */
struct rewrite {
	struct aliases *aliases;
	char *data; /* ended by NUL from rewrite_begin on; free() */
	size_t len, size;
};

void rewrite_begin(struct rewrite *out);
void rewrite_put(struct rewrite *out, const char *text, size_t len);
void rewrite_text(struct rewrite *out, const char *text);
void rewrite_alias(struct rewrite *out, enum alias_kind kind, const char *name, size_t len);

/* "/path-1/file-2.qcow2". What the kernel has below /proc, /sys and /dev stays. */
void rewrite_path(struct rewrite *out, const char *path, size_t len);
/* What is known to be a directory: "/path-1". */
void rewrite_directory(struct rewrite *out, const char *path, size_t len);
/* "/machine.slice/machine-qemu\x2d3\x2dvm\x2d1.scope" */
void rewrite_cgroup(struct rewrite *out, const char *path, size_t len);
/* "ceph1:6789", a name or an address with its port. */
void rewrite_server(struct rewrite *out, const char *name, size_t len);
/* A URI, or "nas:/export". Returns whether it was one; nothing is written otherwise. */
bool rewrite_address(struct rewrite *out, const char *text, size_t len);
/* What a disk is on, as struct disk has it: a path, "pool/web of ceph1:6789", a bus address. */
void rewrite_image(struct rewrite *out, const char *image, size_t len);
/* A line of a disk's layers. */
void rewrite_layer(struct rewrite *out, const char *layer, size_t len);
/*
 * A word of a sentence that is an identity by its looks: a path, URI, address, UUID. Returns
 * whether it was one; nothing is written otherwise.
 */
bool rewrite_token(struct rewrite *out, const char *token, size_t len);
/* Every known name that is a word of it, and every token. */
void rewrite_sentence(struct rewrite *out, const char *text, size_t len);
/* Of a finding: what stands where its rules put names is one even when it is not known. */
void rewrite_finding(struct rewrite *out, const char *text, size_t len);

#endif
