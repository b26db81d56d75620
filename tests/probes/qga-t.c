// SPDX-License-Identifier: GPL-2.0-or-later
/* Answers of guest agents: the good ones, and every kind of bad one. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "probes/qga.h"

#define CPU(id, rest)                                                                              \
	"{\"type\":\"linux\",\"cpu\":" id ",\"user\":100,\"nice\":20,\"system\":30,\"idle\":400" rest "}"

static void cpustats_are_summed_into_busy_idle_and_steal(void **state)
{
	struct guest_cpu *cpu;
	struct err err;
	size_t n;

	(void)state;
	assert_int_equal(qga_cpustats("{\"return\":[" CPU("1", ",\"iowait\":5,\"irq\":1,\"softirq\":2,"
							       "\"steal\":70,\"guest\":9") ","
					      CPU("0", "") "]}",
				 &cpu, &n, &err),
		0);
	assert_int_equal(n, 2);
	assert_int_equal(cpu[0].id, 0);
	assert_int_equal(cpu[0].busy_ms_total, 150);
	assert_int_equal(cpu[0].idle_ms_total, 400);
	assert_true(cpu[0].steal_ms_total == UNKNOWN_U64);
	assert_int_equal(cpu[1].busy_ms_total, 153);
	assert_int_equal(cpu[1].idle_ms_total, 405);
	assert_int_equal(cpu[1].steal_ms_total, 70);
	free(cpu);
}

static void bad_cpustats_are_refused_with_a_reason(void **state)
{
	static const struct {
		const char *reply, *why;
	} cases[] = {
		{ "", "no JSON" },
		{ "{\"return\":[", "no JSON" },
		{ "{\"return\":[]} x", "no JSON" },
		{ "[]", "returns nothing" },
		{ "{\"return\":{}}", "no list" },
		{ "{\"return\":[]}", "no CPU" },
		{ "{\"return\":[7]}", "no number" },
		{ "{\"return\":[" CPU("-1", "") "]}", "no number" },
		{ "{\"return\":[" CPU("4096", "") "]}", "no number" },
		{ "{\"return\":[" CPU("\"0\"", "") "]}", "no number" },
		{ "{\"return\":[" CPU("0", ",\"steal\":-1") "]}", "steal is absurd" },
		{ "{\"return\":[" CPU("0", ",\"steal\":1e308") "]}", "steal is absurd" },
		{ "{\"return\":[" CPU("0", ",\"iowait\":9223372036854775807") "]}", "absurd" },
		{ "{\"return\":[" CPU("0", "") "," CPU("0", "") "]}", "twice" },
		{ "{\"return\":[{\"cpu\":0,\"user\":1}]}", "missing" },
		{ "{\"return\":[{\"type\":\"windows\",\"cpu\":0}]}", "Linux" },
		{ "{\"error\":{\"class\":\"G\",\"desc\":\"\\u001b[31mred\"}}", "refuses" },
		{ "{\"return\":[],\"return\":[]}", "no JSON" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct err err = { 0 };
		struct guest_cpu *cpu;
		size_t n;

		if (qga_cpustats(cases[i].reply, &cpu, &n, &err) >= 0)
			fail_msg("taken: %s", cases[i].reply);
		if (!strstr(err.text, cases[i].why) || strchr(err.text, '\033'))
			fail_msg("%s: \"%s\"", cases[i].reply, err.text);
		assert_null(cpu);
		assert_int_equal(n, 0);
	}
}

static void sizes_are_limited(void **state)
{
	char *large = malloc(QGA_REPLY_MAX + 100);
	struct err err = { 0 };
	struct guest_cpu *cpu;
	size_t n, len;

	(void)state;
	memset(large, ' ', QGA_REPLY_MAX + 99);
	large[QGA_REPLY_MAX + 99] = '\0';
	assert_int_equal(qga_cpustats(large, &cpu, &n, &err), -EPROTO);
	assert_non_null(strstr(err.text, "larger than 1 MiB"));

	len = (size_t)sprintf(large, "{\"return\":[0");
	for (int i = 0; i < 5000; i++)
		len += (size_t)sprintf(large + len, ",%d", i);
	sprintf(large + len, "]}");
	assert_int_equal(qga_cpustats(large, &cpu, &n, &err), -EPROTO);
	assert_non_null(strstr(err.text, "too many CPUs"));
	free(large);
}

static void info_tells_what_is_enabled(void **state)
{
	static const char reply[] =
		"{\"return\":{\"version\":\"7.2\",\"supported_commands\":["
		"{\"name\":\"guest-get-cpustats\",\"enabled\":false},"
		"{\"name\":\"guest-file-open\",\"enabled\":true},"
		"{\"name\":\"guest-file-seek\",\"enabled\":true},"
		"{\"enabled\":true},17,"
		"{\"name\":\"guest-file-read\",\"enabled\":true}]}}";
	struct qga_info info;
	struct err err = { 0 };

	(void)state;
	assert_int_equal(qga_info(reply, &info, &err), 0);
	assert_false(info.cpustats);
	assert_true(info.file);
	assert_int_equal(qga_info("{\"return\":{}}", &info, &err), -EPROTO);
	assert_true(qga_info("{\"return\":", &info, &err) < 0);
}

static void files_come_in_pieces(void **state)
{
	char *text = malloc(QGA_FILE_MAX + 1);
	struct err err = { 0 };
	size_t len = 0;
	bool eof;
	int64_t handle;

	(void)state;
	assert_int_equal(qga_handle("{\"return\":1000}", &handle, &err), 0);
	assert_int_equal(handle, 1000);
	assert_true(qga_handle("{\"return\":\"x\"}", &handle, &err) < 0);
	assert_int_equal(qga_read("{\"return\":{\"count\":3,\"buf-b64\":\"Y3B1\",\"eof\":false}}",
				 text, &len, &eof, &err),
		0);
	assert_false(eof);
	assert_int_equal(qga_read("{\"return\":{\"buf-b64\":\"MA==\",\"eof\":true}}", text, &len,
				 &eof, &err),
		0);
	assert_true(eof);
	assert_string_equal(text, "cpu0");
	/* An agent that gives nothing and never the end is not asked for ever. */
	assert_int_equal(qga_read("{\"return\":{\"buf-b64\":\"\",\"eof\":false}}", text, &len,
				 &eof, &err),
		0);
	assert_true(eof);
	assert_true(qga_read("{\"return\":{\"buf-b64\":\"MA=\"}}", text, &len, &eof, &err) < 0);
	assert_true(qga_read("{\"return\":{\"buf-b64\":\"=AAA\"}}", text, &len, &eof, &err) < 0);
	assert_true(qga_read("{\"return\":{\"buf-b64\":\"MA==MA==\"}}", text, &len, &eof, &err) < 0);
	assert_true(qga_read("{\"return\":{}}", text, &len, &eof, &err) < 0);
	len = QGA_FILE_MAX - 1;
	assert_true(qga_read("{\"return\":{\"buf-b64\":\"Y3B1\"}}", text, &len, &eof, &err) < 0);
	assert_int_equal(len, QGA_FILE_MAX - 1);
	assert_int_equal(qga_read("{\"return\":{\"buf-b64\":\"MA==\"}}", text, &len, &eof, &err), 0);
	assert_int_equal(len, QGA_FILE_MAX);
	free(text);
}

static void proc_stat_is_read_by_cpu(void **state)
{
	struct guest_cpu *cpu;
	struct err err = { 0 };
	size_t n;

	(void)state;
	assert_int_equal(qga_proc_stat("cpu  9 9 9 9 9 9 9 9 9 9\ncpu0 1 2 3 4 5 6 7 8 0 0\n"
				       "cpu2 10 0 0 0 0 0 0\nintr 1 2\n",
				 &cpu, &n, &err),
		0);
	assert_int_equal(n, 2);
	assert_int_equal(cpu[0].busy_ms_total, (1 + 2 + 3 + 6 + 7) * 10);
	assert_int_equal(cpu[0].idle_ms_total, 90);
	assert_int_equal(cpu[0].steal_ms_total, 80);
	assert_int_equal(cpu[1].id, 2);
	assert_true(cpu[1].steal_ms_total == UNKNOWN_U64);
	free(cpu);
	assert_true(qga_proc_stat("", &cpu, &n, &err) < 0);
	assert_true(qga_proc_stat("cpu0 1 2 3\n", &cpu, &n, &err) < 0);
	assert_true(qga_proc_stat("cpu0 99999999999999999999999 1 1 1 1 1 1 1\n", &cpu, &n, &err) < 0);
	assert_true(qga_proc_stat("cpu0 -5 1 1 1 1 1 1 1\n", &cpu, &n, &err) < 0);
	assert_true(qga_proc_stat("cpu0 1 1 1 1 1 1 1 1\ncpu0 1 1 1 1 1 1 1 1\n", &cpu, &n, &err) <
		    0);
	assert_null(cpu);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cpustats_are_summed_into_busy_idle_and_steal),
		cmocka_unit_test(bad_cpustats_are_refused_with_a_reason),
		cmocka_unit_test(sizes_are_limited),
		cmocka_unit_test(info_tells_what_is_enabled),
		cmocka_unit_test(files_come_in_pieces),
		cmocka_unit_test(proc_stat_is_read_by_cpu),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
