// SPDX-License-Identifier: GPL-2.0-or-later
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "probes/histogram.h"
#include "tests/probes/dice.h"

enum { RUNS = 100 };

static const double US = 1000, MS = 1e6;

static double exponential(void)
{
	return -log(uniform());
}

static double lognormal(double median, double octaves)
{
	return median * exp2(octaves * normal());
}

static unsigned bin_by_logarithm(uint64_t ns)
{
	long double bin = ns ? floorl(4 * log2l((long double)ns)) - 32 : 0;

	return bin < 0 ? 0 : bin < HISTOGRAM_BINS ? (unsigned)bin : HISTOGRAM_BINS - 1;
}

static void same_bin(uint64_t ns)
{
	if (histogram_bin(ns) != bin_by_logarithm(ns))
		fail_msg("%llu ns: bin %u, not %u", (unsigned long long)ns, histogram_bin(ns),
			bin_by_logarithm(ns));
}

static void bins_are_exact(void **state)
{
	(void)state;
	same_bin(0);
	same_bin(UINT64_MAX);
	for (uint64_t ns = 1; ns < 5000; ns++)
		same_bin(ns);
	for (unsigned i = 0; i < 256; i++) {
		uint64_t edge = (uint64_t)exp2l(i / 4.0L);

		for (uint64_t near = 0; near < 5; near++)
			same_bin(edge + near - 2);
	}
	for (int i = 0; i < 1000000; i++)
		same_bin(roll() >> (i % 64));
}

static void bins_begin_where_they_say(void **state)
{
	(void)state;
	assert_int_equal(histogram_low_ns(0), 256);
	assert_int_equal(histogram_low_ns(4), 512);
	assert_int_equal(histogram_low_ns(HISTOGRAM_BINS), 1ULL << 36);
	for (unsigned bin = 1; bin < HISTOGRAM_BINS; bin++) {
		assert_int_equal(histogram_bin(histogram_low_ns(bin)), bin);
		assert_int_equal(histogram_bin(histogram_low_ns(bin) - 1), bin - 1);
	}
}

static void counts_add_up(void **state)
{
	struct histogram a = { 0 }, b = { 0 };

	(void)state;
	for (int i = 0; i < 300; i++)
		histogram_add(i % 3 ? &a : &b, 1000);
	histogram_add(&a, 0);
	histogram_add(&a, UINT64_MAX);
	assert_int_equal(histogram_total(&a), 202);
	histogram_merge(&a, &b);
	assert_int_equal(histogram_total(&a), 302);
	assert_int_equal(histogram_total(&b), 100);
	assert_int_equal(a.count[histogram_bin(1000)], 300);
	assert_int_equal(a.count[0], 1);
	assert_int_equal(a.count[HISTOGRAM_BINS - 1], 1);
}

static int ascending(const void *pa, const void *pb)
{
	uint64_t a = *(const uint64_t *)pa, b = *(const uint64_t *)pb;

	return (a > b) - (a < b);
}

/* In the bin of the duration at that place, its upper end included. */
static void quantile_like_sorted(
	const struct histogram *histogram, const uint64_t *sorted, size_t n)
{
	for (int permille = 0; permille <= 1000; permille++) {
		double q = permille / 1000.0, got = histogram_quantile(histogram, q);
		double place = fmax(ceil(q * (double)n), 1);
		unsigned bin = histogram_bin(sorted[(size_t)place - 1]);

		if (!(got >= exp2(8 + bin / 4.0) && got <= exp2(8 + (bin + 1) / 4.0) * (1 + 1e-12)))
			fail_msg("%g of %zu: %g is not in bin %u", q, n, got, bin);
	}
}

static void quantiles_are_those_of_the_sorted(void **state)
{
	static const size_t size[] = { 1, 2, 3, 10, 99, 1000 };
	uint64_t ns[1000];

	(void)state;
	for (size_t i = 0; i < 6 * 20; i++) {
		struct histogram histogram = { 0 };
		size_t n = size[i % 6];

		for (size_t k = 0; k < n; k++) {
			ns[k] = (uint64_t)fmax(lognormal(100 * US, 1 + (double)(i % 3)), 256);
			histogram_add(&histogram, ns[k]);
		}
		qsort(ns, n, sizeof(*ns), ascending);
		quantile_like_sorted(&histogram, ns, n);
	}
}

static void quantiles_of_little(void **state)
{
	struct histogram histogram = { 0 };

	(void)state;
	assert_true(isnan(histogram_quantile(&histogram, 0.5)));
	histogram.count[4] = 2;
	assert_true(isnan(histogram_quantile(&histogram, NAN)));
	assert_float_equal(histogram_quantile(&histogram, 0), 512, 1e-9);
	assert_float_equal(histogram_quantile(&histogram, 0.5), 512 * exp2(0.125), 1e-9);
	assert_float_equal(histogram_quantile(&histogram, 1), 512 * exp2(0.25), 1e-9);
	histogram.count[4] = 0;
	histogram.count[HISTOGRAM_BINS - 1] = UINT64_MAX;
	assert_true(histogram_quantile(&histogram, 1) <= exp2(36));
}

/* With one mode. */
static double narrow(void)
{
	return lognormal(100 * US, 0.3);
}

static double octave(void)
{
	return lognormal(100 * US, 1);
}

static double broad(void)
{
	return lognormal(100 * US, 2);
}

static double waiting(void)
{
	return 100 * US * exponential();
}

static double gamma4(void)
{
	return 25 * US * (exponential() + exponential() + exponential() + exponential());
}

static double pareto(void)
{
	return 50 * US * pow(uniform(), -1 / 1.5);
}

static double log_uniform(void)
{
	return 50 * US * exp2(6 * uniform());
}

static double jitter(void)
{
	return 100 * US + 2 * US * normal();
}

static double constant(void)
{
	return 100 * US;
}

/* A tail that ends in the first bin, or in the last: it piles up there. */
static double cut_short(void)
{
	return lognormal(2 * US, 2);
}

static double cut_long(void)
{
	return lognormal(12000 * MS, 2);
}

/* With two: how far they are apart, and the share of the slow. */
static double times, share;

static double mixed(void)
{
	return lognormal(uniform() < share ? 100 * US * times : 100 * US, 0.4);
}

static double cache_or_disk(void)
{
	return lognormal(uniform() < 0.3 ? 5 * US : 100 * US, 0.7);
}

static double three(void)
{
	double which = uniform();

	return lognormal(which < 0.4 ? 10 * US : which < 0.7 ? 200 * US : 4 * MS, 0.4);
}

static struct histogram drawn(double (*draw)(void), int n)
{
	struct histogram histogram = { 0 };

	for (int i = 0; i < n; i++)
		histogram_add(&histogram, (uint64_t)fmax(draw(), 0));
	return histogram;
}

/* In how many of 100 runs are two modes found. */
static int found(double (*draw)(void), int n)
{
	int two = 0;

	for (int i = 0; i < RUNS; i++) {
		struct histogram histogram = drawn(draw, n);

		two += modes_find(&histogram).kind == MODES_TWO;
	}
	return two;
}

static void one_mode_is_one(void **state)
{
	static double (*const draw[])(void) = { narrow, octave, broad, waiting, gamma4, pareto,
		log_uniform, jitter, constant, cut_short, cut_long };

	(void)state;
	for (size_t i = 0; i < sizeof(draw) / sizeof(draw[0]); i++) {
		int two[] = { found(draw[i], 200), found(draw[i], 1000), found(draw[i], 5000) };

		if (two[0] > 1 || two[1] > 1 || two[2] > 1)
			fail_msg("case %zu: two modes in %d, %d, %d", i, two[0], two[1], two[2]);
	}
}

static void two_modes_are_two(void **state)
{
	static const struct {
		double times, share;
		int n, least;
	} wanted[] = {
		{ 10, 0.05, 1000, 95 },
		{ 10, 0.2, 1000, 95 },
		{ 10, 0.8, 1000, 95 },
		{ 10, 0.5, 1000, 95 },
		{ 100, 0.05, 1000, 95 },
		{ 100, 0.2, 1000, 95 },
		{ 3, 0.5, 1000, 85 },
		{ 4, 0.2, 1000, 95 },
		{ 10, 0.2, 200, 80 },
		{ 10, 0.5, 200, 95 },
		{ 10, 0.01, 5000, 95 },
		{ 100, 0.01, 5000, 95 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		int two;

		times = wanted[i].times;
		share = wanted[i].share;
		two = found(mixed, wanted[i].n);
		if (two < wanted[i].least)
			fail_msg("%g times, %g, of %d: %d", times, share, wanted[i].n, two);
	}
	assert_true(found(cache_or_disk, 1000) >= 95);
}

/* What has no second mode to be seen is not to be guessed. */
static void a_shoulder_is_no_mode(void **state)
{
	(void)state;
	times = 3;
	share = 0.2;
	assert_true(found(mixed, 1000) <= 2);
}

static void modes_are_measured(void **state)
{
	static const double shares[] = { 0.05, 0.2, 0.5, 0.8 };

	(void)state;
	times = 10;
	for (size_t i = 0; i < 4; i++) {
		struct histogram histogram = { 0 };
		struct modes modes;

		share = shares[i];
		histogram = drawn(mixed, 5000);
		modes = modes_find(&histogram);
		assert_int_equal(modes.kind, MODES_TWO);
		assert_int_equal(modes.n, 5000);
		assert_in_range(modes.split, histogram_bin(150000), histogram_bin(700000));
		assert_float_equal(modes.fast_ns, 100 * US, 10 * US);
		assert_float_equal(modes.slow_ns, 1 * MS, 0.1 * MS);
		assert_float_equal(modes.ratio, modes.slow_ns / modes.fast_ns, 1e-9);
		assert_float_equal(modes.slow_pct, 100 * share, 10 * share);
		assert_float_equal(
			modes.minor_pct, fmin(modes.slow_pct, 100 - modes.slow_pct), 1e-9);
		assert_int_equal(modes.slow_is_minor, modes.slow_pct < 50);
	}
}

/* One octave apart is enough, and three quarters are not, however deep the valley. */
static void modes_are_an_octave_apart(void **state)
{
	struct histogram histogram = { 0 };

	(void)state;
	histogram.count[40] = 2000;
	histogram.count[43] = 1000;
	assert_int_equal(modes_find(&histogram).kind, MODES_ONE);
	histogram.count[43] = 0;
	histogram.count[44] = 24;
	assert_int_equal(modes_find(&histogram).kind, MODES_TWO);
}

static void the_valley_is_deep(void **state)
{
	struct histogram histogram = { 0 };

	(void)state;
	for (unsigned bin = 40; bin <= 60; bin++)
		histogram.count[bin] = bin > 42 && bin < 58 ? 60000 : 100000;
	assert_int_equal(modes_find(&histogram).kind, MODES_ONE);
	for (unsigned bin = 43; bin < 58; bin++)
		histogram.count[bin] = 40000;
	assert_int_equal(modes_find(&histogram).kind, MODES_TWO);
}

static void the_furthest_of_several_is_told(void **state)
{
	struct histogram histogram = { 0 };
	struct modes modes;

	(void)state;
	histogram.count[60] = 1000;
	histogram.count[50] = 30;
	histogram.count[30] = 500;
	modes = modes_find(&histogram);
	assert_int_equal(modes.split, 40);
	assert_float_equal(modes.slow_pct, 100 * 1030 / 1530.0, 1e-4);
}

/* What a throttle holds, beside writes that had to wait for one another and some that had not. */
static void the_slowest_of_several_is_told(void **state)
{
	struct histogram histogram = { 0 };
	struct modes modes;

	(void)state;
	histogram.count[34] = 84;
	histogram.count[41] = 118;
	histogram.count[42] = 24;
	histogram.count[74] = 24;
	modes = modes_find(&histogram);
	assert_int_equal(modes.kind, MODES_TWO);
	assert_float_equal(modes.slow_pct, 100 * 24 / 250.0, 1e-4);
	assert_int_equal(histogram_bin((uint64_t)modes.slow_ns), 74);
}

static void modes_have_mass(void **state)
{
	struct histogram histogram = { 0 };

	(void)state;
	histogram.count[40] = 1000;
	histogram.count[50] = 19;
	assert_int_equal(modes_find(&histogram).kind, MODES_ONE);
	histogram.count[50] = 20;
	assert_int_equal(modes_find(&histogram).kind, MODES_TWO);
	histogram.count[40] = 100000;
	histogram.count[50] = 500;
	assert_int_equal(modes_find(&histogram).kind, MODES_ONE);
	histogram.count[50] = 503;
	assert_int_equal(modes_find(&histogram).kind, MODES_TWO);
	for (unsigned bin = 41; bin < 50; bin++)
		histogram.count[bin] = 20;
	histogram.count[50] = 412; /* and 4 bins and a half */
	assert_int_equal(modes_find(&histogram).kind, MODES_ONE);
	histogram.count[50] = 413;
	assert_int_equal(modes_find(&histogram).kind, MODES_TWO);
}

static void three_modes_are_reported_as_two(void **state)
{
	struct histogram histogram = drawn(three, 1000);
	struct modes modes = modes_find(&histogram);

	(void)state;
	assert_int_equal(modes.kind, MODES_TWO);
	assert_true(modes.fast_ns < 300 * US && modes.slow_ns > 3 * MS);
}

static void few_are_not_one(void **state)
{
	struct histogram histogram;

	(void)state;
	times = 100;
	share = 0.5;
	histogram = drawn(mixed, MODES_LEAST - 1);
	assert_int_equal(modes_find(&histogram).kind, MODES_TOO_FEW);
	assert_int_equal(modes_find(&histogram).n, MODES_LEAST - 1);
	histogram_add(&histogram, 1000);
	assert_int_equal(modes_find(&histogram).kind, MODES_TWO);
}

static void nothing_to_measure_is_unknown(const struct histogram *histogram, enum modes_kind kind)
{
	struct modes modes = modes_find(histogram);

	assert_int_equal(modes.kind, kind);
	assert_int_equal(modes.n, histogram_total(histogram));
	assert_int_equal(modes.split, 0);
	assert_true(isnan(modes.fast_ns) && isnan(modes.slow_ns) && isnan(modes.ratio));
	assert_true(isnan(modes.slow_pct) && isnan(modes.minor_pct));
	assert_false(modes.slow_is_minor || modes_stable(histogram, histogram));
}

static void edges_are_no_modes(void **state)
{
	struct histogram histogram = { 0 };

	(void)state;
	nothing_to_measure_is_unknown(&histogram, MODES_TOO_FEW);
	for (unsigned bin = 0; bin < HISTOGRAM_BINS; bin++) {
		histogram = (struct histogram){ 0 };
		histogram.count[bin] = 1000000;
		nothing_to_measure_is_unknown(&histogram, MODES_ONE);
	}
	histogram.count[0] = 1000000;
	nothing_to_measure_is_unknown(&histogram, MODES_ONE);
	histogram.count[60] = 1000000;
	nothing_to_measure_is_unknown(&histogram, MODES_ONE);
}

/* The bin of the valley belongs to each side by half. */
static void the_valley_is_shared(void **state)
{
	struct histogram histogram = { 0 };
	struct modes modes;

	(void)state;
	histogram.count[40] = histogram.count[48] = 1000;
	for (unsigned bin = 41; bin < 48; bin++)
		histogram.count[bin] = 101;
	modes = modes_find(&histogram);
	assert_int_equal(modes.kind, MODES_TWO);
	assert_int_equal(modes.split, 44);
	assert_float_equal(modes.slow_pct, 50, 1e-9);
	histogram.count[48] = 3000;
	assert_float_equal(
		modes_find(&histogram).slow_pct, 100 * (3000 + 303 + 50.5) / (4000 + 707), 1e-9);
}

/* In how many of the runs are the modes there in both halves, whose slow shares are given. */
static int stable(double first_share, double second_share, int n, int runs)
{
	int both = 0;

	times = 10;
	for (int i = 0; i < runs; i++) {
		struct histogram first, second;

		share = first_share;
		first = drawn(mixed, n);
		share = second_share;
		second = drawn(mixed, n);
		both += modes_stable(&first, &second);
	}
	return both;
}

static void a_mix_is_stable(void **state)
{
	static const double shares[] = { 0.05, 0.1, 0.2, 0.5, 0.8, 0.95 };

	(void)state;
	for (size_t i = 0; i < 6; i++)
		assert_int_equal(stable(shares[i], shares[i], 1000, RUNS), RUNS);
	assert_true(stable(0.2, 0.2, 200, RUNS) >= 98);
	assert_true(stable(0.2, 0.22, 20000, 5) == 5); /* significant, and of no interest */
}

static void a_change_of_regime_is_not_stable(void **state)
{
	static const double shares[][2] = { { 0, 1 }, { 1, 0 }, { 0, 0.2 }, { 0.05, 0.95 },
		{ 0.02, 0.4 }, { 0.2, 0.8 }, { 0.1, 0.5 }, { 0.8, 1 } };

	(void)state;
	for (size_t i = 0; i < sizeof(shares) / sizeof(shares[0]); i++)
		assert_int_equal(stable(shares[i][0], shares[i][1], 1000, RUNS / 2), 0);
}

/* Of a thousand each. */
static bool stable_with(uint64_t first_slow, uint64_t second_slow)
{
	struct histogram first = { 0 }, second = { 0 };

	first.count[40] = 1000 - first_slow;
	first.count[60] = first_slow;
	second.count[40] = 1000 - second_slow;
	second.count[60] = second_slow;
	return modes_stable(&first, &second);
}

static void few_may_differ_by_chance(void **state)
{
	(void)state;
	assert_true(stable_with(6, 19));
	assert_true(stable_with(19, 6));
	assert_false(stable_with(6, 27)); /* not by chance */
	assert_true(stable_with(60, 180));
	assert_false(stable_with(60, 181));
	assert_false(stable_with(4, 16)); /* by chance, but it is not there */
	assert_true(stable_with(5, 16));
	assert_false(stable_with(996, 984));
}

static void a_half_of_few_is_not_stable(void **state)
{
	struct histogram most, few, none = { 0 };

	(void)state;
	times = 10;
	share = 0.5;
	most = drawn(mixed, 1000);
	few = drawn(mixed, MODES_LEAST / 2 - 1);
	assert_false(modes_stable(&most, &none));
	assert_false(modes_stable(&few, &most));
	few = drawn(mixed, MODES_LEAST / 2);
	assert_true(modes_stable(&few, &most));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(bins_are_exact, seed),
		cmocka_unit_test(bins_begin_where_they_say),
		cmocka_unit_test(counts_add_up),
		cmocka_unit_test_setup(quantiles_are_those_of_the_sorted, seed),
		cmocka_unit_test(quantiles_of_little),
		cmocka_unit_test_setup(one_mode_is_one, seed),
		cmocka_unit_test_setup(two_modes_are_two, seed),
		cmocka_unit_test_setup(a_shoulder_is_no_mode, seed),
		cmocka_unit_test_setup(modes_are_measured, seed),
		cmocka_unit_test(modes_are_an_octave_apart),
		cmocka_unit_test(the_slowest_of_several_is_told),
		cmocka_unit_test(modes_have_mass),
		cmocka_unit_test(the_valley_is_deep),
		cmocka_unit_test(the_furthest_of_several_is_told),
		cmocka_unit_test_setup(three_modes_are_reported_as_two, seed),
		cmocka_unit_test_setup(few_are_not_one, seed),
		cmocka_unit_test(edges_are_no_modes),
		cmocka_unit_test(the_valley_is_shared),
		cmocka_unit_test_setup(a_mix_is_stable, seed),
		cmocka_unit_test_setup(a_change_of_regime_is_not_stable, seed),
		cmocka_unit_test(few_may_differ_by_chance),
		cmocka_unit_test_setup(a_half_of_few_is_not_stable, seed),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
