// SPDX-License-Identifier: GPL-2.0-or-later
/* The image files that a process has open: on a made tree, and of this very process. */
#include <errno.h>
#include <sys/mman.h>
#include <sys/sysmacros.h>

#include "probes/devset.h"
#include "tests/probes/rig.h"

extern const struct probe probe_images;

enum { PID = 77, DIRTY_BYTES = 1 << 20 };

struct scene {
	char dir[64];
	struct sysroot root;
	struct probe_env env;
	struct probe_control control;
	struct sample sample;
	void *state;
};

static void open_probe(struct scene *scene, const char *dir, pid_t pid, uint64_t start_ticks)
{
	struct proc_vm vm = { .pid = pid, .start_ticks = start_ticks };
	struct procvm_sample procvm = { &vm, 1 };
	struct err err = { 0 };

	assert_int_equal(sysroot_open(&scene->root, dir, &err), 0);
	scene->env = (struct probe_env){ .root = &scene->root,
		.clock = &clock_system,
		.control = &scene->control,
		.roster = roster_new(),
		.wake_fd = -1 };
	roster_put(scene->env.roster, &procvm);
	assert_int_equal(probe_images.open(&scene->env, &scene->state, &err), 0);
}

static void close_probe(struct scene *scene)
{
	probe_images.close(scene->state);
	roster_free(scene->env.roster);
	sysroot_close(&scene->root);
	sample_release(&scene->sample);
}

/* Once its turn has come back, with a limit. */
static const struct image_vm *look(struct scene *scene)
{
	for (unsigned i = 0; i < 100; i++) {
		sample_clear(&scene->sample);
		assert_int_equal(probe_images.sample(scene->state, &scene->sample), 0);
		assert_int_equal(scene->sample.images.n_vm, 1);
		if (scene->sample.images.vm[0].status.at_ns)
			return &scene->sample.images.vm[0];
	}
	fail_msg("its turn did not come");
	return NULL;
}

static const struct image_file *file_of(const struct image_vm *vm, const char *path)
{
	for (size_t i = 0; i < vm->n_file; i++)
		if (strcmp(vm->file[i].path, path) == 0)
			return &vm->file[i];
	return NULL;
}

static void put_fd(struct scene *scene, unsigned fd, const char *target, const char *flags,
	unsigned mount, unsigned inode)
{
	char name[64], text[128];
	int len = snprintf(text, sizeof(text), "pos:\t0\nflags:\t%s\nmnt_id:\t%u\nino:\t%u\n",
		flags, mount, inode);

	snprintf(name, sizeof(name), "proc/%d/fd/%u", PID, fd);
	tree_link(scene->dir, name, target);
	snprintf(name, sizeof(name), "proc/%d/fdinfo/%u", PID, fd);
	tree_put(scene->dir, name, text, (size_t)len);
}

static void put_process(struct scene *scene)
{
	static const char cmdline[] = "qemu-system-x86_64\0-drive\0file=/img/link,format=qcow2\0";
	static const char mounts[] = "21 1 8:1 / / rw - ext4 /dev/sda1 rw\n"
				     "22 1 0:40 / /huge rw - hugetlbfs none rw\n"
				     "23 1 0:45 / /net rw - nfs4 filer:/vm rw\n";

	tree_make(scene->dir, sizeof(scene->dir));
	tree_process(scene->dir, PID, "qemu", 1, 500, "/usr/bin/qemu-system-x86_64");
	tree_put(scene->dir, "proc/77/cmdline", cmdline, sizeof(cmdline) - 1);
	tree_put(scene->dir, "proc/77/mountinfo", mounts, strlen(mounts));
	tree_link(scene->dir, "proc/77/root/img/link", "top.qcow2");
	put_fd(scene, 3, "/img/top.qcow2", "02140002", 21, 100);
	put_fd(scene, 4, "/img/base.qcow2", "0100000", 21, 101);
	put_fd(scene, 5, "/img/base.qcow2", "0100000", 21, 101);
	put_fd(scene, 6, "/net/iso (deleted)", "0100000", 23, 102);
	put_fd(scene, 7, "/var/log/qemu.log", "0102001", 21, 103);
	put_fd(scene, 8, "/huge/ram", "02", 22, 104);
	put_fd(scene, 9, "/memfd:ram (deleted)", "02", 1, 105);
	put_fd(scene, 10, "socket:[12]", "02", 9, 106);
	put_fd(scene, 11, "/dev/kvm", "02", 24, 107);
	put_fd(scene, 12, "/dev/sdb", "02140002", 24, 108);
	tree_put(scene->dir, "sys/class/block/sdb/dev", "8:16\n", 5);
	tree_link(scene->dir, "sys/dev/block/8:16", "../../class/block/sdb");
}

static void images_are_told_from_other_files(void **state)
{
	struct scene scene = { .state = NULL };
	const struct image_file *file;
	const struct image_vm *vm;

	(void)state;
	put_process(&scene);
	open_probe(&scene, scene.dir, PID, 500);
	vm = look(&scene);
	assert_int_equal(vm->status.state, SOURCE_OK);
	assert_int_equal(vm->n_file, 4);
	file = file_of(vm, "/img/top.qcow2");
	assert_true(file && file->writable && file->direct && !file->deleted);
	assert_string_equal(file->named, "/img/link");
	assert_true(file->dev == makedev(8, 1) && file->inode == 100);
	assert_non_null(strstr(file->cache_reason, "captured tree"));
	file = file_of(vm, "/img/base.qcow2");
	assert_true(file && !file->writable && !file->direct && !file->named);
	file = file_of(vm, "/net/iso");
	assert_true(file && file->deleted && file->place->remote);
	assert_non_null(strstr(file->cache_reason, "remote"));
	file = file_of(vm, "/dev/sdb");
	assert_true(file && file->dev == makedev(8, 16) && file->inode == 0);
	assert_string_equal(file->place->leaf[0].name, "sdb");
	close_probe(&scene);
	tree_remove(scene.dir);
}

static void a_process_that_has_ended_has_none(void **state)
{
	struct scene scene = { .state = NULL };

	(void)state;
	put_process(&scene);
	open_probe(&scene, scene.dir, PID, 499);
	assert_int_equal(look(&scene)->status.state, SOURCE_UNAVAILABLE);
	assert_string_equal(look(&scene)->status.reason, "its process has ended");
	close_probe(&scene);
	tree_remove(scene.dir);
}

/* A file that never answers keeps its own VM waiting, and nobody else. */
/* Before Linux 5.14: then neither its cache nor its header may be read, for it may be another. */
static void a_kernel_that_does_not_tell_which_file(void **state)
{
	static const char info[] = "pos:\t0\nflags:\t02140002\nmnt_id:\t21\n";
	struct scene scene = { .state = NULL };
	const struct image_file *file;

	(void)state;
	put_process(&scene);
	tree_put(scene.dir, "proc/77/fdinfo/3", info, strlen(info));
	tree_put(scene.dir, "proc/77/fdinfo/12", info, strlen(info));
	open_probe(&scene, scene.dir, PID, 500);
	file = file_of(look(&scene), "/img/top.qcow2");
	assert_non_null(strstr(file->cache_reason, "Linux 5.14"));
	assert_false(file->has_header);
	file = file_of(look(&scene), "/dev/sdb");
	assert_non_null(strstr(file->cache_reason, "Linux 5.14"));
	close_probe(&scene);
	tree_remove(scene.dir);
}

/* What its files are on is kept while it is looked at, although nobody lists it for a while. */
static void one_that_is_not_listed_for_a_while(void **state)
{
	struct proc_vm vms[] = { { .pid = PID, .start_ticks = 500 } };
	struct procvm_sample procvm = { vms, 1 }, none = { vms, 0 };
	static struct scene scene;
	uint64_t begin_ns;
	int fd;

	(void)state;
	put_process(&scene);
	open_probe(&scene, scene.dir, PID, 500);
	assert_int_equal(look(&scene)->n_file, 4);
	/* Its next turn hangs, while the roster is empty, and full again. */
	assert_int_equal(unlink(tree_path(scene.dir, "proc/77/stat")), 0);
	assert_int_equal(mkfifo(tree_path(scene.dir, "proc/77/stat"), 0600), 0);
	begin_ns = clock_mono_ns(&clock_system);
	do {
		sample_clear(&scene.sample);
		assert_int_equal(probe_images.sample(scene.state, &scene.sample), 0);
		assert_true(clock_mono_ns(&clock_system) - begin_ns < 10000000000);
	} while (!scene.sample.images.vm[0].status.reason);
	roster_put(scene.env.roster, &none);
	sample_clear(&scene.sample);
	assert_int_equal(probe_images.sample(scene.state, &scene.sample), 0);
	assert_int_equal(scene.sample.images.n_vm, 0);
	roster_put(scene.env.roster, &procvm);
	sample_clear(&scene.sample);
	assert_int_equal(probe_images.sample(scene.state, &scene.sample), 0);
	assert_int_equal(scene.sample.images.n_vm, 1);
	assert_true(file_of(&scene.sample.images.vm[0], "/net/iso")->place->remote);
	assert_string_equal(
		file_of(&scene.sample.images.vm[0], "/dev/sdb")->place->leaf[0].name, "sdb");
	probe_images.close(scene.state);
	fd = open(tree_path(scene.dir, "proc/77/stat"), O_WRONLY);
	close(fd);
	roster_free(scene.env.roster);
	sample_release(&scene.sample);
	tree_remove(scene.dir);
}

static void one_that_hangs_is_alone(void **state)
{
	struct proc_vm vms[] = { { .pid = PID, .start_ticks = 500 },
		{ .pid = PID + 1, .start_ticks = 600 } };
	struct procvm_sample procvm = { vms, 2 };
	static struct scene scene; /* the one that hangs may use it for longer than this test */
	const struct image_vm *vm;
	uint64_t begin_ns;
	int fd;

	(void)state;
	put_process(&scene);
	tree_process(scene.dir, PID + 1, "qemu", 1, 600, "/usr/bin/qemu-system-x86_64");
	assert_int_equal(unlink(tree_path(scene.dir, "proc/78/cmdline")), 0);
	assert_int_equal(mkfifo(tree_path(scene.dir, "proc/78/cmdline"), 0600), 0);
	open_probe(&scene, scene.dir, PID, 500);
	roster_put(scene.env.roster, &procvm);
	begin_ns = clock_mono_ns(&clock_system);
	do {
		sample_clear(&scene.sample);
		assert_int_equal(probe_images.sample(scene.state, &scene.sample), 0);
		vm = scene.sample.images.vm;
		assert_true(clock_mono_ns(&clock_system) - begin_ns < 10000000000);
	} while (!vm[1].status.reason || !strstr(vm[1].status.reason, "hang"));
	assert_int_equal(vm[1].status.state, SOURCE_UNAVAILABLE);
	assert_int_equal(vm[0].status.state, SOURCE_OK);
	assert_int_equal(vm[0].n_file, 4);
	probe_images.close(scene.state);
	/* Whoever hangs keeps what it needs until it is back. */
	fd = open(tree_path(scene.dir, "proc/78/cmdline"), O_WRONLY);
	close(fd);
	roster_free(scene.env.roster);
	sample_release(&scene.sample);
	tree_remove(scene.dir);
}

static uint64_t own_start_ticks(void)
{
	char text[1024], *at;
	FILE *file = fopen("/proc/self/stat", "r");
	unsigned long long start = 0;

	assert_non_null(file);
	assert_non_null(fgets(text, sizeof(text), file));
	fclose(file);
	at = strrchr(text, ')') + 2;
	for (unsigned field = 3; field < 22; field++)
		at = strchr(at, ' ') + 1;
	start = strtoull(at, NULL, 10);
	return start;
}

/* What was written and not yet sent is dirty, byte for byte; after a sync none of it is. */
static void dirty_bytes_of_an_open_file(void **state)
{
	static char bytes[DIRTY_BYTES];
	char path[] = "/var/tmp/parallax-images-XXXXXX";
	struct scene scene = { .state = NULL };
	const struct image_file *file;
	int fd = mkstemp(path);

	(void)state;
	memset(bytes, 'x', sizeof(bytes));
	assert_int_equal(write(fd, bytes, sizeof(bytes)), sizeof(bytes));
	open_probe(&scene, "/", getpid(), own_start_ticks());
	file = file_of(look(&scene), path);
	unlink(path);
	assert_non_null(file);
	if (file->cache.at_ns) {
		assert_int_equal(file->cache.cached_bytes, DIRTY_BYTES);
		assert_int_equal(
			file->cache.dirty_bytes + file->cache.writeback_bytes, DIRTY_BYTES);
	} else {
		print_message("# not asked: %s\n", file->cache_reason);
	}
	close_probe(&scene);
	assert_int_equal(fsync(fd), 0);
	open_probe(&scene, "/", getpid(), own_start_ticks());
	file = file_of(look(&scene), path);
	assert_true(file && file->deleted);
	if (file->cache.at_ns)
		assert_int_equal(file->cache.dirty_bytes, 0);
	close_probe(&scene);
	close(fd);
}

/* Copies of descriptors are closed at once. */
static void nothing_is_left_open(void **state)
{
	struct scene scene = { .state = NULL };
	size_t before = rig_count_fds();

	(void)state;
	for (unsigned i = 0; i < 5; i++) {
		open_probe(&scene, "/", getpid(), own_start_ticks());
		look(&scene);
		close_probe(&scene);
	}
	assert_int_equal(rig_count_fds(), before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(images_are_told_from_other_files),
		cmocka_unit_test(a_kernel_that_does_not_tell_which_file),
		cmocka_unit_test(a_process_that_has_ended_has_none),
		cmocka_unit_test(dirty_bytes_of_an_open_file),
		cmocka_unit_test(nothing_is_left_open),
		cmocka_unit_test(one_that_hangs_is_alone),
		cmocka_unit_test(one_that_is_not_listed_for_a_while),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
