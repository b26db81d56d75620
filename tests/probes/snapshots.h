/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_TESTS_SNAPSHOTS_H
#define PARALLAX_TESTS_SNAPSHOTS_H

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "probes/json.h"
#include "probes/schema.h"
#include "probes/snapshot.h"
#include "probes/text.h"

/* Random snapshots, made from the schema itself so that no new field is forgotten, and equality. */

static inline uint64_t random_next(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

static inline double random_f64(uint64_t *seed)
{
	static const double special[] = { 0, -0.0, 1, 100, 1e-7, 0.000001, 1795215148.234567, 0.94,
		-99.999999, 4294967295.999999, 4294967296, 9e15, 1e19, 1.7e308, -1e25, INFINITY };
	uint64_t kind = random_next(seed) % 4;

	if (kind == 0)
		return NAN;
	if (kind == 1)
		return special[random_next(seed) % (sizeof(special) / sizeof(special[0]))];
	return (double)(random_next(seed) % 20000000) / (double)(1 + random_next(seed) % 100000);
}

static inline uint64_t random_u64(uint64_t *seed)
{
	static const uint64_t special[] = { 0, 1, UINT32_MAX, 1ull << 53, (1ull << 53) + 1,
		INT64_MAX, 1ull << 63, UNKNOWN_U64 - 1, UNKNOWN_U64 };

	if (random_next(seed) % 2)
		return special[random_next(seed) % (sizeof(special) / sizeof(special[0]))];
	return random_next(seed) >> (random_next(seed) % 64);
}

/* As hostile as it gets, then cleaned: that is what a snapshot may hold. */
static inline char *random_str(uint64_t *seed, struct arena *arena)
{
	static const char *const pieces[] = { "\"", "\\", "\\u0000", "\n", "\033[2J", "web-03", "/",
		"\xc3\xbc", "\xe6\x97\xa5", "\xf0\x9f\x90\xa7", "\xff", "\xe2\x80\xae", "</script>",
		"{}", "%s%n", "\x7f", " " };
	char bytes[256] = "";

	for (uint64_t n = random_next(seed) % 12; n > 0; n--)
		strcat(bytes, pieces[random_next(seed) % (sizeof(pieces) / sizeof(pieces[0]))]);
	return text_clean(arena, bytes, strlen(bytes), 200);
}

static inline void random_object(
	uint64_t *seed, struct arena *arena, const struct schema *schema, void *object);

static inline void random_list(
	uint64_t *seed, struct arena *arena, const struct field *field, void *object)
{
	size_t n = random_next(seed) % 4;
	char *items = n ? arena_array(arena, n, field->of->size) : NULL;

	*(char **)((char *)object + field->offset) = items;
	*(size_t *)((char *)object + field->count_offset) = n;
	for (size_t i = 0; i < n; i++) {
		char *item = items + i * field->of->size;

		random_object(seed, arena, field->of, item);
		if (field_has_keys(field))
			*(char **)(item + field->of->field[0].offset) =
				arena_printf(arena, "%zu%s", i, random_str(seed, arena));
	}
}

static inline void random_value(
	uint64_t *seed, struct arena *arena, const struct field *field, void *object)
{
	void *at = (char *)object + field->offset;
	int words = 0;

	switch (field->kind) {
	case FIELD_F64:
		*(double *)at = random_f64(seed);
		return;
	case FIELD_U64:
		*(uint64_t *)at = random_u64(seed);
		return;
	case FIELD_STR:
		*(char **)at = random_next(seed) % 3 ? random_str(seed, arena) : NULL;
		return;
	case FIELD_BOOL:
		*(bool *)at = random_next(seed) % 2;
		return;
	case FIELD_ENUM:
		while (field->words[words])
			words++;
		*(int *)at = (int)(random_next(seed) % (uint64_t)words);
		return;
	case FIELD_OBJECT:
		random_object(seed, arena, field->of, at);
		return;
	case FIELD_ARRAY:
	case FIELD_KEYED:
	case FIELD_MAP:
	case FIELD_PLAIN:
		random_list(seed, arena, field, object);
		return;
	}
}

static inline void random_object(
	uint64_t *seed, struct arena *arena, const struct schema *schema, void *object)
{
	for (size_t i = 0; i < schema->n_field; i++)
		random_value(seed, arena, &schema->field[i], object);
}

static inline void random_snapshot(uint64_t seed, struct snapshot *snap)
{
	snapshot_clear(snap);
	random_object(&seed, &snap->arena, &schema_snapshot, snap);
	snap->parallax = SNAPSHOT_VERSION;
	schema_round(&schema_snapshot, snap);
}

static inline bool same_str(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

/* The first field that differs, or NULL. */
static inline const struct field *different(
	const struct schema *schema, const void *a, const void *b);

static inline const struct field *different_list(
	const struct field *field, const void *a, const void *b)
{
	const char *left = *(char *const *)((const char *)a + field->offset);
	const char *right = *(char *const *)((const char *)b + field->offset);
	size_t n = *(const size_t *)((const char *)a + field->count_offset);

	if (n != *(const size_t *)((const char *)b + field->count_offset))
		return field;
	for (size_t i = 0; i < n; i++) {
		size_t at = i * field->of->size;
		const struct field *inner = different(field->of, left + at, right + at);

		if (inner)
			return inner;
	}
	return NULL;
}

static inline const struct field *different_value(
	const struct field *field, const void *a, const void *b)
{
	const void *left = (const char *)a + field->offset,
		   *right = (const char *)b + field->offset;
	bool same = false;

	switch (field->kind) {
	case FIELD_F64:
		same = *(const double *)left == *(const double *)right ||
		       (isnan(*(const double *)left) && isnan(*(const double *)right));
		break;
	case FIELD_U64:
		same = *(const uint64_t *)left == *(const uint64_t *)right;
		break;
	case FIELD_STR:
		same = same_str(*(char *const *)left, *(char *const *)right);
		break;
	case FIELD_BOOL:
		same = *(const bool *)left == *(const bool *)right;
		break;
	case FIELD_ENUM:
		same = *(const int *)left == *(const int *)right;
		break;
	case FIELD_OBJECT:
		return different(field->of, left, right);
	case FIELD_ARRAY:
	case FIELD_KEYED:
	case FIELD_MAP:
	case FIELD_PLAIN:
		return different_list(field, a, b);
	}
	return same ? NULL : field;
}

static inline const struct field *different(
	const struct schema *schema, const void *a, const void *b)
{
	for (size_t i = 0; i < schema->n_field; i++) {
		const struct field *field = different_value(&schema->field[i], a, b);

		if (field)
			return field;
	}
	return NULL;
}

/* The line that json_write makes; free it. */
static inline char *written(const struct snapshot *snap, size_t *len)
{
	char *line = NULL;
	FILE *stream = open_memstream(&line, len);

	if (!stream || json_write(stream, snap) != 0 || fclose(stream) != 0)
		abort();
	return line;
}

#endif
