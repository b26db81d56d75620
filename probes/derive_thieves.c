// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/derive.h"

#include <stdlib.h>
#include <string.h>

#include "probes/gang.h"

/* VMs by process, to find one of a pid. */
struct owner {
	pid_t pid;
	struct vm *vm;
};

struct owners {
	struct owner *owner; /* by pid */
	size_t n;
};

static int by_pid(const void *a, const void *b)
{
	const struct owner *x = a, *y = b;

	return (x->pid > y->pid) - (x->pid < y->pid);
}

static struct owners owners_make(const struct derive *derive, struct snapshot *out)
{
	struct owners owners = { .owner = arena_array(derive->arena, out->n_vm,
					 sizeof(*owners.owner)) };

	for (size_t i = 0; i < out->n_vm; i++)
		if (out->vm[i].pid != UNKNOWN_U64)
			owners.owner[owners.n++] =
				(struct owner){ .pid = (pid_t)out->vm[i].pid, .vm = &out->vm[i] };
	if (owners.n)
		qsort(owners.owner, owners.n, sizeof(*owners.owner), by_pid);
	return owners;
}

static struct vm *owner_of(const struct owners *owners, pid_t pid)
{
	struct owner *found = sample_by_pid(pid, owners->owner, owners->n, sizeof(*found));

	return found ? found->vm : NULL;
}

/* "vhost-4711" and "kvm-pit/4711" work in the kernel for process 4711. */
static pid_t works_for(const struct account_share *share)
{
	static const char *const prefix[] = { "vhost-", "kvm-pit/" };

	for (size_t i = 0; share->name && i < sizeof(prefix) / sizeof(prefix[0]); i++)
		if (strncmp(share->name, prefix[i], strlen(prefix[i])) == 0)
			return (pid_t)strtol(share->name + strlen(prefix[i]), NULL, 10);
	return share->pid;
}

static struct thief thief_of(
	const struct derive *derive, const struct owners *owners, const struct account_share *share)
{
	const struct vm *vm = owner_of(owners, works_for(share));
	struct thief thief = { .pid = (uint64_t)share->pid };

	if ((uint32_t)share->pid == ACCOUNT_QUOTA) {
		thief = (struct thief){ .kind = THIEF_QUOTA, .name = "quota", .pid = UNKNOWN_U64 };
	} else if (share->pid == 0) {
		thief = (struct thief){ .kind = THIEF_IDLE, .name = "idle", .pid = UNKNOWN_U64 };
	} else if (vm && vm->pid == (uint64_t)share->vm) {
		thief.kind = share->vcpu ? THIEF_SELF : THIEF_EMULATOR;
		thief.name = share->vcpu ? "own vCPUs" : "own emulator";
		thief.pid = vm->pid;
	} else if (vm) {
		thief.kind = THIEF_VM;
		thief.name = vm->name;
		thief.pid = vm->pid;
	} else {
		thief.kind = THIEF_PROCESS;
		thief.name = share->name ? derive_text(derive, share->name) : "?";
	}
	return thief;
}

/* What could be charged to nobody, and the threads beside the vCPUs. */
struct beside {
	double unseen_ns;
	struct helper helper[HELPER_EMULATOR + 1];
};

static void add_helper(struct beside *beside, const struct account_thread *cur,
	const struct account_thread *prev)
{
	static const enum helper_kind kind[] = {
		[THREAD_VCPU] = HELPER_UNKNOWN,
		[THREAD_IO] = HELPER_IOTHREAD,
		[THREAD_VHOST] = HELPER_VHOST,
		[THREAD_EMULATOR] = HELPER_EMULATOR,
	};
	struct helper *helper = &beside->helper[kind[cur->kind]];
	uint64_t ns = cur->at_ns - prev->at_ns;

	helper->threads++;
	helper->host_run_pct += derive_pct(
		derive_delta(cur->account_ns[ACCOUNT_RUN], prev->account_ns[ACCOUNT_RUN]), ns);
	helper->host_wait_pct += derive_pct(derive_delta(cur->account_ns[ACCOUNT_WAITING],
						    prev->account_ns[ACCOUNT_WAITING]),
		ns);
	helper->host_throttled_pct += derive_pct(derive_delta(cur->account_ns[ACCOUNT_THROTTLED],
							 prev->account_ns[ACCOUNT_THROTTLED]),
		ns);
}

static void look_beside(
	const struct derive *derive, const struct owners *owners, struct beside *beside)
{
	const struct account_sample *cur = &derive->cur->account;
	size_t next = 0;

	for (size_t i = 0; i < cur->n_thread; i++) {
		const struct account_thread *thread = &cur->thread[i], *prev;
		const struct owner *owner = sample_by_pid(
			thread->pid, owners->owner, owners->n, sizeof(*owner));
		uint64_t unseen_ns;

		prev = account_thread_next(
			&derive->prev->account, &next, thread->tid, thread->start_ticks);
		if (!owner || !prev || thread->at_ns <= prev->at_ns)
			continue;
		unseen_ns = derive_delta(thread->unseen_ns_total, prev->unseen_ns_total);
		if (unseen_ns != UNKNOWN_U64)
			beside[owner - owners->owner].unseen_ns += (double)unseen_ns;
		if (thread->kind != THREAD_VCPU)
			add_helper(&beside[owner - owners->owner], thread, prev);
	}
}

static void list_helpers(const struct derive *derive, const struct beside *beside, struct steal *steal)
{
	steal->helper = arena_array(derive->arena, HELPER_EMULATOR, sizeof(*steal->helper));
	for (int kind = HELPER_IOTHREAD; kind <= HELPER_EMULATOR; kind++)
		if (beside->helper[kind].threads) {
			steal->helper[steal->n_helper] = beside->helper[kind];
			steal->helper[steal->n_helper++].kind = (enum helper_kind)kind;
		}
}

void derive_thieves(const struct derive *derive, struct snapshot *out)
{
	const struct account_sample *cur = &derive->cur->account;
	struct owners owners = owners_make(derive, out);
	struct beside *beside;
	size_t share = 0;

	if (!derive->prev)
		return;
	beside = arena_array(derive->arena, owners.n, sizeof(*beside));
	look_beside(derive, &owners, beside);
	for (size_t i = 0; i < owners.n; i++) { /* both by pid */
		struct gang gang = { .arena = derive->arena };

		while (share < cur->n_share && cur->share[share].vm < owners.owner[i].pid)
			share++;
		for (; share < cur->n_share && cur->share[share].vm == owners.owner[i].pid; share++)
			gang_add(&gang, thief_of(derive, &owners, &cur->share[share]),
				(double)cur->share[share].ran_ns);
		if (beside[i].unseen_ns > 0)
			gang_add(&gang,
				(struct thief){ .kind = THIEF_UNSEEN, .name = "not seen",
					.pid = UNKNOWN_U64 },
				beside[i].unseen_ns);
		gang_finish(&gang, &owners.owner[i].vm->steal);
		list_helpers(derive, &beside[i], &owners.owner[i].vm->steal);
	}
}
