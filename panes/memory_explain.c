// SPDX-License-Identifier: GPL-2.0-or-later
#include "panes/memory.h"

/*
 * {vm}, {pid} and {tid} stand for the VM, its process and a vCPU thread. Commands are for the host
 * unless they say otherwise.
 */
#define LOOK_AT_SWAP                                                                      \
	"grep -e VmRSS -e VmSwap /proc/{pid}/status; vmstat 1  (si, so)\n"                \
	"cat /proc/{pid}/cgroup; memory.max, memory.high, memory.events, memory.pressure " \
	"there and in each level above\n"

const struct explanation memory_explanation[] = {
	{
		.rule = "memory-hidden",
		.title = "The host has taken memory, and the guest does not know",
		.mechanism =
			"The host was short of memory, or the VM's cgroup reached its limit, and "
			"the kernel moved pages of the VMM's process to swap. To the host they are "
			"pages like any other. The guest counts them as its memory, and often as "
			"free: a page that it has freed is still in the process. When it touches "
			"one, its vCPU stops in the midst of an instruction until the page is "
			"back; no steal clock counts that.",
		.trap = "Inside, free shows plenty and swap 0, so the application is blamed. "
			"Giving the guest more memory makes the host swap more. After the trouble "
			"is over pages stay in swap until they are touched: the guest stumbles for "
			"hours.",
		.next = LOOK_AT_SWAP
			"virsh dommemstat {vm}  (what the guest believes)\n"
			"virsh memtune {vm}  (hard_limit below what was sold, plus the VMM's "
			"own?)\n"
			"ps -eo pid,rss,comm --sort -rss | head  (who has the memory)\n"
			"move a VM away, or raise the limit; then: swapoff and swapon, one device "
			"at a time",
	},
	{
		.rule = "memory-swapped",
		.figure = "swap",
		.title = "A part of the guest's memory is in host swap",
		.mechanism =
			"The host moved pages of the VMM's process to swap. Either the guest is "
			"short of memory as well, so that both sides see trouble, or the guest's "
			"own figures are missing or too old to compare.",
		.trap = "A guest that swaps in a host that swaps pays twice: what it pages out may "
			"have to come from the host's swap first. Old balloon statistics look like "
			"new ones in every tool that does not show their age.",
		.next = LOOK_AT_SWAP
			"virsh dommemstat {vm}  (last_update: seconds since 1970)\n"
			"virsh dumpxml {vm} | grep -A2 memballoon  (stats period)\n"
			"in the guest: cat /proc/meminfo; lsmod | grep virtio_balloon",
	},
	{
		.rule = "memory-blind",
		.figure = "swap",
		.title = "The guest's memory is in host swap, and it has no way to tell its side",
		.mechanism =
			"The host moved pages of the VM to swap. What the guest believes is not "
			"known: it has no balloon device, or nobody collects its statistics. They "
			"are off until a period is set, in the definition (<stats period='5'/> in "
			"<memballoon>) or while it runs. parallax does not turn them on, for that "
			"changes the domain.",
		.trap = "Without its side nobody can say whether the guest needs that memory, and "
			"tools that show 0 for what they do not know say that all is well.",
		.next = "virsh dommemstat {vm} --period 5 --live  (turns them on)\n"
			LOOK_AT_SWAP
			"virsh dumpxml {vm} | grep -A2 memballoon\n"
			"in the guest: free -m; lsmod | grep virtio_balloon",
	},
	{
		.rule = "memory-swapin",
		.figure = "in",
		.title = "The guest's memory comes back from host swap, page by page",
		.mechanism =
			"The guest touches pages that the host has in swap. Each fault stops one "
			"vCPU for the time of a read from the swap device: 0.1 ms from flash, 10 "
			"ms from a disk, and longer while others queue. What comes in pushes "
			"something else out, so a working set that is larger than what is there "
			"never comes to rest.",
		.trap = "Throughput falls tenfold within half a minute, at low CPU use and an idle "
			"disk inside. Only the host sees the reads, and its graphs call them swap, "
			"not this VM.",
		.next = LOOK_AT_SWAP
			"iostat -x 1  (the swap device); cat /proc/swaps\n"
			"cat /proc/{pid}/task/{tid}/wchan  (folio_wait... and the like: blocked on "
			"it)\n"
			"free memory at once: stop or move the VM that matters least",
	},
	{
		.rule = "memory-stall",
		.figure = "stall",
		.title = "The VM waits for memory of the host",
		.mechanism =
			"Threads of its process slept because the kernel had to reclaim memory for "
			"them, throttled them above memory.high, or read pages back: pressure "
			"stall information of its cgroup counts that time. One thread that waits "
			"is enough.",
		.trap = "Nothing need be in swap for it: dropping page cache and thrashing on it "
			"look the same. The guest sees its vCPU stop, and no steal.",
		.next = LOOK_AT_SWAP
			"cat /proc/pressure/memory  (the whole host, or this group alone?)\n"
			"virsh memtune {vm}",
	},
	{
		.rule = "memory-balloon",
		.figure = "balloon",
		.title = "The balloon holds memory that the guest needs",
		.mechanism =
			"Somebody, or an automatic manager, has inflated the balloon: its driver "
			"in the guest took pages and gave them to the host. The guest is short "
			"now. It does not get them back by itself: QEMU deflates a balloon only "
			"when it is told, or with autodeflate when the guest is about to kill "
			"something.",
		.trap = "Inside it looks like a smaller machine, whose application leaks: nothing "
			"tells that the memory was taken. Outside the host has room, so nobody "
			"looks.",
		.next = "virsh dommemstat {vm}  (actual: what the balloon leaves)\n"
			"virsh dominfo {vm}  (max memory against used memory)\n"
			"virsh setmem {vm} SIZE --live  (give it back)\n"
			"virsh dumpxml {vm} | grep -e memballoon -e currentMemory\n"
			"in the guest: dmesg | grep -i balloon; cat /proc/meminfo",
	},
	{
		.rule = "memory-phantom",
		.title = "The guest is short of memory, and the host did not take it",
		.mechanism =
			"The guest has hardly any usable memory, or reads from its own swap. The "
			"host has next to nothing of it in swap and has room: the guest uses all "
			"that it was sold.",
		.trap = "The host is blamed for a guest that is too small, or that leaks. Moving "
			"it to another host changes nothing.",
		.next = "in the guest: free -m; ps -eo pid,rss,comm --sort -rss | head; vmstat 1\n"
			"virsh dominfo {vm}; virsh dommemstat {vm}\n"
			"more memory: virsh setmaxmem and setmem, or hot-plug; else find what leaks",
	},
	{
		.rule = "memory-limit",
		.figure = "room",
		.least = true,
		.title = "The VM is at the limit of its cgroup",
		.mechanism =
			"The limit counts everything that is charged to the VM: guest memory, the "
			"VMM's own, page tables, and page cache of its images, which is dropped "
			"first. What remains hardly fits: each new page means that another goes to "
			"swap, and without swap the kernel kills the VMM. A limit of what was sold "
			"is too low; the VMM itself needs some hundred MiB, and more with many "
			"devices.",
		.trap = "A memtune hard_limit looks like good order, and ends the VM at the moment "
			"at which it first uses all that it was promised.",
		.next = "cat /proc/{pid}/cgroup; memory.max, memory.events and memory.stat there "
			"and in each level above\n"
			"virsh memtune {vm}; kubectl describe pod, for a VM in one\n"
			"journalctl -k | grep -i -e oom -e 'memory cgroup'",
	},
	{
		.rule = "memory-oom",
		.title = "The kernel killed a process in the VM's cgroup",
		.mechanism =
			"Nothing more could be reclaimed, within the limit of the cgroup, of one "
			"above it, or on the whole host, so the kernel killed a process in this "
			"group: the VMM, which would be the end of the VM, or one of its helpers "
			"(virtiofsd, swtpm), which is the end of a device.",
		.trap = "The guest has had no error and no warning: for it the power went off.",
		.next = "journalctl -k | grep -i -A5 'out of memory'\n"
			"cat /proc/{pid}/cgroup; memory.events there\n"
			"virsh domstate {vm} --reason; the domain's log in /var/log/libvirt/qemu",
	},
	{
		.rule = "memory-trend",
		.figure = "until",
		.least = true,
		.title = "Memory runs out soon, if it goes on like this",
		.mechanism =
			"Of late use has grown steadily: over the last minute, or longer where it "
			"is told seldom. The line is drawn only when each third of that time went "
			"its way, and noise or a single step would not draw it. Whether it goes on, nobody knows: a cache that warms up "
			"stops at its size, a leak does not.",
		.trap = "All figures are well within their thresholds until the minute in which "
			"they are not: overcommitment fails without a slope of its own.",
		.next = "virsh dommemstat {vm}; grep -e VmRSS -e VmSwap /proc/{pid}/status\n"
			"in the guest: ps -eo pid,rss,comm --sort -rss | head\n"
			"cat /proc/{pid}/cgroup; memory.max there",
	},
	{
		.rule = "host-swap",
		.title = "The host swaps",
		.mechanism =
			"More memory is in use than the host has. The kernel moves out what was "
			"not touched for long, which is often the memory of guests: it cannot tell "
			"what they need. Reading it back stops whoever touched it.",
		.trap = "Swap in use is an old story and harmless; what counts is the rate at "
			"which it comes back. The guests' own figures show nothing of either.",
		.next = "vmstat 1  (si, so); cat /proc/swaps; cat /proc/pressure/memory\n"
			"grep VmSwap /proc/[0-9]*/status | sort -nk2 | tail  (whose)\n"
			"move VMs away before anything else; cat /proc/sys/vm/swappiness",
	},
	{
		.rule = "host-memory-stall",
		.title = "The host waits for memory",
		.mechanism =
			"Tasks slept until the kernel had reclaimed memory for them, or read it "
			"back from swap. Direct reclaim is done by the task that needs the page: a "
			"vCPU thread, when the guest touches memory for the first time.",
		.trap = "Free memory may well be there, on the wrong NUMA node or in pieces too "
			"small. The time is booked to nobody's CPU use.",
		.next = "cat /proc/pressure/memory; vmstat 1\n"
			"grep -e allocstall -e pgscan -e pgsteal /proc/vmstat\n"
			"numastat -m; cat /proc/zoneinfo | grep -e Node -e min -e free\n"
			"cat /proc/sys/vm/min_free_kbytes /proc/sys/vm/watermark_scale_factor",
	},
	{
		.rule = "host-overcommit",
		.title = "More memory was sold than there is, and little is left",
		.mechanism =
			"The VMs were promised more than the host has. That works as long as they "
			"do not use it at once: what they never touched, what KSM has merged, and "
			"what balloons hold is lent twice. Little is left of the difference now.",
		.trap = "It works until it does not, and then it fails at once: all guests grow in "
			"the same hour, merged pages come apart when they are written, and swap "
			"comes where nobody expects it.",
		.next = "free -m; virsh domstats --balloon\n"
			"grep . /sys/kernel/mm/ksm/pages_*\n"
			"move VMs away, or sell less; in an emergency: virsh setmem of those that "
			"have room",
	},
	{
		.rule = "host-memory-trend",
		.title = "The host runs out of memory soon, if it goes on like this",
		.mechanism =
			"What is available has fallen steadily of late, over a minute or more: each "
			"third of it went the same way, and a single step would not count. Once nothing is "
			"available, reclaim and swap begin, for all VMs at once.",
		.trap = "There is no gradual decline: all is well until that minute. A backup that "
			"fills the page cache does not count, for that stays available.",
		.next = "watch -n 5 free -m; slabtop -o | head -15\n"
			"ps -eo pid,rss,comm --sort -rss | head",
	},
	{
		.rule = "host-oom",
		.title = "The kernel killed a process for memory",
		.mechanism =
			"Nothing more could be reclaimed, on the host or within the limit of some "
			"cgroup, and the kernel killed the process that its score named: mostly "
			"the largest, and a VM is large. This stands here for ten minutes after "
			"the last kill.",
		.trap = "The VM is just gone: its owner sees a crash, libvirt a monitor that hung "
			"up. The next one follows as soon as the memory is full again.",
		.next = "journalctl -k | grep -i -A5 'out of memory'  (who, and on whose limit)\n"
			"grep oom_kill /proc/vmstat; virsh list --all\n"
			"cat /proc/PID/oom_score of those that shall not be next",
	},
	{ .rule = NULL },
};
