// SPDX-License-Identifier: GPL-2.0-or-later
/* Memory of a VM: from its process, its cgroup and its balloon. */
#include "tests/probes/derive_rig.h"

static const uint64_t MIB = 1 << 20;

/* A domain of 1 GiB with a process and a cgroup, read twice, two seconds apart. */
struct scene {
	struct proc_vm procs[1];
	struct domain domains[1];
	struct cgroup_reading groups[1];
	struct balloon_reading balloons[1];
};

static struct cgroup_counters counters(uint64_t at_ns, uint64_t in, uint64_t swap)
{
	return (struct cgroup_counters){
		.at_ns = at_ns,
		.swap_source = SWAP_BY_REFAULTS,
		.swap_in_bytes_total = in,
		.swap_out_bytes_total = UNKNOWN_U64,
		.swapped_bytes = swap,
		.stall_us_total = at_ns / 10000, /* a tenth of all time */
		.limit_hits_total = at_ns / S * 5,
		.oom_kills_total = 3,
	};
}

static struct scene *scene_made(struct rig *rig)
{
	static struct scene scene;

	scene = (struct scene){ .procs = { proc(10, "vm", UUID(1)) },
		.domains = { domain(UUID(1), "vm", 10) },
		.groups = { cgroup_reading_unknown },
		.balloons = { { .uuid = UUID(1) } } };
	scene.procs[0].rss_bytes = 600 * MIB;
	scene.procs[0].swap_bytes = 100 * MIB;
	scene.domains[0].mem_max_bytes = 1024 * MIB;
	scene.domains[0].has_balloon = true;
	scene.domains[0].balloon_period_s = 2;
	scene.groups[0].pid = 10;
	scene.groups[0].start_ticks = 1010;
	scene.groups[0].status = (struct status){ SOURCE_OK, NULL, 100 * S, MS };
	scene.groups[0].path = "/machine/vm";
	scene.groups[0].own = true;
	scene.groups[0].prev = counters(98 * S, 50 * MIB, 90 * MIB);
	scene.groups[0].cur = counters(100 * S, 54 * MIB, 100 * MIB);
	scene.balloons[0] = (struct balloon_reading){ .uuid = UUID(1),
		.status = { SOURCE_OK, NULL, 101 * S, MS },
		.actual_bytes = 768 * MIB,
		.guest_total_bytes = 740 * MIB,
		.guest_usable_bytes = 300 * MIB,
		.guest_swap_in_bytes_total = 20 * MIB,
		.guest_swap_out_bytes_total = 40 * MIB,
		.guest_time_s = 1795215147,
		.before_time_s = 1795215137,
		.before_swap_in_bytes_total = 10 * MIB,
		.before_swap_out_bytes_total = 40 * MIB };
	set_procs(rig, LIST(scene.procs));
	set_domains(rig, LIST(scene.domains));
	rig->cur.cgroup = (struct cgroup_sample){ LIST(scene.groups) };
	rig->cur.balloon = (struct balloon_sample){ LIST(scene.balloons) };
	return &scene;
}

static void rates_come_from_the_groups_own_time(void **state)
{
	struct rig *rig = *state;
	struct scene *scene = scene_made(rig);
	const struct memory *memory;

	derive(rig);
	memory = &only_vm(rig)->memory;
	assert_int_equal(memory->sold_bytes, 1024 * MIB);
	assert_int_equal(memory->host_swap_bytes, 100 * MIB);
	NEAR(memory->host_swap_in_bytes_per_s, 2.0 * (double)MIB);
	/* What is out now and was not, and what came in meanwhile. */
	NEAR(memory->host_swap_out_bytes_per_s, 7.0 * (double)MIB);
	assert_string_equal(memory->host_swap_source, "refaults of its cgroup");
	NEAR(memory->host_stall_pct, 10);
	NEAR(memory->cgroup_limit_hits_per_s, 5);
	assert_int_equal(memory->cgroup_oom_kills_total, 3);

	scene->groups[0].cur.swap_source = scene->groups[0].prev.swap_source = SWAP_BY_COUNTERS;
	scene->groups[0].prev.swap_out_bytes_total = 1 * MIB;
	scene->groups[0].cur.swap_out_bytes_total = 2 * MIB;
	derive(rig);
	NEAR(only_vm(rig)->memory.host_swap_out_bytes_per_s, 0.5 * (double)MIB);

	/* More came back than went out: nothing is known to have gone. */
	scene->groups[0].cur = counters(100 * S, 54 * MIB, 10 * MIB);
	scene->groups[0].prev.swap_source = SWAP_BY_REFAULTS;
	derive(rig);
	NEAR(only_vm(rig)->memory.host_swap_out_bytes_per_s, 0);
}

static void no_rates_without_two_readings_of_a_kind(void **state)
{
	struct rig *rig = *state;
	struct scene *scene = scene_made(rig);
	const struct memory *memory;

	scene->groups[0].prev.swap_source = SWAP_BY_FAULTS;
	derive(rig);
	memory = &only_vm(rig)->memory;
	assert_true(isnan(memory->host_swap_in_bytes_per_s));
	assert_true(isnan(memory->host_swap_out_bytes_per_s));
	NEAR(memory->host_stall_pct, 10);

	scene_made(rig)->groups[0].cur.swap_in_bytes_total = 1; /* another group's counter */
	derive(rig);
	assert_true(isnan(only_vm(rig)->memory.host_swap_in_bytes_per_s));

	scene_made(rig)->groups[0].prev = cgroup_reading_unknown.prev;
	derive(rig);
	memory = &only_vm(rig)->memory;
	assert_true(isnan(memory->host_stall_pct));
	assert_non_null(memory->host_swap_source);

	scene_made(rig)->groups[0].start_ticks++; /* another process had that number */
	derive(rig);
	memory = &only_vm(rig)->memory;
	assert_null(memory->cgroup);
	assert_int_equal(memory->host_swap_bytes, 100 * MIB);
	assert_string_equal(
		vm_source(only_vm(rig), "cgroup")->reason, "not read yet: its turn comes");
}

static void what_is_not_told_is_no_stall(void **state)
{
	struct rig *rig = *state;
	struct scene *scene = scene_made(rig);

	scene->groups[0].cur.stall_us_total = UNKNOWN_U64;
	derive(rig);
	assert_true(isnan(only_vm(rig)->memory.host_stall_pct));
	scene->groups[0].cur.stall_us_total = scene->groups[0].prev.stall_us_total + 9000000;
	derive(rig);
	NEAR(only_vm(rig)->memory.host_stall_pct, 100);
}

/* Of files, too: of swap no more comes back than was there. */
static void faults_are_no_swap_where_nothing_was(void **state)
{
	struct rig *rig = *state;
	struct cgroup_reading *group = &scene_made(rig)->groups[0];

	group->cur.swap_source = group->prev.swap_source = SWAP_BY_FAULTS;
	group->prev.swapped_bytes = group->cur.swapped_bytes = 0;
	derive(rig);
	NEAR(only_vm(rig)->memory.host_swap_in_bytes_per_s, 0);
	NEAR(only_vm(rig)->memory.host_swap_out_bytes_per_s, 0);
	group->prev.swapped_bytes = 1 * MIB;
	derive(rig);
	NEAR(only_vm(rig)->memory.host_swap_in_bytes_per_s, 0.5 * (double)MIB);
	group->prev.swapped_bytes = UNKNOWN_U64;
	derive(rig);
	assert_true(isnan(only_vm(rig)->memory.host_swap_in_bytes_per_s));
}

static void overhead_is_what_is_surely_no_guest_memory(void **state)
{
	struct rig *rig = *state;
	struct scene *scene = scene_made(rig);
	struct cgroup_reading *group = &scene->groups[0];

	derive(rig);
	assert_true(only_vm(rig)->memory.overhead_bytes == UNKNOWN_U64);
	group->anon_bytes = 500 * MIB;
	group->file_bytes = 30 * MIB;
	group->table_bytes = 2 * MIB;
	derive(rig);
	assert_int_equal(only_vm(rig)->memory.overhead_bytes, 32 * MIB);
	group->anon_bytes = 1000 * MIB; /* with 100 in swap */
	derive(rig);
	assert_int_equal(only_vm(rig)->memory.overhead_bytes, (32 + 76) * MIB);
	group->anon_bytes = 60 * MIB;
	group->hugetlb_bytes = 1024 * MIB;
	derive(rig);
	assert_int_equal(only_vm(rig)->memory.overhead_bytes, (32 + 160) * MIB);
	assert_int_equal(only_vm(rig)->memory.host_hugetlb_bytes, 1024 * MIB);
	group->file_bytes = 900 * MIB; /* the guest's memory is a file */
	derive(rig);
	assert_true(only_vm(rig)->memory.overhead_bytes == UNKNOWN_U64);
}

static void swap_of_shared_memory_is_added(void **state)
{
	struct rig *rig = *state;
	struct scene *scene = scene_made(rig);

	scene->groups[0].shared_swap_bytes = 50 * MIB;
	derive(rig);
	assert_int_equal(only_vm(rig)->memory.host_swap_bytes, 150 * MIB);
	scene->procs[0].swap_bytes = UNKNOWN_U64;
	derive(rig);
	assert_true(only_vm(rig)->memory.host_swap_bytes == UNKNOWN_U64);
}

static void what_the_balloon_tells(void **state)
{
	struct rig *rig = *state;
	struct scene *scene = scene_made(rig);
	const struct memory *memory;

	derive(rig);
	memory = &only_vm(rig)->memory;
	assert_int_equal(memory->balloon_bytes, 768 * MIB);
	assert_int_equal(memory->ballooned_bytes, 256 * MIB);
	assert_int_equal(memory->balloon_period_s, 2);
	assert_int_equal(memory->guest_usable_bytes, 300 * MIB);
	NEAR(memory->guest_swap_in_bytes_per_s, (double)MIB);
	NEAR(memory->guest_swap_out_bytes_per_s, 0);
	/* It wrote some once: how much is left there nobody tells. */
	assert_true(memory->guest_swap_bytes == UNKNOWN_U64);
	NEAR(memory->guest_age_s, 1.25);
	assert_false(memory->guest_stale);

	scene->balloons[0].guest_swap_out_bytes_total = 0;
	scene->balloons[0].before_time_s = scene->balloons[0].guest_time_s - 3;
	derive(rig);
	memory = &only_vm(rig)->memory;
	assert_int_equal(memory->guest_swap_bytes, 0);
	assert_true(isnan(memory->guest_swap_in_bytes_per_s)); /* too short for whole seconds */
}

static void old_words_are_stale(void **state)
{
	struct rig *rig = *state;
	struct scene *scene = scene_made(rig);
	const struct source *source;

	scene->balloons[0].guest_time_s -= 8; /* 9.25 s: less than LATE_S */
	derive(rig);
	assert_false(only_vm(rig)->memory.guest_stale);
	scene->balloons[0].guest_time_s -= 2;
	derive(rig);
	assert_true(only_vm(rig)->memory.guest_stale);
	source = vm_source(only_vm(rig), "balloon");
	assert_int_equal(source->state, SOURCE_STALE);
	assert_non_null(strstr(source->reason, "11 s old: its balloon driver has stopped telling"));
	/* The figures stay: they are drawn as stale. */
	assert_int_equal(only_vm(rig)->memory.guest_usable_bytes, 300 * MIB);

	scene->domains[0].balloon_period_s = 0;
	derive(rig);
	source = vm_source(only_vm(rig), "balloon");
	assert_non_null(strstr(source->reason, "statistics are off"));
	assert_non_null(strstr(source->reason, "--period 5"));

	scene->domains[0].balloon_period_s = 10; /* then it is not late yet */
	derive(rig);
	assert_false(only_vm(rig)->memory.guest_stale);

	/* One that never told anything has no age. */
	scene->balloons[0].guest_time_s = NAN;
	derive(rig);
	assert_false(only_vm(rig)->memory.guest_stale);
	assert_true(isnan(only_vm(rig)->memory.guest_age_s));
}

static void a_turn_long_ago_is_not_late(void **state)
{
	struct rig *rig = *state;
	struct scene *scene = scene_made(rig);
	const struct source *source;

	scene->groups[0].status.at_ns = 70 * S;
	scene->groups[0].status.reason = "something is missing";
	derive(rig);
	source = vm_source(only_vm(rig), "cgroup");
	assert_int_equal(source->state, SOURCE_OK);
	assert_true(source->age_s > 30);
	assert_string_equal(source->reason, "something is missing");
	rig->cur.status[SECTION_CGROUP].at_ns = 90 * S; /* the probe itself is */
	derive(rig);
	assert_int_equal(vm_source(only_vm(rig), "cgroup")->state, SOURCE_STALE);
	rig->cur.status[SECTION_CGROUP] = (struct status){ SOURCE_UNAVAILABLE, "no", 0, 0 };
	derive(rig);
	assert_string_equal(vm_source(only_vm(rig), "cgroup")->reason, "no");
	set_procs(rig, NULL, 0);
	rig->cur.status[SECTION_CGROUP] = (struct status){ SOURCE_OK, NULL, 101 * S, MS };
	derive(rig);
	assert_string_equal(
		vm_source(only_vm(rig), "cgroup")->reason, "its process is not visible here");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(rates_come_from_the_groups_own_time),
		TEST(no_rates_without_two_readings_of_a_kind),
		TEST(what_is_not_told_is_no_stall),
		TEST(faults_are_no_swap_where_nothing_was),
		TEST(overhead_is_what_is_surely_no_guest_memory),
		TEST(swap_of_shared_memory_is_added),
		TEST(what_the_balloon_tells),
		TEST(old_words_are_stale),
		TEST(a_turn_long_ago_is_not_late),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("derive_memory", tests, NULL, NULL);
}
