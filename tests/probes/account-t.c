// SPDX-License-Identifier: GPL-2.0-or-later
/* The exact accounts live, beside what the kernel says: totals, states, moves and quota. */
#include "tests/probes/account_rig.h"

#include <fcntl.h>

static uint64_t sum_ns(const struct account_thread *thread)
{
	uint64_t ns = 0;

	for (size_t i = 0; i < ACCOUNT_COUNT; i++)
		ns += thread->account_ns[i];
	return ns;
}

static void a_captured_tree_says_so(void **state)
{
	(void)state;
	bpf_rig_on_a_tree(SECTION_ACCOUNT, "sys", "captured tree");
}

static void without_rights_it_names_those_that_are_missing(void **state)
{
	(void)state;
	bpf_rig_as_nobody(SECTION_ACCOUNT,
		"cannot load the vCPU accounts: not permitted; run as root or grant CAP_BPF and "
		"CAP_PERFMON");
}

/* One refresh: what each thread has now, which is never less than before. How many it has. */
static size_t contest_look(struct bench *b, const struct contest *c, struct account_thread last[2])
{
	const struct account_sample *section = bench_sample(b);
	size_t n = 0;

	for (size_t i = 0; i < 2; i++) {
		const struct account_thread *now =
			account_thread(section, b->worker[i].tid, b->worker[i].start);
		uint64_t ns;

		if (!now)
			continue;
		assert_true(now->settled);
		for (size_t k = 0; k < ACCOUNT_COUNT; k++)
			assert_true(now->account_ns[k] >= last[i].account_ns[k]);
		assert_true(now->run_ns_total >= last[i].run_ns_total);
		assert_true(now->wait_ns_total >= last[i].wait_ns_total);
		/*
		 * In the midst of it, too, all of the time is somewhere: and some of it twice, if
		 * it came on the CPU without our knowing, which took it for waiting until it left.
		 */
		ns = now->at_ns - c->first[i].at_ns;
		assert_in_range(sum_ns(now) - sum_ns(&c->first[i]) + MS / 10, ns, ns + 10 * MS);
		last[i] = *now;
		n++;
	}
	return n;
}

static uint64_t grown(const struct contest *c, size_t i, enum account account)
{
	return c->now[i].account_ns[account] - c->first[i].account_ns[account];
}

/* They rest again: what they ran and waited is what the kernel says, and charged to somebody. */
static void contest_expect_kernels(struct bench *b, struct contest *c)
{
	uint64_t waited_ns = 0;

	contest_end(b, c);
	for (size_t i = 0; i < 2; i++) {
		struct kernel_says says = contest_says(c, i);

		assert_int_equal(c->now[i].run_ns_total, c->says[i].run_ns);
		assert_int_equal(c->now[i].wait_ns_total, c->says[i].wait_ns);
		assert_int_equal(grown(c, i, ACCOUNT_RUN), says.run_ns);
		expect_near(grown(c, i, ACCOUNT_WAITING) + grown(c, i, ACCOUNT_THROTTLED),
			says.wait_ns, says.arrivals);
		/* And each time that it came on a CPU is a wait, but where there was none. */
		assert_in_range(b->waits[i], says.arrivals - says.arrivals / 8, says.arrivals);
		assert_in_range(b->longest_ns[i], says.wait_ns / says.arrivals, says.wait_ns);
		waited_ns += says.wait_ns;
	}
	assert_true(waited_ns > 200 * MS); /* they were two, of 400 ms */
	contest_expect_charged(b, c);
}

static void totals_are_the_kernels_to_the_nanosecond(void **state)
{
	struct bench *b = *state;
	struct contest c;
	struct account_thread last[2];
	size_t n = 0;

	contest_begin(b, &c);
	memcpy(last, c.first, sizeof(last));
	contest_order(b, BURN);
	for (int i = 0; i < 20; i++) {
		usleep(20000);
		n += contest_look(b, &c, last);
	}
	assert_in_range(n, 38, 40); /* an account may be being written to */
	contest_expect_kernels(b, &c);
}

/* A wait that began on one CPU and ends on another is counted on both. */
static void a_thread_that_is_moved_loses_no_wait(void **state)
{
	struct bench *b = *state;
	struct contest c;
	struct account_thread last[2];
	size_t n = 0;
	cpu_set_t cpu[2] = { one_cpu(), nth_cpu(1) };

	if (CPU_COUNT(&cpu[1]) == 0)
		skip();
	contest_begin(b, &c);
	memcpy(last, c.first, sizeof(last));
	contest_order(b, BURN);
	for (int i = 0; i < 200; i++) {
		usleep(2000);
		for (size_t k = 0; k < 2; k++)
			sched_setaffinity(b->worker[k].tid, sizeof(cpu[0]), &cpu[i % 2]);
		if (i % 10 == 0)
			n += contest_look(b, &c, last);
	}
	assert_in_range(n, 38, 40);
	contest_expect_kernels(b, &c);
}

static void each_state_has_its_account(void **state)
{
	struct bench *b = *state;
	struct contest c;
	struct account_thread now[2];
	uint64_t ns;

	contest_begin(b, &c);
	worker_order(&b->worker[0], BLOCK);
	usleep(200000);
	for (size_t i = 0; i < 2; i++)
		now[i] = bench_find(b, b->worker[i].tid, b->worker[i].start);
	ns = now[0].at_ns - c.first[0].at_ns;
	assert_in_range(now[0].account_ns[ACCOUNT_BLOCKED] - c.first[0].account_ns[ACCOUNT_BLOCKED],
		ns / 2, ns);
	ns = now[1].at_ns - c.first[1].at_ns;
	assert_in_range(now[1].account_ns[ACCOUNT_ASLEEP] - c.first[1].account_ns[ACCOUNT_ASLEEP],
		ns - 5 * MS, ns + 5 * MS);
	for (size_t i = 0; i < 2; i++) {
		/* Neither has ever been inside of KVM. */
		assert_int_equal(now[i].account_ns[ACCOUNT_HALTED], 0);
		assert_int_equal(now[i].account_ns[ACCOUNT_BLOCKED_KVM], 0);
		assert_int_equal(now[i].steal_clock, STEAL_CLOCK_UNKNOWN);
		assert_true(now[i].told_ns_total == UNKNOWN_U64);
	}
}

/* Every place where a group with a quota of 20 ms in 100 may be made. */
static const struct {
	const char *root, *quota, *text;
} group_kinds[] = {
	{ "/sys/fs/cgroup/cpu", "cpu.cfs_quota_us", "20000" },
	{ "/sys/fs/cgroup/cpu,cpuacct", "cpu.cfs_quota_us", "20000" },
	{ "/sys/fs/cgroup", "cpu.max", "20000 100000" },
};

/* A group for one process, and who takes it away when this process has let go or ended. */
struct cpu_group {
	char dir[COUNT(group_kinds)][128];
	int let_go_fd;
	pid_t keeper;
};

static void keep_group(const struct cpu_group *group, int fd)
{
	char none;
	ssize_t n = read(fd, &none, 1);
	bool left = n == 0;

	/* They leave when their process is reaped, or a moment later. */
	for (int i = 0; left && i < 10000; i++) {
		left = false;
		for (size_t k = 0; k < COUNT(group->dir); k++)
			left |= rmdir(group->dir[k]) < 0 && errno == EBUSY;
		usleep(1000);
	}
	_exit(left || n < 0);
}

/* Before anything is made that is to be taken away. */
static void group_open(struct cpu_group *group)
{
	int fd[2];

	for (size_t i = 0; i < COUNT(group_kinds); i++)
		snprintf(group->dir[i], sizeof(group->dir[i]), "%s/parallax-account-%d",
			group_kinds[i].root, (int)getpid());
	assert_int_equal(pipe(fd), 0);
	group->let_go_fd = fd[1];
	group->keeper = fork();
	assert_true(group->keeper >= 0);
	if (group->keeper == 0) {
		close(fd[1]);
		setsid(); /* no Ctrl-C is for it */
		keep_group(group, fd[0]);
	}
	close(fd[0]);
}

static void group_close(struct cpu_group *group)
{
	close(group->let_go_fd);
	waitpid(group->keeper, NULL, 0);
	group->keeper = 0;
}

static bool write_text(const char *dir, const char *name, const char *text)
{
	char path[256];
	bool done;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_WRONLY);
	done = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);
	if (fd >= 0)
		close(fd);
	return done;
}

/* False: there is none to be had. */
static bool group_enter(const struct cpu_group *group, pid_t pid)
{
	char number[16];

	snprintf(number, sizeof(number), "%d", (int)pid);
	for (size_t i = 0; i < COUNT(group_kinds); i++) {
		if (mkdir(group->dir[i], 0755) < 0)
			continue;
		if (write_text(group->dir[i], group_kinds[i].quota, group_kinds[i].text) &&
			write_text(group->dir[i], "cgroup.procs", number))
			return true;
		rmdir(group->dir[i]);
	}
	return false;
}

/* The group that the quota test is in. */
static struct cpu_group group;

static int quota_setup(void **state)
{
	group_open(&group);
	return bench_setup(state);
}

static int quota_teardown(void **state)
{
	bench_teardown(state);
	group_close(&group);
	for (size_t i = 0; i < COUNT(group.dir); i++)
		assert_true(access(group.dir[i], F_OK) < 0);
	return 0;
}

static void a_quota_is_told_apart_from_a_queue(void **state)
{
	struct bench *b = *state;
	struct account_thread first, now;
	uint64_t start, ns, throttled = 0;

	bench_open(b);
	start_thief(b, "par-vm");
	if (!group_enter(&group, b->thief)) {
		print_message("# no cgroup with a CPU quota can be made here\n");
		skip();
	}
	b->vm.pid = b->thief;
	start = start_of(b->thief, b->thief);
	bench_add(b, b->thief, start);
	first = bench_find(b, b->thief, start);
	usleep(1000000);
	now = bench_find(b, b->thief, start);
	assert_int_equal(b->rig.sample.account.n_thread, 1);
	ns = now.at_ns - first.at_ns;
	/* 20 ms of each 100: it may have had to queue for those, too. */
	assert_in_range(
		now.account_ns[ACCOUNT_RUN] - first.account_ns[ACCOUNT_RUN], ns / 100, ns / 3);
	assert_in_range(now.account_ns[ACCOUNT_THROTTLED] - first.account_ns[ACCOUNT_THROTTLED],
		ns / 4, ns);
	assert_in_range(now.wait_ns_total - first.wait_ns_total, ns / 2, ns + 100 * MS);
	for (size_t i = 0; i < ACCOUNT_BINS; i++)
		throttled += now.bin[1][i];
	assert_in_range(throttled, 3, 15); /* periods */
	/* Nobody took that. */
	assert_in_range(ran_ns(b, (pid_t)ACCOUNT_QUOTA, false), ns / 5, ns);
}

static void programs_are_gone_when_it_is_closed(void **state)
{
	struct bench *b = *state;
	__u32 id[32], left[32];
	size_t n;

	assert_int_equal(bpf_own_programs(id, COUNT(id)), 0);
	bench_open(b);
	n = bpf_own_programs(id, COUNT(id));
	assert_true(n >= 4);
	bpf_rig_close(&b->rig);
	assert_int_equal(bpf_own_programs(left, COUNT(left)), 0);
	while (n)
		assert_true(bpf_is_gone(id[--n]));
	b->rig.probe->close(NULL);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_captured_tree_says_so),
		cmocka_unit_test(without_rights_it_names_those_that_are_missing),
		bench_test(totals_are_the_kernels_to_the_nanosecond),
		bench_test(a_thread_that_is_moved_loses_no_wait),
		bench_test(each_state_has_its_account),
		cmocka_unit_test_setup_teardown(
			a_quota_is_told_apart_from_a_queue, quota_setup, quota_teardown),
		bench_test(programs_are_gone_when_it_is_closed),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("account", tests, NULL, NULL);
}
