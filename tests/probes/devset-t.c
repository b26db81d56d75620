// SPDX-License-Identifier: GPL-2.0-or-later
/* Disks and network devices as libvirt's definitions and QEMU's command lines promise them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "probes/domxml.h"
#include "probes/qemu_devices.h"
#include "probes/sample.h"

static struct devset *of_xml(const char *devices)
{
	struct domxml xml;
	struct arena arena = { 0 };
	char *text =
		arena_printf(&arena, "<domain type='kvm'><devices>%s</devices></domain>", devices);
	struct devset *set;

	assert_int_equal(domxml_parse(&xml, text, strlen(text)), 0);
	set = devset_use(xml.devices);
	domxml_release(&xml);
	arena_release(&arena);
	return set;
}

/* Arguments are written with blanks in between; "~" stands for a blank inside of one. */
static struct devset *of_line(const char *line)
{
	size_t len = strlen(line) + 1;
	char *packed = strdup(line);
	struct devset *set;

	for (size_t i = 0; i < len; i++)
		packed[i] = line[i] == ' ' ? '\0' : line[i] == '~' ? ' ' : line[i];
	set = qemu_devices(packed, len);
	free(packed);
	return set;
}

static const struct defined_disk *disk_of(const struct devset *set, size_t i)
{
	assert_true(i < devset_devices(set).n_disk);
	return &devset_devices(set).disk[i];
}

static const struct defined_nic *nic_of(const struct devset *set, size_t i)
{
	assert_true(i < devset_devices(set).n_nic);
	return &devset_devices(set).nic[i];
}

static void assert_text(const char *text, const char *expected)
{
	if (!expected) {
		assert_null(text);
		return;
	}
	assert_non_null(text);
	assert_string_equal(text, expected);
}

static void assert_image(const struct defined_disk *disk, size_t i, const char *format,
	const char *protocol, const char *path)
{
	assert_true(i < disk->n_image);
	assert_text(disk->image[i].format, format);
	assert_text(disk->image[i].protocol, protocol);
	assert_text(disk->image[i].path, path);
}

static void assert_modes(
	const struct defined_disk *disk, const char *bus, const char *cache, const char *aio)
{
	assert_text(disk->bus, bus);
	assert_text(disk->cache, cache);
	assert_text(disk->aio, aio);
}

static void a_disk_of_files(void **state)
{
	struct devset *set =
		of_xml("<disk type='file' device='disk'>"
		       "<driver name='qemu' type='qcow2' cache='none' io='native'/>"
		       "<source file='/img/top.qcow2' index='1'/>"
		       "<backingStore type='file' index='2'><format type='qcow2'/>"
		       "<source file='/img/middle.qcow2'/>"
		       "<backingStore type='block'><format type='raw'/><source dev='/dev/vg/base'/>"
		       "<backingStore/></backingStore></backingStore>"
		       "<target dev='vda' bus='virtio'/><serial>S-1</serial>"
		       "<iotune><write_iops_sec>40</write_iops_sec>"
		       "<total_bytes_sec>10000000</total_bytes_sec></iotune></disk>");
	const struct defined_disk *disk = disk_of(set, 0);

	(void)state;
	assert_string_equal(disk->name, "vda");
	assert_modes(disk, "virtio", "none", "native");
	assert_string_equal(disk->serial, "S-1");
	assert_string_equal(disk->throttle, "40 writes/s, 10.0 MB/s");
	assert_false(disk->readonly || disk->cdrom);
	assert_int_equal(disk->n_image, 3);
	assert_image(disk, 0, "qcow2", "file", "/img/top.qcow2");
	assert_image(disk, 1, "qcow2", "file", "/img/middle.qcow2");
	assert_image(disk, 2, "raw", "block", "/dev/vg/base");
	devset_drop(set);
}

static void disks_of_other_kinds(void **state)
{
	struct devset *set = of_xml(
		"<disk type='network' device='disk'><driver name='qemu' type='raw'/>"
		"<source protocol='rbd' name='pool/web'><host name='ceph1' port='6789'/>"
		"<host name='ceph2'/></source><target dev='vda' bus='virtio'/></disk>"
		"<disk type='file' device='cdrom'><driver name='qemu'/><target dev='sda' "
		"bus='sata'/>"
		"<readonly/></disk>"
		"<disk type='nvme'><driver name='qemu' type='raw'/><source type='pci' "
		"namespace='1'>"
		"<address domain='0x0000' bus='0x3b' slot='0x00' function='0x1'/></source>"
		"<target dev='vdb'/></disk>"
		"<disk type='vhostuser'><driver name='qemu' type='raw'/>"
		"<source type='unix' path='/run/spdk.sock'/><target dev='vdc' bus='virtio'/></disk>"
		"<disk type='file'><source file='/x'/><target dev='vdd'/></disk>");

	(void)state;
	assert_image(disk_of(set, 0), 0, "raw", "rbd", "pool/web of ceph1:6789 and 1 more");
	assert_modes(disk_of(set, 0), "virtio", "writeback", NULL);
	assert_int_equal(disk_of(set, 1)->n_image, 0);
	assert_true(disk_of(set, 1)->cdrom && disk_of(set, 1)->readonly);
	assert_image(disk_of(set, 2), 0, "raw", "nvme", "0000:3b:00.1");
	assert_image(disk_of(set, 3), 0, "raw", "vhostuser", "/run/spdk.sock");
	/* Not told to be QEMU's, so its choices are not known. */
	assert_modes(disk_of(set, 4), NULL, NULL, NULL);
	assert_image(disk_of(set, 4), 0, NULL, "file", "/x");
	devset_drop(set);
}

static void nics_of_a_definition(void **state)
{
	struct devset *set = of_xml(
		"<interface type='bridge'><mac address='52:54:00:00:00:01'/>"
		"<source bridge='br0'/><target dev='vnet5'/><model type='virtio'/>"
		"<driver name='vhost' queues='4'/></interface>"
		"<interface type='network'><source network='default' bridge='virbr0'/></interface>"
		"<interface type='direct'><source dev='eth1' mode='bridge'/></interface>"
		"<interface type='vhostuser'><source type='unix' path='/run/ovs'/></interface>"
		"<interface type='hostdev'><source><address type='pci' domain='0x0000' bus='0x3b' "
		"slot='0x10' function='0x2'/></source></interface>"
		"<interface type='user'><driver name='qemu'/></interface>"
		"<interface type='future'/>");
	static const enum nic_kind kinds[] = { NIC_TAP, NIC_TAP, NIC_MACVTAP, NIC_VHOST_USER,
		NIC_PASSTHROUGH, NIC_USER, NIC_UNKNOWN };

	(void)state;
	assert_int_equal(devset_devices(set).n_nic, 7);
	for (size_t i = 0; i < 7; i++)
		assert_int_equal(nic_of(set, i)->kind, kinds[i]);
	assert_string_equal(nic_of(set, 0)->name, "vnet5");
	assert_string_equal(nic_of(set, 0)->mac, "52:54:00:00:00:01");
	assert_string_equal(nic_of(set, 0)->model, "virtio");
	assert_string_equal(nic_of(set, 0)->bridge, "br0");
	assert_int_equal(nic_of(set, 0)->queues, 4);
	assert_true(nic_of(set, 0)->vhost && !nic_of(set, 0)->vmm);
	assert_string_equal(nic_of(set, 1)->bridge, "virbr0");
	assert_int_equal(nic_of(set, 1)->queues, 1);
	assert_false(nic_of(set, 1)->vhost || nic_of(set, 1)->vmm);
	assert_string_equal(nic_of(set, 4)->address, "0000:3b:10.2");
	assert_true(nic_of(set, 5)->vmm);
	devset_drop(set);
}

static void drives_of_a_command_line(void **state)
{
	struct devset *set =
		of_line("qemu -drive "
			"file=/a/b.qcow2,format=qcow2,if=virtio,cache=none,aio=native,iops_wr=40 "
			"-hda x,y.img -cdrom /iso "
			"-drive if=none,id=d1,file=rbd:pool/x,format=raw -device "
			"scsi-hd,drive=d1,serial=S1 "
			"-drive if=pflash,file=/fw -drive "
			"file=file:/dev/vg/lv,media=cdrom,readonly=on last.img");

	(void)state;
	assert_int_equal(devset_devices(set).n_disk, 6);
	assert_modes(disk_of(set, 0), "virtio", "none", "native");
	assert_string_equal(disk_of(set, 0)->throttle, "40 writes/s");
	assert_image(disk_of(set, 0), 0, "qcow2", "file", "/a/b.qcow2");
	/* Its format is QEMU's guess, and never ours. */
	assert_image(disk_of(set, 1), 0, NULL, "file", "x,y.img");
	assert_modes(disk_of(set, 1), "ide", "writeback", "threads");
	assert_true(disk_of(set, 2)->cdrom);
	assert_string_equal(disk_of(set, 3)->name, "d1");
	assert_string_equal(disk_of(set, 3)->serial, "S1");
	assert_modes(disk_of(set, 3), "scsi", "writeback", NULL);
	assert_image(disk_of(set, 3), 0, "raw", "rbd", "rbd:pool/x");
	assert_image(disk_of(set, 4), 0, NULL, "block", "/dev/vg/lv");
	assert_true(disk_of(set, 4)->cdrom && disk_of(set, 4)->readonly);
	assert_image(disk_of(set, 5), 0, NULL, "file", "last.img");
	devset_drop(set);
}

static void nodes_of_a_command_line(void **state)
{
	struct devset *set = of_line(
		"qemu "
		"-blockdev {\"driver\":\"file\",\"filename\":\"/img/base\",\"node-name\":\"l2s\"} "
		"-blockdev {\"node-name\":\"l2f\",\"driver\":\"qcow2\",\"file\":\"l2s\","
		"\"backing\":null} "
		"-blockdev {\"driver\":\"file\",\"filename\":\"/img/top\",\"node-name\":\"l1s\","
		"\"aio\":\"native\",\"cache\":{\"direct\":true}} "
		"-blockdev {\"node-name\":\"l1f\",\"driver\":\"qcow2\",\"file\":\"l1s\","
		"\"backing\":\"l2f\",\"cache\":{\"direct\":true,\"no-flush\":false}} "
		"-device {\"driver\":\"virtio-blk-pci\",\"drive\":\"l1f\",\"id\":\"virtio-disk0\","
		"\"write-cache\":\"off\"} "
		"-drive driver=qcow2,file.driver=file,file.filename=/x/y,backing.driver=qcow2,"
		"backing.file.driver=host_device,backing.file.filename=/dev/vg/lv,if=virtio,id=z "
		"-blockdev driver=raw,node-name=r,file.driver=nbd,file.server.type=inet,"
		"file.server.host=h,file.server.port=10809 -device ide-hd,drive=r,bus=sata0.1");

	(void)state;
	assert_int_equal(devset_devices(set).n_disk, 3);
	assert_string_equal(disk_of(set, 0)->name, "virtio-disk0");
	assert_modes(disk_of(set, 0), "virtio", "directsync", "native");
	assert_int_equal(disk_of(set, 0)->n_image, 2);
	assert_image(disk_of(set, 0), 0, "qcow2", "file", "/img/top");
	assert_image(disk_of(set, 0), 1, "qcow2", "file", "/img/base");
	assert_int_equal(disk_of(set, 1)->n_image, 2);
	assert_image(disk_of(set, 1), 0, "qcow2", "file", "/x/y");
	assert_image(disk_of(set, 1), 1, "qcow2", "block", "/dev/vg/lv");
	assert_image(disk_of(set, 2), 0, "raw", "nbd", "h");
	assert_string_equal(disk_of(set, 2)->bus, "sata");
	devset_drop(set);
}

static void nics_of_a_command_line(void **state)
{
	struct devset *set = of_line(
		"qemu -netdev {\"type\":\"tap\",\"fd\":\"30\",\"vhost\":true,\"vhostfd\":\"32\","
		"\"id\":\"hostnet0\"} -device "
		"{\"driver\":\"virtio-net-pci\",\"netdev\":\"hostnet0\","
		"\"mac\":\"52:54:00:00:00:01\"} "
		"-device virtio-net-pci,netdev=later -netdev tap,id=later,fds=3:4:5,vhost=off "
		"-nic tap,ifname=tap3,model=e1000,mac=a -nic none -nic user");

	(void)state;
	assert_int_equal(devset_devices(set).n_nic, 4);
	assert_int_equal(nic_of(set, 0)->kind, NIC_TAP);
	assert_true(nic_of(set, 0)->vhost);
	assert_string_equal(nic_of(set, 0)->mac, "52:54:00:00:00:01");
	assert_string_equal(nic_of(set, 0)->model, "virtio");
	assert_int_equal(nic_of(set, 1)->queues, 3);
	assert_true(nic_of(set, 1)->vmm && !nic_of(set, 1)->vhost);
	assert_string_equal(nic_of(set, 2)->name, "tap3");
	assert_string_equal(nic_of(set, 2)->model, "e1000");
	assert_int_equal(nic_of(set, 3)->kind, NIC_USER);
	devset_drop(set);
}

static void nonsense_is_no_device(void **state)
{
	(void)state;
	assert_null(of_line("qemu"));
	assert_null(of_line("qemu -device"));
	assert_null(
		of_line("qemu -device virtio-blk -device {\"driver\":1 -netdev , -nic none"));
	assert_null(of_line("qemu -m 1G -blockdev {\"driver\":\"file\",\"filename\":\"x\"}"));
	assert_null(of_xml(""));
}

/* Chains that lead into themselves, too many of everything, bytes that move other text. */
static void hostile_devices_are_bounded(void **state)
{
	struct arena arena = { 0 };
	char *line = arena_printf(&arena, "qemu -blockdev driver=qcow2,node-name=a,backing=a,file=a"
					  " -device virtio-blk,drive=a,id=\033[2J");
	struct devset *set = of_line(line);

	(void)state;
	assert_int_equal(disk_of(set, 0)->n_image, DEVSET_IMAGES_MOST);
	assert_string_equal(disk_of(set, 0)->name, "?[2J");
	devset_drop(set);
	line = arena_printf(&arena, "qemu");
	for (size_t i = 0; i < 1000; i++)
		line = arena_printf(&arena, "%s -hda x -nic user", line);
	set = of_line(line);
	assert_int_equal(devset_devices(set).n_disk, DEVSET_DISKS_MOST);
	assert_int_equal(devset_devices(set).n_nic, DEVSET_NICS_MOST);
	devset_drop(set);
	/* However many there are of one kind, those of another are still seen. */
	line = arena_printf(&arena, "qemu");
	for (size_t i = 0; i < 1000; i++)
		line = arena_printf(&arena, "%s -hda x", line);
	set = of_line(arena_printf(&arena, "%s -nic user", line));
	assert_int_equal(devset_devices(set).n_nic, 1);
	devset_drop(set);
	arena_release(&arena);
}

static void a_sample_holds_what_it_shows(void **state)
{
	struct devset *set = of_line("qemu -hda disk.img");
	struct sample one = { 0 }, two = { 0 };
	struct defined_devices devices;

	(void)state;
	sample_hold(&one, set);
	devices = sample_hold(&two, set);
	devset_drop(set);
	sample_clear(&one);
	assert_string_equal(devices.disk[0].image[0].path, "disk.img");
	assert_int_equal(sample_hold(&one, NULL).n_disk, 0);
	sample_release(&two);
	sample_release(&one);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_disk_of_files),
		cmocka_unit_test(disks_of_other_kinds),
		cmocka_unit_test(nics_of_a_definition),
		cmocka_unit_test(drives_of_a_command_line),
		cmocka_unit_test(nodes_of_a_command_line),
		cmocka_unit_test(nics_of_a_command_line),
		cmocka_unit_test(nonsense_is_no_device),
		cmocka_unit_test(hostile_devices_are_bounded),
		cmocka_unit_test(a_sample_holds_what_it_shows),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
