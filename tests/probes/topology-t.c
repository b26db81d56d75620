// SPDX-License-Identifier: GPL-2.0-or-later
/* CPUs, cores and nodes: a captured machine, odd ones, one that changes, and this one. */
#include "tests/probes/rig.h"

static void offline_cpu_and_memoryless_node(void **state)
{
	static const uint64_t id[] = { 0, 1, 2, 4, 5, 6, 7 }, core[] = { 0, 0, 2, 4, 4, 6, 6 };
	const struct topology_sample *topology;
	struct rig rig;

	(void)state;
	rig_open(&rig, "tests/data/offline-cpu-memoryless-node");
	topology = &rig_sample(&rig)->topology;
	assert_int_equal(rig.sample.status[SECTION_TOPOLOGY].state, SOURCE_OK);
	assert_int_equal(topology->n_cpu, 7);
	for (size_t i = 0; i < 7; i++) {
		assert_int_equal(topology->cpu[i].id, id[i]);
		assert_int_equal(topology->cpu[i].core, core[i]);
		assert_int_equal(topology->cpu[i].node, id[i] >= 4);
		assert_false(topology->cpu[i].isolated || topology->cpu[i].nohz_full);
	}
	assert_int_equal(topology->n_node, 2);
	assert_int_equal(cpus_count(&topology->node[0].cpus), 3);
	assert_int_equal(topology->node[0].mem_total_bytes, 65805000ull * 1024);
	assert_int_equal(topology->node[0].mem_free_bytes, 20000000ull * 1024);
	assert_int_equal(topology->node[1].mem_total_bytes, 0);
	assert_int_equal(topology->node[0].distance[1], 21);
	assert_int_equal(topology->node[1].distance[0], 21);
	assert_int_equal(topology->node[1].distance[1], 10);
	rig_close(&rig);
}

#define PUT(dir, name, text) tree_put((dir), "sys/devices/system/" name, (text), strlen(text))

static void a_machine_that_changes(void **state)
{
	const struct topology_sample *topology;
	struct rig rig;
	char dir[64];

	(void)state;
	tree_make(dir, sizeof(dir));
	PUT(dir, "cpu/online", "0-3\n");
	PUT(dir, "cpu/isolated", "2-3\n");
	PUT(dir, "cpu/nohz_full", "3\n");
	PUT(dir, "node/online", "0,2\n");
	PUT(dir, "node/node0/cpulist", "0-3\n");
	PUT(dir, "node/node2/cpulist", "\n");
	PUT(dir, "node/node2/distance", "21\n");
	rig_open(&rig, dir);
	topology = &rig_sample(&rig)->topology;
	assert_int_equal(topology->n_cpu, 4);
	assert_true(topology->cpu[2].isolated && topology->cpu[3].nohz_full);
	assert_false(topology->cpu[1].isolated || topology->cpu[2].nohz_full);
	assert_int_equal(topology->cpu[3].core, 3);
	assert_int_equal(topology->n_node, 2);
	assert_int_equal(topology->node[1].id, 2);
	assert_int_equal(cpus_count(&topology->node[1].cpus), 0);
	assert_true(topology->node[1].mem_total_bytes == UNKNOWN_U64);
	assert_null(topology->node[0].distance); /* no file */
	assert_null(topology->node[1].distance); /* too few numbers */
	PUT(dir, "cpu/online", "0-1\n");
	topology = &rig_sample(&rig)->topology;
	assert_int_equal(topology->n_cpu, 2);
	assert_int_equal(cpus_count(&topology->node[0].cpus), 2); /* whatever its list says */
	rig_close(&rig);
	tree_remove(dir);
}

static void without_sys_it_says_so(void **state)
{
	struct rig rig;
	char dir[64];

	(void)state;
	tree_make(dir, sizeof(dir));
	rig_open(&rig, dir);
	rig_sample(&rig);
	assert_int_equal(rig.sample.status[SECTION_TOPOLOGY].state, SOURCE_UNAVAILABLE);
	assert_non_null(strstr(rig.sample.status[SECTION_TOPOLOGY].reason, "cpu/online"));
	assert_int_equal(rig.sample.topology.n_cpu, 0);
	rig_close(&rig);
	tree_remove(dir);
}

static void this_machine_agrees_with_libc(void **state)
{
	const struct topology_sample *topology;
	struct rig rig;

	(void)state;
	rig_open(&rig, "/");
	topology = &rig_sample(&rig)->topology;
	assert_int_equal(topology->n_cpu, sysconf(_SC_NPROCESSORS_ONLN));
	rig_close(&rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(offline_cpu_and_memoryless_node),
		cmocka_unit_test(a_machine_that_changes),
		cmocka_unit_test(without_sys_it_says_so),
		cmocka_unit_test(this_machine_agrees_with_libc),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("topology", tests, NULL, NULL);
}
