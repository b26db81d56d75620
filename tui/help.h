/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_HELP_H
#define PARALLAX_HELP_H

#include "keymaps/keymap.h"
#include "panes/page.h"

/* What is bound now, what the panes show and what the words mean. */
void help_build(const struct keymap *keymap, struct page *page);

#endif
