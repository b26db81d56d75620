/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_IMAGENAMES_H
#define PARALLAX_IMAGENAMES_H

#include <stdbool.h>
#include <sys/types.h>

#include "probes/sysroot.h"

/* Names of images: where they lead. Every path here is of less than IMAGENAMES_BYTES. */
enum { IMAGENAMES_BYTES = 1024 };

/*
 * The path without links and dots of what a process calls so, seen from its own root. May wait for
 * a server that does not answer. False: it leads nowhere, or too far.
 */
bool imagenames_resolve(const struct sysroot *root, pid_t pid, const char *name, char *out);
/*
 * A name in an image, which is relative to the folder of that image, whose path is absolute; "": it is
 * not, or too long. Pure.
 */
void imagenames_beside(const char *image, const char *name, char *out);

#endif
