// SPDX-License-Identifier: GPL-2.0-or-later
/* The last minutes to a file. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "probes/saver.h"
#include "tui/app.h"

enum { HOST_MOST = 40, NAME_MOST = 96 };

/* parallax-kvm-07-20261122-140211.plx: of the host and the newest moment in it, in its own time. */
static void name_file(const struct app *app, char *name, size_t size)
{
	const double local_s = app->shift.newest_s + app->run.utc_offset_s;
	const time_t seconds = (time_t)(isfinite(local_s) ? local_s : 0);
	const char *of = app->snap->host.name ? app->snap->host.name : "host";
	char host[HOST_MOST + 1], moment[32];
	struct tm tm;
	size_t i;

	for (i = 0; i < HOST_MOST && of[i]; i++)
		host[i] = isascii((unsigned char)of[i]) &&
					  (isalnum((unsigned char)of[i]) || of[i] == '-')
				  ? of[i]
				  : '_';
	host[i] = '\0';
	gmtime_r(&seconds, &tm);
	strftime(moment, sizeof(moment), "%Y%m%d-%H%M%S", &tm);
	snprintf(name, size, "parallax-%s-%s.plx", host, moment);
}

void app_write(struct app *app)
{
	struct err err = { 0 };
	size_t first, end;

	if (app->shift.tape) {
		app_say(app, STYLE_NORMAL, "this is a file already");
		return;
	}
	if (app->saver) {
		app_say(app, STYLE_NORMAL, "%s is still being written", app->written);
		return;
	}
	reel_range(app->shift.reel, &first, &end);
	if (first == end) {
		app_say(app, STYLE_NORMAL, "there is nothing yet");
		return;
	}
	name_file(app, app->written, sizeof(app->written));
	if (saver_start(&app->saver, app->shift.reel, app->written, feed_fd(app->feed), &err) < 0)
		app_say(app, STYLE_CRITICAL, "%s", err.text);
	else
		app_say(app, STYLE_NORMAL, "writing %zu snapshots to %s", end - first,
			app->written);
}

void app_take_written(struct app *app)
{
	unsigned long count;
	struct err err;

	if (!app->saver || !saver_ended(app->saver, &count, &err))
		return;
	if (err.code)
		app_say(app, STYLE_CRITICAL, "%s", err.text);
	else
		app_say(app, STYLE_NORMAL, "wrote %lu snapshots to %s", count, app->written);
	saver_stop(app->saver);
	app->saver = NULL;
}

bool app_end_write(struct app *app)
{
	const bool ended = saver_stop(app->saver);

	app->saver = NULL;
	return ended;
}
