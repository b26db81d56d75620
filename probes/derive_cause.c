// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/derive.h"

#include <string.h>

/*
 * Whose fault a full ring is, by the thread that empties it:
 *
 *	starved		it was ready and had no CPU for a good part of the time. From 20% a
 *			vCPU's owner would call it a fight that cannot be won; and of a thread
 *			that ran three times as long the wait was not what held it up.
 *	saturated	it had a CPU nearly all of the time. What is missing are its sleeps
 *			between two packets, and interrupts.
 *	guest		it ran less than half of the time, waited for nothing, and the ring
 *			stays full all the same: there is no buffer to put packets into.
 *
 * In between, or where the ring is empty by now, it was full for moments that a mean does not show.
 */
static const double STARVED_WAIT_PCT = 20, STARVED_WAIT_OF_RUN = 1.0 / 3;
static const double SATURATED_RUN_PCT = 85, IDLE_RUN_PCT = 50;
static const double FULL_PCT = 100, STAYS_FULL_PCT = 90;

static bool is_qemu(const struct proc_vm *proc)
{
	return proc->vmm && strstr(proc->vmm, "qemu");
}

/* Of one thread, in per cent of the time between two readings; false: there are no rates. */
static bool thread_rate(
	const struct derive *derive, pid_t tid, uint64_t start_ticks, struct thread_rate *rate)
{
	const struct account_thread *cur, *prev;
	uint64_t ns;

	cur = account_thread(&derive->cur->account, tid, start_ticks);
	prev = cur ? account_thread(&derive->prev->account, tid, start_ticks) : NULL;
	if (!prev || cur->at_ns <= prev->at_ns)
		return false;
	ns = cur->at_ns - prev->at_ns;
	rate->run_pct = derive_pct(derive_delta(cur->run_ns_total, prev->run_ns_total), ns);
	rate->wait_pct = derive_pct(derive_delta(cur->wait_ns_total, prev->wait_ns_total), ns);
	return !isnan(rate->run_pct) && !isnan(rate->wait_pct);
}

/* The one that waits most is the one that holds packets up. */
static void take_worst(
	const struct derive *derive, pid_t tid, uint64_t start_ticks, struct nic *nic)
{
	struct thread_rate rate;

	if (!thread_rate(derive, tid, start_ticks, &rate))
		return;
	if (!isnan(nic->datapath_wait_pct) &&
		(rate.wait_pct < nic->datapath_wait_pct ||
			(rate.wait_pct == nic->datapath_wait_pct &&
				rate.run_pct <= nic->datapath_run_pct)))
		return;
	nic->datapath_tid = (uint64_t)tid;
	nic->datapath_run_pct = rate.run_pct;
	nic->datapath_wait_pct = rate.wait_pct;
}

/* QEMU moves packets in its main thread; of other VMMs any may that runs no vCPU. */
static bool moves_packets(const struct thread_affinity *thread, enum nic_datapath datapath)
{
	if (datapath == DATAPATH_VHOST)
		return thread->kind == THREAD_VHOST;
	return datapath == DATAPATH_VMM &&
	       (thread->kind == THREAD_EMULATOR || thread->kind == THREAD_IO);
}

static void find_worst(const struct derive *derive, const struct proc_vm *proc, struct nic *nic)
{
	const struct thread_affinity *thread;
	size_t n;

	if (nic->datapath == DATAPATH_VMM && is_qemu(proc)) {
		take_worst(derive, proc->pid, proc->start_ticks, nic);
		return;
	}
	n = derive_threads(&derive->cur->affinity, proc->pid, &thread);
	for (size_t i = 0; i < n; i++)
		if (moves_packets(&thread[i], nic->datapath))
			take_worst(derive, thread[i].tid, thread[i].start_ticks, nic);
}

static bool is_full(const struct nic *nic)
{
	return nic->ring_high_pct >= FULL_PCT || nic->ring_fill_pct >= FULL_PCT;
}

/* The guest's own ring as it was seen just now; UNKNOWN_U64. The least of several queues. */
static uint64_t buffers_of(const struct derive *derive, const struct vm_nic *from)
{
	const struct ring_vhost *vhost;
	size_t n = derive_nic_vhosts(derive, from, &vhost);
	uint64_t least = UNKNOWN_U64;

	for (size_t i = 0; i < n; i++)
		if (vhost[i].at_ns + derive->interval_ns >= derive->cur->at_ns &&
			vhost[i].buffers < least)
			least = vhost[i].buffers;
	return least;
}

static bool stays_full(const struct nic *nic)
{
	return isnan(nic->ring_fill_pct) || nic->ring_fill_pct >= STAYS_FULL_PCT;
}

static void find_cause(const struct derive *derive, const struct vm_nic *from, struct nic *nic)
{
	const double run = nic->datapath_run_pct, wait = nic->datapath_wait_pct;
	const uint64_t buffers = buffers_of(derive, from);

	if (isnan(run) || isnan(wait)) {
		nic->cause_reason = "the time of the thread that moves its packets is not known";
	} else if (wait >= STARVED_WAIT_PCT && wait > run * STARVED_WAIT_OF_RUN) {
		nic->cause = NIC_CAUSE_STARVED;
	} else if (run >= SATURATED_RUN_PCT) {
		nic->cause = NIC_CAUSE_SATURATED;
	} else if (buffers == 0 ||
		   (buffers == UNKNOWN_U64 && run < IDLE_RUN_PCT && stays_full(nic))) {
		nic->cause = NIC_CAUSE_GUEST;
	} else {
		nic->cause_reason = "it was full for moments only: what empties it had time left "
				    "over the whole interval";
	}
}

void derive_datapath(const struct derive *derive, const struct joined *joined,
	const struct vm_nic *from, struct nic *nic)
{
	if (joined->proc && derive->prev)
		find_worst(derive, joined->proc, nic);
	if (is_full(nic))
		find_cause(derive, from, nic);
}
