/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_SNAPSHOT_H
#define PARALLAX_SNAPSHOT_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "probes/arena.h"
#include "probes/snapshot_disk.h"
#include "probes/snapshot_guest.h"
#include "probes/snapshot_host.h"
#include "probes/snapshot_memory.h"
#include "probes/snapshot_net.h"
#include "probes/snapshot_numa.h"
#include "probes/snapshot_pages.h"
#include "probes/snapshot_pinning.h"
#include "probes/snapshot_steal.h"
#include "probes/snapshot_thp.h"
#include "probes/vm.h"

struct sample;

/*
 * One moment of one host: for every VM what the host measures beside what the guest believes.
 * Panes draw it, --json prints it, --replay reads it. Fields have the names of the JSON form
 * (schema.c says what each means, and the manual prints that); all strings and arrays live in
 * the arena. Unknown is NULL, NAN or UNKNOWN_U64, never 0. Percentages of a VM are of its
 * vCPUs: 100 is all of them, all of the time. A snapshot belongs to one thread at a time.
 */
enum { SNAPSHOT_VERSION = 1 };

/* Of more than these the first are listed. */
enum { VM_DEVICES_MOST = 64, BLOCK_DEVICES_MOST = 256 };

/* Where numbers come from: one for each probe, and again for each VM where that differs. */
struct source {
	const char *name;
	enum source_state state;
	const char *reason;
	double age_s;	/* of its values, when the snapshot was made */
	double cost_ms; /* how long the last reading took */
};

/* Why its vCPUs left the guest: a kind of exit. */
struct vm_exit {
	const char *reason;
	double per_s;
	double time_pct;	/* of the VM's vCPU time */
	double mean_ns, max_ns; /* mean of the interval, max since counting began */
};

struct vm {
	const char *key; /* stays the same as long as the VM runs: its UUID, else pid and start */
	const char *name, *uuid, *title, *vmm;
	uint64_t pid;
	enum vm_accel accel;
	enum vm_state state;
	const char *state_reason;
	bool in_libvirt;
	uint64_t vcpus, vcpus_max;
	enum steal_clock steal_clock;
	const char *vcpu_source;
	bool has_agent, has_balloon;
	struct source *source; /* those that concern this VM */
	size_t n_source;
	struct steal steal;
	struct memory memory;
	struct numa numa;
	struct guest guest;
	struct thp thp;
	struct pages pages;
	struct pinning pinning;
	struct network network;
	struct nic *nic; /* by name */
	size_t n_nic;
	struct disk *disk; /* by name */
	size_t n_disk;
	double exits_interval_s;
	struct vm_exit *vm_exit; /* the largest share of time first */
	size_t n_vm_exit;
};

struct finding {
	const char *pane, *rule; /* "steal", "steal-hidden": names its explanation */
	const char *vm, *vm_key; /* NULL: the host */
	const char *subject;	 /* vCPU, NIC, disk ...; NULL: the whole VM */
	enum verdict verdict;
	enum severity severity;
	const char *text; /* one sentence with both numbers */
	double since_s;	  /* wall clock at which it began */
};

struct snapshot {
	struct arena arena;
	uint64_t parallax; /* SNAPSHOT_VERSION */
	double time_s;	   /* wall clock, a label */
	double utc_offset_s; /* of the host's time zone then; NAN: not told */
	double interval_s; /* what the rates cover; NAN: a baseline without rates */
	struct host host;
	struct source *source; /* by probe, in the order of probes/list.h */
	size_t n_source;
	struct vm *vm; /* by name, then key */
	size_t n_vm;
	struct cpuset *cpuset; /* that VMs are bound to: of which the most is asked first */
	size_t n_cpuset;
	struct cpu_load *cpu_load; /* of online CPUs, by id */
	size_t n_cpu_load;
	struct block_device *block_device; /* by name */
	size_t n_block_device;
	struct finding *finding; /* worst first */
	size_t n_finding;
};

struct snapshot *snapshot_new(void);
void snapshot_free(struct snapshot *snap); /* accepts NULL */
/* Everything unknown and empty, keeping memory for the next filling. */
void snapshot_clear(struct snapshot *snap);

/*
 * The one place where rates are made. Joins the sections of cur by UUID, else by pid and start
 * time, and compares counters with those of prev (NULL: no rates). A counter that went back, an
 * item that is new, and an interval that is not positive give unknown, not 0. now_ns ages the
 * sources. Values are rounded to six decimals, so that the JSON form repeats them exactly.
 */
void snapshot_derive(struct snapshot *out, const struct sample *cur, const struct sample *prev,
	uint64_t now_ns);

/* Both return NULL when there is none. */
const struct vm *snapshot_vm(const struct snapshot *snap, const char *key);
const struct source *snapshot_source(const struct source *list, size_t count, const char *name);
/* What one source of a VM says of itself; NULL: the VM has none of that name. */
const struct source *vm_source(const struct vm *vm, const char *name);
/* Values stay while their source is merely late, and go when it says that it has none. */
bool source_has_values(enum source_state state);
/* A VM whose vCPUs cannot run now: it has a state rather than numbers. */
bool vm_is_halted(const struct vm *vm);

#endif
