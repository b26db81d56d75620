/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_SESSION_H
#define PARALLAX_SESSION_H

#include "probes/feed.h"
#include "probes/recorder.h"
#include "tui/options.h"

/* What a run of the program has, whichever front end shows it. All of it is borrowed. */
struct session {
	const struct options *options;
	struct feed *feed;
	struct recorder *recorder; /* NULL: nothing is recorded */
};

#endif
