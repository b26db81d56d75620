// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/derive.h"

#include <stdlib.h>
#include <string.h>

#include "probes/exitnames.h"

/* A page that was opened this shortly before the sample: what was seen until then says little. */
static const uint64_t LEAST_NS = 100000000;

/* The reading before, when it is of the same counters; else they began at 0 since. */
static const struct sample *reading_before(const struct derive *derive)
{
	const struct exits_sample *cur = &derive->cur->exits;
	const struct sample *prev = derive->prev;
	bool same = prev && prev->exits.pid == cur->pid && prev->exits.since_ns == cur->since_ns;

	return same ? prev : NULL;
}

/* 0: no rates. */
static uint64_t interval_of(const struct derive *derive)
{
	const struct sample *prev = reading_before(derive);
	uint64_t at_ns = derive->cur->status[SECTION_EXITS].at_ns;
	uint64_t since_ns = derive->cur->exits.since_ns;

	if (prev)
		since_ns = prev->status[SECTION_EXITS].at_ns;
	if (at_ns <= since_ns || (!prev && at_ns - since_ns < LEAST_NS))
		return 0;
	return at_ns - since_ns;
}

static struct exit_count count_before(const struct derive *derive, const struct exit_count *cur)
{
	const struct sample *prev = reading_before(derive);

	for (size_t i = 0; prev && i < prev->exits.n_exit; i++)
		if (prev->exits.exit[i].isa == cur->isa &&
			prev->exits.exit[i].reason == cur->reason)
			return prev->exits.exit[i];
	return (struct exit_count){ 0 };
}

static void derive_exit(const struct derive *derive, const struct exit_count *cur,
	const struct vm *vm, uint64_t interval_ns, struct vm_exit *out)
{
	struct exit_count prev = count_before(derive, cur);
	uint64_t count = derive_delta(cur->count_total, prev.count_total);
	uint64_t ended_ns = derive_delta(cur->ns_total, prev.ns_total);
	uint64_t ns = derive_delta(cur->ns_total + cur->open_ns, prev.ns_total + prev.open_ns);

	*out = (struct vm_exit){
		.reason = exit_name(cur->isa, cur->reason, derive->arena),
		.per_s = NAN,
		.time_pct = NAN,
		.mean_ns = NAN,
		.max_ns = (double)cur->max_ns,
	};
	if (interval_ns == 0 || count == UNKNOWN_U64)
		return;
	out->per_s = derive_per_s(count, interval_ns);
	if (vm->vcpus != UNKNOWN_U64)
		out->time_pct = derive_pct(ns, interval_ns * vm->vcpus);
	if (count && ended_ns != UNKNOWN_U64)
		out->mean_ns = (double)ended_ns / (double)count;
}

/* The larger first, unknown last. */
static int by_size(double a, double b)
{
	a = isnan(a) ? -1 : a;
	b = isnan(b) ? -1 : b;
	return (a < b) - (a > b);
}

static int by_time(const void *a, const void *b)
{
	const struct vm_exit *x = a, *y = b;
	int order = by_size(x->time_pct, y->time_pct);

	if (order == 0)
		order = by_size(x->per_s, y->per_s);
	return order ? order : strcmp(x->reason, y->reason);
}

void derive_exits(const struct derive *derive, struct vm *vm)
{
	const struct exits_sample *cur = &derive->cur->exits;
	uint64_t interval_ns = interval_of(derive);

	if (cur->since_ns == 0 || vm->pid != (uint64_t)cur->pid)
		return;
	if (interval_ns)
		vm->exits_interval_s = (double)interval_ns / 1e9;
	vm->n_vm_exit = cur->n_exit;
	vm->vm_exit = arena_array(derive->arena, cur->n_exit, sizeof(*vm->vm_exit));
	for (size_t i = 0; i < cur->n_exit; i++)
		derive_exit(derive, &cur->exit[i], vm, interval_ns, &vm->vm_exit[i]);
	if (vm->n_vm_exit)
		qsort(vm->vm_exit, vm->n_vm_exit, sizeof(*vm->vm_exit), by_time);
}
