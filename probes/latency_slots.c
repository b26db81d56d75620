// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/latency_slots.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sysmacros.h>

enum { IDLE_ROUNDS = 64 };

static uint64_t user_dev(__u32 dev)
{
	return makedev(dev >> LATENCY_MINOR_BITS, dev & ((1u << LATENCY_MINOR_BITS) - 1));
}

/* A program that still holds it counts for the next one: at most a request, and only just then. */
static void give_back(struct latency_slots *slots, uint32_t number)
{
	struct latency_slot *slot = &slots->slot[number];
	__u32 generation = slot->generation + 1;

	bpf_map_delete_elem(slots->keys_fd, &slot->key);
	memset(slot, 0, sizeof(*slot));
	slot->generation = generation;
	slots->seen[number] = (struct slot_seen){ .pid = 0 };
	bpf_map_update_elem(slots->given_back_fd, NULL, &number, BPF_ANY);
}

/* A slot that has just been taken may not tell all of its key yet. */
static bool is_nobodys(struct slot_seen *seen)
{
	bool before = seen->orphan;

	seen->orphan = true;
	return before;
}

/* Whose each is. Returns whether that has changed. */
static bool find_owners(struct latency_slots *slots, const struct latency_list *list, bool in_need)
{
	bool changed = list->changed;

	for (uint32_t i = 0; i < slots->n; i++) {
		const struct latency_slot *slot = &slots->slot[i];
		struct slot_seen *seen = &slots->seen[i];
		/* That of a device goes with its VM: one of requests has its number. */
		bool idle = in_need && seen->pid && slot->key.kind != LATENCY_DEVICE &&
			    list->rounds - seen->used > IDLE_ROUNDS && !slot->in_flight;
		const struct watched *owner;

		if (slot->key.kind == LATENCY_UNUSED || (seen->pid && !list->changed && !idle))
			continue;
		owner = latency_list_owner(list, &slot->key);
		if (owner && !idle && !(owner->fresh && seen->pid)) {
			changed |= seen->pid != owner->pid;
			if (!seen->pid)
				seen->used = list->rounds;
			seen->pid = owner->pid;
			seen->orphan = false;
		} else if (seen->pid || is_nobodys(seen)) {
			give_back(slots, i);
			changed = true;
		}
	}
	return changed;
}

struct place {
	pid_t pid;
	struct latency_key key;
	uint32_t number;
};

#define COMPARE(a, b) (((a) > (b)) - ((a) < (b)))

static int by_place(const void *a, const void *b)
{
	const struct place *x = a, *y = b;
	int order = COMPARE(x->pid, y->pid);

	order = order ? order : COMPARE(x->key.kind, y->key.kind);
	order = order ? order : COMPARE(x->key.dev, y->key.dev);
	return order ? order : COMPARE(x->key.inode, y->key.inode);
}

static void put_in_order(struct latency_slots *slots)
{
	struct place *place = xcalloc(slots->n ? slots->n : 1, sizeof(*place));
	size_t n = 0;

	for (uint32_t i = 0; i < slots->n; i++) {
		const struct latency_key *key = &slots->slot[i].key;

		if (slots->seen[i].pid &&
			(key->kind == LATENCY_WAIT || key->kind == LATENCY_REQUEST))
			place[n++] = (struct place){ slots->seen[i].pid, *key, i };
	}
	qsort(place, n, sizeof(*place), by_place);
	slots->order = xgrow(slots->order, n, &slots->cap_order, sizeof(*slots->order));
	for (size_t i = 0; i < n; i++)
		slots->order[i] = place[i].number;
	slots->n_order = n;
	free(place);
}

/* Out of the slot, which goes on counting meanwhile: none is told twice, and none is missed. */
static void take_bins(struct latency_ended *ended, struct arena *arena, struct latency_reading *out)
{
	struct latency_count taken[LATENCY_BINS], *bin;

	for (uint32_t i = 0; i < LATENCY_BINS; i++) {
		__u32 count = __atomic_load_n(&ended->bin[i], __ATOMIC_RELAXED);

		if (count == 0)
			continue;
		count = __atomic_exchange_n(&ended->bin[i], 0, __ATOMIC_RELAXED);
		taken[out->n_bin++] = (struct latency_count){ i, count };
	}
	bin = arena_array(arena, out->n_bin, sizeof(*bin));
	memcpy(bin, taken, out->n_bin * sizeof(*bin));
	out->bin = bin;
}

static void take(struct latency_slots *slots, uint32_t number, uint64_t round, struct arena *arena,
	struct latency_reading out[LATENCY_OPS])
{
	struct slot_seen *seen = &slots->seen[number];

	for (size_t i = 0; i < LATENCY_OPS; i++) {
		struct latency_ended *ended = &slots->slot[number].ended[i];
		uint64_t count = __atomic_load_n(&ended->count, __ATOMIC_ACQUIRE);

		out[i] = (struct latency_reading){
			.count_total = count,
			.ns_total = __atomic_load_n(&ended->ns, __ATOMIC_RELAXED),
			.bytes_total = __atomic_load_n(&ended->bytes, __ATOMIC_RELAXED),
		};
		if (count == seen->count[i])
			continue;
		out[i].max_ns = __atomic_exchange_n(&ended->max_ns, 0, __ATOMIC_RELAXED);
		take_bins(ended, arena, &out[i]);
		seen->count[i] = count;
		seen->used = round;
	}
}

static void take_file(struct latency_slots *slots, uint32_t number, uint64_t round,
	struct arena *arena, struct file_latency *file)
{
	struct latency_slot *slot = &slots->slot[number];
	uint32_t most = __atomic_exchange_n(&slot->in_flight_most, 0, __ATOMIC_RELAXED);
	uint32_t now = __atomic_load_n(&slot->in_flight, __ATOMIC_RELAXED);
	bool counted = !(slot->engines >> LATENCY_DIRECT & 1);

	*file = (struct file_latency){
		.dev = user_dev(slot->key.dev),
		.inode = slot->key.inode,
		.engines = slot->engines,
		.in_flight = counted ? now : UNKNOWN_U64,
		.in_flight_most = !counted     ? UNKNOWN_U64
				  : most > now ? most
					       : now,
	};
	take(slots, number, round, arena, file->wait);
}

static void take_device(struct latency_slots *slots, uint32_t number, uint64_t round,
	struct arena *arena, struct device_latency *device)
{
	const struct latency_slot *slot = &slots->slot[number];
	uint32_t below = slot->device;

	*device = (struct device_latency){ .dev = user_dev(slot->key.dev) };
	take(slots, number, round, arena, device->request);
	if (below < slots->n)
		take(slots, below, round, arena, device->device);
}

/* Items of order from *at on that are of this VM. */
static void take_vm(struct latency_slots *slots, size_t *at, uint64_t round, struct arena *arena,
	struct vm_latency *vm)
{
	size_t end = *at, files = 0;

	for (; end < slots->n_order && slots->seen[slots->order[end]].pid == vm->pid; end++)
		files += slots->slot[slots->order[end]].key.kind == LATENCY_WAIT;
	vm->file = arena_array(arena, files, sizeof(*vm->file));
	vm->device = arena_array(arena, end - *at - files, sizeof(*vm->device));
	for (; *at < end; ++*at) {
		uint32_t number = slots->order[*at];

		if (slots->slot[number].key.kind == LATENCY_WAIT)
			take_file(slots, number, round, arena, &vm->file[vm->n_file++]);
		else
			take_device(slots, number, round, arena, &vm->device[vm->n_device++]);
	}
}

static void fill(struct latency_slots *slots, const struct latency_list *list, struct sample *out)
{
	struct latency_sample *section = &out->latency;
	size_t at = 0;

	section->n_vm = list->n;
	section->vm = arena_array(&out->arena, list->n, sizeof(*section->vm));
	for (size_t i = 0; i < list->n; i++) {
		section->vm[i] = (struct vm_latency){
			.pid = list->vm[i].pid,
			.start_ticks = list->vm[i].start_ticks,
			.request_reason = list->vm[i].reason,
		};
		take_vm(slots, &at, list->rounds, &out->arena, &section->vm[i]);
		list->vm[i].fresh = false;
	}
}

/* Those that are new have not been seen. */
static void grow(struct latency_slots *slots, size_t n)
{
	if (n <= slots->n)
		return;
	slots->seen = xgrow(slots->seen, n, &slots->cap, sizeof(*slots->seen));
	memset(slots->seen + slots->n, 0, (n - slots->n) * sizeof(*slots->seen));
	slots->n = n;
}

int latency_slots_read(struct latency_slots *slots, const struct latency_list *list, size_t n,
	uint64_t lost, struct sample *out)
{
	bool in_need = lost > slots->lost;
	void *mapped = NULL;

	grow(slots, n);
	slots->lost = lost;
	if (slots->n) {
		mapped = mmap(NULL, slots->n * sizeof(*slots->slot), PROT_READ | PROT_WRITE,
			MAP_SHARED, slots->slots_fd, 0);
		if (mapped == MAP_FAILED)
			return -errno;
	}
	slots->slot = mapped;
	if (find_owners(slots, list, in_need))
		put_in_order(slots);
	fill(slots, list, out);
	if (mapped)
		munmap(mapped, slots->n * sizeof(*slots->slot));
	slots->slot = NULL;
	return 0;
}

void latency_slots_release(struct latency_slots *slots)
{
	free(slots->seen);
	free(slots->order);
	slots->seen = NULL;
	slots->order = NULL;
}
