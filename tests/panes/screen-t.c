// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/panes/fixture.h"

#include <stdio.h>

#include "tests/probes/snapshots.h"

static struct run_state live(void)
{
	return (struct run_state){ .interval_ms = 1000, .age_s = 0.5, .asking = true };
}

static struct snapshot *judged(struct judge *judge)
{
	return fixture_judge(judge, fixture_incident, 3);
}

static void the_header(void **state)
{
	struct judge *judge = judge_new();
	struct snapshot *snap = judged(judge);
	struct run_state run = live();
	struct canvas canvas;

	(void)state;
	canvas_init(&canvas, 2, 100);
	header_draw(snap, &run, &canvas);
	SCREEN(&canvas, 0,
		"parallax  kvm-07  6.1.0-18  up 41d  22:52:30  1s  LIVE  bpf ok  libvirt 12ms  "
		"guests 5/5",
		"cpu 64 sold 2.0x run 71% wait 18%  psi cpu 22 mem 3 io 9  mem 512G sold 1.6x  "
		"swap out 2.1M/s");
	canvas_release(&canvas);
	canvas_init(&canvas, 2, 80);
	snap->host.is_guest = true;
	snap->host.steal_pct = 7.2;
	run.paused = true;
	run.utc_offset_s = 2 * 3600;
	run.age_s = 12;
	*fixture_host_source(snap, "libvirt") =
		fixture_source("libvirt", SOURCE_STALE, "no answer for 9 s", 9.4, 12);
	header_draw(snap, &run, &canvas);
	SCREEN(&canvas, 0,
		"parallax  kvm-07  00:52:30  PAUSED 12s old  bpf ok  libvirt stale 9s  guests 5/5",
		"cpu 64 sold 2.0x run 71% wait 18% steal 7%  mem 512G sold 1.6x  swap out 2.1M/s");
	canvas_release(&canvas);
	canvas_init(&canvas, 2, 40);
	run = (struct run_state){ .interval_ms = 2500, .replay = true, .ended = true };
	fixture_host_source(snap, "agent")->state = SOURCE_OFF;
	header_draw(snap, &run, &canvas);
	SCREEN(&canvas, 0, "kvm-07  22:52:30  REPLAY ENDED  bpf ok", "run 71% wait 18% steal 7%");
	canvas_release(&canvas);
	canvas_init(&canvas, 1, 8);
	header_draw(snap, &run, &canvas);
	SCREEN(&canvas, 0, "REPLAY ~");
	canvas_release(&canvas);
	snapshot_free(snap);
	judge_free(judge);
}

static void unknown_in_the_header(void **state)
{
	struct snapshot *snap = snapshot_new();
	struct run_state run = { .interval_ms = 500 };
	struct canvas canvas;

	(void)state;
	canvas_init(&canvas, 2, 100);
	header_draw(snap, &run, &canvas);
	SCREEN(&canvas, 0, "parallax  -  -  up -  --:--:--  500ms  LIVE  guests off",
		"cpu - run - wait -  psi cpu - mem - io -  mem -  swap -");
	canvas_release(&canvas);
	snapshot_free(snap);
}

static void the_findings(void **state)
{
	struct judge *judge = judge_new();
	struct snapshot *snap = judged(judge);
	struct findings_state view = { 0 };
	struct canvas canvas;

	(void)state;
	canvas_init(&canvas, 4, 80);
	findings_draw(snap, &view, true, &canvas);
	SCREEN(&canvas, 0,
		"!! db-01    steal   guest busy 72.9%, host ran it 41.0%, wait 1.2%            2s",
		"!! emu-arm  steal   host took 40.2%; no steal clock                           2s",
		"!! unasked  steal   vcpu 2 waits 38.1%, the average of the VM is 11.5%        2s",
		"!! web-03   steal   guest sees  0.0%, host took 23.4%: 64% to batch-11   +2 more");
	assert_int_equal(canvas.cell[0].style, STYLE_CRITICAL | STYLE_SELECTED);
	assert_int_equal(canvas.cell[20].style, STYLE_GAP | STYLE_SELECTED);
	assert_int_equal(canvas.cell[80 + 20].style, STYLE_NORMAL);
	/* Down to the last, and the window follows. */
	for (int i = 0; i < 9; i++)
		assert_true(findings_act(snap, &view, ACTION_NEXT_FINDING));
	assert_int_equal(view.selected, 5);
	findings_draw(snap, &view, true, &canvas);
	assert_int_equal(view.top, 2);
	SCREEN(&canvas, 3,
		"~  cache-2  steal   guest busy  2.1%, host ran it 38.0%                  +2 more");
	assert_true(findings_act(snap, &view, ACTION_HOME));
	assert_int_equal(view.selected, 0);
	assert_false(findings_act(snap, &view, ACTION_SORT));
	canvas_release(&canvas);
	canvas_init(&canvas, 1, 40);
	findings_draw(snap, &view, false, &canvas);
	SCREEN(&canvas, 0, "!! db-01    guest busy 72.9%, h~ +5 more");
	canvas_release(&canvas);
	snapshot_free(snap);
	judge_free(judge);
}

static void no_findings(void **state)
{
	struct snapshot *snap = fixture_new(1);
	struct findings_state view = { .selected = 7, .top = 3 };
	struct canvas canvas;

	(void)state;
	fixture_host(snap);
	canvas_init(&canvas, 1, 80);
	findings_draw(snap, &view, true, &canvas);
	SCREEN(&canvas, 0, "no findings");
	assert_true(findings_act(snap, &view, ACTION_NEXT_FINDING));
	assert_int_equal(view.selected, 0);
	snap->interval_s = NAN;
	findings_draw(snap, &view, true, &canvas);
	SCREEN(&canvas, 0, "measuring: a rate needs two readings");
	*fixture_host_source(snap, "sched") =
		fixture_source("sched", SOURCE_UNAVAILABLE, "no schedstat here", NAN, NAN);
	findings_draw(snap, &view, true, &canvas);
	SCREEN(&canvas, 0, "measuring: a rate needs two readings"); /* bpf has them */
	*fixture_host_source(snap, "bpf") =
		fixture_source("bpf", SOURCE_UNAVAILABLE, "not permitted", NAN, NAN);
	findings_draw(snap, &view, true, &canvas);
	SCREEN(&canvas, 0, "no findings, for want of numbers: no schedstat here");
	canvas_release(&canvas);
	snapshot_free(snap);
}

static void show(struct page *page, int *scroll, int rows, int cols, struct canvas *canvas)
{
	canvas_init(canvas, rows, cols);
	page_show(page, scroll, canvas);
}

static void pages_break_and_scroll(void **state)
{
	struct canvas canvas;
	struct page page;
	int scroll = 0;

	(void)state;
	page_init(&page, 20);
	page_heading(&page, "why");
	page_text(&page, 2, STYLE_NORMAL, "The vCPU threads were runnable and queued.");
	page_text(&page, 0, STYLE_NORMAL, "one\n\ntwo");
	page_text(&page, 2, STYLE_NORMAL, "a-word-that-is-longer-than-the-page ends");
	page_printf(&page, 0, STYLE_NORMAL, "%d lines", 3);
	show(&page, &scroll, 14, 20, &canvas);
	SCREEN(&canvas, 0, "why ────────────────", "  The vCPU threads", "  were runnable and",
		"  queued.", "one", "", "two", "  a-word-that-is-lon", "  ger-than-the-page",
		"  ends", "3 lines", "");
	canvas_release(&canvas);
	assert_int_equal(page_find(&page, "threads"), 1);
	assert_int_equal(page_find(&page, "runnable and"), 2);
	assert_int_equal(page_find(&page, "why"), 0);
	assert_int_equal(page_find(&page, "nothing of that"), -1);
	scroll = 99;
	show(&page, &scroll, 4, 20, &canvas);
	assert_int_equal(scroll, 7);
	SCREEN(&canvas, 0, "  a-word-that-is-lon", "  ger-than-the-page", "  ends",
		"3 lines   ▲ 8-11/11");
	assert_true(page_act(&scroll, 4, ACTION_PAGE_UP));
	assert_int_equal(scroll, 4);
	assert_true(page_act(&scroll, 4, ACTION_HOME));
	assert_true(page_act(&scroll, 4, ACTION_UP));
	assert_int_equal(scroll, 0);
	assert_true(page_act(&scroll, 4, ACTION_END));
	assert_true(page_act(&scroll, 4, ACTION_DOWN));
	assert_false(page_act(&scroll, 4, ACTION_SORT));
	page_show(&page, &scroll, &canvas);
	assert_int_equal(scroll, 7);
	canvas_release(&canvas);
	page_release(&page);
}

/* A minute in which the host took more and more of web-03's time. */
static struct history *some_history(struct snapshot *snap)
{
	struct history *history = history_new();
	double delay_pct = snap->vm[7].steal.host_delay_pct;

	for (int i = 0; i < 60; i++) {
		snap->vm[7].steal.host_delay_pct = i / 2.0;
		history_add(history, snap);
	}
	snap->vm[7].steal.host_delay_pct = delay_pct;
	return history;
}

/* The first row of a page that begins so: what stands above it is other panes' business. */
static int row_of(const struct page *page, const char *begin)
{
	char text[1024];

	for (int row = 0; row < page->row; row++) {
		text[0] = '\0';
		canvas_row_text(&page->canvas, row, false, text, sizeof(text));
		if (!strncmp(text, begin, strlen(begin)))
			return row;
	}
	fail_msg("no row begins with \"%s\"", begin);
	return -1;
}

static void the_vm_page(void **state)
{
	static const char *const part[] = { "verdict:", "promised", "vCPUs:", "the last minutes",
		"who ran", "single waits", "memory ", "stalls for", "sources" };
	struct judge *judge = judge_new();
	struct snapshot *snap = fixture_judge(judge, fixture_incident, 60);
	struct history *history = some_history(snap);
	struct vm *vm = &snap->vm[7];
	struct page page;

	(void)state;
	assert_string_equal(vm->name, "web-03");
	vm->memory.host_swap_bytes = 3ull << 30;
	vm->memory.balloon_bytes = 14ull << 30;
	vm->memory.guest_total_bytes = 13ull << 30;
	vm->memory.guest_usable_bytes = 6ull << 30;
	vm->memory.guest_age_s = 2.2;
	vm->source[FIXTURE_LIBVIRT] =
		fixture_source("libvirt", SOURCE_STALE, "no answer for 9 s", 9.4, 12);
	page_init(&page, 80);
	vmpage_build(&(struct vm_view){ snap, vm, history, judge }, &page);
	SCREEN(&page.canvas, 0, "web-03  running", "8 vCPUs  16G memory  qemu-system-x86_64 kvm",
		"pid 4008  uuid 4dea22b3-1d52-d8f3-2516-782e98ab3fa0",
		"vCPU threads found by the names that the VMM gives its threads",
		"verdict: steal hidden, numa unknown, queues unknown, io unknown, memory unknown,",
		"  pinning unknown, thp unknown");
	SCREEN(&page.canvas, row_of(&page, "!! "), "!! guest sees  0.0%, host took 23.4%: 64% to batch-11 (59s)", "",
		"promised                      delivered",
		"  8 vCPUs                     5.1 CPUs' worth of time (ran 63.8%)   ▆▆▆▆▆▆▆▆▆▆▆▆",
		"  a CPU when needed           waited 23.4%, vcpu 3 38.1%            ▄▄▄▅▅▅▅▅▅▅▅▅",
		"  a true steal clock          guest was told 0.0% (gap +23.4)       ▁▁▁▁▁▁▁▁▁▁▁▁");
	SCREEN(&page.canvas, row_of(&page, "  16G of"), "  16G of memory               12G present, 3.0G in host swap        ▆▆▆▆▆▆▆▆▆▆▆▆",
		"  all of it, all the time     the balloon leaves 14G",
		"                              guest: 13G, 6.0G usable (2.2s old)");
	SCREEN(&page.canvas, row_of(&page, "vCPUs:"),
		"vCPUs: where their time goes, % ────────────────────────────────────────────────",
		"  vcpu     tid                    run  wait  thrt  blkd   vmm  halt  busy steal",
		"     0    5000 ██████████▓▓····  63.8  11.7   0.0   0.0   0.0  24.5  87.0   0.0",
		"     1    5001 ██████████▓▓····  63.8  11.7   0.0   0.0   0.0  24.5  87.0   0.0",
		"     2    5002 ██████████▓▓····  63.8  11.7   0.0   0.0   0.0  24.5  87.0   0.0",
		"     3    5003 ██████████▓▓▓▓▓▓  61.9  38.1   0.0   0.0   0.0   0.0  87.0   0.0",
		"     4    5004 ██████████▓▓····  63.8  11.7   0.0   0.0   0.0  24.5  87.0   0.0",
		"     5    5005 ██████████▓▓····  63.8  11.7   0.0   0.0   0.0  24.5  87.0   0.0",
		"     6    5006 ██████████▓▓····  63.8  11.7   0.0   0.0   0.0  24.5  87.0   0.0",
		"     7    5007 ██████████▓▓····  63.8  11.7   0.0   0.0   0.0  24.5  87.0   0.0",
		"  █ run  ▓ wait  ▒ throttled  x blocked  v in the VMM  · halted",
		"");
	SCREEN(&page.canvas, row_of(&page, "the last minutes"),
		"the last minutes, % ────────────────────────────────────────────────────────────",
		"  host run      63.8  ▆▆▆▆▆▆▆▆▆▆▆▆▆▆▆▆▆▆▆▆▆▆▆▆▆▆▆▆▆▆▆▆▆▆▆▆▆▆▆▆▆▆▆▆▆▆▆ max 63.8",
		"  host took     29.5  ▂▂▂▂▂▂▂▂▂▂▂▂▂▃▃▃▃▃▃▃▃▃▃▃▃▄▄▄▄▄▄▄▄▄▄▄▄▄▅▅▅▅▅▅▅▅▅ max 29.5",
		"  guest busy    87.0  ▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇ max 87.0",
		"  guest steal    0.0  ▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁ max 0.0",
		"  gap          +23.4  ▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄ max +23.4",
		"  one level of wait",
		"");
	SCREEN(&page.canvas, row_of(&page, "who ran"),
		"who ran while its vCPUs waited, % of the wait ──────────────────────────────────",
		"  batch-11                   64.3 ███████████▋       vm, pid 4001",
		"  cc1                        30.1 █████▍             process",
		"  idle                        5.6 █                  idle",
		"");
	SCREEN(&page.canvas, row_of(&page, "single waits"),
		"single waits for a CPU, by length ──────────────────────────────────────────────",
		"        █            │",
		"        █            │",
		"        █            │",
		"        █            │             ▃",
		"        █            │             █",
		"  ▲10us        ▲100us       ▲1ms",
		"        ^30us                      ^3.2ms",
		"  in the last 1m00s 6.9k waits; now p50 31us, p99 3.9ms, longest 4.1ms",
		"  two kinds of wait: queueing of about 30us, and timeslices of about 3.2ms,",
		"  which are 21.7% of them",
		"");
	SCREEN(&page.canvas, row_of(&page, "sources"),
		"sources ────────────────────────────────────────────────────────────────────────",
		"  bpf      ok           age  0.1s  cost 300us",
		"  sched    off          age     -  cost     -",
		"           bpf has these numbers, and better",
		"  libvirt  stale        age  9.4s  cost  12ms",
		"           no answer for 9 s",
		"  balloon  ok           age  2.2s  cost 900us",
		"  agent    ok           age  1.3s  cost 4.1ms");
	assert_int_equal(page.row, row_of(&page, "sources") + 8);
	for (size_t i = 1; i < sizeof(part) / sizeof(part[0]); i++)
		assert_true(row_of(&page, part[i - 1]) < row_of(&page, part[i]));
	page_release(&page);
	history_free(history);
	snapshot_free(snap);
	judge_free(judge);
}

static const struct column *column_of(const char *key)
{
	const struct table *table = pane_by_name("steal")->table;

	for (size_t i = 0; i < table->n_column; i++)
		if (!strcmp(table->column[i].key, key))
			return &table->column[i];
	fail();
	return NULL;
}

static void the_cell_explained(void **state)
{
	struct judge *judge = judge_new();
	struct snapshot *snap = judged(judge);
	struct canvas canvas;
	struct page page;
	int scroll = 0;

	(void)state;
	page_init(&page, 80);
	explain_cell(snap, pane_by_name("steal"), &(struct row){ .vm = &snap->vm[7] },
		column_of("busy"), &page);
	show(&page, &scroll, 16, 80, &canvas);
	SCREEN(&canvas, 0, "busy of web-03, as the guest believes it", "87.0 %", "",
		"meaning ────────────────────────────────────────────────────────────────────────",
		"  Share of time that the guest counts as used: user, nice, system, interrupts.",
		"",
		"where it comes from, best first ────────────────────────────────────────────────",
		"  1. the guest agent's guest-get-cpustats (1 ms steps)",
		"  2. /proc/stat of the guest, read through the agent (10 ms steps). Only when",
		"  guests are asked", "",
		"source ─────────────────────────────────────────────────────────────────────────",
		"  agent: ok", "  read 1.3s ago", "  the last reading took 4.1ms", "");
	canvas_release(&canvas);
	page_release(&page);
	/* What is unknown says why. */
	page_init(&page, 80);
	explain_cell(snap, pane_by_name("steal"), &(struct row){ .vm = &snap->vm[6] },
		column_of("busy"), &page);
	show(&page, &scroll, 16, 80, &canvas);
	SCREEN(&canvas, 0, "busy of unasked, as the guest believes it", "-",
		"unknown: guests are not asked");
	canvas_release(&canvas);
	page_release(&page);
	page_init(&page, 80);
	explain_cell(snap, pane_by_name("steal"), &(struct row){ .vm = &snap->vm[6] },
		column_of("gap"), &page);
	show(&page, &scroll, 16, 80, &canvas);
	SCREEN(&canvas, 0, "gap of unasked", "-",
		"unknown: guest not asked; ask the guests to compare");
	canvas_release(&canvas);
	page_release(&page);
	snapshot_free(snap);
	judge_free(judge);
}

static bool page_has(const struct page *page, const char *text)
{
	char row[1024];

	for (int i = 0; i < page->row; i++) {
		canvas_row_text(&page->canvas, i, false, row, sizeof(row));
		if (strstr(row, text))
			return true;
	}
	return false;
}

static void the_finding_explained(void **state)
{
	struct judge *judge = judge_new();
	struct snapshot *snap = judged(judge);
	struct page page;

	(void)state;
	page_init(&page, 80);
	explain_finding(snap, &snap->finding[0], &page);
	assert_true(page_has(&page, "The guest counts work that the host never ran"));
	assert_true(page_has(&page, "!! db-01: guest busy 72.9%, host ran it 41.0%, wait 1.2%"));
	assert_true(page_has(&page, "critical, verdict phantom, for 2s"));
	assert_true(page_has(&page, "grep VmSwap /proc/4003/status"));
	assert_true(page_has(&page, "/proc/4003/task/5007/wchan"));
	assert_true(page_has(&page, "virsh domjobinfo db-01;"));
	assert_false(page_has(&page, "{"));
	page_release(&page);
	/* A name that a shell would read is not put into a command. */
	snap->vm[2].name = "db;reboot";
	page_init(&page, 80);
	explain_finding(snap, &snap->finding[0], &page);
	assert_true(page_has(&page, "virsh domjobinfo 4dea22b3-1d52-d8f3-2516-782e98ab3fa0"));
	assert_false(page_has(&page, "domjobinfo db;"));
	page_release(&page);
	/* A VM that is gone leaves words. */
	snap->finding[0].vm_key = "key-gone";
	page_init(&page, 80);
	explain_finding(snap, &snap->finding[0], &page);
	assert_true(page_has(&page, "/proc/PID/status"));
	assert_true(page_has(&page, "/proc/PID/task/TID/wchan"));
	page_release(&page);
	snapshot_free(snap);
	judge_free(judge);
}

static void every_rule_is_explained(void **state)
{
	static const char *const rule[] = { "steal-hidden", "steal-phantom", "busy-hidden",
		"busy-phantom", "steal-blind", "steal-wait", "steal-vcpu", "host-steal" };

	(void)state;
	for (size_t i = 0; i < sizeof(rule) / sizeof(rule[0]); i++) {
		const struct explanation *explanation = pane_explanation(rule[i]);

		assert_non_null(explanation);
		assert_true(explanation->title && explanation->mechanism && explanation->trap &&
			    explanation->next);
	}
}

/* Every part of the screen on a canvas of its own size, so that a sanitizer sees each step out. */
static void draw_all(struct snapshot *snap, const struct history *history,
	const struct judge *judge, int rows, int cols)
{
	const struct table *table = pane_by_name("steal")->table;
	struct table_state view = { 0 };
	struct findings_state findings = { 0 };
	struct run_state run = live();
	struct arena arena = { 0 };
	struct canvas canvas;
	struct row *row;
	int scroll = cols;
	size_t n;

	canvas_init(&canvas, rows, cols);
	header_draw(snap, &run, &canvas);
	findings_draw(snap, &findings, true, &canvas);
	table_reset(table, &view);
	n = table_rows(table, snap, NULL, &view, &arena, &row);
	table_draw(table, &view, row, n, true, &canvas);
	table_act(table, &view, row, n, ACTION_END);
	table_act(table, &view, row, n, ACTION_RIGHT);
	table_draw(table, &view, row, n, true, &canvas);
	for (size_t i = 0; i < snap->n_vm && i < 2; i++) {
		struct page page;
		const struct vm_view of_vm = { snap, &snap->vm[i], history, judge };

		page_init(&page, cols);
		vmpage_build(&of_vm, &page);
		explain_cell(snap, pane_by_name("steal"), &(struct row){ .vm = &snap->vm[i] },
			&table->column[(rows + cols) % (int)table->n_column], &page);
		if (snap->n_finding)
			explain_finding(snap, &snap->finding[i % snap->n_finding], &page);
		page_show(&page, &scroll, &canvas);
		page_release(&page);
	}
	table_release(&view);
	arena_release(&arena);
	canvas_release(&canvas);
}

static void any_size(void **state)
{
	struct judge *judge = judge_new();
	struct snapshot *snap = judged(judge);
	struct history *history = some_history(snap);

	(void)state;
	for (int rows = 0; rows <= 60; rows += rows < 3 ? 1 : 19)
		for (int cols = 0; cols <= 200; cols++)
			draw_all(snap, history, judge, rows, cols);
	for (int rows = 0; rows <= 60; rows++)
		for (int cols = 0; cols <= 200; cols += 100)
			draw_all(snap, history, judge, rows, cols);
	history_free(history);
	snapshot_free(snap);
	judge_free(judge);
}

/* A recording may say anything: the most absurd figures and the most hostile names. */
static void any_snapshot(void **state)
{
	struct judge *judge = judge_new();
	struct history *history = history_new();
	struct snapshot *snap = snapshot_new();

	(void)state;
	for (uint64_t seed = 1; seed <= 150; seed++) {
		random_snapshot(seed, snap);
		draw_all(snap, history, judge, 24, 80);
		panes_judge(snap, judge);
		history_add(history, snap);
		draw_all(snap, history, judge, 50, 200);
		draw_all(snap, history, judge, 7, 33);
	}
	snapshot_free(snap);
	history_free(history);
	judge_free(judge);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_header),
		cmocka_unit_test(unknown_in_the_header),
		cmocka_unit_test(the_findings),
		cmocka_unit_test(no_findings),
		cmocka_unit_test(pages_break_and_scroll),
		cmocka_unit_test(the_vm_page),
		cmocka_unit_test(the_cell_explained),
		cmocka_unit_test(the_finding_explained),
		cmocka_unit_test(every_rule_is_explained),
		cmocka_unit_test(any_size),
		cmocka_unit_test(any_snapshot),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
