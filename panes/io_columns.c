// SPDX-License-Identifier: GPL-2.0-or-later
#include "panes/io.h"

#include <math.h>
#include <stdio.h>

#include "panes/cells.h"
#include "panes/format.h"
#include "panes/style.h"
#include "probes/schema.h"

static const struct disk *disk_of(const struct row *row)
{
	return row->item;
}

static const struct disk_op *op_of(const struct row *row)
{
	return disk_op_of(disk_of(row), io_main_op(disk_of(row)));
}

static void format_disk(const struct row *row, struct cell_text *out)
{
	cell_word(disk_of(row)->name, STYLE_NORMAL, out);
}

static void format_op(const struct row *row, struct cell_text *out)
{
	cell_word(
		isnan(io_host_mean_ns(op_of(row))) ? NULL : io_op_letter(io_main_op(disk_of(row))),
		STYLE_DIM, out);
}

static double value_rate(const struct row *row)
{
	const struct disk *disk = disk_of(row);
	double sum = NAN;

	for (size_t i = 0; i < DISK_OPS; i++) {
		double per_s = disk_op_of(disk, (enum disk_op_kind)i)->per_s;

		if (!isnan(per_s))
			sum = isnan(sum) ? per_s : sum + per_s;
	}
	return sum;
}

static void format_rate_column(const struct row *row, struct cell_text *out)
{
	cell_per_s(row, isnan(disk_of(row)->vmm_interval_s) ? "latency" : "monitor",
		value_rate(row), STYLE_HOST, out);
}

static double value_mean(const struct row *row)
{
	return io_host_mean_ns(op_of(row));
}

/* QEMU's own, or that of the waits: as fresh as whoever told it. */
static const char *mean_source(const struct row *row)
{
	return isnan(op_of(row)->vmm_mean_ns) ? "latency" : "monitor";
}

static void format_mean(const struct row *row, struct cell_text *out)
{
	enum severity severity = io_mean_trouble(op_of(row), io_main_op(disk_of(row)));

	cell_ns(row, mean_source(row), value_mean(row), severity_style(severity, STYLE_HOST), out);
}

static double value_p50(const struct row *row)
{
	return op_of(row)->minute.p50_ns;
}

static void format_p50(const struct row *row, struct cell_text *out)
{
	cell_ns(row, "latency", value_p50(row), STYLE_HOST, out);
}

static double value_p99(const struct row *row)
{
	return op_of(row)->minute.p99_ns;
}

static void format_p99(const struct row *row, struct cell_text *out)
{
	cell_ns(row, "latency", value_p99(row), STYLE_HOST, out);
}

static double value_max(const struct row *row)
{
	return op_of(row)->minute.max_ns;
}

static void format_max(const struct row *row, struct cell_text *out)
{
	cell_ns(row, "latency", value_max(row), STYLE_HOST, out);
}

/* One kind: blank; too few requests to tell, or nothing known: unknown. */
static bool has_modes(const struct row *row, struct cell_text *out)
{
	enum modes_found modes = op_of(row)->minute.modes;

	if (modes == MODES_FOUND_TWO)
		return true;
	cell_word(modes == MODES_FOUND_ONE ? "" : NULL, STYLE_DIM, out);
	return false;
}

static double value_fast(const struct row *row)
{
	return op_of(row)->minute.fast_ns;
}

static void format_fast(const struct row *row, struct cell_text *out)
{
	if (has_modes(row, out))
		cell_ns(row, "latency", value_fast(row), STYLE_HOST, out);
}

static double value_slow(const struct row *row)
{
	return op_of(row)->minute.slow_ns;
}

static void format_slow(const struct row *row, struct cell_text *out)
{
	if (has_modes(row, out))
		cell_ns(row, "latency", value_slow(row),
			severity_style(io_modes_trouble(op_of(row)), STYLE_HOST), out);
}

static double value_share(const struct row *row)
{
	return op_of(row)->minute.slow_share_pct;
}

static void format_share(const struct row *row, struct cell_text *out)
{
	if (has_modes(row, out))
		cell_pct(row, "latency", value_share(row), STYLE_HOST, out);
}

static double value_queue(const struct row *row)
{
	return cell_number(disk_of(row)->in_flight_most);
}

static void format_queue(const struct row *row, struct cell_text *out)
{
	cell_count(disk_of(row)->in_flight_most, STYLE_HOST, out);
}

static double value_device_queue(const struct row *row)
{
	return cell_number(disk_of(row)->device_in_flight);
}

static void format_device_queue(const struct row *row, struct cell_text *out)
{
	cell_count(disk_of(row)->device_in_flight, STYLE_HOST, out);
}

static double value_device_util(const struct row *row)
{
	return disk_of(row)->device_util_pct;
}

static void format_device_util(const struct row *row, struct cell_text *out)
{
	cell_pct(row, "latency", value_device_util(row), STYLE_HOST, out);
}

static double value_layer(const struct row *row)
{
	return op_of(row)->minute.slowest;
}

static void format_layer(const struct row *row, struct cell_text *out)
{
	enum disk_layer layer = op_of(row)->minute.slowest;

	cell_word(layer == DISK_LAYER_UNKNOWN ? NULL : words_disk_layer[layer], STYLE_HOST, out);
}

static double value_dirty(const struct row *row)
{
	return cell_number(disk_of(row)->dirty_bytes);
}

static void format_dirty(const struct row *row, struct cell_text *out)
{
	cell_bytes(disk_of(row)->dirty_bytes, out);
	if (out->style == STYLE_HOST)
		out->style = severity_style(io_dirty_trouble(disk_of(row)), STYLE_HOST);
}

static void format_cache(const struct row *row, struct cell_text *out)
{
	cell_word(disk_of(row)->cache, STYLE_HOST, out);
}

static void format_format(const struct row *row, struct cell_text *out)
{
	cell_word(disk_of(row)->format, STYLE_HOST, out);
}

static void format_device(const struct row *row, struct cell_text *out)
{
	cell_word(disk_of(row)->device, STYLE_HOST, out);
}

static void put_await(const struct row *row, double ms, struct cell_text *out)
{
	cell_ns(row, "agent", ms * 1e6,
		disk_of(row)->verdict == VERDICT_PHANTOM ? STYLE_WATCH : STYLE_GUEST, out);
}

static double value_read_await(const struct row *row)
{
	return disk_of(row)->read.guest_await_ms;
}

static void format_read_await(const struct row *row, struct cell_text *out)
{
	put_await(row, value_read_await(row), out);
}

static double value_write_await(const struct row *row)
{
	return disk_of(row)->write.guest_await_ms;
}

static void format_write_await(const struct row *row, struct cell_text *out)
{
	put_await(row, value_write_await(row), out);
}

static double value_util(const struct row *row)
{
	return disk_of(row)->guest_util_pct;
}

static void format_util(const struct row *row, struct cell_text *out)
{
	cell_pct(row, "agent", value_util(row), STYLE_GUEST, out);
}

static double value_guest_queue(const struct row *row)
{
	return disk_of(row)->guest_in_flight;
}

static void format_guest_queue(const struct row *row, struct cell_text *out)
{
	cell_per_s(row, "agent", value_guest_queue(row), STYLE_GUEST, out);
}

static double value_guest_age(const struct row *row)
{
	return disk_of(row)->guest_age_s;
}

static void format_guest_age(const struct row *row, struct cell_text *out)
{
	cell_age(row, "agent", value_guest_age(row), out);
}

static enum severity row_severity(const struct row *row)
{
	return cell_severity(row, disk_of(row)->verdict, io_trouble(disk_of(row)));
}

static double value_gap(const struct row *row)
{
	return cell_gap_order(disk_of(row)->verdict, row_severity(row), disk_of(row)->gap_ms);
}

static char *format_ms(char *buf, double ms)
{
	return format_ns(buf, ms * 1e6);
}

static void format_gap_column(const struct row *row, struct cell_text *out)
{
	cell_gap(row, disk_of(row)->gap_ms, disk_of(row)->verdict, format_ms, out);
}

static double value_mark(const struct row *row)
{
	return row_severity(row);
}

static void format_mark(const struct row *row, struct cell_text *out)
{
	cell_mark(row_severity(row), disk_of(row)->verdict, out);
}

static size_t disks_of(const struct vm *vm, struct row *out, size_t max)
{
	size_t n = vm->n_disk < max ? vm->n_disk : max;

	for (size_t i = 0; i < n; i++)
		out[i] = (struct row){ vm, &vm->disk[i] };
	return n;
}

static const char *disk_name(const struct row *row)
{
	return disk_of(row)->name;
}

#define WAIT_LADDER                                                                            \
	"what the VMM waits for, timed by BPF in its own calls: native AIO, io_uring, or the " \
	"reads "                                                                               \
	"and writes of its threads; of the last minute. Storage inside of the VMM's process "  \
	"(rbd, "                                                                               \
	"nbd, vhost-user) makes no such calls: only QEMU's mean is known"
#define MODES_LADDER                                                                          \
	"the valley between two peaks of the waits of the last minute, in bins of a quarter " \
	"octave; "                                                                            \
	"it takes 200 requests, and both kinds in both halves of the minute"
#define QEMU_LADDER                                                                        \
	"QEMU's own counters through libvirt (virsh domstats --block), over two seconds; " \
	"without them, the waits timed by BPF"
#define DEVICE_LADDER "/proc/diskstats of the physical device below the image; all that use it"
#define DIRTY_LADDER                                                                               \
	"cachestat of the image files that the VMM has open; before Linux 6.5, file_dirty of the " \
	"VM's memory cgroup"
#define GUEST_LADDER                                                                              \
	"diskstats of the guest, through its agent every 5 s, by the disk's name and size. Only " \
	"when guests are asked"

/* clang-format off */
static const struct column column[] = {
	CELL_VM_COLUMN,
	{ .key = "disk", .heading = "disk", .unit = "", .group = COLUMN_NAME, .width = 5,
	  .left = true, .ascending = true, .format = format_disk, .source = "libvirt",
	  .help = "The disk, as its definition calls it.",
	  .origin = "libvirt's definition; else the VMM's command line" },
	{ .key = "op", .heading = "", .unit = "", .group = COLUMN_HOST, .width = 1,
	  .priority = 1, .left = true, .format = format_op, .source = "latency",
	  .help = "What the figures of this row are of: r reads, w writes, f flushes; the kind "
		"that is worst, else the one that most time goes to.",
	  .origin = WAIT_LADDER },
	{ .key = "rate", .heading = "io/s", .unit = "per second", .group = COLUMN_HOST,
	  .width = 4, .priority = 4, .format = format_rate_column, .value = value_rate,
	  .source = "monitor",
	  .help = "Reads, writes and flushes together.",
	  .origin = QEMU_LADDER },
	{ .key = "mean", .heading = "mean", .unit = "", .group = COLUMN_HOST, .width = 5,
	  .priority = 7, .format = format_mean, .value = value_mean, .source = "monitor",
	  .help = "The mean by QEMU's own account, its throttle and image format included.",
	  .origin = QEMU_LADDER },
	{ .key = "p50", .heading = "p50", .unit = "", .group = COLUMN_HOST, .width = 5,
	  .priority = 2, .format = format_p50, .value = value_p50, .source = "latency",
	  .help = "Half of the waits are shorter.",
	  .origin = WAIT_LADDER },
	{ .key = "p99", .heading = "p99", .unit = "", .group = COLUMN_HOST, .width = 5,
	  .priority = 1, .format = format_p99, .value = value_p99, .source = "latency",
	  .help = "99 in 100 waits are shorter.",
	  .origin = WAIT_LADDER },
	{ .key = "max", .heading = "max", .unit = "", .group = COLUMN_HOST, .width = 5,
	  .priority = 9, .format = format_max, .value = value_max, .source = "latency",
	  .help = "The longest wait.",
	  .origin = WAIT_LADDER },
	{ .key = "fast", .heading = "fast", .unit = "", .group = COLUMN_HOST, .width = 5,
	  .priority = 5, .format = format_fast, .value = value_fast, .source = "latency",
	  .help = "Where there are two kinds of wait, the middle of the fast ones; blank: there is "
		"one kind; -: too few to tell.",
	  .origin = MODES_LADDER },
	{ .key = "slow", .heading = "slow", .unit = "", .group = COLUMN_HOST, .width = 5,
	  .priority = 1, .format = format_slow, .value = value_slow, .source = "latency",
	  .help = "The middle of the slow ones.",
	  .origin = MODES_LADDER },
	{ .key = "share", .heading = "%", .unit = "%", .group = COLUMN_HOST, .width = 4,
	  .priority = 1, .format = format_share, .value = value_share, .source = "latency",
	  .help = "How many of all are slow ones.",
	  .origin = MODES_LADDER },
	{ .key = "queue", .heading = "q", .unit = "", .group = COLUMN_HOST, .width = 3,
	  .priority = 6, .format = format_queue, .value = value_queue, .source = "latency",
	  .help = "The most calls that the VMM had in flight at a time in the interval.",
	  .origin = WAIT_LADDER },
	{ .key = "layer", .heading = "where", .unit = "", .group = COLUMN_HOST, .width = 6,
	  .priority = 8, .left = true, .format = format_layer, .value = value_layer,
	  .source = "latency",
	  .blames = true,
	  .help = "Where most of the mean is spent: vmm, QEMU's format, throttle and main loop; "
		"host, throttles of cgroups, file system and page cache; queue, the queue of the "
		"host's device; device.",
	  .origin = "the means of QEMU, of its waits, of the block layer's requests and of the "
		"device, each less the one below" },
	{ .key = "dirty", .heading = "dirty", .unit = "bytes", .group = COLUMN_HOST, .width = 5,
	  .priority = 3, .format = format_dirty, .value = value_dirty, .source = "images",
	  .help = "What the guest was told to be written, and the host has in memory only.",
	  .origin = DIRTY_LADDER },
	{ .key = "devq", .heading = "devq", .unit = "", .group = COLUMN_HOST, .width = 4,
	  .priority = 10, .format = format_device_queue, .value = value_device_queue,
	  .source = "latency",
	  .help = "Requests of anybody in the physical device and its queue.",
	  .origin = DEVICE_LADDER },
	{ .key = "devutil", .heading = "dutil", .unit = "%", .group = COLUMN_HOST, .width = 5,
	  .priority = 11, .format = format_device_util, .value = value_device_util,
	  .source = "latency",
	  .help = "Time in which the physical device had any request.",
	  .origin = DEVICE_LADDER },
	{ .key = "device", .heading = "device", .unit = "", .group = COLUMN_HOST, .width = 8,
	  .priority = 12, .left = true, .format = format_device, .source = "images",
	  .blames = true,
	  .help = "The physical device below its image.",
	  .origin = "the file system of the image, and /sys from its device down" },
	{ .key = "cache", .heading = "cache", .unit = "", .group = COLUMN_HOST, .width = 9,
	  .priority = 14, .left = true, .format = format_cache, .source = "libvirt",
	  .help = "Its cache mode.",
	  .origin = "libvirt's definition; else the VMM's command line" },
	{ .key = "format", .heading = "format", .unit = "", .group = COLUMN_HOST, .width = 6,
	  .priority = 16, .left = true, .format = format_format, .source = "libvirt",
	  .help = "The format of its image.",
	  .origin = "libvirt's definition; else the VMM's command line" },
	{ .key = "gread", .heading = "r_awt", .unit = "", .group = COLUMN_GUEST, .width = 5,
	  .priority = 2, .format = format_read_await, .value = value_read_await,
	  .source = "agent",
	  .help = "The mean length of reads as the guest measures it (iostat's r_await).",
	  .origin = GUEST_LADDER },
	{ .key = "gwrite", .heading = "w_awt", .unit = "", .group = COLUMN_GUEST, .width = 5,
	  .priority = 2, .format = format_write_await, .value = value_write_await,
	  .source = "agent",
	  .help = "The mean length of writes as the guest measures it (iostat's w_await).",
	  .origin = GUEST_LADDER },
	{ .key = "gutil", .heading = "util", .unit = "%", .group = COLUMN_GUEST, .width = 4,
	  .priority = 5, .format = format_util, .value = value_util, .source = "agent",
	  .help = "Time in which the guest had any request in flight. One that takes many at a "
		"time is not full at 100.",
	  .origin = GUEST_LADDER },
	{ .key = "gqueue", .heading = "q", .unit = "", .group = COLUMN_GUEST, .width = 4,
	  .priority = 9, .format = format_guest_queue, .value = value_guest_queue,
	  .source = "agent",
	  .help = "Requests that the guest had in flight, on the average.",
	  .origin = GUEST_LADDER },
	{ .key = "age", .heading = "age", .unit = "", .group = COLUMN_GUEST, .width = 5,
	  .priority = 15, .format = format_guest_age, .value = value_guest_age,
	  .source = "agent",
	  .help = "Since when the guest's figures are known.",
	  .origin = GUEST_LADDER },
	{ .key = "gap", .heading = "gap", .unit = "", .group = COLUMN_GAP, .width = 6,
	  .format = format_gap_column, .value = value_gap, .source = "latency",
	  .help = "The slow kind of reads or writes, where there is one that matters, less what "
		"the guest's mean says; else the host's mean less that. Sorts by trouble.",
	  .origin = "the two views; a verdict takes 2 of 3 intervals" },
	{ .key = "by", .heading = "", .unit = "", .group = COLUMN_GAP, .width = 2,
	  .priority = 1, .left = true, .format = format_mark, .value = value_mark,
	  .source = "latency",
	  .help = "How bad it is: ~ watch, ! warn, !! critical.",
	  .origin = "the two views; a verdict takes 2 of 3 intervals" },
};
/* clang-format on */

enum { SORT_COLUMN = sizeof(column) / sizeof(column[0]) - 2 };

const struct table io_table = {
	.column = column,
	.n_column = sizeof(column) / sizeof(column[0]),
	.sort_column = SORT_COLUMN,
	.rows = disks_of,
	.item_name = disk_name,
	.nothing = "no VM has a disk that is known",
	.note = cell_note_halted,
};
