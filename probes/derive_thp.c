// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/derive.h"

#include <stdlib.h>

#include "probes/histogram.h"

static const struct stall_reading *reading_of(
	const struct sample *sample, const struct joined *joined)
{
	const struct stalls_sample *section = &sample->stalls;

	return derive_of_process(joined, section->reading, section->n_reading,
		sizeof(*section->reading), offsetof(struct stall_reading, start_ticks));
}

static double ms_per_s(uint64_t cur, uint64_t prev, uint64_t ns)
{
	return derive_rate(cur, prev, ns) / 1e6;
}

static void rates(const struct stall_reading *cur, const struct stall_reading *prev, uint64_t ns,
	struct thp *thp)
{
	double part[STALLS_KINDS];

	for (size_t i = 0; i < STALLS_KINDS; i++)
		part[i] = ms_per_s(cur->ns_total[i], prev->ns_total[i], ns);
	thp->compact_ms_per_s = part[STALLS_COMPACT];
	thp->limit_ms_per_s = part[STALLS_LIMIT];
	thp->reclaim_ms_per_s = derive_sum(part[STALLS_RECLAIM], part[STALLS_LIMIT]);
	thp->stall_ms_per_s = derive_sum(thp->compact_ms_per_s, thp->reclaim_ms_per_s);
	thp->stalls = derive_delta(cur->count_total, prev->count_total);
}

static enum stall_kind kind_of(enum stalls_kind kind)
{
	switch (kind) {
	case STALLS_COMPACT:
		return STALL_COMPACTION;
	case STALLS_RECLAIM:
		return STALL_RECLAIM;
	case STALLS_LIMIT:
		return STALL_LIMIT;
	case STALLS_KINDS:
		break;
	}
	return STALL_UNKNOWN;
}

static double wall_s(const struct derive *derive, uint64_t at_ns)
{
	const struct sample *cur = derive->cur;

	return cur->wall_s + ((double)at_ns - (double)cur->at_ns) / 1e9;
}

static void longest(const struct derive *derive, const struct stall_reading *cur, struct thp *thp)
{
	thp->in_progress_ms = (double)cur->open_ns / 1e6;
	thp->longest_stall_ms = 0;
	if (cur->open_ns > cur->longest_ns) {
		thp->longest_stall_ms = (double)cur->open_ns / 1e6;
		thp->longest_at_s = wall_s(derive, derive->cur->status[SECTION_STALLS].at_ns);
		thp->longest_tid = (uint64_t)cur->open_tid;
		thp->longest_kind = kind_of(cur->open_kind);
	} else if (cur->longest_ns) {
		thp->longest_stall_ms = (double)cur->longest_ns / 1e6;
		thp->longest_at_s = wall_s(derive, cur->longest_end_ns);
		thp->longest_tid = (uint64_t)cur->longest_tid;
		thp->longest_kind = kind_of(cur->longest_kind);
	}
}

static void list_bins(const struct derive *derive, const struct stall_reading *cur, struct thp *thp)
{
	if (!cur->bin)
		return;
	thp->stall_bin = arena_array(derive->arena, STALLS_BINS, sizeof(*thp->stall_bin));
	for (unsigned i = 0; i < STALLS_BINS; i++)
		if (cur->bin[i])
			thp->stall_bin[thp->n_stall_bin++] =
				(struct stall_bin){ histogram_low_ns(i), cur->bin[i] };
}

static void from_guest(const struct guest *guest, struct thp *thp)
{
	thp->guest_source = guest->source;
	thp->guest_interval_s = guest->interval_s;
	thp->guest_compact_stalls_per_s = guest->compact_stalls_per_s;
	thp->guest_thp_fallbacks_per_s = guest->thp_fallbacks_per_s;
}

void derive_thp(const struct derive *derive, const struct joined *joined, struct vm *vm)
{
	const struct stall_reading *cur = reading_of(derive->cur, joined);
	const struct stall_reading *prev = derive->prev ? reading_of(derive->prev, joined) : NULL;

	vm->thp.huge_pct = vm->pages.huge_pct;
	vm->thp.huge_error_pct = vm->pages.flags_error_pct;
	from_guest(&vm->guest, &vm->thp);
	if (!cur || !prev || derive_section_ns(derive, SECTION_STALLS) == 0)
		return;
	rates(cur, prev, derive_section_ns(derive, SECTION_STALLS), &vm->thp);
	longest(derive, cur, &vm->thp);
	list_bins(derive, cur, &vm->thp);
}

void derive_thp_host(const struct derive *derive, struct host *host)
{
	const struct sample *cur = derive->cur, *prev = derive->prev;
	uint64_t ns = derive_section_ns(derive, SECTION_STALLS);

	host->thp_enabled = derive_text(derive, cur->host.thp_enabled);
	host->thp_defrag = derive_text(derive, cur->host.thp_defrag);
	if (ns == 0)
		return;
	host->stall_others_ms_per_s =
		ms_per_s(cur->stalls.processes_ns_total, prev->stalls.processes_ns_total, ns);
	host->stall_kernel_ms_per_s =
		ms_per_s(cur->stalls.kernel_ns_total, prev->stalls.kernel_ns_total, ns);
}

struct source derive_thp_source(const struct derive *derive, const struct joined *joined)
{
	const struct status *all = &derive->cur->status[SECTION_STALLS];

	return derive_turn_source(derive, joined, SECTION_STALLS,
		reading_of(derive->cur, joined) ? all : NULL,
		all->reason ? derive_text(derive, all->reason)
			    : "its stalls are counted from the next reading on");
}
