// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/imagenames.h"

#include <stdio.h>
#include <string.h>

enum { LINKS_MOST = 16 };

/* first and second with a slash in between; false: they do not fit. */
static bool join(char *out, const char *first, size_t first_len, const char *second)
{
	char joined[IMAGENAMES_BYTES];
	int len = snprintf(joined, sizeof(joined), "%.*s/%s", (int)first_len, first, second);

	if (len < 0 || len >= IMAGENAMES_BYTES)
		return false;
	memcpy(out, joined, (size_t)len + 1);
	return true;
}

/* An absolute path without "//", "/./" and "/../", as far as there are no links. */
static void squeeze(char *path)
{
	char *to = path;

	for (const char *from = path; *from;) {
		size_t len;

		from += strspn(from, "/");
		len = strcspn(from, "/");
		if (len == 2 && memcmp(from, "..", 2) == 0) {
			while (to > path && *--to != '/')
				;
		} else if (len && !(len == 1 && *from == '.')) {
			*to++ = '/';
			memmove(to, from, len);
			to += len;
		}
		from += len;
	}
	if (to == path)
		*to++ = '/';
	*to = '\0';
}

/* One link of the path, the first there is, is replaced. 1: so it was; 0: there is none. */
static int follow_one(const struct sysroot *root, pid_t pid, char *path)
{
	char target[IMAGENAMES_BYTES], rest[IMAGENAMES_BYTES];

	for (char *end = path; *end;) {
		size_t len, folder = (size_t)(end - path);
		ssize_t n;
		char kept;

		end += 1 + strcspn(end + 1, "/");
		kept = *end;
		*end = '\0';
		n = sysroot_readlink(
			root, target, sizeof(target), "proc/%d/root%s", (int)pid, path);
		*end = kept;
		if (n <= 0)
			continue;
		len = strlen(end);
		memcpy(rest, end, len + 1);
		if (*target == '/')
			folder = 0;
		if (!join(path, path, folder, target) || strlen(path) + len >= IMAGENAMES_BYTES)
			return -1;
		strcat(path, rest);
		return 1;
	}
	return 0;
}

bool imagenames_resolve(const struct sysroot *root, pid_t pid, const char *name, char *out)
{
	char folder[IMAGENAMES_BYTES] = "";
	int more = 1;

	if (*name != '/' &&
		sysroot_readlink(root, folder, sizeof(folder), "proc/%d/cwd", (int)pid) <= 0)
		return false;
	if (!join(out, folder, strlen(folder), name))
		return false;
	for (unsigned i = 0; i < LINKS_MOST && more > 0; i++) {
		squeeze(out);
		more = follow_one(root, pid, out);
	}
	return more == 0;
}

void imagenames_beside(const char *image, const char *name, char *out)
{
	const char *slash = strrchr(image, '/');
	size_t colon = strcspn(name, ":/");

	*out = '\0';
	if (strncmp(name, "file:", 5) == 0)
		name += 5;
	else if (name[colon] == ':') { /* "nbd://host": not a file */
		join(out, "", 0, name);
		memmove(out, out + (*out == '/'), strlen(out) + (*out != '/'));
		return;
	}
	if (*name != '/' && *image != '/')
		return;
	if (*name == '/' ? join(out, "", 0, name)
			 : join(out, image, slash ? (size_t)(slash - image) : 0, name))
		squeeze(out);
}
