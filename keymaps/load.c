// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "keymaps/binding.h"
#include "probes/text.h"

enum { FILE_MAX = 64 * 1024, LINE_MAX_BYTES = 256, WORDS = 4, SHOWN = 32, PLACES_MAX = 256 };

struct loader {
	struct keymap *map;
	const char *file;
	int line, bad;
	keymap_report *report;
	void *arg;
};

static void complain(struct loader *loader, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static void complain(struct loader *loader, const char *fmt, ...)
{
	char sentence[512];
	int used;
	va_list ap;

	loader->bad++;
	if (!loader->report)
		return;
	used = snprintf(sentence, sizeof(sentence), "%s:%d: ", loader->file, loader->line);
	if (used < 0 || (size_t)used >= sizeof(sentence))
		used = 0;
	va_start(ap, fmt);
	vsnprintf(sentence + used, sizeof(sentence) - (size_t)used, fmt, ap);
	va_end(ap);
	loader->report(loader->arg, sentence);
}

/* A word of the file as it may be shown: short, and nothing a terminal would obey. */
static const char *shown(const char *word, char *buf)
{
	size_t n = 0;

	for (; word[n] && n < SHOWN - 1; n++)
		buf[n] = word[n] > ' ' && word[n] < 0x7f ? word[n] : '?';
	buf[n] = '\0';
	return buf;
}

static const char *nearest_action(const char *name)
{
	size_t best = 3;
	const char *found = NULL;

	for (size_t i = 0; i < ACTION_COUNT; i++) {
		size_t d = text_distance(name, action_info[i].name);

		if (d < best) {
			best = d;
			found = action_info[i].name;
		}
	}
	return found;
}

static bool parse_action(struct loader *loader, const char *name, enum action *action)
{
	const char *near;
	char word[SHOWN];

	for (size_t i = 0; i < ACTION_COUNT; i++) {
		if (strcmp(name, action_info[i].name) == 0) {
			*action = (enum action)i;
			return true;
		}
	}
	near = nearest_action(name);
	if (near)
		complain(loader, "unknown action \"%s\"; did you mean \"%s\"?", shown(name, word),
			near);
	else
		complain(loader, "unknown action \"%s\"; parallax-keys(5) lists them",
			shown(name, word));
	return false;
}

static bool parse_key(struct loader *loader, const char *text, unsigned *key)
{
	char word[SHOWN];

	*key = key_parse(text);
	if (!*key)
		complain(loader,
			"unknown key \"%s\"; a key is one character, or Space, Enter, PgUp, F1, "
			"..., or C-x, M-x",
			shown(text, word));
	return *key != 0;
}

static bool check_place(struct loader *loader, const char *where)
{
	const char *const *place = loader->map->places;
	char list[PLACES_MAX] = "global", word[SHOWN];
	size_t used = strlen(list);

	if (strcmp(where, "global") == 0)
		return true;
	for (; place && *place; place++) {
		if (strcmp(where, *place) == 0)
			return true;
		if (used + strlen(*place) + 3 < sizeof(list))
			used += (size_t)snprintf(list + used, sizeof(list) - used, ", %s", *place);
	}
	complain(loader, "unknown place \"%s\"; places are %s", shown(where, word), list);
	return false;
}

static void *grown(void *old, size_t size)
{
	void *p = realloc(old, size);

	if (!p)
		abort();
	return p;
}

static void bind_key(struct loader *loader, const char *where, unsigned key, enum action action)
{
	struct keymap *map = loader->map;
	struct binding *binding = keymap_find(map, where, key);
	char name[SHOWN];

	if (binding && binding->file == map->files)
		complain(loader, "%s is bound in %s already, by line %d; the last one counts",
			key_format_ascii(key, name, sizeof(name)), where, binding->line);
	if (!binding) {
		map->binding = grown(map->binding, (map->n_binding + 1) * sizeof(*map->binding));
		binding = &map->binding[map->n_binding++];
		binding->where = strcpy(grown(NULL, strlen(where) + 1), where);
		binding->key = key;
	}
	binding->action = action;
	binding->file = map->files;
	binding->line = loader->line;
}

static size_t split(char *line, char **word, size_t max)
{
	size_t n = 0;
	char *rest = NULL;

	for (char *w = strtok_r(line, " \t\r", &rest); w; w = strtok_r(NULL, " \t\r", &rest)) {
		if (n == max)
			return max + 1;
		word[n++] = w;
	}
	return n;
}

static void load_line(struct loader *loader, const char *text, size_t len)
{
	char line[LINE_MAX_BYTES], *word[WORDS];
	enum action action;
	unsigned key;
	size_t n;

	if (len >= sizeof(line)) {
		complain(loader, "the line is longer than %d characters", LINE_MAX_BYTES - 1);
		return;
	}
	memcpy(line, text, len);
	line[len] = '\0';
	n = split(line, word, WORDS);
	if (n == 0 || word[0][0] == '#')
		return;
	if (n != WORDS || strcmp(word[0], "bind") != 0) {
		complain(loader, "a line is \"bind PLACE KEY ACTION\", or a comment after #");
		return;
	}
	if (check_place(loader, word[1]) && parse_key(loader, word[2], &key) &&
		parse_action(loader, word[3], &action))
		bind_key(loader, word[1], key, action);
}

int keymap_load_text(
	struct keymap *map, const char *text, const char *file, keymap_report *report, void *arg)
{
	struct loader loader = { .map = map, .file = file, .report = report, .arg = arg };

	map->files++;
	while (*text) {
		size_t len = strcspn(text, "\n");

		loader.line++;
		load_line(&loader, text, len);
		text += len + (text[len] == '\n');
	}
	return loader.bad;
}

static int fail(const char *path, int code, const char *why, keymap_report *report, void *arg)
{
	char sentence[512];

	snprintf(sentence, sizeof(sentence), "cannot read keys from \"%s\": %s", path, why);
	if (report)
		report(arg, sentence);
	return code;
}

int keymap_load_file(struct keymap *map, const char *path, keymap_report *report, void *arg)
{
	char *text;
	size_t len;
	FILE *file = fopen(path, "re");
	int ret;

	if (!file)
		return fail(path, -errno, strerror(errno), report, arg);
	text = grown(NULL, FILE_MAX + 1);
	errno = 0;
	len = fread(text, 1, FILE_MAX + 1, file);
	if (ferror(file))
		ret = fail(path, -EIO, strerror(errno), report, arg);
	else if (len > FILE_MAX)
		ret = fail(
			path, -EFBIG, "it is larger than 64 KiB, so it is no keymap", report, arg);
	else if (memchr(text, '\0', len))
		ret = fail(path, -EINVAL, "it is no text file", report, arg);
	else {
		text[len] = '\0';
		ret = keymap_load_text(map, text, path, report, arg);
	}
	fclose(file);
	free(text);
	return ret;
}
