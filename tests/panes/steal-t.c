// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/panes/fixture.h"

#include <stdio.h>

#include "panes/steal.h"

static void the_incident(void **state)
{
	struct judge *judge = judge_new();
	struct snapshot *snap = fixture_judge(judge, fixture_incident, 3);

	(void)state;
	assert_int_equal(fixture_vm_of(snap, "web-03")->steal.verdict, VERDICT_HIDDEN);
	fixture_assert_finding(fixture_finding(snap, "web-03", "steal-hidden"), SEVERITY_CRITICAL,
		VERDICT_HIDDEN, "guest sees  0.0%, host took 23.4%: 64% to batch-11");
	assert_int_equal(fixture_vm_of(snap, "emu-arm")->steal.verdict, VERDICT_BLIND);
	fixture_assert_finding(fixture_finding(snap, "emu-arm", "steal-blind"), SEVERITY_CRITICAL, VERDICT_BLIND,
		"host took 40.2%; no steal clock");
	fixture_assert_finding(fixture_finding(snap, "db-01", "busy-phantom"), SEVERITY_CRITICAL,
		VERDICT_PHANTOM, "guest busy 72.9%, host ran it 41.0%, wait 1.2%");
	fixture_assert_finding(fixture_finding(snap, "cache-2", "busy-hidden"), SEVERITY_WATCH, VERDICT_HIDDEN,
		"guest busy  2.1%, host ran it 38.0%");
	fixture_assert_finding(fixture_finding(snap, "unasked", "steal-wait"), SEVERITY_WARN, VERDICT_UNKNOWN,
		"host took 11.5%; guest not asked");
	fixture_assert_finding(fixture_finding(snap, "unasked", "steal-vcpu"), SEVERITY_CRITICAL,
		VERDICT_UNKNOWN, "vcpu 2 waits 38.1%, the average of the VM is 11.5%");
	assert_string_equal(fixture_finding(snap, "unasked", "steal-vcpu")->subject, "vcpu 2");
	assert_int_equal(fixture_vm_of(snap, "batch-11")->steal.verdict, VERDICT_AGREE);
	assert_null(fixture_vm_of(snap, "batch-11")->steal.verdict_reason);
	assert_string_equal(fixture_vm_of(snap, "unasked")->steal.verdict_reason,
		"guest not asked; ask the guests to compare");
	assert_string_equal(fixture_vm_of(snap, "golden-image")->steal.verdict_reason, "the VM is paused");
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
	vm->source[FIXTURE_AGENT] =
		fixture_source("agent", SOURCE_UNAVAILABLE, "no answer in 1 s", NAN, NAN);
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
	struct snapshot *snap = fixture_judge_one(make_phantom);

	(void)state;
	/* Critical by size, but nothing that this host does. */
	fixture_assert_finding(fixture_finding(snap, "a", "steal-phantom"), SEVERITY_WARN, VERDICT_PHANTOM,
		"guest sees 44.0% stolen, host took 0.5%");
	assert_int_equal(snap->n_finding, 1);
	snapshot_free(snap);

	snap = fixture_judge_one(make_agreed_wait);
	fixture_assert_finding(fixture_finding(snap, "a", "steal-wait"), SEVERITY_CRITICAL, VERDICT_AGREE,
		"guest sees 23.1%, host took 23.4%");
	assert_int_equal(snap->n_finding, 1);
	snapshot_free(snap);

	snap = fixture_judge_one(make_within_error);
	assert_int_equal(snap->vm[0].steal.verdict, VERDICT_UNKNOWN);
	assert_string_equal(snap->vm[0].steal.verdict_reason,
		"they differ by less than the error of measuring");
	assert_int_equal(snap->n_finding, 0);
	snapshot_free(snap);

	snap = fixture_judge_one(make_small);
	assert_int_equal(snap->vm[0].steal.verdict, VERDICT_AGREE);
	assert_int_equal(snap->n_finding, 0);
	snapshot_free(snap);

	snap = fixture_judge_one(make_nested);
	fixture_assert_finding(fixture_finding(snap, NULL, "host-steal"), SEVERITY_WATCH, VERDICT_UNKNOWN,
		"this host is a guest, and the one below takes 7.2% of its CPUs");
	snapshot_free(snap);

	snap = fixture_judge_one(make_mute);
	fixture_assert_finding(fixture_finding(snap, "a", "steal-wait"), SEVERITY_WARN, VERDICT_UNKNOWN,
		"host took 12.0%; guest does not answer");
	assert_string_equal(snap->vm[0].steal.verdict_reason, "no answer in 1 s");
	snapshot_free(snap);

	/* No steal clock is no excuse for the busy gap. */
	snap = fixture_judge_one(make_blind_but_idle);
	fixture_assert_finding(fixture_finding(snap, "a", "busy-hidden"), SEVERITY_WATCH, VERDICT_HIDDEN,
		"guest busy  2.0%, host ran it 60.0%");
	snapshot_free(snap);

	snap = fixture_judge_one(make_no_host_view);
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
			!!fixture_finding(snap, "a", "steal-hidden"), expected[i] == VERDICT_HIDDEN);
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
		"             │ HOST                                     │ GUEST      │ GAP",
		"VM           │ asked  got wait thrt  p99w thief       % │ busy steal │  ▼gap by",
		"db-01        │     8  3.3  1.2  0.0     - rsync      55 │ 72.9   1.0 │ -31.7 b!!",
		"web-03       │     8  5.1 23.4  0.0 3.9ms batch-11   64 │ 87.0   0.0 │ +23.4 s!!",
		"cache-2      │     4  1.5  0.4  0.0     - -           - │  2.1   0.3 │ +36.0 b~",
		"emu-arm      │     2  1.2 40.2  0.0     - -           - │ 98.0   0.0 │ blind  !!",
		"unasked      │     4  2.4 11.5    -     - -           - │    -     - │     -",
		"batch-11     │    16 15.6  2.1  0.0     - own vCPUs  71 │ 97.0   2.0 │  +0.3",
		"golden-image │ paused: user                             │    -     - │     -",
		"quiet        │     2  0.0  0.0  0.0     - -           - │    -     - │     -",
		"", "", "", "", "");
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
		"VM           │ asked  got  run wait thrt blkd  p99w  maxw thief       %   worst "
		"halt  vmm │ busy steal idle src     age clock │  ▼gap by  verdict  err  sgap",
		"db-01        │     8  3.3 41.0  1.2  0.0  3.1     -     - rsync      55   3.3/7 "
		"54.7  0.0 │ 72.9   1.0 26.1 agent  1.3s yes   │ -31.7 b!! phantom  0.6  +0.2",
		"web-03       │     8  5.1 63.8 23.4  0.0  0.0 3.9ms 4.1ms batch-11   64  38.1/3 "
		"12.8  0.0 │ 87.0   0.0 13.0 agent  1.3s yes   │ +23.4 s!! hidden   0.6 +23.4",
		"cache-2      │     4  1.5 38.0  0.4  0.0  0.0     -     - -           -   0.9/0 "
		"61.5  0.1 │  2.1   0.3 97.6 agent  1.3s yes   │ +36.0 b~  hidden   0.6  +0.1",
		"emu-arm      │     2  1.2 58.1 40.2  0.0  0.0     -     - -           -  44.0/1 "
		" 1.7    - │ 98.0   0.0  2.0 agent  1.3s none  │ blind  !! blind    0.6 +40.2",
		"unasked      │     4  2.4 60.0 11.5    -    -     -     - -           -  38.1/2 "
		"   -    - │    -     -    - -         - yes   │     -     unknown    -     -",
		"batch-11     │    16 15.6 97.2  2.1  0.0  0.0     -     - own vCPUs  71   4.0/3 "
		" 0.7  0.0 │ 97.0   2.0  1.0 agent  1.3s yes   │  +0.3     agree    0.6  +0.1");
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
	vm->source[FIXTURE_SCHED].state = vm->source[FIXTURE_AGENT].state = SOURCE_STALE;
	assert_int_equal(style_of(vm, "wait"), STYLE_STALE);
	assert_int_equal(style_of(vm, "busy"), STYLE_STALE);
	assert_int_equal(style_of(vm, "gap"), STYLE_STALE);
	assert_int_equal(style_of(vm, "age"), STYLE_STALE);
	vm->steal.guest_busy_pct = NAN;
	assert_int_equal(style_of(vm, "busy"), STYLE_DIM);
	vm->steal_clock = STEAL_CLOCK_NONE;
	vm->source[FIXTURE_AGENT].state = SOURCE_OK;
	assert_int_equal(style_of(vm, "steal"), STYLE_DIM);
	snapshot_free(snap);
}

/* What bpf tells has its state, whoever else is stale. */
static void the_state_is_that_of_who_told(void **state)
{
	struct snapshot *snap = fixture_new(1);
	struct vm *vm = fixture_vm(snap, "a", 4, 50, 15);

	(void)state;
	assert_int_equal(style_of(vm, "thrtl"), STYLE_DIM);
	fixture_accounts(vm, 10, 6, 1);
	fixture_clock(vm, 25);
	fixture_thief(snap, vm, THIEF_PROCESS, "cc1", 7, 90);
	vm->source[FIXTURE_SCHED].state = vm->source[FIXTURE_AGENT].state = SOURCE_STALE;
	assert_int_equal(style_of(vm, "wait"), STYLE_WARN);
	assert_int_equal(style_of(vm, "thrtl"), STYLE_WARN);
	assert_int_equal(style_of(vm, "blkd"), STYLE_WATCH);
	assert_int_equal(style_of(vm, "thief"), STYLE_CRITICAL);
	assert_int_equal(style_of(vm, "share"), STYLE_HOST);
	assert_int_equal(style_of(vm, "halt"), STYLE_HOST);
	assert_int_equal(style_of(vm, "p99w"), STYLE_DIM);
	assert_int_equal(style_of(vm, "steal"), STYLE_CRITICAL);
	vm->source[FIXTURE_BPF].state = SOURCE_STALE;
	for (size_t i = 0; i < 6; i++) {
		static const char *const key[] = { "wait", "thrtl", "share", "halt", "steal",
			"gap" };

		assert_int_equal(style_of(vm, key[i]), STYLE_STALE);
	}
	/* Steal by the clock of a guest that turned it off is nothing to trust. */
	vm->source[FIXTURE_BPF].state = SOURCE_OK;
	vm->steal_clock = STEAL_CLOCK_OFF;
	assert_int_equal(style_of(vm, "steal"), STYLE_DIM);
	snapshot_free(snap);
}

static const char *text_of(const struct vm *vm, const char *key)
{
	static struct cell_text cell;
	const struct table *table = pane_by_name("steal")->table;

	snprintf(cell.text, sizeof(cell.text), "no column");
	for (size_t i = 0; i < table->n_column; i++)
		if (!strcmp(table->column[i].key, key))
			table->column[i].format(&(struct row){ .vm = vm }, &cell);
	return cell.text;
}

static void words_of_the_new_columns(void **state)
{
	static const struct {
		const char *source, *word;
	} source[] = { { "steal clock", "kvm" }, { "steal clock, agent cpustats", "kvm+a" },
		{ "steal clock, agent /proc/stat", "kvm+a" }, { "agent cpustats", "agent" },
		{ "agent /proc/stat", "file" }, { NULL, "-" } };
	static const struct {
		enum steal_clock clock;
		const char *word;
	} clock[] = { { STEAL_CLOCK_UNKNOWN, "-" }, { STEAL_CLOCK_NONE, "none" },
		{ STEAL_CLOCK_OFFERED, "yes" }, { STEAL_CLOCK_OFF, "off" },
		{ STEAL_CLOCK_ON, "on" } };
	struct snapshot *snap = fixture_new(1);
	struct vm *vm = fixture_vm(snap, "a", 4, 50, 15);

	(void)state;
	for (size_t i = 0; i < sizeof(source) / sizeof(source[0]); i++) {
		vm->steal.guest_source = source[i].source;
		assert_string_equal(text_of(vm, "src"), source[i].word);
	}
	for (size_t i = 0; i < sizeof(clock) / sizeof(clock[0]); i++) {
		vm->steal_clock = clock[i].clock;
		assert_string_equal(text_of(vm, "clock"), clock[i].word);
	}
	assert_string_equal(text_of(vm, "thief"), "-");
	assert_string_equal(text_of(vm, "share"), "-");
	fixture_thief(snap, vm, THIEF_QUOTA, "quota", UNKNOWN_U64, 99.6);
	fixture_thief(snap, vm, THIEF_PROCESS, "cc1", UNKNOWN_U64, 0.4);
	assert_string_equal(text_of(vm, "thief"), "quota");
	assert_string_equal(text_of(vm, "share"), "100");
	/* Hardly a wait, and so no thief worth the name. */
	vm->steal.host_delay_pct = 0.9;
	assert_string_equal(text_of(vm, "thief"), "-");
	assert_string_equal(text_of(vm, "share"), "-");
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
		fixture_accounts(vm, figure[f], figure[f], figure[f]);
		vm->steal.host_halted_pct = figure[f];
		fixture_thief(snap, vm, THIEF_PROCESS, "cc1", 7, figure[f]);
		vm->steal.host_delay_pct = 50;
		vm->steal.wait_p99_ns = figure[f] * 1e6;
		vm->steal.wait_max_ns = figure[f] * 1e9;
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
		cmocka_unit_test(the_state_is_that_of_who_told),
		cmocka_unit_test(words_of_the_new_columns),
		cmocka_unit_test(columns_are_complete),
		cmocka_unit_test(cells_keep_their_width),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
