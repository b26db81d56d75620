// SPDX-License-Identifier: GPL-2.0-or-later
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "panes/regime.h"
#include "tests/probes/dice.h"

enum { RUNS = 100, MINUTE = 60, MINUTES = 120 };

static double pct(double value)
{
	return fmin(fmax(value, 0), 100);
}

/* Samples one after the other; x is memory between two of them, NAN before the first. */
typedef double sampler(size_t i, size_t n, double *x);

/* One level. */
static double zero(size_t i, size_t n, double *x)
{
	(void)i, (void)n, (void)x;
	return 0;
}

static double constant(size_t i, size_t n, double *x)
{
	(void)i, (void)n, (void)x;
	return 37.3;
}

static double nearly_zero(size_t i, size_t n, double *x)
{
	(void)i, (void)n, (void)x;
	return fabs(0.5 * normal());
}

static double ticks(size_t i, size_t n, double *x)
{
	(void)i, (void)n, (void)x;
	return floor(3 * uniform());
}

static double noise(size_t i, size_t n, double *x)
{
	(void)i, (void)n, (void)x;
	return pct(20 + 8 * normal());
}

static double exponential(size_t i, size_t n, double *x)
{
	(void)i, (void)n, (void)x;
	return pct(-10 * log(uniform()));
}

static double lognormal(size_t i, size_t n, double *x)
{
	(void)i, (void)n, (void)x;
	return pct(3 * exp(normal()));
}

static double pareto(size_t i, size_t n, double *x)
{
	(void)i, (void)n, (void)x;
	return pct(2 * pow(uniform(), -1 / 1.5));
}

static double even(size_t i, size_t n, double *x)
{
	(void)i, (void)n, (void)x;
	return 100 * uniform();
}

static double even_between(size_t i, size_t n, double *x)
{
	(void)i, (void)n, (void)x;
	return 40 + 20 * uniform();
}

static double ramp(size_t i, size_t n, double *x)
{
	(void)x;
	return 100 * (double)i / (double)(n - 1);
}

static double noisy_ramp(size_t i, size_t n, double *x)
{
	(void)x;
	return pct(60 - 20 * (double)i / (double)(n - 1) + normal());
}

static double sawtooth(size_t i, size_t n, double *x)
{
	(void)n, (void)x;
	return pct(3 * (double)(i % 17) + normal());
}

static double sine(size_t i, size_t n, double *x)
{
	(void)x;
	return pct(50 + 40 * sin(2 * M_PI * (double)i / (double)(n / 2)) + 2 * normal());
}

static double fast_sine(size_t i, size_t n, double *x)
{
	(void)n, (void)x;
	return pct(50 + 40 * sin((double)i / 2.4) + 2 * normal());
}

static double sluggish(size_t i, size_t n, double *x)
{
	(void)n;
	*x = (isnan(*x) ? 5 : *x) * 0.92 + (i / 40 % 2 ? 60 : 5) * 0.08;
	return pct(*x + normal());
}

static double autoregressive(size_t i, size_t n, double *x)
{
	(void)i, (void)n;
	*x = isnan(*x) ? normal() : 0.9 * *x + sqrt(1 - 0.81) * normal();
	return pct(30 + 10 * *x);
}

static double bursty(size_t i, size_t n, double *x)
{
	autoregressive(i, n, x);
	return pct(3 * exp(1.2 * *x));
}

static double walk(size_t i, size_t n, double *x)
{
	(void)i, (void)n;
	*x = isnan(*x) ? 100 * uniform() : *x + 5 * normal();
	*x = *x < 0 ? -*x : *x > 100 ? 200 - *x : *x;
	return pct(*x);
}

static double two_spikes(size_t i, size_t n, double *x)
{
	(void)x;
	return i == n / 3 || i == n / 2 ? 60 : fabs(normal());
}

/* Two levels. */
static double burst(size_t i, size_t n, double *x)
{
	double length = ceil(0.05 * (double)n), since;

	if (isnan(*x))
		*x = floor(uniform() * ((double)n - length + 1));
	since = (double)i - *x;
	return since >= 0 && since < length ? pct(50 + 8 * normal()) : fabs(normal());
}

static double step(size_t i, size_t n, double *x)
{
	(void)x;
	return pct(i < n / 2 ? 5 + 2 * normal() : 40 + 6 * normal());
}

static double neighbour(size_t i, size_t n, double *x)
{
	double often = isnan(*x) ? 0.5 : 1 / 15.0;

	(void)i, (void)n;
	*x = (uniform() < often) != (*x > 0);
	return pct(*x > 0 ? 30 + 4 * normal() : fabs(1 + normal()));
}

static double flicker(size_t i, size_t n, double *x)
{
	(void)i, (void)n, (void)x;
	return pct(uniform() < 0.3 ? 50 + 8 * normal() : fabs(normal()));
}

static double scattered(size_t i, size_t n, double *x)
{
	(void)n, (void)x;
	return pct(i * 7919 % MINUTES % 20 == 3 ? 50 + 4 * normal() : fabs(normal()));
}

static double alternating(size_t i, size_t n, double *x)
{
	(void)n, (void)x;
	return pct(i % 2 ? 40 + 5 * normal() : fabs(normal()));
}

/* A quota of a period that does not fit the sampling. */
static double beat(size_t i, size_t n, double *x)
{
	(void)n;
	if (isnan(*x))
		*x = 7.3 * uniform();
	return pct(fmod((double)i + *x, 7.3) < 2.2 ? 40 + 4 * normal() : fabs(normal()));
}

static struct regime sampled(sampler *sample, size_t n)
{
	double value[REGIME_MOST], x = NAN;

	for (size_t i = 0; i < n; i++)
		value[i] = sample(i, n, &x);
	return regime_find(value, n);
}

/* In how many of 100 runs is it of the kind; of any with two levels, if it is REGIME_TOO_FEW. */
static int found(sampler *sample, size_t n, enum regime_kind kind)
{
	int count = 0;

	for (int i = 0; i < RUNS; i++) {
		enum regime_kind got = sampled(sample, n).kind;

		count += kind == REGIME_TOO_FEW ? got > REGIME_ONE : got == kind;
	}
	return count;
}

static void one_level_is_one(void **state)
{
	static sampler *const sample[] = { zero, constant, nearly_zero, ticks, noise, exponential,
		lognormal, pareto, even, even_between, ramp, noisy_ramp, sawtooth, sine, fast_sine,
		sluggish, autoregressive, bursty, walk, two_spikes };
	int all = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(sample) / sizeof(sample[0]); i++) {
		int two[] = { found(sample[i], MINUTE, REGIME_TOO_FEW),
			found(sample[i], MINUTES, REGIME_TOO_FEW),
			found(sample[i], 5 * MINUTE, REGIME_TOO_FEW) };

		if (two[0] > 2 || two[1] > 1 || two[2] > 0)
			fail_msg("case %zu: levels in %d, %d, %d", i, two[0], two[1], two[2]);
		all += two[0] + two[1] + two[2];
	}
	assert_in_range(all, 0, sizeof(sample) / sizeof(sample[0]) * 3 / 4);
}

static void two_levels_are_of_a_kind(void **state)
{
	static const struct {
		sampler *sample;
		enum regime_kind kind;
		int least[3];
	} wanted[] = {
		{ burst, REGIME_PERIODS, { 90, 97, 99 } },
		{ step, REGIME_PERIODS, { 95, 95, 90 } },
		{ neighbour, REGIME_PERIODS, { 85, 95, 98 } },
		{ flicker, REGIME_FLICKER, { 97, 98, 99 } },
		{ alternating, REGIME_PERIODIC, { 100, 100, 100 } },
		{ beat, REGIME_PERIODIC, { 97, 97, 97 } },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		int got[] = { found(wanted[i].sample, MINUTE, wanted[i].kind),
			found(wanted[i].sample, MINUTES, wanted[i].kind),
			found(wanted[i].sample, 5 * MINUTE, wanted[i].kind) };

		for (size_t k = 0; k < 3; k++)
			if (got[k] < wanted[i].least[k])
				fail_msg("case %zu, length %zu: %d", i, k, got[k]);
	}
}

static void levels_are_measured(void **state)
{
	struct regime regime = sampled(burst, MINUTES);

	(void)state;
	assert_int_equal(regime.kind, REGIME_PERIODS);
	assert_int_equal(regime.n, MINUTES);
	assert_in_range((int)regime.low_pct, 0, 1);
	assert_float_equal(regime.high_pct, 50, 8);
	assert_float_equal(regime.high_share_pct, 5, 1e-6);
	assert_true(isnan(regime.period));
	regime = sampled(beat, MINUTES);
	assert_int_equal(regime.kind, REGIME_PERIODIC);
	assert_float_equal(regime.period, 7.3, 0.2);
	assert_float_equal(regime.high_share_pct, 100 * 2.2 / 7.3, 3);
	regime = sampled(alternating, MINUTES);
	assert_float_equal(regime.period, 2, 1e-6);
	assert_float_equal(regime.high_share_pct, 50, 1e-6);
}

/* Exact levels without any noise, and as near as 10 points. */
static void levels_need_no_noise(void **state)
{
	double value[MINUTE];
	struct regime regime;

	(void)state;
	for (size_t i = 0; i < MINUTE; i++)
		value[i] = i >= 20 && i < 30 ? 100 : 0;
	regime = regime_find(value, MINUTE);
	assert_int_equal(regime.kind, REGIME_PERIODS);
	assert_float_equal(regime.low_pct, 0, 1e-6);
	assert_float_equal(regime.high_pct, 100, 1e-4);
	for (size_t i = 20; i < 30; i++)
		value[i] = 10.1;
	assert_int_equal(regime_find(value, MINUTE).kind, REGIME_PERIODS);
	for (size_t i = 20; i < 30; i++)
		value[i] = 9.9;
	assert_int_equal(regime_find(value, MINUTE).kind, REGIME_ONE);
}

/* What was not measured counts neither for one level nor for the other. */
static void unknown_is_passed_over(void **state)
{
	double value[2 * MINUTE];
	struct regime regime, gaps;

	(void)state;
	for (size_t i = 0; i < MINUTE; i++) {
		value[2 * i] = i / 10 % 2 ? 40 + normal() : fabs(normal());
		value[2 * i + 1] = NAN;
	}
	gaps = regime_find(value, 2 * MINUTE);
	for (size_t i = 0; i < MINUTE; i++)
		value[i] = value[2 * i];
	regime = regime_find(value, MINUTE);
	assert_int_equal(gaps.n, MINUTE);
	assert_int_equal(gaps.kind, REGIME_PERIODS);
	assert_int_equal(regime.kind, REGIME_PERIODS);
	assert_true(regime.high_pct == gaps.high_pct && regime.low_pct == gaps.low_pct);
}

static void few_are_not_one(void **state)
{
	double value[MINUTES];
	struct regime regime;

	(void)state;
	for (size_t i = 0; i < MINUTES; i++)
		value[i] = i < MINUTE + 1 ? NAN : i % 2 ? 50 : 0;
	regime = regime_find(value, MINUTES);
	assert_int_equal(regime.kind, REGIME_TOO_FEW);
	assert_int_equal(regime.n, REGIME_LEAST - 1);
	assert_true(isnan(regime.low_pct) && isnan(regime.high_pct));
	assert_true(isnan(regime.high_share_pct) && isnan(regime.period));
	value[0] = 0;
	assert_int_equal(regime_find(value, MINUTES).kind, REGIME_PERIODIC);
	assert_int_equal(regime_find(NULL, 0).kind, REGIME_TOO_FEW);
	regime = sampled(zero, MINUTE);
	assert_true(isnan(regime.low_pct) && isnan(regime.high_pct));
}

static void only_the_newest_count(void **state)
{
	double value[REGIME_MOST + MINUTES];
	struct regime regime;

	(void)state;
	for (size_t i = 0; i < REGIME_MOST + MINUTES; i++)
		value[i] = i < MINUTES ? 80 : 0;
	regime = regime_find(value, REGIME_MOST + MINUTES);
	assert_int_equal(regime.n, REGIME_MOST);
	assert_int_equal(regime.kind, REGIME_ONE);
	assert_int_equal(regime_find(value, REGIME_MOST).kind, REGIME_PERIODS);
	for (size_t i = 0; i < MINUTE; i++)
		value[REGIME_MOST - i] = NAN;
	regime = regime_find(value, REGIME_MOST + MINUTES);
	assert_int_equal(regime.n, REGIME_MOST);
	assert_int_equal(regime.kind, REGIME_PERIODS);
	assert_float_equal(regime.high_share_pct, 10, 1e-6);
}

/* Out of range is the end of the range, and never a crash. */
static void strange_values_are_limited(void **state)
{
	double value[MINUTE];
	struct regime regime;

	(void)state;
	for (size_t i = 0; i < MINUTE; i++)
		value[i] = i < 40 ? -INFINITY : INFINITY;
	regime = regime_find(value, MINUTE);
	assert_int_equal(regime.kind, REGIME_PERIODS);
	assert_float_equal(regime.high_pct, 100, 1e-4);
	for (size_t i = 0; i < MINUTE; i++)
		value[i] = i % 2 ? 50 : nextafter(50, 100);
	assert_int_equal(regime_find(value, MINUTE).kind, REGIME_ONE);
}

/* Five of 120 samples around 50, step apart; together, or here and there. */
static enum regime_kind five_high(double step, bool together)
{
	static const size_t scattered_at[] = { 7, 12, 51, 60, 103 };
	double value[MINUTES];

	for (size_t i = 0; i < MINUTES; i++)
		value[i] = (double)(i % 5);
	for (size_t i = 0; i < 5; i++)
		value[together ? 40 + i : scattered_at[i]] = 50 + step * ((double)i - 2);
	return regime_find(value, MINUTES).kind;
}

static void a_few_scattered_samples_must_be_far_off(void **state)
{
	(void)state;
	assert_int_equal(five_high(4.5, true), REGIME_PERIODS);
	assert_int_equal(five_high(4.5, false), REGIME_FLICKER);
	assert_int_equal(five_high(8, true), REGIME_PERIODS);
	assert_int_equal(five_high(8, false), REGIME_ONE);
	assert_int_equal(five_high(11, true), REGIME_ONE);
	assert_true(found(scattered, MINUTES, REGIME_TOO_FEW) >= 95);
}

/* A sample in which the level changed lies between the levels. */
static void a_change_may_take_a_sample(void **state)
{
	static const double between[] = { 12, 35 };
	double value[MINUTE];

	(void)state;
	for (size_t k = 0; k < 2; k++) {
		for (size_t i = 0; i < MINUTE; i++)
			value[i] = i < 30 ? 0 : i == 30 ? between[k] : 60;
		assert_int_equal(regime_find(value, MINUTE).kind, REGIME_PERIODS);
	}
}

/* Spread evenly but for a middle of 3 tenths that has so much less. */
static enum regime_kind sunken(double middle)
{
	double value[REGIME_MOST];

	for (size_t i = 0; i < REGIME_MOST; i++) {
		double at = ((double)(i * 257 % REGIME_MOST) + 0.5) / REGIME_MOST;
		double u = at * (0.7 + 0.3 * middle), in_middle = (u - 0.35) / middle;
		double x = u < 0.35	     ? u
			   : in_middle < 0.3 ? 0.35 + in_middle
					     : u + 0.3 - 0.3 * middle;

		value[i] = 100 * pow(sin(0.4 + 0.7 * x), 2);
	}
	return regime_find(value, REGIME_MOST).kind;
}

static void levels_have_a_valley_between(void **state)
{
	(void)state;
	assert_int_equal(sunken(0.6), REGIME_ONE);
	assert_true(sunken(0.3) > REGIME_ONE);
}

/* Nothing for much of the time, and then this and that: what an idle guest has. */
static double often_idle(size_t i, size_t n, double *x)
{
	(void)i, (void)n, (void)x;
	return pct(5 + 15 * normal());
}

static void idle_is_no_level(void **state)
{
	(void)state;
	assert_in_range(found(often_idle, MINUTE, REGIME_TOO_FEW), 0, 3);
	assert_in_range(found(often_idle, MINUTES, REGIME_TOO_FEW), 0, 3);
	assert_in_range(found(often_idle, 5 * MINUTE, REGIME_TOO_FEW), 0, 2);
}

static void a_rhythm_need_not_fit_the_samples(void **state)
{
	double value[MINUTES];
	struct regime regime;

	(void)state;
	for (size_t i = 0; i < MINUTES; i++)
		value[i] = fmod((double)i, 2.4) < 1 ? 50 : 0;
	regime = regime_find(value, MINUTES);
	assert_int_equal(regime.kind, REGIME_PERIODIC);
	assert_float_equal(regime.period, 2.4, 0.05);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(one_level_is_one, seed),
		cmocka_unit_test_setup(two_levels_are_of_a_kind, seed),
		cmocka_unit_test_setup(levels_are_measured, seed),
		cmocka_unit_test(levels_need_no_noise),
		cmocka_unit_test_setup(unknown_is_passed_over, seed),
		cmocka_unit_test(few_are_not_one),
		cmocka_unit_test(only_the_newest_count),
		cmocka_unit_test(strange_values_are_limited),
		cmocka_unit_test_setup(a_few_scattered_samples_must_be_far_off, seed),
		cmocka_unit_test(a_change_may_take_a_sample),
		cmocka_unit_test(levels_have_a_valley_between),
		cmocka_unit_test_setup(idle_is_no_level, seed),
		cmocka_unit_test(a_rhythm_need_not_fit_the_samples),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
