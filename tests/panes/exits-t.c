// SPDX-License-Identifier: GPL-2.0-or-later
/* The exits on the VM page: as a table, and why there is none. */
#include "tests/panes/fixture.h"

#include "panes/vmpage.h"

static struct vm_exit exits[] = {
	{ "hlt", 412.4, 61.25, 2970000, 1204000000 },
	{ "npf", 10233, 4.4, 8600, 61000000 },
	{ "avic_unaccelerated_access", 0.25, 0.001, 43000, 43000 },
	{ "reason 165", 0, 0, NAN, 812 },
};

static struct vm *counted(struct snapshot *snap)
{
	struct vm *vm = fixture_vm(snap, "web-03", 2, 38, 1);

	vm->source = arena_array(&snap->arena, 1, sizeof(*vm->source));
	vm->n_source = 1;
	vm->source[0] = fixture_source("exits", SOURCE_OK, NULL, 0.1, 0.1);
	vm->exits_interval_s = 1;
	vm->vm_exit = exits;
	vm->n_vm_exit = sizeof(exits) / sizeof(exits[0]);
	return vm;
}

static void the_table_at_80_columns(void **state)
{
	struct snapshot *snap = fixture_new(0);
	struct page page;

	(void)state;
	page_init(&page, 80);
	vmpage_exits(counted(snap), &page);
	SCREEN(&page.canvas, 0,
		"exits: why its vCPUs left the guest ────────────────────────────────────────────",
		"  reason                     per s  mean   max     %",
		"  hlt                          412 3.0ms  1.2s  61.2 ██████████████▊",
		"  npf                          10k 8.6us  61ms   4.4 █",
		"  avic_unaccelerated_access    0.2  43us  43us   0.0",
		"  reason 165                   0.0     - 812ns   0.0",
		"  an exit lasts until the guest runs again, whatever the host does meanwhile; a",
		"  halt is the guest's sleep",
		"");
	page_release(&page);
	snapshot_free(snap);
}

static void the_table_at_40_columns(void **state)
{
	struct snapshot *snap = fixture_new(0);
	struct page page;

	(void)state;
	page_init(&page, 40);
	vmpage_exits(counted(snap), &page);
	SCREEN(&page.canvas, 0,
		"exits: why its vCPUs left the guest ────",
		"  reason         per s  mean   max     %",
		"  hlt              412 3.0ms  1.2s  61.2",
		"  npf              10k 8.6us  61ms   4.4",
		"  avic_unaccele~   0.2  43us  43us   0.0",
		"  reason 165       0.0     - 812ns   0.0",
		"  an exit lasts until the guest runs",
		"  again, whatever the host does",
		"  meanwhile; a halt is the guest's sleep",
		"");
	page_release(&page);
	snapshot_free(snap);
}

static void any_width_will_do(void **state)
{
	struct snapshot *snap = fixture_new(0);

	(void)state;
	for (int cols = 0; cols < 130; cols++) {
		struct vm *vm = counted(snap);
		struct page page;

		snap->n_vm = 0;
		page_init(&page, cols);
		vmpage_exits(vm, &page);
		page_release(&page);
	}
	snapshot_free(snap);
}

/* What the section says at 80 columns, when there is no table. */
static void says(struct vm *vm, const char *first, const char *second)
{
	char row[256];
	struct page page;

	page_init(&page, 80);
	vmpage_exits(vm, &page);
	canvas_row_text(&page.canvas, 1, false, row, sizeof(row));
	assert_string_equal(row, first);
	canvas_row_text(&page.canvas, 2, false, row, sizeof(row));
	assert_string_equal(row, second);
	page_release(&page);
}

static void why_there_is_no_table(void **state)
{
	struct snapshot *snap = fixture_new(0);
	struct vm *vm = counted(snap);

	(void)state;
	vm->n_vm_exit = 0;
	says(vm, "  no exits were reported: this KVM runs guests without them (emulation or",
		"  paravirtual KVM), or the guest sleeps");
	vm->exits_interval_s = NAN;
	says(vm, "  counting has just begun", "");
	vm->source[0] = fixture_source("exits", SOURCE_OFF, "open a VM to see its exits", NAN, NAN);
	says(vm, "  open a VM to see its exits", "");
	vm->source[0] = fixture_source("exits", SOURCE_UNAVAILABLE, "KVM is not loaded", NAN, NAN);
	says(vm, "  KVM is not loaded", "");
	vm->n_source = 0; /* a recording of a parallax that had no such probe */
	says(vm, "", "");
	snapshot_free(snap);
}

static void what_was_lost_is_told(void **state)
{
	struct snapshot *snap = fixture_new(0);
	struct vm *vm = counted(snap);

	(void)state;
	vm->n_vm_exit = 0;
	vm->source[0].reason = "7 exits could not be counted";
	vm->exits_interval_s = NAN;
	says(vm, "  counting has just begun", "  7 exits could not be counted");
	snapshot_free(snap);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_table_at_80_columns),
		cmocka_unit_test(the_table_at_40_columns),
		cmocka_unit_test(any_width_will_do),
		cmocka_unit_test(why_there_is_no_table),
		cmocka_unit_test(what_was_lost_is_told),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
