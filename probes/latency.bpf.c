// SPDX-License-Identifier: GPL-2.0-only
/*
 * How long requests took, where one ends: the kernel has noted in it when it began, and when its
 * device got it. Whose it is the cgroup tells that its bio was charged to: tasks are of no use, for
 * the kernel's own threads issue requests for others.
 */
#include "probes/latency_slots.bpf.h"

/* The same in all kernels since 4.10. */
enum { REQ_OP_MASK = 0xff, REQ_OP_READ = 0, REQ_OP_WRITE, REQ_OP_FLUSH };

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, LATENCY_VMS);
	__type(key, __u64); /* inode of a cgroup that is a VM's */
	__type(value, __u32);
} groups SEC(".maps");

__u64 untimed = 0; /* requests that do not tell when they began */

static __always_inline __u32 device_of(struct request *rq)
{
	struct gendisk *disk;

	if (bpf_core_field_exists(rq->q->disk))
		return (__u32)rq->q->disk->major << LATENCY_MINOR_BITS |
		       (__u32)rq->q->disk->first_minor;
	disk = BPF_CORE_READ((struct request___disk *)rq, rq_disk);
	return (__u32)BPF_CORE_READ(disk, major) << LATENCY_MINOR_BITS |
	       (__u32)BPF_CORE_READ(disk, first_minor);
}

static __always_inline bool has_flag(__u32 flags, __u32 bit)
{
	return flags >> bit & 1;
}

/* What a file system asks for as a flush is an empty write with a flag. */
static __always_inline __u32 op_of(struct request *rq)
{
	const __u32 preflush = bpf_core_enum_value(enum req_flag_bits, __REQ_PREFLUSH);
	__u32 op = rq->cmd_flags & REQ_OP_MASK;

	if (op == REQ_OP_READ)
		return LATENCY_READ;
	if (op == REQ_OP_FLUSH ||
		(op == REQ_OP_WRITE && rq->__data_len == 0 && has_flag(rq->cmd_flags, preflush)))
		return LATENCY_FLUSH;
	return op == REQ_OP_WRITE ? LATENCY_WRITE : LATENCY_OPS;
}

/* 0: of no cgroup, as the flushes that the block layer makes of many. */
static __always_inline __u64 group_of(struct request *rq)
{
	if (!bpf_core_field_exists(rq->bio->bi_blkg))
		return 0;
	return rq->bio->bi_blkg->blkcg->css.cgroup->kn->id;
}

static __always_inline struct latency_slot *device_slot(
	struct latency_slot *of, struct latency_key *key)
{
	__u32 number = of->device;

	if (number == LATENCY_NO_SLOT) {
		key->kind = LATENCY_DEVICE;
		of->device = number = slot_number(key);
	}
	return bpf_map_lookup_elem(&slots, &number);
}

/* One of a VM. bytes are those of its last part; parts are rare. */
static __always_inline void note_own(
	struct request *rq, struct latency_key *key, __u32 op, __u64 now_ns)
{
	__u32 number = slot_number(key), bytes = rq->__data_len;
	struct latency_slot *slot = bpf_map_lookup_elem(&slots, &number), *device;
	__u64 given_ns = rq->io_start_time_ns;

	if (!slot || op >= LATENCY_OPS)
		return;
	note_ended(&slot->ended[op], now_ns - rq->start_time_ns, bytes);
	device = given_ns ? device_slot(slot, key) : NULL;
	if (device)
		note_ended(&device->ended[op], now_ns - given_ns, bytes);
}

SEC("tp_btf/block_rq_complete")
int BPF_PROG(request_end, struct request *rq, int error, unsigned int bytes)
{
	struct latency_key key = { .kind = LATENCY_REQUEST };
	__u32 op = op_of(rq);

	if (op == LATENCY_OPS || bytes < rq->__data_len) /* the rest of it goes on */
		return 0;
	key.id = group_of(rq);
	if (!bpf_map_lookup_elem(&groups, &key.id))
		return 0;
	if (rq->start_time_ns == 0) {
		__sync_fetch_and_add(&untimed, 1);
		return 0;
	}
	key.dev = device_of(rq);
	note_own(rq, &key, op, bpf_ktime_get_ns());
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
