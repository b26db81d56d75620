// SPDX-License-Identifier: GPL-2.0-or-later
#include "panes/bykey.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "probes/arena.h"

static uint64_t hash_of(const char *key)
{
	uint64_t hash = 0xcbf29ce484222325;

	for (; *key; key++)
		hash = (hash ^ (unsigned char)*key) * 0x100000001b3;
	return hash;
}

static struct bykey_item **bykey_bucket(const struct bykey *map, uint64_t hash)
{
	return &map->bucket[hash % map->n_bucket];
}

const char *bykey_pair(char buf[BYKEY_PAIR_BYTES], const char *vm_key, const char *part)
{
	size_t n = vm_key ? strnlen(vm_key, BYKEY_PAIR_BYTES / 2) : 0;
	size_t rest = part ? strnlen(part, BYKEY_PAIR_BYTES - 2 - n) : 0;

	if (n)
		memcpy(buf, vm_key, n);
	buf[n] = '\x1f';
	if (rest)
		memcpy(buf + n + 1, part, rest);
	buf[n + 1 + rest] = '\0';
	return buf;
}

void *bykey_find(const struct bykey *map, const char *key)
{
	uint64_t hash;

	if (!map->n_bucket || !key)
		return NULL;
	hash = hash_of(key);
	/* Keys of one VM begin alike. */
	for (struct bykey_item *item = *bykey_bucket(map, hash); item; item = item->next)
		if (item->hash == hash && !strcmp(item->key, key))
			return item;
	return NULL;
}

static void bykey_insert(struct bykey *map, struct bykey_item *item)
{
	struct bykey_item **bucket = bykey_bucket(map, item->hash);

	item->next = *bucket;
	*bucket = item;
}

static void bykey_grow(struct bykey *map)
{
	struct bykey old = *map;

	map->n_bucket = old.n_bucket ? old.n_bucket * 4 : 64;
	map->bucket = xcalloc(map->n_bucket, sizeof(struct bykey_item *));
	for (size_t i = 0; i < old.n_bucket; i++)
		for (struct bykey_item *item = old.bucket[i], *next; item; item = next) {
			next = item->next;
			bykey_insert(map, item);
		}
	free(old.bucket);
}

void *bykey_get(struct bykey *map, const char *key, size_t size)
{
	struct bykey_item *item = bykey_find(map, key);

	if (item)
		return item;
	if (map->n_item >= map->n_bucket)
		bykey_grow(map);
	item = xcalloc(1, size);
	item->key = xstrdup(key);
	item->hash = hash_of(key);
	bykey_insert(map, item);
	map->n_item++;
	return item;
}

void bykey_sweep(struct bykey *map, bool (*visit)(void *item, void *arg), void *arg)
{
	for (size_t i = 0; i < map->n_bucket; i++)
		for (struct bykey_item **link = &map->bucket[i], *item; (item = *link);) {
			if (visit(item, arg)) {
				link = &item->next;
				continue;
			}
			*link = item->next;
			free(item->key);
			free(item);
			map->n_item--;
		}
}

void bykey_release(struct bykey *map)
{
	free(map->bucket);
	memset(map, 0, sizeof(*map));
}
