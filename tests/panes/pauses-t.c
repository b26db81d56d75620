// SPDX-License-Identifier: GPL-2.0-or-later
/* The longest stalls of the last minutes, remembered from one snapshot to the next. */
#include "tests/panes/fixture.h"

#include <math.h>

#include "panes/pauses.h"

/* One snapshot of one VM: its longest stall, in ms, ended just then; NAN it is not known. */
static void second(struct pauses *pauses, double time_s, double ms)
{
	struct snapshot *snap = fixture_new(time_s);
	struct vm *vm = fixture_vm(snap, "web", 2, 1, 0);
	struct stall_bin bin[] = { { histogram_low_ns(histogram_bin((uint64_t)(ms * 1e6))), 1 } };

	vm->thp.longest_stall_ms = ms;
	vm->thp.longest_at_s = ms > 0 ? time_s - 0.25 : NAN;
	vm->thp.longest_tid = (uint64_t)time_s;
	vm->thp.longest_kind = STALL_COMPACTION;
	if (ms > 0) {
		vm->thp.stall_bin = bin;
		vm->thp.n_stall_bin = 1;
	}
	pauses_add(pauses, snap);
	snapshot_free(snap);
}

static double longest(const struct pauses *pauses, double since_s)
{
	struct pause pause;

	return pauses_longest(pauses, "key-web", since_s, &pause) ? pause.ms : 0;
}

static void the_longest_is_known_for_any_time_back(void **state)
{
	struct pauses *pauses = pauses_new();
	struct pause pause;

	(void)state;
	second(pauses, 1000, 0);
	second(pauses, 1001, 812);
	second(pauses, 1010, 20);
	second(pauses, 1020, 300);
	second(pauses, 1030, 5);
	assert_true(longest(pauses, 1000) == 812);
	assert_true(longest(pauses, 1001) == 300);
	assert_true(longest(pauses, 1019) == 300);
	assert_true(longest(pauses, 1025) == 5);
	assert_true(longest(pauses, 1030) == 0);
	assert_true(pauses_longest(pauses, "key-web", 1000, &pause));
	assert_true(pause.at_s == 1000.75);
	assert_int_equal(pause.tid, 1001);
	assert_int_equal(pause.kind, STALL_COMPACTION);
	assert_true(pauses_window_s(pauses, "key-web") == 30);
	pauses_free(pauses);
}

static void after_five_minutes_it_is_forgotten(void **state)
{
	struct pauses *pauses = pauses_new();

	(void)state;
	second(pauses, 1000, 812);
	second(pauses, 1200, 90);
	second(pauses, 1299, 0);
	assert_true(longest(pauses, 0) == 812);
	second(pauses, 1301, 0);
	assert_true(longest(pauses, 0) == 90);
	assert_true(pauses_window_s(pauses, "key-web") == PAUSES_WINDOW_S);
	second(pauses, 1501, 0);
	assert_true(longest(pauses, 0) == 0);
	pauses_free(pauses);
}

/* Each snapshot tells the one that goes on, longer: it is one, and its end is the last. */
static void one_that_goes_on_is_one(void **state)
{
	struct pauses *pauses = pauses_new();
	struct pause pause;

	(void)state;
	for (int i = 1; i <= 5; i++)
		second(pauses, 1000 + i, 1000.0 * i);
	assert_true(pauses_longest(pauses, "key-web", 0, &pause));
	assert_true(pause.ms == 5000);
	assert_true(pause.at_s == 1004.75);
	pauses_free(pauses);
}

static void ever_shorter_ones_stay_bounded(void **state)
{
	struct pauses *pauses = pauses_new();

	(void)state;
	for (int i = 0; i < 200; i++)
		second(pauses, 1000 + i, 1000 - i);
	assert_true(longest(pauses, 0) == 1000);
	assert_true(longest(pauses, 1005) == 994);
	assert_true(longest(pauses, 1190) == 801); /* some in between are not kept */
	pauses_free(pauses);
}

static void lengths_are_counted(void **state)
{
	struct pauses *pauses = pauses_new();
	struct histogram all;

	(void)state;
	second(pauses, 1000, 0);
	assert_false(pauses_histogram(pauses, "key-web", &all));
	for (int i = 0; i < 10; i++)
		second(pauses, 1001 + i * 30, i % 2 ? 2 : 400);
	assert_true(pauses_histogram(pauses, "key-web", &all));
	assert_int_equal(histogram_total(&all), 10);
	assert_int_equal(all.count[histogram_bin(400000000)], 5);
	assert_int_equal(all.count[histogram_bin(2000000)], 5);
	for (int i = 0; i < 10; i++)
		second(pauses, 1301 + i * 60, 0);
	second(pauses, 1960, 3);
	assert_true(pauses_histogram(pauses, "key-web", &all));
	assert_int_equal(histogram_total(&all), 1);
	pauses_free(pauses);
}

static void what_is_not_known_counts_for_nothing(void **state)
{
	struct pauses *pauses = pauses_new();
	struct histogram all;

	(void)state;
	second(pauses, 1000, NAN);
	assert_true(isnan(pauses_window_s(pauses, "key-web")));
	assert_true(longest(pauses, 0) == 0);
	assert_true(isnan(pauses_window_s(pauses, "key-other")));
	assert_true(isnan(pauses_window_s(NULL, "key-web")));
	assert_false(pauses_histogram(NULL, "key-web", &all));
	second(pauses, NAN, 7);
	assert_true(longest(pauses, 0) == 0);
	pauses_free(NULL);
	pauses_free(pauses);
}

static void going_back_in_time_begins_anew(void **state)
{
	struct pauses *pauses = pauses_new();

	(void)state;
	second(pauses, 1000, 812);
	second(pauses, 900, 3);
	assert_true(longest(pauses, 0) == 3);
	assert_true(pauses_window_s(pauses, "key-web") == 0);
	pauses_free(pauses);
}

static void a_vm_that_is_gone_is_forgotten(void **state)
{
	struct pauses *pauses = pauses_new();
	struct snapshot *snap = fixture_new(1001);

	(void)state;
	second(pauses, 1000, 812);
	pauses_add(pauses, snap);
	second(pauses, 1002, 0);
	assert_true(longest(pauses, 0) == 0);
	snapshot_free(snap);
	pauses_free(pauses);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_longest_is_known_for_any_time_back),
		cmocka_unit_test(after_five_minutes_it_is_forgotten),
		cmocka_unit_test(one_that_goes_on_is_one),
		cmocka_unit_test(ever_shorter_ones_stay_bounded),
		cmocka_unit_test(lengths_are_counted),
		cmocka_unit_test(what_is_not_known_counts_for_nothing),
		cmocka_unit_test(going_back_in_time_begins_anew),
		cmocka_unit_test(a_vm_that_is_gone_is_forgotten),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("pauses", tests, NULL, NULL);
}
