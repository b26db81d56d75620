// SPDX-License-Identifier: GPL-2.0-or-later
/* Exits: their names, their rates, and that nothing is attached but while a VM is looked at. */
#include "tests/probes/bpf_rig.h"
#include "tests/probes/derive_rig.h"

#include <errno.h>
#include <math.h>
#include <sched.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "probes/exitnames.h"
#include "probes/exits.h"
#include "probes/probe.h"

static void names_are_those_of_the_kernel(void **state)
{
	struct arena arena = { 0 };

	(void)state;
	assert_string_equal(exit_name(EXITS_VMX, 12, &arena), "HLT");
	assert_string_equal(exit_name(EXITS_VMX, 48, &arena), "EPT_VIOLATION");
	assert_string_equal(exit_name(EXITS_VMX, 77, &arena), "TDCALL");
	assert_string_equal(exit_name(EXITS_SVM, 0x78, &arena), "hlt");
	assert_string_equal(exit_name(EXITS_SVM, 0x400, &arena), "npf");
	assert_string_equal(exit_name(EXITS_SVM, 0xa6, &arena), "idle_hlt");
	assert_string_equal(exit_name(EXITS_SVM, 0xffffffff, &arena), "invalid_guest_state");
	assert_string_equal(exit_name(EXITS_VMX, 9999, &arena), "reason 9999");
	assert_string_equal(exit_name(EXITS_SVM, 9999, &arena), "reason 9999");
	assert_string_equal(exit_name(3, 12, &arena), "reason 12");
	assert_string_equal(
		exit_name(EXITS_VMX, 0x80000021, &arena), "failed entry, INVALID_STATE");
	assert_string_equal(exit_name(EXITS_VMX, 0x8000270f, &arena), "failed entry, reason 9999");
	assert_string_equal(exit_name(3, EXITS_NOT_TOLD, &arena), "not told");
	assert_string_equal(exit_name(EXITS_VMX, EXITS_NOT_TOLD, &arena), "not told");
	arena_release(&arena);
}

/* Two vCPUs, looked at for 50 s. */
static void set_exits(
	struct rig *rig, struct exit_count *prev, size_t n_prev, struct exit_count *cur, size_t n)
{
	rig->prev.exits = (struct exits_sample){ 77, 51 * S, prev, n_prev };
	rig->cur.exits = (struct exits_sample){ 77, 51 * S, cur, n };
}

static void rates_are_of_the_interval(void **state)
{
	struct exit_count prev[] = { { EXITS_SVM, 0x78, 100, 40 * S, 200 * MS, 3 * S },
		{ EXITS_SVM, 0x7b, 1000, 5 * MS, 0, 1 * MS } };
	/* Of the 3 halts' 200 ms 1000 ms became 1200; a new reason began at nothing. */
	struct exit_count cur[] = { { EXITS_SVM, 0x60, 2, 8 * MS, 0, 5 * MS },
		{ EXITS_SVM, 0x78, 103, 41 * S + 200 * MS, 0, 3 * S },
		{ EXITS_SVM, 0x7b, 1000, 5 * MS, 0, 1 * MS } };
	struct proc_vm vm[] = { proc(77, "web", NULL), proc(78, "zoo", NULL) };
	struct rig *rig = *state;
	const struct vm *web;

	vm[0].vcpus = vm[1].vcpus = 2;
	set_procs(rig, LIST(vm));
	set_exits(rig, LIST(prev), LIST(cur));
	derive(rig);
	web = &rig->snap->vm[0];
	NEAR(web->exits_interval_s, 1);
	assert_int_equal(web->n_vm_exit, 3);
	assert_string_equal(web->vm_exit[0].reason, "hlt");
	NEAR(web->vm_exit[0].per_s, 3);
	NEAR(web->vm_exit[0].time_pct, 50);
	NEAR(web->vm_exit[0].mean_ns, 4e8);
	NEAR(web->vm_exit[0].max_ns, 3e9);
	assert_string_equal(web->vm_exit[1].reason, "interrupt");
	NEAR(web->vm_exit[1].per_s, 2);
	NEAR(web->vm_exit[1].time_pct, 0.4);
	NEAR(web->vm_exit[1].mean_ns, 4e6);
	assert_string_equal(web->vm_exit[2].reason, "io");
	NEAR(web->vm_exit[2].per_s, 0);
	NEAR(web->vm_exit[2].time_pct, 0);
	assert_true(isnan(web->vm_exit[2].mean_ns));
	assert_int_equal(vm_source(web, "exits")->state, SOURCE_OK);
	/* Nobody looks at the other. */
	assert_int_equal(rig->snap->vm[1].n_vm_exit, 0);
	assert_true(isnan(rig->snap->vm[1].exits_interval_s));
	assert_int_equal(vm_source(&rig->snap->vm[1], "exits")->state, SOURCE_OFF);
	assert_non_null(strstr(vm_source(&rig->snap->vm[1], "exits")->reason, "counted only while"));
}

static void a_halt_in_progress_counts_as_it_lasts(void **state)
{
	struct exit_count prev[] = { { EXITS_VMX, 12, 0, 0, 1 * S, 1 * S } };
	struct exit_count cur[] = { { EXITS_VMX, 12, 0, 0, 2 * S, 2 * S } };
	struct proc_vm vm = proc(77, "web", NULL);
	struct rig *rig = *state;

	vm.vcpus = 4;
	set_procs(rig, &vm, 1);
	set_exits(rig, LIST(prev), LIST(cur));
	derive(rig);
	NEAR(only_vm(rig)->vm_exit[0].time_pct, 25);
	NEAR(only_vm(rig)->vm_exit[0].per_s, 0);
	assert_true(isnan(only_vm(rig)->vm_exit[0].mean_ns));
	/* Nobody knows how many there are: no share of them. */
	vm.vcpus = UNKNOWN_U64;
	derive(rig);
	assert_true(isnan(only_vm(rig)->vm_exit[0].time_pct));
}

static void counters_that_began_anew_are_not_subtracted(void **state)
{
	struct exit_count prev[] = { { EXITS_VMX, 12, 900, 9 * S, 0, 1 * S } };
	struct exit_count cur[] = { { EXITS_VMX, 12, 10, 200 * MS, 0, 1 * S } };
	struct proc_vm vm = proc(77, "web", NULL);
	struct rig *rig = *state;

	vm.vcpus = 1;
	set_procs(rig, &vm, 1);
	set_exits(rig, LIST(prev), LIST(cur));
	/* Another VM was looked at: since the change, half of the time. */
	rig->prev.exits.pid = 78;
	rig->cur.exits.since_ns = 100 * S + 500 * MS;
	derive(rig);
	NEAR(only_vm(rig)->exits_interval_s, 0.5);
	NEAR(only_vm(rig)->vm_exit[0].per_s, 20);
	NEAR(only_vm(rig)->vm_exit[0].time_pct, 40);
	/* The change was only just now. */
	rig->cur.exits.since_ns = 101 * S - 1 * MS;
	derive(rig);
	assert_true(isnan(only_vm(rig)->exits_interval_s));
	assert_true(isnan(only_vm(rig)->vm_exit[0].per_s));
	assert_true(isnan(only_vm(rig)->vm_exit[0].time_pct));
	/* A counter that went back. */
	set_exits(rig, LIST(prev), LIST(cur));
	derive(rig);
	assert_true(isnan(only_vm(rig)->vm_exit[0].per_s));
	assert_true(isnan(only_vm(rig)->vm_exit[0].time_pct));
}

static void none_seen_is_not_none_counted(void **state)
{
	struct proc_vm vm = proc(77, "web", NULL);
	struct rig *rig = *state;

	vm.vcpus = 1;
	set_procs(rig, &vm, 1);
	set_exits(rig, NULL, 0, NULL, 0);
	derive(rig);
	NEAR(only_vm(rig)->exits_interval_s, 1);
	assert_int_equal(only_vm(rig)->n_vm_exit, 0);
	/* It could not be attached. */
	rig->cur.exits = (struct exits_sample){ .pid = 77 };
	rig->cur.status[SECTION_EXITS] = (struct status){ SOURCE_UNAVAILABLE, "why", 101 * S, 0 };
	derive(rig);
	assert_true(isnan(only_vm(rig)->exits_interval_s));
	assert_int_equal(vm_source(only_vm(rig), "exits")->state, SOURCE_UNAVAILABLE);
	assert_string_equal(vm_source(only_vm(rig), "exits")->reason, "why");
	vm.accel = ACCEL_TCG;
	derive(rig);
	assert_non_null(strstr(vm_source(only_vm(rig), "exits")->reason, "emulated"));
}

/* The probe on this machine, or on a tree. */
struct bench {
	struct sysroot root;
	struct probe_control control;
	struct probe_env env;
	struct sample sample;
	void *exits;
};

static int bench_open(struct bench *b, const char *dir, struct err *err)
{
	memset(b, 0, sizeof(*b));
	b->env = (struct probe_env){ .root = &b->root, .clock = &clock_system,
		.control = &b->control, .wake_fd = -1 };
	if (sysroot_open(&b->root, dir, err) < 0)
		fail_msg("%s", err->text);
	return probes[SECTION_EXITS]->open(&b->env, &b->exits, err);
}

static const struct status *bench_sample(struct bench *b)
{
	struct status *status = &b->sample.status[SECTION_EXITS];

	sample_clear(&b->sample);
	status->state = SOURCE_OK; /* as the runner does */
	assert_int_equal(probes[SECTION_EXITS]->sample(b->exits, &b->sample), 0);
	return status;
}

static void bench_focus(struct bench *b, pid_t pid)
{
	atomic_store(&b->control.exits_pid, pid);
	probes[SECTION_EXITS]->attend(b->exits);
}

static void bench_close(struct bench *b)
{
	probes[SECTION_EXITS]->close(b->exits);
	sample_release(&b->sample);
	sysroot_close(&b->root);
}

static void a_captured_tree_says_so(void **state)
{
	char dir[] = "/tmp/parallax-exits-XXXXXX", proc_dir[64];
	static struct bench b;
	struct err err = { 0 };

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(proc_dir, sizeof(proc_dir), "%s/proc", dir);
	mkdir(proc_dir, 0755);
	assert_int_equal(bench_open(&b, dir, &err), -EOPNOTSUPP);
	assert_non_null(strstr(err.text, "captured tree"));
	sample_release(&b.sample);
	sysroot_close(&b.root);
	rmdir(proc_dir);
	rmdir(dir);
}

/* Tracefs for this process alone: this KVM may tell its reasons there only. */
static void mount_tracefs(void)
{
	if (unshare(CLONE_NEWNS) == 0 &&
		mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0)
		mount("tracefs", "/sys/kernel/tracing", "tracefs", 0, NULL);
}

static void off_until_a_vm_is_looked_at(void **state)
{
	static struct bench b;
	struct err err = { 0 };
	__u32 id[32];

	(void)state;
	assert_int_equal(bench_open(&b, "/", &err), 0);
	assert_int_equal(bench_sample(&b)->state, SOURCE_OFF);
	assert_string_equal(bench_sample(&b)->reason, "counted only while the page of a VM is open");
	assert_int_equal(b.sample.exits.pid, 0);
	assert_int_equal(bpf_own_programs(id, COUNT(id)), 0);
	bench_close(&b);
}

static void attached_only_while_a_vm_is_looked_at(void **state)
{
	static struct bench b;
	const struct status *status;
	struct err err = { 0 };
	uint64_t since_ns;
	__u32 id[32];
	size_t n;

	(void)state;
	mount_tracefs();
	assert_int_equal(bench_open(&b, "/", &err), 0);
	bench_focus(&b, getpid());
	status = bench_sample(&b);
	if (status->state != SOURCE_OK) {
		print_message("# %s\n", status->reason);
		assert_int_equal(status->state, SOURCE_UNAVAILABLE);
		assert_true(strlen(status->reason) > 0);
		assert_int_equal(bpf_own_programs(id, COUNT(id)), 0);
		bench_close(&b);
		skip();
	}
	n = bpf_own_programs(id, COUNT(id));
	assert_true(n >= 3);
	assert_null(status->reason);
	assert_int_equal(b.sample.exits.pid, getpid());
	assert_int_equal(b.sample.exits.n_exit, 0); /* we have no vCPU */
	since_ns = b.sample.exits.since_ns;
	assert_in_range(since_ns, 1, status->at_ns);
	bench_sample(&b);
	assert_int_equal(b.sample.exits.since_ns, since_ns);
	/* Another one: other counters. */
	bench_focus(&b, getppid());
	while (n)
		assert_true(bpf_is_gone(id[--n]));
	n = bpf_own_programs(id, COUNT(id));
	assert_true(n >= 3);
	bench_sample(&b);
	assert_int_equal(b.sample.exits.pid, getppid());
	assert_true(b.sample.exits.since_ns > since_ns);
	bench_focus(&b, 0);
	assert_int_equal(bench_sample(&b)->state, SOURCE_OFF);
	while (n)
		assert_true(bpf_is_gone(id[--n]));
	assert_int_equal(bpf_own_programs(id, COUNT(id)), 0);
	/* Closing is enough. */
	bench_focus(&b, getpid());
	n = bpf_own_programs(id, COUNT(id));
	assert_true(n >= 3);
	bench_close(&b);
	while (n)
		assert_true(bpf_is_gone(id[--n]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_those_of_the_kernel),
		TEST(rates_are_of_the_interval),
		TEST(a_halt_in_progress_counts_as_it_lasts),
		TEST(counters_that_began_anew_are_not_subtracted),
		TEST(none_seen_is_not_none_counted),
		cmocka_unit_test(a_captured_tree_says_so),
		cmocka_unit_test(off_until_a_vm_is_looked_at),
		cmocka_unit_test(attached_only_while_a_vm_is_looked_at),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
