/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_CONSOLE_H
#define PARALLAX_CONSOLE_H

#include "tui/app.h"
#include "tui/session.h"

/*
 * Show what the session's feed makes in the terminal until the operator has enough. notice: a
 * sentence to begin with, or "". Returns the exit status; the sentence of a failure has been
 * printed, and *sig is the signal that ended it, or 0.
 */
int console_run(
	const struct session *session, const struct keymap *keymap, const char *notice, int *sig);

#endif
