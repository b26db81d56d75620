// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/json.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <string.h>

#include "probes/schema.h"
#include "probes/text.h"

/*
 * A line may come from anybody. These bounds keep what it can cost near what a real one of its
 * length would: the library spends some hundred bytes on each value.
 */
enum {
	LINE_MAX_BYTES = 16 << 20,
	LINE_MAX_VALUES = 1 << 20,
	LIST_MAX = 100000,
	KEYED_MAX = 64,
	TEXT_MAX = 1024
};

/* Where the reader is, as a chain from the innermost member outwards: "vms[3].steal.vcpu". */
struct place {
	const struct place *outer;
	const char *name;
	size_t index; /* NO_INDEX: not in an array */
};
#define NO_INDEX SIZE_MAX

struct reader {
	struct arena *arena;
	struct err *err;
};

static void place_print(const struct place *place, char *buf, size_t size)
{
	size_t len;

	buf[0] = '\0';
	if (!place)
		return;
	place_print(place->outer, buf, size);
	len = strlen(buf);
	snprintf(buf + len, size - len, "%s%s", len ? "." : "", place->name);
	len = strlen(buf);
	if (place->index != NO_INDEX)
		snprintf(buf + len, size - len, "[%zu]", place->index);
}

static int refuse(struct reader *reader, const struct place *place, const char *what)
{
	char where[128];

	place_print(place, where, sizeof(where));
	return err_set(reader->err, -EINVAL, "its member \"%s\" %s", where, what);
}

static int read_item(struct reader *reader, const struct field *field, const json_t *json,
	const struct place *place, void *item);

static int read_f64(
	struct reader *reader, const json_t *json, const struct place *place, double *out)
{
	if (!json_is_number(json))
		return refuse(reader, place, "is no number");
	*out = json_number_value(json);
	return 0;
}

static int read_u64(
	struct reader *reader, const json_t *json, const struct place *place, uint64_t *out)
{
	if (!json_is_integer(json) || json_integer_value(json) < 0)
		return refuse(reader, place, "is no integer from 0 on");
	*out = (uint64_t)json_integer_value(json);
	return 0;
}

static int read_str(
	struct reader *reader, const json_t *json, const struct place *place, const char **out)
{
	if (!json_is_string(json))
		return refuse(reader, place, "is no string");
	*out = text_clean(
		reader->arena, json_string_value(json), json_string_length(json), TEXT_MAX);
	return 0;
}

static int read_bool(
	struct reader *reader, const json_t *json, const struct place *place, bool *out)
{
	if (!json_is_boolean(json))
		return refuse(reader, place, "is neither true nor false");
	*out = json_is_true(json);
	return 0;
}

/* A word from a later program is a member that we do not know: it stays unknown. */
static int read_enum(struct reader *reader, const struct field *field, const json_t *json,
	const struct place *place, int *out)
{
	if (!json_is_string(json))
		return refuse(reader, place, "is no string");
	for (int i = 0; field->words[i]; i++)
		if (*field->words[i] && strcmp(field->words[i], json_string_value(json)) == 0)
			*out = i;
	return 0;
}

/* Room for count items in the list that field describes; the count itself stays 0 for now. */
static char *list_alloc(
	struct reader *reader, const struct field *field, size_t count, void *object)
{
	char *items = count ? arena_array(reader->arena, count, field->of->size) : NULL;

	*(char **)((char *)object + field->offset) = items;
	return items;
}

static size_t *list_count(const struct field *field, void *object)
{
	return (size_t *)((char *)object + field->count_offset);
}

static int read_array(struct reader *reader, const struct field *field, const json_t *json,
	const struct place *place, void *object)
{
	struct place inner = *place;
	size_t *count = list_count(field, object), most = field->most ? field->most : LIST_MAX;
	char *item;

	if (!json_is_array(json))
		return refuse(reader, place, "is no array");
	if (json_array_size(json) > most)
		return refuse(reader, place,
			arena_printf(reader->arena, "has more than %zu items", most));
	item = list_alloc(reader, field, json_array_size(json), object);
	for (size_t i = 0; i < json_array_size(json); i++, item += field->of->size) {
		int rc;

		inner.index = i;
		rc = read_item(reader, field, json_array_get(json, i), &inner, item);
		if (rc < 0)
			return rc;
		(*count)++;
	}
	return 0;
}

/* Cleaning may make two keys the same; the first keeps it, for a key must name one item. */
static bool has_key(const char *items, size_t count, size_t size, size_t offset, const char *key)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(*(const char *const *)(items + i * size + offset), key) == 0)
			return true;
	return false;
}

static int read_keyed(struct reader *reader, const struct field *field, const json_t *json,
	const struct place *place, void *object)
{
	size_t key_offset = field->of->field[0].offset, *count = list_count(field, object);
	const char *key, *items;
	json_t *value;

	if (!json_is_object(json))
		return refuse(reader, place, "is no object");
	if (json_object_size(json) > KEYED_MAX)
		return refuse(reader, place, "has more than 64 members");
	items = list_alloc(reader, field, json_object_size(json), object);
	json_object_foreach((json_t *)json, key, value)
	{
		char *item = (char *)items + *count * field->of->size;
		char *name = text_clean(reader->arena, key, strlen(key), TEXT_MAX);
		struct place inner = { place, name, NO_INDEX };
		int rc;

		if (has_key(items, *count, field->of->size, key_offset, name))
			continue;
		rc = read_item(reader, field, value, &inner, item);
		if (rc < 0)
			return rc;
		*(const char **)(item + key_offset) = name;
		(*count)++;
	}
	return 0;
}

static int read_object(struct reader *reader, const struct schema *schema, size_t first,
	const json_t *json, const struct place *place, void *object);

static int read_value(struct reader *reader, const struct field *field, const json_t *json,
	const struct place *place, void *object)
{
	void *at = (char *)object + field->offset;

	switch (field->kind) {
	case FIELD_F64:
		return read_f64(reader, json, place, at);
	case FIELD_U64:
		return read_u64(reader, json, place, at);
	case FIELD_STR:
		return read_str(reader, json, place, at);
	case FIELD_BOOL:
		return read_bool(reader, json, place, at);
	case FIELD_ENUM:
		return read_enum(reader, field, json, place, at);
	case FIELD_OBJECT:
		return read_object(reader, field->of, 0, json, place, at);
	case FIELD_ARRAY:
	case FIELD_PLAIN:
		return read_array(reader, field, json, place, object);
	case FIELD_KEYED:
	case FIELD_MAP:
		return read_keyed(reader, field, json, place, object);
	}
	return -EINVAL;
}

static int read_object(struct reader *reader, const struct schema *schema, size_t first,
	const json_t *json, const struct place *place, void *object)
{
	schema_init(schema, object);
	if (!json_is_object(json))
		return refuse(reader, place, "is no object");
	for (size_t i = first; i < schema->n_field; i++) {
		const struct field *field = &schema->field[i];
		const json_t *member = json_object_get(json, field->name);
		struct place inner = { place, field->name, NO_INDEX };
		int rc;

		if (!member || json_is_null(member))
			continue;
		rc = read_value(reader, field, member, &inner, object);
		if (rc < 0)
			return rc;
	}
	return 0;
}

/* One item of a list, its key apart. */
static int read_item(struct reader *reader, const struct field *field, const json_t *json,
	const struct place *place, void *item)
{
	const struct schema *of = field->of;

	if (field_has_objects(field))
		return read_object(reader, of, field_has_keys(field) ? 1 : 0, json, place, item);
	schema_init(of, item);
	if (json_is_null(json))
		return 0;
	return read_value(reader, &of->field[of->n_field - 1], json, place, item);
}

static int check_version(const json_t *root, struct err *err)
{
	const json_t *version = json_object_get(root, "parallax");

	if (!json_is_integer(version))
		return err_set(err, -EINVAL,
			"it is no snapshot: no member \"parallax\" tells its version");
	if (json_integer_value(version) == SNAPSHOT_VERSION)
		return 0;
	return err_set(err, -ENOTSUP,
		"it has version %" JSON_INTEGER_FORMAT
		" and this parallax reads version %d; use the parallax that wrote it",
		json_integer_value(version), SNAPSHOT_VERSION);
}

/* Before the library builds anything. Commas inside of strings count too: it is a bound. */
static bool too_many_values(const char *line, size_t len)
{
	size_t count = 0;

	for (size_t i = 0; i < len; i++)
		count += line[i] == ',' || line[i] == '[' || line[i] == '{';
	return count > LINE_MAX_VALUES;
}

static int parse(struct arena *arena, json_t **root, const char *line, size_t len, struct err *err)
{
	json_error_t at;
	bool cut;

	if (len > LINE_MAX_BYTES)
		return err_set(err, -EFBIG, "it is longer than 16 MiB");
	if (too_many_values(line, len))
		return err_set(err, -EFBIG, "it has more than a million values");
	*root = json_loadb(line, len, JSON_ALLOW_NUL, &at);
	if (*root)
		return 0;
	cut = json_error_code(&at) == json_error_premature_end_of_input;
	/* The library's sentence quotes the line. */
	return err_set(err, cut ? -ENODATA : -EINVAL, "it is not JSON: %s, at byte %d",
		text_clean(arena, at.text, strlen(at.text), TEXT_REASON_MAX), at.position);
}

int json_read_object(struct arena *arena, const struct schema *schema, void *object,
	const char *line, size_t len, struct err *err)
{
	struct reader reader = { arena, err };
	json_t *root = NULL;
	int rc = parse(arena, &root, line, len, err);

	if (rc == 0)
		rc = read_object(&reader, schema, 0, root, NULL, object);
	json_decref(root);
	return rc;
}

int json_read(struct snapshot *snap, const char *line, size_t len, struct err *err)
{
	struct reader reader = { &snap->arena, err };
	json_t *root = NULL;
	int rc;

	snapshot_clear(snap);
	rc = parse(&snap->arena, &root, line, len, err);
	if (rc == 0)
		rc = check_version(root, err);
	if (rc == 0)
		rc = read_object(&reader, &schema_snapshot, 0, root, NULL, snap);
	if (rc < 0)
		snapshot_clear(snap);
	else
		schema_round(&schema_snapshot, snap);
	json_decref(root);
	return rc;
}

double json_read_number(const char *text, size_t len)
{
	json_t *number = json_loadb(text, len, JSON_DECODE_ANY, NULL);
	const double value = json_is_number(number) ? json_number_value(number) : NAN;

	json_decref(number);
	return value;
}
