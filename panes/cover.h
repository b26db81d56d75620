/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_COVER_H
#define PARALLAX_COVER_H

#include "panes/canvas.h"
#include "panes/page.h"
#include "panes/table.h"

/*
 * Guest's eyes: what the host measures lies under a texture, and what the guest can know of
 * itself stays. Each part by itself, so that a lesson may uncover one after the other. What is
 * covered tells nothing: neither by its value nor by its width, its colour or its order.
 */
enum cover {
	COVER_HOST = 1,	    /* the host's columns of tables, and words in their place */
	COVER_GAP = 2,	    /* the gap columns, and how bad anything is */
	COVER_FINDINGS = 4, /* the findings: their texts, how many there are, their pages */
	COVER_HEADER = 8,   /* what the header tells of the host */
	COVER_PAGES =
		16, /* what the host measures on pages, in heads of panes and in explanations */
	COVER_ALL = 31
};

/* Is that column under cover? Sorting by it must not show either. */
bool cover_hides(unsigned cover, const struct column *column);
/* The style of a cell that is not: while gaps are covered it says no more how bad it is. */
uint8_t cover_style(unsigned cover, const struct column *column, uint8_t style);
/* The texture, on width columns (-1: to the edge). */
void cover_fill(struct canvas *canvas, int row, int col, int width);
/* The whole page under it, as many lines as it has: what is below it stands where it stood. */
void cover_lines(struct page *page);
/*
 * From row from on, all but headings, names (STYLE_TITLE), what the guest tells (STYLE_GUEST) and
 * what is marked STYLE_OPEN. However many lines follow each other under cover become one: their
 * number tells, too.
 */
void cover_rows(struct page *page, int from);

#endif
