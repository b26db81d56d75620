// SPDX-License-Identifier: GPL-2.0-or-later
/* Lines through the last minute: which are drawn, and which noise or a step would draw as well. */
#include <math.h>

#include "panes/memtrends.h"
#include "tests/panes/fixture.h"

static const double MIB = 1 << 20;

static double noise(unsigned i)
{
	return (double)(i * 2654435761u % 1000u) / 500 - 1;
}

/* The last minute of a function of time, one snapshot a second. */
static double slope_of(double (*value)(double s), unsigned seconds)
{
	struct trend trend = { .n = 0 };

	for (unsigned i = 0; i <= seconds; i++)
		trend_add(&trend, 1795215148.0 + i, value(i));
	return trend_slope(&trend);
}

static double steady(double s)
{
	return 400e9 + 30 * MIB * s;
}

static double falling(double s)
{
	return 400e9 - 30 * MIB * s + 20 * MIB * noise((unsigned)s);
}

static double flat(double s)
{
	(void)s;
	return 7e9;
}

static double restless(double s)
{
	return 7e9 + 100 * MIB * noise((unsigned)s);
}

static double step(double s)
{
	return s < 30 ? 1e9 : 2e9;
}

static double early_step(double s)
{
	return s < 12 ? 1e9 : 2e9;
}

static double late_step(double s)
{
	return s < 50 ? 1e9 : 2e9;
}

static double wave(double s)
{
	return 1e9 + 200 * MIB * sin(s / 12);
}

static double unknown(double s)
{
	(void)s;
	return NAN;
}

#define CLOSE(a, b, part) assert_true(fabs((a) - (b)) <= fabs((b) * (part)))

static void what_moves_steadily(void **state)
{
	(void)state;
	CLOSE(slope_of(steady, 60), 30 * MIB, 0.001);
	CLOSE(slope_of(steady, 30), 30 * MIB, 0.001);
	CLOSE(slope_of(steady, 4000), 30 * MIB, 0.001);
	CLOSE(slope_of(falling, 60), -30 * MIB, 0.05);
}

static void what_does_not(void **state)
{
	(void)state;
	assert_true(isnan(slope_of(flat, 60)));
	assert_true(isnan(slope_of(restless, 60)));
	assert_true(isnan(slope_of(step, 60)));
	assert_true(isnan(slope_of(early_step, 60)));
	assert_true(isnan(slope_of(late_step, 60)));
	assert_true(isnan(slope_of(wave, 60)));
	assert_true(isnan(slope_of(unknown, 60)));
	assert_true(isnan(slope_of(steady, 12))); /* too short to say */
	assert_true(isnan(trend_slope(&(struct trend){ .n = 0 })));
}

static void noise_alone_draws_no_line(void **state)
{
	unsigned drawn = 0;

	(void)state;
	for (unsigned seed = 0; seed < 2000; seed++) {
		struct trend trend = { .n = 0 };

		for (unsigned i = 0; i < 60; i++)
			trend_add(&trend, i, 1e9 + 1e8 * noise(seed * 977 + i * 31));
		drawn += !isnan(trend_slope(&trend));
	}
	assert_true(drawn <= 2);
}

static void other_intervals_and_clocks(void **state)
{
	struct trend trend = { .n = 0 };

	(void)state;
	for (unsigned i = 0; i < 600; i++) /* a tenth of a second each */
		trend_add(&trend, i / 10.0, 1e9 + 1e6 * i / 10);
	assert_in_range(trend.n, 15, TREND_POINTS);
	CLOSE(trend_slope(&trend), 1e6, 0.01);
	trend = (struct trend){ .n = 0 };
	for (unsigned i = 0; i < 40; i++) /* a minute each */
		trend_add(&trend, 60.0 * i, 1e9 + 1e6 * i);
	CLOSE(trend_slope(&trend), 1e6 / 60, 0.01);
	trend_add(&trend, 3, 1e9); /* the clock was set */
	assert_int_equal(trend.n, 1);
	assert_true(isnan(trend_slope(&trend)));
}

/* Told every ten seconds, as balloons are: the line is longer, and there is one. */
static void what_was_before_a_silence_is_over(void **state)
{
	struct trend trend = { .n = 0 };

	(void)state;
	for (unsigned i = 0; i < 12; i++)
		trend_add(&trend, 1000 + 10.0 * i, 1e9 + 1e6 * i);
	CLOSE(trend_slope(&trend), 1e5, 0.01);
	trend_add(&trend, 1110 + 50, 1e9 + 1e6 * 16); /* some were missed */
	CLOSE(trend_slope(&trend), 1e5, 0.01);
	trend_add(&trend, 1160 + 600, 1e9 + 1e6 * 76);
	assert_int_equal(trend.n, 1);
	assert_true(isnan(trend_slope(&trend)));
}

static void minutes_left(void **state)
{
	(void)state;
	CLOSE(trend_minutes(600, 1), 10, 1e-9);
	assert_true(isnan(trend_minutes(600, 0)));
	assert_true(isnan(trend_minutes(600, -1)));
	assert_true(isnan(trend_minutes(NAN, 1)));
	assert_true(isnan(trend_minutes(600, NAN)));
	assert_true(isnan(trend_minutes(1e12, 1)));
	assert_true(trend_minutes(0, 1) == 0);
}

static void events_stay_for_a_while(void **state)
{
	struct recent recent = { .count = 0 };

	(void)state;
	recent_add(&recent, 100, 7, 60); /* long ago, before anybody looked */
	assert_int_equal(recent.count, 0);
	recent_add(&recent, 101, 8, 60);
	assert_int_equal(recent.count, 1);
	recent_add(&recent, 130, 10, 60);
	recent_add(&recent, 140, UNKNOWN_U64, 60);
	recent_add(&recent, 189, 10, 60);
	assert_int_equal(recent.count, 3);
	recent_add(&recent, 190, 10, 60);
	assert_int_equal(recent.count, 0);
	recent_add(&recent, 191, 2, 60); /* a counter that went back begins anew */
	recent_add(&recent, 192, 3, 60);
	assert_int_equal(recent.count, 1);
}

static struct snapshot *moment(double time_s, uint64_t kills, const char *name)
{
	struct snapshot *snap = fixture_new(time_s);

	fixture_host(snap);
	snap->host.oom_kills_total = kills;
	fixture_vm(snap, "stays", 2, 1, 0);
	if (name)
		fixture_vm(snap, name, 2, 1, 0);
	return snap;
}

static void add(struct memtrends *trends, struct snapshot *snap)
{
	memtrends_add(trends, snap);
	snapshot_free(snap);
}

static void a_vm_that_went_with_a_kill_is_named(void **state)
{
	struct memtrends *trends = memtrends_new();

	(void)state;
	add(trends, moment(100, 4, "ended"));
	add(trends, moment(101, 4, NULL)); /* by itself */
	add(trends, moment(102, 4, "web-03"));
	add(trends, moment(103, 5, "web-03"));
	assert_int_equal(memtrends_host(trends)->oom_kills.count, 1);
	assert_string_equal(memtrends_host(trends)->gone, "");
	add(trends, moment(104, 5, NULL)); /* its list is a little late */
	assert_string_equal(memtrends_host(trends)->gone, "web-03");
	assert_null(memtrends_vm(trends, "key-web-03"));
	assert_non_null(memtrends_vm(trends, "key-stays"));
	add(trends, moment(120, 5, "db"));
	add(trends, moment(121, 5, NULL)); /* long after the kill */
	assert_string_equal(memtrends_host(trends)->gone, "web-03");
	add(trends, moment(800, 5, "db"));
	assert_int_equal(memtrends_host(trends)->oom_kills.count, 0);
	add(trends, moment(801, 6, "db"));
	assert_string_equal(memtrends_host(trends)->gone, "");
	memtrends_free(trends);
	memtrends_free(NULL);
}

/* What is kept of a long name is text: 48 bytes of it end within a character. */
static void a_long_name_is_cut_between_characters(void **state)
{
	static const char name[] = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\xe6\x97\xa5-b";
	static const char kept[] = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
	struct memtrends *trends = memtrends_new();

	(void)state;
	add(trends, moment(100, 4, name));
	add(trends, moment(101, 5, NULL));
	assert_string_equal(memtrends_host(trends)->gone, kept);
	memtrends_free(trends);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_moves_steadily),
		cmocka_unit_test(what_does_not),
		cmocka_unit_test(noise_alone_draws_no_line),
		cmocka_unit_test(other_intervals_and_clocks),
		cmocka_unit_test(what_was_before_a_silence_is_over),
		cmocka_unit_test(minutes_left),
		cmocka_unit_test(events_stay_for_a_while),
		cmocka_unit_test(a_vm_that_went_with_a_kill_is_named),
		cmocka_unit_test(a_long_name_is_cut_between_characters),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("trend", tests, NULL, NULL);
}
