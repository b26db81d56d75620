// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/pack_plan.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "probes/arena.h"
#include "probes/pack_word.h"

static const struct pack_plan *plan_of(const struct schema *schema);

static void count_fields(const struct schema *schema, size_t *values, size_t *lists)
{
	for (size_t i = 0; i < schema->n_field; i++) {
		const struct field *field = &schema->field[i];

		if (field->kind == FIELD_OBJECT)
			count_fields(field->of, values, lists);
		else if (field_is_list(field))
			++*lists;
		else
			++*values;
	}
}

static void add_fields(struct pack_plan *plan, const struct schema *schema, size_t offset)
{
	for (size_t i = 0; i < schema->n_field; i++) {
		const struct field *field = &schema->field[i];

		if (field->kind == FIELD_OBJECT)
			add_fields(plan, field->of, offset + field->offset);
		else if (field_is_list(field))
			plan->list[plan->n_list++] = (struct pack_list){ offset + field->offset,
				offset + field->count_offset, plan_of(field->of) };
		else
			plan->value[plan->n_value++] =
				(struct pack_value){ field->kind, offset + field->offset };
	}
}

/* Schemas do not contain themselves, so this ends. */
static const struct pack_plan *plan_of(const struct schema *schema)
{
	struct pack_plan *plan = xcalloc(1, sizeof(*plan));
	size_t values = 0, lists = 0;

	count_fields(schema, &values, &lists);
	plan->schema = schema;
	plan->value = xcalloc(values + 1, sizeof(*plan->value));
	plan->list = xcalloc(lists + 1, sizeof(*plan->list));
	add_fields(plan, schema, 0);
	return plan;
}

static const struct pack_plan *snapshot_plan;

static void make_plan(void)
{
	snapshot_plan = plan_of(&schema_snapshot);
}

const struct pack_plan *pack_plan_snapshot(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, make_plan);
	return snapshot_plan;
}

static void forget_words(struct pack_state *state, const struct pack_plan *plan)
{
	for (size_t i = 0; i < plan->n_value; i++)
		state->word[i] = pack_unknown(plan->value[i].kind);
}

void pack_state_init(struct pack_state *state, const struct pack_plan *plan)
{
	state->word = xcalloc(plan->n_value + 1, sizeof(*state->word));
	state->items = xcalloc(plan->n_list + 1, sizeof(*state->items));
	forget_words(state, plan);
}

void pack_state_forget(struct pack_state *state, const struct pack_plan *plan)
{
	forget_words(state, plan);
	for (size_t i = 0; i < plan->n_list; i++)
		pack_items_set(&state->items[i], 0, plan->list[i].of);
}

void pack_state_release(struct pack_state *state, const struct pack_plan *plan)
{
	for (size_t i = 0; i < plan->n_list; i++) {
		struct pack_items *items = &state->items[i];

		for (size_t k = 0; k < items->cap; k++)
			if (items->item[k].word)
				pack_state_release(&items->item[k], plan->list[i].of);
		free(items->item);
	}
	free(state->items);
	free(state->word);
}

void pack_items_set(struct pack_items *items, size_t count, const struct pack_plan *of)
{
	const size_t had = items->cap;

	items->item = xgrow(items->item, count, &items->cap, sizeof(*items->item));
	if (items->cap > had)
		memset(items->item + had, 0, (items->cap - had) * sizeof(*items->item));
	for (size_t i = items->count; i < count; i++)
		if (!items->item[i].word)
			pack_state_init(&items->item[i], of);
	for (size_t i = count; i < items->count; i++)
		pack_state_forget(&items->item[i], of);
	items->count = count;
}
