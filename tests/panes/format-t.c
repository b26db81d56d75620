// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/panes/fixture.h"

#include "panes/format.h"

static char buf[FORMAT_SIZE];

static void percentages(void **state)
{
	(void)state;
	assert_string_equal(format_pct(buf, 0), "0.0");
	assert_string_equal(format_pct(buf, 99.8), "99.8");
	assert_string_equal(format_pct(buf, 99.96), "100");
	assert_string_equal(format_pct(buf, 100), "100");
	assert_string_equal(format_pct(buf, 999.4), "999");
	assert_string_equal(format_pct(buf, 999.6), ">999");
	assert_string_equal(format_pct(buf, NAN), "-");
	assert_string_equal(format_pct(buf, -0.01), "0.0");
	assert_string_equal(format_pct(buf, -12.4), "-12.4");
	assert_string_equal(format_gap(buf, 23.4), "+23.4");
	assert_string_equal(format_gap(buf, -0.01), "0.0");
	assert_string_equal(format_gap(buf, -99.97), "-100");
	assert_string_equal(format_gap(buf, NAN), "-");
	assert_string_equal(format_cpus(buf, 5.13), "5.1");
	assert_string_equal(format_cpus(buf, 128), "128");
}

static void rates_and_names(void **state)
{
	(void)state;
	assert_string_equal(format_per_s(buf, 0), "0");
	assert_string_equal(format_per_s(buf, -3), "0");
	assert_string_equal(format_per_s(buf, 0.001), "0.1");
	assert_string_equal(format_per_s(buf, 9.94), "9.9");
	assert_string_equal(format_per_s(buf, 9.96), "10");
	assert_string_equal(format_per_s(buf, 1234), "1.2k");
	assert_string_equal(format_per_s(buf, 1e308), "1.0E");
	assert_string_equal(format_per_s(buf, NAN), "-");
	assert_string_equal(format_id(buf, 0), "0");
	assert_string_equal(format_id(buf, 123456), "123456");
	assert_string_equal(format_id(buf, UNKNOWN_U64), "-");
}

static void bytes(void **state)
{
	(void)state;
	assert_string_equal(format_bytes(buf, 0), "0");
	assert_string_equal(format_bytes(buf, 999), "999");
	assert_string_equal(format_bytes(buf, 1000), "1.0K");
	assert_string_equal(format_bytes(buf, 384ull << 20), "384M");
	assert_string_equal(format_bytes(buf, 3ull << 29), "1.5G");
	assert_string_equal(format_bytes(buf, 1ull << 40), "1.0T");
	assert_string_equal(format_bytes(buf, UNKNOWN_U64 - 1), "16E");
	assert_string_equal(format_bytes(buf, UNKNOWN_U64), "-");
	assert_string_equal(format_rate(buf, 2.1 * 1048576), "2.1M");
	assert_string_equal(format_rate(buf, NAN), "-");
	assert_string_equal(format_count(buf, 12), "12");
	assert_string_equal(format_count(buf, 9900), "9.9k");
	assert_string_equal(format_count(buf, UNKNOWN_U64), "-");
}

static void durations(void **state)
{
	(void)state;
	assert_string_equal(format_duration(buf, 0.9), "0s");
	assert_string_equal(format_duration(buf, 12), "12s");
	assert_string_equal(format_duration(buf, 130), "2m10s");
	assert_string_equal(format_duration(buf, 3 * 3600 + 5 * 60), "3h05m");
	assert_string_equal(format_duration(buf, 41 * 86400.0 + 7), "41d");
	assert_string_equal(format_duration(buf, -5), "0s");
	assert_string_equal(format_duration(buf, INFINITY), ">9999d");
	assert_string_equal(format_duration(buf, NAN), "-");
	assert_string_equal(format_age(buf, 0.44), "0.4s");
	assert_string_equal(format_age(buf, 9.97), "9s");
	assert_string_equal(format_age(buf, 75), "1m15s");
	assert_string_equal(format_age(buf, NAN), "-");
	assert_string_equal(format_ns(buf, 812), "812ns");
	assert_string_equal(format_ns(buf, 1540), "1.5us");
	assert_string_equal(format_ns(buf, 41e6), "41ms");
	assert_string_equal(format_ns(buf, 999.7e6), "1.0s");
	assert_string_equal(format_ns(buf, NAN), "-");
}

static size_t longest(char *(*format)(char *, double), double from)
{
	size_t most = 0;

	for (double value = from; fabs(value) < 1e30 && fabs(value) > 1e-6; value *= 1.013) {
		size_t len = strlen(format(buf, value));

		most = len > most ? len : most;
	}
	return most;
}

static char *bytes_of(char *to, double value)
{
	return format_bytes(to, value < 1.8e19 ? (uint64_t)value : 0);
}

static void decades(void **state)
{
	static const char *const expected[] = { "1us", "10us", "100us", "1ms", "10ms", "100ms", "1s",
		"10s", "100s", "-" };
	double ns = 1e3;

	(void)state;
	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++, ns *= 10)
		assert_string_equal(format_decade(buf, ns), expected[i]);
	assert_string_equal(format_decade(buf, 100), "-");
	assert_string_equal(format_decade(buf, 0), "-");
	assert_string_equal(format_decade(buf, NAN), "-");
}

static void never_wider_than_promised(void **state)
{
	(void)state;
	assert_int_equal(longest(format_pct, 1e-5), 4);
	assert_int_equal(longest(format_pct, -1e-5), 5);
	assert_int_equal(longest(format_gap, 1e-5), 5);
	assert_int_equal(longest(format_gap, -1e-5), 5);
	assert_int_equal(longest(format_cpus, 1e-5), 4);
	assert_int_equal(longest(bytes_of, 1e-5), 4);
	assert_int_equal(longest(format_rate, 1e-5), 4);
	assert_int_equal(longest(format_duration, 1e-5), 6);
	assert_int_equal(longest(format_age, 1e-5), 6);
	assert_int_equal(longest(format_ns, 1e-5), 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(percentages),
		cmocka_unit_test(rates_and_names),
		cmocka_unit_test(bytes),
		cmocka_unit_test(durations),
		cmocka_unit_test(decades),
		cmocka_unit_test(never_wider_than_promised),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
