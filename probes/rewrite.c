// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/rewrite.h"

#include <stdint.h>
#include <string.h>

#include "probes/arena.h"
#include "probes/forms.h"

void rewrite_begin(struct rewrite *out)
{
	out->data = xgrow(out->data, 1, &out->size, 1);
	out->data[0] = '\0';
	out->len = 0;
}

void rewrite_put(struct rewrite *out, const char *text, size_t len)
{
	out->data = xgrow(out->data, out->len + len + 1, &out->size, 1);
	memcpy(out->data + out->len, text, len);
	out->len += len;
	out->data[out->len] = '\0';
}

void rewrite_text(struct rewrite *out, const char *text)
{
	rewrite_put(out, text, strlen(text));
}

void rewrite_alias(struct rewrite *out, enum alias_kind kind, const char *name, size_t len)
{
	rewrite_text(out, alias_of(out->aliases, kind, name, len));
}

/* Paths. */

void rewrite_directory(struct rewrite *out, const char *path, size_t len)
{
	if (alias_is_common(out->aliases, ALIAS_PATH, path, len)) {
		rewrite_put(out, path, len);
		return;
	}
	while (len > 1 && path[len - 1] == '/')
		len--;
	if (len == 0)
		return;
	if (path[0] == '/' && len == 1) {
		rewrite_text(out, "/");
		return;
	}
	if (path[0] == '/') {
		rewrite_text(out, "/");
		path++;
		len--;
	}
	rewrite_alias(out, ALIAS_PATH, path, len);
}

static void put_file(struct rewrite *out, const char *name, size_t len)
{
	size_t suffix = form_image_suffix(name, len);

	rewrite_alias(out, ALIAS_FILE, name, len);
	rewrite_put(out, name + len - suffix, suffix);
}

/* Of what the kernel shows only those parts are replaced that are somebody's name. */
static void put_kernel_path(struct rewrite *out, const char *path, size_t len)
{
	while (len) {
		const char *slash = memchr(path, '/', len), *alias;
		size_t n = slash ? (size_t)(slash - path) : len;

		alias = n ? alias_word(out->aliases, path, n) : NULL;
		if (alias)
			rewrite_text(out, alias);
		else
			rewrite_put(out, path, n);
		if (slash)
			rewrite_put(out, "/", 1);
		path += n + (slash ? 1 : 0);
		len -= n + (slash ? 1 : 0);
	}
}

/* A node of /dev is a disk, by whatever way its name leads there. */
static void put_node(struct rewrite *out, const char *path, size_t len)
{
	const char *below = form_begins(path, len, "/dev/mapper/") ? "/dev/mapper/" : "/dev/";

	rewrite_text(out, below);
	rewrite_alias(out, ALIAS_DISK, path + strlen(below), len - strlen(below));
}

/* One that is met as a directory elsewhere, or looks like one. */
static bool is_directory(const struct rewrite *out, const char *path, size_t len)
{
	if (len < 2 || path[0] != '/')
		return len && path[len - 1] == '/';
	return path[len - 1] == '/' || alias_kind_of(path + 1, len - 1) == ALIAS_PATH ||
	       alias_known(out->aliases, ALIAS_PATH, path + 1, len - 1);
}

static void put_path(struct rewrite *out, const char *path, size_t len)
{
	const char *slash = memrchr(path, '/', len);
	size_t dir = slash ? (size_t)(slash - path) : 0, name = slash ? dir + 1 : 0;

	if (is_directory(out, path, len)) {
		rewrite_directory(out, path, len);
		return;
	}
	rewrite_directory(out, path, dir);
	if (slash)
		rewrite_text(out, "/");
	put_file(out, path + name, len - name);
}

static bool is_below(const char *path, size_t len, const char *top)
{
	size_t n = strlen(top);

	return form_begins(path, len, top) && (len == n || path[n] == '/');
}

void rewrite_path(struct rewrite *out, const char *path, size_t len)
{
	static const char cgroups[] = "/sys/fs/cgroup";

	if (alias_is_common(out->aliases, ALIAS_PATH, path, len)) {
		rewrite_put(out, path, len);
	} else if (is_below(path, len, cgroups)) {
		rewrite_text(out, cgroups);
		rewrite_cgroup(out, path + strlen(cgroups), len - strlen(cgroups));
	} else if (is_below(path, len, "/proc") || is_below(path, len, "/sys")) {
		put_kernel_path(out, path, len);
	} else if (len > 5 && is_below(path, len, "/dev")) {
		put_node(out, path, len);
	} else {
		put_path(out, path, len);
	}
}

/* Cgroups. */

/* systemd writes "-" as "\x2d". The length of what is unescaped; out has room for len bytes. */
static size_t unescape(const char *text, size_t len, char *out)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++)
		if (len - i >= 4 && memcmp(text + i, "\\x2d", 4) == 0) {
			out[n++] = '-';
			i += 3;
		} else {
			out[n++] = text[i];
		}
	return n;
}

/* machine-qemu\x2d3\x2dweb.scope of libvirt; qemu-3-web.libvirt-qemu where there is no systemd. */
struct scope {
	size_t name, suffix; /* where these begin */
	bool escaped;
};

static bool read_scope(const char *part, size_t len, struct scope *scope)
{
	size_t i = form_begins(part, len, "machine-") ? strlen("machine-") : 0, digits;

	if (!form_begins(part + i, len - i, "qemu"))
		return false;
	i += strlen("qemu");
	scope->escaped = form_begins(part + i, len - i, "\\x2d");
	i += scope->escaped ? 4 : 1;
	for (digits = 0; i < len && part[i] >= '0' && part[i] <= '9'; i++)
		digits++;
	if (!digits || !(scope->escaped ? form_begins(part + i, len - i, "\\x2d")
					: form_begins(part + i, len - i, "-")))
		return false;
	scope->name = i + (scope->escaped ? 4 : 1);
	scope->suffix = form_ends(part, len, ".scope")		? len - strlen(".scope")
			: form_ends(part, len, ".libvirt-qemu") ? len - strlen(".libvirt-qemu")
								: len;
	return scope->suffix > scope->name;
}

/* A VM that is not known by this name, for libvirt cuts long ones, is a group as any other. */
static bool put_machine(struct rewrite *out, const char *part, size_t len)
{
	char name[512];
	struct scope scope;
	const char *alias;

	if (!read_scope(part, len, &scope) || scope.suffix - scope.name > sizeof(name))
		return false;
	alias = alias_known(out->aliases, ALIAS_VM, name,
		unescape(part + scope.name, scope.suffix - scope.name, name));
	if (!alias)
		return false;
	rewrite_put(out, part, scope.name);
	for (; *alias; alias++)
		if (*alias == '-' && scope.escaped)
			rewrite_text(out, "\\x2d");
		else
			rewrite_put(out, alias, 1);
	rewrite_put(out, part + scope.suffix, len - scope.suffix);
	return true;
}

static void put_group(struct rewrite *out, const char *part, size_t len)
{
	static const char *const suffix[] = { ".slice", ".scope", ".service", ".libvirt-qemu" };
	size_t i, n = 0;

	if (put_machine(out, part, len))
		return;
	rewrite_alias(out, ALIAS_GROUP, part, len);
	if (alias_is_common(out->aliases, ALIAS_GROUP, part, len))
		return;
	for (i = 0; i < sizeof(suffix) / sizeof(suffix[0]) && !n; i++)
		n = form_ends(part, len, suffix[i]) ? strlen(suffix[i]) : 0;
	rewrite_put(out, part + len - n, n);
}

void rewrite_cgroup(struct rewrite *out, const char *path, size_t len)
{
	while (len) {
		const char *slash = memchr(path, '/', len);
		size_t n = slash ? (size_t)(slash - path) : len;

		if (n)
			put_group(out, path, n);
		if (slash)
			rewrite_put(out, "/", 1);
		path += n + (slash ? 1 : 0);
		len -= n + (slash ? 1 : 0);
	}
}
