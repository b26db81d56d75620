// SPDX-License-Identifier: GPL-2.0-or-later
/* The host probe on captured machines, on trees with parts missing, and on this machine. */
#include "tests/probes/rig.h"

static void offline_cpu_and_memoryless_node(void **state)
{
	struct rig rig;
	const struct host_sample *host;

	(void)state;
	rig_open(&rig, "tests/data/offline-cpu-memoryless-node");
	host = &rig_sample(&rig)->host;
	assert_int_equal(rig.sample.status[SECTION_HOST].state, SOURCE_OK);
	assert_null(rig.sample.status[SECTION_HOST].reason);
	assert_string_equal(host->name, "host");
	assert_string_equal(host->kernel, "5.14.0-70.el9.x86_64");
	assert_int_equal(host->cpus, 7);
	assert_int_equal(host->nodes, 2);
	assert_false(host->is_guest);
	assert_true(host->uptime_s == 90000.25);
	assert_true(host->load1 == 2.15 && host->load5 == 1.5 && host->load15 == 0.75);
	assert_true(isnan(host->psi_cpu.some_avg10_pct) && isnan(host->psi_io.some_avg10_pct));
	assert_true(host->psi_memory.some_us_total == UNKNOWN_U64);
	assert_int_equal(host->mem_total_bytes, 65805000ull * 1024);
	assert_int_equal(host->mem_available_bytes, 40000000ull * 1024);
	assert_int_equal(host->swap_total_bytes, 8388604ull * 1024);
	assert_int_equal(host->swap_free_bytes, 8000000ull * 1024);
	assert_int_equal(host->swap_in_bytes_total, 1000ull * (uint64_t)sysconf(_SC_PAGESIZE));
	assert_int_equal(host->swap_out_bytes_total, 97151ull * (uint64_t)sysconf(_SC_PAGESIZE));
	assert_int_equal(host->busy_ticks_total, 10528400);
	assert_int_equal(host->idle_ticks_total, 63011500);
	assert_int_equal(host->steal_ticks_total, 2100);
	assert_int_equal(host->run_ns_total, 7000000000025);
	assert_int_equal(host->wait_ns_total, 3500000000250);
	rig_close(&rig);
}

static void a_guest_with_pressure_but_no_schedstat(void **state)
{
	struct rig rig;
	const struct host_sample *host;

	(void)state;
	rig_open(&rig, "tests/data/cgroup-v2");
	host = &rig_sample(&rig)->host;
	assert_int_equal(host->cpus, 2);
	assert_int_equal(host->nodes, 1);
	assert_true(host->is_guest);
	assert_true(host->psi_cpu.some_avg10_pct == 12.34);
	assert_int_equal(host->psi_cpu.some_us_total, 123456789);
	assert_true(host->psi_memory.some_avg10_pct == 0.5);
	assert_int_equal(host->psi_io.some_us_total, 7000000);
	assert_true(host->run_ns_total == UNKNOWN_U64 && host->wait_ns_total == UNKNOWN_U64);
	assert_int_equal(host->steal_ticks_total, 700);
	rig_close(&rig);
}

static void the_setting_is_the_word_in_brackets(void **state)
{
	static const char enabled[] = "always [madvise] never\n", defrag[] = "always defer [broken\n";
	const struct host_sample *host;
	struct rig rig;
	char dir[64];

	(void)state;
	tree_make(dir, sizeof(dir));
	tree_put(dir, "sys/kernel/mm/transparent_hugepage/enabled", enabled, strlen(enabled));
	rig_open(&rig, dir);
	host = &rig_sample(&rig)->host;
	assert_string_equal(host->thp_enabled, "madvise");
	assert_null(host->thp_defrag);
	tree_put(dir, "sys/kernel/mm/transparent_hugepage/defrag", defrag, strlen(defrag));
	assert_string_equal(rig_sample(&rig)->host.thp_defrag, "broken");
	rig_close(&rig);
	tree_remove(dir);
}

static void what_is_missing_is_unknown_and_no_error(void **state)
{
	const struct host_sample *host;
	struct rig rig;
	char dir[64];

	(void)state;
	tree_make(dir, sizeof(dir));
	tree_put(dir, "proc/meminfo", "MemTotal: 12 kB\nMemAvailable: x kB\n", 35);
	rig_open(&rig, dir);
	host = &rig_sample(&rig)->host;
	assert_int_equal(rig.sample.status[SECTION_HOST].state, SOURCE_OK);
	assert_null(host->name);
	assert_null(host->kernel);
	assert_int_equal(host->mem_total_bytes, 12 * 1024);
	assert_true(
		host->mem_available_bytes == UNKNOWN_U64 && host->swap_free_bytes == UNKNOWN_U64);
	assert_true(host->cpus == UNKNOWN_U64 && host->nodes == UNKNOWN_U64);
	assert_true(
		host->busy_ticks_total == UNKNOWN_U64 && host->steal_ticks_total == UNKNOWN_U64);
	assert_true(host->swap_in_bytes_total == UNKNOWN_U64);
	assert_true(isnan(host->load1) && host->uptime_s == 5000);
	rig_close(&rig);
	tree_remove(dir);
}

static void an_empty_proc_says_so(void **state)
{
	const struct status *status;
	struct rig rig;
	char dir[64], path[128];

	(void)state;
	tree_make(dir, sizeof(dir));
	snprintf(path, sizeof(path), "%s/proc/uptime", dir);
	unlink(path);
	rig_open(&rig, dir);
	status = &rig_sample(&rig)->status[SECTION_HOST];
	assert_int_equal(status->state, SOURCE_UNAVAILABLE);
	assert_non_null(strstr(status->reason, "cannot read any file in /proc"));
	rig_close(&rig);
	tree_remove(dir);
}

static void a_large_file_is_read_whole(void **state)
{
	size_t used = 0, size = 4 << 20;
	char dir[64], *text = malloc(size);
	struct rig rig;

	(void)state;
	tree_make(dir, sizeof(dir));
	used += (size_t)snprintf(text, size, "version 15\ntimestamp 1\n");
	for (int i = 0; i < 1024; i++) {
		used += (size_t)snprintf(text + used, size - used, "cpu%d 0 0 0 0 0 0 10 1 9\n", i);
		for (int k = 0; k < 6; k++)
			used += (size_t)snprintf(
				text + used, size - used, "domain%d %0200d\n", k, 1);
	}
	tree_put(dir, "proc/schedstat", text, used);
	rig_open(&rig, dir);
	assert_int_equal(rig_sample(&rig)->host.run_ns_total, 10240);
	assert_int_equal(rig.sample.host.wait_ns_total, 1024);
	rig_close(&rig);
	tree_remove(dir);
	free(text);
}

static uint64_t ticking(void *arg)
{
	return *(uint64_t *)arg += 1000;
}

static void reading_is_timed_by_the_clock_given(void **state)
{
	uint64_t now = 5000;
	const struct clock clock = { .mono_ns = ticking, .arg = &now };
	struct rig rig;
	void *host;
	struct err err;

	(void)state;
	rig_open(&rig, "tests/data/cgroup-v2");
	rig.env.clock = &clock;
	assert_int_equal(probes[SECTION_HOST]->open(&rig.env, &host, &err), 0);
	sample_clear(&rig.sample);
	assert_int_equal(probes[SECTION_HOST]->sample(host, &rig.sample), 0);
	assert_int_equal(rig.sample.status[SECTION_HOST].at_ns, 6000);
	assert_int_equal(rig.sample.status[SECTION_HOST].cost_ns, 1000);
	probes[SECTION_HOST]->close(host);
	rig_close(&rig);
}

static void this_machine_agrees_with_libc(void **state)
{
	struct rig rig;
	const struct host_sample *host;
	char name[256];

	(void)state;
	rig_open(&rig, "/");
	host = &rig_sample(&rig)->host;
	assert_int_equal(gethostname(name, sizeof(name)), 0);
	assert_string_equal(host->name, name);
	assert_int_equal(host->cpus, sysconf(_SC_NPROCESSORS_ONLN));
	assert_int_equal(host->mem_total_bytes,
		(uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE));
	assert_int_equal(host->tick_hz, sysconf(_SC_CLK_TCK));
	rig_close(&rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(offline_cpu_and_memoryless_node),
		cmocka_unit_test(a_guest_with_pressure_but_no_schedstat),
		cmocka_unit_test(the_setting_is_the_word_in_brackets),
		cmocka_unit_test(what_is_missing_is_unknown_and_no_error),
		cmocka_unit_test(an_empty_proc_says_so),
		cmocka_unit_test(a_large_file_is_read_whole),
		cmocka_unit_test(reading_is_timed_by_the_clock_given),
		cmocka_unit_test(this_machine_agrees_with_libc),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
