// SPDX-License-Identifier: GPL-2.0-or-later
#include "tui/keys.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tui/app.h"

struct faults {
	char *notice;
	size_t size;
	int count;
};

static void report(void *arg, const char *sentence)
{
	struct faults *faults = arg;

	fprintf(stderr, "parallax: %s\n", sentence);
	if (faults->count++ == 0)
		snprintf(faults->notice, faults->size, "%s", sentence);
}

static bool user_file(char *path, size_t size)
{
	const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
	int n;

	/* A relative XDG_CONFIG_HOME is to be ignored, says its specification. */
	if (config && config[0] == '/')
		n = snprintf(path, size, "%s/parallax/keys", config);
	else if (home && home[0])
		n = snprintf(path, size, "%s/.config/parallax/keys", home);
	else
		return false;
	return n > 0 && (size_t)n < size && !access(path, F_OK);
}

struct keymap *keys_load(const struct options *options, char *notice, size_t size)
{
	struct faults faults = { .notice = notice, .size = size };
	struct keymap *keymap = keymap_new();
	char path[PATH_MAX];

	notice[0] = '\0';
	keymap_set_places(keymap, app_places());
	keymap_load_text(keymap, keymap_builtin("default"), "default", report, &faults);
	if (options->keymap)
		keymap_load_text(
			keymap, keymap_builtin(options->keymap), options->keymap, report, &faults);
	if (options->keys) {
		if (keymap_load_file(keymap, options->keys, report, &faults) < 0) {
			keymap_free(keymap);
			return NULL;
		}
	} else if (user_file(path, sizeof(path))) {
		keymap_load_file(keymap, path, report, &faults);
	}
	return keymap;
}
