// SPDX-License-Identifier: GPL-2.0-or-later
/* The probes that speak to libvirt, on its own test driver: no daemon, no VM. */
#include <dirent.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "probes/domxml.h"
#include "probes/probe.h"

extern const struct probe probe_libvirt, probe_monitor, probe_agent;

static struct sysroot root;
static struct probe_control control = { .interval_ms = 1000 };

static struct probe_env env_of(const char *uri)
{
	return (struct probe_env){ .root = &root,
		.clock = &clock_system,
		.uri = uri,
		.control = &control,
		.wake_fd = -1 };
}

static size_t open_files(void)
{
	DIR *dir = opendir("/proc/self/fd");
	size_t n = 0;

	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

static void sample_once(const struct probe *probe, const char *uri, struct sample *sample)
{
	struct probe_env env = env_of(uri);
	struct err err = { 0 };
	void *state;

	assert_int_equal(probe->open(&env, &state, &err), 0);
	sample_clear(sample);
	assert_int_equal(probe->sample(state, sample), 0);
	probe->close(state);
}

static void domains_of_any_driver_are_listed(void **state)
{
	struct sample sample = { 0 };

	(void)state;
	sample_once(&probe_libvirt, "test:///default", &sample);
	assert_int_equal(sample.status[SECTION_LIBVIRT].state, SOURCE_OK);
	assert_string_equal(sample.libvirt.uri, "test:///default");
	assert_int_equal(sample.libvirt.n_domain, 1);
	assert_string_equal(sample.libvirt.domain[0].name, "test");
	assert_string_equal(
		sample.libvirt.domain[0].uuid, "6695eb01-f6a4-8304-79aa-97f2502e193f");
	assert_int_equal(sample.libvirt.domain[0].state, VM_RUNNING);
	assert_int_equal(sample.libvirt.domain[0].vcpus, 2);
	assert_int_equal(sample.libvirt.domain[0].mem_max_bytes, 8ull << 30);
	/* What this driver cannot tell is unknown. */
	assert_int_equal(sample.libvirt.domain[0].pid, 0);
	assert_int_equal(sample.libvirt.domain[0].steal_clock, STEAL_CLOCK_UNKNOWN);
	sample_release(&sample);
}

static void a_balloon_that_is_none_is_told(void **state)
{
	struct sample sample = { 0 };

	(void)state;
	sample_once(&probe_monitor, "test:///default", &sample);
	assert_int_equal(sample.balloon.n_reading, 1);
	assert_int_equal(sample.balloon.reading[0].status.state, SOURCE_UNAVAILABLE);
	assert_non_null(sample.balloon.reading[0].status.reason);
	assert_true(sample.balloon.reading[0].guest_total_bytes == UNKNOWN_U64);
	sample_release(&sample);
}

static void guests_are_asked_only_on_demand(void **state)
{
	struct sample sample = { 0 };

	(void)state;
	atomic_store(&control.ask_guests, false);
	sample_once(&probe_agent, "test:///default", &sample);
	assert_int_equal(sample.status[SECTION_AGENT].state, SOURCE_OFF);
	assert_int_equal(sample.agent.n_reading, 0);
	/* No connection is made that could be refused. */
	sample_once(&probe_agent, "nonsense://", &sample);
	atomic_store(&control.ask_guests, true);
	sample_once(&probe_agent, "test:///default", &sample);
	assert_int_equal(sample.agent.n_reading, 1);
	assert_int_equal(sample.agent.reading[0].status.state, SOURCE_UNAVAILABLE);
	assert_non_null(strstr(sample.agent.reading[0].status.reason, "has no agent"));
	atomic_store(&control.ask_guests, false);
	sample_release(&sample);
}

static void a_bad_uri_is_one_sentence(void **state)
{
	const struct probe_env env = env_of("qemu+nonsense:///system");
	struct err err = { 0 };
	void *probe;

	(void)state;
	assert_true(probe_libvirt.open(&env, &probe, &err) < 0);
	assert_non_null(strstr(err.text, "cannot connect to libvirt at qemu+nonsense:///system"));
	assert_null(strchr(err.text, '\n'));
}

static void nothing_is_left_open(void **state)
{
	static const struct probe *const slow[] = { &probe_libvirt, &probe_monitor, &probe_agent };
	struct sample sample = { 0 };
	size_t before;

	(void)state;
	atomic_store(&control.ask_guests, true);
	for (size_t i = 0; i < 3; i++)
		sample_once(slow[i], "test:///default", &sample);
	before = open_files();
	for (size_t round = 0; round < 100; round++)
		for (size_t i = 0; i < 3; i++)
			sample_once(slow[i], "test:///default", &sample);
	assert_true(open_files() <= before);
	atomic_store(&control.ask_guests, false);
	sample_release(&sample);
}

static int parse(struct domxml *out, const char *xml)
{
	return domxml_parse(out, xml, strlen(xml));
}

static void definitions_are_read(void **state)
{
	struct domxml xml;

	(void)state;
	assert_int_equal(parse(&xml, "<domain type='kvm'><title>Shop \xc3\xa4</title>"
				     "<memory unit='GiB'>2</memory><currentMemory>1048576</currentMemory>"
				     "<vcpu placement='static' current='3'>8</vcpu><devices>"
				     "<channel type='unix'><target type='virtio' name='org.x'/></channel>"
				     "<channel type='unix'><target type='virtio' "
				     "name='org.qemu.guest_agent.0' state='connected'/></channel>"
				     "<memballoon model='virtio'><stats period='5'/></memballoon>"
				     "</devices></domain>"),
		0);
	assert_string_equal(xml.title, "Shop \xc3\xa4");
	assert_int_equal(xml.accel, ACCEL_KVM);
	assert_int_equal(xml.steal_clock, STEAL_CLOCK_OFFERED);
	assert_int_equal(xml.vcpus, 3);
	assert_int_equal(xml.vcpus_max, 8);
	assert_int_equal(xml.mem_max_bytes, 2ull << 30);
	assert_int_equal(xml.mem_bytes, 1ull << 30);
	assert_true(xml.has_agent);
	assert_true(xml.has_balloon);
	assert_int_equal(xml.balloon_period_s, 5);
}

static void nodes_are_counted(void **state)
{
	struct domxml xml;

	(void)state;
	assert_int_equal(parse(&xml, "<domain type='kvm'/>"), 0);
	assert_int_equal(xml.nodes, 1);
	assert_int_equal(parse(&xml, "<domain type='kvm'><cpu><numa/></cpu></domain>"), 0);
	assert_int_equal(xml.nodes, 1);
	assert_int_equal(parse(&xml, "<domain type='kvm'><numatune><memnode cellid='0'/></numatune><cpu>"
				     "<numa><cell id='0' cpus='0-1' memory='1' unit='GiB'/>"
				     "<interconnects/><cell id='1' cpus='2-3'/></numa></cpu></domain>"),
		0);
	assert_int_equal(xml.nodes, 2);
	assert_int_equal(parse(&xml, "<network/>"), -EINVAL);
	assert_true(xml.nodes == UNKNOWN_U64);
}

static void a_steal_clock_may_be_taken_away(void **state)
{
	struct domxml xml;

	(void)state;
	assert_int_equal(parse(&xml, "<domain type='kvm'><cpu mode='host-passthrough'>"
				     "<feature policy='disable' name='x'/>"
				     "<feature policy='disable' name='kvm-steal-time'/></cpu></domain>"),
		0);
	assert_int_equal(xml.steal_clock, STEAL_CLOCK_NONE);
	assert_int_equal(parse(&xml, "<domain type='qemu'/>"), 0);
	assert_int_equal(xml.accel, ACCEL_TCG);
	assert_int_equal(xml.steal_clock, STEAL_CLOCK_NONE);
	assert_int_equal(parse(&xml, "<domain type='lxc'/>"), 0);
	assert_int_equal(xml.steal_clock, STEAL_CLOCK_UNKNOWN);
}

static bool has_pin(const struct domxml *xml, enum thread_kind kind, unsigned id, unsigned first, unsigned last)
{
	for (size_t i = 0; i < xml->n_pin; i++)
		if (xml->pin[i].kind == kind && xml->pin[i].id == id &&
			xml->pin[i].first == first && xml->pin[i].last == last)
			return true;
	return false;
}

static void pins_are_read(void **state)
{
	struct domxml xml;

	(void)state;
	assert_int_equal(parse(&xml, "<domain type='kvm'><vcpu placement='static' cpuset='8-15,^10'>4</vcpu>"
				     "<cputune><vcpupin vcpu='1' cpuset='2'/><vcpupin vcpu='0' cpuset='0-1,4'/>"
				     "<iothreadpin iothread='2' cpuset='6'/>"
				     "<emulatorpin cpuset='7'/></cputune></domain>"),
		0);
	assert_false(xml.pins_automatic);
	assert_int_equal(xml.n_pin, 9);
	assert_true(has_pin(&xml, THREAD_VCPU, 0, 0, 1) && has_pin(&xml, THREAD_VCPU, 0, 4, 4));
	assert_true(has_pin(&xml, THREAD_VCPU, 1, 2, 2));
	assert_true(has_pin(&xml, THREAD_VCPU, PIN_ALL, 8, 9) && has_pin(&xml, THREAD_VCPU, PIN_ALL, 11, 15));
	assert_true(has_pin(&xml, THREAD_IO, 2, 6, 6) && has_pin(&xml, THREAD_IO, PIN_ALL, 11, 15));
	assert_true(has_pin(&xml, THREAD_EMULATOR, PIN_ALL, 7, 7));
	domxml_release(&xml);
	assert_int_equal(xml.n_pin, 0);
	assert_int_equal(parse(&xml, "<domain><vcpu placement='auto'>4</vcpu><cputune>"
				     "<vcpupin vcpu='70000' cpuset='1'/><vcpupin vcpu='1' cpuset='x'/>"
				     "<vcpupin vcpu='1' cpuset='9999999999999'/><vcpupin vcpu='2'/>"
				     "<vcpupin vcpu='3' cpuset='3,^3'/></cputune></domain>"),
		0);
	assert_true(xml.pins_automatic);
	assert_int_equal(xml.n_pin, 0);
	domxml_release(&xml);
}

static void hostile_definitions_are_survived(void **state)
{
	static const char bomb[] =
		"<!DOCTYPE d [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;'>"
		"<!ENTITY c '&b;&b;&b;&b;&b;&b;&b;&b;'><!ENTITY f SYSTEM 'file:///etc/passwd'>]>"
		"<domain type='kvm'><title>&f;&c;</title><vcpu>99999999999999999999</vcpu>"
		"<memory unit='TiB'>18446744073709551615</memory></domain>";
	struct domxml xml;

	(void)state;
	parse(&xml, bomb);
	assert_null(strstr(xml.title, "root"));
	assert_true(xml.vcpus == UNKNOWN_U64);
	assert_true(xml.mem_max_bytes == UNKNOWN_U64);
	assert_true(parse(&xml, "") < 0);
	assert_true(parse(&xml, "<domain") < 0);
	assert_true(parse(&xml, "<network/>") < 0);
	assert_true(domxml_parse(&xml, "", DOMXML_MAX_BYTES + 1) < 0);
	assert_int_equal(parse(&xml, "<domain><vcpu>-2</vcpu><memory unit='furlong'>1</memory>"
				     "<vcpu>4</vcpu></domain>"),
		0);
	assert_true(xml.vcpus == UNKNOWN_U64);
}

static int set_up(void **state)
{
	struct err err;

	(void)state;
	return sysroot_open(&root, "/", &err);
}

static int tear_down(void **state)
{
	(void)state;
	sysroot_close(&root);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(domains_of_any_driver_are_listed),
		cmocka_unit_test(a_balloon_that_is_none_is_told),
		cmocka_unit_test(guests_are_asked_only_on_demand),
		cmocka_unit_test(a_bad_uri_is_one_sentence),
		cmocka_unit_test(nothing_is_left_open),
		cmocka_unit_test(definitions_are_read),
		cmocka_unit_test(nodes_are_counted),
		cmocka_unit_test(a_steal_clock_may_be_taken_away),
		cmocka_unit_test(pins_are_read),
		cmocka_unit_test(hostile_definitions_are_survived),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
