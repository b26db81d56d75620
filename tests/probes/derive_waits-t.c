// SPDX-License-Identifier: GPL-2.0-or-later
/* From bins of waits to what is shown of them. */
#include "tests/probes/derive_rig.h"

#include "probes/histogram.h"

/* The waits of a vCPU that ended in this second. */
struct bins {
	uint32_t count[2][ACCOUNT_BINS]; /* [1]: throttled ones */
};

static void note(struct bins *bins, struct account_thread *thread, bool throttled, uint64_t ns,
	uint32_t count)
{
	bins->count[throttled][histogram_bin(ns)] += count;
	if (ns > thread->max_wait_ns)
		thread->max_wait_ns = ns;
	thread->bin = (const uint32_t(*)[ACCOUNT_BINS])bins->count;
}

static bool in_bin_of(double ns, uint64_t expected_ns)
{
	unsigned bin = histogram_bin(expected_ns);

	return ns >= (double)histogram_low_ns(bin) * 0.999 &&
	       ns <= (double)histogram_low_ns(bin + 1) * 1.001;
}

static void waits_are_counted_by_their_length(void **state)
{
	struct rig *rig = *state;
	struct accounts *made = accounts_made(rig, 1);
	struct bins bins = { 0 };
	const struct steal *steal;

	note(&bins, &made->cur[0], false, 20000, 90);
	note(&bins, &made->cur[0], false, 3 * MS, 7);
	note(&bins, &made->cur[0], true, 3 * MS, 1);
	note(&bins, &made->cur[0], true, 80 * MS, 2);
	derive(rig);
	steal = &only_vm(rig)->steal;
	assert_int_equal(steal->waits, 100);
	assert_true(in_bin_of(steal->wait_p50_ns, 20000));
	assert_true(in_bin_of(steal->wait_p99_ns, 80 * MS));
	NEAR(steal->wait_max_ns, 80e6);
	assert_int_equal(steal->n_wait_bin, 3);
	assert_int_equal(steal->wait_bin[0].from_ns, histogram_low_ns(histogram_bin(20000)));
	assert_int_equal(steal->wait_bin[0].count, 90);
	assert_int_equal(steal->wait_bin[0].throttled, 0);
	/* Those of both kinds together, and how many of them were throttled. */
	assert_int_equal(steal->wait_bin[1].from_ns, histogram_low_ns(histogram_bin(3 * MS)));
	assert_int_equal(steal->wait_bin[1].count, 8);
	assert_int_equal(steal->wait_bin[1].throttled, 1);
	assert_int_equal(steal->wait_bin[2].count, 2);
	assert_int_equal(steal->wait_bin[2].throttled, 2);
	assert_int_equal(steal->vcpu[0].waits, 100);
	NEAR(steal->vcpu[0].wait_p50_ns, steal->wait_p50_ns);
	NEAR(steal->vcpu[0].wait_p99_ns, steal->wait_p99_ns);
	NEAR(steal->vcpu[0].wait_max_ns, 80e6);
}

/* The median of a VM is that of all its waits, not the mean of medians. */
static void a_vm_has_the_waits_of_all_its_vcpus(void **state)
{
	struct rig *rig = *state;
	struct accounts *made = accounts_made(rig, 3);
	struct bins bins[2] = { 0 };
	const struct steal *steal;

	note(&bins[0], &made->cur[0], false, 20000, 1000);
	note(&bins[1], &made->cur[1], false, 9 * MS, 5);
	derive(rig);
	steal = &only_vm(rig)->steal;
	assert_int_equal(steal->waits, 1005);
	assert_true(in_bin_of(steal->wait_p50_ns, 20000));
	assert_true(in_bin_of(steal->wait_p99_ns, 20000));
	NEAR(steal->wait_max_ns, 9e6);
	assert_int_equal(steal->n_wait_bin, 2);
	assert_true(in_bin_of(steal->vcpu[1].wait_p50_ns, 9 * MS));
	NEAR(steal->vcpu[0].wait_max_ns, 20000);
	/* The third one had none: that is known. */
	assert_int_equal(steal->vcpu[2].waits, 0);
	assert_true(isnan(steal->vcpu[2].wait_p50_ns) && isnan(steal->vcpu[2].wait_p99_ns));
	assert_true(isnan(steal->vcpu[2].wait_max_ns));
}

/* A bin is 19% wide, and the longest wait is known exactly. */
static void no_quantile_is_beyond_the_longest(void **state)
{
	struct rig *rig = *state;
	struct accounts *made = accounts_made(rig, 1);
	struct bins bins = { 0 };
	uint64_t ns = histogram_low_ns(60) + 1;

	note(&bins, &made->cur[0], false, ns, 3);
	derive(rig);
	NEAR(only_vm(rig)->steal.wait_p99_ns, (double)ns);
	NEAR(only_vm(rig)->steal.wait_p50_ns, (double)ns);
	NEAR(only_vm(rig)->steal.vcpu[0].wait_p99_ns, (double)ns);
	/* It was reset between the look at the bins and that at the longest. */
	made->cur[0].max_wait_ns = 0;
	derive(rig);
	assert_true(in_bin_of(only_vm(rig)->steal.wait_p99_ns, ns));
}

static void the_last_bin_holds_all_that_is_longer(void **state)
{
	struct rig *rig = *state;
	struct accounts *made = accounts_made(rig, 1);
	struct bins bins = { 0 };
	const struct steal *steal;

	note(&bins, &made->cur[0], true, 1000 * S, UINT32_MAX);
	note(&bins, &made->cur[0], false, 1, UINT32_MAX);
	note(&bins, &made->cur[0], false, 1000 * S, UINT32_MAX);
	derive(rig);
	steal = &only_vm(rig)->steal;
	assert_int_equal(steal->n_wait_bin, 2);
	assert_int_equal(steal->waits, 3ull * UINT32_MAX);
	assert_int_equal(steal->wait_bin[1].from_ns, histogram_low_ns(HISTOGRAM_BINS - 1));
	assert_int_equal(steal->wait_bin[1].count, 2ull * UINT32_MAX);
	assert_int_equal(steal->wait_bin[1].throttled, UINT32_MAX);
	NEAR(steal->wait_max_ns, 1e12);
}

static void no_waits_are_known_zero(void **state)
{
	struct rig *rig = *state;
	const struct steal *steal;

	accounts_made(rig, 2);
	derive(rig);
	steal = &only_vm(rig)->steal;
	assert_int_equal(steal->waits, 0);
	assert_int_equal(steal->n_wait_bin, 0);
	assert_true(isnan(steal->wait_p50_ns) && isnan(steal->wait_max_ns));
}

static void expect_unknown(const struct rig *rig)
{
	const struct steal *steal = &only_vm(rig)->steal;

	assert_true(steal->waits == UNKNOWN_U64 && steal->vcpu[0].waits == UNKNOWN_U64);
	assert_int_equal(steal->n_wait_bin, 0);
	assert_true(isnan(steal->wait_p50_ns) && isnan(steal->wait_p99_ns));
	assert_true(isnan(steal->wait_max_ns) && isnan(steal->vcpu[0].wait_max_ns));
}

static void without_a_reading_before_nothing_is_known(void **state)
{
	struct rig *rig = *state;
	struct accounts *made = accounts_made(rig, 1);
	struct bins bins = { 0 };

	note(&bins, &made->cur[0], false, 3 * MS, 8);
	snapshot_derive(rig->snap, &rig->cur, NULL, rig->cur.at_ns);
	expect_unknown(rig);
	/* Its bins are of the time since it is tracked, which is not this second. */
	made->cur[0].settled = false;
	derive(rig);
	expect_unknown(rig);
	made->cur[0].settled = true;
	made->cur[0].start_ticks = 8;
	derive(rig);
	expect_unknown(rig);
	rig->cur.account.n_thread = 0;
	derive(rig);
	expect_unknown(rig);
}

static void a_vcpu_that_appeared_adds_nothing(void **state)
{
	struct rig *rig = *state;
	struct accounts *made = accounts_made(rig, 2);
	struct bins bins[2] = { 0 };

	note(&bins[0], &made->cur[0], false, 3 * MS, 8);
	note(&bins[1], &made->cur[1], false, 5 * S, 1000);
	made->cur[1].settled = false;
	derive(rig);
	assert_int_equal(only_vm(rig)->steal.waits, 8);
	NEAR(only_vm(rig)->steal.wait_max_ns, 3e6);
	assert_true(only_vm(rig)->steal.vcpu[1].waits == UNKNOWN_U64);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(waits_are_counted_by_their_length),
		TEST(a_vm_has_the_waits_of_all_its_vcpus),
		TEST(no_quantile_is_beyond_the_longest),
		TEST(the_last_bin_holds_all_that_is_longer),
		TEST(no_waits_are_known_zero),
		TEST(without_a_reading_before_nothing_is_known),
		TEST(a_vcpu_that_appeared_adds_nothing),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("derive_waits", tests, NULL, NULL);
}
