// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/netdev.h"

#include <stdlib.h>
#include <string.h>

/* As dev_valid_name of the kernel. */
bool netdev_is_name(const char *name)
{
	size_t len = strcspn(name, "/: \t\n\v\f\r");

	return len > 0 && len < NETDEV_NAME_BYTES && !name[len] && strcmp(name, ".") != 0 &&
	       strcmp(name, "..") != 0;
}

static const char *next_line(const char *text)
{
	const char *end = strchr(text, '\n');

	return end ? end + 1 : text + strlen(text);
}

static bool copy_name(const char *from, size_t len, char name[NETDEV_NAME_BYTES])
{
	if (len >= NETDEV_NAME_BYTES)
		return false;
	memcpy(name, from, len);
	name[len] = '\0';
	return netdev_is_name(name);
}

bool netdev_next(const char **text, char name[NETDEV_NAME_BYTES])
{
	for (const char *line = *text; *line; line = next_line(line)) {
		const char *first = line + strspn(line, " ");
		size_t len = strcspn(first, ":\n");

		if (first[len] != ':' || !copy_name(first, len, name))
			continue;
		*text = first + len + 1;
		return true;
	}
	return false;
}

bool netdev_counters(const char *text, uint64_t value[NETDEV_COUNTERS])
{
	for (int i = 0; i < NETDEV_COUNTERS; i++) {
		uint64_t number = 0;

		text += strspn(text, " ");
		if (*text < '0' || *text > '9')
			return false;
		while (*text >= '0' && *text <= '9')
			number = number * 10 + (uint64_t)(*text++ - '0');
		value[i] = number;
	}
	return true;
}

uint32_t netdev_igmp_index(const char *text, const char *name)
{
	char found[NETDEV_NAME_BYTES], *end;

	for (const char *line = text; *line; line = next_line(line)) {
		unsigned long index = strtoul(line, &end, 10);

		if (end == line || *line < '0' || *line > '9' || *end != '\t')
			continue;
		end++;
		if (copy_name(end, strcspn(end, " :\n"), found) && strcmp(found, name) == 0)
			return (uint32_t)index;
	}
	return 0;
}
