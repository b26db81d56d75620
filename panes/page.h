/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_PAGE_H
#define PARALLAX_PAGE_H

#include "keymaps/actions.h"
#include "panes/canvas.h"

/*
 * Text that may be longer than the screen: written line by line into a canvas of its own that
 * grows, then shown from a scroll position on.
 */
struct page {
	struct canvas canvas; /* as many rows as were needed so far */
	int row;	      /* where the next line goes */
	int cols;
	unsigned cover; /* enum cover: what whoever writes it must not tell; 0 to begin with */
};

void page_init(struct page *page, int cols);
void page_release(struct page *page);
/* Text, broken at newlines and between words where it is longer than the page. NULL: "-". */
void page_text(struct page *page, int indent, uint8_t style, const char *text);
void page_printf(struct page *page, int indent, uint8_t style, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
void page_blank(struct page *page);
/* A heading with a rule under or beside it. */
void page_heading(struct page *page, const char *text);
/* The next row, for drawing by hand with canvas functions; it advances. */
int page_row(struct page *page);

/* The first row that holds text; -1: none does. */
int page_find(const struct page *page, const char *text);

/* Show it from *scroll on, which is brought into range; tells when there is more. */
void page_show(const struct page *page, int *scroll, struct canvas *canvas);
/* The same without telling: its rows only, with rows of canvas that it does not reach left blank. */
void page_copy(const struct page *page, int *scroll, struct canvas *canvas);
/* Up, down, pages, home, end: returns false when the action is none of these. */
bool page_act(int *scroll, int rows_on_screen, enum action action);

#endif
