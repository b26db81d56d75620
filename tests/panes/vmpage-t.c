// SPDX-License-Identifier: GPL-2.0-or-later
/* The CPU sections of the VM page: bars of vCPUs, thieves, helpers. */
#include "tests/panes/fixture.h"

#include <stdio.h>

#include "panes/vmpage.h"

enum { BAR_AT = 15, FIGURE = 6, GUEST_FIGURES = 2, PARTS = 7, ROW = 1024 };

/* In the order of the bar. */
static const size_t part[PARTS] = { offsetof(struct vcpu, host_run_pct),
	offsetof(struct vcpu, host_irq_pct), offsetof(struct vcpu, host_wait_pct),
	offsetof(struct vcpu, host_throttled_pct), offsetof(struct vcpu, host_blocked_pct),
	offsetof(struct vcpu, host_vmm_pct), offsetof(struct vcpu, host_halted_pct) };
static const uint32_t glyph[PARTS] = { 0x2588, 'i', 0x2593, 0x2592, 'x', 'v', 0x00b7 };

static double *pct_of(struct vcpu *vcpu, size_t i)
{
	return (double *)((char *)vcpu + part[i]);
}

/* A VM of n vCPUs whose time is the caller's to tell; none of it is known. */
static struct vm *vm_of(struct snapshot *snap, size_t n)
{
	struct vm *vm = fixture_vm(snap, "a", (unsigned)n, NAN, NAN);

	vm->steal.n_vcpu = n;
	vm->steal.vcpu = arena_array(&snap->arena, n, sizeof(*vm->steal.vcpu));
	for (size_t i = 0; i < n; i++) {
		schema_init(&schema_vcpu, &vm->steal.vcpu[i]);
		vm->steal.vcpu[i].id = i;
		vm->steal.vcpu[i].tid = 5000 + i;
	}
	return vm;
}

static void set(struct vcpu *vcpu, const double pct[PARTS])
{
	for (size_t i = 0; i < PARTS; i++)
		*pct_of(vcpu, i) = pct[i];
	vcpu->host_delay_pct = vcpu->host_wait_pct;
	if (!isnan(vcpu->host_throttled_pct))
		vcpu->host_delay_pct += vcpu->host_throttled_pct;
}

/* Any accounts that sum to 100, now and then without some part. */
static void set_any(struct vcpu *vcpu, unsigned *seed)
{
	double pct[PARTS], sum = 0;

	for (size_t i = 0; i < PARTS; i++) {
		*seed = *seed * 1103515245 + 12345;
		pct[i] = *seed >> 16 & 3 ? *seed >> 20 : 0;
		sum += pct[i];
	}
	pct[0] += sum > 0 ? 0 : 1;
	sum += sum > 0 ? 0 : 1;
	for (size_t i = 0; i < PARTS; i++)
		pct[i] = 100 * pct[i] / sum;
	set(vcpu, pct);
}

static uint32_t cell_at(const struct page *page, int row, int col)
{
	return page->canvas.cell[row * page->canvas.stride + col].cp;
}

static int cells_of(const struct page *page, int row, int width, uint32_t cp)
{
	int n = 0;

	for (int col = BAR_AT; col < BAR_AT + width; col++)
		n += cell_at(page, row, col) == cp;
	return n;
}

/* What is left of the page beside the figures: 40 at most, and none below five. */
static int bar_of(int cols, int figures)
{
	int room = cols - BAR_AT - FIGURE * figures - 1;

	return room > 40 ? 40 : room > 4 ? room : 0;
}

static void row_is(const struct page *page, int row, bool ascii, const char *expected)
{
	char text[ROW];

	canvas_row_text(&page->canvas, row, ascii, text, sizeof(text));
	assert_string_equal(text, expected);
}

static bool has(const struct page *page, const char *text)
{
	char row[ROW];

	for (int i = 0; i < page->row; i++) {
		canvas_row_text(&page->canvas, i, false, row, sizeof(row));
		if (strstr(row, text))
			return true;
	}
	return false;
}

/* Each part has its share of the bar, one cell more or less, and together they fill it. */
static void the_parts_sum_to_the_width(void **state)
{
	static const int cols[] = { 74, 75, 80, 81, 93, 100, 109, 110, 111, 132, 200, 400 };
	unsigned seed = 1;

	(void)state;
	for (size_t c = 0; c < sizeof(cols) / sizeof(cols[0]); c++) {
		struct snapshot *snap = fixture_new(0);
		struct vm *vm = vm_of(snap, 64);
		int width = bar_of(cols[c], PARTS + GUEST_FIGURES);
		struct page page;

		for (size_t i = 0; i < vm->steal.n_vcpu; i++)
			set_any(&vm->steal.vcpu[i], &seed);
		page_init(&page, cols[c]);
		vmpage_vcpus(vm, &page);
		for (int i = 0; i < 64; i++) {
			int sum = 0;

			for (size_t p = 0; p < PARTS; p++) {
				double share = *pct_of(&vm->steal.vcpu[i], p) / 100 * width;
				int n = cells_of(&page, 2 + i, width, glyph[p]);

				assert_true(fabs(n - share) <= 1);
				sum += n;
			}
			assert_int_equal(sum, width);
			assert_int_equal(cell_at(&page, 2 + i, BAR_AT - 1), ' ');
			for (size_t p = 0; p < PARTS && !width; p++)
				assert_int_equal(cells_of(&page, 2 + i, cols[c] - BAR_AT, glyph[p]), 0);
			if (width)
				assert_int_equal(cell_at(&page, 2 + i, BAR_AT + width), ' ');
		}
		page_release(&page);
		snapshot_free(snap);
	}
}

/* In the order of the legend, whatever is large. */
static void the_parts_are_in_order(void **state)
{
	struct snapshot *snap = fixture_new(0);
	struct vm *vm = vm_of(snap, 4);
	struct page page;

	(void)state;
	set(&vm->steal.vcpu[0], (double[]){ 10, 10, 20, 20, 10, 10, 20 });
	set(&vm->steal.vcpu[1], (double[]){ 0, 0, 0, 0, 0, 0, 100 });
	set(&vm->steal.vcpu[2], (double[]){ 1, 1, 96, 0.5, 0.5, 0.5, 0.5 });
	set(&vm->steal.vcpu[3], (double[]){ 25, 0, 0, 50, 0, 0, 25 });
	vm->steal.vcpu[0].guest_busy_pct = 20;
	vm->steal.vcpu[0].guest_steal_pct = 40;
	page_init(&page, 80);
	vmpage_vcpus(vm, &page);
	SCREEN(&page.canvas, 0,
		"vCPUs: where their time goes, % ────────────────────────────────────────────────",
		"  vcpu     tid              run   irq  wait  thrt  blkd   vmm  halt  busy steal",
		"     0    5000 █i▓▓▒▒xv··  10.0  10.0  20.0  20.0  10.0  10.0  20.0  20.0  40.0",
		"     1    5001 ··········   0.0   0.0   0.0   0.0   0.0   0.0   100     -     -",
		"     2    5002 ▓▓▓▓▓▓▓▓▓▓   1.0   1.0  96.0   0.5   0.5   0.5   0.5     -     -",
		"     3    5003 ███▒▒▒▒▒··  25.0   0.0   0.0  50.0   0.0   0.0  25.0     -     -");
	row_is(&page, 2, true,
		"     0    5000 #i&&%%xv..  10.0  10.0  20.0  20.0  10.0  10.0  20.0  20.0  40.0");
	row_is(&page, 6, false,
		"  █ run  i irq  ▓ wait  ▒ throttled  x blocked  v in the VMM  · halted");
	page_release(&page);
	snapshot_free(snap);
}

/* No colour, and no UTF-8: still each part has a sign of its own. */
static void the_parts_differ_in_ascii(void **state)
{
	(void)state;
	for (size_t i = 0; i < PARTS; i++)
		for (size_t k = 0; k < i; k++)
			assert_int_not_equal(canvas_ascii(glyph[i]), canvas_ascii(glyph[k]));
}

/* Counters that do not add up: the bar ends where 100% is, or where what is known ends. */
static void accounts_that_do_not_add_up(void **state)
{
	struct snapshot *snap = fixture_new(0);
	struct vm *vm = vm_of(snap, 3);
	struct page page;

	(void)state;
	set(&vm->steal.vcpu[0], (double[]){ 90, 0, 80, 70, 0, 0, 60 });
	set(&vm->steal.vcpu[1], (double[]){ 30, 0, 20, 0, 0, 0, 0 });
	set(&vm->steal.vcpu[2], (double[]){ 1e300, 0, 1e300, INFINITY, 0, 0, 0 });
	page_init(&page, 100);
	vmpage_vcpus(vm, &page);
	row_is(&page, 2, false,
		"     0    5000 ███████████████████████████▓▓▓  90.0   0.0  80.0  70.0   0.0   0.0  "
		"60.0     -     -");
	row_is(&page, 3, false,
		"     1    5001 █████████▓▓▓▓▓▓                 30.0   0.0  20.0   0.0   0.0   0.0   "
		"0.0     -     -");
	row_is(&page, 4, false,
		"     2    5002 ██████████████████████████████  >999   0.0  >999  >999   0.0   0.0   "
		"0.0     -     -");
	page_release(&page);
	snapshot_free(snap);
}

/* schedstat knows run and run delay, and nothing else: no columns of dashes, nor of zeros. */
static void what_no_vcpu_knows_has_no_column(void **state)
{
	struct snapshot *snap = fixture_new(0);
	struct vm *vm = vm_of(snap, 2);
	struct page page;

	(void)state;
	set(&vm->steal.vcpu[0], (double[]){ 60, NAN, 25, NAN, NAN, NAN, NAN });
	set(&vm->steal.vcpu[1], (double[]){ 40, NAN, 0, NAN, NAN, NAN, NAN });
	page_init(&page, 80);
	vmpage_vcpus(vm, &page);
	SCREEN(&page.canvas, 1,
		"  vcpu     tid                                            run  wait  busy steal",
		"     0    5000 ████████████████████████▓▓▓▓▓▓▓▓▓▓        60.0  25.0     -     -",
		"     1    5001 ████████████████                          40.0   0.0     -     -",
		"  █ run  ▓ wait", "");
	page_release(&page);
	snapshot_free(snap);
}

/* One vCPU was plugged in just now, or its thread is not there: dashes, and no bar. */
static void what_one_vcpu_does_not_know_is_a_dash(void **state)
{
	struct snapshot *snap = fixture_new(0);
	struct vm *vm = vm_of(snap, 2);
	struct page page;

	(void)state;
	set(&vm->steal.vcpu[0], (double[]){ 60, NAN, 25, 0, 0, 0, 15 });
	vm->steal.vcpu[1].tid = UNKNOWN_U64;
	vm->steal.vcpu[1].id = 17;
	page_init(&page, 80);
	vmpage_vcpus(vm, &page);
	SCREEN(&page.canvas, 2,
		"     0    5000 ██████████▓▓▓▓··  60.0  25.0   0.0   0.0   0.0  15.0     -     -",
		"    17                              -     -     -     -     -     -     -     -");
	page_release(&page);
	snapshot_free(snap);
}

static void nothing_at_all_is_known(void **state)
{
	struct snapshot *snap = fixture_new(0);
	struct page page;

	(void)state;
	page_init(&page, 80);
	vmpage_vcpus(vm_of(snap, 1), &page);
	row_is(&page, 1, false, "  vcpu     tid                                           busy steal");
	row_is(&page, 2, false, "     0    5000                                              -     -");
	assert_false(has(&page, "0.0"));
	page_release(&page);
	snapshot_free(snap);
}

/* Only a recording may hold such a one. */
static void a_vcpu_without_a_number(void **state)
{
	struct snapshot *snap = fixture_new(1);
	struct vm *vm = vm_of(snap, 1);
	struct page page;
	char row[ROW];

	(void)state;
	vm->steal.vcpu[0].id = UNKNOWN_U64;
	page_init(&page, 80);
	vmpage_vcpus(vm, &page);
	canvas_row_text(&page.canvas, 2, false, row, sizeof(row));
	assert_memory_equal(row, "     -    5000", 14);
	page_release(&page);
	snapshot_free(snap);
}

static void no_vcpus_were_found(void **state)
{
	struct snapshot *snap = fixture_new(0);
	struct page page;

	(void)state;
	page_init(&page, 40);
	vmpage_vcpus(vm_of(snap, 0), &page);
	SCREEN(&page.canvas, 0, "vCPUs: where their time goes, % ────────",
		"  no vCPU threads were found", "");
	assert_int_equal(page.row, 3);
	page_release(&page);
	snapshot_free(snap);
}

static void as_many_vcpus_as_there_can_be(void **state)
{
	struct snapshot *snap = fixture_new(0);
	struct vm *vm = vm_of(snap, 512);
	unsigned seed = 7;
	char text[ROW];
	struct page page;

	(void)state;
	for (size_t i = 0; i < 512; i++)
		set_any(&vm->steal.vcpu[i], &seed);
	vm->steal.vcpu[511].id = 4095;
	vm->steal.vcpu[511].tid = 4194303; /* the greatest there is */
	page_init(&page, 80);
	vmpage_vcpus(vm, &page);
	assert_int_equal(page.row, 1 + 1 + 512 + 1 + 1);
	for (int i = 0; i < 511; i++) {
		char start[32];

		canvas_row_text(&page.canvas, 2 + i, false, text, sizeof(text));
		snprintf(start, sizeof(start), "  %4d %7d ", i, 5000 + i);
		assert_memory_equal(text, start, BAR_AT);
	}
	canvas_row_text(&page.canvas, 2 + 511, false, text, sizeof(text));
	assert_memory_equal(text, "  4095 4194303 ", BAR_AT);
	page_release(&page);
	snapshot_free(snap);
}

/* A wait is coloured by how bad it is, and what is not known never is. */
static void style_is_meaning(void **state)
{
	struct snapshot *snap = fixture_new(0);
	struct vm *vm = vm_of(snap, 2);
	const struct cell *row;
	struct page page;

	(void)state;
	set(&vm->steal.vcpu[0], (double[]){ 60, NAN, 25, NAN, NAN, NAN, NAN });
	page_init(&page, 80);
	vmpage_vcpus(vm, &page);
	row = page.canvas.cell + 2 * page.canvas.stride;
	assert_int_equal(row[BAR_AT].style, STYLE_HOST);
	assert_int_equal(row[BAR_AT + 24].style, STYLE_CRITICAL); /* its bar */
	assert_int_equal(row[57].cp, '6');
	assert_int_equal(row[57].style, STYLE_HOST);
	assert_int_equal(row[63].cp, '2');
	assert_int_equal(row[63].style, STYLE_CRITICAL);
	assert_int_equal(row[page.canvas.stride + 66].cp, '-');
	assert_int_equal(row[page.canvas.stride + 66].style, STYLE_DIM);
	page_release(&page);
	snapshot_free(snap);
}

static struct vm *robbed(struct snapshot *snap)
{
	struct vm *vm = fixture_vm(snap, "web-03", 8, 60, 20);
	static struct helper helper[] = {
		{ HELPER_IOTHREAD, 2, 12.25, 3.5, 0 },
		{ HELPER_VHOST, 8, 104.4, NAN, NAN },
		{ HELPER_EMULATOR, UNKNOWN_U64, NAN, 0.1, 88 },
	};

	fixture_thief(snap, vm, THIEF_VM, "a-vm-of-a-very-long-name-indeed", 4194303, 50);
	fixture_thief(snap, vm, THIEF_SELF, "own vCPUs", 4001, 25);
	fixture_thief(snap, vm, THIEF_EMULATOR, "own emulator", 4001, 10);
	fixture_thief(snap, vm, THIEF_PROCESS, "cc1", UNKNOWN_U64, 8.25);
	fixture_thief(snap, vm, THIEF_QUOTA, "quota", UNKNOWN_U64, 4);
	fixture_thief(snap, vm, THIEF_IDLE, "idle", UNKNOWN_U64, 2.75);
	fixture_thief(snap, vm, THIEF_UNSEEN, "not seen", UNKNOWN_U64, NAN);
	vm->steal.helper = helper;
	vm->steal.n_helper = 3;
	return vm;
}

static void thieves_and_helpers_at_80_columns(void **state)
{
	struct snapshot *snap = fixture_new(0);
	struct page page;

	(void)state;
	page_init(&page, 80);
	vmpage_thieves(robbed(snap), &page);
	SCREEN(&page.canvas, 0,
		"who ran while its vCPUs waited, % of the wait ──────────────────────────────────",
		"  a-vm-of-a-very-long-nam~   50.0 █████████          vm, pid 4194303",
		"  own vCPUs                  25.0 ████▌              self, pid 4001",
		"  own emulator               10.0 █▊                 emulator, pid 4001",
		"  cc1                         8.2 █▌                 process",
		"  quota                       4.0 ▊                  quota",
		"  idle                        2.8 ▌                  idle",
		"  not seen                      -                    unseen", "",
		"its other threads, % of one CPU ────────────────────────────────────────────────");
	/* What is not known is a dash and never 0. */
	assert_true(has(&page, "run 12.2  wait  3.5  throttled  0.0"));
	assert_true(has(&page, "run  104  wait    -  throttled    -"));
	assert_true(has(&page, "run    -  wait  0.1  throttled 88.0"));
	row_is(&page, 2, true, "  own vCPUs                  25.0 #####              self, pid 4001");
	page_release(&page);
	snapshot_free(snap);
}

static void without_thieves(void **state)
{
	struct snapshot *snap = fixture_new(0);
	struct vm *vm = robbed(snap);
	struct page page;

	(void)state;
	vm->steal.n_thief = 0;
	page_init(&page, 80);
	vmpage_thieves(vm, &page);
	row_is(&page, 1, false, "  they did not wait");
	page_release(&page);
	vm->steal.n_helper = 0; /* no accounts: nothing is claimed */
	page_init(&page, 80);
	vmpage_thieves(vm, &page);
	assert_int_equal(page.row, 0);
	page_release(&page);
	snapshot_free(snap);
}

/* Everything at once, from a page of no columns to one that is wider than any terminal. */
static void any_width_will_do(void **state)
{
	struct history *history = history_new();
	struct windows *windows = windows_new();
	struct snapshot *snap = fixture_new(0);
	struct vm *vm = vm_of(snap, 5);
	unsigned seed = 3;

	(void)state;
	for (size_t i = 0; i < 4; i++)
		set_any(&vm->steal.vcpu[i], &seed);
	fixture_thief(snap, vm, THIEF_VM, "batch-11", 4711, 100);
	for (int bin = 0; bin < HISTOGRAM_BINS; bin++)
		fixture_waits(snap, vm, histogram_low_ns((unsigned)bin), 1 + (uint64_t)bin, 0);
	history_add(history, snap);
	windows_add(windows, snap);
	for (int cols = 0; cols <= 300; cols++) {
		struct page page;

		page_init(&page, cols);
		vmpage_vcpus(vm, &page);
		vmpage_thieves(vm, &page);
		vmpage_waits(vm, windows, &page);
		vmpage_regime(vm, history, &page);
		assert_true(page.row > 20);
		page_release(&page);
	}
	snapshot_free(snap);
	history_free(history);
	windows_free(windows);
}

/* Twenty columns: who, and the first figure; neither bar nor legend. */
static void a_page_of_20_columns(void **state)
{
	struct snapshot *snap = fixture_new(0);
	struct vm *vm = vm_of(snap, 2);
	struct page page;

	(void)state;
	set(&vm->steal.vcpu[0], (double[]){ 60, NAN, 25, 0, 0, 0, 15 });
	set(&vm->steal.vcpu[1], (double[]){ 40, NAN, 0, 0, 0, 0, 60 });
	fixture_thief(snap, vm, THIEF_VM, "batch-11", 4711, 64.3);
	page_init(&page, 20);
	vmpage_vcpus(vm, &page);
	vmpage_thieves(vm, &page);
	SCREEN(&page.canvas, 0, "vCPUs: where their ~", "  vcpu     tid   run", "     0    5000  60.0",
		"     1    5001  40.0", "", "who ran while its v~", "  batch-11", "");
	page_release(&page);
	snapshot_free(snap);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_parts_sum_to_the_width),
		cmocka_unit_test(the_parts_are_in_order),
		cmocka_unit_test(the_parts_differ_in_ascii),
		cmocka_unit_test(accounts_that_do_not_add_up),
		cmocka_unit_test(what_no_vcpu_knows_has_no_column),
		cmocka_unit_test(what_one_vcpu_does_not_know_is_a_dash),
		cmocka_unit_test(nothing_at_all_is_known),
		cmocka_unit_test(a_vcpu_without_a_number),
		cmocka_unit_test(no_vcpus_were_found),
		cmocka_unit_test(as_many_vcpus_as_there_can_be),
		cmocka_unit_test(style_is_meaning),
		cmocka_unit_test(thieves_and_helpers_at_80_columns),
		cmocka_unit_test(without_thieves),
		cmocka_unit_test(any_width_will_do),
		cmocka_unit_test(a_page_of_20_columns),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("vmpage", tests, NULL, NULL);
}
