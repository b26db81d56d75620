// SPDX-License-Identifier: GPL-2.0-or-later
/* Moments but the newest: a recording, or the last minutes. */
#include <math.h>
#include <stdio.h>

#include "tui/app.h"
#include "tui/timetext.h"

enum { JUMP_S = 60 };

/* What there is. */

static void first_and_end(const struct app *app, size_t *first, size_t *end)
{
	*first = 0;
	if (app->shift.tape)
		*end = tape_count(app->shift.tape);
	else
		reel_range(app->shift.reel, first, end);
}

static double time_of(const struct app *app, size_t i)
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

static void go_live(struct app *app)
{
	struct timeshift *shift = &app->shift;

	end_player(app);
	witness_free(app->witness);
	app->witness = shift->live;
	shift->live = NULL;
	app->run.behind_s = 0;
	app->run.paused = false;
	if (app->run.replay)
		feed_pause(app->feed, false);
	shift->keep_newest = false;
	app_release_hold(app);
	app->stale = true;
}

/* What was newest is kept on screen until there is something else. */
static bool go_past(struct app *app, size_t at)
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
	}
	if (!shift->told && player_failures(shift->player, &err)) {
		shift->told = true;
		app_say(app, STYLE_CRITICAL, "%s", err.text);
	}
}

static bool is_last(const struct app *app, size_t at)
{
	size_t first, end;

	first_and_end(app, &first, &end);
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

static void say_edge(struct app *app, int direction)
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
			say_edge(app, direction);
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
	else
		take_dead_end(app);
	if (app->lesson && shift->spans && app->measured)
		app_follow_lesson(app);
	/* What is past caught up with the present by playing. */
	if (!shift->tape && !app->run.paused && is_last(app, shift->at))
		go_live(app);
}

/* Keys. */

static bool is_known(struct app *app)
{
	size_t first, end;

	if (app->shift.tape && !app->shift.player) {
		app_say(app, STYLE_CRITICAL,
			"the recording is not played: no thread could be started");
		return false;
	}
	if (app->shift.tape && !player_is_ready(app->shift.player)) {
		app_say(app, STYLE_NORMAL, "the recording is still being looked through");
		return false;
	}
	first_and_end(app, &first, &end);
	if (first < end)
		return true;
	app_say(app, STYLE_NORMAL,
		app->shift.tape ? "there is nothing in the recording that can be read"
				: "there is nothing yet");
	return false;
}

static void seek(struct app *app, size_t to, int direction)
{
	struct timeshift *shift = &app->shift;

	if (!shift->player) {
		go_past(app, to);
		return;
	}
	shift->wanted = to;
	shift->seeking = true;
	shift->seek = player_seek(shift->player, to, direction);
}

/* The newest that is not after time_s; the first when all are. */
static size_t index_at(const struct app *app, double time_s)
{
	size_t first, end, found;

	first_and_end(app, &first, &end);
	found = first;
	for (size_t i = first; i < end; i++)
		if (time_of(app, i) <= time_s)
			found = i;
	return found;
}

/* Keys come faster than the screen follows: they count from where the last one went. */
static size_t place_now(const struct app *app, size_t first, size_t end)
{
	const struct timeshift *shift = &app->shift;
	const size_t place = shift->seeking ? shift->wanted : shift->at;

	if (!shift->player) /* a screen that is held need not show the newest */
		return app->measured ? index_at(app, app->snap->time_s) : end - 1;
	return place < first ? first : place; /* what is on screen may have been dropped */
}

/* Of what is kept, the one before what is on screen; it may lie between two that are. */
static bool is_between(const struct app *app, size_t now)
{
	return !app_is_shifted(app) && app->measured && time_of(app, now) < app->snap->time_s;
}

/* The newest, or what is being measured: whatever keeps it from the screen ends. */
static void go_to_live(struct app *app)
{
	if (app_is_shifted(app)) {
		go_live(app);
	} else if (app->run.paused) {
		app->run.paused = false;
		if (app->run.replay)
			feed_pause(app->feed, false);
		app_release_hold(app);
		app->stale = true;
	} else {
		say_edge(app, 1);
	}
}

static void step(struct app *app, int direction)
{
	size_t first, end, now;

	first_and_end(app, &first, &end);
	now = place_now(app, first, end);
	if (!app->run.paused && app_is_shifted(app))
		app_toggle_play(app);
	if (direction < 0 && is_between(app, now))
		seek(app, now, -1);
	else if (direction < 0 && now > first)
		seek(app, now - 1, -1);
	else if (direction > 0 && now + 1 < end)
		seek(app, now + 1, 1);
	else if (direction > 0 && !app->shift.tape)
		go_to_live(app);
	else
		say_edge(app, direction);
}

void app_go_to(struct app *app, double time_s)
{
	size_t first, end;

	if (!is_known(app))
		return;
	first_and_end(app, &first, &end);
	if (app->shift.tape || time_s < time_of(app, end - 1))
		seek(app, index_at(app, time_s), 1);
	else if (app_is_shifted(app))
		go_live(app);
}

/* The same for the operator, who is told when that changes nothing. */
static void travel(struct app *app, double time_s)
{
	size_t first, end, now;

	if (!is_known(app))
		return;
	first_and_end(app, &first, &end);
	now = place_now(app, first, end);
	if (!app->shift.tape && time_s >= time_of(app, end - 1))
		go_to_live(app);
	else if (!app->measured || is_between(app, now) || index_at(app, time_s) != now)
		app_go_to(app, time_s);
	else if (now == first || now + 1 == end)
		say_edge(app, now == first && time_s <= time_of(app, first) ? -1 : 1);
	else
		app_say(app, STYLE_NORMAL, "that moment is on the screen");
}

static double time_on_screen(const struct app *app)
{
	size_t first, end;

	first_and_end(app, &first, &end);
	return time_of(app, place_now(app, first, end));
}

/* To where a finding began, or what there is does; within a second of here is here. */
static void go_to_finding(struct app *app, int direction)
{
	const double now_s = time_on_screen(app);
	const struct span *span;
	struct timeline line;
	size_t n = 0, i;

	if (!app_time_line(app, &line))
		return;
	span = app->shift.spans ? spans_get(app->shift.spans, &n) : NULL;
	for (i = 0; i < n; i++) {
		const struct span *of = &span[direction > 0 ? i : n - 1 - i];
		const double begin_s = fmax(of->begin_s, line.from_s);

		if ((begin_s - now_s) * direction > 1) {
			app_go_to(app, begin_s);
			app_say(app, STYLE_NORMAL, "%s: %s", of->vm ? of->vm : "host", of->text);
			return;
		}
	}
	app_say(app, STYLE_NORMAL,
		direction > 0 ? "no finding begins after this" : "no finding began before this");
}

bool app_time_line(const struct app *app, struct timeline *timeline)
{
	const struct timeshift *shift = &app->shift;

	*timeline = (struct timeline){ .utc_offset_s = app->run.utc_offset_s };
	if (!shift->tape)
		return reel_span(shift->reel, &timeline->from_s, &timeline->to_s);
	if (!shift->spans)
		return false;
	timeline->gap = moments_gaps(shift->moments, &timeline->n_gap);
	return moments_span(shift->moments, &timeline->from_s, &timeline->to_s);
}

void app_go_to_text(struct app *app, const char *text)
{
	struct timeline line;
	struct err err = { 0 };
	double time_s;

	if (!text[0] || !is_known(app) || !app_time_line(app, &line))
		return;
	if (timetext_parse(text, &line, time_on_screen(app), &time_s, &err) < 0)
		app_say(app, STYLE_WATCH, "%s", err.text);
	else
		travel(app, time_s);
}

static void go_to_newest(struct app *app)
{
	const size_t last = app->shift.tape ? tape_count(app->shift.tape) - 1 : 0;

	if (!app->shift.tape)
		go_to_live(app);
	else if (place_now(app, 0, last + 1) != last)
		seek(app, last, -1);
	else
		say_edge(app, 1);
}

void app_play(struct app *app, bool playing)
{
	app->run.paused = !playing;
	player_play(app->shift.player, playing);
	app->stale = true;
}

bool app_toggle_play(struct app *app)
{
	if (!app_is_shifted(app))
		return false;
	app->run.paused = !app->run.paused;
	player_play(app->shift.player, !app->run.paused);
	app->stale = true;
	if (!app->run.paused && app->run.ended && app->shift.tape)
		say_edge(app, 1);
	return true;
}

bool app_change_speed(struct app *app, bool slower)
{
	static const double speeds[] = { 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100 };
	const size_t n = sizeof(speeds) / sizeof(speeds[0]);
	struct timeshift *shift = &app->shift;
	double speed = shift->speed;

	if (!app_is_shifted(app))
		return false;
	for (size_t i = 0; i < n; i++) {
		if (slower && speeds[i] < shift->speed)
			speed = speeds[i];
		if (!slower && speeds[i] > shift->speed && speed == shift->speed)
			speed = speeds[i];
	}
	shift->speed = app->run.speed = speed;
	player_set_speed(shift->player, speed);
	app_say(app, STYLE_NORMAL, "plays at %g times the speed", speed);
	return true;
}

bool app_act_on_time(struct app *app, enum action action)
{
	if (action_info[action].group != GROUP_TIME)
		return false;
	if (action == ACTION_WRITE) {
		app_write(app);
		return true;
	}
	if (!is_known(app))
		return true;
	switch ((int)action) {
	case ACTION_STEP_BACK:
	case ACTION_STEP_FORWARD:
		step(app, action == ACTION_STEP_BACK ? -1 : 1);
		break;
	case ACTION_JUMP_BACK:
	case ACTION_JUMP_FORWARD:
		travel(app, time_on_screen(app) + (action == ACTION_JUMP_BACK ? -JUMP_S : JUMP_S));
		break;
	case ACTION_FINDING_BACK:
	case ACTION_FINDING_FORWARD:
		go_to_finding(app, action == ACTION_FINDING_BACK ? -1 : 1);
		break;
	case ACTION_GO_TO_TIME:
		app->time.text[0] = '\0';
		prompt_open(&app->time);
		break;
	case ACTION_NEWEST:
		go_to_newest(app);
		break;
	case ACTION_TIME_LINE:
		app_open_time_line(app);
		break;
	}
	return true;
}
