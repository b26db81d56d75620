/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_TESTS_ACCOUNT_RIG_H
#define PARALLAX_TESTS_ACCOUNT_RIG_H

/* The exact accounts of a VM made of this process: its threads stand for vCPUs. */
#include <sys/prctl.h>

#include "tests/probes/bpf_rig.h"
#include "tests/probes/worker_rig.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

struct bench {
	struct bpf_rig rig;
	struct proc_vm vm;
	struct proc_vcpu vcpu[ACCOUNT_SLOTS + 8];
	struct account_share sum[256]; /* of all readings */
	size_t n_sum;
	struct worker worker[2];
	uint64_t waits[2], longest_ns[2]; /* of the workers, likewise */
	pid_t thief;
};

/* A test with a bench: whatever becomes of it, nothing that it began is left. */
#define bench_test(f) cmocka_unit_test_setup_teardown(f, bench_setup, bench_teardown)

static inline int bench_setup(void **state)
{
	static struct bench b;

	memset(&b, 0, sizeof(b));
	b.vm = (struct proc_vm){ .pid = getpid(), .vcpu = b.vcpu };
	*state = &b;
	return 0;
}

static inline void end_thief(struct bench *b)
{
	if (b->thief == 0)
		return;
	kill(b->thief, SIGKILL);
	waitpid(b->thief, NULL, 0);
	b->thief = 0;
}

static inline int bench_teardown(void **state)
{
	struct bench *b = *state;

	end_thief(b);
	for (size_t i = 0; i < COUNT(b->worker); i++)
		worker_end(&b->worker[i]);
	bpf_rig_close(&b->rig);
	return 0;
}

/* Another process on the same CPU, with a name of its own. */
static inline void start_thief(struct bench *b, const char *name)
{
	cpu_set_t cpu = one_cpu();
	pid_t parent = getpid();

	b->thief = fork();
	assert_true(b->thief >= 0);
	if (b->thief)
		return;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_NAME, name);
	sched_setaffinity(0, sizeof(cpu), &cpu);
	while (getppid() == parent)
		continue;
	_exit(0);
}

static inline void bench_open(struct bench *b)
{
	bpf_rig_open_live(&b->rig, SECTION_ACCOUNT);
}

static inline void bench_add(struct bench *b, pid_t tid, uint64_t start)
{
	b->vcpu[b->vm.n_vcpu++] = (struct proc_vcpu){ .tid = tid, .start_ticks = start };
}

/* Shares are of the time since the reading before. */
static inline void add_share(struct bench *b, const struct account_share *share)
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

static inline uint64_t ran_ns(const struct bench *b, pid_t pid, bool vcpu)
{
	for (size_t i = 0; i < b->n_sum; i++)
		if (b->sum[i].pid == pid && b->sum[i].vcpu == vcpu)
			return b->sum[i].ran_ns;
	return 0;
}

static inline void add_waits(struct bench *b, size_t i, const struct account_thread *thread)
{
	for (size_t k = 0; thread->bin && k < ACCOUNT_BINS; k++)
		b->waits[i] += (uint64_t)thread->bin[0][k] + thread->bin[1][k];
	if (thread->max_wait_ns > b->longest_ns[i])
		b->longest_ns[i] = thread->max_wait_ns;
}

static inline const struct account_sample *bench_sample(struct bench *b)
{
	struct bpf_rig *rig = &b->rig;

	sample_clear(&rig->sample);
	rig->sample.status[SECTION_ACCOUNT].state = SOURCE_OK; /* as the runner does */
	rig->sample.procvm = (struct procvm_sample){ .vm = &b->vm, .n_vm = 1 };
	assert_int_equal(rig->probe->sample(rig->state, &rig->sample), 0);
	for (size_t i = 0; i < rig->sample.account.n_share; i++)
		add_share(b, &rig->sample.account.share[i]);
	for (size_t i = 0; i < COUNT(b->worker); i++) {
		const struct worker *w = &b->worker[i];
		const struct account_thread *thread =
			account_thread(&rig->sample.account, w->tid, w->start);

		if (thread)
			add_waits(b, i, thread);
	}
	return &rig->sample.account;
}

/* A refresh leaves out a thread whose account is being written to at that moment. */
static inline struct account_thread bench_find(struct bench *b, pid_t tid, uint64_t start)
{
	const struct account_thread *thread = NULL;

	for (int i = 0; i < 100 && !thread; i++)
		thread = account_thread(bench_sample(b), tid, start);
	assert_non_null(thread);
	return *thread;
}

/* Both sides of a thread that sleeps: it did not run between the two looks. */
static inline struct account_thread settled(
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

/* The two workers take a CPU from each other for a while: what they were before and after. */
struct contest {
	struct account_thread first[2], now[2];
	struct kernel_says said[2], says[2];
};

static inline void contest_begin(struct bench *b, struct contest *c)
{
	bench_open(b);
	for (size_t i = 0; i < 2; i++) {
		worker_start(&b->worker[i]);
		bench_add(b, b->worker[i].tid, b->worker[i].start);
	}
	bench_sample(b);
	/* The kernel's clock is known of one that has come and gone: then no estimate is high. */
	for (int round = 0; round < 3; round++)
		for (size_t i = 0; i < 2; i++) {
			sem_post(&b->worker[i].go);
			wait_asleep(&b->worker[i]);
		}
	for (size_t i = 0; i < 2; i++) {
		c->first[i] = settled(b, &b->worker[i], &c->said[i]);
		assert_int_equal(c->first[i].run_ns_total, c->said[i].run_ns);
		assert_int_equal(c->first[i].wait_ns_total, c->said[i].wait_ns);
	}
	memset(b->waits, 0, sizeof(b->waits));
	memset(b->longest_ns, 0, sizeof(b->longest_ns));
	b->n_sum = 0;
}

static inline void contest_order(struct bench *b, enum job job)
{
	for (size_t i = 0; i < 2; i++)
		worker_order(&b->worker[i], job);
}

/* They rest again. */
static inline void contest_end(struct bench *b, struct contest *c)
{
	usleep(50000); /* an estimate that was high stands until it is true */
	contest_order(b, REST);
	for (size_t i = 0; i < 2; i++)
		c->now[i] = settled(b, &b->worker[i], &c->says[i]);
}

/* What the kernel says of the time between. */
static inline struct kernel_says contest_says(const struct contest *c, size_t i)
{
	return (struct kernel_says){
		.run_ns = c->says[i].run_ns - c->said[i].run_ns,
		.wait_ns = c->says[i].wait_ns - c->said[i].wait_ns,
		.arrivals = c->says[i].arrivals - c->said[i].arrivals,
	};
}

/*
 * Two clocks, which are read some microseconds apart at each arrival; and a slice or two, where the
 * kernel does not tell a switch.
 */
static inline void expect_near(uint64_t ns, uint64_t kernels_ns, uint64_t arrivals)
{
	uint64_t error_ns = 12 * MS + arrivals * 20000;

	assert_in_range(ns + error_ns, kernels_ns, kernels_ns + 2 * error_ns);
}

/* All that they waited is charged to somebody, or said to be to nobody. */
static inline void contest_expect_charged(const struct bench *b, const struct contest *c)
{
	uint64_t waited_ns = 0, arrivals = 0, charged_ns = 0;

	for (size_t i = 0; i < 2; i++) {
		struct kernel_says says = contest_says(c, i);

		waited_ns += says.wait_ns;
		arrivals += says.arrivals;
		charged_ns += c->now[i].unseen_ns_total - c->first[i].unseen_ns_total;
	}
	for (size_t i = 0; i < b->n_sum; i++)
		charged_ns += b->sum[i].ran_ns;
	expect_near(charged_ns, waited_ns, arrivals);
}

#endif
