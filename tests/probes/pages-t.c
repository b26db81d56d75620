// SPDX-License-Identifier: GPL-2.0-or-later
/* The pages of a process that stands for a VM: whatever they are, whoever asks, and when it ends.
 */
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "probes/devices.h"
#include "probes/procfs.h"
#include "tests/probes/bpf_rig.h"
#include "tests/probes/rig.h"

enum { MEMORY = 64 << 20, ROUNDS = 4 };

/* A child that has made its memory what make() does of it, and does nothing since. */
struct child {
	pid_t pid;
	char *at; /* where that memory is; NULL: it has none */
	char dir[64];
};

static void child_run(char *(*make)(void), int ready)
{
	char *at = make();

	if (write(ready, &at, sizeof(at)) == sizeof(at))
		pause();
	_exit(0);
}

static struct child child_of(char *(*make)(void))
{
	struct child child = { .at = NULL };
	int ready[2];

	assert_int_equal(pipe(ready), 0);
	child.pid = fork();
	assert_true(child.pid >= 0);
	if (child.pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL); /* also when a test fails */
		child_run(make, ready[1]);
	}
	close(ready[1]);
	assert_int_equal(read(ready[0], &child.at, sizeof(child.at)), sizeof(child.at));
	close(ready[0]);
	return child;
}

static void child_end(struct child *child)
{
	kill(child->pid, SIGKILL);
	waitpid(child->pid, NULL, 0);
	if (*child->dir)
		tree_remove(child->dir);
}

/* The system's, and what a test adds to it. */
static uint64_t passed_ns;

static uint64_t later_ns(void *arg)
{
	(void)arg;
	return clock_mono_ns(&clock_system) + passed_ns;
}

static const struct clock later = { .mono_ns = later_ns };

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

static const char *name_of(pid_t pid, const char *file)
{
	static char name[64];

	snprintf(name, sizeof(name), "proc/%d/%s", (int)pid, file);
	return name;
}

static void link_to_proc(const char *dir, pid_t pid, const char *file)
{
	char target[80];

	snprintf(target, sizeof(target), "/%s", name_of(pid, file));
	tree_link(dir, name_of(pid, file), target);
}

static void put_maps(const struct child *child, const char *at, size_t bytes)
{
	char maps[128];
	int len = snprintf(maps, sizeof(maps), "%lx-%lx rw-p 00000000 00:00 0 \n",
		(unsigned long)at, (unsigned long)at + bytes);

	tree_put(child->dir, name_of(child->pid, "maps"), maps, (size_t)len);
}

/*
 * A tree in which the child is as in /proc, but for its mappings: one that was built with a
 * sanitizer has larger ones than any guest.
 */
static void child_tree(struct child *child)
{
	tree_make(child->dir, sizeof(child->dir));
	link_to_proc(child->dir, child->pid, "stat");
	link_to_proc(child->dir, child->pid, "pagemap");
	put_maps(child, child->at, MEMORY);
}

static void open_on(struct bpf_rig *rig, pid_t pid, uint64_t start, const char *dir)
{
	struct proc_vm vm = { .pid = pid, .start_ticks = start };

	assert_int_equal(bpf_rig_open(rig, SECTION_PAGES, "/"), 0);
	rig->env.roster = roster_new();
	roster_put(rig->env.roster, &(struct procvm_sample){ .vm = &vm, .n_vm = 1 });
	if (!dir)
		return;
	sysroot_close(&rig->root);
	assert_int_equal(sysroot_open(&rig->root, dir, &rig->err), 0);
}

static void open_on_child(struct bpf_rig *rig, struct child *child)
{
	child_tree(child);
	open_on(rig, child->pid, start_of(child->pid), child->dir);
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
static struct pages_vm look_at(char *(*make)(void))
{
	struct child child = child_of(make);
	static struct bpf_rig rig;
	struct pages_vm vm;

	open_on_child(&rig, &child);
	for (int i = 0; i < ROUNDS; i++)
		vm = *turn(&rig);
	if (vm.status.state != SOURCE_OK)
		print_message("# %s\n", vm.status.reason);
	close_on(&rig);
	child_end(&child);
	if (vm.status.state != SOURCE_OK)
		skip();
	return vm;
}

static double share(const struct pages_vm *vm, enum pages_kind part, enum pages_kind whole)
{
	return 100.0 * vm->count.kind[part] / vm->count.kind[whole];
}

static char *memory(int flags, size_t touched)
{
	char *at = mmap(NULL, MEMORY, PROT_READ | PROT_WRITE, flags | MAP_ANONYMOUS, -1, 0);

	if (at == MAP_FAILED)
		_exit(1);
	madvise(at, MEMORY, MADV_NOHUGEPAGE);
	for (size_t i = 0; i < touched; i += 4096)
		at[i] = 1;
	return at;
}

static char *make_small_pages(void)
{
	return memory(MAP_PRIVATE, MEMORY);
}

static void pages_have_nodes(void **state)
{
	const struct pages_vm vm = look_at(make_small_pages);
	unsigned on_nodes = 0;

	(void)state;
	assert_int_equal(vm.status.state, SOURCE_OK);
	assert_int_equal(vm.ram_bytes, MEMORY);
	assert_int_equal(vm.count.kind[PAGES_ASKED], 1024);
	assert_int_equal(vm.count.kind[PAGES_PRESENT], 1024);
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

static char *make_half(void)
{
	return memory(MAP_SHARED, MEMORY / 2);
}

static void half_of_it_was_never_touched(void **state)
{
	const struct pages_vm vm = look_at(make_half);

	(void)state;
	/* Each part of it has one: how many are in that half is no matter of chance. */
	assert_int_equal(vm.count.kind[PAGES_ABSENT], 512);
	assert_int_equal(vm.count.kind[PAGES_PRESENT], 512);
}

static char *make_zeroes(void)
{
	volatile char *at = memory(MAP_PRIVATE, 0);
	char sum = 0;

	for (size_t i = 0; i < MEMORY; i += 4096)
		sum = (char)(sum + at[i]);
	return (char *)at + sum;
}

static void what_was_only_read_is_zero(void **state)
{
	const struct pages_vm vm = look_at(make_zeroes);

	(void)state;
	assert_int_equal(vm.count.kind[PAGES_ZERO], vm.count.kind[PAGES_LOOKED]);
	assert_int_equal(vm.count.kind[PAGES_LOOKED], 256);
	assert_int_equal(vm.count.kind[PAGES_ABSENT], 1024);
	assert_int_equal(vm.count.kind[PAGES_SWAPPED], 0);
}

static char *make_huge(void)
{
	char *at = memory(MAP_PRIVATE, 0);

	madvise(at, MEMORY, MADV_HUGEPAGE);
	for (size_t i = 0; i < MEMORY; i += 4096)
		at[i] = 1;
	return at;
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
	struct child child = child_of(make_huge);
	static struct bpf_rig rig;
	double smaps = (double)huge_kib(child.pid) * 1024 * 100 / MEMORY;
	struct pages_vm vm;

	(void)state;
	open_on_child(&rig, &child);
	for (int i = 0; i < ROUNDS; i++)
		vm = *turn(&rig);
	close_on(&rig);
	child_end(&child);
	if (vm.status.state != SOURCE_OK || !vm.count.kind[PAGES_FLAGGED] || smaps < 10) {
		print_message("# no huge pages are to be had or to be seen here\n");
		skip();
	}
	/* Four standard errors, and some pages elsewhere in the process. */
	assert_true(fabs(share(&vm, PAGES_HUGE, PAGES_FLAGGED) - smaps) < 16);
}

static void one_that_ended(void **state)
{
	struct child child = child_of(make_small_pages);
	static struct bpf_rig rig;
	const struct pages_vm *vm;

	(void)state;
	open_on_child(&rig, &child);
	assert_int_equal(turn(&rig)->status.state, SOURCE_OK);
	kill(child.pid, SIGKILL);
	waitpid(child.pid, NULL, 0);
	vm = turn(&rig);
	assert_int_equal(vm->status.state, SOURCE_UNAVAILABLE);
	assert_string_equal(vm->status.reason, "its process has ended");
	close_on(&rig);
	tree_remove(child.dir);
	/* Its number may be another's by now: this one's own start is another. */
	open_on(&rig, getpid(), start_of(getpid()) - 1, NULL);
	vm = turn(&rig);
	assert_string_equal(vm->status.reason, "its process has ended");
	assert_int_equal(vm->count.kind[PAGES_ASKED], 0);
	close_on(&rig);
}

static char *make_nothing(void)
{
	return NULL;
}

static void one_without_a_guest(void **state)
{
	static const char maps[] = "1000-2000 rw-p 00000000 00:00 0 \n";
	struct child child = child_of(make_nothing);
	static struct bpf_rig rig;

	(void)state;
	open_on_child(&rig, &child);
	remove(tree_path(child.dir, name_of(child.pid, "maps")));
	assert_string_equal(turn(&rig)->status.reason, "its process has ended");
	tree_put(child.dir, name_of(child.pid, "maps"), maps, strlen(maps));
	assert_string_equal(
		turn(&rig)->status.reason, "no mapping of its process looks like a guest's memory");
	close_on(&rig);
	child_end(&child);
}

static void as_nobody(struct child *child)
{
	static struct bpf_rig rig;
	const struct pages_vm *vm;

	if (chmod(child->dir, 0755) < 0 || setgid(NOBODY) < 0 || setuid(NOBODY) < 0)
		_exit(2);
	open_on(&rig, child->pid, start_of(child->pid), child->dir);
	vm = turn(&rig);
	if (vm->status.state != SOURCE_UNAVAILABLE || !strstr(vm->status.reason, "CAP_SYS_PTRACE"))
		_exit(1);
	_exit(0);
}

static void without_rights_it_says_which(void **state)
{
	struct child child;
	int status;
	pid_t pid;

	(void)state;
	if (geteuid() != 0)
		skip();
	child = child_of(make_small_pages);
	child_tree(&child);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		as_nobody(&child);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	child_end(&child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

/* A VMM may boot its VM again, and have its memory elsewhere. */
static void memory_that_is_gone_is_looked_for_anew(void **state)
{
	struct child child = child_of(make_small_pages);
	static struct bpf_rig rig;

	(void)state;
	open_on_child(&rig, &child);
	rig.env.clock = &later;
	put_maps(&child, child.at + 4ull * MEMORY, MEMORY);
	assert_int_equal(turn(&rig)->count.kind[PAGES_PRESENT], 0);
	put_maps(&child, child.at, MEMORY);
	assert_int_equal(turn(&rig)->count.kind[PAGES_PRESENT], 0);
	passed_ns += 11000000000;
	assert_true(turn(&rig)->count.kind[PAGES_PRESENT] > 0);
	close_on(&rig);
	child_end(&child);
}

static void put_stat(struct child *child, uint64_t start, unsigned long vsize)
{
	char stat[256];
	int len = snprintf(stat, sizeof(stat),
		"%d (qemu) S 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 %lu %lu 0\n", (int)child->pid,
		(unsigned long)start, vsize);

	tree_put(child->dir, name_of(child->pid, "stat"), stat, (size_t)len);
}

/* It is found as soon as it has a name, which may be before it has its memory. */
static void one_that_has_just_begun_is_looked_at_anew(void **state)
{
	struct child child = child_of(make_small_pages);
	static struct bpf_rig rig;
	const struct pages_vm *vm;
	uint64_t start = start_of(child.pid);

	(void)state;
	tree_make(child.dir, sizeof(child.dir));
	link_to_proc(child.dir, child.pid, "pagemap");
	put_maps(&child, child.at, MEMORY / 8);
	put_stat(&child, start, MEMORY / 4);
	open_on(&rig, child.pid, start, child.dir);
	assert_int_equal(turn(&rig)->ram_bytes, MEMORY / 8);
	put_maps(&child, child.at, MEMORY);
	put_stat(&child, start, MEMORY / 4 + MEMORY / 8); /* a part of it does not count yet */
	assert_int_equal(turn(&rig)->ram_bytes, MEMORY / 8);
	put_stat(&child, start, MEMORY / 4 + MEMORY);
	vm = turn(&rig);
	assert_true(vm->ram_bytes == UNKNOWN_U64);
	assert_int_equal(vm->status.state, SOURCE_UNAVAILABLE);
	assert_int_equal(vm->count.kind[PAGES_ASKED], 0);
	assert_int_equal(turn(&rig)->ram_bytes, MEMORY);
	close_on(&rig);
	child_end(&child);
}

/* To list them holds up the VM's own use of them. */
static void too_many_mappings_are_listed_seldom(void **state)
{
	enum { LARGE = 17 * 1024 * 1024 };
	struct child child = child_of(make_small_pages);
	static struct bpf_rig rig;
	char *maps = calloc(1, LARGE);

	(void)state;
	open_on_child(&rig, &child);
	rig.env.clock = &later;
	memset(maps, '\n', LARGE);
	tree_put(child.dir, name_of(child.pid, "maps"), maps, LARGE);
	free(maps);
	assert_non_null(strstr(turn(&rig)->status.reason, strerror(EFBIG)));
	put_maps(&child, child.at, MEMORY);
	passed_ns += 500000000000;
	assert_non_null(strstr(turn(&rig)->status.reason, strerror(EFBIG)));
	passed_ns += 101000000000;
	assert_int_equal(turn(&rig)->status.state, SOURCE_OK);
	close_on(&rig);
	child_end(&child);
}

static void a_captured_tree_says_so(void **state)
{
	(void)state;
	bpf_rig_on_a_tree(SECTION_PAGES, "sys", "captured tree");
}

/* 200 VMs: the sum of a turn is bounded, all have theirs in a few seconds, and one that is looked
 * at closely has one each time. */
static void many_take_turns(void **state)
{
	enum { VMS = 200, TURNS = 25, A_TURN = 8 };
	struct child child = child_of(make_half);
	static struct proc_vm vm[VMS];
	static struct bpf_rig rig;

	(void)state;
	open_on_child(&rig, &child);
	/* The real one is the last by number; all others have ended. */
	for (int i = 0; i < VMS - 1; i++)
		vm[i] = (struct proc_vm){ .pid = child.pid - VMS + i, .start_ticks = 1 };
	vm[VMS - 1] = (struct proc_vm){ .pid = child.pid, .start_ticks = start_of(child.pid) };
	roster_put(rig.env.roster, &(struct procvm_sample){ .vm = vm, .n_vm = VMS });
	for (int i = 1; i <= TURNS; i++) {
		int turns = 0;

		sample_clear(&rig.sample);
		assert_int_equal(rig.probe->sample(rig.state, &rig.sample), 0);
		assert_int_equal(rig.sample.pages.n_vm, VMS);
		for (size_t k = 0; k < VMS; k++)
			turns += rig.sample.pages.vm[k].status.at_ns != 0;
		assert_int_equal(turns, i * A_TURN);
	}
	assert_int_equal(rig.sample.pages.vm[VMS - 1].count.kind[PAGES_ASKED], 64);
	atomic_store(&rig.control.focus_pid, child.pid);
	sample_clear(&rig.sample);
	assert_int_equal(rig.probe->sample(rig.state, &rig.sample), 0);
	assert_int_equal(rig.sample.pages.vm[VMS - 1].count.kind[PAGES_ASKED], 64 + 512);
	close_on(&rig);
	child_end(&child);
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
		cmocka_unit_test(memory_that_is_gone_is_looked_for_anew),
		cmocka_unit_test(one_that_has_just_begun_is_looked_at_anew),
		cmocka_unit_test(too_many_mappings_are_listed_seldom),
		cmocka_unit_test(a_captured_tree_says_so),
		cmocka_unit_test(many_take_turns),
		cmocka_unit_test(devices_by_their_files),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("pages", tests, NULL, NULL);
}
