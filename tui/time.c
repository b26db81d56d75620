// SPDX-License-Identifier: GPL-2.0-or-later
/* Moments but the newest: a recording, or the last minutes. */
#include <stdlib.h>

#include "probes/recorder.h"
#include "tui/app.h"
#include "tui/timetext.h"

enum { JUMP_S = 60, GAP_LEAST_S = 5, GAPS_MOST = 1000 };

/* The source of snapshots behind the player. */

/* The gaps of a file, for its time line. */
static void find_gaps(struct timeshift *shift)
{
	const size_t n = tape_count(shift->tape);
	double before_s = NAN;
	size_t cap = 0;

	for (size_t i = 0; i < n; i++) {
		const double time_s = tape_time_s(shift->tape, i);

		if (time_s - before_s > GAP_LEAST_S && shift->n_gap < GAPS_MOST) {
			shift->gap = xgrow(shift->gap, shift->n_gap + 1, &cap, sizeof(*shift->gap));
			shift->gap[shift->n_gap++] = (struct gap){ before_s, time_s };
		}
		before_s = isnan(time_s) ? before_s : time_s;
	}
}

/* The findings of the index, with the names that the snapshots will have. */
static struct spans *anonymous_spans(struct feed *feed, struct spans *named)
{
	struct spans *spans = spans_new();
	size_t n;
	const struct span *span = spans_get(named, &n);

	for (size_t i = 0; i < n; i++) {
		struct finding finding = { .pane = span[i].pane,
			.rule = span[i].rule,
			.vm = span[i].vm,
			.vm_key = span[i].vm_key,
			.subject = span[i].subject,
			.text = span[i].text };
		struct snapshot snap = { .finding = &finding, .n_finding = 1 };
		struct span own = span[i];

		feed_anonymize(feed, &snap);
		own.vm = snap.finding->vm;
		own.vm_key = snap.finding->vm_key;
		own.subject = snap.finding->subject;
		own.text = snap.finding->text;
		spans_merge(spans, &own);
		arena_release(&snap.arena);
	}
	return spans;
}

static int prepare_tape(void *arg, const atomic_bool *stop, struct err *err)
{
	struct app *app = arg;
	struct timeshift *shift = &app->shift;
	const int rc = tape_index(shift->tape, stop, err);

	find_gaps(shift);
	if (feed_is_anonymous(app->feed))
		shift->own_spans = anonymous_spans(app->feed, tape_spans(shift->tape));
	return rc;
}

static size_t tape_source_count(void *arg)
{
	return tape_count(((struct app *)arg)->shift.tape);
}

static double tape_source_time(void *arg, size_t i)
{
	return tape_time_s(((struct app *)arg)->shift.tape, i);
}

static int tape_source_read(void *arg, size_t i, struct snapshot *snap, struct err *err)
{
	struct app *app = arg;
	const int rc = tape_read(app->shift.tape, i, snap, err);

	if (rc == 0)
		feed_anonymize(app->feed, snap);
	return rc;
}

static size_t reel_source_count(void *arg)
{
	size_t first, end;

	reel_range(((struct app *)arg)->shift.reel, &first, &end);
	return end;
}

static double reel_source_time(void *arg, size_t i)
{
	return reel_time_s(((struct app *)arg)->shift.reel, i);
}

static int reel_source_read(void *arg, size_t i, struct snapshot *snap, struct err *err)
{
	return reel_read(((struct app *)arg)->shift.reader, i, snap, err);
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
	const struct player_source of_tape = { app, prepare_tape, tape_source_count,
		tape_source_time, tape_source_read };
	const struct player_source of_reel = { app, NULL, reel_source_count, reel_source_time,
		reel_source_read };
	struct timeshift *shift = &app->shift;
	struct err err = { 0 };
	const int rc = player_start(&shift->player, shift->tape ? &of_tape : &of_reel, &past, first,
		feed_fd(app->feed), &err);

	if (rc < 0) {
		app_say(app, STYLE_CRITICAL, "%s", err.text);
		return rc;
	}
	shift->at = shift->wanted = first;
	shift->seeking = true;
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
	shift->spans = shift->own_spans = spans_new();
}

/* The player ends before what it reads does; a file may hang. Returns whether it has ended. */
static bool end_player(struct app *app)
{
	struct timeshift *shift = &app->shift;
	const bool ended = player_stop(shift->player);

	if (ended)
		reel_reader_free(shift->reader);
	shift->reader = NULL;
	shift->player = NULL;
	shift->seeking = false;
	return ended;
}

void app_end_time(struct app *app)
{
	struct timeshift *shift = &app->shift;

	/* What a thread that hangs still uses stays until the process ends. */
	if (!end_player(app)) {
		feed_abandon(app->feed);
		return;
	}
	if (!app_end_write(app))
		return;
	witness_free(shift->live);
	spans_free(shift->own_spans);
	reel_free(shift->reel);
	free(shift->gap);
}

void app_keep(struct app *app, const struct snapshot *snap)
{
	struct timeshift *shift = &app->shift;
	size_t first, end;

	reel_add(shift->reel, snap);
	spans_add(shift->spans, snap);
	shift->newest_s = snap->time_s;
	reel_range(shift->reel, &first, &end);
	spans_forget(shift->spans, reel_time_s(shift->reel, first));
	if (app_is_shifted(app))
		app->run.behind_s = fmax(snap->time_s - app->snap->time_s, 0.001);
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
	app_release_hold(app);
	app->stale = true;
}

/* What was newest is kept on screen until there is something else. */
static bool go_past(struct app *app, size_t at)
{
	struct timeshift *shift = &app->shift;

	app->run.paused = true;
	shift->reader = reel_reader_new(shift->reel);
	if (start_player(app, at) < 0) {
		reel_reader_free(shift->reader);
		shift->reader = NULL;
		return false;
	}
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
		shift->spans = shift->own_spans ? shift->own_spans : tape_spans(shift->tape);
		app->stale = true;
	}
	if (!shift->told && player_failures(shift->player, &err)) {
		shift->told = true;
		app_say(app, STYLE_CRITICAL, "%s", err.text);
	}
}

/* Behind what is on screen there is nothing, or nothing that can be read. */
static void note_end(struct app *app)
{
	const bool ended = app->shift.tape && player_is_at_end(app->shift.player);

	if (ended == app->run.ended)
		return;
	app->run.ended = ended;
	app->stale = true;
	if (ended && !app->run.paused && !app->message.until_ns)
		app_say(app, STYLE_NORMAL, "the recording ends here; this is its last snapshot");
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
	shift->seeking = shift->seeking && scene->at != shift->wanted;
	if (!shift->seeking)
		shift->wanted = scene->at;
	if (!shift->tape)
		app->run.behind_s = fmax(shift->newest_s - scene->snap->time_s, 0.001);
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
	note_end(app);
	if (app->lesson && shift->spans && app->measured)
		app_follow_lesson(app);
	/* What is past caught up with the present by playing. */
	if (!shift->tape && !app->run.paused && player_is_at_end(shift->player))
		go_live(app);
}

/* Keys. */

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

static bool is_known(struct app *app)
{
	size_t first, end;

	if (app->shift.tape && !player_is_ready(app->shift.player)) {
		app_say(app, STYLE_NORMAL, "the recording is still being looked through");
		return false;
	}
	first_and_end(app, &first, &end);
	if (first < end)
		return true;
	app_say(app, STYLE_NORMAL, "there is nothing yet");
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
	player_seek(shift->player, to, direction);
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
static size_t place_now(const struct app *app, size_t end)
{
	const struct timeshift *shift = &app->shift;

	if (!shift->player) /* a screen that is held need not show the newest */
		return app->measured ? index_at(app, app->snap->time_s) : end - 1;
	return shift->seeking ? shift->wanted : shift->at;
}

static void step(struct app *app, int direction)
{
	size_t first, end, now;

	first_and_end(app, &first, &end);
	now = place_now(app, end);
	if (!app->run.paused && app_is_shifted(app))
		app_toggle_play(app);
	if (direction < 0 && now > first) {
		seek(app, now - 1, -1);
	} else if (direction < 0) {
		app_say(app, STYLE_NORMAL,
			app->shift.tape ? "the recording begins here"
					: "this is the oldest that is kept");
	} else if (!app_is_shifted(app)) {
		app_say(app, STYLE_NORMAL, "this is the newest");
	} else if (now + 1 < end) {
		seek(app, now + 1, 1);
	} else if (app->shift.tape) {
		app_say(app, STYLE_NORMAL, "the recording ends here");
	} else {
		go_live(app);
	}
}

void app_go_to(struct app *app, double time_s)
{
	size_t first, end;

	if (!is_known(app))
		return;
	first_and_end(app, &first, &end);
	if (!app->shift.tape && time_s >= time_of(app, end - 1)) {
		if (app_is_shifted(app))
			go_live(app);
		return;
	}
	seek(app, index_at(app, time_s), 1);
}

static double time_on_screen(const struct app *app)
{
	size_t first, end;

	first_and_end(app, &first, &end);
	return time_of(app, place_now(app, end));
}

/* To where a finding began; those that began within a second of here are here. */
static void go_to_finding(struct app *app, int direction)
{
	const double now_s = time_on_screen(app);
	const struct span *span;
	size_t n = 0, i;

	span = app->shift.spans ? spans_get(app->shift.spans, &n) : NULL;
	for (i = 0; i < n; i++) {
		const struct span *of = &span[direction > 0 ? i : n - 1 - i];
		const double away_s = (of->begin_s - now_s) * direction;

		if (away_s > 1) {
			app_go_to(app, of->begin_s);
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
	size_t first, end;

	if (shift->tape && !shift->spans)
		return false;
	first_and_end(app, &first, &end);
	while (first < end && isnan(time_of(app, end - 1)))
		end--;
	while (first < end && isnan(time_of(app, first)))
		first++;
	if (first >= end)
		return false;
	*timeline = (struct timeline){ .from_s = time_of(app, first),
		.to_s = time_of(app, end - 1),
		.gap = shift->gap,
		.n_gap = shift->n_gap,
		.utc_offset_s = app->run.utc_offset_s };
	return true;
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
		app_go_to(app, time_s);
}

static void go_to_newest(struct app *app)
{
	if (!app_is_shifted(app))
		app_say(app, STYLE_NORMAL, "this is the newest");
	else if (app->shift.tape)
		seek(app, tape_count(app->shift.tape) - 1, -1);
	else
		go_live(app);
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
		app_go_to(
			app, time_on_screen(app) + (action == ACTION_JUMP_BACK ? -JUMP_S : JUMP_S));
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
