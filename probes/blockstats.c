// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/blockstats.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "probes/text.h"

static const struct block_counters counters_unknown = {
	.backing_index = UNKNOWN_U64,
	.capacity_bytes = UNKNOWN_U64,
	.physical_bytes = UNKNOWN_U64,
	.errors_total = UNKNOWN_U64,
	.read = { UNKNOWN_U64, UNKNOWN_U64, UNKNOWN_U64 },
	.write = { UNKNOWN_U64, UNKNOWN_U64, UNKNOWN_U64 },
	.flush = { UNKNOWN_U64, UNKNOWN_U64, UNKNOWN_U64 },
};

/* "block.3.rd.reqs": 3, and what follows; false: it is no such field. */
static bool split(const char *field, size_t *number, const char **rest)
{
	char *end;

	if (strncmp(field, "block.", 6) != 0 || field[6] < '0' || field[6] > '9')
		return false;
	*number = strtoul(field + 6, &end, 10);
	*rest = end + 1;
	return *end == '.' && *number < BLOCKSTATS_MOST;
}

static void take_number(struct block_counters *block, const char *field, unsigned long long value)
{
	static const struct {
		const char *field;
		size_t offset;
	} fields[] = {
		{ "rd.reqs", offsetof(struct block_counters, read.requests_total) },
		{ "rd.bytes", offsetof(struct block_counters, read.bytes_total) },
		{ "rd.times", offsetof(struct block_counters, read.ns_total) },
		{ "wr.reqs", offsetof(struct block_counters, write.requests_total) },
		{ "wr.bytes", offsetof(struct block_counters, write.bytes_total) },
		{ "wr.times", offsetof(struct block_counters, write.ns_total) },
		{ "fl.reqs", offsetof(struct block_counters, flush.requests_total) },
		{ "fl.times", offsetof(struct block_counters, flush.ns_total) },
		{ "errors", offsetof(struct block_counters, errors_total) },
		{ "capacity", offsetof(struct block_counters, capacity_bytes) },
		{ "physical", offsetof(struct block_counters, physical_bytes) },
	};

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if (strcmp(field, fields[i].field) == 0)
			*(uint64_t *)((char *)block + fields[i].offset) = value;
}

static void take_text(const char **text, const char *value)
{
	free((char *)*text);
	*text = xstrdup(value);
}

static void take(struct block_counters *block, const char *field, const virTypedParameter *param)
{
	if (param->type == VIR_TYPED_PARAM_ULLONG)
		take_number(block, field, param->value.ul);
	else if (param->type == VIR_TYPED_PARAM_UINT && strcmp(field, "backingIndex") == 0)
		block->backing_index = param->value.ui;
	else if (param->type == VIR_TYPED_PARAM_STRING && strcmp(field, "name") == 0)
		take_text(&block->name, param->value.s);
	else if (param->type == VIR_TYPED_PARAM_STRING && strcmp(field, "path") == 0)
		take_text(&block->path, param->value.s);
}

static bool has_counters(const struct blockstats *stats)
{
	for (size_t i = 0; i < stats->n; i++)
		if (stats->block[i].read.requests_total != UNKNOWN_U64)
			return true;
	return false;
}

bool blockstats_read(const virDomainStatsRecord *record, struct blockstats *out)
{
	unsigned count = 0, n;
	const char *field;
	size_t number;

	*out = (struct blockstats){ 0 };
	if (virTypedParamsGetUInt(record->params, record->nparams, "block.count", &count) != 1)
		return false;
	n = count < BLOCKSTATS_MOST ? count : BLOCKSTATS_MOST;
	out->block = xcalloc(n, sizeof(*out->block));
	out->n = n;
	for (size_t i = 0; i < n; i++)
		out->block[i] = counters_unknown;
	for (int i = 0; i < record->nparams; i++)
		if (split(record->params[i].field, &number, &field) && number < n)
			take(&out->block[number], field, &record->params[i]);
	if (n == 0 || has_counters(out))
		return true;
	blockstats_release(out);
	return false;
}

void blockstats_release(struct blockstats *stats)
{
	for (size_t i = 0; i < stats->n; i++) {
		free((char *)stats->block[i].name);
		free((char *)stats->block[i].path);
	}
	free(stats->block);
	*stats = (struct blockstats){ 0 };
}

static const char *clean(struct arena *arena, const char *text, size_t most)
{
	return text ? text_clean(arena, text, strlen(text), most) : NULL;
}

struct block_counters *blockstats_copy(const struct blockstats *stats, struct arena *arena)
{
	struct block_counters *copy = arena_array(arena, stats->n, sizeof(*copy));

	for (size_t i = 0; i < stats->n; i++) {
		copy[i] = stats->block[i];
		copy[i].name = clean(arena, copy[i].name, TEXT_NAME_MAX);
		copy[i].path = clean(arena, copy[i].path, DEVSET_TEXT_MOST);
	}
	return copy;
}
