// SPDX-License-Identifier: GPL-2.0-or-later
/* The waits on the VM page: their picture, their kinds and their levels, in words. */
#include "tests/panes/fixture.h"

#include <stdio.h>

#include "panes/vmpage.h"

enum { ROW = 1024, VALLEY = 0x2502 };

static uint32_t cell_at(const struct page *page, int row, int col)
{
	return page->canvas.cell[row * page->canvas.stride + col].cp;
}

static void row_is(const struct page *page, int row, bool ascii, const char *expected)
{
	char text[ROW];

	canvas_row_text(&page->canvas, row, ascii, text, sizeof(text));
	assert_string_equal(text, expected);
}

/* A minute with the humps of fixture_incident's web-03: 90 waits of 30 us, 25 of 3.5 ms. */
static struct vm *waited(struct snapshot *snap, struct windows *windows, unsigned seconds)
{
	struct vm *vm = fixture_vm(snap, "web-03", 8, 60, 20);

	fixture_waits(snap, vm, 30000, 90, 0);
	fixture_waits(snap, vm, 3500000, 25, 25);
	vm->steal.wait_p50_ns = 31000;
	vm->steal.wait_p99_ns = 3900000;
	vm->steal.wait_max_ns = 4100000;
	vm->steal.wait_modes = (struct wait_modes){ .found = MODES_FOUND_TWO,
		.waits = 115 * seconds,
		.window_s = seconds,
		.fast_ns = 30000,
		.slow_ns = 3500000,
		.slow_pct = 21.7,
		.fast_kind = "queueing",
		.slow_kind = "quota" };
	for (unsigned i = 0; i < seconds; i++)
		windows_add(windows, snap);
	return vm;
}

static void the_picture_of_two_kinds(void **state)
{
	struct windows *windows = windows_new();
	struct snapshot *snap = fixture_new(0);
	struct page page;

	(void)state;
	page_init(&page, 80);
	vmpage_waits(waited(snap, windows, 40), windows, &page);
	SCREEN(&page.canvas, 0,
		"single waits for a CPU, by length ──────────────────────────────────────────────",
		"        █            │", "        █            │", "        █            │",
		"        █            │             ▒", "        █            │             ▒",
		"  ▲10us        ▲100us       ▲1ms", "        ^30us                      ^3.5ms",
		"  █ waited for a CPU  ▒ for its quota",
		"  in the last 40s 4.6k waits; now p50 31us, p99 3.9ms, longest 4.1ms",
		"  two kinds of wait: queueing of about 30us, and quota of about 3.5ms, which are",
		"  21.7% of them", "");
	row_is(&page, 4, true, "        #            |             %");
	row_is(&page, 6, true, "  ^10us        ^100us       ^1ms");
	/* Those of the quota are told by style as well as by glyph. */
	assert_int_equal(page.canvas.cell[5 * page.canvas.stride + 8].style, STYLE_HOST);
	assert_int_equal(page.canvas.cell[5 * page.canvas.stride + 35].style, STYLE_WARN);
	page_release(&page);
	snapshot_free(snap);
	windows_free(windows);
}

/* At any width both humps are there, the lesser one lower, and in a picture of five rows. */
static void both_humps_at_any_width(void **state)
{
	struct windows *windows = windows_new();
	struct snapshot *snap = fixture_new(0);
	struct vm *vm = waited(snap, windows, 40);

	(void)state;
	for (int cols = 6; cols <= 210; cols++) {
		struct page page;
		int humps[8] = { 0 };

		page_init(&page, cols);
		vmpage_waits(vm, windows, &page);
		for (int row = 1; row <= 5; row++)
			for (int col = 0; col < cols; col++)
				humps[row] += cell_at(&page, row, col) != ' ' &&
					      cell_at(&page, row, col) != VALLEY;
		assert_int_equal(humps[1], 1);
		assert_int_equal(humps[3], 1);
		assert_int_equal(humps[5], 2);
		page_release(&page);
	}
	snapshot_free(snap);
	windows_free(windows);
}

/* One wait among millions has its eighth of a row: it did happen. */
static void the_rarest_wait_is_seen(void **state)
{
	struct windows *windows = windows_new();
	struct snapshot *snap = fixture_new(0);
	struct vm *vm = fixture_vm(snap, "a", 8, 60, 20);
	struct page page;

	(void)state;
	fixture_waits(snap, vm, 30000, 3000000, 0);
	fixture_waits(snap, vm, 3500000, 1, 0);
	windows_add(windows, snap);
	page_init(&page, 80);
	vmpage_waits(vm, windows, &page);
	row_is(&page, 1, false, "        █");
	row_is(&page, 5, false, "        █                          ▁");
	page_release(&page);
	snapshot_free(snap);
	windows_free(windows);
}

static void kinds_that_are_not_known_say_why(void **state)
{
	struct windows *windows = windows_new();
	struct snapshot *snap = fixture_new(0);
	struct vm *vm = fixture_vm(snap, "a", 8, 60, 20);
	struct page page;

	(void)state;
	fixture_waits(snap, vm, 30000, 115, 0);
	windows_add(windows, snap);
	vm->steal.wait_modes = (struct wait_modes){ .reason = "115 waits are too few to tell; it "
							      "takes 200" };
	vm->steal.wait_p50_ns = vm->steal.wait_p99_ns = vm->steal.wait_max_ns = NAN;
	page_init(&page, 80);
	vmpage_waits(vm, windows, &page);
	row_is(&page, 7, false, "  in the last 1s 115 waits; now p50 -, p99 -, longest -");
	row_is(&page, 8, false,
		"  kinds of wait: n/a, 115 waits are too few to tell; it takes 200");
	page_release(&page);
	vm->steal.wait_modes = (struct wait_modes){ .found = MODES_FOUND_ONE };
	page_init(&page, 80);
	vmpage_waits(vm, windows, &page);
	row_is(&page, 8, false, "  one kind of wait");
	page_release(&page);
	snapshot_free(snap);
	windows_free(windows);
}

/* It slept: no picture of nothing. And a VM whose waits nobody counts has no such section. */
static void without_waits(void **state)
{
	struct windows *windows = windows_new();
	struct snapshot *snap = fixture_new(0);
	struct vm *vm = fixture_vm(snap, "a", 8, 0, 0);
	struct page page;

	(void)state;
	windows_add(windows, snap);
	page_init(&page, 80);
	vmpage_waits(vm, windows, &page);
	assert_int_equal(page.row, 0);
	vm->steal.waits = 0;
	windows_add(windows, snap);
	vmpage_waits(vm, windows, &page);
	row_is(&page, 1, false, "  in the last 1s 0 waits; now p50 -, p99 -, longest -");
	page_release(&page);
	snapshot_free(snap);
	windows_free(windows);
}

/* What the regime finds, in words; the finding itself is regime-t's. */
static void levels_are_told_in_words(void **state)
{
	static const struct {
		unsigned n, high, period;
		const char *words;
	} cases[] = {
		{ 40, 0, 1, "  levels of wait: n/a, too few to tell: 40 of 60 samples" },
		{ 100, 0, 1, "  one level of wait" },
		{ 100, 5, 10, "  two levels of wait: 0.0%, and 50.0% for 50.0% of the time, in a steady" },
		{ 100, 30, 100, "  two levels of wait: 0.0%, and 50.0% for 30.0% of the time, for" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct history *history = history_new();
		struct snapshot *snap = fixture_new(0);
		struct vm *vm = fixture_vm(snap, "a", 8, 0, 0);
		struct page page;

		for (unsigned k = 0; k < cases[i].n; k++) {
			vm->steal.host_delay_pct = k % cases[i].period < cases[i].high ? 50 : 0;
			history_add(history, snap);
		}
		page_init(&page, 72);
		vmpage_regime(vm, history, &page);
		row_is(&page, 0, false, cases[i].words);
		page_release(&page);
		snapshot_free(snap);
		history_free(history);
	}
}

/* Every length that there is, on pages of any width. */
static void any_width_will_do(void **state)
{
	struct history *history = history_new();
	struct windows *windows = windows_new();
	struct snapshot *snap = fixture_new(0);
	struct vm *vm = fixture_vm(snap, "a", 8, 60, 20);

	(void)state;
	for (unsigned bin = 0; bin < HISTOGRAM_BINS; bin++)
		fixture_waits(snap, vm, histogram_low_ns(bin), 1 + bin, bin % 2);
	history_add(history, snap);
	windows_add(windows, snap);
	for (int cols = 0; cols <= 300; cols++) {
		struct page page;

		page_init(&page, cols);
		vmpage_waits(vm, windows, &page);
		vmpage_regime(vm, history, &page);
		page_release(&page);
	}
	snapshot_free(snap);
	history_free(history);
	windows_free(windows);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_picture_of_two_kinds),
		cmocka_unit_test(both_humps_at_any_width),
		cmocka_unit_test(the_rarest_wait_is_seen),
		cmocka_unit_test(kinds_that_are_not_known_say_why),
		cmocka_unit_test(without_waits),
		cmocka_unit_test(levels_are_told_in_words),
		cmocka_unit_test(any_width_will_do),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("vmpage_waits", tests, NULL, NULL);
}
