// SPDX-License-Identifier: GPL-2.0-or-later
/* From two samples to rates and gaps, and everything that makes them unknown. */
#include "tests/probes/derive_rig.h"

/* A VM of pid 10 with vCPU threads 100, 101, ... of start 7. */
struct steal_rig {
	struct proc_vcpu vcpus[4];
	struct proc_vm procs[1];
	struct task_sched prev[4], cur[4];
};

static struct steal_rig *steal_rig(struct rig *rig, size_t n_vcpu)
{
	static struct steal_rig steal;

	steal = (struct steal_rig){ .procs = { proc(10, "vm", UUID(1)) } };
	for (size_t i = 0; i < 4; i++) {
		pid_t tid = 100 + (pid_t)i;

		steal.vcpus[i] = (struct proc_vcpu){ i, tid, 7 };
		steal.prev[i] = (struct task_sched){ tid, 7, 10 * S, 20 * S, 100 * S };
		steal.cur[i] = (struct task_sched){ tid, 7, 10 * S, 20 * S, 101 * S };
	}
	steal.procs[0].vcpu = steal.vcpus;
	steal.procs[0].n_vcpu = n_vcpu;
	steal.procs[0].vcpus = n_vcpu;
	set_procs(rig, LIST(steal.procs));
	set_tasks(rig, steal.prev, n_vcpu, steal.cur, n_vcpu);
	return &steal;
}

static void rates_are_of_each_threads_own_interval(void **state)
{
	struct rig *rig = *state;
	struct steal_rig *steal = steal_rig(rig, 2);
	const struct vm *vm;

	steal->cur[0].run_ns_total += 500 * MS;
	steal->cur[0].wait_ns_total += 250 * MS;
	steal->cur[1].run_ns_total += 500 * MS;
	steal->cur[1].wait_ns_total += 1000 * MS;
	steal->cur[1].at_ns = 102 * S;
	derive(rig);
	vm = only_vm(rig);
	NEAR(vm->steal.vcpu[0].host_run_pct, 50);
	NEAR(vm->steal.vcpu[0].host_wait_pct, 25);
	NEAR(vm->steal.vcpu[1].host_run_pct, 25);
	NEAR(vm->steal.vcpu[1].host_wait_pct, 50);
	NEAR(vm->steal.host_run_pct, 37.5);
	NEAR(vm->steal.host_wait_pct, 37.5);
	NEAR(vm->steal.got_cpus, 0.75);
	assert_int_equal(vm->steal.worst_vcpu, 1);
	NEAR(vm->steal.worst_vcpu_wait_pct, 50);
	assert_int_equal(vm->steal.vcpu[1].tid, 101);
	assert_int_equal(vm->steal.vcpu[1].host_wait_ns_total, 21 * S);
	assert_null(vm_source(vm, "sched")->reason);
	NEAR(rig->snap->interval_s, 1);
}

static void nothing_is_told_without_a_reading_before(void **state)
{
	struct rig *rig = *state;
	struct steal_rig *steal = steal_rig(rig, 2);
	const struct vm *vm;

	snapshot_derive(rig->snap, &rig->cur, NULL, rig->cur.at_ns);
	vm = only_vm(rig);
	assert_true(isnan(rig->snap->interval_s) && isnan(vm->steal.host_wait_pct));
	assert_true(isnan(vm->steal.got_cpus) && vm->steal.worst_vcpu == UNKNOWN_U64);
	assert_int_equal(vm->steal.vcpu[0].host_run_ns_total, 10 * S);
	NEAR(vm->steal.asked_cpus, 2);
	/* A clock that stood still or went back gives no rates, either. */
	rig->prev.at_ns = rig->cur.at_ns;
	derive(rig);
	assert_true(isnan(only_vm(rig)->steal.host_wait_pct) && isnan(rig->snap->interval_s));
	rig->prev.at_ns = 100 * S;
	steal->cur[0].run_ns_total -= S;
	steal->cur[1].at_ns = steal->prev[1].at_ns;
	derive(rig);
	assert_true(isnan(only_vm(rig)->steal.host_run_pct));
	/* Another thread with a number that was in use. */
	steal->cur[0].run_ns_total += S;
	steal->prev[0].start_ticks = 6;
	derive(rig);
	assert_true(isnan(only_vm(rig)->steal.host_run_pct));
}

static void a_plugged_vcpu_makes_no_dip(void **state)
{
	struct rig *rig = *state;
	struct steal_rig *steal = steal_rig(rig, 4);

	for (size_t i = 0; i < 4; i++) {
		steal->cur[i].run_ns_total += 600 * MS;
		steal->cur[i].wait_ns_total += 300 * MS;
	}
	set_tasks(rig, steal->prev, 3, steal->cur, 4);
	derive(rig);
	NEAR(only_vm(rig)->steal.host_run_pct, 60);
	NEAR(only_vm(rig)->steal.host_wait_pct, 30);
	NEAR(only_vm(rig)->steal.got_cpus, 2.4);
	assert_true(isnan(only_vm(rig)->steal.vcpu[3].host_run_pct));
	/* And unplugged: what is left counts. */
	steal->procs[0].n_vcpu = steal->procs[0].vcpus = 3;
	set_tasks(rig, steal->prev, 4, steal->cur, 3);
	derive(rig);
	NEAR(only_vm(rig)->steal.host_run_pct, 60);
	NEAR(only_vm(rig)->steal.got_cpus, 1.8);
}

static void run_ends_at_all_of_the_time_and_no_wait_is_lost(void **state)
{
	struct rig *rig = *state;
	struct steal_rig *steal = steal_rig(rig, 1);

	steal->cur[0].run_ns_total += 1004 * MS;
	steal->cur[0].wait_ns_total += 3000 * MS;
	derive(rig);
	NEAR(only_vm(rig)->steal.host_run_pct, 100);
	/* A wait is counted when it ends: the part of earlier intervals comes along. */
	NEAR(only_vm(rig)->steal.host_wait_pct, 300);
}

static void one_thread_for_all_vcpus_is_their_share(void **state)
{
	struct rig *rig = *state;
	struct steal_rig *steal = steal_rig(rig, 1);

	steal->procs[0].accel = ACCEL_TCG;
	steal->procs[0].vcpus = 4;
	steal->cur[0].run_ns_total += 800 * MS;
	derive(rig);
	NEAR(only_vm(rig)->steal.host_run_pct, 20);
	NEAR(only_vm(rig)->steal.got_cpus, 0.8);
	steal->procs[0].accel = ACCEL_KVM; /* merely one thread that was found */
	derive(rig);
	NEAR(only_vm(rig)->steal.host_run_pct, 80);
}

static void a_reason_stands_for_missing_threads(void **state)
{
	struct rig *rig = *state;
	struct steal_rig *steal = steal_rig(rig, 1);

	rig->cur.sched.n_task = 0;
	derive(rig);
	assert_int_equal(vm_source(only_vm(rig), "sched")->state, SOURCE_UNAVAILABLE);
	assert_non_null(strstr(vm_source(only_vm(rig), "sched")->reason, "could not be read"));
	assert_true(isnan(only_vm(rig)->steal.host_run_pct));
	steal->procs[0].n_vcpu = 0;
	derive(rig);
	assert_non_null(strstr(vm_source(only_vm(rig), "sched")->reason, "debug-threads=on"));
	assert_int_equal(only_vm(rig)->steal.n_vcpu, 0);
}

/*
 * A VM of n vCPUs whose guest was asked over 5 s, each time in 4 ms, and counts in steps of 10 ms.
 * Milliseconds that each side moved on each CPU in those 5 s.
 */
struct moved {
	double host_run, host_wait, guest_busy, guest_idle, guest_steal;
};

struct gap_rig {
	struct steal_rig *steal;
	struct domain domains[1];
	struct guest_cpu prev_cpu[4], cur_cpu[4];
	struct task_sched prev_host[4], cur_host[4];
	struct agent_reading readings[1];
};

static struct gap_rig *gap_rig(struct rig *rig, size_t n, struct moved moved)
{
	static struct gap_rig gap;

	gap = (struct gap_rig){ .steal = steal_rig(rig, n) };
	gap.domains[0] = domain(UUID(1), "vm", 10);
	gap.domains[0].has_agent = true;
	for (size_t i = 0; i < n; i++) {
		pid_t tid = 100 + (pid_t)i;

		gap.prev_cpu[i] = (struct guest_cpu){ i, 1000, 2000, 300 };
		gap.cur_cpu[i] = (struct guest_cpu){ i, 1000 + (uint64_t)moved.guest_busy,
			2000 + (uint64_t)moved.guest_idle, 300 + (uint64_t)moved.guest_steal };
		gap.prev_host[i] = (struct task_sched){ tid, 7, 9 * S, 19 * S, 95 * S };
		gap.cur_host[i] =
			(struct task_sched){ tid, 7, 9 * S + (uint64_t)moved.host_run * MS,
				19 * S + (uint64_t)moved.host_wait * MS, 100 * S };
	}
	gap.readings[0] = (struct agent_reading){
		.uuid = UUID(1),
		.status = { SOURCE_OK, NULL, 100 * S, 4 * MS },
		.method = "agent cpustats",
		.prev = { 95 * S, 4 * MS, gap.prev_cpu, n, gap.prev_host, n },
		.cur = { 100 * S, 4 * MS, gap.cur_cpu, n, gap.cur_host, n },
		.quantum_ms = 10,
	};
	set_domains(rig, LIST(gap.domains));
	rig->cur.agent = (struct agent_sample){ LIST(gap.readings) };
	return &gap;
}

static void both_sides_agree_under_contention(void **state)
{
	struct rig *rig = *state;
	const struct steal *steal;

	gap_rig(rig, 2, (struct moved){ 2500, 2000, 2500, 500, 2000 });
	derive(rig);
	steal = &only_vm(rig)->steal;
	NEAR(steal->guest_busy_pct, 50);
	NEAR(steal->guest_steal_pct, 40);
	NEAR(steal->guest_idle_pct, 10);
	NEAR(steal->vcpu[1].guest_busy_pct, 50);
	NEAR(steal->vcpu[1].guest_steal_pct, 40);
	NEAR(steal->paired_run_pct, 50);
	NEAR(steal->paired_wait_pct, 40);
	NEAR(steal->steal_gap_pct, 0);
	NEAR(steal->busy_gap_pct, 0);
	NEAR(steal->gap_pct, 0);
	NEAR(steal->guest_interval_s, 5);
	assert_string_equal(steal->guest_source, "agent cpustats");
	assert_int_equal(steal->verdict, VERDICT_UNKNOWN); /* the pane judges */
	assert_null(steal->verdict_reason);
	/* The refresh itself saw an idle second: two intervals, two answers. */
	NEAR(steal->host_run_pct, 0);
}

static void a_guest_that_is_told_nothing_has_a_steal_gap_only(void **state)
{
	struct rig *rig = *state;
	const struct steal *steal;

	gap_rig(rig, 2, (struct moved){ 2500, 2500, 5000, 0, 0 });
	derive(rig);
	steal = &only_vm(rig)->steal;
	NEAR(steal->steal_gap_pct, 50);
	NEAR(steal->busy_gap_pct, 0);
	assert_int_equal(steal->gap_kind, GAP_STEAL);
	NEAR(steal->gap_pct, 50);
	NEAR(steal->gap_error_pct, 100 * (10 + 4) / 5000.0);
}

/* Told nothing, it counts what was taken as busy, or loses the ticks: either is no gap. */
static void a_blind_guest_differs_only_beyond_run_and_wait(void **state)
{
	static const struct {
		double busy_ms, gap_pct;
	} cases[] = { { 2500, 0 }, { 3500, 0 }, { 4500, 0 }, { 1500, 20 }, { 5000, -10 } };

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct rig *rig = *state;
		double busy_ms = cases[i].busy_ms;

		gap_rig(rig, 2, (struct moved){ 2500, 2000, busy_ms, 0, 0 })
			->domains[0]
			.steal_clock = STEAL_CLOCK_NONE;
		derive(rig);
		assert_true(isnan(only_vm(rig)->steal.steal_gap_pct));
		NEAR(only_vm(rig)->steal.busy_gap_pct, cases[i].gap_pct);
		NEAR(only_vm(rig)->steal.gap_pct, cases[i].gap_pct);
		assert_int_equal(only_vm(rig)->steal.gap_kind, GAP_BUSY);
	}
}

static void work_that_the_guest_does_not_know_of_is_a_busy_gap(void **state)
{
	struct rig *rig = *state;
	const struct steal *steal;

	gap_rig(rig, 2, (struct moved){ 3000, 50, 1000, 3950, 50 });
	derive(rig);
	steal = &only_vm(rig)->steal;
	NEAR(steal->steal_gap_pct, 0);
	NEAR(steal->busy_gap_pct, 40);
	assert_int_equal(steal->gap_kind, GAP_BUSY);
	NEAR(steal->gap_error_pct, 100 * (20 + 4 + 10) / 5000.0);
	gap_rig(rig, 2, (struct moved){ 100, 0, 5000, 0, 0 });
	derive(rig);
	NEAR(only_vm(rig)->steal.gap_pct, -98);
	assert_int_equal(only_vm(rig)->steal.gap_kind, GAP_BUSY);
}

static void time_that_the_guest_missed_stays_in_the_gap(void **state)
{
	struct rig *rig = *state;
	const struct steal *steal;

	/* Its columns hold half of the time: their shares look innocent, the gap does not. */
	gap_rig(rig, 1, (struct moved){ 500, 4000, 500, 1500, 500 });
	derive(rig);
	steal = &only_vm(rig)->steal;
	NEAR(steal->guest_steal_pct, 20);
	NEAR(steal->steal_gap_pct, 70);
	NEAR(steal->busy_gap_pct, 70);
	assert_int_equal(steal->gap_kind, GAP_STEAL);
	/* Equal within the error: it is the same time, and must not change its name by chance. */
	gap_rig(rig, 1, (struct moved){ 520, 4000, 500, 1500, 500 });
	derive(rig);
	NEAR(only_vm(rig)->steal.busy_gap_pct, 70.4);
	NEAR(only_vm(rig)->steal.gap_pct, 70);
	gap_rig(rig, 1, (struct moved){ 550, 4000, 500, 1500, 500 });
	derive(rig);
	NEAR(only_vm(rig)->steal.gap_pct, 71);
	assert_int_equal(only_vm(rig)->steal.gap_kind, GAP_BUSY);
}

static void a_guest_without_a_steal_column_tells_nothing_of_steal(void **state)
{
	struct rig *rig = *state;
	struct gap_rig *gap = gap_rig(rig, 1, (struct moved){ 2500, 2500, 5000, 0, 0 });
	const struct steal *steal;

	gap->prev_cpu[0].steal_ms_total = gap->cur_cpu[0].steal_ms_total = UNKNOWN_U64;
	derive(rig);
	steal = &only_vm(rig)->steal;
	assert_true(isnan(steal->guest_steal_pct) && isnan(steal->steal_gap_pct));
	assert_true(isnan(steal->vcpu[0].guest_steal_pct));
	NEAR(steal->guest_busy_pct, 100);
	NEAR(steal->gap_pct, 0);
	assert_int_equal(steal->gap_kind, GAP_BUSY);
}

static void expect_no_gap(struct rig *rig, const char *reason)
{
	const struct steal *steal;

	derive(rig);
	steal = &only_vm(rig)->steal;
	assert_true(isnan(steal->gap_pct) && isnan(steal->steal_gap_pct));
	assert_true(isnan(steal->busy_gap_pct) && isnan(steal->gap_error_pct));
	assert_int_equal(steal->gap_kind, GAP_NONE);
	if (!steal->verdict_reason || !strstr(steal->verdict_reason, reason))
		fail_msg("\"%s\" does not say \"%s\"",
			steal->verdict_reason ? steal->verdict_reason : "(null)", reason);
}

static void a_missing_side_is_said(void **state)
{
	struct moved agree = { 2500, 2000, 2500, 500, 2000 };
	struct rig *rig = *state;
	struct gap_rig *gap = gap_rig(rig, 2, agree);

	gap->readings[0].prev = (struct guest_reading){ 0 };
	expect_no_gap(rig, "needs two readings");
	gap = gap_rig(rig, 2, agree);
	gap->cur_cpu[1].busy_ms_total = 5; /* the guest was reset */
	expect_no_gap(rig, "CPUs changed");
	NEAR(only_vm(rig)->steal.guest_busy_pct, 50); /* of the CPU that is left */
	assert_true(isnan(only_vm(rig)->steal.vcpu[1].guest_busy_pct));
	gap = gap_rig(rig, 2, agree);
	gap->readings[0].prev.n_cpu = 1;
	expect_no_gap(rig, "CPUs changed");
	gap = gap_rig(rig, 2, agree);
	gap->readings[0].cur.n_host = 0;
	expect_no_gap(rig, "host's side");
	gap = gap_rig(rig, 2, agree);
	gap->readings[0].cur.n_host = 1; /* unplugged on the way */
	gap->readings[0].cur.n_cpu = gap->readings[0].prev.n_cpu = 1;
	expect_no_gap(rig, "host's side");
	gap = gap_rig(rig, 2, agree);
	gap->prev_host[1].start_ticks = 1;
	expect_no_gap(rig, "host's side");
	gap = gap_rig(rig, 2, agree);
	gap->readings[0].cur.n_host = gap->readings[0].prev.n_host = 1;
	expect_no_gap(rig, "more CPUs than vCPU threads");
	gap = gap_rig(rig, 2, agree);
	gap->readings[0].status = (struct status){ SOURCE_UNAVAILABLE, "agent hangs", 0, 0 };
	expect_no_gap(rig, "agent hangs");
	assert_null(only_vm(rig)->steal.guest_source);
	rig->cur.agent.n_reading = 0;
	expect_no_gap(rig, "not answered yet");
	rig->cur.status[SECTION_AGENT] = (struct status){ SOURCE_OFF, "press G", 0, 0 };
	expect_no_gap(rig, "press G");
	assert_int_equal(vm_source(only_vm(rig), "agent")->state, SOURCE_OFF);
	gap->domains[0].has_agent = false;
	expect_no_gap(rig, "no agent channel");
	set_domains(rig, NULL, 0);
	expect_no_gap(rig, "libvirt does not know");
}

/* iowait goes back at times; busy and steal are enough for the gaps. */
static void an_idle_counter_that_went_back_costs_only_the_shares(void **state)
{
	struct rig *rig = *state;
	struct gap_rig *gap = gap_rig(rig, 1, (struct moved){ 2500, 2000, 2500, 500, 2000 });

	gap->cur_cpu[0].idle_ms_total = 1990;
	derive(rig);
	assert_true(isnan(only_vm(rig)->steal.guest_busy_pct));
	NEAR(only_vm(rig)->steal.gap_pct, 0);
}

/* A CPU that the guest took offline is idle on the host. */
static void fewer_cpus_in_the_guest_are_no_gap(void **state)
{
	struct rig *rig = *state;
	struct gap_rig *gap = gap_rig(rig, 2, (struct moved){ 4000, 500, 4000, 500, 500 });

	gap->cur_host[1] = gap->prev_host[1];
	gap->cur_host[1].at_ns = 100 * S;
	gap->readings[0].cur.n_cpu = gap->readings[0].prev.n_cpu = 1;
	derive(rig);
	NEAR(only_vm(rig)->steal.gap_pct, 0);
	NEAR(only_vm(rig)->steal.guest_busy_pct, 80);
	NEAR(only_vm(rig)->steal.paired_run_pct, 40);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(rates_are_of_each_threads_own_interval),
		TEST(nothing_is_told_without_a_reading_before),
		TEST(a_plugged_vcpu_makes_no_dip),
		TEST(run_ends_at_all_of_the_time_and_no_wait_is_lost),
		TEST(one_thread_for_all_vcpus_is_their_share),
		TEST(a_reason_stands_for_missing_threads),
		TEST(both_sides_agree_under_contention),
		TEST(a_guest_that_is_told_nothing_has_a_steal_gap_only),
		TEST(a_blind_guest_differs_only_beyond_run_and_wait),
		TEST(work_that_the_guest_does_not_know_of_is_a_busy_gap),
		TEST(time_that_the_guest_missed_stays_in_the_gap),
		TEST(a_guest_without_a_steal_column_tells_nothing_of_steal),
		TEST(a_missing_side_is_said),
		TEST(an_idle_counter_that_went_back_costs_only_the_shares),
		TEST(fewer_cpus_in_the_guest_are_no_gap),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("derive_steal", tests, NULL, NULL);
}
