// SPDX-License-Identifier: GPL-2.0-or-later
/* A thread's accounts between two switches: literal slots in, totals as of now out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "probes/account_time.h"

#define S  1000000000ull
#define MS 1000000ull

/* The run queue's clock began a second after the monotonic one. */
static const uint64_t CLOCK_NS = 1 * S;

/* Totals that differ, so that one in the place of another shows. */
static struct account_slot slot_made(void)
{
	struct account_slot slot = {
		.seq = 2, .live_seq = 2, .exec_ns = 50 * S, .delay_ns = 70 * S, .clock_ns = CLOCK_NS
	};

	for (uint64_t i = 0; i < ACCOUNT_COUNT; i++)
		slot.total_ns[i] = (i + 1) * S;
	return slot;
}

static struct account_slot slot_off(enum account state, uint64_t out_ns)
{
	struct account_slot slot = slot_made();

	slot.state = (uint8_t)state;
	slot.out_ns = out_ns;
	return slot;
}

/* It left in that state, and came back. */
static struct account_slot slot_on(enum account state, uint64_t out_ns, uint64_t in_ns)
{
	struct account_slot slot = slot_off(state, out_ns);

	slot.in_ns = in_ns;
	return slot;
}

static uint64_t clock_at(uint64_t mono_ns)
{
	return mono_ns - CLOCK_NS;
}

/* What was added to each account, and to the kernel's two. */
struct added {
	uint64_t ns[ACCOUNT_COUNT], run_ns, wait_ns;
};

static struct added added(const struct account_slot *slot, uint64_t now_ns)
{
	struct account_now now;
	struct added add;

	memset(&now, 0xff, sizeof(now));
	assert_true(account_at(slot, now_ns, &now));
	for (size_t i = 0; i < ACCOUNT_COUNT; i++) {
		assert_true(now.ns[i] >= slot->total_ns[i]);
		add.ns[i] = now.ns[i] - slot->total_ns[i];
	}
	assert_true(now.run_ns >= slot->exec_ns && now.wait_ns >= slot->delay_ns);
	add.run_ns = now.run_ns - slot->exec_ns;
	add.wait_ns = now.wait_ns - slot->delay_ns;
	return add;
}

static void expect(const struct account_slot *slot, uint64_t now_ns, struct added expected)
{
	struct added add = added(slot, now_ns);

	for (size_t i = 0; i < ACCOUNT_COUNT; i++)
		if (add.ns[i] != expected.ns[i])
			fail_msg("account %zu: %llu, not %llu", i, (unsigned long long)add.ns[i],
				(unsigned long long)expected.ns[i]);
	assert_int_equal(add.run_ns, expected.run_ns);
	assert_int_equal(add.wait_ns, expected.wait_ns);
}

static void a_thread_not_seen_is_unknown(void **state)
{
	struct account_slot slot = slot_made();
	struct account_now now;

	(void)state;
	assert_false(account_at(&slot, 100 * S, &now));
	slot.in_ns = 1;
	assert_true(account_at(&slot, 100 * S, &now));
	slot.in_ns = 0;
	slot.out_ns = 1;
	assert_true(account_at(&slot, 100 * S, &now));
}

static void one_that_never_leaves_its_cpu_has_live_totals(void **state)
{
	struct account_slot slot = slot_made();

	(void)state;
	slot.in_ns = 10 * S; /* tracked while it ran: there is no gap before */
	expect(&slot, 10 * S, (struct added){ .run_ns = 0 });
	expect(&slot, 13 * S, (struct added){ .ns = { [ACCOUNT_RUN] = 3 * S }, .run_ns = 3 * S });
}

static void time_off_the_cpu_is_of_the_state_it_left_in(void **state)
{
	(void)state;
	for (int i = ACCOUNT_WAITING; i < ACCOUNT_COUNT; i++) {
		bool waits = i == ACCOUNT_WAITING || i == ACCOUNT_THROTTLED;
		struct account_slot off = slot_off((enum account)i, 10 * S);
		struct account_slot on = slot_on((enum account)i, 10 * S, 12 * S);
		struct added add = { .wait_ns = waits ? 2 * S : 0 };

		add.ns[i] = 2 * S;
		expect(&off, 12 * S, add);
		/* And the same when it has come back, but has not left again. */
		expect(&on, 12 * S, add);
		add.ns[ACCOUNT_RUN] = add.run_ns = 5 * S;
		expect(&on, 17 * S, add);
	}
}

/* Woken on the way: the last part of a sleep was spent in the queue. */
static void a_sleep_ends_where_the_queue_begins(void **state)
{
	(void)state;
	for (int i = ACCOUNT_HALTED; i < ACCOUNT_COUNT; i++) {
		struct account_slot on = slot_on((enum account)i, 10 * S, 12 * S);
		struct account_slot off = slot_off((enum account)i, 10 * S);
		struct added add = { .wait_ns = 500 * MS };

		add.ns[ACCOUNT_WAITING] = 500 * MS;
		add.ns[i] = 1500 * MS;
		off.live_clock = on.queued_clock = clock_at(12 * S - 500 * MS);
		expect(&off, 12 * S, add);
		expect(&on, 12 * S, add);
		/* Each is of its own side. */
		off.queued_clock = off.live_clock;
		off.live_clock = 0;
		on.live_clock = on.queued_clock;
		on.queued_clock = 0;
		add = (struct added){ .wait_ns = 0 };
		add.ns[i] = 2 * S;
		expect(&off, 12 * S, add);
		expect(&on, 12 * S, add);
	}
}

static void nothing_is_guessed_without_the_run_queues_clock(void **state)
{
	struct account_slot slot = slot_on(ACCOUNT_ASLEEP, 10 * S, 12 * S);
	const struct added asleep = { .ns = { [ACCOUNT_ASLEEP] = 2 * S } };

	(void)state;
	slot.queued_clock = clock_at(11 * S);
	slot.clock_ns = 0;
	expect(&slot, 12 * S, asleep);
	slot.clock_ns = CLOCK_NS;
	slot.queued_clock = 0;
	expect(&slot, 12 * S, asleep);
}

/* It left once more after the last look: what that saw is of another sleep. */
static void a_look_before_the_last_switch_does_not_count(void **state)
{
	struct account_slot slot = slot_off(ACCOUNT_HALTED, 10 * S);

	(void)state;
	slot.live_clock = clock_at(11 * S);
	slot.live_seq = slot.seq - 2;
	expect(&slot, 12 * S, (struct added){ .ns = { [ACCOUNT_HALTED] = 2 * S } });
	slot.live_seq = slot.seq;
	expect(&slot, 12 * S,
		(struct added){
			.ns = { [ACCOUNT_HALTED] = S, [ACCOUNT_WAITING] = S }, .wait_ns = S });
}

/* The kernel's total has the wait on the old CPU since it was moved: it must not count twice. */
static void a_wait_on_two_cpus_is_one_wait(void **state)
{
	struct account_slot on = slot_on(ACCOUNT_WAITING, 10 * S, 13 * S);
	struct account_slot off = slot_off(ACCOUNT_THROTTLED, 10 * S);

	(void)state;
	on.gap_wait_ns = off.gap_wait_ns = 1 * S;
	expect(&on, 13 * S,
		(struct added){ .ns = { [ACCOUNT_WAITING] = 3 * S }, .wait_ns = 2 * S });
	expect(&off, 13 * S,
		(struct added){ .ns = { [ACCOUNT_THROTTLED] = 3 * S }, .wait_ns = 2 * S });
	/* Moved at the very end: the clocks differ a little. */
	on.gap_wait_ns = 3 * S + 1;
	expect(&on, 13 * S, (struct added){ .ns = { [ACCOUNT_WAITING] = 3 * S } });
}

static void a_sleep_and_a_wait_on_two_cpus(void **state)
{
	struct account_slot slot = slot_on(ACCOUNT_HALTED, 10 * S, 14 * S);

	(void)state;
	slot.gap_wait_ns = 1 * S;
	expect(&slot, 14 * S,
		(struct added){ .ns = { [ACCOUNT_HALTED] = 3 * S, [ACCOUNT_WAITING] = S } });
	slot.queued_clock = clock_at(12 * S); /* on the new one: the kernel has not counted it */
	expect(&slot, 14 * S,
		(struct added){ .ns = { [ACCOUNT_HALTED] = S, [ACCOUNT_WAITING] = 3 * S },
			.wait_ns = 2 * S });
	slot.gap_wait_ns = 3 * S;
	expect(&slot, 14 * S,
		(struct added){ .ns = { [ACCOUNT_WAITING] = 4 * S }, .wait_ns = 2 * S });
}

static void readings_out_of_order_add_nothing(void **state)
{
	struct account_slot slot = slot_on(ACCOUNT_WAITING, 10 * S, 12 * S);

	(void)state;
	/* now was read before the slot was written. */
	expect(&slot, 11 * S,
		(struct added){ .ns = { [ACCOUNT_WAITING] = 2 * S }, .wait_ns = 2 * S });
	slot = slot_off(ACCOUNT_ASLEEP, 10 * S);
	expect(&slot, 9 * S, (struct added){ .run_ns = 0 });
	/* Queued later than now, and before it left: the two clocks differ a little. */
	slot.live_clock = clock_at(12 * S + 1);
	expect(&slot, 12 * S, (struct added){ .ns = { [ACCOUNT_ASLEEP] = 2 * S } });
	slot.live_clock = clock_at(10 * S - 1);
	expect(&slot, 12 * S,
		(struct added){ .ns = { [ACCOUNT_WAITING] = 2 * S }, .wait_ns = 2 * S });
}

static uint64_t next(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

/* Of some seconds, of nearly none, and of whatever a torn copy may hold. */
static uint64_t any_ns(uint64_t *seed)
{
	uint64_t kind = next(seed) % 8;

	if (kind == 0)
		return 0;
	return kind == 1 ? next(seed) : next(seed) % (4 * S);
}

static struct account_slot any_slot(uint64_t *seed)
{
	struct account_slot slot = slot_made();

	slot.in_ns = next(seed) % 4 ? next(seed) % (4 * S) : 0;
	slot.out_ns = next(seed) % 4 ? next(seed) % (4 * S) : 0;
	slot.gap_wait_ns = any_ns(seed);
	slot.queued_clock = next(seed) % 2 ? clock_at(any_ns(seed)) : any_ns(seed);
	slot.live_clock = next(seed) % 2 ? clock_at(any_ns(seed)) : any_ns(seed);
	slot.clock_ns = next(seed) % 4 ? CLOCK_NS : any_ns(seed);
	slot.live_seq = next(seed) % 2 ? slot.seq : next(seed);
	slot.state = (uint8_t)next(seed); /* it may be nonsense, too */
	return slot;
}

static uint64_t sum(const struct added *add)
{
	uint64_t ns = 0;

	for (size_t i = 0; i < ACCOUNT_COUNT; i++)
		ns += add->ns[i];
	return ns;
}

/* Since it was last seen off the CPU, or on it when it never was off. */
static uint64_t elapsed(const struct account_slot *slot, uint64_t now_ns)
{
	uint64_t ns = 0;

	if (slot->in_ns <= slot->out_ns)
		return now_ns > slot->out_ns ? now_ns - slot->out_ns : 0;
	if (slot->out_ns)
		ns = slot->in_ns - slot->out_ns;
	return ns + (now_ns > slot->in_ns ? now_ns - slot->in_ns : 0);
}

/* added() fails when anything is less than it was. */
static void whatever_the_slot_the_sum_is_the_time_that_passed(void **state)
{
	uint64_t seed = 4711;

	(void)state;
	for (int i = 0; i < 200000; i++) {
		struct account_slot slot = any_slot(&seed);
		uint64_t now_ns = next(&seed) % (5 * S);
		struct added add;

		if (slot.in_ns == 0 && slot.out_ns == 0)
			continue;
		add = added(&slot, now_ns);
		assert_int_equal(sum(&add), elapsed(&slot, now_ns));
		assert_true(add.run_ns <= add.ns[ACCOUNT_RUN]);
		assert_true(add.wait_ns <= sum(&add) - add.run_ns);
	}
}

static void no_account_goes_back_while_nothing_is_written(void **state)
{
	uint64_t seed = 815;

	(void)state;
	for (int i = 0; i < 100000; i++) {
		struct account_slot slot = any_slot(&seed);
		uint64_t now_ns = next(&seed) % (5 * S), later_ns = now_ns + next(&seed) % S;
		struct added first, then;

		if (slot.in_ns == 0 && slot.out_ns == 0)
			continue;
		first = added(&slot, now_ns);
		then = added(&slot, later_ns);
		for (size_t k = 0; k < ACCOUNT_COUNT; k++)
			assert_true(then.ns[k] >= first.ns[k]);
		assert_true(then.run_ns >= first.run_ns && then.wait_ns >= first.wait_ns);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_thread_not_seen_is_unknown),
		cmocka_unit_test(one_that_never_leaves_its_cpu_has_live_totals),
		cmocka_unit_test(time_off_the_cpu_is_of_the_state_it_left_in),
		cmocka_unit_test(a_sleep_ends_where_the_queue_begins),
		cmocka_unit_test(nothing_is_guessed_without_the_run_queues_clock),
		cmocka_unit_test(a_look_before_the_last_switch_does_not_count),
		cmocka_unit_test(a_wait_on_two_cpus_is_one_wait),
		cmocka_unit_test(a_sleep_and_a_wait_on_two_cpus),
		cmocka_unit_test(readings_out_of_order_add_nothing),
		cmocka_unit_test(whatever_the_slot_the_sum_is_the_time_that_passed),
		cmocka_unit_test(no_account_goes_back_while_nothing_is_written),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("account_time", tests, NULL, NULL);
}
