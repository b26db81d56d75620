// SPDX-License-Identifier: GPL-2.0-or-later
/* Moments as they are typed. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tui/timetext.h"

enum { DAY = 86400, H = 3600, M = 60 };
/* Midnight, UTC. */
static const double DAY_1 = 20000.0 * DAY;

/* From 13:00 to 15:00 on the clock of a host two hours east. */
static const struct timeline short_line = {
	.from_s = 20000.0 * DAY + 11 * H, .to_s = 20000.0 * DAY + 13 * H, .utc_offset_s = 2 * H
};
/* From 22:00 of one day to 02:00 of the third after it. */
static const struct timeline long_line = { .from_s = 20000.0 * DAY + 22 * H,
	.to_s = 20003.0 * DAY + 2 * H };

static double parsed(const char *text, const struct timeline *line, double now_s)
{
	struct err err = { 0 };
	double time_s = NAN;

	if (timetext_parse(text, line, now_s, &time_s, &err) < 0)
		fail_msg("%s", err.text);
	assert_true(time_s >= line->from_s && time_s <= line->to_s);
	return time_s;
}

#define IS(text, line, now, wanted) assert_true(parsed(text, &(line), now) == (wanted))

static void a_clock_is_the_hosts(void **state)
{
	const double now_s = DAY_1 + 12 * H;

	(void)state;
	IS("14:02", short_line, now_s, DAY_1 + 12 * H + 2 * M);
	IS("14:02:10", short_line, now_s, DAY_1 + 12 * H + 2 * M + 10);
	IS("9:05", short_line, now_s, short_line.from_s); /* before it */
	IS("23:59:59", short_line, now_s, short_line.to_s);
}

static void west_of_greenwich_and_odd(void **state)
{
	struct timeline line = {
		.from_s = DAY_1 + 2 * H, .to_s = DAY_1 + 5 * H, .utc_offset_s = -(9 * H + 30 * M)
	};

	(void)state;
	/* 02:00 UTC is 16:30 the day before. */
	IS("17:00", line, DAY_1 + 3 * H, DAY_1 + 2 * H + 30 * M);
	line.utc_offset_s = 5 * H + 45 * M;
	IS("08:00", line, DAY_1 + 3 * H, DAY_1 + 2 * H + 15 * M);
}

static void of_several_days_the_nearest(void **state)
{
	(void)state;
	IS("23:00", long_line, DAY_1 + 22 * H, DAY_1 + 23 * H);
	IS("23:00", long_line, DAY_1 + DAY + 12 * H, DAY_1 + DAY + 23 * H);
	IS("23:00", long_line, DAY_1 + 3 * DAY, DAY_1 + 2 * DAY + 23 * H);
	IS("12:00", long_line, DAY_1 + 22 * H, DAY_1 + DAY + 12 * H);
	/* Midnight between, and the ends themselves. */
	IS("0:00", long_line, DAY_1 + 22 * H, DAY_1 + DAY);
	IS("22:00", long_line, DAY_1 + 22 * H, DAY_1 + 22 * H);
	IS("02:00", long_line, DAY_1 + 3 * DAY, DAY_1 + 3 * DAY + 2 * H);
	/* Of two at the same distance the later. */
	IS("23:00", long_line, DAY_1 + DAY + 11 * H, DAY_1 + DAY + 23 * H);
}

static void a_length_is_from_here(void **state)
{
	const double now_s = DAY_1 + 12 * H;

	(void)state;
	IS("-90", short_line, now_s, now_s - 90);
	IS("-90s", short_line, now_s, now_s - 90);
	IS("+5m", short_line, now_s, now_s + 300);
	IS("-0.5h", short_line, now_s, now_s - 1800);
	IS("+0s", short_line, now_s, now_s);
	IS("-7h", short_line, now_s, short_line.from_s);
	IS("+99999999h", short_line, now_s, short_line.to_s);
}

static void a_share_is_of_the_line(void **state)
{
	(void)state;
	IS("0%", short_line, DAY_1, short_line.from_s);
	IS("100%", short_line, DAY_1, short_line.to_s);
	IS("25%", short_line, DAY_1, short_line.from_s + H / 2);
	IS("12.5%", short_line, DAY_1, short_line.from_s + H / 4);
}

static void a_line_of_one_moment(void **state)
{
	const struct timeline line = { .from_s = DAY_1 + 1, .to_s = DAY_1 + 1 };

	(void)state;
	IS("14:00", line, DAY_1 + 1, DAY_1 + 1);
	IS("0:00", line, DAY_1 + 1, DAY_1 + 1);
	IS("50%", line, DAY_1 + 1, DAY_1 + 1);
	IS("-5m", line, DAY_1 + 1, DAY_1 + 1);
}

/* Recordings may say any time; looking for a day in them must come to an end. */
static void a_line_of_any_length(void **state)
{
	const struct timeline line = { .from_s = 0, .to_s = 1e300 };
	const struct timeline far = { .from_s = 1e17, .to_s = 1e17 + 64 };

	(void)state;
	assert_true(isfinite(parsed("14:02", &line, 5)));
	assert_true(isfinite(parsed("14:02", &far, 1e17)));
	assert_true(parsed("100%", &line, 0) == 1e300);
}

static void what_is_no_time_is_told_what_is(void **state)
{
	static const char *const wrong[] = { "x", "14", "14:", ":02", "24:00", "14:60", "14:02:60",
		"14:02:", "14:02:10:1", "014:02", "14:002", " 14:02", "14:02 ", "14.02", "-", "+",
		"--5", "-5x", "-5mm", "-m", "-inf", "+nan", "+1e999", "-0x10m", "101%", "-5%", "%",
		"5%%", "5", "5m", "1e9", "14:02pm", "-:05", "\xc3\xbc", "-5 m" };

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct err err = { 0 };
		double time_s = 7;

		if (timetext_parse(wrong[i], &short_line, DAY_1, &time_s, &err) != -EINVAL)
			fail_msg("\"%s\" is taken for a time", wrong[i]);
		assert_true(time_s == 7);
		assert_non_null(strstr(err.text, "is no time; 14:02, 14:02:10, -90s, +5m, -1h"));
		assert_non_null(strstr(err.text, wrong[i]));
	}
}

static void a_long_text_does_not_fill_the_sentence(void **state)
{
	char text[300];
	struct err err = { 0 };
	double time_s;

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	assert_int_equal(timetext_parse(text, &short_line, DAY_1, &time_s, &err), -EINVAL);
	assert_non_null(strstr(err.text, "30% are"));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_clock_is_the_hosts),
		cmocka_unit_test(west_of_greenwich_and_odd),
		cmocka_unit_test(of_several_days_the_nearest),
		cmocka_unit_test(a_length_is_from_here),
		cmocka_unit_test(a_share_is_of_the_line),
		cmocka_unit_test(a_line_of_one_moment),
		cmocka_unit_test(a_line_of_any_length),
		cmocka_unit_test(what_is_no_time_is_told_what_is),
		cmocka_unit_test(a_long_text_does_not_fill_the_sentence),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("timetext", tests, NULL, NULL);
}
