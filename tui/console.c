// SPDX-License-Identifier: GPL-2.0-or-later
#include "tui/console.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "probes/clock.h"
#include "tui/input.h"
#include "tui/loop.h"
#include "tui/term.h"

/* A sequence's bytes come together; after this time an escape was a key of its own. */
enum { ESCAPE_NS = 25 * 1000000, READS_A_TURN = 16 };

struct console {
	struct app app;
	struct loop loop;
	struct input input;
	uint64_t input_due_ns; /* when incomplete input counts as complete; LOOP_FOREVER */
	struct canvas canvas;
	int ended_by; /* a signal; 0: none */
	bool gone;    /* the terminal */
};

static void fit_canvas(struct console *console)
{
	int rows, cols;

	term_size(&rows, &cols);
	canvas_release(&console->canvas);
	canvas_init(&console->canvas, rows, cols);
	console->app.stale = true;
}

static void stop(struct console *console, bool job)
{
	term_suspend(job);
	fit_canvas(console);
}

static void obey(struct console *console)
{
	struct app *app = &console->app;

	if (app->repaint)
		term_repaint();
	if (app->suspend)
		stop(console, true);
	app->repaint = app->suspend = false;
}

static void take_keys(struct console *console, bool complete)
{
	unsigned key;

	while (!console->app.quit && (key = input_key(&console->input, term_lookup, complete))) {
		app_key(&console->app, key);
		obey(console);
	}
	console->input_due_ns = console->input.len ? console->app.now_ns + ESCAPE_NS : LOOP_FOREVER;
}

static void take_bytes(struct console *console, const char *bytes, size_t len)
{
	while (len) {
		const size_t n = input_add(&console->input, bytes, len);

		take_keys(console, n == 0);
		bytes += n;
		len -= n;
	}
}

/* Everything typed so far, but never so much that signals and snapshots wait for it. */
static void read_keys(struct console *console)
{
	char bytes[256];
	int i;

	for (i = 0; i < READS_A_TURN; i++) {
		const int n = term_read(bytes, sizeof(bytes));

		if (n == -EAGAIN)
			return;
		if (n < 0) {
			console->gone = true;
			return;
		}
		take_bytes(console, bytes, (size_t)n);
	}
}

static void take_signals(struct console *console)
{
	int sig;

	while ((sig = loop_signal(&console->loop))) {
		switch (sig) {
		case SIGWINCH:
			term_resize();
			fit_canvas(console);
			break;
		case SIGTSTP:
			stop(console, false);
			break;
		case SIGCONT:
			if (console->ended_by)
				break;
			term_resume();
			fit_canvas(console);
			break;
		default:
			console->ended_by = sig;
		}
	}
}

static void take_events(struct console *console, unsigned events)
{
	if (events & LOOP_SIGNAL)
		take_signals(console);
	if (events & LOOP_INPUT)
		read_keys(console);
	else if (console->input_due_ns <= console->app.now_ns)
		take_keys(console, true);
	if (events & LOOP_OUTPUT && term_flush())
		console->gone = true;
	if (events & LOOP_FEED)
		app_take(&console->app);
	if (events & LOOP_HANGUP)
		console->gone = true;
}

static void draw(struct console *console)
{
	int row, col, rc;

	if (!console->app.stale || term_busy())
		return;
	app_draw(&console->app, &console->canvas, &row, &col);
	rc = term_draw(&console->canvas, row, col);
	if (rc < 0)
		console->gone = true;
}

static void run(struct console *console)
{
	struct app *app = &console->app;

	while (!app->quit && !console->ended_by && !console->gone) {
		uint64_t due_ns;
		unsigned events;

		draw(console);
		loop_want_output(&console->loop, term_busy());
		due_ns = app_due(app);
		if (console->input_due_ns < due_ns)
			due_ns = console->input_due_ns;
		events = loop_wait(&console->loop, due_ns);
		app_set_time(app, clock_mono_ns(&clock_system));
		take_events(console, events);
	}
}

static void greet(struct app *app, const char *notice)
{
	if (notice[0])
		app_say(app, STYLE_WARN, "%s", notice);
	else if (app->run.asking)
		app_say(app, STYLE_WATCH,
			"asking guests, which taints their domains in libvirt (custom-ga-command)");
}

/* Then keys come from the terminal that is written to, as less and others do. */
static bool reads_stdin(const struct options *options)
{
	return options->replay && !strcmp(options->replay, "-");
}

int console_run(
	const struct session *session, const struct keymap *keymap, const char *notice, int *sig)
{
	struct console console = { .input_due_ns = LOOP_FOREVER };
	struct err err = { 0 };

	if (term_open(session->options->ascii, reads_stdin(session->options), &err) ||
		loop_init(&console.loop, term_fd(), feed_fd(session->feed), &err)) {
		term_close();
		fprintf(stderr, "parallax: %s\n", err.text);
		return 1;
	}
	app_init(&console.app, session, keymap);
	app_set_time(&console.app, clock_mono_ns(&clock_system));
	greet(&console.app, notice);
	fit_canvas(&console);
	run(&console);
	term_close();
	loop_release(&console.loop);
	canvas_release(&console.canvas);
	app_release(&console.app);
	*sig = console.gone && !console.ended_by ? SIGHUP : console.ended_by;
	return 0;
}
