/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_PACK_PLAN_H
#define PARALLAX_PACK_PLAN_H

#include <stddef.h>
#include <stdint.h>

#include "probes/schema.h"

/*
 * A schema as the packer walks it: the single values of an object, those of objects inside of it
 * too, in one row, then its lists. Made once for each schema, and never freed.
 */
struct pack_value {
	enum field_kind kind; /* F64, U64, STR, BOOL, ENUM */
	size_t offset;
};

struct pack_plan;

struct pack_list {
	size_t offset, count_offset;
	const struct pack_plan *of;
};

struct pack_plan {
	const struct schema *schema;
	struct pack_value *value;
	size_t n_value;
	struct pack_list *list;
	size_t n_list;
};

/* Of schema_snapshot. */
const struct pack_plan *pack_plan_snapshot(void);

/* What one object was the last time: its values as words, and its lists. */
struct pack_state {
	uint64_t *word;		  /* by value of the plan */
	struct pack_items *items; /* by list of the plan */
};

struct pack_items {
	struct pack_state *item;
	size_t count, cap; /* of more than count the memory stays, forgotten */
};

/* Nothing known: what schema_init makes. */
void pack_state_init(struct pack_state *state, const struct pack_plan *plan);
void pack_state_forget(struct pack_state *state, const struct pack_plan *plan);
void pack_state_release(struct pack_state *state, const struct pack_plan *plan);
/* So many items; those that are new are forgotten ones. */
void pack_items_set(struct pack_items *items, size_t count, const struct pack_plan *of);

#endif
