// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/iolimits.h"

#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "probes/cgroup_io.h"
#include "probes/cgroup_read.h"
#include "probes/throttle.h"

enum { LEVELS_MOST = 8, TEXT_BYTES = 4096 };

struct limits {
	uint64_t dev[IOLIMITS_MOST];
	struct throttle throttle[IOLIMITS_MOST];
	size_t n;
};

/* The limits of that device; NULL: there are too many. */
static struct throttle *of_dev(struct limits *limits, uint64_t dev)
{
	for (size_t i = 0; i < limits->n; i++)
		if (limits->dev[i] == dev)
			return &limits->throttle[i];
	if (limits->n == IOLIMITS_MOST)
		return NULL;
	limits->dev[limits->n] = dev;
	limits->throttle[limits->n] = (struct throttle){ 0 };
	return &limits->throttle[limits->n++];
}

static void tighten(uint64_t *limit, uint64_t value)
{
	if (value && (*limit == 0 || value < *limit))
		*limit = value;
}

/* "8:16 rest of the line"; moves *text behind the line. */
static bool next_dev(const char **text, uint64_t *dev, const char **rest)
{
	char *end;

	while (**text) {
		const char *line = *text;
		unsigned long major = strtoul(line, &end, 10);

		*text += strcspn(*text, "\n");
		*text += **text == '\n';
		if (end == line || *end != ':')
			continue;
		*dev = makedev((unsigned)major, (unsigned)strtoul(end + 1, &end, 10));
		*rest = end;
		return true;
	}
	return false;
}

/* The number behind a key on this line; 0: none, or "max". */
static uint64_t value_of(const char *line, const char *key)
{
	size_t len = strcspn(line, "\n");
	const char *at = strstr(line, key);

	return at && at < line + len ? strtoull(at + strlen(key), NULL, 10) : 0;
}

static void read_v2(
	const struct sysroot *root, const struct cgroup_place *place, struct limits *limits)
{
	char text[TEXT_BYTES];
	const char *at = text, *line;
	struct throttle *throttle;
	uint64_t dev;

	if (sysroot_read(root, text, sizeof(text), "%s%.*s/io.max", place->mount, (int)place->len,
		    place->path) <= 0)
		return;
	while (next_dev(&at, &dev, &line) && (throttle = of_dev(limits, dev))) {
		tighten(&throttle->read_bytes, value_of(line, "rbps="));
		tighten(&throttle->written_bytes, value_of(line, "wbps="));
		tighten(&throttle->reads, value_of(line, "riops="));
		tighten(&throttle->writes, value_of(line, "wiops="));
	}
}

static void read_v1(
	const struct sysroot *root, const struct cgroup_place *place, struct limits *limits)
{
	static const struct {
		const char *file;
		size_t offset;
	} files[] = {
		{ "read_bps_device", offsetof(struct throttle, read_bytes) },
		{ "write_bps_device", offsetof(struct throttle, written_bytes) },
		{ "read_iops_device", offsetof(struct throttle, reads) },
		{ "write_iops_device", offsetof(struct throttle, writes) },
	};
	struct throttle *throttle;
	char text[TEXT_BYTES];
	uint64_t dev;

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		const char *at = text, *line;

		if (sysroot_read(root, text, sizeof(text), "%s%.*s/blkio.throttle.%s", place->mount,
			    (int)place->len, place->path, files[i].file) <= 0)
			continue;
		while (next_dev(&at, &dev, &line) && (throttle = of_dev(limits, dev)))
			tighten((uint64_t *)((char *)throttle + files[i].offset),
				strtoull(line, NULL, 10));
	}
}

/* This group and those above it, but for the root, which has no limits. */
static void read_levels(const struct sysroot *root, struct cgroup_place *place,
	struct limits *limits,
	void (*read)(const struct sysroot *, const struct cgroup_place *, struct limits *))
{
	for (unsigned level = 0; level < LEVELS_MOST && place->len > 1; level++) {
		read(root, place, limits);
		place->len = cgroup_path_up(place->path, place->len);
	}
}

size_t iolimits_read(
	const struct sysroot *root, pid_t pid, struct arena *arena, struct image_limit *out)
{
	struct limits limits = { .n = 0 };
	struct cgroup_mounts mounts;
	struct cgroup_place place;
	char text[TEXT_BYTES];
	size_t n = 0;

	if (sysroot_read(root, text, sizeof(text), "proc/%d/cgroup", (int)pid) <= 0)
		return 0;
	cgroup_mounts_read(root, &mounts);
	if (cgroup_io_locate(&mounts, text, true, &place))
		read_levels(root, &place, &limits, read_v1);
	else if (cgroup_io_locate(&mounts, text, false, &place))
		read_levels(root, &place, &limits, read_v2);
	for (size_t i = 0; i < limits.n; i++) {
		out[n].dev = limits.dev[i];
		out[n].words = throttle_words(arena, &limits.throttle[i]);
		n += out[n].words != NULL;
	}
	return n;
}
