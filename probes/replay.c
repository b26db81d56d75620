// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/replay.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "probes/lines.h"
#include "probes/tape.h"
#include "probes/tape_line.h"
#include "probes/unzstd.h"

struct replay {
	struct tape *tape; /* a file, or */
	size_t next;	   /* of the tape */
	bool indexed;
	struct err damage; /* of the tape: said when everything else has been */
	/* a pipe */
	int fd;
	const char *name; /* for sentences */
	struct lines lines;
	struct unzstd *unzstd;	   /* NULL: it is plain, or nothing has come yet */
	bool started, broken, any; /* any: a line has come */
};

static ssize_t read_pipe(void *arg, char *buf, size_t size)
{
	struct replay *replay = arg;
	ssize_t got;

	do
		got = read(replay->fd, buf, size);
	while (got < 0 && errno == EINTR);
	return got < 0 ? -errno : got;
}

static int open_pipe(struct replay *replay, const char *path, struct err *err)
{
	const bool is_stdin = strcmp(path, "-") == 0;

	replay->name = is_stdin ? "standard input" : path;
	replay->fd = is_stdin ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3)
			      : open(path, O_RDONLY | O_CLOEXEC);
	if (replay->fd < 0)
		return err_set(err, -errno, "cannot replay %s: %s", replay->name, strerror(errno));
	lines_init(&replay->lines, read_pipe, replay);
	return 0;
}

int replay_open(const char *path, struct replay **out, struct err *err)
{
	struct replay *replay = xcalloc(1, sizeof(*replay));
	int rc = -ESPIPE;

	replay->fd = -1;
	if (strcmp(path, "-") != 0)
		rc = tape_open(path, &replay->tape, err);
	else if (lseek(STDIN_FILENO, 0, SEEK_CUR) == 0)
		rc = tape_open("/dev/stdin", &replay->tape, err);
	if (rc == -ESPIPE)
		rc = open_pipe(replay, path, err);
	if (rc < 0) {
		replay_close(replay);
		return rc;
	}
	*out = replay;
	return 0;
}

struct tape *replay_tape(struct replay *replay)
{
	return replay->tape;
}

static int next_of_tape(struct replay *replay, struct snapshot *out, struct err *err)
{
	static const atomic_bool never;
	int rc = 0;

	if (!replay->indexed)
		rc = tape_index(replay->tape, &never, &replay->damage);
	replay->indexed = true;
	if (rc < 0)
		return err_set(err, rc, "%s", replay->damage.text);
	if (replay->next < tape_count(replay->tape))
		return tape_read(replay->tape, replay->next++, out, err);
	rc = replay->damage.code;
	if (rc < 0 && err)
		*err = replay->damage;
	replay->damage.code = 0;
	return rc < 0 ? rc : 1;
}

/* What a pipe begins with tells what it is. */
static int start_pipe(struct replay *replay, struct err *err)
{
	const char *data;
	const ssize_t got = lines_peek(&replay->lines, UNZSTD_MAGIC_BYTES, &data);

	if (got < 0)
		return err_set(
			err, (int)got, "cannot read %s: %s", replay->name, strerror((int)-got));
	if (unzstd_begins(data, (size_t)got)) {
		replay->unzstd = unzstd_pipe(replay->fd);
		unzstd_give(replay->unzstd, data, (size_t)got);
		lines_release(&replay->lines);
		lines_init(&replay->lines, unzstd_read, replay->unzstd);
	}
	replay->started = true;
	return 0;
}

static int pipe_error(const struct replay *replay, int rc, struct err *err)
{
	const char *why = rc == -EFBIG	   ? "it is longer than 16 MiB"
			  : rc == -EBADMSG ? "it is damaged"
					   : strerror(-rc);

	return err_set(err, rc, "cannot read line %lu of %s: %s", replay->lines.count + 1,
		replay->name, why);
}

/* A line that is not blank. Returns 0, 1 at the end, or a negative errno, after which it has ended.
 */
static int line_of_pipe(struct replay *replay, struct line *line, struct err *err)
{
	int rc = replay->started ? 0 : start_pipe(replay, err);

	if (rc < 0)
		return rc;
	do {
		rc = lines_next(&replay->lines, line);
		if (rc < 0)
			return pipe_error(replay, rc, err);
		if (rc > 0 && !replay->any)
			return err_set(err, -ENODATA, TAPE_EMPTY, replay->name);
		if (rc > 0)
			return rc;
	} while (tape_is_blank(line));
	if (!replay->any && line->text[0] != '{')
		return err_set(err, -EINVAL, TAPE_FOREIGN, replay->name);
	replay->any = true;
	return 0;
}

static int next_of_pipe(struct replay *replay, struct snapshot *out, struct err *err)
{
	struct line line = { 0 };
	const int rc = replay->broken ? 1 : line_of_pipe(replay, &line, err);

	replay->broken = rc != 0;
	if (rc != 0)
		return rc;
	return tape_parse(replay->name, replay->lines.count, &line, out, err);
}

int replay_next(struct replay *replay, struct snapshot *out, struct err *err)
{
	return replay->tape ? next_of_tape(replay, out, err) : next_of_pipe(replay, out, err);
}

int replay_next_readable(
	struct replay *replay, const atomic_bool *stop, struct snapshot *out, struct err *first)
{
	while (!(stop && atomic_load(stop))) {
		struct err err = { 0 };
		const int rc = replay_next(replay, out, &err);

		if (rc >= 0)
			return rc;
		if (!first->code)
			*first = err;
	}
	return 1;
}

void replay_close(struct replay *replay)
{
	if (!replay)
		return;
	tape_close(replay->tape);
	unzstd_free(replay->unzstd);
	lines_release(&replay->lines);
	if (replay->fd >= 0)
		close(replay->fd);
	free(replay);
}
