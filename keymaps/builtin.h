/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_BUILTIN_H
#define PARALLAX_BUILTIN_H

/* keymaps/NAME.keys as text, made by builtin.sh. Ended by a NULL name. */
struct keymap_file {
	const char *name, *text;
};
extern const struct keymap_file keymap_files[];

#endif
