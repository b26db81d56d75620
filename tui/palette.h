/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_PALETTE_H
#define PARALLAX_PALETTE_H

#include <stdbool.h>
#include <stdint.h>

#include "panes/canvas.h"

/*
 * Meaning into looks, for a terminal with 256, 8 or no colours. Backgrounds are left as they
 * are, and the colours of the 256 have about the same contrast with black and with white.
 */
enum look_flags { LOOK_BOLD = 1, LOOK_DIM = 2, LOOK_UNDERLINE = 4, LOOK_REVERSE = 8 };

struct look {
	short colour;  /* -1: the terminal's own */
	uint8_t flags; /* enum look_flags */
};

/* style with its flags; colours is how many the terminal has. */
struct look palette_look(uint8_t style, int colours);

/*
 * Give blanks between words the style of the word before, where that cannot be seen: most of
 * what a refresh sends to a terminal is changing to a colour and back for every number.
 */
void palette_save_changes(struct cell *row, int cols, int colours);

#endif
