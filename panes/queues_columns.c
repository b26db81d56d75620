// SPDX-License-Identifier: GPL-2.0-or-later
#include "panes/queues.h"

#include <math.h>
#include <stdio.h>

#include "panes/cells.h"
#include "panes/format.h"
#include "panes/style.h"
#include "probes/schema.h"

static const struct nic *nic_of(const struct row *row)
{
	return row->item;
}

static void format_nic(const struct row *row, struct cell_text *out)
{
	cell_word(nic_of(row)->name, STYLE_NORMAL, out);
}

static void put_pct(const struct row *row, const char *source, double pct, enum severity severity,
	struct cell_text *out)
{
	cell_pct(row, source, pct, severity_style(severity, STYLE_HOST), out);
}

static double value_rx(const struct row *row)
{
	return nic_of(row)->guest_rx_packets_per_s;
}

static void format_rx(const struct row *row, struct cell_text *out)
{
	cell_per_s(row, "nics", value_rx(row), STYLE_HOST, out);
}

static double value_tx(const struct row *row)
{
	return nic_of(row)->guest_tx_packets_per_s;
}

static void format_tx(const struct row *row, struct cell_text *out)
{
	cell_per_s(row, "nics", value_tx(row), STYLE_HOST, out);
}

static double value_drop(const struct row *row)
{
	return queues_lost_per_s(nic_of(row));
}

static void format_drop(const struct row *row, struct cell_text *out)
{
	cell_per_s(row, "nics", value_drop(row),
		severity_style(queues_lost_trouble(nic_of(row)), STYLE_HOST), out);
}

/* None was dropped: blank; some were, and nobody says why: unknown. */
static void format_reason(const struct row *row, struct cell_text *out)
{
	const struct nic *nic = nic_of(row);

	cell_word(nic->reason || queues_lost_per_s(nic) > 0 || isnan(queues_lost_per_s(nic))
			? nic->reason
			: "",
		STYLE_HOST, out);
}

static void format_cause(const struct row *row, struct cell_text *out)
{
	enum nic_cause cause = nic_of(row)->cause;

	cell_word(cause == NIC_CAUSE_UNKNOWN ? "" : words_nic_cause[cause], STYLE_HOST, out);
}

static double value_fill(const struct row *row)
{
	return nic_of(row)->ring_fill_pct;
}

static void format_fill(const struct row *row, struct cell_text *out)
{
	put_pct(row, "rings", value_fill(row), SEVERITY_NONE, out);
}

static double value_high(const struct row *row)
{
	return nic_of(row)->ring_high_pct;
}

static void format_high(const struct row *row, struct cell_text *out)
{
	put_pct(row, "rings", value_high(row), queues_ring_trouble(nic_of(row)), out);
}

static double value_limit(const struct row *row)
{
	return nic_of(row)->queue_limit_pct;
}

static void format_limit(const struct row *row, struct cell_text *out)
{
	put_pct(row, "nics", value_limit(row), queues_limit_trouble(nic_of(row)), out);
}

static double value_share(const struct row *row)
{
	return nic_of(row)->busiest_queue_share_pct;
}

static void format_share(const struct row *row, struct cell_text *out)
{
	put_pct(row, "rings", value_share(row), SEVERITY_NONE, out);
}

static double value_queues(const struct row *row)
{
	return cell_number(nic_of(row)->queues);
}

/* "4/16": how many there are, for so many vCPUs. */
static void format_queues(const struct row *row, struct cell_text *out)
{
	char queues[FORMAT_SIZE], vcpus[FORMAT_SIZE];

	snprintf(out->text, sizeof(out->text), "%s/%s", format_count(queues, nic_of(row)->queues),
		format_count(vcpus, row->vm->vcpus));
	out->style = nic_of(row)->queues == UNKNOWN_U64 ? STYLE_DIM : STYLE_HOST;
}

static double value_run(const struct row *row)
{
	return nic_of(row)->datapath_run_pct;
}

static void format_run(const struct row *row, struct cell_text *out)
{
	put_pct(row, "bpf", value_run(row), SEVERITY_NONE, out);
}

static double value_wait(const struct row *row)
{
	return nic_of(row)->datapath_wait_pct;
}

static void format_wait(const struct row *row, struct cell_text *out)
{
	put_pct(row, "bpf", value_wait(row), queues_wait_trouble(nic_of(row)), out);
}

static double value_irq(const struct row *row)
{
	return row->vm->network.irq_per_s;
}

static void format_irq(const struct row *row, struct cell_text *out)
{
	cell_per_s(row, "kvm", value_irq(row), STYLE_HOST, out);
}

static double value_backlog(const struct row *row)
{
	return cell_number(nic_of(row)->qdisc_backlog_packets);
}

static void format_backlog(const struct row *row, struct cell_text *out)
{
	cell_count(nic_of(row)->qdisc_backlog_packets, STYLE_HOST, out);
}

static void format_kind(const struct row *row, struct cell_text *out)
{
	enum nic_kind kind = nic_of(row)->kind;

	cell_word(kind == NIC_UNKNOWN ? NULL : words_nic_kind[kind], STYLE_HOST, out);
}

static void format_datapath(const struct row *row, struct cell_text *out)
{
	enum nic_datapath datapath = nic_of(row)->datapath;

	cell_word(datapath == DATAPATH_UNKNOWN ? NULL : words_nic_datapath[datapath], STYLE_HOST,
		out);
}

static double value_guest_drop(const struct row *row)
{
	return nic_of(row)->guest_drop_per_s;
}

static void format_guest_drop(const struct row *row, struct cell_text *out)
{
	cell_per_s(row, "agent", value_guest_drop(row),
		nic_of(row)->verdict == VERDICT_PHANTOM ? STYLE_WATCH : STYLE_GUEST, out);
}

static double value_resent(const struct row *row)
{
	return row->vm->network.guest_retransmits_per_s;
}

static void format_resent(const struct row *row, struct cell_text *out)
{
	cell_per_s(row, "agent", value_resent(row),
		queues_resends(&row->vm->network) ? STYLE_WATCH : STYLE_GUEST, out);
}

static double value_link(const struct row *row)
{
	return nic_of(row)->guest_link_pct;
}

static void format_link(const struct row *row, struct cell_text *out)
{
	cell_pct(row, "agent", value_link(row), STYLE_GUEST, out);
}

static double value_softnet(const struct row *row)
{
	return row->vm->network.guest_softnet_drops_per_s;
}

static void format_softnet(const struct row *row, struct cell_text *out)
{
	cell_per_s(row, "agent", value_softnet(row),
		value_softnet(row) >= LOST_LEAST_PER_S ? STYLE_WATCH : STYLE_GUEST, out);
}

static double value_guest_age(const struct row *row)
{
	return nic_of(row)->guest_age_s;
}

static void format_guest_age(const struct row *row, struct cell_text *out)
{
	cell_age(row, "agent", value_guest_age(row), out);
}

static enum severity row_severity(const struct row *row)
{
	return cell_severity(row, nic_of(row)->verdict, queues_trouble(nic_of(row)));
}

/* Where the guest is not known, what is lost at all. */
static double value_gap(const struct row *row)
{
	const struct nic *nic = nic_of(row);

	return cell_gap_order(nic->verdict, row_severity(row),
		isnan(nic->gap_per_s) ? queues_lost_per_s(nic) : nic->gap_per_s);
}

static void format_gap_column(const struct row *row, struct cell_text *out)
{
	cell_gap(row, nic_of(row)->gap_per_s, nic_of(row)->verdict, format_per_s, out);
}

static double value_mark(const struct row *row)
{
	return row_severity(row);
}

static void format_mark(const struct row *row, struct cell_text *out)
{
	cell_mark(row_severity(row), nic_of(row)->verdict, out);
}

static size_t nics_of(const struct vm *vm, struct row *out, size_t max)
{
	size_t n = vm->n_nic < max ? vm->n_nic : max;

	for (size_t i = 0; i < n; i++)
		out[i] = (struct row){ vm, &vm->nic[i] };
	return n;
}

static const char *nic_name(const struct row *row)
{
	return nic_of(row)->name;
}

/* Its state, or what cannot be seen of it, in the place of numbers. */
static bool note(const struct row *row, struct cell_text *out)
{
	if (cell_note_halted(row, out))
		return true;
	if (!queues_is_unseen(nic_of(row)))
		return false;
	snprintf(out->text, sizeof(out->text), "%.90s", nic_of(row)->unseen);
	out->style = STYLE_DIM;
	return true;
}

#define COUNTER_LADDER \
	"the counters of the host's device (/proc/net/dev), named from the guest's side: what a " \
	"tap has sent the guest receives"
#define REASON_LADDER \
	"the kernel's reason for each packet that it drops (kfree_skb), counted by BPF; kernels " \
	"before 5.17 give none"
#define RING_LADDER \
	"the tap's own ring, read by BPF: the most at every 16th packet of each CPU, and at each " \
	"drop"
#define QUEUE_LADDER \
	"of one queue the device's counter; of several each one's share at every 16th packet, by BPF"
#define DATAPATH_LADDER \
	"the accounts of the thread that moves its packets, by BPF: the VMM's main thread or I/O " \
	"thread, or the kernel's vhost worker; of several the one that waits most"
#define GUEST_LADDER                                                                            \
	"the guest's own counters through its agent every 5 s (guest-network-get-interfaces by " \
	"address, /proc/net/snmp, /proc/net/softnet_stat). Only when guests are asked"
#define GAP_LADDER "the two views; a verdict takes 2 of 3 intervals"

/* clang-format off */
static const struct column column[] = {
	CELL_VM_COLUMN,
	{ .key = "nic", .heading = "nic", .unit = "", .group = COLUMN_NAME, .width = 8,
	  .left = true, .ascending = true, .format = format_nic, .source = "nics",
	  .help = "The network device, as the host calls it.",
	  .origin = "the tap that the VMM has open; else libvirt's definition" },
	{ .key = "rx", .heading = "rx/s", .unit = "per second", .group = COLUMN_HOST, .width = 4,
	  .priority = 3, .format = format_rx, .value = value_rx, .source = "nics",
	  .help = "Packets that the guest was given.",
	  .origin = COUNTER_LADDER },
	{ .key = "tx", .heading = "tx/s", .unit = "per second", .group = COLUMN_HOST, .width = 4,
	  .priority = 7, .format = format_tx, .value = value_tx, .source = "nics",
	  .help = "Packets that the guest has sent.",
	  .origin = COUNTER_LADDER },
	{ .key = "drop", .heading = "drop", .unit = "per second", .group = COLUMN_HOST, .width = 4,
	  .format = format_drop, .value = value_drop, .source = "nics",
	  .help = "Packets that the host has dropped on the way to the guest or from it, but for "
		"those that a filter was meant to take away.",
	  .origin = COUNTER_LADDER },
	{ .key = "reason", .heading = "reason", .unit = "", .group = COLUMN_HOST, .width = 9,
	  .priority = 2, .left = true, .format = format_reason, .source = "rings",
	  .blames = true,
	  .help = "Why most of them were dropped: ring full, no queue, no memory, a filter ...",
	  .origin = REASON_LADDER },
	{ .key = "cause", .heading = "cause", .unit = "", .group = COLUMN_HOST, .width = 9,
	  .priority = 6, .left = true, .format = format_cause, .source = "bpf",
	  .blames = true,
	  .help = "Why its ring is full: starved, its datapath waits for a CPU; saturated, it has "
		"one and needs more; guest, it is idle, because the guest gives it no buffers.",
	  .origin = DATAPATH_LADDER },
	{ .key = "high", .heading = "ring", .unit = "%", .group = COLUMN_HOST, .width = 4,
	  .priority = 1, .format = format_high, .value = value_high, .source = "rings",
	  .help = "How full its ring was at most in the interval.",
	  .origin = RING_LADDER },
	{ .key = "fill", .heading = "now", .unit = "%", .group = COLUMN_HOST, .width = 4,
	  .priority = 10, .format = format_fill, .value = value_fill, .source = "rings",
	  .help = "How full its ring is.",
	  .origin = RING_LADDER },
	{ .key = "limit", .heading = "lim", .unit = "%", .group = COLUMN_HOST, .width = 4,
	  .priority = 4, .format = format_limit, .value = value_limit, .source = "nics",
	  .help = "Packets of its busiest queue, in per cent of 800,000 a second, about what one "
		"queue carries, however idle the link looks.",
	  .origin = QUEUE_LADDER },
	{ .key = "share", .heading = "1stq", .unit = "%", .group = COLUMN_HOST, .width = 4,
	  .priority = 11, .format = format_share, .value = value_share, .source = "rings",
	  .help = "What its busiest queue has of all packets for the guest.",
	  .origin = QUEUE_LADDER },
	{ .key = "queues", .heading = "q/cpu", .unit = "", .group = COLUMN_HOST, .width = 5,
	  .priority = 5, .format = format_queues, .value = value_queues, .source = "nics",
	  .help = "Its queues, and the VM's vCPUs.",
	  .origin = "the tap files that the VMM has open" },
	{ .key = "run", .heading = "dp", .unit = "%", .group = COLUMN_HOST, .width = 4,
	  .priority = 8, .format = format_run, .value = value_run, .source = "bpf",
	  .help = "How much of one CPU the thread has that moves its packets.",
	  .origin = DATAPATH_LADDER },
	{ .key = "wait", .heading = "wait", .unit = "%", .group = COLUMN_HOST, .width = 4,
	  .priority = 3, .format = format_wait, .value = value_wait, .source = "bpf",
	  .help = "How long that thread waits for a CPU: a starved datapath.",
	  .origin = DATAPATH_LADDER },
	{ .key = "irq", .heading = "irq/s", .unit = "per second", .group = COLUMN_HOST, .width = 5,
	  .priority = 12, .format = format_irq, .value = value_irq, .source = "kvm",
	  .help = "Interrupts that KVM has given the VM, of all of its devices.",
	  .origin = "the counters of its vCPUs in KVM, by BPF, read every few seconds; interrupts "
		"that the processor posts by itself are not counted" },
	{ .key = "backlog", .heading = "qdisc", .unit = "packets", .group = COLUMN_HOST,
	  .width = 5, .priority = 13, .format = format_backlog, .value = value_backlog,
	  .source = "nics",
	  .help = "Packets that wait in the queueing discipline of the host's device.",
	  .origin = "the kernel's list of queueing disciplines (tc -s qdisc)" },
	{ .key = "kind", .heading = "kind", .unit = "", .group = COLUMN_HOST, .width = 10,
	  .priority = 15, .left = true, .format = format_kind, .source = "nics",
	  .help = "What the host has of it: tap, macvtap, vhost-user, passthrough, user.",
	  .origin = "what the VMM has open; else libvirt's definition" },
	{ .key = "path", .heading = "path", .unit = "", .group = COLUMN_HOST, .width = 7,
	  .priority = 14, .left = true, .format = format_datapath, .source = "nics",
	  .help = "Who moves its packets: vmm, vhost, process, device.",
	  .origin = "what the VMM has open; else libvirt's definition" },
	{ .key = "gdrop", .heading = "drop", .unit = "per second", .group = COLUMN_GUEST,
	  .width = 4, .priority = 1, .format = format_guest_drop, .value = value_guest_drop,
	  .source = "agent",
	  .help = "Packets that the guest knows to be lost or broken.",
	  .origin = GUEST_LADDER },
	{ .key = "resent", .heading = "retr", .unit = "per second", .group = COLUMN_GUEST,
	  .width = 4, .priority = 2, .format = format_resent, .value = value_resent,
	  .source = "agent",
	  .help = "TCP segments that the guest has sent again, of all of its devices.",
	  .origin = GUEST_LADDER },
	{ .key = "link", .heading = "link", .unit = "%", .group = COLUMN_GUEST, .width = 4,
	  .priority = 5, .format = format_link, .value = value_link, .source = "agent",
	  .help = "What the guest uses of the speed that it believes its link has; most virtual "
		"links have none.",
	  .origin = GUEST_LADDER },
	{ .key = "softnet", .heading = "soft", .unit = "per second", .group = COLUMN_GUEST,
	  .width = 4, .priority = 9, .format = format_softnet, .value = value_softnet,
	  .source = "agent",
	  .help = "Packets that the guest's own backlog queue has dropped.",
	  .origin = GUEST_LADDER },
	{ .key = "age", .heading = "age", .unit = "", .group = COLUMN_GUEST, .width = 5,
	  .priority = 15, .format = format_guest_age, .value = value_guest_age,
	  .source = "agent",
	  .help = "Since when the guest's figures are known.",
	  .origin = GUEST_LADDER },
	{ .key = "gap", .heading = "gap", .unit = "per second", .group = COLUMN_GAP, .width = 5,
	  .format = format_gap_column, .value = value_gap, .source = "nics",
	  .help = "Packets that the host has dropped and the guest does not know of. Sorts by "
		"trouble.",
	  .origin = GAP_LADDER },
	{ .key = "by", .heading = "", .unit = "", .group = COLUMN_GAP, .width = 2,
	  .priority = 1, .left = true, .format = format_mark, .value = value_mark,
	  .source = "nics",
	  .help = "How bad it is: ~ watch, ! warn, !! critical.",
	  .origin = GAP_LADDER },
};
/* clang-format on */

enum { SORT_COLUMN = sizeof(column) / sizeof(column[0]) - 2 };

const struct table queues_table = {
	.column = column,
	.n_column = sizeof(column) / sizeof(column[0]),
	.sort_column = SORT_COLUMN,
	.rows = nics_of,
	.item_name = nic_name,
	.nothing = "no VM has a network device that is known",
	.note = note,
};
