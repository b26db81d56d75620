// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/schema_rows.h"

static const struct field nic_queue_fields[] = {
	U64(nic_queue, id, "Its number."),
	F64(nic_queue, rx_packets_per_s,
		"Packets that the host put into it for the guest, per second: of several queues "
		"each one's share by a sample, of what the device counts."),
	F64(nic_queue, rx_dropped_per_s, "Those that did not get in, per second."),
	U64(nic_queue, ring_size, "Packets that its ring on the host holds."),
	F64(nic_queue, ring_fill_pct, "How full that is, in per cent."),
	F64(nic_queue, ring_high_pct, "The fullest that it was seen in the interval."),
};
static SCHEMA(nic_queue, nic_queue_fields, "A queue of a network device, towards the guest.");

static const struct field nic_drop_fields[] = {
	STR(nic_drop, reason, NONE,
		"The kernel's reason, in words: ring full, no queue, filter, tap filter, no memory; "
		"else as the kernel calls it."),
	F64(nic_drop, per_s, "Packets that were dropped for it, per second."),
};
static SCHEMA(nic_drop, nic_drop_fields, "Why packets were dropped.");

static const struct field nic_fields[] = {
	STR(nic, name, NIC,
		"The host's device, vnet5 or an address on the bus; else how the definition calls it."),
	STR(nic, mac, MAC, "Its address."),
	STR(nic, model, NONE, "What the guest sees: virtio, e1000 ..."),
	STR(nic, bridge, BRIDGE, "The bridge, network or device that it is connected to."),
	ENUM(nic, kind, nic_kind,
		"What the host has of it: tap, macvtap, vhost-user, passthrough or user (inside of the "
		"VMM)."),
	ENUM(nic, datapath, nic_datapath,
		"Who moves packets between the host's ring and the guest: vmm, a thread of the VMM; "
		"vhost, a worker of the kernel; process, another process; device, the hardware."),
	STR(nic, unseen, TEXT, "What cannot be seen of such a device, and why."),
	U64(nic, queues, "The queues that the VMM has opened."),
	F64(nic, guest_rx_packets_per_s, "Packets for the guest that its queues took, per second."),
	F64(nic, guest_rx_bytes_per_s, "The same in bytes."),
	F64(nic, guest_tx_packets_per_s, "Packets from the guest, per second."),
	F64(nic, guest_tx_bytes_per_s, "The same in bytes."),
	F64(nic, guest_rx_dropped_by_host_per_s,
		"Packets for the guest that the host dropped before it, per second, by the device's "
		"own counter (tx_dropped of a tap)."),
	F64(nic, guest_tx_dropped_by_host_per_s, "Packets from the guest that the host dropped."),
	F64(nic, guest_rx_errors_by_host_per_s, "Packets for the guest that were broken."),
	F64(nic, guest_tx_errors_by_host_per_s, "Packets from the guest that were broken."),
	STR(nic, reason, NONE,
		"Why most of those for the guest were dropped; null when none were."),
	SHORT_ARRAY(nic, nic_drop, "drops", NIC_REASONS_MOST,
		"Drops by the kernel's reason, in both directions, the most first."),
	U64(nic, ring_size, "Packets that the ring of one queue holds."),
	F64(nic, ring_fill_pct, "How full the fullest ring is, in per cent."),
	F64(nic, ring_high_pct,
		"The fullest that one was seen in the interval: at every 16th packet of each CPU, and "
		"at each drop."),
	STR(nic, qdisc, NONE, "The queueing discipline of the host's device."),
	F64(nic, qdisc_dropped_per_s, "Packets for the guest that this dropped, per second."),
	U64(nic, qdisc_backlog_packets, "Packets that wait in it."),
	U64(nic, qdisc_backlog_bytes, "Bytes that wait in it."),
	U64(nic, busiest_queue, "The queue that was given most packets."),
	F64(nic, busiest_queue_packets_per_s, "Those, per second."),
	F64(nic, queue_limit_pct,
		"The same in per cent of 800,000, about what one queue carries."),
	F64(nic, busiest_queue_share_pct,
		"The same in per cent of all that the guest was given: 100 with one queue."),
	U64(nic, datapath_tid,
		"Of the threads that move its packets, the one that waits most for a CPU."),
	F64(nic, datapath_run_pct, "How much of one CPU that has, in per cent."),
	F64(nic, datapath_wait_pct, "How long it waits for one, in per cent of the time."),
	ENUM(nic, cause, nic_cause,
		"Why its ring is full: starved, its datapath waits for a CPU; saturated, its datapath "
		"has one and needs more; guest, its datapath is idle, because the guest gives it no "
		"buffers.  Null while it is not full."),
	STR(nic, cause_reason, TEXT, "Why the cause of a full ring is not known."),
	SHORT_ARRAY(nic, nic_queue, "queue", NIC_QUEUES_MOST, "Its queues, by number."),
	STR(nic, guest_name, NIC, "How the guest calls it."),
	STR(nic, guest_source, NONE, "How the guest's figures were had."),
	STR(nic, guest_reason, TEXT, "Why there are none, or why they are old."),
	F64(nic, guest_age_s, "How old they are, in seconds."),
	F64(nic, guest_interval_s, "What their rates cover, in seconds."),
	F64(nic, guest_drop_per_s,
		"Packets that the guest knows to be lost or broken, in both directions, per second."),
	F64(nic, guest_rx_seen_per_s, "Packets that the guest counts as received, per second."),
	F64(nic, guest_tx_seen_per_s, "Packets that the guest counts as sent, per second."),
	F64(nic, guest_link_bits_per_s, "The speed of its link, as the guest believes."),
	F64(nic, guest_link_pct,
		"What of that it uses, in per cent, in the direction that uses more."),
	F64(nic, gap_per_s,
		"Packets that the host dropped and the guest does not know of, per second."),
	ENUM(nic, verdict, verdict,
		"hidden when the host drops what the guest cannot see; phantom when the guest loses "
		"packets that the host has handed over."),
	STR(nic, verdict_reason, TEXT, "Why the verdict is unknown."),
};
SCHEMA(nic, nic_fields,
	"A network device of a VM.  Directions are the guest's: rx is what it receives.");

static const struct field network_fields[] = {
	F64(network, irq_per_s,
		"Interrupts that KVM gave its vCPUs, of all of its devices, per second; those that the "
		"processor posts by itself are not among them."),
	F64(network, irq_interval_s, "What that covers, in seconds."),
	STR(network, guest_source, NONE, "How the guest's figures were had."),
	STR(network, guest_reason, TEXT, "Why there are none, or why they are old."),
	F64(network, guest_age_s, "How old they are, in seconds."),
	F64(network, guest_interval_s, "What their rates cover, in seconds."),
	F64(network, guest_sent_per_s, "TCP segments that the guest sent, per second."),
	F64(network, guest_retransmits_per_s, "Those of them that it sent again."),
	F64(network, guest_softnet_drops_per_s,
		"Packets that the guest's own backlog queue dropped, per second."),
	F64(network, guest_softnet_squeezed_per_s,
		"How often it had more packets to take in than time for them, per second."),
};
SCHEMA(network, network_fields, "What concerns all network devices of a VM.");
