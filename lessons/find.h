/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_LESSON_FIND_H
#define PARALLAX_LESSON_FIND_H

#include <stdbool.h>

#include "lessons/lesson.h"

/* Lessons by name, in folders of which an earlier one goes before a later one. */

/* One that was found; all strings are harmless to show, but for path. */
struct lesson_entry {
	const char *name, *path;
	const char *title, *mode; /* NULL: it is bad */
	const char *fault;	  /* its first mistake; NULL: none */
	const char *experiment;	  /* that shows it live; NULL: none */
	bool recorded;		  /* the recording is there */
};

enum { LESSON_ENTRIES = 256 };

/* By name; of several with one name the first folder's. Clear it with lesson_list_release. */
struct lesson_list {
	struct lesson_entry *entry;
	size_t n;
	struct arena arena;
};

/* folders: ended by NULL; those that cannot be read are left out. */
void lesson_list_find(
	struct lesson_list *list, const char *const *folders, const struct lesson_words *words);
void lesson_list_release(struct lesson_list *list);

/* The file of a lesson: name itself if it has a '/', else from the folders. NULL: none. */
char *lesson_path(const char *name, const char *const *folders);

#endif
