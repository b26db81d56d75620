/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_SNAPSHOT_PINNING_H
#define PARALLAX_SNAPSHOT_PINNING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "probes/vm.h"

/* Part of snapshot.h, which says what holds for all of it: who may run on which CPUs. */

enum pinned_kind { PINNED_UNKNOWN, PINNED_VCPU, PINNED_IOTHREAD, PINNED_VHOST, PINNED_EMULATOR };

/* Threads of a VM of one kind that are on the same CPUs, and meant to be on the same. */
struct pinned {
	enum pinned_kind kind;
	const char *ids;       /* of vCPUs, of I/O threads: "0-3" */
	uint64_t threads, tid; /* tid: the first of them */
	const char *cpus, *reason; /* where they may run; why that is not known */
	const char *configured;    /* where they should, as the definition says; NULL: it does not */
	bool drifted;
	double demand_pct; /* of one CPU, all together */
};

/* What is wrong with CPUs that were taken from the scheduler. */
enum isolation {
	ISOLATION_NONE,
	ISOLATION_UNBALANCED, /* several vCPUs on several isolated CPUs: they may all sit on one */
	ISOLATION_SHARED,     /* several busy threads on one */
	ISOLATION_HELPER      /* an emulator, I/O or vhost thread beside a vCPU on one */
};

/* Of one VM: the worst set that one of its vCPUs is in. */
struct pinning {
	const char *cpus;
	uint64_t cpus_count, set_vcpus; /* online ones; its own vCPUs among the threads in it */
	bool bound;		/* they are not all that are online */
	double demand_pct;	/* of the set, by all that can run nowhere else */
	uint64_t sharers;	/* other VMs that are bound to a CPU of it */
	const char *sharer;	/* the VM, or process, that asks most of it */
	uint64_t threads;	/* of the VM; its vCPUs, if no others are known */
	uint64_t drifted;	/* of these */
	const char *configured, *real, *drifter; /* of the first that drifted */
	uint64_t drifter_tid;
	uint64_t smt;		/* its busy vCPUs whose core runs one of another VM */
	const char *smt_vm;	/* that one */
	uint64_t smt_cpu;	/* where the first of them is */
	enum isolation isolation;
	const char *isolated;	/* the CPUs that are concerned */
	double wait_pct, gap_pct, gap_error_pct;
	enum verdict verdict; /* written by the pinning pane's judge */
	const char *verdict_reason;
	struct pinned *pinned; /* vCPUs first, by id */
	size_t n_pinned;
};

/* Of many the largest are named, and the rest are in the counts. */
enum { CPUSETS = 256, CPUSET_VMS = 64, CPUSET_SHARES = 8, CPU_LOAD_NAMES = 4 };

struct occupant {
	const char *name;
};

/* A VM, or a process of the host, in a set of CPUs that it cannot leave. */
struct cpuset_share {
	const char *name;
	bool vm;
	uint64_t pid, threads; /* pid unknown: several processes of that name */
	double demand_pct;     /* of one CPU */
};

struct cpuset {
	const char *cpus;
	uint64_t cpus_count;
	bool bound; /* it is not all that are online */
	bool joint; /* nobody is bound to just this: it is where sets that overlap lie */
	double demand_pct;
	uint64_t threads;
	uint64_t sharers; /* VMs and processes in it that ask for anything */
	struct occupant *vms; /* by demand; at most CPUSET_VMS */
	size_t n_vms;
	struct cpuset_share *cpuset_share; /* the largest demand first; at most CPUSET_SHARES */
	size_t n_cpuset_share;
};

/* What is to be expected on a CPU if every thread is on each of its CPUs for the same time. */
struct cpu_load {
	uint64_t id;
	double demand_pct;
	double contended_pct; /* demand of the worst set that has it and asks for more than it has */
	uint64_t sharers;     /* VMs and processes that are bound to it among a few others */
	struct occupant *names; /* by demand; at most CPU_LOAD_NAMES */
	size_t n_names;
};

#endif
