// SPDX-License-Identifier: GPL-2.0-or-later
/* The pages of a process that stands for a VM: whatever they are, whoever asks, and when it ends. */
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "probes/devices.h"
#include "probes/procfs.h"
#include "tests/probes/bpf_rig.h"
#include "tests/probes/rig.h"

enum { MIB = 1 << 20, ROUNDS = 4 };

/* A child that has made its memory what make() does of it, and does nothing since. */
static pid_t child_of(void (*make)(void))
{
	int ready[2];
	char byte;
	pid_t pid;

	assert_int_equal(pipe(ready), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		make();
		if (write(ready[1], "", 1) == 1)
			pause();
		_exit(0);
	}
	close(ready[1]);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	return pid;
}

static void child_end(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static uint64_t start_of(pid_t pid)
{
	char path[64], text[1024] = "";
	struct procfs_stat stat;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	file = fopen(path, "r");
	assert_non_null(file);
	assert_true(fread(text, 1, sizeof(text) - 1, file) > 0);
	fclose(file);
	assert_true(procfs_stat(text, &stat));
	return stat.start_ticks;
}

static void open_on(struct bpf_rig *rig, pid_t pid, uint64_t start)
{
	struct proc_vm vm = { .pid = pid, .start_ticks = start };

	assert_int_equal(bpf_rig_open(rig, SECTION_PAGES, "/"), 0);
	rig->env.roster = roster_new();
	roster_put(rig->env.roster, &(struct procvm_sample){ .vm = &vm, .n_vm = 1 });
}

static const struct pages_vm *turn(struct bpf_rig *rig)
{
	sample_clear(&rig->sample);
	assert_int_equal(rig->probe->sample(rig->state, &rig->sample), 0);
	assert_int_equal(rig->sample.pages.n_vm, 1);
	return &rig->sample.pages.vm[0];
}

static void close_on(struct bpf_rig *rig)
{
	bpf_rig_close(rig);
	roster_free(rig->env.roster);
}

/* What ROUNDS turns make of such a process; skips where it may not be asked. */
static struct pages_vm look_at(void (*make)(void))
{
	pid_t pid = child_of(make);
	static struct bpf_rig rig;
	struct pages_vm vm;

	open_on(&rig, pid, start_of(pid));
	for (int i = 0; i < ROUNDS; i++)
		vm = *turn(&rig);
	vm.status.reason = vm.status.reason ? strdup(vm.status.reason) : NULL;
	close_on(&rig);
	child_end(pid);
	if (vm.status.state != SOURCE_OK && strstr(vm.status.reason, "NUMA")) {
		print_message("# %s\n", vm.status.reason);
		skip();
	}
	return vm;
}

static double share(const struct pages_vm *vm, enum pages_kind part, enum pages_kind whole)
{
	return 100.0 * vm->count.kind[part] / vm->count.kind[whole];
}

static char *memory(int flags, size_t bytes)
{
	char *at = mmap(NULL, bytes, PROT_READ | PROT_WRITE, flags, -1, 0);

	if (at == MAP_FAILED)
		_exit(1);
	madvise(at, bytes, MADV_NOHUGEPAGE);
	return at;
}

static void touch(char *at, size_t bytes)
{
	for (size_t i = 0; i < bytes; i += 4096)
		at[i] = 1;
}

static void make_small_pages(void)
{
	touch(memory(MAP_PRIVATE | MAP_ANONYMOUS, 64 * MIB), 64 * MIB);
}

static void pages_have_nodes(void **state)
{
	const struct pages_vm vm = look_at(make_small_pages);
	unsigned on_nodes = 0;

	(void)state;
	assert_int_equal(vm.status.state, SOURCE_OK);
	/* Whatever else its neighbours in the address space are, it is most of it. */
	assert_in_range(vm.ram_bytes, 64 * MIB, 80 * MIB);
	assert_int_equal(vm.count.kind[PAGES_ASKED], 1024);
	assert_true(share(&vm, PAGES_PRESENT, PAGES_ASKED) > 95);
	for (size_t i = 0; i < PAGES_NODES; i++)
		on_nodes += vm.count.node[i];
	assert_int_equal(on_nodes, vm.count.kind[PAGES_PRESENT]);
	assert_true(vm.window_ns > 0);
	assert_int_equal(vm.count.kind[PAGES_SWAPPED], 0);
	if (vm.count.kind[PAGES_FLAGGED]) {
		assert_int_equal(vm.count.kind[PAGES_HUGE], 0);
		assert_in_range(vm.count.kind[PAGES_FLAGGED], 240, 256);
	}
}

static void make_half(void)
{
	touch(memory(MAP_SHARED | MAP_ANONYMOUS, 64 * MIB), 32 * MIB);
}

static void half_of_it_was_never_touched(void **state)
{
	const struct pages_vm vm = look_at(make_half);

	(void)state;
	/* Stratified: there is no chance in which half of the parts are. */
	assert_true(fabs(share(&vm, PAGES_ABSENT, PAGES_ASKED) - 50) < 5);
}

static void make_zeroes(void)
{
	volatile char *at = memory(MAP_PRIVATE | MAP_ANONYMOUS, 64 * MIB);
	char sum = 0;

	for (size_t i = 0; i < 64 * MIB; i += 4096)
		sum = (char)(sum + at[i]);
	if (sum)
		_exit(1);
}

static void what_was_only_read_is_zero(void **state)
{
	const struct pages_vm vm = look_at(make_zeroes);

	(void)state;
	assert_true(share(&vm, PAGES_ZERO, PAGES_LOOKED) > 90);
	assert_true(share(&vm, PAGES_ABSENT, PAGES_ASKED) > 90);
	assert_int_equal(vm.count.kind[PAGES_SWAPPED], 0);
}

static void make_huge(void)
{
	char *at = memory(MAP_PRIVATE | MAP_ANONYMOUS, 64 * MIB);

	madvise(at, 64 * MIB, MADV_HUGEPAGE);
	touch(at, 64 * MIB);
}

/* AnonHugePages of a process in KiB, by the kernel's own walk. */
static uint64_t huge_kib(pid_t pid)
{
	char path[64], line[256];
	uint64_t kib = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/smaps_rollup", (int)pid);
	file = fopen(path, "r");
	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "AnonHugePages: %lu", &kib) == 1)
			break;
	if (file)
		fclose(file);
	return kib;
}

static void huge_pages_as_smaps_has_them(void **state)
{
	pid_t pid = child_of(make_huge);
	uint64_t kib = huge_kib(pid);
	struct pages_vm vm;

	(void)state;
	child_end(pid);
	if (kib < 32 * 1024) {
		print_message("# no huge pages are to be had here\n");
		skip();
	}
	vm = look_at(make_huge);
	if (!vm.count.kind[PAGES_FLAGGED])
		skip();
	/* Another process, but as good a chance; two in three would be within 3 points. */
	assert_true(fabs(share(&vm, PAGES_HUGE, PAGES_FLAGGED) - (double)kib / 655.36) < 15);
}

static void one_that_ended(void **state)
{
	pid_t pid = child_of(make_small_pages);
	static struct bpf_rig rig;
	const struct pages_vm *vm;
	uint64_t start = start_of(pid);

	(void)state;
	open_on(&rig, pid, start);
	assert_int_equal(turn(&rig)->status.state, SOURCE_OK);
	child_end(pid);
	vm = turn(&rig);
	assert_int_equal(vm->status.state, SOURCE_UNAVAILABLE);
	assert_string_equal(vm->status.reason, "its process has ended");
	close_on(&rig);
	/* Its number may be another's by now: this one's own start is another. */
	open_on(&rig, getpid(), start - 1);
	vm = turn(&rig);
	assert_string_equal(vm->status.reason, "its process has ended");
	assert_int_equal(vm->count.kind[PAGES_ASKED], 0);
	close_on(&rig);
}

static void make_little(void)
{
}

static void one_without_a_guest(void **state)
{
	static const char maps[] = "1000-2000 rw-p 00000000 00:00 0 \n";
	static struct bpf_rig rig;
	const struct pages_vm *vm;
	char dir[64], stat[64];
	pid_t pid = child_of(make_little);

	(void)state;
	tree_make(dir, sizeof(dir));
	open_on(&rig, pid, 77);
	sysroot_close(&rig.root);
	assert_int_equal(sysroot_open(&rig.root, dir, &rig.err), 0);
	snprintf(stat, sizeof(stat), "proc/%d/stat", (int)pid);
	tree_stat(dir, stat, pid, "vmm", 1, 77);
	vm = turn(&rig);
	assert_string_equal(vm->status.reason, "its process has ended"); /* no list of mappings */
	snprintf(stat, sizeof(stat), "proc/%d/maps", (int)pid);
	tree_put(dir, stat, maps, strlen(maps));
	vm = turn(&rig);
	assert_string_equal(vm->status.reason, "no mapping of its process looks like a guest's memory");
	close_on(&rig);
	child_end(pid);
	tree_remove(dir);
}

static void as_nobody(pid_t pid)
{
	static struct bpf_rig rig;
	const struct pages_vm *vm;

	open_on(&rig, pid, start_of(pid));
	if (setgid(NOBODY) < 0 || setuid(NOBODY) < 0)
		_exit(2);
	vm = turn(&rig);
	if (vm->status.state != SOURCE_UNAVAILABLE || !strstr(vm->status.reason, "CAP_SYS_PTRACE"))
		_exit(1);
	_exit(0);
}

static void without_rights_it_says_which(void **state)
{
	int status;
	pid_t vm, pid;

	(void)state;
	if (geteuid() != 0)
		skip();
	vm = child_of(make_small_pages);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		as_nobody(vm);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	child_end(vm);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void a_captured_tree_says_so(void **state)
{
	(void)state;
	bpf_rig_on_a_tree(SECTION_PAGES, "sys", "captured tree");
}

/* 200 VMs: the sum of a turn is bounded, all have theirs in a few seconds, and one that is looked at
 * closely has one each time. */
static void many_take_turns(void **state)
{
	enum { VMS = 200, TURNS = 25 };
	static struct proc_vm vm[VMS];
	static struct bpf_rig rig;
	pid_t pid = child_of(make_half), focus = 0;

	(void)state;
	/* The real one is the last by number; all others have ended. */
	for (size_t i = 0; i < VMS; i++)
		vm[i] = (struct proc_vm){ .pid = i < VMS - 1 ? pid - VMS + (pid_t)i : pid,
			.start_ticks = i < VMS - 1 ? UINT64_MAX - 1 : start_of(pid) };
	open_on(&rig, pid, start_of(pid));
	roster_put(rig.env.roster, &(struct procvm_sample){ .vm = vm, .n_vm = VMS });
	for (int i = 0; i < TURNS; i++) {
		size_t turns = 0;

		sample_clear(&rig.sample);
		assert_int_equal(rig.probe->sample(rig.state, &rig.sample), 0);
		assert_int_equal(rig.sample.pages.n_vm, VMS);
		for (size_t k = 0; k < VMS; k++)
			turns += rig.sample.pages.vm[k].status.at_ns != 0;
		assert_int_equal(turns, (i + 1) * 8 < VMS ? (i + 1) * 8 : VMS);
	}
	assert_int_equal(rig.sample.pages.vm[VMS - 1].count.kind[PAGES_ASKED], 64);
	focus = pid;
	atomic_store(&rig.control.focus_pid, focus);
	sample_clear(&rig.sample);
	assert_int_equal(rig.probe->sample(rig.state, &rig.sample), 0);
	assert_int_equal(rig.sample.pages.vm[VMS - 1].count.kind[PAGES_ASKED], 64 + 512);
	close_on(&rig);
	child_end(pid);
}

static void devices_by_their_files(void **state)
{
	static const char node0[] = "0\n", none[] = "-1\n";
	struct device device[DEVICES_MOST];
	struct sysroot root = { 0 };
	struct err err;
	char dir[64];

	(void)state;
	assert_true(devices_likely("1000-2000 rw-s 00000000 00:0e 13 anon_inode:[vfio-device]\n"));
	assert_false(devices_likely("1000-2000 rw-p 00000000 00:00 0 [heap]\n"));
	tree_make(dir, sizeof(dir));
	tree_link(dir, "proc/10/fd/3", "/dev/vfio/vfio");
	tree_link(dir, "proc/10/fd/4", "/dev/vfio/12");
	tree_link(dir, "proc/10/fd/5", "/dev/vfio/devices/vfio0");
	tree_link(dir, "proc/10/fd/6", "/dev/vfio/99");
	tree_link(dir, "proc/10/fd/7", "/dev/vfio/12");
	tree_put(dir, "sys/kernel/iommu_groups/12/devices/0000:3b:00.1", "", 0);
	tree_put(dir, "sys/kernel/iommu_groups/12/devices/0000:3b:00.0", "", 0);
	tree_link(dir, "sys/class/vfio-dev/vfio0/device", "../../../0000:00:05.0");
	tree_put(dir, "sys/bus/pci/devices/0000:3b:00.0/numa_node", node0, strlen(node0));
	tree_put(dir, "sys/bus/pci/devices/0000:3b:00.1/numa_node", none, strlen(none));
	assert_int_equal(sysroot_open(&root, dir, &err), 0);
	assert_int_equal(devices_find(&root, 10, device), 3);
	assert_string_equal(device[0].name, "0000:00:05.0");
	assert_true(device[0].node == UNKNOWN_U64); /* no file */
	assert_string_equal(device[1].name, "0000:3b:00.0");
	assert_int_equal(device[1].node, 0);
	assert_string_equal(device[2].name, "0000:3b:00.1");
	assert_true(device[2].node == UNKNOWN_U64);
	assert_int_equal(devices_find(&root, 11, device), 0);
	sysroot_close(&root);
	tree_remove(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pages_have_nodes),
		cmocka_unit_test(half_of_it_was_never_touched),
		cmocka_unit_test(what_was_only_read_is_zero),
		cmocka_unit_test(huge_pages_as_smaps_has_them),
		cmocka_unit_test(one_that_ended),
		cmocka_unit_test(one_without_a_guest),
		cmocka_unit_test(without_rights_it_says_which),
		cmocka_unit_test(a_captured_tree_says_so),
		cmocka_unit_test(many_take_turns),
		cmocka_unit_test(devices_by_their_files),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("pages", tests, NULL, NULL);
}
