// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/derive.h"

#include <math.h>

const struct pages_vm *derive_pages_of(const struct derive *derive, const struct joined *joined)
{
	const struct pages_sample *section = &derive->cur->pages;

	return derive_of_process(joined, section->vm, section->n_vm, sizeof(*section->vm),
		offsetof(struct pages_vm, start_ticks));
}

/* Never 0: a sample in which all are alike may still have missed one. */
double derive_share_error(double pct, double n)
{
	double p = fmin(fmax(pct / 100, 1 / (n + 2)), 1 - 1 / (n + 2));

	return n > 0 && !isnan(pct) ? 100 * sqrt(p * (1 - p) / n) : NAN;
}

static double share(const struct pages_count *count, enum pages_kind part, enum pages_kind whole)
{
	return derive_pct(count->kind[part], count->kind[whole]);
}

/* Of the sample all are asked where they are, and some of them what they are. */
static void shares_of(const struct pages_count *count, struct pages *out)
{
	out->present_pct = share(count, PAGES_PRESENT, PAGES_ASKED);
	out->zero_pct = share(count, PAGES_ZERO, PAGES_LOOKED);
	out->absent_pct = share(count, PAGES_ABSENT, PAGES_ASKED);
	if (!isnan(out->zero_pct))
		out->absent_pct = fmax(out->absent_pct - out->zero_pct, 0);
	out->swapped_pct = share(count, PAGES_SWAPPED, PAGES_LOOKED);
	out->huge_pct = share(count, PAGES_HUGE, PAGES_FLAGGED);
	out->ksm_pct = share(count, PAGES_KSM, PAGES_FLAGGED);
}

/* NAN is passed over. */
static double flags_error(const struct pages_count *count, const struct pages *pages)
{
	double looked = count->kind[PAGES_LOOKED], flagged = count->kind[PAGES_FLAGGED];

	return fmax(fmax(derive_share_error(pages->zero_pct, looked),
			    derive_share_error(pages->swapped_pct, looked)),
		fmax(derive_share_error(pages->huge_pct, flagged),
			derive_share_error(pages->ksm_pct, flagged)));
}

void derive_pages(const struct derive *derive, const struct joined *joined, struct pages *out)
{
	const struct pages_vm *vm = derive_pages_of(derive, joined);

	if (!vm)
		return;
	out->ram_bytes = vm->ram_bytes;
	out->flags_reason = derive_text(derive, vm->status.reason);
	if (!source_has_values(vm->status.state) || !vm->count.kind[PAGES_ASKED])
		return;
	out->sampled = vm->count.kind[PAGES_ASKED];
	out->window_s = (double)vm->window_ns / 1e9;
	shares_of(&vm->count, out);
	out->error_pct = derive_share_error(out->present_pct, (double)out->sampled);
	out->flags_error_pct = flags_error(&vm->count, out);
}

struct source derive_pages_source(const struct derive *derive, const struct joined *joined)
{
	const struct pages_vm *vm = derive_pages_of(derive, joined);

	return derive_turn_source(derive, joined, SECTION_PAGES, vm ? &vm->status : NULL,
		"its pages have not had their turn yet");
}
