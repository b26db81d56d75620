// SPDX-License-Identifier: GPL-2.0-or-later
#include "lessons/find.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lessons/values.h"
#include "probes/text.h"

static const char suffix[] = ".lesson";

/* Opening anything else might wait, or do something. */
static bool is_file(const char *path)
{
	struct stat st;

	return !stat(path, &st) && S_ISREG(st.st_mode);
}

static char *path_of(struct arena *arena, const char *folder, const char *name)
{
	return arena_printf(arena, "%s/%s%s", folder, name, suffix);
}

char *lesson_path(const char *name, const char *const *folders)
{
	struct arena arena = { 0 };
	char *found = NULL;

	if (strchr(name, '/'))
		return xstrdup(name);
	for (; *folders && !found; folders++) {
		const char *path = path_of(&arena, *folders, name);

		if (is_file(path))
			found = xstrdup(path);
	}
	arena_release(&arena);
	return found;
}

static const struct lesson_entry *entry_of(const struct lesson_list *list, const char *name)
{
	for (size_t i = 0; i < list->n; i++)
		if (!strcmp(list->entry[i].name, name))
			return &list->entry[i];
	return NULL;
}

struct first_fault {
	struct arena *arena;
	const char *fault;
};

static void keep_first(void *arg, const char *sentence)
{
	struct first_fault *first = arg;

	if (!first->fault)
		first->fault = arena_strdup(first->arena, sentence);
}

static void read_entry(
	struct lesson_list *list, struct lesson_entry *entry, const struct lesson_words *words)
{
	struct first_fault first = { .arena = &list->arena };
	struct lesson *lesson = lesson_load(entry->path, words, keep_first, &first);

	entry->fault = first.fault;
	if (!lesson)
		return;
	entry->title = arena_strdup(&list->arena, lesson->title);
	entry->mode = arena_strdup(&list->arena, lesson->mode);
	entry->experiment = arena_strdup(&list->arena, lesson->experiment);
	entry->recorded = is_file(lesson->recording_path);
	lesson_free(lesson);
}

/* "steal" of "steal.lesson"; NULL: it is no lesson's. */
static const char *name_of(struct arena *arena, const char *file)
{
	const size_t len = strlen(file), tail = sizeof(suffix) - 1;
	char *name;

	if (len <= tail || strcmp(file + len - tail, suffix))
		return NULL;
	name = text_clean(arena, file, len - tail, TEXT_NAME_MAX);
	return lesson_is_name(name) ? name : NULL;
}

static void find_in(struct lesson_list *list, const char *folder, const struct lesson_words *words)
{
	DIR *dir = opendir(folder);
	const struct dirent *found;

	if (!dir)
		return;
	while (list->n < LESSON_ENTRIES && (found = readdir(dir))) {
		const char *name = name_of(&list->arena, found->d_name), *path;

		if (!name || entry_of(list, name))
			continue;
		path = path_of(&list->arena, folder, name);
		if (!is_file(path))
			continue;
		list->entry[list->n] = (struct lesson_entry){ .name = name, .path = path };
		read_entry(list, &list->entry[list->n++], words);
	}
	closedir(dir);
}

static int by_name(const void *a, const void *b)
{
	const struct lesson_entry *left = a, *right = b;

	return strcmp(left->name, right->name);
}

void lesson_list_find(
	struct lesson_list *list, const char *const *folders, const struct lesson_words *words)
{
	*list = (struct lesson_list){ 0 };
	list->entry = xcalloc(LESSON_ENTRIES, sizeof(*list->entry));
	for (; *folders; folders++)
		find_in(list, *folders, words);
	qsort(list->entry, list->n, sizeof(*list->entry), by_name);
}

void lesson_list_release(struct lesson_list *list)
{
	free(list->entry);
	arena_release(&list->arena);
	*list = (struct lesson_list){ 0 };
}
