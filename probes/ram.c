// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/ram.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "probes/arena.h"

/* A part of a guest's memory is larger than that, and so is not every heap. */
static const uint64_t LEAST_BYTES = 1 << 20;
/* No processor that Linux knows has more address space. */
static const uint64_t HIGHEST = 1ull << 57;
enum { LARGEST_TO_LEAST = 8 };

/* "7f2c40000000-7f2cc0000000 rw-s 00000000 00:01 2049    /memfd:pc.ram (deleted)" */
struct mapping {
	uint64_t start, end;
	const char *object; /* "00:01 2049", what it is of; ends at object_len */
	size_t object_len;
	const char *path; /* to the end of the line */
	size_t path_len;
	bool is_data;  /* read and written, and not run */
	bool is_guard; /* not even read */
};

static const char *skip(const char *at, const char *end, bool blank)
{
	while (at < end && (*at == ' ') == blank)
		at++;
	return at;
}

static bool mapping_parse(struct mapping *out, const char *line, const char *end)
{
	char *at;

	out->start = strtoull(line, &at, 16);
	if (*at != '-')
		return false;
	out->end = strtoull(at + 1, &at, 16);
	if (end - at < 6 || *at != ' ' || out->end <= out->start || out->end > HIGHEST)
		return false;
	out->is_data = at[1] == 'r' && at[2] == 'w' && at[3] != 'x';
	out->is_guard = at[1] == '-' && at[2] == '-' && at[3] == '-';
	line = skip(skip(skip(at + 1, end, false), end, true), end, false); /* access, offset */
	out->object = skip(line, end, true);
	line = skip(skip(skip(out->object, end, false), end, true), end, false);
	out->object_len = (size_t)(line - out->object);
	out->path = skip(line, end, true);
	out->path_len = (size_t)(end - out->path);
	return true;
}

static bool begins(const struct mapping *mapping, const char *prefix)
{
	size_t len = strlen(prefix);

	return mapping->path_len >= len && memcmp(mapping->path, prefix, len) == 0;
}

/* A passed-through device may show more of its own memory than the guest has. */
static bool is_memory(const struct mapping *mapping)
{
	static const char *const memory[] = { "/dev/shm/", "/dev/hugepages", "/dev/zero",
		"/dev/dax", "[anon:", "[anon_shmem:" };
	static const char *const other[] = { "/dev/", "/sys/", "/proc/", "anon_inode:", "[" };

	for (size_t i = 0; i < sizeof(memory) / sizeof(memory[0]); i++)
		if (begins(mapping, memory[i]))
			return true;
	for (size_t i = 0; i < sizeof(other) / sizeof(other[0]); i++)
		if (begins(mapping, other[i]))
			return false;
	return true;
}

/* Advice and policies for parts of it have the kernel split it. */
static bool continues(
	const struct ram *ram, const struct mapping *last, const struct mapping *mapping)
{
	return ram->n && last->end == mapping->start && last->object_len == mapping->object_len &&
	       memcmp(last->object, mapping->object, mapping->object_len) == 0;
}

/*
 * A small one on top of a guard, below a large one: a thread's stack, which had its place there by
 * chance.
 */
static bool is_stack(const struct ram_range *range, uint64_t guard_end, uint64_t bytes_above)
{
	return range->start == guard_end && range->bytes <= bytes_above / LARGEST_TO_LEAST;
}

static void ram_add(struct ram *ram, const struct mapping *last, uint64_t guard_end,
	const struct mapping *mapping)
{
	uint64_t bytes = mapping->end - mapping->start;

	if (continues(ram, last, mapping) && !is_stack(&ram->range[ram->n - 1], guard_end, bytes)) {
		ram->range[ram->n - 1].bytes += bytes;
		return;
	}
	ram->range = xgrow(ram->range, ram->n + 1, &ram->cap, sizeof(*ram->range));
	ram->range[ram->n++] = (struct ram_range){ mapping->start, bytes };
}

static void drop_small(struct ram *ram)
{
	uint64_t largest = 0;
	size_t kept = 0;

	for (size_t i = 0; i < ram->n; i++)
		largest = ram->range[i].bytes > largest ? ram->range[i].bytes : largest;
	for (size_t i = 0; i < ram->n; i++) {
		uint64_t bytes = ram->range[i].bytes;

		if (bytes < LEAST_BYTES || bytes <= largest / LARGEST_TO_LEAST)
			continue;
		ram->range[kept++] = ram->range[i];
		ram->bytes += bytes;
	}
	ram->n = kept;
}

void ram_parse(struct ram *ram, const char *maps)
{
	struct mapping mapping, last = { 0 };
	uint64_t guard_end = 0;

	ram->n = 0;
	ram->bytes = 0;
	while (*maps) {
		size_t len = strcspn(maps, "\n");

		if (mapping_parse(&mapping, maps, maps + len) && mapping.start >= last.end) {
			if (mapping.is_guard)
				guard_end = mapping.end;
			if (mapping.is_data && is_memory(&mapping)) {
				ram_add(ram, &last, guard_end, &mapping);
				last = mapping;
			}
		}
		maps += len + (maps[len] == '\n');
	}
	drop_small(ram);
}

void ram_release(struct ram *ram)
{
	free(ram->range);
	*ram = (struct ram){ 0 };
}

/* xorshift64 */
static uint64_t next_random(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

/* The i-th of n parts of bytes, without a product that does not fit. */
static uint64_t part_start(uint64_t bytes, size_t n, size_t i)
{
	return bytes / n * i + bytes % n * i / n;
}

size_t ram_draw(
	const struct ram *ram, uint64_t *seed, uint64_t page_bytes, void **address, size_t n)
{
	uint64_t before = 0; /* bytes in the ranges before this one */
	size_t range = 0;

	if (n > ram->bytes / page_bytes)
		n = (size_t)(ram->bytes / page_bytes);
	for (size_t i = 0; i < n; i++) {
		uint64_t start = part_start(ram->bytes, n, i);
		uint64_t at =
			start + next_random(seed) % (part_start(ram->bytes, n, i + 1) - start);

		while (at - before >= ram->range[range].bytes)
			before += ram->range[range++].bytes;
		at += ram->range[range].start - before;
		address[i] = (void *)(uintptr_t)(at - at % page_bytes);
	}
	return n;
}
