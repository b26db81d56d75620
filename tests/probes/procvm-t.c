// SPDX-License-Identifier: GPL-2.0-or-later
/* VMs found in captured machines and in trees that change between samples. */
#include "tests/probes/rig.h"

static void check_vcpus(const struct proc_vm *vm, size_t n, const pid_t *tids)
{
	assert_int_equal(vm->n_vcpu, n);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(vm->vcpu[i].id, i);
		assert_int_equal(vm->vcpu[i].tid, tids[i]);
		assert_true(vm->vcpu[i].start_ticks >= vm->start_ticks);
	}
}

static void libvirt_machine(void **state)
{
	const struct proc_vm *vm;
	struct rig rig;

	(void)state;
	rig_open(&rig, "tests/data/offline-cpu-memoryless-node");
	vm = rig_sample(&rig)->procvm.vm;
	assert_int_equal(rig.sample.status[SECTION_PROCVM].state, SOURCE_OK);
	assert_null(rig.sample.status[SECTION_PROCVM].reason);
	/* Neither the -machine none one nor the sleep. */
	assert_int_equal(rig.sample.procvm.n_vm, 2);
	assert_string_equal(vm[0].name, "web-03");
	assert_string_equal(vm[0].uuid, "6f1c0a52-7f0e-4b53-9a44-0d7f2c3e1a01");
	assert_string_equal(vm[0].vmm, "qemu");
	assert_int_equal(vm[0].accel, ACCEL_KVM);
	assert_int_equal(vm[0].steal_clock, STEAL_CLOCK_OFFERED);
	assert_int_equal(vm[0].proc_state, 'S');
	assert_int_equal(vm[0].vcpus, 2);
	assert_int_equal(vm[0].mem_bytes, 64 << 20);
	assert_int_equal(vm[0].rss_bytes, 35676160);
	assert_int_equal(vm[0].swap_bytes, 0);
	assert_non_null(strstr(vm[0].vcpu_source, "names"));
	check_vcpus(&vm[0], 2, (const pid_t[]){ 19436, 19437 });
	assert_string_equal(vm[1].name, "db-01");
	assert_int_equal(vm[1].accel, ACCEL_TCG);
	assert_int_equal(vm[1].steal_clock, STEAL_CLOCK_NONE);
	assert_int_equal(vm[1].swap_bytes, 20480 * 1024);
	check_vcpus(&vm[1], 4, (const pid_t[]){ 19432, 19433, 19434, 19435 });
	assert_int_equal(rig.sample.sched.n_task, 6);
	rig_close(&rig);
}

static void machine_of_the_nameless(void **state)
{
	const struct proc_vm *vm;
	struct rig rig;

	(void)state;
	rig_open(&rig, "tests/data/cgroup-v2");
	vm = rig_sample(&rig)->procvm.vm;
	/* The sleep that calls itself a QEMU is none. */
	assert_int_equal(rig.sample.procvm.n_vm, 4);
	assert_string_equal(vm[0].name, "qemu-system-x86");
	assert_null(vm[0].uuid);
	assert_int_equal(vm[0].accel, ACCEL_TCG);
	assert_non_null(strstr(vm[0].vcpu_source, "order"));
	check_vcpus(&vm[0], 3, (const pid_t[]){ 20541, 20542, 20543 });
	assert_string_equal(vm[1].name, "fc-web");
	assert_string_equal(vm[1].vmm, "firecracker");
	assert_int_equal(vm[1].vcpus, 2);
	assert_true(vm[1].mem_bytes == UNKNOWN_U64);
	check_vcpus(&vm[1], 2, (const pid_t[]){ 20536, 20537 });
	assert_string_equal(vm[2].name, "a) R 1 (b");
	assert_string_equal(vm[2].vmm, "tinyvmm");
	assert_int_equal(vm[2].proc_state, 'S');
	assert_int_equal(vm[2].steal_clock, STEAL_CLOCK_UNKNOWN);
	assert_non_null(strstr(vm[2].vcpu_source, "KVM"));
	check_vcpus(&vm[2], 2, (const pid_t[]){ 20532, 20533 });
	assert_string_equal(vm[3].name, "evil?[31m,?x");
	assert_int_equal(vm[3].accel, ACCEL_KVM);
	check_vcpus(&vm[3], 2, (const pid_t[]){ 20544, 20545 });
	rig_close(&rig);
}

static void put_fd(const char *dir, pid_t pid, int fd, const char *target)
{
	char name[64];

	snprintf(name, sizeof(name), "proc/%d/fd/%d", (int)pid, fd);
	tree_link(dir, name, target);
}

static void put_syscall(const char *dir, pid_t pid, pid_t tid, const char *text)
{
	char name[64];

	snprintf(name, sizeof(name), "proc/%d/task/%d/syscall", (int)pid, (int)tid);
	tree_put(dir, name, text, strlen(text));
}

/* A VMM of the house: nothing but KVM tells what it is. */
static void put_vmm(const char *dir, pid_t pid, const char *comm, unsigned vcpus)
{
	tree_process(dir, pid, comm, vcpus + 1, 100, "/nowhere/vmm");
	put_fd(dir, pid, 3, "anon_inode:kvm-vm");
	for (unsigned i = 0; i < vcpus; i++) {
		char link[64], syscall[64];

		snprintf(link, sizeof(link), "anon_inode:kvm-vcpu:%u", i);
		put_fd(dir, pid, 4 + (int)i, link);
		snprintf(syscall, sizeof(syscall), "16 0x%x 0xae80 0x0 0x0 0x0 0x0 0x1 0x2\n",
			4 + i);
		tree_task(dir, pid, pid + 1 + (pid_t)i, comm, 101, "5 6 7\n");
		put_syscall(dir, pid, pid + 1 + (pid_t)i, syscall);
	}
}

static void remove_task(const char *dir, pid_t pid, pid_t tid)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/proc/%d/task/%d", dir, (int)pid, (int)tid);
	tree_remove(path);
}

static void set_threads(const char *dir, pid_t pid, const char *comm, unsigned threads)
{
	char name[64];

	snprintf(name, sizeof(name), "proc/%d/stat", (int)pid);
	tree_stat(dir, name, pid, comm, threads, 100);
}

static void hot_plug_is_seen_in_the_next_sample(void **state)
{
	struct rig rig;
	char dir[64];
	const struct proc_vm *vm;

	(void)state;
	tree_make(dir, sizeof(dir));
	put_vmm(dir, 500, "vmm", 2);
	rig_open(&rig, dir);
	vm = rig_vm(rig_sample(&rig), 500);
	check_vcpus(vm, 2, (const pid_t[]){ 501, 502 });
	put_vmm(dir, 500, "vmm", 3);
	vm = rig_vm(rig_sample(&rig), 500);
	check_vcpus(vm, 3, (const pid_t[]){ 501, 502, 503 });
	assert_int_equal(vm->vcpus, 3);
	assert_int_equal(rig.sample.sched.n_task, 3);
	/* Unplugged in the middle: the others keep their numbers. */
	remove_task(dir, 500, 502);
	assert_int_equal(unlinkat(rig.root.dirfd, "proc/500/fd/5", 0), 0);
	set_threads(dir, 500, "vmm", 3);
	vm = rig_vm(rig_sample(&rig), 500);
	assert_int_equal(vm->n_vcpu, 2);
	assert_int_equal(vm->vcpu[0].id, 0);
	assert_int_equal(vm->vcpu[1].id, 2);
	assert_int_equal(vm->vcpu[1].tid, 503);
	rig_close(&rig);
	tree_remove(dir);
}

static void put_daemons(const char *dir, pid_t first, pid_t last)
{
	for (pid_t pid = first; pid <= last; pid++)
		tree_process(dir, pid, "daemon", 1, 100, "/nowhere/daemon");
}

static void a_thread_replaced_unnoticed_is_found_within_ten_rounds(void **state)
{
	struct rig rig;
	char dir[64];

	(void)state;
	tree_make(dir, sizeof(dir));
	put_daemons(dir, 1000, 1299); /* so that its turn as a process is far away */
	put_vmm(dir, 5000, "vmm", 2);
	rig_open(&rig, dir);
	rig_sample(&rig);
	remove_task(dir, 5000, 5002);
	tree_task(dir, 5000, 5777, "vmm", 900, "1 2 3\n");
	put_syscall(dir, 5000, 5777, "16 0x5 0xae80 0x0 0x0 0x0 0x0 0x1 0x2\n");
	for (int i = 0; i < 10; i++)
		rig_sample(&rig);
	check_vcpus(rig_vm(&rig.sample, 5000), 2, (const pid_t[]){ 5001, 5777 });
	rig_close(&rig);
	tree_remove(dir);
}

static void another_folder_is_another_process(void **state)
{
	struct rig rig;
	char dir[64];

	(void)state;
	tree_make(dir, sizeof(dir));
	put_daemons(dir, 1000, 1299);
	rig_open(&rig, dir);
	rig_sample(&rig);
	assert_int_equal(renameat(rig.root.dirfd, "proc/1290", rig.root.dirfd, "gone"), 0);
	put_vmm(dir, 1290, "vmm", 1);
	assert_non_null(rig_vm(rig_sample(&rig), 1290));
	rig_close(&rig);
	tree_remove(dir);
}

/* What the threads of a QEMU under TCG with an I/O thread, a disk and VNC were seen to do. */
static void put_tcg(const char *dir)
{
	static const char cmdline[] = "qemu-system-x86_64\0-smp\0"
				      "2";
	static const char *const doing[] = { "271 0x1 0x9 0x7 0x0 0x8 0x0 0x1 0x2\n",
		"202 0x1 0x0 0xffffffff 0x0 0x0 0x0 0x1 0x2\n",	     /* RCU */
		"271 0x1 0x1 0x0 0x0 0x8 0x0 0x1 0x2\n",	     /* -object iothread */
		"202 0x1 0x189 0x0 0x7f00 0x0 0xffffffff 0x1 0x2\n", /* worker, waits with a limit
								      */
		"running\n", "202 0x1 0x189 0x0 0x0 0x0 0xffffffff 0x1 0x2\n",
		"202 0x1 0x189 0x0 0x0 0x0 0xffffffff 0x1 0x2\n" }; /* VNC worker */

	tree_process(dir, 900, "qemu-system-x86", 7, 100, "/nowhere/qemu-system-x86_64");
	tree_put(dir, "proc/900/cmdline", cmdline, sizeof(cmdline));
	for (pid_t i = 0; i < 7; i++) {
		tree_task(dir, 900, 900 + i, "qemu-system-x86", 100 + (unsigned long)i / 3,
			"1 1 1\n");
		put_syscall(dir, 900, 900 + i, doing[i]);
	}
}

static void unnamed_tcg_threads_are_told_by_order(void **state)
{
	struct rig rig;
	char dir[64];

	(void)state;
	tree_make(dir, sizeof(dir));
	put_tcg(dir);
	rig_open(&rig, dir);
	check_vcpus(rig_vm(rig_sample(&rig), 900), 2, (const pid_t[]){ 904, 905 });
	/* When one may not be looked at, any of five could be the two. */
	assert_int_equal(unlinkat(rig.root.dirfd, "proc/900/task/903/syscall", 0), 0);
	set_threads(dir, 900, "qemu-system-x86", 8);
	assert_int_equal(rig_vm(rig_sample(&rig), 900)->n_vcpu, 0);
	assert_null(rig_vm(&rig.sample, 900)->vcpu_source);
	assert_int_equal(rig_vm(&rig.sample, 900)->vcpus, 2);
	/* With nothing but main, RCU and two more there is no doubt. */
	remove_task(dir, 900, 902);
	remove_task(dir, 900, 903);
	remove_task(dir, 900, 906);
	set_threads(dir, 900, "qemu-system-x86", 4);
	check_vcpus(rig_vm(rig_sample(&rig), 900), 2, (const pid_t[]){ 904, 905 });
	rig_close(&rig);
	tree_remove(dir);
}

static void put_sigblk(const char *dir, pid_t pid, pid_t tid, const char *mask)
{
	char name[64], text[64];
	int len = snprintf(text, sizeof(text), "SigBlk:\t%s\n", mask);

	snprintf(name, sizeof(name), "proc/%d/task/%d/status", (int)pid, (int)tid);
	tree_put(dir, name, text, (size_t)len);
}

static void unnamed_kvm_threads_wait_for_a_kick(void **state)
{
	static const char cmdline[] = "qemu-system-x86_64\0-enable-kvm\0-smp\0"
				      "2";
	struct rig rig;
	char dir[64];

	(void)state;
	tree_make(dir, sizeof(dir));
	tree_process(dir, 900, "qemu-system-x86", 4, 100, "/nowhere/qemu-system-x86_64");
	tree_put(dir, "proc/900/cmdline", cmdline, sizeof(cmdline));
	tree_put(dir, "proc/uptime", "2.00 1.00\n", 10); /* young: its files may come yet */
	for (pid_t tid = 901; tid <= 903; tid++) {
		tree_task(dir, 900, tid, "qemu-system-x86", 101, "1 1 1\n");
		put_sigblk(dir, 900, tid, tid == 901 ? "fffffffe7ffbfa77" : "fffffffe7ffbf837");
	}
	put_sigblk(dir, 900, 900, "0000000010002240");
	rig_open(&rig, dir);
	check_vcpus(rig_vm(rig_sample(&rig), 900), 2, (const pid_t[]){ 902, 903 });
	rig_close(&rig);
	tree_remove(dir);
}

static void busy_vcpus_are_told_from_kernel_workers(void **state)
{
	struct rig rig;
	char dir[64];

	(void)state;
	tree_make(dir, sizeof(dir));
	put_vmm(dir, 500, "vmm", 2);
	put_syscall(dir, 500, 501, "running\n");
	tree_task(dir, 500, 510, "kvm-nx-lpage-re", 105, "0 0 0\n");
	put_syscall(dir, 500, 510, "16 0x4 0xae80 0x0 0x0 0x0 0x0 0x1 0x2\n");
	tree_task(dir, 500, 511, "vhost-500", 105, "0 0 0\n");
	put_syscall(dir, 500, 511, "16 0x4 0xae80 0x0 0x0 0x0 0x0 0x1 0x2\n");
	rig_open(&rig, dir);
	check_vcpus(rig_vm(rig_sample(&rig), 500), 2, (const pid_t[]){ 501, 502 });
	rig_close(&rig);
	tree_remove(dir);
}

static void exec_and_pid_reuse_make_another_process(void **state)
{
	struct rig rig;
	char dir[64];

	(void)state;
	tree_make(dir, sizeof(dir));
	tree_process(dir, 600, "sh", 1, 100, "/nowhere/sh");
	rig_open(&rig, dir);
	assert_int_equal(rig_sample(&rig)->procvm.n_vm, 0);
	put_vmm(dir, 600, "vmm", 1); /* the shell becomes a VMM */
	assert_non_null(rig_vm(rig_sample(&rig), 600));
	tree_process(dir, 600, "vmm", 1, 4000, "/nowhere/cat"); /* its number goes to a cat */
	assert_int_equal(unlinkat(rig.root.dirfd, "proc/600/fd/3", 0), 0);
	assert_null(rig_vm(rig_sample(&rig), 600));
	rig_close(&rig);
	tree_remove(dir);
}

static void thousands_of_others_are_inspected_a_few_at_a_time(void **state)
{
	struct rig rig;
	char dir[64];

	(void)state;
	tree_make(dir, sizeof(dir));
	put_daemons(dir, 1000, 2199);
	put_vmm(dir, 2300, "late", 1);
	tree_process(dir, 2400, "qemu-system-x86", 1, 100, "/nowhere/qemu-system-x86_64");
	rig_open(&rig, dir);
	assert_non_null(rig_vm(rig_sample(&rig), 2400)); /* likely names come first */
	assert_null(rig_vm(&rig.sample, 2300));
	for (int i = 0; i < 4; i++)
		rig_sample(&rig);
	assert_non_null(rig_vm(&rig.sample, 2300)); /* 1200 others, 256 a round */
	rig_close(&rig);
	tree_remove(dir);
}

static void a_vm_made_late_is_found_in_turn(void **state)
{
	struct rig rig;
	char dir[64];
	int rounds = 0;

	(void)state;
	tree_make(dir, sizeof(dir));
	put_daemons(dir, 1000, 1019);
	rig_open(&rig, dir);
	rig_sample(&rig);
	put_fd(dir, 1010, 3, "anon_inode:kvm-vm");
	while (!rig_vm(rig_sample(&rig), 1010) && rounds < 10)
		rounds++;
	assert_true(rounds <= 3);
	rig_close(&rig);
	tree_remove(dir);
}

static void started_long_ago_with_kvm_but_without_its_files_is_tcg(void **state)
{
	static const char cmdline[] = "qemu-system-x86_64\0-machine\0pc,accel=kvm:tcg";
	struct rig rig;
	char dir[64];

	(void)state;
	tree_make(dir, sizeof(dir));
	tree_process(dir, 700, "qemu-system-x86", 1, 100, "/nowhere/qemu-system-x86_64 (deleted)");
	tree_put(dir, "proc/700/cmdline", cmdline, sizeof(cmdline));
	tree_process(dir, 701, "qemu-system-x86", 1, 499900, "/nowhere/qemu-system-x86_64");
	tree_put(dir, "proc/701/cmdline", cmdline, sizeof(cmdline));
	rig_open(&rig, dir);
	assert_int_equal(rig_vm(rig_sample(&rig), 700)->accel, ACCEL_TCG);
	assert_int_equal(rig_vm(&rig.sample, 701)->accel, ACCEL_KVM); /* one second old */
	tree_put(dir, "proc/uptime", "5010.00 1.00\n", 13);
	assert_int_equal(rig_vm(rig_sample(&rig), 701)->accel, ACCEL_TCG);
	rig_close(&rig);
	tree_remove(dir);
}

static void without_rights_names_and_order_are_all(void **state)
{
	static const char named[] = "qemu-system-x86_64\0-accel\0kvm\0-name\0n1\0-smp\0"
				    "2";
	struct rig rig;
	char dir[64], path[128];

	(void)state;
	if (geteuid() == 0 && setegid(65534) + seteuid(65534) != 0)
		skip();
	tree_make(dir, sizeof(dir));
	tree_process(dir, 800, "qemu-system-x86", 4, 100, "/nowhere/qemu-system-x86_64");
	tree_put(dir, "proc/800/cmdline", named, sizeof(named));
	snprintf(path, sizeof(path), "%s/proc/800/exe", dir);
	unlink(path); /* its executable and files may not be seen */
	tree_task(dir, 800, 802, "CPU 0/KVM", 101, "1 2 3\n");
	tree_task(dir, 800, 803, "CPU 1/KVM", 101, "1 2 3\n");
	snprintf(path, sizeof(path), "%s/proc/800/fd", dir);
	chmod(path, 0);
	rig_open(&rig, dir);
	rig_sample(&rig);
	assert_int_equal(rig.sample.procvm.n_vm, 1);
	assert_int_equal(rig.sample.procvm.vm[0].accel, ACCEL_KVM);
	check_vcpus(&rig.sample.procvm.vm[0], 2, (const pid_t[]){ 802, 803 });
	assert_int_equal(rig.sample.status[SECTION_PROCVM].state, SOURCE_OK);
	assert_non_null(strstr(rig.sample.status[SECTION_PROCVM].reason, "CAP_SYS_PTRACE"));
	rig_close(&rig);
	chmod(path, 0755);
	tree_remove(dir);
	assert_int_equal(seteuid(getuid()) + setegid(getgid()), 0);
}

static void cycles_leave_nothing_behind(void **state)
{
	struct rig rig;
	char dir[64], path[128];
	size_t fds;

	(void)state;
	tree_make(dir, sizeof(dir));
	put_vmm(dir, 500, "vmm", 2);
	rig_open(&rig, dir);
	rig_sample(&rig);
	fds = rig_count_fds();
	for (int i = 0; i < 500; i++) {
		pid_t pid = 1000 + i % 7 * 100;

		snprintf(path, sizeof(path), "%s/proc/%d", dir, (int)pid);
		tree_remove(path);
		put_vmm(dir, pid, "cycle", 1 + (unsigned)i % 4);
		rig_sample(&rig);
		assert_non_null(rig_vm(&rig.sample, pid));
		tree_remove(path);
		rig_sample(&rig);
		assert_null(rig_vm(&rig.sample, pid));
	}
	assert_int_equal(rig.sample.procvm.n_vm, 1);
	assert_int_equal(rig_count_fds(), fds);
	rig_close(&rig);
	tree_remove(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(libvirt_machine),
		cmocka_unit_test(machine_of_the_nameless),
		cmocka_unit_test(hot_plug_is_seen_in_the_next_sample),
		cmocka_unit_test(a_thread_replaced_unnoticed_is_found_within_ten_rounds),
		cmocka_unit_test(another_folder_is_another_process),
		cmocka_unit_test(unnamed_tcg_threads_are_told_by_order),
		cmocka_unit_test(unnamed_kvm_threads_wait_for_a_kick),
		cmocka_unit_test(busy_vcpus_are_told_from_kernel_workers),
		cmocka_unit_test(exec_and_pid_reuse_make_another_process),
		cmocka_unit_test(thousands_of_others_are_inspected_a_few_at_a_time),
		cmocka_unit_test(a_vm_made_late_is_found_in_turn),
		cmocka_unit_test(started_long_ago_with_kvm_but_without_its_files_is_tcg),
		cmocka_unit_test(without_rights_names_and_order_are_all),
		cmocka_unit_test(cycles_leave_nothing_behind),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
