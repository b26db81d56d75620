/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_PROMPT_H
#define PARALLAX_PROMPT_H

#include <stdbool.h>

/* One line of text being typed. Pure; keys are those of keymap.h. */
struct prompt {
	bool open;
	char text[128], before[128]; /* UTF-8 */
};

enum prompt_result {
	PROMPT_SAME, /* the key means nothing here */
	PROMPT_EDITED,
	PROMPT_KEPT,   /* closed: text counts */
	PROMPT_DROPPED /* closed: text is as it was before */
};

/* Opens it with the text that it has. */
void prompt_open(struct prompt *prompt);
enum prompt_result prompt_key(struct prompt *prompt, unsigned key);

#endif
