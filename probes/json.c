// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/json.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "probes/schema.h"

/*
 * Written straight from the schema, without a tree of library objects: a snapshot of 200 VMs
 * has some 30,000 values, once a second. Numbers are the reason, too: values are rounded to six
 * decimals, and six decimals, less the zeros at the end, are their shortest exact form, which
 * no fixed count of significant digits gives for both 0.94 and 1795215148.234567.
 */
static void put(struct json_text *out, const char *bytes, size_t len)
{
	if (out->size - out->len < len) {
		out->size = out->size * 2 + len + 4096;
		out->data = xrealloc_array(out->data, out->size, 1);
	}
	memcpy(out->data + out->len, bytes, len);
	out->len += len;
}

static void put_text(struct json_text *out, const char *text)
{
	put(out, text, strlen(text));
}

/* Strings of a snapshot are clean (text.h); what is escaped here is for strings that are not. */
static void put_string(struct json_text *out, const char *string)
{
	char escape[8];

	put(out, "\"", 1);
	while (*string) {
		unsigned char c = (unsigned char)*string;
		size_t plain = 0;

		while ((unsigned char)string[plain] >= 0x20 && string[plain] != '"' &&
			string[plain] != '\\')
			plain++;
		put(out, string, plain);
		string += plain;
		if (!*string)
			break;
		c = (unsigned char)*string++;
		if (c < 0x20)
			snprintf(escape, sizeof(escape), "\\u%04x", c);
		else
			snprintf(escape, sizeof(escape), "\\%c", c);
		put_text(out, escape);
	}
	put(out, "\"", 1);
}

/* No printf of fractions: the locale may have a comma. */
static void put_f64(struct json_text *out, double value)
{
	char digits[400];
	long long micro;
	int len;

	if (!isfinite(value)) {
		put_text(out, "null");
		return;
	}
	if (fabs(value) >= 4294967296.0) {
		/* A real of whole value (schema_round); e0 keeps readers from an integer too big.
		 */
		snprintf(digits, sizeof(digits), "%.0fe0", value);
		put_text(out, digits);
		return;
	}
	micro = llrint(value * 1e6);
	len = snprintf(digits, sizeof(digits), "%s%lld.%06lld", micro < 0 ? "-" : "",
		llabs(micro) / 1000000, llabs(micro) % 1000000);
	while (digits[len - 1] == '0')
		len--;
	put(out, digits, (size_t)(digits[len - 1] == '.' ? len - 1 : len));
}

static void put_u64(struct json_text *out, uint64_t value)
{
	char digits[24];

	if (value > INT64_MAX) { /* UNKNOWN_U64, or more than readers can hold */
		put_text(out, "null");
		return;
	}
	snprintf(digits, sizeof(digits), "%" PRIu64, value);
	put_text(out, digits);
}

static void put_word(struct json_text *out, const char *const *words, int value)
{
	if (*words[value])
		put_string(out, words[value]);
	else
		put_text(out, "null");
}

static void put_object(
	struct json_text *out, const struct schema *schema, size_t first, const void *object);
static void put_value(struct json_text *out, const struct field *field, const void *object);

static void put_list(struct json_text *out, const struct field *field, const void *object)
{
	const char *item = *(char *const *)((const char *)object + field->offset);
	size_t count = *(const size_t *)((const char *)object + field->count_offset);
	const struct schema *of = field->of;
	bool keyed = field_has_keys(field);

	put_text(out, keyed ? "{" : "[");
	for (size_t i = 0; i < count; i++, item += of->size) {
		if (i > 0)
			put_text(out, ", ");
		if (keyed) {
			put_string(out, *(const char *const *)(item + of->field[0].offset));
			put_text(out, ": ");
		}
		if (field_has_objects(field))
			put_object(out, of, keyed ? 1 : 0, item);
		else
			put_value(out, &of->field[of->n_field - 1], item);
	}
	put_text(out, keyed ? "}" : "]");
}

static void put_value(struct json_text *out, const struct field *field, const void *object)
{
	const void *at = (const char *)object + field->offset;
	const char *string;

	switch (field->kind) {
	case FIELD_F64:
		put_f64(out, *(const double *)at);
		return;
	case FIELD_U64:
		put_u64(out, *(const uint64_t *)at);
		return;
	case FIELD_STR:
		string = *(const char *const *)at;
		if (string)
			put_string(out, string);
		else
			put_text(out, "null");
		return;
	case FIELD_BOOL:
		put_text(out, *(const bool *)at ? "true" : "false");
		return;
	case FIELD_ENUM:
		put_word(out, field->words, *(const int *)at);
		return;
	case FIELD_OBJECT:
		put_object(out, field->of, 0, at);
		return;
	case FIELD_ARRAY:
	case FIELD_KEYED:
	case FIELD_MAP:
	case FIELD_PLAIN:
		put_list(out, field, object);
		return;
	}
}

static void put_object(
	struct json_text *out, const struct schema *schema, size_t first, const void *object)
{
	put_text(out, "{");
	for (size_t i = first; i < schema->n_field; i++) {
		if (i > first)
			put_text(out, ", ");
		put_string(out, schema->field[i].name);
		put_text(out, ": ");
		put_value(out, &schema->field[i], object);
	}
	put_text(out, "}");
}

void json_print(struct json_text *out, const struct schema *schema, const void *object)
{
	put_object(out, schema, 0, object);
	put_text(out, "\n");
}

int json_write(FILE *stream, const struct snapshot *snap)
{
	struct json_text out = { 0 };
	int rc = 0;

	json_print(&out, &schema_snapshot, snap);
	errno = 0;
	if (fwrite(out.data, 1, out.len, stream) != out.len || fflush(stream) != 0)
		rc = errno ? -errno : -EIO;
	free(out.data);
	return rc;
}
