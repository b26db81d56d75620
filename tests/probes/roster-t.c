// SPDX-License-Identifier: GPL-2.0-or-later
/* The list of VMs that threads share: it is the newest, and a copy. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#include "probes/roster.h"

static void put(struct roster *roster, size_t n)
{
	struct proc_vm vm[8] = { 0 };

	for (size_t i = 0; i < n; i++)
		vm[i] = (struct proc_vm){ .pid = (pid_t)(100 + n), .start_ticks = n };
	roster_put(roster, &(struct procvm_sample){ .vm = vm, .n_vm = n });
}

static void the_newest_is_copied(void **state)
{
	struct roster *roster = roster_new();
	struct arena arena = { 0 };
	struct roster_vm *first, *second;

	(void)state;
	assert_int_equal(roster_get(NULL, &arena, &first), 0);
	assert_int_equal(roster_get(roster, &arena, &first), 0);
	put(roster, 3);
	assert_int_equal(roster_get(roster, &arena, &first), 3);
	put(roster, 1);
	assert_int_equal(roster_get(roster, &arena, &second), 1);
	assert_int_equal(first[2].pid, 103);
	assert_int_equal(second[0].start_ticks, 1);
	arena_release(&arena);
	roster_free(roster);
}

static void *write_often(void *arg)
{
	for (size_t i = 0; i < 20000; i++)
		put(arg, i % 8);
	return NULL;
}

static void a_copy_is_never_of_two(void **state)
{
	struct roster *roster = roster_new();
	struct arena arena = { 0 };
	pthread_t thread;

	(void)state;
	assert_int_equal(pthread_create(&thread, NULL, write_often, roster), 0);
	for (size_t i = 0; i < 20000; i++) {
		struct roster_vm *vm;
		size_t n = roster_get(roster, &arena, &vm);

		for (size_t k = 0; k < n; k++)
			assert_int_equal(vm[k].start_ticks, n);
		arena_clear(&arena);
	}
	pthread_join(thread, NULL);
	arena_release(&arena);
	roster_free(roster);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_newest_is_copied),
		cmocka_unit_test(a_copy_is_never_of_two),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("roster", tests, NULL, NULL);
}
