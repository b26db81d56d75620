// SPDX-License-Identifier: GPL-2.0-or-later
/* Where threads may run: this program's own, those of a captured tree, and ones that end. */
#include "tests/probes/rig.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "probes/affinity_read.h"

/* Only this section, over processes of the test's choice. */
struct affinity_rig {
	struct sysroot root;
	struct probe_control control;
	struct probe_env env;
	struct sample sample;
	void *state;
	struct proc_vcpu vcpu[2];
	struct proc_vm vm;
	struct topology_cpu cpu[CPUS_MAX];
};

static void open_on(struct affinity_rig *rig, const char *dir)
{
	struct err err = { 0 };

	memset(rig, 0, sizeof(*rig));
	rig->env = (struct probe_env){
		.root = &rig->root, .clock = &clock_system, .control = &rig->control, .wake_fd = -1
	};
	atomic_store(&rig->control.interval_ms, 1000);
	assert_int_equal(sysroot_open(&rig->root, dir, &err), 0);
	assert_int_equal(probes[SECTION_AFFINITY]->open(&rig->env, &rig->state, &err), 0);
}

static void close_it(struct affinity_rig *rig)
{
	probes[SECTION_AFFINITY]->close(rig->state);
	sample_release(&rig->sample);
	sysroot_close(&rig->root);
}

static const struct affinity_sample *sample_it(struct affinity_rig *rig, uint64_t online)
{
	sample_clear(&rig->sample);
	rig->sample.procvm = (struct procvm_sample){ &rig->vm, 1 };
	for (uint64_t i = 0; i < online; i++)
		rig->cpu[i].id = i;
	rig->sample.topology.cpu = rig->cpu;
	rig->sample.topology.n_cpu = online;
	assert_int_equal(probes[SECTION_AFFINITY]->sample(rig->state, &rig->sample), 0);
	return &rig->sample.affinity;
}

static const struct thread_affinity *thread_of(const struct affinity_sample *section, pid_t tid)
{
	for (size_t i = 0; i < section->n_thread; i++)
		if (section->thread[i].tid == tid)
			return &section->thread[i];
	fail();
	return NULL;
}

/* A thread of this program that does as it is told. */
struct worker {
	pthread_t thread;
	pid_t tid;
	int ready[2], end[2];
};

static void *work(void *arg)
{
	struct worker *worker = arg;
	char byte;

	worker->tid = (pid_t)syscall(SYS_gettid);
	assert_int_equal(write(worker->ready[1], "x", 1), 1);
	assert_true(read(worker->end[0], &byte, 1) >= 0);
	return NULL;
}

static void worker_start(struct worker *worker)
{
	char byte;

	assert_int_equal(pipe(worker->ready), 0);
	assert_int_equal(pipe(worker->end), 0);
	assert_int_equal(pthread_create(&worker->thread, NULL, work, worker), 0);
	assert_int_equal(read(worker->ready[0], &byte, 1), 1);
}

static void worker_end(struct worker *worker)
{
	assert_int_equal(write(worker->end[1], "x", 1), 1);
	pthread_join(worker->thread, NULL);
	for (int i = 0; i < 2; i++) {
		close(worker->ready[i]);
		close(worker->end[i]);
	}
}

/* The set of one CPU; false: this process may not use it. */
static bool bind_to(pid_t tid, unsigned cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	return sched_setaffinity(tid, sizeof(set), &set) == 0;
}

static unsigned last_cpu(void)
{
	cpu_set_t set;
	unsigned last = 0;

	assert_int_equal(sched_getaffinity(0, sizeof(set), &set), 0);
	for (unsigned i = 0; i < CPU_SETSIZE; i++)
		if (CPU_ISSET(i, &set))
			last = i;
	return last;
}

static void own_threads(void **state)
{
	const struct affinity_sample *section;
	const struct thread_affinity *thread;
	struct worker worker;
	struct affinity_rig rig;
	unsigned cpu = last_cpu();

	(void)state;
	worker_start(&worker);
	open_on(&rig, "/");
	rig.vm = (struct proc_vm){ .pid = getpid(), .start_ticks = 1, .vcpu = rig.vcpu, .n_vcpu = 1 };
	rig.vcpu[0] = (struct proc_vcpu){ 3, worker.tid, 1 };
	section = sample_it(&rig, 4096 / 8);
	assert_int_equal(section->n_thread, 2); /* and the main thread */
	thread = thread_of(section, worker.tid);
	assert_int_equal(thread->kind, THREAD_VCPU);
	assert_int_equal(thread->id, 3);
	assert_int_equal(thread->code, 0);
	assert_true(cpus_has(&section->set[thread->set], cpu));
	assert_int_equal(thread_of(section, getpid())->kind, THREAD_EMULATOR);

	/* It is asked again within its turns. */
	assert_true(bind_to(worker.tid, cpu));
	for (int i = 0; i < 4; i++)
		section = sample_it(&rig, 2);
	thread = thread_of(section, worker.tid);
	assert_int_equal(cpus_count(&section->set[thread->set]), 1);
	assert_true(cpus_has(&section->set[thread->set], cpu));

	/* That of the VM that is looked at, at once. */
	atomic_store(&rig.control.focus_pid, getpid());
	assert_true(bind_to(worker.tid, 0) || cpu == 0);
	section = sample_it(&rig, 2);
	assert_true(cpus_has(&section->set[thread_of(section, worker.tid)->set], 0));

	/* One that ended is no thread without CPUs. */
	worker_end(&worker);
	section = sample_it(&rig, 2);
	thread = thread_of(section, worker.tid);
	assert_int_equal(thread->set, CPUPOOL_NONE);
	assert_int_equal(thread->code, -ESRCH);
	rig.vm.n_vcpu = 0;
	section = sample_it(&rig, 2);
	assert_int_equal(section->n_thread, 1);
	assert_int_equal(section->n_set, 1); /* sets that nobody is in any more are gone */
	close_it(&rig);
}

static void put_status(const char *dir, pid_t pid, pid_t tid, const char *text)
{
	char name[96];

	snprintf(name, sizeof(name), "proc/%d/task/%d/status", (int)pid, (int)tid);
	tree_put(dir, name, text, strlen(text));
}

static void a_captured_tree(void **state)
{
	const struct affinity_sample *section;
	struct affinity_rig rig;
	char dir[64];

	(void)state;
	tree_make(dir, sizeof(dir));
	put_status(dir, 10, 10, "Name:\tqemu\\nCpus_allowed_list:\t9\nCpus_allowed_list:\t0-7,64\nx\n");
	put_status(dir, 10, 11, "Name:\tCPU 0/KVM\nCpus_allowed:\t4\nCpus_allowed_list:\t2\n");
	put_status(dir, 10, 12, "Name:\tCPU 1/KVM\n");
	open_on(&rig, dir);
	rig.vm = (struct proc_vm){ .pid = 10, .start_ticks = 1, .vcpu = rig.vcpu, .n_vcpu = 2 };
	rig.vcpu[0] = (struct proc_vcpu){ 0, 11, 1 };
	rig.vcpu[1] = (struct proc_vcpu){ 1, 12, 1 };
	section = sample_it(&rig, 8);
	assert_int_equal(section->n_set, 2);
	assert_int_equal(cpus_count(&section->set[thread_of(section, 10)->set]), 9);
	assert_true(cpus_has(&section->set[thread_of(section, 11)->set], 2));
	assert_int_equal(thread_of(section, 12)->set, CPUPOOL_NONE);
	assert_int_equal(thread_of(section, 12)->code, -EINVAL);
	/* Processes can only be asked of a kernel that runs. */
	assert_int_equal(section->bound_ns, 0);
	assert_non_null(strstr(section->bound_reason, "captured tree"));
	assert_string_equal(rig.sample.status[SECTION_AFFINITY].reason, section->bound_reason);
	assert_int_equal(rig.sample.status[SECTION_AFFINITY].state, SOURCE_OK);
	close_it(&rig);
	tree_remove(dir);
}

static void nobody_bound_nobody_asked(void **state)
{
	const struct affinity_sample *section;
	struct affinity_rig rig;
	char dir[64];

	(void)state;
	tree_make(dir, sizeof(dir));
	put_status(dir, 10, 10, "Name:\tqemu\nCpus_allowed_list:\t0-1023\n");
	open_on(&rig, dir);
	rig.vm = (struct proc_vm){ .pid = 10, .start_ticks = 1 };
	section = sample_it(&rig, 8);
	assert_int_equal(section->n_thread, 1);
	assert_null(section->bound_reason);
	close_it(&rig);
	tree_remove(dir);
}

/* Beside a bound VM, a busy process that is bound is found, with what it asks; where BPF may be used. */
static void a_bound_process(void **state)
{
	const struct affinity_sample *section = NULL;
	const struct bound_process *found = NULL;
	struct worker worker;
	struct affinity_rig rig;
	unsigned cpu = last_cpu();
	pid_t hog;

	(void)state;
	if (sysconf(_SC_NPROCESSORS_ONLN) < 2)
		skip();
	hog = fork();
	if (hog == 0) {
		bind_to(0, cpu);
		for (;;)
			;
	}
	worker_start(&worker);
	assert_true(bind_to(worker.tid, cpu));
	open_on(&rig, "/");
	rig.vm = (struct proc_vm){ .pid = getpid(), .start_ticks = 1, .vcpu = rig.vcpu, .n_vcpu = 1 };
	rig.vcpu[0] = (struct proc_vcpu){ 0, worker.tid, 1 };
	section = sample_it(&rig, (uint64_t)sysconf(_SC_NPROCESSORS_ONLN));
	if (!section->bound_reason) {
		usleep(300000);
		section = sample_it(&rig, (uint64_t)sysconf(_SC_NPROCESSORS_ONLN));
	}
	for (size_t i = 0; i < section->n_process; i++)
		if (section->process[i].pid == hog)
			found = &section->process[i];
	kill(hog, SIGKILL);
	waitpid(hog, NULL, 0);
	worker_end(&worker);
	if (section->bound_reason) {
		print_message("# %s\n", section->bound_reason);
		close_it(&rig);
		skip();
	}
	assert_non_null(found);
	assert_string_equal(found->name, "affinity-t");
	assert_true(cpus_has(&section->set[found->set], cpu));
	assert_true(section->bound_ns >= 300000000);
	/* It never sleeps: it ran or waited all the time. */
	assert_true(found->demand_ns > section->bound_ns / 10 * 7);
	assert_true(found->demand_ns <= section->bound_ns);
	close_it(&rig);
}

static void sets_are_bounded(void **state)
{
	struct cpupool pool = { 0 };
	struct cpus set = { 0 };

	(void)state;
	for (uint64_t i = 0; i < CPUPOOL_MOST; i++) {
		set.bits[0] = i + 1;
		assert_int_equal(cpupool_add(&pool, &set), i);
	}
	set.bits[0]++;
	assert_int_equal(cpupool_add(&pool, &set), CPUPOOL_NONE);
	assert_int_equal(cpupool_add(&pool, &pool.set[7]), 7);
	cpupool_release(&pool);
}

static void of_trees_and_kernels(void **state)
{
	struct cpus set;

	(void)state;
	assert_false(affinity_parse("Cpus_allowed_list:\t0\n", &set)); /* never the first line */
	assert_false(affinity_parse("a\nCpus_allowed_list:\tfew\n", &set));
	assert_true(affinity_parse("a\nCpus_allowed_list:\t1,3\n", &set));
	assert_int_equal(cpus_count(&set), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(own_threads),
		cmocka_unit_test(a_captured_tree),
		cmocka_unit_test(nobody_bound_nobody_asked),
		cmocka_unit_test(a_bound_process),
		cmocka_unit_test(sets_are_bounded),
		cmocka_unit_test(of_trees_and_kernels),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("affinity", tests, NULL, NULL);
}
