// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lessons/reader.h"
#include "probes/text.h"

enum { TAB_COLS = 8, QUOTED_BYTES = 40, PATH_BYTES = 300 };

void lesson_complain(struct lesson_reader *reader, int line, const char *fmt, ...)
{
	char sentence[PATH_BYTES + 700];
	int used;
	va_list args;

	reader->mistakes++;
	if (!reader->report || reader->mistakes > LESSON_MISTAKES)
		return;
	used = snprintf(sentence, sizeof(sentence), "%s:%d: ", reader->file, line);
	va_start(args, fmt);
	vsnprintf(sentence + used, sizeof(sentence) - (size_t)used, fmt, args);
	va_end(args);
	reader->report(reader->arg, sentence);
}

const char *lesson_quoted(struct lesson_reader *reader, const char *text)
{
	return text_clean(&reader->lesson->arena, text, strlen(text), QUOTED_BYTES);
}

/* Lines of one paragraph become one line; commands, and what follows them, keep theirs. */
static const char *joint(const struct lesson_block *block, bool command)
{
	if (!block->used)
		return "";
	if (block->parted)
		return "\n\n";
	return command || block->command ? "\n" : " ";
}

static void add_text(struct lesson_reader *reader, const char *text)
{
	struct lesson_block *block = &reader->block;
	const bool command = text_begins(text, "$ ");
	const char *between = joint(block, command);
	const size_t need = strlen(between) + strlen(text);

	if (block->full)
		return;
	if (block->used + need > LESSON_TEXT_BYTES) {
		lesson_complain(reader, reader->line,
			"the text is longer than %d bytes; make two steps of it",
			LESSON_TEXT_BYTES);
		block->full = true;
		return;
	}
	block->used += (size_t)sprintf(block->text + block->used, "%s%s", between, text);
	block->parted = false;
	block->command = command;
}

static void end_block(struct lesson_reader *reader)
{
	if (reader->block.open)
		lesson_take_text(reader, &reader->block);
	reader->block.open = false;
}

/* Does the line belong to the text that is open? */
static bool in_block(struct lesson_reader *reader, const char *text, int indent)
{
	struct lesson_block *block = &reader->block;

	if (!block->open)
		return false;
	if (!*text) {
		block->parted = true;
		return true;
	}
	if (indent <= block->indent)
		return *text == '#';
	add_text(reader, text);
	return true;
}

static void begin_block(struct lesson_reader *reader, enum lesson_word word, int indent)
{
	struct lesson_block *block = &reader->block;

	*block = (struct lesson_block){
		.open = true, .word = word, .line = reader->line, .indent = indent
	};
}

/* A line without its indentation and the blanks at its end; what cannot be shown becomes '?'. */
static char *clean_line(struct lesson_reader *reader, const char *line, size_t len)
{
	struct arena *arena = &reader->lesson->arena;
	char *blanks = memcpy(arena_alloc(arena, len + 1), line, len), *clean;

	while (len && strchr(" \t\r", blanks[len - 1]) && blanks[len - 1])
		len--;
	for (size_t i = 0; i < len; i++)
		if (blanks[i] == '\t')
			blanks[i] = ' ';
	clean = text_clean(arena, blanks, len, LESSON_LINE_BYTES);
	if (strlen(clean) != len || memcmp(clean, blanks, len))
		lesson_complain(reader, reader->line,
			"a character cannot be shown; write UTF-8 without control characters");
	return clean;
}

static size_t indentation(const char *line, size_t len, int *cols)
{
	size_t n = 0;

	for (*cols = 0; n < len && (line[n] == ' ' || line[n] == '\t'); n++)
		*cols += line[n] == '\t' ? TAB_COLS - *cols % TAB_COLS : 1;
	return n;
}

static void read_line(struct lesson_reader *reader, const char *line, size_t len)
{
	int indent;
	const size_t blanks = indentation(line, len, &indent);
	enum lesson_word word;
	char *text, *value;

	if (len > LESSON_LINE_BYTES) {
		lesson_complain(reader, reader->line, "the line is longer than %d bytes; break it",
			LESSON_LINE_BYTES);
		return;
	}
	text = clean_line(reader, line + blanks, len - blanks);
	if (in_block(reader, text, indent) || !*text || *text == '#')
		return;
	end_block(reader);
	value = text + strcspn(text, " ");
	if (*value)
		*value++ = '\0';
	value += strspn(value, " ");
	if (!lesson_take_word(reader, text, value, &word))
		return;
	begin_block(reader, word, indent);
	if (*value)
		add_text(reader, value);
}

static bool next_line(const char **text, size_t *left, const char **line, size_t *len)
{
	const char *end;

	if (!*left)
		return false;
	end = memchr(*text, '\n', *left);
	*line = *text;
	*len = end ? (size_t)(end - *text) : *left;
	*text += *len + (end != NULL);
	*left -= *len + (end != NULL);
	return true;
}

/* What is no lesson at all is told once, and not line by line. */
static bool begins_as_lesson(struct lesson_reader *reader, const char *text, size_t left)
{
	static const char word[] = { 'l', 'e', 's', 's', 'o', 'n' };
	const char *line;
	size_t len;

	while (next_line(&text, &left, &line, &len)) {
		int indent;
		const size_t blanks = indentation(line, len, &indent);

		reader->line++;
		if (blanks < len && line[blanks] != '#' && line[blanks] != '\r')
			return len - blanks > sizeof(word) &&
			       !memcmp(line + blanks, word, sizeof(word)) &&
			       strchr(" \t", line[blanks + sizeof(word)]);
	}
	return false;
}

static void read_all(struct lesson_reader *reader, const char *text, size_t left)
{
	const char *line;
	size_t len;

	if (!begins_as_lesson(reader, text, left)) {
		lesson_complain(reader, reader->line ? reader->line : 1,
			"a lesson begins with \"lesson NAME\"; see parallax-lesson(5)");
		return;
	}
	for (reader->line = 0; next_line(&text, &left, &line, &len);) {
		reader->line++;
		read_line(reader, line, len);
	}
	end_block(reader);
	lesson_check_step(reader);
	lesson_check_head(reader);
}

static const char *beside(struct arena *arena, const char *path, const char *name)
{
	const char *slash = strrchr(path, '/');

	return arena_printf(arena, "%.*s%s", slash ? (int)(slash + 1 - path) : 0, path, name);
}

struct lesson *lesson_parse(const char *text, size_t len, const char *path,
	const struct lesson_words *words, lesson_report *report, void *arg)
{
	static const struct lesson_words any;
	struct lesson *lesson = xcalloc(1, sizeof(*lesson));
	struct lesson_reader *reader = xcalloc(1, sizeof(*reader));
	int mistakes;

	reader->lesson = lesson;
	reader->words = words ? words : &any;
	reader->file = text_clean(&lesson->arena, path, strlen(path), PATH_BYTES);
	reader->report = report;
	reader->arg = arg;
	read_all(reader, text, len);
	mistakes = reader->mistakes;
	if (report && mistakes > LESSON_MISTAKES)
		report(arg, arena_printf(&lesson->arena, "%s: %d more mistakes are not shown",
				    reader->file, mistakes - LESSON_MISTAKES));
	free(reader);
	if (mistakes) {
		lesson_free(lesson);
		return NULL;
	}
	lesson->recording_path = beside(&lesson->arena, path, lesson->recording);
	return lesson;
}

void lesson_free(struct lesson *lesson)
{
	if (!lesson)
		return;
	free(lesson->step);
	arena_release(&lesson->arena);
	free(lesson);
}
