// SPDX-License-Identifier: GPL-2.0-or-later
/* Sets of CPUs, what is asked of them, who is where he should not be. */
#include "tests/probes/derive_rig.h"

#include <errno.h>
#include <stdio.h>

/* A host of CPUS CPUs, VMs of pids 10, 20, ..., vCPU threads 11, 12, ... */
enum { CPUS = 8, VMS = 6, THREADS = 32, SETS = 16 };

static struct {
	struct topology_cpu cpu[CPUS];
	struct proc_vm proc[VMS];
	struct domain domain[VMS];
	struct pin pin[VMS][8];
	struct thread_affinity thread[THREADS];
	struct account_thread prev[THREADS], cur[THREADS];
	struct bound_process process[2];
	struct cpupool pool;
	size_t n_thread, n_vm;
} host;

static void begin(struct rig *rig, uint64_t online)
{
	static char name[VMS][4];

	cpupool_release(&host.pool);
	memset(&host, 0, sizeof(host));
	for (uint64_t i = 0; i < CPUS; i++)
		host.cpu[i] = (struct topology_cpu){ .id = i, .core = i % (CPUS / 2) };
	for (size_t i = 0; i < VMS; i++) {
		snprintf(name[i], sizeof(name[i]), "%c", (char)('a' + i));
		host.proc[i] = proc((pid_t)(i + 1) * 10, name[i], NULL);
	}
	rig->cur.topology.cpu = host.cpu;
	rig->cur.topology.n_cpu = online;
	rig->cur.affinity.thread = host.thread;
	rig->cur.affinity.bound_ns = S;
}

static uint16_t set_of(const char *list)
{
	struct cpus set;

	assert_true(cpus_parse(&set, list));
	return cpupool_add(&host.pool, &set);
}

/* The next thread of VM number vm: it asks so many per cent of a CPU, a part of it queueing. */
static struct thread_affinity *add(
	size_t vm, enum thread_kind kind, uint16_t id, const char *list, double run, double wait)
{
	size_t n = host.n_thread++;
	pid_t pid = (pid_t)(vm + 1) * 10,
	      tid = (pid_t)(pid + 1 + kind * 3 + (id == PIN_ALL ? 0 : id));

	if (kind == THREAD_EMULATOR && id == PIN_ALL)
		tid = pid;
	host.thread[n] = (struct thread_affinity){ .start_ticks = 7,
		.at_ns = 101 * S,
		.pid = pid,
		.tid = tid,
		.set = set_of(list),
		.id = id,
		.kind = (uint16_t)kind };
	host.prev[n] = account_made(pid, tid, 100 * S);
	host.cur[n] = account_made(pid, tid, 101 * S);
	host.cur[n].kind = kind;
	host.cur[n].account_ns[ACCOUNT_RUN] += (uint64_t)(run * 10 * MS);
	host.cur[n].account_ns[ACCOUNT_WAITING] += (uint64_t)(wait * 10 * MS);
	if (vm >= host.n_vm)
		host.n_vm = vm + 1;
	return &host.thread[n];
}

static void vcpu(size_t vm, uint16_t id, const char *list, double demand)
{
	add(vm, THREAD_VCPU, id, list, demand * 0.5, demand * 0.5);
}

static int by_tid(const void *a, const void *b)
{
	return ((const struct account_thread *)a)->tid - ((const struct account_thread *)b)->tid;
}

static void end(struct rig *rig)
{
	qsort(host.prev, host.n_thread, sizeof(host.prev[0]), by_tid);
	qsort(host.cur, host.n_thread, sizeof(host.cur[0]), by_tid);
	set_accounts(rig, host.prev, host.n_thread, host.cur, host.n_thread);
	set_procs(rig, host.proc, host.n_vm);
	rig->cur.affinity.n_thread = host.n_thread;
	rig->cur.affinity.set = host.pool.set;
	rig->cur.affinity.n_set = host.pool.n;
	derive(rig);
}

static const struct cpuset *cpuset_of(const struct rig *rig, const char *cpus)
{
	for (size_t i = 0; i < rig->snap->n_cpuset; i++)
		if (strcmp(rig->snap->cpuset[i].cpus, cpus) == 0)
			return &rig->snap->cpuset[i];
	return NULL;
}

static const struct pinning *pinning_of(const struct rig *rig, size_t vm)
{
	assert_true(vm < rig->snap->n_vm); /* by name, and so in the order they were added */
	return &rig->snap->vm[vm].pinning;
}

static void two_vms_and_a_process(void **state)
{
	struct rig *rig = *state;
	const struct cpuset *set;
	char name[] = "cc1";

	begin(rig, CPUS);
	vcpu(0, 0, "2", 99);
	vcpu(1, 0, "2", 98);
	host.process[0] = (struct bound_process){ 900, name, set_of("2"), S };
	rig->cur.affinity.process = host.process;
	rig->cur.affinity.n_process = 1;
	end(rig);
	memset(name, '?', sizeof(name) - 1); /* samples are filled anew; a snapshot stays */
	set = cpuset_of(rig, "2");
	assert_non_null(set);
	NEAR(set->demand_pct, 297);
	assert_true(set->bound && !set->joint);
	assert_int_equal(set->cpus_count, 1);
	assert_int_equal(set->sharers, 3);
	assert_int_equal(set->threads, 2);
	assert_string_equal(set->cpuset_share[0].name, "cc1");
	assert_false(set->cpuset_share[0].vm);
	NEAR(set->cpuset_share[1].demand_pct, 99);
	assert_int_equal(set->n_vms, 2);
	assert_string_equal(set->vms[0].name, "a");
	NEAR(pinning_of(rig, 0)->demand_pct, 297);
	assert_int_equal(pinning_of(rig, 0)->sharers, 1);
	assert_string_equal(pinning_of(rig, 0)->sharer, "cc1");
	assert_int_equal(rig->snap->n_cpu_load, CPUS);
	NEAR(rig->snap->cpu_load[2].demand_pct, 297);
	NEAR(rig->snap->cpu_load[2].contended_pct, 297);
	NEAR(rig->snap->cpu_load[3].demand_pct, 0);
	assert_true(isnan(rig->snap->cpu_load[3].contended_pct));
	assert_int_equal(rig->snap->cpu_load[2].n_names, 3);
}

/* What a quota stopped is no demand; nor is what the first snapshot cannot know 0. */
static void throttled_is_no_demand(void **state)
{
	struct rig *rig = *state;

	begin(rig, CPUS);
	add(0, THREAD_VCPU, 0, "1", 25, 1);
	host.cur[0].account_ns[ACCOUNT_THROTTLED] += 74 * 10 * MS;
	end(rig);
	NEAR(cpuset_of(rig, "1")->demand_pct, 26);
	snapshot_derive(rig->snap, &rig->cur, NULL, rig->cur.at_ns);
	assert_true(isnan(cpuset_of(rig, "1")->demand_pct));
	assert_true(isnan(rig->snap->cpu_load[1].demand_pct));
	assert_string_equal(pinning_of(rig, 0)->cpus, "1");
}

/* Without bpf vCPUs are known by schedstat. */
static void by_schedstat(void **state)
{
	struct rig *rig = *state;
	static struct task_sched prev[] = { { 11, 7, 0, 0, 100 * S } };
	static struct task_sched cur[] = { { 11, 7, 400 * MS, 300 * MS, 101 * S } };

	begin(rig, CPUS);
	add(0, THREAD_VCPU, 0, "1", 0, 0);
	host.n_thread = 0;
	end(rig);
	rig->cur.affinity.n_thread = 1;
	set_tasks(rig, LIST(prev), LIST(cur));
	derive(rig);
	NEAR(cpuset_of(rig, "1")->demand_pct, 70);
}

/* Subsets count in what holds them; a larger set does not count in its parts. */
static void sets_within_sets(void **state)
{
	struct rig *rig = *state;

	begin(rig, CPUS);
	vcpu(0, 0, "0-3", 100);
	vcpu(1, 0, "1", 60);
	vcpu(1, 1, "2-3", 40);
	vcpu(2, 0, "0-7", 50);
	end(rig);
	NEAR(cpuset_of(rig, "0-3")->demand_pct, 50);
	NEAR(cpuset_of(rig, "1")->demand_pct, 60);
	NEAR(cpuset_of(rig, "2-3")->demand_pct, 20);
	NEAR(cpuset_of(rig, "0-7")->demand_pct, 250.0 / 8);
	assert_false(cpuset_of(rig, "0-7")->bound);
	/* The tightest first, that of all CPUs last. */
	assert_string_equal(rig->snap->cpuset[0].cpus, "1");
	assert_string_equal(rig->snap->cpuset[3].cpus, "0-7");
	NEAR(rig->snap->cpu_load[1].demand_pct, 60 + 25 + 50.0 / 8);
	/* Of its two sets the one of which more is asked. */
	assert_string_equal(pinning_of(rig, 1)->cpus, "1");
	assert_int_equal(pinning_of(rig, 1)->set_vcpus, 1);
	assert_int_equal(pinning_of(rig, 1)->sharers, 1);
	/* One that is bound nowhere shares with all and nobody. */
	assert_true(pinning_of(rig, 2)->sharers == UNKNOWN_U64);
	assert_false(pinning_of(rig, 2)->bound);
}

/* Each pair of CPUs has room for its own threads, and all three together have not. */
static void overlapping_sets_are_short_together(void **state)
{
	static const char *const set[] = { "0-1", "1-2", "0,2" };
	struct rig *rig = *state;
	const struct cpuset *joint;

	begin(rig, CPUS);
	for (size_t vm = 0; vm < 3; vm++)
		for (uint16_t i = 0; i < 2; i++)
			vcpu(vm, i, set[vm], 90);
	end(rig);
	NEAR(cpuset_of(rig, "0-1")->demand_pct, 90);
	joint = cpuset_of(rig, "0-2");
	assert_non_null(joint);
	assert_true(joint->joint);
	NEAR(joint->demand_pct, 180);
	assert_int_equal(joint->sharers, 3);
	assert_string_equal(pinning_of(rig, 1)->cpus, "0-2");
	NEAR(rig->snap->cpu_load[2].contended_pct, 180);
	/* With less to do there is nothing to tell of them together. */
	begin(rig, CPUS);
	for (size_t vm = 0; vm < 3; vm++)
		vcpu(vm, 0, set[vm], 90);
	end(rig);
	assert_null(cpuset_of(rig, "0-2"));
	assert_string_equal(pinning_of(rig, 1)->cpus, "1-2");
}

/* Of sets only what is online counts, and two that differ in the rest are one. */
static void offline_cpus(void **state)
{
	struct rig *rig = *state;

	begin(rig, 4);
	host.domain[0] = domain(UUID(1), "a", 10);
	host.pin[0][0] = (struct pin){ THREAD_VCPU, 0, 2, 6 };
	host.domain[0].pin = host.pin[0];
	host.domain[0].n_pin = 1;
	set_domains(rig, host.domain, 1);
	vcpu(0, 0, "2-6", 60);
	vcpu(1, 0, "2-3", 60);
	vcpu(1, 1, "6", 60);
	end(rig);
	NEAR(cpuset_of(rig, "2-3")->demand_pct, 60);
	assert_int_equal(pinning_of(rig, 0)->drifted, 0);
	assert_string_equal(pinning_of(rig, 0)->pinned[0].configured, "2-3");
	assert_null(pinning_of(rig, 1)->pinned[1].cpus);
	assert_non_null(strstr(pinning_of(rig, 1)->pinned[1].reason, "offline"));
	assert_int_equal(rig->snap->n_cpu_load, 4);
}

static void drift(void **state)
{
	struct rig *rig = *state;
	const struct pinning *pinning;

	begin(rig, CPUS);
	host.domain[0] = domain(UUID(1), "a", 10);
	host.pin[0][0] = (struct pin){ THREAD_VCPU, 0, 0, 0 };
	host.pin[0][1] = (struct pin){ THREAD_VCPU, PIN_ALL, 1, 2 };
	host.pin[0][2] = (struct pin){ THREAD_VCPU, PIN_ALL, 4, 4 };
	host.pin[0][3] = (struct pin){ THREAD_IO, 2, 5, 5 };
	host.pin[0][4] = (struct pin){ THREAD_EMULATOR, PIN_ALL, 6, 7 };
	host.domain[0].pin = host.pin[0];
	host.domain[0].n_pin = 5;
	set_domains(rig, host.domain, 1);
	vcpu(0, 0, "0", 1);
	vcpu(0, 1, "1-2,4", 1);
	vcpu(0, 2, "0-1", 1); /* here */
	add(0, THREAD_IO, 2, "5", 1, 0);
	add(0, THREAD_EMULATOR, PIN_ALL, "0-7", 1, 0); /* and here */
	add(0, THREAD_EMULATOR, 1, "3", 1, 0);	       /* it was started by another thread */
	end(rig);
	pinning = pinning_of(rig, 0);
	assert_int_equal(pinning->threads, 6);
	assert_int_equal(pinning->drifted, 2);
	assert_string_equal(pinning->drifter, "vcpu 2");
	assert_string_equal(pinning->configured, "1-2,4");
	assert_string_equal(pinning->real, "0-1");
	assert_int_equal(pinning->drifter_tid, 13);
	for (size_t i = 0; i < pinning->n_pinned; i++)
		assert_int_equal(pinning->pinned[i].drifted,
			pinning->pinned[i].tid == 13 || pinning->pinned[i].tid == 10);

	/* What was asked before the definition changed is not held against it. */
	host.domain[0].pinned_ns = 102 * S;
	derive(rig);
	assert_int_equal(pinning_of(rig, 0)->drifted, 0);
}

/* Not configured is not drifted, unless a vCPU alone is bound. */
static void no_pins_no_drift(void **state)
{
	struct rig *rig = *state;

	begin(rig, CPUS);
	host.domain[0] = domain(UUID(1), "a", 10);
	host.domain[1] = domain(UUID(2), "b", 20);
	host.domain[2] = domain(UUID(3), "c", 30);
	host.domain[2].pins_automatic = true;
	set_domains(rig, host.domain, 3);
	for (size_t vm = 0; vm < 4; vm++) {
		vcpu(vm, 0, vm == 1 ? "0-3" : "0-7", 10);
		vcpu(vm, 1, vm == 1 ? "0-3" : "2", 10);
		add(vm, THREAD_EMULATOR, PIN_ALL, vm == 1 ? "0-3" : "0-7", 1, 0);
	}
	end(rig);
	assert_int_equal(pinning_of(rig, 0)->drifted, 1);
	assert_string_equal(pinning_of(rig, 0)->configured, "0-7");
	assert_int_equal(pinning_of(rig, 1)->drifted, 0); /* a cpuset around all of it */
	assert_int_equal(pinning_of(rig, 2)->drifted, 0); /* numad chose */
	assert_int_equal(pinning_of(rig, 3)->drifted, 0); /* nobody configured it */
}

static void siblings(void **state)
{
	struct rig *rig = *state;

	begin(rig, CPUS); /* 0 and 4 share a core */
	vcpu(0, 0, "0", 95);
	vcpu(0, 1, "1", 95);
	vcpu(1, 0, "4", 80);
	vcpu(2, 0, "5", 10);
	vcpu(3, 0, "2", 95);
	vcpu(3, 1, "6", 95);
	end(rig);
	assert_int_equal(pinning_of(rig, 0)->smt, 1);
	assert_string_equal(pinning_of(rig, 0)->smt_vm, "b");
	assert_int_equal(pinning_of(rig, 0)->smt_cpu, 0);
	assert_int_equal(pinning_of(rig, 1)->smt, 1);
	assert_int_equal(pinning_of(rig, 2)->smt, 0);
	assert_int_equal(pinning_of(rig, 3)->smt, 0); /* both are its own */
}

static void isolated_cpus(void **state)
{
	struct rig *rig = *state;

	begin(rig, CPUS);
	for (size_t i = 4; i < CPUS; i++)
		host.cpu[i].isolated = true;
	host.cpu[3].nohz_full = true;
	vcpu(0, 0, "4-5", 30);
	vcpu(0, 1, "4-5", 30);
	vcpu(1, 0, "6", 60);
	vcpu(2, 0, "6", 60);
	vcpu(3, 0, "7", 60);
	add(3, THREAD_EMULATOR, PIN_ALL, "7", 1, 0);
	vcpu(4, 0, "3", 60);
	vcpu(5, 0, "3-4", 60);
	vcpu(5, 1, "3-4", 60);
	end(rig);
	assert_int_equal(pinning_of(rig, 0)->isolation, ISOLATION_UNBALANCED);
	assert_string_equal(pinning_of(rig, 0)->isolated, "4-5");
	assert_int_equal(pinning_of(rig, 1)->isolation, ISOLATION_SHARED);
	assert_int_equal(pinning_of(rig, 3)->isolation, ISOLATION_HELPER);
	assert_int_equal(pinning_of(rig, 4)->isolation, ISOLATION_NONE);
	assert_int_equal(
		pinning_of(rig, 5)->isolation, ISOLATION_NONE); /* one of them is balanced */
}

static void what_is_not_known_has_its_reason(void **state)
{
	struct rig *rig = *state;
	const struct source *source;

	begin(rig, CPUS);
	vcpu(0, 0, "1", 30);
	*add(0, THREAD_VCPU, 1, "2", 30, 0) = (struct thread_affinity){ .pid = 10,
		.tid = 12,
		.start_ticks = 7,
		.set = CPUPOOL_NONE,
		.id = 1,
		.code = -EACCES };
	end(rig);
	assert_string_equal(pinning_of(rig, 0)->cpus, "1");
	assert_int_equal(pinning_of(rig, 0)->n_pinned, 2);
	assert_null(pinning_of(rig, 0)->pinned[1].cpus);
	assert_string_equal(pinning_of(rig, 0)->pinned[1].reason,
		"the kernel does not tell: Permission denied");
	source = vm_source(&rig->snap->vm[0], "affinity");
	assert_int_equal(source->state, SOURCE_OK);
	assert_string_equal(source->reason, "1 of its 2 threads did not tell: Permission denied");
	rig->cur.affinity.n_thread = 0;
	derive(rig);
	assert_null(pinning_of(rig, 0)->cpus);
	assert_true(pinning_of(rig, 0)->drifted == UNKNOWN_U64);
	assert_int_equal(vm_source(&rig->snap->vm[0], "affinity")->state, SOURCE_UNAVAILABLE);
}

/*
 * The clock tells of this second: 45% taken, 40% told. The agent's busy time of the last 5 s makes
 * the gap that is shown, and that in which the host took 20%.
 */
static void the_clocks_steal_is_beside_its_own_wait(void **state)
{
	struct guest_cpu prev_cpu[] = { { 0, 1000, 2000, 300 } };
	struct guest_cpu cur_cpu[] = { { 0, 1500, 5500, 1300 } };
	struct task_sched prev_host[] = { { 11, 7, 9 * S, 19 * S, 95 * S } };
	struct task_sched cur_host[] = { { 11, 7, 9 * S + 2500 * MS, 20 * S, 100 * S } };
	struct agent_reading readings[] = { {
		.uuid = UUID(1),
		.status = { SOURCE_OK, NULL, 100 * S, 4 * MS },
		.method = "agent cpustats",
		.prev = { 95 * S, 4 * MS, LIST(prev_cpu), LIST(prev_host) },
		.cur = { 100 * S, 4 * MS, LIST(cur_cpu), LIST(cur_host) },
		.quantum_ms = 10,
	} };
	struct proc_vcpu vcpus[] = { { 0, 11, 7 } };
	struct rig *rig = *state;

	begin(rig, CPUS);
	vcpu(0, 0, "2", 90);
	host.proc[0].vcpu = vcpus;
	host.proc[0].n_vcpu = host.proc[0].vcpus = 1;
	host.prev[0].steal_clock = host.cur[0].steal_clock = STEAL_CLOCK_ON;
	host.prev[0].told_ns_total = 3 * S;
	host.cur[0].told_ns_total = 3 * S + 400 * MS;
	host.prev[0].counted_wait_ns_total = 20 * S;
	host.cur[0].counted_wait_ns_total = 20 * S + 450 * MS;
	host.cur[0].switches = 2;
	host.cur[0].max_wait_ns = 30 * MS;
	host.domain[0] = domain(UUID(1), "a", 10);
	host.domain[0].has_agent = true;
	set_domains(rig, host.domain, 1);
	rig->cur.agent = (struct agent_sample){ LIST(readings) };
	end(rig);
	assert_int_equal(rig->snap->vm[0].steal.gap_kind, GAP_BUSY);
	NEAR(rig->snap->vm[0].steal.paired_wait_pct, 20);
	NEAR(rig->snap->vm[0].steal.guest_told_pct, 40);
	NEAR(pinning_of(rig, 0)->wait_pct, 45);
	NEAR(pinning_of(rig, 0)->gap_pct, 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(two_vms_and_a_process),
		TEST(throttled_is_no_demand),
		TEST(by_schedstat),
		TEST(sets_within_sets),
		TEST(overlapping_sets_are_short_together),
		TEST(offline_cpus),
		TEST(drift),
		TEST(no_pins_no_drift),
		TEST(siblings),
		TEST(isolated_cpus),
		TEST(what_is_not_known_has_its_reason),
		TEST(the_clocks_steal_is_beside_its_own_wait),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("derive_pinning", tests, NULL, NULL);
}
