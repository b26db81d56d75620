/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_VERDICTS_H
#define PARALLAX_VERDICTS_H

#include "panes/judge.h"
#include "probes/feed.h"

/*
 * Judge what feed made. A recording that holds verdicts or findings was judged by who made it
 * and is shown as he saw it.
 */
void verdicts_add(const struct feed *feed, struct snapshot *snap, struct judge *judge);
/* The same of one that was read from a recording. */
void verdicts_add_recorded(struct snapshot *snap, struct judge *judge);

#endif
