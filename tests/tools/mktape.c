// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * mktape SECONDS FILE <SNAPSHOTS: a long recording in a short time, for measurements. The snapshots
 * are recorded once, one a second, by what --record uses; the frames of that follow each other
 * over and over, byte for byte, with indexes whose times and findings go on. So it has the length,
 * the frames, the indexes and the checksums of one that took so many seconds, and what is inside
 * of a frame takes as long to be read; only the times in there are those of the first round.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "probes/recordfile.h"
#include "probes/recordindex.h"
#include "tests/tools/snapshots.h"

enum { FRAMES_MOST = SNAPSHOTS_MOST };
static const double FIRST_S = 1795215148;

struct frame {
	const char *data;
	struct record_index index;
};

static void go_on(struct record_index *index, double by_s)
{
	for (size_t i = 0; i < index->n_lines; i++)
		index->lines[i].time_s += by_s;
	for (size_t i = 0; i < index->n_findings; i++) {
		index->findings[i].begin_s += by_s;
		index->findings[i].end_s += by_s;
		index->findings[i].worst_s += by_s;
	}
}

static void record_once(const char *path, struct snapshot *const *snap, size_t n)
{
	struct record_file *file;
	struct err err;

	if (record_file_create(path, &file, &err) < 0)
		die("%s", err.text);
	for (size_t i = 0; i < n; i++) {
		/* Findings that are there all the time are of this round, and those of the next
		 * others. */
		for (size_t k = 0; k < snap[i]->n_finding; k++)
			snap[i]->finding[k].since_s += FIRST_S + (double)i - snap[i]->time_s;
		snap[i]->time_s = FIRST_S + (double)i;
		if (record_file_add(file, snap[i], &err) < 0)
			die("%s", err.text);
	}
	if (record_file_close(file, &err) < 0)
		die("%s", err.text);
}

static char *read_whole(const char *path, size_t *len)
{
	FILE *stream = fopen(path, "r");
	struct stat st;
	char *data;

	if (!stream || fstat(fileno(stream), &st) < 0)
		die("cannot open %s", path);
	*len = (size_t)st.st_size;
	data = xcalloc(*len, 1);
	if (fread(data, 1, *len, stream) != *len)
		die("cannot read %s", path);
	fclose(stream);
	return data;
}

/* From the end to the begin; frame[0] is the last. */
static size_t take_apart(const char *data, size_t len, struct frame *frame, struct arena *arena)
{
	size_t n = 0;

	for (const char *end = data + len; end > data; n++) {
		size_t json_bytes;
		uint32_t crc;
		const char *json;

		if (n == FRAMES_MOST || !record_foot(end, (size_t)(end - data), &json_bytes, &crc))
			die("the recording has no index where it should have");
		json = end - RECORD_FOOT - json_bytes;
		if (record_index_read(&frame[n].index, arena, json, json_bytes, crc) < 0)
			die("an index of the recording cannot be read");
		frame[n].data = json - RECORD_HEAD - frame[n].index.frame_bytes;
		end = frame[n].data;
	}
	return n;
}

static void put(FILE *stream, const char *data, size_t len)
{
	if (fwrite(data, 1, len, stream) != len)
		die("cannot write the recording");
}

static void repeat(FILE *stream, struct frame *frame, size_t n, size_t seconds, double round_s)
{
	struct json_text text = { 0 };

	for (size_t written = 0, i = n; written<seconds; i = i> 1 ? i - 1 : n) {
		struct record_index *index = &frame[i - 1].index;

		text.len = 0;
		record_index_print(&text, index);
		put(stream, frame[i - 1].data, index->frame_bytes);
		put(stream, text.data, text.len);
		written += index->n_lines;
		go_on(index, round_s);
	}
	free(text.data);
}

int main(int argc, char **argv)
{
	static struct snapshot *snap[SNAPSHOTS_MOST + 1];
	static struct frame frame[FRAMES_MOST];
	struct arena arena = { 0 };
	size_t n, len;
	FILE *stream;
	char *data;

	if (argc != 3)
		return fputs("usage: mktape SECONDS FILE <SNAPSHOTS\n", stderr), 2;
	n = snapshots_read(snap);
	record_once(argv[2], snap, n);
	data = read_whole(argv[2], &len);
	stream = fopen(argv[2], "w");
	if (!stream)
		die("cannot write to %s", argv[2]);
	repeat(stream, frame, take_apart(data, len, frame, &arena), strtoul(argv[1], NULL, 10),
		(double)n);
	if (fclose(stream) != 0)
		die("cannot write to %s", argv[2]);
	free(data);
	arena_release(&arena);
	return 0;
}
