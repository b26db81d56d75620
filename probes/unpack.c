// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>

#include "probes/err.h"
#include "probes/pack.h"
#include "probes/pack_known.h"
#include "probes/pack_plan.h"
#include "probes/pack_word.h"

struct unpacker {
	struct pack_state state;
	struct known known; /* by number only */
	const unsigned char *at;
};

struct unpacker *unpacker_new(void)
{
	struct unpacker *unpacker = xcalloc(1, sizeof(*unpacker));

	pack_state_init(&unpacker->state, pack_plan_snapshot());
	return unpacker;
}

void unpacker_free(struct unpacker *unpacker)
{
	if (!unpacker)
		return;
	pack_state_release(&unpacker->state, pack_plan_snapshot());
	known_release(&unpacker->known);
	free(unpacker);
}

void unpacker_restart(struct unpacker *unpacker)
{
	pack_state_forget(&unpacker->state, pack_plan_snapshot());
	known_clear(&unpacker->known);
}

static uint64_t get_varint(struct unpacker *unpacker)
{
	uint64_t value = 0;
	unsigned shift = 0;

	do {
		value |= (uint64_t)(*unpacker->at & 0x7f) << shift;
		shift += 7;
	} while (*unpacker->at++ & 0x80);
	return value;
}

static uint64_t get_f64(struct unpacker *unpacker, uint64_t was)
{
	const uint64_t grown = get_varint(unpacker);
	uint64_t word;
	int64_t from;

	if (!grown) {
		memcpy(&word, unpacker->at, sizeof(word));
		unpacker->at += sizeof(word);
		return word;
	}
	if (!pack_millionths(pack_f64_of_word(was), &from))
		from = 0;
	from += (int64_t)pack_unzigzag(grown - 1);
	return pack_word_of_f64((double)from / 1e6);
}

static uint64_t get_string(struct unpacker *unpacker)
{
	const uint64_t number = get_varint(unpacker);
	size_t len;

	if (number > unpacker->known.n) {
		len = get_varint(unpacker);
		known_add(&unpacker->known, (const char *)unpacker->at, len);
		unpacker->at += len;
	}
	return number;
}

static uint64_t get_value(struct unpacker *unpacker, enum field_kind kind, uint64_t was)
{
	switch ((int)kind) {
	case FIELD_F64:
		return get_f64(unpacker, was);
	case FIELD_U64:
		return was + pack_unzigzag(get_varint(unpacker));
	case FIELD_STR:
		return get_string(unpacker);
	}
	return get_varint(unpacker);
}

static void take_object(
	struct unpacker *unpacker, const struct pack_plan *plan, struct pack_state *state)
{
	uint64_t skip;
	size_t at = 0;

	while ((skip = get_varint(unpacker))) {
		at += skip - 1;
		state->word[at] = get_value(unpacker, plan->value[at].kind, state->word[at]);
		at++;
	}
	for (size_t i = 0; i < plan->n_list; i++) {
		const struct pack_plan *of = plan->list[i].of;

		pack_items_set(&state->items[i], get_varint(unpacker), of);
		for (size_t k = 0; k < state->items[i].count; k++)
			take_object(unpacker, of, &state->items[i].item[k]);
	}
}

void unpacker_take(struct unpacker *unpacker, const unsigned char *data, size_t len)
{
	unpacker->at = data;
	take_object(unpacker, pack_plan_snapshot(), &unpacker->state);
	if (unpacker->at != data + len)
		die("a packed snapshot of %zu bytes was read as %zu", len,
			(size_t)(unpacker->at - data));
}

/* Each string once in a snapshot, however often it is there. */
struct giving {
	const struct unpacker *unpacker;
	struct arena *arena;
	const char **text; /* by number - 1; NULL: not yet copied */
};

static const char *give_string(struct giving *giving, uint64_t number)
{
	if (!number)
		return NULL;
	if (!giving->text[number - 1])
		giving->text[number - 1] =
			arena_strdup(giving->arena, giving->unpacker->known.text[number - 1]);
	return giving->text[number - 1];
}

static void give_value(
	struct giving *giving, const struct pack_value *value, uint64_t word, void *object)
{
	void *at = (char *)object + value->offset;

	switch ((int)value->kind) {
	case FIELD_F64:
		*(double *)at = pack_f64_of_word(word);
		return;
	case FIELD_U64:
		*(uint64_t *)at = word;
		return;
	case FIELD_BOOL:
		*(bool *)at = word;
		return;
	case FIELD_ENUM:
		*(unsigned *)at = (unsigned)word;
		return;
	case FIELD_STR:
		*(const char **)at = give_string(giving, word);
		return;
	}
}

static void give_object(struct giving *giving, const struct pack_plan *plan,
	const struct pack_state *state, void *object)
{
	for (size_t i = 0; i < plan->n_value; i++)
		give_value(giving, &plan->value[i], state->word[i], object);
	for (size_t i = 0; i < plan->n_list; i++) {
		const struct pack_list *list = &plan->list[i];
		const struct pack_items *items = &state->items[i];
		const size_t size = list->of->schema->size;
		char *item = items->count ? arena_array(giving->arena, items->count, size) : NULL;

		*(char **)((char *)object + list->offset) = item;
		*(size_t *)((char *)object + list->count_offset) = items->count;
		for (size_t k = 0; k < items->count; k++)
			give_object(giving, list->of, &items->item[k], item + k * size);
	}
}

void unpacker_get(const struct unpacker *unpacker, struct snapshot *out)
{
	struct giving giving = { unpacker, &out->arena, NULL };

	snapshot_clear(out);
	giving.text = xcalloc(unpacker->known.n + 1, sizeof(*giving.text));
	give_object(&giving, pack_plan_snapshot(), &unpacker->state, out);
	free(giving.text);
}
