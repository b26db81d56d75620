// SPDX-License-Identifier: GPL-2.0-only
/*
 * How long threads had to make room in memory themselves before they got any: from the begin to the
 * end of compaction and of reclaim, in the thread that stalls. Only who that is is looked at: what
 * else these tracepoints tell differs between kernels.
 *
 * An allocation compacts zone after zone, and may reclaim in between: what follows within
 * STALLS_SAME_NS is the same stall. Faults come less often.
 */
#include "probes/kernel.bpf.h"

#include "probes/quarter.h"
#include "probes/stalls.h"

#define STALLS_SAME_NS 100000
#define PF_KTHREAD     0x200000

/*
 * Both are made whole beforehand: in the midst of a stall there is no memory to be had, and kernels
 * before 6.1 warn of, and are tainted by, others in programs at tracepoints.
 */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, STALLS_VMS);
	__type(key, __u32); /* tgid */
	__type(value, struct stalls_total);
} vms SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, STALLS_OPEN);
	__type(key, __u32); /* tid */
	__type(value, struct stalls_open);
} open SEC(".maps");

/* The stall that ended last on a CPU. */
struct ended {
	__u64 end_ns, ns[STALLS_KINDS];
	__u32 tid, bin;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct ended);
} ended SEC(".maps");

__u64 changes = 0;     /* whenever anything here changes */
__u64 in_progress = 0; /* stalls in open */
__u64 lost = 0;	       /* stalls that had no room in it */
__u32 turn = 0;	       /* of user space, which reads what the one before has left */

static __always_inline bool is_kernels(void)
{
	struct task_struct *task = (void *)bpf_get_current_task();

	return BPF_CORE_READ(task, flags) & PF_KTHREAD;
}

static __always_inline struct stalls_total *total_of(__u32 tgid)
{
	struct stalls_total *total = bpf_map_lookup_elem(&vms, &tgid);
	__u32 nobody = !total && is_kernels() ? STALLS_KERNEL : STALLS_PROCESSES;

	return total ? total : bpf_map_lookup_elem(&vms, &nobody);
}

/* Does it go on with the one before? */
static __always_inline void resume(struct stalls_open *fresh, __u32 tid, __u64 now_ns)
{
	__u32 zero = 0;
	struct ended *last = bpf_map_lookup_elem(&ended, &zero);

	if (!last || last->tid != tid || now_ns - last->end_ns >= STALLS_SAME_NS)
		return;
	__builtin_memcpy(fresh->ns, last->ns, sizeof(fresh->ns));
	fresh->resumed_bin = last->bin + 1;
}

/* Half of the room is for threads of VMs, however many others stall. */
static __always_inline struct stalls_open *open_new(__u32 tid, __u32 tgid, __u64 now_ns)
{
	struct stalls_open fresh = { .mark_ns = now_ns, .tgid = tgid };

	resume(&fresh, tid, now_ns);
	if ((in_progress >= STALLS_OPEN / 2 && !bpf_map_lookup_elem(&vms, &tgid)) ||
		bpf_map_update_elem(&open, &tid, &fresh, BPF_NOEXIST))
		return NULL;
	__sync_fetch_and_add(&in_progress, 1);
	return bpf_map_lookup_elem(&open, &tid);
}

/* Up to now it was in its innermost. */
static __always_inline void charge(
	struct stalls_open *mine, struct stalls_total *total, __u64 now_ns)
{
	__u64 ns = now_ns - mine->mark_ns;
	__u32 kind = mine->kinds & 3;

	mine->mark_ns = now_ns;
	if (!total || kind >= STALLS_KINDS)
		return;
	mine->ns[kind] += ns;
	__sync_fetch_and_add(&total->ns[kind], ns);
}

static __always_inline int begin(__u32 kind)
{
	__u64 now_ns = bpf_ktime_get_ns(), id = bpf_get_current_pid_tgid();
	__u32 tid = (__u32)id, tgid = id >> 32;
	struct stalls_open *mine = bpf_map_lookup_elem(&open, &tid);

	if (mine)
		charge(mine, total_of(tgid), now_ns);
	else
		mine = open_new(tid, tgid, now_ns);
	__sync_fetch_and_add(mine ? &changes : &lost, 1);
	if (mine) {
		mine->kinds = mine->kinds << 2 | kind;
		mine->depth++;
	}
	return 0;
}

/* Of two threads of a VM that end at once, either may stay. */
static __always_inline void note_longest(
	struct stalls_total *total, const struct stalls_open *mine, __u32 tid, __u64 ns)
{
	__u32 now = turn, kind = STALLS_COMPACT;
	struct stalls_longest *longest = &total->longest[now & 1];

	if (longest->turn == now && ns <= longest->ns)
		return;
	for (__u32 i = 1; i < STALLS_KINDS; i++)
		if (mine->ns[i] > mine->ns[kind])
			kind = i;
	*longest = (struct stalls_longest){ ns, mine->mark_ns, now, tid, kind, 0 };
}

static __always_inline void finish(
	struct stalls_total *total, const struct stalls_open *mine, __u32 tid)
{
	__u64 ns = mine->ns[STALLS_COMPACT] + mine->ns[STALLS_RECLAIM] + mine->ns[STALLS_LIMIT];
	__u32 zero = 0, bin = quarter_bin(ns), before = mine->resumed_bin - 1;
	struct ended *last = bpf_map_lookup_elem(&ended, &zero);

	if (before < STALLS_BINS)
		__sync_fetch_and_add(&total->bin[before], -1);
	else
		__sync_fetch_and_add(&total->count, 1);
	if (bin < STALLS_BINS)
		__sync_fetch_and_add(&total->bin[bin], 1);
	note_longest(total, mine, tid, ns);
	if (!last)
		return;
	*last = (struct ended){ .end_ns = mine->mark_ns, .tid = tid, .bin = bin };
	__builtin_memcpy(last->ns, mine->ns, sizeof(last->ns));
}

static __always_inline int end(void)
{
	__u64 now_ns = bpf_ktime_get_ns(), id = bpf_get_current_pid_tgid();
	__u32 tid = (__u32)id;
	struct stalls_open *mine = bpf_map_lookup_elem(&open, &tid);
	struct stalls_total *total;

	if (!mine) /* it began before us, or had no room */
		return 0;
	total = total_of(id >> 32);
	charge(mine, total, now_ns);
	mine->kinds >>= 2;
	if (--mine->depth == 0) {
		if (total)
			finish(total, mine, tid);
		bpf_map_delete_elem(&open, &tid);
		__sync_fetch_and_add(&in_progress, -1);
	}
	__sync_fetch_and_add(&changes, 1);
	return 0;
}

/* clang-format off */
#define STALLS_BEGIN(name, tracepoint, kind) \
	SEC("raw_tp/" tracepoint "_begin") int name##_begin(void *ctx) { return begin(kind); }
#define STALLS_END(name, tracepoint) \
	SEC("raw_tp/" tracepoint "_end") int name##_end(void *ctx) { return end(); }
/* clang-format on */

/* They are attached in this order: what is seen to begin is seen to end. */
STALLS_END(compact, "mm_compaction")
STALLS_END(direct, "mm_vmscan_direct_reclaim")
STALLS_END(node, "mm_vmscan_node_reclaim")
STALLS_END(limit, "mm_vmscan_memcg_reclaim")
STALLS_BEGIN(compact, "mm_compaction", STALLS_COMPACT)
STALLS_BEGIN(direct, "mm_vmscan_direct_reclaim", STALLS_RECLAIM)
STALLS_BEGIN(node, "mm_vmscan_node_reclaim", STALLS_RECLAIM)
STALLS_BEGIN(limit, "mm_vmscan_memcg_reclaim", STALLS_LIMIT)

char LICENSE[] SEC("license") = "GPL";
