/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_SAMPLE_GUEST_H
#define PARALLAX_SAMPLE_GUEST_H

#include "probes/guestdev.h"
#include "probes/guestmem.h"
#include "probes/sample_cpu.h"

/* Part of sample.h, which says what holds for all of it: what libvirt and guests say. */

/* libvirt.c: domains and what their definition promises. */

/*
 * A run of CPUs on which threads of this kind may be, as the definition says; several of the
 * same kind and id are one set. THREAD_VCPU, THREAD_IO (by id) and THREAD_EMULATOR.
 */
struct pin {
	uint16_t kind, id, first, last;
};

struct domain {
	const char *uuid, *name, *title;
	enum vm_state state;
	const char *state_reason; /* libvirt's words for why, or NULL */
	enum vm_accel accel;
	enum steal_clock steal_clock;
	pid_t pid; /* from libvirt's pid file; 0 unknown or not on this machine */
	uint64_t vcpus, vcpus_max, mem_bytes, mem_max_bytes;
	uint64_t guest_nodes;	     /* as in proc_vm */
	bool has_agent, has_balloon; /* a channel, a device is configured */
	uint64_t balloon_period_s;   /* 0: statistics are not collected */
	const struct pin *pin;	     /* by kind, then id */
	size_t n_pin;
	uint64_t pinned_ns;  /* since when they are so, as far as libvirt told */
	bool pins_automatic; /* what has no pin was placed by numad: nobody says where */
	struct defined_devices devices;
};

struct libvirt_sample {
	const char *uri, *hypervisor; /* "QEMU 7.2.22"; NULL unknown */
	uint64_t rtt_ns;	      /* of the last bulk call */
	struct domain *domain;	      /* by uuid */
	size_t n_domain;
};

/* monitor.c: what each guest's balloon driver last told QEMU. Never asks the guest. */
struct balloon_reading {
	const char *uuid;
	struct status status;
	uint64_t actual_bytes; /* what the balloon leaves the guest */
	uint64_t guest_total_bytes, guest_free_bytes, guest_usable_bytes, guest_cache_bytes;
	uint64_t guest_swap_in_bytes_total, guest_swap_out_bytes_total;
	double guest_time_s; /* when the guest wrote it, wall clock; NAN never */
	/* An earlier word of the guest, some seconds before; NAN: there is none. */
	double before_time_s;
	uint64_t before_swap_in_bytes_total, before_swap_out_bytes_total;
};

struct balloon_sample {
	struct balloon_reading *reading; /* by uuid */
	size_t n_reading;
};

/*
 * agent.c: the guest's own CPU accounts, asked through its agent, at its own pace. Guest and
 * host are read in one go, so that both cover the same seconds; the error is what remains.
 */
struct guest_cpu {
	uint64_t id;
	uint64_t busy_ms_total;	 /* user + nice + system + irq + softirq */
	uint64_t idle_ms_total;	 /* idle + iowait */
	uint64_t steal_ms_total; /* UNKNOWN_U64: the guest has no such column */
};

struct guest_reading {
	uint64_t at_ns;	 /* the middle of the call */
	uint64_t rtt_ns; /* its length: the reading is at most half of it off */
	struct guest_cpu *cpu;
	size_t n_cpu;
	struct task_sched *host; /* the VM's vCPU threads beside it, by tid; NULL unknown */
	size_t n_host;
};

struct agent_reading {
	const char *uuid;
	struct status status;
	const char *method; /* "agent cpustats", "agent /proc/stat"; NULL before the first answer */
	struct guest_reading cur, prev; /* at_ns 0: none yet */
	uint64_t quantum_ms;		/* the guest counts in steps of this */
	/* Its memory, asked less often; at_ns 0: not yet. The status says why there is none. */
	struct guest_memory_reading memory, memory_before;
	struct status memory_status;
	/* Its network devices and disks, likewise: agentdev.h. */
	struct guest_devices devices, devices_before;
	struct status devices_status;
};

struct agent_sample {
	struct agent_reading *reading; /* by uuid */
	size_t n_reading;
};

#endif
