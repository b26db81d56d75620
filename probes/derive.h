/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_DERIVE_H
#define PARALLAX_DERIVE_H

#include "probes/sample.h"
#include "probes/snapshot.h"

/* The parts of snapshot_derive. Nothing outside of derive*.c includes this header. */

/* By the address of what was copied; most reasons are one text of the sample for all VMs. */
struct derive_texts {
	struct {
		const char *from, *copy;
	} kept[256];
};

/* With all unknown: to begin with. */
struct derive_blanks {
	struct vm vm;
	struct vcpu vcpu;
	struct nic nic;
	struct disk disk;
};

struct derive {
	struct arena *arena; /* the snapshot's: holds whatever is made on the way, too */
	struct derive_texts *texts; /* what derive_text has copied */
	const struct derive_blanks *blank;
	const struct sample *cur, *prev; /* prev NULL: no rates */
	uint64_t now_ns, interval_ns;	 /* interval_ns 0: no rates */
};

/* The accounts of a vCPU, now and before; NULL: there are none. */
struct reading {
	const struct account_thread *cur, *prev;
	uint64_t ns; /* between the two; 0: no rates */
};

/* A VM as libvirt and as /proc know it; one of the two may be missing. */
struct joined {
	const struct domain *domain;
	const struct proc_vm *proc;
	const struct reading *reading; /* by vCPU of proc */
	const char *key;
};

/* cur - prev; UNKNOWN_U64 when one is unknown or the counter went back. */
uint64_t derive_delta(uint64_t cur, uint64_t prev);
/* Of a delta over ns; NAN when one is unknown or ns is 0. */
double derive_per_s(uint64_t delta, uint64_t ns);
/* The two at once, of counters. */
double derive_rate(uint64_t cur, uint64_t prev, uint64_t ns);
/* Of ms a device was busy, over ns: at most 100. */
double derive_busy_pct(uint64_t busy_ms, uint64_t ns);
/* Between the readings of a section in this sample and in that before; 0: there are no rates. */
uint64_t derive_section_ns(const struct derive *derive, enum section section);
/* How long ago something was, in s. */
double derive_age_s(const struct derive *derive, uint64_t at_ns);
/* 100 * part / whole; NAN when one is unknown or whole is not positive. */
double derive_pct(uint64_t part, uint64_t whole);

/* a + b; UNKNOWN_U64 when one is unknown. */
uint64_t derive_both(uint64_t a, uint64_t b);
/* sum / count; NAN when one is unknown or nothing was counted. */
double derive_mean(uint64_t sum, uint64_t count);

/*
 * Text of the sample, or of this snapshot, for the snapshot: one copy, however often it is asked
 * for. It must not change while the snapshot is made. NULL gives NULL.
 */
const char *derive_text(const struct derive *derive, const char *text);

/* a + b, of what is known of both; NAN: neither is. */
double derive_sum(double a, double b);

/*
 * What a list by pid has of the process of a VM, whose items have its start at start_at; NULL: there
 * is no process, or nothing of it.
 */
const void *derive_of_process(const struct joined *joined, const void *list, size_t n, size_t size,
	size_t start_at);

/* derive_source.c: a status with age and cost, stale when a slow section is past its time. */
struct source derive_source(
	const struct derive *derive, enum section section, const struct status *status);
/*
 * The same of one VM, among those that a probe looks at in turn: own is what it says of that one's
 * turn, and old, not late, while the probe goes on. NULL: it had none yet, and waiting says why.
 */
struct source derive_turn_source(const struct derive *derive, const struct joined *joined,
	enum section section, const struct status *own, const char *waiting);
/* All probes into out. */
void derive_sources(const struct derive *derive, struct snapshot *out);
/* Those that concern one VM. */
void derive_vm_sources(const struct derive *derive, const struct joined *joined, struct vm *vm);
const struct balloon_reading *derive_balloon(const struct sample *cur, const char *uuid);
const struct blocks_reading *derive_blocks(const struct sample *cur, const char *uuid);
const struct agent_reading *derive_agent(const struct sample *cur, const char *uuid);

/* derive_host.c, but for what is sold: that needs the VMs. */
void derive_host(const struct derive *derive, struct host *host);

/* derive_join.c: domains and processes as VMs. Returns how many. */
size_t derive_join(const struct derive *derive, struct joined **joined);

/* derive_vm.c: one VM. */
void derive_vm(const struct derive *derive, const struct joined *joined, struct vm *vm);

/* derive_memory.c: memory, by cgroup and balloon; once process and domain told what they are. */
void derive_memory(const struct derive *derive, const struct joined *joined, struct vm *vm);
const struct cgroup_reading *derive_cgroup(
	const struct derive *derive, const struct joined *joined);
struct source derive_cgroup_source(const struct derive *derive, const struct joined *joined);
/* The source of the balloon's figures is stale when the guest's own are. */
void derive_balloon_age(
	const struct derive *derive, const struct memory *memory, struct source *source);

/* derive_steal.c: what the host gave each vCPU, over the snapshot's interval. */
void derive_steal(const struct derive *derive, const struct joined *joined, struct vm *vm);
/* What the counters of one thread moved, in per cent of the time between; false: unknown. */
struct thread_rate {
	double run_pct, wait_pct; /* wait: run delay */
};
bool derive_thread_rate(
	const struct task_sched *cur, const struct task_sched *prev, struct thread_rate *rate);
/* The same thread in a list by tid; NULL: not there, or a later thread of that number. */
const struct task_sched *derive_task(
	const struct task_sched *task, size_t count, pid_t tid, uint64_t start_ticks);
/* One thread runs all vCPUs in turn (TCG without threads): it is so many vCPUs' share. */
uint64_t derive_vcpus_per_thread(const struct vm *vm, size_t n_thread);

/* derive_account.c: the readings of a VM's vCPUs. */
const struct reading *derive_readings(const struct derive *derive, const struct proc_vm *proc);
/* The exact accounts of one vCPU; false: there are no rates. */
bool derive_account(const struct derive *derive, const struct reading *reading, const struct vm *vm,
	struct vcpu *vcpu, struct thread_rate *rate);
/* The accounts of a VM as the mean of its vCPUs, and what its guest was told. */
void derive_accounts(const struct derive *derive, const struct joined *joined, struct vm *vm);

/* derive_waits.c: how long its waits were. */
void derive_waits(const struct derive *derive, const struct joined *joined, struct vm *vm);

/* derive_pages.c: what its pages are; its sample, NULL: there is none; what that says of itself. */
void derive_pages(const struct derive *derive, const struct joined *joined, struct pages *out);
const struct pages_vm *derive_pages_of(const struct derive *derive, const struct joined *joined);
struct source derive_pages_source(const struct derive *derive, const struct joined *joined);
/* The standard error of a share of n random ones, in points. */
double derive_share_error(double pct, double n);

/* derive_numa.c: where its memory lies and its vCPUs ran; after derive_pages. */
void derive_numa(const struct derive *derive, const struct joined *joined, struct vm *vm);
/* Where their vhost workers ran; once all VMs are known. */
void derive_vhosts(const struct derive *derive, struct snapshot *out);

/* derive_thieves.c: who ran meanwhile, and the VM's other threads; once all VMs have names. */
void derive_thieves(const struct derive *derive, struct snapshot *out);

/*
 * derive_pinning.c: which CPUs each thread may run on, and who fights over them; out's VMs in the
 * order of joined.
 */
void derive_pinning(const struct derive *derive, const struct joined *joined, struct snapshot *out);
/* derive_pinning_threads.c: the threads of one process; returns how many. */
size_t derive_threads(
	const struct affinity_sample *section, pid_t pid, const struct thread_affinity **first);

/* derive_exits.c: why its vCPUs left the guest, when that was counted. */
void derive_exits(const struct derive *derive, struct vm *vm);

/* derive_guest.c: what its own kernel counts of its memory; once its sources are there. */
void derive_guest(const struct derive *derive, const struct joined *joined, struct vm *vm);

/* derive_guestdev.c: what it counts of its network devices and disks; once these are there. */
void derive_guest_devices(const struct derive *derive, const struct joined *joined, struct vm *vm);

/*
 * derive_thp.c: how long its threads stalled for memory, once its pages and its guest are derived;
 * what of the host is nobody's.
 */
void derive_thp(const struct derive *derive, const struct joined *joined, struct vm *vm);
struct source derive_thp_source(const struct derive *derive, const struct joined *joined);
void derive_thp_host(const struct derive *derive, struct host *host);

/* derive_disk.c: what its disks are made of, and how QEMU counts them. */
void derive_disks(const struct derive *derive, const struct joined *joined, struct vm *vm);
struct source derive_images_source(const struct derive *derive, const struct joined *joined);

/*
 * derive_latency.c: how long a disk took, by layer. What the VMM waited for on the file (dev,
 * inode; of a block device its own dev and inode 0) is added to out: wait, in_flight, wait_source,
 * and by what was handed over per_s and bytes_per_s, which QEMU's own figures may replace. Where
 * nothing is known of that file wait_reason says why. A file of a VM that is watched, but was
 * never used, is known: nothing was asked of it.
 */
void derive_latency_file(const struct derive *derive, const struct joined *joined, uint64_t dev,
	uint64_t inode, struct disk *out);
/*
 * The requests of the VM's cgroup to the whole block device leaf_dev (0: unknown) are added to
 * request and device of out, or request_reason says why they are not known. All disks that the VM
 * has on one device have the same.
 */
void derive_latency_requests(const struct derive *derive, const struct joined *joined,
	uint64_t leaf_dev, struct disk *out);
struct source derive_latency_source(const struct derive *derive, const struct joined *joined);

/* derive_device.c: what the physical device below a disk does, for all that use it; 0: unknown. */
void derive_device_of(const struct derive *derive, uint64_t leaf_dev, struct disk *out);
/* Those that disks of VMs are on; once all VMs are known. */
void derive_devices(const struct derive *derive, struct snapshot *out);

/*
 * derive_net.c: its network devices, as its definition, its process and the kernel know them; once
 * its state is known.
 */
void derive_net(const struct derive *derive, const struct joined *joined, struct vm *vm);
struct source derive_nics_source(const struct derive *derive, const struct joined *joined);
struct source derive_rings_source(const struct derive *derive, const struct joined *joined);
/* derive_rings.c: what rings and drops tell of one device; nic has its counters already. */
void derive_rings(const struct derive *derive, const struct vm_nic *from, struct nic *nic);
/* Its queues that are served by vhost, as the kernel has it: how many, and the first of them. */
size_t derive_nic_vhosts(
	const struct derive *derive, const struct vm_nic *from, const struct ring_vhost **first);
/* derive_cause.c: the thread that moves a device's packets, and why its ring is full. */
void derive_datapath(const struct derive *derive, const struct joined *joined,
	const struct vm_nic *from, struct nic *nic);

/*
 * derive_gap.c: what the guest said over its own interval, and how far it is from the host. fresh:
 * that was lately.
 */
void derive_gap(const struct agent_reading *reading, bool fresh, struct vm *vm);

#endif
