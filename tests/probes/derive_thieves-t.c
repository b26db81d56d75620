// SPDX-License-Identifier: GPL-2.0-or-later
/* Who ran while a VM waited, in what share, and its threads beside the vCPUs. */
#include "tests/probes/derive_rig.h"

static const pid_t QUOTA = (pid_t)ACCOUNT_QUOTA;

/* VMs of pids 10, 20 and 30 with a vCPU each. */
struct city {
	struct proc_vm procs[3];
	struct account_thread prev[16], cur[16];
	struct account_share after[64];
};

static struct city *city_made(struct rig *rig)
{
	static struct city city;

	city = (struct city){ .procs = { proc(10, "ten", UUID(1)), proc(20, "twenty", UUID(2)),
				      proc(30, "thirty", NULL) } };
	for (size_t i = 0; i < 3; i++) {
		city.prev[i] = account_made(city.procs[i].pid, city.procs[i].pid + 1, 100 * S);
		city.cur[i] = account_made(city.procs[i].pid, city.procs[i].pid + 1, 101 * S);
	}
	set_procs(rig, LIST(city.procs));
	set_accounts(rig, city.prev, 3, city.cur, 3);
	rig->cur.account.share = city.after;
	return &city;
}

static void add_after(struct rig *rig, struct account_share share)
{
	rig->cur.account.share[rig->cur.account.n_share++] = share;
}

static const struct steal *steal_of(const struct rig *rig, uint64_t pid)
{
	for (size_t i = 0; i < rig->snap->n_vm; i++)
		if (rig->snap->vm[i].pid == pid)
			return &rig->snap->vm[i].steal;
	fail_msg("no VM of pid %llu", (unsigned long long)pid);
	return NULL;
}

static void expect_thief(const struct steal *steal, size_t i, enum thief_kind kind,
	const char *name, uint64_t pid, double share_pct)
{
	assert_true(i < steal->n_thief);
	assert_string_equal(steal->thief[i].name, name);
	assert_int_equal(steal->thief[i].kind, kind);
	assert_true(steal->thief[i].pid == pid);
	NEAR(steal->thief[i].share_pct, share_pct);
}

static double sum_of(const struct steal *steal)
{
	double sum = 0;

	for (size_t i = 0; i < steal->n_thief; i++)
		sum += steal->thief[i].share_pct;
	return sum;
}

static void each_kind_has_its_name(void **state)
{
	struct rig *rig = *state;
	struct city *city = city_made(rig);
	const struct steal *steal;

	/* As a probe sorts them: the quota's number is below 0. */
	add_after(rig, (struct account_share){ 10, QUOTA, false, "", 300 * MS });
	add_after(rig, (struct account_share){ 10, 0, false, NULL, 10 * MS });
	add_after(rig, (struct account_share){ 10, 10, false, "qemu", 20 * MS });
	add_after(rig, (struct account_share){ 10, 10, true, "qemu", 30 * MS });
	add_after(rig, (struct account_share){ 10, 20, false, "qemu", 40 * MS });
	add_after(rig, (struct account_share){ 10, 20, true, "qemu", 160 * MS });
	add_after(rig, (struct account_share){ 10, 99, false, "cc1", 100 * MS });
	city->cur[0].unseen_ns_total += 340 * MS;
	derive(rig);
	steal = steal_of(rig, 10);
	assert_int_equal(steal->n_thief, 7);
	expect_thief(steal, 0, THIEF_UNSEEN, "not seen", UNKNOWN_U64, 34);
	expect_thief(steal, 1, THIEF_QUOTA, "quota", UNKNOWN_U64, 30);
	/* One VM, whatever thread of it ran. */
	expect_thief(steal, 2, THIEF_VM, "twenty", 20, 20);
	expect_thief(steal, 3, THIEF_PROCESS, "cc1", 99, 10);
	expect_thief(steal, 4, THIEF_SELF, "own vCPUs", 10, 3);
	expect_thief(steal, 5, THIEF_EMULATOR, "own emulator", 10, 2);
	expect_thief(steal, 6, THIEF_IDLE, "idle", UNKNOWN_U64, 1);
	NEAR(sum_of(steal), 100);
	assert_int_equal(steal_of(rig, 20)->n_thief, 0);
	assert_int_equal(steal_of(rig, 30)->n_thief, 0);
}

/* A thread that rested has no share; without a reading before, nobody knows over which time. */
static void only_those_who_ran_are_named(void **state)
{
	struct rig *rig = *state;

	city_made(rig);
	add_after(rig, (struct account_share){ 10, 60, false, "make", 300 * MS });
	add_after(rig, (struct account_share){ 10, 70, false, "quiet", 0 });
	add_after(rig, (struct account_share){ 20, 60, false, "make", 50 * MS });
	add_after(rig, (struct account_share){ 30, 60, false, "quiet", 0 });
	derive(rig);
	assert_int_equal(steal_of(rig, 10)->n_thief, 1);
	expect_thief(steal_of(rig, 10), 0, THIEF_PROCESS, "make", 60, 100);
	assert_int_equal(steal_of(rig, 20)->n_thief, 1);
	expect_thief(steal_of(rig, 20), 0, THIEF_PROCESS, "make", 60, 100);
	assert_int_equal(steal_of(rig, 30)->n_thief, 0);
	snapshot_derive(rig->snap, &rig->cur, NULL, rig->cur.at_ns);
	assert_int_equal(steal_of(rig, 10)->n_thief, 0);
}

static void vms_of_one_name_are_two(void **state)
{
	struct rig *rig = *state;
	struct city *city = city_made(rig);

	city->procs[1].name = city->procs[2].name = "web";
	add_after(rig, (struct account_share){ 10, 20, false, NULL, 100 * MS });
	add_after(rig, (struct account_share){ 10, 20, true, NULL, 200 * MS });
	add_after(rig, (struct account_share){ 10, 30, true, NULL, 100 * MS });
	derive(rig);
	assert_int_equal(steal_of(rig, 10)->n_thief, 2);
	expect_thief(steal_of(rig, 10), 0, THIEF_VM, "web", 20, 75);
	expect_thief(steal_of(rig, 10), 1, THIEF_VM, "web", 30, 25);
}

static void a_vm_that_is_called_like_a_process_is_no_process(void **state)
{
	struct rig *rig = *state;
	struct city *city = city_made(rig);

	city->procs[1].name = "make";
	add_after(rig, (struct account_share){ 10, 20, true, "qemu", 100 * MS });
	add_after(rig, (struct account_share){ 10, 60, false, "make", 300 * MS });
	derive(rig);
	assert_int_equal(steal_of(rig, 10)->n_thief, 2);
	expect_thief(steal_of(rig, 10), 0, THIEF_PROCESS, "make", 60, 75);
	expect_thief(steal_of(rig, 10), 1, THIEF_VM, "make", 20, 25);
}

/* What waited ended, or was never a VM of this list: its thieves are nobody's. */
static void shares_of_others_are_left_out(void **state)
{
	struct rig *rig = *state;

	city_made(rig);
	for (pid_t vm = 5; vm <= 35; vm += 5) {
		add_after(rig, (struct account_share){ vm, 60, false, "make", (uint64_t)vm * MS });
		add_after(rig, (struct account_share){ vm, 61, false, "ld", (uint64_t)vm * MS });
	}
	derive(rig);
	for (uint64_t pid = 10; pid <= 30; pid += 10) {
		assert_int_equal(steal_of(rig, pid)->n_thief, 2);
		expect_thief(steal_of(rig, pid), 0, THIEF_PROCESS, "ld", 61, 50);
		expect_thief(steal_of(rig, pid), 1, THIEF_PROCESS, "make", 60, 50);
	}
}

static void a_build_is_one_thief(void **state)
{
	struct rig *rig = *state;

	city_made(rig);
	for (pid_t pid = 1000; pid < 1049; pid++)
		add_after(rig, (struct account_share){ 10, pid, false, "cc1", 10 * MS });
	add_after(rig, (struct account_share){ 10, 1050, false, "make", 500 * MS });
	add_after(rig, (struct account_share){ 10, 1051, false, NULL, 1000 * MS });
	add_after(rig, (struct account_share){ 10, 1052, false, "cc1", 10 * MS });
	derive(rig);
	assert_int_equal(steal_of(rig, 10)->n_thief, 3);
	expect_thief(steal_of(rig, 10), 0, THIEF_PROCESS, "?", 1051, 50);
	expect_thief(steal_of(rig, 10), 1, THIEF_PROCESS, "cc1", UNKNOWN_U64, 25);
	expect_thief(steal_of(rig, 10), 2, THIEF_PROCESS, "make", 1050, 25);
}

static void the_small_ones_are_others(void **state)
{
	static const char *const name[] = { "a", "b", "c", "d", "e", "f", "g", "h", "i", "j" };
	struct rig *rig = *state;
	const struct steal *steal;

	city_made(rig);
	for (size_t i = 0; i < 8; i++)
		add_after(rig, (struct account_share){
				       10, 100 + (pid_t)i, false, name[i], (100 - i) * MS });
	derive(rig);
	steal = steal_of(rig, 10);
	assert_int_equal(steal->n_thief, 8);
	assert_string_equal(steal->thief[7].name, "h");
	for (size_t i = 8; i < 10; i++)
		add_after(rig, (struct account_share){
				       10, 100 + (pid_t)i, false, name[i], (100 - i) * MS });
	derive(rig);
	steal = steal_of(rig, 10);
	assert_int_equal(steal->n_thief, 8);
	expect_thief(steal, 7, THIEF_OTHERS, "others", UNKNOWN_U64, 100 * (93 + 92 + 91) / 955.0);
	assert_string_equal(steal->thief[0].name, "a");
	assert_string_equal(steal->thief[6].name, "g");
	NEAR(sum_of(steal), 100);
}

/* The kernel works for a VM in threads of its own, named after it. */
static void kernel_threads_count_as_their_vms(void **state)
{
	struct rig *rig = *state;

	city_made(rig);
	add_after(rig, (struct account_share){ 10, 900, false, "vhost-20", 30 * MS });
	add_after(rig, (struct account_share){ 10, 901, false, "kvm-pit/10", 20 * MS });
	add_after(rig, (struct account_share){ 10, 902, false, "vhost-4711", 10 * MS });
	add_after(rig, (struct account_share){ 10, 903, false, "vhost-", 5 * MS });
	add_after(rig,
		(struct account_share){ 10, 904, false, "vhost-99999999999999999999", 35 * MS });
	derive(rig);
	assert_int_equal(steal_of(rig, 10)->n_thief, 5);
	expect_thief(steal_of(rig, 10), 0, THIEF_PROCESS, "vhost-99999999999999999999", 904, 35);
	expect_thief(steal_of(rig, 10), 1, THIEF_VM, "twenty", 20, 30);
	expect_thief(steal_of(rig, 10), 2, THIEF_EMULATOR, "own emulator", 10, 20);
	expect_thief(steal_of(rig, 10), 3, THIEF_PROCESS, "vhost-4711", 902, 10);
	expect_thief(steal_of(rig, 10), 4, THIEF_PROCESS, "vhost-", 903, 5);
}

static void what_was_not_seen_is_not_guessed(void **state)
{
	struct rig *rig = *state;
	struct city *city = city_made(rig);

	city->prev[0].unseen_ns_total = city->cur[0].unseen_ns_total = 5 * S;
	city->cur[1].unseen_ns_total = 40 * MS;
	city->prev[2].unseen_ns_total = 5 * S; /* it went back */
	derive(rig);
	assert_int_equal(steal_of(rig, 10)->n_thief, 0);
	assert_int_equal(steal_of(rig, 20)->n_thief, 1);
	expect_thief(steal_of(rig, 20), 0, THIEF_UNSEEN, "not seen", UNKNOWN_U64, 100);
	assert_int_equal(steal_of(rig, 30)->n_thief, 0);
	/* Of all its vCPUs. */
	city->prev[3] = account_made(20, 41, 100 * S);
	city->cur[3] = account_made(20, 41, 101 * S);
	city->cur[3].unseen_ns_total = 20 * MS;
	rig->prev.account.n_thread = rig->cur.account.n_thread = 4;
	add_after(rig, (struct account_share){ 20, 60, false, "make", 40 * MS });
	derive(rig);
	expect_thief(steal_of(rig, 20), 0, THIEF_UNSEEN, "not seen", UNKNOWN_U64, 60);
	expect_thief(steal_of(rig, 20), 1, THIEF_PROCESS, "make", 60, 40);
}

/* A thread of a VM besides its vCPUs, which ran and waited so long in this second. */
static void add_helper(struct rig *rig, struct city *city, pid_t pid, pid_t tid,
	enum thread_kind kind, const unsigned ms[3])
{
	struct account_thread *prev = &city->prev[rig->prev.account.n_thread++];
	struct account_thread *cur = &city->cur[rig->cur.account.n_thread++];

	*prev = account_made(pid, tid, 100 * S);
	*cur = account_made(pid, tid, 101 * S);
	prev->kind = cur->kind = kind;
	cur->account_ns[ACCOUNT_RUN] += ms[0] * MS;
	cur->account_ns[ACCOUNT_WAITING] += ms[1] * MS;
	cur->account_ns[ACCOUNT_THROTTLED] += ms[2] * MS;
}

static void helpers_are_summed_by_kind(void **state)
{
	struct rig *rig = *state;
	struct city *city = city_made(rig);
	const struct steal *steal;

	add_helper(rig, city, 10, 40, THREAD_EMULATOR, (const unsigned[]){ 50, 20, 10 });
	add_helper(rig, city, 10, 41, THREAD_VHOST, (const unsigned[]){ 900, 100, 0 });
	add_helper(rig, city, 10, 42, THREAD_IO, (const unsigned[]){ 300, 200, 100 });
	add_helper(rig, city, 10, 43, THREAD_IO, (const unsigned[]){ 800, 50, 150 });
	add_helper(rig, city, 30, 44, THREAD_EMULATOR, (const unsigned[]){ 0, 0, 0 });
	add_helper(rig, city, 77, 45, THREAD_EMULATOR, (const unsigned[]){ 1, 1, 1 });
	derive(rig);
	steal = steal_of(rig, 10);
	assert_int_equal(steal->n_helper, 3);
	assert_int_equal(steal->helper[0].kind, HELPER_IOTHREAD);
	assert_int_equal(steal->helper[0].threads, 2);
	/* Of one CPU: two threads may be more than all of it. */
	NEAR(steal->helper[0].host_run_pct, 110);
	NEAR(steal->helper[0].host_wait_pct, 25);
	NEAR(steal->helper[0].host_throttled_pct, 25);
	assert_int_equal(steal->helper[1].kind, HELPER_VHOST);
	NEAR(steal->helper[1].host_run_pct, 90);
	NEAR(steal->helper[1].host_wait_pct, 10);
	assert_int_equal(steal->helper[2].kind, HELPER_EMULATOR);
	NEAR(steal->helper[2].host_run_pct, 5);
	NEAR(steal->helper[2].host_wait_pct, 2);
	NEAR(steal->helper[2].host_throttled_pct, 1);
	assert_int_equal(steal_of(rig, 20)->n_helper, 0);
	assert_int_equal(steal_of(rig, 30)->n_helper, 1);
	NEAR(steal_of(rig, 30)->helper[0].host_run_pct, 0);
	/* They are no vCPUs: what a VM waits does not hold theirs. */
	assert_int_equal(steal->n_thief, 0);
}

static void a_helper_that_is_new_is_not_counted_yet(void **state)
{
	struct rig *rig = *state;
	struct city *city = city_made(rig);

	add_helper(rig, city, 10, 40, THREAD_IO, (const unsigned[]){ 500, 0, 0 });
	add_helper(rig, city, 10, 41, THREAD_IO, (const unsigned[]){ 250, 0, 0 });
	rig->prev.account.n_thread--;
	derive(rig);
	assert_int_equal(steal_of(rig, 10)->n_helper, 1);
	assert_int_equal(steal_of(rig, 10)->helper[0].threads, 1);
	NEAR(steal_of(rig, 10)->helper[0].host_run_pct, 50);
	/* Another thread of its number; and a clock that stood still. */
	city->prev[3].start_ticks = 6;
	derive(rig);
	assert_int_equal(steal_of(rig, 10)->n_helper, 0);
	city->prev[3].start_ticks = 7;
	city->prev[3].at_ns = city->cur[3].at_ns;
	derive(rig);
	assert_int_equal(steal_of(rig, 10)->n_helper, 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(each_kind_has_its_name),
		TEST(only_those_who_ran_are_named),
		TEST(vms_of_one_name_are_two),
		TEST(a_vm_that_is_called_like_a_process_is_no_process),
		TEST(shares_of_others_are_left_out),
		TEST(a_build_is_one_thief),
		TEST(the_small_ones_are_others),
		TEST(kernel_threads_count_as_their_vms),
		TEST(what_was_not_seen_is_not_guessed),
		TEST(helpers_are_summed_by_kind),
		TEST(a_helper_that_is_new_is_not_counted_yet),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("derive_thieves", tests, NULL, NULL);
}
