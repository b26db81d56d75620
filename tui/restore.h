/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_RESTORE_H
#define PARALLAX_RESTORE_H

#include <stdbool.h>
#include <stddef.h>
#include <termios.h>

/*
 * Gives the terminal back when the process ends without being asked: crash signals, die, exit.
 * All that is needed is made beforehand, since a crashing process can do little more than write.
 */

/* What to do: send bytes (copied, at most 256) to tty and set modes. Not armed yet. */
void restore_prepare(int tty, const char *bytes, size_t len, const struct termios *modes);
/* From now on every end of the process does it, once; or none does any more. */
void restore_arm(bool armed);
/* The terminal has got a part of some output: it may wait for the rest of a sequence. */
void restore_note_torn(bool torn);

/*
 * May this process set the terminal's modes? In the background they are the shell's, and the
 * attempt would stop the process. Async-signal-safe.
 */
bool restore_in_foreground(int tty);

#endif
