// SPDX-License-Identifier: GPL-2.0-or-later
/* Latencies of disks from two samples, and how the mean of a wait divides into layers. */
#include <math.h>

#include "tests/probes/derive_rig.h"

#include <sys/sysmacros.h>

#include "probes/derive.h"
#include "probes/histogram.h"
#include "probes/schema.h"

extern const struct schema schema_disk; /* as schema_rows.h, which has names of its own */

enum { DEV = 0xfe00, INODE = 4711, ALL = 7 };

struct bench {
	struct rig *rig;
	struct proc_vm vm;
	struct derive derive;
	struct derive_texts texts;
	struct joined joined;
	struct vm_latency prev, cur;
	struct file_latency prev_file[2], cur_file[2];
	struct device_latency prev_device, cur_device;
	struct disk disk;
};

/* A VM that has used one file and one device, and nothing since. */
static struct bench *bench_made(struct rig *rig)
{
	static struct bench b;

	b = (struct bench){ .rig = rig, .vm = proc(10, "vm", UUID(1)) };
	b.prev_file[0] = (struct file_latency){ .dev = DEV, .inode = INODE };
	b.prev_device.dev = DEV;
	b.prev = (struct vm_latency){ .pid = 10,
		.start_ticks = 1010,
		.file = b.prev_file,
		.n_file = 1,
		.device = &b.prev_device,
		.n_device = 1 };
	b.cur = b.prev;
	b.cur.file = b.cur_file;
	b.cur.device = &b.cur_device;
	b.cur_file[0] = b.prev_file[0];
	b.cur_device = b.prev_device;
	rig->prev.latency = (struct latency_sample){ .vm = &b.prev, .n_vm = 1, .engines = ALL };
	rig->cur.latency = (struct latency_sample){ .vm = &b.cur, .n_vm = 1, .engines = ALL };
	b.derive = (struct derive){ &rig->snap->arena, &b.texts, NULL, &rig->cur, &rig->prev,
		102 * S, S };
	b.joined = (struct joined){ .proc = &b.vm, .key = "k" };
	schema_init(&schema_disk, &b.disk);
	return &b;
}

static bool file(struct bench *b, uint64_t inode)
{
	b->disk.wait_reason = NULL;
	derive_latency_file(&b->derive, &b->joined, DEV, inode, &b->disk);
	return !b->disk.wait_reason;
}

static void rates_are_of_the_interval(void **state)
{
	static const struct latency_count bins[] = { { 40, 3 }, { 60, 1 } };
	struct bench *b = bench_made(*state);

	b->prev_file[0].wait[LATENCY_READ] =
		(struct latency_reading){ 10, 1000, 40960, 0, NULL, 0 };
	b->cur_file[0].wait[LATENCY_READ] =
		(struct latency_reading){ 14, 9000, 57344, 6000, bins, 2 };
	b->cur_file[0].engines = 1u << LATENCY_AIO | 1u << LATENCY_THREADS;
	b->cur_file[0].in_flight = 2;
	b->cur_file[0].in_flight_most = 5;
	assert_true(file(b, INODE));
	assert_int_equal(b->disk.read.wait.count, 4);
	assert_int_equal(b->disk.read.wait.bytes, 16384);
	NEAR(b->disk.read.wait.mean_ns, 2000);
	NEAR(b->disk.read.wait.max_ns, 6000);
	NEAR(b->disk.read.per_s, 4);
	NEAR(b->disk.read.bytes_per_s, 16384);
	assert_int_equal(b->disk.read.wait.n_latency_bin, 2);
	assert_int_equal(b->disk.read.wait.latency_bin[1].from_ns, histogram_low_ns(60));
	assert_int_equal(b->disk.read.wait.latency_bin[1].count, 1);
	assert_int_equal(b->disk.write.wait.count, 0);
	assert_true(isnan(b->disk.write.wait.mean_ns));
	assert_string_equal(b->disk.wait_source, "native AIO, threads");
	assert_int_equal(b->disk.in_flight, 2);
	assert_int_equal(b->disk.in_flight_most, 5);
	assert_null(b->disk.wait_reason);
}

static void files_of_a_chain_add_up(void **state)
{
	static const struct latency_count top[] = { { 40, 3 }, { 60, 1 } };
	static const struct latency_count base[] = { { 41, 2 }, { 60, 4 } };
	struct bench *b = bench_made(*state);

	b->cur.n_file = b->prev.n_file = 2;
	b->cur_file[1] = b->prev_file[1] = (struct file_latency){ .dev = DEV, .inode = 5000 };
	b->cur_file[0].wait[0] = (struct latency_reading){ 4, 8000, 400, 6000, top, 2 };
	b->cur_file[1].wait[0] = (struct latency_reading){ 6, 60000, 600, 40000, base, 2 };
	b->cur_file[1].in_flight = b->cur_file[1].in_flight_most = 3;
	assert_true(file(b, INODE) && file(b, 5000));
	assert_int_equal(b->disk.read.wait.count, 10);
	assert_int_equal(b->disk.read.wait.bytes, 1000);
	NEAR(b->disk.read.wait.mean_ns, 6800);
	NEAR(b->disk.read.wait.max_ns, 40000);
	assert_int_equal(b->disk.read.wait.n_latency_bin, 3);
	assert_int_equal(b->disk.read.wait.latency_bin[2].count, 5);
	assert_int_equal(b->disk.in_flight, 3);
	NEAR(b->disk.read.per_s, 10);
}

static void a_file_never_used_was_asked_nothing(void **state)
{
	struct bench *b = bench_made(*state);

	assert_true(file(b, 1));
	assert_int_equal(b->disk.read.wait.count, 0);
	assert_int_equal(b->disk.in_flight, 0);
}

static void where_not_all_is_seen_that_is_unknown(void **state)
{
	struct bench *b = bench_made(*state);

	b->rig->cur.latency.engines = 1u << LATENCY_URING;
	b->rig->cur.latency.wait_reason = "only io_uring is timed";
	assert_false(file(b, 1));
	assert_int_equal(b->disk.read.wait.count, UNKNOWN_U64);
	assert_string_equal(b->disk.wait_reason, "only io_uring is timed");
}

static void a_new_file_begins_at_nothing_and_a_new_vm_waits(void **state)
{
	struct bench *b = bench_made(*state);

	b->cur_file[0].wait[LATENCY_FLUSH].count_total = 3;
	b->prev.n_file = 0;
	assert_true(file(b, INODE));
	assert_int_equal(b->disk.flush.wait.count, 3);
	b = bench_made(*state);
	b->rig->prev.latency.n_vm = 0;
	assert_false(file(b, INODE));
	assert_int_equal(b->disk.flush.wait.count, UNKNOWN_U64);
	assert_string_equal(b->disk.wait_reason, "its disks are timed from the next reading on");
}

static void counters_that_went_back_tell_nothing(void **state)
{
	struct bench *b = bench_made(*state);

	b->prev_file[0].wait[LATENCY_READ].count_total = 5;
	assert_true(file(b, INODE));
	assert_int_equal(b->disk.read.wait.count, UNKNOWN_U64);
	assert_true(isnan(b->disk.read.per_s));
}

static void one_inode_on_another_device_is_the_same_file(void **state)
{
	struct bench *b = bench_made(*state);

	b->cur_file[0].wait[LATENCY_READ].count_total = 2;
	derive_latency_file(&b->derive, &b->joined, 99, INODE, &b->disk);
	assert_int_equal(b->disk.read.wait.count, 2);
	/* Not so where file systems are on devices: the first image in each may have one number. */
	derive_latency_file(&b->derive, &b->joined, makedev(8, 99), INODE, &b->disk);
	assert_int_equal(b->disk.read.wait.count, 2);
}

static void requests_are_of_the_cgroup_or_say_why_not(void **state)
{
	struct bench *b = bench_made(*state);

	b->cur_device.request[LATENCY_WRITE] =
		(struct latency_reading){ 2, 300, 8192, 200, NULL, 0 };
	b->cur_device.device[LATENCY_WRITE] =
		(struct latency_reading){ 2, 200, 8192, 150, NULL, 0 };
	derive_latency_requests(&b->derive, &b->joined, DEV, &b->disk);
	assert_null(b->disk.request_reason);
	NEAR(b->disk.write.request.mean_ns, 150);
	NEAR(b->disk.write.device.mean_ns, 100);
	assert_int_equal(b->disk.read.request.count, 0);

	schema_init(&schema_disk, &b->disk);
	derive_latency_requests(&b->derive, &b->joined, 0, &b->disk);
	assert_non_null(b->disk.request_reason);
	assert_int_equal(b->disk.write.request.count, UNKNOWN_U64);

	schema_init(&schema_disk, &b->disk);
	b->cur.request_reason = "it has no cgroup of its own";
	derive_latency_requests(&b->derive, &b->joined, DEV, &b->disk);
	assert_string_equal(b->disk.request_reason, "it has no cgroup of its own");
}

static void the_source_of_a_vm_says_what_is_missing(void **state)
{
	struct bench *b = bench_made(*state);
	struct source source = derive_latency_source(&b->derive, &b->joined);

	assert_string_equal(source.name, "latency");
	assert_int_equal(source.state, SOURCE_OK);
	b->rig->cur.latency.n_vm = 0;
	source = derive_latency_source(&b->derive, &b->joined);
	assert_int_equal(source.state, SOURCE_UNAVAILABLE);
	assert_string_equal(source.reason, "its disks are timed from the next reading on");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(rates_are_of_the_interval),
		TEST(files_of_a_chain_add_up),
		TEST(a_file_never_used_was_asked_nothing),
		TEST(where_not_all_is_seen_that_is_unknown),
		TEST(a_new_file_begins_at_nothing_and_a_new_vm_waits),
		TEST(counters_that_went_back_tell_nothing),
		TEST(one_inode_on_another_device_is_the_same_file),
		TEST(requests_are_of_the_cgroup_or_say_why_not),
		TEST(the_source_of_a_vm_says_what_is_missing),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
