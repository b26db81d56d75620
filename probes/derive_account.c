// SPDX-License-Identifier: GPL-2.0-or-later
#include "probes/derive.h"

#include <math.h>

/*
 * Shares of a vCPU's time, each over the time between two readings of its accounts:
 *
 *	run		exec time, as the kernel counts it
 *	irq		on the CPU, but not its own: interrupts, the hypervisor below
 *	wait		ready, and queued for a CPU
 *	throttled	ready, and its CPU quota was used up
 *	halted		its guest sleeps
 *	blocked		asleep in the midst of guest code: a page from swap, reclaim, userfault
 *	vmm		asleep in the VMM: its lock, synchronous I/O, a paused VM
 *	delay		what the kernel counts as run delay: wait and throttled
 *
 * Under TCG a halted vCPU sleeps in the VMM. There an interruptible sleep is taken for halted and
 * an uninterruptible one for blocked, and vmm is not known.
 */

/* The kernel's clock and KVM's counter, each rounded as it is. */
static const double CLOCK_ERROR_PCT = 0.1;

const struct reading *derive_readings(const struct derive *derive, const struct proc_vm *proc)
{
	struct reading *reading = arena_array(derive->arena, proc->n_vcpu, sizeof(*reading));
	const struct sample *now = derive->cur, *before = derive->prev;
	size_t next = 0, next_before = 0;

	for (size_t i = 0; i < proc->n_vcpu; i++) {
		const struct proc_vcpu *vcpu = &proc->vcpu[i];
		const struct account_thread *cur = account_thread_next(
			&now->account, &next, vcpu->tid, vcpu->start_ticks);
		const struct account_thread *prev =
			before ? account_thread_next(&before->account, &next_before, vcpu->tid,
					 vcpu->start_ticks)
			       : NULL;

		reading[i] = (struct reading){ .cur = cur, .prev = prev };
		if (cur && prev && cur->at_ns > prev->at_ns)
			reading[i].ns = cur->at_ns - prev->at_ns;
	}
	return reading;
}

static double share(const struct reading *reading, enum account account)
{
	return derive_pct(derive_delta(reading->cur->account_ns[account],
				  reading->prev->account_ns[account]),
		reading->ns);
}

static void states_inside(const struct derive *derive, const struct reading *reading,
	enum vm_accel accel, struct vcpu *vcpu)
{
	double asleep = share(reading, ACCOUNT_ASLEEP), blocked = share(reading, ACCOUNT_BLOCKED);

	if (accel == ACCEL_TCG) {
		vcpu->host_halted_pct = asleep;
		vcpu->host_blocked_pct = blocked;
	} else if (derive->cur->account.kvm_known) {
		vcpu->host_halted_pct = share(reading, ACCOUNT_HALTED);
		vcpu->host_blocked_pct = share(reading, ACCOUNT_BLOCKED_KVM);
		vcpu->host_vmm_pct = asleep + blocked;
	}
}

/*
 * What KVM told of this vCPU, and what the kernel had counted; false: one is unknown. A thread
 * that neither came nor went waited for nothing. No host takes more than it counted and all of
 * the time: the guest can write to its page.
 */
static bool told_of(const struct reading *reading, double *told_pct, double *took_pct)
{
	const struct account_thread *cur = reading->cur, *prev = reading->prev;

	*told_pct = *took_pct = 0;
	if (cur->steal_clock == STEAL_CLOCK_ON && cur->switches == prev->switches)
		return true;
	*told_pct = derive_pct(derive_delta(cur->told_ns_total, prev->told_ns_total), reading->ns);
	*took_pct = derive_pct(
		derive_delta(cur->counted_wait_ns_total, prev->counted_wait_ns_total), reading->ns);
	if (isnan(*told_pct) || isnan(*took_pct))
		return false;
	*told_pct = fmin(*told_pct, *took_pct + 100);
	return true;
}

/* The hypervisor below this host takes time from it, and tells. */
static bool tells_of_below(const struct derive *derive)
{
	const struct host_sample *host = &derive->cur->host;

	return derive->cur->account.below_known && host->is_guest &&
	       host->steal_ticks_total != UNKNOWN_U64 && host->steal_ticks_total > 0;
}

bool derive_account(const struct derive *derive, const struct reading *reading,
	const struct vm *vm, struct vcpu *vcpu, struct thread_rate *rate)
{
	double told, took;

	if (reading->cur)
		vcpu->steal_clock = reading->cur->steal_clock;
	if (reading->ns == 0)
		return false;
	vcpu->host_run_ns_total = reading->cur->run_ns_total;
	vcpu->host_wait_ns_total = reading->cur->wait_ns_total;
	vcpu->host_run_pct = share(reading, ACCOUNT_RUN);
	if (derive->cur->account.irq_known || tells_of_below(derive))
		vcpu->host_irq_pct = share(reading, ACCOUNT_IRQ);
	vcpu->host_wait_pct = share(reading, ACCOUNT_WAITING);
	vcpu->host_throttled_pct = share(reading, ACCOUNT_THROTTLED);
	vcpu->host_delay_pct = vcpu->host_wait_pct + vcpu->host_throttled_pct;
	if (isnan(vcpu->host_run_pct + vcpu->host_delay_pct))
		return false;
	states_inside(derive, reading, vm->accel, vcpu);
	if (told_of(reading, &told, &took))
		vcpu->guest_steal_pct = told;
	rate->run_pct = vcpu->host_run_pct;
	rate->wait_pct = vcpu->host_delay_pct;
	return true;
}

static double mean_of(const struct steal *steal, size_t offset)
{
	double sum = 0, known = 0;

	for (size_t i = 0; i < steal->n_vcpu; i++) {
		double value = *(const double *)((const char *)&steal->vcpu[i] + offset);

		if (isnan(value))
			continue;
		sum += value;
		known++;
	}
	return known > 0 ? sum / known : NAN;
}

/* A guest has a clock when one of its CPUs has turned it on: others may be offline. */
static enum steal_clock clock_of(const struct steal *steal, enum steal_clock configured)
{
	enum steal_clock clock = STEAL_CLOCK_UNKNOWN;

	for (size_t i = 0; i < steal->n_vcpu; i++)
		if (steal->vcpu[i].steal_clock > clock)
			clock = steal->vcpu[i].steal_clock;
	if (clock == STEAL_CLOCK_UNKNOWN ||
		(clock == STEAL_CLOCK_OFF && configured == STEAL_CLOCK_NONE))
		return configured;
	return clock;
}

/* The clock is of no account to a CPU that took no part: it is offline, and its guest may be right. */
static const double NO_PART_PCT = 1;

/*
 * What the host took and what KVM told of it, over all CPUs:
 *
 *	steal gap = 100 / (n W) * (run delay counted + blocked - told)
 *
 * Run delay is that which the kernel had counted when the guest's page was read, as the thread
 * left its CPU: KVM tells the same counter, so both are of the same moment, but for a wait that
 * KVM has not told yet, which the error holds.
 * A vCPU that is blocked in the midst of guest code stands still, too, and no clock shows that.
 * One CPU whose clock cannot be compared makes the gap unknown for this once.
 */
struct clock_sum {
	double told, took, blocked, error; /* in % of one CPU */
	double n;
	const char *reason; /* why they say nothing */
};

static uint64_t larger(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* What was not told yet; if KVM tells nothing at all, that is no more than its longest wait. */
static double lag_pct(const struct reading *r)
{
	uint64_t lag_ns = larger(r->cur->told_lag_ns, r->prev->told_lag_ns);
	uint64_t longest_ns = larger(r->cur->max_wait_ns, r->prev->max_wait_ns);

	return derive_pct(lag_ns < longest_ns ? lag_ns : longest_ns, r->ns);
}

static void add_clock(const struct reading *r, struct clock_sum *sum)
{
	double blocked = fmax(share(r, ACCOUNT_BLOCKED_KVM), 0);
	double delay = share(r, ACCOUNT_WAITING) + share(r, ACCOUNT_THROTTLED);
	double told, took;

	sum->n++;
	if (told_of(r, &told, &took)) {
		sum->told += told;
		sum->took += took;
		sum->blocked += blocked;
		sum->error += lag_pct(r);
	} else if (r->cur->steal_clock == STEAL_CLOCK_ON) {
		sum->reason = "the steal clock of a vCPU went back, or cannot be read";
	} else if (!(delay + blocked < NO_PART_PCT)) {
		sum->reason = "not all of its vCPUs have their steal clock turned on";
	}
}

static void compare_clock(const struct derive *derive, const struct joined *joined, struct vm *vm)
{
	struct steal *steal = &vm->steal;
	struct clock_sum sum = { 0 };

	for (size_t i = 0; i < joined->proc->n_vcpu; i++)
		if (joined->reading[i].ns)
			add_clock(&joined->reading[i], &sum);
	steal->verdict_reason = sum.reason;
	if (sum.n == 0 || sum.reason)
		return;
	steal->guest_told_pct = steal->guest_steal_pct = sum.told / sum.n;
	steal->guest_source = "steal clock";
	steal->guest_interval_s = (double)derive->interval_ns / 1e9;
	steal->paired_wait_pct = sum.took / sum.n;
	steal->steal_gap_pct = steal->gap_pct = (sum.took + sum.blocked - sum.told) / sum.n;
	steal->gap_error_pct = CLOCK_ERROR_PCT + sum.error / sum.n;
	steal->gap_kind = GAP_STEAL;
}

void derive_accounts(const struct derive *derive, const struct joined *joined, struct vm *vm)
{
	struct steal *steal = &vm->steal;

	/* One thread that runs all vCPUs in turn halts only when all do. */
	double each = (double)derive_vcpus_per_thread(vm, steal->n_vcpu);

	steal->host_irq_pct = mean_of(steal, offsetof(struct vcpu, host_irq_pct)) / each;
	steal->host_throttled_pct =
		mean_of(steal, offsetof(struct vcpu, host_throttled_pct)) / each;
	steal->host_blocked_pct = mean_of(steal, offsetof(struct vcpu, host_blocked_pct)) / each;
	steal->host_vmm_pct = mean_of(steal, offsetof(struct vcpu, host_vmm_pct)) / each;
	if (each == 1)
		steal->host_halted_pct = mean_of(steal, offsetof(struct vcpu, host_halted_pct));
	vm->steal_clock = clock_of(steal, vm->steal_clock);
	if (vm->steal_clock == STEAL_CLOCK_ON)
		compare_clock(derive, joined, vm);
}
