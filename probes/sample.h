/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_SAMPLE_H
#define PARALLAX_SAMPLE_H

#include "probes/arena.h"
#include "probes/devset.h"
#include "probes/sample_affinity.h"
#include "probes/sample_cpu.h"
#include "probes/sample_disk.h"
#include "probes/sample_guest.h"
#include "probes/sample_host.h"
#include "probes/sample_image.h"
#include "probes/sample_memory.h"
#include "probes/sample_net.h"

/*
 * What the probes read: raw counters and states, one section for each probe, no rates and no
 * judgement. Probes fill samples, snapshot_derive (snapshot.h) turns two of them into the
 * snapshot that everybody else sees; nothing outside probes/ includes this header.
 *
 * Times are nanoseconds of the monotonic clock, counters are totals since their object began.
 * A string that is not known is NULL, a number UNKNOWN_U64 or NAN. All strings and arrays live
 * in the sample's arena and have been through text_clean when they came from outside.
 */
enum section {
	SECTION_HOST,
	SECTION_TOPOLOGY,
	SECTION_KVM,
	SECTION_PROCVM,
	SECTION_ACCOUNT,
	SECTION_EXITS,
	SECTION_SCHED,
	SECTION_STALLS,
	SECTION_PAGES,
	SECTION_CGROUP,
	SECTION_AFFINITY,
	SECTION_NICS,
	SECTION_RINGS,
	SECTION_LATENCY,
	SECTION_IMAGES,
	SECTION_LIBVIRT,
	SECTION_MONITOR,
	SECTION_AGENT,
	SECTION_COUNT
};

struct sample {
	struct arena arena;
	struct devset **held; /* that it has in use, until it is cleared */
	size_t n_held, cap_held;
	uint64_t at_ns; /* when the filling began */
	double wall_s, utc_offset_s;
	struct status status[SECTION_COUNT];
	struct host_sample host;
	struct topology_sample topology;
	struct kvm_sample kvm;
	struct procvm_sample procvm;
	struct account_sample account;
	struct exits_sample exits;
	struct sched_sample sched;
	struct stalls_sample stalls;
	struct pages_sample pages;
	struct cgroup_sample cgroup;
	struct affinity_sample affinity;
	struct nics_sample nics;
	struct rings_sample rings;
	struct latency_sample latency;
	struct images_sample images;
	struct libvirt_sample libvirt;
	struct balloon_sample balloon; /* both of the monitor */
	struct blocks_sample blocks;
	struct agent_sample agent;
};

/* The CPUs that are online. */
struct cpus topology_online(const struct topology_sample *topology);

/* The same thread in a section; NULL: not there, or a later thread of that number. */
struct account_thread *account_thread(
	const struct account_sample *section, pid_t tid, uint64_t start_ticks);

/* The same for many in a row: *next, 0 to begin with, is where the one after the last is. */
struct account_thread *account_thread_next(
	const struct account_sample *section, size_t *next, pid_t tid, uint64_t start_ticks);

/*
 * The item with pid in a list whose items begin with one, and which is sorted by it; NULL: none. It
 * may be of a later process of that number, which start_ticks tells.
 */
void *sample_by_pid(pid_t pid, const void *list, size_t n, size_t size);
/* Are these the processes of procvm, in its order? An item begins with pid and start_ticks. */
bool sample_has_processes(
	const struct procvm_sample *procvm, const void *list, size_t n, size_t size);
/* What KVM tells of a process, *n in the order of their numbers; NULL: nothing. */
const struct kvm_vcpu_file *sample_kvm_files(const struct kvm_sample *kvm, pid_t pid, size_t *n);

/* The devices of a set, which stay until the sample is cleared. Accepts NULL. */
struct defined_devices sample_hold(struct sample *sample, struct devset *set);

/* Empty it, keeping memory for the next filling. */
void sample_clear(struct sample *sample);
void sample_release(struct sample *sample);
/* The bytes of one section, for the collector to copy whole. */
void sample_section_copy(struct sample *to, const struct sample *from, enum section section);

#endif
