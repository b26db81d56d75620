// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/derive.h"

#include <stdlib.h>

#include "probes/schema.h"

/*
 * Every thread's rate is over its own two readings, for a sweep over thousands of files takes
 * time. A VM's figure is the mean over those of its vCPUs whose rate is known: a vCPU that was
 * plugged in during the interval has none yet, and must not look like one that stood still.
 */

static int task_compare(const void *key, const void *item)
{
	pid_t tid = *(const pid_t *)key, other = ((const struct task_sched *)item)->tid;

	return (tid > other) - (tid < other);
}

const struct task_sched *derive_task(
	const struct task_sched *task, size_t count, pid_t tid, uint64_t start_ticks)
{
	const struct task_sched *found;

	if (count == 0)
		return NULL;
	found = bsearch(&tid, task, count, sizeof(*task), task_compare);
	return found && found->start_ticks == start_ticks ? found : NULL;
}

bool derive_thread_rate(
	const struct task_sched *cur, const struct task_sched *prev, struct thread_rate *rate)
{
	uint64_t run_ns, wait_ns, ns;

	if (!cur || !prev || cur->at_ns <= prev->at_ns)
		return false;
	ns = cur->at_ns - prev->at_ns;
	run_ns = derive_delta(cur->run_ns_total, prev->run_ns_total);
	wait_ns = derive_delta(cur->wait_ns_total, prev->wait_ns_total);
	if (run_ns == UNKNOWN_U64 || wait_ns == UNKNOWN_U64)
		return false;
	/*
	 * The kernel brings a running thread's time up to date by ticks, and counts a wait when
	 * it ends. So an interval may bring along some of the one before, and be above 100; the
	 * part of a tick is cut off, that of a wait is not, lest waits be lost from the mean.
	 */
	rate->run_pct = fmin(derive_pct(run_ns, ns), 100);
	rate->wait_pct = derive_pct(wait_ns, ns);
	return true;
}

uint64_t derive_vcpus_per_thread(const struct vm *vm, size_t n_thread)
{
	if (vm->accel == ACCEL_TCG && n_thread == 1 && vm->vcpus != UNKNOWN_U64 && vm->vcpus > 1)
		return vm->vcpus;
	return 1;
}

/* Returns whether the rate is known. */
static bool derive_vcpu(const struct derive *derive, const struct joined *joined, size_t i,
	const struct vm *vm, struct thread_rate *rate)
{
	const struct sched_sample *sched = &derive->cur->sched;
	const struct proc_vcpu *thread = &joined->proc->vcpu[i];
	struct vcpu *vcpu = &vm->steal.vcpu[i];
	const struct task_sched *cur, *prev = NULL;

	*vcpu = derive->blank->vcpu;
	vcpu->id = thread->id;
	vcpu->tid = (uint64_t)thread->tid;
	if (derive_account(derive, &joined->reading[i], vm, vcpu, rate))
		return true;
	cur = derive_task(sched->task, sched->n_task, thread->tid, thread->start_ticks);
	if (!cur)
		return false;
	vcpu->host_run_ns_total = cur->run_ns_total;
	vcpu->host_wait_ns_total = cur->wait_ns_total;
	if (derive->prev)
		prev = derive_task(derive->prev->sched.task, derive->prev->sched.n_task,
			thread->tid, thread->start_ticks);
	if (!derive_thread_rate(cur, prev, rate))
		return false;
	vcpu->host_run_pct = rate->run_pct;
	vcpu->host_wait_pct = vcpu->host_delay_pct = rate->wait_pct;
	return true;
}

static void note_worst(struct steal *steal, const struct vcpu *vcpu)
{
	if (steal->worst_vcpu != UNKNOWN_U64 && vcpu->host_delay_pct <= steal->worst_vcpu_wait_pct)
		return;
	steal->worst_vcpu = vcpu->id;
	steal->worst_vcpu_wait_pct = vcpu->host_delay_pct;
}

void derive_steal(const struct derive *derive, const struct joined *joined, struct vm *vm)
{
	struct steal *steal = &vm->steal;
	struct thread_rate sum = { 0 };
	size_t n = joined->proc ? joined->proc->n_vcpu : 0;
	double known = 0, queued = 0;

	if (vm->vcpus != UNKNOWN_U64)
		steal->asked_cpus = (double)vm->vcpus;
	steal->n_vcpu = n;
	steal->vcpu = arena_array(derive->arena, n, sizeof(*steal->vcpu));
	for (size_t i = 0; i < n; i++) {
		struct thread_rate rate;

		if (!derive_vcpu(derive, joined, i, vm, &rate))
			continue;
		queued += steal->vcpu[i].host_wait_pct;
		sum.run_pct += rate.run_pct;
		sum.wait_pct += rate.wait_pct;
		known++;
		note_worst(steal, &steal->vcpu[i]);
	}
	derive_waits(derive, joined, vm);
	derive_accounts(derive, joined, vm);
	if (known == 0)
		return;
	known *= (double)derive_vcpus_per_thread(vm, n);
	steal->host_run_pct = sum.run_pct / known;
	steal->host_wait_pct = queued / known;
	steal->host_delay_pct = sum.wait_pct / known;
	steal->got_cpus = steal->host_run_pct / 100 * steal->asked_cpus;
}
