// SPDX-License-Identifier: GPL-2.0-or-later
/* From exact accounts to shares of a vCPU's time, and what a guest was told beside it. */
#include "tests/probes/derive_rig.h"

static const struct vcpu *vcpu_of(const struct rig *rig, size_t i)
{
	assert_true(i < only_vm(rig)->steal.n_vcpu);
	return &only_vm(rig)->steal.vcpu[i];
}

/* Milliseconds of the second, as in enum account. */
static void spend(struct account_thread *thread, const unsigned ms[ACCOUNT_COUNT])
{
	for (size_t i = 0; i < ACCOUNT_COUNT; i++)
		thread->account_ns[i] += ms[i] * MS;
	thread->run_ns_total += ms[ACCOUNT_RUN] * MS;
	thread->wait_ns_total += (ms[ACCOUNT_WAITING] + ms[ACCOUNT_THROTTLED]) * MS;
}

static const unsigned MIXED[ACCOUNT_COUNT] = { 400, 20, 100, 80, 200, 50, 110, 40 };

static void a_second_is_shared_out(void **state)
{
	struct rig *rig = *state;
	struct accounts *made = accounts_made(rig, 1);
	const struct vcpu *vcpu;

	spend(&made->cur[0], MIXED);
	derive(rig);
	vcpu = vcpu_of(rig, 0);
	NEAR(vcpu->host_run_pct, 40);
	NEAR(vcpu->host_irq_pct, 2);
	NEAR(vcpu->host_wait_pct, 10);
	NEAR(vcpu->host_throttled_pct, 8);
	NEAR(vcpu->host_halted_pct, 20);
	NEAR(vcpu->host_blocked_pct, 5);
	NEAR(vcpu->host_vmm_pct, 15);
	NEAR(vcpu->host_delay_pct, 18);
	NEAR(vcpu->host_run_pct + vcpu->host_irq_pct + vcpu->host_delay_pct +
			vcpu->host_halted_pct + vcpu->host_blocked_pct + vcpu->host_vmm_pct,
		100);
	/* The kernel's totals, whatever the accounts began with. */
	assert_int_equal(vcpu->host_run_ns_total, 10 * S + 400 * MS);
	assert_int_equal(vcpu->host_wait_ns_total, 20 * S + 180 * MS);
	assert_int_equal(vcpu->tid, 100);
	assert_int_equal(vm_source(only_vm(rig), "bpf")->state, SOURCE_OK);
}

static void a_vm_is_the_mean_of_its_vcpus(void **state)
{
	struct rig *rig = *state;
	struct accounts *made = accounts_made(rig, 2);
	const struct steal *steal;

	spend(&made->cur[0], MIXED);
	/* Its accounts were read a second later: each rate is over its own time. */
	spend(&made->cur[1], (const unsigned[]){ 1600, 0, 200, 200, 0, 0, 0, 0 });
	made->cur[1].at_ns = 102 * S;
	derive(rig);
	steal = &only_vm(rig)->steal;
	NEAR(steal->host_run_pct, (40 + 80) / 2.0);
	NEAR(steal->host_irq_pct, 1);
	NEAR(steal->host_wait_pct, 10);
	NEAR(steal->host_throttled_pct, (8 + 10) / 2.0);
	NEAR(steal->host_halted_pct, 10);
	NEAR(steal->host_blocked_pct, 2.5);
	NEAR(steal->host_vmm_pct, 7.5);
	NEAR(steal->host_delay_pct, 19);
	NEAR(steal->got_cpus, 1.2);
	/* The worst by its delay: the other one waited as long, and was throttled less. */
	assert_int_equal(steal->worst_vcpu, 1);
	NEAR(steal->worst_vcpu_wait_pct, 20);
}

static void a_quota_is_no_wait(void **state)
{
	struct rig *rig = *state;
	struct accounts *made = accounts_made(rig, 1);

	spend(&made->cur[0], (const unsigned[]){ 100, 0, 0, 900, 0, 0, 0, 0 });
	derive(rig);
	NEAR(vcpu_of(rig, 0)->host_wait_pct, 0);
	NEAR(vcpu_of(rig, 0)->host_throttled_pct, 90);
	NEAR(vcpu_of(rig, 0)->host_delay_pct, 90);
	NEAR(only_vm(rig)->steal.host_wait_pct, 0);
	NEAR(only_vm(rig)->steal.host_delay_pct, 90);
	NEAR(only_vm(rig)->steal.worst_vcpu_wait_pct, 90);
}

/* There a halted vCPU is a thread of the VMM that sleeps like any other. */
static void under_tcg_a_sleep_is_a_halt(void **state)
{
	struct rig *rig = *state;
	struct accounts *made = accounts_made(rig, 1);

	made->procs[0].accel = ACCEL_TCG;
	rig->cur.account.kvm_known = false;
	spend(&made->cur[0], (const unsigned[]){ 300, 0, 0, 0, 0, 0, 600, 100 });
	derive(rig);
	NEAR(vcpu_of(rig, 0)->host_halted_pct, 60);
	NEAR(vcpu_of(rig, 0)->host_blocked_pct, 10);
	assert_true(isnan(vcpu_of(rig, 0)->host_vmm_pct));
	NEAR(only_vm(rig)->steal.host_halted_pct, 60);
	NEAR(only_vm(rig)->steal.host_blocked_pct, 10);
	assert_true(isnan(only_vm(rig)->steal.host_vmm_pct));
}

static void one_thread_of_four_vcpus_is_throttled_for_all(void **state)
{
	struct rig *rig = *state;
	struct accounts *made = accounts_made(rig, 1);
	const struct steal *steal;

	made->procs[0].accel = ACCEL_TCG;
	made->procs[0].vcpus = 4;
	spend(&made->cur[0], (const unsigned[]){ 400, 0, 200, 400, 0, 0, 0, 0 });
	derive(rig);
	steal = &only_vm(rig)->steal;
	NEAR(steal->host_run_pct, 10);
	NEAR(steal->host_wait_pct, 5);
	NEAR(steal->host_throttled_pct, 10);
	NEAR(steal->host_delay_pct, 15);
	NEAR(steal->got_cpus, 0.4);
}

static void what_the_kernel_does_not_tell_is_unknown(void **state)
{
	struct rig *rig = *state;
	struct accounts *made = accounts_made(rig, 1);

	spend(&made->cur[0], MIXED);
	rig->cur.account.kvm_known = false;
	derive(rig);
	assert_true(isnan(vcpu_of(rig, 0)->host_halted_pct));
	assert_true(isnan(vcpu_of(rig, 0)->host_blocked_pct));
	assert_true(isnan(vcpu_of(rig, 0)->host_vmm_pct));
	assert_true(isnan(only_vm(rig)->steal.host_halted_pct));
	NEAR(vcpu_of(rig, 0)->host_irq_pct, 2);
	rig->cur.account.kvm_known = true;
	rig->cur.account.irq_known = false;
	derive(rig);
	assert_true(isnan(vcpu_of(rig, 0)->host_irq_pct));
	assert_true(isnan(only_vm(rig)->steal.host_irq_pct));
	NEAR(vcpu_of(rig, 0)->host_halted_pct, 20);
	NEAR(vcpu_of(rig, 0)->host_run_pct, 40);
}

static void expect_no_shares(const struct rig *rig, size_t i)
{
	const struct vcpu *vcpu = vcpu_of(rig, i);

	assert_true(isnan(vcpu->host_run_pct) && isnan(vcpu->host_wait_pct));
	assert_true(isnan(vcpu->host_irq_pct) && isnan(vcpu->host_throttled_pct));
	assert_true(isnan(vcpu->host_halted_pct) && isnan(vcpu->host_blocked_pct));
	assert_true(isnan(vcpu->host_vmm_pct) && isnan(vcpu->host_delay_pct));
	assert_true(isnan(vcpu->guest_steal_pct));
}

static void there_are_no_shares_without_two_readings(void **state)
{
	struct rig *rig = *state;
	struct accounts *made = accounts_made(rig, 1);

	spend(&made->cur[0], MIXED);
	made->cur[0].steal_clock = STEAL_CLOCK_ON;
	snapshot_derive(rig->snap, &rig->cur, NULL, rig->cur.at_ns);
	expect_no_shares(rig, 0);
	assert_true(isnan(only_vm(rig)->steal.host_run_pct));
	assert_true(isnan(only_vm(rig)->steal.host_throttled_pct));
	assert_true(isnan(only_vm(rig)->steal.host_delay_pct));
	/* That is no rate. */
	assert_int_equal(vcpu_of(rig, 0)->steal_clock, STEAL_CLOCK_ON);
	/* Another thread of that number. */
	made->prev[0].start_ticks = 6;
	derive(rig);
	expect_no_shares(rig, 0);
	made->prev[0].start_ticks = 7;
	made->prev[0].at_ns = made->cur[0].at_ns;
	derive(rig);
	expect_no_shares(rig, 0);
	made->prev[0].at_ns = made->cur[0].at_ns + 1;
	derive(rig);
	expect_no_shares(rig, 0);
	/* It ended. */
	made->prev[0].at_ns = 100 * S;
	rig->cur.account.n_thread = 0;
	derive(rig);
	expect_no_shares(rig, 0);
	assert_int_equal(vcpu_of(rig, 0)->steal_clock, STEAL_CLOCK_UNKNOWN);
	assert_int_equal(vm_source(only_vm(rig), "bpf")->state, SOURCE_UNAVAILABLE);
}

static void a_vcpu_that_appeared_makes_no_dip(void **state)
{
	struct rig *rig = *state;
	struct accounts *made = accounts_made(rig, 3);

	for (size_t i = 0; i < 3; i++)
		spend(&made->cur[i], (const unsigned[]){ 600, 0, 100, 200, 100, 0, 0, 0 });
	rig->prev.account.n_thread = 2;
	derive(rig);
	expect_no_shares(rig, 2);
	NEAR(only_vm(rig)->steal.host_run_pct, 60);
	NEAR(only_vm(rig)->steal.host_wait_pct, 10);
	NEAR(only_vm(rig)->steal.host_throttled_pct, 20);
	NEAR(only_vm(rig)->steal.host_delay_pct, 30);
	NEAR(only_vm(rig)->steal.host_halted_pct, 10);
	NEAR(only_vm(rig)->steal.got_cpus, 1.8);
}

static void an_account_that_went_back_is_unknown(void **state)
{
	struct rig *rig = *state;
	struct accounts *made = accounts_made(rig, 1);

	spend(&made->cur[0], MIXED);
	made->cur[0].account_ns[ACCOUNT_HALTED] = made->prev[0].account_ns[ACCOUNT_HALTED] - 1;
	derive(rig);
	assert_true(isnan(vcpu_of(rig, 0)->host_halted_pct));
	NEAR(vcpu_of(rig, 0)->host_run_pct, 40);
	NEAR(vcpu_of(rig, 0)->host_blocked_pct, 5);
	made->cur[0].account_ns[ACCOUNT_WAITING] = 0;
	derive(rig);
	assert_true(isnan(vcpu_of(rig, 0)->host_wait_pct));
	assert_true(isnan(vcpu_of(rig, 0)->host_delay_pct));
	NEAR(vcpu_of(rig, 0)->host_throttled_pct, 8);
}

/* What schedstat says stands in for accounts that are not there, and only for those. */
static void accounts_go_before_schedstat(void **state)
{
	struct task_sched prev[] = { { 100, 7, 1 * S, 2 * S, 100 * S },
		{ 101, 7, 1 * S, 2 * S, 100 * S } };
	struct task_sched cur[] = { { 100, 7, 1 * S + 990 * MS, 2 * S, 101 * S },
		{ 101, 7, 1 * S + 300 * MS, 2 * S + 600 * MS, 101 * S } };
	struct rig *rig = *state;
	struct accounts *made = accounts_made(rig, 2);
	const struct source *sched;

	set_tasks(rig, LIST(prev), LIST(cur));
	spend(&made->cur[0], MIXED);
	rig->cur.account.n_thread = rig->prev.account.n_thread = 1; /* no room for the other */
	derive(rig);
	NEAR(vcpu_of(rig, 0)->host_run_pct, 40);
	NEAR(vcpu_of(rig, 0)->host_delay_pct, 18);
	NEAR(vcpu_of(rig, 1)->host_run_pct, 30);
	/* Both kinds of wait: that file does not tell them apart. */
	NEAR(vcpu_of(rig, 1)->host_wait_pct, 60);
	NEAR(vcpu_of(rig, 1)->host_delay_pct, 60);
	assert_true(isnan(vcpu_of(rig, 1)->host_throttled_pct));
	assert_true(isnan(vcpu_of(rig, 1)->host_halted_pct));
	NEAR(only_vm(rig)->steal.host_run_pct, 35);
	NEAR(only_vm(rig)->steal.host_throttled_pct, 8);
	/* The clock stood still between two readings of its accounts, not of its schedstat. */
	made->prev[0].at_ns = made->cur[0].at_ns;
	derive(rig);
	NEAR(vcpu_of(rig, 0)->host_run_pct, 99);
	made->prev[0].at_ns = 100 * S;
	/* It is not read where nobody needs it. */
	rig->cur.account.n_thread = rig->prev.account.n_thread = 2;
	rig->cur.sched.n_task = 0;
	derive(rig);
	sched = vm_source(only_vm(rig), "sched");
	assert_int_equal(sched->state, SOURCE_OFF);
	assert_string_equal(sched->reason, "bpf has these numbers, and better");
}

static void values_do_not_point_into_samples(void **state)
{
	struct rig *rig = *state;
	struct accounts *made = accounts_made(rig, 1);
	struct account_thread *cur =
		arena_array(&rig->cur.arena, 1, sizeof(*rig->cur.account.thread));
	uint32_t(*bin)[ACCOUNT_BINS] = arena_array(&rig->cur.arena, 2, sizeof(*bin));
	struct account_share *share = arena_array(&rig->cur.arena, 1, sizeof(*share));

	*cur = made->cur[0];
	cur->bin = (const uint32_t(*)[ACCOUNT_BINS])bin;
	bin[0][40] = 1;
	*share = (struct account_share){ 10, 99, false, arena_strdup(&rig->cur.arena, "cc1"), S };
	rig->cur.account.thread = cur;
	rig->cur.account.share = share;
	rig->cur.account.n_share = 1;
	derive(rig);
	arena_release(&rig->cur.arena);
	assert_int_equal(only_vm(rig)->steal.n_thief, 1);
	assert_string_equal(only_vm(rig)->steal.thief[0].name, "cc1");
	assert_int_equal(only_vm(rig)->steal.n_wait_bin, 1);
	assert_int_equal(only_vm(rig)->steal.wait_bin[0].count, 1);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(a_second_is_shared_out),
		TEST(a_vm_is_the_mean_of_its_vcpus),
		TEST(a_quota_is_no_wait),
		TEST(under_tcg_a_sleep_is_a_halt),
		TEST(one_thread_of_four_vcpus_is_throttled_for_all),
		TEST(what_the_kernel_does_not_tell_is_unknown),
		TEST(there_are_no_shares_without_two_readings),
		TEST(a_vcpu_that_appeared_makes_no_dip),
		TEST(an_account_that_went_back_is_unknown),
		TEST(accounts_go_before_schedstat),
		TEST(values_do_not_point_into_samples),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("derive_account", tests, NULL, NULL);
}
