// SPDX-License-Identifier: GPL-2.0-or-later
/* Run time by node: what was charged, and what goes on. Literal slots; tests/live/numa-t has real
 * ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "probes/account_nodes.h"

enum { MS = 1000000 };

struct bench {
	struct account_nodes nodes;
	struct account_place place[4];
	struct account_slot slot;
	struct account_thread out;
	struct arena arena;
};

/* Slot 2 of a host with two nodes of two CPUs each: 50 and 30 ms were charged. */
static int setup(void **state)
{
	static struct topology_cpu cpu[] = { { .id = 0, .node = 0 }, { .id = 1, .node = 0 },
		{ .id = 2, .node = 1 }, { .id = 3, .node = 1 }, { .id = 4, .node = UNKNOWN_U64 } };
	static struct topology_node node[] = { { .id = 0 }, { .id = 1 } };
	const struct topology_sample topology = { cpu, 5, node, 2 };
	static struct bench b;

	memset(&b, 0, sizeof(b));
	b.nodes = (struct account_nodes){ .n = 2, .migrated_known = true, .place = b.place };
	assert_true(nodes_round(&b.nodes, &topology));
	b.place[2] =
		(struct account_place){ .run_ns = { 50 * MS, 30 * MS }, .migrated_pages = 7 + 1 };
	b.slot.number = 2;
	b.slot.total_ns[ACCOUNT_RUN] = 80 * MS;
	*state = &b;
	return 0;
}

static int teardown(void **state)
{
	struct bench *b = *state;

	arena_release(&b->arena);
	return 0;
}

static void expect(struct bench *b, uint64_t run_ms, uint64_t node0_ms, uint64_t node1_ms)
{
	memset(&b->out, 0, sizeof(b->out));
	nodes_fill(&b->nodes, &b->slot, run_ms * MS, &b->arena, &b->out);
	assert_non_null(b->out.node_run_ns_total);
	assert_int_equal(b->out.node_run_ns_total[0], node0_ms * MS);
	assert_int_equal(b->out.node_run_ns_total[1], node1_ms * MS);
}

static void what_goes_on_is_where_its_cpu_is(void **state)
{
	struct bench *b = *state;

	expect(b, 80, 50, 30);
	assert_int_equal(b->out.migrated_pages_total, 7);
	b->slot.cpu = 3 + 1;
	expect(b, 95, 50, 45);
	b->slot.cpu = 0 + 1;
	expect(b, 95, 65, 30);
	/* Nobody knows where: a CPU that was not noted, one without a node, one that is gone. */
	b->slot.cpu = 0;
	expect(b, 95, 50, 30);
	b->slot.cpu = 4 + 1;
	expect(b, 95, 50, 30);
	b->slot.cpu = 4095;
	expect(b, 95, 50, 30);
}

static void another_thread_begins_anew(void **state)
{
	struct bench *b = *state;

	nodes_forget(&b->nodes, 2);
	b->slot.total_ns[ACCOUNT_RUN] = 0;
	expect(b, 0, 0, 0);
	/* The kernel's own count goes back to when the thread began: nothing until it is told. */
	assert_true(b->out.migrated_pages_total == UNKNOWN_U64);
	b->place[2].migrated_pages = 0 + 1;
	expect(b, 0, 0, 0);
	assert_int_equal(b->out.migrated_pages_total, 0);
}

static void what_is_not_counted_is_not_told(void **state)
{
	struct bench *b = *state;

	b->nodes.migrated_known = false;
	expect(b, 80, 50, 30);
	assert_true(b->out.migrated_pages_total == UNKNOWN_U64);
	b->nodes = (struct account_nodes){ 0 };
	memset(&b->out, 0, sizeof(b->out));
	nodes_fill(&b->nodes, &b->slot, 80 * MS, &b->arena, &b->out);
	assert_null(b->out.node_run_ns_total);
	assert_true(b->out.migrated_pages_total == UNKNOWN_U64);
	nodes_forget(&b->nodes, 2); /* harmless */
}

/* A host that gets its second node while we run: the programs must be loaded anew. */
static void a_second_node_is_noticed(void **state)
{
	static struct topology_node node[] = { { .id = 0 }, { .id = 1 } };
	struct topology_sample topology = { .node = node, .n_node = 1 };
	struct bench *b = *state;

	b->nodes = (struct account_nodes){ 0 };
	assert_true(nodes_round(&b->nodes, &topology));
	topology.n_node = 2;
	assert_false(nodes_round(&b->nodes, &topology));
	b->nodes.reason = "too many";
	assert_true(nodes_round(&b->nodes, &topology));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_goes_on_is_where_its_cpu_is),
		TEST(another_thread_begins_anew),
		TEST(what_is_not_counted_is_not_told),
		TEST(a_second_node_is_noticed),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("account_nodes", tests, NULL, NULL);
}
