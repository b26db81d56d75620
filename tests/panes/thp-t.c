// SPDX-License-Identifier: GPL-2.0-or-later
/* The thp pane: its verdicts, its findings, and what it draws. */
#include "tests/panes/fixture.h"

#include <math.h>

#include "panes/thp.h"

/* A VM of which stalls are counted, and there were none. */
static struct vm *calm_vm(struct snapshot *snap, const char *name)
{
	struct vm *vm = fixture_vm(snap, name, 4, 10, 0);
	struct source *source = arena_array(&snap->arena, FIXTURE_SOURCES + 1, sizeof(*source));

	memcpy(source, vm->source, FIXTURE_SOURCES * sizeof(*source));
	source[FIXTURE_SOURCES] = fixture_source("stalls", SOURCE_OK, NULL, 0, 0.01);
	vm->source = source;
	vm->n_source = FIXTURE_SOURCES + 1;
	vm->thp.stall_ms_per_s = vm->thp.compact_ms_per_s = 0;
	vm->thp.reclaim_ms_per_s = vm->thp.limit_ms_per_s = 0;
	vm->thp.stalls = 0;
	vm->thp.longest_stall_ms = vm->thp.in_progress_ms = 0;
	vm->thp.huge_pct = 61.2;
	vm->thp.huge_error_pct = 2.1;
	return vm;
}

/* It was asked 4 s ago, and counts so many a second. */
static void asked(const struct snapshot *snap, struct vm *vm, double stalls, double fallbacks)
{
	vm->has_agent = true;
	vm->source[FIXTURE_AGENT] = fixture_source("agent", SOURCE_OK, NULL, 1.3, 4.1);
	vm->guest.source = vm->thp.guest_source = "agent files";
	vm->guest.age_s = fmod(snap->time_s, 10);
	vm->guest.interval_s = vm->thp.guest_interval_s = 10;
	vm->guest.huge_bytes = 512ull << 20;
	vm->guest.compact_stalls_per_s = vm->thp.guest_compact_stalls_per_s = stalls;
	vm->guest.thp_fallbacks_per_s = vm->thp.guest_thp_fallbacks_per_s = fallbacks;
	vm->guest.compact_fails_per_s = vm->guest.alloc_stalls_per_s = 0;
}

/* One stall of this length ended a tenth of a second ago. */
static void paused(const struct snapshot *snap, struct vm *vm, double ms, enum stall_kind kind)
{
	vm->thp.stall_ms_per_s = ms;
	vm->thp.compact_ms_per_s = kind == STALL_COMPACTION ? ms : 0;
	vm->thp.reclaim_ms_per_s = kind == STALL_COMPACTION ? 0 : ms;
	vm->thp.limit_ms_per_s = kind == STALL_LIMIT ? ms : 0;
	vm->thp.stalls = 1;
	vm->thp.longest_stall_ms = ms;
	vm->thp.longest_at_s = snap->time_s - 0.1;
	vm->thp.longest_tid = 4711;
	vm->thp.longest_kind = kind;
}

static void one_long_stall(struct snapshot *snap, int second)
{
	struct vm *vm = calm_vm(snap, "web");

	if (second == 3)
		paused(snap, vm, 812, STALL_COMPACTION);
	asked(snap, vm, 0, 0);
}

static void a_long_stall_is_told_of_for_a_minute(void **state)
{
	struct judge *judge = judge_new();
	struct snapshot *snap = fixture_play(judge, one_long_stall, 0, 3);

	(void)state;
	assert_int_equal(fixture_vm_of(snap, "web")->thp.verdict, VERDICT_AGREE);
	assert_int_equal(snap->n_finding, 0);
	snapshot_free(snap);
	snap = fixture_play(judge, one_long_stall, 3, 13);
	assert_int_equal(fixture_vm_of(snap, "web")->thp.verdict, VERDICT_HIDDEN);
	fixture_assert_finding(fixture_finding(snap, "web", "thp-stall"), SEVERITY_WARN,
		VERDICT_HIDDEN, "guest sees 0/s, host stalled it 812ms 12s ago, compacting");
	assert_true(fixture_finding(snap, "web", "thp-stall")->since_s == 1003);
	snapshot_free(snap);
	snap = fixture_play(judge, one_long_stall, 16, 46);
	assert_non_null(fixture_finding(snap, "web", "thp-stall"));
	snapshot_free(snap);
	/* It is over, and remembered. */
	snap = fixture_play(judge, one_long_stall, 62, 6);
	assert_null(fixture_finding(snap, "web", "thp-stall"));
	assert_int_equal(fixture_vm_of(snap, "web")->thp.verdict, VERDICT_AGREE);
	assert_true(fixture_vm_of(snap, "web")->thp.worst_ms == 812);
	assert_true(fabs(fixture_vm_of(snap, "web")->thp.worst_at_s - 1002.9) < 1e-6);
	assert_true(fabs(fixture_vm_of(snap, "web")->thp.worst_age_s - 64.1) < 1e-6);
	assert_int_equal(fixture_vm_of(snap, "web")->thp.worst_tid, 4711);
	assert_int_equal(fixture_vm_of(snap, "web")->thp.worst_kind, STALL_COMPACTION);
	snapshot_free(snap);
	judge_free(judge);
}

/* A minute ago it was worse: what is told of is the worst of this minute. */
static void two_long_stalls(struct snapshot *snap, int second)
{
	struct vm *vm = calm_vm(snap, "web");

	if (second == 3)
		paused(snap, vm, 2500, STALL_COMPACTION);
	if (second == 70)
		paused(snap, vm, 130, STALL_RECLAIM);
}

static void the_worst_of_a_minute_and_of_five_differ(void **state)
{
	struct judge *judge = judge_new();
	struct snapshot *snap = fixture_play(judge, two_long_stalls, 0, 10);

	(void)state;
	fixture_assert_finding(fixture_finding(snap, "web", "thp-stall"), SEVERITY_CRITICAL,
		VERDICT_BLIND, "guest not asked, host stalled it 2.5s 6s ago, compacting");
	snapshot_free(snap);
	snap = fixture_play(judge, two_long_stalls, 10, 65);
	assert_null(fixture_finding(snap, "web", "thp-stall"));
	fixture_assert_finding(fixture_finding(snap, "web", "thp-reclaim"), SEVERITY_WARN,
		VERDICT_BLIND, "guest not asked, host stalled it 130ms 4s ago, reclaiming");
	assert_true(fixture_vm_of(snap, "web")->thp.worst_ms == 2500);
	/* The row's mark and the promise are of what the finding tells. */
	assert_true(fixture_vm_of(snap, "web")->thp.recent_ms == 130);
	assert_int_equal(thp_trouble(&fixture_vm_of(snap, "web")->thp), SEVERITY_WARN);
	snapshot_free(snap);
	judge_free(judge);
}

/* Many short ones: no single one is felt. */
static void many_short(struct snapshot *snap, double ms_per_s, enum stall_kind kind)
{
	struct vm *vm = calm_vm(snap, "web");

	paused(snap, vm, ms_per_s, kind);
	vm->thp.longest_stall_ms = 4.1;
}

static void watched(struct snapshot *snap, int second)
{
	(void)second;
	many_short(snap, 12, STALL_COMPACTION);
}

static void warned(struct snapshot *snap, int second)
{
	(void)second;
	many_short(snap, 63, STALL_RECLAIM);
}

static void critical(struct snapshot *snap, int second)
{
	(void)second;
	many_short(snap, 200, STALL_LIMIT);
}

static void fine(struct snapshot *snap, int second)
{
	(void)second;
	many_short(snap, 9.9, STALL_COMPACTION);
}

static void once_only(struct snapshot *snap, int second)
{
	many_short(snap, second == 3 ? 90 : 0, STALL_COMPACTION);
}

static void many_short_ones_count_by_their_sum(void **state)
{
	static const struct {
		void (*make)(struct snapshot *snap, int second);
		const char *rule, *text;
		enum severity severity;
	} cases[] = {
		{ watched, "thp-stall",
			"guest not asked, host stalls it 12ms/s, up to 4.1ms, compacting",
			SEVERITY_WATCH },
		{ warned, "thp-reclaim",
			"guest not asked, host stalls it 63ms/s, up to 4.1ms, reclaiming",
			SEVERITY_WARN },
		{ critical, "thp-reclaim",
			"guest not asked, host stalls it 200ms/s, up to 4.1ms, by its limit",
			SEVERITY_CRITICAL },
		{ fine, NULL, NULL, SEVERITY_NONE },
		{ once_only, NULL, NULL, SEVERITY_NONE },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct judge *judge = judge_new();
		struct snapshot *snap = fixture_play(judge, cases[i].make, 0, 5);

		if (cases[i].rule)
			fixture_assert_finding(fixture_finding(snap, "web", cases[i].rule),
				cases[i].severity, VERDICT_BLIND, cases[i].text);
		else
			assert_int_equal(snap->n_finding, 0);
		assert_int_equal(fixture_vm_of(snap, "web")->thp.verdict,
			cases[i].rule ? VERDICT_BLIND : VERDICT_UNKNOWN);
		snapshot_free(snap);
		judge_free(judge);
	}
}

static void lasting(struct snapshot *snap, int second)
{
	struct vm *vm = calm_vm(snap, "web");

	paused(snap, vm, 1000, STALL_COMPACTION);
	vm->thp.stalls = 0;
	vm->thp.in_progress_ms = vm->thp.longest_stall_ms = 300 + second * 1000.0;
	vm->thp.longest_at_s = snap->time_s;
}

static void a_stall_is_told_of_while_it_lasts(void **state)
{
	struct judge *judge = judge_new();
	struct snapshot *snap = fixture_play(judge, lasting, 0, 4);

	(void)state;
	fixture_assert_finding(fixture_finding(snap, "web", "thp-stall"), SEVERITY_CRITICAL,
		VERDICT_BLIND, "guest not asked, host has stalled it for 3.3s now, compacting");
	assert_true(fixture_vm_of(snap, "web")->thp.worst_age_s == 0);
	snapshot_free(snap);
	judge_free(judge);
}

/* A longer one that was over before does not lend it its length, nor the other way round. */
static void begun(struct snapshot *snap, int second)
{
	struct vm *vm = calm_vm(snap, "web");

	paused(snap, vm, 150, STALL_COMPACTION);
	vm->thp.in_progress_ms = 300 + second * 1000.0;
}

static void a_stall_in_progress_is_told_by_its_own_length(void **state)
{
	struct judge *judge = judge_new();
	struct snapshot *snap = fixture_play(judge, begun, 0, 4);

	(void)state;
	assert_string_equal(fixture_finding(snap, "web", "thp-stall")->text,
		"guest not asked, host has stalled it for 3.3s now, compacting");
	snapshot_free(snap);
	judge_free(judge);
}

static void both_stall(struct snapshot *snap, int second)
{
	struct vm *vm = calm_vm(snap, "web");

	(void)second;
	paused(snap, vm, 60, STALL_COMPACTION);
	asked(snap, vm, 2.5, 0);
}

static void guest_stalls(struct snapshot *snap, int second)
{
	(void)second;
	asked(snap, calm_vm(snap, "web"), 2.5, 31);
}

static void guest_falls_back(struct snapshot *snap, int second)
{
	(void)second;
	asked(snap, calm_vm(snap, "web"), 0, 31);
}

/* A fallback is no stall: the guest counts none. */
static void host_stalls_and_guest_falls_back(struct snapshot *snap, int second)
{
	struct vm *vm = calm_vm(snap, "web");

	(void)second;
	paused(snap, vm, 60, STALL_COMPACTION);
	asked(snap, vm, 0, 31);
}

static void the_guest_has_its_own(void **state)
{
	struct judge *judge = judge_new();
	struct snapshot *snap = fixture_play(judge, both_stall, 0, 25);

	(void)state;
	fixture_assert_finding(fixture_finding(snap, "web", "thp-stall"), SEVERITY_WARN,
		VERDICT_AGREE, "guest sees 2.5/s, host stalls it 60ms/s, up to 60ms, compacting");
	assert_null(fixture_finding(snap, "web", "thp-guest"));
	snapshot_free(snap);
	judge_free(judge);
	judge = judge_new();
	snap = fixture_play(judge, guest_stalls, 0, 25);
	fixture_assert_finding(fixture_finding(snap, "web", "thp-guest"), SEVERITY_WATCH,
		VERDICT_PHANTOM,
		"guest stalls 2.5/s, 31/s fall back; host stalls it 0/s");
	snapshot_free(snap);
	judge_free(judge);
	judge = judge_new();
	snap = fixture_play(judge, guest_falls_back, 0, 25);
	assert_int_equal(fixture_finding(snap, "web", "thp-guest")->severity, SEVERITY_INFO);
	assert_int_equal(fixture_vm_of(snap, "web")->thp.verdict, VERDICT_AGREE);
	snapshot_free(snap);
	judge_free(judge);
	judge = judge_new();
	snap = fixture_play(judge, host_stalls_and_guest_falls_back, 0, 25);
	assert_int_equal(fixture_vm_of(snap, "web")->thp.verdict, VERDICT_HIDDEN);
	snapshot_free(snap);
	/* One reading of the guest, seen again and again, says nothing new. */
	judge_free(judge);
	judge = judge_new();
	snap = fixture_play(judge, guest_stalls, 0, 9);
	assert_null(fixture_finding(snap, "web", "thp-guest"));
	assert_int_equal(fixture_vm_of(snap, "web")->thp.verdict, VERDICT_UNKNOWN);
	snapshot_free(snap);
	judge_free(judge);
}

static void all_kinds_of_missing(struct snapshot *snap, int second)
{
	struct vm *vm;

	vm = calm_vm(snap, "a-no-rights");
	vm->thp.stall_ms_per_s = vm->thp.longest_stall_ms = NAN;
	vm->source[FIXTURE_SOURCES] = fixture_source(
		"stalls", SOURCE_UNAVAILABLE, "cannot load: not permitted", NAN, NAN);
	calm_vm(snap, "b-not-asked");
	vm = calm_vm(snap, "c-no-files");
	vm->source[FIXTURE_AGENT] = fixture_source("agent", SOURCE_OK, NULL, 1.3, 4.1);
	vm->guest.reason = "its agent lets no file be read";
	vm = calm_vm(snap, "d-one-reading");
	asked(snap, vm, NAN, NAN);
	vm = calm_vm(snap, "e-old");
	asked(snap, vm, 0, 0);
	vm->guest.age_s = 45;
	vm = calm_vm(snap, "f-paused");
	paused(snap, vm, 900, STALL_COMPACTION);
	vm->state = VM_PAUSED;
	vm = calm_vm(snap, "g-fine");
	asked(snap, vm, 0, 0);
	(void)second;
}

static void what_is_missing_has_a_reason(void **state)
{
	static const struct {
		const char *vm;
		enum verdict verdict;
		const char *reason;
	} cases[] = {
		{ "a-no-rights", VERDICT_UNKNOWN, "cannot load: not permitted" },
		{ "b-not-asked", VERDICT_UNKNOWN, "guest not asked; ask the guests to compare" },
		{ "c-no-files", VERDICT_UNKNOWN, "its agent lets no file be read" },
		{ "d-one-reading", VERDICT_UNKNOWN,
			"a rate of the guest needs two of its readings, and there is one" },
		{ "e-old", VERDICT_UNKNOWN, "the guest's last answer is too old to compare" },
		{ "f-paused", VERDICT_UNKNOWN, "the VM is paused" },
		{ "g-fine", VERDICT_AGREE, NULL },
	};
	struct judge *judge = judge_new();
	struct snapshot *snap = fixture_play(judge, all_kinds_of_missing, 0, 4);

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct vm *vm = fixture_vm_of(snap, cases[i].vm);

		assert_int_equal(vm->thp.verdict, cases[i].verdict);
		if (cases[i].reason)
			assert_string_equal(vm->thp.verdict_reason, cases[i].reason);
		else
			assert_null(vm->thp.verdict_reason);
	}
	assert_int_equal(snap->n_finding, 0);
	snapshot_free(snap);
	judge_free(judge);
}

static void falls_back(struct snapshot *snap, int second)
{
	(void)second;
	snap->host.thp_allocs_per_s = 30;
	snap->host.thp_fallbacks_per_s = 270;
}

static void seldom_falls_back(struct snapshot *snap, int second)
{
	(void)second;
	snap->host.thp_allocs_per_s = 900;
	snap->host.thp_fallbacks_per_s = 270;
}

static void the_host_may_have_no_huge_pages_left(void **state)
{
	struct judge *judge = judge_new();
	struct snapshot *snap = fixture_play(judge, falls_back, 0, 3);

	(void)state;
	fixture_assert_finding(fixture_finding(snap, NULL, "thp-fallback"), SEVERITY_WATCH,
		VERDICT_UNKNOWN,
		"90.0% of faults for huge pages get none: 270/s");
	snapshot_free(snap);
	snap = fixture_play(judge, seldom_falls_back, 3, 4);
	assert_null(fixture_finding(snap, NULL, "thp-fallback"));
	snapshot_free(snap);
	judge_free(judge);
}

/* So many of that length, in this interval. */
static void stalls(struct snapshot *snap, struct vm *vm, double ms, uint64_t count)
{
	vm->thp.stall_bin = arena_array(&snap->arena, 1, sizeof(*vm->thp.stall_bin));
	vm->thp.n_stall_bin = count > 0;
	vm->thp.stall_bin[0] =
		(struct stall_bin){ histogram_low_ns(histogram_bin((uint64_t)(ms * 1e6))), count };
}

/* One of each. */
static void incident(struct snapshot *snap, int second)
{
	struct vm *vm;

	vm = calm_vm(snap, "cache-2");
	asked(snap, vm, 0, 0);
	if (second == 8)
		paused(snap, vm, 1812, STALL_COMPACTION);
	stalls(snap, vm, second == 8 ? 1812 : 0.8, second == 8 ? 1 : (uint64_t)(second % 3));
	vm = calm_vm(snap, "db-01");
	paused(snap, vm, 64, STALL_LIMIT);
	vm->thp.longest_stall_ms = 22.5;
	vm->thp.stalls = 41;
	vm = calm_vm(snap, "golden-image");
	vm->state = VM_PAUSED;
	vm->state_reason = "user";
	vm = calm_vm(snap, "old-java");
	asked(snap, vm, 3.25, 1200);
	vm = calm_vm(snap, "quiet");
	asked(snap, vm, 0, 0.02);
	vm = fixture_vm(snap, "unseen", 2, 1, 0);
	snap->host.compact_stalls_per_s = 12;
	snap->host.compact_fails_per_s = 9.8;
	snap->host.alloc_stalls_per_s = 0;
	snap->host.thp_allocs_per_s = 512;
	snap->host.thp_fallbacks_per_s = 97;
	snap->host.thp_splits_per_s = 0.04;
	snap->host.thp_enabled = "madvise";
	snap->host.thp_defrag = "defer+madvise";
	snap->host.stall_others_ms_per_s = 3.1;
	snap->host.stall_kernel_ms_per_s = 0;
}

static void draw(struct snapshot *snap, int rows, int cols, struct canvas *canvas)
{
	struct table_state view = { 0 };
	struct arena arena = { 0 };
	struct row *row;
	size_t n;

	table_reset(&thp_table, &view);
	n = table_rows(&thp_table, snap, NULL, &view, &arena, &row);
	canvas_init(canvas, rows, cols);
	table_draw(&thp_table, &view, row, n, true, canvas);
	table_release(&view);
	arena_release(&arena);
}

static void screens(void **state)
{
	struct judge *judge = judge_new();
	struct snapshot *snap = fixture_play(judge, incident, 0, 24);
	struct canvas canvas;
	struct page page;

	(void)state;
	page_init(&page, 80);
	pane_by_name("thp")->head(snap, &page);
	SCREEN(&page.canvas, 0,
		"compact 12/s, fail 9.8/s, reclaim 0/s; huge 512/s, fallback 97/s, split 0.1/s",
		"thp madvise, defrag defer+madvise  others stalled 3.1ms/s, kernel threads 0/s");
	page_release(&page);
	draw(snap, 12, 80, &canvas);
	SCREEN(&canvas, 0, "             │ HOST                                │ GUEST       │ GAP",
		"VM           │ stall cmpct  recl worst   when huge │ cmpct fallb │ gap▼",
		"cache-2      │     0     0     0  1.8s    15s 61.2 │     0     0 │ hidden  !!",
		"old-java     │     0     0     0     0        61.2 │   3.2  1.2k │ phantom ~",
		"db-01        │  64ms     0  64ms  22ms     0s 61.2 │     -     - │ blind   !",
		"golden-image │ paused: user                        │     -     - │ -",
		"quiet        │     0     0     0     0        61.2 │     0   0.1 │ agree",
		"unseen       │     -     -     -     -      -    - │     -     - │ -");
	canvas_release(&canvas);
	draw(snap, 8, 40, &canvas);
	SCREEN(&canvas, 0, "VM           │ stall worst │ gap▼",
		"cache-2      │     0  1.8s │ hidden  !!", "old-java     │     0     0 │ phantom ~",
		"db-01        │  64ms  22ms │ blind   !", "golden-image │ paused: us~ │ -",
		"quiet        │     0     0 │ agree", "unseen       │     -     - │ -");
	canvas_release(&canvas);
	draw(snap, 1, 1, &canvas);
	SCREEN(&canvas, 0, "~");
	canvas_release(&canvas);
	draw(snap, 12, 160, &canvas);
	SCREEN(&canvas, 0,
		"             │ HOST                                                         │ "
		"GUEST                  │ GAP",
		"VM           │ stall cmpct  recl limit    n   now worst   when huge     pid │ "
		"cmpct fallb huge   age │ gap▼",
		"cache-2      │     0     0     0     0    0     0  1.8s    15s 61.2    4001 │     "
		"0     0 512M  3.0s │ hidden  !!",
		"old-java     │     0     0     0     0    0     0     0        61.2    4004 │   "
		"3.2  1.2k 512M  3.0s │ phantom ~",
		"db-01        │  64ms     0  64ms  64ms   41     0  22ms     0s 61.2    4002 │     "
		"-     -    -     - │ blind   !",
		"golden-image │ paused: user                                                 │     "
		"-     -    -     - │ -",
		"quiet        │     0     0     0     0    0     0     0        61.2    4005 │     "
		"0   0.1 512M  3.0s │ agree",
		"unseen       │     -     -     -     -    -     -     -      -    -    4006 │     "
		"-     -    -     - │ -");
	canvas_release(&canvas);
	snapshot_free(snap);
	judge_free(judge);
}

static void its_section_on_the_page_of_a_vm(void **state)
{
	struct judge *judge = judge_new();
	struct history *history = history_new();
	struct snapshot *snap = NULL;
	struct page page;

	(void)state;
	for (int i = 0; i < 24; i++) {
		snapshot_free(snap);
		snap = fixture_play(judge, incident, i, 1);
		history_add(history, snap);
	}
	page_init(&page, 80);
	thp_detail(&(struct vm_view){ snap, &snap->vm[0], history, judge }, &page);
	SCREEN(&page.canvas, 0,
		"stalls for memory ──────────────────────────────────────────────────────────────",
		"  each second      0                         ▁▁▁▁▁▁▁▁█▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁ max 1.8s",
		"  at once          0                         ▁▁▁▁▁▁▁▁█▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁ max 1.8s",
		"                                                     ^",
		"  1.8s at 00:16:47 UTC, 15s ago, compacting, thread 4711", "        █",
		"        █", "        █", "        █",
		"        █                                            ▂",
		"         ▲1ms          ▲10ms        ▲100ms       ▲1s",
		"  in the last 23s 23 stalls; p50 812us, p99 1.8s",
		"  now compacting 0/s, reclaiming 0/s, of that by its limit 0/s; 0 stalls ended",
		"  huge pages: 61.2% of its memory here, +/- 2.1; the guest's own 512M",
		"  guest's own: compact 0/s, fail 0/s, reclaim 0/s, fallback 0/s, in 10s");
	page_release(&page);
	page_init(&page, 60);
	thp_detail(&(struct vm_view){ snap, fixture_vm_of(snap, "unseen"), history, judge },
		&page);
	SCREEN(&page.canvas, 0, "stalls for memory ──────────────────────────────────────────",
		"  not known: nobody counts them", "  guest's own: not known");
	page_release(&page);
	snapshot_free(snap);
	history_free(history);
	judge_free(judge);
}

/* The line reaches back less far than the longest: what it shows is another one. */
static void the_mark_is_under_the_longest_or_nowhere(void **state)
{
	struct judge *judge = judge_new();
	struct history *history = history_new();
	struct snapshot *snap = NULL;
	struct page page;

	(void)state;
	for (int i = 0; i < 75; i++) {
		snapshot_free(snap);
		snap = fixture_play(judge, two_long_stalls, i, 1);
		history_add(history, snap);
	}
	page_init(&page, 80);
	thp_detail(&(struct vm_view){ snap, &snap->vm[0], history, judge }, &page);
	SCREEN(&page.canvas, 3,
		"  longest: 2.5s at 00:16:42 UTC, 1m11s ago, compacting, thread 4711");
	page_release(&page);
	snapshot_free(snap);
	history_free(history);
	judge_free(judge);
}

static void promises(void **state)
{
	struct judge *judge = judge_new();
	struct snapshot *snap = fixture_play(judge, incident, 0, 24);
	struct arena arena = { 0 };
	struct promise promise[2];

	(void)state;
	assert_int_equal(thp_promises(fixture_vm_of(snap, "cache-2"), promise, 2, &arena), 1);
	assert_string_equal(promise[0].promised, "memory without a pause");
	assert_string_equal(promise[0].delivered, "stalled 1.8s at once, 15s ago");
	assert_int_equal(promise[0].style, STYLE_CRITICAL);
	assert_int_equal(promise[0].series, SERIES_STALL);
	thp_promises(fixture_vm_of(snap, "quiet"), promise, 2, &arena);
	assert_string_equal(promise[0].delivered, "not stalled in the last 23s");
	thp_promises(fixture_vm_of(snap, "unseen"), promise, 2, &arena);
	assert_string_equal(promise[0].delivered, "-");
	assert_int_equal(promise[0].style, STYLE_DIM);
	assert_int_equal(thp_promises(fixture_vm_of(snap, "quiet"), promise, 0, &arena), 0);
	arena_release(&arena);
	snapshot_free(snap);
	judge_free(judge);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_long_stall_is_told_of_for_a_minute),
		cmocka_unit_test(the_worst_of_a_minute_and_of_five_differ),
		cmocka_unit_test(many_short_ones_count_by_their_sum),
		cmocka_unit_test(a_stall_is_told_of_while_it_lasts),
		cmocka_unit_test(a_stall_in_progress_is_told_by_its_own_length),
		cmocka_unit_test(the_guest_has_its_own),
		cmocka_unit_test(what_is_missing_has_a_reason),
		cmocka_unit_test(the_host_may_have_no_huge_pages_left),
		cmocka_unit_test(screens),
		cmocka_unit_test(its_section_on_the_page_of_a_vm),
		cmocka_unit_test(the_mark_is_under_the_longest_or_nowhere),
		cmocka_unit_test(promises),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("thp", tests, NULL, NULL);
}
