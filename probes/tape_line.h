/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_TAPE_LINE_H
#define PARALLAX_TAPE_LINE_H

#include "probes/err.h"
#include "probes/lines.h"
#include "probes/snapshot.h"

/* What lines of files and of pipes have in common. The sentences take the name. */
#define TAPE_EMPTY \
	"cannot replay %s: it is empty; give a file that parallax --record or --json wrote"
#define TAPE_FOREIGN \
	"cannot replay %s: it is no recording; give a file that parallax --record or --json wrote"

/* How many blanks a text begins with. */
size_t tape_blanks(const char *text, size_t len);
bool tape_is_blank(const struct line *line);
/* Fill snap from the line, which has that number in name. Returns 0 or a negative errno. */
int tape_parse(const char *name, unsigned long number, const struct line *line,
	struct snapshot *snap, struct err *err);

#endif
