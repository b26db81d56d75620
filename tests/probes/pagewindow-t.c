// SPDX-License-Identifier: GPL-2.0-or-later
/* Turns that count together, and those that do no longer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "probes/pagewindow.h"

#define S 1000000000ull

static struct pages_count turn_of(unsigned asked, unsigned on_node_0, unsigned on_node_1)
{
	struct pages_count count = { 0 };

	count.kind[PAGES_ASKED] = (uint16_t)asked;
	count.kind[PAGES_PRESENT] = (uint16_t)(on_node_0 + on_node_1);
	count.kind[PAGES_ABSENT] = (uint16_t)(asked - on_node_0 - on_node_1);
	count.node[0] = (uint16_t)on_node_0;
	count.node[1] = (uint16_t)on_node_1;
	return count;
}

static void add(struct pagewindow *window, struct pages_count turn, uint64_t at_s)
{
	pagewindow_add(window, &turn, at_s * S);
}

static void all_turns_count(void **state)
{
	struct pagewindow window = { 0 };
	struct pages_count sum;

	(void)state;
	assert_int_equal(pagewindow_sum(&window, &sum), 0);
	assert_int_equal(sum.kind[PAGES_ASKED], 0);
	for (unsigned i = 1; i <= 5; i++)
		add(&window, turn_of(64, 40, 10 + i), i);
	assert_int_equal(pagewindow_sum(&window, &sum), 1 * S);
	assert_int_equal(sum.kind[PAGES_ASKED], 5 * 64);
	assert_int_equal(sum.node[0], 5 * 40);
	assert_int_equal(sum.node[1], 5 * 10 + 15);
	assert_int_equal(sum.kind[PAGES_ABSENT], 5 * 14 - 15);
}

static void old_ones_leave(void **state)
{
	struct pagewindow window = { 0 };
	struct pages_count sum;

	(void)state;
	for (unsigned i = 1; i <= 100; i++)
		add(&window, turn_of(64, 32, 32), i);
	assert_int_equal(pagewindow_sum(&window, &sum), (100 - PAGEWINDOW_TURNS + 1) * S);
	assert_int_equal(sum.kind[PAGES_ASKED], 64 * PAGEWINDOW_TURNS);
	/* Large turns are enough by themselves. */
	for (unsigned i = 101; i <= 110; i++)
		add(&window, turn_of(512, 256, 256), i);
	assert_int_equal(pagewindow_sum(&window, &sum), 109 * S);
	assert_int_equal(sum.kind[PAGES_ASKED], 1024);
}

static void a_change_is_all_there_is(void **state)
{
	struct pagewindow window = { 0 };
	struct pages_count sum;

	(void)state;
	for (unsigned i = 1; i <= 8; i++)
		add(&window, turn_of(64, 0, 64), i);
	add(&window, turn_of(64, 64, 0), 9);
	assert_int_equal(pagewindow_sum(&window, &sum), 9 * S);
	assert_int_equal(sum.node[0], 64);
	assert_int_equal(sum.node[1], 0);
}

/* One turn is too few to tell 50% from 65%; after some, all that were before leave. */
static void a_small_change_takes_some_turns(void **state)
{
	struct pagewindow window = { 0 };
	struct pages_count sum;
	unsigned turns = 0;

	(void)state;
	for (unsigned i = 1; i <= 8; i++)
		add(&window, turn_of(128, 64, 64), i);
	do {
		add(&window, turn_of(128, 83, 45), 9 + turns++);
		assert_true(turns <= 5);
		pagewindow_sum(&window, &sum);
	} while (sum.node[0] * 100 / sum.kind[PAGES_ASKED] < 64);
	assert_true(turns >= 2);
	assert_int_equal(pagewindow_sum(&window, &sum), 9 * S);
}

static void memory_that_is_taken_away_is_a_change(void **state)
{
	struct pagewindow window = { 0 };
	struct pages_count sum;

	(void)state;
	for (unsigned i = 1; i <= 4; i++)
		add(&window, turn_of(256, 250, 0), i);
	add(&window, turn_of(256, 100, 0), 5);
	assert_int_equal(pagewindow_sum(&window, &sum), 5 * S);
}

static unsigned binomial(unsigned n, double p)
{
	unsigned sum = 0;

	while (n--)
		sum += drand48() < p;
	return sum;
}

/* Chance alone makes no change: in 20,000 turns less than one in a thousand is taken for one. */
static void chance_is_no_change(void **state)
{
	static const double p[] = { 0.5, 0.03, 0.97, 0.002 };
	unsigned changes = 0;

	(void)state;
	srand48(4711);
	for (size_t k = 0; k < sizeof(p) / sizeof(p[0]); k++) {
		struct pagewindow window = { 0 };

		for (unsigned i = 1; i <= 5000; i++) {
			size_t before = window.n;
			unsigned on_0 = binomial(64, p[k]);

			add(&window, turn_of(64, on_0, 64 - on_0), i);
			changes += window.n <= before && before < PAGEWINDOW_TURNS;
			if (before == PAGEWINDOW_TURNS)
				changes += window.n < before;
		}
	}
	assert_true(changes < 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_turns_count),
		cmocka_unit_test(old_ones_leave),
		cmocka_unit_test(a_change_is_all_there_is),
		cmocka_unit_test(a_small_change_takes_some_turns),
		cmocka_unit_test(memory_that_is_taken_away_is_a_change),
		cmocka_unit_test(chance_is_no_change),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("pagewindow", tests, NULL, NULL);
}
