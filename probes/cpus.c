// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/cpus.h"

#include <stdio.h>
#include <string.h>

#include "probes/procfs.h"

static bool parse(struct cpus *cpus, const char *list)
{
	uint64_t from, to;

	while (*list && *list != '\n') {
		if (!procfs_list_next(&list, &from, &to))
			return false;
		for (uint64_t id = from; id <= to && id < CPUS_MAX; id++)
			cpus_add(cpus, id);
		if (*list == ',')
			list++;
		else if (*list && *list != '\n')
			return false;
	}
	return true;
}

bool cpus_parse(struct cpus *cpus, const char *list)
{
	*cpus = (struct cpus){ 0 };
	if (parse(cpus, list))
		return true;
	*cpus = (struct cpus){ 0 };
	return false;
}

char *cpus_format(const struct cpus *cpus, struct arena *arena)
{
	char text[5 * CPUS_MAX];
	size_t len = 0;

	text[0] = '\0';
	for (uint64_t from = cpus_next(cpus, 0); from < CPUS_MAX;) {
		uint64_t to = from;

		while (cpus_has(cpus, to + 1))
			to++;
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%llu", len ? "," : "",
			(unsigned long long)from);
		if (to > from)
			len += (size_t)snprintf(text + len, sizeof(text) - len, "-%llu",
				(unsigned long long)to);
		from = cpus_next(cpus, to + 1);
	}
	return arena_strdup(arena, text);
}

void cpus_add(struct cpus *cpus, uint64_t id)
{
	if (id < CPUS_MAX)
		cpus->bits[id / 64] |= 1ull << id % 64;
}

bool cpus_has(const struct cpus *cpus, uint64_t id)
{
	return id < CPUS_MAX && cpus->bits[id / 64] & 1ull << id % 64;
}

size_t cpus_count(const struct cpus *cpus)
{
	size_t n = 0;

	for (size_t i = 0; i < CPUS_WORDS; i++)
		n += (size_t)__builtin_popcountll(cpus->bits[i]);
	return n;
}

bool cpus_equal(const struct cpus *a, const struct cpus *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

bool cpus_within(const struct cpus *inner, const struct cpus *outer)
{
	for (size_t i = 0; i < CPUS_WORDS; i++)
		if (inner->bits[i] & ~outer->bits[i])
			return false;
	return true;
}

bool cpus_meet(const struct cpus *a, const struct cpus *b)
{
	for (size_t i = 0; i < CPUS_WORDS; i++)
		if (a->bits[i] & b->bits[i])
			return true;
	return false;
}

struct cpus cpus_and(const struct cpus *a, const struct cpus *b)
{
	struct cpus both;

	for (size_t i = 0; i < CPUS_WORDS; i++)
		both.bits[i] = a->bits[i] & b->bits[i];
	return both;
}

struct cpus cpus_or(const struct cpus *a, const struct cpus *b)
{
	struct cpus either;

	for (size_t i = 0; i < CPUS_WORDS; i++)
		either.bits[i] = a->bits[i] | b->bits[i];
	return either;
}

uint64_t cpus_next(const struct cpus *cpus, uint64_t from)
{
	while (from < CPUS_MAX) {
		uint64_t word = cpus->bits[from / 64] >> from % 64;

		if (word)
			return from + (uint64_t)__builtin_ctzll(word);
		from = (from / 64 + 1) * 64;
	}
	return CPUS_MAX;
}
