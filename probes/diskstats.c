// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/diskstats.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "probes/text.h"

enum { MOST_BYTES = 4 << 20, LINES_A_ROUND = 256 };

/* Columns behind the name; later kernels have more. */
enum column {
	READS,
	READ_MS = 3,
	WRITES,
	WRITE_MS = 7,
	IN_FLIGHT,
	BUSY_MS,
	QUEUED_MS,
	COLUMNS_LEAST = 11,
	FLUSHES = 15,
	FLUSH_MS,
	COLUMNS
};

static bool next_number(const char **at, uint64_t *value)
{
	char *end;

	*at += strspn(*at, " ");
	if (**at < '0' || **at > '9')
		return false;
	errno = 0;
	*value = strtoull(*at, &end, 10);
	*at = end;
	return errno == 0;
}

static bool next_name(const char **at, char name[DISK_NAME_MAX])
{
	size_t len;

	*at += strspn(*at, " ");
	len = strcspn(*at, " \n");
	if (len == 0 || len >= DISK_NAME_MAX)
		return false;
	memcpy(name, *at, len);
	name[len] = '\0';
	*at += len;
	return true;
}

static bool parse_line(const char *at, struct disk_counters *out, char name[DISK_NAME_MAX])
{
	uint64_t major_number, minor_number, column[COLUMNS];
	size_t n = 0;

	if (!next_number(&at, &major_number) || !next_number(&at, &minor_number) ||
		major_number > UINT32_MAX || minor_number > UINT32_MAX || !next_name(&at, name))
		return false;
	while (n < COLUMNS && next_number(&at, &column[n]))
		n++;
	if (n < COLUMNS_LEAST)
		return false;
	*out = (struct disk_counters){
		.dev = makedev((unsigned)major_number, (unsigned)minor_number),
		.reads_total = column[READS],
		.read_ms_total = column[READ_MS],
		.writes_total = column[WRITES],
		.write_ms_total = column[WRITE_MS],
		.in_flight = column[IN_FLIGHT],
		.busy_ms_total = column[BUSY_MS],
		.queued_ms_total = column[QUEUED_MS],
		.flushes_total = n == COLUMNS ? column[FLUSHES] : UNKNOWN_U64,
		.flush_ms_total = n == COLUMNS ? column[FLUSH_MS] : UNKNOWN_U64,
	};
	return true;
}

bool diskstats_next(const char **text, struct disk_counters *out, char name[DISK_NAME_MAX])
{
	while (**text) {
		const char *line = *text;
		size_t len = strcspn(line, "\n");

		*text += len + (line[len] == '\n');
		if (parse_line(line, out, name))
			return true;
	}
	return false;
}

static int by_dev(const void *a, const void *b)
{
	uint64_t x = ((const struct disk_counters *)a)->dev;
	uint64_t y = ((const struct disk_counters *)b)->dev;

	return (x > y) - (x < y);
}

/* sysfs has a folder of that name for whole devices only, with '!' for each '/'. */
static bool is_whole(const struct sysroot *root, const char *name)
{
	char path[DISK_NAME_MAX];
	uint64_t inode;

	for (size_t i = 0; i < sizeof(path); i++)
		path[i] = name[i] == '/' ? '!' : name[i];
	return strcmp(path, ".") != 0 && strcmp(path, "..") != 0 &&
	       sysroot_inode(root, &inode, "sys/block/%s", path) == 0;
}

static bool was_used(const struct disk_counters *disk)
{
	return disk->reads_total || disk->writes_total || disk->in_flight;
}

/* Lines come in the same order each time, so its place tells which it was. */
static void know(
	struct diskstats *stats, size_t at, const struct disk_counters *disk, const char *name)
{
	struct known_disk *known;

	stats->known = xgrow(stats->known, at + 1, &stats->cap, sizeof(*stats->known));
	known = &stats->known[at];
	if (at >= stats->n || known->counters.dev != disk->dev || strcmp(known->name, name) != 0) {
		*known = (struct known_disk){ .whole = is_whole(stats->root, name) };
		strcpy(known->name, name);
	} else {
		known->before = known->counters;
		known->has_before = true;
	}
	known->counters = *disk;
}

bool diskstats_is_due(struct diskstats *stats)
{
	return stats->rounds++ >= stats->lines / LINES_A_ROUND;
}

int diskstats_read(struct diskstats *stats)
{
	ssize_t len = sysroot_slurp(
		stats->root, &stats->text, &stats->size, MOST_BYTES, "proc/diskstats");
	const char *text = stats->text;
	struct disk_counters disk;
	char name[DISK_NAME_MAX];
	size_t n = 0;

	stats->rounds = stats->lines = 0;
	if (len < 0)
		return (int)len;
	while (diskstats_next(&text, &disk, name)) {
		stats->lines++;
		if (was_used(&disk))
			know(stats, n++, &disk, name);
	}
	stats->n = n;
	return 0;
}

void diskstats_fill(
	const struct diskstats *stats, struct arena *arena, struct latency_sample *section)
{
	section->disk = arena_array(arena, stats->n, sizeof(*section->disk));
	for (size_t i = 0; i < stats->n; i++) {
		const struct known_disk *known = &stats->known[i];
		struct disk_counters *to = &section->disk[section->n_disk];

		if (!known->whole)
			continue;
		*to = known->counters;
		to->name = text_clean(arena, known->name, strlen(known->name), TEXT_NAME_MAX);
		to->before = known->has_before ? memcpy(arena_alloc(arena, sizeof(known->before)),
							 &known->before, sizeof(known->before))
					       : NULL;
		section->n_disk++;
	}
	if (section->n_disk)
		qsort(section->disk, section->n_disk, sizeof(*section->disk), by_dev);
}

void diskstats_release(struct diskstats *stats)
{
	free(stats->text);
	free(stats->known);
	stats->text = NULL;
	stats->known = NULL;
}
