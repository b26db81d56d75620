// SPDX-License-Identifier: GPL-2.0-or-later
/* Findings when they were at their worst. */
#include "tests/panes/fixture.h"

#include <math.h>
#include <stdio.h>

#include "panes/peaks.h"

static const struct finding waits = { .pane = "steal",
	.rule = "steal-wait",
	.vm = "web",
	.vm_key = "key-web",
	.verdict = VERDICT_HIDDEN,
	.severity = SEVERITY_WARN,
	.text = "mild" };

static const struct span *span_of(const struct finding *finding)
{
	static struct span span;

	span = (struct span){ .pane = finding->pane,
		.rule = finding->rule,
		.vm_key = finding->vm_key,
		.subject = finding->subject };
	return &span;
}

/* One snapshot in which web waits so much, a half each for two others. */
static struct snapshot *snapshot_of(double time_s, double wait, const char *one, const char *two)
{
	struct snapshot *snap = fixture_new(time_s);
	struct vm *vm = fixture_vm(snap, "web", 4, 50, wait);
	struct thief thief[] = { { one, 1, THIEF_VM, 75 }, { two, 2, THIEF_PROCESS, 25 } };

	vm->steal.guest_steal_pct = 0.5;
	vm->steal.n_thief = 2;
	vm->steal.thief = arena_array(&snap->arena, 2, sizeof(thief[0]));
	memcpy(vm->steal.thief, thief, sizeof(thief));
	return snap;
}

static void add(struct peaks *peaks, struct snapshot *snap, struct finding finding)
{
	snap->finding = &finding;
	snap->n_finding = 1;
	peaks_add(peaks, snap);
	snapshot_free(snap);
}

static void the_figure_decides_among_equals(void **state)
{
	struct peaks *peaks = peaks_new();
	struct finding finding = waits;
	const struct peak *peak;

	(void)state;
	add(peaks, snapshot_of(100, 12, "a", "b"), finding);
	finding.text = "most";
	add(peaks, snapshot_of(101, 17.4, "b", "a"), finding);
	finding.text = "less again";
	add(peaks, snapshot_of(102, 13, "a", "b"), finding);
	peak = peaks_find(peaks, span_of(&waits));
	assert_true(peak->at_s == 101);
	assert_string_equal(peak->text, "most");
	assert_int_equal(peak->verdict, VERDICT_HIDDEN);
	assert_string_equal(peak->side[PEAK_FIGURE], "wait 17.4%");
	assert_non_null(strstr(peak->side[PEAK_HOST], "wait 17.4%"));
	assert_non_null(strstr(peak->side[PEAK_GUEST], "steal 0.5%"));
	assert_string_equal(peak->side[PEAK_GAP], "-"); /* nobody has computed one */
	assert_string_equal(peak->side[PEAK_CULPRITS], "b 75%, a 25%");
	assert_null(peak->side[PEAK_BLAME]); /* it would repeat the first of them */
	peaks_free(peaks);
}

static void severity_goes_before_the_figure(void **state)
{
	struct peaks *peaks = peaks_new();
	struct finding finding = waits;

	(void)state;
	add(peaks, snapshot_of(100, 90, "a", "b"), finding);
	finding.severity = SEVERITY_CRITICAL;
	add(peaks, snapshot_of(101, 21, "a", "b"), finding);
	finding.severity = SEVERITY_WATCH;
	add(peaks, snapshot_of(102, 99, "a", "b"), finding);
	assert_true(peaks_find(peaks, span_of(&waits))->at_s == 101);
	peaks_free(peaks);
}

static void a_life_is_weighed_by_what_was_taken(void **state)
{
	struct peaks *peaks = peaks_new();
	struct arena arena = { 0 };

	(void)state;
	add(peaks, snapshot_of(100, 10, "a", "b"), waits); /* a 7.5, b 2.5 */
	add(peaks, snapshot_of(101, 30, "b", "c"), waits); /* b 22.5, c 7.5 */
	assert_string_equal(
		peaks_culprits(peaks, span_of(&waits), &arena), "b 62%, a 19%, c 19%");
	arena_release(&arena);
	peaks_free(peaks);
}

static void what_has_no_row_has_its_words(void **state)
{
	struct peaks *peaks = peaks_new();
	struct arena arena = { 0 };
	const struct finding host = { .pane = "pinning",
		.rule = "pinning-conflict",
		.subject = "CPUs 0-3",
		.severity = SEVERITY_WARN,
		.text = "2 share CPUs 0-3" };
	const struct finding foreign = {
		.pane = "new", .rule = "new-rule", .vm = "web", .vm_key = "key-web", .text = "?"
	};
	const struct finding gone = { .pane = "steal",
		.rule = "steal-wait",
		.vm = "gone",
		.vm_key = "key-gone",
		.text = "" };
	const struct finding *const list[] = { &host, &foreign, &gone };

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		const struct peak *peak;

		add(peaks, snapshot_of(100, 10, "a", "b"), *list[i]);
		peak = peaks_find(peaks, span_of(list[i]));
		assert_true(peak->at_s == 100);
		for (size_t side = 0; side < PEAK_SIDES; side++)
			assert_null(peak->side[side]);
		assert_null(peaks_culprits(peaks, span_of(list[i]), &arena));
	}
	assert_null(peaks_find(peaks, span_of(&waits)));
	peaks_free(peaks);
}

static void a_subject_names_the_row(void **state)
{
	struct peaks *peaks = peaks_new();
	struct finding finding = { .pane = "queues",
		.rule = "queues-drop",
		.vm = "web",
		.vm_key = "key-web",
		.subject = "vnet1",
		.severity = SEVERITY_WARN,
		.text = "drops" };
	struct snapshot *snap = fixture_new(100);
	struct vm *vm = fixture_vm(snap, "web", 4, 50, 0);

	(void)state;
	vm->n_nic = 2;
	vm->nic = arena_array(&snap->arena, 2, sizeof(*vm->nic));
	for (size_t i = 0; i < 2; i++) {
		schema_init(&schema_nic, &vm->nic[i]);
		vm->nic[i].name = i ? "vnet1" : "vnet";
		vm->nic[i].guest_rx_packets_per_s = i ? 22 : 11;
	}
	add(peaks, snap, finding);
	assert_non_null(strstr(
		peaks_find(peaks, span_of(&finding))->side[PEAK_HOST], "rx 22/s"));
	peaks_free(peaks);
}

static void is_bounded(void **state)
{
	struct peaks *peaks = peaks_new();
	struct finding finding = waits;
	char subject[32];

	(void)state;
	finding.vm = finding.vm_key = NULL;
	finding.subject = subject;
	for (int i = 0; i <= PEAKS_MOST; i++) {
		snprintf(subject, sizeof(subject), "thing %d", i);
		add(peaks, fixture_new(100 + i), finding);
	}
	assert_null(peaks_find(peaks, span_of(&finding)));
	snprintf(subject, sizeof(subject), "thing %d", PEAKS_MOST - 1);
	assert_non_null(peaks_find(peaks, span_of(&finding)));
	peaks_free(peaks);
}

static void every_figure_is_a_column(void **state)
{
	(void)state;
	for (size_t i = 0; panes[i]; i++)
		for (const struct explanation *e = panes[i]->explanation; e->rule; e++) {
			const struct table *table = panes[i]->table;
			size_t k = 0;

			while (e->figure && k < table->n_column &&
				strcmp(table->column[k].key, e->figure) != 0)
				k++;
			if (k == table->n_column)
				fail_msg("%s: pane %s has no column %s", e->rule, panes[i]->name,
					e->figure);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_figure_decides_among_equals),
		cmocka_unit_test(severity_goes_before_the_figure),
		cmocka_unit_test(a_life_is_weighed_by_what_was_taken),
		cmocka_unit_test(what_has_no_row_has_its_words),
		cmocka_unit_test(a_subject_names_the_row),
		cmocka_unit_test(is_bounded),
		cmocka_unit_test(every_figure_is_a_column),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
