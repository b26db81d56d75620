// SPDX-License-Identifier: GPL-2.0-or-later
/* Where memory lies and vCPUs ran, by samples of pages and time by node: literal ones. */
#include "tests/probes/derive_rig.h"

enum { MOST = 8, NODE_CPUS = 4 };

/* A host of nodes with 4 CPUs and 64 GiB each, 21 apart; tests change it. */
struct machine {
	struct topology_cpu cpu[MOST * NODE_CPUS];
	struct topology_node node[MOST];
	uint64_t distance[MOST][MOST];
	struct pages_vm pages[1];
	uint64_t ns[2][RIG_VCPUS][MOST];
	struct accounts *accounts;
};

static struct machine *machine_made(struct rig *rig, size_t nodes, size_t vcpus)
{
	static struct machine m;

	m = (struct machine){ .accounts = accounts_made(rig, vcpus) };
	for (size_t i = 0; i < nodes; i++) {
		m.node[i] = (struct topology_node){ .id = i,
			.mem_total_bytes = 64ull << 30,
			.mem_free_bytes = 8ull << 30,
			.distance = m.distance[i] };
		for (size_t k = 0; k < nodes; k++)
			m.distance[i][k] = i == k ? 10 : 21;
		for (size_t k = 0; k < NODE_CPUS; k++) {
			m.cpu[i * NODE_CPUS + k] =
				(struct topology_cpu){ .id = i * NODE_CPUS + k, .node = i };
			cpus_add(&m.node[i].cpus, i * NODE_CPUS + k);
		}
	}
	rig->cur.topology = (struct topology_sample){ m.cpu, nodes * NODE_CPUS, m.node, nodes };
	m.accounts->procs[0].guest_nodes = 1;
	m.accounts->procs[0].mem_bytes = 16ull << 30;
	m.pages[0] = (struct pages_vm){ .pid = 10,
		.start_ticks = 1010,
		.status = { SOURCE_OK, NULL, 100 * S, MS },
		.ram_bytes = 16ull << 30,
		.window_ns = 4 * S };
	rig->cur.pages = (struct pages_sample){ m.pages, 1 };
	for (size_t i = 0; i < vcpus; i++) {
		m.accounts->prev[i].node_run_ns_total = m.ns[0][i];
		m.accounts->cur[i].node_run_ns_total = m.ns[1][i];
		m.accounts->prev[i].migrated_pages_total = 1000;
		m.accounts->cur[i].migrated_pages_total = 1000;
	}
	rig->prev.account.n_node = rig->cur.account.n_node = nodes > 1 ? nodes : 0;
	return &m;
}

/* So many of the sampled pages on that node. */
static void pages_on(struct machine *m, size_t node, unsigned n)
{
	uint16_t *kind = m->pages[0].count.kind;

	m->pages[0].count.node[node] = (uint16_t)n;
	kind[PAGES_ASKED] = (uint16_t)(kind[PAGES_ASKED] + n);
	kind[PAGES_PRESENT] = (uint16_t)(kind[PAGES_PRESENT] + n);
}

/* Of this second, so many ms of the vCPU. */
static void ran_on(struct machine *m, size_t vcpu, size_t node, uint64_t ms)
{
	m->ns[0][vcpu][node] = 5 * S;
	m->ns[1][vcpu][node] = 5 * S + ms * MS;
}

static double share_on(const struct node_share *share, size_t n, const char *node)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(share[i].node, node))
			return share[i].pct;
	return NAN;
}

#define MEM(numa, node) share_on((numa)->host_mem_pct, (numa)->n_host_mem_pct, node)
#define CPU(numa, node) share_on((numa)->host_cpu_pct, (numa)->n_host_cpu_pct, node)

static void apart(void **state)
{
	struct rig *rig = *state;
	struct machine *m = machine_made(rig, 2, 2);
	const struct numa *numa;

	pages_on(m, 1, 512);
	ran_on(m, 0, 0, 700);
	ran_on(m, 1, 0, 100);
	derive(rig);
	numa = &only_vm(rig)->numa;
	NEAR(MEM(numa, "0"), 0);
	NEAR(MEM(numa, "1"), 100);
	NEAR(CPU(numa, "0"), 100);
	NEAR(CPU(numa, "1"), 0);
	NEAR(numa->host_local_pct, 0);
	NEAR(numa->latency_factor, 2.1);
	/* Not one of 512: that may be by chance, if it was few. */
	assert_true(numa->host_local_error_pct > 0.1 && numa->host_local_error_pct < 0.3);
	NEAR(numa->guest_local_pct, 100);
	NEAR(numa->gap_pct, 100);
	assert_true(fabs(numa->gap_error_pct - 2 * numa->host_local_error_pct) < 1e-5);
	assert_int_equal(numa->pages_sampled, 512);
	assert_int_equal(numa->span, NUMA_SPAN_FITS);
	NEAR(numa->migrated_pages_per_s, 0);
	NEAR(numa->far_memory_pct, 0);
	assert_null(numa->verdict_reason);
}

/* By hand: c = 0.75, 0.25; m = 0.4, 0.6: local 0.45; factor 0.45 + 0.55 * 2.1. */
static void in_part(void **state)
{
	struct rig *rig = *state;
	struct machine *m = machine_made(rig, 2, 2);
	const struct numa *numa;

	pages_on(m, 0, 200);
	pages_on(m, 1, 300);
	m->pages[0].count.kind[PAGES_ASKED] += 125;
	m->pages[0].count.kind[PAGES_ABSENT] = 125;
	ran_on(m, 0, 0, 600);
	ran_on(m, 1, 1, 200);
	m->accounts->cur[0].migrated_pages_total = 1512;
	derive(rig);
	numa = &only_vm(rig)->numa;
	NEAR(MEM(numa, "0"), 40);
	NEAR(CPU(numa, "0"), 75);
	NEAR(numa->host_local_pct, 45);
	NEAR(numa->latency_factor, 1.605);
	/* (0.75^2 0.4 + 0.25^2 0.6 - 0.45^2) / 500 = 0.00012: its root is 0.01095. */
	NEAR(numa->host_local_error_pct, 1.095445);
	NEAR(numa->absent_pct, 20);
	NEAR(numa->migrated_pages_per_s, 512);
}

/* The error is that of the samples: of 2000 tries two in three are within it, and 95 in 100 of two.
 */
static void the_error_is_true(void **state)
{
	enum { TRIES = 2000, N = 400 };
	struct rig *rig = *state;
	unsigned within[2] = { 0 };

	srand48(17);
	for (unsigned i = 0; i < TRIES; i++) {
		struct machine *m = machine_made(rig, 2, 2);
		const struct numa *numa;
		unsigned on_0 = 0;

		for (unsigned k = 0; k < N; k++)
			on_0 += drand48() < 0.3;
		pages_on(m, 0, on_0);
		pages_on(m, 1, N - on_0);
		ran_on(m, 0, 0, 800);
		ran_on(m, 1, 1, 100);
		derive(rig);
		numa = &only_vm(rig)->numa;
		for (unsigned k = 0; k < 2; k++) /* c = 8/9, 1/9: 0.3 * 8/9 + 0.7 * 1/9 */
			within[k] += fabs(numa->host_local_pct - 34.444444) <=
				     (k + 1) * numa->host_local_error_pct;
	}
	assert_in_range(within[0], TRIES * 64 / 100, TRIES * 72 / 100);
	assert_in_range(within[1], TRIES * 93 / 100, TRIES * 97 / 100);
}

static void eight_nodes_and_odd_ones(void **state)
{
	struct rig *rig = *state;
	struct machine *m = machine_made(rig, 8, 4);
	const struct numa *numa;

	m->distance[2][5] = 32;
	m->node[7].mem_total_bytes = 0;	      /* no memory */
	m->node[5].cpus = (struct cpus){ 0 }; /* all of its CPUs are offline */
	pages_on(m, 5, 100);
	pages_on(m, 2, 300);
	ran_on(m, 0, 2, 100);
	ran_on(m, 1, 2, 300);
	ran_on(m, 2, 7, 400);
	derive(rig);
	numa = &only_vm(rig)->numa;
	assert_int_equal(numa->n_host_mem_pct, 8);
	assert_int_equal(numa->n_host_cpu_pct, 8);
	NEAR(MEM(numa, "2"), 75);
	NEAR(MEM(numa, "7"), 0);
	NEAR(CPU(numa, "7"), 50);
	NEAR(numa->host_local_pct, 37.5);
	NEAR(numa->far_memory_pct, 25);
	/* 2 to 2, 2 to 5, 7 to both. */
	NEAR(numa->latency_factor, 0.5 * 0.75 * 1 + 0.5 * 0.25 * 3.2 + 0.5 * 2.1);
}

/* Ids need not follow each other, and a distance may be missing. */
static void sparse_nodes_without_distances(void **state)
{
	struct rig *rig = *state;
	struct machine *m = machine_made(rig, 2, 2);
	const struct numa *numa;

	m->node[1].id = 8;
	m->node[0].distance = NULL;
	rig->prev.account.n_node = rig->cur.account.n_node = 9;
	static uint64_t ns[2][RIG_VCPUS][16];
	for (size_t i = 0; i < 2; i++) {
		m->accounts->prev[i].node_run_ns_total = ns[0][i];
		m->accounts->cur[i].node_run_ns_total = ns[1][i];
	}
	ns[1][0][0] = 300 * MS;
	pages_on(m, 8, 512);
	derive(rig);
	numa = &only_vm(rig)->numa;
	assert_int_equal(numa->n_host_mem_pct, 2);
	NEAR(MEM(numa, "8"), 100);
	NEAR(numa->host_local_pct, 0);
	assert_true(isnan(numa->latency_factor));
}

static void one_node_needs_no_measuring(void **state)
{
	struct rig *rig = *state;
	const struct numa *numa;

	machine_made(rig, 1, 2);
	rig->cur.pages.n_vm = 0;
	derive(rig);
	numa = &only_vm(rig)->numa;
	NEAR(MEM(numa, "0"), 100);
	NEAR(CPU(numa, "0"), 100);
	NEAR(numa->host_local_pct, 100);
	NEAR(numa->latency_factor, 1);
	NEAR(numa->gap_pct, 0);
	NEAR(numa->gap_error_pct, 0);
	/* A kernel without nodes. */
	rig->cur.topology.n_node = 0;
	derive(rig);
	NEAR(only_vm(rig)->numa.host_local_pct, 100);
	/* Nobody knows how many there are. */
	rig->cur.topology.n_cpu = 0;
	derive(rig);
	assert_true(isnan(only_vm(rig)->numa.host_local_pct));
	assert_int_equal(only_vm(rig)->numa.n_host_mem_pct, 0);
}

static void expect_unknown(struct rig *rig, const char *reason)
{
	const struct numa *numa;

	derive(rig);
	numa = &only_vm(rig)->numa;
	assert_true(isnan(numa->host_local_pct) && isnan(numa->gap_pct));
	assert_true(isnan(numa->latency_factor) && isnan(numa->host_local_error_pct));
	assert_non_null(numa->verdict_reason);
	if (!strstr(numa->verdict_reason, reason))
		fail_msg("\"%s\" is not in \"%s\"", reason, numa->verdict_reason);
}

static void what_is_missing_has_a_reason(void **state)
{
	struct rig *rig = *state;
	struct machine *m = machine_made(rig, 2, 2);

	ran_on(m, 0, 0, 500);
	rig->cur.pages.n_vm = 0;
	expect_unknown(rig, "have not had their turn");
	NEAR(CPU(&only_vm(rig)->numa, "0"), 100); /* the other half is there */
	rig->cur.status[SECTION_PAGES] =
		(struct status){ SOURCE_UNAVAILABLE, "captured tree", 0, 0 };
	expect_unknown(rig, "captured tree");
	rig->cur.status[SECTION_PAGES] = (struct status){ SOURCE_OK, NULL, 101 * S, MS };
	rig->cur.pages.n_vm = 1;
	m->pages[0].status = (struct status){ SOURCE_UNAVAILABLE, "CAP_SYS_PTRACE", 100 * S, MS };
	expect_unknown(rig, "CAP_SYS_PTRACE");
	m->pages[0].status = (struct status){ SOURCE_OK, NULL, 100 * S, MS };
	m->pages[0].count.kind[PAGES_ASKED] = m->pages[0].count.kind[PAGES_ABSENT] = 64;
	expect_unknown(rig, "none of the pages");
	pages_on(m, 0, 100);
	m->pages[0].count.kind[PAGES_UNTOLD] = 11;
	expect_unknown(rig, "CAP_SYS_ADMIN");
	m->pages[0].count.kind[PAGES_UNTOLD] = 0;
	m->pages[0].start_ticks++; /* another process */
	expect_unknown(rig, "have not had their turn");
	m->pages[0].start_ticks--;
	m->ns[1][0][0] = m->ns[0][0][0];
	expect_unknown(rig, "did not run");
	rig->cur.account.n_node = 0;
	rig->cur.status[SECTION_ACCOUNT].reason = "grant CAP_BPF";
	expect_unknown(rig, "grant CAP_BPF");
	rig->cur.account.node_reason = "nodes 0 to 15 only";
	expect_unknown(rig, "nodes 0 to 15 only");
	rig->cur.account.node_reason = NULL;
	rig->cur.account.n_node = 2;
	m->node[1].id = PAGES_NODES;
	expect_unknown(rig, "nodes 0 to 15 only");
}

static void what_the_guest_was_given(void **state)
{
	struct rig *rig = *state;
	struct machine *m = machine_made(rig, 2, 2);
	struct domain domains[] = { domain(UUID(1), "vm", 10) };
	const struct numa *numa;

	pages_on(m, 1, 512);
	ran_on(m, 0, 0, 500);
	m->accounts->procs[0].guest_nodes = 2;
	derive(rig);
	numa = &only_vm(rig)->numa;
	assert_int_equal(numa->guest_nodes, 2);
	assert_true(isnan(numa->guest_local_pct) && isnan(numa->gap_pct));
	NEAR(numa->host_local_pct, 0);
	assert_non_null(strstr(numa->verdict_reason, "nodes of its own"));
	m->accounts->procs[0].guest_nodes = UNKNOWN_U64;
	derive(rig);
	assert_true(only_vm(rig)->numa.guest_nodes == UNKNOWN_U64);
	assert_non_null(strstr(only_vm(rig)->numa.verdict_reason, "not known"));
	/* libvirt goes before the command line. */
	domains[0].guest_nodes = 1;
	set_domains(rig, LIST(domains));
	derive(rig);
	assert_int_equal(only_vm(rig)->numa.guest_nodes, 1);
	NEAR(only_vm(rig)->numa.gap_pct, 100);
}

static void larger_than_a_node(void **state)
{
	struct rig *rig = *state;
	struct machine *m = machine_made(rig, 2, 2);
	struct proc_vm *proc = m->accounts->procs;

	m->node[0].mem_total_bytes = 8ull << 30; /* the other has 64 */
	proc->mem_bytes = 64ull << 30;
	derive(rig);
	assert_int_equal(only_vm(rig)->numa.span, NUMA_SPAN_FITS);
	proc->mem_bytes++;
	derive(rig);
	assert_int_equal(only_vm(rig)->numa.span, NUMA_SPAN_MEMORY);
	proc->vcpus = NODE_CPUS + 1;
	derive(rig);
	assert_int_equal(only_vm(rig)->numa.span, NUMA_SPAN_BOTH);
	proc->mem_bytes = 1;
	derive(rig);
	assert_int_equal(only_vm(rig)->numa.span, NUMA_SPAN_VCPUS);
	proc->mem_bytes = UNKNOWN_U64;
	derive(rig);
	assert_int_equal(only_vm(rig)->numa.span, NUMA_SPAN_UNKNOWN);
}

static void devices_and_vhost_workers(void **state)
{
	static struct pages_device devices[] = { { "0000:3b:00.0", 0 },
		{ "0000:3b:00.1", UNKNOWN_U64 } };
	static uint64_t ns[2][2][2] = { { { 0, 0 }, { 7, 7 } },
		{ { 300 * MS, 0 }, { 7, 7 + 100 * MS } } };
	struct rig *rig = *state;
	struct machine *m = machine_made(rig, 2, 2);
	struct account_thread thread[2][4];
	const struct numa *numa;

	pages_on(m, 0, 128);
	pages_on(m, 1, 384);
	ran_on(m, 0, 1, 500);
	m->pages[0].device = devices;
	m->pages[0].n_device = 2;
	for (size_t i = 0; i < 2; i++) {
		memcpy(thread[i], i ? m->accounts->cur : m->accounts->prev,
			2 * sizeof(thread[i][0]));
		for (size_t k = 2; k < 4; k++) {
			thread[i][k] = account_made(10, 100 + (pid_t)k, (100 + i) * S);
			thread[i][k].kind = THREAD_VHOST;
			thread[i][k].node_run_ns_total = ns[i][k - 2];
		}
	}
	rig->prev.account.thread = thread[0];
	rig->cur.account.thread = thread[1];
	rig->prev.account.n_thread = rig->cur.account.n_thread = 4;
	derive(rig);
	numa = &only_vm(rig)->numa;
	assert_int_equal(numa->n_numa_device, 2);
	NEAR(numa->numa_device[0].local_pct, 25);
	/* 512 pages tell it; what nobody knows has no error, and none of all is not for certain. */
	assert_int_equal(numa->pages_placed, 512);
	NEAR(numa->numa_device[0].local_error_pct, 100 * sqrt(0.25 * 0.75 / 512));
	assert_true(isnan(numa->numa_device[1].local_pct));
	assert_true(isnan(numa->numa_device[1].local_error_pct));
	NEAR(numa->vhost_run_pct, 40);
	NEAR(numa->vhost_local_pct, 0.75 * 25 + 0.25 * 75);
	NEAR(numa->vhost_local_error_pct, 100 * sqrt(0.375 * 0.625 / 512));
	NEAR(numa->host_local_pct, 75); /* they are no vCPUs */
	/* Pages that are absent tell nothing of where the others are. */
	pages_on(m, 0, 0);
	m->pages[0].count.kind[PAGES_ASKED] = 1024;
	m->pages[0].count.kind[PAGES_ABSENT] = 640;
	derive(rig);
	numa = &only_vm(rig)->numa;
	assert_int_equal(numa->pages_placed, 384);
	assert_true(numa->numa_device[0].local_pct == 0);
	assert_true(numa->numa_device[0].local_error_pct > 0.1);
	/* Where memory lies is not known; one of them was idle. */
	ns[1][1][1] = 7;
	rig->cur.pages.n_vm = 0;
	derive(rig);
	NEAR(only_vm(rig)->numa.vhost_run_pct, 30);
	assert_true(isnan(only_vm(rig)->numa.vhost_local_pct));
}

static void shares_of_pages(void **state)
{
	struct rig *rig = *state;
	struct machine *m = machine_made(rig, 2, 2);
	uint16_t *kind = m->pages[0].count.kind;
	const struct pages *pages;

	pages_on(m, 0, 300);
	kind[PAGES_ASKED] = 400;
	kind[PAGES_ABSENT] = 100;
	kind[PAGES_LOOKED] = 100;
	kind[PAGES_SWAPPED] = 10;
	kind[PAGES_ZERO] = 5;
	kind[PAGES_FLAGGED] = 75;
	kind[PAGES_HUGE] = 60;
	kind[PAGES_KSM] = 3;
	derive(rig);
	pages = &only_vm(rig)->pages;
	NEAR(pages->present_pct, 75);
	NEAR(pages->absent_pct, 20);
	NEAR(pages->zero_pct, 5);
	NEAR(pages->swapped_pct, 10);
	NEAR(pages->huge_pct, 80);
	NEAR(pages->ksm_pct, 4);
	NEAR(pages->error_pct, 2.165064);
	NEAR(pages->flags_error_pct, 4.618802);
	NEAR(pages->window_s, 4);
	assert_int_equal(pages->ram_bytes, 16ull << 30);
	assert_null(pages->flags_reason);
	assert_int_equal(vm_source(only_vm(rig), "pages")->state, SOURCE_OK);
	NEAR(vm_source(only_vm(rig), "pages")->age_s, 1.005);
	/* Its turn was long ago, for there are many VMs: it is as fresh as the probe is. */
	m->pages[0].status.at_ns = 80 * S;
	derive(rig);
	assert_int_equal(vm_source(only_vm(rig), "pages")->state, SOURCE_OK);
	rig->cur.status[SECTION_PAGES].at_ns = 80 * S;
	derive(rig);
	assert_int_equal(vm_source(only_vm(rig), "pages")->state, SOURCE_STALE);
	/* Flags that may not be read are not none. */
	kind[PAGES_FLAGGED] = kind[PAGES_HUGE] = kind[PAGES_KSM] = 0;
	m->pages[0].status.reason = "grant CAP_SYS_ADMIN";
	derive(rig);
	assert_true(isnan(only_vm(rig)->pages.huge_pct) && isnan(only_vm(rig)->pages.ksm_pct));
	NEAR(only_vm(rig)->pages.swapped_pct, 10);
	assert_string_equal(only_vm(rig)->pages.flags_reason, "grant CAP_SYS_ADMIN");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(apart),
		TEST(in_part),
		TEST(the_error_is_true),
		TEST(eight_nodes_and_odd_ones),
		TEST(sparse_nodes_without_distances),
		TEST(one_node_needs_no_measuring),
		TEST(what_is_missing_has_a_reason),
		TEST(what_the_guest_was_given),
		TEST(larger_than_a_node),
		TEST(devices_and_vhost_workers),
		TEST(shares_of_pages),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("derive_numa", tests, NULL, NULL);
}
