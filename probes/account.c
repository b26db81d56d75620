// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/account.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/libbpf.h>

#include "probes/account.skel.h"
#include "probes/account_thieves.h"
#include "probes/account_time.h"
#include "probes/account_track.h"
#include "probes/bpf.h"
#include "probes/probe.h"

enum { SLOTS_LEAST = 4096, SLOTS_A_CPU = 128, COPY_TRIES = 1000, LOOK_ROUNDS = 4, AHEAD = 4 };

struct accounts {
	const struct clock *clock;
	const struct sysroot *root;
	struct account_bpf *bpf;
	struct bpf_window slots;   /* the map itself, as far as slots are given away */
	struct account_slot *slot; /* the first of them */
	size_t n_slot;
	struct track *track;
	struct account_nodes nodes;
	bool thieves_full;
	uint64_t clock_ns; /* monotonic time less a run queue's */
	unsigned rounds;   /* since the last look at all threads */
	bool kvm_known, irq_known, below_known;
	bool kvm_was_there; /* its types, when we opened */
};

static void account_close(void *state)
{
	struct accounts *account = state;

	if (!account)
		return;
	bpf_window_close(&account->slots);
	nodes_release(&account->nodes);
	account_bpf__destroy(account->bpf);
	track_free(account->track);
	free(account);
}

static bool has_kvm_types(const struct accounts *account)
{
	char target[16];

	return sysroot_readlink(account->root, target, sizeof(target), "sys/kernel/btf/kvm") !=
	       -ENOENT;
}

/* Where KVM keeps what the programs look at, in this kernel; -1 where it does not tell. */
static void set_offsets(struct accounts *account, struct bpf_types *types)
{
	struct account_bpf__rodata *ro = account->bpf->rodata;
	int notifier = bpf_offset(types, "kvm", "kvm_vcpu", "preempt_notifier.link");

	ro->has_prev_state = bpf_tracepoint_args(types, NULL, "sched_switch") >= 4;
	ro->at_notifier = notifier < 0 ? -1 : notifier;
	ro->at_wait_task = bpf_offset(types, "kvm", "kvm_vcpu", "wait.task");
	ro->at_steal_msr = bpf_offset(types, "kvm", "kvm_vcpu", "arch.st.msr_val");
	ro->at_steal_hva = bpf_offset(types, "kvm", "kvm_vcpu", "arch.st.cache.hva");
	ro->at_steal_last = bpf_offset(types, "kvm", "kvm_vcpu", "arch.st.last_steal");
	account->kvm_known = notifier >= 0 && ro->at_wait_task >= 0;
	account->kvm_was_there = has_kvm_types(account);
	/*
	 * A run queue that keeps its interrupts' time keeps it out of its threads' time; so with
	 * that of the hypervisor below, where there is one that tells.
	 */
	account->irq_known = bpf_offset(types, NULL, "rq", "prev_irq_time") >= 0;
	account->below_known = bpf_offset(types, NULL, "rq", "prev_steal_time_rq") >= 0;
}

static size_t slots_for(int cpus)
{
	size_t n = SLOTS_LEAST;

	while (n < (size_t)cpus * SLOTS_A_CPU && n < ACCOUNT_SLOTS)
		n *= 2;
	return n;
}

static int map_slots(struct accounts *account, struct err *err)
{
	int code = bpf_window_open(&account->slots, account->bpf->maps.slots);

	account->slot = account->slots.base;
	if (code == 0)
		code = nodes_map(&account->nodes, account->bpf);
	return code == 0 ? 0
			 : err_set(err, code, "cannot map the vCPU accounts: %s", strerror(-code));
}

static int start(struct accounts *account, struct bpf_types *types, struct err *err)
{
	int cpus = bpf_cpus(), code;

	account->bpf = account_bpf__open();
	if (!account->bpf)
		return err_set(err, -errno, "cannot open the vCPU accounts: %s", strerror(errno));
	set_offsets(account, types);
	account->n_slot = slots_for(cpus);
	bpf_map__set_max_entries(account->bpf->maps.cpus, (unsigned)cpus);
	bpf_map__set_max_entries(account->bpf->maps.slots, (unsigned)account->n_slot);
	nodes_prepare(&account->nodes, account->root, account->bpf, account->n_slot,
		bpf_offset(types, NULL, "task_struct", "numa_pages_migrated") >= 0);
	code = bpf_start(account->bpf->skeleton, "the vCPU accounts", err);
	if (code == 0)
		code = map_slots(account, err);
	if (code < 0)
		return code;
	account->track = track_new(account->bpf, &account->slots, &account->nodes);
	return 0;
}

static int account_open(const struct probe_env *env, void **state, struct err *err)
{
	struct bpf_types *types;
	struct accounts *account;
	int code = bpf_types_open(&types, env->root, err);

	if (code < 0)
		return code;
	account = xcalloc(1, sizeof(*account));
	account->clock = env->clock;
	account->root = env->root;
	code = start(account, types, err);
	bpf_types_close(types);
	if (code < 0) {
		account_close(account);
		return code;
	}
	*state = account;
	return 0;
}

/*
 * As of one moment, all but the bins: a program that writes to it is through in microseconds.
 * False: it is not, for the hypervisor below this host has stopped its CPU, say.
 */
static bool slot_copy(struct account_slot *to, const struct account_slot *from)
{
	for (int i = 0; i < COPY_TRIES; i++) {
		uint64_t seq = __atomic_load_n(&from->seq, __ATOMIC_ACQUIRE);

		memcpy(to, from, offsetof(struct account_slot, bin));
		__atomic_thread_fence(__ATOMIC_ACQUIRE);
		if (seq % 2 == 0 && seq == __atomic_load_n(&from->seq, __ATOMIC_RELAXED))
			return true;
	}
	return false;
}

/* Most vCPUs of most hosts wait for nothing: then none was added, and a kilobyte is not read. */
static const uint32_t (*new_waits(struct tracked *task, const struct account_slot *slot,
	const struct account_slot *copy, struct arena *arena))[ACCOUNT_BINS]
{
	uint64_t waited_ns = copy->total_ns[ACCOUNT_WAITING] + copy->total_ns[ACCOUNT_THROTTLED];
	uint32_t(*delta)[ACCOUNT_BINS];

	if (task->kind != THREAD_VCPU || task->waited_ns == waited_ns)
		return NULL;
	task->waited_ns = waited_ns;
	if (!task->bin)
		task->bin = xcalloc(2, sizeof(*task->bin));
	delta = arena_array(arena, 2, sizeof(*delta));
	for (size_t kind = 0; kind < 2; kind++)
		for (size_t i = 0; i < ACCOUNT_BINS; i++) {
			uint32_t count = __atomic_load_n(&slot->bin[kind][i], __ATOMIC_RELAXED);

			delta[kind][i] = count - task->bin[kind][i];
			task->bin[kind][i] = count;
		}
	return (const uint32_t(*)[ACCOUNT_BINS])delta;
}

static enum steal_clock steal_clock(const struct accounts *account, const struct account_slot *slot)
{
	if (!slot->seen_kvm || account->bpf->rodata->at_steal_msr < 0)
		return STEAL_CLOCK_UNKNOWN;
	return slot->msr & 1 ? STEAL_CLOCK_ON : STEAL_CLOCK_OFF; /* KVM_MSR_ENABLED */
}

/* An estimate may turn out to have been a little high: then it stands until it is true. */
static void keep_forward(struct account_now *now, struct account_now *last)
{
	for (size_t i = 0; i < ACCOUNT_COUNT; i++)
		now->ns[i] = last->ns[i] = now->ns[i] > last->ns[i] ? now->ns[i] : last->ns[i];
	now->run_ns = last->run_ns = now->run_ns > last->run_ns ? now->run_ns : last->run_ns;
	now->wait_ns = last->wait_ns = now->wait_ns > last->wait_ns ? now->wait_ns : last->wait_ns;
}

/* False: nothing is known of it yet, or now. */
static bool thread_fill(struct accounts *account, struct tracked *task, struct arena *arena,
	struct account_thread *out)
{
	struct account_slot slot, *live = &account->slot[task->slot];
	struct account_now now;
	uint64_t now_ns;

	if (!slot_copy(&slot, live))
		return false;
	if (slot.clock_ns)
		account->clock_ns = slot.clock_ns;
	else
		slot.clock_ns = account->clock_ns; /* that of another thread is as good, nearly */
	now_ns = clock_mono_ns(account->clock);
	if (!account_at(&slot, now_ns, &now))
		return false;
	keep_forward(&now, &task->last);
	*out = (struct account_thread){
		.pid = task->pid,
		.tid = task->tid,
		.start_ticks = task->start_ticks,
		.kind = task->kind,
		.apart = task->apart,
		.at_ns = now_ns,
		.run_ns_total = now.run_ns,
		.wait_ns_total = now.wait_ns,
		.max_wait_ns = slot.max_wait_ns ? __atomic_exchange_n(
							  &live->max_wait_ns, 0, __ATOMIC_RELAXED)
						: 0,
		.unseen_ns_total = slot.unseen_ns,
		.steal_clock = steal_clock(account, &slot),
		.told_ns_total = UNKNOWN_U64,
		.counted_wait_ns_total = slot.told_delay_ns - slot.told_first_delay_ns,
		.told_lag_ns = slot.lag_ns,
		.switches = slot.seq,
		.settled = task->has_last,
	};
	if (slot.hva && slot.told != ACCOUNT_TOLD_NOT)
		out->told_ns_total = slot.told_ns - slot.told_first_ns;
	task->has_last = true;
	memcpy(out->account_ns, now.ns, sizeof(out->account_ns));
	out->bin = new_waits(task, live, &slot, arena);
	nodes_fill(&account->nodes, &slot, now.ns[ACCOUNT_RUN], arena, out);
	return true;
}

/*
 * Slots are memory that other CPUs have written to since, and waiting for it is most of what a
 * reading costs: so it is asked for some threads ahead, which saves a quarter. Always inline: GCC
 * takes a function that does nothing but this for one that does nothing, and drops the call.
 */
static inline __attribute__((always_inline)) void ask_ahead(
	const struct accounts *account, const struct tracked *task)
{
	enum { LINE_BYTES = 64 };
	const char *slot;

	if (task->slot == NO_SLOT)
		return;
	slot = (const char *)&account->slot[task->slot];
	for (size_t at = 0; at < offsetof(struct account_slot, bin); at += LINE_BYTES)
		__builtin_prefetch(slot + at);
}

static void fill_threads(struct accounts *account, struct sample *out)
{
	struct account_sample *section = &out->account;
	size_t n;
	struct tracked *task = track_tasks(account->track, &n);

	section->thread = arena_array(&out->arena, n, sizeof(*section->thread));
	for (size_t i = 0; i < n; i++) {
		if (i + AHEAD < n)
			ask_ahead(account, &task[i + AHEAD]);
		if (task[i].slot != NO_SLOT)
			section->n_thread += thread_fill(account, &task[i], &out->arena,
				&section->thread[section->n_thread]);
	}
}

static const char *shortcoming(const struct accounts *account, struct arena *arena)
{
	if (track_is_full(account->track))
		return arena_printf(arena,
			"more vCPUs than the accounts have room for (%zu): the rest is read from "
			"schedstat",
			account->n_slot);
	if (track_is_crowded(account->track))
		return arena_printf(arena,
			"VMs have more threads beside vCPUs than the accounts have room for (%zu): "
			"some are left out",
			account->n_slot / 4 * 3);
	if (account->thieves_full)
		return "more processes ran while VMs waited than there is room for: some of the "
		       "wait is charged to none";
	if (!account->kvm_known)
		return "this kernel does not tell the types of KVM: halted and blocked vCPUs "
		       "cannot be told apart";
	return NULL;
}

/* KVM came after us: its types are there now. */
static bool must_reopen(const struct accounts *account)
{
	return !account->kvm_known && !account->kvm_was_there && has_kvm_types(account);
}

/* Somebody waits for a CPU only beside somebody who has it; and one of all that are ready is us. */
static bool may_anybody_wait(const struct accounts *account)
{
	unsigned ready;
	char loadavg[64];

	if (sysroot_read(account->root, loadavg, sizeof(loadavg), "proc/loadavg") <= 0 ||
		sscanf(loadavg, "%*s %*s %*s %u/", &ready) != 1)
		return true;
	return ready > 2;
}

/*
 * Walking through all threads of the host finds new ones of VMs, steal clocks that were turned on,
 * and waits in progress of threads that slept before; only the last cannot be put off.
 */
static int look_at_threads(struct accounts *account)
{
	ssize_t code;

	if (!track_is_fresh(account->track) && ++account->rounds < LOOK_ROUNDS &&
		!may_anybody_wait(account))
		return 0;
	account->rounds = 0;
	code = bpf_iterate(account->bpf->links.account_tasks, sizeof(struct account_found),
		track_found, account->track);
	return code < 0 ? (int)code : 0;
}

static int account_sample(void *state, struct sample *out)
{
	struct status *status = &out->status[SECTION_ACCOUNT];
	struct account_sample *section = &out->account;
	struct accounts *account = state;
	int code;

	if (must_reopen(account) || !nodes_round(&account->nodes, &out->topology))
		return -EAGAIN;
	*section = (struct account_sample){ .kvm_known = account->kvm_known,
		.irq_known = account->irq_known,
		.below_known = account->below_known,
		.n_node = account->nodes.n,
		.node_reason = account->nodes.reason };
	track_round(account->track, &out->procvm);
	code = look_at_threads(account);
	if (code < 0)
		return code;
	fill_threads(account, out);
	code = thieves_take(bpf_map__fd(account->bpf->maps.thieves), &out->arena, &section->share,
		&section->n_share, &account->thieves_full);
	if (code < 0)
		return code;
	status->reason = shortcoming(account, &out->arena);
	return 0;
}

const struct probe probe_account = {
	.name = "bpf",
	.summary = "exact accounts of every vCPU's time, who ran while it waited, and what its "
		   "guest was told, by BPF",
	.section = SECTION_ACCOUNT,
	.slow_open = true,
	.open = account_open,
	.sample = account_sample,
	.close = account_close,
};
