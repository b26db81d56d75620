// SPDX-License-Identifier: GPL-2.0-or-later
/* schedstat of vCPU threads: what is kept open, what is dropped, and that nobody inherits. */
#include "tests/probes/rig.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "probes/procfs.h"

/* The sched probe alone, on a VM that the test makes up. */
struct bench {
	struct sysroot root;
	struct probe_env env;
	struct sample sample;
	void *sched;
	struct proc_vm vm;
	struct proc_vcpu vcpu[512];
};

static void bench_open(struct bench *b, const char *dir, pid_t pid)
{
	struct err err = { 0 };

	memset(b, 0, sizeof(*b));
	b->env = (struct probe_env){ .root = &b->root, .clock = &clock_system, .wake_fd = -1 };
	b->vm = (struct proc_vm){ .pid = pid, .vcpu = b->vcpu };
	if (sysroot_open(&b->root, dir, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(probes[SECTION_SCHED]->open(&b->env, &b->sched, &err), 0);
}

static const struct sched_sample *bench_sample(struct bench *b)
{
	sample_clear(&b->sample);
	b->sample.procvm = (struct procvm_sample){ .vm = &b->vm, .n_vm = 1 };
	assert_int_equal(probes[SECTION_SCHED]->sample(b->sched, &b->sample), 0);
	return &b->sample.sched;
}

static void bench_close(struct bench *b)
{
	probes[SECTION_SCHED]->close(b->sched);
	sample_release(&b->sample);
	sysroot_close(&b->root);
}

static void bench_add(struct bench *b, pid_t tid, uint64_t start)
{
	b->vcpu[b->vm.n_vcpu++] = (struct proc_vcpu){ .tid = tid, .start_ticks = start };
}

static void files_are_kept_and_read_again(void **state)
{
	static struct bench b;
	char dir[64];
	size_t fds;

	(void)state;
	tree_make(dir, sizeof(dir));
	tree_task(dir, 500, 502, "CPU 1/KVM", 20, "7 8 9\n");
	tree_task(dir, 500, 501, "CPU 0/KVM", 10, "100 200 3\n");
	bench_open(&b, dir, 500);
	fds = rig_count_fds();
	bench_add(&b, 502, 20);
	bench_add(&b, 501, 10);
	assert_int_equal(bench_sample(&b)->n_task, 2);
	assert_int_equal(b.sample.status[SECTION_SCHED].state, SOURCE_OK);
	assert_int_equal(b.sample.sched.task[0].tid, 501);
	assert_int_equal(b.sample.sched.task[0].start_ticks, 10);
	assert_int_equal(b.sample.sched.task[0].run_ns_total, 100);
	assert_int_equal(b.sample.sched.task[0].wait_ns_total, 200);
	assert_true(b.sample.sched.task[0].at_ns >= b.sample.status[SECTION_SCHED].at_ns);
	assert_int_equal(rig_count_fds(), fds + 2);
	tree_put(dir, "proc/500/task/501/schedstat", "111 222 4\n", 10);
	assert_int_equal(bench_sample(&b)->task[0].run_ns_total, 111);
	assert_int_equal(rig_count_fds(), fds + 2);
	b.vm.n_vcpu = 0;
	assert_int_equal(bench_sample(&b)->n_task, 0);
	assert_int_equal(b.sample.status[SECTION_SCHED].state, SOURCE_OK);
	assert_int_equal(rig_count_fds(), fds);
	bench_close(&b);
	tree_remove(dir);
}

static void a_replaced_thread_never_inherits(void **state)
{
	static struct bench b;
	char dir[64];

	(void)state;
	tree_make(dir, sizeof(dir));
	tree_task(dir, 500, 501, "CPU 0/KVM", 10, "100 200 3\n");
	bench_open(&b, dir, 500);
	bench_add(&b, 501, 10);
	assert_int_equal(bench_sample(&b)->n_task, 1);
	tree_task(dir, 500, 501, "CPU 0/KVM", 99, "1 2 3\n");
	b.vcpu[0].start_ticks = 99;
	assert_int_equal(bench_sample(&b)->n_task, 1);
	assert_int_equal(b.sample.sched.task[0].start_ticks, 99);
	/* Somebody else already holds the number: better nothing than his. */
	b.vcpu[0].start_ticks = 55;
	assert_int_equal(bench_sample(&b)->n_task, 0);
	assert_int_equal(b.sample.status[SECTION_SCHED].state, SOURCE_OK);
	bench_close(&b);
	tree_remove(dir);
}

/* What schedstat cannot tell yet: a thread that gets no CPU at all waits all the same. */
static void a_wait_in_progress_is_counted_once(void **state)
{
	static struct bench b;
	const struct task_sched *task;
	uint64_t first_ns, seen_ns;
	char dir[64], text[64];

	(void)state;
	tree_make(dir, sizeof(dir));
	tree_task(dir, 500, 501, "CPU 0/KVM", 10, "100 2000 3\n");
	tree_stat_state(dir, "proc/500/task/501/stat", 501, "CPU 0/KVM", 'R', 10);
	bench_open(&b, dir, 500);
	bench_add(&b, 501, 10);
	task = bench_sample(&b)->task;
	assert_int_equal(task->wait_ns_total, 2000);
	first_ns = task->at_ns;
	for (int i = 0; i < 3; i++)
		task = bench_sample(&b)->task;
	seen_ns = task->at_ns - first_ns;
	assert_int_equal(task->wait_ns_total, 2000 + seen_ns);
	/* It is over: the kernel's own figure has all of it, and more. */
	snprintf(text, sizeof(text), "101 %llu 4\n", (unsigned long long)(2000 + seen_ns + 50));
	tree_put(dir, "proc/500/task/501/schedstat", text, strlen(text));
	assert_int_equal(bench_sample(&b)->task->wait_ns_total, 2000 + seen_ns + 50);
	/* Asleep: it waits for nothing. */
	tree_stat_state(dir, "proc/500/task/501/stat", 501, "CPU 0/KVM", 'S', 10);
	for (int i = 0; i < 3; i++)
		task = bench_sample(&b)->task;
	assert_int_equal(task->wait_ns_total, 2000 + seen_ns + 50);
	/* Woken and starved: seen some rounds later at most. */
	tree_stat_state(dir, "proc/500/task/501/stat", 501, "CPU 0/KVM", 'R', 10);
	for (int i = 0; i < 64; i++)
		task = bench_sample(&b)->task;
	assert_true(task->wait_ns_total > 2000 + seen_ns + 50);
	bench_close(&b);
	tree_remove(dir);
}

static void a_thread_without_ticks_may_run(void **state)
{
	static struct bench b;
	char dir[64];

	(void)state;
	tree_make(dir, sizeof(dir));
	tree_put(dir, "sys/devices/system/cpu/nohz_full", "0-3\n", 4);
	tree_task(dir, 500, 501, "CPU 0/KVM", 10, "100 2000 3\n");
	tree_stat_state(dir, "proc/500/task/501/stat", 501, "CPU 0/KVM", 'R', 10);
	bench_open(&b, dir, 500);
	bench_add(&b, 501, 10);
	for (int i = 0; i < 3; i++)
		assert_int_equal(bench_sample(&b)->task->wait_ns_total, 2000);
	bench_close(&b);
	tree_remove(dir);
}

static void no_schedstat_or_one_that_counts_nothing_is_no_zero(void **state)
{
	static struct bench b;
	char dir[64];

	(void)state;
	tree_make(dir, sizeof(dir));
	tree_task(dir, 500, 501, "CPU 0/KVM", 10, "0 0 0\n");
	bench_open(&b, dir, 500);
	bench_add(&b, 501, 10);
	assert_int_equal(bench_sample(&b)->n_task, 0);
	assert_int_equal(b.sample.status[SECTION_SCHED].state, SOURCE_UNAVAILABLE);
	assert_non_null(strstr(b.sample.status[SECTION_SCHED].reason, "delayacct"));
	/* It came on a CPU once, and its first run has not been added up yet. */
	tree_put(dir, "proc/500/task/501/schedstat", "0 0 1\n", 6);
	assert_int_equal(bench_sample(&b)->n_task, 1);
	assert_int_equal(b.sample.status[SECTION_SCHED].state, SOURCE_OK);
	bench_close(&b);
	bench_open(&b, dir, 500);
	assert_int_equal(unlinkat(b.root.dirfd, "proc/500/task/501/schedstat", 0), 0);
	bench_add(&b, 501, 10);
	assert_int_equal(bench_sample(&b)->n_task, 0);
	assert_int_equal(b.sample.status[SECTION_SCHED].state, SOURCE_UNAVAILABLE);
	assert_non_null(strstr(b.sample.status[SECTION_SCHED].reason, "CONFIG_SCHED_INFO"));
	bench_close(&b);
	tree_remove(dir);
}

static void few_files_are_enough(void **state)
{
	static struct bench b;
	struct rlimit old, few = { 80, 80 };
	char dir[64];

	(void)state;
	tree_make(dir, sizeof(dir));
	for (pid_t tid = 501; tid < 801; tid++)
		tree_task(dir, 500, tid, "CPU 0/KVM", 10, "100 200 3\n");
	getrlimit(RLIMIT_NOFILE, &old);
	few.rlim_max = old.rlim_max;
	bench_open(&b, dir, 500);
	setrlimit(RLIMIT_NOFILE, &few); /* smaller than what open saw: others use files, too */
	for (pid_t tid = 501; tid < 801; tid++)
		bench_add(&b, tid, 10);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(bench_sample(&b)->n_task, 300);
		assert_true(rig_count_fds() < 70); /* some were given back */
	}
	setrlimit(RLIMIT_NOFILE, &old);
	bench_close(&b);
	tree_remove(dir);
}

static void the_limit_of_files_is_raised(void **state)
{
	static struct bench b;
	struct rlimit limit, old;

	(void)state;
	getrlimit(RLIMIT_NOFILE, &old);
	limit = old;
	limit.rlim_cur = 256;
	setrlimit(RLIMIT_NOFILE, &limit);
	bench_open(&b, "/", 1);
	getrlimit(RLIMIT_NOFILE, &limit);
	assert_int_equal(limit.rlim_cur, old.rlim_max);
	bench_close(&b);
	setrlimit(RLIMIT_NOFILE, &old);
}

struct worker {
	pthread_t thread;
	sem_t ready, go;
	pid_t tid;
};

static void *work(void *arg)
{
	struct worker *w = arg;

	w->tid = (pid_t)syscall(SYS_gettid);
	usleep(1000); /* its run time is counted when it leaves the CPU, at the latest */
	sem_post(&w->ready);
	sem_wait(&w->go);
	return NULL;
}

static uint64_t start_of(pid_t tid)
{
	struct sysroot root;
	struct procfs_stat stat;
	char buf[1024];

	assert_int_equal(sysroot_open(&root, "/", NULL), 0);
	assert_true(sysroot_read(&root, buf, sizeof(buf), "proc/self/task/%d/stat", (int)tid) > 0);
	assert_true(procfs_stat(buf, &stat));
	sysroot_close(&root);
	return stat.start_ticks;
}

static void live_threads_that_end_are_dropped_silently(void **state)
{
	static struct bench b;
	size_t fds;

	(void)state;
	if (access("/proc/self/schedstat", R_OK) < 0)
		skip();
	bench_open(&b, "/", getpid());
	fds = rig_count_fds();
	for (int i = 0; i < 500; i++) {
		struct worker w;

		sem_init(&w.ready, 0, 0);
		sem_init(&w.go, 0, 0);
		assert_int_equal(pthread_create(&w.thread, NULL, work, &w), 0);
		sem_wait(&w.ready);
		b.vm.n_vcpu = 0;
		bench_add(&b, w.tid, start_of(w.tid));
		assert_int_equal(bench_sample(&b)->n_task, 1);
		assert_true(b.sample.sched.task[0].run_ns_total +
				    b.sample.sched.task[0].wait_ns_total >
			    0);
		sem_post(&w.go);
		pthread_join(w.thread, NULL);
		/* join returns when the kernel has cleared the tid, a moment before it is unhashed
		 */
		while (bench_sample(&b)->n_task)
			sched_yield();
		assert_int_equal(b.sample.status[SECTION_SCHED].state, SOURCE_OK);
		assert_null(b.sample.status[SECTION_SCHED].reason);
		assert_int_equal(rig_count_fds(), fds);
	}
	bench_close(&b);
}

static void run_time_agrees_with_the_thread_clock(void **state)
{
	static struct bench b;
	struct timespec clock;
	uint64_t own_ns, before;

	(void)state;
	if (access("/proc/self/schedstat", R_OK) < 0)
		skip();
	bench_open(&b, "/", getpid());
	bench_add(&b, (pid_t)syscall(SYS_gettid), start_of((pid_t)syscall(SYS_gettid)));
	before = bench_sample(&b)->task[0].run_ns_total;
	do {
		clock_gettime(CLOCK_THREAD_CPUTIME_ID, &clock);
		own_ns = (uint64_t)clock.tv_sec * 1000000000u + (uint64_t)clock.tv_nsec;
	} while (own_ns < before + 200000000);
	/* Up to a tick of 10 ms behind while it runs. */
	assert_in_range(
		bench_sample(&b)->task[0].run_ns_total, own_ns - 11000000, own_ns + 5000000);
	bench_close(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files_are_kept_and_read_again),
		cmocka_unit_test(a_replaced_thread_never_inherits),
		cmocka_unit_test(a_wait_in_progress_is_counted_once),
		cmocka_unit_test(a_thread_without_ticks_may_run),
		cmocka_unit_test(no_schedstat_or_one_that_counts_nothing_is_no_zero),
		cmocka_unit_test(few_files_are_enough),
		cmocka_unit_test(the_limit_of_files_is_raised),
		cmocka_unit_test(live_threads_that_end_are_dropped_silently),
		cmocka_unit_test(run_time_agrees_with_the_thread_clock),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
