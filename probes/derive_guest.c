// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/derive.h"

/* Three of its periods: then it is old. */
static const double OLD_S = 30;

static uint64_t counted(const struct agent_reading *reading, enum guest_counter counter)
{
	return derive_delta(reading->memory.counter_total[counter],
		reading->memory_before.counter_total[counter]);
}

/* Of all pages that were handed out: the one kind and the other. */
static double share_pct(
	const struct agent_reading *reading, enum guest_counter part, enum guest_counter other)
{
	uint64_t one = counted(reading, part), rest = counted(reading, other);

	return one == UNKNOWN_U64 || rest == UNKNOWN_U64 ? NAN : derive_pct(one, one + rest);
}

static void guest_rates(const struct agent_reading *reading, struct guest *guest)
{
	const struct {
		enum guest_counter counter;
		double *per_s;
	} rate[] = {
		{ GUEST_SWAP_IN_PAGES, &guest->swap_in_bytes_per_s },
		{ GUEST_SWAP_OUT_PAGES, &guest->swap_out_bytes_per_s },
		{ GUEST_ALLOC_STALL, &guest->alloc_stalls_per_s },
		{ GUEST_COMPACT_STALL, &guest->compact_stalls_per_s },
		{ GUEST_COMPACT_FAIL, &guest->compact_fails_per_s },
		{ GUEST_THP_ALLOC, &guest->thp_allocs_per_s },
		{ GUEST_THP_FALLBACK, &guest->thp_fallbacks_per_s },
		{ GUEST_NUMA_FOREIGN, &guest->numa_foreign_pages_per_s },
	};
	uint64_t page = reading->memory.page_bytes;
	uint64_t ns = reading->memory.at_ns - reading->memory_before.at_ns;

	guest->interval_s = (double)ns / 1e9;
	for (size_t i = 0; i < sizeof(rate) / sizeof(rate[0]); i++)
		*rate[i].per_s = derive_per_s(counted(reading, rate[i].counter), ns);
	guest->swap_in_bytes_per_s *= page == UNKNOWN_U64 ? NAN : (double)page;
	guest->swap_out_bytes_per_s *= page == UNKNOWN_U64 ? NAN : (double)page;
	guest->oom_kills = counted(reading, GUEST_OOM_KILL);
	guest->numa_local_pct = share_pct(reading, GUEST_NUMA_LOCAL, GUEST_NUMA_OTHER);
	guest->numa_hit_pct = share_pct(reading, GUEST_NUMA_HIT, GUEST_NUMA_MISS);
}

static void guest_facts(const struct guest_memory_reading *cur, struct guest *guest)
{
	guest->source = "agent files";
	guest->mem_total_bytes = cur->total_bytes;
	guest->mem_free_bytes = cur->free_bytes;
	guest->mem_available_bytes = cur->available_bytes;
	guest->huge_bytes = cur->huge_bytes;
	guest->swap_total_bytes = cur->swap_total_bytes;
	guest->swap_used_bytes = derive_delta(cur->swap_total_bytes, cur->swap_free_bytes);
	guest->oom_kills_total = cur->counter_total[GUEST_OOM_KILL];
}

/* Without a reading: the probe says why there is none, or libvirt why there is no such VM. */
static const char *why_none(
	const struct derive *derive, const struct vm *vm, const struct agent_reading *reading)
{
	const struct source *agent = vm_source(vm, "agent");

	if (reading && source_has_values(reading->status.state))
		return derive_text(derive, reading->memory_status.reason);
	return agent ? agent->reason : NULL;
}

void derive_guest(const struct derive *derive, const struct joined *joined, struct vm *vm)
{
	const struct agent_reading *reading =
		joined->domain ? derive_agent(derive->cur, joined->domain->uuid) : NULL;
	struct guest *guest = &vm->guest;

	if (!reading || !source_has_values(reading->status.state) || reading->memory.at_ns == 0) {
		guest->reason = why_none(derive, vm, reading);
		return;
	}
	guest->reason = derive_text(derive, reading->memory_status.reason);
	guest->age_s = derive_age_s(derive, reading->memory.at_ns);
	guest_facts(&reading->memory, guest);
	if (guest->age_s > OLD_S && !guest->reason)
		guest->reason = "its agent has not been asked for long, or does not answer";
	if (reading->memory_before.at_ns && reading->memory.at_ns > reading->memory_before.at_ns)
		guest_rates(reading, guest);
}
