/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_QGA_REPLY_H
#define PARALLAX_QGA_REPLY_H

#include <jansson.h>

#include "probes/qga.h"

/* What the parsers of qga.h share; nobody else includes this header. */

/* What stands beside "return" in the answer to command, to be released; NULL with err set. */
json_t *qga_return(const char *reply, const char *command, struct err *err);
/* Sets err and returns its code: what is wrong with the answer, in our words. */
int qga_broken(struct err *err, const char *command, const char *what);

#endif
