// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lessons/lesson.h"
#include "probes/text.h"

static struct lesson *fail(const char *path, const char *why, lesson_report *report, void *arg)
{
	struct arena arena = { 0 };
	const char *shown = text_clean(&arena, path, strlen(path), TEXT_REASON_MAX);

	if (report)
		report(arg,
			arena_printf(&arena, "cannot read a lesson from \"%s\": %s", shown, why));
	arena_release(&arena);
	return NULL;
}

struct lesson *lesson_load(
	const char *path, const struct lesson_words *words, lesson_report *report, void *arg)
{
	FILE *file = fopen(path, "re");
	struct lesson *lesson = NULL;
	char *text;
	size_t len;

	if (!file)
		return fail(path, strerror(errno), report, arg);
	text = xcalloc(1, LESSON_FILE_BYTES + 1);
	errno = 0;
	len = fread(text, 1, LESSON_FILE_BYTES + 1, file);
	if (ferror(file))
		fail(path, strerror(errno), report, arg);
	else if (len > LESSON_FILE_BYTES)
		fail(path, "it is larger than 64 KiB, so it is no lesson", report, arg);
	else
		lesson = lesson_parse(text, len, path, words, report, arg);
	fclose(file);
	free(text);
	return lesson;
}
