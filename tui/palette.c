// SPDX-License-Identifier: GPL-2.0-or-later
#include "tui/palette.h"

struct paint {
	short of_256, of_8;
	uint8_t with, without; /* flags with colours, and when there are none */
};

/*
 * The host's figures are the plain truth, the guest's have a tint. Numbers that change with
 * every refresh are coloured but not bold: going there and back costs more than the number.
 * 8 colours: 1 red, 2 green, 3 yellow, 5 magenta, 6 cyan.
 */
static const struct paint paints[STYLE_COUNT] = {
	[STYLE_NORMAL] = { -1, -1, 0, 0 },
	[STYLE_DIM] = { 243, -1, 0, LOOK_DIM },
	[STYLE_TITLE] = { -1, -1, LOOK_BOLD, LOOK_BOLD },
	[STYLE_HEADING] = { 243, -1, LOOK_BOLD, LOOK_UNDERLINE },
	[STYLE_HOST] = { -1, -1, 0, 0 },
	[STYLE_GUEST] = { 31, 6, 0, 0 },
	[STYLE_GAP] = { 162, 5, 0, LOOK_BOLD },
	[STYLE_GOOD] = { 28, 2, 0, 0 },
	[STYLE_WATCH] = { 136, 3, 0, 0 },
	[STYLE_WARN] = { 166, 3, 0, LOOK_BOLD },
	[STYLE_CRITICAL] = { 160, 1, 0, LOOK_BOLD | LOOK_REVERSE },
	[STYLE_STALE] = { 243, -1, LOOK_UNDERLINE, LOOK_DIM | LOOK_UNDERLINE },
	[STYLE_KEY] = { -1, -1, LOOK_BOLD, LOOK_BOLD },
};

struct look palette_look(uint8_t style, int colours)
{
	const uint8_t meaning = style & STYLE_MEANING;
	const struct paint *paint = &paints[meaning < STYLE_COUNT ? meaning : STYLE_NORMAL];
	struct look look = { -1, colours >= 8 ? paint->with : paint->without };

	if (colours >= 256)
		look.colour = paint->of_256;
	else if (colours >= 8)
		look.colour = paint->of_8;
	/* 8 colours have no grey. */
	if (colours >= 8 && colours < 256 && paint->of_256 == 243)
		look.flags |= LOOK_DIM;
	/* Where there are no colours what is critical is reversed, too. */
	if (style & STYLE_LIT)
		look.flags |= LOOK_BOLD | LOOK_REVERSE | (colours >= 8 ? 0 : LOOK_UNDERLINE);
	/* A row in reverse keeps one ground: reversed colours would make stripes of it. */
	if (style & (STYLE_SELECTED | STYLE_CURSOR)) {
		look.colour = -1;
		look.flags = (uint8_t)((look.flags & LOOK_BOLD) | LOOK_REVERSE);
		if (style & STYLE_LIT)
			look.flags = LOOK_UNDERLINE | LOOK_REVERSE;
	}
	if (style & STYLE_CURSOR)
		look.flags |= LOOK_BOLD | LOOK_UNDERLINE;
	return look;
}

/* Seen on a blank: a ground, or a line below. */
static bool shows_on_blank(uint8_t style, int colours)
{
	return palette_look(style, colours).flags & (LOOK_UNDERLINE | LOOK_REVERSE);
}

void palette_save_changes(struct cell *row, int cols, int colours)
{
	int col, end = cols;

	/* The end of the line stays plain, so that it can be cleared in one go. */
	while (end && row[end - 1].cp == ' ')
		end--;
	for (col = 1; col < end; col++) {
		if (row[col].cp == ' ' && !shows_on_blank(row[col].style, colours) &&
			!shows_on_blank(row[col - 1].style, colours))
			row[col].style = row[col - 1].style;
	}
}
