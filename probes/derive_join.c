// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/derive.h"

#include <stdlib.h>
#include <string.h>

/*
 * Which process runs which domain. The pid file of libvirt decides; where it cannot be read the
 * UUID on the command line does, but anybody may start a process that claims any UUID. So one
 * that fits by pid is never given away by UUID, and of several the oldest is taken: a VM cannot
 * be displaced by a later one. The others are VMs of their own, named by process and start.
 */
struct claims {
	const struct procvm_sample *procvm;
	const struct libvirt_sample *libvirt;
	const struct domain **owner;	/* by position in procvm->vm */
	const struct proc_vm **by_uuid; /* that have one: by uuid, the oldest first */
	size_t n_by_uuid;
};

static bool is_zombie(const struct proc_vm *proc)
{
	return proc->proc_state == 'Z';
}

static int by_uuid_compare(const void *a, const void *b)
{
	const struct proc_vm *left = *(const struct proc_vm *const *)a;
	const struct proc_vm *right = *(const struct proc_vm *const *)b;
	int by_uuid = strcmp(left->uuid, right->uuid);

	if (by_uuid)
		return by_uuid;
	if (left->start_ticks != right->start_ticks)
		return left->start_ticks < right->start_ticks ? -1 : 1;
	return (left->pid > right->pid) - (left->pid < right->pid);
}

static void claims_init(struct claims *claims, const struct derive *derive)
{
	size_t n = derive->cur->procvm.n_vm;

	*claims = (struct claims){
		.procvm = &derive->cur->procvm,
		.libvirt = &derive->cur->libvirt,
		.owner = arena_array(derive->arena, n, sizeof(*claims->owner)),
		.by_uuid = arena_array(derive->arena, n, sizeof(*claims->by_uuid)),
	};
	for (size_t i = 0; i < n; i++)
		if (claims->procvm->vm[i].uuid && !is_zombie(&claims->procvm->vm[i]))
			claims->by_uuid[claims->n_by_uuid++] = &claims->procvm->vm[i];
	qsort(claims->by_uuid, claims->n_by_uuid, sizeof(*claims->by_uuid), by_uuid_compare);
}

static const struct domain **owner_of(const struct claims *claims, const struct proc_vm *proc)
{
	return &claims->owner[proc - claims->procvm->vm];
}

/* The first with this uuid; the others follow it. */
static size_t first_with(const struct claims *claims, const char *uuid)
{
	size_t low = 0, high = claims->n_by_uuid;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(claims->by_uuid[middle]->uuid, uuid) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static const struct proc_vm *claim_by_pid(const struct claims *claims, const struct domain *domain)
{
	const struct proc_vm *proc =
		sample_by_pid(domain->pid, claims->procvm->vm, claims->procvm->n_vm, sizeof(*proc));

	if (!proc || is_zombie(proc) || *owner_of(claims, proc))
		return NULL;
	/* A pid file that was left behind may name a process of another VM by now. */
	if (proc->uuid && domain->uuid && strcmp(proc->uuid, domain->uuid) != 0)
		return NULL;
	*owner_of(claims, proc) = domain;
	return proc;
}

static const struct proc_vm *claim_by_uuid(const struct claims *claims, const struct domain *domain)
{
	if (!domain->uuid)
		return NULL;
	for (size_t i = first_with(claims, domain->uuid); i < claims->n_by_uuid; i++) {
		const struct proc_vm *proc = claims->by_uuid[i];

		if (strcmp(proc->uuid, domain->uuid) != 0)
			return NULL;
		if (!*owner_of(claims, proc)) {
			*owner_of(claims, proc) = domain;
			return proc;
		}
	}
	return NULL;
}

static int uuid_compare(const void *key, const void *item)
{
	const char *uuid = ((const struct domain *)item)->uuid;

	return strcmp(key, uuid ? uuid : "");
}

static const char *process_key(const struct derive *derive, const struct proc_vm *proc)
{
	return arena_printf(
		derive->arena, "%ld-%llu", (long)proc->pid, (unsigned long long)proc->start_ticks);
}

static const char *domain_key(const struct derive *derive, const struct joined *joined)
{
	if (joined->domain->uuid)
		return derive_text(derive, joined->domain->uuid);
	return joined->proc ? process_key(derive, joined->proc)
			    : derive_text(derive, joined->domain->name);
}

static const char *bare_key(
	const struct derive *derive, const struct claims *claims, const struct proc_vm *proc)
{
	const struct libvirt_sample *libvirt = claims->libvirt;

	if (!proc->uuid || claims->by_uuid[first_with(claims, proc->uuid)] != proc)
		return process_key(derive, proc);
	if (libvirt->n_domain && bsearch(proc->uuid, libvirt->domain, libvirt->n_domain,
					 sizeof(*libvirt->domain), uuid_compare))
		return process_key(derive, proc);
	return derive_text(derive, proc->uuid);
}

static size_t join_domains(
	const struct derive *derive, const struct claims *claims, struct joined *joined)
{
	size_t n = claims->libvirt->n_domain;

	for (size_t i = 0; i < n; i++) {
		joined[i].domain = &claims->libvirt->domain[i];
		joined[i].proc = claim_by_pid(claims, joined[i].domain);
	}
	for (size_t i = 0; i < n; i++) {
		if (!joined[i].proc)
			joined[i].proc = claim_by_uuid(claims, joined[i].domain);
		joined[i].key = domain_key(derive, &joined[i]);
	}
	return n;
}

size_t derive_join(const struct derive *derive, struct joined **out)
{
	struct claims claims;
	struct joined *joined;
	size_t n;

	claims_init(&claims, derive);
	joined = arena_array(
		derive->arena, claims.libvirt->n_domain + claims.procvm->n_vm, sizeof(*joined));
	n = join_domains(derive, &claims, joined);
	for (size_t i = 0; i < claims.procvm->n_vm; i++) {
		const struct proc_vm *proc = &claims.procvm->vm[i];

		if (!claims.owner[i] && !is_zombie(proc))
			joined[n++] = (struct joined){
				.proc = proc,
				.key = bare_key(derive, &claims, proc),
			};
	}
	for (size_t i = 0; i < n; i++)
		if (joined[i].proc)
			joined[i].reading = derive_readings(derive, joined[i].proc);
	*out = joined;
	return n;
}
