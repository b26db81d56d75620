// SPDX-License-Identifier: GPL-2.0-or-later
/* What a line tells to who does not read all of it is what reading all of it would tell. */
#include <locale.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "probes/recordline.h"
#include "tests/probes/snapshots.h"

/* To its size, so that an overrun is seen. */
static double time_of(const char *line)
{
	const size_t len = strlen(line);
	char *own = memcpy(malloc(len + 1), line, len);
	const double time_s = record_line_time_s(own, len);

	free(own);
	return time_s;
}

static size_t spans_of(const char *line, struct spans *spans)
{
	const size_t len = strlen(line);
	char *own = memcpy(malloc(len + 1), line, len);
	size_t n;

	record_line_spans(own, len, spans);
	free(own);
	spans_get(spans, &n);
	return n;
}

static void random_lines_tell_what_is_in_them(void **state)
{
	size_t with_findings = 0;

	(void)state;
	for (uint64_t seed = 1; seed <= 300; seed++) {
		struct snapshot *snap = snapshot_new(), *whole = snapshot_new();
		struct spans *told = spans_new(), *wanted = spans_new();
		const struct span *a, *b;
		size_t len, n, n_wanted;
		char *line;

		random_snapshot(seed * 2654435761u, snap);
		snap->time_s = seed % 10 ? (double)(seed * 1000003 % 2000000000) + 0.25 : NAN;
		line = written(snap, &len);
		assert_int_equal(json_read(whole, line, len, NULL), 0);
		assert_true(time_of(line) == whole->time_s || isnan(whole->time_s));
		if (!isnan(whole->time_s))
			spans_add(wanted, whole);
		n = spans_of(line, told);
		a = spans_get(told, &n);
		b = spans_get(wanted, &n_wanted);
		assert_int_equal(n, n_wanted);
		with_findings += n > 0;
		for (size_t i = 0; i < n; i++) {
			assert_true(same_str(a[i].vm_key, b[i].vm_key));
			assert_true(same_str(a[i].text, b[i].text));
			assert_true(a[i].begin_s == b[i].begin_s && a[i].end_s == b[i].end_s);
			assert_int_equal(a[i].severity, b[i].severity);
		}
		spans_free(told);
		spans_free(wanted);
		snapshot_free(snap);
		snapshot_free(whole);
		free(line);
	}
	assert_true(with_findings > 50);
}

/* A VM may be called anything, and a finding may quote it. */
static void text_is_not_taken_for_members(void **state)
{
	static const char line[] =
		"{\"host\": {\"name\": \"\\\"time_s\\\": 5, \\\"findings\\\": [\"}, "
		"\"time_s\": 7.5, \"findings\": [{\"pane\": \"steal\", \"rule\": \"r\", "
		"\"severity\": \"warn\", \"since_s\": 3, "
		"\"text\": \"a, \\\"findings\\\": [{}], \\\"time_s\\\": 9\"}]}";
	struct spans *spans = spans_new();
	const struct span *span;
	size_t n;

	(void)state;
	assert_true(time_of(line) == 7.5);
	assert_int_equal(spans_of(line, spans), 1);
	span = spans_get(spans, &n);
	assert_string_equal(span->text, "a, \"findings\": [{}], \"time_s\": 9");
	assert_true(span->begin_s == 3 && span->end_s == 7.5);
	spans_free(spans);
}

static void where_it_is_not_nothing_is_told(void **state)
{
	static const char *const lines[] = { "", "{", "{}", "{\"time_s\":", "{\"time_s\": ",
		"{\"time_s\": null, \"findings\": [{\"rule\": \"r\"}]}", "{\"time_s\": \"5\"}",
		"{\"time_s\": -", "{\"time_s\": 1e999}", "{\"time_s\": 1.2.3}", "{\"time_s\": ee}",
		", \"findings\": [", "\"findings\": [{}]}" };
	char far[600];

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct spans *spans = spans_new();

		if (!isnan(time_of(lines[i])) || spans_of(lines[i], spans))
			fail_msg("%s", lines[i]);
		spans_free(spans);
	}
	/* Behind what parallax writes before it. */
	snprintf(far, sizeof(far), "{\"x\": \"%0300d\", \"time_s\": 5}", 0);
	assert_true(isnan(time_of(far)));
}

static void findings_that_are_none(void **state)
{
	static const char *const lines[] = { "{\"time_s\": 5, \"findings\": [",
		"{\"time_s\": 5, \"findings\": [{\"rule\": \"r\"",
		"{\"time_s\": 5, \"findings\": [5]}", "{\"time_s\": 5, \"findings\": []}",
		"{\"time_s\": 5, \"findings\": [}", "{\"time_s\": 5, \"findings\": [] garbage" };

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct spans *spans = spans_new();

		assert_true(time_of(lines[i]) == 5);
		assert_int_equal(spans_of(lines[i], spans), 0);
		spans_free(spans);
	}
}

/* A decimal comma, where the machine has such a locale. */
static void the_locale_has_no_say(void **state)
{
	static const char *const locales[] = { "de_DE.UTF-8", "fr_FR.UTF-8", "C.UTF-8" };

	(void)state;
	for (size_t i = 0; i < sizeof(locales) / sizeof(locales[0]); i++) {
		setlocale(LC_ALL, locales[i]);
		assert_true(time_of("{\"time_s\": 1795215148.25}") == 1795215148.25);
	}
	setlocale(LC_ALL, "C");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_lines_tell_what_is_in_them),
		cmocka_unit_test(text_is_not_taken_for_members),
		cmocka_unit_test(where_it_is_not_nothing_is_told),
		cmocka_unit_test(findings_that_are_none),
		cmocka_unit_test(the_locale_has_no_say),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("recordline", tests, NULL, NULL);
}
