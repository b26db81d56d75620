// SPDX-License-Identifier: GPL-2.0-or-later
/* A lesson that is played: its steps onto the console. */
#include <string.h>

#include "probes/text.h"
#include "tui/app.h"

void app_begin_lesson(struct app *app)
{
	lesson_play_begin(&app->play, app->lesson);
	app->view = (struct lesson_view){ .hold_at_s = NAN };
	/* Nothing of the host is to be seen before the first step says so. */
	app_cover(app, lesson_play_step(&app->play)->cover);
	app->run.paused = true;
}

/* When the lesson's finding is on screen first; NAN: never. */
static double finding_s(const struct app *app)
{
	const struct lesson *lesson = app->lesson;
	double first_s = NAN;
	size_t n;
	const struct span *span = spans_get(app->shift.spans, &n);

	for (size_t i = 0; i < n && lesson->rule; i++)
		if (text_same(span[i].rule, lesson->rule) && text_same(span[i].vm, lesson->vm) &&
			!(span[i].first_s >= first_s))
			first_s = span[i].first_s;
	return first_s;
}

/* On the wall clock of the recording. */
static double moment_s(const struct app *app, const struct lesson_moment *moment)
{
	struct timeline line;
	double at_s;

	if (!app_time_line(app, &line))
		return NAN;
	at_s = lesson_moment_s(moment, line.to_s - line.from_s, finding_s(app) - line.from_s);
	return isnan(at_s) ? line.from_s : line.from_s + at_s;
}

/* A recording that was cut short, or is another lesson's: it is played all the same. */
static void tell_what_lacks(struct app *app)
{
	const struct lesson *lesson = app->lesson;
	struct timeline line;
	size_t i;

	if (!app_time_line(app, &line))
		return;
	i = lesson_step_lacking(lesson, line.to_s - line.from_s, finding_s(app) - line.from_s);
	if (i < lesson->n_step)
		app_say(app, STYLE_WATCH, "what step %zu shows is not in %s: is it whole?", i + 1,
			lesson->recording);
}

static void go_to_step(struct app *app)
{
	const struct lesson_step *step = lesson_play_step(&app->play);
	const double from_s = moment_s(app, &step->from), until_s = moment_s(app, &step->until);

	app_cover(app, step->cover);
	app_play(app, false);
	app->view.hold_at_s = until_s > from_s ? until_s : NAN;
	app->view.arrives = true;
	app_go_to(app, from_s);
}

static void show_pane(struct app *app, const char *name)
{
	for (size_t i = 0; panes[i]; i++)
		if (name && !strcmp(panes[i]->name, name))
			app_go_to_pane(app, i);
}

static const struct vm *vm_of(const struct app *app, const char *name)
{
	for (size_t i = 0; i < app->snap->n_vm; i++)
		if (text_same(app->snap->vm[i].name, name))
			return &app->snap->vm[i];
	return NULL;
}

static const struct finding *finding_of(const struct app *app)
{
	for (size_t i = 0; i < app->snap->n_finding; i++) {
		const struct finding *finding = &app->snap->finding[i];

		if (text_same(finding->rule, app->lesson->rule) &&
			text_same(finding->vm, app->lesson->vm))
			return finding;
	}
	return NULL;
}

/* What has to wait for the step's snapshot: of another one the VM may be missing. */
static void show_step(struct app *app)
{
	const struct lesson_step *step = lesson_play_step(&app->play);
	const struct vm *vm = step->select ? vm_of(app, step->select) : NULL;
	const struct finding *finding = finding_of(app);
	struct row row;

	app_close_page(app);
	app->in_findings = false;
	show_pane(app, step->pane);
	if (vm)
		table_follow(&app->table[app->pane], vm->key);
	arena_clear(&app->arena);
	if (step->open == LESSON_OPEN_FINDING && finding)
		app_open_finding(app, finding);
	else if (step->open == LESSON_OPEN_VM && vm)
		app_open_vm(app, vm);
	else if (step->open == LESSON_OPEN_VM && app_selected_row(app, &row))
		app_open_vm(app, row.vm);
	app_open_at(app, step->open_at);
	app_play(app, !isnan(app->view.hold_at_s));
}

/* The next snapshot would be beyond where playing ends: going there shows this one, too. */
static bool is_played(const struct app *app)
{
	const double interval_s = app->snap->interval_s;

	return app->snap->time_s + (isnan(interval_s) ? 0 : interval_s) > app->view.hold_at_s ||
	       app->snap->time_s >= app->view.hold_at_s;
}

void app_follow_lesson(struct app *app)
{
	if (!app->view.begun) {
		app->view.begun = true;
		tell_what_lacks(app);
		go_to_step(app);
		return;
	}
	if (app->view.arrives && !app->shift.seeking) {
		app->view.arrives = false;
		show_step(app);
	}
	if (!app->view.arrives && is_played(app)) {
		app->view.hold_at_s = NAN;
		app_play(app, false);
	}
}

bool app_act_on_lesson(struct app *app, enum action action)
{
	unsigned change;

	if (action_info[action].group != GROUP_LESSON)
		return false;
	if (!app->lesson) {
		app_say(app, STYLE_NORMAL, "no lesson is played; parallax --lesson lists them");
		return true;
	}
	change = lesson_play_act(&app->play, action == ACTION_LESSON_NEXT   ? LESSON_NEXT
					     : action == ACTION_LESSON_BACK ? LESSON_BACK
									    : LESSON_AGAIN);
	if (change & LESSON_STEP)
		go_to_step(app);
	if (change & LESSON_DONE)
		app_say(app, STYLE_NORMAL, "the lesson ends here; look around, or leave");
	app->stale = true;
	return true;
}
