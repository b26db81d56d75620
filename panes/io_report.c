// SPDX-License-Identifier: GPL-2.0-or-later
#include "panes/io.h"

#include <math.h>
#include <string.h>

#include "panes/format.h"

static void report(struct judge *judge, const struct vm *vm, const struct disk *disk,
	const struct finding *finding)
{
	struct finding full = *finding;

	full.pane = "io";
	full.verdict = disk->verdict;
	judge_report_vm(judge, vm, &full, NAN);
}

/* "vda w", which names the finding, too. */
static const char *subject_of(const struct disk *disk, enum disk_op_kind kind, struct arena *arena)
{
	return arena_printf(arena, "%s %s", disk->name ? disk->name : "-", io_op_letter(kind));
}

static const char *guest_words(const struct vm *vm, const struct disk *disk, struct arena *arena)
{
	char await[FORMAT_SIZE];

	if (io_guest_is_known(disk))
		return arena_printf(
			arena, "guest sees %s", format_ns(await, disk->guest_await_ms * 1e6));
	return judge_guest_is_asked(vm) ? "guest unknown" : "guest not asked";
}

/* Numbers first: a narrow screen may cut the rest. */
static void report_modes(struct snapshot *snap, const struct vm *vm, const struct disk *disk,
	enum disk_op_kind kind, struct judge *judge)
{
	const struct disk_op *op = disk_op_of(disk, kind);
	const char *subject = subject_of(disk, kind, &snap->arena);

	report(judge, vm, disk,
		&(struct finding){
			.rule = "io-modes",
			.subject = subject,
			.severity = io_modes_trouble(op),
			.text = arena_printf(&snap->arena, "%s: %s; host %s", subject,
				guest_words(vm, disk, &snap->arena),
				io_modes_words(op, &snap->arena)),
		});
}

static double part_ns(const struct disk_op *op, enum disk_layer layer)
{
	switch (layer) {
	case DISK_LAYER_VMM:
		return op->minute.vmm_part_ns;
	case DISK_LAYER_HOST:
		return op->minute.host_part_ns;
	case DISK_LAYER_QUEUE:
		return op->minute.queue_part_ns;
	case DISK_LAYER_DEVICE:
		return op->minute.device_part_ns;
	case DISK_LAYER_UNKNOWN:
		break;
	}
	return NAN;
}

static const char *rule_of(enum disk_layer layer)
{
	switch (layer) {
	case DISK_LAYER_VMM:
		return "io-vmm";
	case DISK_LAYER_HOST:
		return "io-host";
	case DISK_LAYER_QUEUE:
		return "io-queue";
	case DISK_LAYER_DEVICE:
		return "io-device";
	case DISK_LAYER_UNKNOWN:
		break;
	}
	return "io-slow";
}

static void report_mean(struct snapshot *snap, const struct vm *vm, const struct disk *disk,
	enum disk_op_kind kind, struct judge *judge)
{
	const struct disk_op *op = disk_op_of(disk, kind);
	const char *subject = subject_of(disk, kind, &snap->arena), *text;
	char mean[FORMAT_SIZE], part[FORMAT_SIZE];

	format_ns(mean, io_minute_mean_ns(op));
	if (op->minute.slowest == DISK_LAYER_UNKNOWN)
		text = arena_printf(&snap->arena, "%s: %s; host takes %s on average", subject,
			guest_words(vm, disk, &snap->arena), mean);
	else
		text = arena_printf(&snap->arena, "%s: %s of %s in %s; %s", subject,
			format_ns(part, part_ns(op, op->minute.slowest)), mean,
			io_layer_words(op->minute.slowest), guest_words(vm, disk, &snap->arena));
	report(judge, vm, disk,
		&(struct finding){
			.rule = rule_of(op->minute.slowest),
			.subject = subject,
			.severity = io_mean_trouble(op, kind),
			.text = text,
		});
}

static void report_dirty(
	struct snapshot *snap, const struct vm *vm, const struct disk *disk, struct judge *judge)
{
	char dirty[FORMAT_SIZE], drain[FORMAT_SIZE];
	const char *text;

	format_bytes(dirty, disk->dirty_bytes);
	if (isnan(disk->dirty_drain_s))
		text = arena_printf(&snap->arena, "%s: guest told done, host has %s to write",
			disk->name ? disk->name : "-", dirty);
	else
		text = arena_printf(&snap->arena, "%s: guest told done, host has %s to write, %s",
			disk->name ? disk->name : "-", dirty,
			format_duration(drain, disk->dirty_drain_s));
	report(judge, vm, disk,
		&(struct finding){
			.rule = "io-dirty",
			.subject = disk->name,
			.severity = io_dirty_trouble(disk),
			.text = text,
		});
}

static void report_phantom(
	struct snapshot *snap, const struct vm *vm, const struct disk *disk, struct judge *judge)
{
	char await[FORMAT_SIZE], host[FORMAT_SIZE];
	double guest_ns = disk->guest_await_ms * 1e6;

	report(judge, vm, disk,
		&(struct finding){
			.rule = "io-phantom",
			.subject = disk->name,
			.severity = SEVERITY_WATCH,
			.text = arena_printf(&snap->arena, "%s: guest sees %s; host takes %s",
				disk->name ? disk->name : "-", format_ns(await, guest_ns),
				format_ns(host, guest_ns + disk->gap_ms * 1e6)),
		});
}

static void report_unsafe(
	struct snapshot *snap, const struct vm *vm, const struct disk *disk, struct judge *judge)
{
	report(judge, vm, disk,
		&(struct finding){
			.rule = "io-unsafe",
			.subject = disk->name,
			.severity = SEVERITY_INFO,
			.text = arena_printf(&snap->arena,
				"%s: cache=unsafe, the guest's flushes are ignored",
				disk->name ? disk->name : "-"),
		});
}

void io_report(
	struct snapshot *snap, const struct vm *vm, const struct disk *disk, struct judge *judge)
{
	for (size_t i = 0; i < DISK_OPS; i++) {
		enum disk_op_kind kind = (enum disk_op_kind)i;
		const struct disk_op *op = disk_op_of(disk, kind);

		/* Where a slow kind is known, the mean of both says less. */
		if (io_modes_trouble(op) != SEVERITY_NONE)
			report_modes(snap, vm, disk, kind, judge);
		else if (io_mean_trouble(op, kind) != SEVERITY_NONE)
			report_mean(snap, vm, disk, kind, judge);
	}
	if (io_dirty_trouble(disk) != SEVERITY_NONE)
		report_dirty(snap, vm, disk, judge);
	if (disk->verdict == VERDICT_PHANTOM)
		report_phantom(snap, vm, disk, judge);
	if (disk->cache && strcmp(disk->cache, "unsafe") == 0)
		report_unsafe(snap, vm, disk, judge);
}
