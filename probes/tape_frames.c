// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/tape_frames.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "probes/recordindex.h"

/*
 * The frames of a recording are found from its end, by their indexes. Where there is none, which
 * is at the end of a recording that was cut short, where one is damaged, and in files of other
 * programs, that part is decompressed from its begin, and the search goes on before it.
 */
enum { TAIL_BYTES = 16 << 10, SEARCH_BYTES = 1 << 20, INDEX_MOST = 32 << 20 };

struct finder {
	struct tape *tape;
	const atomic_bool *stop;
	char *buf; /* of SEARCH_BYTES, or what an index takes */
	size_t size;
	/* Found from the end, so the last is the first. */
	struct found {
		uint64_t at, end; /* end: of the frame */
		struct record_index index;
		bool has_index;
	} * found;
	size_t n_found, cap_found;
	struct arena arena; /* of the indexes */
};

static ssize_t read_at(const struct tape *tape, char *buf, size_t len, uint64_t at)
{
	size_t done = 0;

	while (done < len) {
		const ssize_t got = pread(tape->fd, buf + done, len - done, (off_t)(at + done));

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (got == 0)
			break;
		done += (size_t)got;
	}
	return (ssize_t)done;
}

static char *room(struct finder *finder, size_t len)
{
	finder->buf = xgrow(finder->buf, len, &finder->size, 1);
	return finder->buf;
}

static void add_found(struct finder *finder, const struct found *found)
{
	finder->found = xgrow(
		finder->found, finder->n_found + 1, &finder->cap_found, sizeof(*finder->found));
	finder->found[finder->n_found++] = *found;
}

/* The index that ends at end. Returns 1 when there is one, 0, or a negative errno. */
static int index_before(struct finder *finder, uint64_t end, struct found *found)
{
	const size_t tail = end < TAIL_BYTES ? (size_t)end : TAIL_BYTES;
	size_t json_bytes, whole;
	uint32_t crc;
	char *buf = room(finder, tail), *json;
	ssize_t got = read_at(finder->tape, buf, tail, end - tail);

	if (got < 0)
		return (int)got;
	if ((size_t)got < tail || !record_foot(buf + tail, tail, &json_bytes, &crc))
		return 0;
	whole = json_bytes + RECORD_HEAD + RECORD_FOOT;
	if (whole > end || json_bytes > INDEX_MOST)
		return 0;
	if (whole > tail) {
		buf = room(finder, whole);
		got = read_at(finder->tape, buf, whole, end - whole);
		if (got < 0)
			return (int)got;
		if ((size_t)got < whole)
			return 0;
	}
	json = buf + got - RECORD_FOOT - json_bytes;
	if (record_index_read(&found->index, &finder->arena, json, json_bytes, crc) < 0 ||
		found->index.frame_bytes > end - whole)
		return 0;
	found->end = end - whole;
	found->at = found->end - found->index.frame_bytes;
	found->has_index = true;
	return 1;
}

static char *last_signature(char *buf, size_t len)
{
	for (size_t at = len; at >= 8; at--)
		if (buf[at - 1] == 'X' && memcmp(buf + at - 8, RECORD_SIGNATURE, 8) == 0)
			return buf + at;
	return NULL;
}

/* Where the last index that ends before end ends; 0: there is none. */
static int search_back(struct finder *finder, uint64_t end, uint64_t *out)
{
	*out = 0;
	while (end > 8 && !atomic_load(finder->stop)) {
		const size_t len = end < SEARCH_BYTES ? (size_t)end : SEARCH_BYTES;
		char *buf = room(finder, len), *at;
		const ssize_t got = read_at(finder->tape, buf, len, end - len);

		if (got < 0)
			return (int)got;
		at = last_signature(buf, (size_t)got);
		if (at) {
			*out = end - len + (uint64_t)(at - buf);
			return 0;
		}
		end -= len < SEARCH_BYTES ? end : len - 8; /* one may lie across */
	}
	return 0;
}

/* Where the next frame begins, from at on; end: nowhere. */
static int search_frame(struct finder *finder, uint64_t at, uint64_t end, uint64_t *out)
{
	while (at < end && !atomic_load(finder->stop)) {
		const size_t len = end - at < SEARCH_BYTES ? (size_t)(end - at) : SEARCH_BYTES;
		char *buf = room(finder, len);
		const ssize_t got = read_at(finder->tape, buf, len, at);
		ssize_t i;

		if (got < UNZSTD_MAGIC_BYTES)
			break;
		for (i = 0; i + UNZSTD_MAGIC_BYTES <= got; i++)
			if (unzstd_begins(buf + i, UNZSTD_MAGIC_BYTES)) {
				*out = at + (uint64_t)i;
				return 0;
			}
		at += (uint64_t)i;
	}
	*out = end;
	return 0;
}

/* Read the frame at at. Returns what its lines said at their end: 1 when all is well. */
static int read_frame(struct finder *finder, uint64_t at, uint64_t end, uint64_t *next)
{
	struct tape *tape = finder->tape;
	const uint32_t number = (uint32_t)tape->n_frame;
	struct line line;
	bool whole = false;
	int rc;

	tape->frame = xgrow(tape->frame, tape->n_frame + 1, &tape->cap_frame, sizeof(*tape->frame));
	tape->frame[tape->n_frame++] = (struct tape_frame){ at, end };
	unzstd_seek(tape->unzstd, at, end);
	lines_restart(&tape->lines);
	while (!atomic_load(finder->stop) && (rc = lines_next(&tape->lines, &line)) == 0)
		if (line.ended && line.len)
			tape_add_line(tape,
				&(struct tape_line){ .at = tape->lines.count - 1, .frame = number },
				&line);
	*next = unzstd_tell(tape->unzstd, &whole);
	return rc > 0 && !whole ? -EBADMSG : rc;
}

/*
 * What no index tells of. That its last frame ends early is how a recording looks that was cut
 * short, and no damage.
 */
static int scan(struct finder *finder, const struct found *part)
{
	uint64_t at = part->at, next;
	int rc;

	while (at < part->end && !atomic_load(finder->stop)) {
		const size_t before = finder->tape->n_line;

		rc = search_frame(finder, at, part->end, &at);
		if (rc < 0 || at == part->end)
			return rc;
		rc = read_frame(finder, at, part->end, &next);
		if (rc < 0 && rc != -EBADMSG && rc != -EFBIG)
			return rc;
		if (rc < 0 && next < part->end)
			finder->tape->damaged++;
		if (finder->tape->n_line == before)
			finder->tape->n_frame--;
		/* A frame that breaks off has eaten what follows; look for that again. */
		at = rc < 0 || next <= at ? at + UNZSTD_MAGIC_BYTES : next;
	}
	return 0;
}

static void use_index(struct tape *tape, const struct found *found)
{
	const uint32_t number = (uint32_t)tape->n_frame;

	tape->frame = xgrow(tape->frame, tape->n_frame + 1, &tape->cap_frame, sizeof(*tape->frame));
	tape->frame[tape->n_frame++] = (struct tape_frame){ found->at, found->end };
	for (size_t i = 0; i < found->index.n_lines; i++) {
		const struct record_line *line = &found->index.lines[i];

		tape_add_line(tape,
			&(struct tape_line){ .time_s = line->time_s,
				.at = i,
				.frame = number,
				.bytes = (uint32_t)line->bytes,
				.crc32 = (uint32_t)line->crc32 },
			NULL);
	}
	for (size_t i = 0; i < found->index.n_findings; i++)
		spans_merge(tape->spans, &found->index.findings[i]);
}

/* From the end to the begin: indexes, and the parts between them that have none. */
static int walk_back(struct finder *finder)
{
	uint64_t end = finder->tape->size;
	uint64_t unknown_end = 0; /* of the part behind end that no index tells of; 0: none */
	int rc;

	while (end && !atomic_load(finder->stop)) {
		struct found found = { 0 };

		rc = index_before(finder, end, &found);
		if (rc < 0)
			return rc;
		if (rc > 0) {
			if (unknown_end)
				add_found(finder, &(struct found){ .at = end, .end = unknown_end });
			unknown_end = 0;
			add_found(finder, &found);
			end = found.at;
			continue;
		}
		if (!unknown_end)
			unknown_end = end;
		/* At end itself there is none; the 8 bytes of a signature less one may be. */
		rc = search_back(finder, end - 1, &end);
		if (rc < 0)
			return rc;
	}
	if (unknown_end)
		add_found(finder, &(struct found){ .at = 0, .end = unknown_end });
	return 0;
}

int tape_frames_find(struct tape *tape, const atomic_bool *stop)
{
	struct finder finder = { .tape = tape, .stop = stop };
	int rc = walk_back(&finder);

	for (size_t i = finder.n_found; i > 0 && rc == 0; i--) {
		const struct found *found = &finder.found[i - 1];

		if (found->has_index)
			use_index(tape, found);
		else
			rc = scan(&finder, found);
	}
	tape->reading = 0;
	free(finder.buf);
	free(finder.found);
	arena_release(&finder.arena);
	return rc;
}

int tape_frames_read(struct tape *tape, const struct tape_line *of, struct line *line)
{
	const struct tape_frame *frame = &tape->frame[of->frame];
	int rc;

	if (tape->reading != of->frame + 1 || tape->lines.count > of->at) {
		unzstd_seek(tape->unzstd, frame->at, frame->end);
		lines_restart(&tape->lines);
		tape->reading = of->frame + 1;
	}
	do {
		rc = lines_next(&tape->lines, line);
		if (rc != 0) {
			tape->reading = 0;
			return rc > 0 ? -EBADMSG : rc;
		}
	} while (tape->lines.count <= of->at);
	if (!of->bytes)
		return 0;
	/* The newline follows the text, for the index knows only lines that have one. */
	if (!line->ended || line->len + 1 != of->bytes ||
		record_crc32(0, line->text, line->len + 1) != of->crc32)
		return -EBADMSG;
	return 0;
}
