// SPDX-License-Identifier: GPL-2.0-or-later
/* The exact accounts live: threads of this process stand for vCPUs, beside what the kernel says. */
#include "tests/probes/bpf_rig.h"

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "probes/procfs.h"

#define MS	 1000000ull
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* A VM made of this process, whose vCPUs the test names. */
struct bench {
	struct bpf_rig rig;
	struct proc_vm vm;
	struct proc_vcpu vcpu[ACCOUNT_SLOTS + 8];
	struct account_share sum[256]; /* of all readings */
	size_t n_sum;
};

static void bench_open(struct bench *b)
{
	b->vm = (struct proc_vm){ .pid = getpid(), .vcpu = b->vcpu };
	b->n_sum = 0;
	bpf_rig_open_live(&b->rig, SECTION_ACCOUNT);
}

static void bench_add(struct bench *b, pid_t tid, uint64_t start)
{
	b->vcpu[b->vm.n_vcpu++] = (struct proc_vcpu){ .tid = tid, .start_ticks = start };
}

/* Shares are of the time since the reading before. */
static void add_share(struct bench *b, const struct account_share *share)
{
	size_t i = 0;

	while (i < b->n_sum && (b->sum[i].pid != share->pid || b->sum[i].vcpu != share->vcpu))
		i++;
	if (i == COUNT(b->sum))
		fail_msg("more thieves than expected");
	if (i == b->n_sum)
		b->sum[b->n_sum++] =
			(struct account_share){ .pid = share->pid, .vcpu = share->vcpu };
	b->sum[i].ran_ns += share->ran_ns;
}

static uint64_t ran_ns(const struct bench *b, pid_t pid, bool vcpu)
{
	for (size_t i = 0; i < b->n_sum; i++)
		if (b->sum[i].pid == pid && b->sum[i].vcpu == vcpu)
			return b->sum[i].ran_ns;
	return 0;
}

static const struct account_sample *bench_sample(struct bench *b)
{
	struct bpf_rig *rig = &b->rig;

	sample_clear(&rig->sample);
	rig->sample.status[SECTION_ACCOUNT].state = SOURCE_OK; /* as the runner does */
	rig->sample.procvm = (struct procvm_sample){ .vm = &b->vm, .n_vm = 1 };
	assert_int_equal(rig->probe->sample(rig->state, &rig->sample), 0);
	for (size_t i = 0; i < rig->sample.account.n_share; i++)
		add_share(b, &rig->sample.account.share[i]);
	return &rig->sample.account;
}

/* A thread that does what it is told. */
enum job { REST, BURN, BLOCK, END };

struct worker {
	pthread_t thread;
	sem_t ready, go;
	atomic_int job;
	pid_t tid;
	uint64_t start;
	cpu_set_t cpu;
};

/* A fork whose parent waits, as for a disk, until the child has come to its end. */
static void wait_like_for_a_disk(void)
{
	const struct timespec time = { .tv_nsec = 300 * MS };
	pid_t pid = (pid_t)syscall(SYS_clone, CLONE_VFORK | SIGCHLD, 0, 0, 0, 0);

	if (pid == 0) {
		syscall(SYS_nanosleep, &time, NULL);
		syscall(SYS_exit_group, 0);
	}
	waitpid(pid, NULL, 0);
}

static void *work(void *arg)
{
	struct worker *w = arg;
	int job;

	w->tid = (pid_t)syscall(SYS_gettid);
	sched_setaffinity(0, sizeof(w->cpu), &w->cpu);
	sem_post(&w->ready);
	do {
		sem_wait(&w->go);
		while ((job = atomic_load(&w->job)) == BURN)
			continue;
		if (job == BLOCK)
			wait_like_for_a_disk();
	} while (job != END);
	return NULL;
}

static uint64_t start_of(pid_t pid, pid_t tid)
{
	struct sysroot root;
	struct procfs_stat stat;
	char buf[1024];

	assert_int_equal(sysroot_open(&root, "/", NULL), 0);
	assert_true(sysroot_read(&root, buf, sizeof(buf), "proc/%d/task/%d/stat", (int)pid,
			    (int)tid) > 0);
	assert_true(procfs_stat(buf, &stat));
	sysroot_close(&root);
	return stat.start_ticks;
}

/* The n-th that we may use; empty: there are not so many. */
static cpu_set_t nth_cpu(int n)
{
	cpu_set_t all, one;

	assert_int_equal(sched_getaffinity(0, sizeof(all), &all), 0);
	CPU_ZERO(&one);
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (CPU_ISSET(cpu, &all) && n-- == 0)
			CPU_SET(cpu, &one);
	return one;
}

/* All on one CPU: there they wait for each other. */
static cpu_set_t one_cpu(void)
{
	return nth_cpu(0);
}

static void worker_start(struct worker *w)
{
	sem_init(&w->ready, 0, 0);
	sem_init(&w->go, 0, 0);
	atomic_store(&w->job, REST);
	w->cpu = one_cpu();
	assert_int_equal(pthread_create(&w->thread, NULL, work, w), 0);
	sem_wait(&w->ready);
	w->start = start_of(getpid(), w->tid);
}

static void worker_order(struct worker *w, enum job job)
{
	atomic_store(&w->job, job);
	if (job != REST)
		sem_post(&w->go);
}

static void worker_end(struct worker *w)
{
	worker_order(w, END);
	pthread_join(w->thread, NULL);
	sem_destroy(&w->ready);
	sem_destroy(&w->go);
}

/* What the kernel says of a thread that sleeps; false when it does not. */
struct kernel_says {
	unsigned long long run_ns, wait_ns, arrivals;
};

static bool asleep_says(pid_t tid, struct kernel_says *says)
{
	char path[64], line[512] = "";
	const char *end;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", (int)tid);
	file = fopen(path, "r");
	assert_non_null(file);
	assert_non_null(fgets(line, sizeof(line), file));
	fclose(file);
	end = strrchr(line, ')');
	snprintf(path, sizeof(path), "/proc/self/task/%d/schedstat", (int)tid);
	file = fopen(path, "r");
	if (!file)
		skip();
	assert_int_equal(
		fscanf(file, "%llu %llu %llu", &says->run_ns, &says->wait_ns, &says->arrivals), 3);
	fclose(file);
	return end && end[2] == 'S';
}

/* It is off its CPU, and all that it ran is counted. */
static void wait_asleep(const struct worker *w)
{
	struct kernel_says before = { 0 }, says = { 0 };

	for (int i = 0; i < 5000; i++) {
		if (asleep_says(w->tid, &says) && memcmp(&before, &says, sizeof(says)) == 0)
			return;
		before = says;
		usleep(1000);
	}
	fail_msg("it never sleeps");
}

/* Both sides of a thread that sleeps: it did not run between the two looks. */
static struct account_thread settled(
	struct bench *b, const struct worker *w, struct kernel_says *says)
{
	for (int i = 0; i < 5000; i++) {
		struct kernel_says before;
		const struct account_thread *thread;

		if (!asleep_says(w->tid, &before)) {
			usleep(1000);
			continue;
		}
		thread = account_thread(bench_sample(b), w->tid, w->start);
		if (asleep_says(w->tid, says) && memcmp(&before, says, sizeof(before)) == 0 &&
			thread)
			return *thread;
	}
	fail_msg("it never sleeps");
	return (struct account_thread){ 0 };
}

static uint64_t sum_ns(const struct account_thread *thread)
{
	uint64_t ns = 0;

	for (size_t i = 0; i < ACCOUNT_COUNT; i++)
		ns += thread->account_ns[i];
	return ns;
}

static uint64_t sum_bins(const struct account_thread *thread)
{
	uint64_t n = 0;

	for (size_t i = 0; thread->bin && i < ACCOUNT_BINS; i++)
		n += (uint64_t)thread->bin[0][i] + thread->bin[1][i];
	return n;
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

/* Two threads that take a CPU from each other for a while; what they were before. */
struct contest {
	struct worker worker[2];
	struct account_thread first[2];
	struct kernel_says said[2];
	uint64_t waits[2], longest_ns[2];
};

static void contest_begin(struct bench *b, struct contest *c)
{
	bench_open(b);
	for (size_t i = 0; i < 2; i++) {
		worker_start(&c->worker[i]);
		bench_add(b, c->worker[i].tid, c->worker[i].start);
	}
	for (size_t i = 0; i < 2; i++)
		wait_asleep(&c->worker[i]); /* no estimate stands in the way of the first reading */
	for (size_t i = 0; i < 2; i++) {
		c->first[i] = settled(b, &c->worker[i], &c->said[i]);
		assert_int_equal(c->first[i].run_ns_total, c->said[i].run_ns);
		assert_int_equal(c->first[i].wait_ns_total, c->said[i].wait_ns);
	}
}

static void contest_end(struct bench *b, struct contest *c)
{
	for (size_t i = 0; i < 2; i++)
		worker_end(&c->worker[i]);
	bpf_rig_close(&b->rig);
}

/* One refresh: what each thread has now, which is never less than before. */
static void contest_look(struct bench *b, struct contest *c, struct account_thread last[2])
{
	const struct account_sample *section = bench_sample(b);

	for (size_t i = 0; i < 2; i++) {
		const struct account_thread *now =
			account_thread(section, c->worker[i].tid, c->worker[i].start);
		uint64_t ns;

		assert_non_null(now);
		assert_true(now->settled);
		for (size_t k = 0; k < ACCOUNT_COUNT; k++)
			assert_true(now->account_ns[k] >= last[i].account_ns[k]);
		assert_true(now->run_ns_total >= last[i].run_ns_total);
		assert_true(now->wait_ns_total >= last[i].wait_ns_total);
		/* In the midst of it, too: nearly all of the time is somewhere. */
		ns = now->at_ns - c->first[i].at_ns;
		assert_in_range(sum_ns(now) - sum_ns(&c->first[i]) + ns / 10 + 20 * MS, ns,
			ns + ns / 10 + 25 * MS);
		c->waits[i] += sum_bins(now);
		if (now->max_wait_ns > c->longest_ns[i])
			c->longest_ns[i] = now->max_wait_ns;
		last[i] = *now;
	}
}

static void expect_near(uint64_t ns, uint64_t kernels_ns, uint64_t arrivals)
{
	uint64_t error_ns = kernels_ns / 8 + 10 * MS + arrivals * 50000;

	assert_in_range(ns + error_ns, kernels_ns, kernels_ns + 2 * error_ns);
}

/* They rest again: what they ran and waited is what the kernel says, and charged to somebody. */
static void contest_expect_kernels(struct bench *b, struct contest *c)
{
	uint64_t waited_ns = 0, charged_ns = 0;

	usleep(50000); /* an estimate that was high stands until it is true */
	for (size_t i = 0; i < 2; i++)
		worker_order(&c->worker[i], REST);
	for (size_t i = 0; i < 2; i++) {
		struct kernel_says says;
		struct account_thread now = settled(b, &c->worker[i], &says);
		uint64_t arrivals = says.arrivals - c->said[i].arrivals, wait_ns;

		assert_int_equal(now.run_ns_total, says.run_ns);
		assert_int_equal(now.wait_ns_total, says.wait_ns);
		/* The accounts are of two clocks, and a switch may go unseen. */
		expect_near(now.account_ns[ACCOUNT_RUN] - c->first[i].account_ns[ACCOUNT_RUN],
			says.run_ns - c->said[i].run_ns, arrivals);
		wait_ns = now.account_ns[ACCOUNT_WAITING] + now.account_ns[ACCOUNT_THROTTLED] -
			  c->first[i].account_ns[ACCOUNT_WAITING] -
			  c->first[i].account_ns[ACCOUNT_THROTTLED];
		waited_ns += says.wait_ns - c->said[i].wait_ns;
		expect_near(wait_ns, says.wait_ns - c->said[i].wait_ns, arrivals);
		/* And each time that it came on a CPU is a wait, but where there was none. */
		assert_in_range(c->waits[i], 10, arrivals);
		assert_in_range(c->longest_ns[i], 1, says.wait_ns - c->said[i].wait_ns + 100 * MS);
		charged_ns += now.unseen_ns_total - c->first[i].unseen_ns_total;
	}
	assert_true(waited_ns > 200 * MS); /* they were two, of 400 ms */
	for (size_t i = 0; i < b->n_sum; i++)
		charged_ns += b->sum[i].ran_ns;
	assert_in_range(charged_ns, waited_ns - waited_ns / 8, waited_ns + waited_ns / 50 + 2 * MS);
}

static void totals_are_the_kernels_to_the_nanosecond(void **state)
{
	static struct bench b;
	static struct contest c;
	struct account_thread last[2];

	(void)state;
	contest_begin(&b, &c);
	memcpy(last, c.first, sizeof(last));
	for (size_t i = 0; i < 2; i++)
		worker_order(&c.worker[i], BURN);
	for (int i = 0; i < 20; i++) {
		usleep(20000);
		contest_look(&b, &c, last);
	}
	contest_expect_kernels(&b, &c);
	contest_end(&b, &c);
}

/* A wait that began on one CPU and ends on another is counted on both. */
static void a_thread_that_is_moved_loses_no_wait(void **state)
{
	static struct bench b;
	static struct contest c;
	struct account_thread last[2];
	cpu_set_t cpu[2] = { one_cpu(), nth_cpu(1) };

	(void)state;
	if (CPU_COUNT(&cpu[1]) == 0)
		skip();
	contest_begin(&b, &c);
	memcpy(last, c.first, sizeof(last));
	for (size_t i = 0; i < 2; i++)
		worker_order(&c.worker[i], BURN);
	for (int i = 0; i < 200; i++) {
		usleep(2000);
		for (size_t k = 0; k < 2; k++)
			sched_setaffinity(c.worker[k].tid, sizeof(cpu[0]), &cpu[i % 2]);
		if (i % 10 == 0)
			contest_look(&b, &c, last);
	}
	contest_expect_kernels(&b, &c);
	contest_end(&b, &c);
}

/* Another process on the same CPU, with a name of its own. */
static pid_t start_thief(const char *name)
{
	cpu_set_t cpu = one_cpu();
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_NAME, name);
	sched_setaffinity(0, sizeof(cpu), &cpu);
	for (;;)
		continue;
}

static void end_thief(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void expect_sorted(const struct account_sample *section)
{
	for (size_t i = 0; i < section->n_share; i++) {
		const struct account_share *one = &section->share[i], *two = one + 1;

		assert_int_equal(one->vm, getpid());
		if (i + 1 < section->n_share)
			assert_true(one->pid < two->pid ||
				    (one->pid == two->pid && one->vcpu < two->vcpu));
	}
}

static void those_who_ran_meanwhile_are_named(void **state)
{
	static struct bench b;
	static struct contest c;
	const struct account_sample *section;
	uint64_t waited_ns = 0;
	pid_t thief;

	(void)state;
	contest_begin(&b, &c);
	thief = start_thief("par-thief");
	for (size_t i = 0; i < 2; i++)
		worker_order(&c.worker[i], BURN);
	usleep(600000);
	section = bench_sample(&b);
	expect_sorted(section);
	for (size_t i = 0; i < section->n_share; i++)
		if (section->share[i].pid == thief)
			assert_string_equal(section->share[i].name, "par-thief");
	for (size_t i = 0; i < 2; i++)
		worker_order(&c.worker[i], REST);
	for (size_t i = 0; i < 2; i++) {
		struct kernel_says says;

		settled(&b, &c.worker[i], &says);
		waited_ns += says.wait_ns - c.said[i].wait_ns;
	}
	/* Three of them took turns. */
	assert_in_range(ran_ns(&b, thief, false), waited_ns / 20, waited_ns);
	assert_in_range(ran_ns(&b, getpid(), true), waited_ns / 20, waited_ns);
	end_thief(thief);
	contest_end(&b, &c);
}

static void each_state_has_its_account(void **state)
{
	static struct bench b;
	static struct contest c;
	const struct account_sample *section;
	struct account_thread now[2];
	uint64_t ns;

	(void)state;
	contest_begin(&b, &c);
	worker_order(&c.worker[0], BLOCK);
	usleep(200000);
	section = bench_sample(&b);
	for (size_t i = 0; i < 2; i++)
		now[i] = *account_thread(section, c.worker[i].tid, c.worker[i].start);
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
	contest_end(&b, &c);
}

/* A group for one process of so many per cent of a CPU; false: there is none to be had. */
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

static bool group_make(char *dir, size_t size, pid_t pid)
{
	static const struct {
		const char *root, *quota, *text;
	} kinds[] = {
		{ "/sys/fs/cgroup/cpu", "cpu.cfs_quota_us", "20000" },
		{ "/sys/fs/cgroup/cpu,cpuacct", "cpu.cfs_quota_us", "20000" },
		{ "/sys/fs/cgroup", "cpu.max", "20000 100000" },
	};
	char number[16];

	snprintf(number, sizeof(number), "%d", (int)pid);
	for (size_t i = 0; i < COUNT(kinds); i++) {
		snprintf(dir, size, "%s/parallax-account-%d", kinds[i].root, (int)getpid());
		if (mkdir(dir, 0755) < 0)
			continue;
		if (write_text(dir, kinds[i].quota, kinds[i].text) &&
			write_text(dir, "cgroup.procs", number))
			return true;
		rmdir(dir);
	}
	return false;
}

/* It leaves when its process is reaped, or a moment later. */
static void group_remove(const char *dir)
{
	for (int i = 0; i < 1000 && rmdir(dir) < 0 && errno == EBUSY; i++)
		usleep(1000);
}

static void a_quota_is_told_apart_from_a_queue(void **state)
{
	static struct bench b;
	struct account_thread first, now;
	const struct account_sample *section;
	uint64_t ns, throttled = 0;
	char dir[128];
	pid_t pid;

	(void)state;
	bench_open(&b);
	pid = start_thief("par-vm");
	if (!group_make(dir, sizeof(dir), pid)) {
		end_thief(pid);
		bpf_rig_close(&b.rig);
		print_message("# no cgroup with a CPU quota can be made here\n");
		skip();
	}
	b.vm.pid = pid;
	bench_add(&b, pid, start_of(pid, pid));
	section = bench_sample(&b);
	assert_int_equal(section->n_thread, 1);
	first = section->thread[0];
	usleep(1000000);
	section = bench_sample(&b);
	now = section->thread[0];
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
	assert_in_range(ran_ns(&b, (pid_t)ACCOUNT_QUOTA, false), ns / 5, ns);
	end_thief(pid);
	group_remove(dir);
	bpf_rig_close(&b.rig);
}

/* The probe finds the others by itself: from the second reading on they are there. */
static void threads_come_and_go(void **state)
{
	static struct bench b;
	static struct worker w, io;
	const struct account_sample *section;
	const struct account_thread *thread;

	(void)state;
	bench_open(&b);
	worker_start(&w);
	worker_start(&io);
	pthread_setname_np(io.thread, "IO iothread1");
	bench_add(&b, w.tid, w.start);
	section = bench_sample(&b);
	thread = account_thread(section, w.tid, w.start);
	assert_non_null(thread);
	assert_false(thread->settled);
	assert_int_equal(thread->kind, THREAD_VCPU);
	assert_int_equal(thread->pid, getpid());
	section = bench_sample(&b);
	assert_true(account_thread(section, w.tid, w.start)->settled);
	thread = account_thread(section, io.tid, io.start);
	assert_non_null(thread);
	assert_int_equal(thread->kind, THREAD_IO);
	thread = account_thread(section, getpid(), start_of(getpid(), getpid()));
	assert_non_null(thread);
	assert_int_equal(thread->kind, THREAD_EMULATOR);
	assert_true(thread->run_ns_total > 0);
	/* One that has ended is not tracked on, though it is listed a moment longer. */
	worker_end(&w);
	for (int i = 0; i < 1000 && account_thread(bench_sample(&b), w.tid, w.start); i++)
		usleep(1000);
	for (int i = 0; i < 3; i++)
		assert_null(account_thread(bench_sample(&b), w.tid, w.start));
	b.vm.n_vcpu = 0;
	/* Nor does one inherit that has its number. */
	bench_add(&b, io.tid, io.start + 1);
	for (int i = 0; i < 6; i++) {
		thread = account_thread(bench_sample(&b), io.tid, io.start + 1);
		assert_true(!thread || !thread->settled); /* never two readings: no rates */
	}
	/* The VM is gone, and all of its threads are. */
	b.vm.n_vcpu = 0;
	b.vm.pid = 0x7fffffff;
	bench_sample(&b);
	assert_int_equal(bench_sample(&b)->n_thread, 0);
	worker_end(&io);
	bpf_rig_close(&b.rig);
}

static void more_threads_than_there_is_room_for_are_said(void **state)
{
	static struct bench b;
	static struct worker w;
	const struct status *status = &b.rig.sample.status[SECTION_ACCOUNT];

	(void)state;
	bench_open(&b);
	worker_start(&w);
	for (pid_t i = 0; i <= ACCOUNT_SLOTS; i++)
		bench_add(&b, 0x40000000 + i, 1); /* there is none of that number */
	bench_add(&b, w.tid, w.start);
	assert_null(account_thread(bench_sample(&b), w.tid, w.start));
	assert_int_equal(status->state, SOURCE_OK);
	assert_non_null(status->reason);
	assert_non_null(strstr(status->reason, "the accounts have room for"));
	assert_non_null(strstr(status->reason, "schedstat"));
	/* They are gone, and it has a place some rounds later. */
	b.vm.n_vcpu = 0;
	bench_add(&b, w.tid, w.start);
	for (int i = 0; i < 3; i++)
		bench_sample(&b);
	assert_non_null(account_thread(bench_sample(&b), w.tid, w.start));
	assert_true(!status->reason || !strstr(status->reason, "room for"));
	worker_end(&w);
	bpf_rig_close(&b.rig);
}

static void programs_are_gone_when_it_is_closed(void **state)
{
	static struct bench b;
	__u32 id[32], left[32];
	size_t n;

	(void)state;
	assert_int_equal(bpf_own_programs(id, COUNT(id)), 0);
	bench_open(&b);
	n = bpf_own_programs(id, COUNT(id));
	assert_true(n >= 4);
	bpf_rig_close(&b.rig);
	assert_int_equal(bpf_own_programs(left, COUNT(left)), 0);
	while (n)
		assert_true(bpf_is_gone(id[--n]));
	b.rig.probe->close(NULL);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_captured_tree_says_so),
		cmocka_unit_test(without_rights_it_names_those_that_are_missing),
		cmocka_unit_test(totals_are_the_kernels_to_the_nanosecond),
		cmocka_unit_test(a_thread_that_is_moved_loses_no_wait),
		cmocka_unit_test(those_who_ran_meanwhile_are_named),
		cmocka_unit_test(each_state_has_its_account),
		cmocka_unit_test(a_quota_is_told_apart_from_a_queue),
		cmocka_unit_test(threads_come_and_go),
		cmocka_unit_test(more_threads_than_there_is_room_for_are_said),
		cmocka_unit_test(programs_are_gone_when_it_is_closed),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("account", tests, NULL, NULL);
}
