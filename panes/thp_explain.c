// SPDX-License-Identifier: GPL-2.0-or-later
#include "panes/thp.h"

/* {vm}, {pid} and {tid} as in the other panes; commands are for the host unless they say otherwise.
 */
const struct explanation thp_explanation[] = {
	{
		.rule = "thp-stall",
		.figure = "worst",
		.title = "The host stalls the guest while it moves pages together",
		.mechanism =
			"The guest touched memory that it has but the host had not given it yet, "
			"and the host wanted to give it 2 MiB at once. There was no such piece: "
			"free memory had become fragmented, mostly by page cache. So the kernel "
			"compacts, page by page, and it does so in the thread that asked: a vCPU, "
			"in the midst of one of the guest's instructions, or a thread of the VMM. "
			"With many vCPUs in the same zone they wait for each other's locks as "
			"well. Often it ends without a huge page.",
		.trap = "Memory use is steady, on both sides, and no swap is touched. In the guest "
			"the "
			"CPU stands still between two instructions: it counts that as busy time or "
			"not at all, its steal clock stands still, and the application logs a "
			"pause of seconds that its garbage collector is blamed for. The guest's "
			"own compact_stall counts the guest's own compaction, and stays 0.",
		.next = "grep -E 'compact_|thp_' /proc/vmstat  (again 10 s later)\n"
			"cat /sys/kernel/mm/transparent_hugepage/enabled "
			"/sys/kernel/mm/transparent_hugepage/defrag  (always: every fault stalls; "
			"defer: none does)\n"
			"cat /proc/buddyinfo  (the last two columns: is any 2 MiB piece free?)\n"
			"grep -E 'AnonHuge|FilePmd|ShmemPmd' /proc/{pid}/smaps_rollup\n"
			"perf trace -p {pid} -e "
			"compaction:mm_compaction_begin,compaction:mm_compaction_end\n"
			"cat /proc/sys/vm/compaction_proactiveness /proc/sys/vm/extfrag_threshold\n"
			"virsh dumpxml {vm} | grep -A3 memoryBacking  (reserved huge pages never "
			"stall for this)",
	},
	{
		.rule = "thp-reclaim",
		.figure = "recl",
		.title = "The host stalls the guest while it frees memory for it",
		.mechanism =
			"The guest touched memory that the host had not given it, or had taken "
			"back, and there was none free: the thread that asked, a vCPU or one of "
			"the VMM, had to free some itself before it went on: drop page cache, "
			"write to swap, shrink caches. Either the host as a whole, or one of its "
			"nodes, has run out and kswapd does not keep up; or the VM's cgroup has "
			"reached its limit (memory.max, memory.high), and then it happens however "
			"much memory the host has.",
		.trap = "The guest has free memory, for it counts what it was promised. Its load "
			"rises, "
			"its steal is 0, its disks are idle. A limit that leaves no room for the "
			"VMM's own buffers and the page cache of its images looks generous, and "
			"stalls it at each burst of disk IO.",
		.next = "grep -E 'allocstall|pgscan_direct|pgsteal_direct' /proc/vmstat\n"
			"grep . /proc/pressure/memory; vmstat 1  (si, so, free)\n"
			"cat /proc/{pid}/cgroup; memory.max, memory.high, memory.events (max, "
			"high) and memory.pressure there and in each level above\n"
			"cat /proc/zoneinfo | grep -E 'Node|free|min|low|high'\n"
			"cat /proc/sys/vm/min_free_kbytes /proc/sys/vm/watermark_scale_factor  "
			"(more: kswapd begins earlier)\n"
			"virsh memtune {vm}; virsh dommemstat {vm}\n"
			"perf trace -p {pid} -e 'vmscan:mm_vmscan_*reclaim_*'",
	},
	{
		.rule = "thp-fallback",
		.title = "Most huge pages that are wanted cannot be had",
		.mechanism =
			"Page faults in regions that may have huge pages get small ones, because "
			"no 2 MiB piece was free and the kernel may not, or could not, make one. "
			"Nothing stalls by it: that is the choice of the defrag setting. But each "
			"gigabyte of a guest that is made of small pages takes 512 times as many "
			"TLB entries, and each miss walks two page tables, the guest's and the "
			"host's.",
		.trap = "The VM works, a few to thirty per cent slower than the day before, when "
			"the "
			"host had just booted, and every benchmark on a fresh host is better. "
			"khugepaged repairs it, at the pace of some megabytes a second.",
		.next = "grep -E 'thp_fault_alloc|thp_fault_fallback|thp_collapse' /proc/vmstat\n"
			"cat /proc/buddyinfo; cat /proc/pagetypeinfo  (who holds the pieces "
			"apart?)\n"
			"cat /sys/kernel/mm/transparent_hugepage/khugepaged/pages_to_scan "
			"/sys/kernel/mm/transparent_hugepage/khugepaged/scan_sleep_millisecs\n"
			"grep AnonHugePages /proc/PID/smaps_rollup  (of each VM, once: it takes a "
			"while)\n"
			"reserve huge pages at boot for VMs that need them (hugepages=, "
			"memoryBacking)",
	},
	{
		.rule = "thp-guest",
		.figure = "gcmpct",
		.title = "The guest stalls by itself",
		.mechanism =
			"The guest's own kernel compacts the guest's own memory, or does without "
			"huge pages, and this host does not stall it. Inside, memory is "
			"fragmented, or its transparent huge pages are set to always with defrag "
			"always, which databases and runtimes advise against.",
		.trap = "Pauses are blamed on the hypervisor, which does nothing here; and what "
			"helps "
			"on the host (more memory, another host) changes nothing in a guest that "
			"is fragmented.",
		.next = "in the guest: grep -E 'compact_|thp_' /proc/vmstat  (again 10 s later)\n"
			"in the guest: cat /sys/kernel/mm/transparent_hugepage/enabled "
			"/sys/kernel/mm/transparent_hugepage/defrag\n"
			"in the guest: cat /proc/buddyinfo; grep . /proc/pressure/memory\n"
			"in the guest: perf trace -a -e compaction:mm_compaction_begin",
	},
	{ .rule = NULL },
};
