// SPDX-License-Identifier: GPL-2.0-or-later
#include "panes/numa.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "panes/cells.h"
#include "panes/format.h"
#include "panes/style.h"
#include "probes/schema.h"

enum { NUMBERS_MOST = 3, DIGITS_MOST = 11 };

/* A recording may hold anything; unknown stays that. */
static double pct_of(const struct node_share *share)
{
	return isnan(share->pct) ? NAN : fmin(fmax(share->pct, 0), 100);
}

/* Three nodes as numbers. */
static void put_numbers(const struct node_share *share, size_t n, struct cell_text *out)
{
	char *at = out->text;

	for (size_t i = 0; i < n; i++) {
		char one[FORMAT_SIZE] = "  -";

		if (!isnan(share[i].pct))
			snprintf(one, sizeof(one), "%3.0f", pct_of(&share[i]));
		at = stpcpy(stpcpy(at, i ? " " : ""), one);
	}
}

/* A digit for a node: tenths. What is little is not nothing, and nearly all is not all. */
static void put_digits(const struct node_share *share, size_t n, struct cell_text *out)
{
	for (size_t i = 0; i < n; i++) {
		double pct = pct_of(&share[i]);

		out->text[i] = isnan(pct)   ? '-'
			       : pct == 0   ? '.'
			       : pct == 100 ? '*'
					    : (char)('0' + (int)(pct / 10));
	}
	out->text[n] = '\0';
}

/* Of many nodes, the two that have the most. */
static void put_top(const struct node_share *share, size_t n, struct cell_text *out)
{
	const struct node_share *first = NULL, *second = NULL;

	for (size_t i = 0; i < n; i++) {
		if (isnan(share[i].pct))
			continue;
		if (!first || share[i].pct > first->pct) {
			second = first;
			first = &share[i];
		} else if (!second || share[i].pct > second->pct) {
			second = &share[i];
		}
	}
	if (second && second->pct > 0)
		snprintf(out->text, sizeof(out->text), "%.3s:%.0f %.3s:%.0f", first->node,
			pct_of(first), second->node, pct_of(second));
	else if (first)
		snprintf(out->text, sizeof(out->text), "%.3s:%.0f", first->node, pct_of(first));
}

static void cell_shares(const struct row *row, const char *source, const struct node_share *share,
	size_t n, struct cell_text *out)
{
	snprintf(out->text, sizeof(out->text), "-");
	out->style = cell_style(row, source, n > 0, STYLE_HOST);
	if (n > 0 && n <= NUMBERS_MOST)
		put_numbers(share, n, out);
	else if (n > 0 && n <= DIGITS_MOST)
		put_digits(share, n, out);
	else if (n > 0)
		put_top(share, n, out);
}

static double largest(const struct node_share *share, size_t n)
{
	double most = NAN;

	for (size_t i = 0; i < n; i++)
		most = fmax(most, share[i].pct);
	return most;
}

static void format_memory(const struct row *row, struct cell_text *out)
{
	const struct numa *numa = &row->vm->numa;

	cell_shares(row, "pages", numa->host_mem_pct, numa->n_host_mem_pct, out);
}

static double value_memory(const struct row *row)
{
	return largest(row->vm->numa.host_mem_pct, row->vm->numa.n_host_mem_pct);
}

static void format_ran(const struct row *row, struct cell_text *out)
{
	const struct numa *numa = &row->vm->numa;

	cell_shares(row, "bpf", numa->host_cpu_pct, numa->n_host_cpu_pct, out);
}

static double value_ran(const struct row *row)
{
	return largest(row->vm->numa.host_cpu_pct, row->vm->numa.n_host_cpu_pct);
}

/* Of the two that make a figure, the one that is missing. */
static const char *both_source(const struct vm *vm)
{
	return vm->numa.n_host_mem_pct && !vm->numa.n_host_cpu_pct ? "bpf" : "pages";
}

static uint8_t trouble_style(const struct vm *vm)
{
	return severity_style(numa_runs(vm) ? numa_severity(vm) : SEVERITY_NONE, STYLE_HOST);
}

static double value_local(const struct row *row)
{
	return row->vm->numa.host_local_pct;
}

static void format_local(const struct row *row, struct cell_text *out)
{
	cell_pct(row, both_source(row->vm), value_local(row), trouble_style(row->vm), out);
}

static double value_error(const struct row *row)
{
	return row->vm->numa.host_local_error_pct;
}

static void format_error(const struct row *row, struct cell_text *out)
{
	cell_pct(row, both_source(row->vm), value_error(row), STYLE_DIM, out);
}

static double value_factor(const struct row *row)
{
	return row->vm->numa.latency_factor;
}

static void format_factor(const struct row *row, struct cell_text *out)
{
	double factor = value_factor(row);

	snprintf(out->text, sizeof(out->text), isnan(factor) ? "-" : "%.2f", fmin(factor, 99));
	out->style = cell_style(row, both_source(row->vm), !isnan(factor), trouble_style(row->vm));
}

static double value_absent(const struct row *row)
{
	return row->vm->numa.absent_pct;
}

static void format_absent(const struct row *row, struct cell_text *out)
{
	cell_pct(row, "pages", value_absent(row), STYLE_HOST, out);
}

static double value_moved(const struct row *row)
{
	return row->vm->numa.migrated_pages_per_s;
}

static void format_moved(const struct row *row, struct cell_text *out)
{
	cell_per_s(row, "bpf", value_moved(row), STYLE_HOST, out);
}

static double value_sampled(const struct row *row)
{
	return cell_number(row->vm->numa.pages_sampled);
}

static void format_sampled(const struct row *row, struct cell_text *out)
{
	cell_count(row->vm->numa.pages_sampled, STYLE_DIM, out);
}

static double value_far(const struct row *row)
{
	return row->vm->numa.far_memory_pct;
}

static void format_far(const struct row *row, struct cell_text *out)
{
	cell_pct(row, "pages", value_far(row), STYLE_HOST, out);
}

static double value_vhost(const struct row *row)
{
	return row->vm->numa.vhost_local_pct;
}

static void format_vhost(const struct row *row, struct cell_text *out)
{
	cell_pct(row, "bpf", value_vhost(row), STYLE_HOST, out);
}

/* The device that is farthest from the VM's memory. */
static double value_device(const struct row *row)
{
	const struct numa *numa = &row->vm->numa;
	double least = NAN;

	for (size_t i = 0; i < numa->n_numa_device; i++)
		least = fmin(least, numa->numa_device[i].local_pct);
	return least;
}

static void format_device(const struct row *row, struct cell_text *out)
{
	cell_pct(row, "pages", value_device(row), STYLE_HOST, out);
}

static void format_span(const struct row *row, struct cell_text *out)
{
	enum numa_span span = row->vm->numa.span;
	const char *word = words_numa_span[span];

	cell_word(
		word && *word ? word : NULL, span > NUMA_SPAN_FITS ? STYLE_WATCH : STYLE_HOST, out);
}

static double value_nodes(const struct row *row)
{
	return cell_number(row->vm->numa.guest_nodes);
}

static void format_nodes(const struct row *row, struct cell_text *out)
{
	cell_count(row->vm->numa.guest_nodes, STYLE_GUEST, out);
}

static double value_sees(const struct row *row)
{
	return row->vm->numa.guest_local_pct;
}

static void format_sees(const struct row *row, struct cell_text *out)
{
	double sees = value_sees(row);

	format_pct(out->text, sees);
	out->style = isnan(sees) ? STYLE_DIM : STYLE_GUEST;
}

static void format_gap_column(const struct row *row, struct cell_text *out)
{
	const struct numa *numa = &row->vm->numa;

	if (vm_is_halted(row->vm)) {
		cell_word(NULL, STYLE_DIM, out);
		return;
	}
	format_gap(out->text, numa->gap_pct);
	out->style = cell_style(row, both_source(row->vm), !isnan(numa->gap_pct),
		verdict_disagrees(numa->verdict) ? STYLE_GAP : STYLE_NORMAL);
}

/* Those that disagree, then those that lose without a guest to ask, then the rest; by the loss. */
static double value_gap(const struct row *row)
{
	enum { STEP = 1000 };
	const struct numa *numa = &row->vm->numa;
	double lost = 100 - numa->host_local_pct;

	if (verdict_disagrees(numa->verdict))
		return (2 + (double)numa_severity(row->vm)) * STEP + lost;
	if (numa_runs(row->vm) && numa_severity(row->vm) != SEVERITY_NONE)
		return STEP + lost;
	return lost;
}

static enum severity mark_severity(const struct vm *vm)
{
	return numa_runs(vm) ? numa_severity(vm) : SEVERITY_NONE;
}

static void format_mark(const struct row *row, struct cell_text *out)
{
	cell_mark(mark_severity(row->vm), row->vm->numa.verdict, out);
}

static double value_mark(const struct row *row)
{
	return mark_severity(row->vm);
}

static void format_verdict(const struct row *row, struct cell_text *out)
{
	cell_verdict(row->vm->numa.verdict, out);
}

static double value_gap_error(const struct row *row)
{
	return row->vm->numa.gap_error_pct;
}

static void format_gap_error(const struct row *row, struct cell_text *out)
{
	cell_pct(row, both_source(row->vm), value_gap_error(row), STYLE_DIM, out);
}

#define PAGES_LADDER \
	"the nodes of random pages of its memory, by move_pages, those of the last turns together"
#define NODES_HELP                                                                              \
	" Up to three nodes in per cent; of more, a character each: . none, 6 is 60 to 69%, * " \
	"all, - not known; "                                                                    \
	"of more than eleven, the two that have the most, by number."
#define TIME_LADDER	"the run time of its vCPUs' threads by node, by BPF at every switch"
#define BOTH_LADDER	PAGES_LADDER ", and " TIME_LADDER
#define TOPOLOGY_LADDER "the cells in libvirt's definition; else -numa node on the command line"

/* clang-format off */
static const struct column column[] = {
	CELL_VM_COLUMN,
	{ .key = "memory", .heading = "memory on", .unit = "% by node", .group = COLUMN_HOST,
	  .width = 11, .priority = 2, .format = format_memory, .value = value_memory,
	  .source = "pages",
	  .help = "Where its memory lies: each node's share of what is present." NODES_HELP,
	  .origin = PAGES_LADDER },
	{ .key = "ran", .heading = "ran on", .unit = "% by node", .group = COLUMN_HOST,
	  .width = 11, .priority = 2, .format = format_ran, .value = value_ran, .source = "bpf",
	  .help = "Where its vCPUs ran: each node's share of their run time." NODES_HELP,
	  .origin = TIME_LADDER },
	{ .key = "local", .heading = "local", .unit = "%", .group = COLUMN_HOST, .width = 5,
	  .ascending = true, .format = format_local, .value = value_local, .source = "pages",
	  .source_of = both_source,
	  .help = "What of its memory is local to a vCPU: over all nodes, share of run time times "
		"share of memory. True if each vCPU uses all memory alike, which nobody sees from "
		"here.",
	  .origin = BOTH_LADDER },
	{ .key = "error", .heading = "±", .unit = "points", .group = COLUMN_HOST, .width = 4,
	  .priority = 5, .format = format_error, .value = value_error, .source = "pages",
	  .source_of = both_source,
	  .help = "The standard error of that: two random samples in three are closer to the "
		"truth.",
	  .origin = "the number of pages in the sample; the time is exact" },
	{ .key = "factor", .heading = "x lat", .unit = "times", .group = COLUMN_HOST, .width = 5,
	  .priority = 3, .format = format_factor, .value = value_factor, .source = "pages",
	  .source_of = both_source,
	  .help = "How much longer its mean access to memory takes than a local one, by the "
		"distances between nodes that the firmware states: 2.10 is all at distance 21.",
	  .origin = BOTH_LADDER "; distances in /sys/devices/system/node" },
	{ .key = "moved", .heading = "moved", .unit = "pages/s", .group = COLUMN_HOST, .width = 5,
	  .priority = 6, .format = format_moved, .value = value_moved, .source = "bpf",
	  .help = "Pages that NUMA balancing moved to the node of one of its vCPUs, a second.",
	  .origin = "numa_pages_migrated of each vCPU's thread, by BPF" },
	{ .key = "absent", .heading = "absnt", .unit = "%", .group = COLUMN_HOST, .width = 5,
	  .priority = 7, .format = format_absent, .value = value_absent, .source = "pages",
	  .help = "What of its memory is on no node: never touched, given back, or in swap.",
	  .origin = PAGES_LADDER },
	{ .key = "far", .heading = "far", .unit = "%", .group = COLUMN_HOST, .width = 4,
	  .priority = 13, .format = format_far, .value = value_far, .source = "pages",
	  .help = "What of its memory is on nodes that have no CPU.",
	  .origin = PAGES_LADDER },
	{ .key = "vhost", .heading = "vhost", .unit = "%", .group = COLUMN_HOST, .width = 5,
	  .priority = 11, .format = format_vhost, .value = value_vhost, .source = "bpf",
	  .help = "What of its memory is local to where its vhost workers ran.",
	  .origin = "the run time of the kernel's vhost threads for it by node, by BPF" },
	{ .key = "device", .heading = "dev", .unit = "%", .group = COLUMN_HOST, .width = 4,
	  .priority = 12, .ascending = true, .format = format_device, .value = value_device,
	  .source = "pages",
	  .help = "What of its memory is on the node of a device that was passed to it; of "
		"several, the one that is farthest.",
	  .origin = "its open VFIO groups, and numa_node of the devices in /sys" },
	{ .key = "span", .heading = "span", .unit = "", .group = COLUMN_HOST, .width = 6,
	  .priority = 10, .left = true, .ascending = true, .format = format_span,
	  .source = "topology",
	  .help = "Is it larger than the host's largest node: fits, or what does not: memory, "
		"vcpus, both.",
	  .origin = "what was sold, and the nodes in /sys/devices/system/node" },
	{ .key = "pages", .heading = "pages", .unit = "", .group = COLUMN_HOST, .width = 5,
	  .priority = 14, .format = format_sampled, .value = value_sampled, .source = "pages",
	  .help = "Pages in the sample.",
	  .origin = PAGES_LADDER },
	{ .key = "state", .heading = "state", .unit = "", .group = COLUMN_HOST, .width = 9,
	  .priority = 20, .left = true, .ascending = true, .promised = true, .format = cell_state,
	  .source = "libvirt",
	  .help = "State of the VM.",
	  .origin = "a stopped process in /proc; else libvirt's domain state" },
	{ .key = "sold", .heading = "sold", .unit = "bytes", .group = COLUMN_HOST, .width = 4,
	  .priority = 17, .promised = true, .format = cell_sold, .value = cell_sold_value,
	  .source = "libvirt",
	  .help = "Memory that the guest was promised.",
	  .origin = "libvirt; else -m on the command line" },
	{ .key = "rss", .heading = "rss", .unit = "bytes", .group = COLUMN_HOST, .width = 4,
	  .priority = 18, .format = cell_rss, .value = cell_rss_value, .source = "procvm",
	  .help = "Memory of the process that is present in the host.",
	  .origin = "VmRSS in /proc/PID/status" },
	{ .key = "nodes", .heading = "nodes", .unit = "", .group = COLUMN_GUEST, .width = 5,
	  .priority = 4, .format = format_nodes, .value = value_nodes, .source = "libvirt",
	  .help = "Nodes that the guest was given.",
	  .origin = TOPOLOGY_LADDER },
	{ .key = "sees", .heading = "local", .unit = "%", .group = COLUMN_GUEST, .width = 5,
	  .priority = 3, .format = format_sees, .value = value_sees, .source = "libvirt",
	  .help = "The locality that the guest must assume: 100 when it was given one node; "
		"unknown when it has several, for then it depends on what it does with them.",
	  .origin = TOPOLOGY_LADDER },
	{ .key = "gap", .heading = "gap", .unit = "points", .group = COLUMN_GAP, .width = 5,
	  .format = format_gap_column, .value = value_gap, .source = "pages",
	  .source_of = both_source,
	  .help = "What the guest must assume less what the host measures: memory that is farther "
		"away than it can know. Sorts by trouble.",
	  .origin = BOTH_LADDER },
	{ .key = "by", .heading = "by", .unit = "", .group = COLUMN_GAP, .width = 2,
	  .priority = 1, .left = true, .format = format_mark, .value = value_mark,
	  .source = "pages",
	  .source_of = both_source,
	  .help = "How bad it is: ~ watch, ! warn, !! critical, from a latency of 1.11, 1.33, 1.55 "
		"times that of local memory on, for VMs that run. Of a guest with nodes of its own "
		"what it may make local counts as local.",
	  .origin = BOTH_LADDER },
	{ .key = "verdict", .heading = "verdict", .unit = "", .group = COLUMN_GAP, .width = 7,
	  .priority = 9, .left = true, .ascending = true, .format = format_verdict,
	  .source = "pages",
	  .source_of = both_source,
	  .help = "agree; hidden: memory is far away, and the guest cannot know; unknown: a side "
		"is missing.",
	  .origin = "the two views, when they differ by more than the error in 2 of 3 intervals" },
	{ .key = "gap-error", .heading = "err", .unit = "points", .group = COLUMN_GAP, .width = 4,
	  .priority = 15, .format = format_gap_error, .value = value_gap_error, .source = "pages",
	  .source_of = both_source,
	  .help = "How far the gap may be off: two standard errors of the sample.",
	  .origin = "the number of pages in the sample" },
};
/* clang-format on */

const struct table numa_table = {
	.column = column,
	.n_column = sizeof(column) / sizeof(column[0]),
	.sort_column = 18,
	.note = cell_note_halted,
};
