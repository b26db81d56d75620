// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/panes/fixture.h"

#include "panes/steal.h"

static const struct vm *vm_of(const struct snapshot *snap, const char *name)
{
	for (size_t i = 0; i < snap->n_vm; i++)
		if (!strcmp(snap->vm[i].name, name))
			return &snap->vm[i];
	fail();
	return NULL;
}

static const struct finding *finding_of(
	const struct snapshot *snap, const char *vm, const char *rule)
{
	for (size_t i = 0; i < snap->n_finding; i++) {
		const struct finding *finding = &snap->finding[i];

		if (!strcmp(finding->rule, rule) &&
			(vm ? finding->vm && !strcmp(finding->vm, vm) : !finding->vm))
			return finding;
	}
	return NULL;
}

/* One VM, judged three times: what it is found guilty of. */
static struct snapshot *judge_one(void (*make)(struct snapshot *snap))
{
	struct judge *judge = judge_new();
	struct snapshot *snap = NULL;

	for (int i = 0; i < 3; i++) {
		snapshot_free(snap);
		snap = fixture_new(100 + i);
		fixture_host(snap);
		make(snap);
		panes_judge(snap, judge);
	}
	judge_free(judge);
	return snap;
}

static void assert_finding(const struct finding *finding, enum severity severity,
	enum verdict verdict, const char *text)
{
	assert_non_null(finding);
	assert_int_equal(finding->severity, severity);
	assert_int_equal(finding->verdict, verdict);
	assert_string_equal(finding->text, text);
	assert_non_null(pane_explanation(finding->rule));
}

static void the_incident(void **state)
{
	struct judge *judge = judge_new();
	struct snapshot *snap = fixture_judge(judge, fixture_incident, 3);

	(void)state;
	assert_int_equal(vm_of(snap, "web-03")->steal.verdict, VERDICT_HIDDEN);
	assert_finding(finding_of(snap, "web-03", "steal-hidden"), SEVERITY_CRITICAL,
		VERDICT_HIDDEN, "guest sees  0.0%, host took 23.4%");
	assert_int_equal(vm_of(snap, "emu-arm")->steal.verdict, VERDICT_BLIND);
	assert_finding(finding_of(snap, "emu-arm", "steal-blind"), SEVERITY_CRITICAL, VERDICT_BLIND,
		"host took 40.2%; guest has no steal clock");
	assert_finding(finding_of(snap, "db-01", "busy-phantom"), SEVERITY_CRITICAL,
		VERDICT_PHANTOM, "guest busy 72.9%, host ran it 41.0%, wait 1.2%");
	assert_finding(finding_of(snap, "cache-2", "busy-hidden"), SEVERITY_WATCH, VERDICT_HIDDEN,
		"guest busy  2.1%, host ran it 38.0%");
	assert_finding(finding_of(snap, "unasked", "steal-wait"), SEVERITY_WARN, VERDICT_UNKNOWN,
		"host took 11.5%; guest not asked");
	assert_finding(finding_of(snap, "unasked", "steal-vcpu"), SEVERITY_CRITICAL,
		VERDICT_UNKNOWN, "vcpu 2 waits 38.1%, the average of the VM is 11.5%");
	assert_string_equal(finding_of(snap, "unasked", "steal-vcpu")->subject, "vcpu 2");
	assert_int_equal(vm_of(snap, "batch-11")->steal.verdict, VERDICT_AGREE);
	assert_null(vm_of(snap, "batch-11")->steal.verdict_reason);
	assert_string_equal(vm_of(snap, "unasked")->steal.verdict_reason,
		"guest not asked; ask the guests to compare");
	assert_string_equal(vm_of(snap, "golden-image")->steal.verdict_reason, "the VM is paused");
	assert_int_equal(snap->n_finding, 6);
	snapshot_free(snap);
	judge_free(judge);
}

static void make_phantom(struct snapshot *snap)
{
	fixture_guest(fixture_vm(snap, "a", 4, 50, 0.5), 50, 44.0);
}

static void make_agreed_wait(struct snapshot *snap)
{
	fixture_guest(fixture_vm(snap, "a", 4, 70, 23.4), 70, 23.1);
}

static void make_within_error(struct snapshot *snap)
{
	struct vm *vm = fixture_vm(snap, "a", 4, 70, 4.0);

	fixture_guest(vm, 50, 0);
	vm->steal.gap_error_pct = 25;
}

static void make_small(struct snapshot *snap)
{
	fixture_guest(fixture_vm(snap, "a", 4, 70, 4.9), 70, 0);
}

static void make_nested(struct snapshot *snap)
{
	snap->host.is_guest = true;
	snap->host.steal_pct = 7.2;
}

static void make_mute(struct snapshot *snap)
{
	struct vm *vm = fixture_vm(snap, "a", 4, 70, 12.0);

	vm->has_agent = true;
	vm->source[3] = fixture_source("agent", SOURCE_UNAVAILABLE, "no answer in 1 s", NAN, NAN);
	vm->steal.verdict_reason = "no answer in 1 s";
}

static void make_blind_but_idle(struct snapshot *snap)
{
	struct vm *vm = fixture_vm(snap, "a", 4, 60, 3.0);

	vm->steal_clock = STEAL_CLOCK_NONE;
	fixture_guest(vm, 2, 0);
}

static void make_no_host_view(struct snapshot *snap)
{
	fixture_guest(fixture_vm(snap, "a", 4, NAN, NAN), 50, 44.0);
}

static void other_cases(void **state)
{
	struct snapshot *snap = judge_one(make_phantom);

	(void)state;
	/* Critical by size, but nothing that this host does. */
	assert_finding(finding_of(snap, "a", "steal-phantom"), SEVERITY_WARN, VERDICT_PHANTOM,
		"guest sees 44.0% stolen, host took 0.5%");
	assert_int_equal(snap->n_finding, 1);
	snapshot_free(snap);

	snap = judge_one(make_agreed_wait);
	assert_finding(finding_of(snap, "a", "steal-wait"), SEVERITY_CRITICAL, VERDICT_AGREE,
		"guest sees 23.1%, host took 23.4%");
	assert_int_equal(snap->n_finding, 1);
	snapshot_free(snap);

	snap = judge_one(make_within_error);
	assert_int_equal(snap->vm[0].steal.verdict, VERDICT_AGREE);
	assert_int_equal(snap->n_finding, 0);
	snapshot_free(snap);

	snap = judge_one(make_small);
	assert_int_equal(snap->vm[0].steal.verdict, VERDICT_AGREE);
	assert_int_equal(snap->n_finding, 0);
	snapshot_free(snap);

	snap = judge_one(make_nested);
	assert_finding(finding_of(snap, NULL, "host-steal"), SEVERITY_WATCH, VERDICT_UNKNOWN,
		"this host is a guest, and the one below takes 7.2% of its CPUs");
	snapshot_free(snap);

	snap = judge_one(make_mute);
	assert_finding(finding_of(snap, "a", "steal-wait"), SEVERITY_WARN, VERDICT_UNKNOWN,
		"host took 12.0%; guest does not answer");
	assert_string_equal(snap->vm[0].steal.verdict_reason, "no answer in 1 s");
	snapshot_free(snap);

	/* No steal clock is no excuse for the busy gap. */
	snap = judge_one(make_blind_but_idle);
	assert_finding(finding_of(snap, "a", "busy-hidden"), SEVERITY_WATCH, VERDICT_HIDDEN,
		"guest busy  2.0%, host ran it 60.0%");
	snapshot_free(snap);

	snap = judge_one(make_no_host_view);
	assert_int_equal(snap->vm[0].steal.verdict, VERDICT_UNKNOWN);
	assert_string_equal(snap->vm[0].steal.verdict_reason, "the host's view is missing");
	assert_int_equal(snap->n_finding, 0);
	snapshot_free(snap);
}

static void thresholds(void **state)
{
	(void)state;
	assert_int_equal(steal_severity(NAN), SEVERITY_NONE);
	assert_int_equal(steal_severity(4.99), SEVERITY_NONE);
	assert_int_equal(steal_severity(5), SEVERITY_WATCH);
	assert_int_equal(steal_severity(10), SEVERITY_WARN);
	assert_int_equal(steal_severity(20), SEVERITY_CRITICAL);
}

/* A verdict needs 2 of 3 intervals, and says so while it waits. */
static void verdicts_do_not_flicker(void **state)
{
	static const bool differs[] = { false, true, false, true, true, false, true, false, false };
	static const enum verdict expected[] = { VERDICT_AGREE, VERDICT_UNKNOWN, VERDICT_AGREE,
		VERDICT_HIDDEN, VERDICT_HIDDEN, VERDICT_HIDDEN, VERDICT_HIDDEN, VERDICT_AGREE,
		VERDICT_AGREE };
	struct judge *judge = judge_new();

	(void)state;
	for (size_t i = 0; i < sizeof(differs) / sizeof(differs[0]); i++) {
		struct snapshot *snap = fixture_new((double)i);

		fixture_guest(fixture_vm(snap, "a", 4, 50, differs[i] ? 30 : 2), 50, 2);
		panes_judge(snap, judge);
		assert_int_equal(snap->vm[0].steal.verdict, expected[i]);
		assert_int_equal(
			!!finding_of(snap, "a", "steal-hidden"), expected[i] == VERDICT_HIDDEN);
		snapshot_free(snap);
	}
	judge_free(judge);
}

static void draw(struct snapshot *snap, int rows, int cols, struct canvas *canvas)
{
	const struct table *table = pane_by_name("steal")->table;
	struct table_state view = { 0 };
	struct arena arena = { 0 };
	struct row *row;
	size_t n;

	table_reset(table, &view);
	n = table_rows(table, snap, NULL, &view, &arena, &row);
	canvas_init(canvas, rows, cols);
	table_draw(table, &view, row, n, true, canvas);
	table_release(&view);
	arena_release(&arena);
}

static void screens(void **state)
{
	struct judge *judge = judge_new();
	struct snapshot *snap = fixture_judge(judge, fixture_incident, 3);
	struct canvas canvas;

	(void)state;
	draw(snap, 15, 80, &canvas);
	SCREEN(&canvas, 0,
		"             │ HOST                         │ GUEST                 │ GAP",
		"VM           │ asked  got  run wait   worst │ busy steal idle src   │  ▼gap by",
		"db-01        │     8  3.3 41.0  1.2   3.3/7 │ 72.9   1.0 26.1 agent │ -31.7 b!!",
		"web-03       │     8  5.1 63.8 23.4  38.1/3 │ 87.0   0.0 13.0 agent │ +23.4 s!!",
		"cache-2      │     4  1.5 38.0  0.4   0.9/0 │  2.1   0.3 97.6 agent │ +36.0 b~",
		"emu-arm      │     2  1.2 58.1 40.2  44.0/1 │ 98.0   0.0  2.0 agent │ blind  !!",
		"unasked      │     4  2.4 60.0 11.5  38.1/2 │    -     -    - -     │     -",
		"batch-11     │    16 15.6 97.2  2.1   4.0/3 │ 97.0   2.0  1.0 agent │  +0.3",
		"golden-image │ paused: user                 │    -     -    - -     │     -",
		"quiet        │     2  0.0  1.1  0.0       - │    -     -    - -     │     -", "",
		"", "", "", "");
	/* The one accent is on those that disagree, and on nothing else. */
	assert_int_equal(canvas.cell[3 * 80 + 72].style, STYLE_GAP);
	assert_int_equal(canvas.cell[7 * 80 + 72].style, STYLE_NORMAL);
	canvas_release(&canvas);
	draw(snap, 10, 40, &canvas);
	SCREEN(&canvas, 0, "VM           │ wait │ steal │  ▼gap by",
		"db-01        │  1.2 │   1.0 │ -31.7 b!!",
		"web-03       │ 23.4 │   0.0 │ +23.4 s!!", "cache-2      │  0.4 │   0.3 │ +36.0 b~",
		"emu-arm      │ 40.2 │   0.0 │ blind  !!");
	canvas_release(&canvas);
	draw(snap, 1, 1, &canvas);
	SCREEN(&canvas, 0, "~");
	canvas_release(&canvas);
	draw(snap, 50, 160, &canvas);
	SCREEN(&canvas, 1,
		"VM           │ asked  got  run wait   worst state     accel  thr     pid sold │ "
		"busy "
		"steal idle src     age  over clock │  ▼gap by  verdict  err  sgap  bgap",
		"db-01        │     8  3.3 41.0  1.2   3.3/7 running   kvm      8    4003  16G │ "
		"72.9 "
		"  1.0 26.1 agent  1.3s  2.0s yes   │ -31.7 b!! phantom  0.6  +0.2 -31.7");
	canvas_release(&canvas);
	snapshot_free(snap);
	judge_free(judge);
}

static uint8_t style_of(const struct vm *vm, const char *key)
{
	const struct table *table = pane_by_name("steal")->table;
	struct cell_text cell = { "", STYLE_NORMAL };

	for (size_t i = 0; i < table->n_column; i++)
		if (!strcmp(table->column[i].key, key))
			table->column[i].format(&(struct row){ .vm = vm }, &cell);
	return cell.style;
}

static void stale_is_not_fresh(void **state)
{
	struct snapshot *snap = fixture_new(1);
	struct vm *vm = fixture_vm(snap, "a", 4, 50, 25);

	(void)state;
	fixture_guest(vm, 50, 25);
	assert_int_equal(style_of(vm, "wait"), STYLE_CRITICAL);
	assert_int_equal(style_of(vm, "busy"), STYLE_GUEST);
	assert_int_equal(style_of(vm, "run"), STYLE_HOST);
	vm->source[0].state = vm->source[3].state = SOURCE_STALE;
	assert_int_equal(style_of(vm, "wait"), STYLE_STALE);
	assert_int_equal(style_of(vm, "busy"), STYLE_STALE);
	assert_int_equal(style_of(vm, "gap"), STYLE_STALE);
	assert_int_equal(style_of(vm, "age"), STYLE_STALE);
	vm->steal.guest_busy_pct = NAN;
	assert_int_equal(style_of(vm, "busy"), STYLE_DIM);
	vm->steal_clock = STEAL_CLOCK_NONE;
	vm->source[3].state = SOURCE_OK;
	assert_int_equal(style_of(vm, "steal"), STYLE_DIM);
	snapshot_free(snap);
}

static void columns_are_complete(void **state)
{
	const struct table *table = pane_by_name("steal")->table;

	(void)state;
	assert_true(table->n_column <= TABLE_COLUMNS_MAX);
	assert_string_equal(table->column[table->sort_column].key, "gap");
	for (size_t i = 0; i < table->n_column; i++) {
		const struct column *column = &table->column[i];

		assert_true(canvas_width(column->heading) <= column->width);
		assert_true(column->help && column->origin && column->unit && column->format);
		assert_true(column->help[strlen(column->help) - 1] == '.');
		assert_non_null(column->source);
		for (size_t k = 0; k < i; k++) {
			assert_string_not_equal(column->key, table->column[k].key);
			assert_true(table->column[k].group <= column->group);
		}
	}
	assert_null(pane_by_name("nothing"));
	assert_null(pane_explanation("nothing"));
}

/* No cell is wider than its column, whatever the figures. */
static void cells_keep_their_width(void **state)
{
	static const double figure[] = { 0, 9.96, 99.96, 100, 1234, NAN };
	const struct table *table = pane_by_name("steal")->table;

	(void)state;
	for (size_t f = 0; f < sizeof(figure) / sizeof(figure[0]); f++) {
		struct snapshot *snap = fixture_new(1);
		struct vm *vm = fixture_vm(snap, "a", 100, figure[f], figure[f]);

		fixture_guest(vm, figure[f] / 3, figure[f] / 2);
		vm->steal.worst_vcpu = 127;
		vm->steal.worst_vcpu_wait_pct = figure[f] > 100 ? 100 : figure[f];
		for (size_t i = 0; i < table->n_column; i++) {
			struct cell_text cell = { "", STYLE_NORMAL };

			table->column[i].format(&(struct row){ .vm = vm }, &cell);
			if (canvas_width(cell.text) > table->column[i].width)
				fail_msg("%s: %s", table->column[i].key, cell.text);
		}
		snapshot_free(snap);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_incident),
		cmocka_unit_test(other_cases),
		cmocka_unit_test(thresholds),
		cmocka_unit_test(verdicts_do_not_flicker),
		cmocka_unit_test(screens),
		cmocka_unit_test(stale_is_not_fresh),
		cmocka_unit_test(columns_are_complete),
		cmocka_unit_test(cells_keep_their_width),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
