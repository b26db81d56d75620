// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/account.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <bpf/libbpf.h>

#include "probes/account.skel.h"
#include "probes/account_thieves.h"
#include "probes/account_time.h"
#include "probes/account_told.h"
#include "probes/account_track.h"
#include "probes/bpf.h"
#include "probes/probe.h"

enum { SLOTS_LEAST = 4096, SLOTS_A_CPU = 64, COPY_TRIES = 8 };

struct accounts {
	const struct clock *clock;
	const struct sysroot *root;
	struct account_bpf *bpf;
	struct account_slot *slot; /* the map itself */
	size_t n_slot, map_bytes;
	struct track *track;
	struct thieves *thieves;
	bool kvm_known, irq_known;
	uint64_t *address, *told; /* of the vCPUs of one VM */
	size_t cap_told;
	int told_code; /* why some guest's clock could not be read */
};

static void account_close(void *state)
{
	struct accounts *account = state;

	if (!account)
		return;
	if (account->slot)
		munmap(account->slot, account->map_bytes);
	account_bpf__destroy(account->bpf);
	track_free(account->track);
	thieves_free(account->thieves);
	free(account->address);
	free(account->told);
	free(account);
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
	account->kvm_known = notifier >= 0;
	/* A run queue that keeps its interrupts' time keeps it out of its threads' time. */
	account->irq_known = bpf_offset(types, NULL, "rq", "prev_irq_time") >= 0 ||
			     bpf_offset(types, NULL, "rq", "prev_steal_time_rq") >= 0;
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
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	account->map_bytes = (account->n_slot * sizeof(*account->slot) + page - 1) / page * page;
	account->slot = mmap(NULL, account->map_bytes, PROT_READ | PROT_WRITE, MAP_SHARED,
		bpf_map__fd(account->bpf->maps.slots), 0);
	if (account->slot != MAP_FAILED)
		return 0;
	account->slot = NULL;
	return err_set(err, -errno, "cannot map the vCPU accounts: %s", strerror(errno));
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
	code = bpf_start(account->bpf->skeleton, "the vCPU accounts", err);
	if (code == 0)
		code = map_slots(account, err);
	if (code < 0)
		return code;
	account->track = track_new(account->bpf, account->slot, account->n_slot);
	account->thieves = thieves_new(account->root, bpf_map__fd(account->bpf->maps.thieves));
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

/* A copy as of one moment: a program that writes to it is through in no time. */
static void slot_copy(struct account_slot *to, const struct account_slot *from)
{
	for (int i = 0; i < COPY_TRIES; i++) {
		uint64_t seq = __atomic_load_n(&from->seq, __ATOMIC_ACQUIRE);

		memcpy(to, from, sizeof(*to));
		__atomic_thread_fence(__ATOMIC_ACQUIRE);
		if (seq % 2 == 0 && seq == __atomic_load_n(&from->seq, __ATOMIC_RELAXED))
			return;
	}
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

/* False: nothing is known of it yet. */
static bool thread_fill(struct accounts *account, struct tracked *task, struct arena *arena,
	struct account_thread *out)
{
	struct account_slot slot, *live = &account->slot[task->slot];
	struct account_now now;
	uint64_t now_ns;

	slot_copy(&slot, live);
	now_ns = clock_mono_ns(account->clock);
	if (!account_at(&slot, now_ns, &now))
		return false;
	keep_forward(&now, &task->last);
	*out = (struct account_thread){
		.pid = task->pid,
		.tid = task->tid,
		.start_ticks = task->start_ticks,
		.kind = task->kind,
		.at_ns = now_ns,
		.run_ns_total = now.run_ns,
		.wait_ns_total = now.wait_ns,
		.max_wait_ns = __atomic_exchange_n(&live->max_wait_ns, 0, __ATOMIC_RELAXED),
		.unseen_ns_total = slot.unseen_ns,
		.steal_clock = steal_clock(account, &slot),
		.told_address = slot.hva,
		.counted_wait_ns_total = slot.live_delay_ns,
		.told_ns_total = UNKNOWN_U64,
		.settled = task->told,
		.seq = slot.live_seq,
		.slot = (size_t)task->slot,
	};
	task->told = true;
	memcpy(out->account_ns, now.ns, sizeof(out->account_ns));
	if (task->kind == THREAD_VCPU) {
		void *bin = arena_alloc(arena, sizeof(slot.bin));

		memcpy(bin, slot.bin, sizeof(slot.bin));
		out->bin = bin;
	}
	return true;
}

static void fill_threads(struct accounts *account, struct sample *out)
{
	struct account_sample *section = &out->account;
	size_t n;
	struct tracked *task = track_tasks(account->track, &n);

	section->thread = arena_array(&out->arena, n, sizeof(*section->thread));
	for (size_t i = 0; i < n; i++)
		if (task[i].slot != NO_SLOT)
			section->n_thread += thread_fill(account, &task[i], &out->arena,
				&section->thread[section->n_thread]);
}

static struct account_thread *vcpu_with_clock(
	const struct account_sample *section, const struct proc_vcpu *vcpu)
{
	struct account_thread *thread = account_thread(section, vcpu->tid, vcpu->start_ticks);

	return thread && thread->steal_clock == STEAL_CLOCK_ON && thread->told_address ? thread
										       : NULL;
}

static void told_reserve(struct accounts *account, size_t n)
{
	if (n <= account->cap_told)
		return;
	account->cap_told = 2 * n;
	account->address = xrealloc_array(account->address, 2 * n, sizeof(*account->address));
	account->told = xrealloc_array(account->told, 2 * n, sizeof(*account->told));
}

/* What the vCPUs of one VM were told, read in one go. */
static void read_told(
	struct accounts *account, const struct proc_vm *vm, const struct account_sample *section)
{
	size_t n = 0;
	int code;

	told_reserve(account, vm->n_vcpu);
	for (size_t i = 0; i < vm->n_vcpu; i++) {
		struct account_thread *thread = vcpu_with_clock(section, &vm->vcpu[i]);

		if (thread)
			account->address[n++] = thread->told_address;
	}
	code = n ? told_read(vm->pid, account->address, account->told, n) : 0;
	if (code < 0) {
		if (code != -ESRCH)
			account->told_code = code;
		return;
	}
	n = 0;
	for (size_t i = 0; i < vm->n_vcpu; i++) {
		struct account_thread *thread = vcpu_with_clock(section, &vm->vcpu[i]);

		if (!thread)
			continue;
		thread->told_ns_total = account->told[n++];
		thread->told_at_once =
			thread->seq == __atomic_load_n(&account->slot[thread->slot].seq,
					       __ATOMIC_RELAXED);
	}
}

static const char *shortcoming(const struct accounts *account, struct arena *arena)
{
	if (track_is_full(account->track))
		return arena_printf(arena,
			"more threads than the accounts have room for (%zu): the rest is read from "
			"schedstat",
			account->n_slot);
	if (account->told_code)
		return arena_printf(arena,
			"cannot read what guests were told: %s; run as root or grant "
			"CAP_SYS_PTRACE",
			strerror(-account->told_code));
	if (!account->kvm_known)
		return "this kernel does not tell the types of KVM: halted and blocked vCPUs "
		       "cannot be told apart";
	return NULL;
}

/* KVM came after us: its types are there now. */
static bool must_reopen(const struct accounts *account)
{
	char target[16];

	return !account->kvm_known &&
	       sysroot_readlink(account->root, target, sizeof(target), "sys/kernel/btf/kvm") !=
		       -ENOENT;
}

static int account_sample(void *state, struct sample *out)
{
	struct status *status = &out->status[SECTION_ACCOUNT];
	struct account_sample *section = &out->account;
	struct accounts *account = state;
	ssize_t code;

	if (must_reopen(account))
		return -EAGAIN;
	*section = (struct account_sample){ .kvm_known = account->kvm_known,
		.irq_known = account->irq_known };
	track_round(account->track, &out->procvm);
	code = bpf_iterate(account->bpf->links.account_tasks, sizeof(struct account_found),
		track_found, account->track);
	if (code < 0)
		return (int)code;
	fill_threads(account, out);
	account->told_code = 0;
	for (size_t i = 0; i < out->procvm.n_vm; i++)
		read_told(account, &out->procvm.vm[i], section);
	code = thieves_read(account->thieves, &out->arena, &section->share, &section->n_share);
	if (code < 0)
		return (int)code;
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
