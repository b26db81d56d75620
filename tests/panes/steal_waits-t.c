// SPDX-License-Identifier: GPL-2.0-or-later
/* Whether the waits of a VM are of two kinds, which, and why that is not known. */
#include "tests/panes/fixture.h"

#include <stdio.h>

#include "panes/steal.h"

enum { MINUTE = WINDOW_PARTS * WINDOW_PART_S };

/* In one second: so many waits of about that length, in a hump three bins wide. */
struct hump {
	double ns;
	unsigned count, throttled;
};

static void add_hump(struct snapshot *snap, struct vm *vm, const struct hump *hump)
{
	for (int i = -1; i <= 1 && hump->count; i++)
		fixture_waits(snap, vm, (uint64_t)(hump->ns * exp2(i * 0.25)),
			hump->count / (i ? 4 : 2), hump->throttled / (i ? 4 : 2));
}

static void pass(struct windows *windows, unsigned seconds, struct hump fast, struct hump slow)
{
	for (unsigned i = 0; i < seconds; i++) {
		struct snapshot *snap = fixture_new(100 + i);
		struct vm *vm = fixture_vm(snap, "a", 4, 50, 5);

		add_hump(snap, vm, &fast);
		add_hump(snap, vm, &slow);
		windows_add(windows, snap);
		snapshot_free(snap);
	}
}

/* What is said of the VM; the strings are in snap, which is the caller's. */
static struct wait_modes said(const struct windows *windows, struct snapshot *snap)
{
	struct vm *vm = fixture_vm(snap, "a", 4, 50, 5);

	/* A replay has what was said then: all of it is written anew. */
	vm->steal.wait_modes = (struct wait_modes){ MODES_FOUND_TWO, "old", 1, 1, 1, 1, 1, "old", "old" };
	steal_waits(vm, windows, &snap->arena);
	return vm->steal.wait_modes;
}

static void expect_no_kinds(const struct wait_modes *modes)
{
	assert_true(isnan(modes->fast_ns));
	assert_true(isnan(modes->slow_ns));
	assert_true(isnan(modes->slow_pct));
	assert_null(modes->fast_kind);
	assert_null(modes->slow_kind);
}

static void nothing_is_known_of_the_vm(void **state)
{
	struct windows *windows = windows_new();
	struct snapshot *snap = fixture_new(100);
	struct wait_modes modes = said(windows, snap);

	(void)state;
	assert_int_equal(modes.found, MODES_FOUND_UNKNOWN);
	assert_string_equal(modes.reason, "the lengths of single waits are not known");
	assert_true(modes.waits == UNKNOWN_U64);
	assert_true(isnan(modes.window_s));
	expect_no_kinds(&modes);
	snapshot_free(snap);
	windows_free(windows);
}

static void too_few_are_not_one(void **state)
{
	struct windows *windows = windows_new();
	struct snapshot *snap = fixture_new(100);
	struct wait_modes modes;

	(void)state;
	pass(windows, 49, (struct hump){ 30e3, 4, 0 }, (struct hump){ 0 });
	modes = said(windows, snap);
	assert_int_equal(modes.found, MODES_FOUND_UNKNOWN);
	assert_string_equal(modes.reason, "196 waits are too few to tell; it takes 200");
	assert_int_equal(modes.waits, 196);
	assert_true(modes.window_s == 49);
	expect_no_kinds(&modes);
	pass(windows, 1, (struct hump){ 30e3, 4, 0 }, (struct hump){ 0 });
	modes = said(windows, snap);
	assert_int_equal(modes.found, MODES_FOUND_ONE);
	assert_null(modes.reason);
	assert_int_equal(modes.waits, 200);
	assert_true(modes.window_s == 50);
	expect_no_kinds(&modes);
	snapshot_free(snap);
	windows_free(windows);
}

/* A minute of two humps: their medians are within a bin of what they were made of. */
static void expect_two(struct hump fast, const char *fast_kind, struct hump slow,
	const char *slow_kind)
{
	struct windows *windows = windows_new();
	struct snapshot *snap = fixture_new(100);
	double all = fast.count + slow.count;
	struct wait_modes modes;

	pass(windows, MINUTE, fast, slow);
	modes = said(windows, snap);
	assert_int_equal(modes.found, MODES_FOUND_TWO);
	assert_null(modes.reason);
	assert_int_equal(modes.waits, (uint64_t)all * MINUTE);
	assert_true(modes.window_s == MINUTE);
	assert_true(fabs(log2(modes.fast_ns / fast.ns)) <= 0.25);
	assert_true(fabs(log2(modes.slow_ns / slow.ns)) <= 0.25);
	assert_true(fabs(modes.slow_pct - 100 * slow.count / all) <= 0.05 + 1e-9);
	assert_string_equal(modes.fast_kind, fast_kind);
	assert_string_equal(modes.slow_kind, slow_kind);
	/* They are for the eye, and for JSON: no more digits than mean anything. */
	assert_true(modes.fast_ns == round(modes.fast_ns) && modes.slow_ns == round(modes.slow_ns));
	assert_true(fabs(modes.slow_pct * 10 - round(modes.slow_pct * 10)) < 1e-9);
	snapshot_free(snap);
	windows_free(windows);
}

static void two_kinds_are_named(void **state)
{
	(void)state;
	expect_two((struct hump){ 30e3, 96, 0 }, "queueing", (struct hump){ 3.5e6, 24, 0 },
		"timeslices");
	/* The slow ones may be the most; a third of the waits is no whole share. */
	expect_two((struct hump){ 12e3, 40, 0 }, "queueing", (struct hump){ 4e6, 80, 0 },
		"timeslices");
	/* Both for a whole slice: of two classes, or of several before it. */
	expect_two((struct hump){ 1.5e6, 80, 0 }, "timeslices", (struct hump){ 24e6, 40, 0 },
		"timeslices");
	/* Shorter than any slice: queues of work that is short. */
	expect_two((struct hump){ 4e3, 80, 0 }, "queueing", (struct hump){ 400e3, 40, 0 },
		"queueing");
}

static void a_kind_that_is_mostly_throttled_is_quota(void **state)
{
	(void)state;
	expect_two((struct hump){ 30e3, 96, 0 }, "queueing", (struct hump){ 60e6, 24, 24 },
		"quota");
	expect_two((struct hump){ 30e3, 96, 0 }, "queueing", (struct hump){ 60e6, 80, 60 },
		"quota");
	expect_two((struct hump){ 30e3, 96, 0 }, "queueing", (struct hump){ 60e6, 80, 20 },
		"timeslices");
	/* Half of them is not most of them. */
	expect_two((struct hump){ 30e3, 96, 0 }, "queueing", (struct hump){ 60e6, 80, 40 },
		"timeslices");
	/* A quota of a short period, and something else that takes whole slices. */
	expect_two((struct hump){ 1e6, 96, 96 }, "quota", (struct hump){ 60e6, 80, 0 },
		"timeslices");
}

/* 0.7 ms is the shortest slice: the medians are on either side of it. */
static void the_shortest_slice_divides(void **state)
{
	(void)state;
	expect_two((struct hump){ 12e3, 80, 0 }, "queueing", (struct hump){ 560e3, 80, 0 },
		"queueing");
	expect_two((struct hump){ 12e3, 80, 0 }, "queueing", (struct hump){ 840e3, 80, 0 },
		"timeslices");
}

/* Fast ones for half a minute, then slow ones: at no time were there two kinds. */
static void a_change_is_not_two_kinds(void **state)
{
	struct windows *windows = windows_new();
	struct snapshot *snap = fixture_new(100);
	struct wait_modes modes;

	(void)state;
	pass(windows, MINUTE / 2, (struct hump){ 30e3, 96, 0 }, (struct hump){ 0 });
	pass(windows, MINUTE / 2, (struct hump){ 0 }, (struct hump){ 3.5e6, 96, 0 });
	modes = said(windows, snap);
	assert_int_equal(modes.found, MODES_FOUND_UNKNOWN);
	assert_string_equal(modes.reason, "they changed within the last minute");
	assert_int_equal(modes.waits, 96 * MINUTE);
	assert_true(modes.window_s == MINUTE);
	expect_no_kinds(&modes);
	/* And a minute later all of them are of the slow kind. */
	pass(windows, MINUTE, (struct hump){ 0 }, (struct hump){ 3.5e6, 96, 0 });
	modes = said(windows, snap);
	assert_int_equal(modes.found, MODES_FOUND_ONE);
	snapshot_free(snap);
	windows_free(windows);
}

/* The judge asks it for every VM, stopped ones too. */
static void make_two_kinds(struct snapshot *snap)
{
	struct hump fast = { 30e3, 96, 0 }, slow = { 3.5e6, 24, 0 };
	struct vm *vm = fixture_vm(snap, "a", 4, 50, 1);

	add_hump(snap, vm, &fast);
	add_hump(snap, vm, &slow);
	vm = fixture_vm(snap, "b", 4, 0, 0);
	vm->state = VM_PAUSED;
	vm->steal.waits = 0;
	fixture_vm(snap, "c", 4, 50, 1);
}

static void the_judge_writes_it(void **state)
{
	struct judge *judge = judge_new();
	struct snapshot *snap = NULL;

	(void)state;
	for (int i = 0; i < MINUTE; i++) {
		snapshot_free(snap);
		snap = fixture_new(100 + i);
		make_two_kinds(snap);
		panes_judge(snap, judge);
	}
	assert_int_equal(snap->vm[0].steal.wait_modes.found, MODES_FOUND_TWO);
	assert_int_equal(snap->vm[0].steal.wait_modes.waits, 120 * MINUTE);
	assert_string_equal(snap->vm[1].steal.wait_modes.reason,
		"0 waits are too few to tell; it takes 200");
	assert_string_equal(snap->vm[2].steal.wait_modes.reason,
		"the lengths of single waits are not known");
	snapshot_free(snap);
	judge_free(judge);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_known_of_the_vm),
		cmocka_unit_test(too_few_are_not_one),
		cmocka_unit_test(two_kinds_are_named),
		cmocka_unit_test(a_kind_that_is_mostly_throttled_is_quota),
		cmocka_unit_test(the_shortest_slice_divides),
		cmocka_unit_test(a_change_is_not_two_kinds),
		cmocka_unit_test(the_judge_writes_it),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("steal_waits", tests, NULL, NULL);
}
