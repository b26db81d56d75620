// SPDX-License-Identifier: GPL-2.0-or-later
/* Parsers of /proc and /sys. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "probes/procfs.h"
#include "probes/vm.h"

#define STAT_REST                                                                                 \
	" 7 8 9 0 -1 4194560 0 0 0 0 21 22 0 0 20 0 3 0 1234 555 1 18446744073709551615 1 1 1 0 " \
	"0 "                                                                                      \
	"0 0 0 0 0 0 0 17 0 0 0 0 77 0 0 0 0 0 0 0 0 0\n"

static void stat_is_read_from_the_last_parenthesis(void **state)
{
	static const char *const names[] = { "sleep", "CPU 0/KVM", "a) R 1 (b", ")", "(", ") R 9 9",
		"", "x) S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21" };

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct procfs_stat stat = { 0 };
		char text[512];

		strcpy(text, "42 (");
		strcat(strcat(text, names[i]), ") S" STAT_REST);
		assert_true(procfs_stat(text, &stat));
		assert_int_equal(stat.pid, 42);
		assert_string_equal(stat.comm, names[i]);
		assert_int_equal(stat.state, 'S');
		assert_int_equal(stat.ppid, 7);
		assert_int_equal(stat.utime_ticks, 21);
		assert_int_equal(stat.stime_ticks, 22);
		assert_int_equal(stat.threads, 3);
		assert_int_equal(stat.start_ticks, 1234);
		assert_int_equal(stat.guest_ticks, 77);
		assert_false(procfs_is_kthread(&stat));
	}
}

static void stat_refuses_what_is_none(void **state)
{
	static const char *const bad[] = {
		"", "42", "42 (a", "42 (a)", "42 (a) S", "42 a) S" STAT_REST, "x (a) S" STAT_REST,
		"0 (a) S" STAT_REST, "42 )a( S" STAT_REST, "42 (a) S 1 2 3 4 -1 5 6 7 8 9",
		"99999999999 (a) S" STAT_REST,
		"42 (a) S 7 8 9 0 -1 99999999999999999999999 0 0 0 0 21 22 0 0 20 0 3 0 1234 5 1\n"
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct procfs_stat stat = { .pid = -5 };

		assert_false(procfs_stat(bad[i], &stat));
		assert_int_equal(stat.pid, -5);
	}
}

static void stat_knows_kernel_threads(void **state)
{
	struct procfs_stat stat;

	(void)state;
	assert_true(procfs_stat(
		"2 (kthreadd) S 0 0 0 0 -1 2129984 0 0 0 0 0 1 0 0 20 0 1 0 2 0 0 1 0", &stat));
	assert_true(procfs_is_kthread(&stat));
	assert_int_equal(stat.guest_ticks, 0);
}

static void schedstat_of_a_thread(void **state)
{
	uint64_t run = 5, wait = 6;

	(void)state;
	assert_true(procfs_schedstat("123 456 7\n", &run, &wait));
	assert_int_equal(run, 123);
	assert_int_equal(wait, 456);
	assert_false(procfs_schedstat("", &run, &wait));
	assert_false(procfs_schedstat("9\n", &run, &wait));
	assert_false(procfs_schedstat("-1 2 3\n", &run, &wait));
	assert_int_equal(run, 123);
}

static void schedstat_of_cpus_skips_domains_and_other_versions(void **state)
{
	uint64_t run = 1, wait = 2;

	(void)state;
	assert_true(procfs_schedstat_cpus("version 15\ntimestamp 1\ncpu0 1 2 3 4 5 6 100 10 9\n"
					  "domain0 3 1 2 3\ncpu12 1 2 3 4 5 6 200 20 9\n",
		&run, &wait));
	assert_int_equal(run, 300);
	assert_int_equal(wait, 30);
	assert_true(procfs_schedstat_cpus(
		"version 17\ncpu0 1 2 3 4 5 6 7 8 9\ndomain0 MC 3 1\n", &run, &wait));
	assert_int_equal(run, 7);
	assert_false(procfs_schedstat_cpus("version 12\ncpu0 1 2 3 4 5 6 7 8 9\n", &run, &wait));
	assert_false(procfs_schedstat_cpus("version 15\ntimestamp 1\n", &run, &wait));
	assert_false(procfs_schedstat_cpus("version 15\ncpu0 1 2 3\n", &run, &wait));
	assert_false(procfs_schedstat_cpus("cpu0 1 2 3 4 5 6 7 8 9\n", &run, &wait));
	assert_int_equal(run, 7);
}

static void cpu_line_sums_without_counting_guests_twice(void **state)
{
	struct procfs_cpu cpu;

	(void)state;
	assert_true(procfs_cpu("cpu  1 2 4 8 16 32 64 128 1 1\ncpu0 9 9\n", &cpu));
	assert_int_equal(cpu.busy_ticks, 1 + 2 + 4 + 32 + 64);
	assert_int_equal(cpu.idle_ticks, 8 + 16);
	assert_int_equal(cpu.steal_ticks, 128);
	assert_false(procfs_cpu("cpu0 1 2 4 8 16 32 64 128 1 1\n", &cpu));
	assert_false(procfs_cpu("cpu  1 2 4 8\n", &cpu));
}

static void pressure_is_its_some_line(void **state)
{
	double pct = -1;
	uint64_t us = 1;

	(void)state;
	assert_true(procfs_pressure(
		"some avg10=12.34 avg60=5.00 avg300=1.00 total=99\nfull ...\n", &pct, &us));
	assert_true(pct > 12.3399 && pct < 12.3401);
	assert_int_equal(us, 99);
	assert_false(procfs_pressure("full avg10=1.00 total=2\n", &pct, &us));
	assert_false(procfs_pressure("some avg10=x total=2\n", &pct, &us));
	assert_false(procfs_pressure("some avg10=1.00\n", &pct, &us));
	assert_false(procfs_pressure("", &pct, &us));
}

static void numbers_stand_behind_their_own_key(void **state)
{
	static const char text[] = "SwapCached:  1 kB\nVmRSS:\t   12 kB\nSwap: 3\npswpin 5\nbad x\n"
				   "SigBlk:\tfffffffe7ffbf837\nhuge 18446744073709551615\n";
	uint64_t value = 0;

	(void)state;
	assert_true(procfs_number(text, "VmRSS", &value));
	assert_int_equal(value, 12);
	assert_true(procfs_number(text, "Swap", &value));
	assert_int_equal(value, 3);
	assert_true(procfs_number(text, "pswpin", &value));
	assert_int_equal(value, 5);
	assert_false(procfs_number(text, "pswp", &value));
	assert_false(procfs_number(text, "bad", &value));
	assert_false(procfs_number(text, "none", &value));
	assert_true(procfs_hex(text, "SigBlk", &value));
	assert_true(value == 0xfffffffe7ffbf837u);
	assert_false(procfs_hex(text, "none", &value));
	assert_int_equal(procfs_kilobytes(text, "SwapCached"), 1024);
	assert_true(procfs_kilobytes(text, "none") == UNKNOWN_U64);
	assert_true(procfs_kilobytes(text, "huge") == UNKNOWN_U64);
	assert_int_equal(procfs_pages_bytes(3, 4096), 12288);
	assert_true(procfs_pages_bytes(UNKNOWN_U64, 1) == UNKNOWN_U64);
	assert_true(procfs_pages_bytes(UINT64_MAX / 4096 + 1, 4096) == UNKNOWN_U64);
}

static void lists_are_counted(void **state)
{
	static const struct {
		const char *text;
		uint64_t count;
	} good[] = { { "0\n", 1 }, { "0-2,4-7\n", 7 }, { "0-1023", 1024 }, { "3,5,9\n", 3 },
		{ "\n", 0 } };
	static const char *const bad[] = { "5-2\n", "0-\n", "a\n", "0-1;3\n", "0-99999999999\n" };
	uint64_t count;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_true(procfs_list_count(good[i].text, &count));
		assert_int_equal(count, good[i].count);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(procfs_list_count(bad[i], &count));
}

static void flags_are_whole_words_of_the_flags_line(void **state)
{
	static const char text[] =
		"model name\t: hypervisor CPU\nvmx flags\t: hypervisor\n"
		"flags\t\t: fpu xhypervisor hypervisor2 vmx\nbugs\t: hypervisor\n";

	(void)state;
	assert_true(procfs_cpu_flag(text, "vmx"));
	assert_true(procfs_cpu_flag(text, "fpu"));
	assert_false(procfs_cpu_flag(text, "hypervisor"));
	assert_true(procfs_cpu_flag("flags : a hypervisor", "hypervisor"));
	assert_false(procfs_cpu_flag("", "hypervisor"));
}

static void decimals_do_not_ask_the_locale(void **state)
{
	double value[3] = { 0 };

	(void)state;
	assert_true(procfs_decimals("0.05 12.50 3 1/2 3\n", value, 3));
	assert_true(value[0] > 0.0499 && value[0] < 0.0501);
	assert_true(value[1] == 12.5 && value[2] == 3);
	assert_false(procfs_decimals("0.05 x\n", value, 2));
	assert_false(procfs_decimals("1.", value, 1));
}

static void pids_are_decimal_names(void **state)
{
	(void)state;
	assert_int_equal(procfs_pid("4711"), 4711);
	assert_int_equal(procfs_pid("0"), 0);
	assert_int_equal(procfs_pid("012"), 0);
	assert_int_equal(procfs_pid("12a"), 0);
	assert_int_equal(procfs_pid("-1"), 0);
	assert_int_equal(procfs_pid("99999999999999999999"), 0);
	assert_int_equal(procfs_pid(""), 0);
}

static void a_list_has_its_numbers(void **state)
{
	(void)state;
	assert_true(procfs_list_has("0-2,4,8-11\n", 0));
	assert_true(procfs_list_has("0-2,4,8-11", 10));
	assert_false(procfs_list_has("0-2,4,8-11\n", 3));
	assert_false(procfs_list_has("\n", 0));
	assert_false(procfs_list_has("(null)\n", 0));
}

static void many_numbers_in_one_pass(void **state)
{
	static const char *const key[] = { "oom_kill", "allocstall*", "thp_split_page", "gone" };
	uint64_t value[] = { UNKNOWN_U64, UNKNOWN_U64, UNKNOWN_U64, UNKNOWN_U64 };

	(void)state;
	procfs_numbers("allocstall_dma 3\noom_kill 7\nallocstall_normal 4\nallocstall_bad x\n"
		       "thp_split_page_failed 9\nthp_split_page 1\noom_killer 8\ngone\n",
		key, value, 4);
	assert_int_equal(value[0], 7);
	assert_int_equal(value[1], 7);
	assert_int_equal(value[2], 1);
	assert_true(value[3] == UNKNOWN_U64);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stat_is_read_from_the_last_parenthesis),
		cmocka_unit_test(stat_refuses_what_is_none),
		cmocka_unit_test(stat_knows_kernel_threads),
		cmocka_unit_test(schedstat_of_a_thread),
		cmocka_unit_test(schedstat_of_cpus_skips_domains_and_other_versions),
		cmocka_unit_test(cpu_line_sums_without_counting_guests_twice),
		cmocka_unit_test(pressure_is_its_some_line),
		cmocka_unit_test(numbers_stand_behind_their_own_key),
		cmocka_unit_test(lists_are_counted),
		cmocka_unit_test(a_list_has_its_numbers),
		cmocka_unit_test(many_numbers_in_one_pass),
		cmocka_unit_test(flags_are_whole_words_of_the_flags_line),
		cmocka_unit_test(decimals_do_not_ask_the_locale),
		cmocka_unit_test(pids_are_decimal_names),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
