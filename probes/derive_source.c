// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/derive.h"

#include <stdlib.h>
#include <string.h>

#include "probes/probe.h"

/* A slow probe that has missed a few of its turns hangs, and so it is at least this long. */
static const double STALE_S = 3;
enum { TURNS = 3, VM_SOURCES = SECTION_COUNT + 1 }; /* the balloon is of the monitor, too */

static bool is_late(const struct derive *derive, enum section section, double age_s)
{
	const struct probe *probe = probes[section];

	return probe->slow && age_s > STALE_S && age_s > TURNS * probe->period_ms / 1e3 &&
	       age_s > TURNS * (double)derive->interval_ns / 1e9;
}

static struct source as_told(
	const struct derive *derive, enum section section, const struct status *status)
{
	return (struct source){
		.name = probes[section]->name,
		.state = status->state,
		.reason = derive_text(derive, status->reason),
		.age_s = status->at_ns ? derive_age_s(derive, status->at_ns) : NAN,
		.cost_ms = status->at_ns ? (double)status->cost_ns / 1e6 : NAN,
	};
}

struct source derive_source(
	const struct derive *derive, enum section section, const struct status *status)
{
	struct source source = as_told(derive, section, status);

	if (status->at_ns && status->state == SOURCE_OK &&
		is_late(derive, section, source.age_s)) {
		source.state = SOURCE_STALE;
		source.reason = arena_printf(derive->arena, "no answer for %.0f s", source.age_s);
	}
	return source;
}

void derive_sources(const struct derive *derive, struct snapshot *out)
{
	out->source = arena_array(derive->arena, SECTION_COUNT, sizeof(*out->source));
	out->n_source = SECTION_COUNT;
	for (size_t i = 0; i < SECTION_COUNT; i++)
		out->source[i] = derive_source(derive, (enum section)i, &derive->cur->status[i]);
}

/* An item is as good as its first member. */
static int by_uuid(const void *key, const void *item)
{
	return strcmp(key, *(const char *const *)item);
}

static const void *find_by_uuid(const char *uuid, const void *list, size_t n, size_t size)
{
	return uuid && n ? bsearch(uuid, list, n, size, by_uuid) : NULL;
}

const struct balloon_reading *derive_balloon(const struct sample *cur, const char *uuid)
{
	return find_by_uuid(
		uuid, cur->balloon.reading, cur->balloon.n_reading, sizeof(*cur->balloon.reading));
}

const struct blocks_reading *derive_blocks(const struct sample *cur, const char *uuid)
{
	return find_by_uuid(
		uuid, cur->blocks.reading, cur->blocks.n_reading, sizeof(*cur->blocks.reading));
}

const struct agent_reading *derive_agent(const struct sample *cur, const char *uuid)
{
	return find_by_uuid(
		uuid, cur->agent.reading, cur->agent.n_reading, sizeof(*cur->agent.reading));
}

static struct source missing(enum section section, const char *reason)
{
	return (struct source){
		.name = probes[section]->name,
		.state = SOURCE_UNAVAILABLE,
		.reason = reason,
		.age_s = NAN,
		.cost_ms = NAN,
	};
}

static struct source not_wanted(enum section section, const char *reason)
{
	struct source source = missing(section, reason);

	source.state = SOURCE_OFF;
	return source;
}

/* Does any vCPU have its numbers from this section? */
static bool has_threads(
	const struct derive *derive, const struct joined *joined, enum section section)
{
	const struct sample *cur = derive->cur;

	for (size_t i = 0; i < joined->proc->n_vcpu; i++) {
		const struct proc_vcpu *vcpu = &joined->proc->vcpu[i];

		if (section == SECTION_ACCOUNT ? joined->reading[i].cur != NULL
					       : derive_task(cur->sched.task, cur->sched.n_task,
							 vcpu->tid, vcpu->start_ticks) != NULL)
			return true;
	}
	return false;
}

static struct source thread_source(
	const struct derive *derive, const struct joined *joined, enum section section)
{
	const struct status *status = &derive->cur->status[section];

	if (!joined->proc)
		return missing(section, "its process is not visible here");
	if (joined->proc->n_vcpu == 0)
		return missing(section,
			"its vCPU threads were not found; run as root, or start it with -name "
			"debug-threads=on");
	if (status->state != SOURCE_OK || has_threads(derive, joined, section))
		return derive_source(derive, section, status);
	if (section == SECTION_SCHED && has_threads(derive, joined, SECTION_ACCOUNT))
		return not_wanted(section, "bpf has these numbers, and better");
	return missing(section, "its vCPU threads could not be read");
}

struct source derive_turn_source(const struct derive *derive, const struct joined *joined,
	enum section section, const struct status *own, const char *waiting)
{
	struct source probe = derive_source(derive, section, &derive->cur->status[section]), source;

	if (!source_has_values(probe.state))
		return probe;
	if (!joined->proc)
		return missing(section, "its process is not visible here");
	if (!own)
		return missing(section, waiting);
	source = as_told(derive, section, own); /* who waits for a turn is not late */
	if (own->state == SOURCE_OK) {
		source.state = probe.state;
		source.reason = probe.reason ? probe.reason : derive_text(derive, own->reason);
	}
	return source;
}

/* libvirt has no such domain, or was not heard: then it is not said to have none. */
static struct source no_domain(const struct derive *derive, enum section section)
{
	struct source libvirt =
		derive_source(derive, SECTION_LIBVIRT, &derive->cur->status[SECTION_LIBVIRT]);

	return missing(section,
		libvirt.state == SOURCE_OK ? "libvirt does not know this VM" : libvirt.reason);
}

/*
 * What one VM's reading says; without one, why: libvirt does not know the VM, the VM has no such
 * device, the probe is off or failed, or has not come to this VM yet.
 */
static struct source asked_source(const struct derive *derive, const struct joined *joined,
	enum section section, const struct status *reading, bool configured, const char *device)
{
	const struct status *all = &derive->cur->status[section];

	if (!joined->domain)
		return no_domain(derive, section);
	if (!configured)
		return missing(section, device);
	if (reading)
		return derive_source(derive, section, reading);
	if (source_has_values(all->state))
		return missing(section, "not answered yet");
	return derive_source(derive, section, all);
}

/* Only one VM's exits are counted at a time. */
static struct source exits_source(const struct derive *derive, const struct vm *vm)
{
	const struct status *status = &derive->cur->status[SECTION_EXITS];
	pid_t pid = derive->cur->exits.pid;

	if (vm->accel == ACCEL_TCG)
		return missing(SECTION_EXITS, "its CPUs are emulated by QEMU; only KVM has exits");
	if (vm->pid == UNKNOWN_U64)
		return missing(SECTION_EXITS, "its process is not visible here");
	if (pid == 0 || vm->pid == (uint64_t)pid)
		return derive_source(derive, SECTION_EXITS, status);
	return not_wanted(SECTION_EXITS, "counted only while the page of a VM is open");
}

/* What the kernel said of the VM's threads; some may have ended meanwhile. */
static struct source affinity_source(const struct derive *derive, const struct joined *joined)
{
	const struct thread_affinity *thread;
	struct source source =
		derive_source(derive, SECTION_AFFINITY, &derive->cur->status[SECTION_AFFINITY]);
	size_t known = 0, n;
	int code = 0;

	if (!joined->proc)
		return missing(SECTION_AFFINITY, "its process is not visible here");
	if (!source_has_values(source.state))
		return source;
	n = derive_threads(&derive->cur->affinity, joined->proc->pid, &thread);
	for (size_t i = 0; i < n; i++) {
		known += thread[i].code == 0;
		if (thread[i].code < 0)
			code = thread[i].code;
	}
	if (n == 0)
		return missing(SECTION_AFFINITY, "its threads were not there to be asked");
	if (known == n)
		return source;
	source.reason = arena_printf(derive->arena, "%zu of its %zu threads did not tell: %s",
		n - known, n, strerror(-code));
	if (known == 0)
		source.state = SOURCE_UNAVAILABLE;
	return source;
}

void derive_vm_sources(const struct derive *derive, const struct joined *joined, struct vm *vm)
{
	const struct sample *cur = derive->cur;
	const char *uuid = joined->domain ? joined->domain->uuid : NULL;
	const struct balloon_reading *balloon = derive_balloon(cur, uuid);
	const struct blocks_reading *blocks = derive_blocks(cur, uuid);
	const struct agent_reading *agent = derive_agent(cur, uuid);
	struct source *source;

	vm->source = source = arena_array(derive->arena, VM_SOURCES, sizeof(*source));
	*source++ = thread_source(derive, joined, SECTION_ACCOUNT);
	*source++ = thread_source(derive, joined, SECTION_SCHED);
	*source++ = joined->domain
			    ? derive_source(derive, SECTION_LIBVIRT, &cur->status[SECTION_LIBVIRT])
			    : no_domain(derive, SECTION_LIBVIRT);
	*source = asked_source(derive, joined, SECTION_MONITOR, balloon ? &balloon->status : NULL,
		vm->has_balloon,
		"it has no memory balloon; add <memballoon model='virtio'> to its definition");
	source++->name = "balloon";
	derive_balloon_age(derive, &vm->memory, &source[-1]);
	*source++ = asked_source(
		derive, joined, SECTION_MONITOR, blocks ? &blocks->status : NULL, true, NULL);
	*source++ = asked_source(derive, joined, SECTION_AGENT, agent ? &agent->status : NULL,
		vm->has_agent,
		"it has no agent channel; add org.qemu.guest_agent.0 to its definition");
	*source++ = exits_source(derive, vm);
	*source++ = affinity_source(derive, joined);
	*source++ = derive_pages_source(derive, joined);
	*source++ = derive_cgroup_source(derive, joined);
	*source++ = derive_thp_source(derive, joined);
	*source++ = derive_nics_source(derive, joined);
	*source++ = derive_rings_source(derive, joined);
	*source++ = derive_latency_source(derive, joined);
	*source++ = derive_images_source(derive, joined);
	vm->n_source = (size_t)(source - vm->source);
}
