// SPDX-License-Identifier: GPL-2.0-or-later
/* A probe's life: failing to open, being opened again, hanging, being woken, ending. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "probes/runner.h"
#include "probes/slow.h"
#include "probes/thread.h"

static uint64_t fake_now_ns;

static uint64_t fake_mono(void *arg)
{
	(void)arg;
	return fake_now_ns;
}

static double fake_wall(void *arg)
{
	(void)arg;
	return 1.0;
}

static const struct clock fake_clock = { .mono_ns = fake_mono, .wall_s = fake_wall };
static struct probe_control control = { .interval_ms = 10 };

/* A probe that does what the test tells it to. */
static struct {
	int open_result, sample_result;
	const char *reason;
	int opens, closes;
	atomic_int samples;
	atomic_bool hang, hang_open;
	pthread_t opener;
} script;

static int fake_open(const struct probe_env *env, void **state, struct err *err)
{
	(void)env;
	while (atomic_load(&script.hang_open))
		bell_wait(-1, 1);
	*state = &script;
	script.opens++;
	script.opener = pthread_self();
	return script.open_result < 0
		       ? err_set(err, script.open_result, "cannot open the fake; mend it")
		       : 0;
}

static int fake_sample(void *state, struct sample *out)
{
	assert_ptr_equal(state, &script);
	while (atomic_load(&script.hang))
		bell_wait(-1, 1);
	out->host.cpus = (uint64_t)atomic_fetch_add(&script.samples, 1) + 1;
	if (script.reason)
		out->status[SECTION_HOST].reason = arena_strdup(&out->arena, script.reason);
	return script.sample_result;
}

static void fake_close(void *state)
{
	(void)state;
	script.closes++;
}

static const struct probe fake = {
	.name = "fake",
	.section = SECTION_HOST,
	.period_ms = 10,
	.open = fake_open,
	.sample = fake_sample,
	.close = fake_close,
};

static const struct probe slow_to_open = {
	.name = "fake",
	.section = SECTION_HOST,
	.slow_open = true,
	.open = fake_open,
	.sample = fake_sample,
	.close = fake_close,
};

static int script_reset(void **state)
{
	(void)state;
	memset(&script, 0, sizeof(script));
	fake_now_ns = 1000;
	return 0;
}

static void runner_says_why_and_tries_again(void **state)
{
	const struct probe_env env = { .clock = &fake_clock, .control = &control, .wake_fd = -1 };
	struct sample sample = { 0 };
	struct runner runner;

	(void)state;
	script.open_result = -ECONNREFUSED;
	runner_init(&runner, &fake, &env);
	for (int i = 0; i < 5; i++)
		runner_sample(&runner, &sample);
	assert_int_equal(script.opens, 1);
	assert_int_equal(sample.status[SECTION_HOST].state, SOURCE_UNAVAILABLE);
	assert_string_equal(sample.status[SECTION_HOST].reason, "cannot open the fake; mend it");
	assert_int_equal(sample.status[SECTION_HOST].at_ns, 0);

	script.open_result = 0;
	fake_now_ns += 10000000000;
	runner_sample(&runner, &sample);
	assert_int_equal(sample.status[SECTION_HOST].state, SOURCE_OK);
	assert_null(sample.status[SECTION_HOST].reason);
	assert_int_equal(sample.status[SECTION_HOST].at_ns, fake_now_ns);
	runner_close(&runner, 0);
	assert_int_equal(script.closes, 1);
	sample_release(&sample);
}

static void runner_closes_a_broken_probe_with_its_reason(void **state)
{
	const struct probe_env env = { .clock = &fake_clock, .control = &control, .wake_fd = -1 };
	struct sample sample = { 0 };
	struct runner runner;

	(void)state;
	script.sample_result = -EPIPE;
	script.reason = "the daemon went away";
	runner_init(&runner, &fake, &env);
	runner_sample(&runner, &sample);
	assert_int_equal(script.closes, 1);
	assert_int_equal(sample.status[SECTION_HOST].state, SOURCE_UNAVAILABLE);
	assert_string_equal(sample.status[SECTION_HOST].reason, "the daemon went away");
	/* Not at once: a daemon that comes back is not met by a storm. */
	runner_sample(&runner, &sample);
	assert_int_equal(script.opens, 1);
	sample_release(&sample);
}

static uint64_t in_ms(unsigned ms)
{
	return clock_mono_ns(&clock_system) + ms * 1000000ull;
}

static const struct probe_env opening_env = {
	.clock = &fake_clock, .control = &control, .wake_fd = -1
};

static const struct status *expect_unavailable(struct runner *runner, struct sample *sample)
{
	runner_sample(runner, sample);
	assert_int_equal(sample->status[SECTION_HOST].state, SOURCE_UNAVAILABLE);
	assert_int_equal(sample->status[SECTION_HOST].at_ns, 0);
	assert_non_null(sample->status[SECTION_HOST].reason);
	return &sample->status[SECTION_HOST];
}

static void wait_opened(const struct runner *runner)
{
	for (int ms = 0; runner_is_opening(runner) && ms < 5000; ms++)
		bell_wait(-1, 1);
	assert_false(runner_is_opening(runner));
}

/* Samples go on while it opens; and it opens on a thread of its own, once. */
static void a_slow_opening_holds_up_nobody(void **state)
{
	struct sample sample = { 0 };
	struct runner runner;

	(void)state;
	atomic_store(&script.hang_open, true);
	runner_init(&runner, &slow_to_open, &opening_env);
	assert_false(runner_is_opening(&runner));
	for (int i = 0; i < 5; i++)
		assert_string_equal(
			expect_unavailable(&runner, &sample)->reason, "it is being started");
	assert_true(runner_is_opening(&runner));
	runner_begin(&runner); /* it has begun */
	atomic_store(&script.hang_open, false);
	wait_opened(&runner);
	runner_sample(&runner, &sample);
	assert_int_equal(sample.status[SECTION_HOST].state, SOURCE_OK);
	assert_int_equal(script.opens, 1);
	assert_false(pthread_equal(script.opener, pthread_self()));
	assert_int_equal(sample.host.cpus, 1);
	runner_begin(&runner); /* it is open */
	assert_false(runner_is_opening(&runner));
	runner_sample(&runner, &sample);
	assert_true(runner_close(&runner, in_ms(5000)));
	assert_int_equal(script.opens, 1);
	assert_int_equal(script.closes, 1);
	sample_release(&sample);
}

static void a_slow_opening_may_begin_before_the_first_sample(void **state)
{
	struct sample sample = { 0 };
	struct runner runner;

	(void)state;
	runner_init(&runner, &slow_to_open, &opening_env);
	runner_begin(&runner);
	wait_opened(&runner);
	runner_sample(&runner, &sample);
	assert_int_equal(sample.status[SECTION_HOST].state, SOURCE_OK);
	assert_int_equal(script.opens, 1);
	assert_true(runner_close(&runner, in_ms(5000)));
	/* One that is fast is not begun ahead. */
	runner_init(&runner, &fake, &opening_env);
	runner_begin(&runner);
	assert_int_equal(script.opens, 1);
	assert_false(runner_is_opening(&runner));
	assert_true(runner_close(&runner, 0));
	assert_int_equal(script.closes, 1);
	sample_release(&sample);
}

static void a_slow_opening_that_fails_says_why_and_is_tried_again(void **state)
{
	struct sample sample = { 0 };
	struct runner runner;

	(void)state;
	script.open_result = -EPERM;
	runner_init(&runner, &slow_to_open, &opening_env);
	runner_begin(&runner);
	wait_opened(&runner);
	for (int i = 0; i < 5; i++)
		assert_string_equal(expect_unavailable(&runner, &sample)->reason,
			"cannot open the fake; mend it");
	assert_int_equal(script.opens, 1);
	/* Why stands while it is tried again. */
	atomic_store(&script.hang_open, true);
	script.open_result = 0;
	fake_now_ns += 10000000000;
	for (int i = 0; i < 3; i++)
		assert_string_equal(expect_unavailable(&runner, &sample)->reason,
			"cannot open the fake; mend it");
	assert_true(runner_is_opening(&runner));
	atomic_store(&script.hang_open, false);
	wait_opened(&runner);
	runner_sample(&runner, &sample);
	assert_int_equal(sample.status[SECTION_HOST].state, SOURCE_OK);
	assert_null(sample.status[SECTION_HOST].reason);
	assert_int_equal(script.opens, 2);
	assert_true(runner_close(&runner, in_ms(5000)));
	assert_int_equal(script.closes, 1);
	sample_release(&sample);
}

static void an_opening_that_hangs_is_left_at_the_deadline(void **state)
{
	struct runner runner;
	uint64_t begin_ns;

	(void)state;
	atomic_store(&script.hang_open, true);
	runner_init(&runner, &slow_to_open, &opening_env);
	runner_begin(&runner);
	begin_ns = in_ms(0);
	assert_false(runner_close(&runner, in_ms(50)));
	assert_in_range(in_ms(0) - begin_ns, 0, 4000000000);
	assert_int_equal(script.closes, 0); /* it may yet use what it has */
	atomic_store(&script.hang_open, false);
	assert_true(runner_close(&runner, in_ms(5000)));
	assert_int_equal(script.opens, 1);
	assert_int_equal(script.closes, 1); /* opened after all: not left open */
}

/* At whatever moment of its opening, and whether that succeeds or not. */
static void closing_races_with_opening(void **state)
{
	struct sample sample = { 0 };

	(void)state;
	for (int i = 0; i < 300; i++) {
		struct runner runner;

		script_reset(NULL);
		script.open_result = i % 3 ? 0 : -EPERM;
		runner_init(&runner, &slow_to_open, &opening_env);
		runner_begin(&runner);
		for (int k = 0; k < i % 7; k++)
			runner_sample(&runner, &sample);
		if (i % 5 == 0)
			wait_opened(&runner);
		assert_true(runner_close(&runner, in_ms(5000)));
		assert_int_equal(script.opens, 1);
		assert_int_equal(script.closes, i % 3 ? 1 : 0);
		assert_true(runner_close(&runner, 0)); /* nothing is left to close */
		assert_int_equal(script.closes, i % 3 ? 1 : 0);
	}
	sample_release(&sample);
}

static struct sample *wait_for_sample(struct slow *slow, int limit_ms)
{
	for (int ms = 0; ms < limit_ms; ms++) {
		struct sample *sample = slow_take(slow);

		if (sample)
			return sample;
		bell_wait(-1, 1);
	}
	return NULL;
}

static struct slow *start(void)
{
	static const struct probe_env env = { .clock = &clock_system, .control = &control };
	struct slow *slow = NULL;
	struct err err;

	assert_int_equal(slow_start(&slow, &fake, &env, &err), 0);
	return slow;
}

static void slow_delivers_the_newest(void **state)
{
	struct slow *slow = start();
	uint64_t last = 0;

	(void)state;
	for (int i = 0; i < 20; i++) {
		struct sample *sample = wait_for_sample(slow, 5000);

		assert_non_null(sample);
		assert_true(sample->host.cpus > last);
		last = sample->host.cpus;
		slow_give_back(slow, sample);
	}
	slow_stop(slow);
	assert_true(slow_join(slow, in_ms(5000)));
	assert_int_equal(script.closes, 1);
}

static void slow_is_woken_before_its_period(void **state)
{
	struct slow *slow;
	struct sample *sample;

	(void)state;
	atomic_store(&control.interval_ms, 3600000);
	slow = start();
	sample = wait_for_sample(slow, 5000);
	assert_non_null(sample);
	slow_give_back(slow, sample);
	assert_null(wait_for_sample(slow, 50));
	slow_wake(slow);
	sample = wait_for_sample(slow, 5000);
	assert_non_null(sample);
	slow_give_back(slow, sample);
	slow_stop(slow);
	assert_true(slow_join(slow, in_ms(5000)));
	atomic_store(&control.interval_ms, 10);
}

static void slow_that_hangs_blocks_nobody(void **state)
{
	struct slow *slow;

	(void)state;
	atomic_store(&script.hang, true);
	slow = start();
	assert_null(wait_for_sample(slow, 50));
	slow_stop(slow);
	assert_false(slow_join(slow, in_ms(50)));
	atomic_store(&script.hang, false);
	assert_true(slow_join(slow, in_ms(5000)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(runner_says_why_and_tries_again, script_reset),
		cmocka_unit_test_setup(runner_closes_a_broken_probe_with_its_reason, script_reset),
		cmocka_unit_test_setup(a_slow_opening_holds_up_nobody, script_reset),
		cmocka_unit_test_setup(
			a_slow_opening_may_begin_before_the_first_sample, script_reset),
		cmocka_unit_test_setup(
			a_slow_opening_that_fails_says_why_and_is_tried_again, script_reset),
		cmocka_unit_test_setup(an_opening_that_hangs_is_left_at_the_deadline, script_reset),
		cmocka_unit_test_setup(closing_races_with_opening, script_reset),
		cmocka_unit_test_setup(slow_delivers_the_newest, script_reset),
		cmocka_unit_test_setup(slow_is_woken_before_its_period, script_reset),
		cmocka_unit_test_setup(slow_that_hangs_blocks_nobody, script_reset),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
