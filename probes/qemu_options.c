// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/qemu_options.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum { KEY_BYTES = 96, DEPTH_MOST = 8, JSON_MOST = 64 * 1024 };

static void add(struct qemu_options *out, const char *key, const char *value)
{
	if (out->n == QEMU_OPTIONS_MOST)
		return;
	out->key[out->n] = key;
	out->value[out->n++] = value;
}

static const char *copy(struct arena *arena, struct span span)
{
	size_t size = span.len + 1 < QEMU_VALUE_BYTES ? span.len + 1 : QEMU_VALUE_BYTES;
	char *text = arena_alloc(arena, size);

	span_copy(text, size, span);
	return text;
}

/* A scalar in the words of the other form; NULL: it is none. */
static const char *json_word(struct arena *arena, const json_t *value)
{
	if (json_is_string(value))
		return arena_printf(arena, "%.*s", QEMU_VALUE_BYTES - 1, json_string_value(value));
	if (json_is_integer(value))
		return arena_printf(arena, "%lld", (long long)json_integer_value(value));
	if (json_is_boolean(value))
		return json_is_true(value) ? "on" : "off";
	return NULL;
}

static void add_json(struct qemu_options *out, struct arena *arena, const char *prefix,
	json_t *value, unsigned depth)
{
	const char *word = json_word(arena, value), *key;
	json_t *item;
	size_t i;

	if (word)
		add(out, prefix, word);
	if (depth == DEPTH_MOST || out->n == QEMU_OPTIONS_MOST)
		return;
	json_object_foreach(value, key, item)
	{
		if (strlen(prefix) + strlen(key) < KEY_BYTES)
			add_json(out, arena,
				arena_printf(arena, "%s%s%s", prefix, *prefix ? "." : "", key),
				item, depth + 1);
	}
	json_array_foreach(value, i, item)
	{
		if (i < QEMU_OPTIONS_MOST)
			add_json(out, arena, arena_printf(arena, "%s.%zu", prefix, i), item,
				depth + 1);
	}
}

static void parse_json(struct qemu_options *out, struct arena *arena, struct span argument)
{
	json_t *root =
		argument.len <= JSON_MOST ? json_loadb(argument.text, argument.len, 0, NULL) : NULL;

	if (root)
		add_json(out, arena, "", root, 0);
	json_decref(root);
}

void qemu_options_parse(
	struct qemu_options *out, struct arena *arena, struct span argument, const char *first)
{
	struct span rest = argument, item, key, value;

	out->n = 0;
	if (argument.len && argument.text[0] == '{') {
		parse_json(out, arena, argument);
		return;
	}
	for (; item_next(&rest, &item); first = NULL) {
		item_split(item, &key, &value);
		if (key.len && key.len < KEY_BYTES)
			add(out, copy(arena, key), copy(arena, value));
		else if (key.len == 0 && first)
			add(out, first, copy(arena, value));
		else if (key.len == 0) /* a bare word turns something on */
			add(out, copy(arena, value), "on");
	}
}

const char *qemu_option(const struct qemu_options *options, const char *prefix, const char *key)
{
	size_t len = strlen(prefix);

	for (size_t i = 0; i < options->n; i++)
		if (strncmp(options->key[i], prefix, len) == 0 &&
			strcmp(options->key[i] + len, key) == 0)
			return options->value[i];
	return NULL;
}

bool qemu_option_on(const struct qemu_options *options, const char *prefix, const char *key)
{
	const char *value = qemu_option(options, prefix, key);

	return value && (strcmp(value, "on") == 0 || strcmp(value, "yes") == 0 ||
				strcmp(value, "true") == 0 || strcmp(value, "y") == 0);
}

uint64_t qemu_option_u64(const struct qemu_options *options, const char *prefix, const char *key)
{
	const char *value = qemu_option(options, prefix, key);

	return value && *value >= '0' && *value <= '9' ? strtoull(value, NULL, 10) : 0;
}

bool qemu_option_begins(const struct qemu_options *options, const char *prefix)
{
	for (size_t i = 0; i < options->n; i++)
		if (strncmp(options->key[i], prefix, strlen(prefix)) == 0)
			return true;
	return false;
}
