/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PARALLAX_TESTS_DERIVE_RIG_H
#define PARALLAX_TESTS_DERIVE_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "probes/sample.h"
#include "probes/snapshot.h"

#define S	   1000000000ull
#define MS	   1000000ull
#define COUNT(a)   (sizeof(a) / sizeof((a)[0]))
#define LIST(a)	   (a), COUNT(a)
#define UUID(n)	   "00000000-0000-4000-8000-00000000000" #n
#define NEAR(a, b) assert_true(fabs((a) - (b)) < 1e-5)

/* Two samples a second apart; tests hang literal sections into them. */
struct rig {
	struct sample prev, cur;
	struct snapshot *snap;
};

static inline int setup(void **state)
{
	struct rig *rig = calloc(1, sizeof(*rig));

	if (!rig)
		return -1;
	sample_clear(&rig->prev);
	sample_clear(&rig->cur);
	rig->prev.at_ns = 100 * S;
	rig->cur.at_ns = 101 * S;
	rig->cur.wall_s = 1795215148.25;
	for (size_t i = 0; i < SECTION_COUNT; i++) {
		rig->prev.status[i] = (struct status){ SOURCE_OK, NULL, 100 * S, MS };
		rig->cur.status[i] = (struct status){ SOURCE_OK, NULL, 101 * S, 2 * MS };
	}
	rig->snap = snapshot_new();
	*state = rig;
	return 0;
}

static inline int teardown(void **state)
{
	struct rig *rig = *state;

	sample_release(&rig->prev);
	sample_release(&rig->cur);
	snapshot_free(rig->snap);
	free(rig);
	return 0;
}

static inline void derive(struct rig *rig)
{
	snapshot_derive(rig->snap, &rig->cur, &rig->prev, rig->cur.at_ns + 5 * MS);
}

static inline const struct vm *only_vm(const struct rig *rig)
{
	assert_int_equal(rig->snap->n_vm, 1);
	return &rig->snap->vm[0];
}

static inline void set_procs(struct rig *rig, struct proc_vm *vm, size_t n)
{
	rig->cur.procvm.vm = rig->prev.procvm.vm = vm;
	rig->cur.procvm.n_vm = rig->prev.procvm.n_vm = n;
}

static inline void set_domains(struct rig *rig, struct domain *domain, size_t n)
{
	rig->cur.libvirt.domain = domain;
	rig->cur.libvirt.n_domain = n;
}

static inline void set_tasks(struct rig *rig, struct task_sched *prev, size_t n_prev,
	struct task_sched *cur, size_t n_cur)
{
	rig->prev.sched = (struct sched_sample){ prev, n_prev };
	rig->cur.sched = (struct sched_sample){ cur, n_cur };
}

/* A process whose facts nobody told. */
static inline struct proc_vm proc(pid_t pid, const char *name, const char *uuid)
{
	return (struct proc_vm){
		.pid = pid,
		.start_ticks = 1000 + (uint64_t)pid,
		.name = name,
		.uuid = uuid,
		.vmm = "qemu",
		.accel = ACCEL_KVM,
		.proc_state = 'S',
		.vcpus = UNKNOWN_U64,
		.mem_bytes = UNKNOWN_U64,
		.rss_bytes = UNKNOWN_U64,
		.swap_bytes = UNKNOWN_U64,
	};
}

static inline struct domain domain(const char *uuid, const char *name, pid_t pid)
{
	return (struct domain){
		.uuid = uuid,
		.name = name,
		.pid = pid,
		.state = VM_RUNNING,
		.vcpus = UNKNOWN_U64,
		.vcpus_max = UNKNOWN_U64,
		.mem_bytes = UNKNOWN_U64,
		.mem_max_bytes = UNKNOWN_U64,
	};
}

/* A VM of pid 10 with vCPU threads 100, 101, ... of start 7, whose accounts are exact. */
enum { RIG_VCPUS = 4 };

struct accounts {
	struct proc_vcpu vcpus[RIG_VCPUS];
	struct proc_vm procs[1];
	struct account_thread prev[RIG_VCPUS], cur[RIG_VCPUS];
};

static inline void set_accounts(struct rig *rig, struct account_thread *prev, size_t n_prev,
	struct account_thread *cur, size_t n_cur)
{
	rig->prev.account = (struct account_sample){ .thread = prev,
		.n_thread = n_prev,
		.kvm_known = true,
		.irq_known = true };
	rig->cur.account = rig->prev.account;
	rig->cur.account.thread = cur;
	rig->cur.account.n_thread = n_cur;
}

/* Nothing was charged yet in this second, and nothing is known of the guest. */
static inline struct account_thread account_made(pid_t pid, pid_t tid, uint64_t at_ns)
{
	struct account_thread thread = { .pid = pid,
		.tid = tid,
		.start_ticks = 7,
		.kind = THREAD_VCPU,
		.at_ns = at_ns,
		.run_ns_total = 10 * S,
		.wait_ns_total = 20 * S,
		.told_ns_total = UNKNOWN_U64,
		.settled = true };

	for (uint64_t i = 0; i < ACCOUNT_COUNT; i++)
		thread.account_ns[i] = (i + 1) * S;
	return thread;
}

static inline struct accounts *accounts_made(struct rig *rig, size_t n_vcpu)
{
	static struct accounts made;

	made = (struct accounts){ .procs = { proc(10, "vm", UUID(1)) } };
	for (size_t i = 0; i < RIG_VCPUS; i++) {
		pid_t tid = 100 + (pid_t)i;

		made.vcpus[i] = (struct proc_vcpu){ i, tid, 7 };
		made.prev[i] = account_made(10, tid, 100 * S);
		made.cur[i] = account_made(10, tid, 101 * S);
		made.cur[i].switches = 2;
	}
	made.procs[0].vcpu = made.vcpus;
	made.procs[0].n_vcpu = n_vcpu;
	made.procs[0].vcpus = n_vcpu;
	set_procs(rig, LIST(made.procs));
	set_accounts(rig, made.prev, n_vcpu, made.cur, n_vcpu);
	return &made;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

#endif
