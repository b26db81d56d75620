// SPDX-License-Identifier: GPL-2.0-or-later
#include "panes/memory.h"

#include <math.h>

#include "panes/cells.h"
#include "probes/schema.h"

static bool is_hidden(const struct memory *memory)
{
	return memory_trouble(memory) != SEVERITY_NONE && memory_guest_tells(memory) &&
	       !memory_guest_is_short(memory);
}

/* Taken by swap, unseen; or held back by the balloon while it is needed and could be had. */
static double gap_of(const struct snapshot *snap, const struct memory *memory, bool phantom)
{
	double given =
		fmin((double)memory->ballooned_bytes, (double)snap->host.mem_available_bytes);

	if (memory->host_swap_bytes == UNKNOWN_U64 || !memory_guest_tells(memory))
		return NAN;
	if (phantom && memory_is_ballooned(memory))
		return -given;
	return (double)memory->host_swap_bytes;
}

/* Nobody told, and nobody can be told: the guest has no instrument. */
static bool is_blind(const struct vm *vm)
{
	const struct source *balloon = vm_source(vm, "balloon");

	if (!vm->in_libvirt)
		return false; /* it may have one, and we cannot ask */
	return !vm->has_balloon || (balloon && balloon->state == SOURCE_OK &&
					   vm->memory.guest_total_bytes == UNKNOWN_U64);
}

static const char *missing_reason(const struct vm *vm)
{
	const struct source *balloon = vm_source(vm, "balloon");

	return balloon && balloon->reason ? balloon->reason
					  : "the guest has told nothing of its memory";
}

static void set_verdict(struct memory *memory, enum verdict verdict, const char *reason)
{
	memory->verdict = verdict;
	memory->verdict_reason = reason;
}

/* What lasts, but only while both sides tell. */
struct lasting {
	bool hidden, phantom;
};

enum { LONG_WELL = 3 }; /* then nothing can last any more, and nobody need be asked */

static void judge_verdict(struct snapshot *snap, struct vm *vm, struct lasting lasting)
{
	struct memory *memory = &vm->memory;

	if (vm_is_halted(vm))
		set_verdict(memory, VERDICT_UNKNOWN, judge_halted(snap, vm));
	else if (memory->host_swap_bytes == UNKNOWN_U64)
		set_verdict(memory, VERDICT_UNKNOWN, "the host's view is missing");
	else if (is_blind(vm))
		set_verdict(memory, VERDICT_BLIND, missing_reason(vm));
	else if (!memory_guest_tells(memory))
		set_verdict(memory, VERDICT_UNKNOWN, missing_reason(vm));
	else if (lasting.hidden || lasting.phantom)
		set_verdict(memory, lasting.hidden ? VERDICT_HIDDEN : VERDICT_PHANTOM, NULL);
	else if (is_hidden(memory) || memory_is_phantom(&snap->host, memory))
		set_verdict(memory, VERDICT_UNKNOWN,
			"they differ, but did not in 2 of the last 3 intervals");
	else
		set_verdict(memory, VERDICT_AGREE, NULL);
}

/* Of the two that may end first. */
static void judge_trends(struct vm *vm, const struct memtrend_vm *trend)
{
	struct memory *memory = &vm->memory;
	double limit, guest;

	if (!trend)
		return;
	memory->growth_bytes_per_s = trend_slope(&trend->held);
	limit = trend_minutes(
		cell_number(memory->cgroup_room_bytes), trend_slope(&trend->charged));
	guest = memory_guest_tells(memory) ? trend_minutes((double)memory->guest_usable_bytes,
						     -trend_slope(&trend->usable))
					   : NAN;
	memory->exhausted_min = fmin(limit, guest);
	memory->exhausted_of = isnan(memory->exhausted_min)	? EXHAUSTED_NONE
			       : limit <= guest || isnan(guest) ? EXHAUSTED_LIMIT
								: EXHAUSTED_GUEST;
}

static void judge_vm(struct snapshot *snap, struct vm *vm, struct judge *judge)
{
	const struct memtrend_vm *trend = memtrends_vm(judge_memtrends(judge), vm->key);
	struct memory *memory = &vm->memory;
	bool runs = !vm_is_halted(vm), phantom = runs && memory_is_phantom(&snap->host, memory);
	struct lasting lasting = { false, false };

	if (!trend || trend->well <= LONG_WELL) {
		lasting.hidden = judge_lasting(
			judge, "memory-hidden", vm->key, runs && is_hidden(memory), NAN);
		lasting.phantom = judge_lasting(judge, "memory-phantom", vm->key, phantom,
			memory_guest_tells(memory) ? snap->time_s - memory->guest_age_s : NAN);
	}
	judge_verdict(snap, vm, lasting);
	memory->gap_bytes = runs ? gap_of(snap, memory, phantom) : NAN;
	judge_trends(vm, trend);
	if (runs)
		memory_report(snap, vm, judge);
}

void memory_judge(struct snapshot *snap, struct judge *judge)
{
	struct host *host = &snap->host;
	double slope = trend_slope(&memtrends_host(judge_memtrends(judge))->available);

	host->mem_available_trend_bytes_per_s = slope;
	host->mem_exhausted_min = trend_minutes(cell_number(host->mem_available_bytes), -slope);
	memory_report_host(snap, judge);
	for (size_t i = 0; i < snap->n_vm; i++)
		judge_vm(snap, &snap->vm[i], judge);
}
