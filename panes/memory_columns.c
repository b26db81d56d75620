// SPDX-License-Identifier: GPL-2.0-or-later
#include "panes/memory.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "panes/cells.h"
#include "panes/format.h"
#include "panes/style.h"
#include "probes/schema.h"

static void put_bytes(const struct row *row, const char *source, uint64_t bytes, uint8_t style,
	struct cell_text *out)
{
	format_bytes(out->text, bytes);
	out->style = cell_style(row, source, bytes != UNKNOWN_U64, style);
}

static void put_rate(const struct row *row, const char *source, double bytes_per_s, uint8_t style,
	struct cell_text *out)
{
	format_rate(out->text, bytes_per_s);
	out->style = cell_style(row, source, !isnan(bytes_per_s), style);
}

static double value_rss(const struct row *row)
{
	return cell_number(memory_present(&row->vm->memory));
}

static void format_rss(const struct row *row, struct cell_text *out)
{
	put_bytes(row, "procvm", memory_present(&row->vm->memory), STYLE_HOST, out);
}

static double value_swap(const struct row *row)
{
	return cell_number(row->vm->memory.host_swap_bytes);
}

static void format_swap(const struct row *row, struct cell_text *out)
{
	const struct memory *memory = &row->vm->memory;

	put_bytes(row, "procvm", memory->host_swap_bytes,
		severity_style(memory_swap_severity(memory), STYLE_HOST), out);
}

static double value_in(const struct row *row)
{
	return row->vm->memory.host_swap_in_bytes_per_s;
}

static void format_in(const struct row *row, struct cell_text *out)
{
	put_rate(row, "cgroup", value_in(row),
		severity_style(memory_swapin_severity(value_in(row)), STYLE_HOST), out);
}

static double value_out(const struct row *row)
{
	return row->vm->memory.host_swap_out_bytes_per_s;
}

static void format_out(const struct row *row, struct cell_text *out)
{
	put_rate(row, "cgroup", value_out(row), STYLE_HOST, out);
}

static double value_balloon(const struct row *row)
{
	return cell_number(row->vm->memory.ballooned_bytes);
}

static void format_balloon(const struct row *row, struct cell_text *out)
{
	const struct memory *memory = &row->vm->memory;

	put_bytes(row, "balloon", memory->ballooned_bytes,
		memory_is_ballooned(memory) ? STYLE_WATCH : STYLE_HOST, out);
}

static double value_merged(const struct row *row)
{
	return cell_number(row->vm->memory.host_merged_bytes);
}

static void format_merged(const struct row *row, struct cell_text *out)
{
	put_bytes(row, "cgroup", row->vm->memory.host_merged_bytes, STYLE_HOST, out);
}

static double value_overhead(const struct row *row)
{
	return cell_number(row->vm->memory.overhead_bytes);
}

static void format_overhead(const struct row *row, struct cell_text *out)
{
	put_bytes(row, "cgroup", row->vm->memory.overhead_bytes, STYLE_HOST, out);
}

static double value_room(const struct row *row)
{
	return cell_number(row->vm->memory.cgroup_room_bytes);
}

static void format_room(const struct row *row, struct cell_text *out)
{
	const struct memory *memory = &row->vm->memory;

	if (memory->cgroup && memory->cgroup_limit_bytes == UNKNOWN_U64) {
		cell_word("none", STYLE_DIM, out);
		return;
	}
	put_bytes(row, "cgroup", memory->cgroup_room_bytes,
		memory_share(memory->cgroup_room_bytes, memory->cgroup_limit_bytes) <
				MEMORY_SHORT_PCT
			? STYLE_WATCH
			: STYLE_HOST,
		out);
}

static double value_stall(const struct row *row)
{
	return row->vm->memory.host_stall_pct;
}

static void format_stall(const struct row *row, struct cell_text *out)
{
	double stall = value_stall(row);

	cell_pct(row, "cgroup", stall, severity_style(memory_stall_severity(stall), STYLE_HOST),
		out);
}

static double value_total(const struct row *row)
{
	return cell_number(row->vm->memory.guest_total_bytes);
}

static void format_total(const struct row *row, struct cell_text *out)
{
	put_bytes(row, "balloon", row->vm->memory.guest_total_bytes, STYLE_GUEST, out);
}

static double value_usable(const struct row *row)
{
	return cell_number(row->vm->memory.guest_usable_bytes);
}

static void format_usable(const struct row *row, struct cell_text *out)
{
	const struct memory *memory = &row->vm->memory;

	put_bytes(row, "balloon", memory->guest_usable_bytes,
		memory_guest_is_short(memory) ? STYLE_WARN : STYLE_GUEST, out);
}

static double value_guest_swap(const struct row *row)
{
	return cell_number(row->vm->memory.guest_swap_bytes);
}

static void format_guest_swap(const struct row *row, struct cell_text *out)
{
	put_bytes(row, "balloon", row->vm->memory.guest_swap_bytes, STYLE_GUEST, out);
}

static double value_guest_in(const struct row *row)
{
	return row->vm->memory.guest_swap_in_bytes_per_s;
}

static void format_guest_in(const struct row *row, struct cell_text *out)
{
	put_rate(row, "balloon", value_guest_in(row),
		value_guest_in(row) > 0 ? STYLE_WARN : STYLE_GUEST, out);
}

static double value_guest_out(const struct row *row)
{
	return row->vm->memory.guest_swap_out_bytes_per_s;
}

static void format_guest_out(const struct row *row, struct cell_text *out)
{
	put_rate(row, "balloon", value_guest_out(row), STYLE_GUEST, out);
}

static double value_age(const struct row *row)
{
	return row->vm->memory.guest_age_s;
}

static void format_age_column(const struct row *row, struct cell_text *out)
{
	cell_age(row, "balloon", value_age(row), out);
}

static bool disagrees(const struct vm *vm)
{
	return verdict_disagrees(vm->memory.verdict);
}

static void format_gap_column(const struct row *row, struct cell_text *out)
{
	const struct memory *memory = &row->vm->memory;
	char bytes[FORMAT_SIZE];

	if (memory->verdict == VERDICT_BLIND && !vm_is_halted(row->vm)) {
		cell_word("blind", severity_style(memory_trouble(memory), STYLE_DIM), out);
		return;
	}
	format_rate(bytes, fabs(memory->gap_bytes));
	snprintf(out->text, sizeof(out->text), "%s%s",
		memory->gap_bytes > 0	? "+"
		: memory->gap_bytes < 0 ? "-"
					: "",
		bytes);
	out->style = cell_style(row, "balloon", !isnan(memory->gap_bytes),
		disagrees(row->vm) ? STYLE_GAP : STYLE_NORMAL);
}

static enum severity gap_severity(const struct vm *vm)
{
	const struct memory *memory = &vm->memory;

	if (vm_is_halted(vm))
		return SEVERITY_NONE;
	if (memory->verdict == VERDICT_PHANTOM)
		return memory_is_ballooned(memory) ? SEVERITY_WARN : SEVERITY_WATCH;
	if (memory_guest_is_short(memory) && memory_is_ballooned(memory))
		return SEVERITY_WARN;
	return memory_trouble(memory);
}

/* First those that disagree, the worst first; then what is taken, whoever knows of it. */
static double value_gap(const struct row *row)
{
	enum { STEP = 1000 };
	const struct memory *memory = &row->vm->memory;
	double taken = memory_share(memory->host_swap_bytes, memory->sold_bytes);

	taken = isnan(taken) ? 0 : fmin(taken, STEP - 1);
	if (disagrees(row->vm))
		return (8 + gap_severity(row->vm)) * STEP + taken;
	if (isnan(memory->gap_bytes) && gap_severity(row->vm) == SEVERITY_NONE &&
		memory->verdict != VERDICT_BLIND)
		return NAN;
	return gap_severity(row->vm) * STEP + taken;
}

static double value_by(const struct row *row)
{
	return gap_severity(row->vm);
}

static void format_by(const struct row *row, struct cell_text *out)
{
	cell_mark(gap_severity(row->vm), row->vm->memory.verdict, out);
}

static void format_verdict(const struct row *row, struct cell_text *out)
{
	cell_verdict(row->vm->memory.verdict, out);
}

static double value_until(const struct row *row)
{
	return row->vm->memory.exhausted_min;
}

static void format_until(const struct row *row, struct cell_text *out)
{
	double minutes = value_until(row);

	format_duration(out->text, minutes * 60);
	out->style = cell_style(row, "cgroup", !isnan(minutes), STYLE_WATCH);
}

#define SWAP_RATE_LADDER                                                                        \
	"pswpin and pswpout in memory.stat of its cgroup, where that holds nothing else; else " \
	"workingset_refault_anon there, and what VmSwap grew by; else the major faults of its " \
	"process, which count files, too, and read-ahead not at all"
#define BALLOON_LADDER                                                                            \
	"the statistics that the guest's balloon driver last gave QEMU, by libvirt; no guest is " \
	"asked"

/* clang-format off */
static const struct column column[] = {
	CELL_VM_COLUMN,
	{ .key = "sold", .heading = "sold", .unit = "bytes", .group = COLUMN_HOST, .width = 4,
	  .priority = 4, .promised = true, .format = cell_sold, .value = cell_sold_value,
	  .source = "libvirt",
	  .help = "Memory that the guest was promised.",
	  .origin = "libvirt; else -m on the command line" },
	{ .key = "rss", .heading = "rss", .unit = "bytes", .group = COLUMN_HOST, .width = 4,
	  .priority = 2, .format = format_rss, .value = value_rss, .source = "procvm",
	  .help = "Memory of its process that is present in the host, pools of huge pages "
		"included.",
	  .origin = "VmRSS and HugetlbPages in /proc/PID/status" },
	{ .key = "swap", .heading = "swap", .unit = "bytes", .group = COLUMN_HOST, .width = 4,
	  .priority = 1, .format = format_swap, .value = value_swap, .source = "procvm",
	  .help = "What the host has moved to swap of it. The guest cannot know; each page that it "
		"touches stops its vCPU until it is back.",
	  .origin = "VmSwap in /proc/PID/status; of shared memory, which that leaves out, what its "
		"cgroup has in swap beyond it" },
	{ .key = "in", .heading = "in/s", .unit = "bytes/s", .group = COLUMN_HOST, .width = 4,
	  .priority = 3, .format = format_in, .value = value_in, .source = "cgroup",
	  .help = "What comes back from host swap: the guest waits for each page.",
	  .origin = SWAP_RATE_LADDER },
	{ .key = "out", .heading = "out/s", .unit = "bytes/s", .group = COLUMN_HOST, .width = 5,
	  .priority = 7, .format = format_out, .value = value_out, .source = "cgroup",
	  .help = "What goes to host swap.",
	  .origin = SWAP_RATE_LADDER },
	{ .key = "balloon", .heading = "ball", .unit = "bytes", .group = COLUMN_HOST, .width = 4,
	  .priority = 3, .format = format_balloon, .value = value_balloon, .source = "balloon",
	  .help = "What the balloon has taken of what was sold.",
	  .origin = "what was sold, less what the balloon leaves, which QEMU tells by libvirt" },
	{ .key = "ksm", .heading = "ksm", .unit = "bytes", .group = COLUMN_HOST, .width = 4,
	  .priority = 9, .format = format_merged, .value = value_merged, .source = "cgroup",
	  .help = "Its pages that are merged with equal ones. They come apart when they are "
		"written, and then need memory that was counted twice.",
	  .origin = "/proc/PID/ksm_stat; else /proc/PID/ksm_merging_pages" },
	{ .key = "over", .heading = "over", .unit = "bytes", .group = COLUMN_HOST, .width = 4,
	  .priority = 12, .format = format_overhead, .value = value_overhead, .source = "cgroup",
	  .help = "What the VMM needs beside the guest's memory, at least.",
	  .origin = "page tables and mapped files in /proc/PID/status, and what its process holds "
		"beyond what was sold" },
	{ .key = "room", .heading = "room", .unit = "bytes", .group = COLUMN_HOST, .width = 4,
	  .priority = 8, .format = format_room, .value = value_room, .source = "cgroup",
	  .help = "What the limit of its cgroup leaves, or of a level above, once page cache is "
		"dropped; none: no limit.",
	  .origin = "memory.max, memory.high, memory.current and memory.stat; else "
		"memory.limit_in_bytes and memory.usage_in_bytes of version 1" },
	{ .key = "stall", .heading = "stal", .unit = "%", .group = COLUMN_HOST, .width = 4,
	  .priority = 5, .format = format_stall, .value = value_stall, .source = "cgroup",
	  .help = "Share of time in which some thread of it waited for memory: for reclaim or for a "
		"page from swap.",
	  .origin = "memory.pressure (PSI) of its cgroup, where that holds nothing else" },
	{ .key = "total", .heading = "totl", .unit = "bytes", .group = COLUMN_GUEST, .width = 4,
	  .priority = 6, .format = format_total, .value = value_total, .source = "balloon",
	  .help = "All memory that the guest sees.",
	  .origin = BALLOON_LADDER },
	{ .key = "usable", .heading = "usbl", .unit = "bytes", .group = COLUMN_GUEST, .width = 4,
	  .priority = 1, .format = format_usable, .value = value_usable, .source = "balloon",
	  .help = "What the guest believes it could use without swapping (MemAvailable).",
	  .origin = BALLOON_LADDER },
	{ .key = "guest-swap", .heading = "swap", .unit = "bytes", .group = COLUMN_GUEST, .width = 4,
	  .priority = 5, .format = format_guest_swap, .value = value_guest_swap,
	  .source = "balloon",
	  .help = "What the guest has in its own swap: 0 when it never wrote any; otherwise "
		"balloon drivers tell only what went there and came back.",
	  .origin = BALLOON_LADDER },
	{ .key = "guest-in", .heading = "in/s", .unit = "bytes/s", .group = COLUMN_GUEST, .width = 4,
	  .priority = 10, .format = format_guest_in, .value = value_guest_in, .source = "balloon",
	  .help = "What the guest reads back from its own swap.",
	  .origin = BALLOON_LADDER },
	{ .key = "guest-out", .heading = "out/s", .unit = "bytes/s", .group = COLUMN_GUEST, .width = 5,
	  .priority = 14, .format = format_guest_out, .value = value_guest_out, .source = "balloon",
	  .help = "What the guest writes to its own swap.",
	  .origin = BALLOON_LADDER },
	{ .key = "age", .heading = "age", .unit = "", .group = COLUMN_GUEST, .width = 5,
	  .priority = 7, .format = format_age_column, .value = value_age, .source = "balloon",
	  .help = "Since when the guest has told nothing newer. Statistics that stopped are drawn "
		"stale, and are compared with nothing.",
	  .origin = BALLOON_LADDER },
	{ .key = "gap", .heading = "gap", .unit = "bytes", .group = COLUMN_GAP, .width = 5,
	  .format = format_gap_column, .value = value_gap, .source = "balloon",
	  .help = "Above 0, what the guest counts as its memory and the host has in swap; below 0, "
		"what the balloon holds back while the guest is short and the host has room. "
		"Sorts by trouble: disagreements, then what is taken.",
	  .origin = "VmSwap against the balloon's statistics, once these are of now" },
	{ .key = "by", .heading = "", .unit = "", .group = COLUMN_GAP, .width = 2,
	  .priority = 1, .left = true, .format = format_by, .value = value_by, .source = "balloon",
	  .help = "How bad it is: ~ watch, ! warn, !! critical.",
	  .origin = "the share in swap, what comes back a second, and the time that it waits" },
	{ .key = "verdict", .heading = "verdict", .unit = "", .group = COLUMN_GAP, .width = 7,
	  .priority = 8, .left = true, .ascending = true, .format = format_verdict,
	  .source = "balloon",
	  .help = "agree; hidden: the host has taken memory and the guest reports room; phantom: "
		"the guest is short and the host has room; blind: no balloon statistics; unknown: "
		"a side is missing, or too old.",
	  .origin = "the two views, when they differ in 2 of 3 intervals" },
	{ .key = "until", .heading = "until", .unit = "", .group = COLUMN_GAP, .width = 6,
	  .priority = 11, .format = format_until, .value = value_until, .source = "cgroup",
	  .help = "How long until the limit of its cgroup is reached, or the guest's usable memory "
		"is gone, at its steady rate of late; - when it is not steady.",
	  .origin = "a line of least squares through the last minute, or through as many points "
		"where these come seldom" },
};
/* clang-format on */

const struct table memory_table = {
	.column = column,
	.n_column = sizeof(column) / sizeof(column[0]),
	.sort_column = 17,
	.note = cell_note_halted,
};
