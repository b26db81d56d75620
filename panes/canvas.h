/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_CANVAS_H
#define PARALLAX_CANVAS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A screen in memory. Panes write characters with a meaning into cells, tui turns meaning into
 * colour and sends what changed. Drawing outside is allowed and does nothing, so panes need no
 * arithmetic for small terminals.
 */
enum style {
	STYLE_NORMAL,
	STYLE_DIM,	/* frames, units, what matters less */
	STYLE_TITLE,	/* names of the program and of panes */
	STYLE_HEADING,	/* column headings */
	STYLE_HOST,	/* what the host measures */
	STYLE_GUEST,	/* what the guest believes */
	STYLE_GAP,	/* the one accent: they disagree */
	STYLE_GOOD,
	STYLE_WATCH,	/* by severity */
	STYLE_WARN,
	STYLE_CRITICAL,
	STYLE_STALE,	/* a number past its time */
	STYLE_KEY,	/* a key to press */
	STYLE_COUNT,
	STYLE_OPEN = 0x10,     /* or-ed to the others: the guest knows it, too; see cover.h */
	STYLE_LIT = 0x20,      /* or-ed to the others: the cell to look at first in its row */
	STYLE_SELECTED = 0x40, /* or-ed: the selected row */
	STYLE_CURSOR = 0x80,   /* or-ed: the selected cell */
	STYLE_MEANING = 0x0f   /* what is left without these */
};

struct cell {
	uint32_t cp;   /* code point; 0: the right half of the wide character before */
	uint8_t style; /* enum style */
};

struct canvas {
	struct cell *cell;
	int rows, cols; /* of this view */
	int stride;	/* cells from one row to the next */
};

/* A cleared canvas of its own memory; negative sizes count as 0. */
void canvas_init(struct canvas *canvas, int rows, int cols);
void canvas_release(struct canvas *canvas);
/* Blanks in STYLE_NORMAL everywhere. */
void canvas_clear(struct canvas *canvas);
/* A window into canvas, cut to what is there; it borrows the cells. */
struct canvas canvas_sub(const struct canvas *canvas, int row, int col, int rows, int cols);

/*
 * Write UTF-8 text from col on, at most width columns (-1: to the edge). What is not printable
 * becomes '?', a NULL text is unknown: "-". A text that does not fit ends in '~'. Returns the
 * columns used.
 */
int canvas_text(struct canvas *canvas, int row, int col, int width, uint8_t style,
	const char *text);
int canvas_printf(struct canvas *canvas, int row, int col, uint8_t style, const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));
void canvas_fill(struct canvas *canvas, int row, int col, int width, uint8_t style, uint32_t cp);
/* Or flags to the style of a run of cells. */
void canvas_mark(struct canvas *canvas, int row, int col, int width, uint8_t flags);

/* Columns that text takes, by the same rules. */
int canvas_width(const char *text);

/* One row as UTF-8 without trailing blanks into buf; ascii: line and block characters as ASCII. */
size_t canvas_row_text(const struct canvas *canvas, int row, bool ascii, char *buf, size_t size);
/* The ASCII stand-in of a line or block character that panes use; cp itself when it is ASCII. */
uint32_t canvas_ascii(uint32_t cp);

#endif
