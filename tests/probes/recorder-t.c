// SPDX-License-Identifier: GPL-2.0-or-later
/* The recorder: all that was added is in the file, whatever the disk does nobody waits for it. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "probes/recorder.h"
#include "tests/folder.h"
#include "tests/probes/moments.h"

enum { MOST = 20000 };

static char path[64];
static size_t number[MOST];

static struct recorder *started(void)
{
	struct recorder *recorder = NULL;
	struct err err = { 0 };

	unlink(path);
	if (recorder_start(path, &recorder, &err) < 0)
		fail_msg("%s", err.text);
	return recorder;
}

static void add(struct recorder *recorder, size_t from, size_t to)
{
	struct snapshot *snap = snapshot_new();

	for (size_t i = from; i < to; i++) {
		make_moment(snap, i);
		recorder_add(recorder, snap);
	}
	snapshot_free(snap);
}

/* Until the writing thread has met the error. */
static void wait_for_error(struct recorder *recorder, struct recorder_state *state)
{
	for (size_t i = 0; i < MOST; i++) {
		add(recorder, i, i + 1);
		recorder_get(recorder, state);
		if (state->err.code)
			return;
	}
	fail_msg("no error came");
}

static void all_of_it_is_in_the_file(void **state)
{
	struct recorder *recorder = started();
	struct recorder_state end;

	(void)state;
	add(recorder, 0, 250); /* over the ends of frames, and of what the packer knows */
	assert_int_equal(recorder_stop(recorder, &end), 0);
	assert_int_equal(end.count, 250);
	assert_int_equal(end.lost, 0);
	assert_true(end.bytes > 0);
	assert_int_equal(read_back(path, number, MOST), 250);
	assert_int_equal(number[249], 249);
}

static void an_existing_file_stays(void **state)
{
	struct recorder *recorder = started();
	struct recorder_state end;
	struct err err = { 0 };

	(void)state;
	add(recorder, 0, 3);
	assert_int_equal(recorder_stop(recorder, &end), 0);
	assert_int_equal(recorder_start(path, &recorder, &err), -EEXIST);
	assert_non_null(strstr(err.text, "it exists; give a name that is free"));
	assert_int_equal(read_back(path, number, MOST), 3);
}

static void what_went_wrong_is_told_once(void **state)
{
	struct recorder *recorder = started();
	struct recorder_state now, end;

	(void)state;
	disk_fails_after(3, ENOSPC);
	wait_for_error(recorder, &now);
	assert_int_equal(now.err.code, -ENOSPC);
	assert_non_null(strstr(now.err.text, "No space left on device; the 3 snapshots before"));
	assert_int_equal(now.count, 3);
	add(recorder, 0, 10); /* and nothing happens */
	assert_int_equal(recorder_stop(recorder, &end), -ENOSPC);
	assert_string_equal(end.err.text, "");
	disk_fails_after(-1, 0);
	assert_int_equal(read_back(path, number, MOST), 3);
}

static void and_at_the_end_when_nobody_asked(void **state)
{
	struct recorder *recorder = started();
	struct recorder_state end;

	(void)state;
	disk_fails_after(2, EIO);
	add(recorder, 0, 5);
	assert_int_equal(recorder_stop(recorder, &end), -EIO);
	assert_non_null(strstr(end.err.text, "Input/output error; the 2 snapshots before"));
	disk_fails_after(-1, 0);
	assert_int_equal(read_back(path, number, MOST), 2);
}

/* What waits is bounded by the memory that it takes, not by what is in it. */
static void a_disk_that_hangs_keeps_nobody_waiting(void **state)
{
	struct recorder *recorder = started();
	struct recorder_state now, end;
	size_t n = 0;

	(void)state;
	disk_hangs(true);
	add(recorder, n, n + 1);
	n++;
	wait_until_disk_hangs();
	do {
		assert_true(n < 9000);
		add(recorder, n, n + 1);
		n++;
		recorder_get(recorder, &now);
	} while (!now.lost);
	assert_int_equal(now.lost, 1);
	assert_int_equal(now.count, 0);
	disk_hangs(false);
	while (now.count < n - 1) /* all that waited is written meanwhile */
		recorder_get(recorder, &now);
	add(recorder, n, n + 5);
	assert_int_equal(recorder_stop(recorder, &end), 0);
	assert_int_equal(end.lost, 1);
	assert_int_equal(end.count, n + 4);
	assert_int_equal(read_back(path, number, MOST), n + 4);
	assert_int_equal(number[n - 2], n - 2);
	assert_int_equal(number[n - 1], n); /* the lost one is not there */
}

static void its_end_is_not_waited_for_either(void **state)
{
	static struct recorder *left;
	struct recorder_state end;

	(void)state;
	left = started();
	disk_hangs(true);
	add(left, 0, 2);
	wait_until_disk_hangs();
	assert_int_equal(recorder_stop(left, &end), -ETIMEDOUT);
	assert_non_null(strstr(end.err.text, "the recording is not complete"));
	assert_non_null(strstr(end.err.text, "; 0 snapshots are in it"));
	disk_hangs(false);
	assert_int_equal(recorder_stop(left, &end), 0);
	assert_int_equal(end.count, 2);
	left = NULL;
}

static void nothing_recorded_is_no_file_of_snapshots(void **state)
{
	struct recorder *recorder = started();
	struct recorder_state end;

	(void)state;
	assert_int_equal(recorder_stop(recorder, &end), 0);
	assert_int_equal(end.count, 0);
	assert_int_equal(recorder_stop(NULL, &end), 0);
}

static int setup(void **state)
{
	if (folder_make(state) < 0)
		return -1;
	snprintf(path, sizeof(path), "%s", in_folder("a.plx"));
	return 0;
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_of_it_is_in_the_file),
		cmocka_unit_test(an_existing_file_stays),
		cmocka_unit_test(what_went_wrong_is_told_once),
		cmocka_unit_test(and_at_the_end_when_nobody_asked),
		cmocka_unit_test(a_disk_that_hangs_keeps_nobody_waiting),
		cmocka_unit_test(its_end_is_not_waited_for_either),
		cmocka_unit_test(nothing_recorded_is_no_file_of_snapshots),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("recorder", tests, setup, folder_remove);
}
