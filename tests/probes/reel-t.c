// SPDX-License-Identifier: GPL-2.0-or-later
/* The last minutes in memory: what is kept comes out as it was, within bounds. */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "probes/reel.h"
#include "tests/probes/snapshots.h"

/* Of a seed, at a time. */
static void make(struct snapshot *snap, size_t i)
{
	random_snapshot((i + 1) * 2654435761u, snap);
	snap->time_s = 1000 + (double)i;
}

/* So many VMs of which one figure moves, so that no two of them compress to nothing. */
static void make_steady(struct snapshot *snap, size_t i, size_t n_vm)
{
	uint64_t dice = (i + 1) * 2654435761u;

	snapshot_clear(snap);
	snap->parallax = SNAPSHOT_VERSION;
	snap->time_s = 1000 + (double)i;
	snap->n_vm = n_vm;
	snap->vm = arena_array(&snap->arena, n_vm ? n_vm : 1, sizeof(*snap->vm));
	for (size_t k = 0; k < n_vm; k++) {
		snap->vm[k].key = arena_printf(&snap->arena, "key-%zu", k);
		snap->vm[k].name = snap->vm[k].key;
		snap->vm[k].pid = random_next(&dice) % 1000003;
	}
}

static void comes_out(struct reel_reader *reader, size_t i, size_t made)
{
	struct snapshot *is = snapshot_new(), *was = snapshot_new();
	struct err err = { 0 };
	char *text, *wanted;
	size_t len;

	if (reel_read(reader, i, is, &err) < 0)
		fail_msg("%zu: %s", i, err.text);
	make(was, made);
	text = written(is, &len);
	wanted = written(was, &len);
	assert_string_equal(text, wanted);
	free(text);
	free(wanted);
	snapshot_free(is);
	snapshot_free(was);
}

static void is_gone(struct reel *reel, struct reel_reader *reader, size_t i)
{
	struct snapshot *snap = snapshot_new();
	struct err err = { 0 };

	assert_int_equal(reel_read(reader, i, snap, &err), -ENOENT);
	assert_string_equal(err.text, "that moment is no longer in memory");
	assert_true(isnan(reel_time_s(reel, i)));
	snapshot_free(snap);
}

static void what_is_kept_comes_out_as_it_was(void **state)
{
	struct reel *reel = reel_new(REEL_BYTES);
	struct reel_reader *reader = reel_reader_new(reel);
	struct snapshot *snap = snapshot_new();
	size_t first, end;

	(void)state;
	reel_range(reel, &first, &end);
	assert_true(first == 0 && end == 0);
	is_gone(reel, reader, 0);
	for (size_t i = 0; i < 200; i++) {
		make(snap, i);
		assert_true(reel_add(reel, snap));
		comes_out(reader, i, i);
		comes_out(reader, i * 7919 % (i + 1), i * 7919 % (i + 1));
		assert_true(reel_time_s(reel, i) == 1000 + (double)i);
	}
	for (size_t i = 200; i-- > 0;)
		comes_out(reader, i, i);
	reel_range(reel, &first, &end);
	assert_true(first == 0 && end == 200);
	is_gone(reel, reader, 200);
	assert_int_equal(reel_coarseness(reel), 1);
	snapshot_free(snap);
	reel_reader_free(reader);
	reel_reader_free(NULL);
	reel_free(reel);
	reel_free(NULL);
}

static void the_oldest_go(void **state)
{
	struct reel *reel = reel_new(REEL_BYTES);
	struct reel_reader *reader = reel_reader_new(reel);
	struct snapshot *snap = snapshot_new();
	size_t first = 0, end;
	double from_s, to_s;

	(void)state;
	for (size_t i = 0; i < 2500; i++) {
		make_steady(snap, i, 1);
		assert_true(reel_add(reel, snap));
		reel_range(reel, &first, &end);
		assert_int_equal(end, i + 1);
	}
	/* Whole pieces: what is there reaches as far as it should, and hardly farther. */
	assert_in_range(first, 2500 - REEL_SPAN_S - REEL_PIECE, 2500 - REEL_SPAN_S);
	assert_true(reel_span(reel, &from_s, &to_s));
	assert_true(from_s == 1000 + (double)first && to_s == 3499);
	is_gone(reel, reader, first - 1);
	assert_int_equal(reel_read(reader, first, snap, NULL), 0);
	assert_true(snap->time_s == 1000 + (double)first);
	snapshot_free(snap);
	reel_reader_free(reader);
	reel_free(reel);
}

/* Of what does not fit fewer are kept, and these reach as far back. */
static void large_ones_are_kept_more_coarsely(void **state)
{
	enum { MOST_BYTES = 256 << 10, N_VM = 100, COUNT = 6000 };
	struct reel *reel = reel_new(MOST_BYTES);
	struct snapshot *snap = snapshot_new();
	size_t first, end, kept = 0;
	double from_s, to_s;

	(void)state;
	for (size_t i = 0; i < COUNT; i++) {
		make_steady(snap, i, N_VM);
		kept += reel_add(reel, snap);
	}
	reel_range(reel, &first, &end);
	assert_int_equal(end, kept);
	assert_in_range(reel_coarseness(reel), 2, 20);
	assert_true(kept < COUNT / 2);
	assert_true(reel_span(reel, &from_s, &to_s));
	assert_true(to_s - from_s > REEL_SPAN_S / 2);
	/* What is not yet compressed comes on top. */
	assert_in_range(reel_bytes(reel), 1000, MOST_BYTES + (1 << 20));
	for (size_t i = first + 1; i < end; i++)
		assert_true(reel_time_s(reel, i) > reel_time_s(reel, i - 1));
	/* They become small again. */
	for (size_t i = COUNT; i < 2 * COUNT; i++) {
		make_steady(snap, i, 1);
		reel_add(reel, snap);
	}
	assert_int_equal(reel_coarseness(reel), 1);
	snapshot_free(snap);
	reel_free(reel);
}

/* A clock that is set says nothing of how many snapshots there are. */
static void a_clock_that_is_set_back(void **state)
{
	struct reel *reel = reel_new(1 << 20);
	struct snapshot *snap = snapshot_new();
	double from_s, to_s;

	(void)state;
	for (size_t i = 0; i < 200; i++) {
		make_steady(snap, i, 1);
		/* So that the piece ends half a second after it began. */
		snap->time_s -= i >= 58 ? 58.5 : 0;
		assert_true(reel_add(reel, snap));
	}
	assert_int_equal(reel_coarseness(reel), 1);
	assert_true(reel_span(reel, &from_s, &to_s));
	assert_true(from_s == 999.5 && to_s == 1140.5);
	for (size_t i = 0; i < 200; i++) {
		make_steady(snap, i, 1);
		snap->time_s = 1000 - (double)i;
		assert_true(reel_add(reel, snap));
	}
	assert_int_equal(reel_coarseness(reel), 1);
	assert_true(reel_span(reel, &from_s, &to_s));
	assert_true(from_s == 801 && to_s == 1140.5);
	snapshot_free(snap);
	reel_free(reel);
}

/* One that fills a piece alone does not tell how far apart they are. */
static void a_huge_one(void **state)
{
	enum { BYTES = 5 << 20 };
	struct reel *reel = reel_new(REEL_BYTES);
	struct reel_reader *reader = reel_reader_new(reel);
	struct snapshot *snap = snapshot_new();
	char *name;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		make_steady(snap, i, 1);
		name = arena_alloc(&snap->arena, BYTES);
		memset(name, 'a' + (int)i, BYTES - 1);
		name[BYTES - 1] = '\0';
		snap->host.name = name;
		assert_true(reel_add(reel, snap));
		assert_int_equal(reel_coarseness(reel), 1);
	}
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(reel_read(reader, i, snap, NULL), 0);
		assert_int_equal(strlen(snap->host.name), BYTES - 1);
		assert_int_equal(snap->host.name[7], 'a' + (int)i);
	}
	reel_reader_free(reader);
	snapshot_free(snap);
	reel_free(reel);
}

static void times_that_are_unknown(void **state)
{
	struct reel *reel = reel_new(REEL_BYTES);
	struct snapshot *snap = snapshot_new();
	double from_s, to_s;

	(void)state;
	assert_false(reel_span(reel, &from_s, &to_s));
	for (size_t i = 0; i < 150; i++) {
		make_steady(snap, i, 1);
		snap->time_s = NAN;
		assert_true(reel_add(reel, snap));
	}
	assert_false(reel_span(reel, &from_s, &to_s));
	assert_int_equal(reel_coarseness(reel), 1);
	snapshot_free(snap);
	reel_free(reel);
}

/* A reader in a thread of its own, while snapshots are added and dropped. */
struct reading {
	struct reel *reel;
	atomic_bool stop;
	size_t seen, gone, wrong;
};

static void *read_on(void *arg)
{
	struct reading *reading = arg;
	struct reel_reader *reader = reel_reader_new(reading->reel);
	struct snapshot *snap = snapshot_new();
	uint64_t dice = 7;

	while (!atomic_load(&reading->stop)) {
		size_t first, end, i;
		double time_s;

		reel_range(reading->reel, &first, &end);
		if (first == end)
			continue;
		i = first + random_next(&dice) % (end - first);
		i = random_next(&dice) % 2 ? i : first;
		time_s = reel_time_s(reading->reel, i);
		if (reel_read(reader, i, snap, NULL) < 0) {
			reading->gone++;
			continue;
		}
		reading->seen++;
		reading->wrong += !isnan(time_s) && snap->time_s != time_s;
		reading->wrong += snap->n_vm != 20 || strcmp(snap->vm[19].name, "key-19") != 0;
	}
	snapshot_free(snap);
	reel_reader_free(reader);
	return NULL;
}

static void is_read_while_it_goes_on(void **state)
{
	struct reading reading = { .reel = reel_new(64 << 10) };
	struct snapshot *snap = snapshot_new();
	pthread_t thread;

	(void)state;
	assert_int_equal(pthread_create(&thread, NULL, read_on, &reading), 0);
	for (size_t i = 0; i < 5000; i++) {
		make_steady(snap, i, 20);
		snap->time_s = 1000 + (double)i * 61; /* each is kept, and most of them go */
		reel_add(reading.reel, snap);
		reel_bytes(reading.reel);
		reel_coarseness(reading.reel);
	}
	atomic_store(&reading.stop, true);
	pthread_join(thread, NULL);
	assert_true(reading.seen > 0);
	assert_int_equal(reading.wrong, 0);
	snapshot_free(snap);
	reel_free(reading.reel);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_kept_comes_out_as_it_was),
		cmocka_unit_test(the_oldest_go),
		cmocka_unit_test(large_ones_are_kept_more_coarsely),
		cmocka_unit_test(a_clock_that_is_set_back),
		cmocka_unit_test(a_huge_one),
		cmocka_unit_test(times_that_are_unknown),
		cmocka_unit_test(is_read_while_it_goes_on),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("reel", tests, NULL, NULL);
}
