// SPDX-License-Identifier: GPL-2.0-or-later
/* The last minutes in a file: all of them, or a sentence. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "probes/saver.h"
#include "probes/thread.h"
#include "tests/folder.h"
#include "tests/probes/moments.h"

enum { MOST = 500, LIMIT_MS = 20000 };

static char path[64];
static size_t number[MOST];
static int bell;

static struct reel *filled(size_t count)
{
	struct reel *reel = reel_new(REEL_BYTES);
	struct snapshot *snap = snapshot_new();

	for (size_t i = 0; i < count; i++) {
		make_moment(snap, i);
		reel_add(reel, snap);
	}
	snapshot_free(snap);
	return reel;
}

static struct saver *started(struct reel *reel)
{
	struct saver *saver = NULL;
	struct err err = { 0 };

	unlink(path);
	if (saver_start(&saver, reel, path, bell, &err) < 0)
		fail_msg("%s", err.text);
	return saver;
}

static unsigned long wait_for_end(struct saver *saver, struct err *err)
{
	unsigned long count;

	while (!saver_ended(saver, &count, err))
		assert_true(bell_wait(bell, LIMIT_MS));
	return count;
}

static void all_that_is_in_memory(void **state)
{
	struct reel *reel = filled(200);
	struct saver *saver = started(reel);
	struct err err = { 0 };

	(void)state;
	assert_int_equal(wait_for_end(saver, &err), 200);
	assert_int_equal(err.code, 0);
	assert_true(saver_stop(saver));
	assert_int_equal(read_back(path, number, MOST), 200);
	assert_int_equal(number[0], 0);
	reel_free(reel);
}

static void what_is_added_meanwhile_does_not_matter(void **state)
{
	struct reel *reel = filled(200);
	struct snapshot *snap = snapshot_new();
	struct saver *saver;
	struct err err = { 0 };

	(void)state;
	disk_hangs(true);
	saver = started(reel);
	wait_until_disk_hangs();
	/* Half an hour goes by, so that nearly all that was there is dropped. */
	for (size_t i = 1990; i < 2000; i++) {
		make_moment(snap, i);
		reel_add(reel, snap);
	}
	disk_hangs(false);
	assert_in_range(wait_for_end(saver, &err), 1, 199);
	assert_int_equal(err.code, 0);
	assert_true(saver_stop(saver));
	assert_in_range(read_back(path, number, MOST), 1, 199);
	snapshot_free(snap);
	reel_free(reel);
}

static void a_full_disk_is_told_of(void **state)
{
	struct reel *reel = filled(100);
	struct saver *saver;
	struct err err = { 0 };

	(void)state;
	disk_fails_after(7, ENOSPC);
	saver = started(reel);
	assert_int_equal(wait_for_end(saver, &err), 7);
	disk_fails_after(-1, 0);
	assert_int_equal(err.code, -ENOSPC);
	assert_non_null(strstr(err.text, "the 7 snapshots before are in it"));
	assert_true(saver_stop(saver));
	assert_int_equal(read_back(path, number, MOST), 7);
	reel_free(reel);
}

static void a_name_that_is_taken(void **state)
{
	struct reel *reel = filled(1);
	struct saver *saver = started(reel);
	struct err err = { 0 };

	(void)state;
	wait_for_end(saver, &err);
	assert_true(saver_stop(saver));
	assert_int_equal(saver_start(&saver, reel, path, bell, &err), -EEXIST);
	assert_int_equal(read_back(path, number, MOST), 1);
	reel_free(reel);
}

static void ends_early_with_what_is_written(void **state)
{
	static struct saver *left;
	struct reel *reel = filled(100);

	(void)state;
	disk_hangs(true);
	left = started(reel);
	wait_until_disk_hangs();
	assert_false(saver_stop(left));
	disk_hangs(false);
	assert_true(saver_stop(left));
	left = NULL;
	assert_int_equal(read_back(path, number, MOST), 1);
	reel_free(reel);
	assert_true(saver_stop(NULL));
}

static int setup(void **state)
{
	bell = bell_open();
	if (folder_make(state) < 0)
		return -1;
	snprintf(path, sizeof(path), "%s", in_folder("a.plx"));
	return 0;
}

static int teardown(void **state)
{
	close(bell);
	return folder_remove(state);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_that_is_in_memory),
		cmocka_unit_test(what_is_added_meanwhile_does_not_matter),
		cmocka_unit_test(a_full_disk_is_told_of),
		cmocka_unit_test(a_name_that_is_taken),
		cmocka_unit_test(ends_early_with_what_is_written),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("saver", tests, setup, teardown);
}
