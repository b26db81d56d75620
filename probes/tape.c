// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/tape.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "probes/recordline.h"
#include "probes/tape_frames.h"
#include "probes/tape_line.h"

enum { START_BYTES = 64 << 10, SHOWN = 100 };

/* What is not a recording at all gets a sentence about the file instead of one about JSON. */
static int check_start(struct tape *tape, struct err *err)
{
	const char *data;
	const ssize_t got = lines_peek(&tape->lines, START_BYTES, &data);
	size_t blanks;

	if (got < 0)
		return err_set(
			err, (int)got, "cannot read %s: %s", tape->name, strerror((int)-got));
	tape->is_packed = unzstd_begins(data, (size_t)got);
	blanks = tape_blanks(data, (size_t)got);
	if (blanks == (size_t)got && got < START_BYTES)
		return err_set(err, -ENODATA, TAPE_EMPTY, tape->name);
	if (!tape->is_packed && blanks < (size_t)got && data[blanks] != '{')
		return err_set(err, -EINVAL, TAPE_FOREIGN, tape->name);
	return 0;
}

static ssize_t read_plain(void *arg, char *buf, size_t size)
{
	struct tape *tape = arg;
	ssize_t got;

	do
		got = pread(tape->fd, buf, size, (off_t)tape->offset);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return -errno;
	tape->offset += (uint64_t)got;
	return got;
}

/* A long path must not push the reason out of the sentence: its end tells more than its start. */
static char *short_name(const char *path)
{
	const size_t len = strlen(path);
	char *name;

	if (len <= SHOWN)
		return xstrdup(path);
	name = xcalloc(SHOWN + 4, 1);
	memcpy(name, "...", 3);
	memcpy(name + 3, path + len - SHOWN, SHOWN);
	return name;
}

static int open_file(struct tape *tape, const char *path, struct err *err)
{
	struct stat st;

	/* To open a named pipe and close it again would end whoever writes to it. */
	if (stat(path, &st) == 0 && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
		return -ESPIPE;
	tape->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (tape->fd < 0 || fstat(tape->fd, &st) < 0)
		return err_set(err, -errno, "cannot replay %s: %s", tape->name, strerror(errno));
	if (S_ISDIR(st.st_mode))
		return err_set(err, -EISDIR,
			"cannot replay %s: it is a directory; give a file that parallax --record "
			"or --json wrote",
			tape->name);
	if (!S_ISREG(st.st_mode))
		return -ESPIPE;
	tape->size = (uint64_t)st.st_size;
	return check_start(tape, err);
}

int tape_open(const char *path, struct tape **out, struct err *err)
{
	struct tape *tape = xcalloc(1, sizeof(*tape));
	int rc;

	tape->fd = -1;
	tape->name = short_name(path);
	tape->spans = spans_new();
	lines_init(&tape->lines, read_plain, tape);
	rc = open_file(tape, path, err);
	if (rc < 0) {
		tape_close(tape);
		return rc;
	}
	if (tape->is_packed) {
		tape->unzstd = unzstd_file(tape->fd);
		lines_release(&tape->lines);
		lines_init(&tape->lines, unzstd_read, tape->unzstd);
	}
	*out = tape;
	return 0;
}

void tape_close(struct tape *tape)
{
	if (!tape)
		return;
	if (tape->fd >= 0)
		close(tape->fd);
	unzstd_free(tape->unzstd);
	lines_release(&tape->lines);
	spans_free(tape->spans);
	free(tape->line);
	free(tape->frame);
	free(tape->name);
	free(tape);
}

void tape_add_line(struct tape *tape, const struct tape_line *line, const struct line *text)
{
	struct tape_line *own;

	tape->line = xgrow(tape->line, tape->n_line + 1, &tape->cap_line, sizeof(*tape->line));
	own = &tape->line[tape->n_line++];
	*own = *line;
	if (!text)
		return;
	own->time_s = record_line_time_s(text->text, text->len);
	record_line_spans(text->text, text->len, tape->spans);
}

static int find_lines(struct tape *tape, const atomic_bool *stop)
{
	uint64_t at = 0;
	struct line line;
	int rc = 0;

	while (!atomic_load(stop) && (rc = lines_next(&tape->lines, &line)) == 0) {
		if (!tape_is_blank(&line))
			tape_add_line(tape,
				&(struct tape_line){
					.at = at, .number = (uint32_t)tape->lines.count },
				&line);
		at += line.len + line.ended;
	}
	/* Where it ends is not known, nor what is behind it; reading it says so. */
	if (rc == -EFBIG) {
		tape_add_line(tape, &(struct tape_line){ .at = at, .time_s = NAN }, NULL);
		rc = 0;
	}
	return rc < 0 ? rc : 0;
}

int tape_index(struct tape *tape, const atomic_bool *stop, struct err *err)
{
	const int rc = tape->is_packed ? tape_frames_find(tape, stop) : find_lines(tape, stop);

	if (rc < 0)
		return err_set(err, rc, "cannot read %s: %s", tape->name, strerror(-rc));
	if (!tape->n_line && !atomic_load(stop))
		return err_set(err, -ENODATA,
			"cannot replay %s: there is no snapshot in it that can be read",
			tape->name);
	if (tape->damaged)
		err_set(err, -EBADMSG,
			"%s is damaged in %lu place%s; what can be read of it is %zu snapshot%s",
			tape->name, tape->damaged, tape->damaged == 1 ? "" : "s", tape->n_line,
			tape->n_line == 1 ? "" : "s");
	return 0;
}

size_t tape_count(const struct tape *tape)
{
	return tape->n_line;
}

double tape_time_s(const struct tape *tape, size_t i)
{
	return tape->line[i].time_s;
}

struct spans *tape_spans(struct tape *tape)
{
	return tape->spans;
}

static int read_line(struct tape *tape, const struct tape_line *of, struct line *line)
{
	if (tape->is_packed)
		return tape_frames_read(tape, of, line);
	if (tape->offset - (tape->lines.end - tape->lines.begin) != of->at) {
		lines_restart(&tape->lines);
		tape->offset = of->at;
	}
	return lines_next(&tape->lines, line);
}

int tape_read(struct tape *tape, size_t i, struct snapshot *snap, struct err *err)
{
	const struct tape_line *of = &tape->line[i];
	const unsigned long number = of->number ? of->number : i + 1;
	struct line line = { 0 };
	int rc = read_line(tape, of, &line);

	snapshot_clear(snap);
	if (rc == -EBADMSG || rc > 0)
		return err_set(err, -EBADMSG, "cannot read line %lu of %s: it is damaged", number,
			tape->name);
	if (rc < 0)
		return err_set(err, rc, "cannot read line %lu of %s: %s", number, tape->name,
			rc == -EFBIG ? "it is longer than 16 MiB" : strerror(-rc));
	return tape_parse(tape->name, number, &line, snap, err);
}
