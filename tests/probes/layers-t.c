// SPDX-License-Identifier: GPL-2.0-or-later
/* What is below an image: mounts, block devices on each other, headers, names; on made trees. */
#include <sys/sysmacros.h>

#include "probes/imagenames.h"
#include "probes/iolimits.h"
#include "probes/layers.h"
#include "probes/qcow2.h"
#include "tests/probes/rig.h"

static const char mounts[] =
	"21 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n"
	"30 21 9:0 / /var/lib/my\\040images rw shared:2 master:1 - xfs /dev/md0 rw,noquota\n"
	"31 21 0:44 / /srv rw - btrfs /dev/sdb rw,space_cache\n"
	"32 21 0:45 / /net rw - nfs4 filer:/export/vm rw,vers=4.2\n"
	"33 21 0:46 / /merged rw - overlay overlay rw,lowerdir=/l,upperdir=/var/lib/my\n"
	"34 21 0:47 / /tank rw - zfs tank/vm rw\n"
	"35 21 0:48 / /run rw - tmpfs tmpfs rw\n"
	"36 21 7:0 / /loop rw - ext4 /dev/loop0 rw\n"
	"37 21 252:1 / /data rw - ext4 /dev/mapper/vg-data rw\n"
	"38 36 8:1 / /loop rw - ext4 /dev/sda1 rw\n";

struct tree {
	char dir[64];
	struct sysroot root;
	struct arena arena;
	struct image_place place;
};

/* A device as /sys shows it: its number, and folders of its own, by links as there. */
static void put_device(struct tree *tree, const char *name, const char *folder, const char *dev)
{
	char path[256], target[256], text[32];
	int len = snprintf(text, sizeof(text), "%s\n", dev);

	snprintf(path, sizeof(path), "sys/devices/%s/dev", folder);
	tree_put(tree->dir, path, text, (size_t)len);
	snprintf(path, sizeof(path), "sys/class/block/%s", name);
	snprintf(target, sizeof(target), "../../devices/%s", folder);
	tree_link(tree->dir, path, target);
	snprintf(path, sizeof(path), "sys/dev/block/%s", dev);
	tree_link(tree->dir, path, target);
}

static void put_text(struct tree *tree, const char *folder, const char *file, const char *text)
{
	char path[256];

	snprintf(path, sizeof(path), "sys/devices/%s/%s", folder, file);
	tree_put(tree->dir, path, text, strlen(text));
}

static int setup(void **state)
{
	struct tree *tree = calloc(1, sizeof(*tree));
	struct err err = { 0 };

	tree_make(tree->dir, sizeof(tree->dir));
	put_device(tree, "sda", "pci/sda", "8:0");
	put_device(tree, "sda1", "pci/sda/sda1", "8:1");
	put_text(tree, "pci/sda/sda1", "partition", "1\n");
	put_text(tree, "pci/sda", "device/model", "ST4000 disk      \n");
	put_text(tree, "pci/sda", "queue/rotational", "1\n");
	put_text(tree, "pci/sda", "queue/scheduler", "[mq-deadline] none\n");
	put_device(tree, "sdb", "pci/sdb", "8:16");
	put_device(tree, "sdc", "pci/sdc", "8:32");
	put_device(tree, "nvme0n1", "pci/nvme0/nvme0n1", "259:0");
	put_device(tree, "nvme0n1p2", "pci/nvme0/nvme0n1/nvme0n1p2", "259:2");
	put_text(tree, "pci/nvme0/nvme0n1/nvme0n1p2", "partition", "2\n");
	put_text(tree, "pci/nvme0/nvme0n1", "queue/rotational", "0\n");
	put_text(tree, "pci/nvme0/nvme0n1", "queue/scheduler", "[none] mq-deadline\n");
	put_device(tree, "nvme1n1", "pci/nvme1/nvme1n1", "259:1");
	put_device(tree, "md0", "virtual/block/md0", "9:0");
	put_text(tree, "virtual/block/md0", "md/level", "raid1\n");
	put_text(tree, "virtual/block/md0", "slaves/nvme1n1/x", "");
	put_text(tree, "virtual/block/md0", "slaves/nvme0n1p2/x", "");
	put_device(tree, "dm-1", "virtual/block/dm-1", "252:1");
	put_text(tree, "virtual/block/dm-1", "dm/name", "vg-data\n");
	put_text(tree, "virtual/block/dm-1", "dm/uuid", "LVM-abc\n");
	put_text(tree, "virtual/block/dm-1", "slaves/md0/x", "");
	put_device(tree, "loop0", "virtual/block/loop0", "7:0");
	put_text(tree, "virtual/block/loop0", "loop/backing_file", "/var/lib/my images/a.raw\n");
	put_device(tree, "dm-9", "virtual/block/dm-9", "252:9");
	put_text(tree, "virtual/block/dm-9", "dm/name", "self\n");
	put_text(tree, "virtual/block/dm-9", "slaves/dm-9/x", "");
	tree_path(tree->dir, "sys/fs/btrfs/uuid-1/devices/sdb/x");
	tree_path(tree->dir, "sys/fs/btrfs/uuid-1/devices/sdc/x");
	assert_int_equal(sysroot_open(&tree->root, tree->dir, &err), 0);
	*state = tree;
	return 0;
}

static int teardown(void **state)
{
	struct tree *tree = *state;

	sysroot_close(&tree->root);
	tree_remove(tree->dir);
	arena_release(&tree->arena);
	free(tree);
	return 0;
}

static void expect(const struct tree *tree, const char *const *line, size_t n)
{
	for (size_t i = 0; i < n && i < tree->place.n_layer; i++)
		assert_string_equal(tree->place.layer[i], line[i]);
	assert_int_equal(tree->place.n_layer, n);
}

#define EXPECT(tree, ...)                                              \
	do {                                                           \
		static const char *const lines[] = { __VA_ARGS__ };    \
		expect(tree, lines, sizeof(lines) / sizeof(lines[0])); \
	} while (0)

static void look(struct tree *tree, const char *path)
{
	const struct layers_env env = { &tree->root, mounts };
	struct mount mount;

	assert_true(mountinfo_by_path(mounts, path, &mount));
	layers_of_mount(&env, &mount, &tree->arena, &tree->place);
}

static void mounts_are_found(void **state)
{
	char value[MOUNT_TEXT];
	struct mount mount;

	(void)state;
	assert_true(mountinfo_by_id(mounts, 30, &mount));
	assert_string_equal(mount.point, "/var/lib/my images");
	assert_string_equal(mount.fs, "xfs");
	assert_string_equal(mount.source, "/dev/md0");
	assert_int_equal(mount.dev, makedev(9, 0));
	assert_false(mountinfo_by_id(mounts, 3, &mount));
	assert_true(mountinfo_by_path(mounts, "/var/lib/my images/x", &mount));
	assert_int_equal(mount.id, 30);
	assert_true(mountinfo_by_path(mounts, "/var/lib/my images2", &mount));
	assert_int_equal(mount.id, 21);
	/* Of two on one folder, the later hides the other. */
	assert_true(mountinfo_by_path(mounts, "/loop/x", &mount));
	assert_int_equal(mount.id, 38);
	assert_false(mountinfo_by_path("", "/x", &mount));
	assert_false(mountinfo_by_path("1 2 3 4 5\n\n- - -", "/x", &mount));
	assert_true(mountinfo_by_id(mounts, 33, &mount));
	assert_true(mount_option(&mount, "upperdir", value, sizeof(value)));
	assert_string_equal(value, "/var/lib/my");
	assert_false(mount_option(&mount, "upper", value, sizeof(value)));
	assert_false(mount_option(&mount, "upperdir", value, 5));
}

static void a_partition_of_a_disk(void **state)
{
	struct tree *tree = *state;

	look(tree, "/images/a");
	EXPECT(tree, "ext4 on /", "sda1: partition of sda",
		"sda: ST4000 disk, rotating, scheduler mq-deadline");
	assert_null(tree->place.reason);
	assert_int_equal(tree->place.n_leaf, 1);
	assert_string_equal(tree->place.leaf[0].name, "sda");
	assert_int_equal(tree->place.leaf[0].dev, makedev(8, 0));
	assert_int_equal(tree->place.n_dev, 2);
}

static void devices_on_each_other(void **state)
{
	struct tree *tree = *state;

	look(tree, "/data/a");
	EXPECT(tree, "ext4 on /data", "dm-1: LVM vg-data", "md0: raid1 of 2",
		"  nvme0n1p2: partition of nvme0n1", "  nvme0n1: block device, scheduler none",
		"  nvme1n1: block device");
	assert_int_equal(tree->place.n_leaf, 2);
	assert_null(tree->place.reason);
}

static void a_loop_device_is_followed_to_its_file(void **state)
{
	const struct layers_env env = { &((struct tree *)*state)->root, mounts };
	struct tree *tree = *state;

	layers_of_device(&env, makedev(7, 0), &tree->arena, &tree->place);
	EXPECT(tree, "loop0: /var/lib/my images/a.raw", "xfs on /var/lib/my images",
		"md0: raid1 of 2", "  nvme0n1p2: partition of nvme0n1",
		"  nvme0n1: block device, scheduler none", "  nvme1n1: block device");
}

static void file_systems_without_a_device_number(void **state)
{
	struct tree *tree = *state;

	look(tree, "/srv/a");
	EXPECT(tree, "btrfs on /srv", "  sdb: block device", "  sdc: block device");
	look(tree, "/net/a");
	EXPECT(tree, "nfs4 on /net, network: no local request layer", "  filer:/export/vm");
	assert_true(tree->place.remote && tree->place.n_leaf == 0);
	look(tree, "/merged/a");
	EXPECT(tree, "overlay on /merged", "ext4 on /", "sda1: partition of sda",
		"sda: ST4000 disk, rotating, scheduler mq-deadline");
	look(tree, "/tank/a");
	assert_string_equal(tree->place.reason, "zfs does not tell which devices it is on");
	look(tree, "/run/a");
	EXPECT(tree, "tmpfs on /run, in the host's memory");
}

static void what_is_not_there_is_told(void **state)
{
	const struct layers_env env = { &((struct tree *)*state)->root, "" };
	struct tree *tree = *state;

	layers_of_device(&env, makedev(99, 9), &tree->arena, &tree->place);
	assert_non_null(tree->place.reason);
	layers_of_device(&env, makedev(7, 0), &tree->arena, &tree->place);
	assert_non_null(strstr(tree->place.reason, "loop device is on is not known"));
	/* What is on itself ends. */
	layers_of_device(&env, makedev(252, 9), &tree->arena, &tree->place);
	assert_string_equal(tree->place.reason, "its devices are stacked deeper than is followed");
	assert_true(tree->place.n_layer <= LAYERS_PLACE_MOST);
}

static size_t header(unsigned char *out, const char *name, const char *format)
{
	size_t at = 112, n = strlen(format);

	memset(out, 0, 512);
	memcpy(out, "QFI\xfb\0\0\0\3", 8);
	out[103] = 112;
	if (*format) {
		memcpy(out + at, "\xe2\x79\x2a\xca\0\0\0", 7);
		out[at + 7] = (unsigned char)n;
		memcpy(out + at + 8, format, n);
		at += 8 + (n + 7) / 8 * 8;
	}
	at += 8;
	out[14] = (unsigned char)(at >> 8);
	out[15] = (unsigned char)at;
	out[19] = (unsigned char)strlen(name);
	memcpy(out + at, name, strlen(name));
	return 512;
}

static void headers_name_backing_files(void **state)
{
	unsigned char bytes[512];
	struct qcow2_backing backing;

	(void)state;
	assert_true(qcow2_parse(bytes, header(bytes, "base.qcow2", "qcow2"), &backing));
	assert_string_equal(backing.name, "base.qcow2");
	assert_string_equal(backing.format, "qcow2");
	assert_true(qcow2_parse(bytes, header(bytes, "base", ""), &backing));
	assert_string_equal(backing.format, "");
	header(bytes, "base", "raw");
	bytes[14] = bytes[15] = 0;
	assert_true(qcow2_parse(bytes, 512, &backing));
	assert_string_equal(backing.name, "");
	header(bytes, "base", "raw");
	bytes[8] = 0x7f; /* far behind its end */
	assert_false(qcow2_parse(bytes, 512, &backing));
	header(bytes, "base", "raw");
	assert_false(qcow2_parse(bytes, 71, &backing));
	bytes[116] = 0x70; /* an extension longer than all */
	assert_true(qcow2_parse(bytes, 512, &backing));
	assert_string_equal(backing.format, "");
	bytes[0] = 0;
	assert_false(qcow2_parse(bytes, 512, &backing));
}

static void names_are_followed(void **state)
{
	struct tree *tree = *state;
	char path[IMAGENAMES_BYTES];

	imagenames_beside("/img/top.qcow2", "base.qcow2", path);
	assert_string_equal(path, "/img/base.qcow2");
	imagenames_beside("/img/top.qcow2", "../old/./base", path);
	assert_string_equal(path, "/old/base");
	imagenames_beside("/img/top.qcow2", "/abs//base", path);
	assert_string_equal(path, "/abs/base");
	imagenames_beside("/img/top.qcow2", "nbd://host/x", path);
	assert_string_equal(path, "nbd://host/x");
	tree_link(tree->dir, "proc/7/root/img", "real");
	tree_link(tree->dir, "proc/7/root/real/top", "/other/disk.qcow2");
	tree_link(tree->dir, "proc/7/root/loop", "loop");
	tree_link(tree->dir, "proc/7/cwd", "/img");
	assert_true(imagenames_resolve(&tree->root, 7, "/real/top", path));
	assert_string_equal(path, "/other/disk.qcow2");
	assert_true(imagenames_resolve(&tree->root, 7, "plain", path));
	assert_string_equal(path, "/real/plain");
	assert_false(imagenames_resolve(&tree->root, 7, "/loop/x", path));
	assert_false(imagenames_resolve(&tree->root, 8, "relative", path));
}

static void limits_of_cgroups(void **state)
{
	static const char cgroup[] = "5:blkio:/machine/vm/emulator\n0::/\n";
	static const char max[] = "8:0 rbps=max wbps=1000000 riops=max wiops=40\n";
	static const char groups[] = "30 23 0:26 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n"
				     "31 23 0:27 /machine /mnt/io rw - cgroup cgroup rw,blkio\n";
	struct image_limit limit[IOLIMITS_MOST];
	struct tree *tree = *state;

	assert_int_equal(iolimits_read(&tree->root, 7, &tree->arena, limit), 0);
	tree_put(tree->dir, "proc/self/mountinfo", groups, strlen(groups));
	tree_put(tree->dir, "proc/7/cgroup", cgroup, strlen(cgroup));
	tree_put(tree->dir, "mnt/io/vm/blkio.throttle.write_iops_device", "8:0 40\n8:16 7\n", 14);
	tree_put(tree->dir, "mnt/io/blkio.throttle.write_iops_device", "8:0 50\n", 7);
	assert_int_equal(iolimits_read(&tree->root, 7, &tree->arena, limit), 2);
	assert_int_equal(limit[0].dev, makedev(8, 0));
	assert_string_equal(limit[0].words, "40 writes/s");
	assert_string_equal(limit[1].words, "7 writes/s");
	tree_put(tree->dir, "proc/7/cgroup", "0::/vm\n", 7);
	tree_put(tree->dir, "sys/fs/cgroup/unified/vm/io.max", max, strlen(max));
	assert_int_equal(iolimits_read(&tree->root, 7, &tree->arena, limit), 1);
	assert_string_equal(limit[0].words, "40 writes/s, 1.0 MB/s of writes");
}

int main(void)
{
#define TREE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mounts_are_found),
		TREE(a_partition_of_a_disk),
		TREE(devices_on_each_other),
		TREE(a_loop_device_is_followed_to_its_file),
		TREE(file_systems_without_a_device_number),
		TREE(what_is_not_there_is_told),
		cmocka_unit_test(headers_name_backing_files),
		TREE(names_are_followed),
		TREE(limits_of_cgroups),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
