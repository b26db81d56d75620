// SPDX-License-Identifier: GPL-2.0-or-later
/* When findings began and ended, in any order of snapshots. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "probes/spans.h"

static void add(struct spans *spans, double time_s, const struct finding *finding, size_t n)
{
	struct snapshot *snap = snapshot_new();

	snap->time_s = time_s;
	snap->finding = arena_array(&snap->arena, n, sizeof(*finding));
	for (size_t i = 0; i < n; i++)
		snap->finding[i] = finding[i];
	snap->n_finding = n;
	spans_add(spans, snap);
	snapshot_free(snap);
}

static struct finding of(const char *vm, double since_s, enum severity severity, const char *text)
{
	return (struct finding){ .pane = "steal",
		.rule = "steal-hidden",
		.vm = vm,
		.vm_key = vm,
		.severity = severity,
		.since_s = since_s,
		.text = text };
}

static void grows_with_each_snapshot(void **state)
{
	struct spans *spans = spans_new();
	const struct finding mild = of("a", 10, SEVERITY_WATCH, "mild");
	const struct finding bad = of("a", 10, SEVERITY_CRITICAL, "bad");
	const struct finding same = of("a", 10, SEVERITY_CRITICAL, "as bad");
	const struct span *span;
	size_t n;

	(void)state;
	add(spans, 11, &mild, 1);
	add(spans, 13, &same, 1);
	add(spans, 12, &bad, 1); /* a reader may come from behind */
	add(spans, 14, &mild, 1);
	add(spans, 15, NULL, 0);
	span = spans_get(spans, &n);
	assert_int_equal(n, 1);
	assert_true(span->begin_s == 10 && span->first_s == 11 && span->end_s == 14);
	assert_true(span->worst_s == 12);
	assert_int_equal(span->severity, SEVERITY_CRITICAL);
	assert_string_equal(span->text, "bad");
	assert_null(span->subject);
	spans_free(spans);
}

static void begins_anew_after_it_ended(void **state)
{
	struct spans *spans = spans_new();
	const struct finding list[] = { of("b", 30, SEVERITY_WARN, "b"),
		of("a", 20, SEVERITY_WATCH, "a") };
	const struct finding again = of("a", 40, SEVERITY_WATCH, "a again");
	const struct finding unknown = of("c", NAN, SEVERITY_WATCH, "c");
	const struct span *span;
	size_t n;

	(void)state;
	add(spans, 31, list, 2);
	add(spans, 41, &again, 1);
	add(spans, 42, &unknown, 1);
	add(spans, 43, &unknown, 1);
	span = spans_get(spans, &n);
	assert_int_equal(n, 4);
	assert_string_equal(span[0].text, "c"); /* since nobody knows when: from the start */
	assert_string_equal(span[1].text, "a");
	assert_string_equal(span[2].text, "b");
	assert_string_equal(span[3].text, "a again");
	spans_forget(spans, 41);
	span = spans_get(spans, &n);
	assert_int_equal(n, 2);
	assert_string_equal(span[1].text, "a again");
	spans_clear(spans);
	spans_get(spans, &n);
	assert_int_equal(n, 0);
	spans_free(spans);
}

static void is_bounded(void **state)
{
	struct spans *spans = spans_new();
	const struct span *span;
	size_t n;

	(void)state;
	for (int i = 0; i < SPANS_MOST + 3; i++) {
		const struct finding finding = of("a", i, SEVERITY_INFO, "x");

		add(spans, i, &finding, 1);
	}
	span = spans_get(spans, &n);
	assert_int_equal(n, SPANS_MOST);
	assert_int_equal(spans_forgotten(spans), 3);
	assert_true(span[0].begin_s == 3);
	spans_forget(spans, SPANS_MOST); /* as the caller wished: not for want of room */
	assert_int_equal(spans_forgotten(spans), 3);
	spans_clear(spans);
	assert_int_equal(spans_forgotten(spans), 0);
	spans_free(spans);
}

/* More than are dropped at once, in any order, and each is found again. */
static void those_that_ended_first_are_forgotten(void **state)
{
	enum { MANY = 3 * SPANS_MOST, STEP = 5003 }; /* no divisor in common */
	struct spans *spans = spans_new();
	const struct span *span;
	size_t n;

	(void)state;
	for (int i = 0; i < MANY; i++) {
		char vm[16];
		struct finding finding = of(vm, i * STEP % MANY / 2, SEVERITY_WATCH, "x");

		snprintf(vm, sizeof(vm), "vm%d", i * STEP % MANY);
		add(spans, 1e6 + i, &finding, 1);
		add(spans, 1e6 + i, &finding, 1);
		if (i % 1000 == 0)
			spans_get(spans, &n); /* which changes their order */
		finding.severity = SEVERITY_WARN;
		add(spans, 1e6 + i, &finding, 1);
	}
	span = spans_get(spans, &n);
	assert_int_equal(n, SPANS_MOST);
	assert_int_equal(spans_forgotten(spans), MANY - SPANS_MOST);
	for (size_t i = 0; i < n; i++) {
		assert_true(span[i].end_s >= 1e6 + MANY - SPANS_MOST);
		assert_int_equal(span[i].severity, SEVERITY_WARN);
		assert_true(i == 0 || span[i].begin_s >= span[i - 1].begin_s);
	}
	spans_forget(spans, 1e6 + MANY - 10);
	spans_get(spans, &n);
	assert_int_equal(n, 10);
	spans_free(spans);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(grows_with_each_snapshot),
		cmocka_unit_test(begins_anew_after_it_ended),
		cmocka_unit_test(is_bounded),
		cmocka_unit_test(those_that_ended_first_are_forgotten),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("spans", tests, NULL, NULL);
}
