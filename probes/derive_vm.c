// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/derive.h"

#include "probes/schema.h"

/* libvirt no longer answers, and the process that it told of is gone: who knows. */
static bool may_have_ended(const struct derive *derive, const struct joined *joined)
{
	const struct status *libvirt = &derive->cur->status[SECTION_LIBVIRT];

	return !joined->proc && joined->domain->pid > 0 &&
	       derive_source(derive, SECTION_LIBVIRT, libvirt).state != SOURCE_OK;
}

static enum vm_state vm_state(const struct derive *derive, const struct joined *joined)
{
	const struct domain *domain = joined->domain;
	const struct proc_vm *proc = joined->proc;

	/* Whoever stopped the process, libvirt does not know of it. */
	if (proc && (proc->proc_state == 'T' || proc->proc_state == 't'))
		return VM_STOPPED;
	if (domain && may_have_ended(derive, joined))
		return VM_UNKNOWN;
	if (domain && domain->state != VM_UNKNOWN)
		return domain->state;
	return proc ? VM_RUNNING : VM_UNKNOWN;
}

/* Either may know that there is none; what merely could be is weaker. */
static enum steal_clock steal_clock(const struct domain *domain, const struct proc_vm *proc)
{
	enum steal_clock one = domain ? domain->steal_clock : STEAL_CLOCK_UNKNOWN;
	enum steal_clock other = proc ? proc->steal_clock : STEAL_CLOCK_UNKNOWN;

	if (one == STEAL_CLOCK_NONE || other == STEAL_CLOCK_NONE)
		return STEAL_CLOCK_NONE;
	return one == STEAL_CLOCK_UNKNOWN ? other : one;
}

static uint64_t first_known(uint64_t a, uint64_t b)
{
	return a != UNKNOWN_U64 && a != 0 ? a : b;
}

static void from_process(const struct derive *derive, const struct proc_vm *proc, struct vm *vm)
{
	struct arena *arena = derive->arena;

	vm->name = proc->name ? derive_text(derive, proc->name)
			      : arena_printf(arena, "pid %ld", (long)proc->pid);
	vm->uuid = derive_text(derive, proc->uuid);
	vm->vmm = derive_text(derive, proc->vmm);
	vm->vcpu_source = derive_text(derive, proc->vcpu_source);
	vm->pid = (uint64_t)proc->pid;
	vm->accel = proc->accel;
	vm->vcpus = first_known(proc->vcpus, proc->n_vcpu ? proc->n_vcpu : UNKNOWN_U64);
	vm->memory.sold_bytes = proc->mem_bytes;
	vm->memory.host_rss_bytes = proc->rss_bytes;
	vm->memory.host_swap_bytes = proc->swap_bytes;
}

/* After from_process: what the definition says goes before what the process shows. */
static void from_domain(const struct derive *derive, const struct domain *domain, struct vm *vm)
{
	vm->in_libvirt = true;
	if (domain->name)
		vm->name = derive_text(derive, domain->name);
	if (domain->uuid)
		vm->uuid = derive_text(derive, domain->uuid);
	vm->title = derive_text(derive, domain->title);
	if (vm->pid == UNKNOWN_U64 && domain->pid > 0)
		vm->pid = (uint64_t)domain->pid;
	if (vm->accel == ACCEL_UNKNOWN)
		vm->accel = domain->accel;
	vm->vcpus = first_known(domain->vcpus, vm->vcpus);
	vm->vcpus_max = domain->vcpus_max;
	vm->has_agent = domain->has_agent;
	vm->has_balloon = domain->has_balloon;
	vm->memory.sold_bytes = first_known(
		domain->mem_max_bytes, first_known(domain->mem_bytes, vm->memory.sold_bytes));
}

static const char *guest_source(
	const struct derive *derive, const struct vm *vm, const char *method)
{
	if (!vm->steal.guest_source || !method)
		return derive_text(derive, method ? method : vm->steal.guest_source);
	return arena_printf(derive->arena, "%s, %s", vm->steal.guest_source, method);
}

static void from_guest(const struct derive *derive, const struct domain *domain, struct vm *vm)
{
	const struct agent_reading *agent = derive_agent(derive->cur, domain->uuid);

	if (agent && source_has_values(agent->status.state)) {
		vm->steal.guest_source = guest_source(derive, vm, agent->method);
		derive_gap(agent,
			derive_source(derive, SECTION_AGENT, &agent->status).state == SOURCE_OK,
			vm);
	}
}

static const char *state_reason(
	const struct derive *derive, const struct joined *joined, enum vm_state state)
{
	if (state == VM_STOPPED)
		return "its process is stopped by a signal or a debugger";
	if (joined->domain && may_have_ended(derive, joined))
		return "libvirt does not answer, and its process is not there";
	return joined->domain ? derive_text(derive, joined->domain->state_reason) : NULL;
}

/* A side is missing: the source that should have told it says why. */
static void explain_verdict(struct vm *vm)
{
	const struct source *agent = vm_source(vm, "agent");
	const struct source *sched = vm_source(vm, "sched");

	if (!isnan(vm->steal.gap_pct) || vm->steal.verdict_reason)
		return;
	vm->steal.verdict_reason = agent && agent->reason ? agent->reason
				   : sched && sched->state != SOURCE_OFF ? sched->reason
									 : NULL;
}

void derive_vm(const struct derive *derive, const struct joined *joined, struct vm *vm)
{
	*vm = derive->blank->vm;
	vm->key = joined->key;
	vm->name = joined->key;
	if (joined->proc)
		from_process(derive, joined->proc, vm);
	if (joined->domain)
		from_domain(derive, joined->domain, vm);
	vm->state = vm_state(derive, joined);
	vm->state_reason = state_reason(derive, joined, vm->state);
	vm->steal_clock = steal_clock(joined->domain, joined->proc);
	derive_steal(derive, joined, vm);
	if (joined->domain)
		from_guest(derive, joined->domain, vm);
	derive_memory(derive, joined, vm);
	derive_exits(derive, vm);
	derive_pages(derive, joined, &vm->pages);
	derive_numa(derive, joined, vm);
	derive_net(derive, joined, vm);
	derive_vm_sources(derive, joined, vm);
	derive_guest(derive, joined, vm);
	derive_thp(derive, joined, vm);
	derive_disks(derive, joined, vm);
	derive_guest_devices(derive, joined, vm);
	explain_verdict(vm);
}
