/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PARALLAX_LATENCY_SLOTS_BPF_H
#define PARALLAX_LATENCY_SLOTS_BPF_H

/*
 * Where latency*.bpf.c count: all define this weakly, and linking them makes one of it. Slots are
 * taken for a key when it is met first, and given back by user space. All is made whole beforehand:
 * there is no memory to be had where a request ends.
 */
#include "probes/kernel_io.bpf.h"

#include "probes/latency.h"
#include "probes/quarter.h"

#define LATENCY_NO_SLOT 0xffffffffu
#define MAX_TRIES	4

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1); /* user space: by what the host may hold */
	__type(key, __u32);
	__type(value, struct latency_slot);
} slots __weak SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1); /* likewise */
	__type(key, struct latency_key);
	__type(value, __u32);
} slot_of_key __weak SEC(".maps");

/* Slots that were used before, and given back. */
struct {
	__uint(type, BPF_MAP_TYPE_STACK);
	__uint(max_entries, 1); /* likewise */
	__uint(key_size, 0);
	__uint(value_size, sizeof(__u32));
} given_back __weak SEC(".maps");

__u32 slots_used __weak = 0; /* so many from the first on; given back or not */
__u64 lost __weak = 0;	     /* calls and requests that found no room */
const volatile __u32 slots_most __weak = 1;

static __always_inline void count_lost(void)
{
	__sync_fetch_and_add(&lost, 1);
}

static __always_inline bool slot_fresh(__u32 *number)
{
	if (bpf_map_pop_elem(&given_back, number) == 0)
		return true;
	if (slots_used >= slots_most)
		return false;
	*number = __sync_fetch_and_add(&slots_used, 1);
	return *number < slots_most;
}

static __always_inline __u32 slot_new(const struct latency_key *key)
{
	struct latency_slot *slot;
	__u32 number, *found;

	if (!slot_fresh(&number)) {
		count_lost();
		return LATENCY_NO_SLOT;
	}
	slot = bpf_map_lookup_elem(&slots, &number);
	if (!slot)
		return LATENCY_NO_SLOT;
	slot->key = *key;
	slot->device = LATENCY_NO_SLOT;
	if (bpf_map_update_elem(&slot_of_key, key, &number, BPF_NOEXIST) == 0)
		return number;
	/* Another CPU was faster, or there is no room. */
	slot->key.kind = LATENCY_UNUSED;
	bpf_map_push_elem(&given_back, &number, 0);
	found = bpf_map_lookup_elem(&slot_of_key, key);
	if (found)
		return *found;
	count_lost();
	return LATENCY_NO_SLOT;
}

static __always_inline __u32 slot_number(const struct latency_key *key)
{
	__u32 *found = bpf_map_lookup_elem(&slot_of_key, key);

	return found ? *found : slot_new(key);
}

static __always_inline void note_longest(struct latency_ended *ended, __u64 ns)
{
	for (int i = 0; i < MAX_TRIES; i++) {
		__u64 before = ended->max_ns;

		if (ns <= before ||
			__sync_val_compare_and_swap(&ended->max_ns, before, ns) == before)
			return;
	}
}

static __always_inline void note_ended(struct latency_ended *ended, __u64 ns, __u64 bytes)
{
	__u32 bin = quarter_bin(ns);

	if (bin < LATENCY_BINS)
		__sync_fetch_and_add(&ended->bin[bin], 1);
	__sync_fetch_and_add(&ended->ns, ns);
	__sync_fetch_and_add(&ended->bytes, bytes);
	note_longest(ended, ns);
	__sync_fetch_and_add(&ended->count, 1);
}

#endif
