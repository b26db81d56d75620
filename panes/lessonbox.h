/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_LESSONBOX_H
#define PARALLAX_LESSONBOX_H

#include "lessons/play.h"
#include "panes/canvas.h"

/*
 * The panel of a lesson: where it is, and the text of its step. beside: it stands to the right of
 * the panes, else below them. Brings play->scroll into range, and tells play how much text there
 * is and how much of it was shown.
 */
void lessonbox_draw(struct lesson_play *play, bool beside, struct canvas *canvas);

#endif
