// SPDX-License-Identifier: GPL-2.0-or-later
#include "panes/io.h"

#include <math.h>

#include "probes/schema.h"

static const char *host_missing(const struct snapshot *snap, const struct disk *disk)
{
	const char *first = judge_no_rates(snap);

	return first ? first : disk->wait_reason ? disk->wait_reason : "the host's view is missing";
}

static const char *guest_missing(const struct vm *vm, const struct disk *disk)
{
	if (!judge_guest_is_asked(vm))
		return judge_not_asked;
	if (disk->guest_age_s > GUEST_OLD_IO_S)
		return judge_guest_is_old;
	if (disk->guest_reason)
		return disk->guest_reason;
	return disk->guest_source ? "the guest has asked nothing of it of late"
				  : "the guest's view is missing";
}

/* The host's mean of reads and writes together, beside the guest's. */
static double host_mean_ms(const struct disk *disk)
{
	double time = 0, count = 0;

	for (size_t i = DISK_READ; i <= DISK_WRITE; i++) {
		const struct disk_op *op = disk_op_of(disk, (enum disk_op_kind)i);
		double mean_ns = io_host_mean_ns(op);

		if (!(op->per_s > 0) || isnan(mean_ns))
			continue;
		time += op->per_s * mean_ns;
		count += op->per_s;
	}
	return count > 0 ? time / count / 1e6 : NAN;
}

/* Of reads and writes; what the guest says of flushes is in neither of its means. */
static const struct disk_op *slow_op(const struct disk *disk)
{
	const struct disk_op *slow = NULL;

	for (size_t i = DISK_READ; i <= DISK_WRITE; i++) {
		const struct disk_op *op = disk_op_of(disk, (enum disk_op_kind)i);

		if (io_modes_trouble(op) != SEVERITY_NONE &&
			(!slow || op->minute.slow_ns > slow->minute.slow_ns))
			slow = op;
	}
	return slow;
}

static void set_gap(struct disk *disk, const struct disk_op *slow)
{
	double host_ms = slow ? slow->minute.slow_ns / 1e6 : host_mean_ms(disk);

	disk->gap_ms = io_guest_is_known(disk)
			       ? round((host_ms - disk->guest_await_ms) * 1000) / 1000
			       : NAN;
}

/* The guest's mean for the same kind of request, where it tells them apart. */
static double guest_mean_ms(const struct disk *disk, const struct disk_op *op)
{
	return isnan(op->guest_await_ms) ? disk->guest_await_ms : op->guest_await_ms;
}

static bool mean_hides(const struct disk *disk, const struct disk_op *slow)
{
	return slow && slow->minute.slow_ns / 1e6 >= HIDES_RATIO * guest_mean_ms(disk, slow);
}

/* It was told done, at once. */
static bool done_hides(const struct disk *disk)
{
	double write_ms = guest_mean_ms(disk, &disk->write);

	return io_dirty_trouble(disk) != SEVERITY_NONE && !(write_ms >= MEAN_WATCH_MS);
}

/* The guest waits for long for what the host does at once. */
static bool is_phantom(const struct disk *disk)
{
	double host_ms = host_mean_ms(disk);

	return io_trouble(disk) == SEVERITY_NONE && disk->guest_await_ms >= MEAN_WATCH_MS &&
	       disk->guest_await_ms >= HIDES_RATIO * host_ms;
}

struct lasting {
	bool trouble, hidden, phantom;
};

static void set_verdict(struct disk *disk, enum verdict verdict, const char *reason)
{
	disk->verdict = verdict;
	disk->verdict_reason = reason;
}

static void judge_verdict(struct snapshot *snap, const struct vm *vm, struct disk *disk,
	const struct lasting *lasting)
{
	if (vm_is_halted(vm))
		set_verdict(disk, VERDICT_UNKNOWN, judge_halted(snap, vm));
	else if (!io_guest_is_known(disk))
		set_verdict(disk, VERDICT_UNKNOWN, guest_missing(vm, disk));
	else if (lasting->hidden)
		set_verdict(disk, VERDICT_HIDDEN, NULL);
	else if (lasting->phantom)
		set_verdict(disk, VERDICT_PHANTOM, NULL);
	else if (!lasting->trouble && isnan(host_mean_ms(disk)))
		set_verdict(disk, VERDICT_UNKNOWN, host_missing(snap, disk));
	else
		set_verdict(disk, VERDICT_AGREE, NULL);
}

static void judge_disk(struct snapshot *snap, struct vm *vm, struct disk *disk, struct judge *judge)
{
	struct finding of = { .vm_key = vm->key, .subject = disk->name };
	bool running = !vm_is_halted(vm), known;
	const struct disk_op *slow;
	struct lasting lasting;

	io_modes(vm, disk, judge_latencies(judge), &snap->arena);
	slow = slow_op(disk);
	known = running && io_guest_is_known(disk);
	set_gap(disk, slow);
	of.rule = "io";
	lasting.trouble =
		judge_lasting_of(judge, &of, running && io_trouble(disk) != SEVERITY_NONE, NAN);
	of.rule = "io-hidden";
	lasting.hidden = judge_lasting_of(
		judge, &of, known && (mean_hides(disk, slow) || done_hides(disk)), NAN);
	of.rule = "io-phantom";
	lasting.phantom = judge_lasting_of(
		judge, &of, known && is_phantom(disk), snap->time_s - disk->guest_age_s);
	judge_verdict(snap, vm, disk, &lasting);
	if (running)
		io_report(snap, vm, disk, judge);
}

void io_judge(struct snapshot *snap, struct judge *judge)
{
	for (size_t i = 0; i < snap->n_vm; i++)
		for (size_t k = 0; k < snap->vm[i].n_disk; k++)
			judge_disk(snap, &snap->vm[i], &snap->vm[i].disk[k], judge);
}
