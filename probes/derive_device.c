// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/derive.h"

#include <stdlib.h>
#include <string.h>

#include "probes/schema.h"

/* A device now and before. */
struct seen {
	const struct disk_counters *cur, *prev;
	uint64_t ns; /* between the two; 0: no rates */
};

static int compare_dev(const void *key, const void *item)
{
	uint64_t dev = *(const uint64_t *)key, other = ((const struct disk_counters *)item)->dev;

	return (dev > other) - (dev < other);
}

static struct seen seen_of(const struct latency_sample *section, const struct disk_counters *cur)
{
	struct seen seen = { .cur = cur, .prev = cur ? cur->before : NULL };

	if (seen.prev && section->disk_before_ns)
		seen.ns = section->disk_at_ns - section->disk_before_ns;
	return seen;
}

static double util_pct(const struct seen *seen)
{
	return derive_busy_pct(
		derive_delta(seen->cur->busy_ms_total, seen->prev->busy_ms_total), seen->ns);
}

void derive_device_of(const struct derive *derive, uint64_t leaf_dev, struct disk *out)
{
	const struct latency_sample *section = &derive->cur->latency;
	const struct disk_counters *cur =
		leaf_dev && section->n_disk ? bsearch(&leaf_dev, section->disk, section->n_disk,
						      sizeof(*section->disk), compare_dev)
					    : NULL;
	struct seen seen = seen_of(section, cur);
	uint64_t count, ms;

	if (!seen.cur)
		return;
	out->device_in_flight = seen.cur->in_flight;
	if (seen.ns == 0)
		return;
	count = derive_both(derive_delta(seen.cur->reads_total, seen.prev->reads_total),
		derive_delta(seen.cur->writes_total, seen.prev->writes_total));
	ms = derive_both(derive_delta(seen.cur->read_ms_total, seen.prev->read_ms_total),
		derive_delta(seen.cur->write_ms_total, seen.prev->write_ms_total));
	out->device_util_pct = util_pct(&seen);
	out->device_await_ms = derive_mean(ms, count);
}

static void derive_one(
	const struct derive *derive, const struct disk_counters *cur, struct block_device *out)
{
	struct seen seen = seen_of(&derive->cur->latency, cur);
	uint64_t reads, writes;

	schema_init(&schema_block_device, out);
	out->name = derive_text(derive, cur->name);
	out->in_flight = cur->in_flight;
	if (seen.ns == 0)
		return;
	reads = derive_delta(cur->reads_total, seen.prev->reads_total);
	writes = derive_delta(cur->writes_total, seen.prev->writes_total);
	out->read_per_s = derive_per_s(reads, seen.ns);
	out->write_per_s = derive_per_s(writes, seen.ns);
	out->read_await_ms =
		derive_mean(derive_delta(cur->read_ms_total, seen.prev->read_ms_total), reads);
	out->write_await_ms =
		derive_mean(derive_delta(cur->write_ms_total, seen.prev->write_ms_total), writes);
	out->util_pct = util_pct(&seen);
}

static bool is_listed(const struct snapshot *out, const char *name)
{
	for (size_t i = 0; i < out->n_block_device; i++)
		if (strcmp(out->block_device[i].name, name) == 0)
			return true;
	return false;
}

static const struct disk_counters *counters_by_name(
	const struct latency_sample *section, const char *name)
{
	for (size_t i = 0; i < section->n_disk; i++)
		if (section->disk[i].name && strcmp(section->disk[i].name, name) == 0)
			return &section->disk[i];
	return NULL;
}

static void add_device(const struct derive *derive, const char *name, struct snapshot *out)
{
	const struct disk_counters *cur;

	if (!name || is_listed(out, name) || out->n_block_device == BLOCK_DEVICES_MOST)
		return;
	cur = counters_by_name(&derive->cur->latency, name);
	if (cur)
		derive_one(derive, cur, &out->block_device[out->n_block_device++]);
}

static int by_name(const void *a, const void *b)
{
	const struct block_device *x = a, *y = b;

	return strcmp(x->name, y->name);
}

void derive_devices(const struct derive *derive, struct snapshot *out)
{
	out->block_device =
		arena_array(derive->arena, BLOCK_DEVICES_MOST, sizeof(*out->block_device));
	for (size_t i = 0; i < out->n_vm; i++)
		for (size_t k = 0; k < out->vm[i].n_disk; k++)
			add_device(derive, out->vm[i].disk[k].device, out);
	if (out->n_block_device)
		qsort(out->block_device, out->n_block_device, sizeof(*out->block_device), by_name);
}
