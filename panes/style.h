/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_STYLE_H
#define PARALLAX_STYLE_H

#include "panes/canvas.h"
#include "probes/snapshot.h"

/* How states look in all panes and pages: the style, and a mark that needs no colour. */

/* normal is the style of what needs no attention. */
uint8_t severity_style(enum severity severity, uint8_t normal);
/* "", "-", "~", "!", "!!"; two columns at most. */
const char *severity_mark(enum severity severity);
static inline enum severity severity_worse(enum severity a, enum severity b)
{
	return a > b ? a : b;
}
uint8_t source_style(enum source_state state);
/* The two views are known, and differ: the one accent. */
bool verdict_disagrees(enum verdict verdict);

#endif
