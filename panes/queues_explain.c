// SPDX-License-Identifier: GPL-2.0-or-later
#include "panes/queues.h"

/*
 * {vm}, {pid} and {tid} as in the other panes, {dev} the device; commands are for the host unless they
 * say otherwise.
 */
#define LOOK_COMMANDS                                                                              \
	"ip -s -s link show dev {dev}  (a tap sends what the guest receives: TX dropped)\n"          \
	"perf trace -e skb:kfree_skb --filter 'reason != 2' -a sleep 1  (where, and why)\n"

const struct explanation queues_explanation[] = {
	{
		.rule = "queues-drop",
		.figure = "drop",
		.title = "The host drops packets that the guest cannot see",
		.mechanism =
			"Packets for the guest wait in a ring of its device on the host until a thread "
			"moves them on: the kernel's vhost worker, or QEMU's main loop or I/O thread. "
			"The ring holds a thousand, some milliseconds at full speed; each further one "
			"is dropped. Who empties it tells whose fault that is. Starved: that thread "
			"wants to run, and another has its CPU. Saturated: it has a CPU and needs more; "
			"one queue carries about 800,000 packets a second, of any size. Guest: it is "
			"idle, for the guest gives it no buffers; the vCPU that refills them does not "
			"run, is busy with other things, or the device is down inside. Other reasons "
			"are the kernel's own words: no queue, the VMM has not opened the device or has "
			"gone; no memory; a filter.",
		.trap = "The guest counts nothing: what never reached its ring is not dropped there. "
			"Its TCP sends again and slows down, its link is used to a few per cent, its "
			"vCPUs may have all that they ask for, and steal is 0, for no vCPU waits. The "
			"host counts it as a problem in sending (TX dropped of the tap), which few look "
			"at for a guest that cannot receive.",
		.next = LOOK_COMMANDS
			"starved: ps -L -o tid,comm,psr,pcpu -p {pid}; ps -e -o pid,comm,psr,pcpu | grep "
			"vhost; the pinning and steal panes: who runs on these CPUs?\n"
			"starved: virsh emulatorpin {vm}; CPUs for emulator and vhost threads\n"
			"saturated: virsh dumpxml {vm} | grep -A8 '<interface'  (queues=, which driver); "
			"more queues, vhost, larger packets\n"
			"guest: the steal pane: does the vCPU wait that takes the device's interrupts?\n"
			"guest, inside: ip link show; mpstat -P ALL 1  (%soft); cat /proc/interrupts; "
			"ethtool -g DEVICE\n"
			"guest: rx_queue_size='1024' in the definition, more queues\n"
			"other reasons: bridge -s link; nft list ruleset | grep -i drop",
	},
	{
		.rule = "queues-starved",
		.figure = "wait",
		.title = "Who moves its packets waits for a CPU",
		.mechanism =
			"The thread that moves packets between the host's ring and the guest wants to "
			"run, and another has its CPU: vCPUs of the same VM or of others, or processes "
			"of the host. While it waits, packets pile up in the ring; nothing was lost "
			"yet, and each packet is late by as much.",
		.trap = "The guest sees latency that looks like the network's. Steal is 0, for it is "
			"not a vCPU that waits. More vCPUs make it worse when they share its CPU.",
		.next = "the pinning and steal panes: who runs on that thread's CPUs?\n"
			"ps -L -o tid,comm,psr,pcpu -p {pid}; ps -e -o pid,comm,psr,pcpu | grep vhost\n"
			"cat /proc/{pid}/task/TID/schedstat  (the second number is the time that it "
			"waited)\n"
			"virsh emulatorpin {vm}; virsh vcpupin {vm}",
	},
	{
		.rule = "queues-ring",
		.figure = "high",
		.title = "Its ring was nearly full",
		.mechanism =
			"Between two looks of the thread that moves packets, the ring on the host "
			"came close to its end. Nothing was lost yet; the next longer burst, or the "
			"next time that this thread waits for a CPU, will lose some.",
		.trap = "Averages over a second show a ring that is empty: it fills and empties "
			"within milliseconds.",
		.next = "ip link show dev {dev}  (qlen: the size of the ring)\n"
			"the wait column: does its datapath wait for a CPU?\n" LOOK_COMMANDS
			"ip link set dev {dev} txqueuelen 5000 holds longer bursts, and delays them",
	},
	{
		.rule = "queues-limit",
		.figure = "limit",
		.title = "One queue carries nearly all that one queue can",
		.mechanism =
			"Each queue of a device is moved by one thread on the host and taken in by "
			"one vCPU in the guest. From some 800,000 packets a second on, one of both "
			"is at its end. Several queues help only if packets are spread over them: "
			"one flow stays in one.",
		.trap = "The guest's link looks idle, for a link is measured in bits and a queue in "
			"packets. With several queues, the mean of them looks idle as well.",
		.next = "the VM's page: packets by queue\n"
			"virsh dumpxml {vm} | grep -A8 '<interface'  (queues=)\n"
			"in the guest: ethtool -l DEVICE; ethtool -x DEVICE; cat /proc/interrupts\n"
			"in the guest: ethtool -L DEVICE combined N  (the driver begins with one)",
	},
	{
		.rule = "queues-qdisc",
		.figure = "backlog",
		.title = "The queueing discipline before its device drops packets",
		.mechanism =
			"A rate limit on the host (libvirt's <bandwidth>, a tbf or htb of an "
			"operator, a network plugin) queues what comes too fast and drops what is "
			"more than its queue. Newer kernels also keep packets here while the tap's "
			"ring is full.",
		.trap = "The device's own counters are clean, for what is dropped here never came to "
			"it. The guest sees a network that is slow for no reason.",
		.next = "tc -s qdisc show dev {dev}; tc -s class show dev {dev}\n"
			"virsh domiftune {vm} {dev}  (inbound is what the guest receives)\n"
			"virsh dumpxml {vm} | grep -A4 '<bandwidth'\n" LOOK_COMMANDS,
	},
	{
		.rule = "queues-phantom",
		.figure = "gdrop",
		.title = "The guest loses packets that the host has handed over",
		.mechanism =
			"The host dropped nothing on the way. The guest's driver or stack did: its "
			"ring was full, a packet had no protocol that it speaks, its own firewall "
			"or filter drops before its stack.",
		.trap = "It is reported as loss in the hypervisor. The host cannot mend it but by "
			"giving its vCPUs time.",
		.next = "in the guest: ip -s -s link; ethtool -S DEVICE | grep -i drop\n"
			"in the guest: cat /proc/net/softnet_stat; mpstat -P ALL 1\n"
			"in the guest: perf trace -e skb:kfree_skb -a sleep 1",
	},
	{
		.rule = "queues-softnet",
		.figure = "softnet",
		.title = "The guest's own backlog drops packets",
		.mechanism =
			"A CPU of the guest was given packets faster than its softirq could take "
			"them: with receive packet steering, or from devices without NAPI, they wait "
			"in a queue of net.core.netdev_max_backlog, and what is more is dropped.",
		.trap = "No device counts it, in the guest or on the host.",
		.next = "in the guest: cat /proc/net/softnet_stat  (2nd column, a line a CPU)\n"
			"in the guest: sysctl net.core.netdev_max_backlog net.core.netdev_budget\n"
			"the steal pane: does one of its vCPUs wait?",
	},
	{
		.rule = "queues-resent",
		.figure = "resent",
		.title = "The guest sends much of its TCP again",
		.mechanism =
			"A segment is sent again when no answer came in time: it was lost, or the "
			"answer was, or one of both ends stood still for longer than the timer. "
			"Where this host drops packets of the VM, that is why; where it drops none, "
			"they are lost elsewhere, or its vCPUs stand still.",
		.trap = "Retransmissions are counted by the whole guest, not by device, and those of "
			"the way back look the same.",
		.next = "in the guest: nstat -az | grep -i retrans; ss -ti\n"
			"this pane: is anything dropped here? the steal pane: does it wait?\n"
			"ip -s link; ethtool -S UPLINK | grep -iE 'drop|err|crc'  (the host's own "
			"device)\n" LOOK_COMMANDS,
	},
	{ .rule = NULL },
};
