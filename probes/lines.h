/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_LINES_H
#define PARALLAX_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/*
 * Lines of something that is read piece by piece, of which no line may be longer than
 * LINES_LONGEST: a file without newlines must not fill memory.
 */
enum { LINES_LONGEST = 16 << 20 };

/* Bytes read, 0 at the end, or a negative errno. */
typedef ssize_t lines_read(void *arg, char *buf, size_t size);

struct line {
	const char *text; /* until the next call */
	size_t len;	  /* without the newline */
	bool ended;	  /* by a newline; only the last one may be not */
};

struct lines {
	lines_read *read;
	void *arg;
	char *buf;
	size_t size, begin, end; /* buf[begin..end) is read and not yet used */
	size_t searched;	 /* so much of it has no newline */
	bool at_eof;
	unsigned long count; /* lines given so far */
};

void lines_init(struct lines *lines, lines_read *read, void *arg);
void lines_release(struct lines *lines);
/* Begin anew, of what reads from now on; the memory stays. */
void lines_restart(struct lines *lines);
/* Returns 0, 1 at the end, or a negative errno; -EFBIG: longer than that. */
int lines_next(struct lines *lines, struct line *line);
/* Read until there are len bytes, or the end; *data is what is there. Returns its length or -errno.
 */
ssize_t lines_peek(struct lines *lines, size_t len, const char **data);

#endif
