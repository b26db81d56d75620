/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_RECORDINDEX_H
#define PARALLAX_RECORDINDEX_H

#include "probes/err.h"
#include "probes/json.h"
#include "probes/spans.h"

/*
 * The form of a recording: lines of JSON as --json prints them, in zstd frames of a few lines
 * each, and behind each frame an index of it in a skippable frame, which zstdcat passes over. A
 * frame ends in a checksum and is flushed after every line, so that what was written can be read
 * whatever happens next. The file is read from its end: an index ends in a footer that tells
 * where it begins, and it knows the length of its frame.
 *
 *     index: magic, little endian: RECORD_MAGIC; length of what follows, 4 bytes;
 *            JSON: struct record_index;
 *            footer: length of the JSON, 4 bytes; CRC-32 of it, 4 bytes; RECORD_SIGNATURE
 */
enum {
	RECORD_VERSION = 1,
	RECORD_LINES_MOST = 30,	      /* of a frame; readers take ten times as many */
	RECORD_FRAME_MOST = 16 << 20, /* bytes of JSON of a frame, unless one line has more */
	RECORD_HEAD = 8,
	RECORD_FOOT = 16 /* bytes around the JSON */
};
#define RECORD_MAGIC	 0x184d2a5bu
#define RECORD_SIGNATURE "PLXINDEX"

/* A line of the frame. */
struct record_line {
	double time_s;	/* the snapshot's */
	uint64_t bytes; /* with its newline */
	uint64_t crc32; /* of these */
};

struct record_index {
	uint64_t parallax_index; /* RECORD_VERSION */
	uint64_t frame_bytes;	 /* of the frame before it in the file */
	struct record_line *lines;
	size_t n_lines;
	struct span *findings; /* of these lines */
	size_t n_findings;
};

extern const struct schema schema_record_index;

/* CRC-32 as zlib's and Ethernet's; 0 to begin with. */
uint32_t record_crc32(uint32_t crc, const void *data, size_t len);

/* Append the whole skippable frame to out. */
void record_index_print(struct json_text *out, const struct record_index *index);

/*
 * The footer that is to end at end, of which so many bytes before end are at hand: true, with the
 * length of the JSON, when it is one.
 */
bool record_foot(const char *end, size_t at_hand, size_t *json_bytes, uint32_t *crc);
/*
 * Read the JSON of an index; lists are in arena. -EBADMSG when it is not what was written,
 * -ENOTSUP when a later version wrote it.
 */
int record_index_read(struct record_index *index, struct arena *arena, const char *json, size_t len,
	uint32_t crc);

#endif
