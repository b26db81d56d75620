// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/panes/fixture.h"

#include <stdio.h>

#include "panes/pinning.h"

/* A host of so many CPUs, on nodes of 64, whose cores have two of them. */
static void put_cpus(struct snapshot *snap, uint64_t n)
{
	struct host *host = &snap->host;

	host->cpus = n;
	host->n_host_cpu = snap->n_cpu_load = n;
	host->host_cpu = arena_array(&snap->arena, n, sizeof(*host->host_cpu));
	snap->cpu_load = arena_array(&snap->arena, n, sizeof(*snap->cpu_load));
	for (uint64_t i = 0; i < n; i++) {
		host->host_cpu[i] = (struct host_cpu){ .id = i, .node = i / 64, .core = i / 2 * 2 };
		snap->cpu_load[i] = (struct cpu_load){ .id = i,
			.demand_pct = (double)(i * 13 % 100),
			.contended_pct = NAN };
	}
}

static void put_name(struct snapshot *snap, uint64_t cpu, const char *name)
{
	struct cpu_load *load = &snap->cpu_load[cpu];

	if (!load->names)
		load->names = arena_array(&snap->arena, CPU_LOAD_NAMES, sizeof(*load->names));
	load->names[load->n_names++].name = name;
	load->sharers = load->n_names;
}

/* A set that is short, with who is in it. */
static struct cpuset *put_set(struct snapshot *snap, const char *cpus, uint64_t count, double demand)
{
	struct cpuset *set;

	if (!snap->cpuset)
		snap->cpuset = arena_array(&snap->arena, 8, sizeof(*snap->cpuset));
	set = &snap->cpuset[snap->n_cpuset++];
	*set = (struct cpuset){ .cpus = cpus, .cpus_count = count, .bound = true, .demand_pct = demand };
	set->cpuset_share = arena_array(&snap->arena, CPUSET_SHARES, sizeof(*set->cpuset_share));
	return set;
}

static void put_share(struct cpuset *set, const char *name, bool vm, uint64_t pid, double demand)
{
	set->cpuset_share[set->n_cpuset_share++] = (struct cpuset_share){
		.name = name, .vm = vm, .pid = pid, .threads = 1, .demand_pct = demand };
	set->sharers = set->n_cpuset_share;
}

static struct vm *put_vm(struct snapshot *snap, const char *name, const char *cpus, double demand)
{
	struct vm *vm = fixture_vm(snap, name, 1, 50, 40);

	fixture_accounts(vm, 0, 0, 0);
	vm->pinning.cpus = cpus;
	vm->pinning.cpus_count = 1;
	vm->pinning.set_vcpus = 1;
	vm->pinning.bound = true;
	vm->pinning.demand_pct = demand;
	vm->pinning.sharers = vm->pinning.drifted = vm->pinning.smt = 0;
	vm->pinning.threads = 3;
	vm->pinning.wait_pct = vm->steal.host_delay_pct;
	return vm;
}

static void tell(struct vm *vm, double told)
{
	fixture_clock(vm, told);
	vm->pinning.gap_pct = vm->pinning.wait_pct - told;
	vm->pinning.gap_error_pct = 0.1;
}

/* Two guests and a process on one CPU; the first is not told. */
static void make_fight(struct snapshot *snap)
{
	struct cpuset *set = put_set(snap, "1", 1, 298);
	struct vm *vm = put_vm(snap, "web-03", "1", 298);

	put_cpus(snap, 2);
	snap->cpu_load[0].demand_pct = 31;
	snap->cpu_load[1].demand_pct = snap->cpu_load[1].contended_pct = 298;
	put_share(set, "web-03", true, vm->pid, 99.6);
	put_share(set, "db-01", true, vm->pid + 1, 99.2);
	put_share(set, "cc1", false, 812, 99.1);
	put_name(snap, 1, "web-03");
	put_name(snap, 1, "db-01");
	put_name(snap, 1, "cc1");
	vm->pinning.sharers = 1;
	vm->pinning.sharer = "db-01";
	tell(vm, 0);
	vm = put_vm(snap, "db-01", "1", 298);
	vm->pinning.sharers = 1;
	vm->pinning.sharer = "web-03";
	tell(vm, 39.8);
	vm = put_vm(snap, "win", "1", 298);
	vm->steal_clock = STEAL_CLOCK_OFF;
	vm = put_vm(snap, "calm", "0-1", 31);
	vm->pinning.bound = false;
}

static void a_fight(void **state)
{
	struct snapshot *snap = fixture_judge_one(make_fight);

	(void)state;
	fixture_assert_finding(fixture_finding(snap, NULL, "pinning-conflict"), SEVERITY_CRITICAL,
		VERDICT_UNKNOWN, "3 share CPU 1: demand 298% of it: web-03, db-01, process cc1");
	assert_string_equal(fixture_finding(snap, NULL, "pinning-conflict")->subject, "CPU 1");
	assert_int_equal(fixture_vm_of(snap, "web-03")->pinning.verdict, VERDICT_HIDDEN);
	assert_int_equal(fixture_vm_of(snap, "db-01")->pinning.verdict, VERDICT_AGREE);
	assert_int_equal(fixture_vm_of(snap, "win")->pinning.verdict, VERDICT_BLIND);
	assert_int_equal(fixture_vm_of(snap, "calm")->pinning.verdict, VERDICT_AGREE);
	snapshot_free(snap);
}

static void levels(void **state)
{
	struct cpuset_share share[2] = { { .demand_pct = 99 }, { .demand_pct = 90 } };
	struct cpuset set = { .bound = true, .cpuset_share = share, .n_cpuset_share = 2 };
	static const struct {
		double demand_pct;
		enum severity several, alone;
	} of[] = {
		{ NAN, SEVERITY_NONE, SEVERITY_NONE },
		{ 104.9, SEVERITY_NONE, SEVERITY_NONE },
		{ 105, SEVERITY_WATCH, SEVERITY_WATCH },
		{ 120, SEVERITY_WARN, SEVERITY_WATCH },
		{ 200, SEVERITY_CRITICAL, SEVERITY_WARN },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(of) / sizeof(of[0]); i++) {
		set.demand_pct = of[i].demand_pct;
		share[1].demand_pct = 90;
		assert_int_equal(pinning_set_severity(&set), of[i].several);
		share[1].demand_pct = 4.9; /* who hardly asks does not fight */
		assert_int_equal(pinning_set_severity(&set), of[i].alone);
	}
	set.bound = false; /* all CPUs are short: that is no matter of pinning */
	assert_int_equal(pinning_set_severity(&set), SEVERITY_NONE);
}

static void make_faults(struct snapshot *snap)
{
	struct cpuset *set = put_set(snap, "4-5", 2, 190);
	struct vm *vm = put_vm(snap, "crowd", "4-5", 190);

	put_cpus(snap, 8);
	put_share(set, "crowd", true, vm->pid, 380);
	vm = put_vm(snap, "moved", "0-1", 20);
	vm->pinning.drifted = 2;
	vm->pinning.drifter = "vcpu 3";
	vm->pinning.drifter_tid = 5003;
	vm->pinning.real = "0-1";
	vm->pinning.configured = "4-5";
	vm = put_vm(snap, "still", "6-7", 20);
	vm->pinning.isolation = ISOLATION_UNBALANCED;
	vm->pinning.isolated = "6-7";
	vm = put_vm(snap, "helped", "7", 20);
	vm->pinning.isolation = ISOLATION_HELPER;
	vm->pinning.isolated = "7";
	vm = put_vm(snap, "twin", "2", 99);
	vm->pinning.smt = 1;
	vm->pinning.smt_vm = "other";
	vm->pinning.smt_cpu = 2;
}

static void other_faults(void **state)
{
	struct snapshot *snap = fixture_judge_one(make_faults);
	struct page page;
	char text[4096];
	bool has_tid = false;

	(void)state;
	fixture_assert_finding(fixture_finding(snap, "crowd", "pinning-crowded"), SEVERITY_WATCH,
		VERDICT_UNKNOWN, "its own threads ask 190% of CPUs 4-5, their only ones");
	fixture_assert_finding(fixture_finding(snap, "moved", "pinning-drift"), SEVERITY_WATCH,
		VERDICT_AGREE, "vcpu 3 on CPU 0-1, configured 4-5; 2 threads in all");
	fixture_assert_finding(fixture_finding(snap, "still", "pinning-isolated"), SEVERITY_WARN,
		VERDICT_AGREE, "its vCPUs share isolated CPUs 6-7; nothing spreads them");
	fixture_assert_finding(fixture_finding(snap, "helped", "pinning-isolated"), SEVERITY_INFO,
		VERDICT_AGREE, "isolated CPU 7: emulator or I/O threads beside vCPUs");
	fixture_assert_finding(fixture_finding(snap, NULL, "pinning-smt"), SEVERITY_INFO,
		VERDICT_UNKNOWN, "1 busy vCPU shares its core: twin with other, CPU 2");
	page_init(&page, 80);
	explain_finding(snap, fixture_finding(snap, "moved", "pinning-drift"), &page);
	for (int i = 0; i < page.row; i++) {
		canvas_row_text(&page.canvas, i, false, text, sizeof(text));
		has_tid |= strstr(text, "taskset -pc 5003") != NULL;
	}
	assert_true(has_tid);
	page_release(&page);
	snapshot_free(snap);
}

static void make_unbound(struct snapshot *snap)
{
	struct cpuset *set = put_set(snap, "0-7", 8, 190);
	struct vm *vm = put_vm(snap, "a", "0-7", 190);

	put_cpus(snap, 8);
	set->bound = vm->pinning.bound = false;
	put_share(set, "a", true, vm->pid, 900);
	put_share(set, "b", true, 7, 700);
	fixture_vm(snap, "unread", 4, 50, 3);
	vm = put_vm(snap, "paused", "1", 300);
	vm->state = VM_PAUSED;
}

static void unbound_hosts_have_no_findings(void **state)
{
	struct snapshot *snap = fixture_judge_one(make_unbound);

	(void)state;
	for (size_t i = 0; i < snap->n_finding; i++)
		assert_string_not_equal(snap->finding[i].pane, "pinning");
	assert_int_equal(fixture_vm_of(snap, "a")->pinning.verdict, VERDICT_AGREE);
	assert_int_equal(fixture_vm_of(snap, "unread")->pinning.verdict, VERDICT_UNKNOWN);
	assert_non_null(fixture_vm_of(snap, "unread")->pinning.verdict_reason);
	assert_string_equal(fixture_vm_of(snap, "paused")->pinning.verdict_reason, "the VM is paused");
	snapshot_free(snap);
}

static void draw(struct snapshot *snap, int rows, int cols, struct canvas *canvas)
{
	struct table_state view = { 0 };
	struct arena arena = { 0 };
	struct row *row;
	size_t n;

	table_reset(&pinning_table, &view);
	n = table_rows(&pinning_table, snap, NULL, &view, &arena, &row);
	canvas_init(canvas, rows, cols);
	table_draw(&pinning_table, &view, row, n, true, canvas);
	table_release(&view);
	arena_release(&arena);
}

static void screens(void **state)
{
	struct snapshot *snap = fixture_judge_one(make_fight);
	struct canvas canvas;

	(void)state;
	draw(snap, 12, 80, &canvas);
	SCREEN(&canvas, 0,
		"             │ HOST                                        │ GUEST │ GAP",
		"VM           │ CPU set    dem shr with       drft smt wait │ steal │  ▼gap by",
		"web-03       │ 1          298   1 db-01         0   0 40.0 │   0.0 │ +40.0 !!",
		"db-01        │ 1          298   1 web-03        0   0 40.0 │  39.8 │  +0.2 !!",
		"win          │ 1          298   0 -             0   0 40.0 │     - │ blind !!",
		"calm         │ any       31.0   0 -             0   0 40.0 │     - │     -");
	assert_int_equal(canvas.cell[2 * 80 + 73].style & 0x3f, STYLE_GAP);
	canvas_release(&canvas);
	draw(snap, 20, 160, &canvas);
	SCREEN(&canvas, 1,
		"VM           │ CPU set     n vcpu  dem shr with       drft smt iso    wait should    "
		"real      thr state     │ steal │  ▼gap by verdict",
		"web-03       │ 1           1    1  298   1 db-01         0   0        40.0 -         "
		"-           3 running   │   0.0 │ +40.0 !! hidden");
	canvas_release(&canvas);
	draw(snap, 1, 1, &canvas);
	SCREEN(&canvas, 0, "~");
	canvas_release(&canvas);
	snapshot_free(snap);
}

static void head(const struct snapshot *snap, int cols, struct page *page)
{
	page_init(page, cols);
	pane_by_name("pinning")->head(snap, page);
}

static void the_map_of_two_cpus(void **state)
{
	struct snapshot *snap = fixture_judge_one(make_fight);
	struct page page;

	(void)state;
	head(snap, 80, &page);
	assert_int_equal(page.row, 2);
	SCREEN(&page.canvas, 0, "CPU 0 ██████▎············· 31.0%",
		"CPU 1 ███████████████████2  298%  web-03, db-01, cc1");
	assert_int_equal(page.canvas.cell[80 + 6].style, STYLE_CRITICAL);
	page_release(&page);
	snapshot_free(snap);
}

static void put_short(struct snapshot *snap, uint64_t from, uint64_t to, double demand)
{
	for (uint64_t i = from; i <= to; i++)
		snap->cpu_load[i].contended_pct = snap->cpu_load[i].demand_pct = demand;
}

static void the_map_of_many_cpus(void **state)
{
	struct snapshot *snap = fixture_new(1);
	struct cpuset *set = put_set(snap, "8-15", 8, 245);
	struct page page;

	(void)state;
	fixture_host(snap);
	put_cpus(snap, 64);
	put_short(snap, 8, 15, 245);
	put_short(snap, 40, 40, 130);
	put_share(set, "a", true, 1, 900);
	put_share(set, "b", true, 2, 800);
	head(snap, 80, &page);
	SCREEN(&page.canvas, 0, "!! CPUs 8-15: 245% asked of them: a, b",
		"   0 ·▂▃▄▅▆▇█ 22222222 ▁▂▃▄▅▆▇█ ▁▃▄▅▆▇█▁ ▂▃▄▅▆▇█▁ !▃▄▅▆▇█▁ ▂▃▅▆▇█▁▂ ▃▄▅▆▇█▁▂",
		"     ▁▄█ asked of it  ! fought over  2-9 so many times over");
	page_release(&page);
	snapshot_free(snap);

	/* Never more rows than a small screen has for it; the worst is not lost among neighbours. */
	snap = fixture_new(1);
	put_cpus(snap, 512);
	put_short(snap, 333, 333, 245);
	head(snap, 80, &page);
	assert_true(page.row <= 5);
	{
		bool seen = false;
		char text[4096];

		for (int i = 0; i < page.row - 1; i++) {
			canvas_row_text(&page.canvas, i, false, text, sizeof(text));
			seen |= strchr(text, '2') != NULL && strstr(text, "n5") != NULL;
		}
		assert_true(seen);
		canvas_row_text(&page.canvas, page.row - 1, true, text, sizeof(text));
		assert_string_equal(text,
			"     the worst of 4 CPUs: _-# asked of it  ! fought over  2-9 so many times "
			"over");
	}
	page_release(&page);
	for (int cols = 0; cols < 200; cols++) {
		head(snap, cols, &page);
		assert_true(page.row <= 7);
		page_release(&page);
	}
	snapshot_free(snap);

	snap = fixture_new(1); /* nothing is known */
	head(snap, 80, &page);
	SCREEN(&page.canvas, 0, "   where threads may run is not known");
	page_release(&page);
	snapshot_free(snap);
}

static struct pinned *put_pinned(struct snapshot *snap, struct vm *vm, size_t n)
{
	vm->pinning.n_pinned = n;
	vm->pinning.pinned = arena_array(&snap->arena, n, sizeof(*vm->pinning.pinned));
	return vm->pinning.pinned;
}

static void on_the_vm_page(void **state)
{
	struct snapshot *snap = fixture_judge_one(make_fight);
	struct vm *vm = &snap->vm[0];
	const struct pane *pane = pane_by_name("pinning");
	struct arena arena = { 0 };
	struct promise promise;
	struct pinned *pinned;
	struct page page;

	(void)state;
	assert_int_equal(pane->promises(vm, &promise, 1, &arena), 1);
	assert_string_equal(promise.promised, "any CPU");
	assert_string_equal(promise.delivered, "only CPU 1, of which 298% are asked");
	vm->pinning.drifted = 1;
	vm->pinning.drifter = "vcpu 0";
	vm->pinning.configured = "2-5";
	vm->pinning.real = "1";
	assert_int_equal(pane->promises(vm, &promise, 1, &arena), 1);
	assert_string_equal(promise.promised, "CPUs 2-5");
	assert_string_equal(promise.delivered, "vcpu 0 on 1");
	assert_int_equal(pane->promises(vm, &promise, 0, &arena), 0);

	pinned = put_pinned(snap, vm, 2);
	pinned[0] = (struct pinned){ .kind = PINNED_VCPU, .ids = "0", .threads = 1, .tid = 5000,
		.cpus = "1", .configured = "2-5", .drifted = true, .demand_pct = 99.6 };
	pinned[1] = (struct pinned){ .kind = PINNED_EMULATOR, .threads = 2, .tid = 4001,
		.reason = "it has ended", .demand_pct = NAN };
	page_init(&page, 80);
	pane->detail(&(struct vm_view){ .snap = snap, .vm = vm }, &page);
	SCREEN(&page.canvas, 0,
		"its threads by CPU set: what they ask of a CPU, and all of the set, % ──────────",
		"  threads             tid may run on    configured      ask   set beside",
		"  vcpu 0             5000 1             2-5            99.6   298 db-01 99.2, p~",
		"  emulator (2)       4001 -             -                 -     -",
		"                          it has ended");
	page_release(&page);
	arena_release(&arena);
	snapshot_free(snap);
}

/* A guest that was asked while it answered; stale: it no longer does. */
static void make_stale(struct snapshot *snap)
{
	struct cpuset *set = put_set(snap, "1", 1, 298);
	struct vm *vm = put_vm(snap, "silent", "1", 298);

	put_cpus(snap, 2);
	put_share(set, "silent", true, vm->pid, 99.6);
	put_share(set, "other", true, vm->pid + 1, 99.2);
	fixture_guest(vm, 50, 10);
	vm->steal_clock = STEAL_CLOCK_ON;
	vm->pinning.gap_pct = 30;
	vm->pinning.gap_error_pct = 0.6;
	vm->source[FIXTURE_AGENT] = fixture_source("agent", SOURCE_STALE, "no answer", 60, 4);
}

static void an_old_answer_is_compared_with_nothing(void **state)
{
	struct snapshot *snap = fixture_judge_one(make_stale);
	const struct pinning *pinning = &fixture_vm_of(snap, "silent")->pinning;

	(void)state;
	assert_int_equal(pinning->verdict, VERDICT_UNKNOWN);
	assert_string_equal(
		pinning->verdict_reason, "the guest's last answer is too old to compare");
	snapshot_free(snap);
}

static void make_unasked(struct snapshot *snap)
{
	put_vm(snap, "placed", "1", NAN);
}

static void it_says_what_is_missing(void **state)
{
	struct snapshot *snap = fixture_judge_one(make_unasked);

	(void)state;
	assert_string_equal(fixture_vm_of(snap, "placed")->pinning.verdict_reason,
		"what is asked of its CPUs is not known");
	snapshot_free(snap);
}

/* A wait may be for a quota: what the finding says for certain, no mark says louder. */
static void make_unproven(struct snapshot *snap)
{
	make_fight(snap);
	*fixture_host_source(snap, "bpf") =
		fixture_source("bpf", SOURCE_UNAVAILABLE, "not permitted", NAN, NAN);
	for (size_t i = 0; i < snap->n_vm; i++)
		snap->vm[i].source[FIXTURE_BPF].state = SOURCE_UNAVAILABLE;
}

static void without_exact_accounts_all_say_the_same(void **state)
{
	struct snapshot *snap = fixture_judge_one(make_unproven);
	struct page page;

	(void)state;
	assert_int_equal(fixture_finding(snap, NULL, "pinning-conflict")->severity, SEVERITY_WATCH);
	assert_int_equal(pinning_vm_severity(fixture_vm_of(snap, "web-03")), SEVERITY_WATCH);
	head(snap, 80, &page);
	assert_int_equal(page.canvas.cell[80 + 6].style, STYLE_WATCH);
	page_release(&page);
	snapshot_free(snap);
}

static void make_nameless(struct snapshot *snap)
{
	struct cpuset *set = put_set(snap, "1", 1, 298);
	struct vm *vm = put_vm(snap, "twin", "1", 99);

	put_share(set, "a", true, 1, 99);
	put_share(set, "b", true, 2, 99);
	set->sharers = UNKNOWN_U64;
	vm->pinning.smt = 2;
	vm->pinning.smt_vm = "other";
	vm->pinning.cpus_count = UNKNOWN_U64;
	vm->pinning.bound = false;
	set = put_set(snap, "2", 1, 150);
	vm = put_vm(snap, "x", "2", 150);
	vm->name = NULL;
	put_share(set, "x", true, vm->pid, 150);
}

static const char *row_text(const struct page *page, int row)
{
	static char text[4096];

	canvas_row_text(&page->canvas, row, false, text, sizeof(text));
	return text;
}

static void unknown_numbers_are_none(void **state)
{
	struct judge *judge = judge_new();
	struct snapshot *snap = NULL;
	struct arena arena = { 0 };
	struct promise promise;
	struct pinned *pinned;
	struct page page;

	(void)state;
	for (int i = 0; i < 3; i++) {
		snapshot_free(snap);
		snap = fixture_new(100 + i);
		fixture_host(snap);
		make_nameless(snap);
		panes_judge(snap, judge);
	}
	assert_string_equal(fixture_finding(snap, NULL, "pinning-conflict")->text,
		"- share CPU 1: demand 298% of it: ");
	assert_string_equal(fixture_finding(snap, NULL, "pinning-smt")->text,
		"2 busy vCPUs share their cores: twin with other, CPU -");
	assert_non_null(fixture_finding(snap, "-", "pinning-crowded"));
	assert_int_equal(pane_by_name("pinning")->promises(&snap->vm[0], &promise, 1, &arena), 1);
	assert_string_equal(promise.delivered, "any of -");
	snap->vm[0].in_libvirt = false; /* nobody knows what was promised */
	assert_int_equal(pane_by_name("pinning")->promises(&snap->vm[0], &promise, 1, &arena), 1);
	assert_string_equal(promise.promised, "CPUs: not known");
	pinned = put_pinned(snap, &snap->vm[0], 1);
	pinned[0] = (struct pinned){ .kind = PINNED_EMULATOR, .threads = UNKNOWN_U64,
		.tid = UNKNOWN_U64, .demand_pct = NAN };
	page_init(&page, 80);
	pane_by_name("pinning")->detail(&(struct vm_view){ .snap = snap, .vm = &snap->vm[0] }, &page);
	assert_string_equal(row_text(&page, 2),
		"  emulator              - -             -                 -     -");
	page_release(&page);
	arena_release(&arena);
	snapshot_free(snap);
	judge_free(judge);
}

static void long_lists_are_marked_as_cut(void **state)
{
	struct snapshot *snap = fixture_judge_one(make_fight);
	struct pinned *pinned = put_pinned(snap, &snap->vm[0], 2);
	struct page page;

	(void)state;
	pinned[0] = (struct pinned){ .kind = PINNED_VCPU, .ids = "0,2,4,6,8,10,12,14",
		.threads = 8, .tid = 5000, .cpus = "1", .demand_pct = 99.6 };
	pinned[1] = (struct pinned){ .kind = PINNED_IOTHREAD, .ids = "1-120000", .threads = 3,
		.tid = 5001, .demand_pct = NAN };
	page_init(&page, 80);
	pane_by_name("pinning")->detail(&(struct vm_view){ .snap = snap, .vm = &snap->vm[0] }, &page);
	assert_memory_equal(row_text(&page, 2), "  vcpu 0,2,4,6,8~    5000 1 ", 28);
	assert_memory_equal(row_text(&page, 3), "  iothread 1-120~    5001 - ", 28);
	page_release(&page);
	snapshot_free(snap);
}

static void long_numbers_of_cpus_have_room(void **state)
{
	static const uint64_t id[] = { 8, 10, 127 };
	struct snapshot *snap = fixture_new(1);
	struct page page;

	(void)state;
	put_cpus(snap, 3);
	for (size_t i = 0; i < 3; i++) {
		snap->host.host_cpu[i].id = snap->cpu_load[i].id = id[i];
		snap->cpu_load[i].demand_pct = 100;
	}
	head(snap, 80, &page);
	SCREEN(&page.canvas, 0, "CPU 8   ████████████████████  100%",
		"CPU 10  ████████████████████  100%", "CPU 127 ████████████████████  100%");
	page_release(&page);
	snapshot_free(snap);
}

/* Each on a node of its own: there is nothing to put together until nodes are forgotten. */
static void a_mark_counts_what_is_in_it(void **state)
{
	struct snapshot *snap = fixture_new(1);
	struct page page;

	(void)state;
	put_cpus(snap, 60);
	for (uint64_t i = 0; i < 60; i++)
		snap->host.host_cpu[i].node = i;
	head(snap, 80, &page);
	assert_null(strstr(row_text(&page, page.row - 1), "the worst of"));
	assert_int_equal(page.row, 3);
	page_release(&page);
	head(snap, 30, &page);
	assert_non_null(strstr(row_text(&page, page.row - 1), "the worst of 2 CPUs"));
	page_release(&page);
	snapshot_free(snap);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_fight),
		cmocka_unit_test(levels),
		cmocka_unit_test(other_faults),
		cmocka_unit_test(unbound_hosts_have_no_findings),
		cmocka_unit_test(screens),
		cmocka_unit_test(the_map_of_two_cpus),
		cmocka_unit_test(the_map_of_many_cpus),
		cmocka_unit_test(on_the_vm_page),
		cmocka_unit_test(an_old_answer_is_compared_with_nothing),
		cmocka_unit_test(it_says_what_is_missing),
		cmocka_unit_test(without_exact_accounts_all_say_the_same),
		cmocka_unit_test(unknown_numbers_are_none),
		cmocka_unit_test(long_lists_are_marked_as_cut),
		cmocka_unit_test(long_numbers_of_cpus_have_room),
		cmocka_unit_test(a_mark_counts_what_is_in_it),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("pinning", tests, NULL, NULL);
}
