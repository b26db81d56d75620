/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_TESTS_WORKER_RIG_H
#define PARALLAX_TESTS_WORKER_RIG_H

/* Threads of this process that run, rest and block when told to, and what the kernel says of them.
 */
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "probes/procfs.h"
#include "probes/sysroot.h"

#define MS 1000000ull

/* A thread that does what it is told. */
enum job { REST, BURN, BLOCK, END };

struct worker {
	pthread_t thread;
	sem_t ready, go;
	atomic_int job;
	bool started;
	pid_t tid;
	uint64_t start;
	cpu_set_t cpu;
};

/* A fork whose parent waits, as for a disk, until the child has come to its end. */
static inline void wait_like_for_a_disk(void)
{
	const struct timespec time = { .tv_nsec = 300 * MS };
	pid_t pid = (pid_t)syscall(SYS_clone, CLONE_VFORK | SIGCHLD, 0, 0, 0, 0);

	if (pid == 0) {
		syscall(SYS_nanosleep, &time, NULL);
		syscall(SYS_exit_group, 0);
	}
	waitpid(pid, NULL, 0);
}

static inline void *work(void *arg)
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

static inline uint64_t start_of(pid_t pid, pid_t tid)
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
static inline cpu_set_t nth_cpu(int n)
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
static inline cpu_set_t one_cpu(void)
{
	return nth_cpu(0);
}

static inline void worker_start(struct worker *w)
{
	sem_init(&w->ready, 0, 0);
	sem_init(&w->go, 0, 0);
	atomic_store(&w->job, REST);
	w->cpu = one_cpu();
	assert_int_equal(pthread_create(&w->thread, NULL, work, w), 0);
	w->started = true;
	sem_wait(&w->ready);
	w->start = start_of(getpid(), w->tid);
}

static inline void worker_order(struct worker *w, enum job job)
{
	atomic_store(&w->job, job);
	if (job != REST)
		sem_post(&w->go);
}

/* Also of one that has ended, or was never started. */
static inline void worker_end(struct worker *w)
{
	if (!w->started)
		return;
	w->started = false;
	worker_order(w, END);
	pthread_join(w->thread, NULL);
	sem_destroy(&w->ready);
	sem_destroy(&w->go);
}

/* What the kernel says of a thread that sleeps; false when it does not. */
struct kernel_says {
	unsigned long long run_ns, wait_ns, arrivals;
};

static inline bool asleep_says(pid_t tid, struct kernel_says *says)
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
static inline void wait_asleep(const struct worker *w)
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

#endif
