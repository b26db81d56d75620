// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/balloon.h"

/*
 * The guest dates its words by whole seconds, so that a rate takes some of them: from the mark
 * before the last, and marks are MARK_S apart.
 */
static const double MARK_S = 10;

const struct balloon_reading balloon_unknown = {
	.actual_bytes = UNKNOWN_U64,
	.guest_total_bytes = UNKNOWN_U64,
	.guest_free_bytes = UNKNOWN_U64,
	.guest_usable_bytes = UNKNOWN_U64,
	.guest_cache_bytes = UNKNOWN_U64,
	.guest_swap_in_bytes_total = UNKNOWN_U64,
	.guest_swap_out_bytes_total = UNKNOWN_U64,
	.guest_time_s = NAN,
	.before_time_s = NAN,
	.before_swap_in_bytes_total = UNKNOWN_U64,
	.before_swap_out_bytes_total = UNKNOWN_U64,
};

static uint64_t field(const virDomainStatsRecord *record, const char *name, uint64_t unit)
{
	unsigned long long value;

	if (virTypedParamsGetULLong(record->params, record->nparams, name, &value) != 1 ||
		value > INT64_MAX / unit)
		return UNKNOWN_U64;
	return value * unit;
}

bool balloon_read(const virDomainStatsRecord *record, struct balloon_reading *out)
{
	uint64_t updated_s = field(record, "balloon.last-update", 1);

	*out = balloon_unknown;
	out->actual_bytes = field(record, "balloon.current", 1024);
	/* Until the guest's driver has spoken once, QEMU has nothing of the guest. */
	if (updated_s == UNKNOWN_U64 || updated_s == 0)
		return out->actual_bytes != UNKNOWN_U64;
	out->guest_time_s = (double)updated_s;
	out->guest_total_bytes = field(record, "balloon.available", 1024);
	out->guest_free_bytes = field(record, "balloon.unused", 1024);
	out->guest_usable_bytes = field(record, "balloon.usable", 1024);
	out->guest_cache_bytes = field(record, "balloon.disk_caches", 1024);
	out->guest_swap_in_bytes_total = field(record, "balloon.swap_in", 1024);
	out->guest_swap_out_bytes_total = field(record, "balloon.swap_out", 1024);
	return out->actual_bytes != UNKNOWN_U64;
}

void balloon_mark(struct balloon_marks *marks, struct balloon_reading *reading)
{
	const struct balloon_mark now = { reading->guest_time_s, reading->guest_swap_in_bytes_total,
		reading->guest_swap_out_bytes_total };
	const struct balloon_mark *from;

	if (isnan(now.time_s))
		return;
	if (marks->last.time_s <= 0 || now.time_s < marks->last.time_s) {
		marks->last = now;
		marks->before.time_s = 0;
	} else if (now.time_s - marks->last.time_s >= MARK_S) {
		marks->before = marks->last;
		marks->last = now;
	}
	from = marks->before.time_s > 0 ? &marks->before : &marks->last;
	reading->before_time_s = from->time_s;
	reading->before_swap_in_bytes_total = from->swap_in_bytes;
	reading->before_swap_out_bytes_total = from->swap_out_bytes;
}
