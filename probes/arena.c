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

/* Up to where the next thing of any type may begin. */
static size_t whole(size_t size)
{
	const size_t align = alignof(max_align_t);

	return (size + align - 1) / align * align;
}

static struct arena_chunk *chunk_new(size_t size, struct arena_chunk *next)
{
	struct arena_chunk *chunk;

	size = whole(size);
	chunk = xcalloc(1, sizeof(*chunk) + size);

	chunk->size = size;
	chunk->next = next;
	return chunk;
}

static size_t room(const struct arena_chunk *chunk)
{
	return chunk ? chunk->size - chunk->used : 0;
}

/* size bytes that begin anywhere. */
static char *take(struct arena *arena, size_t size)
{
	struct arena_chunk *chunk = arena->chunk;

	if (size > SIZE_MAX / 2)
		die("out of memory (%zu bytes)", size);
	if (!chunk || room(chunk) < size) {
		chunk = chunk_new(size > CHUNK_BYTES ? size : CHUNK_BYTES, chunk);
		arena->chunk = chunk;
	}
	chunk->used += size;
	arena->used += size;
	return chunk->data + chunk->used - size;
}

void *arena_alloc(struct arena *arena, size_t size)
{
	if (arena->chunk)
		arena->chunk->used = whole(arena->chunk->used);
	return take(arena, size);
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
	return memcpy(take(arena, size), text, size);
}

/* Mostly there is room for it: then it is formatted once. */
char *arena_printf(struct arena *arena, const char *fmt, ...)
{
	struct arena_chunk *chunk = arena->chunk;
	size_t left = room(chunk);
	va_list ap;
	char *text;
	int len;

	va_start(ap, fmt);
	len = vsnprintf(chunk ? chunk->data + chunk->used : NULL, left, fmt, ap);
	va_end(ap);
	if (len < 0)
		die("cannot format \"%s\"", fmt);
	text = take(arena, (size_t)len + 1);
	if ((size_t)len < left)
		return text;
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

/* The next round takes as much, mostly: in one piece, nothing is given back and asked for anew. */
void arena_clear(struct arena *arena)
{
	struct arena_chunk *keep = arena->chunk;
	size_t used = 0;

	arena->used = 0;
	for (const struct arena_chunk *chunk = keep; chunk; chunk = chunk->next)
		used += chunk->used;
	if (keep && !keep->next && (keep->size == CHUNK_BYTES || used > keep->size / 4)) {
		memset(keep->data, 0, keep->used);
		keep->used = 0;
		return;
	}
	arena_release(arena);
	if (used > CHUNK_BYTES)
		arena->chunk = chunk_new(used + used / 8, NULL);
}

void arena_release(struct arena *arena)
{
	chunks_free(arena->chunk);
	*arena = (struct arena){ 0 };
}
