// SPDX-License-Identifier: GPL-2.0-or-later
/* Files of snapshots: read line by line, and what is no recording said in a sentence. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "probes/replay.h"
#include "tests/folder.h"
#include "tests/probes/snapshots.h"

static const char *text_file(const char *name, const char *text)
{
	return folder_put(name, text, strlen(text));
}

static struct replay *opened(const char *path)
{
	struct replay *replay = NULL;
	struct err err = { 0 };

	if (replay_open(path, &replay, &err) != 0)
		fail_msg("%s", err.text);
	return replay;
}

/* Returns what replay_next does; the time in *time_s, the sentence in err. */
static int next(struct replay *replay, double *time_s, struct err *err)
{
	struct snapshot *snap = snapshot_new();
	int rc;

	*err = (struct err){ 0 };
	rc = replay_next(replay, snap, err);
	*time_s = snap->time_s;
	snapshot_free(snap);
	return rc;
}

static void expect_times(struct replay *replay, size_t count, const double *times)
{
	struct err err;
	double time_s;

	for (size_t i = 0; i < count; i++) {
		if (next(replay, &time_s, &err) != 0)
			fail_msg("snapshot %zu: %s", i, err.text);
		assert_true(time_s == times[i]);
	}
}

static void expect_end(struct replay *replay)
{
	struct err err;
	double time_s;

	assert_int_equal(next(replay, &time_s, &err), 1);
	assert_int_equal(next(replay, &time_s, &err), 1);
	assert_string_equal(err.text, "");
}

static void expect_error(struct replay *replay, int code, const char *sentence)
{
	struct err err;
	double time_s;

	assert_int_equal(next(replay, &time_s, &err), code);
	assert_int_equal(err.code, code);
	if (!strstr(err.text, sentence))
		fail_msg("\"%s\" does not say \"%s\"", err.text, sentence);
}

static void reads_line_by_line(void **state)
{
	struct replay *replay = opened(text_file("good.jsonl",
		"{\"parallax\": 1, \"time_s\": 1}\n\n  \r\n{\"parallax\": 1, \"time_s\": 2}\r\n"
		"{\"parallax\": 1, \"time_s\": 3}"));

	(void)state;
	expect_times(replay, 3, (const double[]){ 1, 2, 3 });
	expect_end(replay);
	replay_close(replay);
	replay_close(NULL);
}

/* Lines longer than the first buffer, which then wrap round in it. */
static void reads_long_lines(void **state)
{
	enum { PADDING = 150000 };
	FILE *stream = fopen(in_folder("long.jsonl"), "w");
	double times[20];
	struct replay *replay;

	(void)state;
	assert_non_null(stream);
	for (int i = 0; i < 20; i++) {
		fprintf(stream, "{\"parallax\": 1, \"time_s\": %d, \"x\": \"%*s\"}\n", i,
			PADDING / (1 + i % 7), "");
		times[i] = i;
	}
	fclose(stream);
	replay = opened(in_folder("long.jsonl"));
	expect_times(replay, 20, times);
	expect_end(replay);
	replay_close(replay);
}

/* Whatever the place of a newline against the ends of what is read at once. */
static void reads_lines_of_every_length(void **state)
{
	(void)state;
	for (int len = 65500; len < 65570; len++) {
		FILE *stream = fopen(in_folder("long.jsonl"), "w");
		struct replay *replay;

		assert_non_null(stream);
		fprintf(stream, "%-*s\n{\"parallax\": 1, \"time_s\": 2}\n", len,
			"{\"parallax\": 1, \"time_s\": 1}");
		fclose(stream);
		replay = opened(in_folder("long.jsonl"));
		expect_times(replay, 2, (const double[]){ 1, 2 });
		expect_end(replay);
		replay_close(replay);
	}
}

static void a_cut_line_spoils_only_itself(void **state)
{
	struct replay *replay = opened(text_file("cut.jsonl",
		"{\"parallax\": 1, \"time_s\": 1}\n{\"parallax\": 1, \"time_s\": 2}\n"
		"{\"parallax\": 1, \"ti"));

	(void)state;
	expect_times(replay, 2, (const double[]){ 1, 2 });
	expect_error(replay, -ENODATA,
		"cut.jsonl: it ends after 19 bytes, for the recording was cut short");
	expect_end(replay);
	replay_close(replay);
}

static void a_bad_line_is_named(void **state)
{
	struct replay *replay = opened(text_file("bad.jsonl",
		"{\"parallax\": 1, \"time_s\": 1}\n\n{\"parallax\": 1, \"vms\": [{\"pid\": "
		"\"x\"}]}\n{\"parallax\": 7}\n{\"parallax\": 1\n{\"parallax\": 1, \"time_s\": "
		"5}\n"));

	(void)state;
	expect_times(replay, 1, (const double[]){ 1 });
	expect_error(replay, -EINVAL, "cannot read line 3 of ");
	expect_error(replay, -ENOTSUP, "line 4");
	/* Not the last line: a defect, not the end of a recording. */
	expect_error(replay, -ENODATA, "line 5 of ");
	expect_times(replay, 1, (const double[]){ 5 });
	expect_end(replay);
	replay_close(replay);
}

static void what_can_be_read_is_found(void **state)
{
	struct replay *replay = opened(text_file("bad.jsonl",
		"{\"parallax\": 1, \"time_s\": 1}\n{\"parallax\": 1\n{\"parallax\": 7}\n"
		"{\"parallax\": 1, \"time_s\": 4}\n{\n"));
	struct snapshot *snap = snapshot_new();
	static const atomic_bool yes = true;
	struct err first = { 0 };

	(void)state;
	assert_int_equal(replay_next_readable(replay, NULL, snap, &first), 0);
	assert_true(snap->time_s == 1 && first.code == 0);
	assert_int_equal(replay_next_readable(replay, &yes, snap, &first), 1);
	assert_int_equal(first.code, 0);
	assert_int_equal(replay_next_readable(replay, NULL, snap, &first), 0);
	assert_true(snap->time_s == 4);
	for (int i = 0; i < 2; i++)
		assert_int_equal(replay_next_readable(replay, NULL, snap, &first), 1);
	assert_int_equal(first.code, -ENODATA);
	assert_non_null(strstr(first.text, "line 2 of "));
	snapshot_free(snap);
	replay_close(replay);
}

static void refused(const char *path, int code, const char *sentence)
{
	struct replay *replay = NULL;
	struct err err = { 0 };

	assert_int_equal(replay_open(path, &replay, &err), code);
	assert_null(replay);
	assert_int_equal(err.code, code);
	if (!strstr(err.text, sentence) || !strstr(err.text, "cannot replay "))
		fail_msg("\"%s\" does not say \"%s\"", err.text, sentence);
}

static void what_is_no_recording_is_refused_at_once(void **state)
{
	static const char binary[] = "\177ELF\0\0\0\0\0\0";
	char long_path[700];

	(void)state;
	refused(in_folder("missing.jsonl"), -ENOENT, "missing.jsonl: No such file");
	refused(in_folder("."), -EISDIR, "it is a directory");
	refused(text_file("empty.jsonl", ""), -ENODATA, "it is empty");
	refused(text_file("blank.jsonl", "\n\n \n"), -ENODATA, "it is empty");
	refused(folder_put("binary", binary, sizeof(binary)), -EINVAL, "it is no recording");
	refused(text_file("text", "hello, world\n"), -EINVAL, "it is no recording");
	memset(long_path, 'x', sizeof(long_path));
	memcpy(long_path, folder_name(), strlen(folder_name()));
	long_path[strlen(folder_name())] = '/';
	long_path[sizeof(long_path) - 1] = '\0';
	refused(long_path, -ENAMETOOLONG, "xxx: File name too long");
}

static struct replay *from_pipe(const char *text)
{
	int fd[2], saved = dup(STDIN_FILENO);
	struct replay *replay;

	assert_int_equal(pipe(fd), 0);
	assert_int_equal(write(fd[1], text, strlen(text)), strlen(text));
	close(fd[1]);
	dup2(fd[0], STDIN_FILENO);
	close(fd[0]);
	replay = opened("-");
	dup2(saved, STDIN_FILENO);
	close(saved);
	return replay;
}

static void reads_standard_input(void **state)
{
	struct replay *replay = from_pipe("{\"parallax\": 1, \"time_s\": 8}\n");

	(void)state;
	expect_times(replay, 1, (const double[]){ 8 });
	expect_end(replay);
	replay_close(replay);
	replay = from_pipe("");
	expect_error(replay, -ENODATA, "cannot replay standard input: it is empty");
	replay_close(replay);
	replay = from_pipe("what?\n");
	expect_error(replay, -EINVAL, "standard input: it is no recording");
	replay_close(replay);
}

/* A file without newlines costs 16 MiB and a sentence, not all memory. */
static void endless_lines_are_refused(void **state)
{
	const char *path = text_file("endless", "{");
	struct replay *replay;

	(void)state;
	assert_int_equal(truncate(path, 1ll << 32), 0);
	replay = opened(path);
	expect_error(replay, -EFBIG, "cannot read line 1 of ");
	replay_close(replay);
}

/* A recording that the program would write otherwise today is to be made again. */
static void repeats_itself(const char *path)
{
	FILE *stream = fopen(path, "r");
	struct snapshot *snap = snapshot_new();
	struct err err = { 0 };
	char *line = NULL, *again;
	size_t size = 0, len_again;
	ssize_t len;
	unsigned lines = 0;

	if (!stream)
		fail_msg("cannot open %s", path);
	while ((len = getline(&line, &size, stream)) > 0) {
		if (json_read(snap, line, (size_t)len, &err) != 0)
			fail_msg("%s:%u: %s", path, lines + 1, err.text);
		again = written(snap, &len_again);
		if (strcmp(line, again) != 0)
			fail_msg("%s:%u differs; see its README.md", path, lines + 1);
		free(again);
		lines++;
	}
	assert_true(lines >= 3);
	free(line);
	fclose(stream);
	snapshot_free(snap);
}

static void stored_recordings_are_of_today(void **state)
{
	(void)state;
	repeats_itself("tests/data/snapshots/demo.jsonl");
	repeats_itself("tests/data/snapshots/many.jsonl");
	repeats_itself("tests/data/snapshots/empty.jsonl");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_line_by_line),
		cmocka_unit_test(reads_long_lines),
		cmocka_unit_test(reads_lines_of_every_length),
		cmocka_unit_test(a_cut_line_spoils_only_itself),
		cmocka_unit_test(a_bad_line_is_named),
		cmocka_unit_test(what_can_be_read_is_found),
		cmocka_unit_test(what_is_no_recording_is_refused_at_once),
		cmocka_unit_test(reads_standard_input),
		cmocka_unit_test(endless_lines_are_refused),
		cmocka_unit_test(stored_recordings_are_of_today),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("replay", tests, folder_make, folder_remove);
}
