/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_DISKSTATS_H
#define PARALLAX_DISKSTATS_H

#include "probes/sample.h"
#include "probes/sysroot.h"

/* What the kernel counts of its block devices, /proc/diskstats. */

enum { DISK_NAME_MAX = 64 };

/*
 * The next line of it: false, there is none that is whole. name is raw, and out->name is not set.
 * Moves *text behind it.
 */
bool diskstats_next(const char **text, struct disk_counters *out, char name[DISK_NAME_MAX]);

/* A device that was ever used, as read last. */
struct known_disk {
	struct disk_counters counters, before; /* without its name; of the reading before that */
	char name[DISK_NAME_MAX];	       /* raw */
	bool whole;			       /* no partition, as long as it has its name */
	bool has_before;
};

/* Zeroed but for root. */
struct diskstats {
	const struct sysroot *root;
	char *text;
	size_t size;
	struct known_disk *known; /* in the kernel's order */
	size_t n, cap;
	size_t lines;	 /* when read last */
	unsigned rounds; /* since then */
};

/*
 * Is it time? Where there are very many devices, they are not read in each round, so that a round
 * never costs much more than that of a few hundred.
 */
bool diskstats_is_due(struct diskstats *stats);
/* Reads them anew; 0 or a negative errno. */
int diskstats_read(struct diskstats *stats);
/* The whole ones into section, by dev. */
void diskstats_fill(
	const struct diskstats *stats, struct arena *arena, struct latency_sample *section);
void diskstats_release(struct diskstats *stats);

#endif
