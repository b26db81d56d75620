// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/schema_rows.h"

static const struct field pages_fields[] = {
	U64(pages, ram_bytes,
		"What its process has mapped as the guest's memory, in bytes: the sample is of "
		"that."),
	U64(pages, sampled, "Pages in the sample."),
	F64(pages, window_s, "The time from the first of them to the last, in seconds."),
	F64(pages, present_pct, "Pages that are in memory, in per cent of the guest's memory."),
	F64(pages, absent_pct,
		"Pages that are not: never touched, given back, or in swap.  Memory that another "
		"process alone has touched, as with vhost-user, is among them."),
	F64(pages, zero_pct,
		"Pages that were read, and never written to: they share one page of zeroes."),
	F64(pages, swapped_pct,
		"Pages in the host's swap, which are among those absent; those of shared memory "
		"are "
		"not known to be there."),
	F64(pages, huge_pct,
		"Pages that are part of a larger one, in per cent of those in memory: huge pages, "
		"transparent or reserved."),
	F64(pages, ksm_pct,
		"Pages that were merged with equal ones (KSM), in per cent of those in memory."),
	F64(pages, error_pct,
		"The standard error of the share that is present, in points: two samples in three "
		"are "
		"closer to the truth than that."),
	F64(pages, flags_error_pct,
		"The largest of those of the shares zero, swapped, huge and merged, for which one "
		"page "
		"of four is looked at."),
	STR(pages, flags_reason, TEXT, "Why huge and merged ones are not known."),
};
SCHEMA(pages, pages_fields,
	"What the pages of its memory are, by a random sample of the last turns; older ones are "
	"left "
	"out when they differ.");
