/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_BINDING_H
#define PARALLAX_BINDING_H

#include <stddef.h>

#include "keymaps/keymap.h"

/* Inside of a keymap: shared by keymap.c, which looks up, and load.c, which fills. */
struct binding {
	char *where;
	unsigned key;
	enum action action;
	unsigned file; /* the how manieth file said so, to tell a conflict from an override */
	int line;
};

struct keymap {
	struct binding *binding; /* in the order of their first appearance: help shows that */
	size_t n_binding;
	unsigned files; /* loaded so far */
	const char *const *places;
};

/* NULL: not bound there. */
struct binding *keymap_find(const struct keymap *map, const char *where, unsigned key);

#endif
