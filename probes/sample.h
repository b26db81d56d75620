/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_SAMPLE_H
#define PARALLAX_SAMPLE_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "probes/account.h"
#include "probes/arena.h"
#include "probes/cpupool.h"
#include "probes/cpus.h"
#include "probes/guestmem.h"
#include "probes/pagewindow.h"
#include "probes/stalls.h"
#include "probes/vm.h"

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
	SECTION_LIBVIRT,
	SECTION_BALLOON,
	SECTION_AGENT,
	SECTION_COUNT
};

/* How a reading of a section, or of one VM's part of it, went. */
struct status {
	enum source_state state;
	const char *reason; /* why not SOURCE_OK, or what an OK one misses; what to do; else NULL */
	uint64_t at_ns;	    /* when the values beside it were read; 0 never */
	uint64_t cost_ns;   /* how long the reading took */
};

/* host.c: this machine, from /proc. */
struct psi_sample {
	double some_avg10_pct; /* time in which some task waited, last 10 s */
	uint64_t some_us_total;
};

/* Counters of /proc/vmstat; VMSTAT_ALLOC_STALL sums those of all zones. */
enum vmstat {
	VMSTAT_OOM_KILL,
	VMSTAT_ALLOC_STALL,
	VMSTAT_COMPACT_STALL,
	VMSTAT_COMPACT_FAIL,
	VMSTAT_THP_ALLOC,
	VMSTAT_THP_FALLBACK,
	VMSTAT_THP_SPLIT,
	VMSTAT_NUMA_MIGRATED,
	VMSTAT_NUMA_HINT,
	VMSTAT_NUMA_HINT_LOCAL,
	VMSTAT_COUNT
};

struct host_sample {
	const char *name, *kernel;
	uint64_t cpus, nodes; /* online */
	bool is_guest;	      /* runs under a hypervisor itself */
	double uptime_s, load1, load5, load15;
	struct psi_sample psi_cpu, psi_memory, psi_io;
	uint64_t mem_total_bytes, mem_available_bytes, swap_total_bytes, swap_free_bytes;
	uint64_t swap_in_bytes_total, swap_out_bytes_total;
	uint64_t vmstat_total[VMSTAT_COUNT];
	const char *thp_enabled, *thp_defrag; /* of transparent_hugepage: the words in brackets */
	/* Sums over all CPUs: /proc/stat, in ticks of 1/tick_hz s; /proc/schedstat, in ns. */
	uint64_t tick_hz, busy_ticks_total, idle_ticks_total, steal_ticks_total;
	uint64_t run_ns_total, wait_ns_total;
};

/* topology.c: the CPUs that are online, and every node, from /sys; read anew when they change. */
struct topology_cpu {
	uint64_t id, node, core; /* node: UNKNOWN_U64 without nodes; core: its lowest sibling */
	bool isolated, nohz_full;
};

struct topology_node {
	uint64_t id;
	struct cpus cpus; /* online ones */
	uint64_t mem_total_bytes, mem_free_bytes;
	uint64_t *distance; /* to each node, in the order of topology_sample.node; NULL unknown */
};

struct topology_sample {
	struct topology_cpu *cpu; /* by id */
	size_t n_cpu;
	struct topology_node *node; /* by id */
	size_t n_node;
};

/* kvm.c: the vCPUs that KVM has, whatever VMM made them. */
struct kvm_vcpu_file {
	pid_t pid, tid; /* who holds it; who last ran it, 0 nobody yet */
	uint64_t id;
};

struct kvm_sample {
	struct kvm_vcpu_file *file; /* by pid, then id */
	size_t n_file;
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
	uint64_t at_ns;
	uint64_t account_ns[ACCOUNT_COUNT];	 /* never go back */
	uint64_t run_ns_total, wait_ns_total; /* the kernel's: exec time, run delay; as of at_ns */
	uint64_t max_wait_ns;		 /* that ended since the reading before */
	uint64_t unseen_ns_total;	 /* of the wait: nobody could be charged */
	/* Waits that ended since the reading before, two as in account_slot; NULL: there were none. */
	const uint32_t (*bin)[ACCOUNT_BINS];
	enum steal_clock steal_clock;	 /* ON or OFF as the guest has it; UNKNOWN */
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
	uint64_t switches; /* changes whenever it comes on a CPU or leaves one */
	bool settled;	   /* it was in the reading before, too: there are rates */
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
	bool kvm_known; /* states inside of KVM could be told apart */
	size_t n_node; /* by which run time is told; 0: it is not */
	const char *node_reason; /* why it is not, on a host with several nodes; NULL */
	/* This kernel keeps interrupts, the hypervisor below, out of a thread's exec time. */
	bool irq_known, below_known;
};

/*
 * exits.c: why the vCPUs of one VM, the one that is looked at closely, leave its guest. An exit
 * lasts until the guest runs again, whatever happens meanwhile.
 */
struct exit_count {
	uint32_t isa, reason; /* KVM's numbers */
	uint64_t count_total, ns_total; /* of those that ended */
	uint64_t open_ns;		/* of those that have not: how long they have lasted */
	uint64_t max_ns;		/* the longest of all, these too */
};

struct exits_sample {
	pid_t pid;	   /* whose; 0: nobody's */
	uint64_t since_ns; /* when counting began; 0: they are not counted */
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

/* pages.c: where the memory of each VM lies, by a random sample of its pages in the last turns. */
struct pages_device {
	const char *name; /* its address on the bus */
	uint64_t node;	  /* UNKNOWN_U64 */
};

struct pages_vm {
	pid_t pid;
	uint64_t start_ticks;
	struct status status; /* OK with a reason: pages' flags may not be read */
	uint64_t ram_bytes;   /* of the mappings that the sample is of; UNKNOWN_U64 not found yet */
	uint64_t window_ns;   /* from the first of these turns to the last */
	struct pages_count count;
	struct pages_device *device; /* passed to it by VFIO, by name */
	size_t n_device;
};

struct pages_sample {
	struct pages_vm *vm; /* by pid */
	size_t n_vm;
};

/*
 * cgroup.c: the memory of a VM as its cgroup and its process tell, a few VMs a turn. A reading holds
 * the counters of the one before, for nobody else keeps them.
 */
enum swap_source {
	SWAP_SOURCE_UNKNOWN,
	SWAP_BY_COUNTERS, /* the group's pages read from swap */
	SWAP_BY_REFAULTS, /* the group's anonymous pages that came back after they were evicted */
	SWAP_BY_FAULTS	  /* major faults of the process, each counted as one page */
};

struct cgroup_counters {
	uint64_t at_ns; /* 0: never read */
	enum swap_source swap_source;
	uint64_t swap_in_bytes_total, swap_out_bytes_total; /* out: SWAP_BY_COUNTERS only */
	uint64_t vm_swap_bytes;				    /* VmSwap, at that time */
	uint64_t stall_us_total;			    /* some task of it waited for memory */
	uint64_t limit_hits_total, oom_kills_total;
};

struct cgroup_reading {
	pid_t pid;
	uint64_t start_ticks;
	struct status status; /* OK with a reason: what could not be told beside the rest */
	const char *path;     /* of the group whose figures these are; NULL: none */
	bool own;	      /* it holds this VM and nothing else */
	uint64_t usage_bytes, cache_bytes, swap_bytes; /* of the group; cache: can be dropped */
	uint64_t limit_bytes, room_bytes; /* of the level with the least room; UNKNOWN_U64: no limit */
	uint64_t anon_bytes, file_bytes, shmem_bytes, table_bytes, hugetlb_bytes; /* of the process */
	uint64_t shared_swap_bytes; /* of shared memory, which VmSwap leaves out */
	uint64_t merged_bytes;	    /* by KSM */
	struct cgroup_counters cur, prev;
};

extern const struct cgroup_reading cgroup_reading_unknown;

struct cgroup_sample {
	struct cgroup_reading *reading; /* by pid */
	size_t n_reading;
};

/*
 * stalls.c: how long threads of a VM, the kernel's workers for it among them, had to make room in
 * memory before they got any. Sums over its threads; UNKNOWN_U64 what this kernel does not tell.
 */
struct stall_reading {
	pid_t pid;
	uint64_t start_ticks;
	uint64_t ns_total[STALLS_KINDS]; /* in progress, too; never go back */
	uint64_t count_total;		 /* that ended */
	/* The longest that ended since the reading before, and when; ns 0: none did. */
	uint64_t longest_ns, longest_end_ns;
	pid_t longest_tid;
	enum stalls_kind longest_kind;
	/* The one that has lasted longest and has not ended; ns 0: there is none. */
	uint64_t open_ns;
	pid_t open_tid;
	enum stalls_kind open_kind;
	const uint32_t *bin; /* STALLS_BINS that ended since the reading before; NULL: none did */
};

struct stalls_sample {
	struct stall_reading *reading; /* by pid */
	size_t n_reading;
	/* Of processes that are no VMs, and of the kernel's own threads, which keep nobody waiting. */
	uint64_t processes_ns_total, kernel_ns_total;
};

enum { PIN_ALL = UINT16_MAX }; /* as an id: none, or those that have no pin of their own */

/* affinity.c: on which CPUs the threads of VMs may run, and which processes are bound to few. */
struct thread_affinity {
	uint64_t start_ticks, at_ns; /* at_ns: when it was asked */
	pid_t pid, tid;		     /* pid: the VM's */
	uint16_t set;  /* in affinity_sample.set; CPUPOOL_NONE: not known */
	uint16_t id;   /* of a vCPU, of an I/O thread; PIN_ALL: none, or not told */
	int16_t code;  /* why set is not known: a negative errno */
	uint16_t kind; /* enum thread_kind */
};

/* A process that is no VM, and is bound to some of the CPUs; by the threads that are bound alike. */
struct bound_process {
	pid_t pid;
	const char *name;
	uint16_t set;
	uint64_t demand_ns; /* ran and waited for a CPU in affinity_sample.bound_ns */
};

struct affinity_sample {
	struct cpus *set; /* different ones; may hold CPUs that are offline */
	size_t n_set;
	struct thread_affinity *thread; /* by pid, kind, id, tid */
	size_t n_thread;
	struct bound_process *process; /* the largest demand first */
	size_t n_process;
	uint64_t bound_ns; /* 0: nobody has looked, or not twice yet */
	const char *bound_reason; /* why processes are not known; NULL: they are, or need not be */
};

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
	uint64_t guest_nodes; /* as in proc_vm */
	bool has_agent, has_balloon; /* a channel, a device is configured */
	uint64_t balloon_period_s;   /* 0: statistics are not collected */
	const struct pin *pin;	     /* by kind, then id */
	size_t n_pin;
	uint64_t pinned_ns;  /* since when they are so, as far as libvirt told */
	bool pins_automatic; /* what has no pin was placed by numad: nobody says where */
};

struct libvirt_sample {
	const char *uri, *hypervisor; /* "QEMU 7.2.22"; NULL unknown */
	uint64_t rtt_ns;	      /* of the last bulk call */
	struct domain *domain;	      /* by uuid */
	size_t n_domain;
};

/* balloon.c: what each guest's balloon driver last told QEMU. Never asks the guest. */
struct balloon_reading {
	const char *uuid;
	struct status status;
	uint64_t actual_bytes; /* what the balloon leaves the guest */
	uint64_t guest_total_bytes, guest_free_bytes, guest_usable_bytes, guest_cache_bytes;
	uint64_t guest_swap_in_bytes_total, guest_swap_out_bytes_total, guest_major_faults_total;
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
};

struct agent_sample {
	struct agent_reading *reading; /* by uuid */
	size_t n_reading;
};

struct sample {
	struct arena arena;
	uint64_t at_ns; /* when the filling began */
	double wall_s;
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
	struct libvirt_sample libvirt;
	struct balloon_sample balloon;
	struct agent_sample agent;
};

/* The same thread in a section; NULL: not there, or a later thread of that number. */
struct account_thread *account_thread(
	const struct account_sample *section, pid_t tid, uint64_t start_ticks);

/* The same for many in a row: *next, 0 to begin with, is where the one after the last is. */
struct account_thread *account_thread_next(const struct account_sample *section, size_t *next,
	pid_t tid, uint64_t start_ticks);

/* Empty it, keeping memory for the next filling. */
void sample_clear(struct sample *sample);
void sample_release(struct sample *sample);
/* The bytes of one section, for the collector to copy whole. */
void sample_section_copy(struct sample *to, const struct sample *from, enum section section);

#endif
