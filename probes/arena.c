// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/arena.h"
#include "probes/err.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNK_BYTES = 64 * 1024 };

struct arena_chunk {
	struct arena_chunk *next;
	size_t size, used;
	alignas(max_align_t) char data[];
};

void *xcalloc(size_t count, size_t size)
{
	void *p = calloc(count ? count : 1, size ? size : 1);

	if (!p)
		die("out of memory (%zu times %zu bytes)", count, size);
	return p;
}

void *xrealloc_array(void *old, size_t count, size_t size)
{
	void *p = reallocarray(old, count ? count : 1, size ? size : 1);

	if (!p)
		die("out of memory (%zu times %zu bytes)", count, size);
	return p;
}

void *xgrow(void *array, size_t need, size_t *cap, size_t size)
{
	enum { LEAST = 16 };

	if (need <= *cap)
		return array;
	*cap = need < LEAST ? LEAST : 2 * need;
	return xrealloc_array(array, *cap, size);
}

char *xstrdup(const char *text)
{
	char *copy = strdup(text);

	if (!copy)
		die("out of memory (%zu bytes)", strlen(text) + 1);
	return copy;
}

static struct arena_chunk *chunk_new(size_t size, struct arena_chunk *next)
{
	struct arena_chunk *chunk = xcalloc(1, sizeof(*chunk) + size);

	chunk->size = size;
	chunk->next = next;
	return chunk;
}

void *arena_alloc(struct arena *arena, size_t size)
{
	size_t align = alignof(max_align_t);
	struct arena_chunk *chunk = arena->chunk;
	void *p;

	if (size > SIZE_MAX / 2)
		die("out of memory (%zu bytes)", size);
	size = (size + align - 1) / align * align;
	if (!chunk || chunk->size - chunk->used < size) {
		chunk = chunk_new(size > CHUNK_BYTES ? size : CHUNK_BYTES, arena->chunk);
		arena->chunk = chunk;
	}
	p = chunk->data + chunk->used;
	chunk->used += size;
	arena->used += size;
	return p;
}

void *arena_array(struct arena *arena, size_t count, size_t size)
{
	if (size && count > SIZE_MAX / 2 / size)
		die("out of memory (%zu times %zu bytes)", count, size);
	return arena_alloc(arena, count * size);
}

char *arena_strdup(struct arena *arena, const char *text)
{
	size_t size;

	if (!text)
		return NULL;
	size = strlen(text) + 1;
	return memcpy(arena_alloc(arena, size), text, size);
}

char *arena_printf(struct arena *arena, const char *fmt, ...)
{
	va_list ap;
	char *text;
	int len;

	va_start(ap, fmt);
	len = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (len < 0)
		die("cannot format \"%s\"", fmt);
	text = arena_alloc(arena, (size_t)len + 1);
	va_start(ap, fmt);
	vsnprintf(text, (size_t)len + 1, fmt, ap);
	va_end(ap);
	return text;
}

static void chunks_free(struct arena_chunk *chunk)
{
	while (chunk) {
		struct arena_chunk *next = chunk->next;

		free(chunk);
		chunk = next;
	}
}

void arena_clear(struct arena *arena)
{
	struct arena_chunk *keep = arena->chunk;

	arena->used = 0;
	if (!keep)
		return;
	chunks_free(keep->next);
	keep->next = NULL;
	memset(keep->data, 0, keep->used);
	keep->used = 0;
}

void arena_release(struct arena *arena)
{
	chunks_free(arena->chunk);
	*arena = (struct arena){ 0 };
}
