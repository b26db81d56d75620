// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/anonymize.h"

#include <stdlib.h>
#include <string.h>

#include "probes/aliases.h"
#include "probes/rewrite.h"
#include "probes/schema.h"
#include "probes/text.h"

/*
 * Each snapshot is walked twice: the names must all be known before a sentence is searched for
 * them. Lists are copied, because two may be one, and would be renamed twice.
 */
struct anonymizer {
	struct aliases *aliases;
	struct rewrite rewrite;
	struct arena *arena; /* of the snapshot; NULL: names are only learnt */
};

struct anonymizer *anonymizer_new(void)
{
	struct anonymizer *anonymizer = xcalloc(1, sizeof(*anonymizer));

	anonymizer->aliases = aliases_new();
	anonymizer->rewrite.aliases = anonymizer->aliases;
	return anonymizer;
}

void anonymizer_free(struct anonymizer *anonymizer)
{
	if (!anonymizer)
		return;
	aliases_free(anonymizer->aliases);
	free(anonymizer->rewrite.data);
	free(anonymizer);
}

static enum alias_kind who_is(const struct anonymizer *anonymizer, const char *name)
{
	return alias_known(anonymizer->aliases, ALIAS_VM, name, strlen(name)) ? ALIAS_VM
									      : ALIAS_PROCESS;
}

static const char *alias(
	const struct anonymizer *anonymizer, enum alias_kind kind, const char *name)
{
	return alias_of(anonymizer->aliases, kind, name, strlen(name));
}

/* Whoever had the CPU; what is nobody has a word of ours. */
static const char *thief_alias(const struct anonymizer *anonymizer, const struct thief *thief)
{
	switch (thief->kind) {
	case THIEF_VM:
		return alias(anonymizer, ALIAS_VM, thief->name);
	case THIEF_UNKNOWN:
	case THIEF_PROCESS:
		return alias(anonymizer, ALIAS_PROCESS, thief->name);
	case THIEF_SELF:
	case THIEF_EMULATOR:
	case THIEF_QUOTA:
	case THIEF_IDLE:
	case THIEF_UNSEEN:
	case THIEF_OTHERS:
		break;
	}
	return thief->name;
}

/* Sentences speak of it without its domain, too. */
static const char *host_alias(const struct anonymizer *anonymizer, const char *name)
{
	const char *dot = strchr(name, '.');

	if (dot && dot > name)
		alias_also(anonymizer->aliases, ALIAS_HOST, name, (size_t)(dot - name), name,
			strlen(name));
	return alias(anonymizer, ALIAS_HOST, name);
}

static const char *rewritten(struct anonymizer *anonymizer, const char *text,
	void (*write)(struct rewrite *, const char *, size_t))
{
	rewrite_begin(&anonymizer->rewrite);
	write(&anonymizer->rewrite, text, strlen(text));
	return anonymizer->rewrite.data;
}

/* Of a part of a VM that has been met; NULL: none of that name has. */
static const char *device_alias(const struct anonymizer *anonymizer, const char *name, size_t len)
{
	static const enum alias_kind kinds[] = { ALIAS_NIC, ALIAS_DISK, ALIAS_DEVICE };
	const char *known = NULL;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]) && !known; i++)
		known = alias_known(anonymizer->aliases, kinds[i], name, len);
	return known;
}

/* A device as it is called elsewhere, or that and the letter of a kind of request: "vda w". */
static const char *subject_words(struct anonymizer *anonymizer, const char *text)
{
	size_t len = strlen(text), device = len;
	const char *known;

	if (len > 2 && text[len - 2] == ' ' && strchr("rwf", text[len - 1]))
		device = len - 2;
	known = device_alias(anonymizer, text, device);
	if (!known)
		return rewritten(anonymizer, text, rewrite_sentence);
	rewrite_begin(&anonymizer->rewrite);
	rewrite_text(&anonymizer->rewrite, known);
	rewrite_put(&anonymizer->rewrite, text + device, len - device);
	return anonymizer->rewrite.data;
}

/* What to show instead; object is what text is a member of. Valid until the next call. */
static const char *instead_of(
	struct anonymizer *anonymizer, enum identity identity, const char *text, const void *object)
{
	switch (identity) {
	case IDENTITY_UNDECIDED:
	case IDENTITY_NONE:
		return text;
	case IDENTITY_TEXT:
		return rewritten(anonymizer, text, rewrite_sentence);
	case IDENTITY_FINDING:
		return rewritten(anonymizer, text, rewrite_finding);
	case IDENTITY_SUBJECT:
		return subject_words(anonymizer, text);
	case IDENTITY_HOST:
		return host_alias(anonymizer, text);
	case IDENTITY_VM:
		return alias(anonymizer, ALIAS_VM, text);
	case IDENTITY_TITLE:
		return alias(anonymizer, ALIAS_TITLE, text);
	case IDENTITY_UUID:
		return alias(anonymizer, ALIAS_UUID, text);
	case IDENTITY_PROCESS:
		return alias(anonymizer, ALIAS_PROCESS, text);
	case IDENTITY_WHO:
		return alias(anonymizer, who_is(anonymizer, text), text);
	case IDENTITY_THIEF:
		return thief_alias(anonymizer, object);
	case IDENTITY_IMAGE:
		return rewritten(anonymizer, text, rewrite_image);
	case IDENTITY_LAYER:
		return rewritten(anonymizer, text, rewrite_layer);
	case IDENTITY_CGROUP:
		return rewritten(anonymizer, text, rewrite_cgroup);
	case IDENTITY_DISK:
		return alias(anonymizer, ALIAS_DISK, text);
	case IDENTITY_DEVICE:
		return alias(anonymizer, ALIAS_DEVICE, text);
	case IDENTITY_NIC:
		return alias(anonymizer, ALIAS_NIC, text);
	case IDENTITY_BRIDGE:
		return alias(anonymizer, ALIAS_BRIDGE, text);
	case IDENTITY_MAC:
		return alias(anonymizer, ALIAS_MAC, text);
	case IDENTITY_SERIAL:
		return alias(anonymizer, ALIAS_SERIAL, text);
	}
	return text;
}

/* Sentences, and what is told from others by what is known, have nothing to teach. */
static bool teaches(enum identity identity)
{
	switch (identity) {
	case IDENTITY_UNDECIDED:
	case IDENTITY_NONE:
	case IDENTITY_TEXT:
	case IDENTITY_FINDING:
	case IDENTITY_SUBJECT:
	case IDENTITY_WHO:
	case IDENTITY_CGROUP:
		return false;
	case IDENTITY_HOST:
	case IDENTITY_VM:
	case IDENTITY_TITLE:
	case IDENTITY_UUID:
	case IDENTITY_PROCESS:
	case IDENTITY_THIEF:
	case IDENTITY_IMAGE:
	case IDENTITY_LAYER:
	case IDENTITY_DISK:
	case IDENTITY_DEVICE:
	case IDENTITY_NIC:
	case IDENTITY_BRIDGE:
	case IDENTITY_MAC:
	case IDENTITY_SERIAL:
		return true;
	}
	return false;
}

static void string_visit(struct anonymizer *anonymizer, const struct field *field, void *object)
{
	const char **at = (const char **)((char *)object + field->offset), *instead;

	if (!*at || field->identity == IDENTITY_NONE)
		return;
	if (!anonymizer->arena && !teaches(field->identity))
		return;
	instead = instead_of(anonymizer, field->identity, *at, object);
	if (anonymizer->arena && !text_same(instead, *at))
		*at = arena_strdup(anonymizer->arena, instead);
}

/* Is there anything below that is to be replaced: of the accounts of vCPUs nothing. */
static bool has_identities(const struct schema *schema)
{
	for (size_t i = 0; i < schema->n_field; i++)
		if (schema->field[i].of ? has_identities(schema->field[i].of)
					: schema->field[i].kind == FIELD_STR &&
						  schema->field[i].identity != IDENTITY_NONE)
			return true;
	return false;
}

static void object_visit(struct anonymizer *anonymizer, const struct schema *schema, void *object);

static void list_visit(struct anonymizer *anonymizer, const struct field *field, void *object)
{
	char **at = (char **)((char *)object + field->offset);
	size_t count = *(const size_t *)((char *)object + field->count_offset);
	size_t size = field->of->size;

	if (count == 0 || !has_identities(field->of))
		return;
	if (anonymizer->arena)
		*at = memcpy(arena_array(anonymizer->arena, count, size), *at, count * size);
	for (size_t i = 0; i < count; i++)
		object_visit(anonymizer, field->of, *at + i * size);
}

static void object_visit(struct anonymizer *anonymizer, const struct schema *schema, void *object)
{
	for (size_t i = 0; i < schema->n_field; i++) {
		const struct field *field = &schema->field[i];

		if (field->kind == FIELD_STR)
			string_visit(anonymizer, field, object);
		else if (field->kind == FIELD_OBJECT)
			object_visit(anonymizer, field->of, (char *)object + field->offset);
		else if (field_is_list(field))
			list_visit(anonymizer, field, object);
	}
}

void anonymize(struct anonymizer *anonymizer, struct snapshot *snap)
{
	aliases_next(anonymizer->aliases);
	anonymizer->arena = NULL;
	object_visit(anonymizer, &schema_snapshot, snap);
	anonymizer->arena = &snap->arena;
	object_visit(anonymizer, &schema_snapshot, snap);
}
