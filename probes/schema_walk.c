// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/schema.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>

#include "probes/vm.h"

bool field_is_list(const struct field *field)
{
	return field->kind == FIELD_ARRAY || field->kind == FIELD_PLAIN || field_has_keys(field);
}

bool field_has_objects(const struct field *field)
{
	return field->kind == FIELD_ARRAY || field->kind == FIELD_KEYED;
}

bool field_has_keys(const struct field *field)
{
	return field->kind == FIELD_KEYED || field->kind == FIELD_MAP;
}

static void field_init(const struct field *field, void *object)
{
	void *at = (char *)object + field->offset;

	switch (field->kind) {
	case FIELD_F64:
		*(double *)at = NAN;
		return;
	case FIELD_U64:
		*(uint64_t *)at = UNKNOWN_U64;
		return;
	case FIELD_STR:
		*(const char **)at = NULL;
		return;
	case FIELD_BOOL:
		*(bool *)at = false;
		return;
	case FIELD_ENUM:
		*(int *)at = 0;
		return;
	case FIELD_OBJECT:
		schema_init(field->of, at);
		return;
	case FIELD_ARRAY:
	case FIELD_KEYED:
	case FIELD_MAP:
	case FIELD_PLAIN:
		*(void **)at = NULL;
		*(size_t *)((char *)object + field->count_offset) = 0;
		return;
	}
}

void schema_init(const struct schema *schema, void *object)
{
	for (size_t i = 0; i < schema->n_field; i++)
		field_init(&schema->field[i], object);
}

/*
 * The quotient of an integer and 1e6 is the double nearest to that decimal fraction, which is
 * what reading it back gives. From 2^32 on, where that would end, nobody misses a fraction.
 */
static double round6(double value)
{
	if (!isfinite(value))
		return NAN;
	if (fabs(value) >= 4294967296.0)
		return rint(value);
	return rint(value * 1e6) / 1e6 + 0.0; /* + 0.0: no negative zero */
}

static void list_round(const struct field *field, void *object)
{
	char *item = *(char **)((char *)object + field->offset);
	size_t count = *(size_t *)((char *)object + field->count_offset);

	for (size_t i = 0; i < count; i++)
		schema_round(field->of, item + i * field->of->size);
}

static void field_round(const struct field *field, void *object)
{
	void *at = (char *)object + field->offset;

	switch (field->kind) {
	case FIELD_F64:
		*(double *)at = round6(*(double *)at);
		return;
	case FIELD_U64:
		if (*(uint64_t *)at > INT64_MAX)
			*(uint64_t *)at = UNKNOWN_U64;
		return;
	case FIELD_OBJECT:
		schema_round(field->of, at);
		return;
	case FIELD_ARRAY:
	case FIELD_KEYED:
	case FIELD_MAP:
	case FIELD_PLAIN:
		list_round(field, object);
		return;
	case FIELD_STR:
	case FIELD_BOOL:
	case FIELD_ENUM:
		return;
	}
}

void schema_round(const struct schema *schema, void *object)
{
	for (size_t i = 0; i < schema->n_field; i++)
		field_round(&schema->field[i], object);
}
