// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/throttle.h"

#include "probes/vm.h"

static const char *add(struct arena *arena, const char *words, const char *more)
{
	return words ? arena_printf(arena, "%s, %s", words, more) : more;
}

static const char *add_requests(
	struct arena *arena, const char *words, uint64_t limit, const char *what)
{
	if (limit == 0 || limit == UNKNOWN_U64)
		return words;
	return add(arena, words, arena_printf(arena, "%llu %s/s", (unsigned long long)limit, what));
}

static const char *add_bytes(
	struct arena *arena, const char *words, uint64_t limit, const char *what)
{
	static const char *const unit[] = { "B", "kB", "MB", "GB" };
	double value = (double)limit;
	size_t i = 0;

	if (limit == 0 || limit == UNKNOWN_U64)
		return words;
	for (; value >= 1000 && i < 3; i++)
		value /= 1000;
	return add(
		arena, words, arena_printf(arena, "%.*f %s/s%s", i ? 1 : 0, value, unit[i], what));
}

const char *throttle_words(struct arena *arena, const struct throttle *throttle)
{
	const char *words = NULL;

	words = add_requests(arena, words, throttle->requests, "requests");
	words = add_requests(arena, words, throttle->reads, "reads");
	words = add_requests(arena, words, throttle->writes, "writes");
	words = add_bytes(arena, words, throttle->bytes, "");
	words = add_bytes(arena, words, throttle->read_bytes, " of reads");
	words = add_bytes(arena, words, throttle->written_bytes, " of writes");
	return words;
}
