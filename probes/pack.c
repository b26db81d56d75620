// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/pack.h"

#include <stdlib.h>
#include <string.h>

#include "probes/pack_known.h"
#include "probes/pack_plan.h"
#include "probes/pack_word.h"

enum { VARINT_MOST = 10 };

struct packer {
	struct pack_state state;
	struct known known;
	struct pack_bytes *out;
};

struct packer *packer_new(void)
{
	struct packer *packer = xcalloc(1, sizeof(*packer));

	pack_state_init(&packer->state, pack_plan_snapshot());
	return packer;
}

void packer_free(struct packer *packer)
{
	if (!packer)
		return;
	pack_state_release(&packer->state, pack_plan_snapshot());
	known_release(&packer->known);
	free(packer);
}

void packer_restart(struct packer *packer)
{
	pack_state_forget(&packer->state, pack_plan_snapshot());
	known_clear(&packer->known);
}

/* Bytes. */

static unsigned char *room(struct pack_bytes *out, size_t len)
{
	if (out->size - out->len < len) {
		out->size = out->size + out->size / 2 + len + 4096;
		out->data = xrealloc_array(out->data, out->size, 1);
	}
	return out->data + out->len;
}

static void put_varint(struct pack_bytes *out, uint64_t value)
{
	unsigned char *at = room(out, VARINT_MOST), *begin = at;

	while (value >= 0x80) {
		*at++ = (unsigned char)(value | 0x80);
		value >>= 7;
	}
	*at++ = (unsigned char)value;
	out->len += (size_t)(at - begin);
}

static void put_bytes(struct pack_bytes *out, const void *data, size_t len)
{
	memcpy(room(out, len), data, len);
	out->len += len;
}

static uint64_t put_string(struct packer *packer, const char *text)
{
	const size_t before = packer->known.n, len = strlen(text);
	const uint32_t number = known_number(&packer->known, text, len);

	put_varint(packer->out, number);
	if (number > before) {
		put_varint(packer->out, len);
		put_bytes(packer->out, text, len);
	}
	return number;
}

/* Values. */

static bool is_same_string(const struct packer *packer, uint64_t word, const char *text)
{
	if (!word || !text)
		return !word && !text;
	return strcmp(packer->known.text[word - 1], text) == 0;
}

/* True when it is not what the word says; of all but strings *now is what it says then. */
static bool has_changed(const struct packer *packer, const struct pack_value *value,
	const void *object, uint64_t word, uint64_t *now)
{
	const void *at = (const char *)object + value->offset;

	switch ((int)value->kind) {
	case FIELD_F64:
		*now = pack_word_of_f64(*(const double *)at);
		break;
	case FIELD_U64:
		*now = *(const uint64_t *)at;
		break;
	case FIELD_BOOL:
		*now = *(const bool *)at;
		break;
	case FIELD_ENUM:
		*now = (uint64_t) * (const unsigned *)at;
		break;
	case FIELD_STR:
		return !is_same_string(packer, word, *(const char *const *)at);
	}
	return *now != word;
}

/* 0, then all its bits, where it is no whole number of millionths. */
static void put_f64(struct pack_bytes *out, uint64_t was, uint64_t now)
{
	int64_t from, to;

	if (!pack_millionths(pack_f64_of_word(now), &to)) {
		put_varint(out, 0);
		put_bytes(out, &now, sizeof(now));
		return;
	}
	if (!pack_millionths(pack_f64_of_word(was), &from))
		from = 0;
	put_varint(out, pack_zigzag((uint64_t)(to - from)) + 1);
}

static uint64_t put_value(struct packer *packer, const struct pack_value *value, const void *object,
	uint64_t was, uint64_t now)
{
	const char *text;

	switch ((int)value->kind) {
	case FIELD_F64:
		put_f64(packer->out, was, now);
		break;
	case FIELD_U64:
		put_varint(packer->out, pack_zigzag(now - was));
		break;
	case FIELD_BOOL:
	case FIELD_ENUM:
		put_varint(packer->out, now);
		break;
	case FIELD_STR:
		text = *(const char *const *)((const char *)object + value->offset);
		if (text)
			return put_string(packer, text);
		put_varint(packer->out, 0);
		return 0;
	}
	return now;
}

static void put_object(struct packer *packer, const struct pack_plan *plan,
	struct pack_state *state, const void *object);

static void put_list(struct packer *packer, const struct pack_list *list, struct pack_items *items,
	const void *object)
{
	const char *item = *(char *const *)((const char *)object + list->offset);
	const size_t count = *(const size_t *)((const char *)object + list->count_offset);

	put_varint(packer->out, count);
	pack_items_set(items, count, list->of);
	for (size_t i = 0; i < count; i++)
		put_object(packer, list->of, &items->item[i], item + i * list->of->schema->size);
}

static void put_object(struct packer *packer, const struct pack_plan *plan,
	struct pack_state *state, const void *object)
{
	size_t skipped = 0;

	for (size_t i = 0; i < plan->n_value; i++) {
		uint64_t now = 0;

		if (!has_changed(packer, &plan->value[i], object, state->word[i], &now)) {
			skipped++;
			continue;
		}
		put_varint(packer->out, skipped + 1);
		state->word[i] = put_value(packer, &plan->value[i], object, state->word[i], now);
		skipped = 0;
	}
	put_varint(packer->out, 0);
	for (size_t i = 0; i < plan->n_list; i++)
		put_list(packer, &plan->list[i], &state->items[i], object);
}

void packer_add(struct packer *packer, const struct snapshot *snap, struct pack_bytes *out)
{
	packer->out = out;
	put_object(packer, pack_plan_snapshot(), &packer->state, snap);
}
