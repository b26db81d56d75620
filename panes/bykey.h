/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_BYKEY_H
#define PARALLAX_BYKEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What is remembered between snapshots, found by a key. A zeroed struct bykey is empty. */
struct bykey_item {
	struct bykey_item *next;
	char *key;
	uint64_t hash; /* of key */
};

struct bykey {
	struct bykey_item **bucket;
	size_t n_bucket, n_item;
};

/*
 * Of a VM's key and the name of a part of it, in buf. The separator cannot occur in them: text from
 * outside has no control characters.
 */
enum { BYKEY_PAIR_BYTES = 512 };
const char *bykey_pair(char buf[BYKEY_PAIR_BYTES], const char *vm_key, const char *part);

/* NULL: none has that key, or key is NULL. */
void *bykey_find(const struct bykey *map, const char *key);
/* Found or made: zeroed, size bytes, beginning with a struct bykey_item; owned by map. */
void *bykey_get(struct bykey *map, const char *key, size_t size);
/* Calls visit for every item in no order; those for which it returns false are freed. */
void bykey_sweep(struct bykey *map, bool (*visit)(void *item, void *arg), void *arg);
/* Frees the table; items must have been swept. */
void bykey_release(struct bykey *map);

#endif
