// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/sample.h"

#include <stdlib.h>
#include <string.h>

/* Zero would claim to have been measured. */
static const struct host_sample host_unknown = {
	.cpus = UNKNOWN_U64,
	.nodes = UNKNOWN_U64,
	.uptime_s = NAN,
	.load1 = NAN,
	.load5 = NAN,
	.load15 = NAN,
	.psi_cpu = { NAN, UNKNOWN_U64 },
	.psi_memory = { NAN, UNKNOWN_U64 },
	.psi_io = { NAN, UNKNOWN_U64 },
	.mem_total_bytes = UNKNOWN_U64,
	.mem_available_bytes = UNKNOWN_U64,
	.swap_total_bytes = UNKNOWN_U64,
	.swap_free_bytes = UNKNOWN_U64,
	.swap_in_bytes_total = UNKNOWN_U64,
	.swap_out_bytes_total = UNKNOWN_U64,
	.vmstat_total = { [0 ... VMSTAT_COUNT - 1] = UNKNOWN_U64 },
	.tick_hz = UNKNOWN_U64,
	.busy_ticks_total = UNKNOWN_U64,
	.idle_ticks_total = UNKNOWN_U64,
	.steal_ticks_total = UNKNOWN_U64,
	.run_ns_total = UNKNOWN_U64,
	.wait_ns_total = UNKNOWN_U64,
};

#define COUNTERS_UNKNOWN                                                                 \
	{                                                                                \
		.swap_in_bytes_total = UNKNOWN_U64, .swap_out_bytes_total = UNKNOWN_U64, \
		.swapped_bytes = UNKNOWN_U64, .stall_us_total = UNKNOWN_U64,             \
		.limit_hits_total = UNKNOWN_U64, .oom_kills_total = UNKNOWN_U64,         \
	}

const struct cgroup_reading cgroup_reading_unknown = {
	.usage_bytes = UNKNOWN_U64,
	.cache_bytes = UNKNOWN_U64,
	.swap_bytes = UNKNOWN_U64,
	.limit_bytes = UNKNOWN_U64,
	.room_bytes = UNKNOWN_U64,
	.anon_bytes = UNKNOWN_U64,
	.file_bytes = UNKNOWN_U64,
	.shmem_bytes = UNKNOWN_U64,
	.table_bytes = UNKNOWN_U64,
	.hugetlb_bytes = UNKNOWN_U64,
	.shared_swap_bytes = UNKNOWN_U64,
	.merged_bytes = UNKNOWN_U64,
	.dirty_bytes = UNKNOWN_U64,
	.writeback_bytes = UNKNOWN_U64,
	.cur = COUNTERS_UNKNOWN,
	.prev = COUNTERS_UNKNOWN,
};

static void sample_reset(struct sample *sample)
{
	struct arena arena = sample->arena;
	struct devset **held = sample->held;
	size_t cap_held = sample->cap_held;

	for (size_t i = 0; i < sample->n_held; i++)
		devset_drop(held[i]);
	*sample = (struct sample){
		.arena = arena,
		.held = held,
		.cap_held = cap_held,
		.wall_s = NAN,
		.utc_offset_s = NAN,
		.host = host_unknown,
		.libvirt.rtt_ns = UNKNOWN_U64,
	};
}

struct cpus topology_online(const struct topology_sample *topology)
{
	struct cpus online = { 0 };

	for (size_t i = 0; i < topology->n_cpu; i++)
		cpus_add(&online, topology->cpu[i].id);
	return online;
}

/* An item is as good as its first member. */
static int by_pid(const void *key, const void *item)
{
	pid_t pid = *(const pid_t *)key, other = *(const pid_t *)item;

	return (pid > other) - (pid < other);
}

void *sample_by_pid(pid_t pid, const void *list, size_t n, size_t size)
{
	return n ? bsearch(&pid, list, n, size, by_pid) : NULL;
}

bool sample_has_processes(
	const struct procvm_sample *procvm, const void *list, size_t n, size_t size)
{
	struct {
		pid_t pid;
		uint64_t start_ticks;
	} item;

	if (n != procvm->n_vm)
		return false;
	for (size_t i = 0; i < n; i++) {
		memcpy(&item, (const char *)list + i * size, sizeof(item));
		if (item.pid != procvm->vm[i].pid || item.start_ticks != procvm->vm[i].start_ticks)
			return false;
	}
	return true;
}

const struct kvm_vcpu_file *sample_kvm_files(const struct kvm_sample *kvm, pid_t pid, size_t *n)
{
	const struct kvm_vcpu_file *first =
		sample_by_pid(pid, kvm->file, kvm->n_file, sizeof(*first));
	const struct kvm_vcpu_file *end = kvm->file + kvm->n_file, *last = first;

	while (last && last < end && last->pid == pid)
		last++;
	while (first && first > kvm->file && first[-1].pid == pid)
		first--;
	*n = first ? (size_t)(last - first) : 0;
	return first;
}

static int by_tid(const void *key, const void *item)
{
	pid_t tid = *(const pid_t *)key, other = ((const struct account_thread *)item)->tid;

	return (tid > other) - (tid < other);
}

struct account_thread *account_thread_next(
	const struct account_sample *section, size_t *next, pid_t tid, uint64_t start_ticks)
{
	struct account_thread *found = NULL;

	/* That one, or the one behind it: a VM's vCPUs stand together, its other threads beside. */
	for (size_t i = *next; i < section->n_thread && i < *next + 2 && !found; i++)
		if (section->thread[i].tid == tid)
			found = &section->thread[i];
	if (!found && section->n_thread)
		found = bsearch(&tid, section->thread, section->n_thread, sizeof(*found), by_tid);
	if (found)
		*next = (size_t)(found - section->thread) + 1;
	return found && found->start_ticks == start_ticks ? found : NULL;
}

struct account_thread *account_thread(
	const struct account_sample *section, pid_t tid, uint64_t start_ticks)
{
	size_t next = 0;

	return account_thread_next(section, &next, tid, start_ticks);
}

struct defined_devices sample_hold(struct sample *sample, struct devset *set)
{
	if (!set)
		return (struct defined_devices){ 0 };
	sample->held =
		xgrow(sample->held, sample->n_held + 1, &sample->cap_held, sizeof(*sample->held));
	sample->held[sample->n_held++] = devset_use(set);
	return devset_devices(set);
}

void sample_clear(struct sample *sample)
{
	arena_clear(&sample->arena);
	sample_reset(sample);
}

void sample_release(struct sample *sample)
{
	arena_release(&sample->arena);
	sample_reset(sample);
	free(sample->held);
	sample->held = NULL;
	sample->cap_held = 0;
}

void sample_section_copy(struct sample *to, const struct sample *from, enum section section)
{
	to->status[section] = from->status[section];
	/* clang-format off */
	switch (section) {
	case SECTION_HOST: to->host = from->host; return;
	case SECTION_TOPOLOGY: to->topology = from->topology; return;
	case SECTION_PROCVM: to->procvm = from->procvm; return;
	case SECTION_KVM: to->kvm = from->kvm; return;
	case SECTION_ACCOUNT: to->account = from->account; return;
	case SECTION_EXITS: to->exits = from->exits; return;
	case SECTION_SCHED: to->sched = from->sched; return;
	case SECTION_PAGES: to->pages = from->pages; return;
	case SECTION_CGROUP: to->cgroup = from->cgroup; return;
	case SECTION_STALLS: to->stalls = from->stalls; return;
	case SECTION_AFFINITY: to->affinity = from->affinity; return;
	case SECTION_NICS: to->nics = from->nics; return;
	case SECTION_RINGS: to->rings = from->rings; return;
	case SECTION_LATENCY: to->latency = from->latency; return;
	case SECTION_IMAGES: to->images = from->images; return;
	case SECTION_LIBVIRT: to->libvirt = from->libvirt; return;
	case SECTION_MONITOR: to->balloon = from->balloon; to->blocks = from->blocks; return;
	case SECTION_AGENT: to->agent = from->agent; return;
	case SECTION_COUNT: return;
	}
	/* clang-format on */
}
