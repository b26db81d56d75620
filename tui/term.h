/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_TERM_H
#define PARALLAX_TERM_H

#include <stdbool.h>
#include <stddef.h>

#include "panes/canvas.h"
#include "probes/err.h"

/*
 * The terminal, of which a process has one. Only term.c knows curses; tests link another
 * term.c. Nothing here blocks: what the terminal does not take at once is kept, and no new
 * screen is made before it is gone, so a slow line gets fewer screens and never older ones.
 * From term_open on, every end of the process restores the terminal: term_close, exit, die,
 * and the signals of a crash.
 */

/*
 * ascii: use no character beyond ASCII whatever the locale says. input_is_data: the standard input
 * need not be the terminal, which then is the one of the standard output.
 */
int term_open(bool ascii, bool input_is_data, struct err *err);
/* Accepts a terminal that is not open. */
void term_close(void);

/* For epoll: readable when keys wait, writable matters while term_busy. */
int term_fd(void);
/* Some of the last screen is still to be sent. */
bool term_busy(void);
/* Send what the terminal takes now. Returns 0, or a negative errno: it is gone. */
int term_flush(void);

void term_size(int *rows, int *cols);
/* The window has another size (SIGWINCH), or its old one. */
void term_resize(void);

/*
 * Send what differs from the screen before; the cursor is shown at row and col, or hidden when
 * row is negative. Returns 0, -EAGAIN while busy (draw again once it is not), or another
 * negative errno: the terminal is gone.
 */
int term_draw(struct canvas *canvas, int row, int col);
/* Others have written on the screen: the next term_draw sends all of it. */
void term_repaint(void);

/* Bytes of keys into buf. Returns how many, -EAGAIN: none now, another errno: it is gone. */
int term_read(char *buf, size_t size);
/* An input_lookup: what this terminal's description knows. */
int term_lookup(const char *sequence);

/*
 * Give the terminal back and stop until SIGCONT, then take it again: the whole job (the key),
 * or this process alone (somebody sent SIGTSTP).
 */
void term_suspend(bool job);
/* Somebody stopped the process unasked and it goes on (SIGCONT). */
void term_resume(void);

#endif
