// SPDX-License-Identifier: GPL-2.0-or-later
/* Command lines of VMMs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "probes/qemu.h"

/* A command line is written with blanks here; "~" stands for a blank inside of an argument. */
static size_t pack(char *out, const char *line)
{
	size_t len = strlen(line) + 1;

	for (size_t i = 0; i < len; i++)
		out[i] = line[i] == ' ' ? '\0' : line[i] == '~' ? ' ' : line[i];
	return len;
}

static struct vmm_options parse(const char *line)
{
	struct vmm_options options;
	char packed[1024];

	qemu_parse(&options, packed, pack(packed, line));
	return options;
}

static void names(void **state)
{
	(void)state;
	assert_string_equal(parse("qemu -name web").name, "web");
	assert_string_equal(parse("qemu --name web").name, "web");
	assert_string_equal(parse("qemu -name guest=web-03,debug-threads=on").name, "web-03");
	assert_string_equal(parse("qemu -name debug-threads=on,guest=a").name, "a");
	assert_string_equal(parse("qemu -name web,process=p,debug-threads=on").name, "web");
	assert_string_equal(parse("qemu -name process=p").name, "");
	assert_string_equal(parse("qemu -name guest=a,,b,,,debug-threads=on").name, "a,b,");
	assert_string_equal(parse("qemu -name a=b").name, "");
	assert_string_equal(parse("qemu -name").name, "");
	assert_string_equal(parse("qemu -name ,x").name, "");
	assert_string_equal(parse("qemu -name guest=\033[2J").name, "\033[2J");
	/* What another option takes is none itself, even when it looks so. */
	assert_string_equal(parse("qemu -append -name -name a").name, "a");
	assert_string_equal(parse("qemu -nographic -name a -S disk.img -name b").name, "b");
}

static void a_long_name_is_cut(void **state)
{
	char line[2000] = "qemu\0-name\0";
	struct vmm_options options;

	(void)state;
	memset(line + 11, 'n', sizeof(line) - 11);
	qemu_parse(&options, line, sizeof(line));
	assert_int_equal(strlen(options.name), VMM_NAME_BYTES - 1);
}

static void uuids(void **state)
{
	(void)state;
	assert_string_equal(parse("qemu -uuid AAAAAAAA-1111-2222-3333-4444444444ff").uuid,
		"aaaaaaaa-1111-2222-3333-4444444444ff");
	assert_string_equal(parse("qemu -uuid aaaaaaaa-1111-2222-3333-44444444444").uuid, "");
	assert_string_equal(parse("qemu -uuid gaaaaaaa-1111-2222-3333-444444444444").uuid, "");
	assert_string_equal(parse("qemu -uuid aaaaaaaa111112222133331444444444444a").uuid, "");
	assert_string_equal(parse("qemu").uuid, "");
}

static void cpus(void **state)
{
	static const struct {
		const char *smp;
		uint64_t cpus;
	} cases[] = {
		{ "4", 4 },
		{ "cpus=4", 4 },
		{ "2,maxcpus=8", 2 },
		{ "maxcpus=8", 8 },
		{ "maxcpus=8,sockets=2", 8 },
		{ "sockets=2,cores=3,threads=2", 12 },
		{ "sockets=2,dies=2,clusters=2,cores=2,threads=2", 32 },
		{ "4,sockets=2,cores=4,threads=1", 4 },
		{ "0", 1 },
		{ "many", 1 },
		{ "-3", 1 },
		{ "99999999999999999999999", 1 },
		{ "sockets=8192,cores=8192", 1 },
		{ "", 1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char line[128] = "qemu -smp ";

		assert_int_equal(parse(strcat(line, cases[i].smp)).vcpus, cases[i].cpus);
	}
	assert_int_equal(parse("qemu").vcpus, 1);
}

static void memory(void **state)
{
	static const struct {
		const char *m;
		uint64_t bytes;
	} cases[] = {
		{ "512", 512ull << 20 },
		{ "512M", 512ull << 20 },
		{ "4G", 4ull << 30 },
		{ "4g,slots=2,maxmem=8G", 4ull << 30 },
		{ "size=4194304k", 4ull << 30 },
		{ "maxmem=8G,size=1T", 1ull << 40 },
		{ "1.5G", 3ull << 29 },
		{ "4096b", 4096 },
		{ "0x10", 16ull << 20 },
		{ "1Q", UNKNOWN_U64 },
		{ "1GG", UNKNOWN_U64 },
		{ "-1", UNKNOWN_U64 },
		{ "99999999999999E", UNKNOWN_U64 },
		{ "slots=2", UNKNOWN_U64 },
		{ "", UNKNOWN_U64 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char line[128] = "qemu -m ";

		assert_true(parse(strcat(line, cases[i].m)).mem_bytes == cases[i].bytes);
	}
	assert_true(parse("qemu").mem_bytes == UNKNOWN_U64);
}

static void nodes(void **state)
{
	struct vmm_options options;
	char packed[256];

	(void)state;
	assert_int_equal(parse("qemu").nodes, 1);
	assert_int_equal(parse("qemu -numa node").nodes, 1);
	assert_int_equal(parse("qemu -numa node,nodeid=0,cpus=0-1,memdev=ram-node0 -numa "
			       "node,nodeid=1,memdev=ram-node1 -numa dist,src=0,dst=1,val=21 -numa "
			       "cpu,node-id=0,socket-id=0 -numa hmat-lb,initiator=0")
				 .nodes,
		2);
	assert_int_equal(parse("qemu -numa type=node -numa type=node").nodes, 2);
	assert_int_equal(parse("qemu -numa nodes -numa ,node -numa").nodes, 1);
	assert_true(vmm_parse(&options, "firecracker", packed, pack(packed, "firecracker --id a")));
	assert_int_equal(options.nodes, 1);
	assert_true(vmm_parse(&options, "cloud-hypervisor", packed, pack(packed, "cloud-hypervisor")));
	assert_true(options.nodes == UNKNOWN_U64);
}

static void accelerators(void **state)
{
	static const struct {
		const char *line;
		enum vm_accel accel;
	} cases[] = {
		{ "qemu-system-x86_64", ACCEL_TCG },
		{ "/usr/bin/kvm -m 1", ACCEL_KVM },
		{ "/usr/libexec/qemu-kvm", ACCEL_KVM },
		{ "qemu -enable-kvm", ACCEL_KVM },
		{ "qemu --enable-kvm", ACCEL_KVM },
		{ "qemu -accel kvm", ACCEL_KVM },
		{ "qemu -accel accel=kvm,kernel-irqchip=on", ACCEL_KVM },
		{ "qemu -accel tcg,thread=single", ACCEL_TCG },
		{ "qemu -accel tcg -accel kvm", ACCEL_TCG },
		{ "qemu -accel hvf", ACCEL_UNKNOWN },
		{ "qemu -machine pc,accel=kvm:tcg", ACCEL_KVM },
		{ "qemu -M q35,accel=tcg:kvm", ACCEL_TCG },
		{ "kvm -accel tcg", ACCEL_TCG },
		{ "qemu -append -enable-kvm", ACCEL_TCG },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(parse(cases[i].line).accel, cases[i].accel);
	assert_true(parse("qemu -accel tcg,thread=single").one_thread);
	assert_true(parse("qemu -icount shift=auto").one_thread);
	assert_false(parse("qemu -accel tcg,thread=multi").one_thread);
}

static void steal_clocks(void **state)
{
	static const struct {
		const char *cpu;
		enum steal_clock clock;
	} cases[] = {
		{ "host", STEAL_CLOCK_OFFERED },
		{ "host,migratable=on,+kvm-pv-unhalt", STEAL_CLOCK_OFFERED },
		{ "host,-kvm-steal-time", STEAL_CLOCK_NONE },
		{ "host,-kvm_steal_time,+x2apic", STEAL_CLOCK_NONE },
		{ "host,kvm-steal-time=off", STEAL_CLOCK_NONE },
		{ "host,kvm_steal_time=off", STEAL_CLOCK_NONE },
		{ "host,kvm-steal-time=on", STEAL_CLOCK_OFFERED },
		{ "host,kvm=off,hv-time=on", STEAL_CLOCK_NONE },
		{ "host,kvm=on", STEAL_CLOCK_OFFERED },
		{ "host,+kvm-steal-time", STEAL_CLOCK_OFFERED },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char line[128] = "qemu -accel kvm -cpu ";

		assert_int_equal(parse(strcat(line, cases[i].cpu)).steal_clock, cases[i].clock);
	}
	assert_int_equal(parse("qemu -accel kvm").steal_clock, STEAL_CLOCK_OFFERED);
	assert_int_equal(parse("qemu").steal_clock, STEAL_CLOCK_NONE);
	assert_int_equal(parse("qemu -accel hvf").steal_clock, STEAL_CLOCK_UNKNOWN);
}

static void questions_run_no_machine(void **state)
{
	(void)state;
	assert_true(
		parse("qemu -S -no-user-config -nodefaults -nographic -machine none,accel=kvm:tcg")
			.no_machine);
	assert_true(parse("qemu -M type=none").no_machine);
	assert_true(parse("qemu -version").no_machine);
	assert_true(parse("qemu --help").no_machine);
	assert_false(parse("qemu -S -s -machine q35").no_machine);
	assert_false(parse("qemu -name none").no_machine);
}

static void which_programs_are_qemu(void **state)
{
	static const char *const no[] = { "qemu-img", "qemu-nbd", "qemu-ga", "qemu-x86_64", "qemu",
		"qemu-storage-daemon", "qemu-io", "virtqemud", "kvmtool", "" };

	(void)state;
	assert_true(qemu_is_system("qemu-system-x86_64"));
	assert_true(qemu_is_system("qemu-system-aarch64"));
	assert_true(qemu_is_system("qemu-kvm"));
	assert_true(qemu_is_system("kvm"));
	for (size_t i = 0; i < sizeof(no) / sizeof(no[0]); i++)
		assert_false(qemu_is_system(no[i]));
}

static void check_vmm(
	const char *program, const char *line, const char *name, uint64_t vcpus, uint64_t mem)
{
	struct vmm_options options;
	char packed[256];

	assert_true(vmm_parse(&options, program, packed, pack(packed, line)));
	assert_string_equal(options.name, name);
	assert_true(options.vcpus == vcpus);
	assert_true(options.mem_bytes == mem);
	assert_int_equal(options.accel, ACCEL_KVM);
}

static void other_vmms(void **state)
{
	struct vmm_options options;

	(void)state;
	check_vmm("firecracker", "/fc --api-sock /x --id fc-1", "fc-1", UNKNOWN_U64, UNKNOWN_U64);
	check_vmm("firecracker", "/fc --id=fc-2", "fc-2", UNKNOWN_U64, UNKNOWN_U64);
	check_vmm("firecracker", "/fc --id", "", UNKNOWN_U64, UNKNOWN_U64);
	check_vmm("cloud-hypervisor", "ch --cpus boot=4,max=8 --memory size=2G,shared=on", "", 4,
		2ull << 30);
	check_vmm("crosvm", "crosvm run -c 2 --mem 512 --name x", "x", 2, 512ull << 20);
	check_vmm("lkvm", "lkvm run -c 3 -m 256 --name y", "y", 3, 256ull << 20);
	assert_false(vmm_parse(&options, "tinyvmm", "x", 2));
	assert_true(options.vcpus == UNKNOWN_U64 && options.mem_bytes == UNKNOWN_U64);
	assert_string_equal(options.name, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),
		cmocka_unit_test(a_long_name_is_cut),
		cmocka_unit_test(uuids),
		cmocka_unit_test(cpus),
		cmocka_unit_test(memory),
		cmocka_unit_test(nodes),
		cmocka_unit_test(accelerators),
		cmocka_unit_test(steal_clocks),
		cmocka_unit_test(questions_run_no_machine),
		cmocka_unit_test(which_programs_are_qemu),
		cmocka_unit_test(other_vmms),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
