// SPDX-License-Identifier: GPL-2.0-or-later
/* The last minutes to a file. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "probes/saver.h"
#include "tui/app.h"

enum { HOST_MOST = 40 };
/* Recordings may say anything; later than this is no date of four digits. */
#define YEAR_10000_S 253402300800.0

/* parallax-kvm-07-20261122-140211.plx: of the host and the newest moment in it, in its own time. */
static void name_file(const struct app *app, char *name, size_t size)
{
	const double local_s = app->shift.newest_s + app->run.utc_offset_s;
	const time_t seconds = local_s >= 0 && local_s < YEAR_10000_S ? (time_t)local_s : 0;
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

/* The name is ours, so what to do about it is not what --record says. */
static void say_refused(struct app *app, const struct err *err)
{
	if (err->code == -EEXIST)
		app_say(app, STYLE_WATCH,
			"%s is there already, with all up to its newest snapshot; write again when "
			"there is a newer one",
			app->written);
	else
		app_say(app, STYLE_CRITICAL,
			"%s; files are written where parallax was started, so start it elsewhere",
			err->text);
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
		say_refused(app, &err);
	else
		app_say(app, STYLE_NORMAL, "writing %zu snapshot%s to %s", end - first,
			end - first == 1 ? "" : "s", app->written);
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
		app_say(app, STYLE_NORMAL, "wrote %lu snapshot%s to %s", count,
			count == 1 ? "" : "s", app->written);
	saver_stop(app->saver);
	app->saver = NULL;
	app->quit = app->quit || (app->quit_written && !err.code);
	app->quit_written = false;
}

bool app_wait_for_write(struct app *app)
{
	char key[32];

	if (!app->saver || app->quit_written)
		return false;
	app->quit_written = true;
	app_say(app, STYLE_WATCH, "quits when %s is written; %s again leaves it incomplete",
		app->written, app_key_for(app, ACTION_QUIT, key, sizeof(key)));
	return true;
}

bool app_end_write(struct app *app)
{
	unsigned long count = 0;
	struct err err = { 0 };
	bool ended, whole;

	if (!app->saver)
		return true;
	whole = saver_ended(app->saver, &count, &err) && !err.code;
	ended = saver_stop(app->saver);
	app->saver = NULL;
	if (!whole)
		fprintf(stderr, "parallax: %s is not complete: it ended before all was written\n",
			app->written);
	return ended;
}
