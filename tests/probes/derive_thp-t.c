// SPDX-License-Identifier: GPL-2.0-or-later
/* Stalls of two samples made into rates, the longest with its moment, and reasons where there are
 * none. */
#include "tests/probes/derive_rig.h"

#include <math.h>

#include "probes/histogram.h"
#include "probes/schema.h"

/* A VM of pid 10 that had stalled for 1 s by compaction, 2 s by reclaim, 4 s by its limit. */
struct stalled {
	struct proc_vm vm[1];
	struct stall_reading prev[1], cur[1];
};

static struct stalled *stalled(struct rig *rig)
{
	static struct stalled made;

	made = (struct stalled){ .vm = { proc(10, "web", NULL) } };
	made.prev[0] = (struct stall_reading){ .pid = 10,
		.start_ticks = made.vm[0].start_ticks,
		.ns_total = { 1 * S, 2 * S, 4 * S },
		.count_total = 70 };
	made.cur[0] = made.prev[0];
	set_procs(rig, LIST(made.vm));
	rig->prev.stalls = (struct stalls_sample){ made.prev, 1, 5 * S, 9 * S };
	rig->cur.stalls = (struct stalls_sample){ made.cur, 1, 5 * S, 9 * S };
	return &made;
}

static const struct thp *thp_of(struct rig *rig)
{
	derive(rig);
	return &only_vm(rig)->thp;
}

static void rates_are_of_the_interval(void **state)
{
	struct rig *rig = *state;
	struct stalled *made = stalled(rig);
	const struct thp *thp;

	made->cur[0].ns_total[STALLS_COMPACT] += 30 * MS;
	made->cur[0].ns_total[STALLS_RECLAIM] += 4 * MS;
	made->cur[0].ns_total[STALLS_LIMIT] += 8 * MS;
	made->cur[0].count_total += 3;
	rig->cur.status[SECTION_STALLS].at_ns = 102 * S; /* two seconds after the other */
	thp = thp_of(rig);
	NEAR(thp->compact_ms_per_s, 15);
	NEAR(thp->reclaim_ms_per_s, 6);
	NEAR(thp->limit_ms_per_s, 4);
	NEAR(thp->stall_ms_per_s, 21);
	assert_int_equal(thp->stalls, 3);
	NEAR(thp->longest_stall_ms, 0);
	NEAR(thp->in_progress_ms, 0);
	assert_true(isnan(thp->longest_at_s));
	assert_int_equal(thp->longest_kind, STALL_UNKNOWN);
	assert_int_equal(vm_source(only_vm(rig), "stalls")->state, SOURCE_OK);
}

static void the_longest_has_its_moment_and_its_thread(void **state)
{
	struct rig *rig = *state;
	struct stalled *made = stalled(rig);
	const struct thp *thp;

	made->cur[0].longest_ns = 812 * MS;
	made->cur[0].longest_end_ns = 100 * S + 750 * MS;
	made->cur[0].longest_tid = 4711;
	made->cur[0].longest_kind = STALLS_LIMIT;
	thp = thp_of(rig);
	NEAR(thp->longest_stall_ms, 812);
	NEAR(thp->longest_at_s, 1795215148.0);
	assert_int_equal(thp->longest_tid, 4711);
	assert_int_equal(thp->longest_kind, STALL_LIMIT);
	/* One that still lasts, and is longer. */
	made->cur[0].open_ns = 900 * MS;
	made->cur[0].open_tid = 4712;
	made->cur[0].open_kind = STALLS_RECLAIM;
	thp = thp_of(rig);
	NEAR(thp->in_progress_ms, 900);
	NEAR(thp->longest_stall_ms, 900);
	NEAR(thp->longest_at_s, 1795215148.25);
	assert_int_equal(thp->longest_tid, 4712);
	assert_int_equal(thp->longest_kind, STALL_RECLAIM);
	/* Or a shorter one. */
	made->cur[0].open_ns = 100 * MS;
	thp = thp_of(rig);
	NEAR(thp->in_progress_ms, 100);
	NEAR(thp->longest_stall_ms, 812);
	assert_int_equal(thp->longest_kind, STALL_LIMIT);
}

static void bins_are_those_that_hold_any(void **state)
{
	struct rig *rig = *state;
	struct stalled *made = stalled(rig);
	uint32_t bin[STALLS_BINS] = { [3] = 7, [90] = 1 };
	const struct thp *thp;

	made->cur[0].bin = bin;
	thp = thp_of(rig);
	assert_int_equal(thp->n_stall_bin, 2);
	assert_int_equal(thp->stall_bin[0].from_ns, histogram_low_ns(3));
	assert_int_equal(thp->stall_bin[0].count, 7);
	assert_int_equal(thp->stall_bin[1].from_ns, histogram_low_ns(90));
	assert_int_equal(thp->stall_bin[1].count, 1);
}

static void what_the_kernel_does_not_tell_is_left_out(void **state)
{
	struct rig *rig = *state;
	struct stalled *made = stalled(rig);
	const struct thp *thp;

	made->prev[0].ns_total[STALLS_COMPACT] = made->cur[0].ns_total[STALLS_COMPACT] =
		UNKNOWN_U64;
	made->cur[0].ns_total[STALLS_RECLAIM] += 5 * MS;
	thp = thp_of(rig);
	assert_true(isnan(thp->compact_ms_per_s));
	NEAR(thp->reclaim_ms_per_s, 5);
	NEAR(thp->stall_ms_per_s, 5);
}

static void expect_nothing(const struct thp *thp)
{
	assert_true(isnan(thp->stall_ms_per_s));
	assert_true(isnan(thp->longest_stall_ms));
	assert_true(isnan(thp->in_progress_ms));
	assert_true(thp->stalls == UNKNOWN_U64);
	assert_int_equal(thp->n_stall_bin, 0);
}

static void unknown_is_not_zero(void **state)
{
	struct rig *rig = *state;
	struct stalled *made = stalled(rig);

	/* Another VM had that pid in the reading before. */
	made->prev[0].start_ticks++;
	expect_nothing(thp_of(rig));
	/* The first reading of all. */
	made = stalled(rig);
	snapshot_derive(rig->snap, &rig->cur, NULL, rig->cur.at_ns);
	expect_nothing(&only_vm(rig)->thp);
	/* It is not counted yet. */
	made->cur[0].pid = 11;
	expect_nothing(thp_of(rig));
	assert_int_equal(vm_source(only_vm(rig), "stalls")->state, SOURCE_UNAVAILABLE);
	assert_non_null(strstr(vm_source(only_vm(rig), "stalls")->reason, "next reading"));
	/* Nor can it be. */
	rig->cur.stalls.n_reading = 0;
	rig->cur.status[SECTION_STALLS] =
		(struct status){ SOURCE_UNAVAILABLE, "not permitted", 0, 0 };
	expect_nothing(thp_of(rig));
	assert_string_equal(vm_source(only_vm(rig), "stalls")->reason, "not permitted");
	assert_true(isnan(rig->snap->host.stall_others_ms_per_s));
}

static void a_vm_without_a_process_says_so(void **state)
{
	struct domain domains[] = { domain(UUID(1), "web", 0) };
	struct rig *rig = *state;

	stalled(rig);
	set_procs(rig, NULL, 0);
	set_domains(rig, LIST(domains));
	expect_nothing(thp_of(rig));
	assert_string_equal(
		vm_source(only_vm(rig), "stalls")->reason, "its process is not visible here");
}

static void a_total_that_went_back_is_no_rate(void **state)
{
	struct rig *rig = *state;
	struct stalled *made = stalled(rig);

	made->cur[0].ns_total[STALLS_COMPACT] = 0;
	assert_true(isnan(thp_of(rig)->compact_ms_per_s));
	rig->cur.status[SECTION_STALLS].at_ns = rig->prev.status[SECTION_STALLS].at_ns;
	expect_nothing(thp_of(rig));
}

static void what_is_nobodys_is_the_hosts(void **state)
{
	struct rig *rig = *state;

	stalled(rig);
	rig->cur.stalls.processes_ns_total += 12 * MS;
	rig->cur.stalls.kernel_ns_total += 90 * MS;
	rig->cur.host.thp_enabled = "madvise";
	rig->cur.host.thp_defrag = "defer+madvise";
	derive(rig);
	NEAR(rig->snap->host.stall_others_ms_per_s, 12);
	NEAR(rig->snap->host.stall_kernel_ms_per_s, 90);
	assert_string_equal(rig->snap->host.thp_enabled, "madvise");
	assert_string_equal(rig->snap->host.thp_defrag, "defer+madvise");
}

static void the_guest_counts_for_itself(void **state)
{
	struct rig *rig = *state;
	struct domain domains[] = { domain(UUID(1), "web", 10) };
	struct agent_reading reading = { .uuid = UUID(1),
		.status = { SOURCE_OK, NULL, 100 * S, MS },
		.memory = { .at_ns = 98 * S },
		.memory_before = { .at_ns = 88 * S } };

	stalled(rig);
	domains[0].has_agent = true;
	set_domains(rig, LIST(domains));
	rig->cur.agent = (struct agent_sample){ &reading, 1 };
	reading.memory.counter_total[GUEST_COMPACT_STALL] = 25;
	reading.memory.counter_total[GUEST_THP_FALLBACK] = 40;
	NEAR(thp_of(rig)->guest_compact_stalls_per_s, 2.5);
	NEAR(only_vm(rig)->thp.guest_thp_fallbacks_per_s, 4);
	NEAR(only_vm(rig)->thp.guest_interval_s, 10);
	assert_string_equal(only_vm(rig)->thp.guest_source, "agent files");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(rates_are_of_the_interval),
		TEST(the_longest_has_its_moment_and_its_thread),
		TEST(bins_are_those_that_hold_any),
		TEST(what_the_kernel_does_not_tell_is_left_out),
		TEST(unknown_is_not_zero),
		TEST(a_vm_without_a_process_says_so),
		TEST(a_total_that_went_back_is_no_rate),
		TEST(what_is_nobodys_is_the_hosts),
		TEST(the_guest_counts_for_itself),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("derive_thp", tests, NULL, NULL);
}
