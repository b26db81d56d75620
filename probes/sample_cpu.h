/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_SAMPLE_CPU_H
#define PARALLAX_SAMPLE_CPU_H

#include "probes/account.h"
#include "probes/sample_device.h"
#include "probes/sample_status.h"

/* Part of sample.h, which says what holds for all of it: processes, their threads and their time. */

/* kvm.c: the vCPUs that KVM has, whatever VMM made them. */
struct kvm_vcpu_file {
	pid_t pid, tid; /* who holds it; who last ran it, 0 nobody yet */
	uint64_t id;
	uint64_t irqs; /* that KVM gave it since the reading before; UNKNOWN_U64 */
};

struct kvm_sample {
	struct kvm_vcpu_file *file; /* by pid, then id */
	size_t n_file;
	uint64_t interval_ns; /* from the reading before to this one; 0: there was none */
};

/* procvm.c: whatever holds a KVM VM, or is QEMU under TCG, found below /proc. */
struct proc_vcpu {
	uint64_t id; /* the number the VMM gave it; its position when nobody tells */
	pid_t tid;
	uint64_t start_ticks; /* with tid names one thread for ever */
};

struct proc_vm {
	pid_t pid;
	uint64_t start_ticks;
	const char *name; /* what -name says, else the process's own name */
	const char *uuid; /* 36 lower-case characters, or NULL */
	const char *vmm;  /* "qemu", "firecracker", ...: the executable's name */
	enum vm_accel accel;
	enum steal_clock steal_clock;
	char proc_state; /* of the main thread: R S D T Z, 0 unknown */
	uint64_t vcpus;	 /* as configured; UNKNOWN_U64 when nobody tells */
	uint64_t mem_bytes, rss_bytes, swap_bytes;
	uint64_t guest_nodes; /* NUMA nodes that the guest was given; UNKNOWN_U64, or 0: not told */
	const char *vcpu_source; /* how the threads were found, for the operator; NULL: not found */
	struct proc_vcpu *vcpu;	 /* by id */
	size_t n_vcpu;
	struct defined_devices devices; /* by its command line */
};

struct procvm_sample {
	struct proc_vm *vm; /* by pid */
	size_t n_vm;
};

/*
 * account.c: where the time of every thread of a VM went, since it is tracked, exactly. A VM's
 * threads are those of its process, and the kernel's vhost workers for it.
 */
enum thread_kind { THREAD_VCPU, THREAD_IO, THREAD_VHOST, THREAD_EMULATOR };

struct account_thread {
	pid_t pid, tid; /* pid: the VM's */
	uint64_t start_ticks;
	enum thread_kind kind;
	bool apart; /* not of the VM's process: a vhost worker before Linux 6.4 */
	uint64_t at_ns;
	uint64_t account_ns[ACCOUNT_COUNT];   /* never go back */
	uint64_t run_ns_total, wait_ns_total; /* the kernel's: exec time, run delay; as of at_ns */
	uint64_t max_wait_ns;		      /* that ended since the reading before */
	uint64_t unseen_ns_total;	      /* of the wait: nobody could be charged */
	/* Waits that ended since the reading before, two as in account_slot; NULL: there were none. */
	const uint32_t (*bin)[ACCOUNT_BINS];
	enum steal_clock steal_clock; /* ON or OFF as the guest has it; UNKNOWN */
	/*
	 * What KVM had told the guest when its thread last left a CPU inside of KVM, and the run
	 * delay that the kernel had counted by then, which is what it tells: a wait in progress
	 * is in neither. UNKNOWN_U64: it has no clock, or its page is not there. told_lag_ns:
	 * what of that KVM had not told yet.
	 */
	uint64_t told_ns_total, counted_wait_ns_total, told_lag_ns;
	/* Run time by node, account_sample.n_node of them; NULL: not told. May go back by a little. */
	const uint64_t *node_run_ns_total;
	uint64_t migrated_pages_total; /* by NUMA balancing, for this thread; UNKNOWN_U64 */
	uint64_t switches;	       /* changes whenever it comes on a CPU or leaves one */
	bool settled;		       /* it was in the reading before, too: there are rates */
};

struct account_share {
	pid_t vm, pid;	  /* who waited, who ran; 0: nobody, the CPU was idle */
	bool vcpu;	  /* a vCPU of that process ran */
	const char *name; /* of the process; NULL: not known, or not needed */
	uint64_t ran_ns;  /* since the reading before */
};

struct account_sample {
	struct account_thread *thread; /* by tid */
	size_t n_thread;
	struct account_share *share; /* by vm, pid, vcpu */
	size_t n_share;
	bool kvm_known;		 /* states inside of KVM could be told apart */
	size_t n_node;		 /* by which run time is told; 0: it is not */
	const char *node_reason; /* why it is not, on a host with several nodes; NULL */
	/* This kernel keeps interrupts, the hypervisor below, out of a thread's exec time. */
	bool irq_known, below_known;
};

/*
 * exits.c: why the vCPUs of one VM, the one that is looked at closely, leave its guest. An exit
 * lasts until the guest runs again, whatever happens meanwhile.
 */
struct exit_count {
	uint32_t isa, reason;		/* KVM's numbers */
	uint64_t count_total, ns_total; /* of those that ended */
	uint64_t open_ns;		/* of those that have not: how long they have lasted */
	uint64_t max_ns;		/* the longest of all, these too */
};

struct exits_sample {
	pid_t pid;		 /* whose; 0: nobody's */
	uint64_t since_ns;	 /* when counting began; 0: they are not counted */
	struct exit_count *exit; /* by isa, reason; one that is new began at 0 */
	size_t n_exit;
};

/* sched.c: /proc/TID/schedstat of every vCPU thread that procvm found. */
struct task_sched {
	pid_t tid;
	uint64_t start_ticks;
	uint64_t run_ns_total;	/* on a CPU; stale by up to a tick while it runs */
	uint64_t wait_ns_total; /* run delay, and of a wait in progress what is known */
	uint64_t at_ns;		/* when this file was read */
};

struct sched_sample {
	struct task_sched *task; /* by tid; only those that could be read */
	size_t n_task;
};

#endif
