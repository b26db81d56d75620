// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/cgroup_path.h"

#include <stdlib.h>
#include <string.h>

/* A level of its own, called so, would lead out of the tree. */
static bool leads_up(const char *path, size_t len)
{
	for (size_t i = 0; i + 2 < len; i++)
		if (!memcmp(path + i, "/..", 3) && (i + 3 == len || path[i + 3] == '/'))
			return true;
	return false;
}

static bool keep(const char *path, size_t len, char *out, size_t size)
{
	out[0] = '\0';
	if (len == 0 || path[0] != '/' || len >= size || leads_up(path, len))
		return false;
	memcpy(out, path, len);
	out[len] = '\0';
	return true;
}

/* Is word one of a list with commas in between? */
static bool has_word(const char *list, size_t len, const char *word)
{
	size_t want = strlen(word);

	for (size_t at = 0; at < len;) {
		const char *comma = memchr(list + at, ',', len - at);
		size_t n = comma ? (size_t)(comma - list) - at : len - at;

		if (n == want && !memcmp(list + at, word, n))
			return true;
		at += n + 1;
	}
	return false;
}

/* "4:cpu,memory:/path": the path of the line with that controller, "" the one of version 2. */
static bool path_of(const char *text, const char *controller, char *out, size_t size)
{
	out[0] = '\0';
	while (*text) {
		size_t len = strcspn(text, "\n");
		const char *list = memchr(text, ':', len), *path;

		path = list ? memchr(list + 1, ':', len - (size_t)(list + 1 - text)) : NULL;
		if (path && (*controller ? has_word(list + 1, (size_t)(path - list - 1), controller)
					 : path == list + 1))
			return keep(path + 1, len - (size_t)(path + 1 - text), out, size);
		text += len + (text[len] == '\n');
	}
	return false;
}

bool cgroup_path_v1(const char *text, char *out, size_t size)
{
	return path_of(text, "memory", out, size);
}

bool cgroup_path_blkio(const char *text, char *out, size_t size)
{
	return path_of(text, "blkio", out, size);
}

bool cgroup_path_v2(const char *text, char *out, size_t size)
{
	return path_of(text, "", out, size);
}

enum { MOUNT_ROOT = 3, MOUNT_POINT = 4, MOUNT_FIELDS = 5 };

/* A field between blanks; *len its length. Returns what follows it, or NULL at the line's end. */
static const char *next_field(const char *text, size_t *len)
{
	*len = strcspn(text, " \n");
	return text[*len] == ' ' ? text + *len + 1 : NULL;
}

struct mount_line {
	const char *field[MOUNT_FIELDS];
	size_t len[MOUNT_FIELDS];
	const char *type, *options;
	size_t type_len, options_len;
};

/* "31 23 0:28 ROOT POINT OPTIONS shared:1 ... - TYPE SOURCE OPTIONS". */
static bool mount_parse(const char *line, struct mount_line *out)
{
	const char *at = line;
	size_t len;

	for (size_t i = 0; i < MOUNT_FIELDS; i++) {
		if (!at)
			return false;
		out->field[i] = at;
		at = next_field(at, &out->len[i]);
	}
	do {
		const char *field = at;

		if (!at)
			return false;
		at = next_field(at, &len);
		if (len == 1 && *field == '-')
			break;
	} while (at);
	if (!at)
		return false;
	out->type = at;
	at = next_field(at, &out->type_len);
	at = at ? next_field(at, &len) : NULL;
	out->options = at ? at : "";
	next_field(out->options, &out->options_len);
	return true;
}

static bool is(const char *text, size_t len, const char *word)
{
	return len == strlen(word) && !memcmp(text, word, len);
}

/* The first mount of a hierarchy is the one that is meant; others are of containers. */
static void take(const struct mount_line *mount, char *point, char *root)
{
	size_t n = mount->len[MOUNT_POINT], m = mount->len[MOUNT_ROOT];

	/* A backslash begins an escape: such a place is nobody's habit. */
	if (point[0] || n < 2 || mount->field[MOUNT_POINT][1] == '/' ||
		memchr(mount->field[MOUNT_POINT], '\\', n) ||
		!keep(mount->field[MOUNT_ROOT], m, root, CGROUP_PATH_MAX) ||
		!keep(mount->field[MOUNT_POINT], n, point, CGROUP_PATH_MAX))
		return;
	memmove(point, point + 1, n); /* relative, with its end */
}

void cgroup_mounts_parse(const char *text, struct cgroup_mounts *out)
{
	struct mount_line mount;

	*out = (struct cgroup_mounts){ .v1 = "" };
	for (; *text; text += strcspn(text, "\n"), text += *text == '\n') {
		if (!mount_parse(text, &mount))
			continue;
		if (is(mount.type, mount.type_len, "cgroup2"))
			take(&mount, out->v2, out->v2_root);
		if (!is(mount.type, mount.type_len, "cgroup"))
			continue;
		if (has_word(mount.options, mount.options_len, "memory"))
			take(&mount, out->v1, out->v1_root);
		if (has_word(mount.options, mount.options_len, "blkio"))
			take(&mount, out->blkio, out->blkio_root);
	}
}

const char *cgroup_path_below(const char *root, const char *path)
{
	size_t len = strlen(root);

	if (len <= 1)
		return path;
	if (strncmp(path, root, len) != 0)
		return NULL;
	return path[len] == '/' ? path + len : path[len] == '\0' ? "/" : NULL;
}

static bool ends_in(const char *text, size_t len, const char *end)
{
	size_t n = strlen(end);

	return len > n && !memcmp(text + len - n, end, n);
}

static bool begins_with(const char *text, size_t len, const char *begin)
{
	size_t n = strlen(begin);

	return len >= n && !memcmp(text, begin, n);
}

/* machine-qemu\x2d1\x2dweb.scope by systemd, qemu-1-web.libvirt-qemu without. */
static bool is_machine(const char *name, size_t len)
{
	return ends_in(name, len, ".libvirt-qemu") ||
	       (begins_with(name, len, "machine-qemu") && ends_in(name, len, ".scope"));
}

static bool is_unit(const char *name, size_t len)
{
	return ends_in(name, len, ".scope") || ends_in(name, len, ".service");
}

static bool is_part(const char *name, size_t len)
{
	return is(name, len, "emulator") || is(name, len, "libvirt") ||
	       (begins_with(name, len, "vcpu") && len > 4 && name[4] >= '0' && name[4] <= '9') ||
	       (begins_with(name, len, "iothread") && len > 8 && name[8] >= '0' && name[8] <= '9');
}

size_t cgroup_path_own(const char *path, bool *named)
{
	size_t unit = 0, whole = 0, machine = 0;

	for (size_t at = 0; path[at];) {
		const char *name = path + at + 1;
		size_t len = strcspn(name, "/"), end = at + 1 + len;

		if (is_machine(name, len))
			machine = end;
		if (is_unit(name, len))
			unit = end;
		if (len && !is_part(name, len))
			whole = end;
		at = end;
	}
	*named = machine > 0;
	return machine ? machine : unit ? unit : whole;
}

size_t cgroup_path_up(const char *path, size_t len)
{
	while (len > 0 && path[len - 1] != '/')
		len--;
	return len > 0 ? len - 1 : 0;
}
