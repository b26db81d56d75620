/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_HELP_H
#define PARALLAX_HELP_H

#include "keymaps/keymap.h"
#include "panes/page.h"

/* What is bound now, in that mode of keymap_place, what the panes show and what the words mean. */
void help_build(const struct keymap *keymap, const char *mode, struct page *page);

#endif
