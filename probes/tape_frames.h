/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_TAPE_FRAMES_H
#define PARALLAX_TAPE_FRAMES_H

#include "probes/lines.h"
#include "probes/tape.h"
#include "probes/unzstd.h"

/* The inside of a tape: tape.c, and tape_frames.c, which knows of compressed ones. */
struct tape_line {
	double time_s;
	uint64_t at; /* in the file; of a compressed one the number in its frame */
	uint32_t frame;
	uint32_t number;       /* of the line in a plain file, from 1; 0: as it comes */
	uint32_t bytes, crc32; /* with the newline; 0: nobody told */
};

struct tape_frame {
	uint64_t at, end; /* in the file; end: the last byte that may be of it, plus one */
};

struct tape {
	int fd;
	char *name; /* for sentences */
	uint64_t size;
	bool is_packed;
	struct tape_line *line;
	size_t n_line, cap_line;
	struct tape_frame *frame;
	size_t n_frame, cap_frame;
	struct spans *spans;
	unsigned long damaged; /* places that could not be read when it was indexed */
	struct unzstd *unzstd;
	struct lines lines; /* of a plain file, or of the frame that is being read */
	uint32_t reading;   /* that frame, plus one; 0: none */
	uint64_t offset;    /* of a plain one: what is read next */
};

/* Find the frames and their lines. Returns 0 or a negative errno. */
int tape_frames_find(struct tape *tape, const atomic_bool *stop);
/*
 * The text of a line of a frame, in the tape's memory until the next call. -EBADMSG: damaged.
 */
int tape_frames_read(struct tape *tape, const struct tape_line *of, struct line *line);
/* One more line of the tape; text may be NULL when nobody has read it. */
void tape_add_line(struct tape *tape, const struct tape_line *line, const struct line *text);

#endif
