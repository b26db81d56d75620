// SPDX-License-Identifier: GPL-2.0-or-later
/* The io pane: two kinds of request or one, verdicts, findings, layers, and what it draws. */
#include "tests/panes/fixture.h"

#include <math.h>

#include "panes/io.h"
#include "tests/probes/dice.h"

#define MS 1e6

/* A VM with one disk of which nothing is known. */
static struct disk *add_disk(struct snapshot *snap, const char *vm_name)
{
	struct vm *vm = fixture_vm(snap, vm_name, 4, 20, 1);
	struct disk *disk = arena_array(&snap->arena, 1, sizeof(*disk));

	schema_init(&schema_disk, disk);
	disk->name = "vda";
	disk->bus = "virtio";
	disk->cache = "none";
	disk->capacity_bytes = 40ull << 30;
	vm->disk = disk;
	vm->n_disk = 1;
	return disk;
}

/* What the VMM waited for in this interval: a histogram put into the snapshot's form. */
static void put_waits(struct snapshot *snap, struct latency *out, const struct histogram *waits,
	double mean_ns)
{
	out->count = histogram_total(waits);
	out->bytes = out->count * 4096;
	out->mean_ns = mean_ns;
	out->max_ns = 0;
	out->n_latency_bin = 0;
	out->latency_bin = arena_array(&snap->arena, HISTOGRAM_BINS, sizeof(*out->latency_bin));
	for (unsigned i = 0; i < HISTOGRAM_BINS; i++) {
		if (!waits->count[i])
			continue;
		out->latency_bin[out->n_latency_bin++] =
			(struct latency_bin){ histogram_low_ns(i), waits->count[i] };
		out->max_ns = (double)histogram_low_ns(i + 1);
	}
}

/* So many waits of two lengths. */
static void put_two(struct snapshot *snap, struct disk_op *op, uint64_t fast, uint64_t slow)
{
	static const double FAST_NS = 0.4 * MS, SLOW_NS = 410 * MS;
	struct histogram waits = { .count = { 0 } };

	for (uint64_t i = 0; i < fast + slow; i++)
		histogram_add(&waits, (uint64_t)(i < fast ? FAST_NS : SLOW_NS));
	put_waits(snap, &op->wait, &waits,
		((double)fast * FAST_NS + (double)slow * SLOW_NS) / (double)(fast + slow));
	op->per_s = (double)(fast + slow);
}

static void guest_says(struct snapshot *snap, struct disk *disk, double await_ms)
{
	struct vm *vm = &snap->vm[snap->n_vm - 1];

	vm->has_agent = true;
	vm->source[FIXTURE_AGENT] = fixture_source("agent", SOURCE_OK, NULL, 1, 4.1);
	disk->guest_source = "agent diskstats";
	disk->guest_name = "vda";
	disk->guest_age_s = 2;
	disk->guest_interval_s = 5;
	disk->guest_await_ms = disk->read.guest_await_ms = disk->write.guest_await_ms = await_ms;
	disk->guest_per_s = 100;
	disk->guest_util_pct = 12.5;
	disk->guest_in_flight = 1.2;
}

static const struct disk *disk_in(const struct snapshot *snap, const char *vm)
{
	return &fixture_vm_of(snap, vm)->disk[0];
}

static void two_kinds(struct snapshot *snap, int second)
{
	struct disk *disk = add_disk(snap, "db-01");

	(void)second;
	put_two(snap, &disk->write, 97, 3);
	disk->write.vmm_mean_ns = disk->write.wait.mean_ns + 0.1 * MS;
	guest_says(snap, disk, 2.1);
	disk = add_disk(snap, "unasked");
	put_two(snap, &disk->read, 97, 3);
}

static void a_mean_hides_two_kinds_of_request(void **state)
{
	struct judge *judge = judge_new();
	struct snapshot *snap = fixture_play(judge, two_kinds, 0, 61);
	const struct disk *disk = disk_in(snap, "db-01");
	const struct disk_op *op = &disk->write;

	(void)state;
	assert_int_equal(op->minute.modes, MODES_FOUND_TWO);
	assert_true(op->minute.bimodal);
	assert_true(fabs(op->minute.fast_ns / (0.4 * MS) - 1) < 0.1);
	assert_true(fabs(op->minute.slow_ns / (410 * MS) - 1) < 0.1);
	assert_true(op->minute.slow_share_pct == 3);
	assert_int_equal(op->minute.samples, 5600);
	assert_true(op->minute.window_s == 56);
	assert_int_equal(disk->verdict, VERDICT_HIDDEN);
	assert_true(fabs(disk->gap_ms - (op->minute.slow_ns / MS - 2.1)) < 0.01);
	fixture_assert_finding(fixture_finding(snap, "db-01", "io-modes"), SEVERITY_WARN,
		VERDICT_HIDDEN,
		"vda w: guest sees 2.1ms; host 97% at 404us, 3% at 414ms");
	assert_string_equal(fixture_finding(snap, "db-01", "io-modes")->subject, "vda w");
	/* What is said of two kinds needs no mean. */
	assert_null(fixture_finding(snap, "db-01", "io-slow"));
	fixture_assert_finding(fixture_finding(snap, "unasked", "io-modes"), SEVERITY_WARN,
		VERDICT_UNKNOWN,
		"vda r: guest not asked; host 97% at 404us, 3% at 414ms");
	assert_string_equal(disk_in(snap, "unasked")->verdict_reason,
		"guest not asked; ask the guests to compare");
	assert_true(isnan(disk_in(snap, "unasked")->gap_ms));
	snapshot_free(snap);
	judge_free(judge);
}

static void it_takes_requests_and_time_to_tell(void **state)
{
	struct judge *judge = judge_new();
	struct snapshot *snap = fixture_play(judge, two_kinds, 0, 1);

	(void)state;
	assert_int_equal(disk_in(snap, "db-01")->write.minute.modes, MODES_FOUND_UNKNOWN);
	assert_string_equal(disk_in(snap, "db-01")->write.minute.modes_reason,
		"100 requests in the last minute are too few to tell; it takes 200");
	assert_string_equal(
		disk_in(snap, "db-01")->read.minute.modes_reason, "there were no requests");
	assert_int_equal(snap->n_finding, 0);
	snapshot_free(snap);
	snap = fixture_play(judge, two_kinds, 1, 20);
	assert_string_equal(disk_in(snap, "db-01")->write.minute.modes_reason,
		"there seem to be two, for too short a time to tell whether both last");
	snapshot_free(snap);
	judge_free(judge);
}

/* Fast for half a minute, and slow from then on: a change, not two kinds. */
static void turns_slow(struct snapshot *snap, int second)
{
	struct disk *disk = add_disk(snap, "db-01");

	put_two(snap, &disk->write, second < 30 ? 100 : 0, second < 30 ? 0 : 100);
	guest_says(snap, disk, second < 30 ? 0.5 : 412);
}

static void a_change_is_not_two_kinds(void **state)
{
	struct judge *judge = judge_new();
	struct snapshot *snap = fixture_play(judge, turns_slow, 0, 56); /* a slice begins */
	const struct disk *disk = disk_in(snap, "db-01");

	(void)state;
	assert_int_equal(disk->write.minute.modes, MODES_FOUND_UNKNOWN);
	assert_string_equal(disk->write.minute.modes_reason, "they changed within the last minute");
	assert_int_equal(disk->verdict, VERDICT_AGREE);
	assert_null(fixture_finding(snap, "db-01", "io-modes"));
	fixture_assert_finding(fixture_finding(snap, "db-01", "io-slow"), SEVERITY_WARN,
		VERDICT_AGREE, "vda w: guest sees 412ms; host takes 191ms on average");
	snapshot_free(snap);
	judge_free(judge);
}

/* A page cache and a disk behind it: two kinds, and nobody's trouble. */
static void cached(struct snapshot *snap, int second)
{
	struct disk *disk = add_disk(snap, "db-01");
	struct histogram waits = { .count = { 0 } };

	(void)second;
	for (int i = 0; i < 200; i++)
		histogram_add(&waits, i % 10 ? 5000 : 2000000);
	put_waits(snap, &disk->read.wait, &waits, 0.2045 * MS);
	disk->read.per_s = 200;
	guest_says(snap, disk, 0.3);
}

static void fast_kinds_are_told_and_not_found(void **state)
{
	struct judge *judge = judge_new();
	struct snapshot *snap = fixture_play(judge, cached, 0, 60);

	(void)state;
	assert_int_equal(disk_in(snap, "db-01")->read.minute.modes, MODES_FOUND_TWO);
	assert_int_equal(io_trouble(disk_in(snap, "db-01")), SEVERITY_NONE);
	assert_int_equal(disk_in(snap, "db-01")->verdict, VERDICT_AGREE);
	assert_int_equal(snap->n_finding, 0);
	snapshot_free(snap);
	judge_free(judge);
}

/* Loads of one kind, of several shapes, by the second. */
enum shape { NARROW, WIDE, VERY_WIDE, EXPONENTIAL, GAMMA, PARETO, JITTER, UNIFORM_LOG, SHAPES };

static double duration_ns(enum shape shape)
{
	switch (shape) {
	case NARROW:
		return 20 * MS * exp2(0.3 * normal());
	case WIDE:
		return 20 * MS * exp2(normal());
	case VERY_WIDE:
		return 20 * MS * exp2(2 * normal());
	case EXPONENTIAL:
		return -20 * MS * log(uniform());
	case GAMMA:
		return -5 * MS * log(uniform() * uniform() * uniform() * uniform());
	case PARETO:
		return 10 * MS * pow(uniform(), -1 / 1.5);
	case JITTER:
		return 20 * MS + 0.4 * MS * normal();
	case UNIFORM_LOG:
		return 5 * MS * exp2(6 * uniform());
	case SHAPES:
		break;
	}
	return NAN;
}

static struct {
	enum shape shape;
	int rate;
	bool second_kind; /* 1 in 20 takes a hundred times as long */
} load;

static void of_a_shape(struct snapshot *snap, int second)
{
	struct disk *disk = add_disk(snap, "db-01");
	struct histogram waits = { .count = { 0 } };
	double sum = 0;
	/* Not the same in each second, either. */
	int count = load.rate + (int)(normal() * load.rate / 10);

	(void)second;
	for (int i = 0; i < count; i++) {
		double ns = duration_ns(load.shape);

		if (load.second_kind && i % 20 == 0)
			ns *= 100;
		histogram_add(&waits, (uint64_t)ns);
		sum += ns;
	}
	put_waits(snap, &disk->write.wait, &waits, sum / count);
	disk->write.per_s = count;
	guest_says(snap, disk, sum / count / MS);
}

/* How many of ten minutes' snapshots tell of two kinds. */
static int seconds_of_two(struct judge *judge)
{
	int found = 0;

	for (int i = 0; i < 600; i++) {
		struct snapshot *snap = fixture_play(judge, of_a_shape, i, 1);

		found += fixture_finding(snap, "db-01", "io-modes") != NULL;
		snapshot_free(snap);
	}
	return found;
}

static void loads_of_one_kind_are_never_taken_for_two(void **state)
{
	static const int rate[] = { 10, 100, 1000 };

	seed(state);
	for (size_t r = 0; r < sizeof(rate) / sizeof(rate[0]); r++)
		for (int shape = 0; shape < SHAPES; shape++) {
			struct judge *judge = judge_new();

			load.shape = (enum shape)shape;
			load.rate = rate[r];
			load.second_kind = false;
			assert_int_equal(seconds_of_two(judge), 0);
			judge_free(judge);
		}
}

static void two_kinds_last(void **state)
{
	struct judge *judge = judge_new();

	seed(state);
	load.shape = NARROW;
	load.rate = 100;
	load.second_kind = true;
	assert_true(seconds_of_two(judge) > 500); /* from half a minute on */
	judge_free(judge);
}

/* As many requests as waits, of as many bytes. */
static struct latency layer_of(double ms)
{
	return (struct latency){ .count = isnan(ms) ? UNKNOWN_U64 : 50,
		.bytes = 50 * 4096,
		.mean_ns = ms * MS };
}

static struct disk_op *slow_write(struct snapshot *snap, double vmm_ms, double wait_ms,
	double request_ms, double device_ms)
{
	struct disk *disk = add_disk(snap, "db-01");
	struct disk_op *op = &disk->write;
	struct histogram waits = { .count = { 0 } };

	for (int i = 0; i < 50; i++)
		histogram_add(&waits, (uint64_t)(wait_ms * MS));
	put_waits(snap, &op->wait, &waits, wait_ms * MS);
	op->per_s = 50;
	op->vmm_mean_ns = vmm_ms * MS;
	op->request = layer_of(request_ms);
	op->device = layer_of(device_ms);
	return op;
}

static double layer_ms[4];

static void in_layers(struct snapshot *snap, int second)
{
	(void)second;
	slow_write(snap, layer_ms[0], layer_ms[1], layer_ms[2], layer_ms[3]);
}

static struct snapshot *judged_in_layers(double vmm, double wait, double request, double device)
{
	struct judge *judge = judge_new();
	struct snapshot *snap;

	layer_ms[0] = vmm, layer_ms[1] = wait, layer_ms[2] = request, layer_ms[3] = device;
	snap = fixture_play(judge, in_layers, 0, 5);
	judge_free(judge);
	return snap;
}

static void the_layer_that_takes_the_time_is_named(void **state)
{
	static const struct {
		double vmm, wait, request, device;
		const char *rule, *text;
	} cases[] = {
		{ 120, 2, 1, 1, "io-vmm",
			"vda w: 118ms of 120ms in the VMM or its throttle; guest not asked" },
		{ 26, 25, 1, 0.5, "io-host",
			"vda w: 24ms of 26ms in cgroup throttle or file system; guest not asked" },
		{ 600, 599, 590, 10, "io-queue",
			"vda w: 580ms of 600ms in the host's queue; guest not asked" },
		{ 40, 39, 38, 37, "io-device",
			"vda w: 37ms of 40ms in the device; guest not asked" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct snapshot *snap = judged_in_layers(
			cases[i].vmm, cases[i].wait, cases[i].request, cases[i].device);
		const struct finding *finding = fixture_finding(snap, "db-01", cases[i].rule);

		assert_non_null(finding);
		assert_string_equal(finding->text, cases[i].text);
		assert_non_null(pane_explanation(finding->rule));
		assert_int_equal(snap->n_finding, 1);
		snapshot_free(snap);
	}
}

static void parts_sum_to_the_mean_and_are_never_below_zero(void **state)
{
	/* A request somewhat longer than the wait that it is for, by chance. */
	struct snapshot *snap = judged_in_layers(30, 20, 24, 25);
	const struct disk_op *op = &disk_in(snap, "db-01")->write;

	(void)state;
	assert_true(fabs(op->minute.vmm_part_ns - 10 * MS) < 10);
	assert_true(op->minute.host_part_ns == 0);
	assert_true(op->minute.queue_part_ns == 0);
	assert_true(fabs(op->minute.device_part_ns - 20 * MS) < 10);
	assert_int_equal(op->minute.slowest, DISK_LAYER_DEVICE);
	snapshot_free(snap);
	/* Longer requests than waits are of others, or in the background. */
	snap = judged_in_layers(21, 20, 50, 50);
	op = &disk_in(snap, "db-01")->write;
	assert_true(fabs(op->minute.vmm_part_ns - 1 * MS) < 10);
	assert_true(isnan(op->minute.host_part_ns) && isnan(op->minute.queue_part_ns) &&
		    isnan(op->minute.device_part_ns));
	assert_int_equal(op->minute.slowest, DISK_LAYER_UNKNOWN);
	snapshot_free(snap);
	snap = judged_in_layers(60, 20, 50, 50);
	assert_int_equal(disk_in(snap, "db-01")->write.minute.slowest, DISK_LAYER_VMM);
	snapshot_free(snap);
	snap = judged_in_layers(NAN, 25, NAN, NAN);
	op = &disk_in(snap, "db-01")->write;
	assert_true(isnan(op->minute.vmm_part_ns) && isnan(op->minute.host_part_ns));
	assert_int_equal(op->minute.slowest, DISK_LAYER_UNKNOWN);
	assert_non_null(fixture_finding(snap, "db-01", "io-slow"));
	snapshot_free(snap);
	/* No requests can be told, and yet it is the VMM. */
	snap = judged_in_layers(90, 5, NAN, NAN);
	assert_int_equal(disk_in(snap, "db-01")->write.minute.slowest, DISK_LAYER_VMM);
	assert_non_null(fixture_finding(snap, "db-01", "io-vmm"));
	snapshot_free(snap);
}

/* Nine of ten reads of a cache, the tenth of the disk: what is waited for is the disk. */
static void mostly_cached(struct snapshot *snap, int second)
{
	struct disk *disk = add_disk(snap, "db-01");
	struct histogram waits = { .count = { 0 } };

	(void)second;
	for (int i = 0; i < 1000; i++)
		histogram_add(&waits, i % 10 ? 10000 : 300000000);
	put_waits(snap, &disk->read.wait, &waits, 30.009 * MS);
	disk->read.per_s = 1000;
	disk->read.request = (struct latency){ .count = 50, .bytes = 100 * 4096, .mean_ns = 290 * MS };
	disk->read.device = (struct latency){ .count = 50, .bytes = 100 * 4096, .mean_ns = 280 * MS };
}

/* Into the page cache, from where it is written later; flushes have no bytes: their number tells. */
static void written_back(struct snapshot *snap, int second)
{
	struct disk_op *op = slow_write(snap, NAN, 20, 300, 300);
	struct disk *disk = &snap->vm[0].disk[0];
	struct histogram waits = { .count = { 0 } };

	(void)second;
	disk->cache = "writeback";
	op->wait.bytes = 50 * 4096;
	for (int i = 0; i < 10; i++)
		histogram_add(&waits, (uint64_t)(100 * MS));
	put_waits(snap, &disk->flush.wait, &waits, 100 * MS);
	disk->flush.wait.bytes = 0;
	disk->flush.request = (struct latency){ .count = 5, .bytes = 0, .mean_ns = 40 * MS };
	disk->flush.device = (struct latency){ .count = 5, .bytes = 0, .mean_ns = 30 * MS };
}

static void a_write_into_a_page_cache_waits_for_no_request(void **state)
{
	struct judge *judge = judge_new();
	struct snapshot *snap = fixture_play(judge, written_back, 0, 5);
	const struct disk *disk = disk_in(snap, "db-01");

	(void)state;
	assert_true(fabs(disk->write.minute.host_part_ns - 20 * MS) < 10);
	assert_true(disk->write.minute.device_part_ns == 0);
	assert_int_equal(disk->write.minute.slowest, DISK_LAYER_HOST);
	assert_true(fabs(disk->flush.minute.host_part_ns - 80 * MS) < 100);
	assert_true(fabs(disk->flush.minute.queue_part_ns - 5 * MS) < 100);
	assert_true(fabs(disk->flush.minute.device_part_ns - 15 * MS) < 100);
	snapshot_free(snap);
	judge_free(judge);
}

static void a_layer_is_charged_by_what_went_through_it(void **state)
{
	struct judge *judge = judge_new();
	struct snapshot *snap = fixture_play(judge, mostly_cached, 0, 5);
	const struct disk_op *op = &disk_in(snap, "db-01")->read;

	(void)state;
	assert_true(fabs(op->minute.device_part_ns - 28 * MS) < 1000);
	assert_true(fabs(op->minute.queue_part_ns - 1 * MS) < 1000);
	assert_true(fabs(op->minute.host_part_ns - 1.009 * MS) < 1000);
	assert_int_equal(op->minute.slowest, DISK_LAYER_DEVICE);
	snapshot_free(snap);
	judge_free(judge);
}

static double dirty_drain_s;
static uint64_t dirty_bytes;

static void buffered(struct snapshot *snap, int second)
{
	struct disk *disk = add_disk(snap, "db-01");

	(void)second;
	disk->cache = "writeback";
	disk->dirty_bytes = dirty_bytes;
	disk->dirty_drain_s = dirty_drain_s;
	guest_says(snap, disk, 0.2);
	disk = add_disk(snap, "installer");
	disk->cache = "unsafe";
}

static void done_is_not_written(void **state)
{
	static const struct {
		uint64_t bytes;
		double drain_s;
		enum severity severity;
		const char *text;
	} cases[] = {
		{ 63ull << 20, NAN, SEVERITY_NONE, NULL },
		{ 312ull << 20, NAN, SEVERITY_WATCH, "vda: guest told done, host has 312M to write" },
		{ 312ull << 20, 31, SEVERITY_WARN, "vda: guest told done, host has 312M to write, 31s" },
		{ 2ull << 30, 8, SEVERITY_WARN, "vda: guest told done, host has 2.0G to write, 8s" },
		{ 2ull << 30, 150, SEVERITY_CRITICAL,
			"vda: guest told done, host has 2.0G to write, 2m30s" },
		{ UNKNOWN_U64, NAN, SEVERITY_NONE, NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct judge *judge = judge_new();
		const struct finding *finding;
		struct snapshot *snap;

		dirty_bytes = cases[i].bytes;
		dirty_drain_s = cases[i].drain_s;
		snap = fixture_play(judge, buffered, 0, 3);
		finding = fixture_finding(snap, "db-01", "io-dirty");
		if (cases[i].text)
			fixture_assert_finding(
				finding, cases[i].severity, VERDICT_HIDDEN, cases[i].text);
		else
			assert_null(finding);
		assert_non_null(fixture_finding(snap, "installer", "io-unsafe"));
		snapshot_free(snap);
		judge_free(judge);
	}
}

static void guest_suffers(struct snapshot *snap, int second)
{
	struct disk *disk = add_disk(snap, "db-01");
	struct histogram waits = { .count = { 0 } };

	(void)second;
	for (int i = 0; i < 50; i++)
		histogram_add(&waits, 300000);
	put_waits(snap, &disk->read.wait, &waits, 0.3 * MS);
	disk->read.per_s = 50;
	guest_says(snap, disk, 84);
}

static void what_the_host_does_at_once_is_a_phantom(void **state)
{
	struct judge *judge = judge_new();
	struct snapshot *snap = fixture_play(judge, guest_suffers, 0, 4);

	(void)state;
	assert_int_equal(disk_in(snap, "db-01")->verdict, VERDICT_PHANTOM);
	fixture_assert_finding(fixture_finding(snap, "db-01", "io-phantom"), SEVERITY_WATCH,
		VERDICT_PHANTOM, "vda: guest sees 84ms; host takes 300us");
	assert_true(fabs(disk_in(snap, "db-01")->gap_ms + 83.7) < 1e-6);
	snapshot_free(snap);
	judge_free(judge);
}

/* A guest that was asked long ago says nothing of now. */
static void guest_is_old(struct snapshot *snap, int second)
{
	guest_suffers(snap, second);
	snap->vm[0].disk[0].guest_age_s = 20;
}

static void an_old_answer_is_not_compared(void **state)
{
	struct judge *judge = judge_new();
	struct snapshot *snap = fixture_play(judge, guest_is_old, 0, 4);

	(void)state;
	assert_int_equal(disk_in(snap, "db-01")->verdict, VERDICT_UNKNOWN);
	assert_string_equal(disk_in(snap, "db-01")->verdict_reason, judge_guest_is_old);
	assert_int_equal(snap->n_finding, 0);
	snapshot_free(snap);
	judge_free(judge);
}

/* A disk inside of the VMM: only QEMU's mean. */
static void inside_the_vmm(struct snapshot *snap, int second)
{
	struct disk *disk = add_disk(snap, "ceph");

	(void)second;
	disk->protocol = "rbd";
	disk->wait_reason = "its storage is inside of the VMM (rbd): no call of the host's kernel";
	disk->read.per_s = 80;
	disk->read.vmm_mean_ns = 130 * MS;
}

static void a_mean_alone_is_something(void **state)
{
	struct judge *judge = judge_new();
	struct snapshot *snap = fixture_play(judge, inside_the_vmm, 0, 3);
	const struct disk *disk = disk_in(snap, "ceph");

	(void)state;
	assert_true(disk->read.minute.samples == UNKNOWN_U64);
	assert_true(isnan(disk->read.minute.p99_ns));
	assert_string_equal(disk->read.minute.modes_reason, disk->wait_reason);
	fixture_assert_finding(fixture_finding(snap, "ceph", "io-slow"), SEVERITY_WARN,
		VERDICT_UNKNOWN, "vda r: guest not asked; host takes 130ms on average");
	snapshot_free(snap);
	judge_free(judge);
}

static void paused(struct snapshot *snap, int second)
{
	two_kinds(snap, second);
	snap->vm[0].state = VM_PAUSED;
}

static void a_paused_vm_has_a_state_and_no_findings(void **state)
{
	struct judge *judge = judge_new();
	struct snapshot *snap = fixture_play(judge, paused, 0, 61);

	(void)state;
	assert_null(fixture_finding(snap, "db-01", "io-modes"));
	assert_int_equal(disk_in(snap, "db-01")->verdict, VERDICT_UNKNOWN);
	assert_string_equal(disk_in(snap, "db-01")->verdict_reason, "the VM is paused");
	snapshot_free(snap);
	judge_free(judge);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_mean_hides_two_kinds_of_request),
		cmocka_unit_test(it_takes_requests_and_time_to_tell),
		cmocka_unit_test(a_change_is_not_two_kinds),
		cmocka_unit_test(fast_kinds_are_told_and_not_found),
		cmocka_unit_test(loads_of_one_kind_are_never_taken_for_two),
		cmocka_unit_test(two_kinds_last),
		cmocka_unit_test(the_layer_that_takes_the_time_is_named),
		cmocka_unit_test(parts_sum_to_the_mean_and_are_never_below_zero),
		cmocka_unit_test(a_write_into_a_page_cache_waits_for_no_request),
		cmocka_unit_test(a_layer_is_charged_by_what_went_through_it),
		cmocka_unit_test(done_is_not_written),
		cmocka_unit_test(what_the_host_does_at_once_is_a_phantom),
		cmocka_unit_test(an_old_answer_is_not_compared),
		cmocka_unit_test(a_mean_alone_is_something),
		cmocka_unit_test(a_paused_vm_has_a_state_and_no_findings),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("io", tests, NULL, NULL);
}
