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

/* Two looks at two counters, microseconds apart. */
static const double LOOK_ERROR_PCT = 0.1;

static const struct account_thread *account_of(
	const struct sample *sample, const struct proc_vcpu *thread)
{
	return sample ? account_thread(&sample->account, thread->tid, thread->start_ticks) : NULL;
}

/* Two readings of a vCPU, and the time between; false: one is missing. */
struct reading {
	const struct account_thread *cur, *prev;
	uint64_t ns;
};

static bool reading_of(
	const struct derive *derive, const struct proc_vcpu *thread, struct reading *out)
{
	out->cur = account_of(derive->cur, thread);
	out->prev = account_of(derive->prev, thread);
	if (!out->cur || !out->prev || out->cur->at_ns <= out->prev->at_ns)
		return false;
	out->ns = out->cur->at_ns - out->prev->at_ns;
	return true;
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
 * What KVM told of this vCPU, and what the kernel had counted; false: one is unknown. No host
 * takes more than it counted and all of the time: the guest can write to its page.
 */
static bool told_of(const struct reading *reading, double *told_pct, double *took_pct)
{
	const struct account_thread *cur = reading->cur, *prev = reading->prev;

	*told_pct = derive_pct(derive_delta(cur->told_ns_total, prev->told_ns_total), reading->ns);
	*took_pct = derive_pct(
		derive_delta(cur->counted_wait_ns_total, prev->counted_wait_ns_total), reading->ns);
	if (isnan(*told_pct) || isnan(*took_pct))
		return false;
	*told_pct = fmin(*told_pct, *took_pct + 100);
	return true;
}

bool derive_account(const struct derive *derive, const struct proc_vcpu *thread,
	const struct vm *vm, struct vcpu *vcpu, struct thread_rate *rate)
{
	struct reading reading;
	double told, took;

	if (!reading_of(derive, thread, &reading)) {
		if (reading.cur)
			vcpu->steal_clock = reading.cur->steal_clock;
		return false;
	}
	vcpu->steal_clock = reading.cur->steal_clock;
	vcpu->host_run_ns_total = reading.cur->run_ns_total;
	vcpu->host_wait_ns_total = reading.cur->wait_ns_total;
	vcpu->host_run_pct = share(&reading, ACCOUNT_RUN);
	if (derive->cur->account.irq_known)
		vcpu->host_irq_pct = share(&reading, ACCOUNT_IRQ);
	vcpu->host_wait_pct = share(&reading, ACCOUNT_WAITING);
	vcpu->host_throttled_pct = share(&reading, ACCOUNT_THROTTLED);
	vcpu->host_delay_pct = vcpu->host_wait_pct + vcpu->host_throttled_pct;
	states_inside(derive, &reading, vm->accel, vcpu);
	if (told_of(&reading, &told, &took))
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

/*
 * What the host took and what KVM told of it, over the CPUs that have the clock on:
 *
 *	steal gap = 100 / (n W) * (run delay counted + blocked - told)
 *
 * Run delay is that which the kernel had counted when the guest's page was read: KVM tells the
 * same counter, so both are of the same moment, but where the thread came or went between the two
 * looks; then the longest of its waits may be in one and not in the other. A vCPU that is blocked
 * in the midst of guest code stands still, too, and no clock shows that.
 */
static void compare_clock(const struct derive *derive, const struct joined *joined, struct vm *vm)
{
	struct steal *steal = &vm->steal;
	double told = 0, took = 0, blocked = 0, error = 0, n = 0;

	for (size_t i = 0; i < joined->proc->n_vcpu; i++) {
		struct reading r;
		double one_told, one_took;

		if (!reading_of(derive, &joined->proc->vcpu[i], &r))
			continue;
		n++;
		if (!told_of(&r, &one_told, &one_took))
			continue;
		told += one_told;
		took += one_took;
		blocked += fmax(share(&r, ACCOUNT_BLOCKED_KVM), 0);
		if (!r.cur->told_at_once || !r.prev->told_at_once)
			error += derive_pct(r.cur->max_wait_ns, r.ns);
	}
	if (n == 0)
		return;
	steal->guest_told_pct = steal->guest_steal_pct = told / n;
	steal->guest_source = "steal clock";
	steal->guest_interval_s = (double)derive->interval_ns / 1e9;
	steal->paired_wait_pct = took / n;
	steal->steal_gap_pct = steal->gap_pct = (took + blocked - told) / n;
	steal->gap_error_pct = LOOK_ERROR_PCT + error / n;
	steal->gap_kind = GAP_STEAL;
}

static bool has_told(const struct steal *steal)
{
	for (size_t i = 0; i < steal->n_vcpu; i++)
		if (!isnan(steal->vcpu[i].guest_steal_pct))
			return true;
	return false;
}

void derive_accounts(const struct derive *derive, const struct joined *joined, struct vm *vm)
{
	struct steal *steal = &vm->steal;

	steal->host_irq_pct = mean_of(steal, offsetof(struct vcpu, host_irq_pct));
	steal->host_throttled_pct = mean_of(steal, offsetof(struct vcpu, host_throttled_pct)) /
				    (double)derive_vcpus_per_thread(vm, steal->n_vcpu);
	steal->host_halted_pct = mean_of(steal, offsetof(struct vcpu, host_halted_pct));
	steal->host_blocked_pct = mean_of(steal, offsetof(struct vcpu, host_blocked_pct));
	steal->host_vmm_pct = mean_of(steal, offsetof(struct vcpu, host_vmm_pct));
	vm->steal_clock = clock_of(steal, vm->steal_clock);
	if (has_told(steal))
		compare_clock(derive, joined, vm);
}
