// SPDX-License-Identifier: GPL-2.0-or-later
/* The memory pane: what it makes of both sides, what it reports, how it looks. */
#include "panes/memory.h"
#include "panes/memtrends.h"
#include "tests/panes/fixture.h"

static const uint64_t MIB = 1 << 20, GIB = 1 << 30;

static struct source *source_of(struct vm *vm, const char *name)
{
	for (size_t i = 0; i < vm->n_source; i++)
		if (!strcmp(vm->source[i].name, name))
			return &vm->source[i];
	fail();
	return NULL;
}

/* A VM of 16 GiB of which so much is in host swap, and whose guest tells what it has usable. */
static struct vm *add_vm(struct snapshot *snap, const char *name, uint64_t swap, uint64_t usable)
{
	struct vm *vm = fixture_vm(snap, name, 4, 20, 0.1);
	struct memory *memory = &vm->memory;

	vm->has_balloon = true;
	memory->host_rss_bytes = 15 * GIB - swap;
	memory->host_hugetlb_bytes = 0;
	memory->host_swap_bytes = swap;
	memory->host_swap_in_bytes_per_s = memory->host_swap_out_bytes_per_s = 0;
	memory->host_swap_source = "refaults of its cgroup";
	memory->host_stall_pct = 0;
	memory->host_merged_bytes = 0;
	memory->cgroup = "/machine.slice/vm.scope";
	memory->cgroup_own = true;
	memory->cgroup_limit_hits_per_s = 0;
	memory->cgroup_oom_kills_total = 0;
	memory->balloon_bytes = 16 * GIB;
	memory->ballooned_bytes = 0;
	memory->balloon_period_s = 2;
	memory->guest_total_bytes = 15 * GIB;
	memory->guest_free_bytes = usable / 2;
	memory->guest_usable_bytes = usable;
	memory->guest_cache_bytes = usable / 3;
	memory->guest_swap_bytes = 0;
	memory->guest_swap_in_bytes_per_s = memory->guest_swap_out_bytes_per_s = 0;
	memory->guest_age_s = fmod(snap->time_s, 2) + 1;
	return vm;
}

static void with_room(struct snapshot *snap)
{
	snap->host.mem_available_bytes = 200 * GIB;
}

static void hidden_case(struct snapshot *snap)
{
	with_room(snap);
	add_vm(snap, "cache-2", 3891 * MIB, 6246 * MIB);
	add_vm(snap, "little", 12 * MIB, 6 * GIB);   /* too little to speak of */
	add_vm(snap, "sixteen", 170 * MIB, 6 * GIB); /* 1% of 16 GiB, and some */
}

static void swap_under_an_unaware_guest(void **state)
{
	struct snapshot *snap = fixture_judge_one(hidden_case);
	const struct memory *memory = &fixture_vm_of(snap, "cache-2")->memory;

	(void)state;
	assert_int_equal(memory->verdict, VERDICT_HIDDEN);
	assert_true(memory->gap_bytes == (double)(3891 * MIB));
	fixture_assert_finding(fixture_finding(snap, "cache-2", "memory-hidden"), SEVERITY_WARN,
		VERDICT_HIDDEN, "guest sees 6.1G usable, host swapped out 3.8G");
	memory = &fixture_vm_of(snap, "little")->memory;
	assert_int_equal(memory->verdict, VERDICT_AGREE);
	assert_true(memory->gap_bytes == (double)(12 * MIB));
	assert_null(fixture_finding(snap, "little", "memory-hidden"));
	fixture_assert_finding(fixture_finding(snap, "sixteen", "memory-hidden"), SEVERITY_WATCH,
		VERDICT_HIDDEN, "guest sees 6.0G usable, host swapped out 170M");
	assert_int_equal(snap->n_finding, 2);
	snapshot_free(snap);
}

static void one_interval_is_none(void **state)
{
	struct judge *judge = judge_new();
	struct snapshot *snap = NULL;

	(void)state;
	for (int i = 0; i < 6; i++) {
		snapshot_free(snap);
		snap = fixture_new(100 + i);
		fixture_host(snap);
		add_vm(snap, "vm", i == 2 ? GIB : 0, 6 * GIB);
		panes_judge(snap, judge);
		assert_int_equal(fixture_vm_of(snap, "vm")->memory.verdict,
			i == 2 ? VERDICT_UNKNOWN : VERDICT_AGREE);
		assert_int_equal(snap->n_finding, 0);
	}
	snapshot_free(snap);
	judge_free(judge);
}

static void both_cases(struct snapshot *snap)
{
	struct vm *vm;

	with_room(snap);
	add_vm(snap, "both", 2 * GIB, 300 * MIB);
	vm = add_vm(snap, "swaps", 2 * GIB, 6 * GIB);
	vm->memory.guest_swap_in_bytes_per_s = 1 << 20;
	vm = add_vm(snap, "thrashes", GIB, 6 * GIB);
	vm->memory.host_swap_in_bytes_per_s = 12 << 20;
	vm->memory.host_stall_pct = 34;
	vm = add_vm(snap, "stalls", 0, 6 * GIB);
	vm->memory.host_stall_pct = 12.1;
}

static void both_sides_in_trouble_agree(void **state)
{
	struct snapshot *snap = fixture_judge_one(both_cases);

	(void)state;
	assert_int_equal(fixture_vm_of(snap, "both")->memory.verdict, VERDICT_AGREE);
	fixture_assert_finding(fixture_finding(snap, "both", "memory-swapped"), SEVERITY_WARN,
		VERDICT_AGREE, "host swapped out 2.0G, guest has 300M usable");
	assert_int_equal(fixture_vm_of(snap, "swaps")->memory.verdict, VERDICT_AGREE);
	assert_int_equal(fixture_vm_of(snap, "thrashes")->memory.verdict, VERDICT_HIDDEN);
	fixture_assert_finding(fixture_finding(snap, "thrashes", "memory-swapin"), SEVERITY_CRITICAL,
		VERDICT_HIDDEN, "12M/s comes back from host swap; it waits 34.0%");
	fixture_assert_finding(fixture_finding(snap, "thrashes", "memory-hidden"), SEVERITY_CRITICAL,
		VERDICT_HIDDEN, "guest sees 6.0G usable, host swapped out 1.0G");
	assert_int_equal(fixture_vm_of(snap, "stalls")->memory.verdict, VERDICT_HIDDEN);
	fixture_assert_finding(fixture_finding(snap, "stalls", "memory-stall"), SEVERITY_WARN,
		VERDICT_HIDDEN, "it waits 12.1% for memory of the host");
	snapshot_free(snap);
}

static void reverse_cases(struct snapshot *snap)
{
	struct vm *vm;

	with_room(snap);
	add_vm(snap, "small", 0, 200 * MIB);
	vm = add_vm(snap, "pressed", 0, 200 * MIB);
	vm->memory.balloon_bytes = 12 * GIB;
	vm->memory.ballooned_bytes = 4 * GIB;
	vm = add_vm(snap, "eased", 0, 8 * GIB);
	vm->memory.balloon_bytes = 12 * GIB;
	vm->memory.ballooned_bytes = 4 * GIB;
	vm = add_vm(snap, "walled", 0, 200 * MIB);
	vm->memory.cgroup_limit_bytes = 16 * GIB;
	vm->memory.cgroup_room_bytes = 100 * MIB;
}

static void the_reverse(void **state)
{
	struct snapshot *snap = fixture_judge_one(reverse_cases);
	const struct memory *memory;

	(void)state;
	assert_int_equal(fixture_vm_of(snap, "small")->memory.verdict, VERDICT_PHANTOM);
	fixture_assert_finding(fixture_finding(snap, "small", "memory-phantom"), SEVERITY_WATCH,
		VERDICT_PHANTOM, "guest has 200M usable, host took none, has 200G");
	memory = &fixture_vm_of(snap, "pressed")->memory;
	assert_int_equal(memory->verdict, VERDICT_PHANTOM);
	assert_true(memory->gap_bytes == -(double)(4 * GIB));
	fixture_assert_finding(fixture_finding(snap, "pressed", "memory-balloon"), SEVERITY_WARN,
		VERDICT_PHANTOM, "guest has 200M usable, the balloon holds 4.0G");
	assert_int_equal(fixture_vm_of(snap, "eased")->memory.verdict, VERDICT_AGREE);
	assert_null(fixture_finding(snap, "eased", "memory-balloon"));
	/* Its cgroup has no more room than the guest: they agree. */
	assert_int_equal(fixture_vm_of(snap, "walled")->memory.verdict, VERDICT_AGREE);
	fixture_assert_finding(fixture_finding(snap, "walled", "memory-limit"), SEVERITY_WATCH,
		VERDICT_AGREE, "nears its cgroup's limit of 16G: 100M left");
	snapshot_free(snap);
}

static void nearly_none_cases(struct snapshot *snap)
{
	with_room(snap);
	add_vm(snap, "some", 150 * MIB, 200 * MIB);
	add_vm(snap, "unseen", UNKNOWN_U64, 200 * MIB);
}

static void what_the_host_took_is_told_as_it_is(void **state)
{
	struct snapshot *snap = fixture_judge_one(nearly_none_cases);

	(void)state;
	fixture_assert_finding(fixture_finding(snap, "some", "memory-phantom"), SEVERITY_WATCH,
		VERDICT_PHANTOM, "guest has 200M usable, host took 150M, has 200G");
	assert_int_equal(fixture_vm_of(snap, "unseen")->memory.verdict, VERDICT_UNKNOWN);
	assert_null(fixture_finding(snap, "unseen", "memory-phantom"));
	snapshot_free(snap);
}

/* Nothing of it was told, ever. */
static struct vm *add_untold(struct snapshot *snap, const char *name)
{
	struct vm *vm = add_vm(snap, name, GIB, UNKNOWN_U64);
	struct memory *memory = &vm->memory;

	memory->guest_total_bytes = memory->guest_free_bytes = UNKNOWN_U64;
	memory->guest_cache_bytes = memory->guest_swap_bytes = UNKNOWN_U64;
	memory->guest_swap_in_bytes_per_s = memory->guest_swap_out_bytes_per_s = NAN;
	memory->guest_age_s = NAN;
	return vm;
}

static void untold_cases(struct snapshot *snap)
{
	struct vm *vm = add_untold(snap, "never");

	source_of(vm, "balloon")->reason = "its balloon statistics are off";
	vm = add_untold(snap, "hung");
	*source_of(vm, "balloon") =
		fixture_source("balloon", SOURCE_UNAVAILABLE, "QEMU's monitor hangs", NAN, NAN);
	vm = add_vm(snap, "old", GIB, 6 * GIB);
	vm->memory.guest_stale = true;
	vm->memory.guest_age_s = 95;
	*source_of(vm, "balloon") =
		fixture_source("balloon", SOURCE_STALE, "the guest's figures are 95 s old", 1, 1);
	vm = add_untold(snap, "bare");
	vm->in_libvirt = vm->has_balloon = false;
	*source_of(vm, "balloon") = fixture_source(
		"balloon", SOURCE_UNAVAILABLE, "libvirt does not know this VM", NAN, NAN);
	vm = add_vm(snap, "ended", UNKNOWN_U64, 6 * GIB);
	vm = add_vm(snap, "paused", GIB, 6 * GIB);
	vm->state = VM_PAUSED;
}

static uint8_t cell_style_of(const struct vm *vm, const char *key)
{
	const struct row row = { .vm = vm };
	struct cell_text cell;

	for (size_t i = 0; i < memory_table.n_column; i++)
		if (!strcmp(memory_table.column[i].key, key)) {
			memory_table.column[i].format(&row, &cell);
			return cell.style;
		}
	fail();
	return 0;
}

static void a_side_is_missing(void **state)
{
	static const struct {
		const char *vm, *rule, *text, *reason;
		enum verdict verdict;
	} one[] = {
		{ "never", "memory-blind", "host swapped out 1.0G; no balloon statistics",
			"its balloon statistics are off", VERDICT_BLIND },
		{ "hung", "memory-swapped", "host swapped out 1.0G; guest does not tell",
			"QEMU's monitor hangs", VERDICT_UNKNOWN },
		{ "old", "memory-swapped", "host swapped out 1.0G; guest's word is 1m35s old",
			"the guest's figures are 95 s old", VERDICT_UNKNOWN },
		{ "bare", "memory-swapped", "host swapped out 1.0G; guest does not tell",
			"libvirt does not know this VM", VERDICT_UNKNOWN },
		{ "ended", NULL, NULL, "the host's view is missing", VERDICT_UNKNOWN },
		{ "paused", NULL, NULL, "the VM is paused", VERDICT_UNKNOWN },
	};
	struct snapshot *snap = fixture_judge_one(untold_cases);

	(void)state;
	for (size_t i = 0; i < sizeof(one) / sizeof(one[0]); i++) {
		const struct memory *memory = &fixture_vm_of(snap, one[i].vm)->memory;

		assert_int_equal(memory->verdict, one[i].verdict);
		assert_string_equal(memory->verdict_reason, one[i].reason);
		assert_true(isnan(memory->gap_bytes));
		if (one[i].rule)
			fixture_assert_finding(fixture_finding(snap, one[i].vm, one[i].rule),
				SEVERITY_WARN, one[i].verdict, one[i].text);
	}
	assert_int_equal(snap->n_finding, 4);
	assert_int_equal(cell_style_of(fixture_vm_of(snap, "old"), "usable"), STYLE_STALE);
	assert_int_equal(cell_style_of(fixture_vm_of(snap, "old"), "age"), STYLE_STALE);
	assert_int_equal(cell_style_of(fixture_vm_of(snap, "old"), "swap"), STYLE_WARN);
	assert_int_equal(cell_style_of(fixture_vm_of(snap, "never"), "usable"), STYLE_DIM);
	snapshot_free(snap);
}

static void host_cases(struct snapshot *snap)
{
	struct vm *vm = add_vm(snap, "full", 0, 6 * GIB);

	snap->host.mem_available_bytes = 20 * GIB;
	snap->host.swap_in_bytes_per_s = 2 << 20;
	snap->host.psi_memory_some_pct = 21;
	snap->host.alloc_stalls_per_s = 31;
	snap->host.oom_kills_total = snap->time_s >= 101 ? 5 : 4;
	vm->memory.cgroup_limit_bytes = 16 * GIB;
	vm->memory.cgroup_room_bytes = 500 * MIB;
	vm->memory.cgroup_limit_hits_per_s = 3;
	vm->memory.cgroup_oom_kills_total = snap->time_s >= 101 ? 3 : 1;
}

static void the_host_and_limits(void **state)
{
	struct snapshot *snap = fixture_judge_one(host_cases);

	(void)state;
	fixture_assert_finding(fixture_finding(snap, NULL, "host-swap"), SEVERITY_WARN,
		VERDICT_UNKNOWN, "swaps in 2.0M/s, out 2.1M/s; 1.0G are in swap");
	fixture_assert_finding(fixture_finding(snap, NULL, "host-memory-stall"), SEVERITY_CRITICAL,
		VERDICT_UNKNOWN, "tasks wait 21.0% for memory; 31 reclaims/s");
	fixture_assert_finding(fixture_finding(snap, NULL, "host-overcommit"), SEVERITY_WARN,
		VERDICT_UNKNOWN, "819G sold of 512G (1.6x), 20G available");
	fixture_assert_finding(fixture_finding(snap, NULL, "host-oom"), SEVERITY_CRITICAL,
		VERDICT_UNKNOWN, "the kernel killed a process for memory");
	fixture_assert_finding(fixture_finding(snap, "full", "memory-limit"), SEVERITY_WARN,
		VERDICT_AGREE, "runs against its cgroup's limit 16G: 500M left");
	fixture_assert_finding(fixture_finding(snap, "full", "memory-oom"), SEVERITY_CRITICAL,
		VERDICT_AGREE, "the kernel killed 2 processes in its cgroup");
	snapshot_free(snap);
}

static struct snapshot *grown(double s)
{
	struct snapshot *snap = fixture_new(1000 + s);
	struct vm *vm;

	fixture_host(snap);
	snap->host.mem_available_bytes = (uint64_t)(100.0 * (double)GIB - s * 200 * (double)MIB);
	vm = add_vm(snap, "grows", 0, 6 * GIB);
	vm->memory.host_rss_bytes = 8 * GIB + (uint64_t)s * 20 * MIB;
	vm->memory.cgroup_limit_bytes = 17 * GIB;
	vm->memory.cgroup_room_bytes = 9 * GIB - (uint64_t)s * 20 * MIB;
	vm = add_vm(snap, "leaks", 0, 6 * GIB - (uint64_t)s * 10 * MIB);
	vm->memory.guest_age_s = 0;
	return snap;
}

static void what_runs_out(void **state)
{
	struct judge *judge = judge_new();
	struct snapshot *snap = NULL;
	const struct memory *memory;

	(void)state;
	for (int i = 0; i <= 60; i++) {
		snapshot_free(snap);
		snap = grown(i);
		panes_judge(snap, judge);
	}
	memory = &fixture_vm_of(snap, "grows")->memory;
	assert_true(fabs(memory->growth_bytes_per_s / (20.0 * (double)MIB) - 1) < 0.01);
	assert_int_equal(memory->exhausted_of, EXHAUSTED_LIMIT);
	assert_true(fabs(memory->exhausted_min - (9 * 1024 - 1200) / 20.0 / 60) < 0.1);
	fixture_assert_finding(fixture_finding(snap, "grows", "memory-trend"), SEVERITY_WARN,
		VERDICT_AGREE, "reaches its cgroup's limit of 17G in 6m40s");
	memory = &fixture_vm_of(snap, "leaks")->memory;
	assert_int_equal(memory->exhausted_of, EXHAUSTED_GUEST);
	fixture_assert_finding(fixture_finding(snap, "leaks", "memory-trend"), SEVERITY_WATCH,
		VERDICT_AGREE, "guest uses up its 5.4G usable in 9m14s");
	fixture_assert_finding(fixture_finding(snap, NULL, "host-memory-trend"), SEVERITY_WARN,
		VERDICT_UNKNOWN, "uses up the 88G available in 7m32s");
	snapshot_free(snap);
	judge_free(judge);
}

static void screen_case(struct snapshot *snap)
{
	struct vm *vm;

	both_cases(snap);
	add_vm(snap, "cache-2", 3891 * MIB, 6246 * MIB);
	untold_cases(snap);
	vm = &snap->vm[0];
	vm->memory.cgroup_limit_bytes = 17 * GIB;
	vm->memory.cgroup_room_bytes = 2 * GIB;
	vm->memory.overhead_bytes = 240 * MIB;
}

static void draw(struct snapshot *snap, struct canvas *canvas)
{
	struct table_state state = { .top = 0 };
	struct arena arena = { 0 };
	struct row *rows;
	size_t n;

	table_reset(&memory_table, &state);
	n = table_rows(&memory_table, snap, NULL, &state, &arena, &rows);
	table_draw(&memory_table, &state, rows, n, false, canvas);
	table_release(&state);
	arena_release(&arena);
}

/* clang-format off */
static void the_table(void **state)
{
	struct snapshot *snap = fixture_judge_one(screen_case);
	struct canvas canvas;

	(void)state;
	canvas_init(&canvas, 14, 80);
	draw(snap, &canvas);
	SCREEN(&canvas, 0,
		"             │ HOST                                │ GUEST          │ GAP",
		"VM           │ sold  rss swap in/s out/s ball stal │ totl usbl swap │  ▼gap",
		"thrashes     │  16G  14G 1.0G  12M     0    0 34.0 │  15G 6.0G    0 │ +1.0G !!",
		"cache-2      │  16G  11G 3.8G    0     0    0  0.0 │  15G 6.1G    0 │ +3.8G !",
		"stalls       │  16G  15G    0    0     0    0 12.1 │  15G 6.0G    0 │     0 !",
		"both         │  16G  13G 2.0G    0     0    0  0.0 │  15G 300M    0 │ +2.0G !",
		"swaps        │  16G  13G 2.0G    0     0    0  0.0 │  15G 6.0G    0 │ +2.0G !",
		"bare         │  16G  14G 1.0G    0     0    0  0.0 │    -    -    - │     - !",
		"hung         │  16G  14G 1.0G    0     0    0  0.0 │    -    -    - │     - !",
		"never        │  16G  14G 1.0G    0     0    0  0.0 │    -    -    - │ blind !",
		"old          │  16G  14G 1.0G    0     0    0  0.0 │  15G 6.0G    0 │     - !",
		"ended        │  16G  15G    -    0     0    0  0.0 │  15G 6.0G    0 │     -",
		"paused       │ paused                              │  15G 6.0G    0 │     -");
	canvas_release(&canvas);
	canvas_init(&canvas, 14, 160);
	draw(snap, &canvas);
	SCREEN(&canvas, 0,
		"             │ HOST                                               │ GUEST                           │ GAP",
		"VM           │ sold  rss swap in/s out/s ball  ksm over room stal │ totl usbl swap in/s out/s   age │  ▼gap    verdict  until",
		"thrashes     │  16G  14G 1.0G  12M     0    0    0    - none 34.0 │  15G 6.0G    0    0     0  1.0s │ +1.0G !! hidden       -",
		"cache-2      │  16G  11G 3.8G    0     0    0    0    - none  0.0 │  15G 6.1G    0    0     0  1.0s │ +3.8G !  hidden       -",
		"stalls       │  16G  15G    0    0     0    0    0    - none 12.1 │  15G 6.0G    0    0     0  1.0s │     0 !  hidden       -",
		"both         │  16G  13G 2.0G    0     0    0    0 240M 2.0G  0.0 │  15G 300M    0    0     0  1.0s │ +2.0G !  agree        -",
		"swaps        │  16G  13G 2.0G    0     0    0    0    - none  0.0 │  15G 6.0G    0 1.0M     0  1.0s │ +2.0G !  agree        -",
		"bare         │  16G  14G 1.0G    0     0    0    0    - none  0.0 │    -    -    -    -     -     - │     - !  unknown      -",
		"hung         │  16G  14G 1.0G    0     0    0    0    - none  0.0 │    -    -    -    -     -     - │     - !  unknown      -",
		"never        │  16G  14G 1.0G    0     0    0    0    - none  0.0 │    -    -    -    -     -     - │ blind !  blind        -",
		"old          │  16G  14G 1.0G    0     0    0    0    - none  0.0 │  15G 6.0G    0    0     0 1m35s │     - !  unknown      -",
		"ended        │  16G  15G    -    0     0    0    0    - none  0.0 │  15G 6.0G    0    0     0  1.0s │     -    unknown      -",
		"paused       │ paused                                             │  15G 6.0G    0    0     0  1.0s │     -    unknown      -");
	canvas_release(&canvas);
	canvas_init(&canvas, 4, 40);
	draw(snap, &canvas);
	SCREEN(&canvas, 0,
		"VM           │ swap │ usbl │  ▼gap",
		"thrashes     │ 1.0G │ 6.0G │ +1.0G !!",
		"cache-2      │ 3.8G │ 6.1G │ +3.8G !",
		"stalls       │    0 │ 6.0G │     0 !");
	canvas_release(&canvas);
	canvas_init(&canvas, 1, 1);
	draw(snap, &canvas);
	canvas_release(&canvas);
	snapshot_free(snap);
}

static void the_head(void **state)
{
	struct snapshot *snap = fixture_judge_one(host_cases);
	struct page page;

	(void)state;
	page_init(&page, 80);
	pane_by_name("memory")->head(snap, &page);
	SCREEN(&page.canvas, 0,
		"sold 819G of 512G (1.6x)  avail 20G  swap 1.0G of 64G in 2.0M/s out 2.1M/s",
		"psi 21.0%  reclaim 31/s  OOM kills 5 since boot");
	page_release(&page);
	snapshot_free(snap);
	snap = fixture_new(100); /* of which nothing is known */
	page_init(&page, 80);
	pane_by_name("memory")->head(snap, &page);
	SCREEN(&page.canvas, 0,
		"sold - of -  avail -  swap - of - in -/s out -/s  psi -%  reclaim -/s",
		"OOM kills - since boot");
	page_release(&page);
	snapshot_free(snap);
}

static void the_page(void **state)
{
	struct snapshot *snap = fixture_judge_one(screen_case);
	struct history *history = history_new();
	struct vm *vm = &snap->vm[0];
	struct page page;

	(void)state;
	for (int i = 0; i < 3; i++)
		history_add(history, snap);
	vm->memory.exhausted_of = EXHAUSTED_LIMIT;
	vm->memory.exhausted_min = 12.5;
	vm->memory.growth_bytes_per_s = 3 << 20;
	vm->memory.ballooned_bytes = GIB;
	page_init(&page, 80);
	memory_detail(&(struct vm_view){ snap, vm, history, NULL }, &page);
	SCREEN(&page.canvas, 0,
		"memory ─────────────────────────────────────────────────────────────────────────",
		"  █████████████████████████████████████████████████▓▓▓▓▓▓▓▒▒▒▒",
		"  █ 13G present  ▓ 2.0G in host swap  ▒ 1.0G in the balloon",
		"  host swap: in 0/s, out 0/s, by refaults of its cgroup",
		"  merged by KSM: 0   VMM overhead: at least 240M",
		"  waits for memory: 0.0% of the time",
		"  cgroup: - charged, limit 17G, room 2.0G",
		"  /machine.slice/vm.scope",
		"  guest: 15G total, 300M usable, 150M free, 100M page cache",
		"  guest's own swap: 0 in use, in 0/s, out 0/s",
		"  it grows steadily, by 3.0M/s",
		"  it reaches the limit of its cgroup in 12m30s at its rate of late",
		"  host swap     2.0G                                              ▄▄▄ max 2.0G",
		"  swap in/s        0                                              ▁▁▁ max 0",
		"  guest usable  300M                                              ▆▆▆ max 300M");
	page_release(&page);
	for (int cols = 0; cols < 30; cols++) {
		page_init(&page, cols);
		memory_detail(&(struct vm_view){ snap, vm, history, NULL }, &page);
		page_release(&page);
	}
	history_free(history);
	snapshot_free(snap);
}

/* What is not known is no memory that nobody touched. */
static void the_bar_of_what_is_not_known(void **state)
{
	struct snapshot *snap = fixture_judge_one(screen_case);
	struct history *history = history_new();
	struct vm *vm = &snap->vm[0];
	struct arena arena = { 0 };
	struct promise promise;
	struct page page;

	(void)state;
	vm->memory.host_swap_bytes = vm->memory.ballooned_bytes = UNKNOWN_U64;
	page_init(&page, 80);
	memory_detail(&(struct vm_view){ snap, vm, history, NULL }, &page);
	SCREEN(&page.canvas, 2, "  █ 13G present  · 3.0G the rest");
	page_release(&page);
	vm->memory.host_rss_bytes = 100 * MIB; /* the pools have it, or not */
	vm->memory.host_hugetlb_bytes = UNKNOWN_U64;
	page_init(&page, 80);
	memory_detail(&(struct vm_view){ snap, vm, history, NULL }, &page);
	SCREEN(&page.canvas, 1, "  host swap: in 0/s, out 0/s, by refaults of its cgroup");
	page_release(&page);
	assert_true(memory_promises(vm, &promise, 1, &arena) == 1);
	assert_string_equal(promise.delivered, "100M+ present");
	arena_release(&arena);
	history_free(history);
	snapshot_free(snap);
}

/* clang-format on */
static void every_rule_is_explained(void **state)
{
	static const char *const rule[] = { "memory-hidden", "memory-swapped", "memory-blind",
		"memory-swapin", "memory-stall", "memory-balloon", "memory-phantom", "memory-limit",
		"memory-oom", "memory-trend", "host-swap", "host-memory-stall", "host-overcommit",
		"host-memory-trend", "host-oom" };

	(void)state;
	for (size_t i = 0; i < sizeof(rule) / sizeof(rule[0]); i++) {
		const struct explanation *explanation = pane_explanation(rule[i]);

		assert_non_null(explanation);
		/* Of the host there is no VM to name. */
		if (!strncmp(rule[i], "host-", 5))
			assert_null(strchr(explanation->next, '{'));
	}
	assert_null(memory_explanation[sizeof(rule) / sizeof(rule[0])].rule);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(swap_under_an_unaware_guest),
		cmocka_unit_test(one_interval_is_none),
		cmocka_unit_test(both_sides_in_trouble_agree),
		cmocka_unit_test(the_reverse),
		cmocka_unit_test(what_the_host_took_is_told_as_it_is),
		cmocka_unit_test(a_side_is_missing),
		cmocka_unit_test(the_host_and_limits),
		cmocka_unit_test(what_runs_out),
		cmocka_unit_test(the_table),
		cmocka_unit_test(the_head),
		cmocka_unit_test(the_page),
		cmocka_unit_test(the_bar_of_what_is_not_known),
		cmocka_unit_test(every_rule_is_explained),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("memory", tests, NULL, NULL);
}
