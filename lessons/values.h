/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_LESSON_VALUES_H
#define PARALLAX_LESSON_VALUES_H

#include <stdbool.h>

#include "lessons/lesson.h"

/* What stands behind the words of a lesson. All return false, and change nothing, when it is not
 * so. */

/* "15s", "1.5s", "2m", "1m30s": nothing else, at most LESSON_TIME_S. */
bool lesson_read_time(const char *text, double *seconds);
/* "15s", "start", "finding", "finding +5s", "finding -5s", "end", "end -5s". */
bool lesson_read_moment(const char *text, struct lesson_moment *moment);
/* "25s": so long from from on; "until MOMENT". */
bool lesson_read_play(
	const char *text, const struct lesson_moment *from, struct lesson_moment *until);
/* "all", "none", or some of host, gap, findings, header, pages. */
bool lesson_read_cover(const char *text, unsigned *cover);
/* "nothing", "vm", "finding"; of the last two *at is what follows, in text, or NULL. */
bool lesson_read_open(const char *text, enum lesson_open *open, const char **at);
/* A word of a to z, 0 to 9 and - that can be a file's name. */
bool lesson_is_name(const char *text);

#endif
