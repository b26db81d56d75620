// SPDX-License-Identifier: GPL-2.0-or-later
/* Disks: definition, open files, layers, the page cache and QEMU's counters, joined. */
#include "tests/probes/derive_rig.h"

static const char *fs_layers[] = { "ext4 on /img", "sda: block device" };
static const char *other_layers[] = { "xfs on /old", "sdb: block device" };
static struct image_leaf sda = { "sda", 0x800 }, sdb = { "sdb", 0x810 };
static uint64_t sda_devs[] = { 0x801, 0x800 };
static const struct image_place on_sda = {
	.layer = fs_layers, .n_layer = 2, .leaf = &sda, .n_leaf = 1, .dev = sda_devs, .n_dev = 2
};
static const struct image_place on_sdb = {
	.layer = other_layers, .n_layer = 2, .leaf = &sdb, .n_leaf = 1
};

struct scene {
	struct defined_image images[3];
	struct defined_disk disks[2];
	struct image_file files[3];
	struct image_vm vm;
	struct proc_vm procs[1];
	struct domain domains[1];
};

static struct image_file file(const char *path, const struct image_place *place)
{
	return (struct image_file){
		.path = path,
		.dev = 0x801,
		.inode = 5,
		.place = place,
		.cache = { 0, UNKNOWN_U64, UNKNOWN_U64, UNKNOWN_U64 },
		.before = { 0, UNKNOWN_U64, UNKNOWN_U64, UNKNOWN_U64 },
	};
}

/* A VM with vda, a qcow2 on a qcow2, both on sda, and a drive without a medium. */
static struct scene *made(struct rig *rig, bool libvirt)
{
	static struct scene scene;
	struct defined_devices devices;

	scene = (struct scene){
		.images = { { "qcow2", "file", "/img/top" }, { "qcow2", "file", "/img/base" } },
		.files = { file("/img/top", &on_sda), file("/img/base", &on_sda) },
		.procs = { proc(10, "vm", UUID(1)) },
		.domains = { domain(UUID(1), "vm", 10) },
	};
	scene.disks[0] = (struct defined_disk){ .name = "vda",
		.bus = "virtio",
		.cache = "writeback",
		.aio = "threads",
		.capacity_bytes = UNKNOWN_U64,
		.image = scene.images,
		.n_image = 2 };
	scene.disks[1] = (struct defined_disk){ .name = "sda", .cdrom = true };
	devices = (struct defined_devices){ .disk = scene.disks, .n_disk = 2 };
	scene.vm = (struct image_vm){ .pid = 10,
		.start_ticks = scene.procs[0].start_ticks,
		.status = { SOURCE_OK, NULL, 100 * S, MS },
		.file = scene.files,
		.n_file = 2 };
	if (libvirt)
		scene.domains[0].devices = devices;
	else
		scene.procs[0].devices = devices;
	set_procs(rig, scene.procs, 1);
	if (libvirt)
		set_domains(rig, scene.domains, 1);
	rig->cur.images = (struct images_sample){ &scene.vm, 1 };
	return &scene;
}

static const struct disk *only_disk(struct rig *rig)
{
	derive(rig);
	assert_int_equal(only_vm(rig)->n_disk, 1);
	return &only_vm(rig)->disk[0];
}

static void expect(const struct disk *disk, const char *const *line, size_t n)
{
	for (size_t i = 0; i < n && i < disk->n_layers; i++)
		assert_string_equal(disk->layers[i].text, line[i]);
	assert_int_equal(disk->n_layers, n);
}

#define EXPECT(disk, ...)                                            \
	do {                                                         \
		static const char *const lines[] = { __VA_ARGS__ };  \
		expect(disk, lines, sizeof(lines) / sizeof(*lines)); \
	} while (0)

static void images_on_one_file_system(void **state)
{
	struct rig *rig = *state;
	const struct disk *disk;

	made(rig, true);
	disk = only_disk(rig);
	EXPECT(disk, "vda  virtio disk, cache writeback, aio threads", "qcow2 /img/top",
		"  backed by qcow2 /img/base", "ext4 on /img", "sda: block device");
	assert_null(disk->layers_reason);
	assert_string_equal(disk->device, "sda");
	assert_string_equal(disk->format, "qcow2");
	assert_string_equal(disk->image, "/img/top");
	assert_non_null(strstr(disk->cache_hides, "host's memory"));
	assert_int_equal(vm_source(only_vm(rig), "images")->state, SOURCE_OK);
}

static void images_on_several(void **state)
{
	struct scene *scene = made(*state, true);
	const struct disk *disk;

	scene->files[1].place = &on_sdb;
	disk = only_disk(*state);
	EXPECT(disk, "vda  virtio disk, cache writeback, aio threads", "qcow2 /img/top",
		"ext4 on /img", "sda: block device", "  backed by qcow2 /img/base", "xfs on /old",
		"sdb: block device");
	assert_null(disk->device);
}

static void headers_go_on_where_a_command_line_ends(void **state)
{
	struct scene *scene = made(*state, false);
	const struct disk *disk;

	scene->disks[0].n_image = 1;
	scene->images[0].path = "link";
	scene->files[0].named = "link";
	scene->files[0].has_header = scene->files[1].has_header = true;
	scene->files[0].backing = "/img/base";
	scene->files[0].backing_format = "qcow2";
	disk = only_disk(*state);
	EXPECT(disk, "vda  virtio disk, cache writeback, aio threads", "qcow2 link",
		"  backed by qcow2 /img/base", "ext4 on /img", "sda: block device");
	assert_null(disk->layers_reason);
	scene->files[0].has_header = false;
	scene->files[0].backing = NULL;
	assert_string_equal(
		only_disk(*state)->layers_reason, "what its image is backed by could not be read");
}

static void what_is_not_known_has_a_reason(void **state)
{
	struct rig *rig = *state;
	struct scene *scene = made(rig, true);

	scene->vm.n_file = 1;
	assert_string_equal(
		only_disk(rig)->layers_reason, "its image is not among its process's open files");
	assert_null(only_disk(rig)->device);
	scene->vm.status = (struct status){ SOURCE_STALE, "its disk hangs", 1, 1 };
	assert_string_equal(only_disk(rig)->layers_reason, "its disk hangs");
	rig->cur.images.n_vm = 0;
	assert_string_equal(
		only_disk(rig)->layers_reason, "its process's files have not been looked at");
	scene->images[1].format = NULL;
	assert_int_equal(only_disk(rig)->n_layers, 3);
}

static void remote_images_have_no_layers_here(void **state)
{
	struct scene *scene = made(*state, true);
	const struct disk *disk;

	scene->images[0] = (struct defined_image){ "raw", "rbd", "pool/web of ceph1" };
	scene->disks[0].n_image = 1;
	disk = only_disk(*state);
	EXPECT(disk, "vda  virtio disk, cache writeback, aio threads", "raw pool/web of ceph1",
		"rbd, network: no local request layer");
	assert_null(disk->device);
	assert_true(disk->dirty_bytes == UNKNOWN_U64);
	assert_string_equal(disk->dirty_reason, "it is not on a file or device of this host");
}

static void dirty_bytes_and_how_long_they_take(void **state)
{
	struct scene *scene = made(*state, true);
	const struct disk *disk;

	scene->files[0].writable = true;
	scene->files[0].cache = (struct image_cache){ 100 * S, 9000, 4000, 100 };
	scene->files[0].before = (struct image_cache){ 98 * S, 9000, 6000, 0 };
	disk = only_disk(*state);
	assert_int_equal(disk->cached_bytes, 9000);
	assert_int_equal(disk->dirty_bytes, 4000);
	assert_int_equal(disk->writeback_bytes, 100);
	assert_string_equal(disk->dirty_source, "cachestat");
	NEAR(disk->dirty_drain_s, 4.0);
	NEAR(disk->dirty_age_s, 1.005);
	/* It grows: nobody can say. */
	scene->files[0].before.dirty_bytes = 3000;
	assert_true(isnan(only_disk(*state)->dirty_drain_s));
	scene->files[0].cache.dirty_bytes = 0;
	NEAR(only_disk(*state)->dirty_drain_s, 0);
}

static void without_cachestat_the_group_tells(void **state)
{
	struct rig *rig = *state;
	struct scene *scene = made(rig, true);
	struct cgroup_reading reading = cgroup_reading_unknown;

	scene->files[0].writable = true;
	scene->files[0].cache_reason = "no cachestat";
	assert_string_equal(only_disk(rig)->dirty_reason, "no cachestat");
	reading.pid = 10;
	reading.start_ticks = scene->procs[0].start_ticks;
	reading.own = true;
	reading.status = (struct status){ SOURCE_OK, NULL, 99 * S, MS };
	reading.dirty_bytes = 700;
	reading.writeback_bytes = 30;
	rig->cur.cgroup = (struct cgroup_sample){ &reading, 1 };
	assert_int_equal(only_disk(rig)->dirty_bytes, 700);
	assert_string_equal(only_disk(rig)->dirty_source, "of the VM's cgroup as a whole");
	assert_null(only_disk(rig)->dirty_reason);
	reading.own = false;
	assert_string_equal(only_disk(rig)->dirty_reason, "no cachestat");
}

static void limits_of_definition_and_group(void **state)
{
	struct scene *scene = made(*state, true);
	struct image_limit limits[] = { { 0x800, "40 writes/s" }, { 0x999, "1 reads/s" } };

	scene->vm.limit = limits;
	scene->vm.n_limit = 2;
	assert_string_equal(only_disk(*state)->throttle, "40 writes/s by its cgroup");
	scene->disks[0].throttle = "9 reads/s";
	assert_string_equal(only_disk(*state)->throttle, "9 reads/s, 40 writes/s by its cgroup");
}

static void counters_of_qemu(void **state)
{
	struct block_counters before[] = { { .name = "vda",
		.read = { 10, 1000, 4096 },
		.write = { 5, 50, 500 },
		.flush = { 1, 7, UNKNOWN_U64 } } };
	struct block_counters now[] = { { .name = "vda",
		.capacity_bytes = 1 << 20,
		.read = { 30, 5000, 12288 },
		.write = { 5, 50, 500 },
		.flush = { 0, 0, UNKNOWN_U64 } } };
	struct blocks_reading reading = { .uuid = UUID(1),
		.status = { SOURCE_OK, NULL, 100 * S, MS },
		.block = now,
		.n_block = 1,
		.before = before,
		.n_before = 1,
		.before_ns = 98 * S };
	struct rig *rig = *state;
	const struct disk *disk;

	made(rig, true);
	rig->cur.blocks = (struct blocks_sample){ &reading, 1 };
	disk = only_disk(rig);
	NEAR(disk->vmm_interval_s, 2.0);
	NEAR(disk->read.per_s, 10.0);
	NEAR(disk->read.bytes_per_s, 4096.0);
	NEAR(disk->read.vmm_mean_ns, 200.0);
	NEAR(disk->write.per_s, 0);
	assert_true(isnan(disk->write.vmm_mean_ns));
	assert_true(isnan(disk->flush.per_s)); /* it went back */
	assert_int_equal(disk->capacity_bytes, 1 << 20);
	reading.before_ns = 0;
	assert_true(isnan(only_disk(rig)->read.per_s));
}

/* A volume of a pool: only the monitor knows its path. */
static void a_volume_is_named_by_the_monitor(void **state)
{
	struct block_counters now[] = { { .name = "vda", .path = "/img/top" } };
	struct blocks_reading reading = { .uuid = UUID(1),
		.status = { SOURCE_OK, NULL, 100 * S, MS },
		.block = now,
		.n_block = 1 };
	struct rig *rig = *state;
	struct scene *scene = made(rig, true);

	scene->images[0] = (struct defined_image){ "qcow2", "volume", NULL };
	assert_string_equal(
		only_disk(rig)->layers_reason, "its image is not among its process's open files");
	rig->cur.blocks = (struct blocks_sample){ &reading, 1 };
	assert_null(only_disk(rig)->layers_reason);
	assert_string_equal(only_disk(rig)->layers[1].text, "qcow2 /img/top");
	assert_string_equal(only_disk(rig)->image, "/img/top");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(images_on_one_file_system),
		TEST(images_on_several),
		TEST(headers_go_on_where_a_command_line_ends),
		TEST(what_is_not_known_has_a_reason),
		TEST(remote_images_have_no_layers_here),
		TEST(dirty_bytes_and_how_long_they_take),
		TEST(without_cachestat_the_group_tells),
		TEST(limits_of_definition_and_group),
		TEST(counters_of_qemu),
		TEST(a_volume_is_named_by_the_monitor),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("derive_disk", tests, NULL, NULL);
}
