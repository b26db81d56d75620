/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_TESTS_FOLDER_H
#define PARALLAX_TESTS_FOLDER_H

#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static inline int tree_remove_one(
	const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
	(void)st;
	(void)kind;
	(void)ftw;
	return remove(path);
}

/* With all that is in it; links are not followed. */
static inline int tree_remove(const char *path)
{
	return nftw(path, tree_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* The folder of a test's files: of a group, or of a test. */
static inline char *folder_name(void)
{
	static char name[32];

	return name;
}

static inline int folder_make(void **state)
{
	(void)state;
	strcpy(folder_name(), "/tmp/parallax-test-XXXXXX");
	return mkdtemp(folder_name()) ? 0 : -1;
}

static inline int folder_remove(void **state)
{
	(void)state;
	return tree_remove(folder_name());
}

/* Valid until the 32nd call after this. */
static inline const char *in_folder(const char *name)
{
	static char path[32][128];
	static unsigned turn;
	char *out = path[turn++ % 32];

	snprintf(out, sizeof(path[0]), "%s/%s", folder_name(), name);
	return out;
}

/* Returns where it is, as in_folder does. */
static inline const char *folder_put(const char *name, const char *bytes, size_t len)
{
	const int fd = open(in_folder(name), O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, len), len);
	close(fd);
	return in_folder(name);
}

#endif
