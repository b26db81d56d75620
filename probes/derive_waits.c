// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/derive.h"

#include "probes/histogram.h"

/*
 * Every wait of a vCPU that ended in this interval, by its length: one wait is the time from
 * ready, or preempted, to running again, throttled or not. The quantiles of a VM are those of
 * all waits of all its vCPUs.
 */
struct waits {
	struct histogram all, throttled;
	double max_ns;
};

/* The thread, when its waits of this interval are known; they are none when it has no bins. */
static const struct account_thread *waiter(
	const struct derive *derive, const struct reading *reading)
{
	const struct account_thread *cur = reading->cur;

	return derive->prev && cur && cur->settled ? cur : NULL;
}

static void waits_of(const struct account_thread *thread, struct waits *out)
{
	for (size_t i = 0; i < HISTOGRAM_BINS; i++) {
		out->all.count[i] = (uint64_t)thread->bin[0][i] + thread->bin[1][i];
		out->throttled.count[i] = thread->bin[1][i];
	}
	out->max_ns = (double)thread->max_wait_ns;
}

static void add(struct waits *into, const struct waits *from)
{
	histogram_merge(&into->all, &from->all);
	histogram_merge(&into->throttled, &from->throttled);
	into->max_ns = from->max_ns > into->max_ns ? from->max_ns : into->max_ns;
}

/* The longest is known exactly, and no quantile is beyond it. */
static double quantile(const struct waits *waits, double q)
{
	double ns = histogram_quantile(&waits->all, q);

	return ns > waits->max_ns && waits->max_ns > 0 ? waits->max_ns : ns;
}

static void list_bins(const struct derive *derive, const struct waits *waits, struct steal *steal)
{
	if (steal->waits == 0)
		return;
	steal->wait_bin = arena_array(derive->arena, HISTOGRAM_BINS, sizeof(*steal->wait_bin));
	for (unsigned i = 0; i < HISTOGRAM_BINS; i++)
		if (waits->all.count[i])
			steal->wait_bin[steal->n_wait_bin++] = (struct wait_bin){
				.from_ns = histogram_low_ns(i),
				.count = waits->all.count[i],
				.throttled = waits->throttled.count[i],
			};
}

void derive_waits(const struct derive *derive, const struct joined *joined, struct vm *vm)
{
	struct steal *steal = &vm->steal;
	struct waits sum = { .max_ns = 0 }, one;
	bool known = false;

	for (size_t i = 0; i < steal->n_vcpu; i++) {
		const struct account_thread *thread = waiter(derive, &joined->reading[i]);
		struct vcpu *vcpu = &steal->vcpu[i];

		if (!thread)
			continue;
		known = true;
		vcpu->waits = 0;
		if (!thread->bin) /* most vCPUs of most hosts */
			continue;
		waits_of(thread, &one);
		vcpu->waits = histogram_total(&one.all);
		vcpu->wait_p50_ns = quantile(&one, 0.5);
		vcpu->wait_p99_ns = quantile(&one, 0.99);
		vcpu->wait_max_ns = vcpu->waits ? one.max_ns : NAN;
		add(&sum, &one);
	}
	if (!known)
		return;
	steal->waits = histogram_total(&sum.all);
	steal->wait_p50_ns = quantile(&sum, 0.5);
	steal->wait_p99_ns = quantile(&sum, 0.99);
	steal->wait_max_ns = steal->waits ? sum.max_ns : NAN;
	list_bins(derive, &sum, steal);
}
