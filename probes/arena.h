/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_ARENA_H
#define PARALLAX_ARENA_H

#include <stddef.h>

/*
 * Memory that is freed all at once: everything a snapshot holds lives in its
 * arena. A zeroed struct arena is ready for use. Running out of memory is
 * fatal (err.h, die), so none of these returns NULL.
 */
struct arena_chunk;

struct arena {
	struct arena_chunk *chunk; /* newest first */
	size_t used;		   /* bytes handed out since the last clear */
};

/* Zeroed, aligned for any type, valid until clear or release. size 0 is allowed. */
void *arena_alloc(struct arena *arena, size_t size);
/* count * size, fatal on overflow. */
void *arena_array(struct arena *arena, size_t count, size_t size);
/* A copy of text; NULL gives NULL. */
char *arena_strdup(struct arena *arena, const char *text);
char *arena_printf(struct arena *arena, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Forget everything; memory for as much stays for the next round. */
void arena_clear(struct arena *arena);
/* Free everything; the arena may be used again. */
void arena_release(struct arena *arena);

/* malloc family that ends the program instead of returning NULL; free() with free(). */
void *xcalloc(size_t count, size_t size);
void *xrealloc_array(void *old, size_t count, size_t size);
/* The array with room for need elements: moved, and *cap raised, when it had less. */
void *xgrow(void *array, size_t need, size_t *cap, size_t size);
char *xstrdup(const char *text);

#endif
