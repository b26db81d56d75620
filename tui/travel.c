// SPDX-License-Identifier: GPL-2.0-or-later
/* The keys that go to another moment, and how what is there is played. */
#include <math.h>

#include "tui/app.h"
#include "tui/timetext.h"

enum { JUMP_S = 60 };

static bool is_looked_through(const struct app *app)
{
	return !app->shift.tape || !app->shift.player || app->shift.spans;
}

static bool is_known(struct app *app)
{
	size_t first, end;

	if (app->shift.tape && !app->shift.player) {
		app_say(app, STYLE_CRITICAL,
			"the recording is not played: no thread could be started");
		return false;
	}
	if (!is_looked_through(app)) {
		app_say(app, STYLE_NORMAL, "the recording is still being looked through");
		return false;
	}
	app_time_range(app, &first, &end);
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
		app_go_past(app, to);
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

	app_time_range(app, &first, &end);
	found = first;
	for (size_t i = first; i < end; i++)
		if (app_time_at(app, i) <= time_s)
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
	return !app_is_shifted(app) && app->measured && app_time_at(app, now) < app->snap->time_s;
}

/* The newest, or what is being measured: whatever keeps it from the screen ends. */
static void go_to_live(struct app *app)
{
	if (app_is_shifted(app)) {
		app_go_live(app);
	} else if (app->run.paused) {
		app_resume(app);
	} else {
		app_say_edge(app, 1);
	}
}

static void step(struct app *app, int direction)
{
	size_t first, end, now;

	app_time_range(app, &first, &end);
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
		app_say_edge(app, direction);
}

void app_go_to(struct app *app, double time_s)
{
	size_t first, end;

	if (!is_known(app))
		return;
	app_time_range(app, &first, &end);
	if (app->shift.tape || time_s < app_time_at(app, end - 1))
		seek(app, index_at(app, time_s), 1);
	else if (app_is_shifted(app))
		app_go_live(app);
}

/* The same for the operator, who is told when that changes nothing. */
static void travel(struct app *app, double time_s)
{
	size_t first, end, now;

	if (!is_known(app))
		return;
	app_time_range(app, &first, &end);
	now = place_now(app, first, end);
	if (!app->shift.tape && time_s >= app_time_at(app, end - 1))
		go_to_live(app);
	else if (!app->measured || is_between(app, now) || index_at(app, time_s) != now)
		app_go_to(app, time_s);
	else if (now == first || now + 1 == end)
		app_say_edge(app, now == first && time_s <= app_time_at(app, first) ? -1 : 1);
	else
		app_say(app, STYLE_NORMAL, "that moment is on the screen");
}

static double time_on_screen(const struct app *app)
{
	size_t first, end;

	app_time_range(app, &first, &end);
	return app_time_at(app, place_now(app, first, end));
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

static void ask_for_time(struct app *app)
{
	app->time.text[0] = '\0';
	prompt_open(&app->time);
}

static void go_to_text(struct app *app, const char *text)
{
	struct timeline line;
	struct err err = { 0 };
	double time_s;

	if (!is_known(app) || !app_time_line(app, &line))
		return;
	if (timetext_parse(text, &line, time_on_screen(app), &time_s, &err) < 0)
		app_say(app, STYLE_WATCH, "%s", err.text);
	else
		travel(app, time_s);
}

void app_go_to_asked(struct app *app)
{
	const char *text = app->time.text;

	if (!text[0])
		return;
	if (is_looked_through(app))
		go_to_text(app, text);
	else
		app_say(app, STYLE_NORMAL, "to %s when the recording has been looked through",
			text);
}

static void go_to_newest(struct app *app)
{
	const size_t last = app->shift.tape ? tape_count(app->shift.tape) - 1 : 0;

	if (!app->shift.tape)
		go_to_live(app);
	else if (place_now(app, 0, last + 1) != last)
		seek(app, last, -1);
	else
		app_say_edge(app, 1);
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
	app_play(app, app->run.paused);
	if (!app->run.paused && app->run.ended && app->shift.tape)
		app_say_edge(app, 1);
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

static void go(struct app *app, enum action action)
{
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
	case ACTION_NEWEST:
		go_to_newest(app);
		break;
	case ACTION_TIME_LINE:
		app_open_time_line(app);
		break;
	}
}

bool app_act_on_time(struct app *app, enum action action)
{
	if (action_info[action].group != GROUP_TIME)
		return false;
	if (action == ACTION_WRITE)
		app_write(app);
	else if (action == ACTION_GO_TO_TIME) /* what is typed is not for other keys */
		ask_for_time(app);
	else if (is_known(app))
		go(app, action);
	return true;
}
