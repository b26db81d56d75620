// SPDX-License-Identifier: GPL-2.0-or-later
/* The numa pane: hosts of one, two and eight nodes; what it finds, draws and says. */
#include "tests/panes/fixture.h"

#include <math.h>
#include <stdio.h>

#include "panes/numa.h"

enum { GIB = 1 << 30, MOST = 8 };

static struct host_node *add_nodes(struct snapshot *snap, size_t n)
{
	struct host *host = &snap->host;

	host->n_host_node = n;
	host->host_node = arena_array(&snap->arena, n, sizeof(*host->host_node));
	host->n_host_cpu = n * 4;
	host->host_cpu = arena_array(&snap->arena, n * 4, sizeof(*host->host_cpu));
	for (size_t i = 0; i < n * 4; i++)
		host->host_cpu[i] = (struct host_cpu){ .id = i, .node = i / 4, .core = i };
	for (size_t i = 0; i < n; i++) {
		struct host_node *node = &host->host_node[i];

		*node = (struct host_node){ .id = i,
			.cpus = arena_printf(&snap->arena, "%zu-%zu", 4 * i, 4 * i + 3),
			.mem_total_bytes = 64ull * GIB,
			.mem_free_bytes = 8ull * GIB,
			.n_distance = n };
		node->distance = arena_array(&snap->arena, n, sizeof(*node->distance));
		for (size_t k = 0; k < n; k++)
			node->distance[k] =
				(struct node_distance){ arena_printf(&snap->arena, "%zu", k),
					i == k ? 10 : 21 };
	}
	return host->host_node;
}

static struct node_share *shares(struct snapshot *snap, const double *pct, size_t n)
{
	struct node_share *share = arena_array(&snap->arena, n, sizeof(*share));

	for (size_t i = 0; i < n; i++)
		share[i] = (struct node_share){ arena_printf(&snap->arena, "%zu", i), pct[i] };
	return share;
}

/* A VM with those shares of the nodes, whose guest was given one; figures as derive makes them. */
static struct vm *place(
	struct snapshot *snap, const char *name, const double *mem, const double *cpu)
{
	struct vm *vm = fixture_vm(snap, name, 4, 50, 1);
	struct numa *numa = &vm->numa;
	size_t n = snap->host.n_host_node;

	numa->host_mem_pct = shares(snap, mem, n);
	numa->host_cpu_pct = shares(snap, cpu, n);
	numa->n_host_mem_pct = numa->n_host_cpu_pct = n;
	numa->host_local_pct = numa->latency_factor = 0;
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < n; k++)
			numa->latency_factor += cpu[i] * mem[k] / 1e5 *
						snap->host.host_node[i].distance[k].distance;
	numa->host_best_local_pct = 0;
	for (size_t i = 0; i < n; i++) {
		numa->host_local_pct += cpu[i] * mem[i] / 100;
		numa->host_best_local_pct += fmin(cpu[i], mem[i]);
	}
	numa->host_local_error_pct = 0.9;
	numa->far_memory_pct = 0;
	numa->absent_pct = 12.5;
	numa->pages_sampled = vm->pages.sampled = 512;
	vm->pages.window_s = 4.2;
	numa->migrated_pages_per_s = 0;
	numa->span = NUMA_SPAN_FITS;
	numa->guest_nodes = 1;
	numa->guest_local_pct = 100;
	numa->gap_pct = 100 - numa->host_local_pct;
	numa->gap_error_pct = 1.8;
	return vm;
}

#define PLACE(snap, name, m0, m1, c0, c1) \
	place((snap), (name), (const double[]){ m0, m1 }, (const double[]){ c0, c1 })

static void unknown_half(struct vm *vm, const char *reason)
{
	struct numa *numa = &vm->numa;

	numa->n_host_cpu_pct = 0;
	numa->host_local_pct = numa->host_local_error_pct = numa->latency_factor = NAN;
	numa->gap_pct = numa->gap_error_pct = numa->migrated_pages_per_s = NAN;
	numa->verdict_reason = reason;
}

static void two_nodes(struct snapshot *snap)
{
	struct vm *vm;

	add_nodes(snap, 2);
	snap->host.numa_migrated_pages_per_s = 5200;
	snap->host.numa_hint_faults_per_s = 9100;
	snap->host.numa_hint_local_pct = 56.7;
	PLACE(snap, "apart", 0, 100, 100, 0);
	PLACE(snap, "half", 50, 50, 100, 0);
	vm = PLACE(snap, "idle", 0, 100, 100, 0);
	vm->steal.got_cpus = 0.01;
	PLACE(snap, "local", 98, 2, 99, 1);
	vm = PLACE(snap, "moving", 70, 30, 90, 10);
	vm->numa.migrated_pages_per_s = 5200;
	vm = PLACE(snap, "own-nodes", 50, 50, 50, 50);
	vm->numa.guest_nodes = 2;
	vm->numa.guest_local_pct = vm->numa.gap_pct = vm->numa.gap_error_pct = NAN;
	vm->numa.verdict_reason = "its guest has nodes of its own";
	vm = PLACE(snap, "paused", 0, 100, 100, 0);
	vm->state = VM_PAUSED;
	vm = PLACE(snap, "unknown", 100, 0, 0, 0);
	unknown_half(vm, "on which node vCPUs run, only bpf tells: grant CAP_BPF");
}

static void expect_verdict(
	const struct snapshot *snap, const char *name, enum verdict verdict, const char *reason)
{
	const struct numa *numa = &fixture_vm_of(snap, name)->numa;

	assert_int_equal(numa->verdict, verdict);
	if (!reason)
		assert_null(numa->verdict_reason);
	else if (!numa->verdict_reason || !strstr(numa->verdict_reason, reason))
		fail_msg("\"%s\" is not in \"%s\"", reason, numa->verdict_reason);
}

static void verdicts(void **state)
{
	struct snapshot *snap = fixture_judge_one(two_nodes);

	(void)state;
	expect_verdict(snap, "apart", VERDICT_HIDDEN, NULL);
	expect_verdict(snap, "half", VERDICT_HIDDEN, NULL);
	expect_verdict(snap, "idle", VERDICT_UNKNOWN, "run too little");
	expect_verdict(snap, "local", VERDICT_AGREE, NULL);
	expect_verdict(snap, "own-nodes", VERDICT_UNKNOWN, "nodes of its own");
	expect_verdict(snap, "paused", VERDICT_UNKNOWN, "the VM is paused");
	expect_verdict(snap, "unknown", VERDICT_UNKNOWN, "grant CAP_BPF");
	fixture_assert_finding(fixture_finding(snap, "apart", "numa-remote"), SEVERITY_CRITICAL,
		VERDICT_HIDDEN, "guest sees 1 node, host 0.0% local, latency 2.1x");
	fixture_assert_finding(fixture_finding(snap, "half", "numa-remote"), SEVERITY_WARN,
		VERDICT_HIDDEN, "guest sees 1 node, host 50.0% local, latency 1.6x");
	/* Half by half, but each of its nodes may lie beside its CPUs: that is what they are for. */
	assert_null(fixture_finding(snap, "own-nodes", "numa-remote"));
	fixture_assert_finding(fixture_finding(snap, "moving", "numa-moving"), SEVERITY_WATCH,
		VERDICT_HIDDEN, "NUMA balancing moves 5.2k of its pages a second");
	assert_null(fixture_finding(snap, "idle", "numa-remote"));
	assert_null(fixture_finding(snap, "local", "numa-remote"));
	assert_null(fixture_finding(snap, "paused", "numa-remote"));
	assert_null(fixture_finding(snap, "unknown", "numa-remote"));
	snapshot_free(snap);
}

static void own_nodes_apart(struct snapshot *snap)
{
	struct vm *vm;

	add_nodes(snap, 2);
	vm = PLACE(snap, "own-apart", 10, 90, 90, 10);
	vm->numa.guest_nodes = 2;
	vm->numa.guest_local_pct = vm->numa.gap_pct = vm->numa.gap_error_pct = NAN;
}

/* No layout inside makes that local. */
static void own_nodes_help_only_so_far(void **state)
{
	struct snapshot *snap = fixture_judge_one(own_nodes_apart);

	(void)state;
	fixture_assert_finding(fixture_finding(snap, "own-apart", "numa-remote"), SEVERITY_CRITICAL,
		VERDICT_UNKNOWN, "guest has nodes, host at best 20.0% local, latency 1.9x");
	snapshot_free(snap);
}

/* By the latency, two standard errors off: 10% remote at distance 21 is the first that counts. */
static void severities(void **state)
{
	static const struct {
		double local, error, distance;
		enum severity severity;
	} table[] = {
		{ 100, 0.2, 21, SEVERITY_NONE },
		{ 90.5, 0, 21, SEVERITY_NONE },
		{ 89, 0, 21, SEVERITY_WATCH },
		{ 89, 1, 21, SEVERITY_NONE }, /* it may be 91 */
		{ 69, 0, 21, SEVERITY_WARN },
		{ 69, 2, 21, SEVERITY_WATCH },
		{ 49, 0, 21, SEVERITY_CRITICAL },
		{ 0, 0.2, 21, SEVERITY_CRITICAL },
		/* Two halves of one socket are no trouble, and four sockets away is more. */
		{ 0, 0.2, 11, SEVERITY_NONE },
		{ 0, 0.2, 12, SEVERITY_WATCH },
		{ 89, 0, 32, SEVERITY_WATCH },
		{ 80, 0, 32, SEVERITY_WARN },
		/* No distance is told: by the share. */
		{ 89, 0, NAN, SEVERITY_WATCH },
		{ 69, 0, NAN, SEVERITY_WARN },
		{ 49, 0, NAN, SEVERITY_CRITICAL },
		{ NAN, NAN, NAN, SEVERITY_NONE },
	};
	struct snapshot *snap = fixture_new(100);
	struct vm *vm = fixture_vm(snap, "vm", 4, 50, 1);

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		double remote = 1 - table[i].local / 100;

		vm->numa.host_local_pct = table[i].local;
		vm->numa.host_local_error_pct = table[i].error;
		vm->numa.latency_factor = 1 + remote * (table[i].distance / 10 - 1);
		if (numa_severity(vm) != table[i].severity)
			fail_msg("row %zu: %d", i, (int)numa_severity(vm));
	}
	snapshot_free(snap);
}

/* It takes 2 of 3 to begin, and to end. */
static void no_flicker(void **state)
{
	static const bool apart[] = { true, false, false, true, true, false, true, false, false };
	static const enum verdict verdict[] = { VERDICT_UNKNOWN, VERDICT_AGREE, VERDICT_AGREE,
		VERDICT_UNKNOWN, VERDICT_HIDDEN, VERDICT_HIDDEN, VERDICT_HIDDEN, VERDICT_AGREE,
		VERDICT_AGREE };
	struct judge *judge = judge_new();

	(void)state;
	for (size_t i = 0; i < sizeof(apart) / sizeof(apart[0]); i++) {
		struct snapshot *snap = fixture_new(100 + (double)i);

		add_nodes(snap, 2);
		PLACE(snap, "vm", apart[i] ? 0 : 100, apart[i] ? 100 : 0, 100, 0);
		panes_judge(snap, judge);
		if (i != 7) /* then both may be said: it lasts, or has just ended */
			assert_int_equal(snap->vm[0].numa.verdict, verdict[i]);
		snapshot_free(snap);
	}
	judge_free(judge);
}

static void hazards(struct snapshot *snap)
{
	static struct numa_device devices[] = { { "0000:3b:00.0", 0, 8, 1.2 },
		{ "0000:86:00.0", 1, 92, 1.2 }, { "0000:00:05.0", UNKNOWN_U64, NAN, NAN } };
	struct host_node *node = add_nodes(snap, 3);
	static const double far[] = { 40, 0, 60 }, home[] = { 8, 92, 0 }, one[] = { 0, 100, 0 };
	struct vm *vm;

	node[2].cpus = "";
	vm = place(snap, "cxl", far, one);
	vm->numa.far_memory_pct = 60;
	vm = place(snap, "gpu", home, one);
	vm->numa.numa_device = devices;
	vm->numa.n_numa_device = 3;
	vm->numa.vhost_run_pct = 61;
	vm->numa.vhost_local_pct = 8;
	vm->numa.vhost_local_error_pct = 1.2;
	vm = place(snap, "large", one, one);
	vm->numa.span = NUMA_SPAN_BOTH;
	vm->memory.sold_bytes = 96ull * GIB;
	vm->vcpus = 6;
	vm = place(snap, "large-laid-out", one, one);
	vm->numa.span = NUMA_SPAN_BOTH;
	vm->numa.guest_nodes = 2;
}

static void findings_beside(void **state)
{
	struct snapshot *snap = fixture_judge_one(hazards);
	unsigned devices = 0;

	(void)state;
	fixture_assert_finding(fixture_finding(snap, "cxl", "numa-far-memory"), SEVERITY_WARN,
		VERDICT_HIDDEN, "60.0% of its memory is on nodes without CPUs");
	fixture_assert_finding(fixture_finding(snap, "large", "numa-spans"), SEVERITY_WATCH,
		VERDICT_AGREE,
		"guest sees 1 node, has 96G, 6 vCPUs; a node 64G, 4 CPUs");
	assert_null(fixture_finding(snap, "large-laid-out", "numa-spans"));
	for (size_t i = 0; i < snap->n_finding; i++) {
		const struct finding *finding = &snap->finding[i];

		if (strcmp(finding->rule, "numa-device") != 0)
			continue;
		devices++;
		if (!strcmp(finding->subject, "vhost"))
			fixture_assert_finding(finding, SEVERITY_WARN, VERDICT_AGREE,
				"vhost runs 61.0% of a CPU, 8.0% of its memory local");
		else
			fixture_assert_finding(finding, SEVERITY_WATCH, VERDICT_AGREE,
				"8.0% of its memory on node 0 of device 0000:3b:00.0");
	}
	assert_int_equal(devices, 2);
	snapshot_free(snap);
}

static void draw(const struct snapshot *snap, int rows, int cols, struct canvas *canvas)
{
	struct table_state view = { 0 };
	struct arena arena = { 0 };
	struct row *row;
	size_t n;

	table_reset(&numa_table, &view);
	n = table_rows(&numa_table, snap, NULL, &view, &arena, &row);
	canvas_init(canvas, rows, cols);
	table_draw(&numa_table, &view, row, n, true, canvas);
	table_release(&view);
	arena_release(&arena);
}

static void screens(void **state)
{
	struct snapshot *snap = fixture_judge_one(two_nodes);
	struct canvas canvas;

	(void)state;
	draw(snap, 12, 80, &canvas);
	SCREEN(&canvas, 0,
		"             │ HOST                                     │ GUEST       │ GAP",
		"VM           │   memory on      ran on local    ± x lat │ nodes local │  ▼gap by",
		"apart        │       0 100     100   0   0.0  0.9  2.10 │     1   100 │  +100 !!",
		"half         │      50  50     100   0  50.0  0.9  1.55 │     1   100 │ +50.0 !",
		"moving       │      70  30      90  10  66.0  0.9  1.37 │     1   100 │ +34.0 !",
		"idle         │       0 100     100   0   0.0  0.9  2.10 │     1   100 │  +100",
		"paused       │ paused                                   │     1   100 │     -",
		"own-nodes    │      50  50      50  50  50.0  0.9  1.55 │     2     - │     -",
		"local        │      98   2      99   1  97.0  0.9  1.03 │     1   100 │  +3.0",
		"unknown      │     100   0           -     -    -     - │     1   100 │     -",
		"");
	canvas_release(&canvas);
	draw(snap, 4, 40, &canvas);
	SCREEN(&canvas, 0, "VM           │ local │  ▼gap by", "apart        │   0.0 │  +100 !!",
		"half         │  50.0 │ +50.0 !");
	canvas_release(&canvas);
	draw(snap, 1, 1, &canvas);
	SCREEN(&canvas, 0, "~");
	canvas_release(&canvas);
	draw(snap, 5, 160, &canvas);
	SCREEN(&canvas, 0,
		"VM           │   memory on      ran on local    ± x lat moved absnt  far vhost  "
		"dev "
		"span   pages state     sold  rss │ nodes local │  ▼gap by verdict  err",
		"apart        │       0 100     100   0   0.0  0.9  2.10     0  12.5  0.0     -    "
		"- "
		"fits     512 running    16G  12G │     1   100 │  +100 !! hidden   1.8");
	canvas_release(&canvas);
	snapshot_free(snap);
}

static void eight(struct snapshot *snap)
{
	static const double spread[] = { 12.5, 12.5, 12.5, 12.5, 12.5, 12.5, 12.5, 12.5 };
	static const double home[] = { 0, 0, 0, 100, 0, 0, 0, 0 };
	static const double parts[] = { 0, 3, 97, 0, 0, 0, 0, 0 };
	struct host_node *node = add_nodes(snap, 8);

	node[6].mem_total_bytes = 0;
	node[7].cpus = "";
	for (size_t i = 0; i < 8; i++)
		node[0].distance[i].distance = i == 0 ? 10 : 32;
	place(snap, "all-over", spread, spread);
	place(snap, "at-home", home, home);
	place(snap, "in-parts", parts, home);
}

static void eight_nodes(void **state)
{
	struct snapshot *snap = fixture_judge_one(eight);
	struct canvas canvas;
	struct page page;

	(void)state;
	draw(snap, 6, 80, &canvas);
	SCREEN(&canvas, 1,
		"in-parts     │    .09.....    ...*....   0.0  0.9  2.10 │     1   100 │  +100 !!",
		"all-over     │    11111111    11111111  12.5  0.9  2.08 │     1   100 │ +87.5 !!",
		"at-home      │    ...*....    ...*....   100  0.9  1.00 │     1   100 │   0.0");
	canvas_release(&canvas);
	page_init(&page, 80);
	numa_head(snap, &page);
	SCREEN(&page.canvas, 0, "8 nodes, distances 21 to 32",
		"node 0: cpu 0-3, 8.0G of 64G free     node 1: cpu 4-7, 8.0G of 64G free",
		"node 2: cpu 8-11, 8.0G of 64G free    node 3: cpu 12-15, 8.0G of 64G free",
		"node 4: cpu 16-19, 8.0G of 64G free   and 3 more");
	page_release(&page);
	page_init(&page, 160);
	numa_head(snap, &page);
	SCREEN(&page.canvas, 1,
		"node 0: cpu 0-3, 8.0G of 64G free     node 1: cpu 4-7, 8.0G of 64G free     node "
		"2: "
		"cpu 8-11, 8.0G of 64G free    node 3: cpu 12-15, 8.0G of 64G free",
		"node 4: cpu 16-19, 8.0G of 64G free   node 5: cpu 20-23, 8.0G of 64G free   node "
		"6: "
		"cpu 24-27, no memory          node 7: no cpu, 8.0G of 64G free");
	assert_int_equal(page.row, 3);
	page_release(&page);
	snapshot_free(snap);
}

static void heads(void **state)
{
	struct snapshot *snap = fixture_judge_one(two_nodes);
	struct page page;

	(void)state;
	page_init(&page, 80);
	numa_head(snap, &page);
	SCREEN(&page.canvas, 0,
		"2 nodes, distance 21  balancing 5.2k pages/s, 9.1k faults/s 56.7% local",
		"node 0: cpu 0-3, 8.0G of 64G free   node 1: cpu 4-7, 8.0G of 64G free");
	assert_int_equal(page.row, 2);
	page_release(&page);
	snap->host.n_host_node = 1;
	page_init(&page, 80);
	numa_head(snap, &page);
	SCREEN(&page.canvas, 0, "1 node: memory is local by nature");
	assert_int_equal(page.row, 1);
	page_release(&page);
	snap->host.n_host_cpu = snap->host.n_host_node = 0;
	page_init(&page, 1);
	numa_head(snap, &page);
	page_release(&page);
	snapshot_free(snap);
}

static void one(struct snapshot *snap)
{
	static const double all[] = { 100 };

	add_nodes(snap, 1);
	place(snap, "vm", all, all)->numa.host_local_error_pct = 0;
}

static void one_node_agrees(void **state)
{
	struct snapshot *snap = fixture_judge_one(one);
	struct arena arena = { 0 };
	struct promise promise;
	struct canvas canvas;
	struct page page;

	(void)state;
	expect_verdict(snap, "vm", VERDICT_AGREE, "local by nature");
	draw(snap, 3, 80, &canvas);
	SCREEN(&canvas, 1,
		"vm           │         100         100   100  0.0  1.00 │     1   100 │   0.0");
	canvas_release(&canvas);
	assert_int_equal(pane_by_name("numa")->promises(&snap->vm[0], &promise, 1, &arena), 1);
	assert_string_equal(promise.promised, "all of it on its own node");
	assert_string_equal(promise.delivered, "all of it: the host has one node");
	page_init(&page, 80);
	numa_detail(&(struct vm_view){ .snap = snap, .vm = &snap->vm[0] }, &page);
	assert_int_equal(page.row, 0);
	page_release(&page);
	arena_release(&arena);
	snapshot_free(snap);
}

static void the_page_of_a_vm(void **state)
{
	struct snapshot *snap = fixture_judge_one(hazards);
	struct history *history = history_new();
	struct vm_view view = {
		.snap = snap, .vm = fixture_vm_of(snap, "gpu"), .history = history
	};
	struct arena arena = { 0 };
	struct promise promise;
	struct page page;

	(void)state;
	history_add(history, snap);
	page_init(&page, 80);
	numa_detail(&view, &page);
	SCREEN(&page.canvas, 0,
		"nodes: where its memory lies and its vCPUs ran, % ──────────────────────────────",
		"  node memory                       ran                     distance",
		"     0    8.0 █▌                    0.0                        21.0",
		"     1   92.0 ████████████████▌     100 ██████████████████     10.0",
		"     2    0.0                       0.0                        21.0  no CPUs",
		"  of 512 random pages over 4.2s, ±0.9; absent 12.5%",
		"  device 0000:3b:00.0 on node 0, with 8.0% of the memory",
		"  device 0000:86:00.0 on node 1, with 92.0% of the memory",
		"  device 0000:00:05.0: its node is not known",
		"  vhost workers ran 61.0% of a CPU, with 8.0% of the memory local");
	page_release(&page);
	assert_int_equal(pane_by_name("numa")->promises(view.vm, &promise, 1, &arena), 1);
	assert_string_equal(promise.delivered, "92.0% (±0.9), 1.09 times the latency");
	assert_int_equal(promise.series, SERIES_LOCAL);
	for (int cols = 1; cols < 60; cols++) { /* no garbage, however narrow */
		page_init(&page, cols);
		numa_head(snap, &page);
		numa_detail(&view, &page);
		page_release(&page);
	}
	history_free(history);
	arena_release(&arena);
	snapshot_free(snap);
}

/* What a recording may hold: more than there is, less than nothing, and nothing known. */
static void strange_shares(struct snapshot *snap)
{
	static const double two[] = { 1e308, 5 }, some[] = { NAN, -3 };

	add_nodes(snap, 2);
	place(snap, "a", two, some);
}

static void strange_digits(struct snapshot *snap)
{
	static const double many[] = { NAN, 1e308, -1e308, 40, NAN, 0 };

	add_nodes(snap, 6);
	place(snap, "a", many, many);
}

static void strange_tops(struct snapshot *snap)
{
	static const double many[] = { NAN, 30, 1e308, 0, 0, 0, 0, 0, 0, 0, 0, 0 };
	static const double none[] = { NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN };

	add_nodes(snap, 12);
	place(snap, "a", many, none);
}

static void shares_may_be_anything(void **state)
{
	static const struct {
		void (*make)(struct snapshot *snap);
		const char *row;
	} cases[] = {
		{ strange_shares, "a            │     100   5       -   0 " },
		{ strange_digits, "a            │      -*.4-.      -*.4-. " },
		{ strange_tops, "a            │  2:100 1:30           - " },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct snapshot *snap = fixture_judge_one(cases[i].make);
		struct canvas canvas;
		char row[4096];

		draw(snap, 3, 80, &canvas);
		canvas_row_text(&canvas, 1, false, row, sizeof(row));
		row[strlen(cases[i].row)] = '\0';
		assert_string_equal(row, cases[i].row);
		canvas_release(&canvas);
		snapshot_free(snap);
	}
}

/* Two halves of one socket. */
static void own_nodes_near(struct snapshot *snap)
{
	struct host_node *node = add_nodes(snap, 2);
	struct vm *vm;

	node[0].distance[1].distance = node[1].distance[0].distance = 11;
	vm = PLACE(snap, "own-near", 10, 90, 90, 10);
	vm->numa.guest_nodes = 2;
}

static void own_nodes_count_by_their_distance(void **state)
{
	struct snapshot *snap = fixture_judge_one(own_nodes_near);

	(void)state;
	assert_int_equal(numa_severity(&snap->vm[0]), SEVERITY_NONE);
	assert_null(fixture_finding(snap, "own-near", "numa-remote"));
	/* The firmware tells no distance: by the share. */
	snap->vm[0].numa.latency_factor = NAN;
	assert_int_equal(numa_severity(&snap->vm[0]), SEVERITY_CRITICAL);
	snapshot_free(snap);
}

static void unsure_device(struct snapshot *snap)
{
	static struct numa_device device[3];
	struct vm *vm;

	add_nodes(snap, 2);
	device[0] = (struct numa_device){ "0000:01:00.0", 0, 45, 2.6 };
	device[1] = (struct numa_device){ "0000:02:00.0", 0, 45, 2.4 };
	device[2] = (struct numa_device){ "0000:03:00.0", 0, 0, NAN };
	vm = PLACE(snap, "gpu", 45, 55, 55, 45);
	vm->numa.numa_device = device;
	vm->numa.n_numa_device = 3;
	vm->numa.pages_sampled = UNKNOWN_U64;
}

static void a_device_is_far_beyond_the_error_only(void **state)
{
	struct snapshot *snap = fixture_judge_one(unsure_device);
	const struct finding *finding = fixture_finding(snap, "gpu", "numa-device");

	(void)state;
	assert_non_null(finding);
	assert_string_equal(finding->subject, "0000:02:00.0");
	for (size_t i = 0; i < snap->n_finding; i++)
		assert_true(&snap->finding[i] == finding ||
			    strcmp(snap->finding[i].rule, "numa-device") != 0);
	snapshot_free(snap);
}

static void untold_sizes(struct snapshot *snap)
{
	struct vm *vm;

	add_nodes(snap, 2);
	vm = PLACE(snap, "vm", 10, 90, 90, 10);
	vm->numa.span = NUMA_SPAN_VCPUS;
	vm->vcpus = UNKNOWN_U64;
	vm->numa.latency_factor = NAN;
}

static void unknown_numbers_are_none(void **state)
{
	struct snapshot *snap = fixture_judge_one(untold_sizes);
	struct arena arena = { 0 };
	struct promise promise;

	(void)state;
	assert_string_equal(fixture_finding(snap, "vm", "numa-spans")->text,
		"guest sees 1 node, has - vCPUs; a node 4 CPUs");
	assert_int_equal(pane_by_name("numa")->promises(&snap->vm[0], &promise, 1, &arena), 1);
	assert_string_equal(promise.delivered, "18.0% (±0.9), - times the latency");
	arena_release(&arena);
	snapshot_free(snap);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(verdicts),
		cmocka_unit_test(severities),
		cmocka_unit_test(own_nodes_help_only_so_far),
		cmocka_unit_test(no_flicker),
		cmocka_unit_test(findings_beside),
		cmocka_unit_test(screens),
		cmocka_unit_test(eight_nodes),
		cmocka_unit_test(heads),
		cmocka_unit_test(one_node_agrees),
		cmocka_unit_test(the_page_of_a_vm),
		cmocka_unit_test(shares_may_be_anything),
		cmocka_unit_test(own_nodes_count_by_their_distance),
		cmocka_unit_test(a_device_is_far_beyond_the_error_only),
		cmocka_unit_test(unknown_numbers_are_none),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("numa", tests, NULL, NULL);
}
