// SPDX-License-Identifier: GPL-2.0-or-later
/* The waits of the last minute by VM: what is in, what has left, and whose they are. */
#include "tests/panes/fixture.h"

#include <malloc.h>
#include <stdio.h>

#include "panes/window.h"

enum { FAST_NS = 30000, SLOW_NS = 3500000, WINDOW_S = WINDOW_PARTS * WINDOW_PART_S };

/* One VM for interval_s, in which so many waits of that length ended. */
static void pass(struct windows *windows, const char *name, double interval_s, uint64_t ns,
	uint64_t count, uint64_t throttled)
{
	struct snapshot *snap = fixture_new(100);

	fixture_waits(snap, fixture_vm(snap, name, 4, 50, 5), ns, count, throttled);
	snap->interval_s = interval_s;
	windows_add(windows, snap);
	snapshot_free(snap);
}

/* So many seconds of it. */
static void pass_seconds(struct windows *windows, unsigned seconds, uint64_t ns, uint64_t count)
{
	for (unsigned i = 0; i < seconds; i++)
		pass(windows, "a", 1, ns, count, 0);
}

static struct window_sum sum_of(const struct windows *windows, const char *key)
{
	struct window_sum sum;

	assert_true(windows_sum(windows, key, &sum));
	return sum;
}

static uint64_t count_of(const struct histogram *histogram, uint64_t ns)
{
	return histogram->count[histogram_bin(ns)];
}

static void expect_nothing(const struct windows *windows, const char *key)
{
	struct window_sum sum;

	memset(&sum, 0xff, sizeof(sum));
	assert_false(windows_sum(windows, key, &sum));
	assert_int_equal(histogram_total(&sum.all), 0);
	assert_true(sum.window_s == 0);
}

static void each_vm_has_its_own(void **state)
{
	struct windows *windows = windows_new();
	struct window_sum sum;

	(void)state;
	for (int i = 0; i < 3; i++) {
		struct snapshot *snap = fixture_new(100 + i);
		struct vm *vm = fixture_vm(snap, "a", 4, 50, 5);

		fixture_waits(snap, vm, FAST_NS, 70, 1);
		fixture_waits(snap, vm, SLOW_NS, 5, 4);
		fixture_waits(snap, fixture_vm(snap, "b", 1, 50, 5), SLOW_NS, 2, 0);
		windows_add(windows, snap);
		snapshot_free(snap);
	}
	sum = sum_of(windows, "key-a");
	assert_int_equal(histogram_total(&sum.all), 225);
	assert_int_equal(count_of(&sum.all, FAST_NS), 210);
	assert_int_equal(count_of(&sum.all, SLOW_NS), 15);
	assert_int_equal(count_of(&sum.throttled, FAST_NS), 3);
	assert_int_equal(count_of(&sum.throttled, SLOW_NS), 12);
	assert_true(sum.window_s == 3);
	sum = sum_of(windows, "key-b");
	assert_int_equal(histogram_total(&sum.all), 6);
	assert_int_equal(histogram_total(&sum.throttled), 0);
	expect_nothing(windows, "key-c");
	expect_nothing(windows, NULL);
	windows_free(windows);
	windows_free(NULL);
}

/* A bin is told by where it begins, and that is rounded. */
static void every_bin_comes_back_as_itself(void **state)
{
	struct windows *windows = windows_new();
	struct snapshot *snap = fixture_new(100);
	struct vm *vm = fixture_vm(snap, "a", 4, 50, 5);
	struct window_sum sum;

	(void)state;
	for (unsigned i = 0; i < HISTOGRAM_BINS; i++)
		fixture_waits(snap, vm, histogram_low_ns(i), i + 1, 0);
	windows_add(windows, snap);
	sum = sum_of(windows, "key-a");
	for (unsigned i = 0; i < HISTOGRAM_BINS; i++)
		assert_int_equal(sum.all.count[i], i + 1);
	snapshot_free(snap);
	windows_free(windows);
}

static void what_is_old_leaves(void **state)
{
	struct windows *windows = windows_new();
	struct window_sum sum;

	(void)state;
	pass_seconds(windows, WINDOW_S, FAST_NS, 7);
	sum = sum_of(windows, "key-a");
	assert_int_equal(histogram_total(&sum.all), 7 * WINDOW_S);
	assert_true(sum.window_s == WINDOW_S);
	for (unsigned s = 1; s <= 3 * WINDOW_S; s++) {
		pass(windows, "a", 1, SLOW_NS, 3, 0);
		sum = sum_of(windows, "key-a");
		assert_true(sum.window_s > WINDOW_S - WINDOW_PART_S && sum.window_s <= WINDOW_S);
		assert_int_equal(
			count_of(&sum.all, SLOW_NS), 3 * (s < sum.window_s ? s : sum.window_s));
		assert_int_equal(count_of(&sum.all, FAST_NS),
			s < sum.window_s ? 7 * (sum.window_s - s) : 0);
	}
	windows_free(windows);
}

/* The halves are all of it, the older in the first; the odd part is with the newer. */
static void the_halves_are_the_whole(void **state)
{
	struct windows *windows = windows_new();

	(void)state;
	for (unsigned s = 0; s < 2 * WINDOW_S; s++) {
		unsigned part = s / WINDOW_PART_S;
		unsigned oldest = part < WINDOW_PARTS ? 0 : part - WINDOW_PARTS + 1;
		unsigned middle = part - (part - oldest) / 2; /* where the second half begins */
		struct window_sum sum;

		/* The part that a wait fell into is told by its length. */
		pass(windows, "a", 1, (uint64_t)FAST_NS << part, 1, 0);
		sum = sum_of(windows, "key-a");
		assert_int_equal(histogram_total(&sum.all), s + 1 - oldest * WINDOW_PART_S);
		for (unsigned i = 0; i < HISTOGRAM_BINS; i++)
			assert_int_equal(sum.first_half.count[i] + sum.second_half.count[i],
				sum.all.count[i]);
		for (unsigned i = oldest; i <= part; i++)
			assert_int_equal(
				count_of(&sum.second_half, (uint64_t)FAST_NS << i) > 0, i >= middle);
	}
	windows_free(windows);
}

/* However far apart snapshots are, the time that is told is that of the waits. */
static void the_time_is_that_of_the_waits(void **state)
{
	static const double interval_s[] = { 0.1, 0.25, 2, 3, 7, 10, 15, 300 };

	(void)state;
	for (size_t i = 0; i < sizeof(interval_s) / sizeof(interval_s[0]); i++) {
		struct windows *windows = windows_new();

		for (unsigned k = 0; k < 1000; k++) {
			struct window_sum sum;
			double one = interval_s[i];

			pass(windows, "a", one, FAST_NS, 1, 0);
			sum = sum_of(windows, "key-a");
			assert_true(fabs(sum.window_s - (double)histogram_total(&sum.all) * one) <
				    1e-6);
			assert_true(sum.window_s <= WINDOW_PARTS * (WINDOW_PART_S + one));
		}
		windows_free(windows);
	}
}

/* A baseline has no rates, and what was not measured covers no time. */
static void what_is_not_known_is_not_counted(void **state)
{
	struct windows *windows = windows_new();
	struct snapshot *snap = fixture_new(100);
	struct window_sum sum;

	(void)state;
	fixture_vm(snap, "a", 4, 50, 5);
	windows_add(windows, snap);
	expect_nothing(windows, "key-a");
	snapshot_free(snap);
	pass(windows, "a", NAN, FAST_NS, 9, 0);
	pass(windows, "a", 0, FAST_NS, 9, 0);
	pass(windows, "a", -1, FAST_NS, 9, 0);
	expect_nothing(windows, "key-a");
	pass(windows, "a", 1, FAST_NS, 9, 0);
	pass(windows, "a", 1, FAST_NS, 9, UNKNOWN_U64);
	snap = fixture_new(100);
	fixture_waits(snap, fixture_vm(snap, "a", 4, 50, 5), FAST_NS, 9, 0);
	snap->vm[0].steal.wait_bin[0].count = UNKNOWN_U64;
	windows_add(windows, snap);
	snapshot_free(snap);
	sum = sum_of(windows, "key-a");
	assert_int_equal(histogram_total(&sum.all), 9);
	assert_int_equal(histogram_total(&sum.throttled), 0);
	windows_free(windows);
}

/* Time goes by while they are not told: what was known does not stay the last minute. */
static void what_is_not_told_any_more_leaves(void **state)
{
	struct windows *windows = windows_new();
	struct snapshot *snap = fixture_new(100);

	(void)state;
	pass_seconds(windows, WINDOW_S, FAST_NS, 7);
	fixture_vm(snap, "a", 4, 50, 5);
	for (unsigned s = 1; s < WINDOW_S - WINDOW_PART_S; s++) {
		struct window_sum sum;

		windows_add(windows, snap);
		sum = sum_of(windows, "key-a");
		assert_true(sum.window_s <= WINDOW_S - s + WINDOW_PART_S);
		assert_int_equal(histogram_total(&sum.all), 7 * sum.window_s);
	}
	for (unsigned s = 0; s < 2 * WINDOW_PART_S; s++)
		windows_add(windows, snap);
	expect_nothing(windows, "key-a");
	snapshot_free(snap);
	windows_free(windows);
}

/* There were none: the VM slept. That is time, and no waits. */
static void there_were_no_waits(void **state)
{
	struct windows *windows = windows_new();
	struct snapshot *snap = fixture_new(100);
	struct window_sum sum;

	(void)state;
	fixture_vm(snap, "a", 4, 50, 5)->steal.waits = 0;
	windows_add(windows, snap);
	sum = sum_of(windows, "key-a");
	assert_int_equal(histogram_total(&sum.all), 0);
	assert_true(sum.window_s == 1);
	snapshot_free(snap);
	windows_free(windows);
}

static void bins_of_any_length_are_taken(void **state)
{
	static const uint64_t from_ns[] = { 0, 1, 255, UNKNOWN_U64 - 1, UNKNOWN_U64 };
	struct windows *windows = windows_new();
	struct snapshot *snap = fixture_new(100);
	struct vm *vm = fixture_vm(snap, "a", 4, 50, 5);
	struct window_sum sum;

	(void)state;
	for (size_t i = 0; i < sizeof(from_ns) / sizeof(from_ns[0]); i++) {
		fixture_waits(snap, vm, FAST_NS, 1, 0);
		vm->steal.wait_bin[i].from_ns = from_ns[i];
	}
	windows_add(windows, snap);
	sum = sum_of(windows, "key-a");
	assert_int_equal(sum.all.count[0], 3);
	assert_int_equal(sum.all.count[HISTOGRAM_BINS - 1], 1);
	assert_int_equal(histogram_total(&sum.all), 4);
	snapshot_free(snap);
	windows_free(windows);
}

/* Even if its key is seen again: that is another run of it. */
static void a_vm_that_is_gone_is_forgotten(void **state)
{
	struct windows *windows = windows_new();
	struct window_sum sum;

	(void)state;
	pass_seconds(windows, 30, FAST_NS, 7);
	pass(windows, "b", 1, FAST_NS, 2, 0);
	expect_nothing(windows, "key-a");
	pass(windows, "a", 1, SLOW_NS, 5, 0);
	expect_nothing(windows, "key-b");
	sum = sum_of(windows, "key-a");
	assert_int_equal(histogram_total(&sum.all), 5);
	assert_int_equal(count_of(&sum.all, SLOW_NS), 5);
	assert_true(sum.window_s == 1);
	windows_free(windows);
}

/* A recording may say anything: the first of a key is taken, and none without one. */
static void keys_that_are_no_keys(void **state)
{
	struct windows *windows = windows_new();
	struct snapshot *snap = fixture_new(100);
	struct window_sum sum;

	(void)state;
	fixture_waits(snap, fixture_vm(snap, "a", 4, 50, 5), FAST_NS, 7, 0);
	fixture_waits(snap, fixture_vm(snap, "a", 4, 50, 5), SLOW_NS, 3, 0);
	fixture_waits(snap, fixture_vm(snap, "b", 4, 50, 5), SLOW_NS, 3, 0);
	snap->vm[2].key = NULL;
	windows_add(windows, snap);
	windows_add(windows, snap);
	sum = sum_of(windows, "key-a");
	assert_int_equal(histogram_total(&sum.all), 14);
	assert_true(sum.window_s == 2);
	snapshot_free(snap);
	windows_free(windows);
}

/* VMs that come and go for ever. */
static void memory_is_bounded(void **state)
{
	struct windows *windows = windows_new();
	size_t early = 0, late;

	(void)state;
	for (int generation = 0; generation < 400; generation++) {
		struct snapshot *snap = fixture_new(100);
		char name[32];

		for (int i = 0; i < 40; i++) {
			snprintf(name, sizeof(name), "vm-%03d-%02d", generation, i);
			fixture_waits(snap, fixture_vm(snap, name, 4, 50, 5), FAST_NS, 9, 0);
		}
		windows_add(windows, snap);
		snapshot_free(snap);
		if (generation == 10)
			early = mallinfo2().uordblks;
	}
	late = mallinfo2().uordblks;
	assert_true(late <= early + 65536); /* one VM is 5 kB; sanitizers say 0 */
	windows_free(windows);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_vm_has_its_own),
		cmocka_unit_test(every_bin_comes_back_as_itself),
		cmocka_unit_test(what_is_old_leaves),
		cmocka_unit_test(the_halves_are_the_whole),
		cmocka_unit_test(the_time_is_that_of_the_waits),
		cmocka_unit_test(what_is_not_known_is_not_counted),
		cmocka_unit_test(what_is_not_told_any_more_leaves),
		cmocka_unit_test(there_were_no_waits),
		cmocka_unit_test(bins_of_any_length_are_taken),
		cmocka_unit_test(a_vm_that_is_gone_is_forgotten),
		cmocka_unit_test(keys_that_are_no_keys),
		cmocka_unit_test(memory_is_bounded),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("window", tests, NULL, NULL);
}
