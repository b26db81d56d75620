// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/panes/fixture.h"

#include <stdio.h>

static const struct finding trouble = {
	.pane = "steal",
	.rule = "steal-wait",
	.vm = "web-03",
	.vm_key = "key-web-03",
	.severity = SEVERITY_WARN,
	.text = "host took 12%",
};

/* Feed one snapshot a second; "x" reports trouble. Answers with "F" where it is a finding. */
static void play(const char *reports, const char *expected)
{
	struct judge *judge = judge_new();
	char got[64] = "";

	for (size_t i = 0; reports[i]; i++) {
		struct snapshot *snap = fixture_new(100.0 + (double)i);

		fixture_vm(snap, "web-03", 8, 50, 12);
		judge_begin(judge, snap);
		if (reports[i] == 'x')
			judge_report(judge, &trouble, NAN);
		judge_end(judge);
		got[i] = snap->n_finding ? 'F' : '.';
		snapshot_free(snap);
	}
	judge_free(judge);
	assert_string_equal(got, expected);
}

static void two_of_three_begin_and_end(void **state)
{
	(void)state;
	play("x.....", "......");
	play("xx....", ".FF...");
	play("x.x...", "..F...");
	play("x..x..", "......");
	play(".xx.xx.x..", "..FFFFFF..");
	play("xxxx.xxxx", ".FFFFFFFF");
	play("xx..xx", ".FF..F");
}

static void verdicts_last_by_the_same_rule(void **state)
{
	static const char holds[] = "x.x..xx.x...", expected[] = "..F...FFF...";
	struct judge *judge = judge_new();

	(void)state;
	for (size_t i = 0; holds[i]; i++) {
		struct snapshot *snap = fixture_new((double)i);
		bool lasting;

		judge_begin(judge, snap);
		lasting = judge_lasting(judge, "steal-hidden", "a", holds[i] == 'x', NAN);
		assert_int_equal(lasting, expected[i] == 'F');
		assert_int_equal(judge_lasting(judge, "steal-hidden", "a", false, NAN), lasting);
		assert_false(judge_lasting(judge, "steal-hidden", "b", false, NAN));
		judge_end(judge);
		assert_int_equal(snap->n_finding, 0);
		snapshot_free(snap);
	}
	judge_free(judge);
}

static void a_finding_knows_since_when(void **state)
{
	struct judge *judge = judge_new();
	struct snapshot *snap = NULL;

	(void)state;
	for (int i = 0; i < 20; i++) {
		snapshot_free(snap);
		snap = fixture_new(100 + i);
		fixture_vm(snap, "web-03", 8, 50, 12);
		judge_begin(judge, snap);
		if (i == 1 || (i >= 7 && i != 12))
			judge_report(judge, &trouble, NAN);
		judge_end(judge);
	}
	assert_int_equal(snap->n_finding, 1);
	assert_true(snap->finding[0].since_s == 107);
	assert_string_equal(snap->finding[0].text, "host took 12%");
	assert_string_equal(snap->finding[0].vm, "web-03");
	assert_null(snap->finding[0].subject);
	snapshot_free(snap);
	judge_free(judge);
}

/* The strings of a report live no longer than the call of judge_end. */
static void strings_are_copied(void **state)
{
	struct judge *judge = judge_new();
	struct snapshot *snap = NULL;

	(void)state;
	for (int i = 0; i < 3; i++) {
		char *text = strdup("host took 12%"), *subject = strdup("vcpu 3");
		struct finding finding = trouble;

		finding.text = text;
		finding.subject = subject;
		snapshot_free(snap);
		snap = fixture_new(i);
		fixture_vm(snap, "web-03", 8, 50, 12);
		judge_begin(judge, snap);
		if (i < 2)
			judge_report(judge, &finding, NAN);
		judge_end(judge);
		memset(text, 'X', strlen(text));
		free(text);
		free(subject);
	}
	assert_int_equal(snap->n_finding, 1);
	assert_string_equal(snap->finding[0].text, "host took 12%");
	assert_string_equal(snap->finding[0].subject, "vcpu 3");
	snapshot_free(snap);
	judge_free(judge);
}

static void worst_first_and_severity_falls_late(void **state)
{
	static const enum severity given[] = { SEVERITY_WATCH, SEVERITY_WATCH, SEVERITY_CRITICAL,
		SEVERITY_WATCH, SEVERITY_WATCH, SEVERITY_WATCH };
	static const enum severity shown[] = { SEVERITY_NONE, SEVERITY_WATCH, SEVERITY_CRITICAL,
		SEVERITY_CRITICAL, SEVERITY_CRITICAL, SEVERITY_WATCH };
	struct judge *judge = judge_new();

	(void)state;
	for (size_t i = 0; i < sizeof(given) / sizeof(given[0]); i++) {
		struct snapshot *snap = fixture_new((double)i);
		struct finding other = trouble, varying = trouble;
		bool critical = shown[i] == SEVERITY_CRITICAL;

		fixture_vm(snap, "web-03", 8, 50, 12);
		other.rule = "steal-blind";
		varying.severity = given[i];
		judge_begin(judge, snap);
		judge_report(judge, &varying, NAN);
		judge_report(judge, &other, NAN);
		judge_end(judge);
		if (i > 0) {
			assert_int_equal(snap->n_finding, 2);
			assert_int_equal(snap->finding[!critical].severity, shown[i]);
			assert_string_equal(snap->finding[!critical].rule, "steal-wait");
		}
		snapshot_free(snap);
	}
	judge_free(judge);
}

static void a_vm_that_is_gone_has_no_findings(void **state)
{
	struct judge *judge = judge_new();
	struct snapshot *snap;

	(void)state;
	for (int i = 0; i < 4; i++) {
		snap = fixture_new(i);
		if (i < 3)
			fixture_vm(snap, "web-03", 8, 50, 12);
		judge_begin(judge, snap);
		if (i < 3)
			judge_report(judge, &trouble, NAN);
		judge_end(judge);
		assert_int_equal(snap->n_finding, i == 1 || i == 2);
		snapshot_free(snap);
	}
	judge_free(judge);
	judge_free(NULL);
}

static void history_keeps_the_newest(void **state)
{
	struct history *history = history_new();
	double point[HISTORY_POINTS + 5];

	(void)state;
	for (int i = 0; i < HISTORY_POINTS + 30; i++) {
		struct snapshot *snap = fixture_new(i);

		if (i >= 100)
			fixture_vm(snap, "late", 2, i, 1);
		fixture_vm(snap, "web-03", 8, 50, i % 2 ? NAN : i);
		history_add(history, snap);
		snapshot_free(snap);
	}
	assert_int_equal(history_get(history, "key-web-03", SERIES_WAIT, point, HISTORY_POINTS + 5),
		HISTORY_POINTS);
	assert_true(point[0] == 30 && isnan(point[1]) && point[118] == 148 && isnan(point[119]));
	assert_int_equal(history_get(history, "key-web-03", SERIES_WAIT, point, 2), 2);
	assert_true(point[0] == 148);
	assert_int_equal(history_get(history, "key-late", SERIES_RUN, point, 99), 50);
	assert_true(point[0] == 100 && point[49] == 149);
	assert_int_equal(history_get(history, "key-none", SERIES_RUN, point, 99), 0);
	history_free(history);
	history_free(NULL);
}

static void history_drops_who_is_gone(void **state)
{
	struct history *history = history_new();
	struct snapshot *snap = fixture_new(1);
	double point[2];

	(void)state;
	for (int i = 0; i < 500; i++) {
		snapshot_clear(snap);
		snap->vm = arena_array(&snap->arena, 1, sizeof(*snap->vm));
		fixture_vm(snap, arena_printf(&snap->arena, "vm-%d", i), 2, 1, 1);
		history_add(history, snap);
	}
	assert_int_equal(history_get(history, "key-vm-498", SERIES_RUN, point, 2), 0);
	assert_int_equal(history_get(history, "key-vm-499", SERIES_RUN, point, 2), 1);
	snapshot_free(snap);
	history_free(history);
}

/* One reading, seen in three snapshots, is one vote. */
static void a_repeated_reading_says_nothing_new(void **state)
{
	struct judge *judge = judge_new();
	static const double age_s[] = { 0.3, 1.31, 2.29, 0.4, 1.4 };

	(void)state;
	for (size_t i = 0; i < 5; i++) {
		struct snapshot *snap = snapshot_new();

		snap->time_s = 1000 + (double)i;
		judge_begin(judge, snap);
		judge_report(judge, &trouble, snap->time_s - age_s[i]);
		assert_int_equal(judge_lasting(judge, "steal-hidden", "a", true,
					 snap->time_s - age_s[i]),
			i >= 3);
		judge_end(judge);
		assert_int_equal(snap->n_finding, i >= 3);
		snapshot_free(snap);
	}
	judge_free(judge);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_repeated_reading_says_nothing_new),
		cmocka_unit_test(two_of_three_begin_and_end),
		cmocka_unit_test(verdicts_last_by_the_same_rule),
		cmocka_unit_test(a_finding_knows_since_when),
		cmocka_unit_test(strings_are_copied),
		cmocka_unit_test(worst_first_and_severity_falls_late),
		cmocka_unit_test(a_vm_that_is_gone_has_no_findings),
		cmocka_unit_test(history_keeps_the_newest),
		cmocka_unit_test(history_drops_who_is_gone),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
