// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/rings.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "probes/bpf.h"
#include "probes/probe.h"
#include "probes/rings.skel.h"
#include "probes/rings_load.h"
#include "probes/rings_reasons.h"

/*
 * Where its rings are is known of a device from its first packets on, and before that by a look at
 * the files of its VM, 10 to 30 us: only at those of that process, for all files of the host would
 * cost by the host. From then on reading its fill is one step of a walk through a map. Where vhost
 * moves the packets the files are looked at again while a ring is full, or every VHOST_NS: whether
 * the guest gives buffers is told nowhere else.
 */
enum { LOOKS_MOST = 4 };
static const uint64_t VHOST_NS = 10000000000;

struct drop_row {
	struct rings_key key;
	uint64_t count;
};

struct rings {
	const struct probe_env *env;
	struct rings_programs programs;
	struct bpf_link *walk; /* through the queues; NULL: their fill cannot be read */
	struct reasons reasons;
	int walk_code, files_code; /* how the last went; files: -EOPNOTSUPP for good */
	struct rings_key *device;  /* that the programs know, by key */
	size_t n_device;
	bool crowded;
	bool had_tun, had_vhost; /* their modules were there when the programs were loaded */
	struct rings_now *queue;
	size_t n_queue, cap_queue;
	struct drop_row *drop;
	size_t n_drop, cap_drop;
	struct ring_vhost *vhost; /* the newest of each */
	size_t n_vhost, cap_vhost;
	uint64_t changes; /* as of the drops that are held */
	pid_t pid;	  /* whose files are looked at */
	size_t next;
};

static void rings_close(void *state)
{
	struct rings *rings = state;

	if (!rings)
		return;
	bpf_link__destroy(rings->walk);
	rings_bpf__destroy(rings->programs.bpf);
	reasons_release(&rings->reasons);
	free(rings->device);
	free(rings->queue);
	free(rings->drop);
	free(rings->vhost);
	free(rings);
}

static bool has_types(const struct sysroot *root, const char *module)
{
	uint64_t inode;

	return sysroot_inode(root, &inode, "sys/kernel/btf/%s", module) == 0;
}

static int rings_open(const struct probe_env *env, void **state, struct err *err)
{
	/* Before the types are read: what comes meanwhile shall be noticed. */
	const bool had_tun = has_types(env->root, "tun");
	const bool had_vhost = has_types(env->root, "vhost_net");
	struct bpf_types *types;
	struct rings *rings;
	int code = bpf_types_open(&types, env->root, err);

	if (code < 0)
		return code;
	rings = xcalloc(1, sizeof(*rings));
	rings->env = env;
	rings->had_tun = had_tun;
	rings->had_vhost = had_vhost;
	reasons_load(&rings->reasons, types);
	code = rings_load(&rings->programs, types, reasons_full(&rings->reasons), err);
	bpf_types_close(types);
	if (code < 0) {
		rings_close(rings);
		return code;
	}
	if (rings->programs.knows_tun) {
		rings->walk = bpf_attach_to_map(
			rings->programs.bpf->progs.rings_now, rings->programs.bpf->maps.queues);
		rings->walk_code = rings->walk ? 0 : -errno;
	}
	*state = rings;
	return 0;
}

static int by_key(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct rings_key));
}

static struct rings_key key_made(uint32_t netns, uint32_t ifindex)
{
	return (struct rings_key){ .netns = netns, .ifindex = ifindex };
}

static struct rings_key *list_devices(const struct nics_sample *nics, size_t *count)
{
	struct rings_key *key;
	size_t n = 0, kept = 0;

	for (size_t i = 0; i < nics->n_vm; i++)
		n += nics->vm[i].n_nic;
	key = xcalloc(n + 1, sizeof(*key));
	n = 0;
	for (size_t i = 0; i < nics->n_vm; i++)
		for (size_t k = 0; k < nics->vm[i].n_nic; k++)
			if (nics->vm[i].nic[k].ifindex && nics->vm[i].nic[k].netns)
				key[n++] = key_made(
					nics->vm[i].nic[k].netns, nics->vm[i].nic[k].ifindex);
	if (n)
		qsort(key, n, sizeof(*key), by_key);
	for (size_t i = 0; i < n; i++)
		if (kept == 0 || by_key(&key[kept - 1], &key[i]) != 0)
			key[kept++] = key[i];
	*count = kept;
	return key;
}

static bool is_of(const struct rings_key *key, const struct rings_key *device)
{
	return key->netns == device->netns && key->ifindex == device->ifindex;
}

/* What was counted of a device that is gone makes room. */
static void forget(struct rings *rings, const struct rings_key *device)
{
	struct rings_bpf *bpf = rings->programs.bpf;
	size_t kept = 0;

	bpf_map_delete_elem(bpf_map__fd(bpf->maps.devices), device);
	for (size_t i = 0; i < rings->n_queue; i++)
		if (is_of(&rings->queue[i].key, device))
			bpf_map_delete_elem(bpf_map__fd(bpf->maps.queues), &rings->queue[i].key);
	for (size_t i = 0; i < rings->n_drop; i++)
		if (is_of(&rings->drop[i].key, device))
			bpf_map_delete_elem(bpf_map__fd(bpf->maps.drops), &rings->drop[i].key);
		else
			rings->drop[kept++] = rings->drop[i];
	rings->n_drop = kept;
}

static bool has(const struct rings_key *list, size_t n, const struct rings_key *key)
{
	return n && bsearch(key, list, n, sizeof(*key), by_key);
}

/* Those that left make room first; who found none before may now. */
static void update_devices(struct rings *rings, const struct nics_sample *nics)
{
	const int map = bpf_map__fd(rings->programs.bpf->maps.devices);
	const bool again = rings->crowded;
	struct rings_key *device;
	__u32 there = 1;
	size_t n;

	device = list_devices(nics, &n);
	for (size_t i = 0; i < rings->n_device; i++)
		if (!has(device, n, &rings->device[i]))
			forget(rings, &rings->device[i]);
	rings->crowded = false;
	for (size_t i = 0; i < n; i++)
		if (again || !has(rings->device, rings->n_device, &device[i]))
			rings->crowded |= bpf_map_update_elem(map, &device[i], &there, BPF_ANY) < 0;
	free(rings->device);
	rings->device = device;
	rings->n_device = n;
}

/* How many the guest has given that vhost has not taken; its ring is the guest's to write. */
static uint64_t buffers_left(pid_t pid, const struct rings_vhost *found)
{
	uint16_t index;
	struct iovec to = { &index, sizeof(index) };
	struct iovec from = { (void *)(uintptr_t)(found->avail + sizeof(uint16_t)), sizeof(index) };

	if (process_vm_readv(pid, &to, 1, &from, 1, 0) != (ssize_t)sizeof(index))
		return UNKNOWN_U64;
	return (uint16_t)(index - (uint16_t)found->last_avail_idx);
}

static struct ring_key told_key(const struct rings_key *key)
{
	return (struct ring_key){ key->netns, key->ifindex, key->queue };
}

static void take_vhost(void *arg, const void *record)
{
	const struct rings_vhost *found = record;
	struct rings *rings = arg;
	struct ring_key key = told_key(&found->key);
	size_t i = 0;

	while (i < rings->n_vhost && memcmp(&rings->vhost[i].key, &key, sizeof(key)) != 0)
		i++;
	if (i == rings->n_vhost)
		rings->vhost = xgrow(
			rings->vhost, ++rings->n_vhost, &rings->cap_vhost, sizeof(*rings->vhost));
	rings->vhost[i] = (struct ring_vhost){ .key = key,
		.at_ns = clock_mono_ns(rings->env->clock),
		.buffers = buffers_left(rings->pid, found) };
}

static void look_at_files(struct rings *rings, pid_t pid)
{
	ssize_t n;

	rings->pid = pid;
	n = bpf_iterate_process(rings->programs.bpf->progs.rings_files, pid,
		sizeof(struct rings_vhost), take_vhost, rings);
	rings->files_code = n < 0 ? (int)n : 0;
}

/* The rows of a device, by queue; NULL: it has none. */
static const struct rings_now *queues_of(
	const struct rings *rings, const struct vm_nic *nic, size_t *n)
{
	const struct rings_key first = key_made(nic->netns, nic->ifindex);
	const struct rings_now *row, *end;

	*n = 0;
	if (rings->n_queue == 0)
		return NULL;
	end = rings->queue + rings->n_queue;
	row = bsearch(&first, rings->queue, rings->n_queue, sizeof(*row), by_key);
	while (row && row + *n < end && is_of(&row[*n].key, &first))
		++*n;
	return row;
}

static bool was_full(const struct rings_now *queue, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (queue[i].high == RINGS_FULL)
			return true;
	return false;
}

static uint64_t vhost_ns(const struct rings *rings, const struct vm_nic *nic)
{
	uint64_t at_ns = 0;

	for (size_t i = 0; i < rings->n_vhost; i++)
		if (rings->vhost[i].key.ifindex == nic->ifindex &&
			rings->vhost[i].key.netns == nic->netns && rings->vhost[i].at_ns > at_ns)
			at_ns = rings->vhost[i].at_ns;
	return at_ns;
}

/* full: only those whose rings were, and whose guests may be to blame. */
static bool wants_look(const struct rings *rings, const struct nics_vm *vm, bool full)
{
	const uint64_t now_ns = clock_mono_ns(rings->env->clock);
	const bool by_vhost = rings->programs.knows_vhost && vm->vhosts;

	for (size_t i = 0; i < vm->n_nic; i++) {
		const struct vm_nic *nic = &vm->nic[i];
		const struct rings_now *queue;
		size_t n;

		if (nic->kind != NIC_TAP || !nic->ifindex || !nic->netns)
			continue;
		queue = queues_of(rings, nic, &n);
		if (full && by_vhost && was_full(queue, n))
			return true;
		if (!full && (!queue || !queue->size ||
				     (by_vhost && now_ns - vhost_ns(rings, nic) > VHOST_NS)))
			return true;
	}
	return false;
}

static void look_at_some(struct rings *rings, const struct nics_sample *nics, bool full)
{
	size_t left = LOOKS_MOST;

	if (!rings->walk || rings->files_code == -EOPNOTSUPP)
		return;
	for (size_t i = 0; i < nics->n_vm && left; i++) {
		const struct nics_vm *vm = &nics->vm[rings->next++ % nics->n_vm];

		if (!wants_look(rings, vm, full))
			continue;
		look_at_files(rings, vm->pid);
		left--;
	}
}

static void take_queue(void *arg, const void *record)
{
	struct rings *rings = arg;

	rings->queue =
		xgrow(rings->queue, rings->n_queue + 1, &rings->cap_queue, sizeof(*rings->queue));
	memcpy(&rings->queue[rings->n_queue++], record, sizeof(*rings->queue));
}

/* Each reading ends a turn, and begins the next. */
static void read_queues(struct rings *rings)
{
	ssize_t n;

	rings->n_queue = 0;
	if (!rings->walk || rings->n_device == 0)
		return;
	__atomic_fetch_add(&rings->programs.bpf->data->turn, 1, __ATOMIC_ACQ_REL);
	n = bpf_iterate(rings->walk, sizeof(struct rings_now), take_queue, rings);
	rings->walk_code = n < 0 ? (int)n : 0;
	if (rings->n_queue)
		qsort(rings->queue, rings->n_queue, sizeof(*rings->queue), by_key);
}

static void take_drop(void *arg, const void *key, const void *value)
{
	struct rings *rings = arg;
	struct drop_row *row;

	rings->drop = xgrow(rings->drop, rings->n_drop + 1, &rings->cap_drop, sizeof(*rings->drop));
	row = &rings->drop[rings->n_drop++];
	memcpy(&row->key, key, sizeof(row->key));
	memcpy(&row->count, value, sizeof(row->count));
}

static int read_drops(struct rings *rings)
{
	uint64_t changes = __atomic_load_n(&rings->programs.bpf->bss->changes, __ATOMIC_ACQUIRE);
	int code;

	if (changes == rings->changes)
		return 0;
	rings->n_drop = 0;
	code = bpf_read_map(rings->programs.bpf->maps.drops, take_drop, rings);
	if (rings->n_drop)
		qsort(rings->drop, rings->n_drop, sizeof(*rings->drop), by_key);
	rings->changes = changes;
	return code;
}

static void fill_queues(const struct rings *rings, struct arena *arena, struct rings_sample *out)
{
	out->queue = arena_array(arena, rings->n_queue, sizeof(*out->queue));
	out->n_queue = rings->n_queue;
	for (size_t i = 0; i < rings->n_queue; i++) {
		const struct rings_now *now = &rings->queue[i];
		const bool known = now->size != 0;

		out->queue[i] = (struct ring_queue){
			.key = told_key(&now->key),
			.size = known ? now->size : UNKNOWN_U64,
			.fill = known ? now->fill : UNKNOWN_U64,
			.high = !known || rings->programs.watch == WATCH_NONE ? UNKNOWN_U64
				: now->high > now->size			      ? now->size
				: now->high > now->fill			      ? now->high
									      : now->fill,
			.samples_total = now->samples,
		};
	}
}

static void fill_drops(struct rings *rings, struct arena *arena, struct rings_sample *out)
{
	const uint32_t full = reasons_full(&rings->reasons);

	out->drop = arena_array(arena, rings->n_drop, sizeof(*out->drop));
	out->n_drop = rings->n_drop;
	for (size_t i = 0; i < rings->n_drop; i++) {
		const struct drop_row *row = &rings->drop[i];
		struct reason reason = reasons_find(&rings->reasons, row->key.reason);

		out->drop[i] = (struct ring_drop){
			.key = told_key(&row->key),
			.reason = arena_strdup(arena, reason.words),
			.full = row->key.reason == full,
			.to_guest = reason.to_guest,
			.count_total = row->count,
		};
	}
}

static int by_ring_key(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct ring_key));
}

static void fill_vhosts(struct rings *rings, struct arena *arena, struct rings_sample *out)
{
	size_t kept = 0;

	for (size_t i = 0; i < rings->n_vhost; i++) {
		const struct rings_key device =
			key_made(rings->vhost[i].key.netns, rings->vhost[i].key.ifindex);

		if (has(rings->device, rings->n_device, &device))
			rings->vhost[kept++] = rings->vhost[i];
	}
	rings->n_vhost = out->n_vhost = kept;
	out->vhost = arena_array(arena, kept, sizeof(*out->vhost));
	if (kept)
		memcpy(out->vhost, rings->vhost, kept * sizeof(*out->vhost));
	if (kept)
		qsort(out->vhost, kept, sizeof(*out->vhost), by_ring_key);
}

struct kinds_of_nics {
	bool taps, vhosts;
};

static struct kinds_of_nics kinds_of(const struct nics_sample *nics)
{
	struct kinds_of_nics kinds = { false, false };

	for (size_t i = 0; i < nics->n_vm; i++) {
		kinds.vhosts |= nics->vm[i].vhosts > 0;
		for (size_t k = 0; k < nics->vm[i].n_nic; k++)
			kinds.taps |= nics->vm[i].nic[k].kind == NIC_TAP;
	}
	return kinds;
}

/* What is missing, of what is needed here. */
static const char *shortcoming(
	const struct rings *rings, const struct kinds_of_nics *kinds, struct arena *arena)
{
	uint64_t lost = __atomic_load_n(&rings->programs.bpf->bss->lost, __ATOMIC_RELAXED);

	if (rings->n_device == 0)
		return NULL;
	if (rings->crowded)
		return arena_printf(arena,
			"more devices of VMs than there is room for (%d): some "
			"are left out",
			RINGS_DEVICES);
	if (lost)
		return "some drops could not be counted: too many queues and reasons at once";
	if (!kinds->taps)
		return NULL;
	if (!rings->programs.knows_tun)
		return "the fill of rings is not known: this kernel does not tell the types of "
		       "tun, or others than are known here; use one built with "
		       "CONFIG_DEBUG_INFO_BTF_MODULES";
	if (rings->walk_code < 0)
		return arena_printf(
			arena, "the fill of rings cannot be read: %s", strerror(-rings->walk_code));
	if (rings->programs.watch == WATCH_NONE)
		return "the fill of rings is known only as of each refresh: this kernel lets no "
		       "packet be watched";
	if (rings->files_code == -EOPNOTSUPP)
		return "the fill of a ring is known from its first packets on: kernels before 6.1 "
		       "list no files of one process";
	return NULL;
}

/* A module that was loaded since is known only to programs that are loaded anew. */
static const char *has_come(const struct rings *rings, const struct kinds_of_nics *kinds)
{
	if (kinds->taps && !rings->had_tun && has_types(rings->env->root, "tun"))
		return "the module tun was loaded just now";
	if (kinds->taps && kinds->vhosts && !rings->had_vhost &&
		has_types(rings->env->root, "vhost_net"))
		return "the module vhost_net was loaded just now";
	return NULL;
}

static int rings_sample(void *state, struct sample *out)
{
	struct status *status = &out->status[SECTION_RINGS];
	struct rings *rings = state;
	const struct kinds_of_nics kinds = kinds_of(&out->nics);
	int code;

	out->rings = (struct rings_sample){ 0 };
	status->reason = has_come(rings, &kinds);
	if (status->reason)
		return -ESTALE;
	status->at_ns = clock_mono_ns(rings->env->clock);
	update_devices(rings, &out->nics);
	look_at_some(rings, &out->nics, false);
	read_queues(rings);
	look_at_some(rings, &out->nics, true);
	code = read_drops(rings);
	if (code < 0)
		return code;
	fill_queues(rings, &out->arena, &out->rings);
	fill_drops(rings, &out->arena, &out->rings);
	fill_vhosts(rings, &out->arena, &out->rings);
	status->reason = shortcoming(rings, &kinds, &out->arena);
	status->cost_ns = clock_mono_ns(rings->env->clock) - status->at_ns;
	return 0;
}

const struct probe probe_rings = {
	.name = "rings",
	.summary = "drops of packets for VMs with the kernel's reason, and how full their rings "
		   "are, by BPF",
	.section = SECTION_RINGS,
	.slow_open = true,
	.open = rings_open,
	.sample = rings_sample,
	.close = rings_close,
};
