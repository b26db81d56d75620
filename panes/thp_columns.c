// SPDX-License-Identifier: GPL-2.0-or-later
#include "panes/thp.h"

#include <math.h>
#include <stdio.h>

#include "panes/cells.h"
#include "panes/format.h"
#include "panes/style.h"
#include "probes/schema.h"

static void put_ms(const struct row *row, double ms, uint8_t style, struct cell_text *out)
{
	thp_format_ms(out->text, ms);
	out->style = cell_style(row, "stalls", !isnan(ms), style);
}

static double value_stall(const struct row *row)
{
	return row->vm->thp.stall_ms_per_s;
}

static void format_stall(const struct row *row, struct cell_text *out)
{
	double rate = value_stall(row);

	put_ms(row, rate, severity_style(thp_rate_severity(rate), STYLE_HOST), out);
}

static double value_compact(const struct row *row)
{
	return row->vm->thp.compact_ms_per_s;
}

static void format_compact(const struct row *row, struct cell_text *out)
{
	put_ms(row, value_compact(row), STYLE_HOST, out);
}

static double value_reclaim(const struct row *row)
{
	return row->vm->thp.reclaim_ms_per_s;
}

static void format_reclaim(const struct row *row, struct cell_text *out)
{
	put_ms(row, value_reclaim(row), STYLE_HOST, out);
}

static double value_limit(const struct row *row)
{
	return row->vm->thp.limit_ms_per_s;
}

static void format_limit(const struct row *row, struct cell_text *out)
{
	put_ms(row, value_limit(row), STYLE_HOST, out);
}

static double value_count(const struct row *row)
{
	return cell_number(row->vm->thp.stalls);
}

static void format_stalls(const struct row *row, struct cell_text *out)
{
	format_count(out->text, row->vm->thp.stalls);
	out->style = cell_style(row, "stalls", row->vm->thp.stalls != UNKNOWN_U64, STYLE_HOST);
}

static double value_now(const struct row *row)
{
	return row->vm->thp.in_progress_ms;
}

static void format_now(const struct row *row, struct cell_text *out)
{
	double ms = value_now(row);

	put_ms(row, ms, severity_style(thp_pause_severity(ms), STYLE_HOST), out);
}

static double value_worst(const struct row *row)
{
	return row->vm->thp.worst_ms;
}

static void format_worst(const struct row *row, struct cell_text *out)
{
	double ms = value_worst(row);

	put_ms(row, ms, severity_style(thp_pause_severity(ms), STYLE_HOST), out);
}

static double value_when(const struct row *row)
{
	return row->vm->thp.worst_age_s;
}

static void format_when(const struct row *row, struct cell_text *out)
{
	double age_s = value_when(row);

	if (isnan(age_s) && row->vm->thp.worst_ms == 0) {
		cell_word("", STYLE_DIM, out);
		return;
	}
	format_duration(out->text, age_s);
	out->style = cell_style(row, "stalls", !isnan(age_s), STYLE_HOST);
}

static double value_huge(const struct row *row)
{
	return row->vm->thp.huge_pct;
}

static void format_huge(const struct row *row, struct cell_text *out)
{
	cell_pct(row, "pages", value_huge(row), STYLE_HOST, out);
}

static double value_guest_stalls(const struct row *row)
{
	return row->vm->thp.guest_compact_stalls_per_s;
}

static void format_guest_stalls(const struct row *row, struct cell_text *out)
{
	cell_per_s(row, "agent", value_guest_stalls(row),
		value_guest_stalls(row) >= GUEST_WATCH_PER_S ? STYLE_WATCH : STYLE_GUEST, out);
}

static double value_guest_fallbacks(const struct row *row)
{
	return row->vm->thp.guest_thp_fallbacks_per_s;
}

static void format_guest_fallbacks(const struct row *row, struct cell_text *out)
{
	cell_per_s(row, "agent", value_guest_fallbacks(row), STYLE_GUEST, out);
}

static double value_guest_huge(const struct row *row)
{
	return cell_number(row->vm->guest.huge_bytes);
}

static void format_guest_huge(const struct row *row, struct cell_text *out)
{
	uint64_t bytes = row->vm->guest.huge_bytes;

	format_bytes(out->text, bytes);
	out->style = cell_style(row, "agent", bytes != UNKNOWN_U64, STYLE_GUEST);
}

static double value_age(const struct row *row)
{
	return row->vm->guest.age_s;
}

static void format_age_column(const struct row *row, struct cell_text *out)
{
	cell_age(row, "agent", value_age(row), out);
}

static enum severity gap_severity(const struct vm *vm)
{
	if (vm_is_halted(vm))
		return SEVERITY_NONE;
	return vm->thp.verdict == VERDICT_PHANTOM ? thp_guest_severity(vm) : thp_trouble(&vm->thp);
}

/* Two counts of different things have no difference: what stands here is the verdict. */
static void format_gap_column(const struct row *row, struct cell_text *out)
{
	enum verdict verdict = row->vm->thp.verdict;

	if (vm_is_halted(row->vm) || verdict == VERDICT_UNKNOWN) {
		cell_word(NULL, STYLE_DIM, out);
		return;
	}
	cell_word(
		words_verdict[verdict], verdict_disagrees(verdict) ? STYLE_GAP : STYLE_NORMAL, out);
	if (verdict == VERDICT_BLIND)
		out->style = severity_style(gap_severity(row->vm), STYLE_DIM);
}

static double value_gap(const struct row *row)
{
	const struct thp *thp = &row->vm->thp;

	if (isnan(thp->stall_ms_per_s) && thp->verdict != VERDICT_PHANTOM)
		return NAN;
	return cell_gap_order(thp->verdict, gap_severity(row->vm), thp->stall_ms_per_s);
}

static double value_by(const struct row *row)
{
	return gap_severity(row->vm);
}

static void format_by(const struct row *row, struct cell_text *out)
{
	cell_mark(gap_severity(row->vm), row->vm->thp.verdict, out);
}

#define STALLS_LADDER                                                                              \
	"the kernel's own begin and end of compaction and reclaim in the thread that stalls, by "  \
	"BPF "                                                                                     \
	"(mm_compaction, mm_vmscan_direct_reclaim, node_reclaim and memcg_reclaim); the counters " \
	"of "                                                                                      \
	"/proc/vmstat, above the table, are of the whole host"
#define WORST_LADDER \
	"the longest stall of each interval, remembered for five minutes; the same by BPF"
#define GUEST_LADDER                                                                            \
	"/proc/vmstat and /proc/meminfo of the guest, read through its agent every 10 s. Only " \
	"when "                                                                                 \
	"guests are asked"
#define GAP_LADDER \
	"the two views, when they hold in 2 of 3 intervals; a long stall holds for a minute"

/* clang-format off */
static const struct column column[] = {
	CELL_VM_COLUMN,
	{ .key = "stall", .heading = "stall", .unit = "per second", .group = COLUMN_HOST,
	  .width = 5,
	  .priority = 1, .format = format_stall, .value = value_stall, .source = "stalls",
	  .help = "Time in each second in which its threads made room in memory before they got "
		"any, summed over them: they compacted or reclaimed. The guest stands still "
		"meanwhile.",
	  .origin = STALLS_LADDER },
	{ .key = "cmpct", .heading = "cmpct", .unit = "per second", .group = COLUMN_HOST,
	  .width = 5,
	  .priority = 4, .format = format_compact, .value = value_compact, .source = "stalls",
	  .help = "The part of that in which they moved pages together, to make huge ones mostly.",
	  .origin = STALLS_LADDER },
	{ .key = "recl", .heading = "recl", .unit = "per second", .group = COLUMN_HOST, .width = 5,
	  .priority = 4, .format = format_reclaim, .value = value_reclaim, .source = "stalls",
	  .help = "The part in which they freed pages: the host had none, or the VM's cgroup had "
		"reached its limit.",
	  .origin = STALLS_LADDER },
	{ .key = "limit", .heading = "limit", .unit = "per second", .group = COLUMN_HOST,
	  .width = 5,
	  .priority = 11, .format = format_limit, .value = value_limit, .source = "stalls",
	  .help = "The part of recl for which a limit of its cgroup is to blame, and not the "
		"host's want of memory.",
	  .origin = STALLS_LADDER },
	{ .key = "count", .heading = "n", .unit = "", .group = COLUMN_HOST, .width = 4,
	  .priority = 6, .format = format_stalls, .value = value_count, .source = "stalls",
	  .help = "Stalls that ended in the interval.",
	  .origin = STALLS_LADDER },
	{ .key = "now", .heading = "now", .unit = "", .group = COLUMN_HOST, .width = 5,
	  .priority = 8, .format = format_now, .value = value_now, .source = "stalls",
	  .help = "How long the longest has lasted that has not ended; 0: none is in progress.",
	  .origin = STALLS_LADDER },
	{ .key = "worst", .heading = "worst", .unit = "", .group = COLUMN_HOST, .width = 5,
	  .priority = 2, .format = format_worst, .value = value_worst, .source = "stalls",
	  .help = "The longest single stall of the last five minutes.",
	  .origin = WORST_LADDER },
	{ .key = "when", .heading = "when", .unit = "ago", .group = COLUMN_HOST, .width = 6,
	  .priority = 3, .ascending = true, .format = format_when, .value = value_when,
	  .source = "stalls",
	  .help = "How long ago that one ended; blank: there was none.",
	  .origin = WORST_LADDER },
	{ .key = "huge", .heading = "huge", .unit = "%", .group = COLUMN_HOST, .width = 4,
	  .priority = 5, .format = format_huge, .value = value_huge, .source = "pages",
	  .help = "The part of its memory in the host that is in huge pages.",
	  .origin = "a random sample of its pages, looked up in the kernel's page map" },
	{ .key = "pid", .heading = "pid", .unit = "", .group = COLUMN_HOST, .width = 7,
	  .priority = 24, .ascending = true, .format = cell_pid, .value = cell_pid_value,
	  .source = "procvm",
	  .help = "Process of the VM.",
	  .origin = "the scan of /proc; else libvirt's pid file" },
	{ .key = "gcmpct", .heading = "cmpct", .unit = "per second", .group = COLUMN_GUEST,
	  .width = 5,
	  .priority = 3, .format = format_guest_stalls, .value = value_guest_stalls,
	  .source = "agent",
	  .help = "Allocations in the guest that had to compact its own memory first "
		"(compact_stall). It cannot count the host's.",
	  .origin = GUEST_LADDER },
	{ .key = "gfall", .heading = "fallb", .unit = "per second", .group = COLUMN_GUEST,
	  .width = 5,
	  .priority = 5, .format = format_guest_fallbacks, .value = value_guest_fallbacks,
	  .source = "agent",
	  .help = "Page faults in the guest that should have got a huge page and did not "
		"(thp_fault_fallback).",
	  .origin = GUEST_LADDER },
	{ .key = "ghuge", .heading = "huge", .unit = "bytes", .group = COLUMN_GUEST, .width = 4,
	  .priority = 10, .format = format_guest_huge, .value = value_guest_huge, .source = "agent",
	  .help = "What the guest maps by huge pages of its own (AnonHugePages): they are huge to "
		"the processor only where the host's are, too.",
	  .origin = GUEST_LADDER },
	{ .key = "age", .heading = "age", .unit = "", .group = COLUMN_GUEST, .width = 5,
	  .priority = 12, .format = format_age_column, .value = value_age, .source = "agent",
	  .help = "Since when the guest's figures are known.",
	  .origin = GUEST_LADDER },
	{ .key = "gap", .heading = "gap", .unit = "", .group = COLUMN_GAP, .width = 7,
	  .left = true, .format = format_gap_column, .value = value_gap, .source = "stalls",
	  .help = "hidden: the host stalled it, and the guest counts nothing of its own; blind: "
		"the same, and the guest was not asked; phantom: the guest stalls by itself; "
		"agree. Sorts by trouble.",
	  .origin = GAP_LADDER },
	{ .key = "by", .heading = "", .unit = "", .group = COLUMN_GAP, .width = 2,
	  .priority = 1, .left = true, .format = format_by, .value = value_by, .source = "stalls",
	  .help = "How bad it is: ~ watch, ! warn, !! critical.",
	  .origin = GAP_LADDER },
};
/* clang-format on */

const struct table thp_table = {
	.column = column,
	.n_column = sizeof(column) / sizeof(column[0]),
	.sort_column = 15,
	.note = cell_note_halted,
};
