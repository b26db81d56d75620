// SPDX-License-Identifier: GPL-2.0-or-later
#include "keymaps/keymap.h"

#include <stdlib.h>
#include <string.h>

#include "keymaps/binding.h"
#include "keymaps/builtin.h"

const char *const keymap_builtin_names[] = { "default", "vi", "emacs", NULL };

struct keymap *keymap_new(void)
{
	struct keymap *map = calloc(1, sizeof(*map));

	if (!map)
		abort();
	return map;
}

void keymap_free(struct keymap *map)
{
	if (!map)
		return;
	for (size_t i = 0; i < map->n_binding; i++)
		free(map->binding[i].where);
	free(map->binding);
	free(map);
}

const char *keymap_builtin(const char *name)
{
	for (const struct keymap_file *file = keymap_files; file->name; file++)
		if (strcmp(file->name, name) == 0)
			return file->text;
	return NULL;
}

void keymap_set_places(struct keymap *map, const char *const *places)
{
	map->places = places;
}

struct binding *keymap_find(const struct keymap *map, const char *where, unsigned key)
{
	for (size_t i = 0; i < map->n_binding; i++)
		if (map->binding[i].key == key && strcmp(map->binding[i].where, where) == 0)
			return &map->binding[i];
	return NULL;
}

/* The binding that counts. */
static const struct binding *binding_of(
	const struct keymap *map, struct keymap_place place, unsigned key)
{
	const struct binding *binding = keymap_find(map, place.where, key);

	if (!binding && place.mode)
		binding = keymap_find(map, place.mode, key);
	return binding ? binding : keymap_find(map, "global", key);
}

enum action keymap_action(const struct keymap *map, struct keymap_place place, unsigned key)
{
	const struct binding *binding = binding_of(map, place, key);

	return binding ? binding->action : ACTION_NONE;
}

size_t keymap_keys(const struct keymap *map, struct keymap_place place, enum action action,
	unsigned *keys, size_t max)
{
	size_t n = 0;

	if (action == ACTION_NONE)
		return 0;
	for (size_t i = 0; i < map->n_binding && n < max; i++)
		if (map->binding[i].action == action &&
			binding_of(map, place, map->binding[i].key) == &map->binding[i])
			keys[n++] = map->binding[i].key;
	return n;
}
