// SPDX-License-Identifier: GPL-2.0-or-later
/* Findings and verdicts of a host that keeps exact accounts: thieves, quotas, steal clocks. */
#include "tests/panes/fixture.h"

#include <stdio.h>

#include "panes/steal.h"

/* The one VM that the cases below are about. */
static struct vm *accounted(struct snapshot *snap, double run, double wait, double throttled,
	double blocked)
{
	struct vm *vm = fixture_vm(snap, "a", 4, run, wait);

	fixture_accounts(vm, throttled, blocked, 0);
	return vm;
}

static void expect(void (*make)(struct snapshot *snap), const char *rule, enum severity severity,
	enum verdict verdict, const char *text)
{
	struct snapshot *snap = fixture_judge_one(make);

	fixture_assert_finding(fixture_finding(snap, "a", rule), severity, verdict, text);
	assert_int_equal(snap->vm[0].steal.verdict, verdict);
	assert_int_equal(snap->n_finding, 1);
	snapshot_free(snap);
}

static void expect_none(void (*make)(struct snapshot *snap), enum verdict verdict)
{
	struct snapshot *snap = fixture_judge_one(make);

	assert_int_equal(snap->n_finding, 0);
	assert_int_equal(snap->vm[0].steal.verdict, verdict);
	snapshot_free(snap);
}

/* The clock tells the truth: one finding of the wait, and its verdict is that both agree. */
static void make_agreed(struct snapshot *snap)
{
	struct vm *vm = accounted(snap, 50, 23.4, 0, 0);

	fixture_clock(vm, 23.3);
	fixture_thief(snap, vm, THIEF_VM, "batch-11", 4711, 64.4);
	fixture_thief(snap, vm, THIEF_SELF, "own vCPUs", vm->pid, 35.6);
}

/* A wait in progress is in neither counter, and is a wait all the same. */
static void make_still_waiting(struct snapshot *snap)
{
	struct vm *vm = accounted(snap, 2, 98, 0, 0);

	fixture_clock(vm, 0);
	vm->steal.paired_wait_pct = vm->steal.steal_gap_pct = vm->steal.gap_pct = 0;
	fixture_thief(snap, vm, THIEF_PROCESS, "rt", 8, 99);
}

static void make_calm(struct snapshot *snap)
{
	fixture_clock(accounted(snap, 50, 1.4, 0, 0), 1.4);
}

static void the_clock_alone_is_enough_to_agree(void **state)
{
	(void)state;
	expect(make_agreed, "steal-wait", SEVERITY_CRITICAL, VERDICT_AGREE,
		"guest sees 23.3%, host took 23.4%: 64% to batch-11");
	expect_none(make_calm, VERDICT_AGREE);
	expect(make_still_waiting, "steal-wait", SEVERITY_CRITICAL, VERDICT_AGREE,
		"guest sees  0.0%, host takes 98.0%: 99% to rt, and has not ended");
}

static void make_thief(struct snapshot *snap, enum thief_kind kind, const char *name, double share)
{
	struct vm *vm = accounted(snap, 50, 12, 0, 0);

	fixture_clock(vm, 12);
	fixture_thief(snap, vm, kind, name, UNKNOWN_U64, share);
}

static void make_process(struct snapshot *snap)
{
	make_thief(snap, THIEF_PROCESS, "cc1", 87.6);
}

static void make_self(struct snapshot *snap)
{
	make_thief(snap, THIEF_SELF, "own vCPUs", 100);
}

static void make_emulator(struct snapshot *snap)
{
	make_thief(snap, THIEF_EMULATOR, "own emulator", 20);
}

static void make_quota_thief(struct snapshot *snap)
{
	make_thief(snap, THIEF_QUOTA, "quota", 71);
}

/* What is left of the wait when the quota's part is taken off. */
static void make_beside_quota(struct snapshot *snap)
{
	make_thief(snap, THIEF_QUOTA, "quota", 60);
	fixture_thief(snap, &snap->vm[0], THIEF_PROCESS, "cc1", UNKNOWN_U64, 30);
	fixture_thief(snap, &snap->vm[0], THIEF_PROCESS, "ld", UNKNOWN_U64, 10);
}

static void make_idle(struct snapshot *snap)
{
	make_thief(snap, THIEF_IDLE, "idle", 90);
}

static void make_unseen(struct snapshot *snap)
{
	make_thief(snap, THIEF_UNSEEN, "not seen", 90);
}

static void make_crowd(struct snapshot *snap)
{
	make_thief(snap, THIEF_PROCESS, "cc1", 19.9);
}

static void make_nameless(struct snapshot *snap)
{
	make_thief(snap, THIEF_PROCESS, "cc1", 90);
	snap->vm[0].steal.thief[0].name = NULL;
}

static void make_absurd_share(struct snapshot *snap)
{
	make_thief(snap, THIEF_PROCESS, "cc1", 1e300);
}

static void make_unknown_share(struct snapshot *snap)
{
	make_thief(snap, THIEF_PROCESS, "cc1", NAN);
}

static void the_thief_is_named_when_one_stands_out(void **state)
{
	static const struct {
		void (*make)(struct snapshot *snap);
		const char *words;
	} cases[] = {
		{ make_process, ": 88% to cc1" },
		{ make_self, ": 100% to its own vCPUs" },
		{ make_emulator, ": 20% to its own emulator" },
		{ make_quota_thief, "" },
		{ make_beside_quota, ": 75% to cc1" },
		{ make_absurd_share, ": 100% to cc1" },
		{ make_idle, "" },
		{ make_unseen, "" },
		{ make_crowd, "" },
		{ make_nameless, "" },
		{ make_unknown_share, "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char text[128];

		snprintf(text, sizeof(text), "guest sees 12.0%%, host took 12.0%%%s",
			cases[i].words);
		expect(cases[i].make, "steal-wait", SEVERITY_WARN, VERDICT_AGREE, text);
	}
}

/* The host took, and the page of the clock does not say so: hidden, without any agent. */
static void make_hidden(struct snapshot *snap)
{
	struct vm *vm = accounted(snap, 50, 23.4, 0, 0);

	fixture_clock(vm, 2);
	fixture_thief(snap, vm, THIEF_PROCESS, "stress", 8, 99);
}

static void make_told_more(struct snapshot *snap)
{
	fixture_clock(accounted(snap, 50, 1, 0, 0), 45);
}

static void make_within_error(struct snapshot *snap)
{
	struct vm *vm = accounted(snap, 50, 4.9, 0, 2);

	fixture_clock(vm, 0);
	vm->steal.gap_error_pct = 7; /* read while a long wait ended */
}

static void make_uncertain(struct snapshot *snap)
{
	struct vm *vm = accounted(snap, 50, 6, 0, 0);

	fixture_clock(vm, 0);
	vm->steal.gap_error_pct = 7;
}

static void a_clock_that_lies_is_found_without_an_agent(void **state)
{
	(void)state;
	expect(make_hidden, "steal-hidden", SEVERITY_CRITICAL, VERDICT_HIDDEN,
		"guest sees  2.0%, host took 23.4%: 99% to stress");
	/* Critical by size, but nothing that this host does. */
	expect(make_told_more, "steal-phantom", SEVERITY_WARN, VERDICT_PHANTOM,
		"guest sees 45.0% stolen, host took 1.0%");
	expect_none(make_within_error, VERDICT_AGREE);
	/* More than nothing, and less than can be told. */
	expect(make_uncertain, "steal-wait", SEVERITY_WATCH, VERDICT_UNKNOWN,
		"guest sees  0.0%, host took 6.0%");
}

static void make_blocked(struct snapshot *snap)
{
	fixture_clock(accounted(snap, 30, 1, 0, 37.2), 1);
}

/* Both: each has its finding. */
static void make_blocked_and_hidden(struct snapshot *snap)
{
	fixture_clock(accounted(snap, 30, 20, 0, 6), 2);
}

/* The wait is told, and is by far the worse of the two. */
static void make_blocked_a_little(struct snapshot *snap)
{
	struct vm *vm = accounted(snap, 30, 30, 0, 6);

	fixture_clock(vm, 30);
	fixture_thief(snap, vm, THIEF_VM, "batch-11", 4711, 90);
}

static void make_blocked_unseen(struct snapshot *snap)
{
	accounted(snap, 30, 1, 0, 12);
}

static void make_blocked_and_blind(struct snapshot *snap)
{
	accounted(snap, 30, 1, 0, 12)->steal_clock = STEAL_CLOCK_OFF;
}

static void blocked_time_is_hidden_from_every_clock(void **state)
{
	struct snapshot *snap;

	(void)state;
	expect(make_blocked, "steal-blocked", SEVERITY_CRITICAL, VERDICT_HIDDEN,
		"guest sees  1.0%, host blocked it 37.2% on a page or the like");
	snap = fixture_judge_one(make_blocked_and_hidden);
	fixture_assert_finding(fixture_finding(snap, "a", "steal-hidden"), SEVERITY_CRITICAL,
		VERDICT_HIDDEN, "guest sees  2.0%, host took 20.0%");
	fixture_assert_finding(fixture_finding(snap, "a", "steal-blocked"), SEVERITY_WATCH,
		VERDICT_HIDDEN, "guest sees  2.0%, host blocked it 6.0% on a page or the like");
	assert_int_equal(snap->n_finding, 2);
	snapshot_free(snap);
	snap = fixture_judge_one(make_blocked_a_little);
	fixture_assert_finding(fixture_finding(snap, "a", "steal-wait"), SEVERITY_CRITICAL,
		VERDICT_HIDDEN, "guest sees 30.0%, host took 30.0%: 90% to batch-11");
	fixture_assert_finding(fixture_finding(snap, "a", "steal-blocked"), SEVERITY_WATCH,
		VERDICT_HIDDEN, "guest sees 30.0%, host blocked it 6.0% on a page or the like");
	assert_int_equal(snap->n_finding, 2);
	snapshot_free(snap);
	/* There is no clock to compare with, and the time is gone all the same. */
	snap = fixture_judge_one(make_blocked_unseen);
	fixture_assert_finding(fixture_finding(snap, "a", "steal-blocked"), SEVERITY_WARN,
		VERDICT_UNKNOWN,
		"host blocked it 12.0% on a page or the like, which no steal clock shows");
	assert_int_equal(snap->n_finding, 1);
	snapshot_free(snap);
	expect(make_blocked_and_blind, "steal-blocked", SEVERITY_WARN, VERDICT_BLIND,
		"host blocked it 12.0% on a page or the like, which no steal clock shows");
}

/* The last wait in the list is the longest: quotas show in the guest as steal, and agree. */
static void make_quota(struct snapshot *snap)
{
	struct vm *vm = accounted(snap, 50, 0.4, 35, 0);

	fixture_clock(vm, 35.4);
	fixture_waits(snap, vm, 20000, 50, 0);
	fixture_waits(snap, vm, 74000000, 9, 9);
}

static void make_quota_and_longer_waits(struct snapshot *snap)
{
	struct vm *vm = accounted(snap, 50, 0.4, 12, 0);

	fixture_clock(vm, 12.4);
	fixture_waits(snap, vm, 8000000, 9, 9);
	fixture_waits(snap, vm, 400000000, 1, 0);
}

static void make_quota_without_waits(struct snapshot *snap)
{
	fixture_clock(accounted(snap, 50, 0.4, 7, 0), 7.4);
}

static void make_quota_and_theft(struct snapshot *snap)
{
	struct vm *vm = accounted(snap, 50, 11, 15, 0);

	fixture_clock(vm, 26);
	fixture_thief(snap, vm, THIEF_QUOTA, "quota", UNKNOWN_U64, 58);
}

static void a_quota_is_not_theft(void **state)
{
	struct snapshot *snap;

	(void)state;
	/* Somebody decided so: never critical. And none of it is a wait for a CPU. */
	expect(make_quota, "steal-quota", SEVERITY_WARN, VERDICT_AGREE,
		"its CPU quota stops it 35.0%, up to 74ms at once");
	/* The longest wait was not for the quota: its own bin ends at 9.0 ms. */
	expect(make_quota_and_longer_waits, "steal-quota", SEVERITY_WARN, VERDICT_AGREE,
		"its CPU quota stops it 12.0%, up to 8.4ms at once");
	expect(make_quota_without_waits, "steal-quota", SEVERITY_WATCH, VERDICT_AGREE,
		"its CPU quota stops it 7.0%");
	/* Both: the wait is as bad as the part of it that was for a CPU. */
	snap = fixture_judge_one(make_quota_and_theft);
	assert_int_equal(snap->n_finding, 2);
	fixture_assert_finding(fixture_finding(snap, "a", "steal-quota"), SEVERITY_WARN,
		VERDICT_AGREE, "its CPU quota stops it 15.0%");
	fixture_assert_finding(fixture_finding(snap, "a", "steal-wait"), SEVERITY_WARN,
		VERDICT_AGREE, "guest sees 26.0%, host took 11.0%; its quota 15.0%");
	snapshot_free(snap);
}

static void make_clock_off(struct snapshot *snap)
{
	accounted(snap, 50, 15, 0, 0)->steal_clock = STEAL_CLOCK_OFF;
}

static void make_emulated(struct snapshot *snap)
{
	struct vm *vm = accounted(snap, 50, 15, 0, 0);

	vm->accel = ACCEL_TCG;
	vm->steal_clock = STEAL_CLOCK_NONE;
}

static void make_off_and_calm(struct snapshot *snap)
{
	accounted(snap, 50, 1, 0, 0)->steal_clock = STEAL_CLOCK_OFF;
}

/* The guest without a clock lives on a quota: run delay is what it cannot see. */
static void make_blind_with_quota(struct snapshot *snap)
{
	accounted(snap, 50, 6, 15, 0)->steal_clock = STEAL_CLOCK_OFF;
}

static void make_blind_in_halves(struct snapshot *snap)
{
	accounted(snap, 50, 4.9, 4.9, 0)->steal_clock = STEAL_CLOCK_OFF;
}

static void a_clock_that_is_off_makes_blind(void **state)
{
	struct snapshot *snap = fixture_judge_one(make_clock_off);

	(void)state;
	fixture_assert_finding(fixture_finding(snap, "a", "steal-blind"), SEVERITY_WARN,
		VERDICT_BLIND, "host took 15.0%; steal clock off");
	assert_string_equal(snap->vm[0].steal.verdict_reason,
		"the guest has not turned its steal clock on");
	assert_int_equal(snap->n_finding, 1);
	assert_int_equal(steal_gap_severity(&snap->vm[0]), SEVERITY_WARN);
	snapshot_free(snap);
	snap = fixture_judge_one(make_emulated);
	fixture_assert_finding(fixture_finding(snap, "a", "steal-blind"), SEVERITY_WARN,
		VERDICT_BLIND, "host took 15.0%; no steal clock");
	assert_string_equal(snap->vm[0].steal.verdict_reason,
		"emulated CPUs (TCG) have no steal clock");
	snapshot_free(snap);
	expect_none(make_off_and_calm, VERDICT_BLIND);
	snap = fixture_judge_one(make_blind_with_quota);
	fixture_assert_finding(fixture_finding(snap, "a", "steal-blind"), SEVERITY_WATCH,
		VERDICT_BLIND, "host took 6.0%; its quota 15.0%; steal clock off");
	fixture_assert_finding(fixture_finding(snap, "a", "steal-quota"), SEVERITY_WARN,
		VERDICT_BLIND, "its CPU quota stops it 15.0%");
	assert_int_equal(steal_gap_severity(&snap->vm[0]), SEVERITY_WARN);
	snapshot_free(snap);
	/* Neither part is much. */
	snap = fixture_judge_one(make_blind_in_halves);
	fixture_assert_finding(fixture_finding(snap, "a", "steal-blind"), SEVERITY_WATCH,
		VERDICT_BLIND, "host took 4.9%; its quota 4.9%; steal clock off");
	assert_int_equal(steal_gap_severity(&snap->vm[0]), SEVERITY_WATCH);
	snapshot_free(snap);
	/* And no clock would show this. */
	snap = fixture_judge_one(make_blocked_and_blind);
	assert_int_equal(steal_gap_severity(&snap->vm[0]), SEVERITY_WARN);
	snapshot_free(snap);
}

/* The clock is read with every snapshot, however old the agent's answer is. */
static void make_old_agent(struct snapshot *snap)
{
	struct vm *vm = accounted(snap, 50, 23.4, 0, 0);

	fixture_clock(vm, 2);
	vm->source[FIXTURE_AGENT] =
		fixture_source("agent", SOURCE_STALE, "no answer for 60 s", 60, 4);
	vm->steal.guest_source = "steal clock, agent cpustats";
}

/* The busy gap is the agent's, and is as old as its answer. */
static void make_old_busy_gap(struct snapshot *snap)
{
	make_old_agent(snap);
	snap->vm[0].steal.gap_kind = GAP_BUSY;
	snap->vm[0].steal.gap_pct = snap->vm[0].steal.busy_gap_pct = 40;
	snap->vm[0].steal.guest_told_pct = NAN;
}

static void the_clock_is_fresh_and_the_agent_may_not_be(void **state)
{
	struct snapshot *snap;

	(void)state;
	expect(make_old_agent, "steal-hidden", SEVERITY_CRITICAL, VERDICT_HIDDEN,
		"guest sees  2.0%, host took 23.4%");
	snap = fixture_judge_one(make_old_busy_gap);
	assert_int_equal(snap->vm[0].steal.verdict, VERDICT_UNKNOWN);
	assert_string_equal(snap->vm[0].steal.verdict_reason,
		"the guest's last answer is too old to compare");
	snapshot_free(snap);
}

/* 2 of 3, by the snapshots themselves: no agent's clock is there to repeat a reading. */
static void flicker(void (*differ)(struct snapshot *snap), const char *rule)
{
	static const bool differs[] = { false, true, false, true, true, false, true, false, false };
	static const bool found[] = { false, false, false, true, true, true, true, false, false };
	struct judge *judge = judge_new();

	for (size_t i = 0; i < sizeof(differs) / sizeof(differs[0]); i++) {
		struct snapshot *snap = fixture_new(100 + (double)i);

		(differs[i] ? differ : make_calm)(snap);
		panes_judge(snap, judge);
		if (!!fixture_finding(snap, "a", rule) != found[i])
			fail_msg("%s in snapshot %zu", rule, i);
		snapshot_free(snap);
	}
	judge_free(judge);
}

static void nothing_flickers(void **state)
{
	(void)state;
	flicker(make_hidden, "steal-hidden");
	flicker(make_blocked, "steal-blocked");
	flicker(make_told_more, "steal-phantom");
	flicker(make_quota, "steal-quota");
	flicker(make_clock_off, "steal-blind");
	flicker(make_process, "steal-wait");
}

/* A verdict waits for its second snapshot, too, and says so. */
static void the_first_difference_is_no_verdict(void **state)
{
	struct judge *judge = judge_new();
	struct snapshot *snap = fixture_new(100);

	(void)state;
	make_hidden(snap);
	panes_judge(snap, judge);
	assert_int_equal(snap->vm[0].steal.verdict, VERDICT_UNKNOWN);
	assert_non_null(strstr(snap->vm[0].steal.verdict_reason, "2 of the last 3"));
	assert_int_equal(steal_gap_severity(&snap->vm[0]), SEVERITY_NONE);
	snapshot_free(snap);
	judge_free(judge);
}

/* The clock's gap is a new one each second, the agent's is the one reading for long. */
static void one_answer_of_the_agent_counts_once(void **state)
{
	struct judge *judge = judge_new();

	(void)state;
	for (int i = 0; i < 5; i++) {
		struct snapshot *snap = fixture_new(100 + i);
		struct vm *vm = accounted(snap, 50, 1, 0, 0);

		fixture_clock(vm, 1);
		vm->source[FIXTURE_AGENT] = fixture_source("agent", SOURCE_OK, NULL, 1.5 + i, 4);
		vm->steal.guest_source = "steal clock, agent cpustats";
		vm->steal.busy_gap_pct = 40;
		if (i % 2 == 0) { /* the further from 0 of the two */
			vm->steal.gap_kind = GAP_BUSY;
			vm->steal.gap_pct = 40;
		}
		panes_judge(snap, judge);
		assert_int_not_equal(snap->vm[0].steal.verdict, VERDICT_HIDDEN);
		assert_int_equal(snap->n_finding, 0);
		snapshot_free(snap);
	}
	judge_free(judge);
}

/* A paused VM sleeps in its VMM: that is a state and no finding. */
static void make_paused(struct snapshot *snap)
{
	struct vm *vm = accounted(snap, 0, 30, 30, 30);

	fixture_clock(vm, 0);
	vm->state = VM_PAUSED;
}

static void a_paused_vm_accuses_nobody(void **state)
{
	(void)state;
	expect_none(make_paused, VERDICT_UNKNOWN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_clock_alone_is_enough_to_agree),
		cmocka_unit_test(the_thief_is_named_when_one_stands_out),
		cmocka_unit_test(a_clock_that_lies_is_found_without_an_agent),
		cmocka_unit_test(blocked_time_is_hidden_from_every_clock),
		cmocka_unit_test(a_quota_is_not_theft),
		cmocka_unit_test(a_clock_that_is_off_makes_blind),
		cmocka_unit_test(the_clock_is_fresh_and_the_agent_may_not_be),
		cmocka_unit_test(nothing_flickers),
		cmocka_unit_test(the_first_difference_is_no_verdict),
		cmocka_unit_test(one_answer_of_the_agent_counts_once),
		cmocka_unit_test(a_paused_vm_accuses_nobody),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("steal_account", tests, NULL, NULL);
}
