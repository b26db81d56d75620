/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PARALLAX_RINGS_READ_BPF_H
#define PARALLAX_RINGS_READ_BPF_H

/* Part of rings.bpf.c: its maps, and how a ring of the kernel is read. */
#include "probes/kernel.bpf.h"

#include "probes/rings.h"

/* All are made whole beforehand: packets are dropped where there is no memory to be had. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, RINGS_DEVICES);
	__type(key, struct rings_key); /* queue and reason 0 */
	__type(value, __u32);	       /* nothing: it is there */
} devices SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, RINGS_QUEUES);
	__type(key, struct rings_key); /* reason 0 */
	__type(value, struct rings_queue);
} queues SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, RINGS_DROPS);
	__type(key, struct rings_key);
	__type(value, __u64);
} drops SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} skip SEC(".maps");

/* Where the kernel has it; -1: nowhere. */
const volatile int at_priv = -1; /* behind a struct net_device */
const volatile int at_tfiles = -1, at_tun_dev = -1, at_file_tun = -1, at_file_index = -1;
const volatile int at_file_ring = -1, at_file_socket = -1;
const volatile int at_producer = -1, at_head = -1, at_size = -1, at_slots = -1;
const volatile int at_vqs = -1, at_vq_avail = -1, at_vq_last = -1, at_vq_socket = -1;

static __always_inline __u64 read_u64(__u64 at)
{
	__u64 value = 0;

	bpf_probe_read_kernel(&value, sizeof(value), (void *)at);
	return value;
}

static __always_inline __u32 read_u32(__u64 at)
{
	__u32 value = 0;

	bpf_probe_read_kernel(&value, sizeof(value), (void *)at);
	return value;
}

/* The slot that comes next tells a full ring from an empty one. size 0: there is none. */
static __always_inline void look_at(__u64 file, __u32 *size, __u32 *fill)
{
	__u64 ring = file + at_file_ring;
	__u32 producer = read_u32(ring + at_producer), head = read_u32(ring + at_head);

	*fill = 0;
	*size = read_u32(ring + at_size);
	if (*size == 0 || producer >= *size)
		return;
	*fill = producer >= head ? producer - head : *size - head + producer;
	if (*fill > *size || read_u64(read_u64(ring + at_slots) + 8 * (__u64)producer))
		*fill = *size;
}

__u64 lost = 0; /* what had no room here */

static __always_inline struct rings_queue *queue_of(const struct rings_key *key)
{
	static const struct rings_queue fresh;
	struct rings_queue *queue = bpf_map_lookup_elem(&queues, key);

	if (queue)
		return queue;
	bpf_map_update_elem(&queues, key, &fresh, BPF_NOEXIST);
	queue = bpf_map_lookup_elem(&queues, key);
	if (!queue)
		__sync_fetch_and_add(&lost, 1);
	return queue;
}

/* The queue that a file is, if it is one of a device that we know. */
static __always_inline bool key_of_file(__u64 file, struct rings_key *key)
{
	__u64 tun = read_u64(file + at_file_tun);
	struct net_device *dev = (void *)read_u64(tun + at_tun_dev);

	if (!tun || !dev)
		return false;
	key->ifindex = BPF_CORE_READ(dev, ifindex);
	key->netns = BPF_CORE_READ(dev, nd_net.net, ns.inum);
	key->queue = read_u32(file + at_file_index) & 0xffff;
	return true;
}

#endif
