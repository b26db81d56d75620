// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/lines.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "probes/arena.h"

enum { FIRST_BYTES = 64 << 10 };

void lines_init(struct lines *lines, lines_read *read, void *arg)
{
	*lines = (struct lines){ .read = read, .arg = arg, .size = FIRST_BYTES };
	lines->buf = xcalloc(lines->size, 1);
}

void lines_release(struct lines *lines)
{
	free(lines->buf);
}

void lines_restart(struct lines *lines)
{
	lines->begin = lines->end = lines->searched = 0;
	lines->at_eof = false;
	lines->count = 0;
}

/* Read more behind what is there. Returns the bytes, 0 at the end, or a negative errno. */
static ssize_t fill(struct lines *lines)
{
	ssize_t got;

	if (lines->begin > 0) {
		memmove(lines->buf, lines->buf + lines->begin, lines->end - lines->begin);
		lines->end -= lines->begin;
		lines->begin = 0;
	}
	if (lines->end == lines->size) {
		lines->size *= 2;
		lines->buf = xrealloc_array(lines->buf, lines->size, 1);
	}
	got = lines->read(lines->arg, lines->buf + lines->end, lines->size - lines->end);
	if (got < 0)
		return got;
	lines->end += (size_t)got;
	lines->at_eof = got == 0;
	return got;
}

static void use_line(struct lines *lines, size_t len, bool ended, struct line *line)
{
	*line = (struct line){ lines->buf + lines->begin, len, ended };
	lines->begin += len + ended;
	lines->searched = 0;
	lines->count++;
}

int lines_next(struct lines *lines, struct line *line)
{
	for (;;) {
		char *data = lines->buf + lines->begin;
		const size_t len = lines->end - lines->begin;
		char *newline = NULL;
		ssize_t got;

		if (len > lines->searched)
			newline = memchr(data + lines->searched, '\n', len - lines->searched);
		if (newline && newline - data > LINES_LONGEST)
			return -EFBIG;
		if (newline) {
			use_line(lines, (size_t)(newline - data), true, line);
			return 0;
		}
		lines->searched = len;
		if (len > LINES_LONGEST)
			return -EFBIG;
		got = lines->at_eof ? 0 : fill(lines);
		if (got < 0)
			return (int)got;
		if (got > 0)
			continue;
		if (len == 0)
			return 1;
		use_line(lines, len, false, line);
		return 0;
	}
}

ssize_t lines_peek(struct lines *lines, size_t len, const char **data)
{
	while (lines->end - lines->begin < len && !lines->at_eof) {
		const ssize_t got = fill(lines);

		if (got < 0)
			return got;
	}
	*data = lines->buf + lines->begin;
	return (ssize_t)(lines->end - lines->begin);
}
