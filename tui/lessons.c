// SPDX-License-Identifier: GPL-2.0-or-later
#include "tui/lessons.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lessons/find.h"
#include "panes/pane.h"

enum { PANES = 16, RULES = 128, FOLDERS = 4, TREE_LEVELS = 3 };

/* The folders to look into, in their order, ended by NULL. */
struct folders {
	const char *folder[FOLDERS + 1];
	size_t n;
	struct arena arena;
};

static void add_users(struct folders *folders)
{
	const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME"), *folder = NULL;

	/* A relative XDG_CONFIG_HOME is to be ignored, says its specification. */
	if (config && config[0] == '/')
		folder = arena_printf(&folders->arena, "%s/parallax/lessons", config);
	else if (home && home[0])
		folder = arena_printf(&folders->arena, "%s/.config/parallax/lessons", home);
	if (folder)
		folders->folder[folders->n++] = folder;
}

/* Cut the last name off a path; false: there is none. */
static bool go_up(char *path)
{
	char *slash = strrchr(path, '/');

	if (!slash || slash == path)
		return false;
	*slash = '\0';
	return true;
}

/*
 * What came with the program lies where the program does, whatever the prefix was and wherever it
 * was moved to: PREFIX/bin beside PREFIX/share, or somewhere in a source tree.
 */
static void add_own(struct folders *folders)
{
	char path[PATH_MAX];
	const ssize_t len = readlink("/proc/self/exe", path, sizeof(path) - 1);

	path[len > 0 ? len : 0] = '\0';
	if (!go_up(path) || !go_up(path))
		return;
	folders->folder[folders->n++] =
		arena_printf(&folders->arena, "%s/share/parallax/lessons", path);
	for (int level = 0; level < TREE_LEVELS; level++) {
		const char *tree = arena_printf(&folders->arena, "%s/lessons", path);

		if (!access(arena_printf(&folders->arena, "%s/lesson.h", tree), F_OK)) {
			folders->folder[folders->n++] = tree;
			return;
		}
		if (!go_up(path))
			return;
	}
}

static void find_folders(struct folders *folders)
{
	*folders = (struct folders){ 0 };
	add_users(folders);
	add_own(folders);
}

static const char *const *pane_names(void)
{
	static const char *names[PANES + 1];

	for (size_t i = 0; i < PANES && panes[i]; i++)
		names[i] = panes[i]->name;
	return names;
}

static const char *const *rule_names(void)
{
	static const char *rules[RULES + 1];
	size_t n = 0;

	for (size_t i = 0; panes[i]; i++)
		for (const struct explanation *e = panes[i]->explanation; e && e->rule; e++)
			if (n < RULES)
				rules[n++] = e->rule;
	return rules;
}

struct lesson_words lessons_words(void)
{
	return (struct lesson_words){ pane_names(), rule_names() };
}

static void print_mistake(void *arg, const char *sentence)
{
	(void)arg;
	fprintf(stderr, "parallax: %s\n", sentence);
}

struct lesson *lessons_load(const char *name)
{
	const struct lesson_words words = lessons_words();
	struct folders folders;
	struct lesson *lesson = NULL;
	char *path;

	find_folders(&folders);
	path = lesson_path(name, folders.folder);
	if (path)
		lesson = lesson_load(path, &words, print_mistake, NULL);
	else
		fprintf(stderr,
			"parallax: there is no lesson \"%.60s\"; parallax --lesson lists them\n",
			name);
	free(path);
	arena_release(&folders.arena);
	return lesson;
}

static int widest(const struct lesson_list *list, bool title)
{
	int cols = 0;

	for (size_t i = 0; i < list->n; i++) {
		const char *text = title ? list->entry[i].title : list->entry[i].name;

		if (text && canvas_width(text) > cols)
			cols = canvas_width(text);
	}
	return cols;
}

static void print_padded(FILE *stream, const char *text, int cols)
{
	fprintf(stream, "%s%*s  ", text, cols - canvas_width(text), "");
}

static void print_entry(
	FILE *stream, const struct lesson_entry *entry, int name_cols, int title_cols)
{
	print_padded(stream, entry->name, name_cols);
	if (entry->fault) {
		fprintf(stream, "%s\n", entry->fault);
		return;
	}
	print_padded(stream, entry->title, title_cols);
	fputs(entry->mode, stream);
	if (!entry->recorded)
		fputs("; no recording", stream);
	if (!entry->recorded && entry->experiment)
		fprintf(stream, ", but make %s shows it live", entry->experiment);
	fputc('\n', stream);
}

static void print_folders(FILE *stream, const struct folders *folders)
{
	fputs("no lesson is in", stream);
	for (size_t i = 0; i < folders->n; i++)
		fprintf(stream, "%s %s", i ? "," : "", folders->folder[i]);
	fputs("; parallax-lesson(5) tells how to write one\n", stream);
}

size_t lessons_list(FILE *stream)
{
	const struct lesson_words words = lessons_words();
	struct folders folders;
	struct lesson_list list;
	size_t n;

	find_folders(&folders);
	lesson_list_find(&list, folders.folder, &words);
	n = list.n;
	for (size_t i = 0; i < n; i++)
		print_entry(stream, &list.entry[i], widest(&list, false), widest(&list, true));
	if (!n)
		print_folders(stream, &folders);
	lesson_list_release(&list);
	arena_release(&folders.arena);
	return n;
}
