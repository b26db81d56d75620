// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/pack_known.h"

#include <stdlib.h>
#include <string.h>

enum { SLOTS_LEAST = 256 };

void known_clear(struct known *known)
{
	known->n = 0;
	if (known->slot)
		memset(known->slot, 0, known->slots * sizeof(*known->slot));
	arena_clear(&known->arena);
}

void known_release(struct known *known)
{
	free(known->text);
	free(known->slot);
	arena_release(&known->arena);
}

/* FNV-1a: they are short, and half of them are words of ours. */
static uint32_t hash(const char *text)
{
	uint32_t sum = 2166136261u;

	for (; *text; text++)
		sum = (sum ^ (unsigned char)*text) * 16777619u;
	return sum;
}

static uint32_t *slot_of(const struct known *known, const char *text)
{
	size_t i = hash(text) & (known->slots - 1);

	while (known->slot[i] && strcmp(known->text[known->slot[i] - 1], text) != 0)
		i = (i + 1) & (known->slots - 1);
	return &known->slot[i];
}

static void known_grow(struct known *known)
{
	if (known->n * 2 < known->slots)
		return;
	free(known->slot);
	known->slots = known->slots ? known->slots * 2 : SLOTS_LEAST;
	known->slot = xcalloc(known->slots, sizeof(*known->slot));
	for (size_t i = 0; i < known->n; i++)
		*slot_of(known, known->text[i]) = (uint32_t)i + 1;
}

void known_add(struct known *known, const char *text, size_t len)
{
	char *own = arena_alloc(&known->arena, len + 1);

	memcpy(own, text, len);
	known->text = xgrow(known->text, known->n + 1, &known->cap, sizeof(*known->text));
	known->text[known->n++] = own;
}

uint32_t known_number(struct known *known, const char *text, size_t len)
{
	uint32_t *slot;

	known_grow(known);
	slot = slot_of(known, text);
	if (!*slot) {
		known_add(known, text, len);
		*slot = (uint32_t)known->n;
	}
	return *slot;
}
