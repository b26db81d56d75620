/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_STATUS_H
#define PARALLAX_STATUS_H

#include "tui/app.h"

/* The lines of the console itself: which panes there are, and the bottom line. */

/* Pane names with their keys, and the filter with how many VMs it leaves. */
void status_tabs(const struct app *app, struct canvas *canvas);
/* What is being typed, else the keys that matter here. *col: the cursor's; -1: none. */
void status_keys(const struct app *app, struct canvas *canvas, int *col);
/* The time line of what is played, in one row, with where the screen is. */
void status_strip(const struct app *app, struct canvas *canvas);
/* The message, if there is one, on as many of the last lines of the screen as it takes. */
void status_message(const struct app *app, struct canvas *screen);

#endif
