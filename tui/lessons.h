/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_LESSONS_H
#define PARALLAX_LESSONS_H

#include <stdio.h>

#include "lessons/lesson.h"

/*
 * Lessons as the command line knows them: by the user's folder, the installed one, and the one of
 * the source tree that the program was built in.
 */

/* --lesson NAME. NULL: there is none, or it is bad; all that is wrong was printed. */
struct lesson *lessons_load(const char *name);
/* --lesson: one a line, bad ones with their first mistake. Returns how many there are. */
size_t lessons_list(FILE *stream);
/* What a lesson may name: all panes, and the rules of their findings. */
struct lesson_words lessons_words(void);

#endif
