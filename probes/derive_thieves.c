// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/derive.h"

#include <stdlib.h>
#include <string.h>

#include "probes/schema.h"

/*
 * Who had the CPUs while a VM's threads waited, as shares of all that they waited. Processes are
 * put together by what the operator calls them: a VM is one thief whatever thread of it ran, and
 * a build that starts a thousand compilers is one "cc1".
 */
enum { THIEVES_MAX = 8 };

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
	struct owner key = { .pid = pid }, *found = NULL;

	if (owners->n)
		found = bsearch(&key, owners->owner, owners->n, sizeof(key), by_pid);
	return found ? found->vm : NULL;
}

/* Time that one process ran in this interval while one VM waited. */
static double ran_ns(const struct derive *derive, const struct account_share *cur, size_t *at)
{
	const struct account_sample *prev = &derive->prev->account;
	const struct account_share *last;

	while (*at < prev->n_share) {
		last = &prev->share[*at];
		if (last->vm > cur->vm || (last->vm == cur->vm && last->pid > cur->pid) ||
			(last->vm == cur->vm && last->pid == cur->pid && last->vcpu >= cur->vcpu))
			break;
		(*at)++;
	}
	last = *at < prev->n_share ? &prev->share[*at] : NULL;
	if (!last || last->vm != cur->vm || last->pid != cur->pid || last->vcpu != cur->vcpu ||
		cur->ran_ns_total < last->ran_ns_total)
		return (double)cur->ran_ns_total; /* new: it began at 0 */
	return (double)(cur->ran_ns_total - last->ran_ns_total);
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
		thief.name = share->name ? arena_strdup(derive->arena, share->name) : "?";
	}
	return thief;
}

/* All thieves of one VM, while they are summed up; share_pct holds ns until then. */
struct gang {
	struct thief *thief;
	size_t n, cap;
};

static void gang_add(
	const struct derive *derive, struct gang *gang, const struct thief *thief, double ns)
{
	for (size_t i = 0; i < gang->n; i++) {
		struct thief *known = &gang->thief[i];

		if (known->kind != thief->kind || strcmp(known->name, thief->name) != 0)
			continue;
		if (known->pid != thief->pid)
			known->pid = UNKNOWN_U64;
		known->share_pct += ns;
		return;
	}
	if (gang->n == gang->cap) {
		struct thief *more;

		gang->cap = gang->cap ? 2 * gang->cap : 8;
		more = arena_array(derive->arena, gang->cap, sizeof(*more));
		if (gang->n)
			memcpy(more, gang->thief, gang->n * sizeof(*more));
		gang->thief = more;
	}
	gang->thief[gang->n] = *thief;
	gang->thief[gang->n++].share_pct = ns;
}

static int by_share(const void *a, const void *b)
{
	const struct thief *x = a, *y = b;

	if (x->share_pct != y->share_pct)
		return x->share_pct < y->share_pct ? 1 : -1;
	return strcmp(x->name, y->name);
}

/* The largest ones by name, the rest as one; their shares sum to 100. */
static void gang_finish(struct gang *gang, struct steal *steal)
{
	double all_ns = 0, rest_ns = 0;

	for (size_t i = 0; i < gang->n; i++)
		all_ns += gang->thief[i].share_pct;
	if (all_ns <= 0)
		return;
	qsort(gang->thief, gang->n, sizeof(*gang->thief), by_share);
	for (size_t i = THIEVES_MAX - 1; i < gang->n; i++)
		rest_ns += gang->thief[i].share_pct;
	if (gang->n > THIEVES_MAX) {
		gang->thief[THIEVES_MAX - 1] = (struct thief){ .name = "others",
			.pid = UNKNOWN_U64,
			.kind = THIEF_PROCESS,
			.share_pct = rest_ns };
		gang->n = THIEVES_MAX;
	}
	for (size_t i = 0; i < gang->n; i++)
		gang->thief[i].share_pct *= 100 / all_ns;
	steal->thief = gang->thief;
	steal->n_thief = gang->n;
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

	for (size_t i = 0; i < cur->n_thread; i++) {
		const struct account_thread *thread = &cur->thread[i], *prev;
		const struct owner key = { .pid = thread->pid }, *owner = NULL;
		uint64_t unseen_ns;

		if (owners->n)
			owner = bsearch(&key, owners->owner, owners->n, sizeof(key), by_pid);
		prev = account_thread(&derive->prev->account, thread->tid, thread->start_ticks);
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
	size_t share = 0, last = 0;

	if (!derive->prev)
		return;
	beside = arena_array(derive->arena, owners.n, sizeof(*beside));
	look_beside(derive, &owners, beside);
	for (size_t i = 0; i < owners.n; i++) { /* both by pid */
		struct gang gang = { .n = 0 };

		while (share < cur->n_share && cur->share[share].vm < owners.owner[i].pid)
			ran_ns(derive, &cur->share[share++], &last);
		for (; share < cur->n_share && cur->share[share].vm == owners.owner[i].pid;
			share++) {
			struct thief thief = thief_of(derive, &owners, &cur->share[share]);
			double ns = ran_ns(derive, &cur->share[share], &last);

			if (ns > 0)
				gang_add(derive, &gang, &thief, ns);
		}
		if (beside[i].unseen_ns > 0)
			gang_add(derive, &gang,
				&(struct thief){ .kind = THIEF_UNSEEN, .name = "not seen",
					.pid = UNKNOWN_U64 },
				beside[i].unseen_ns);
		gang_finish(&gang, &owners.owner[i].vm->steal);
		list_helpers(derive, &beside[i], &owners.owner[i].vm->steal);
	}
}
