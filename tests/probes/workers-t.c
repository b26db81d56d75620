// SPDX-License-Identifier: GPL-2.0-or-later
/* Calls that hang: others go on, nothing is lost, nobody waits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "probes/arena.h"
#include "probes/clock.h"
#include "probes/thread.h"
#include "probes/workers.h"

struct call {
	struct job job;
	atomic_bool *hang; /* NULL: does not */
	int ran;
};

static atomic_int discarded;

static void call_run(struct job *job)
{
	struct call *call = (struct call *)job;

	while (call->hang && atomic_load(call->hang))
		bell_wait(-1, 1);
	call->ran++;
}

static void call_discard(struct job *job)
{
	atomic_fetch_add(&discarded, 1);
	free(job);
}

static struct call *call_new(atomic_bool *hang)
{
	struct call *call = xcalloc(1, sizeof(*call));

	call->job.run = call_run;
	call->job.discard = call_discard;
	call->hang = hang;
	return call;
}

static size_t collect(struct workers *workers)
{
	struct job *job;
	size_t n = 0;

	while ((job = workers_collect(workers))) {
		assert_int_equal(((struct call *)job)->ran, 1);
		free(job);
		n++;
	}
	return n;
}

static void all_jobs_are_done_once(void **state)
{
	struct workers *workers = workers_new("test", 2000);

	(void)state;
	for (int round = 0; round < 20; round++) {
		for (int i = 0; i < 50; i++)
			workers_submit(workers, &call_new(NULL)->job);
		workers_wait(workers, 10000);
		assert_int_equal(collect(workers), 50);
	}
	workers_free(workers);
}

static void hung_ones_do_not_stop_the_others(void **state)
{
	struct workers *workers = workers_new("test", 20);
	atomic_bool hang = true;
	struct call *hung[WORKERS_AT_A_TIME];

	(void)state;
	for (size_t i = 0; i < WORKERS_AT_A_TIME; i++)
		workers_submit(workers, &(hung[i] = call_new(&hang))->job);
	workers_wait(workers, 40);
	assert_int_equal(collect(workers), 0);
	assert_true(workers_busy_ns(workers, &hung[0]->job) >= 20000000);
	for (int i = 0; i < 10; i++)
		workers_submit(workers, &call_new(NULL)->job);
	workers_wait(workers, 10000);
	assert_int_equal(collect(workers), 10);

	atomic_store(&hang, false);
	for (size_t n = 0; n < WORKERS_AT_A_TIME; n += collect(workers))
		bell_wait(-1, 1);
	workers_free(workers);
}

static void leaving_waits_for_no_hung_call(void **state)
{
	struct workers *workers = workers_new("test", 10);
	atomic_bool hang = true;

	(void)state;
	atomic_store(&discarded, 0);
	for (int i = 0; i < 60; i++)
		workers_submit(workers, &call_new(&hang)->job);
	workers_wait(workers, 30);
	workers_free(workers);
	/* Those that had begun come back at last, and free what they hold. */
	atomic_store(&hang, false);
	for (int ms = 0; ms < 10000 && atomic_load(&discarded) < 60; ms++)
		bell_wait(-1, 1);
	assert_int_equal(atomic_load(&discarded), 60);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_jobs_are_done_once),
		cmocka_unit_test(hung_ones_do_not_stop_the_others),
		cmocka_unit_test(leaving_waits_for_no_hung_call),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
