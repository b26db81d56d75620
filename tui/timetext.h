/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_TIMETEXT_H
#define PARALLAX_TIMETEXT_H

#include "panes/timeline.h"
#include "probes/err.h"

/*
 * A moment as it is typed: 14:02 or 14:02:10, on the clock of the recorded host, and of several
 * days the one nearest to now_s; -90s, -5m, +1h, from now_s; 30%, between the ends of the line.
 * Returns 0 with *time_s within the line, or -EINVAL with a sentence that says what is allowed.
 */
int timetext_parse(const char *text, const struct timeline *line, double now_s, double *time_s,
	struct err *err);

#endif
