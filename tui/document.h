/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_DOCUMENT_H
#define PARALLAX_DOCUMENT_H

#include <stdbool.h>
#include <stdio.h>

#include "panes/canvas.h"

/*
 * A text with headings, paragraphs, lists, tables and drawings, written as plain text of
 * DOCUMENT_COLS columns or as Markdown (CommonMark, with GitHub's tables). What is given is text
 * and never markup: whatever a name holds is shown as it is.
 */
enum document_form { DOCUMENT_TEXT, DOCUMENT_MARKDOWN };
enum { DOCUMENT_COLS = 80, DOCUMENT_CELLS = 8 };

struct document {
	FILE *stream;
	enum document_form form;
	bool ascii; /* no character beyond ASCII */
	int rc;	    /* of the first write that failed: negative errno; nothing is written then */
	int width[DOCUMENT_CELLS]; /* of the table that is being written */
	size_t n_cell;
};

struct document_column {
	const char *heading;
	int width; /* in plain text */
};

void document_title(struct document *document, int level, const char *text);
void document_text(struct document *document, const char *text);
/* "label  text": one after the other they are a list; document_end_list ends it. */
void document_item(struct document *document, const char *label, const char *text);
void document_end_list(struct document *document);
/* A drawing, without blank rows at its end; nothing when that leaves none. */
void document_canvas(struct document *document, const struct canvas *canvas);
/* Text to be copied: lines as they are. */
void document_code(struct document *document, const char *text);

void document_table(struct document *document, const struct document_column *column, size_t n);
/* As many cells as the table has columns. */
void document_row(struct document *document, const char *const *cell);
void document_end_table(struct document *document);

/* Everything has been written: 0 or a negative errno. */
int document_finish(struct document *document);

#endif
