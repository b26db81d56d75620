// SPDX-License-Identifier: GPL-2.0-or-later
/* The player: any moment at once, and who remembers snapshots remembers what came before it. */
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "probes/player.h"
#include "probes/thread.h"

enum { MOST = 400, LIMIT_MS = 20000, REACH = 5, NONE = MOST, SLOW_MS = 1600 };
static const double REACH_S = 10;

/* Snapshots one second apart, some of which cannot be read, and one whose reading hangs. */
static struct {
	atomic_size_t count, first; /* what is before first is no longer there */
	bool bad[MOST];
	atomic_size_t hangs; /* the number that waits for a byte of the pipe; NONE */
	atomic_bool waits;   /* it does now */
	atomic_size_t slow;  /* the number that takes long to be read, once; NONE */
	int pipe[2], bell;
	struct err prepare;
} tape;

static int fake_prepare(void *arg, const atomic_bool *stop, struct err *err)
{
	(void)arg;
	(void)stop;
	*err = tape.prepare;
	return tape.prepare.code;
}

static size_t fake_count(void *arg)
{
	(void)arg;
	return atomic_load(&tape.count);
}

static double fake_time(void *arg, size_t i)
{
	(void)arg;
	return i >= atomic_load(&tape.first) && i < atomic_load(&tape.count) ? 1000 + (double)i
									     : NAN;
}

static int fake_read(void *arg, size_t i, struct snapshot *snap, struct err *err)
{
	char byte;

	(void)arg;
	if (atomic_compare_exchange_strong(&tape.slow, &(size_t){ i }, NONE))
		poll(NULL, 0, SLOW_MS);
	if (i == atomic_load(&tape.hangs)) {
		atomic_store(&tape.waits, true);
		bell_ring(tape.bell);
		assert_int_equal(read(tape.pipe[0], &byte, 1), 1);
		atomic_store(&tape.waits, false);
	}
	if (i < atomic_load(&tape.first))
		return err_set(err, -ENOENT, "number %zu is gone", i);
	if (tape.bad[i])
		return err_set(err, -EBADMSG, "number %zu is bad", i);
	snapshot_clear(snap);
	snap->time_s = 1000 + (double)i;
	return 0;
}

/* What remembers: the numbers that it was given. */
struct recollection {
	size_t n, at[MOST * 2];
};

static void *memory_make(void)
{
	return xcalloc(1, sizeof(struct recollection));
}

static void memory_add(void *arg, struct snapshot *snap)
{
	struct recollection *memory = arg;

	memory->at[memory->n++ % (MOST * 2)] = (size_t)(snap->time_s - 1000);
}

static struct player *player;
static struct recollection *mine; /* as the console keeps it */

static void start(size_t count, size_t first)
{
	static const struct player_source source = { NULL, fake_prepare, fake_count, fake_time,
		fake_read };
	static const struct player_past past = { REACH_S, REACH, memory_make, memory_add, free };
	struct err err = { 0 };

	atomic_store(&tape.count, count);
	if (player_start(&player, &source, &past, first, tape.bell, &err) < 0)
		fail_msg("%s", err.text);
}

static int setup(void **state)
{
	(void)state;
	memset(tape.bad, 0, sizeof(tape.bad));
	tape.prepare.code = 0;
	atomic_store(&tape.first, 0);
	atomic_store(&tape.hangs, NONE);
	atomic_store(&tape.slow, NONE);
	tape.bell = bell_open();
	mine = memory_make();
	return pipe(tape.pipe);
}

static int teardown(void **state)
{
	(void)state;
	free(mine);
	close(tape.bell);
	close(tape.pipe[0]);
	close(tape.pipe[1]);
	return 0;
}

static void stop(void)
{
	assert_true(player_stop(player));
	player = NULL;
}

/* The next scene, remembered as its contract says. */
static struct scene take(void)
{
	struct scene scene;

	while (!player_take(player, &scene))
		if (!bell_wait(tape.bell, LIMIT_MS))
			fail_msg("nothing came");
	assert_int_equal(scene.at, (size_t)(scene.snap->time_s - 1000));
	if (scene.jumped || scene.past) {
		free(mine);
		mine = scene.past ? scene.past : memory_make();
	}
	if (!scene.past)
		memory_add(mine, scene.snap);
	player_give_back(player, scene.snap);
	return scene;
}

static struct scene take_until(size_t at, bool with_past)
{
	struct scene scene;

	do
		scene = take();
	while (scene.at != at || (with_past && !scene.past));
	return scene;
}

/* What is remembered up to at is what playing all would have left, as far as it makes a difference.
 */
static void remembers_all_before(size_t at)
{
	const size_t needed = at < (size_t)REACH_S ? at : (size_t)REACH_S;
	size_t wanted = at;

	assert_true(mine->n > 0 && mine->n <= MOST * 2);
	for (size_t i = mine->n; i-- > 0; wanted--) {
		while (tape.bad[wanted])
			wanted--;
		assert_int_equal(mine->at[i], wanted);
		if (wanted == 0) {
			assert_int_equal(i, 0);
			return;
		}
	}
	assert_true(at - mine->at[0] >= needed && mine->n > REACH);
}

static void wait_for_dead_end(int direction, unsigned long seek)
{
	unsigned long by = 0;
	struct scene scene;

	while (player_dead_end(player, &by) != direction || by != seek) {
		assert_false(player_take(player, &scene));
		if (!bell_wait(tape.bell, LIMIT_MS))
			fail_msg("no dead end");
	}
}

static void plays_in_order(void **state)
{
	(void)state;
	start(MOST, 0);
	player_set_speed(player, 1000);
	assert_true(take().jumped);
	assert_true(take_until(0, true).jumped);
	for (size_t i = 1; i < 60; i++) {
		const struct scene scene = take();

		assert_int_equal(scene.at, i);
		assert_false(scene.jumped);
		assert_null(scene.past);
		assert_int_equal(scene.seeks, 0);
		remembers_all_before(i);
		assert_int_equal(mine->n, i + 1);
	}
	assert_true(player_is_ready(player));
	stop();
}

static void a_jump_remembers_as_if_it_had_been_played(void **state)
{
	static const size_t to[] = { 30, 7, 399, 0, 200, 199 };

	(void)state;
	start(MOST, 0);
	player_play(player, false);
	take_until(0, true);
	for (size_t i = 0; i < sizeof(to) / sizeof(to[0]); i++) {
		const unsigned long seek = player_seek(player, to[i], 1);
		const struct scene first = take(), second = take();

		assert_int_equal(first.at, to[i]);
		assert_true(first.jumped && !first.past);
		assert_int_equal(second.at, to[i]);
		assert_non_null(second.past);
		assert_int_equal(second.seeks, seek);
		remembers_all_before(to[i]);
	}
	/* And on from there, nothing is read twice. */
	player_set_speed(player, 1000);
	player_play(player, true);
	assert_false(take_until(200, false).jumped);
	remembers_all_before(200);
	stop();
}

/* Nobody waits for the minutes before on a screen that is held, so none of them is left out. */
static void a_slow_source_is_remembered_whole_while_it_is_held(void **state)
{
	(void)state;
	atomic_store(&tape.slow, 300);
	start(MOST, 0);
	player_play(player, false);
	take_until(0, true);
	player_seek(player, 300, 1);
	take_until(300, true);
	remembers_all_before(300);
	stop();
}

static void a_step_on_is_no_jump(void **state)
{
	(void)state;
	start(MOST, 10);
	player_play(player, false);
	take_until(10, true);
	player_seek(player, 11, 1);
	assert_false(take_until(11, false).jumped);
	remembers_all_before(11);
	player_seek(player, 10, -1);
	assert_true(take().jumped);
	take_until(10, true);
	remembers_all_before(10);
	stop();
}

static void a_seek_ends_the_reading_of_what_was_before(void **state)
{
	struct scene scene;

	(void)state;
	atomic_store(&tape.hangs, 95);
	start(MOST, 100);
	player_play(player, false);
	assert_int_equal(take().at, 100);
	while (!atomic_load(&tape.waits))
		assert_true(bell_wait(tape.bell, LIMIT_MS));
	player_seek(player, 300, 1);
	atomic_store(&tape.hangs, NONE);
	assert_int_equal(write(tape.pipe[1], "x", 1), 1);
	scene = take();
	assert_int_equal(scene.at, 300);
	assert_true(scene.jumped && !scene.past);
	assert_int_equal(take_until(300, true).seeks, 1);
	remembers_all_before(300);
	/* The one that follows what was left half read begins anew, too. */
	stop();
}

static void what_cannot_be_read_is_passed_over(void **state)
{
	struct err err = { 0 };
	struct scene scene;

	(void)state;
	for (size_t i = 0; i < 3; i++)
		tape.bad[i] = tape.bad[50 + i] = true;
	start(100, 0);
	player_play(player, false);
	scene = take_until(3, true);
	assert_int_equal(scene.seeks, 0);
	assert_int_equal(player_failures(player, &err), 3);
	assert_string_equal(err.text, "number 0 is bad");
	assert_int_equal(player_seek(player, 51, 1), 1);
	scene = take_until(53, true);
	assert_int_equal(scene.seeks, 1);
	remembers_all_before(53);
	player_seek(player, 51, -1);
	take_until(49, true);
	remembers_all_before(49);
	/* Playing on does not stop there. */
	player_set_speed(player, 1000);
	player_play(player, true);
	scene = take_until(53, false);
	assert_true(scene.jumped);
	stop();
}

static void where_nothing_can_be_read_there_is_a_dead_end(void **state)
{
	unsigned long seek;
	struct err err = { 0 };

	(void)state;
	tape.bad[0] = tape.bad[1] = tape.bad[98] = tape.bad[99] = true;
	start(100, 5);
	player_play(player, false);
	take_until(5, true);
	assert_int_equal(player_dead_end(player, &seek), 0);
	wait_for_dead_end(-1, player_seek(player, 1, -1));
	wait_for_dead_end(1, player_seek(player, 98, 1));
	player_seek(player, 97, 1);
	take_until(97, true);
	assert_int_equal(player_dead_end(player, &seek), 0);
	/* A recording that was cut short is played to there. */
	player_play(player, true);
	wait_for_dead_end(1, 3);
	assert_true(player_failures(player, &err) >= 6);
	stop();
}

static void of_nothing_but_damage_the_operator_is_told(void **state)
{
	struct err err = { 0 };

	(void)state;
	memset(tape.bad, true, sizeof(tape.bad));
	start(100, 0);
	wait_for_dead_end(1, 0);
	assert_int_equal(player_failures(player, &err), 100);
	assert_string_equal(err.text, "number 0 is bad");
	assert_int_equal(err.code, -EBADMSG);
	stop();
}

static void an_empty_source_is_a_dead_end(void **state)
{
	struct err err = { 0 };

	(void)state;
	err_set(&tape.prepare, -ENODATA, "there is nothing");
	start(0, 0);
	wait_for_dead_end(1, 0);
	assert_true(player_is_ready(player));
	assert_int_equal(player_failures(player, &err), 1);
	assert_string_equal(err.text, "there is nothing");
	wait_for_dead_end(-1, player_seek(player, 0, -1));
	stop();
}

static void a_source_of_one(void **state)
{
	struct scene scene;

	(void)state;
	start(1, 0);
	assert_true(take().jumped);
	scene = take_until(0, true);
	assert_int_equal(mine->n, 1);
	player_seek(player, 0, -1);
	scene = take_until(0, true);
	assert_int_equal(scene.seeks, 1);
	stop();
}

static void of_many_seeks_the_last_is_answered(void **state)
{
	unsigned long last = 0;
	uint64_t dice = 7;
	size_t to = 0;
	struct scene scene;

	(void)state;
	start(MOST, 0);
	player_play(player, false);
	for (int i = 0; i < 3000; i++) {
		dice = dice * 6364136223846793005u + 1442695040888963407u;
		to = (size_t)(dice >> 33) % MOST;
		last = player_seek(player, to, dice >> 32 & 1 ? 1 : -1);
		if (i % 7 == 0 && player_take(player, &scene)) {
			assert_true(scene.seeks <= last);
			free(scene.past);
			player_give_back(player, scene.snap);
		}
	}
	do
		scene = take();
	while (!scene.past || scene.seeks != last);
	assert_int_equal(scene.at, to);
	remembers_all_before(to);
	stop();
}

/* What is on screen was dropped, as of the last minutes that go on: the oldest there is follows. */
static void a_source_that_loses_its_oldest(void **state)
{
	struct scene scene;

	(void)state;
	start(MOST, 10);
	player_play(player, false);
	take_until(10, true);
	atomic_store(&tape.first, 60);
	wait_for_dead_end(-1, player_seek(player, 9, -1));
	player_set_speed(player, 1000);
	player_play(player, true);
	scene = take();
	assert_int_equal(scene.at, 60);
	assert_true(scene.jumped);
	stop();
}

static void what_is_added_is_played(void **state)
{
	(void)state;
	start(3, 2);
	player_set_speed(player, 1000);
	take_until(2, true);
	atomic_store(&tape.count, 5);
	player_play(player, true); /* any order wakes it */
	take_until(4, false);
	remembers_all_before(4);
	stop();
}

/* Nobody waits for a file that hangs; the thread and what it uses stay. */
static void ends_although_a_read_hangs(void **state)
{
	static struct player *left;
	struct err err;

	(void)state;
	atomic_store(&tape.hangs, 0);
	start(10, 0);
	while (!atomic_load(&tape.waits))
		assert_true(bell_wait(tape.bell, LIMIT_MS));
	assert_false(player_stop(player));
	left = player;
	assert_int_equal(player_failures(left, &err), 0);
	/* The disk is back; then it ends after all. */
	assert_int_equal(write(tape.pipe[1], "x", 1), 1);
	while (!player_stop(left))
		;
	player = NULL;
}

static void takes_null(void **state)
{
	(void)state;
	assert_true(player_stop(NULL));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	static const struct CMUnitTest tests[] = {
		TEST(plays_in_order),
		TEST(a_jump_remembers_as_if_it_had_been_played),
		TEST(a_slow_source_is_remembered_whole_while_it_is_held),
		TEST(a_step_on_is_no_jump),
		TEST(a_seek_ends_the_reading_of_what_was_before),
		TEST(what_cannot_be_read_is_passed_over),
		TEST(where_nothing_can_be_read_there_is_a_dead_end),
		TEST(of_nothing_but_damage_the_operator_is_told),
		TEST(an_empty_source_is_a_dead_end),
		TEST(a_source_of_one),
		TEST(of_many_seeks_the_last_is_answered),
		TEST(a_source_that_loses_its_oldest),
		TEST(what_is_added_is_played),
		TEST(ends_although_a_read_hangs),
		TEST(takes_null),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("player", tests, NULL, NULL);
}
