// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/pagewindow.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

/* Chance alone makes such a difference less than once in 10,000 turns. */
static const double CHANGED_SIGMA = 4.5;

static void count_add(struct pages_count *sum, const struct pages_count *more)
{
	for (size_t i = 0; i < PAGES_KINDS; i++)
		sum->kind[i] = (uint16_t)(sum->kind[i] + more->kind[i]);
	for (size_t i = 0; i < PAGES_NODES; i++)
		sum->node[i] = (uint16_t)(sum->node[i] + more->node[i]);
}

static struct pages_count sum_of(const struct pagewindow *window, size_t from, size_t to)
{
	struct pages_count sum = { 0 };

	for (size_t i = from; i < to; i++)
		count_add(&sum, &window->turn[i]);
	return sum;
}

/* How many standard errors two shares are apart, were both of the same. */
static double sigmas(double a, double of_a, double b, double of_b)
{
	double p = (a + b) / (of_a + of_b);
	double error = sqrt(p * (1 - p) * (1 / of_a + 1 / of_b));

	return error > 0 ? fabs(a / of_a - b / of_b) / error : 0;
}

static double difference(const struct pages_count *a, const struct pages_count *b)
{
	double of_a = a->kind[PAGES_ASKED], of_b = b->kind[PAGES_ASKED], most;

	if (of_a == 0 || of_b == 0)
		return 0;
	most = sigmas(a->kind[PAGES_ABSENT], of_a, b->kind[PAGES_ABSENT], of_b);
	for (size_t i = 0; i < PAGES_NODES; i++)
		most = fmax(most, sigmas(a->node[i], of_a, b->node[i], of_b));
	return most;
}

static void forget(struct pagewindow *window, size_t n)
{
	window->n -= n;
	memmove(window->turn, window->turn + n, window->n * sizeof(window->turn[0]));
	memmove(window->at_ns, window->at_ns + n, window->n * sizeof(window->at_ns[0]));
}

/* Where what came before differs most from what came since. */
static void forget_before_change(struct pagewindow *window)
{
	double most = CHANGED_SIGMA;
	size_t change = 0;

	for (size_t i = 1; i < window->n; i++) {
		struct pages_count before = sum_of(window, 0, i),
				   since = sum_of(window, i, window->n);
		double apart = difference(&before, &since);

		if (apart > most) {
			most = apart;
			change = i;
		}
	}
	forget(window, change);
}

static void forget_more_than_enough(struct pagewindow *window)
{
	struct pages_count rest = sum_of(window, 1, window->n);

	while (window->n > 1 && rest.kind[PAGES_ASKED] >= PAGEWINDOW_ENOUGH) {
		forget(window, 1);
		rest = sum_of(window, 1, window->n);
	}
}

void pagewindow_add(struct pagewindow *window, const struct pages_count *turn, uint64_t at_ns)
{
	if (window->n == PAGEWINDOW_TURNS)
		forget(window, 1);
	window->turn[window->n] = *turn;
	window->at_ns[window->n++] = at_ns;
	forget_before_change(window);
	forget_more_than_enough(window);
}

uint64_t pagewindow_sum(const struct pagewindow *window, struct pages_count *sum)
{
	*sum = sum_of(window, 0, window->n);
	return window->n ? window->at_ns[0] : 0;
}
