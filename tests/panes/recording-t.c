// SPDX-License-Identifier: GPL-2.0-or-later
/* What a recording holds, and its worst moment. */
#include "tests/panes/fixture.h"

#include <math.h>
#include <stdio.h>

#include "panes/recording.h"
#include "panes/worst.h"

static void add(struct recording *recording, double time_s, double interval_s)
{
	struct snapshot *snap = fixture_new(time_s);

	snap->interval_s = interval_s;
	recording_add(recording, snap);
	snapshot_free(snap);
}

static void gaps_are_longer_than_three_intervals(void **state)
{
	struct recording recording;

	(void)state;
	recording_init(&recording);
	add(&recording, 100, NAN);
	add(&recording, 102, 2);
	add(&recording, 108, 6); /* just three */
	add(&recording, 110, 2);
	add(&recording, 117, 7);   /* it was held up: the rates are of all that time */
	add(&recording, 119, 2);
	add(&recording, 200, NAN); /* begun anew */
	add(&recording, 202, 2);
	add(&recording, 150, 2);
	assert_int_equal(recording.n_snapshot, 9);
	assert_true(recording.from_s == 100 && recording.to_s == 202);
	assert_int_equal(recording.n_gap_all, 2);
	assert_true(recording.gap[0].from_s == 110 && recording.gap[0].to_s == 117);
	assert_true(recording.gap[1].from_s == 119 && recording.gap[1].to_s == 200);
	assert_true(recording.interval_min_s == 2 && recording.interval_max_s == 6);
	assert_int_equal(recording.n_back, 1);
	recording_release(&recording);
}

static void hosts_sources_and_figures_are_kept(void **state)
{
	struct recording recording;
	struct snapshot *snap;

	(void)state;
	recording_init(&recording);
	for (int i = 0; i < 3; i++) {
		struct source source[] = { fixture_source("bpf", SOURCE_OK, NULL, 0, 0),
			fixture_source("agent", i ? SOURCE_OK : SOURCE_OFF, "not asked", 0, 0) };

		snap = fixture_new(100 + i);
		snap->host.name = "kvm-07";
		snap->host.cpus = i == 1 ? UNKNOWN_U64 : 16;
		snap->source = source;
		snap->n_source = 2;
		fixture_vm(snap, "a", 1, 50, i == 1 ? 40 : NAN);
		if (i)
			fixture_vm(snap, "b", 1, 50, 20);
		recording_add(&recording, snap);
		snapshot_free(snap);
	}
	assert_string_equal(recording.host, "kvm-07");
	assert_false(recording.several_hosts);
	assert_int_equal(recording.cpus, 16);
	assert_true(recording.nodes == UNKNOWN_U64);
	assert_true(recording.vms_min == 1 && recording.vms_max == 2);
	assert_int_equal(recording.n_source, 2);
	assert_int_equal(recording.source[0].seen[SOURCE_OK], 3);
	assert_null(recording.source[0].reason);
	assert_int_equal(recording.source[1].seen[SOURCE_OFF], 1);
	assert_string_equal(recording.source[1].reason, "not asked");
	for (size_t i = 0; i < RECORDING_MOST; i++)
		if (!strcmp(recording.most[i].label, "a VM waited")) {
			assert_true(recording.most[i].value == 40 && recording.most[i].at_s == 101);
			assert_string_equal(recording.most[i].vm, "a");
		} else {
			assert_true(isnan(recording.most[i].value));
		}
	recording_release(&recording);
}

static void the_first_clock_that_is_told_counts(void **state)
{
	static const double offset_s[] = { NAN, 3600, NAN, 3600, 7200 };
	struct recording recording;

	(void)state;
	recording_init(&recording);
	for (int i = 0; i < 5; i++) {
		struct snapshot *snap = fixture_new(100 + i);

		snap->utc_offset_s = offset_s[i];
		recording_add(&recording, snap);
		assert_true(
			i == 0 ? isnan(recording.utc_offset_s) : recording.utc_offset_s == 3600);
		assert_int_equal(recording.utc_offset_changed, i == 4);
		snapshot_free(snap);
	}
	recording_release(&recording);
}

static void a_foreign_recording_is_bounded(void **state)
{
	struct recording recording;
	struct snapshot *snap = fixture_new(100);
	char name[RECORDING_SOURCES + 9][32];

	(void)state;
	recording_init(&recording);
	snap->n_source = RECORDING_SOURCES + 9;
	snap->source = arena_array(&snap->arena, snap->n_source, sizeof(*snap->source));
	for (size_t i = 0; i < snap->n_source; i++) {
		snprintf(name[i], sizeof(name[i]), "source %zu", i);
		snap->source[i] = fixture_source(name[i], SOURCE_OK, NULL, 0, 0);
	}
	for (int i = 0; i < 3 * RECORDING_GAPS; i++) {
		snap->time_s = 100 * i;
		recording_add(&recording, snap);
	}
	assert_int_equal(recording.n_source, RECORDING_SOURCES);
	assert_int_equal(recording.n_gap, RECORDING_GAPS);
	assert_int_equal(recording.n_gap_all, 3 * RECORDING_GAPS - 1);
	snapshot_free(snap);
	recording_release(&recording);
}

/* At that time web waits so much, and there are findings of these severities, the worst first. */
static void look(struct worst *worst, double time_s, double wait, const enum severity *severity,
	size_t n)
{
	struct snapshot *snap = fixture_new(time_s);
	struct vm *vm = fixture_vm(snap, "web", 4, 50, wait);

	vm->steal.guest_steal_pct = 0;
	snap->finding = arena_array(&snap->arena, n, sizeof(*snap->finding));
	snap->n_finding = n;
	for (size_t i = 0; i < n; i++)
		snap->finding[i] = (struct finding){ .pane = "steal",
			.rule = "steal-wait",
			.vm = i ? "web" : NULL,
			.vm_key = i ? "key-web" : NULL,
			.text = "words",
			.severity = severity[i],
			.since_s = time_s };
	worst_add(worst, snap);
	snapshot_free(snap);
}

static void the_worst_moment_is_kept(void **state)
{
	static const enum severity one[] = { SEVERITY_CRITICAL },
				   two[] = { SEVERITY_CRITICAL, SEVERITY_WATCH, SEVERITY_WATCH },
				   three[] = { SEVERITY_CRITICAL, SEVERITY_CRITICAL },
				   many[] = { SEVERITY_WARN, SEVERITY_WARN, SEVERITY_WARN,
					   SEVERITY_WARN };
	struct worst *worst = worst_new(80);
	const struct moment *moment;
	char text[400];

	(void)state;
	look(worst, 90, 1, NULL, 0);
	assert_null(worst_get(worst));
	look(worst, 100, 10, many, 4);
	assert_true(worst_get(worst)->at_s == 100);
	look(worst, 101, 11, one, 1);
	assert_true(worst_get(worst)->at_s == 101);
	assert_null(worst_get(worst)->vm);
	look(worst, 102, 12, two, 3); /* as many critical ones, and more */
	assert_true(worst_get(worst)->at_s == 102);
	look(worst, 103, 13, three, 2);
	look(worst, 104, 14, three, 2); /* no worse */
	look(worst, 133, 15, many, 4);
	look(worst, 134, 16, many, 4); /* past its minute */
	moment = worst_get(worst);
	assert_true(moment->at_s == 103);
	assert_string_equal(moment->vm, "web");
	assert_string_equal(moment->pane, "steal");
	assert_int_equal(moment->n_finding, 2);
	canvas_row_text(&moment->findings, 1, false, text, sizeof(text));
	assert_ptr_equal(strstr(text, "!! web"), text);
	canvas_row_text(&moment->table, 2, false, text, sizeof(text));
	assert_non_null(strstr(text, "13.0"));
	assert_int_equal(moment->minute.n, 7);
	assert_true(moment->minute.from_s == 90 && moment->minute.to_s == 133);
	assert_true(moment->minute.point[SERIES_WAIT][6] == 15);
	worst_free(worst);
}

static void short_intervals_keep_the_moment_in_the_minute(void **state)
{
	static const enum severity two[] = { SEVERITY_WARN, SEVERITY_WARN };
	struct worst *worst = worst_new(80);
	const struct minute *minute;

	(void)state;
	for (int i = 0; i < 1000; i++)
		look(worst, 100 + i * 0.1, i == 500 ? 77 : 1, two, i == 500 ? 2 : 0);
	minute = &worst_get(worst)->minute;
	assert_int_equal(minute->n, HISTORY_POINTS);
	assert_true(minute->from_s < 150 && minute->to_s > 150);
	assert_true(minute->point[SERIES_WAIT][HISTORY_POINTS / 2] == 77);
	worst_free(worst);
}

static void both_views_have_one_scale(void **state)
{
	static struct minute minute = { .n = 4 };
	static const double host[] = { 0, 10, 20, 40 }, guest[] = { 0, 5, 5, 5 };
	struct page page;
	char text[400];

	(void)state;
	for (int series = 0; series < SERIES_COUNT; series++)
		for (size_t i = 0; i < HISTORY_POINTS; i++)
			minute.point[series][i] = NAN;
	memcpy(minute.point[SERIES_WAIT], host, sizeof(host));
	memcpy(minute.point[SERIES_GUEST_STEAL], guest, sizeof(guest));
	page_init(&page, 80);
	worst_draw_minute(&minute, &page);
	assert_int_equal(page.row, 2); /* what nobody knows has no row */
	canvas_row_text(&page.canvas, 0, false, text, sizeof(text));
	assert_string_equal(text,
		"HOST                             most │ GUEST                            most");
	canvas_row_text(&page.canvas, 1, false, text, sizeof(text));
	assert_string_equal(text,
		"waited %                   ▁▂▄▇  40.0 │ steal %                    ▁▁▁▁   5.0");
	page_release(&page);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gaps_are_longer_than_three_intervals),
		cmocka_unit_test(hosts_sources_and_figures_are_kept),
		cmocka_unit_test(the_first_clock_that_is_told_counts),
		cmocka_unit_test(a_foreign_recording_is_bounded),
		cmocka_unit_test(the_worst_moment_is_kept),
		cmocka_unit_test(short_intervals_keep_the_moment_in_the_minute),
		cmocka_unit_test(both_views_have_one_scale),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
