// SPDX-License-Identifier: GPL-2.0-or-later
#include "panes/io.h"

#include "panes/format.h"
#include "probes/arena.h"

const char *io_layer_words(enum disk_layer layer)
{
	switch (layer) {
	case DISK_LAYER_VMM:
		return "the VMM or its throttle";
	case DISK_LAYER_HOST:
		return "cgroup throttle or file system";
	case DISK_LAYER_QUEUE:
		return "the host's queue";
	case DISK_LAYER_DEVICE:
		return "the device";
	case DISK_LAYER_UNKNOWN:
		break;
	}
	return "an unknown layer";
}

/* "97", "3", "0.6": what a share needs to be understood. */
static const char *share_words(double pct, struct arena *arena)
{
	return arena_printf(arena, pct >= 10 ? "%.0f" : "%.2g", pct);
}

const char *io_modes_words(const struct disk_op *op, struct arena *arena)
{
	char fast[FORMAT_SIZE], slow[FORMAT_SIZE];

	return arena_printf(arena, "%s%% at %s, %s%% at %s",
		share_words(100 - op->minute.slow_share_pct, arena),
		format_ns(fast, op->minute.fast_ns), share_words(op->minute.slow_share_pct, arena),
		format_ns(slow, op->minute.slow_ns));
}

const char *io_op_letter(enum disk_op_kind kind)
{
	static const char *const letter[DISK_OPS] = { "r", "w", "f" };

	return letter[kind];
}
