/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_RECORDLINE_H
#define PARALLAX_RECORDLINE_H

#include "probes/spans.h"

/*
 * What a line of JSON tells to who does not read all of it: the time, which parallax writes
 * among the first members, and the findings, which it writes last. A whole line costs some 20 us
 * a kilobyte to read, and this next to nothing. NAN, and no findings, where they are not there.
 */
double record_line_time_s(const char *line, size_t len);
void record_line_spans(const char *line, size_t len, struct spans *spans);

#endif
