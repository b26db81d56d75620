// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Stalls live: the programs run by hand, in a thread whose time is known; then the kernel's own
 * compaction and reclaim, in processes that stand for VMs.
 */
#include "tests/probes/bpf_rig.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>

#include "probes/quarter.h"

#define MS	 1000000ull
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

enum program {
	BEGIN_COMPACT,
	END_COMPACT,
	BEGIN_DIRECT,
	END_DIRECT,
	BEGIN_LIMIT,
	END_LIMIT,
	PROGRAMS
};

struct bench {
	struct bpf_rig rig;
	struct proc_vm vm;
	int program[PROGRAMS];
	pid_t child;
	char group[256]; /* of ours; "": none */
};

static int bench_setup(void **state)
{
	static struct bench b;

	memset(&b, 0, sizeof(b));
	b.vm = (struct proc_vm){ .pid = getpid(), .start_ticks = 7 };
	*state = &b;
	return 0;
}

static void child_end(struct bench *b)
{
	if (b->child > 0) {
		kill(b->child, SIGKILL);
		waitpid(b->child, NULL, 0);
	}
	b->child = 0;
}

static int bench_teardown(void **state)
{
	struct bench *b = *state;

	child_end(b);
	if (b->group[0])
		rmdir(b->group);
	for (size_t i = 0; i < PROGRAMS; i++)
		if (b->program[i] > 0)
			close(b->program[i]);
	bpf_rig_close(&b->rig);
	return 0;
}

#define bench_test(f) cmocka_unit_test_setup_teardown(f, bench_setup, bench_teardown)

static void find_programs(struct bench *b)
{
	static const char *const name[PROGRAMS] = { "compact_begin", "compact_end", "direct_begin",
		"direct_end", "limit_begin", "limit_end" };
	__u32 id[64];
	size_t n = bpf_own_programs(id, COUNT(id));

	for (size_t i = 0; i < n; i++) {
		struct bpf_prog_info info = { 0 };
		__u32 size = sizeof(info);
		int fd = bpf_prog_get_fd_by_id(id[i]);
		bool taken = false;

		assert_true(fd >= 0);
		assert_int_equal(bpf_obj_get_info_by_fd(fd, &info, &size), 0);
		for (size_t k = 0; k < PROGRAMS && !taken; k++)
			if (strcmp(info.name, name[k]) == 0 && b->program[k] == 0) {
				b->program[k] = fd;
				taken = true;
			}
		if (!taken)
			close(fd);
	}
	for (size_t k = 0; k < PROGRAMS; k++)
		if (b->program[k] == 0)
			fail_msg("no program %s", name[k]);
}

static const struct stalls_sample *sample(struct bench *b)
{
	struct bpf_rig *rig = &b->rig;

	sample_clear(&rig->sample);
	rig->sample.status[SECTION_STALLS].state = SOURCE_OK; /* as the runner does */
	rig->sample.procvm = (struct procvm_sample){ .vm = &b->vm, .n_vm = 1 };
	assert_int_equal(rig->probe->sample(rig->state, &rig->sample), 0);
	return &rig->sample.stalls;
}

static struct stall_reading only(struct bench *b)
{
	const struct stalls_sample *section = sample(b);

	assert_int_equal(section->n_reading, 1);
	assert_int_equal(section->reading[0].pid, b->vm.pid);
	return section->reading[0];
}

static void bench_open(struct bench *b)
{
	bpf_rig_open_live(&b->rig, SECTION_STALLS);
	find_programs(b);
	sample(b);
}

static uint64_t now_ns(void)
{
	return clock_mono_ns(&clock_system);
}

/* Something happened in between. */
struct moment {
	uint64_t after_ns, before_ns;
};

/* As if the kernel came by in this thread. */
static struct moment pass(const struct bench *b, enum program program)
{
	DECLARE_LIBBPF_OPTS(bpf_test_run_opts, opts);
	struct moment moment = { .after_ns = now_ns() };

	assert_int_equal(bpf_prog_test_run_opts(b->program[program], &opts), 0);
	moment.before_ns = now_ns();
	return moment;
}

/* From one to the other it was at least, and at most, as long: on busy CPUs a call takes its time.
 */
struct span {
	uint64_t least_ns, most_ns;
};

static struct span span_of(struct moment from, struct moment to)
{
	return (struct span){
		.least_ns = to.after_ns > from.before_ns ? to.after_ns - from.before_ns : 0,
		.most_ns = to.before_ns - from.after_ns,
	};
}

static struct span both(struct span a, struct span b)
{
	return (struct span){ a.least_ns + b.least_ns, a.most_ns + b.most_ns };
}

static void within(uint64_t ns, struct span span)
{
	assert_in_range(ns, span.least_ns, span.most_ns);
}

static void rest(uint64_t ns)
{
	uint64_t until = now_ns() + ns;

	while (now_ns() < until)
		usleep(100);
}

static uint64_t all_ns(const struct stall_reading *reading)
{
	return reading->ns_total[STALLS_COMPACT] + reading->ns_total[STALLS_RECLAIM] +
	       reading->ns_total[STALLS_LIMIT];
}

static uint64_t bins(const struct stall_reading *reading)
{
	uint64_t n = 0;

	for (size_t i = 0; reading->bin && i < STALLS_BINS; i++)
		n += reading->bin[i];
	return n;
}

static void a_captured_tree_says_so(void **state)
{
	(void)state;
	bpf_rig_on_a_tree(SECTION_STALLS, "sys", "captured tree");
}

static void without_rights_it_names_those_that_are_missing(void **state)
{
	(void)state;
	bpf_rig_as_nobody(SECTION_STALLS, "cannot load the counters of stalls: not permitted; run "
					  "as root or grant CAP_BPF and "
					  "CAP_PERFMON");
}

static void nothing_is_left_when_it_is_closed(void **state)
{
	struct bench *b = *state;
	__u32 id[64];
	size_t n;

	bpf_rig_open_live(&b->rig, SECTION_STALLS);
	n = bpf_own_programs(id, COUNT(id));
	assert_true(n >= 6);
	b->rig.probe->close(b->rig.state);
	b->rig.state = NULL;
	for (size_t i = 0; i < n; i++)
		assert_true(bpf_is_gone(id[i]));
}

static void where_nothing_stalls_there_is_nothing(void **state)
{
	struct bench *b = *state;
	struct stall_reading reading;

	bench_open(b);
	for (int i = 0; i < 3; i++) {
		reading = only(b);
		assert_int_equal(reading.start_ticks, 7);
		for (size_t k = 0; k < STALLS_KINDS; k++)
			assert_int_equal(reading.ns_total[k], 0);
		assert_int_equal(reading.count_total, 0);
		assert_int_equal(reading.longest_ns, 0);
		assert_int_equal(reading.open_ns, 0);
		assert_null(reading.bin);
	}
	assert_int_equal(b->rig.sample.status[SECTION_STALLS].state, SOURCE_OK);
	assert_null(b->rig.sample.status[SECTION_STALLS].reason);
}

static void a_stall_is_charged_as_long_as_it_was(void **state)
{
	struct bench *b = *state;
	struct stall_reading reading;
	struct moment begin, end;

	bench_open(b);
	begin = pass(b, BEGIN_COMPACT);
	rest(20 * MS);
	end = pass(b, END_COMPACT);
	reading = only(b);
	within(reading.ns_total[STALLS_COMPACT], span_of(begin, end));
	assert_int_equal(reading.ns_total[STALLS_RECLAIM], 0);
	assert_int_equal(reading.count_total, 1);
	assert_int_equal(reading.longest_ns, reading.ns_total[STALLS_COMPACT]);
	assert_in_range(reading.longest_end_ns, end.after_ns, end.before_ns);
	assert_int_equal(reading.longest_tid, gettid());
	assert_int_equal(reading.longest_kind, STALLS_COMPACT);
	assert_int_equal(reading.open_ns, 0);
	assert_non_null(reading.bin);
	assert_int_equal(bins(&reading), 1);
	assert_int_equal(reading.bin[quarter_bin(reading.longest_ns)], 1);
	/* It is told once; its total stays. */
	reading = only(b);
	within(reading.ns_total[STALLS_COMPACT], span_of(begin, end));
	assert_int_equal(reading.longest_ns, 0);
	assert_null(reading.bin);
}

static void zone_after_zone_is_one_stall(void **state)
{
	struct bench *b = *state;
	struct stall_reading reading;
	struct moment begin[3], end[3];
	struct span sum = { 0, 0 };

	bench_open(b);
	for (int i = 0; i < 3; i++) {
		begin[i] = pass(b, BEGIN_COMPACT);
		rest((uint64_t)(i + 1) * 5 * MS);
		end[i] = pass(b, END_COMPACT);
		sum = both(sum, span_of(begin[i], end[i]));
	}
	reading = only(b);
	within(reading.ns_total[STALLS_COMPACT], sum);
	/* A noisy machine may have come in between, which is then no longer the same. */
	if (span_of(end[0], begin[1]).most_ns < 100000 &&
		span_of(end[1], begin[2]).most_ns < 100000) {
		assert_int_equal(reading.count_total, 1);
		assert_int_equal(bins(&reading), 1);
		assert_int_equal(reading.longest_ns, reading.ns_total[STALLS_COMPACT]);
		assert_int_equal(reading.bin[quarter_bin(reading.longest_ns)], 1);
	}
}

static void what_comes_later_is_another(void **state)
{
	struct bench *b = *state;
	struct stall_reading reading;

	bench_open(b);
	for (int i = 0; i < 4; i++) {
		pass(b, BEGIN_DIRECT);
		rest(MS);
		pass(b, END_DIRECT);
		rest(2 * MS);
	}
	reading = only(b);
	assert_int_equal(reading.count_total, 4);
	assert_int_equal(bins(&reading), 4);
	assert_true(reading.longest_ns < reading.ns_total[STALLS_RECLAIM]);
	assert_int_equal(reading.longest_kind, STALLS_RECLAIM);
}

static void what_is_within_another_is_counted_once(void **state)
{
	struct bench *b = *state;
	struct stall_reading reading;
	struct moment at[6];

	bench_open(b);
	at[0] = pass(b, BEGIN_DIRECT);
	rest(8 * MS);
	at[1] = pass(b, BEGIN_COMPACT);
	rest(20 * MS);
	at[2] = pass(b, BEGIN_LIMIT);
	rest(5 * MS);
	at[3] = pass(b, END_LIMIT);
	rest(4 * MS);
	at[4] = pass(b, END_COMPACT);
	rest(4 * MS);
	at[5] = pass(b, END_DIRECT);
	reading = only(b);
	within(reading.ns_total[STALLS_RECLAIM],
		both(span_of(at[0], at[1]), span_of(at[4], at[5])));
	within(reading.ns_total[STALLS_COMPACT],
		both(span_of(at[1], at[2]), span_of(at[3], at[4])));
	within(reading.ns_total[STALLS_LIMIT], span_of(at[2], at[3]));
	within(all_ns(&reading), span_of(at[0], at[5]));
	assert_int_equal(reading.longest_ns, all_ns(&reading));
	assert_int_equal(reading.longest_kind, STALLS_COMPACT);
	assert_int_equal(reading.count_total, 1);
}

static void it_is_seen_while_it_lasts(void **state)
{
	struct bench *b = *state;
	struct stall_reading reading, before = { 0 };
	struct moment begin, now;

	bench_open(b);
	begin = pass(b, BEGIN_LIMIT);
	for (int i = 0; i < 4; i++) {
		rest(10 * MS);
		now.after_ns = now_ns();
		reading = only(b);
		now.before_ns = now_ns();
		within(reading.open_ns, span_of(begin, now));
		assert_int_equal(all_ns(&reading), reading.open_ns);
		assert_true(all_ns(&reading) > all_ns(&before));
		assert_int_equal(reading.open_tid, gettid());
		assert_int_equal(reading.open_kind, STALLS_LIMIT);
		assert_int_equal(reading.count_total, 0);
		assert_int_equal(reading.longest_ns, 0);
		before = reading;
	}
	now = pass(b, END_LIMIT);
	reading = only(b);
	assert_int_equal(reading.open_ns, 0);
	within(reading.ns_total[STALLS_LIMIT], span_of(begin, now));
	assert_true(reading.ns_total[STALLS_LIMIT] >= before.ns_total[STALLS_LIMIT]);
	assert_int_equal(reading.longest_ns, reading.ns_total[STALLS_LIMIT]);
	assert_int_equal(reading.count_total, 1);
}

static void the_end_of_what_began_unseen_is_none(void **state)
{
	struct bench *b = *state;
	struct stall_reading reading;

	bench_open(b);
	pass(b, END_COMPACT);
	pass(b, END_DIRECT);
	reading = only(b);
	assert_int_equal(all_ns(&reading), 0);
	assert_int_equal(reading.count_total, 0);
}

struct stalling {
	const struct bench *b;
	pthread_t thread;
	struct span ns;
};

static void *stall(void *arg)
{
	struct stalling *one = arg;

	for (int i = 0; i < 20; i++) {
		struct moment begin = pass(one->b, BEGIN_DIRECT);

		rest(MS);
		one->ns = both(one->ns, span_of(begin, pass(one->b, END_DIRECT)));
		usleep(500);
	}
	return NULL;
}

static void all_threads_of_a_vm_count(void **state)
{
	struct bench *b = *state;
	struct stalling one[8] = { 0 };
	struct stall_reading reading;
	uint64_t told = 0, binned = 0;
	struct span ns = { 0, 0 };

	bench_open(b);
	for (size_t i = 0; i < COUNT(one); i++) {
		one[i].b = b;
		assert_int_equal(pthread_create(&one[i].thread, NULL, stall, &one[i]), 0);
	}
	for (int i = 0; i < 20; i++) { /* in the midst of it nothing ever goes back */
		usleep(2000);
		reading = only(b);
		assert_true(all_ns(&reading) >= told);
		told = all_ns(&reading);
		binned += bins(&reading);
	}
	for (size_t i = 0; i < COUNT(one); i++) {
		pthread_join(one[i].thread, NULL);
		ns = both(ns, one[i].ns);
	}
	reading = only(b);
	binned += bins(&reading);
	assert_int_equal(reading.count_total, 8 * 20);
	assert_int_equal(binned, 8 * 20);
	within(all_ns(&reading), ns);
}

static void other_processes_are_nobodys(void **state)
{
	struct bench *b = *state;
	const struct stalls_sample *section;
	int status;

	bench_open(b);
	b->child = fork();
	assert_true(b->child >= 0);
	if (b->child == 0) {
		pass(b, BEGIN_COMPACT);
		usleep(10000);
		pass(b, END_COMPACT);
		_exit(0);
	}
	assert_int_equal(waitpid(b->child, &status, 0), b->child);
	b->child = 0;
	assert_int_equal(status, 0);
	section = sample(b);
	assert_int_equal(all_ns(&section->reading[0]), 0);
	assert_in_range(section->processes_ns_total, 10 * MS, 60000 * MS);
}

static void another_vm_of_that_number_begins_at_nothing(void **state)
{
	struct bench *b = *state;
	struct stall_reading reading;

	bench_open(b);
	pass(b, BEGIN_COMPACT);
	rest(2 * MS);
	pass(b, END_COMPACT);
	reading = only(b);
	assert_true(all_ns(&reading) >= 2 * MS);
	b->vm.start_ticks = 8;
	reading = only(b);
	assert_int_equal(reading.start_ticks, 8);
	assert_int_equal(all_ns(&reading), 0);
	assert_int_equal(reading.longest_ns, 0);
	b->vm.pid = getppid();
	assert_int_equal(only(b).count_total, 0);
}

/* A worker of the kernel for a VM is a process of its own. */
static void a_worker_for_a_vm_is_charged_to_it(void **state)
{
	struct bench *b = *state;
	struct account_thread worker = {
		.pid = getppid(), .tid = getpid(), .kind = THREAD_VHOST, .apart = true
	};
	const struct stalls_sample *section = NULL;

	bench_open(b);
	b->vm.pid = getppid();
	for (int i = 0; i < 40; i++) {
		struct bpf_rig *rig = &b->rig;

		sample_clear(&rig->sample);
		rig->sample.procvm = (struct procvm_sample){ .vm = &b->vm, .n_vm = 1 };
		rig->sample.account = (struct account_sample){ .thread = &worker, .n_thread = 1 };
		assert_int_equal(rig->probe->sample(rig->state, &rig->sample), 0);
		section = &rig->sample.stalls;
		if (i == 20) {
			pass(b, BEGIN_COMPACT);
			rest(2 * MS);
			pass(b, END_COMPACT);
		}
	}
	assert_int_equal(section->n_reading, 1);
	assert_int_equal(section->reading[0].pid, getppid());
	assert_true(all_ns(&section->reading[0]) >= 2 * MS);
	assert_int_equal(section->reading[0].count_total, 1);
}

/* A VM that does as it is told, in a thread of its own, and says how long that took. */
struct errand {
	const char *path, *text;
	uint64_t ns;
};

static void *run_errand(void *arg)
{
	struct errand *errand = arg;
	uint64_t begin = now_ns();
	int fd = open(errand->path, O_WRONLY);

	if (fd < 0 || write(fd, errand->text, strlen(errand->text)) < 0)
		_exit(77);
	errand->ns = now_ns() - begin;
	return NULL;
}

static void child_stop(struct bench *b)
{
	b->child = fork();
	assert_true(b->child >= 0);
	if (b->child)
		return;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	raise(SIGSTOP);
}

static void child_started(struct bench *b)
{
	int status;

	assert_int_equal(waitpid(b->child, &status, WUNTRACED), b->child);
	assert_true(WIFSTOPPED(status));
	b->vm.pid = b->child;
	sample(b);
	kill(b->child, SIGCONT);
}

/* The child's exit status, or the test is skipped. */
static void child_done(struct bench *b, const char *why_not)
{
	int status;

	assert_int_equal(waitpid(b->child, &status, 0), b->child);
	b->child = 0;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77) {
		print_message("# %s\n", why_not);
		skip();
	}
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void the_kernels_own_compaction_is_charged(void **state)
{
	struct bench *b = *state;
	uint64_t *took =
		mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct stall_reading reading;

	assert_true(took != MAP_FAILED);
	bench_open(b);
	child_stop(b);
	if (b->child == 0) {
		struct errand errand = { "/proc/sys/vm/compact_memory", "1", 0 };
		pthread_t thread;

		pthread_create(&thread, NULL, run_errand, &errand);
		pthread_join(thread, NULL);
		*took = errand.ns;
		_exit(0);
	}
	child_started(b);
	child_done(b, "cannot force a compaction here");
	reading = only(b);
	print_message("# the write took %.1f ms, %.1f ms of them compacting\n", (double)*took / 1e6,
		(double)reading.ns_total[STALLS_COMPACT] / 1e6);
	assert_in_range(reading.ns_total[STALLS_COMPACT], 1, *took);
	assert_true(reading.count_total >= 1);
	assert_int_equal(reading.ns_total[STALLS_LIMIT], 0);
	assert_true(reading.longest_tid != b->vm.pid && reading.longest_tid > 0);
	munmap(took, 4096);
}

static bool put(const char *dir, const char *name, const char *text)
{
	char path[512];
	int fd;
	bool ok;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_WRONLY);
	ok = fd >= 0 && write(fd, text, strlen(text)) >= 0;
	if (fd >= 0)
		close(fd);
	return ok;
}

/* A group with room for 16 MiB. */
static bool make_group(struct bench *b)
{
	static const char *const root[] = { "/sys/fs/cgroup/memory", "/sys/fs/cgroup" };

	for (size_t i = 0; i < COUNT(root); i++) {
		snprintf(b->group, sizeof(b->group), "%s/parallax-stalls-%d", root[i], getpid());
		if (mkdir(b->group, 0755) == 0) {
			if (put(b->group, "memory.limit_in_bytes", "16777216") ||
				put(b->group, "memory.max", "16777216"))
				return true;
			rmdir(b->group);
		}
	}
	b->group[0] = '\0';
	return false;
}

/* What is read from a file can be dropped again: it need not go to any swap. */
static void read_much(const char *path, size_t bytes)
{
	static char block[1 << 20];
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);

	if (fd < 0)
		_exit(77);
	unlink(path);
	for (size_t done = 0; done < bytes; done += sizeof(block))
		if (write(fd, block, sizeof(block)) < 0)
			_exit(77);
}

static void reclaim_for_a_limit_is_charged(void **state)
{
	struct bench *b = *state;
	struct stall_reading reading;

	bench_open(b);
	if (!make_group(b)) {
		print_message("# no memory controller of cgroups here\n");
		skip();
	}
	child_stop(b);
	if (b->child == 0) {
		char pid[16];

		snprintf(pid, sizeof(pid), "%d", getpid());
		if (!put(b->group, "cgroup.procs", pid))
			_exit(77);
		read_much("/var/tmp/parallax-stalls", 64 << 20);
		_exit(0);
	}
	child_started(b);
	child_done(b, "cannot use a cgroup with a limit here");
	reading = only(b);
	print_message("# %llu stalls, %.1f ms reclaiming\n",
		(unsigned long long)reading.count_total,
		(double)reading.ns_total[STALLS_LIMIT] / 1e6);
	assert_true(reading.ns_total[STALLS_LIMIT] > 0);
	assert_true(reading.count_total >= 1);
	assert_int_equal(reading.open_ns, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_captured_tree_says_so),
		cmocka_unit_test(without_rights_it_names_those_that_are_missing),
		bench_test(nothing_is_left_when_it_is_closed),
		bench_test(where_nothing_stalls_there_is_nothing),
		bench_test(a_stall_is_charged_as_long_as_it_was),
		bench_test(zone_after_zone_is_one_stall),
		bench_test(what_comes_later_is_another),
		bench_test(what_is_within_another_is_counted_once),
		bench_test(it_is_seen_while_it_lasts),
		bench_test(the_end_of_what_began_unseen_is_none),
		bench_test(all_threads_of_a_vm_count),
		bench_test(other_processes_are_nobodys),
		bench_test(another_vm_of_that_number_begins_at_nothing),
		bench_test(a_worker_for_a_vm_is_charged_to_it),
		bench_test(the_kernels_own_compaction_is_charged),
		bench_test(reclaim_for_a_limit_is_charged),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("stalls", tests, NULL, NULL);
}
