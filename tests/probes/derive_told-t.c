// SPDX-License-Identifier: GPL-2.0-or-later
/* What a guest was told of stolen time, which is its own word, beside what was taken from it. */
#include "tests/probes/derive_rig.h"

/* Every vCPU waited so long in this second, and its guest was told so. */
static struct accounts *told_made(struct rig *rig, size_t n, uint64_t took_ms, uint64_t told_ms)
{
	struct accounts *made = accounts_made(rig, n);

	for (size_t i = 0; i < n; i++) {
		struct account_thread *prev = &made->prev[i], *cur = &made->cur[i];

		prev->steal_clock = cur->steal_clock = STEAL_CLOCK_ON;
		prev->told_ns_total = 3 * S;
		cur->told_ns_total = 3 * S + told_ms * MS;
		prev->counted_wait_ns_total = 20 * S;
		cur->counted_wait_ns_total = 20 * S + took_ms * MS;
		cur->account_ns[ACCOUNT_WAITING] += took_ms * MS;
		cur->max_wait_ns = 30 * MS;
	}
	return made;
}

static void both_sides_agree(void **state)
{
	struct rig *rig = *state;
	const struct steal *steal;

	told_made(rig, 2, 400, 400);
	derive(rig);
	steal = &only_vm(rig)->steal;
	NEAR(steal->guest_told_pct, 40);
	NEAR(steal->guest_steal_pct, 40);
	NEAR(steal->vcpu[1].guest_steal_pct, 40);
	NEAR(steal->paired_wait_pct, 40);
	NEAR(steal->steal_gap_pct, 0);
	NEAR(steal->gap_pct, 0);
	NEAR(steal->gap_error_pct, 0.1);
	NEAR(steal->guest_interval_s, 1);
	assert_int_equal(steal->gap_kind, GAP_STEAL);
	assert_string_equal(steal->guest_source, "steal clock");
	assert_int_equal(only_vm(rig)->steal_clock, STEAL_CLOCK_ON);
	/* The guest was not asked for anything else. */
	assert_true(isnan(steal->guest_busy_pct) && isnan(steal->busy_gap_pct));
}

static void what_was_hidden_is_above_0_and_what_was_made_up_below(void **state)
{
	struct rig *rig = *state;
	struct accounts *made = told_made(rig, 2, 400, 100);

	derive(rig);
	NEAR(only_vm(rig)->steal.guest_told_pct, 10);
	NEAR(only_vm(rig)->steal.gap_pct, 30);
	assert_int_equal(only_vm(rig)->steal.gap_kind, GAP_STEAL);
	/* One of two: half of it. */
	made->cur[0].told_ns_total = 3 * S + 400 * MS;
	derive(rig);
	NEAR(only_vm(rig)->steal.gap_pct, 15);
	told_made(rig, 2, 100, 400);
	derive(rig);
	NEAR(only_vm(rig)->steal.guest_told_pct, 40);
	NEAR(only_vm(rig)->steal.gap_pct, -30);
}

/* No clock shows that a vCPU stood still in the midst of guest code. */
static void time_blocked_is_taken_and_never_told(void **state)
{
	struct rig *rig = *state;
	struct accounts *made = told_made(rig, 2, 400, 400);

	made->cur[0].account_ns[ACCOUNT_BLOCKED_KVM] += 500 * MS;
	made->cur[1].account_ns[ACCOUNT_HALTED] += 500 * MS; /* nothing was taken */
	made->cur[1].account_ns[ACCOUNT_BLOCKED] += 100 * MS;
	derive(rig);
	NEAR(only_vm(rig)->steal.gap_pct, 25);
	NEAR(only_vm(rig)->steal.paired_wait_pct, 40);
	/* It went back: then it is not known, and not less than nothing. */
	made->cur[0].account_ns[ACCOUNT_BLOCKED_KVM] = 0;
	derive(rig);
	NEAR(only_vm(rig)->steal.gap_pct, 0);
}

/* KVM has not told of the last wait yet: that may be missing at either end. */
static void what_kvm_has_not_told_yet_is_in_the_error(void **state)
{
	struct rig *rig = *state;
	struct accounts *made = told_made(rig, 2, 400, 400);

	made->cur[1].told_lag_ns = 10 * MS;
	derive(rig);
	NEAR(only_vm(rig)->steal.gap_error_pct, 0.1 + 0.5);
	made->prev[0].told_lag_ns = 20 * MS;
	derive(rig);
	NEAR(only_vm(rig)->steal.gap_error_pct, 0.1 + 1.5);
	/* It tells nothing at all: no more than the longest wait is late. */
	made->cur[0].told_lag_ns = 5 * S;
	derive(rig);
	NEAR(only_vm(rig)->steal.gap_error_pct, 0.1 + 0.5 + 1.5);
}

/* Its thread neither came nor went: what is told is that of before. */
static void a_vcpu_that_did_not_switch_lost_nothing(void **state)
{
	struct rig *rig = *state;
	struct accounts *made = told_made(rig, 1, 0, 0);

	made->cur[0].told_ns_total = made->prev[0].told_ns_total = UNKNOWN_U64;
	made->cur[0].switches = made->prev[0].switches;
	derive(rig);
	NEAR(only_vm(rig)->steal.guest_told_pct, 0);
	NEAR(only_vm(rig)->steal.gap_pct, 0);
}

/* KVM tells what it has counted: a wait that goes on now is in neither. */
static void a_wait_in_progress_is_no_gap(void **state)
{
	struct rig *rig = *state;
	struct accounts *made = told_made(rig, 1, 0, 0);

	made->cur[0].account_ns[ACCOUNT_WAITING] += 900 * MS;
	made->cur[0].wait_ns_total += 900 * MS;
	derive(rig);
	NEAR(only_vm(rig)->steal.host_delay_pct, 90);
	NEAR(only_vm(rig)->steal.gap_pct, 0);
}

static void expect_untold(struct rig *rig)
{
	const struct steal *steal;

	derive(rig);
	steal = &only_vm(rig)->steal;
	assert_true(isnan(steal->guest_told_pct) && isnan(steal->guest_steal_pct));
	assert_true(isnan(steal->gap_pct) && isnan(steal->steal_gap_pct));
	assert_true(isnan(steal->gap_error_pct) && isnan(steal->paired_wait_pct));
	assert_true(isnan(steal->vcpu[0].guest_steal_pct));
	assert_int_equal(steal->gap_kind, GAP_NONE);
	assert_null(steal->guest_source);
}

static void a_guest_that_was_told_nothing_has_no_gap(void **state)
{
	struct rig *rig = *state;
	struct accounts *made = told_made(rig, 1, 400, 0);

	made->cur[0].steal_clock = STEAL_CLOCK_OFF;
	made->cur[0].told_ns_total = UNKNOWN_U64;
	expect_untold(rig);
	assert_int_equal(only_vm(rig)->steal_clock, STEAL_CLOCK_OFF);
	NEAR(only_vm(rig)->steal.host_delay_pct, 40); /* the host's side stays */
	/* Turned on just now: there is no reading before. */
	made = told_made(rig, 1, 400, 0);
	made->prev[0].told_ns_total = UNKNOWN_U64;
	expect_untold(rig);
	assert_int_equal(only_vm(rig)->steal_clock, STEAL_CLOCK_ON);
	made = told_made(rig, 1, 400, 400);
	rig->prev.account.n_thread = 0;
	expect_untold(rig);
	assert_int_equal(only_vm(rig)->steal_clock, STEAL_CLOCK_ON);
}

static void the_guest_may_write_whatever_it_likes(void **state)
{
	static const uint64_t back[] = { 0, 3 * S - 1, UINT64_MAX };
	static const uint64_t huge[] = { 1000 * S, 1ull << 62, 1ull << 63, UINT64_MAX - 1 };
	struct rig *rig = *state;
	struct accounts *made = told_made(rig, 1, 400, 0);

	for (size_t i = 0; i < COUNT(back); i++) {
		made->cur[0].told_ns_total = back[i];
		expect_untold(rig);
	}
	/* No host takes more than all of the time beyond what it counted. */
	for (size_t i = 0; i < COUNT(huge); i++) {
		made->cur[0].told_ns_total = huge[i];
		derive(rig);
		NEAR(only_vm(rig)->steal.guest_told_pct, 140);
		NEAR(only_vm(rig)->steal.vcpu[0].guest_steal_pct, 140);
		NEAR(only_vm(rig)->steal.gap_pct, -100);
	}
	/* Nor is a lie of one CPU the loss of the other. */
	made = told_made(rig, 2, 400, 400);
	made->cur[0].told_ns_total = UINT64_MAX - 1;
	derive(rig);
	NEAR(only_vm(rig)->steal.gap_pct, -50);
	NEAR(only_vm(rig)->steal.vcpu[1].guest_steal_pct, 40);
}

static void expect_not_compared(struct rig *rig, const char *reason)
{
	const struct steal *steal;

	derive(rig);
	steal = &only_vm(rig)->steal;
	assert_true(isnan(steal->gap_pct) && isnan(steal->guest_told_pct));
	assert_int_equal(steal->gap_kind, GAP_NONE);
	assert_non_null(steal->verdict_reason);
	assert_non_null(strstr(steal->verdict_reason, reason));
}

/* A guest may have CPUs offline, and those never turned their clock on. */
static void only_cpus_with_a_clock_are_compared(void **state)
{
	struct rig *rig = *state;
	struct accounts *made = told_made(rig, 2, 400, 400);

	made->cur[1].steal_clock = made->prev[1].steal_clock = STEAL_CLOCK_OFF;
	made->cur[1].told_ns_total = made->prev[1].told_ns_total = UNKNOWN_U64;
	made->cur[1].counted_wait_ns_total = made->prev[1].counted_wait_ns_total;
	/* It waited as long as the other, and nobody told it. */
	expect_not_compared(rig, "not all of its vCPUs");
	NEAR(only_vm(rig)->steal.vcpu[0].guest_steal_pct, 40);
	made->cur[1].account_ns[ACCOUNT_WAITING] = made->prev[1].account_ns[ACCOUNT_WAITING];
	derive(rig);
	assert_int_equal(only_vm(rig)->steal_clock, STEAL_CLOCK_ON);
	assert_int_equal(only_vm(rig)->steal.vcpu[1].steal_clock, STEAL_CLOCK_OFF);
	assert_true(isnan(only_vm(rig)->steal.vcpu[1].guest_steal_pct));
	NEAR(only_vm(rig)->steal.vcpu[0].guest_steal_pct, 40);
	/* Of all its vCPUs' time, as every figure of a VM. */
	NEAR(only_vm(rig)->steal.guest_told_pct, 20);
	NEAR(only_vm(rig)->steal.paired_wait_pct, 20);
	NEAR(only_vm(rig)->steal.gap_pct, 0);
}

static void what_is_seen_goes_before_what_is_configured(void **state)
{
	static const struct {
		enum steal_clock configured, seen, expected;
	} cases[] = {
		{ STEAL_CLOCK_UNKNOWN, STEAL_CLOCK_UNKNOWN, STEAL_CLOCK_UNKNOWN },
		{ STEAL_CLOCK_OFFERED, STEAL_CLOCK_UNKNOWN, STEAL_CLOCK_OFFERED },
		{ STEAL_CLOCK_OFFERED, STEAL_CLOCK_OFF, STEAL_CLOCK_OFF },
		{ STEAL_CLOCK_OFFERED, STEAL_CLOCK_ON, STEAL_CLOCK_ON },
		{ STEAL_CLOCK_UNKNOWN, STEAL_CLOCK_OFF, STEAL_CLOCK_OFF },
		{ STEAL_CLOCK_NONE, STEAL_CLOCK_UNKNOWN, STEAL_CLOCK_NONE },
		{ STEAL_CLOCK_NONE, STEAL_CLOCK_OFF, STEAL_CLOCK_NONE },
		{ STEAL_CLOCK_NONE, STEAL_CLOCK_ON, STEAL_CLOCK_ON },
	};
	struct rig *rig = *state;

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct accounts *made = accounts_made(rig, 1);

		made->procs[0].steal_clock = cases[i].configured;
		made->cur[0].steal_clock = cases[i].seen;
		derive(rig);
		assert_int_equal(only_vm(rig)->steal_clock, cases[i].expected);
	}
}

/* The guest was asked, too, over its own 5 s: its clock is of this second, and exact. */
static void the_clock_goes_before_the_agents_column(void **state)
{
	struct guest_cpu prev_cpu[] = { { 0, 1000, 2000, 300 } };
	struct guest_cpu cur_cpu[] = { { 0, 3500, 2500, 2300 } };
	struct task_sched prev_host[] = { { 100, 7, 9 * S, 19 * S, 95 * S } };
	struct task_sched cur_host[] = { { 100, 7, 9 * S + 2500 * MS, 19 * S + 2000 * MS,
		100 * S } };
	struct agent_reading readings[] = { {
		.uuid = UUID(1),
		.status = { SOURCE_OK, NULL, 100 * S, 4 * MS },
		.method = "agent cpustats",
		.prev = { 95 * S, 4 * MS, LIST(prev_cpu), LIST(prev_host) },
		.cur = { 100 * S, 4 * MS, LIST(cur_cpu), LIST(cur_host) },
		.quantum_ms = 10,
	} };
	struct domain domains[] = { domain(UUID(1), "vm", 10) };
	struct rig *rig = *state;
	const struct steal *steal;

	told_made(rig, 1, 900, 600);
	domains[0].has_agent = true;
	set_domains(rig, LIST(domains));
	rig->cur.agent = (struct agent_sample){ LIST(readings) };
	derive(rig);
	steal = &only_vm(rig)->steal;
	assert_string_equal(steal->guest_source, "steal clock, agent cpustats");
	NEAR(steal->guest_told_pct, 60);
	NEAR(steal->vcpu[0].guest_steal_pct, 60);
	NEAR(steal->guest_busy_pct, 50);
	NEAR(steal->busy_gap_pct, 0);
	NEAR(steal->steal_gap_pct, 30);
	NEAR(steal->gap_pct, 30);
	NEAR(steal->gap_error_pct, 0.1);
	NEAR(steal->paired_wait_pct, 90);
	assert_int_equal(steal->gap_kind, GAP_STEAL);
	/* It was asked for the first time: the clock needs no second answer. */
	readings[0].prev = (struct guest_reading){ 0 };
	derive(rig);
	NEAR(only_vm(rig)->steal.gap_pct, 30);
	NEAR(only_vm(rig)->steal.guest_told_pct, 60);
	/* Nor does it need a complete one; the figures of its gap are all of one time. */
	readings[0].prev =
		(struct guest_reading){ 95 * S, 4 * MS, LIST(prev_cpu), LIST(prev_host) };
	cur_cpu[0].busy_ms_total = 1;
	derive(rig);
	steal = &only_vm(rig)->steal;
	NEAR(steal->gap_pct, 30);
	NEAR(steal->paired_wait_pct, 90);
	NEAR(steal->guest_interval_s, 1);
	assert_true(!steal->verdict_reason || !strstr(steal->verdict_reason, "CPUs changed"));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(both_sides_agree),
		TEST(what_was_hidden_is_above_0_and_what_was_made_up_below),
		TEST(time_blocked_is_taken_and_never_told),
		TEST(what_kvm_has_not_told_yet_is_in_the_error),
		TEST(a_vcpu_that_did_not_switch_lost_nothing),
		TEST(a_wait_in_progress_is_no_gap),
		TEST(a_guest_that_was_told_nothing_has_no_gap),
		TEST(the_guest_may_write_whatever_it_likes),
		TEST(only_cpus_with_a_clock_are_compared),
		TEST(what_is_seen_goes_before_what_is_configured),
		TEST(the_clock_goes_before_the_agents_column),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("derive_told", tests, NULL, NULL);
}
