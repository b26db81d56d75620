// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/derive.h"

#include <stdlib.h>
#include <string.h>

#include "probes/schema_rows.h"

/* Packets of a device as one of some 16 was looked at: shares of fewer than these are chance. */
static const uint64_t SAMPLES_LEAST = 16;

static int by_device(const struct ring_key *key, const struct vm_nic *from)
{
	const uint32_t its[] = { key->netns, key->ifindex }, own[] = { from->netns, from->ifindex };

	return memcmp(its, own, sizeof(own));
}

/* Where those of a device begin in a list by key, whose items begin with one. */
static size_t first_of(const struct vm_nic *from, const void *list, size_t n, size_t size)
{
	size_t low = 0, high = n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (by_device((const struct ring_key *)((const char *)list + middle * size), from) <
			0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* How many of such a list are a device's, and where the first of them is. */
static size_t range_of(
	const struct vm_nic *from, const void *list, size_t n, size_t size, size_t *first)
{
	size_t end = *first = first_of(from, list, n, size);

	while (end < n &&
		by_device((const struct ring_key *)((const char *)list + end * size), from) == 0)
		end++;
	return end - *first;
}

static size_t queues_of(
	const struct sample *sample, const struct vm_nic *from, const struct ring_queue **first)
{
	const struct rings_sample *rings = &sample->rings;
	size_t begin, n = range_of(from, rings->queue, rings->n_queue, sizeof(**first), &begin);

	*first = rings->queue + begin;
	return n;
}

static size_t drops_of(
	const struct sample *sample, const struct vm_nic *from, const struct ring_drop **first)
{
	const struct rings_sample *rings = &sample->rings;
	size_t begin, n = range_of(from, rings->drop, rings->n_drop, sizeof(**first), &begin);

	*first = rings->drop + begin;
	return n;
}

size_t derive_nic_vhosts(
	const struct derive *derive, const struct vm_nic *from, const struct ring_vhost **first)
{
	const struct rings_sample *rings = &derive->cur->rings;
	size_t begin, n = range_of(from, rings->vhost, rings->n_vhost, sizeof(**first), &begin);

	*first = rings->vhost + begin;
	return from->ifindex ? n : 0;
}

/* Since the sample before; one that is new began at nothing. */
static uint64_t dropped(
	const struct derive *derive, const struct vm_nic *from, const struct ring_drop *cur)
{
	const struct ring_drop *prev;
	size_t n = drops_of(derive->prev, from, &prev);

	for (size_t i = 0; i < n; i++)
		if (memcmp(&prev[i].key, &cur->key, sizeof(cur->key)) == 0 &&
			strcmp(prev[i].reason, cur->reason) == 0)
			return derive_delta(cur->count_total, prev[i].count_total);
	return cur->count_total;
}

static int most_first(const void *a, const void *b)
{
	const struct nic_drop *left = a, *right = b;

	if (left->per_s != right->per_s)
		return left->per_s < right->per_s ? 1 : -1;
	return strcmp(left->reason, right->reason);
}

static struct nic_drop *add_reason(const struct derive *derive, const char *reason, struct nic *nic)
{
	size_t i = 0;

	while (i < nic->n_nic_drop && strcmp(nic->nic_drop[i].reason, reason) != 0)
		i++;
	if (i == NIC_REASONS_MOST)
		return NULL;
	if (i == nic->n_nic_drop)
		nic->nic_drop[nic->n_nic_drop++] =
			(struct nic_drop){ arena_strdup(derive->arena, reason), 0 };
	return &nic->nic_drop[i];
}

static struct nic_queue *queue_of(struct nic *nic, uint64_t id)
{
	for (size_t i = 0; i < nic->n_nic_queue; i++)
		if (nic->nic_queue[i].id == id)
			return &nic->nic_queue[i];
	return NULL;
}

/* One drop's part in its reason, and of those for the guest in its queue. */
static void add_drop(
	const struct derive *derive, const struct ring_drop *drop, double per_s, struct nic *nic)
{
	struct nic_drop *reason = add_reason(derive, drop->reason, nic);
	struct nic_queue *queue = drop->to_guest ? queue_of(nic, drop->key.queue) : NULL;

	if (reason)
		reason->per_s += per_s;
	if (!queue)
		return;
	queue->rx_dropped_per_s += per_s;
	if (drop->full)
		queue->ring_high_pct = 100;
}

static void list_drops(const struct derive *derive, const struct vm_nic *from, struct nic *nic)
{
	const struct ring_drop *drop;
	size_t n = drops_of(derive->cur, from, &drop);
	double most = 0;

	nic->nic_drop = arena_array(
		derive->arena, n < NIC_REASONS_MOST ? n : NIC_REASONS_MOST, sizeof(*nic->nic_drop));
	for (size_t i = 0; i < n; i++) {
		double per_s = derive_per_s(
			dropped(derive, from, &drop[i]), derive_section_ns(derive, SECTION_RINGS));

		if (!(per_s > 0))
			continue;
		add_drop(derive, &drop[i], per_s, nic);
		if (drop[i].full)
			nic->ring_high_pct = 100;
	}
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < nic->n_nic_drop && drop[i].to_guest; k++)
			if (strcmp(nic->nic_drop[k].reason, drop[i].reason) == 0 &&
				nic->nic_drop[k].per_s > most) {
				most = nic->nic_drop[k].per_s;
				nic->reason = nic->nic_drop[k].reason;
			}
	if (nic->n_nic_drop)
		qsort(nic->nic_drop, nic->n_nic_drop, sizeof(*nic->nic_drop), most_first);
	/* What is dropped for other reasons may have been from the guest: it counts only if it is
	 * all that there is. */
	if (!nic->reason && nic->n_nic_drop && nic->guest_rx_dropped_by_host_per_s > 0)
		nic->reason = nic->nic_drop[0].reason;
}

static void list_queues(const struct derive *derive, const struct vm_nic *from, struct nic *nic)
{
	const struct ring_queue *queue;
	size_t n = queues_of(derive->cur, from, &queue);

	n = n < NIC_QUEUES_MOST ? n : NIC_QUEUES_MOST;
	nic->nic_queue = arena_array(derive->arena, n, sizeof(*nic->nic_queue));
	for (size_t i = 0; i < n; i++) {
		struct nic_queue *out = &nic->nic_queue[nic->n_nic_queue++];

		*out = (struct nic_queue){
			.id = queue[i].key.queue,
			.rx_packets_per_s = NAN,
			.rx_dropped_per_s = derive_section_ns(derive, SECTION_RINGS) ? 0 : NAN,
			.ring_size = queue[i].size,
			.ring_fill_pct = derive_pct(queue[i].fill, queue[i].size),
			.ring_high_pct = derive_pct(queue[i].high, queue[i].size),
		};
		nic->ring_size = nic->ring_size == UNKNOWN_U64 ? out->ring_size : nic->ring_size;
		nic->ring_fill_pct = fmax(nic->ring_fill_pct, out->ring_fill_pct);
		nic->ring_high_pct = fmax(nic->ring_high_pct, out->ring_high_pct);
	}
}

static uint64_t samples(
	const struct derive *derive, const struct vm_nic *from, const struct ring_queue *cur)
{
	const struct ring_queue *prev;
	size_t n = queues_of(derive->prev, from, &prev);

	for (size_t i = 0; i < n; i++)
		if (prev[i].key.queue == cur->key.queue)
			return derive_delta(cur->samples_total, prev[i].samples_total);
	return cur->samples_total;
}

/* Several queues share what the device counts as their samples, less what did not get in. */
static void share_out(const struct derive *derive, const struct vm_nic *from, struct nic *nic)
{
	const double offered = nic->guest_rx_packets_per_s + nic->guest_rx_dropped_by_host_per_s;
	const struct ring_queue *queue;
	uint64_t seen[NIC_QUEUES_MOST], all = 0;

	if (!derive->prev)
		return;
	queues_of(derive->cur, from, &queue);
	for (size_t i = 0; i < nic->n_nic_queue; i++) {
		seen[i] = samples(derive, from, &queue[i]);
		all = derive_both(all, seen[i]);
	}
	if (all == UNKNOWN_U64 || all < SAMPLES_LEAST)
		return;
	for (size_t i = 0; i < nic->n_nic_queue; i++) {
		double packets = offered * (double)seen[i] / (double)all -
				 nic->nic_queue[i].rx_dropped_per_s;

		nic->nic_queue[i].rx_packets_per_s = packets < 0 ? 0 : packets; /* NAN stays */
	}
}

static void set_busiest(struct nic *nic, double packets_per_s, double share_pct)
{
	nic->busiest_queue_packets_per_s = packets_per_s;
	nic->queue_limit_pct = 100 * packets_per_s / NIC_QUEUE_LIMIT_PER_S;
	nic->busiest_queue_share_pct = share_pct;
}

static void find_busiest(struct nic *nic)
{
	double most = -1, all = 0;

	for (size_t i = 0; i < nic->n_nic_queue; i++) {
		const struct nic_queue *queue = &nic->nic_queue[i];

		if (isnan(queue->rx_packets_per_s))
			return;
		all += queue->rx_packets_per_s;
		if (queue->rx_packets_per_s <= most)
			continue;
		most = queue->rx_packets_per_s;
		nic->busiest_queue = queue->id;
	}
	if (most < 0)
		return;
	set_busiest(nic, most, all > 0 ? 100 * most / all : NAN);
}

void derive_rings(const struct derive *derive, const struct vm_nic *from, struct nic *nic)
{
	if (from->ifindex) {
		list_queues(derive, from, nic);
		if (derive->prev)
			list_drops(derive, from, nic);
	}
	if (from->queues == 1 && nic->n_nic_queue == 1)
		nic->nic_queue[0].rx_packets_per_s = nic->guest_rx_packets_per_s;
	else
		share_out(derive, from, nic);
	if (from->queues == 1 && nic->n_nic_queue == 0) {
		nic->busiest_queue = 0;
		set_busiest(nic, nic->guest_rx_packets_per_s, 100);
		return;
	}
	find_busiest(nic);
}
