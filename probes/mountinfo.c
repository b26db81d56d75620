// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/mountinfo.h"

#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

/* "31 23 0:28 ROOT POINT OPTIONS shared:1 ... - TYPE SOURCE OPTIONS". */
enum { ID, PARENT, DEV, ROOT, POINT, OPTIONS, HEAD };
enum { TYPE, SOURCE, SUPER, TAIL };

struct field {
	const char *text;
	size_t len;
};

struct line {
	struct field head[HEAD], tail[TAIL];
};

/* A field between blanks, and *text behind it; false: the line has ended. */
static bool next_field(const char **text, struct field *out)
{
	*text += strspn(*text, " ");
	*out = (struct field){ *text, strcspn(*text, " \n") };
	*text += out->len;
	return out->len > 0;
}

static bool line_parse(const char *text, struct line *out)
{
	struct field field;

	for (size_t i = 0; i < HEAD; i++)
		if (!next_field(&text, &out->head[i]))
			return false;
	do {
		if (!next_field(&text, &field))
			return false;
	} while (field.len != 1 || *field.text != '-');
	for (size_t i = 0; i < TAIL; i++)
		if (!next_field(&text, &out->tail[i]) && i != SUPER)
			return false;
	return true;
}

/* "\040" is a blank. */
static bool is_escape(const char *at, size_t left)
{
	if (left < 4 || *at != '\\')
		return false;
	for (size_t i = 1; i < 4; i++)
		if (at[i] < '0' || at[i] > '7')
			return false;
	return at[1] <= '3';
}

static void field_copy(char *out, size_t size, struct field field)
{
	size_t used = 0;

	for (size_t i = 0; i < field.len && used + 1 < size; i++) {
		const char *at = field.text + i;

		if (!is_escape(at, field.len - i)) {
			out[used++] = *at;
			continue;
		}
		out[used++] = (char)((at[1] - '0') * 64 + (at[2] - '0') * 8 + at[3] - '0');
		i += 3;
	}
	out[used] = '\0';
}

static void fill(struct mount *out, const struct line *line)
{
	char *end;
	unsigned long major = strtoul(line->head[DEV].text, &end, 10);
	unsigned long minor = *end == ':' ? strtoul(end + 1, NULL, 10) : 0;

	out->id = strtoull(line->head[ID].text, NULL, 10);
	out->dev = makedev((unsigned)major, (unsigned)minor);
	field_copy(out->point, sizeof(out->point), line->head[POINT]);
	field_copy(out->fs, sizeof(out->fs), line->tail[TYPE]);
	field_copy(out->source, sizeof(out->source), line->tail[SOURCE]);
	field_copy(out->options, sizeof(out->options), line->tail[SUPER]);
}

static const char *next_line(const char *text)
{
	const char *end = strchr(text, '\n');

	return end ? end + 1 : NULL;
}

bool mountinfo_by_id(const char *text, uint64_t id, struct mount *out)
{
	struct line line;

	for (; text; text = next_line(text)) {
		if (strtoull(text, NULL, 10) != id || !line_parse(text, &line))
			continue;
		fill(out, &line);
		return true;
	}
	return false;
}

/* Is path at or below the mount point? */
static bool is_below(const char *point, const char *path)
{
	size_t len = strlen(point);

	if (len == 1 && *point == '/')
		return *path == '/';
	return strncmp(point, path, len) == 0 && (path[len] == '/' || path[len] == '\0');
}

bool mountinfo_by_path(const char *text, const char *path, struct mount *out)
{
	struct line line, best = { .head[POINT] = { NULL, 0 } };
	char point[MOUNT_TEXT];

	for (; text; text = next_line(text)) {
		if (!line_parse(text, &line) || line.head[POINT].len < best.head[POINT].len)
			continue;
		field_copy(point, sizeof(point), line.head[POINT]);
		if (is_below(point, path))
			best = line;
	}
	if (!best.head[POINT].text)
		return false;
	fill(out, &best);
	return true;
}

bool mount_option(const struct mount *mount, const char *name, char *value, size_t size)
{
	size_t len = strlen(name);

	for (const char *at = mount->options; *at;) {
		size_t n = strcspn(at, ",");

		if (n > len && strncmp(at, name, len) == 0 && at[len] == '=' && n - len <= size) {
			memcpy(value, at + len + 1, n - len - 1);
			value[n - len - 1] = '\0';
			return true;
		}
		at += n + (at[n] == ',');
	}
	return false;
}
