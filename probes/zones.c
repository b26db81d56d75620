// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/zones.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* It has lines for each CPU in each zone. */
enum { TEXT_MOST = 16 * 1024 * 1024 };

static void zones_add(struct zones *zones, int node, uint64_t first, uint64_t count)
{
	uint64_t end;

	if (node < 0 || count == 0 || zones->n == ZONES_MOST ||
		__builtin_add_overflow(first, count, &end))
		return;
	zones->zone[zones->n++] = (struct zone){ first, end, node };
}

void zones_parse(struct zones *zones, const char *text)
{
	uint64_t spanned = 0, first;
	int node = -1;

	zones->n = 0;
	for (const char *line = text; line; line = strchr(line, '\n')) {
		unsigned number;

		line += *line == '\n';
		if (sscanf(line, "Node %u, zone", &number) == 1) {
			node = number <= INT_MAX ? (int)number : -1;
			spanned = 0;
		} else if (sscanf(line, " spanned %" SCNu64, &spanned) != 1 &&
			   sscanf(line, " start_pfn: %" SCNu64, &first) == 1) {
			zones_add(zones, node, first, spanned);
			node = -1;
		}
	}
}

void zones_read(struct zones *zones, const struct sysroot *root)
{
	char *text = NULL;
	size_t size = 0;

	zones->n = 0;
	if (sysroot_slurp(root, &text, &size, TEXT_MOST, "proc/zoneinfo") > 0)
		zones_parse(zones, text);
	free(text);
}

int zones_node(const struct zones *zones, uint64_t page)
{
	int node = ZONES_UNKNOWN;

	for (size_t i = 0; i < zones->n; i++) {
		const struct zone *zone = &zones->zone[i];

		if (page < zone->first || page >= zone->end || zone->node == node)
			continue;
		if (node != ZONES_UNKNOWN)
			return ZONES_UNKNOWN;
		node = zone->node;
	}
	return node;
}
