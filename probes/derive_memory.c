// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/derive.h"

#include <stdlib.h>

/*
 * A rate of the guest's own swap takes some seconds, for it dates its words by whole ones. Without
 * a period nobody asks it: what it once said is of then.
 */
static const double RATE_LEAST_S = 4, LATE_S = 10;
enum { PERIODS = 3 };

const struct cgroup_reading *derive_cgroup(const struct derive *derive, const struct joined *joined)
{
	const struct cgroup_sample *section = &derive->cur->cgroup;

	return derive_of_process(joined, section->reading, section->n_reading,
		sizeof(*section->reading), offsetof(struct cgroup_reading, start_ticks));
}

static uint64_t or_zero(uint64_t bytes)
{
	return bytes == UNKNOWN_U64 ? 0 : bytes;
}

/* Those that went out without being counted: they are in swap now, or came back meanwhile. */
static double net_out(const struct cgroup_counters *cur, const struct cgroup_counters *prev,
	uint64_t in_bytes, uint64_t ns)
{
	if (in_bytes == UNKNOWN_U64 || cur->swapped_bytes == UNKNOWN_U64 ||
		prev->swapped_bytes == UNKNOWN_U64)
		return NAN;
	return fmax(((double)cur->swapped_bytes - (double)prev->swapped_bytes + (double)in_bytes) *
			    1e9 / (double)ns,
		0);
}

/* Major faults are of files, too: of swap no more can come than was there. */
static uint64_t back_from_swap(uint64_t faulted_bytes, const struct cgroup_counters *prev)
{
	if (prev->swapped_bytes == UNKNOWN_U64 || faulted_bytes == UNKNOWN_U64)
		return UNKNOWN_U64;
	return faulted_bytes < prev->swapped_bytes ? faulted_bytes : prev->swapped_bytes;
}

static void from_counters(const struct cgroup_reading *reading, struct memory *memory)
{
	static const char *const source[] = {
		[SWAP_SOURCE_UNKNOWN] = NULL,
		[SWAP_BY_COUNTERS] = "counters of its cgroup",
		[SWAP_BY_REFAULTS] = "refaults of its cgroup",
		[SWAP_BY_FAULTS] = "major faults of its process",
	};
	const struct cgroup_counters *cur = &reading->cur, *prev = &reading->prev;
	uint64_t ns = derive_delta(cur->at_ns, prev->at_ns), in;
	double stall_pct;

	memory->host_swap_source = source[cur->swap_source];
	if (prev->at_ns == 0 || ns == UNKNOWN_U64 || ns == 0)
		return;
	if (cur->swap_source == prev->swap_source) {
		in = derive_delta(cur->swap_in_bytes_total, prev->swap_in_bytes_total);
		if (cur->swap_source == SWAP_BY_FAULTS)
			in = back_from_swap(in, prev);
		memory->host_swap_in_bytes_per_s = derive_per_s(in, ns);
		memory->host_swap_out_bytes_per_s =
			cur->swap_out_bytes_total == UNKNOWN_U64
				? net_out(cur, prev, in, ns)
				: derive_rate(cur->swap_out_bytes_total, prev->swap_out_bytes_total,
					  ns);
	}
	stall_pct = derive_rate(cur->stall_us_total, prev->stall_us_total, ns) / 1e4;
	memory->host_stall_pct = stall_pct > 100 ? 100 : stall_pct; /* unknown stays unknown */
	memory->cgroup_limit_hits_per_s =
		derive_rate(cur->limit_hits_total, prev->limit_hits_total, ns);
}

/*
 * What is surely no guest memory: page tables, the program's files, and what exceeds all that was
 * sold. Of guest memory that was never touched the VMM's own may take the place, so it is the
 * least.
 */
static uint64_t overhead(const struct cgroup_reading *reading, const struct memory *memory)
{
	uint64_t least, held;

	if (reading->anon_bytes == UNKNOWN_U64 || reading->file_bytes == UNKNOWN_U64)
		return UNKNOWN_U64;
	/* Memory of a guest may be a file, and so much of it is no program's. */
	if (memory->sold_bytes != UNKNOWN_U64 && reading->file_bytes > memory->sold_bytes / 8)
		return UNKNOWN_U64;
	least = reading->file_bytes + or_zero(reading->table_bytes);
	held = reading->anon_bytes + or_zero(reading->shmem_bytes) +
	       or_zero(reading->hugetlb_bytes) + or_zero(memory->host_swap_bytes);
	if (memory->sold_bytes != UNKNOWN_U64 && held > memory->sold_bytes)
		least += held - memory->sold_bytes;
	return least;
}

static void from_cgroup(
	const struct derive *derive, const struct cgroup_reading *reading, struct memory *memory)
{
	memory->cgroup = derive_text(derive, reading->path);
	memory->cgroup_own = reading->own;
	memory->cgroup_bytes = reading->usage_bytes;
	memory->cgroup_swap_bytes = reading->swap_bytes;
	memory->cgroup_limit_bytes = reading->limit_bytes;
	memory->cgroup_room_bytes = reading->room_bytes;
	memory->cgroup_oom_kills_total = reading->cur.oom_kills_total;
	memory->host_merged_bytes = reading->merged_bytes;
	memory->host_hugetlb_bytes = reading->hugetlb_bytes;
	if (memory->host_swap_bytes != UNKNOWN_U64)
		memory->host_swap_bytes += or_zero(reading->shared_swap_bytes);
	from_counters(reading, memory);
	memory->overhead_bytes = overhead(reading, memory);
}

static void guest_swap_rates(const struct balloon_reading *reading, struct memory *memory)
{
	double s = reading->guest_time_s - reading->before_time_s;

	if (!(reading->before_time_s > 0) || !(s >= RATE_LEAST_S))
		return;
	memory->guest_swap_in_bytes_per_s =
		derive_per_s(derive_delta(reading->guest_swap_in_bytes_total,
				     reading->before_swap_in_bytes_total),
			(uint64_t)(s * 1e9));
	memory->guest_swap_out_bytes_per_s =
		derive_per_s(derive_delta(reading->guest_swap_out_bytes_total,
				     reading->before_swap_out_bytes_total),
			(uint64_t)(s * 1e9));
}

static void from_balloon(
	const struct derive *derive, const struct balloon_reading *reading, struct memory *memory)
{
	double age_s = derive->cur->wall_s - reading->guest_time_s;

	memory->balloon_bytes = reading->actual_bytes;
	if (memory->sold_bytes != UNKNOWN_U64 && reading->actual_bytes != UNKNOWN_U64)
		memory->ballooned_bytes = memory->sold_bytes > reading->actual_bytes
						  ? memory->sold_bytes - reading->actual_bytes
						  : 0;
	memory->guest_total_bytes = reading->guest_total_bytes;
	memory->guest_free_bytes = reading->guest_free_bytes;
	memory->guest_usable_bytes = reading->guest_usable_bytes;
	memory->guest_cache_bytes = reading->guest_cache_bytes;
	memory->guest_swap_in_bytes_total = reading->guest_swap_in_bytes_total;
	memory->guest_swap_out_bytes_total = reading->guest_swap_out_bytes_total;
	if (reading->guest_swap_out_bytes_total == 0)
		memory->guest_swap_bytes = 0;
	guest_swap_rates(reading, memory);
	memory->guest_age_s = fmax(age_s, 0); /* its seconds are whole ones, rounded up at times */
	if (isnan(age_s))
		memory->guest_age_s = NAN;
}

/* Three periods and the time that asking takes; where nobody collects, a few seconds. */
static bool is_stale(const struct memory *memory)
{
	double period_s =
		memory->balloon_period_s == UNKNOWN_U64 ? 0 : (double)memory->balloon_period_s;

	return memory->guest_age_s > fmax(PERIODS * period_s + 4, LATE_S);
}

void derive_memory(const struct derive *derive, const struct joined *joined, struct vm *vm)
{
	const struct cgroup_reading *cgroup = derive_cgroup(derive, joined);
	const struct domain *domain = joined->domain;
	const struct balloon_reading *balloon =
		domain ? derive_balloon(derive->cur, domain->uuid) : NULL;
	struct memory *memory = &vm->memory;

	if (cgroup)
		from_cgroup(derive, cgroup, memory);
	if (domain && domain->has_balloon)
		memory->balloon_period_s = domain->balloon_period_s;
	if (balloon && source_has_values(balloon->status.state))
		from_balloon(derive, balloon, memory);
	memory->guest_stale = is_stale(memory);
}

/* What the source says of a guest that no longer tells anything. */
void derive_balloon_age(
	const struct derive *derive, const struct memory *memory, struct source *source)
{
	const char *age;

	if (!memory->guest_stale || source->state != SOURCE_OK)
		return;
	source->state = SOURCE_STALE;
	age = arena_printf(
		derive->arena, "the guest's figures are %.0f s old", memory->guest_age_s);
	if (memory->balloon_period_s == 0)
		source->reason = arena_printf(derive->arena,
			"%s: its balloon statistics are off; an operator may turn them on with "
			"virsh "
			"dommemstat DOMAIN --period 5 --live",
			age);
	else
		source->reason = arena_printf(derive->arena,
			"%s: its balloon driver has stopped telling; is the guest stuck, or the "
			"module "
			"virtio_balloon gone?",
			age);
}

struct source derive_cgroup_source(const struct derive *derive, const struct joined *joined)
{
	const struct cgroup_reading *reading = derive_cgroup(derive, joined);

	return derive_turn_source(derive, joined, SECTION_CGROUP, reading ? &reading->status : NULL,
		"not read yet: its turn comes");
}
