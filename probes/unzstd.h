/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_UNZSTD_H
#define PARALLAX_UNZSTD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * A stream of zstd frames, decompressed as it is read. Of what is hostile, a window of more than
 * UNZSTD_WINDOW_LOG is refused, so memory stays bounded.
 */
enum { UNZSTD_WINDOW_LOG = 27 };

struct unzstd;

/* Of a pipe: all that comes. fd stays the caller's. */
struct unzstd *unzstd_pipe(int fd);
/* Of a pipe, before anything was read: these bytes, at most 64 KiB, came first. */
void unzstd_give(struct unzstd *unzstd, const char *data, size_t len);
/* Of a file: nothing until unzstd_seek. */
struct unzstd *unzstd_file(int fd);
void unzstd_free(struct unzstd *unzstd); /* accepts NULL */

/* Of a file: read one frame from here on, and nothing at end or behind it. */
void unzstd_seek(struct unzstd *unzstd, uint64_t at, uint64_t end);
/* Of a file: where the frame ended, once unzstd_read has returned 0; *whole: it was complete. */
uint64_t unzstd_tell(const struct unzstd *unzstd, bool *whole);

/* A lines_read; arg is the struct. -EBADMSG: what is there is no zstd, or damaged. */
ssize_t unzstd_read(void *arg, char *buf, size_t size);

/* Do these bytes begin a zstd stream? */
bool unzstd_begins(const char *data, size_t len);
enum { UNZSTD_MAGIC_BYTES = 4 };

#endif
