/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_RECORDFILE_H
#define PARALLAX_RECORDFILE_H

#include "probes/err.h"
#include "probes/snapshot.h"

/*
 * A recording that is being written (recordindex.h). Every snapshot is in the file when
 * record_file_add returns, and on the disk once in RECORD_LINES_MOST. Used by one thread, which
 * waits for the disk.
 */
struct record_file;

/* The file must be new: nothing is ever overwritten. */
int record_file_create(const char *path, struct record_file **file, struct err *err);
/*
 * On failure what was written before stays readable, the sentence says how much that is, and
 * nothing more is to be added.
 */
int record_file_add(struct record_file *file, const struct snapshot *snap, struct err *err);
/* So many snapshots and bytes are in it. */
unsigned long record_file_count(const struct record_file *file);
uint64_t record_file_bytes(const struct record_file *file);
/* Ends it and sees to it that it is on the disk. Frees file in any case. Accepts NULL. */
int record_file_close(struct record_file *file, struct err *err);

#endif
