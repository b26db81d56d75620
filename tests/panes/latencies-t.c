// SPDX-License-Identifier: GPL-2.0-or-later
/* The last minutes of a disk's requests, put together from snapshots. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "panes/latencies.h"

#define MS 1000000.0

struct rig {
	struct latencies *latencies;
	struct snapshot *snap;
	struct vm vm;
	struct disk disk;
	struct latency_bin bin[2];
};

static int setup(void **state)
{
	struct rig *rig = calloc(1, sizeof(*rig));

	rig->latencies = latencies_new();
	rig->snap = snapshot_new();
	rig->vm.key = "vm-1";
	rig->vm.disk = &rig->disk;
	rig->vm.n_disk = 1;
	rig->disk.name = "vda";
	rig->disk.read.wait.count = rig->disk.write.wait.count = UNKNOWN_U64;
	rig->disk.flush.wait.count = UNKNOWN_U64;
	rig->snap->vm = &rig->vm;
	rig->snap->n_vm = 1;
	rig->snap->interval_s = 1;
	*state = rig;
	return 0;
}

static int teardown(void **state)
{
	struct rig *rig = *state;

	latencies_free(rig->latencies);
	rig->snap->vm = NULL;
	rig->snap->n_vm = 0;
	snapshot_free(rig->snap);
	free(rig);
	return 0;
}

static const struct latencies_of READS = { "vm-1", "vda", DISK_READ };

/* So many seconds in each of which so many reads take 1 ms. */
static void read_for(struct rig *rig, unsigned seconds, uint64_t count)
{
	struct latency *wait = &rig->disk.read.wait;

	rig->bin[0] = (struct latency_bin){ histogram_low_ns(histogram_bin((uint64_t)MS)), count };
	*wait = (struct latency){ count, count * 4096, MS, 2 * MS, rig->bin, 1 };
	for (unsigned i = 0; i < seconds; i++)
		latencies_add(rig->latencies, rig->snap);
}

static struct latency_window window_of(const struct rig *rig)
{
	struct latency_window window;

	assert_true(latencies_window(rig->latencies, &READS, &window));
	return window;
}

static uint64_t total_of(const struct rig *rig)
{
	struct latency_window window = window_of(rig);

	return histogram_total(&window.all);
}

static void a_window_is_of_the_last_minute(void **state)
{
	struct rig *rig = *state;
	struct latency_window window;

	assert_false(latencies_window(rig->latencies, &READS, &window));
	read_for(rig, 3, 10);
	window = window_of(rig);
	assert_int_equal(histogram_total(&window.all), 30);
	assert_true(window.window_s == 3);
	assert_int_equal(window.all.count[histogram_bin((uint64_t)MS)], 30);
	assert_true(window.max_ns == 2 * MS);
	assert_true(window.layer[TIMED_WAIT].count == 30);
	assert_true(window.layer[TIMED_WAIT].ns == 30 * MS);
	read_for(rig, 57, 10);
	window = window_of(rig);
	assert_int_equal(histogram_total(&window.all), 600);
	assert_true(window.window_s == 60);
	assert_int_equal(histogram_total(&window.first_half), 300);
	assert_int_equal(histogram_total(&window.second_half), 300);
	/* A new slice begins, and the oldest goes. */
	read_for(rig, 1, 10);
	window = window_of(rig);
	assert_int_equal(histogram_total(&window.all), 560);
	assert_true(window.window_s == 56);
}

static void what_is_over_leaves_the_window_and_stays_in_the_picture(void **state)
{
	struct rig *rig = *state;
	struct latency_window window;
	struct histogram slice;

	read_for(rig, 5, 100);
	read_for(rig, 60, 0);
	window = window_of(rig);
	assert_int_equal(histogram_total(&window.all), 0);
	assert_true(window.window_s == 60);
	assert_true(isnan(window.max_ns));
	for (size_t age = 0; age < LATENCIES_SLICES; age++) {
		assert_true(latencies_slice(rig->latencies, &READS, age, &slice) == (age < 13));
		assert_int_equal(histogram_total(&slice), age == 12 ? 500 : 0);
	}
	read_for(rig, 5 * (LATENCIES_SLICES - 13), 0);
	assert_true(latencies_slice(rig->latencies, &READS, LATENCIES_SLICES - 1, &slice));
	assert_int_equal(histogram_total(&slice), 500);
	read_for(rig, 1, 0);
	assert_true(latencies_slice(rig->latencies, &READS, LATENCIES_SLICES - 1, &slice));
	assert_int_equal(histogram_total(&slice), 0);
	assert_false(latencies_slice(rig->latencies, &READS, LATENCIES_SLICES, &slice));
}

static void kinds_disks_and_vms_are_kept_apart(void **state)
{
	static const struct latencies_of other[] = { { "vm-1", "vda", DISK_WRITE },
		{ "vm-1", "vdb", DISK_READ }, { "vm-2", "vda", DISK_READ }, { NULL, "vda", DISK_READ },
		{ "vm-1", NULL, DISK_READ } };
	struct rig *rig = *state;
	struct latency_window window;
	struct histogram slice;

	read_for(rig, 1, 1);
	for (size_t i = 0; i < sizeof(other) / sizeof(other[0]); i++) {
		assert_false(latencies_window(rig->latencies, &other[i], &window));
		assert_false(latencies_slice(rig->latencies, &other[i], 0, &slice));
	}
}

static void time_in_which_nothing_was_told_is_not_covered(void **state)
{
	struct rig *rig = *state;
	struct histogram slice;

	read_for(rig, 10, 7);
	rig->disk.read.wait = (struct latency){ .count = UNKNOWN_U64, .mean_ns = NAN, .max_ns = NAN };
	for (int i = 0; i < 10; i++)
		latencies_add(rig->latencies, rig->snap);
	assert_true(window_of(rig).window_s == 10);
	assert_false(latencies_slice(rig->latencies, &READS, 0, &slice));
	assert_true(latencies_slice(rig->latencies, &READS, 2, &slice));
	read_for(rig, 5, 7);
	assert_true(window_of(rig).window_s == 15);
}

static void the_layers_are_summed(void **state)
{
	struct rig *rig = *state;
	struct disk_op *op = &rig->disk.read;
	struct latency_window window;

	op->request = (struct latency){ .count = 20, .mean_ns = 0.5 * MS };
	op->device = (struct latency){ .count = 20, .mean_ns = 0.25 * MS };
	op->per_s = 10;
	op->vmm_mean_ns = 3 * MS;
	read_for(rig, 4, 10);
	window = window_of(rig);
	assert_true(window.layer[TIMED_VMM].count == 40);
	assert_true(window.layer[TIMED_VMM].ns == 120 * MS);
	assert_true(window.layer[TIMED_REQUEST].count == 80);
	assert_true(window.layer[TIMED_REQUEST].ns == 40 * MS);
	assert_true(window.layer[TIMED_DEVICE].ns == 20 * MS);
	assert_true(window.layer[TIMED_WAIT].bytes == 40 * 4096);
	assert_true(window.known[TIMED_WAIT] && window.known[TIMED_REQUEST]);
}

/* Hostile recordings: absurd counts, and intervals of years. */
static void anything_may_be_recorded(void **state)
{
	struct rig *rig = *state;

	read_for(rig, 3, UINT64_MAX - 1);
	assert_int_equal(total_of(rig), (1 << 24) - 1);
	rig->snap->interval_s = 1e300;
	read_for(rig, 3, 5);
	rig->snap->interval_s = -5;
	read_for(rig, 3, 5);
	rig->snap->interval_s = NAN;
	read_for(rig, 3, 5);
	rig->bin[0].from_ns = UNKNOWN_U64;
	rig->snap->interval_s = 1;
	latencies_add(rig->latencies, rig->snap);
	assert_true(total_of(rig) <= 1 << 24);
}

static void disks_that_are_gone_are_forgotten(void **state)
{
	struct rig *rig = *state;
	struct latency_window window;

	read_for(rig, 5, 1);
	rig->vm.n_disk = 0;
	latencies_add(rig->latencies, rig->snap);
	assert_false(latencies_window(rig->latencies, &READS, &window));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

/* What is worked out of a window is so once a slice; while the first one fills, each time. */
static void figures_are_made_once_a_slice(void **state)
{
	struct rig *rig = *state;
	unsigned made = 0;

	assert_null(latencies_kept(rig->latencies, &READS, &(bool){ false }));
	for (unsigned second = 1; second <= 20; second++) {
		struct latency_kept *kept;
		bool due;

		read_for(rig, 1, 10);
		kept = latencies_kept(rig->latencies, &READS, &due);
		if (due)
			kept->minute.samples = second;
		made += due;
		assert_true(due || second > LATENCIES_SLICE_S);
		assert_true(fabs(latencies_age_s(rig->latencies, kept) -
				    (second - (double)kept->minute.samples)) < 1e-9);
	}
	assert_int_equal(made, LATENCIES_SLICE_S + 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_window_is_of_the_last_minute),
		TEST(what_is_over_leaves_the_window_and_stays_in_the_picture),
		TEST(kinds_disks_and_vms_are_kept_apart),
		TEST(time_in_which_nothing_was_told_is_not_covered),
		TEST(the_layers_are_summed),
		TEST(anything_may_be_recorded),
		TEST(disks_that_are_gone_are_forgotten),
		TEST(figures_are_made_once_a_slice),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("latencies", tests, NULL, NULL);
}
