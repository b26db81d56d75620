// SPDX-License-Identifier: GPL-2.0-or-later
#include "panes/io.h"

#include <math.h>

#include "panes/style.h"

enum severity io_modes_trouble(const struct disk_op *op)
{
	double slow_ms = op->minute.slow_ns / 1e6;

	if (op->minute.modes != MODES_FOUND_TWO || !(op->minute.ratio >= MODES_RATIO))
		return SEVERITY_NONE;
	return slow_ms >= SLOW_CRITICAL_MS ? SEVERITY_CRITICAL
	       : slow_ms >= SLOW_WARN_MS   ? SEVERITY_WARN
	       : slow_ms >= SLOW_WATCH_MS  ? SEVERITY_WATCH
					   : SEVERITY_NONE;
}

double io_host_mean_ns(const struct disk_op *op)
{
	return isnan(op->vmm_mean_ns) ? op->minute.mean_ns : op->vmm_mean_ns;
}

double io_minute_mean_ns(const struct disk_op *op)
{
	return isnan(op->minute.vmm_mean_ns) ? op->minute.mean_ns : op->minute.vmm_mean_ns;
}

/* Few requests make no mean. */
static bool has_mean(const struct disk_op *op)
{
	uint64_t n = isnan(op->minute.vmm_mean_ns) ? op->minute.samples : op->minute.vmm_samples;

	return n != UNKNOWN_U64 && n >= MEAN_LEAST;
}

enum severity io_mean_trouble(const struct disk_op *op, enum disk_op_kind kind)
{
	double factor = kind == DISK_FLUSH ? FLUSH_FACTOR : 1;
	double ms = io_minute_mean_ns(op) / 1e6 / factor;

	if (!has_mean(op))
		return SEVERITY_NONE;
	return ms >= MEAN_CRITICAL_MS ? SEVERITY_CRITICAL
	       : ms >= MEAN_WARN_MS   ? SEVERITY_WARN
	       : ms >= MEAN_WATCH_MS  ? SEVERITY_WATCH
				      : SEVERITY_NONE;
}

enum severity io_dirty_trouble(const struct disk *disk)
{
	double dirty = disk->dirty_bytes == UNKNOWN_U64 ? 0 : (double)disk->dirty_bytes;

	if (!(dirty >= DIRTY_WATCH_BYTES))
		return SEVERITY_NONE;
	return disk->dirty_drain_s >= DRAIN_CRITICAL_S ? SEVERITY_CRITICAL
	       : disk->dirty_drain_s >= DRAIN_WARN_S || dirty >= DIRTY_WARN_BYTES ? SEVERITY_WARN
										  : SEVERITY_WATCH;
}

static enum severity op_trouble(const struct disk *disk, enum disk_op_kind kind)
{
	const struct disk_op *op = disk_op_of(disk, kind);

	return severity_worse(io_modes_trouble(op), io_mean_trouble(op, kind));
}

enum severity io_trouble(const struct disk *disk)
{
	enum severity worst = io_dirty_trouble(disk);

	for (size_t i = 0; i < DISK_OPS; i++)
		worst = severity_worse(worst, op_trouble(disk, (enum disk_op_kind)i));
	return worst;
}

/* Time in a second that requests of a kind take, summed; 0 unknown. */
static double time_in(const struct disk_op *op)
{
	double mean_ns = io_host_mean_ns(op);
	double count = op->per_s > 0 ? op->per_s
		       : op->minute.samples != UNKNOWN_U64
			       ? (double)op->minute.samples / fmax(op->minute.window_s, 1)
			       : 0;

	return isnan(mean_ns) ? 0 : count * mean_ns;
}

enum disk_op_kind io_main_op(const struct disk *disk)
{
	enum disk_op_kind main = DISK_READ;

	for (size_t i = 1; i < DISK_OPS; i++) {
		enum disk_op_kind kind = (enum disk_op_kind)i;
		enum severity one = op_trouble(disk, kind), best = op_trouble(disk, main);

		if (one > best || (one == best && time_in(disk_op_of(disk, kind)) >
							  time_in(disk_op_of(disk, main))))
			main = kind;
	}
	return main;
}

const struct disk *io_worst_disk(const struct vm *vm)
{
	const struct disk *worst = NULL;

	for (size_t i = 0; i < vm->n_disk; i++) {
		const struct disk *disk = &vm->disk[i];

		if (!worst || io_trouble(disk) > io_trouble(worst) ||
			(io_trouble(disk) == io_trouble(worst) && disk->verdict > worst->verdict))
			worst = disk;
	}
	return worst;
}

bool io_guest_is_known(const struct disk *disk)
{
	return !isnan(disk->guest_await_ms) && !(disk->guest_age_s > GUEST_OLD_IO_S);
}
