/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_KEYS_H
#define PARALLAX_KEYS_H

#include "keymaps/keymap.h"
#include "tui/options.h"

/*
 * The bindings of this run: the default ones, then those of --keymap, then the user's file.
 * Faults are printed on standard error, and go into notice (at least 320 bytes) as one
 * sentence; "" when there are none. NULL: --keys names a file that cannot be read, as printed.
 */
struct keymap *keys_load(const struct options *options, char *notice, size_t size);

#endif
