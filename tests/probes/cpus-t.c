// SPDX-License-Identifier: GPL-2.0-or-later
/* Sets of CPUs: lists in and out, and what is asked of two of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "probes/cpus.h"

static struct cpus of(const char *list)
{
	struct cpus cpus;

	assert_true(cpus_parse(&cpus, list));
	return cpus;
}

static void lists_come_back_as_they_were(void **state)
{
	static const char *const list[] = { "", "0", "0-2,4,8-11", "63-64", "0-1023", "1023",
		"5,7,9" };
	struct arena arena = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(list) / sizeof(list[0]); i++) {
		struct cpus cpus = of(list[i]);

		assert_string_equal(cpus_format(&cpus, &arena), list[i]);
	}
	arena_release(&arena);
}

static void the_longest_list_has_room(void **state)
{
	struct arena arena = { 0 };
	struct cpus cpus = { 0 }, again;

	(void)state;
	for (uint64_t id = 0; id < CPUS_MAX; id += 2)
		cpus_add(&cpus, id);
	again = of(cpus_format(&cpus, &arena));
	assert_true(cpus_equal(&cpus, &again));
	arena_release(&arena);
}

static void what_is_no_list_is_empty(void **state)
{
	static const char *const bad[] = { "(null)\n", "1-", "3-1", "a", "1 2", "-1", "0,x", "1,,2",
		"99999999999999999999" };
	struct cpus cpus;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (cpus_parse(&cpus, bad[i]))
			fail_msg("%s", bad[i]);
		assert_int_equal(cpus_count(&cpus), 0);
	}
}

static void what_does_not_fit_is_left_out(void **state)
{
	struct cpus cpus = of("1022-2000000,5000");

	(void)state;
	assert_int_equal(cpus_count(&cpus), 2);
	cpus_add(&cpus, CPUS_MAX);
	assert_int_equal(cpus_count(&cpus), 2);
	assert_false(cpus_has(&cpus, CPUS_MAX));
	assert_false(cpus_has(&cpus, UINT64_MAX));
}

static void two_sets_are_compared(void **state)
{
	struct cpus a = of("0-3"), b = of("2-5"), c = of("2-3"), none = of("\n");
	struct cpus both = cpus_and(&a, &b), either = cpus_or(&a, &b), all = of("0-5");

	(void)state;
	assert_true(cpus_equal(&both, &c) && cpus_equal(&either, &all));
	assert_true(cpus_within(&c, &a) && cpus_within(&a, &a) && cpus_within(&none, &a));
	assert_false(cpus_within(&a, &b) || cpus_within(&a, &c));
	assert_true(cpus_meet(&a, &b));
	assert_false(cpus_meet(&a, &none));
	assert_int_equal(cpus_next(&b, 0), 2);
	assert_int_equal(cpus_next(&b, 5), 5);
	assert_int_equal(cpus_next(&b, 6), CPUS_MAX);
	assert_int_equal(cpus_next(&none, 0), CPUS_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists_come_back_as_they_were),
		cmocka_unit_test(the_longest_list_has_room),
		cmocka_unit_test(what_is_no_list_is_empty),
		cmocka_unit_test(what_does_not_fit_is_left_out),
		cmocka_unit_test(two_sets_are_compared),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("cpus", tests, NULL, NULL);
}
