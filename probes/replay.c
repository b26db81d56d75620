// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/replay.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "probes/json.h"

/* json_read takes no longer lines either; a file without newlines must not fill memory. */
enum { LINE_MAX_BYTES = 16 << 20, FIRST_BYTES = 64 << 10 };

struct replay {
	int fd;
	char *name; /* for sentences */
	char *buf;
	size_t size, begin, end; /* buf[begin..end) is read and not yet used */
	size_t searched;	 /* so much of it has no newline */
	bool started, at_eof;
	unsigned long line; /* number of the newest line, from 1 */
};

/* Read more behind what is there. Returns the bytes, 0 at the end, or a negative errno. */
static ssize_t fill(struct replay *replay)
{
	ssize_t got;

	if (replay->begin > 0) {
		memmove(replay->buf, replay->buf + replay->begin, replay->end - replay->begin);
		replay->end -= replay->begin;
		replay->begin = 0;
	}
	if (replay->end == replay->size) {
		replay->size *= 2;
		replay->buf = xrealloc_array(replay->buf, replay->size, 1);
	}
	do
		got = read(replay->fd, replay->buf + replay->end, replay->size - replay->end);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return -errno;
	replay->end += (size_t)got;
	replay->at_eof = got == 0;
	return got;
}

struct line {
	const char *text; /* in the buffer, until the next is read */
	size_t len;
	bool ended; /* by a newline; only the last one may be not */
};

static void use_line(struct replay *replay, size_t len, bool ended, struct line *line)
{
	*line = (struct line){ replay->buf + replay->begin, len, ended };
	replay->begin += len + ended;
	replay->searched = 0;
	replay->line++;
}

/* Returns 0, 1 at the end, or a negative errno. */
static int next_line(struct replay *replay, struct line *line)
{
	for (;;) {
		char *data = replay->buf + replay->begin;
		size_t len = replay->end - replay->begin;
		char *newline =
			len ? memchr(data + replay->searched, '\n', len - replay->searched) : NULL;
		ssize_t got;

		if (newline) {
			use_line(replay, (size_t)(newline - data), true, line);
			return 0;
		}
		replay->searched = len;
		if (len > LINE_MAX_BYTES)
			return -EFBIG;
		got = replay->at_eof ? 0 : fill(replay);
		if (got < 0)
			return (int)got;
		if (got > 0)
			continue;
		if (len == 0)
			return 1;
		use_line(replay, len, false, line);
		return 0;
	}
}

static size_t blanks(const char *text, size_t len)
{
	size_t n = 0;

	while (n < len && (text[n] == ' ' || text[n] == '\t' || text[n] == '\r' || text[n] == '\n'))
		n++;
	return n;
}

/* What is not a recording at all gets a sentence about the file instead of one about JSON. */
static int check_start(struct replay *replay, struct err *err)
{
	static const char zstd[] = "\x28\xb5\x2f\xfd";
	ssize_t got;
	size_t skip;

	do {
		got = fill(replay);
		skip = blanks(replay->buf, replay->end);
	} while (got > 0 && skip == replay->end && skip < FIRST_BYTES);
	if (got < 0)
		return err_set(err, (int)got, "cannot read %s: %s", replay->name,
			strerror((int)-got));
	replay->started = true;
	if (replay->end >= 4 && memcmp(replay->buf, zstd, 4) == 0)
		return err_set(err, -EINVAL,
			"cannot replay %s: it is compressed; use zstdcat FILE | parallax --replay "
			"-",
			replay->name);
	if (replay->at_eof && skip == replay->end)
		return err_set(err, -ENODATA,
			"cannot replay %s: it is empty; give a file that parallax --json wrote",
			replay->name);
	if (skip < replay->end && replay->buf[skip] != '{')
		return err_set(err, -EINVAL,
			"cannot replay %s: it is no recording; give a file that parallax --json "
			"wrote",
			replay->name);
	return 0;
}

/* A long path must not push the reason out of the sentence: its end tells more than its start. */
static char *short_name(const char *path)
{
	enum { SHOWN = 100 };
	size_t len = strlen(path);
	char *name;

	if (strcmp(path, "-") == 0)
		return xstrdup("standard input");
	if (len <= SHOWN)
		return xstrdup(path);
	name = xcalloc(SHOWN + 4, 1);
	memcpy(name, "...", 3);
	memcpy(name + 3, path + len - SHOWN, SHOWN);
	return name;
}

static int open_path(struct replay *replay, const char *path, struct err *err)
{
	struct stat st;
	bool is_stdin = strcmp(path, "-") == 0;

	replay->fd = is_stdin ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3)
			      : open(path, O_RDONLY | O_CLOEXEC);
	if (replay->fd < 0 || fstat(replay->fd, &st) < 0)
		return err_set(err, -errno, "cannot replay %s: %s", replay->name, strerror(errno));
	if (S_ISDIR(st.st_mode))
		return err_set(err, -EISDIR,
			"cannot replay %s: it is a directory; give a file that parallax --json "
			"wrote",
			replay->name);
	return S_ISREG(st.st_mode) ? check_start(replay, err) : 0;
}

int replay_open(const char *path, struct replay **out, struct err *err)
{
	struct replay *replay = xcalloc(1, sizeof(*replay));
	int rc;

	replay->name = short_name(path);
	replay->size = FIRST_BYTES;
	replay->buf = xcalloc(replay->size, 1);
	rc = open_path(replay, path, err);
	if (rc < 0) {
		replay_close(replay);
		return rc;
	}
	*out = replay;
	return 0;
}

static int read_error(const struct replay *replay, int code, struct err *err)
{
	if (code == -EFBIG)
		return err_set(err, code, "cannot read line %lu of %s: it is longer than 16 MiB",
			replay->line + 1, replay->name);
	return err_set(err, code, "cannot read line %lu of %s: %s", replay->line + 1, replay->name,
		strerror(-code));
}

static int line_error(const struct replay *replay, const struct line *line, const struct err *why,
	struct err *err)
{
	if (why->code == -ENODATA && !line->ended)
		return err_set(err, why->code,
			"cannot read line %lu of %s: it ends after %zu bytes, for the recording "
			"was "
			"cut short",
			replay->line, replay->name, line->len);
	return err_set(err, why->code, "cannot read line %lu of %s: %s", replay->line, replay->name,
		why->text);
}

int replay_next(struct replay *replay, struct snapshot *out, struct err *err)
{
	struct err why = { 0 };
	struct line line = { 0 };
	int rc = replay->started ? 0 : check_start(replay, err);

	if (rc < 0)
		return rc;
	do {
		rc = next_line(replay, &line);
		if (rc < 0)
			return read_error(replay, rc, err);
		if (rc > 0)
			return rc;
	} while (blanks(line.text, line.len) == line.len);
	rc = json_read(out, line.text, line.len, &why);
	return rc < 0 ? line_error(replay, &line, &why, err) : 0;
}

void replay_close(struct replay *replay)
{
	if (!replay)
		return;
	if (replay->fd >= 0)
		close(replay->fd);
	free(replay->name);
	free(replay->buf);
	free(replay);
}
