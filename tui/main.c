// SPDX-License-Identifier: GPL-2.0-or-later
#include <fcntl.h>
#include <locale.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "tui/console.h"
#include "tui/keys.h"
#include "tui/lessons.h"
#include "tui/loop.h"
#include "tui/output.h"
#include "tui/report.h"

enum { EXIT_FINE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

static int fail(const struct err *err, int status)
{
	fprintf(stderr, "parallax: %s\n", err->text);
	return status;
}

/*
 * A closed standard descriptor must not become the number of something else, which would then
 * be read or written as if it were the terminal. Opened the wrong way round, its use still fails.
 */
static void occupy_standard_fds(void)
{
	int fd;

	for (fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/", O_PATH) != fd)
			_exit(EXIT_FAILED);
}

static int start_feed(struct feed **feed, const struct options *options, struct err *err)
{
	const struct feed_options feed_options = {
		.sysroot = options->sysroot,
		.uri = options->uri,
		.replay = options->replay,
		.interval_ms = options->interval_ms,
		.ask_guests = options->ask == ASK_ON,
		.anonymize = options->anonymize,
		.every = options->front != FRONT_CONSOLE,
		.only_open = options->front == FRONT_CONSOLE,
	};
	const int rc = feed_start(feed, &feed_options, err);

	if (!rc && options->replay && options->delay_given)
		feed_set_interval(*feed, options->interval_ms);
	return rc;
}

static int session_start(struct session *session, const struct options *options, struct err *err)
{
	int rc;

	*session = (struct session){ .options = options };
	rc = start_feed(&session->feed, options, err);
	if (rc || !options->record)
		return rc;
	rc = recorder_start(options->record, &session->recorder, err);
	if (rc)
		feed_stop(session->feed);
	return rc;
}

/* What went wrong with a recording is told here unless the front end could. */
static int session_end(const struct session *session, int status)
{
	struct recorder_state state;
	int rc;

	feed_stop(session->feed);
	rc = recorder_stop(session->recorder, &state);
	if (state.lost)
		fprintf(stderr,
			"parallax: %lu snapshots are not in the recording: the disk was too slow\n",
			state.lost);
	if (!rc && !state.lost)
		return status;
	return state.err.text[0] ? fail(&state.err, EXIT_FAILED) : EXIT_FAILED;
}

static int run_console(const struct options *options)
{
	char notice[320];
	struct keymap *keymap = keys_load(options, notice, sizeof(notice));
	struct session session;
	struct err err = { 0 };
	int status, sig = 0;

	if (!keymap)
		return EXIT_USAGE;
	loop_block_signals();
	if (session_start(&session, options, &err)) {
		keymap_free(keymap);
		return fail(&err, EXIT_FAILED);
	}
	status = console_run(&session, keymap, notice, &sig);
	status = session_end(&session, status);
	keymap_free(keymap);
	if (sig)
		loop_end_by_signal(sig);
	return status;
}

/* The console on the lesson's recording. A bad lesson is refused before the terminal is touched. */
static int run_lesson(struct options *options)
{
	struct lesson *lesson = lessons_load(options->lesson_name);
	int status;

	if (!lesson)
		return EXIT_USAGE;
	options->lesson = lesson;
	options->replay = lesson->recording_path;
	status = run_console(options);
	lesson_free(lesson);
	return status;
}

static int run_output(const struct options *options)
{
	struct session session;
	struct err err = { 0 };

	if (session_start(&session, options, &err))
		return fail(&err, EXIT_FAILED);
	return session_end(&session,
		options->front == FRONT_STREAM ? stream_run(&session) : batch_run(&session));
}

/* --help into a full disk or a closed pipe is a failure as any other. */
static int flush_output(void)
{
	if (!fflush(stdout) && !ferror(stdout))
		return EXIT_FINE;
	perror("parallax: cannot write to standard output");
	return EXIT_FAILED;
}

/*
 * The C library takes a process with many threads for one that allocates much: each keeps memory
 * for itself, and what was large once, as the kernel's types are that BPF programs are loaded by,
 * is not given back. Setting a limit keeps the library from raising it.
 */
static void keep_little_memory(void)
{
#ifdef M_ARENA_MAX
	mallopt(M_ARENA_MAX, 1);
	mallopt(M_MMAP_THRESHOLD, 256 << 10);
	mallopt(M_TRIM_THRESHOLD, 256 << 10);
#endif
}

int main(int argc, char **argv)
{
	struct options options;
	struct err err = { 0 };

	keep_little_memory();
	occupy_standard_fds();
	setlocale(LC_ALL, "");
	signal(SIGPIPE, SIG_IGN);
	if (options_parse(&options, argc, argv, &err))
		return fail(&err, EXIT_USAGE);
	switch (options.front) {
	case FRONT_CONSOLE:
		return options.lesson_name ? run_lesson(&options) : run_console(&options);
	case FRONT_BATCH:
	case FRONT_STREAM:
		return run_output(&options);
	case FRONT_REPORT:
		return report_run(&options);
	case FRONT_LESSONS:
		lessons_list(stdout);
		return flush_output();
	case FRONT_HELP:
		usage_print(stdout);
		return flush_output();
	case FRONT_VERSION:
		puts("parallax " PARALLAX_VERSION);
		return flush_output();
	}
	return EXIT_USAGE;
}
