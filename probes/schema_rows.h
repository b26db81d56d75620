/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_SCHEMA_ROWS_H
#define PARALLAX_SCHEMA_ROWS_H

#include "probes/schema.h"
#include "probes/snapshot.h"

/*
 * One row a field. A row names a member and the build fails when the member is of another type
 * than the row says; a nested struct and its schema have the same name, and so have an enum and
 * its words, so a row cannot point at the wrong one either.
 */
#define MEMBER(type, member) (((struct type *)0)->member)
#define MUST(condition)	     (0 * sizeof(char[(condition) ? 1 : -1]))
#define IS(type, member, expected) \
	MUST(__builtin_types_compatible_p(__typeof__(MEMBER(type, member)), expected))

#define ROW(type, member, expected, ...)                                                          \
	{                                                                                         \
		.offset = offsetof(struct type, member) + IS(type, member, expected), __VA_ARGS__ \
	}
#define F64(type, member, text) \
	ROW(type, member, double, .name = #member, .kind = FIELD_F64, .doc = text)
#define U64(type, member, text) \
	ROW(type, member, uint64_t, .name = #member, .kind = FIELD_U64, .doc = text)
/* whose: what --anonymize does with it, of enum identity without its prefix. */
#define STR(type, member, whose, text)                                      \
	ROW(type, member, const char *, .name = #member, .kind = FIELD_STR, \
		.identity = IDENTITY_##whose, .doc = text)
#define BOOL(type, member, text) \
	ROW(type, member, bool, .name = #member, .kind = FIELD_BOOL, .doc = text)
#define ENUM(type, member, of_enum, text)                                    \
	ROW(type, member, enum of_enum, .name = #member, .kind = FIELD_ENUM, \
		.words = words_##of_enum, .doc = text)
#define OBJECT(type, member, text)                                              \
	ROW(type, member, struct member, .name = #member, .kind = FIELD_OBJECT, \
		.of = &schema_##member, .doc = text)
/* The same of a struct that several members are of. */
#define OBJECT_OF(type, member, item, text)                                   \
	ROW(type, member, struct item, .name = #member, .kind = FIELD_OBJECT, \
		.of = &schema_##item, .doc = text)
#define LIST(type, member, key, list_kind, limit, text)                                            \
	ROW(type, member, struct member *, .name = key, .kind = list_kind, .of = &schema_##member, \
		.count_offset = offsetof(struct type, n_##member) + IS(type, n_##member, size_t),  \
		.most = limit, .doc = text)
#define ARRAY(type, member, key, text) LIST(type, member, key, FIELD_ARRAY, 0, text)
#define KEYED(type, member, key, text) LIST(type, member, key, FIELD_KEYED, 0, text)
/* What walks it may take the square of its length, or walk it again for every VM. */
#define SHORT_ARRAY(type, member, key, limit, text) \
	LIST(type, member, key, FIELD_ARRAY, limit, text)
/* Lists of items that several members have: the member is named, and so is the item's struct. */
#define LIST_OF(type, member, item, list_kind, limit, text)                                    \
	ROW(type, member, struct item *, .name = #member, .kind = list_kind,                   \
		.of = &schema_##item,                                                          \
		.count_offset = offsetof(struct type, n_##member) + IS(type, n_##member, size_t), \
		.most = limit, .doc = text)
#define MAP(type, member, item, text) LIST_OF(type, member, item, FIELD_MAP, 0, text)
#define SHORT_PLAIN(type, member, item, limit, text) \
	LIST_OF(type, member, item, FIELD_PLAIN, limit, text)

#define SCHEMA(type, rows, text)                             \
	const struct schema schema_##type = { .name = #type, \
		.doc = text,                                 \
		.size = sizeof(struct type),                 \
		.field = (rows),                             \
		.n_field = sizeof(rows) / sizeof((rows)[0]) }

/* Those that a row of another file names. */
extern const struct schema schema_steal, schema_memory, schema_numa, schema_pages, schema_thp,
	schema_guest, schema_pinning, schema_cpuset, schema_cpu_load, schema_network,
	schema_disk_op, schema_latency, schema_finding;

#endif
