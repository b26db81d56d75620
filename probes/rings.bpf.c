// SPDX-License-Identifier: GPL-2.0-only
/*
 * Between the host and the guest's network devices: who drops packets, and how full the rings are.
 * Of packets for a tap one in some 16 is looked at, on each CPU; a drop of a device that is no VM's
 * costs one look into a map.
 */
#include "probes/kernel.bpf.h"

#include "probes/rings.h"
#include "probes/rings_read.bpf.h"

static const __u32 QUEUES_MOST = 256;

const volatile __u32 full_reason = RINGS_REASON_NONE; /* the kernel's, for "ring full" */

__u64 changes = 0; /* whenever something is dropped */
__u32 turn = 1;	   /* of user space */

/* Of two CPUs that look at once either may win. */
static __always_inline void note_high(struct rings_queue *queue, __u32 fill)
{
	__u32 now = turn;
	struct rings_high *high = &queue->high[now & 1];

	if (high->turn != now || high->fill < fill)
		*high = (struct rings_high){ now, fill };
}

static __always_inline bool is_of_vm(struct net_device *dev, struct rings_key *key)
{
	key->ifindex = dev->ifindex;
	key->netns = dev->nd_net.net->ns.inum;
	return bpf_map_lookup_elem(&devices, key);
}

static __always_inline int dropped(struct sk_buff *skb, __u32 reason)
{
	struct net_device *dev = skb->dev;
	struct rings_key key = { 0 };
	struct rings_queue *queue;
	__u64 none = 0, *count;

	if (!dev || !is_of_vm(dev, &key))
		return 0;
	key.queue = skb->queue_mapping;
	if (reason == full_reason && (queue = queue_of(&key)))
		note_high(queue, RINGS_FULL);
	key.reason = reason;
	count = bpf_map_lookup_elem(&drops, &key);
	if (!count) { /* another CPU may be first */
		bpf_map_update_elem(&drops, &key, &none, BPF_NOEXIST);
		count = bpf_map_lookup_elem(&drops, &key);
	}
	__sync_fetch_and_add(count ? count : &lost, 1);
	__sync_fetch_and_add(&changes, 1);
	return 0;
}

SEC("tp_btf/kfree_skb")
int BPF_PROG(drop_with_reason, struct sk_buff *skb, void *location, __u32 reason)
{
	return dropped(skb, reason);
}

/* Kernels before 5.17, but for those whose distributions thought otherwise. */
SEC("tp_btf/kfree_skb")
int BPF_PROG(drop, struct sk_buff *skb, void *location)
{
	return dropped(skb, RINGS_REASON_UNTOLD);
}

/*
 * Is it this packet's turn? In steps of 9 to 24, so that queues which take turns themselves do not
 * fall into step.
 */
static __always_inline bool is_due(void)
{
	__u32 zero = 0, *left = bpf_map_lookup_elem(&skip, &zero);

	if (!left)
		return false;
	if ((*left)--)
		return false;
	*left = 8 + (bpf_get_prandom_u32() & 15);
	return true;
}

static __always_inline int sent(struct sk_buff *skb, struct net_device *dev)
{
	struct rings_key key = { 0 };
	struct rings_queue *queue;
	__u32 size, fill;

	if (!is_due() || !is_of_vm(dev, &key))
		return 0;
	key.queue = skb->queue_mapping;
	queue = key.queue < QUEUES_MOST ? queue_of(&key) : NULL;
	if (!queue)
		return 0;
	queue->file = read_u64((__u64)dev + at_priv + at_tfiles + 8 * (__u64)key.queue);
	queue->samples++;
	look_at(queue->file, &size, &fill);
	note_high(queue, fill);
	return 0;
}

SEC("fentry/tun_net_xmit")
int BPF_PROG(sent_to_tap, struct sk_buff *skb, struct net_device *dev)
{
	return sent(skb, dev);
}

/* Where functions cannot be watched: a step for each packet of any device, before its driver's. */
SEC("tp_btf/net_dev_start_xmit")
int BPF_PROG(sent_to_any, struct sk_buff *skb, struct net_device *dev)
{
	return sent(skb, dev);
}

static __always_inline void found_tun(__u64 file)
{
	struct rings_queue fresh = { .file = file }, *queue;
	struct rings_key key = { 0 }, device;

	if (!key_of_file(file, &key))
		return;
	device = key;
	device.queue = 0;
	if (!bpf_map_lookup_elem(&devices, &device))
		return;
	queue = bpf_map_lookup_elem(&queues, &key);
	if (queue)
		queue->file = file;
	else
		bpf_map_update_elem(&queues, &key, &fresh, BPF_NOEXIST);
}

/* The first of its queues is that towards the guest. */
static __always_inline void found_vhost(struct seq_file *seq, __u64 net)
{
	__u64 vq = net + at_vqs, socket = read_u64(vq + at_vq_socket);
	struct rings_vhost found = { 0 };

	if (!socket || !key_of_file(socket - at_file_socket, &found.key))
		return;
	found.avail = read_u64(vq + at_vq_avail);
	found.last_avail_idx = read_u32(vq + at_vq_last) & 0xffff;
	bpf_seq_write(seq, &found, sizeof(found));
}

/* As in linux/miscdevice.h. */
#define MISC_DEVICE(minor) (10u << 20 | (minor))

SEC("iter/task_file")
int rings_files(struct bpf_iter__task_file *ctx)
{
	struct file *file = ctx->file;
	struct inode *inode;

	if (!ctx->task || !file)
		return 0;
	inode = file->f_inode;
	if (at_file_tun < 0 || (inode->i_mode & 0170000) != 0020000)
		return 0;
	if (inode->i_rdev == MISC_DEVICE(200))
		found_tun((__u64)file->private_data);
	else if (inode->i_rdev == MISC_DEVICE(238) && at_vqs >= 0)
		found_vhost(ctx->meta->seq, (__u64)file->private_data);
	return 0;
}

/* A file that was closed meanwhile is no longer of that device. */
SEC("iter/bpf_map_elem")
int rings_now(struct bpf_iter__bpf_map_elem *ctx)
{
	const struct rings_queue *queue = ctx->value;
	const struct rings_key *key = ctx->key;
	struct rings_now now = { 0 };
	struct rings_key its = { 0 };
	struct rings_high even, odd; /* a varying place in a map is out of bounds */
	__u32 last = turn - 1;

	if (!key || !queue)
		return 0;
	now.key = *key;
	now.samples = queue->samples;
	even = queue->high[0];
	odd = queue->high[1];
	if (even.turn == last)
		now.high = even.fill;
	else if (odd.turn == last)
		now.high = odd.fill;
	if (queue->file && key_of_file(queue->file, &its) && its.ifindex == key->ifindex &&
		its.netns == key->netns && its.queue == key->queue)
		look_at(queue->file, &now.size, &now.fill);
	bpf_seq_write(ctx->meta->seq, &now, sizeof(now));
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
