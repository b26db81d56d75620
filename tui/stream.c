// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/json.h"
#include "tui/output.h"

static int write_line(void *arg, const struct snapshot *snap, FILE *stream)
{
	(void)arg;
	return json_write(stream, snap);
}

int stream_run(const struct session *session)
{
	return output_run(session, write_line, NULL);
}
