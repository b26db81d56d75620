// SPDX-License-Identifier: GPL-2.0-or-later
/* Moments but the newest: a recording, or the last minutes. */
#include <math.h>
#include <stdio.h>

#include "tui/app.h"

void app_time_range(const struct app *app, size_t *first, size_t *end)
{
	*first = 0;
	if (app->shift.tape)
		*end = tape_count(app->shift.tape);
	else
		reel_range(app->shift.reel, first, end);
}

double app_time_at(const struct app *app, size_t i)
{
	return app->shift.tape ? tape_time_s(app->shift.tape, i) : reel_time_s(app->shift.reel, i);
}

/* What remembers the minutes before: on the player's thread. */

static void *past_make(void)
{
	return witness_new();
}

static void past_add(void *past, struct snapshot *snap)
{
	witness_add(past, snap, true);
}

static void past_free(void *past)
{
	witness_free(past);
}

static int start_player(struct app *app, size_t first)
{
	static const struct player_past past = { WITNESS_S, HISTORY_POINTS, past_make, past_add,
		past_free };
	struct timeshift *shift = &app->shift;
	struct moments *moments =
		shift->tape ? moments_of_tape(app->feed) : moments_of_reel(shift->reel);
	const struct player_source source = moments_source(moments);
	struct err err = { 0 };
	const int rc =
		player_start(&shift->player, &source, &past, first, feed_fd(app->feed), &err);

	if (rc < 0) {
		moments_free(moments);
		app_say(app, STYLE_CRITICAL, "%s", err.text);
		return rc;
	}
	shift->moments = moments;
	shift->at = shift->wanted = first;
	shift->seeking = true;
	shift->seek = 0;
	player_set_speed(shift->player, shift->speed);
	player_set_pace(shift->player, shift->pace_s);
	player_play(shift->player, !app->run.paused);
	return 0;
}

void app_begin_time(struct app *app, double pace_s)
{
	struct timeshift *shift = &app->shift;

	*shift = (struct timeshift){ .tape = feed_tape(app->feed), .speed = 1, .newest_s = NAN };
	app->run.speed = 1;
	if (shift->tape) {
		shift->pace_s = pace_s;
		start_player(app, 0);
		return;
	}
	shift->reel = reel_new(REEL_BYTES);
	shift->spans = spans_new();
}

/* The player ends before what it reads does; a file may hang. */
static void end_player(struct app *app)
{
	struct timeshift *shift = &app->shift;
	const bool ended = player_stop(shift->player);

	if (ended)
		moments_free(shift->moments);
	shift->hangs = shift->hangs || !ended;
	shift->moments = NULL;
	shift->player = NULL;
	shift->seeking = false;
}

void app_end_time(struct app *app)
{
	struct timeshift *shift = &app->shift;

	end_player(app);
	if (!app_end_write(app))
		shift->hangs = true;
	/* What a thread that hangs still uses stays until the process ends. */
	if (shift->hangs) {
		feed_abandon(app->feed);
		return;
	}
	witness_free(shift->live);
	spans_free(shift->tape ? NULL : shift->spans);
	reel_free(shift->reel);
}

void app_keep(struct app *app, const struct snapshot *snap)
{
	struct timeshift *shift = &app->shift;
	double from_s, to_s;

	reel_add(shift->reel, snap);
	spans_add(shift->spans, snap);
	shift->newest_s = snap->time_s;
	if (reel_span(shift->reel, &from_s, &to_s))
		spans_forget(shift->spans, from_s);
	if (app_is_shifted(app))
		app->run.behind_s = fmax(snap->time_s - app->snap->time_s, 0.001);
}

const char *app_why_empty(const struct app *app, char *buf, size_t size)
{
	const struct timeshift *shift = &app->shift;
	struct err err = { 0 };
	unsigned long seek;
	const char *why = "measuring ...";

	if (app->run.replay)
		why = "reading the recording ...";
	if (shift->player && player_dead_end(shift->player, &seek))
		player_failures(shift->player, &err);
	else if (app->run.replay && !shift->tape && !feed_ended(app->feed, &err))
		err.code = 0;
	snprintf(buf, size, "%s", err.code ? err.text : why);
	return buf;
}

bool app_is_shifted(const struct app *app)
{
	return app->shift.player != NULL;
}

/* Back from the past. */

void app_go_live(struct app *app)
{
	struct timeshift *shift = &app->shift;

	end_player(app);
	witness_free(app->witness);
	app->witness = shift->live;
	shift->live = NULL;
	app->run.behind_s = 0;
	shift->keep_newest = false;
	app_resume(app);
}

/* What was newest is kept on screen until there is something else. */
bool app_go_past(struct app *app, size_t at)
{
	struct timeshift *shift = &app->shift;
	const bool was_paused = app->run.paused;

	app->run.paused = true;
	if (start_player(app, at) < 0) {
		app->run.paused = was_paused;
		return false;
	}
	shift->keep_newest = !app->next;
	shift->live = app->witness;
	app->witness = witness_new();
	app->run.behind_s = 0.001;
	return true;
}

/* Scenes. */

/* What is damaged is said once; all that can be read is shown. */
static void take_tape(struct app *app)
{
	struct timeshift *shift = &app->shift;
	struct err err;

	if (!shift->spans && player_is_ready(shift->player)) {
		shift->spans = moments_spans(shift->moments);
		app_refresh_page(app);
		app->stale = true;
		if (!app->time.open && app->time.text[0]) {
			app->message.until_ns = 0; /* that it will go there */
			app_go_to_asked(app);
		}
	}
	if (!shift->told && player_failures(shift->player, &err)) {
		shift->told = true;
		app_say(app, STYLE_CRITICAL, "%s", err.text);
	}
}

static bool is_last(const struct app *app, size_t at)
{
	size_t first, end;

	app_time_range(app, &first, &end);
	return at + 1 >= end;
}

/* Of a tape; how a pipe goes on has nothing to do with what is shown of its past. */
static void note_end(struct app *app, bool ended)
{
	if (!app->shift.tape || ended == app->run.ended)
		return;
	app->run.ended = ended;
	app->stale = true;
	if (ended && !app->run.paused && !app->message.until_ns)
		app_say(app, STYLE_NORMAL, "the recording ends here; this is its last snapshot");
}

void app_say_edge(struct app *app, int direction)
{
	const bool is_tape = app->shift.tape;

	if (direction > 0)
		app_say(app, STYLE_NORMAL,
			is_tape ? "the recording ends here" : "this is the newest");
	else
		app_say(app, STYLE_NORMAL,
			is_tape ? "the recording begins here" : "this is the oldest that is kept");
}

/* Nothing that way can be read. Of a seek the operator waits for an answer. */
static void take_dead_end(struct app *app)
{
	struct timeshift *shift = &app->shift;
	unsigned long seek = 0;
	const int direction = player_dead_end(shift->player, &seek);

	if (!direction)
		return;
	if (shift->seeking && seek == shift->seek) {
		shift->seeking = false;
		shift->wanted = shift->at;
		if (app->measured && !app->message.until_ns)
			app_say_edge(app, direction);
	}
	if (direction > 0)
		note_end(app, true);
}

/* For when the operator comes back before there is a newer one. */
static void hold_newest(struct app *app)
{
	app->shift.keep_newest = false;
	if (app->next)
		return;
	app->next = app->snap;
	app->next_ns = app->taken_ns;
	app->snap = snapshot_new();
}

static void show_scene(struct app *app, const struct scene *scene)
{
	struct timeshift *shift = &app->shift;

	if (scene->past || scene->jumped) {
		witness_free(app->witness);
		app->witness = scene->past ? scene->past : witness_new();
	}
	if (!scene->past)
		witness_add(app->witness, scene->snap, true);
	shift->at = scene->at;
	shift->seeking = shift->seeking && scene->seeks < shift->seek;
	if (!shift->seeking)
		shift->wanted = scene->at;
	note_end(app, is_last(app, scene->at));
	if (!shift->tape)
		app->run.behind_s = fmax(shift->newest_s - scene->snap->time_s, 0.001);
	if (shift->keep_newest)
		hold_newest(app);
	app_show(app, scene->snap, app->now_ns);
}

void app_take_scenes(struct app *app)
{
	struct timeshift *shift = &app->shift;
	struct scene scene;

	if (!shift->player)
		return;
	if (shift->tape)
		take_tape(app);
	if (player_take(shift->player, &scene))
		show_scene(app, &scene);
	take_dead_end(app); /* also after a scene: the bell may have rung for both at once */
	if (app->lesson && shift->spans && app->measured)
		app_follow_lesson(app);
	/* What is past caught up with the present by playing. */
	if (!shift->tape && !app->run.paused && is_last(app, shift->at))
		app_go_live(app);
}
