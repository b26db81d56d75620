// SPDX-License-Identifier: GPL-2.0-or-later
/* The exact accounts live: who ran while a vCPU waited, threads that come and go, full tables. */
#include "tests/probes/account_rig.h"

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

static uint64_t kernels_run_ns(pid_t pid)
{
	unsigned long long ns;
	char path[64];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/schedstat", (int)pid);
	file = fopen(path, "r");
	assert_non_null(file);
	assert_int_equal(fscanf(file, "%llu", &ns), 1);
	fclose(file);
	return ns;
}

/* Where the kernel does not tell a switch, somebody else has the name of who ran until the next. */
static void expect_named(uint64_t ns, uint64_t kernels_ns)
{
	assert_in_range(ns + 16 * MS, kernels_ns, kernels_ns + 32 * MS);
}

static void those_who_ran_meanwhile_are_named(void **state)
{
	struct bench *b = *state;
	struct contest c;
	const struct account_sample *section;
	uint64_t thief_ns, workers_ns;

	contest_begin(b, &c);
	contest_order(b, BURN);
	start_thief(b, "par-thief"); /* and stopped before they are: both wait while it runs */
	usleep(600000);
	section = bench_sample(b);
	expect_sorted(section);
	for (size_t i = 0; i < section->n_share; i++)
		if (section->share[i].pid == b->thief)
			assert_string_equal(section->share[i].name, "par-thief");
	kill(b->thief, SIGSTOP);
	contest_end(b, &c);
	thief_ns = kernels_run_ns(b->thief);
	workers_ns = contest_says(&c, 0).run_ns + contest_says(&c, 1).run_ns;
	expect_named(ran_ns(b, b->thief, false), 2 * thief_ns);
	/* While one of the workers ran the other one waited, but where it was ordered later. */
	assert_in_range(ran_ns(b, getpid(), true) + 16 * MS, workers_ns - workers_ns / 4,
		workers_ns + 32 * MS);
	contest_expect_charged(b, &c);
}

/* The probe finds the others by itself: from the second reading on they are there. */
static void threads_come_and_go(void **state)
{
	struct bench *b = *state;
	struct worker *w = &b->worker[0], *io = &b->worker[1];
	const struct account_sample *section;
	const struct account_thread *thread;

	bench_open(b);
	worker_start(w);
	worker_start(io);
	pthread_setname_np(io->thread, "IO iothread1");
	bench_add(b, w->tid, w->start);
	section = bench_sample(b);
	thread = account_thread(section, w->tid, w->start);
	assert_non_null(thread);
	assert_false(thread->settled);
	assert_int_equal(thread->kind, THREAD_VCPU);
	assert_int_equal(thread->pid, getpid());
	section = bench_sample(b);
	assert_true(account_thread(section, w->tid, w->start)->settled);
	thread = account_thread(section, io->tid, io->start);
	assert_non_null(thread);
	assert_int_equal(thread->kind, THREAD_IO);
	thread = account_thread(section, getpid(), start_of(getpid(), getpid()));
	assert_non_null(thread);
	assert_int_equal(thread->kind, THREAD_EMULATOR);
	assert_true(thread->run_ns_total > 0);
	/* One that has ended is not tracked on, though it is listed a moment longer. */
	worker_end(w);
	for (int i = 0; i < 1000 && account_thread(bench_sample(b), w->tid, w->start); i++)
		usleep(1000);
	for (int i = 0; i < 3; i++)
		assert_null(account_thread(bench_sample(b), w->tid, w->start));
	b->vm.n_vcpu = 0;
	/* Nor does one inherit that has its number. */
	bench_add(b, io->tid, io->start + 1);
	for (int i = 0; i < 6; i++) {
		thread = account_thread(bench_sample(b), io->tid, io->start + 1);
		assert_true(!thread || !thread->settled); /* never two readings: no rates */
	}
	/* The VM is gone, and all of its threads are. */
	b->vm.n_vcpu = 0;
	b->vm.pid = 0x7fffffff;
	bench_sample(b);
	assert_int_equal(bench_sample(b)->n_thread, 0);
}

static void more_threads_than_there_is_room_for_are_said(void **state)
{
	struct bench *b = *state;
	struct worker *w = &b->worker[0];
	const struct status *status = &b->rig.sample.status[SECTION_ACCOUNT];

	bench_open(b);
	worker_start(w);
	for (pid_t i = 0; i <= ACCOUNT_SLOTS; i++)
		bench_add(b, 0x40000000 + i, 1); /* there is none of that number */
	bench_add(b, w->tid, w->start);
	assert_null(account_thread(bench_sample(b), w->tid, w->start));
	assert_int_equal(status->state, SOURCE_OK);
	assert_non_null(status->reason);
	assert_non_null(strstr(status->reason, "the accounts have room for"));
	assert_non_null(strstr(status->reason, "schedstat"));
	/* They are gone, and it has a place some rounds later. */
	b->vm.n_vcpu = 0;
	bench_add(b, w->tid, w->start);
	for (int i = 0; i < 3; i++)
		bench_sample(b);
	assert_non_null(account_thread(bench_sample(b), w->tid, w->start));
	assert_true(!status->reason || !strstr(status->reason, "room for"));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		bench_test(those_who_ran_meanwhile_are_named),
		bench_test(threads_come_and_go),
		bench_test(more_threads_than_there_is_room_for_are_said),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("account_thieves", tests, NULL, NULL);
}
