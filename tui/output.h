/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_OUTPUT_H
#define PARALLAX_OUTPUT_H

#include <stdio.h>

#include "tui/session.h"

/*
 * What batch and JSON have in common: every snapshot that has rates goes to standard output,
 * judged, with the VMs that --vm leaves, until -n or the end of a recording. A reader that
 * went away ends it with status 0 (`| head`), any other failure to write with 1. Signals have
 * their default actions, since there is nothing to restore.
 */

/* Writes one snapshot. Returns 0 or a negative errno. */
typedef int output_write(void *arg, const struct snapshot *snap, FILE *stream);

/* Returns the exit status; the sentence of a failure has been printed. */
int output_run(const struct session *session, output_write *write, void *arg);

/* Text, a block a snapshot; JSON, a line a snapshot. */
int batch_run(const struct session *session);
int stream_run(const struct session *session);

/* Leave the VMs that --vm does, and findings about them and the host. */
void output_keep_matching(const struct options *options, struct snapshot *snap);
/* The exit status after writing ended with this; says on standard error what failed. */
int output_end(int rc);

#endif
