// SPDX-License-Identifier: GPL-2.0-or-later
/* Block devices, and the cgroups that requests are charged to, as trees tell of them. */
#include "tests/probes/rig.h"

#include <sys/sysmacros.h>

#include "probes/cgroup_io.h"
#include "probes/diskstats.h"

struct tree {
	char dir[64];
	struct sysroot root;
	struct arena arena;
};

static int setup(void **state)
{
	static struct tree tree;
	struct err err;

	memset(&tree, 0, sizeof(tree));
	tree_make(tree.dir, sizeof(tree.dir));
	if (sysroot_open(&tree.root, tree.dir, &err) < 0)
		return -1;
	*state = &tree;
	return 0;
}

static int teardown(void **state)
{
	struct tree *tree = *state;

	sysroot_close(&tree->root);
	arena_release(&tree->arena);
	tree_remove(tree->dir);
	return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

static void put(const struct tree *tree, const char *name, const char *text)
{
	tree_put(tree->dir, name, text, strlen(text));
}

static void whole_devices_that_were_used(void **state)
{
	struct tree *tree = *state;
	struct diskstats stats = { .root = &tree->root };
	struct latency_sample section = { .vm = NULL };

	put(tree, "proc/diskstats",
		"   7       0 loop0 0 0 0 0 0 0 0 0 0 0 0\n"
		" 259       1 nvme0n1 100 5 800 30 200 6 1600 70 3 90 100 1 2 3 4 50 60\n"
		" 259       2 nvme0n1p1 100 5 800 30 200 6 1600 70 3 90 100 1 2 3 4 50 60\n"
		"garbage\n   8       0 sda 1 2 3\n"
		" 104       0 cciss/c0d0 7 0 0 8 9 0 0 10 0 11 12\n");
	put(tree, "sys/block/loop0/size", "0\n");
	put(tree, "sys/block/nvme0n1/size", "0\n");
	put(tree, "sys/block/cciss!c0d0/size", "0\n");
	assert_true(diskstats_is_due(&stats));
	assert_int_equal(diskstats_read(&stats), 0);
	diskstats_fill(&stats, &tree->arena, &section);
	assert_int_equal(section.n_disk, 2);
	assert_string_equal(section.disk[0].name, "cciss/c0d0");
	assert_int_equal(section.disk[0].dev, makedev(104, 0));
	assert_int_equal(section.disk[0].writes_total, 9);
	assert_int_equal(section.disk[0].flushes_total, UNKNOWN_U64);
	assert_string_equal(section.disk[1].name, "nvme0n1");
	assert_int_equal(section.disk[1].reads_total, 100);
	assert_int_equal(section.disk[1].read_ms_total, 30);
	assert_int_equal(section.disk[1].writes_total, 200);
	assert_int_equal(section.disk[1].write_ms_total, 70);
	assert_int_equal(section.disk[1].in_flight, 3);
	assert_int_equal(section.disk[1].busy_ms_total, 90);
	assert_int_equal(section.disk[1].flushes_total, 50);
	assert_int_equal(section.disk[1].flush_ms_total, 60);
	assert_null(section.disk[1].before);
	/* With the next reading it is what was before, also where that is told more than once. */
	put(tree, "proc/diskstats",
		"   7       0 loop0 0 0 0 0 0 0 0 0 0 0 0\n"
		" 259       1 nvme0n1 150 5 800 30 200 6 1600 70 3 90 100 1 2 3 4 50 60\n");
	assert_int_equal(diskstats_read(&stats), 0);
	for (int i = 0; i < 2; i++) {
		section = (struct latency_sample){ .vm = NULL };
		diskstats_fill(&stats, &tree->arena, &section);
		assert_int_equal(section.n_disk, 1);
		assert_int_equal(section.disk[0].reads_total, 150);
		assert_int_equal(section.disk[0].before->reads_total, 100);
	}
	/* One that takes the place of another is looked at anew. */
	put(tree, "proc/diskstats", " 259       2 nvme0n1p1 1 0 0 0 0 0 0 0 0 0 0\n");
	section = (struct latency_sample){ .vm = NULL };
	assert_int_equal(diskstats_read(&stats), 0);
	diskstats_fill(&stats, &tree->arena, &section);
	assert_int_equal(section.n_disk, 0);
	diskstats_release(&stats);
}

static void very_many_are_not_read_each_time(void **state)
{
	struct tree *tree = *state;
	struct diskstats stats = { .root = &tree->root };
	char *text = calloc(1000, 64), *at = text;
	unsigned rounds = 0;

	for (int i = 0; i < 1000; i++)
		at += sprintf(at, " 8 %d sd%d 1 1 1 1 1 1 1 1 1 1 1\n", i, i);
	put(tree, "proc/diskstats", text);
	free(text);
	assert_true(diskstats_is_due(&stats));
	assert_int_equal(diskstats_read(&stats), 0);
	while (!diskstats_is_due(&stats))
		rounds++;
	assert_int_equal(rounds, 3);
	diskstats_release(&stats);
}

static uint64_t inode_of(const struct tree *tree, const char *path)
{
	uint64_t inode = 0;

	assert_int_equal(sysroot_inode(&tree->root, &inode, "%s", path), 0);
	return inode;
}

static uint64_t find(struct tree *tree, pid_t pid, const char **reason)
{
	static struct cgroup_io io;

	cgroup_io_init(&io, &tree->root, &clock_system);
	return cgroup_io_find(&io, pid, reason);
}

static const char mounts[] = "30 23 0:26 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n"
			     "31 23 0:27 / /sys/fs/cgroup/blkio rw - cgroup cgroup rw,blkio\n";

static void by_the_hierarchy_that_has_the_controller(void **state)
{
	struct tree *tree = *state;
	const char *reason;

	put(tree, "proc/self/mountinfo", mounts);
	put(tree, "proc/7/cgroup", "3:blkio:/machine/qemu-1-web.libvirt-qemu\n0::/other\n");
	put(tree, "sys/fs/cgroup/blkio/machine/qemu-1-web.libvirt-qemu/cgroup.procs", "7\n8\n");
	assert_int_equal(find(tree, 7, &reason),
		inode_of(tree, "sys/fs/cgroup/blkio/machine/qemu-1-web.libvirt-qemu"));
	assert_null(reason);
	/* Alone in a group of any name; in company; in the root, where all are. */
	put(tree, "proc/7/cgroup", "3:blkio:/mine\n");
	put(tree, "sys/fs/cgroup/blkio/mine/cgroup.procs", "7\n");
	assert_int_equal(find(tree, 7, &reason), inode_of(tree, "sys/fs/cgroup/blkio/mine"));
	put(tree, "sys/fs/cgroup/blkio/mine/cgroup.procs", "7\n8\n");
	assert_int_equal(find(tree, 7, &reason), 0);
	assert_string_equal(reason, "its requests cannot be told from those of others: it has no "
				    "cgroup of its own");
	put(tree, "proc/7/cgroup", "3:blkio:/\n");
	assert_int_equal(find(tree, 7, &reason), 0);
	assert_int_equal(find(tree, 9, &reason), 0);
	assert_non_null(strstr(reason, "cannot be read"));
}

static void in_version_2_by_the_level_that_has_it(void **state)
{
	static const char scope[] = "sys/fs/cgroup/machine.slice/machine-qemu\\x2d1\\x2dweb.scope";
	struct tree *tree = *state;
	char name[256];
	const char *reason;

	put(tree, "proc/self/mountinfo", "30 23 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n");
	put(tree, "proc/7/cgroup",
		"0::/machine.slice/machine-qemu\\x2d1\\x2dweb.scope/libvirt/emulator\n");
	snprintf(name, sizeof(name), "%s/libvirt/emulator/cgroup.procs", scope);
	put(tree, name, "");
	/* Nowhere above but in the slice: that is not the VM's. */
	put(tree, "sys/fs/cgroup/machine.slice/io.stat", "");
	assert_int_equal(find(tree, 7, &reason), 0);
	snprintf(name, sizeof(name), "%s/io.stat", scope);
	put(tree, name, "");
	assert_int_equal(find(tree, 7, &reason), inode_of(tree, scope));
	snprintf(name, sizeof(name), "%s/libvirt/io.stat", scope);
	put(tree, name, "");
	snprintf(name, sizeof(name), "%s/libvirt", scope);
	assert_int_equal(find(tree, 7, &reason), inode_of(tree, name));
	assert_null(reason);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(whole_devices_that_were_used),
		TEST(very_many_are_not_read_each_time),
		TEST(by_the_hierarchy_that_has_the_controller),
		TEST(in_version_2_by_the_level_that_has_it),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
